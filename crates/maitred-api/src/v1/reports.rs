//! Reports: what happened in any period, as JSON and as CSV. What the figures mean is in [`maitred_app::reports`] and
//! docs/reports.md.

use crate::body::describe::{Query, QueryOf};
use crate::reply::{self, Reply};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use maitred_app::periods::zone_or_utc;
use maitred_app::reports::{
    Arrivals, BucketSize, LOADS_DAYS_MAX, LoadBucket, LoadsBy, Moment, OperatorWork, PeriodError, PeriodLoad,
    REPORT_DAYS_MAX, ReportPeriod, STAFFING_DAYS_MAX, Share, StaffingHour, Summary, TableRow, arrivals, as_csv, loads,
    loads_by_time, operators, shares, staffing, summary,
};
use maitred_core::limits::Invalid;
use maitred_core::{OperatorId, SourceId};
use maitred_store::clock;
use maitred_store::views::Mentioned;
use maitred_web::AppState;
use maitred_web::field::reports::{BUCKET_SIZE, LOADS_BY, MOMENT};
use maitred_web::field::types::{OPERATOR_ID, SOURCE_ID, ZONE};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::Params;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(STAFF, routes!(report_summary))
        .call(STAFF, routes!(report_summary_file))
        .call(STAFF, routes!(report_shares))
        .call(STAFF, routes!(report_shares_file))
        .call(STAFF, routes!(report_operators))
        .call(STAFF, routes!(report_operators_file))
        .call(STAFF, routes!(report_arrivals))
        .call(STAFF, routes!(report_arrivals_file))
        .call(STAFF, routes!(report_staffing))
        .call(STAFF, routes!(report_staffing_file))
        .call(STAFF, routes!(report_loads))
        .call(STAFF, routes!(report_loads_file))
        .call(STAFF, routes!(report_loads_by_time))
        .call(STAFF, routes!(report_loads_by_time_file))
}

const FROM: &str = "When the period begins: a time, or a date for the beginning of that day in `zone`. Left out, it \
                    begins with the day six days before the end.";
const TO: &str = "When the period ends, itself excluded: a time, or a date for the beginning of that day in `zone`. \
                  Left out, it goes on until now.";
const IN_ZONE: &str = "The IANA name of the time zone in which days and hours begin; UTC if left out.";

/// A period, and a source.
pub(super) struct Common {
    from: Option<Moment>,
    to: Option<Moment>,
    zone: Option<Box<str>>,
    pub(super) source: Option<SourceId>,
}

impl Common {
    fn of_period(fields: &mut impl Fields) -> Self {
        let [from, to] = [r#""2025-11-26T00:00:00Z""#, r#""2025-11-27T00:00:00Z""#];
        Self {
            from: fields.optional("from", MOMENT.example(from), FROM),
            to: fields.optional("to", MOMENT.example(to), TO),
            zone: fields.optional("zone", ZONE.example(r#""Europe/Moscow""#), IN_ZONE),
            source: None,
        }
    }

    fn of_any_source(fields: &mut impl Fields) -> Self {
        let period = Self::of_period(fields);
        Self { source: fields.optional("source_id", SOURCE_ID, "Only this source, deleted or not."), ..period }
    }

    /// Of a source that has to be named.
    pub(super) fn of_source(fields: &mut impl Fields) -> Self {
        let period = Self::of_period(fields);
        Self { source: Some(fields.required("source_id", SOURCE_ID, "On which source.")), ..period }
    }
}

/// Which summary, as documented.
type SummaryParams = QueryOf<SummaryQuery>;

struct SummaryQuery {
    common: Common,
    operator: Option<OperatorId>,
}

impl Query for SummaryQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let common = Common::of_any_source(fields);
        let operator = fields.optional("operator_id", OPERATOR_ID, "Only what this operator had to do with.");
        Self { common, operator }
    }
}

/// Which shares, as documented.
type SharesParams = QueryOf<SharesQuery>;

struct SharesQuery(Common);

impl Query for SharesQuery {
    fn read(fields: &mut impl Fields) -> Self {
        Self(Common::of_any_source(fields))
    }
}

/// Which arrivals, as documented.
type ArrivalsParams = QueryOf<ArrivalsQuery>;

struct ArrivalsQuery {
    common: Common,
    by: BucketSize,
}

impl Query for ArrivalsQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let common = Common::of_any_source(fields);
        let by = fields.or("by", BUCKET_SIZE, BucketSize::Day, "By what arrivals are counted.");
        Self { common, by }
    }
}

