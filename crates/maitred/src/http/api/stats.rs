//! Figures: who holds how much, how fairly the sources shared out, who waits. From counters and ledgers, never from
//! counting contacts.

use crate::clock::{self, Rfc3339};
use crate::http::AppState;
use crate::http::list::{Asked, PageParams};
use crate::http::params::Params;
use crate::http::reply::Reply;
use crate::stats::{Distribution, distribution};
use crate::store::views::WaitingView;
use axum::extract::State;
use maitred_core::{ContactId, Operator, OperatorId, SourceId, Timestamp};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const MICROS_PER_SECOND: f64 = 1_000_000.0;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(operators)).routes(routes!(distributions)).routes(routes!(waiting))
}

/// How busy one operator is.
#[derive(Serialize, ToSchema)]
struct OperatorLoad {
    #[schema(value_type = i64, example = 1)]
    operator_id: OperatorId,
    #[schema(value_type = String, example = "Анна")]
    operator_name: Arc<str>,
    is_active: bool,
    #[schema(example = 12)]
    current_load: u32,
    #[schema(example = 50)]
    max_load: u32,
    /// How many more he can take now: 0 when he is switched off.
    #[schema(example = 38)]
    free_slots: u32,
    /// `current_load / max_load`; `null` when max_load is 0. Above 1 after his max_load was lowered.
    #[schema(required = true, value_type = Option<f64>, example = 0.24)]
    utilization: Option<f64>,
    /// When he last got a contact, from any source.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_assigned_at: Option<Rfc3339>,
}

impl From<Operator> for OperatorLoad {
    fn from(operator: Operator) -> Self {
        let free = operator.max_load.saturating_sub(operator.current_load);
        let utilization = f64::from(operator.current_load) / f64::from(operator.max_load);
        Self {
            operator_id: operator.id,
            operator_name: operator.name,
            is_active: operator.is_active,
            current_load: operator.current_load,
            max_load: operator.max_load,
            free_slots: if operator.is_active { free } else { 0 },
            utilization: (operator.max_load > 0).then_some(utilization),
            last_assigned_at: operator.last_assigned_at.map(Rfc3339),
        }
    }
}

/// Loads of the operators, by id
#[utoipa::path(
    get, path = "/api/v1/stats/operators", tag = "stats", params(PageParams),
    responses((status = OK, description = "A page of them", body = Vec<OperatorLoad>))
)]
async fn operators(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let operators = state.store().operators(asked.page).await?;
    asked.reply(operators, |operator| operator.id.0, OperatorLoad::from)
}

/// How each source shared out its contacts
///
/// Counts, actual, target and entitled shares of each operator, with chi-square and Jain's index.
#[utoipa::path(
    get, path = "/api/v1/stats/distribution", tag = "stats", params(PageParams),
    responses((status = OK, description = "A page of sources, by id", body = Vec<Distribution>))
)]
async fn distributions(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let books = state.store().source_books().await?;
    let behind = books.into_iter().filter(|book| asked.page.after.is_none_or(|id| book.source.id.0 > id));
    let page: Vec<_> = behind.take(asked.page.limit as usize).collect();
    asked.reply(page, |book| book.source.id.0, |book| distribution(&book))
}

/// Who waits on one source.
#[derive(Serialize, ToSchema)]
#[schema(as = Waiting)]
struct WaitingBody {
    #[schema(value_type = i64, example = 1)]
    source_id: SourceId,
    #[schema(value_type = String, example = "Telegram Bot")]
    source_name: Arc<str>,
    /// How many contacts wait.
    #[schema(example = 0)]
    waiting: u64,
    /// When the longest-waiting of them arrived; `null` when nobody waits.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    oldest_created_at: Option<Rfc3339>,
    /// How long that one has been waiting.
    #[schema(required = true, value_type = Option<f64>, example = 12.5)]
    oldest_age_seconds: Option<f64>,
    /// The contact that gets the next free slot.
    #[schema(required = true, value_type = Option<i64>)]
    next_contact_id: Option<ContactId>,
}

impl WaitingBody {
    fn at(now: Timestamp, view: WaitingView) -> Self {
        let age = |since: Timestamp| now.0.saturating_sub(since.0).max(0) as f64 / MICROS_PER_SECOND;
        Self {
            source_id: view.source.id,
            source_name: view.source.name,
            waiting: view.waiting,
            oldest_created_at: view.oldest_created_at.map(Rfc3339),
            oldest_age_seconds: view.oldest_created_at.map(age),
            next_contact_id: view.next.map(|contact| contact.id),
        }
    }
}

/// Who waits, by source
#[utoipa::path(
    get, path = "/api/v1/stats/waiting", tag = "stats", params(PageParams),
    responses((status = OK, description = "A page of sources, by id", body = Vec<WaitingBody>))
)]
async fn waiting(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let mut views = state.store().waiting().await?;
    views.sort_by_key(|view| view.source.id);
    let behind = views.into_iter().filter(|view| asked.page.after.is_none_or(|id| view.source.id.0 > id));
    let page: Vec<_> = behind.take(asked.page.limit as usize).collect();
    let now = clock::now();
    asked.reply(page, |view| view.source.id.0, |view| WaitingBody::at(now, view))
}
