//! What a role may only see of its own: the contact, lead or operator that the path names is looked up before the call.

use super::IDEMPOTENCY_KEY;
use crate::AppState;
use crate::problem::{Problem, kinds};
use crate::routes::Found;
use crate::rules::May;
use axum::extract::Request;
use axum::http::Method;
use maitred_app::auth::Caller;
use maitred_core::{ContactId, LeadId, OperatorId};
use maitred_store::views::{ContactFilter, Page};

/// Whether what the path names is the caller's own, where `may` asks for that.
///
/// # Errors
/// When it is not. What does not exist is left to the call, which says so.
pub(super) async fn check(
    state: &AppState,
    may: May,
    caller: &Caller,
    route: Option<&Found>,
    request: &mut Request,
) -> Result<(), Problem> {
    let named = matches!(may, May::OwnContact | May::OwnLead | May::OwnOperator);
    let (true, Some(own)) = (named, caller.own_operator()) else { return Ok(()) };
    // Sent again it is answered as before, also if the contact is with another operator since: the batch asks instead.
    if may == May::OwnContact && request.method() == Method::POST && request.headers().contains_key(IDEMPOTENCY_KEY) {
        return Ok(());
    }
    // Read as the call reads it: what is no id here is none there.
    let names: &[&str] = if may == May::OwnOperator { &["operator", "id"] } else { &["id"] };
    let Some(id) = id_in_path(route, request.uri().path(), names) else { return Ok(()) };
    let (noun, is_own) = match may {
        // Boxed: few ask the store, and all pay for the size of what may be awaited.
        May::OwnContact => ("contact", Box::pin(has_contact(state, own, ContactId(id))).await?),
        May::OwnLead => ("lead", Box::pin(has_lead(state, own, LeadId(id))).await?),
        _ => ("operator", own == OperatorId(id)),
    };
    let theirs = || kinds::FORBIDDEN.because(format!("{noun} {id} does not belong to operator {own} of this key"));
    is_own.then_some(()).ok_or_else(theirs)
}

/// The first of these parts that the path has.
fn id_in_path(route: Option<&Found>, path: &str, names: &[&str]) -> Option<i64> {
    names.iter().find_map(|name| route?.parameter(path, name))?.parse().ok()
}

async fn has_contact(state: &AppState, own: OperatorId, id: ContactId) -> Result<bool, Problem> {
    let contact = state.store().contact(id).await?;
    Ok(contact.is_none_or(|contact| contact.operator == Some(own)))
}

/// A lead is an operator's own as long as one of its contacts is.
async fn has_lead(state: &AppState, own: OperatorId, id: LeadId) -> Result<bool, Problem> {
    let filter = ContactFilter { lead: Some(id), operator: Some(own), ..ContactFilter::default() };
    let page = Page { limit: 1, after: None };
    Ok(!state.store().contacts(filter, page).await?.is_empty())
}