/// Which loads over time, as documented.
type LoadsParams = QueryOf<LoadsQuery>;

struct LoadsQuery {
    common: Common,
    operator: Option<OperatorId>,
    by: LoadsBy,
}

impl Query for LoadsQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let common = Common::of_any_source(fields);
        let operator = fields.optional("operator_id", OPERATOR_ID, "Only this operator; all together, without.");
        let by = fields.or("by", LOADS_BY, LoadsBy::Day, "By what they are shown.");
        Self { common, operator, by }
    }
}

/// Checks what was asked for, once all parameters were read.
pub(super) async fn checked(
    state: &AppState,
    mut params: Params,
    common: &Common,
    operator: Option<OperatorId>,
    days_max: i64,
) -> Result<ReportPeriod, Problem> {
    let mut mentioned = Mentioned::default();
    mentioned.sources.extend(common.source);
    mentioned.operators.extend(operator);
    let named = state.store().named(mentioned).await?;
    let source = common.source.filter(|_| !params.has_errors_at(&["source_id"]));
    if let Some(id) = source.filter(|id| !named.sources.contains_key(id)) {
        params.fail("source_id", &Invalid(format!("there is no source {}; GET /api/v1/sources lists them", id.0)));
    }
    if let Some(id) = operator.filter(|id| !named.operators.contains_key(id)) {
        let why = format!("there is no operator {}; GET /api/v1/operators lists them", id.0);
        params.fail("operator_id", &Invalid(why));
    }
    // The period means nothing while one of its parts is wrong.
    if params.has_errors_at(&["from", "to", "zone", "by"]) {
        params.finish()?;
    }
    let zone = zone_or_utc(common.zone.as_deref());
    match ReportPeriod::new([common.from, common.to], zone, clock::now(), days_max) {
        Ok(period) => params.finish().map(|()| period),
        Err(PeriodError { field, invalid }) => {
            params.fail(field, &invalid);
            Err(params.finish().err().unwrap_or_else(|| Problem::internal(&invalid.0)))
        }
    }
}

async fn summary_of(state: &AppState, mut params: Params) -> Result<Summary, Problem> {
    let SummaryQuery { common, operator } = SummaryQuery::read(&mut params);
    let period = checked(state, params, &common, operator, REPORT_DAYS_MAX).await?;
    Ok(summary(state.store(), &period, common.source, operator).await?)
}

async fn shares_of(state: &AppState, mut params: Params) -> Result<Vec<Share>, Problem> {
    let SharesQuery(common) = SharesQuery::read(&mut params);
    let period = checked(state, params, &common, None, REPORT_DAYS_MAX).await?;
    Ok(shares(state.store(), &period, common.source, clock::now()).await?)
}

async fn operators_of(state: &AppState, mut params: Params) -> Result<Vec<OperatorWork>, Problem> {
    let SharesQuery(common) = SharesQuery::read(&mut params);
    let period = checked(state, params, &common, None, REPORT_DAYS_MAX).await?;
    Ok(operators(state.store(), &period, common.source).await?)
}

async fn arrivals_of(state: &AppState, mut params: Params) -> Result<Vec<Arrivals>, Problem> {
    let ArrivalsQuery { common, by } = ArrivalsQuery::read(&mut params);
    let period = checked(state, params, &common, None, by.days_max()).await?;
    Ok(arrivals(state.store(), &period, common.source, by).await?)
}

