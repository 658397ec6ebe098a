//! What each operator had to do with in a period.

use super::summary::Seconds;
use super::{ReportPeriod, TableRow, or_empty};
use maitred_core::report::{FactKind, Figures, Measure};
use maitred_core::{OperatorId, SourceId};
use maitred_store::reports::{FACTS_MAX, ReportQuery, ReportRows, Whose};
use maitred_store::views::Mentioned;
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Microseconds of a day.
const DAY: f64 = 86_400.0 * 1e6;

/// One operator's work in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OperatorWork {
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// Also of operators who were deleted since.
    #[schema(value_type = String, example = "Анна")]
    pub operator_name: Arc<str>,
    /// How many times a contact was given to them: by a policy or by hand.
    #[schema(example = 31)]
    pub received: u64,
    /// How many contacts were resolved while they had them.
    #[schema(example = 28)]
    pub resolved: u64,
    /// The same for a day of 24 hours on average.
    #[schema(example = 4.0)]
    pub resolved_per_day: f64,
    /// How many contacts were taken from them to be routed again.
    #[schema(example = 0)]
    pub released: u64,
    /// How many offers they accepted.
    #[schema(example = 0)]
    pub offers_accepted: u64,
    /// How many offers they declined.
    #[schema(example = 0)]
    pub offers_declined: u64,
    /// How many offers they did not answer in time.
    #[schema(example = 0)]
    pub offers_expired: u64,
    /// From the arrival, or the last reopening, of contacts to the first response, which was theirs.
    pub time_to_first_response: Seconds,
    /// From the same moment to the resolution of contacts that they had then.
    pub time_to_resolve: Seconds,
}

/// The work of everybody who had any, by id.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn operators(
    store: &Store,
    period: &ReportPeriod,
    source: Option<SourceId>,
) -> Result<Vec<OperatorWork>, StoreError> {
    let (from, to) = (period.from, period.to);
    let rows = store.report(ReportQuery { from, to, source, whose: Whose::Each, facts_max: FACTS_MAX }).await?;
    let figures = by_operator(&rows);
    let mentioned = Mentioned { operators: figures.keys().copied().collect(), ..Mentioned::default() };
    let names = store.named(mentioned).await?.operators;
    let days = (to.0.saturating_sub(from.0) as f64 / DAY).max(f64::MIN_POSITIVE);
    let work = |(id, figures): (OperatorId, Figures)| {
        let name = names.get(&id).cloned().unwrap_or_default();
        OperatorWork::new(id, name, &figures, days)
    };
    Ok(figures.into_iter().map(work).collect())
}

fn by_operator(rows: &ReportRows) -> BTreeMap<OperatorId, Figures> {
    let mut figures: BTreeMap<OperatorId, Figures> = BTreeMap::new();
    for (key, day) in &rows.days {
        key.operator.into_iter().for_each(|id| figures.entry(id).or_default().add_day(day));
    }
    for fact in &rows.facts {
        fact.operator.into_iter().for_each(|id| figures.entry(id).or_default().add_fact(fact));
    }
    figures
}

impl OperatorWork {
    fn new(operator_id: OperatorId, operator_name: Arc<str>, figures: &Figures, days: f64) -> Self {
        let count = |kind| figures.count(kind);
        let resolved = count(FactKind::Resolved);
        Self {
            operator_id,
            operator_name,
            received: count(FactKind::FirstAssigned) + count(FactKind::AssignedAgain),
            resolved,
            resolved_per_day: if resolved == 0 { 0.0 } else { resolved as f64 / days },
            released: count(FactKind::Released),
            offers_accepted: count(FactKind::Accepted),
            offers_declined: count(FactKind::Declined),
            offers_expired: count(FactKind::OfferExpired),
            time_to_first_response: Seconds::of(figures.times(Measure::FirstResponse)),
            time_to_resolve: Seconds::of(figures.times(Measure::Resolution)),
        }
    }
}

impl TableRow for OperatorWork {
    const COLUMNS: &'static [&'static str] = &[
        "operator_id",
        "operator_name",
        "received",
        "resolved",
        "resolved_per_day",
        "released",
        "offers_accepted",
        "offers_declined",
        "offers_expired",
        "time_to_first_response_p50_s",
        "time_to_first_response_p90_s",
        "time_to_resolve_p50_s",
        "time_to_resolve_p90_s",
    ];

    fn cells(&self) -> Vec<String> {
        let counts = [self.released, self.offers_accepted, self.offers_declined, self.offers_expired];
        let (response, resolve) = (&self.time_to_first_response, &self.time_to_resolve);
        let times = [response.p50_s, response.p90_s, resolve.p50_s, resolve.p90_s].map(or_empty);
        let first = [
            self.operator_id.0.to_string(),
            self.operator_name.to_string(),
            self.received.to_string(),
            self.resolved.to_string(),
            format!("{:.3}", self.resolved_per_day),
        ];
        first.into_iter().chain(counts.map(|count| count.to_string())).chain(times).collect()
    }
}
