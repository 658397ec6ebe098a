//! The calls of `/api/v1`, one file for each noun. Every file holds the bodies its calls accept and answer, the
//! handlers, and `routes`, which registers each handler together with its part of the document.
//!
//! Paths are written out in full in every handler, so that a search for one finds it.

mod browsers;
pub mod calendars;
mod caps;
mod contact_bodies;
pub mod contacts;
pub mod decisions;
mod deliveries;
pub mod endpoints;
pub mod events;
mod expand;
mod fairness;
mod intakes;
pub mod keys;
pub mod leads;
mod lint;
pub mod messages;
pub mod notes;
mod offers;
pub mod operators;
mod pauses;
mod phones;
mod presence;
pub mod preview;
mod reports;
mod source_fields;
pub mod sources;
mod split;
pub mod stats;
mod telegram;
mod trace;
pub mod weights;

use crate::body::{RequestBody, read_json};
use crate::openapi;
use maitred_app::identity::Region;
use maitred_core::command::{ContactEdit, NewOperator, Submit};
use maitred_store::accounts::NewKey;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use utoipa::openapi::OpenApi;

/// All calls under `/api/v1`, and the document of them.
pub fn documented_calls() -> (Routes<AppState>, OpenApi) {
    openapi::documented(routes())
}

fn routes() -> Routes<AppState> {
    Routes::new()
        .merge(contacts::routes())
        .merge(decisions::routes())
        .merge(trace::routes())
        .merge(messages::routes())
        .merge(notes::routes())
        .merge(leads::routes())
        .merge(operators::routes())
        .merge(pauses::routes())
        .merge(presence::routes())
        .merge(telegram::routes())
        .merge(browsers::routes())
        .merge(caps::routes())
        .merge(offers::routes())
        .merge(calendars::routes())
        .merge(sources::routes())
        .merge(intakes::routes())
        .merge(phones::routes())
        .merge(preview::routes())
        .merge(weights::routes())
        .merge(stats::routes())
        .merge(lint::routes())
        .merge(reports::routes())
        .merge(fairness::routes())
        .merge(events::routes())
        .merge(endpoints::routes())
        .merge(keys::routes())
}

/// A list with something about the body of each call that has one.
macro_rules! of_each_body {
    ($of:ident) => {
        vec![
            $of!(contact_bodies::NewContact),
            $of!(ContactEdit),
            $of!(contact_bodies::TransferRequest),
            $of!(messages::NewMessage),
            $of!(notes::NewNote),
            $of!(fairness::NewCorrection),
            $of!(offers::AcceptRequest),
            $of!(offers::DeclineRequest),
            $of!(offers::RespondRequest),
            $of!(leads::LeadChange),
            $of!(leads::MergeRequest),
            $of!(split::SplitRequest),
            $of!(NewOperator),
            $of!(operators::OperatorChange),
            $of!(browsers::NewBrowser),
            $of!(pauses::PauseRequest),
            $of!(caps::CapRow),
            $of!(caps::SourceCapRow),
            $of!(maitred_calendar::Calendar),
            $of!(maitred_calendar::Personal),
            $of!(sources::SourceToCreate),
            $of!(sources::SourceChange),
            $of!(intakes::IntakeChange),
            $of!(weights::WeightRow),
            $of!(NewKey),
            $of!(endpoints::EndpointRequest),
            $of!(endpoints::EndpointChange),
            $of!(endpoints::ReplayRequest),
        ]
    };
}

/// A text, read as the body of each call that has one.
pub fn as_every_body(text: &str) -> Vec<(&'static str, Result<(), Problem>)> {
    macro_rules! read {
        ($body:ty) => {
            (<$body>::SCHEMA, read_json::<$body>(text).map(drop))
        };
    }
    let mut read = of_each_body!(read);
    read.push(("a contact with its identities", as_contact(text, None).map(drop)));
    read.push(("a table of caps", read_json::<caps::CapTable<caps::CapRow>>(text).map(drop)));
    read.push(("a table of weights", read_json::<weights::WeightTable>(text).map(drop)));
    read
}

/// A text, read as a contact.
pub fn as_contact(text: &str, region: Option<Region>) -> Result<Submit, Problem> {
    read_json::<contact_bodies::NewContact>(text)?.into_submit(region.into())
}

#[cfg(test)]
mod tests;
