//! Figures: who holds how much, how fairly the sources distributed, who waits. From counters and ledgers, never from
//! counting contacts. What they look like and mean is in [`maitred_app::stats`].

use crate::body::describe::{Query, QueryOf};
use crate::list::{Asked, PageParams};
use crate::reply::Reply;
use axum::extract::State;
use maitred_app::periods::{self, Period};
use maitred_app::stats::{Distribution, OperatorLoad, Waiting, distribution};
use maitred_core::limits::Invalid;
use maitred_core::{SourceId, Timestamp};
use maitred_store::clock;
use maitred_store::views::{SourceBook, Span};
use maitred_web::AppState;
use maitred_web::field::types::{PERIOD, SOURCE_ID, TIME, ZONE};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::Params;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(STAFF, routes!(operators)).call(STAFF, routes!(distributions)).call(STAFF, routes!(waiting))
}

/// List the load of each operator, by id
#[utoipa::path(
    get, path = "/api/v1/stats/operators", tag = "stats", params(PageParams),
    responses((status = OK, description = "A page of loads", body = Vec<OperatorLoad>))
)]
async fn operators(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let operators = state.store().counted_operators(asked.page).await?;
    let now = clock::now();
    asked.reply(operators, |operator| operator.id.0, |operator| OperatorLoad::at(now, operator))
}

/// Which shares, as documented.
pub type ShareParams = QueryOf<ShareQuery>;

/// Which shares.
pub struct ShareQuery {
    source: Option<SourceId>,
    period: Option<Period>,
    zone: Option<Box<str>>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Query for ShareQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let [from, to] = [r#""2025-11-26T00:00:00Z""#, r#""2025-11-27T00:00:00Z""#];
        let about = "The IANA name of the time zone in which the days of `period` begin; UTC if left out.";
        let query = Self {
            source: fields.optional("source_id", SOURCE_ID, "Only this source."),
            period: fields.optional("period", PERIOD, "All time if left out and neither `from` nor `to` is given."),
            zone: fields.optional("zone", ZONE.example(r#""Europe/Moscow""#), about),
            from: fields.optional("from", TIME.example(from), "When the period begins, rounded down to half an hour."),
            to: fields.optional("to", TIME.example(to), "When the period ends, rounded down to half an hour."),
        };
        if query.period.is_some() && (query.from.is_some() || query.to.is_some()) {
            fields.fail("period", Invalid("cannot be combined with from and to; give one or the other".to_owned()));
        }
        if query.to.zip(query.from).is_some_and(|(to, from)| to < from) {
            fields.fail("to", Invalid("is before from; give a later time".to_owned()));
        }
        query
    }
}

impl ShareQuery {
    fn span(&self) -> Span {
        let now = clock::now();
        match self.period {
            Some(period) => period.span(now, &periods::zone_or_utc(self.zone.as_deref())),
            None => periods::between(self.from, self.to, now),
        }
    }

    /// The sources that were asked for, each with the shares of the period.
    async fn books(&self, state: &AppState) -> Result<Vec<SourceBook>, Problem> {
        Ok(match self.source {
            Some(id) => state.store().source_book_in(id, self.span()).await?.into_iter().collect(),
            None => state.store().source_books_in(self.span()).await?,
        })
    }
}

/// Show how each source distributed its contacts
///
/// Counts and actual, target and entitled shares of each operator in a period, with chi-square and Jain's index. What
/// was received is to be compared with what was entitled: both are of the period, while the target is that of the
/// weights now.
#[utoipa::path(
    get, path = "/api/v1/stats/distribution", tag = "stats", params(ShareParams, PageParams),
    responses((status = OK, description = "A page of sources, by id", body = Vec<Distribution>))
)]
async fn distributions(State(state): State<AppState>, mut params: Params) -> Reply {
    let query = ShareQuery::read(&mut params);
    let asked = Asked::for_page(params)?;
    let books = query.books(&state).await?;
    let behind = books.into_iter().filter(|book| asked.page.after.is_none_or(|id| book.source.id.0 > id));
    let page: Vec<_> = behind.take(asked.page.limit as usize).collect();
    asked.reply(page, |book| book.source.id.0, |book| distribution(&book))
}

/// Show waiting contacts, by source
#[utoipa::path(
    get, path = "/api/v1/stats/waiting", tag = "stats", params(PageParams),
    responses((status = OK, description = "A page of sources, by id", body = Vec<Waiting>))
)]
async fn waiting(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let mut views = state.store().waiting().await?;
    views.sort_by_key(|view| view.source.id);
    let behind = views.into_iter().filter(|view| asked.page.after.is_none_or(|id| view.source.id.0 > id));
    let page: Vec<_> = behind.take(asked.page.limit as usize).collect();
    let now = clock::now();
    asked.reply(page, |view| view.source.id.0, |view| Waiting::at(now, view))
}
