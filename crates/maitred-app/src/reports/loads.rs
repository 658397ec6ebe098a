//! How many contacts operators held: of a period as a whole, by operator; and hour by hour or day by day, of one or of
//! all together. What is held for no time at all, between two steps of one command, does not count.

use super::arrivals::{begins, quarters};
use super::period::zoned;
use super::{BucketSize, ReportPeriod, TableRow, or_empty};
use crate::computed::computed;
use maitred_core::report::Fact;
use maitred_core::{Operator, OperatorId, SourceId, Timestamp};
use maitred_store::clock::Rfc3339;
use maitred_store::reports::{LOAD_FACTS_MAX, LoadQuery, LoadRows};
use maitred_store::views::Mentioned;
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The longest period, in days.
pub const LOADS_DAYS_MAX: i64 = 400;
const HOUR: f64 = 3_600.0 * 1e6;

/// By what loads over time are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadsBy {
    Hour,
    #[default]
    Day,
}

impl LoadsBy {
    pub const ALL: [Self; 2] = [Self::Hour, Self::Day];

    /// The word used in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The longest period that is answered, in days.
    #[must_use]
    pub const fn days_max(self) -> i64 {
        match self {
            Self::Hour => 31,
            Self::Day => LOADS_DAYS_MAX,
        }
    }
}

/// What one operator held in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PeriodLoad {
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// Also of operators who were deleted since.
    #[schema(value_type = String, example = "Анна")]
    pub operator_name: Arc<str>,
    /// How many contacts they held on average over all hours of the period, nights included.
    #[schema(example = 3.5)]
    pub mean: f64,
    /// The most that they held at a time.
    #[schema(example = 8)]
    pub max: i64,
    /// The most that they may hold, as it is now; `null` if they were deleted.
    #[schema(required = true, value_type = Option<u32>, example = 10)]
    pub max_load: Option<u32>,
    /// For how many hours they held as many as that, or more; `null` if a source was named, for the limit is one of
    /// all sources, or if they were deleted.
    #[schema(required = true, value_type = Option<f64>, example = 1.5)]
    pub full_hours: Option<f64>,
    /// When the figures begin: `from`, or later if more happened in the period than is read.
    #[schema(value_type = String, format = DateTime)]
    pub from: Rfc3339,
    /// When they end: `to`, or now if that is earlier.
    #[schema(value_type = String, format = DateTime)]
    pub to: Rfc3339,
}

/// What was held in one hour or day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LoadBucket {
    /// The date, or when the hour begins.
    #[schema(example = "2025-11-26")]
    pub bucket: String,
    /// How many contacts were held on average.
    #[schema(example = 3.5)]
    pub mean: f64,
    /// The most at a time.
    #[schema(example = 8)]
    pub max: i64,
    /// As for a period, of one operator; `null` of all together.
    #[schema(required = true, value_type = Option<f64>, example = 0.5)]
    pub full_hours: Option<f64>,
    /// How many hours of it are in the period and not still to come.
    #[schema(example = 24.0)]
    pub hours: f64,
}

/// What everybody held who held anything, by id.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn loads(
    store: &Store,
    period: &ReportPeriod,
    source: Option<SourceId>,
    now: Timestamp,
) -> Result<Vec<PeriodLoad>, StoreError> {
    let rows = read(store, period, source).await?;
    let (from, to) = (rows.from, end(&rows, period, now));
    let ids = rows.before.keys().copied().chain(rows.facts.iter().filter_map(|fact| fact.operator));
    let mentioned = Mentioned { operators: ids.collect(), ..Mentioned::default() };
    let limits = limits(store, mentioned.operators.iter().copied().collect()).await?;
    let names = store.named(mentioned).await?.operators;
    computed(move || {
        let load = |(id, facts): (OperatorId, Vec<(Timestamp, i64)>)| {
            let max_load = limits.get(&id).copied();
            let limit = max_load.filter(|_| source.is_none());
            let level = rows.before.get(&id).copied().unwrap_or_default();
            let mut held = Held::new(level, from, limit);
            facts.into_iter().for_each(|(at, more)| held.change(at, more));
            held.until(to);
            PeriodLoad {
                operator_id: id,
                operator_name: names.get(&id).cloned().unwrap_or_default(),
                mean: held.mean(to.0.saturating_sub(from.0)),
                max: held.max,
                max_load,
                full_hours: held.full_hours(),
                from: Rfc3339(from),
                to: Rfc3339(to),
            }
        };
        by_operator(&rows).into_iter().map(load).collect()
    })
    .await
}

/// What was held in each hour or day of a period, in order: by one operator, or by all together. What is still to come
/// is left out.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn loads_by_time(
    store: &Store,
    period: &ReportPeriod,
    source: Option<SourceId>,
    operator: Option<OperatorId>,
    by: LoadsBy,
    now: Timestamp,
) -> Result<Vec<LoadBucket>, StoreError> {
    let rows = read(store, period, source).await?;
    let to = end(&rows, period, now);
    let limit = match operator.filter(|_| source.is_none()) {
        Some(id) => limits(store, vec![id]).await?.remove(&id),
        None => None,
    };
    let counted = ReportPeriod { from: rows.from, to, zone: period.zone.clone() };
    computed(move || by_bucket(&rows, &counted, operator, limit, by)).await
}

async fn read(store: &Store, period: &ReportPeriod, source: Option<SourceId>) -> Result<LoadRows, StoreError> {
    let (from, to) = (period.from, period.to);
    store.report_loads(LoadQuery { from, to, source, facts_max: LOAD_FACTS_MAX }).await
}