async fn staffing_of(state: &AppState, mut params: Params) -> Result<Vec<StaffingHour>, Problem> {
    let SharesQuery(common) = SharesQuery::read(&mut params);
    let period = checked(state, params, &common, None, STAFFING_DAYS_MAX).await?;
    Ok(staffing(state.store(), &period, common.source, clock::now()).await?)
}

async fn loads_of(state: &AppState, mut params: Params) -> Result<Vec<PeriodLoad>, Problem> {
    let SharesQuery(common) = SharesQuery::read(&mut params);
    let period = checked(state, params, &common, None, LOADS_DAYS_MAX).await?;
    Ok(loads(state.store(), &period, common.source, clock::now()).await?)
}

async fn loads_by_time_of(state: &AppState, mut params: Params) -> Result<Vec<LoadBucket>, Problem> {
    let LoadsQuery { common, operator, by } = LoadsQuery::read(&mut params);
    let period = checked(state, params, &common, operator, by.days_max()).await?;
    Ok(loads_by_time(state.store(), &period, common.source, operator, by, clock::now()).await?)
}

/// Summarise a period
///
/// How many contacts arrived, were assigned and were resolved, how long that took, and the same of the period before.
#[utoipa::path(
    get, path = "/api/v1/reports/summary", tag = "reports", params(SummaryParams),
    responses((status = OK, description = "The figures of the period", body = Summary))
)]
async fn report_summary(State(state): State<AppState>, params: Params) -> Reply {
    reply::ok(&summary_of(&state, params).await?)
}

/// Summarise a period as CSV: a row for it, and one for the period before
#[utoipa::path(
    get, path = "/api/v1/reports/summary.csv", tag = "reports", params(SummaryParams),
    responses((status = OK, description = "The figures of both periods", body = String, content_type = "text/csv"))
)]
async fn report_summary_file(State(state): State<AppState>, params: Params) -> Reply {
    let summary = summary_of(&state, params).await?;
    Ok(csv(&[summary.period, summary.before]))
}

/// List what operators received in a period beside what they were entitled to
///
/// By id, all who received or were entitled to something and all who serve one of the sources. The figures are of whole
/// half hours: `from` is rounded down, `to` up.
#[utoipa::path(
    get, path = "/api/v1/reports/shares", tag = "reports", params(SharesParams),
    responses((status = OK, description = "The share of each operator", body = Vec<Share>))
)]
async fn report_shares(State(state): State<AppState>, params: Params) -> Reply {
    reply::ok(&shares_of(&state, params).await?)
}

/// List what operators received in a period as CSV
#[utoipa::path(
    get, path = "/api/v1/reports/shares.csv", tag = "reports", params(SharesParams),
    responses((status = OK, description = "The share of each operator", body = String, content_type = "text/csv"))
)]
async fn report_shares_file(State(state): State<AppState>, params: Params) -> Reply {
    Ok(csv(&shares_of(&state, params).await?))
}

/// List what each operator had to do with in a period
///
/// By id, everybody who had anything to do: contacts received and resolved, offers, and how long it took.
#[utoipa::path(
    get, path = "/api/v1/reports/operators", tag = "reports", params(SharesParams),
    responses((status = OK, description = "The work of each operator", body = Vec<OperatorWork>))
)]
async fn report_operators(State(state): State<AppState>, params: Params) -> Reply {
    reply::ok(&operators_of(&state, params).await?)
}

/// List what each operator had to do with in a period as CSV
#[utoipa::path(
    get, path = "/api/v1/reports/operators.csv", tag = "reports", params(SharesParams),
    responses((status = OK, description = "The work of each operator", body = String, content_type = "text/csv"))
)]
async fn report_operators_file(State(state): State<AppState>, params: Params) -> Reply {
    Ok(csv(&operators_of(&state, params).await?))
}

