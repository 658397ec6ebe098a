//! How much there was in a period and how long it took.

use super::{ReportPeriod, TableRow, or_empty};
use maitred_core::report::{ERROR_MAX, FactKind, Figures, Measure, Times};
use maitred_core::{OperatorId, SourceId};
use maitred_store::clock::Rfc3339;
use maitred_store::reports::{FACTS_MAX, ReportQuery, ReportRows, Whose};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// What happened in a period, and in the one before.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Summary {
    #[serde(flatten)]
    pub period: PeriodFigures,
    /// How many contacts wait at this moment; for an operator, of the sources that they serve.
    #[schema(example = 3)]
    pub waiting_now: u64,
    /// Up to when the figures are complete, if something of the period is not counted yet.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub complete_to: Option<Rfc3339>,
    /// The same of the period before: as many days if the period consists of whole days, else as long as it is.
    pub before: PeriodFigures,
}

/// What happened in one period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PeriodFigures {
    /// When the period begins.
    #[schema(value_type = String, format = DateTime)]
    pub from: Rfc3339,
    /// When it ends: what happened at this moment is not part of it.
    #[schema(value_type = String, format = DateTime)]
    pub to: Rfc3339,
    /// How many contacts arrived, deleted ones included. For an operator: how many were given to them first.
    #[schema(example = 120)]
    pub arrived: u64,
    /// How many contacts were given to an operator for the first time since they arrived.
    #[schema(example = 118)]
    pub assigned: u64,
    /// How many times a contact was given to an operator: first, after a release or an offer, by a transfer, or when it
    /// was reopened.
    #[schema(example = 121)]
    pub received: u64,
    /// How many times a contact was resolved.
    #[schema(example = 110)]
    pub resolved: u64,
    /// How many times a contact was reopened.
    #[schema(example = 2)]
    pub reopened: u64,
    /// How many times a contact was taken from an operator to be routed again.
    #[schema(example = 1)]
    pub released: u64,
    /// How many contacts nobody responded to in the time that their source gives for that.
    #[schema(example = 0)]
    pub overdue: u64,
    /// How many offers were accepted.
    #[schema(example = 0)]
    pub offers_accepted: u64,
    /// How many offers were declined.
    #[schema(example = 0)]
    pub offers_declined: u64,
    /// How many offers nobody answered in time.
    #[schema(example = 0)]
    pub offers_expired: u64,
    /// From the arrival of contacts, or the time before which nobody was to get them, to the first operator.
    pub time_to_assign: Seconds,
    /// From the same moment, or the last reopening, to the first response.
    pub time_to_first_response: Seconds,
    /// From the same moment as the response to the resolution.
    pub time_to_resolve: Seconds,
    /// How far percentiles may be from the exact ones, as a part of these: 0 if they are exact.
    #[schema(example = 0.0)]
    pub percentile_error_max: f64,
}

/// Times in seconds, of what ended in a period. The percentiles are those of the nearest rank: the least time that so
/// many of 100 do not exceed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Seconds {
    /// How many there are.
    #[schema(example = 118)]
    pub count: u64,
    /// The median. `null`, as the others, if there are none.
    #[schema(required = true, example = 1.5)]
    pub p50_s: Option<f64>,
    #[schema(required = true, example = 30.0)]
    pub p90_s: Option<f64>,
    #[schema(required = true, example = 65.25)]
    pub p95_s: Option<f64>,
    /// The longest: always exact.
    #[schema(required = true, example = 300.0)]
    pub max_s: Option<f64>,
}

impl Seconds {
    pub(super) fn of(times: &Times) -> Self {
        let seconds = |micros: Option<u64>| micros.map(|micros| micros as f64 / 1e6);
        let [p50_s, p90_s, p95_s] = times.quantiles([50, 90, 95]).map(seconds);
        Self { count: times.count(), p50_s, p90_s, p95_s, max_s: seconds(times.max()) }
    }
}

/// All figures of rows together.
fn figures(rows: &ReportRows) -> Figures {
    let mut figures = Figures::default();
    rows.days.iter().for_each(|(_, day)| figures.add_day(day));
    rows.facts.iter().for_each(|fact| figures.add_fact(fact));
    figures
}

/// What happened in a period, and in the one before.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn summary(
    store: &Store,
    period: &ReportPeriod,
    source: Option<SourceId>,
    operator: Option<OperatorId>,
) -> Result<Summary, StoreError> {
    let whose = operator.map_or(Whose::Everybody, Whose::One);
    let query = |of: &ReportPeriod| ReportQuery { from: of.from, to: of.to, source, whose, facts_max: FACTS_MAX };
    let earlier = period.before();
    let rows = store.report(query(period)).await?;
    let rows_before = store.report(query(&earlier)).await?;
    Ok(Summary {
        period: PeriodFigures::of(period, &rows, whose),
        waiting_now: rows.waiting_now,
        complete_to: rows.complete_to.map(Rfc3339),
        before: PeriodFigures::of(&earlier, &rows_before, whose),
    })
}

impl PeriodFigures {
    fn of(period: &ReportPeriod, rows: &ReportRows, whose: Whose) -> Self {
        let figures = figures(rows);
        let (count, times) = (|kind| figures.count(kind), |measure| Seconds::of(figures.times(measure)));
        let assigned = count(FactKind::FirstAssigned);
        Self {
            from: Rfc3339(period.from),
            to: Rfc3339(period.to),
            // Nobody has a contact when it arrives.
            arrived: if whose == Whose::Everybody { count(FactKind::Arrived) } else { assigned },
            assigned,
            received: assigned + count(FactKind::AssignedAgain),
            resolved: count(FactKind::Resolved),
            reopened: count(FactKind::Reopened),
            released: count(FactKind::Released),
            overdue: count(FactKind::Overdue),
            offers_accepted: count(FactKind::Accepted),
            offers_declined: count(FactKind::Declined),
            offers_expired: count(FactKind::OfferExpired),
            time_to_assign: times(Measure::Assignment),
            time_to_first_response: times(Measure::FirstResponse),
            time_to_resolve: times(Measure::Resolution),
            percentile_error_max: if rows.days.is_empty() { 0.0 } else { ERROR_MAX },
        }
    }
}

impl TableRow for PeriodFigures {
    const COLUMNS: &'static [&'static str] = &[
        "from",
        "to",
        "arrived",
        "assigned",
        "received",
        "resolved",
        "reopened",
        "released",
        "overdue",
        "offers_accepted",
        "offers_declined",
        "offers_expired",
        "time_to_assign_p50_s",
        "time_to_assign_p90_s",
        "time_to_assign_p95_s",
        "time_to_assign_max_s",
        "time_to_first_response_p50_s",
        "time_to_first_response_p90_s",
        "time_to_first_response_p95_s",
        "time_to_first_response_max_s",
        "time_to_resolve_p50_s",
        "time_to_resolve_p90_s",
        "time_to_resolve_p95_s",
        "time_to_resolve_max_s",
    ];

    fn cells(&self) -> Vec<String> {
        let counts = [
            self.arrived,
            self.assigned,
            self.received,
            self.resolved,
            self.reopened,
            self.released,
            self.overdue,
            self.offers_accepted,
            self.offers_declined,
            self.offers_expired,
        ];
        let times = [&self.time_to_assign, &self.time_to_first_response, &self.time_to_resolve];
        let times = times.into_iter().flat_map(|it| [it.p50_s, it.p90_s, it.p95_s, it.max_s]).map(or_empty);
        let moments = [self.from, self.to].map(|at| at.to_string());
        moments.into_iter().chain(counts.map(|count| count.to_string())).chain(times).collect()
    }
}
