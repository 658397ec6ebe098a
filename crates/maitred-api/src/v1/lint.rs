//! Checks of the configuration, and who would get a contact of a source at a moment. What is checked is in
//! [`maitred_app::lint`], who may get what in [`maitred_app::coverage`].

use super::sources::PolicySchema;
use crate::body::describe::{Query, QueryOf};
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::coverage::{Coverage, Person};
use maitred_app::lint::{FindingBody, Places};
use maitred_core::{OperatorId, Policy, SourceId, Timestamp};
use maitred_store::clock::{self, Rfc3339};
use maitred_web::AppState;
use maitred_web::field::types::TIME;
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::unknown;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(STAFF, routes!(lint)).call(STAFF, routes!(coverage))
}

/// Check the configuration
///
/// What keeps contacts from people, or people from contacts, now and in the next seven days: sources that nobody
/// serves, operators who get nothing, weights that caps make impossible, endpoints and bots that do not work. The worst
/// first, at most 500.
#[utoipa::path(
    get, path = "/api/v1/lint", tag = "stats",
    responses((status = OK, description = "What was found; nothing, if all is well", body = Vec<FindingBody>))
)]
async fn lint(State(state): State<AppState>) -> Reply {
    let findings = Places::of(state.app()).check(clock::now()).await?;
    let findings: Vec<FindingBody> = findings.iter().map(FindingBody::from).collect();
    reply::ok(&findings)
}

/// Who would get a contact of a source at a moment.
#[derive(Serialize, ToSchema)]
#[schema(as = Coverage)]
struct CoverageBody {
    #[schema(value_type = i64, example = 1)]
    source_id: SourceId,
    #[schema(value_type = String, format = DateTime)]
    at: Rfc3339,
    #[schema(value_type = PolicySchema)]
    policy: Policy,
    /// Whether a contact would wait, because nobody may get it then, or the source is closed or capped. If it goes to
    /// the fallback, whether it would wait there.
    would_wait: bool,
    /// Why nobody gets contacts of the source then: `source_closed`, `source_hours_unknown` or `source_capped`; `null`
    /// if it is open.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    closed: Option<&'static str>,
    /// When that ends, if it is known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    opens_at: Option<Rfc3339>,
    /// The source to which its contacts go then, if they go to its fallback.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    goes_to_source_id: Option<SourceId>,
    /// All operators of the source, by id.
    operators: Vec<CoveragePerson>,
}

/// One operator of a [`CoverageBody`].
#[derive(Serialize, ToSchema)]
struct CoveragePerson {
    #[schema(value_type = i64, example = 1)]
    operator_id: OperatorId,
    #[schema(value_type = String, example = "Анна")]
    operator_name: Arc<str>,
    #[schema(example = 30)]
    weight: u32,
    is_eligible: bool,
    /// The part (0 to 1) of the contacts that they can expect; `null` if the source does not go by weights.
    #[schema(required = true, example = 0.75)]
    share: Option<f64>,
    /// Why they would not get it, in a fixed order; empty if they may.
    reasons: Vec<CoverageReason>,
}

/// Why an operator gets no contact.
#[derive(Serialize, ToSchema)]
struct CoverageReason {
    /// One of those of `GET /api/v1/operators/{id}/availability`.
    #[schema(value_type = String, example = "off_shift")]
    reason: &'static str,
    /// When it ends, if that is known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    until: Option<Rfc3339>,
}

impl CoverageBody {
    fn new(coverage: Coverage) -> Self {
        Self {
            source_id: coverage.source.id,
            at: Rfc3339(coverage.at),
            policy: coverage.source.policy,
            would_wait: coverage.would_wait(),
            closed: coverage.closed.map(|closed| closed.as_str()),
            opens_at: coverage.closed.and_then(|closed| closed.until).map(Rfc3339),
            goes_to_source_id: coverage.goes_to.map(|to| to.source.id),
            operators: coverage.people.into_iter().map(CoveragePerson::from).collect(),
        }
    }
}

impl From<Person> for CoveragePerson {
    fn from(person: Person) -> Self {
        let reasons = person.reasons.into_iter();
        Self {
            operator_id: person.operator,
            operator_name: person.name,
            weight: person.weight,
            is_eligible: reasons.len() == 0,
            share: person.share,
            reasons: reasons.map(|it| CoverageReason { reason: it.word, until: it.until.map(Rfc3339) }).collect(),
        }
    }
}

type CoverageParams = QueryOf<CoverageQuery>;

struct CoverageQuery(Option<Timestamp>);

impl Query for CoverageQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let saturday = r#""2026-12-05T23:00:00Z""#;
        Self(fields.optional("at", TIME.example(saturday), "At this time, as far as is known by now; now, without."))
    }
}

/// Show who would get a contact at a moment
///
/// Who of the operators of a source may get a contact that arrives then, with the shares that they can expect, and of
/// the others why not. Of a time ahead nobody knows how much somebody will have, or whether they will be heard from.
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/coverage", tag = "sources", params(("id" = i64, Path), CoverageParams),
    responses((status = OK, description = "Who would get a contact", body = CoverageBody))
)]
async fn coverage(State(state): State<AppState>, Ids([id]): Ids<1>, mut params: Params) -> Reply {
    let CoverageQuery(at) = CoverageQuery::read(&mut params);
    params.finish()?;
    let now = clock::now();
    let coverage = Coverage::read(state.store(), SourceId(id), at.unwrap_or(now), now).await?;
    let coverage = coverage.ok_or_else(|| unknown("source", &id))?;
    reply::ok(&CoverageBody::new(coverage))
}
