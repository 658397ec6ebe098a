//! First responses: what a page says of them, and the buttons that mark a call or a message.

use super::card::{carry_out, offer_seen};
use crate::forms::Form;
use crate::shell::Viewer;
use crate::texts::Texts;
use crate::times;
use axum::extract::State;
use axum::response::Response;
use maitred_core::command::Respond;
use maitred_core::urgency::ResponseKind;
use maitred_core::{Command, Contact, Status, Timestamp};
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;

/// The buttons: what each says that somebody did, and its text.
pub const WAYS: [(&str, &str); 2] = [("call", "respond-call"), ("message", "respond-message")];

/// What a pressed button says.
pub fn how(form: &Form) -> ResponseKind {
    let word = form.value("how");
    ResponseKind::ALL.into_iter().find(|kind| kind.as_str() == word).unwrap_or(ResponseKind::Other)
}

/// When it was too late to respond to a contact that is open and has no response yet.
pub fn late_since(contact: &Contact, now: Timestamp) -> Option<Timestamp> {
    let is_pending = contact.status != Status::Resolved && contact.first_response_at.is_none();
    contact.respond_by.filter(|by| is_pending && *by <= now)
}

/// For how long a contact is overdue, in words that tick, as html; nothing of one that is not.
pub fn overdue(t: Texts, contact: &Contact, now: Timestamp) -> Option<String> {
    let since = late_since(contact, now)?;
    Some(format!("{} {}", t.t("overdue-by"), times::age(t, now, since)))
}

pub(super) async fn respond(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    form: Form,
) -> Result<Response, Problem> {
    let command = Command::Respond(Respond { contact: offer_seen(id, &form), how: how(&form) });
    carry_out(&viewer, &state, id, command, form).await
}