/// Count arrivals by hour, by day or by hour of the week
///
/// In order, hours and days without any included; the first and the last may be cut by the period.
#[utoipa::path(
    get, path = "/api/v1/reports/arrivals", tag = "reports", params(ArrivalsParams),
    responses((status = OK, description = "Arrivals of each hour or day", body = Vec<Arrivals>))
)]
async fn report_arrivals(State(state): State<AppState>, params: Params) -> Reply {
    reply::ok(&arrivals_of(&state, params).await?)
}

/// Count arrivals as CSV
#[utoipa::path(
    get, path = "/api/v1/reports/arrivals.csv", tag = "reports", params(ArrivalsParams),
    responses((status = OK, description = "Arrivals of each hour or day", body = String, content_type = "text/csv"))
)]
async fn report_arrivals_file(State(state): State<AppState>, params: Params) -> Reply {
    Ok(csv(&arrivals_of(&state, params).await?))
}

/// Show arrivals beside the people who were on, by hour of the week
///
/// All 168 hours in order, by the clock of `zone`: what arrived in the period, who was on by their calendars as these
/// are now, and who will be on in the next seven days. A period of at most 400 days.
#[utoipa::path(
    get, path = "/api/v1/reports/staffing", tag = "reports", params(SharesParams),
    responses((status = OK, description = "Each hour of the week", body = Vec<StaffingHour>))
)]
async fn report_staffing(State(state): State<AppState>, params: Params) -> Reply {
    reply::ok(&staffing_of(&state, params).await?)
}

/// Show arrivals beside the people who were on as CSV
#[utoipa::path(
    get, path = "/api/v1/reports/staffing.csv", tag = "reports", params(SharesParams),
    responses((status = OK, description = "Each hour of the week", body = String, content_type = "text/csv"))
)]
async fn report_staffing_file(State(state): State<AppState>, params: Params) -> Reply {
    Ok(csv(&staffing_of(&state, params).await?))
}

/// List how many contacts each operator held in a period
///
/// By id, everybody who held any: on average, at most, and for how many hours as many as they may. A period of at most
/// 400 days; of one in which more than 400 000 things happened, its end, and each row says since when.
#[utoipa::path(
    get, path = "/api/v1/reports/loads", tag = "reports", params(SharesParams),
    responses((status = OK, description = "The load of each operator", body = Vec<PeriodLoad>))
)]
async fn report_loads(State(state): State<AppState>, params: Params) -> Reply {
    reply::ok(&loads_of(&state, params).await?)
}

/// List how many contacts each operator held in a period as CSV
#[utoipa::path(
    get, path = "/api/v1/reports/loads.csv", tag = "reports", params(SharesParams),
    responses((status = OK, description = "The load of each operator", body = String, content_type = "text/csv"))
)]
async fn report_loads_file(State(state): State<AppState>, params: Params) -> Reply {
    Ok(csv(&loads_of(&state, params).await?))
}

/// Show how many contacts were held by hour or by day
///
/// In order, by one operator or by all together; the first and the last hour or day may be cut by the period, and what
/// is still to come is left out. By day a period has at most 400 days, by hour 31.
#[utoipa::path(
    get, path = "/api/v1/reports/loads/by-time", tag = "reports", params(LoadsParams),
    responses((status = OK, description = "What was held in each hour or day", body = Vec<LoadBucket>))
)]
async fn report_loads_by_time(State(state): State<AppState>, params: Params) -> Reply {
    reply::ok(&loads_by_time_of(&state, params).await?)
}

/// Show how many contacts were held by hour or by day as CSV
#[utoipa::path(
    get, path = "/api/v1/reports/loads/by-time.csv", tag = "reports", params(LoadsParams),
    responses((status = OK, description = "Each hour or day", body = String, content_type = "text/csv"))
)]
async fn report_loads_by_time_file(State(state): State<AppState>, params: Params) -> Reply {
    Ok(csv(&loads_by_time_of(&state, params).await?))
}

pub(super) fn csv<R: TableRow>(rows: &[R]) -> axum::response::Response {
    let mut response = as_csv(rows).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    response
}
