//! Stored phones that could not be read, of the leads of a source, and reading them again once it has a country.

use crate::idempotency::Keys;
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::reread::{self, EXAMPLES_MAX, Example, Place, Preview};
use maitred_core::{Command, LeadId, Outcome, SourceId};
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(STAFF, routes!(unread_phones)).call(STAFF, routes!(reread_phones))
}

/// The stored phones of a source's leads that could not be read.
#[derive(Serialize, ToSchema)]
#[schema(as = UnreadPhones)]
struct UnreadBody {
    /// Phones that could not be read, of leads with contacts from this source.
    #[schema(minimum = 0, example = 37)]
    unread: u64,
    /// How many can be read now.
    #[schema(minimum = 0, example = 35)]
    readable: u64,
    /// How many can be read now but belong to another lead: they stay as they are, and the leads are noted as possible
    /// duplicates.
    #[schema(minimum = 0, example = 1)]
    taken: u64,
    /// How many stay as they are, because another source of the lead reads them otherwise or not at all.
    #[schema(minimum = 0, example = 0)]
    unsure: u64,
    /// Whether everything was counted; the first 10 000 phones that could not be read are looked at.
    is_whole: bool,
    /// Whether phones of this source are being read again.
    is_under_way: bool,
    /// Some phones that can be read now.
    #[schema(max_items = 20)]
    examples: Vec<ExampleBody>,
}

/// A stored phone that can be read now.
#[derive(Serialize, ToSchema)]
#[schema(as = UnreadPhone)]
struct ExampleBody {
    #[schema(value_type = i64, example = 12)]
    lead_id: LeadId,
    /// As it is stored.
    #[schema(value_type = String, example = "8 999 123-45-67")]
    phone: Arc<str>,
    #[schema(value_type = String, example = "+79991234567")]
    reads_as: Arc<str>,
    /// The other lead that the number belongs to; `null` = none.
    #[schema(required = true, value_type = Option<i64>)]
    taken_by_lead_id: Option<LeadId>,
}

const _: () = assert!(EXAMPLES_MAX == 20 && reread::PREVIEW_ROWS == 10_000, "as the document says");

impl From<Example> for ExampleBody {
    fn from(Example { lead, stored, phone, taken_by }: Example) -> Self {
        Self { lead_id: lead, phone: stored.value, reads_as: phone.value, taken_by_lead_id: taken_by }
    }
}

/// Preview which phones can be read now
///
/// Phones without a country code cannot be read before the source has a `default_region`: they are kept as they were
/// sent, and recognize their lead only in the same spelling. This shows what reading them again would do, and changes
/// nothing.
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/phones/unread", tag = "sources", params(("id" = i64, Path)),
    responses((status = OK, description = "What reading again would do", body = UnreadBody))
)]
async fn unread_phones(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let source = SourceId(id);
    state.store().source(source).await?.ok_or_else(|| unknown("source", &id))?;
    let is_under_way = state.store().rereading().await?.iter().any(|(other, _)| *other == source);
    let Preview { unread, readable, taken, unsure, is_whole, examples } =
        reread::preview(Place::of(state.app()), source).await?;
    let examples = examples.into_iter().map(ExampleBody::from).collect();
    reply::ok(&UnreadBody { unread, readable, taken, unsure, is_whole, is_under_way, examples })
}

/// What reading phones again came to.
#[derive(Serialize, ToSchema)]
#[schema(as = RereadPhones)]
struct RereadBody {
    /// Phones that are stored as they are read now.
    #[schema(minimum = 0, example = 35)]
    read: u32,
    /// Phones that stay as they are, because they belong to another lead.
    #[schema(minimum = 0, example = 1)]
    taken: u32,
    /// Whether that was all. If not, the rest follows shortly after the response.
    is_finished: bool,
}

/// Read phones again
///
/// Stores the phones that can be read now as such. A number that belongs to another lead stays as it is, and the two
/// leads are noted as possible duplicates: nobody is merged. 256 phones are looked at before the response, the rest
/// follows at once. The feed says `lead_edited` and `duplicate_found`. Calling it again changes nothing more.
#[utoipa::path(
    post, path = "/api/v1/sources/{id}/phones/reread", tag = "sources", params(("id" = i64, Path)),
    responses((status = OK, description = "What was done", body = RereadBody))
)]
async fn reread_phones(State(state): State<AppState>, Ids([id]): Ids<1>, keys: Keys) -> Reply {
    let requester = caller()?.requester();
    let command = reread::step(Place::of(state.app()), SourceId(id), LeadId(0)).await?;
    keys.answer(&state, Command::RereadPhones(command), IN_PATH, |outcome| match outcome {
        Outcome::Reread(source, done) => {
            if let Some(behind) = done.behind {
                reread::go_on(state.app(), requester, source, behind);
            }
            reply::ok(&RereadBody { read: done.read, taken: done.taken, is_finished: done.behind.is_none() })
        }
        other => Err(unexpected(&other)),
    })
    .await
}
