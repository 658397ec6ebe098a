//! A look at who could get a contact of a source now, and with what chance. Changes nothing, and promises nothing: the
//! next contact may find the pool changed.

use super::sources::PolicySchema;
use super::weights::book;
use crate::openapi::without_key;
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::preview::{Preview, Prospect};
use maitred_core::{OperatorId, Policy, SourceId};
use maitred_store::clock::{self, Rfc3339};
use maitred_store::views::SourceBook;
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(STAFF, without_key(routes!(preview)))
}

/// Which operators could get a contact of a source now.
#[derive(Serialize, ToSchema)]
#[schema(as = Preview)]
struct PreviewBody {
    #[schema(value_type = i64, example = 1)]
    source_id: SourceId,
    #[schema(value_type = PolicySchema)]
    policy: Policy,
    /// Whether returning leads go to their last operator first.
    sticky: bool,
    /// How many contacts are waiting; a new one goes after those with the same priority.
    #[schema(example = 0)]
    waiting: u64,
    /// Whether a new contact would have to wait because nobody can take it, or the source is closed or capped.
    would_wait: bool,
    /// Whether the source is closed, or a cap of it is reached: then nobody gets its contacts.
    is_closed: bool,
    /// When that ends, if it is so and that is known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    opens_at: Option<Rfc3339>,
    /// All operators of the source, by id.
    candidates: Vec<PreviewCandidate>,
}

/// One operator of a [`PreviewBody`].
#[derive(Serialize, ToSchema)]
struct PreviewCandidate {
    #[schema(value_type = i64, example = 1)]
    operator_id: OperatorId,
    #[schema(value_type = String, example = "Анна")]
    operator_name: Arc<str>,
    #[schema(example = 30)]
    weight: u32,
    #[schema(example = 12)]
    current_load: u32,
    #[schema(example = 50)]
    max_load: u32,
    is_eligible: bool,
    /// Why the operator cannot get a contact: `inactive`, `zero_weight`, `paused`, `away` or `full`; `null` if they
    /// can.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    ineligibility: Option<&'static str>,
    /// When that ends, if it is known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    until: Option<Rfc3339>,
    /// The part (0 to 1) of the weights of all who can: the share in the long run if nothing changes.
    #[schema(example = 0.75)]
    share: f64,
    /// The probability (0 to 1) of getting the next contact.
    #[schema(example = 0.75)]
    chance: f64,
}

/// Show who could get a contact now
///
/// The operators, their shares, and who cannot get a contact and why, at this moment. Changes nothing.
#[utoipa::path(
    post, path = "/api/v1/sources/{id}/preview", tag = "sources", params(("id" = i64, Path)),
    responses((status = OK, description = "Who could get a contact now", body = PreviewBody))
)]
async fn preview(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    reply::ok(&look(&book(&state, id).await?))
}

fn look(book: &SourceBook) -> PreviewBody {
    let preview = Preview::of(book, clock::now());
    PreviewBody {
        source_id: book.source.id,
        policy: book.source.policy,
        sticky: book.source.sticky,
        waiting: book.counts.all_waiting(),
        would_wait: preview.would_wait(),
        is_closed: preview.closed.is_some(),
        opens_at: preview.closed.and_then(|closed| closed.until).map(Rfc3339),
        candidates: preview.prospects.into_iter().map(seen).collect(),
    }
}

fn seen(prospect: Prospect) -> PreviewCandidate {
    let candidate = prospect.candidate;
    let reason = candidate.why_not(None).next();
    PreviewCandidate {
        operator_id: candidate.operator,
        operator_name: prospect.name,
        weight: candidate.weight,
        current_load: candidate.load,
        max_load: candidate.max_load,
        is_eligible: candidate.is_eligible(),
        ineligibility: reason.map(|reason| reason.why.as_str()),
        until: reason.and_then(|reason| reason.until).map(Rfc3339),
        share: prospect.share,
        chance: prospect.chance,
    }
}
