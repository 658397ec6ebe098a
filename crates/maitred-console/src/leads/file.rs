//! The list of leads as a file, `/leads.csv`: all whom the search finds, in the order of the list.

use super::filter;
use crate::forms::Form;
use crate::shell::Viewer;
use crate::tables::{self, ROWS, Table, or_empty, values};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_core::IdentityKind;
use maitred_store::views::{LeadCard, LeadFilter, Page};
use maitred_store::{Store, StoreError};
use maitred_web::AppState;
use maitred_web::problem::Problem;

const COLUMNS: [&str; 9] = [
    "id",
    "created_at",
    "lead_name",
    "lead_phone",
    "lead_email",
    "lead_external_id",
    "contacts",
    "open_contacts",
    "possible_duplicates",
];

/// `GET /leads.csv`
pub(super) async fn send(
    viewer: Viewer,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let filter = filter(&state, &Form::of_query(&raw.unwrap_or_default())).await?;
    let store = state.store().clone();
    // Behind which lead it goes on; nothing behind the last.
    let start = Some(None);
    tables::file(&viewer, "leads", &COLUMNS, start, move |table, after| {
        next(store.clone(), filter.clone(), table, after)
    })
}

async fn next(
    store: Store,
    filter: LeadFilter,
    table: Table,
    place: Option<Option<i64>>,
) -> Result<Option<(String, Option<Option<i64>>)>, StoreError> {
    let Some(after) = place else { return Ok(None) };
    let cards = store.leads(filter, Page { limit: ROWS, after }).await?;
    let last = cards.last().filter(|_| cards.len() == ROWS as usize).map(|last| Some(last.lead.id.0));
    let mut text = String::new();
    cards.iter().for_each(|card| add(&table, &mut text, card));
    Ok(Some((text, last)))
}

fn add(table: &Table, text: &mut String, card: &LeadCard) {
    let duplicates: Vec<String> = card.possible_duplicates.iter().map(ToString::to_string).collect();
    table.add(
        text,
        [
            card.lead.id.to_string(),
            table.moment(Some(card.lead.created_at)),
            or_empty(card.lead.name.as_ref()),
            values(&card.identities, IdentityKind::Phone),
            values(&card.identities, IdentityKind::Email),
            values(&card.identities, IdentityKind::ExternalId),
            card.contacts.to_string(),
            card.open_contacts.to_string(),
            duplicates.join(" "),
        ],
    );
}
