//! The list of contacts as a file, `/contacts.csv`: all that match, in the order of the list. What is known of a
//! contact and its lead stands in the columns that `maitred import` reads. Sources go by their names there: in another
//! database they have other ids.

use super::choices::Choices;
use super::{asked, rows};
use crate::shell::{Viewer, see_other};
use crate::tables::{self, ROWS, Table, or_empty, values};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_core::{Contact, Identity, IdentityKind, Source};
use maitred_store::views::{ContactFilter, Named, Page};
use maitred_store::{Store, StoreError};
use maitred_web::AppState;
use maitred_web::problem::Problem;

const COLUMNS: [&str; 19] = [
    "id",
    "created_at",
    "status",
    "source",
    "operator_id",
    "operator",
    "lead_id",
    "lead_name",
    "lead_phone",
    "lead_email",
    "lead_external_id",
    "message",
    "priority",
    "not_before",
    "attributes",
    "sent",
    "assigned_at",
    "resolved_at",
    "updated_at",
];

/// `GET /contacts.csv`
pub(super) async fn send(
    viewer: Viewer,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let choices = Choices::read(&state).await?;
    let (query, found) = asked(&viewer, &state, &raw.unwrap_or_default(), &choices).await?;
    if !query.form.is_fine() {
        return see_other(&query.top());
    }
    let start = (!found.is_nobody(&query)).then_some(Place::Top);
    let (store, filter) = (state.store().clone(), query.filter);
    tables::file(&viewer, "contacts", &COLUMNS, start, move |table, place| next(store.clone(), filter, table, place))
}

/// Where a file goes on.
enum Place {
    Top,
    Behind(i64),
}

async fn next(
    store: Store,
    filter: ContactFilter,
    table: Table,
    place: Option<Place>,
) -> Result<Option<(String, Option<Place>)>, StoreError> {
    let after = match place {
        None => return Ok(None),
        Some(Place::Top) => None,
        Some(Place::Behind(id)) => Some(id),
    };
    let contacts = store.contacts(filter, Page { limit: ROWS, after }).await?;
    let named = store.named(rows::mentioned(&contacts)).await?;
    let last = contacts.last().filter(|_| contacts.len() == ROWS as usize).map(|last| Place::Behind(last.id.0));
    let mut text = String::new();
    contacts.iter().for_each(|contact| add(&table, &mut text, contact, &named));
    Ok(Some((text, last)))
}

fn add(table: &Table, text: &mut String, contact: &Contact, named: &Named) {
    let (source, lead) = (named.sources.get(&contact.source), named.leads.get(&contact.lead));
    let arrived_on = named.sources.get(&contact.arrived_on());
    let identities = lead.map_or(&[][..], |lead| &lead.identities);
    table.add(
        text,
        [
            contact.id.to_string(),
            table.moment(Some(contact.created_at)),
            contact.status.as_str().to_owned(),
            or_empty(source.map(|source| &source.name)),
            or_empty(contact.operator),
            or_empty(contact.operator.and_then(|id| named.operators.get(&id))),
            contact.lead.to_string(),
            or_empty(lead.and_then(|lead| lead.name.as_ref())),
            values(identities, IdentityKind::Phone),
            values(identities, IdentityKind::Email),
            or_empty(arrived_on.and_then(|source| external_id(identities, source))),
            or_empty(contact.message.as_ref()),
            contact.own_priority().to_string(),
            table.moment(contact.not_before),
            or_empty(contact.attributes.as_ref()),
            or_empty(contact.sent.as_ref()),
            table.moment(contact.assigned_at),
            table.moment(contact.resolved_at),
            table.moment(Some(contact.updated_at)),
        ],
    );
}

/// The id of the lead on this source: one from elsewhere may be a stranger's there.
fn external_id<'a>(identities: &'a [Identity], source: &Source) -> Option<&'a str> {
    let (space, own) = (source.space(), source.own_space());
    let in_space = |space: &str| {
        let mut ids = identities.iter().filter(|identity| identity.kind == IdentityKind::ExternalId);
        ids.find(|identity| *identity.space == *space).map(|identity| &*identity.value)
    };
    in_space(&space).or_else(|| in_space(&own))
}