/// What is still to come, or was not read yet, is not known.
fn end(rows: &LoadRows, period: &ReportPeriod, now: Timestamp) -> Timestamp {
    period.to.min(now).min(rows.complete_to.unwrap_or(period.to)).max(rows.from)
}

/// The limits of those who were not deleted. Who may hold nothing is not full by holding nothing.
async fn limits(store: &Store, ids: Vec<OperatorId>) -> Result<BTreeMap<OperatorId, u32>, StoreError> {
    let operators = store.operators_among(ids.into_iter().collect()).await?;
    let limit = |it: Operator| (it.max_load > 0).then_some((it.id, it.max_load));
    Ok(operators.into_iter().filter_map(limit).collect())
}

/// When each operator held more or fewer, and how many.
fn by_operator(rows: &LoadRows) -> BTreeMap<OperatorId, Vec<(Timestamp, i64)>> {
    let mut changes: BTreeMap<_, Vec<_>> = rows.before.keys().map(|id| (*id, Vec::new())).collect();
    for Fact { at, kind, operator, .. } in &rows.facts {
        operator.iter().for_each(|id| changes.entry(*id).or_default().push((*at, kind.held())));
    }
    changes
}

pub(super) fn by_bucket(
    rows: &LoadRows,
    period: &ReportPeriod,
    operator: Option<OperatorId>,
    limit: Option<u32>,
    by: LoadsBy,
) -> Vec<LoadBucket> {
    let is_asked_for = |id: OperatorId| operator.is_none_or(|operator| operator == id);
    let level = rows.before.iter().filter(|(id, _)| is_asked_for(**id)).map(|(_, held)| held).sum();
    let mut facts = rows.facts.iter().filter(|fact| fact.operator.is_some_and(is_asked_for)).peekable();
    let mut held = Held::new(level, period.from, limit);
    let mut buckets = Vec::new();
    for (bucket, from, to) in edges(period, by) {
        held = Held::new(held.level, from, limit);
        while let Some(fact) = facts.next_if(|fact| fact.at < to) {
            held.change(fact.at, fact.kind.held());
        }
        held.until(to);
        let micros = to.0 - from.0;
        let (mean, max, full_hours) = (held.mean(micros), held.max, held.full_hours());
        buckets.push(LoadBucket { bucket, mean, max, full_hours, hours: micros as f64 / HOUR });
    }
    buckets
}

/// The hours or days of a period, each with its name, its beginning and its end, as far as they are in it.
fn edges(period: &ReportPeriod, by: LoadsBy) -> Vec<(String, Timestamp, Timestamp)> {
    let size = if by == LoadsBy::Hour { BucketSize::Hour } else { BucketSize::Day };
    let mut found: Vec<(i64, String, Timestamp)> = Vec::new();
    for quarter in quarters(period.from, period.to) {
        let Some(at) = zoned(Timestamp(quarter), &period.zone) else { continue };
        let (key, name) = begins(&at, size);
        if found.last().is_none_or(|(last, ..)| *last != key) {
            found.push((key, name(), Timestamp(quarter).max(period.from)));
        }
    }
    let ends: Vec<Timestamp> = found.iter().skip(1).map(|(_, _, from)| *from).chain([period.to]).collect();
    found.into_iter().zip(ends).map(|((_, name, from), to)| (name, from, to)).collect()
}

/// What is held, as time goes on.
struct Held {
    level: i64,
    /// Up to when it was counted.
    at: Timestamp,
    limit: Option<u32>,
    max: i64,
    /// Contacts times microseconds.
    sum: i128,
    full_micros: i64,
}

impl Held {
    const fn new(level: i64, at: Timestamp, limit: Option<u32>) -> Self {
        Self { level, at, limit, max: 0, sum: 0, full_micros: 0 }
    }

    fn change(&mut self, at: Timestamp, more: i64) {
        self.until(at);
        self.level += more;
    }

    fn until(&mut self, at: Timestamp) {
        let micros = at.0.saturating_sub(self.at.0);
        if micros <= 0 {
            return;
        }
        self.at = at;
        self.max = self.max.max(self.level);
        self.sum += i128::from(self.level) * i128::from(micros);
        if self.limit.is_some_and(|limit| self.level >= i64::from(limit)) {
            self.full_micros += micros;
        }
    }

    fn mean(&self, micros: i64) -> f64 {
        if micros > 0 { self.sum as f64 / micros as f64 } else { 0.0 }
    }

    fn full_hours(&self) -> Option<f64> {
        self.limit.map(|_| self.full_micros as f64 / HOUR)
    }
}

impl TableRow for PeriodLoad {
    const COLUMNS: &'static [&'static str] =
        &["operator_id", "operator_name", "mean", "max", "max_load", "full_hours", "from", "to"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.operator_id.0.to_string(),
            self.operator_name.to_string(),
            format!("{:.3}", self.mean),
            self.max.to_string(),
            or_empty(self.max_load),
            or_empty(self.full_hours.map(|hours| format!("{hours:.3}"))),
            self.from.to_string(),
            self.to.to_string(),
        ]
    }
}

impl TableRow for LoadBucket {
    const COLUMNS: &'static [&'static str] = &["bucket", "mean", "max", "full_hours", "hours"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.bucket.clone(),
            format!("{:.3}", self.mean),
            self.max.to_string(),
            or_empty(self.full_hours.map(|hours| format!("{hours:.3}"))),
            format!("{:.3}", self.hours),
        ]
    }
}
