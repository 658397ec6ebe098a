//! When contacts arrived: by hour, by day, or by hour of the week in a time zone.

use super::period::zoned;
use super::{ReportPeriod, TableRow};
use jiff::Zoned;
use maitred_core::report::{DAY_MICROS, FactKind, QUARTER_MICROS};
use maitred_core::{SourceId, Timestamp};
use maitred_store::reports::{FACTS_MAX, ReportQuery, ReportRows, Whose};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Hours of a week.
const WEEK_HOURS: u16 = 168;

/// By what arrivals are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketSize {
    Hour,
    #[default]
    Day,
    /// The hours of all weeks together.
    HourOfWeek,
}

impl BucketSize {
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::HourOfWeek];

    /// The word used in addresses and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::HourOfWeek => "hour_of_week",
        }
    }

    /// The longest period that is answered, in days.
    #[must_use]
    pub const fn days_max(self) -> i64 {
        match self {
            Self::Hour => 400,
            Self::Day | Self::HourOfWeek => super::REPORT_DAYS_MAX,
        }
    }
}

/// Which hour or day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Bucket {
    /// From 0, Monday from midnight to one o'clock, to 167.
    HourOfWeek(u16),
    /// A date, or the beginning of an hour with its distance from UTC.
    #[schema(example = "2025-11-26")]
    Begins(String),
}

/// How many contacts arrived in one hour or day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Arrivals {
    /// By `hour`, when the hour begins; by `day`, the date; by `hour_of_week`, a number from 0 (Monday from midnight to
    /// one o'clock) to 167.
    pub bucket: Bucket,
    #[schema(example = 12)]
    pub arrived: u64,
}

/// Arrivals of a period, in order, hours and days without any included. The first and the last may be cut by the
/// period.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn arrivals(
    store: &Store,
    period: &ReportPeriod,
    source: Option<SourceId>,
    by: BucketSize,
) -> Result<Vec<Arrivals>, StoreError> {
    let (from, to) = (period.from, period.to);
    let query = ReportQuery { from, to, source, whose: Whose::Everybody, facts_max: FACTS_MAX };
    Ok(counted(&store.report(query).await?, period, by))
}

pub(super) fn counted(rows: &ReportRows, period: &ReportPeriod, by: BucketSize) -> Vec<Arrivals> {
    let arrived = by_quarter(rows);
    if by == BucketSize::HourOfWeek {
        let mut hours = vec![0; usize::from(WEEK_HOURS)];
        for (quarter, count) in arrived {
            if let Some(at) = zoned(Timestamp(quarter), &period.zone) {
                hours[usize::from(hour_of_week(&at))] += count;
            }
        }
        let hour = |(hour, arrived)| Arrivals { bucket: Bucket::HourOfWeek(hour), arrived };
        return (0..WEEK_HOURS).zip(hours).map(hour).collect();
    }
    let mut buckets: Vec<(i64, Arrivals)> = Vec::new();
    for quarter in quarters(period.from, period.to) {
        let Some(at) = zoned(Timestamp(quarter), &period.zone) else { continue };
        let (begins, name) = begins(&at, by);
        if buckets.last().is_none_or(|(last, _)| *last != begins) {
            buckets.push((begins, Arrivals { bucket: Bucket::Begins(name()), arrived: 0 }));
        }
        if let (Some((_, bucket)), Some(count)) = (buckets.last_mut(), arrived.get(&quarter)) {
            bucket.arrived += count;
        }
    }
    buckets.into_iter().map(|(_, bucket)| bucket).collect()
}

/// Arrivals by the quarter of an hour that they are in.
pub(super) fn by_quarter(rows: &ReportRows) -> BTreeMap<i64, u64> {
    let mut arrived: BTreeMap<i64, u64> = BTreeMap::new();
    for (key, day) in &rows.days {
        for (quarter, count) in day.quarters() {
            *arrived.entry(key.day * DAY_MICROS + i64::from(quarter) * QUARTER_MICROS).or_default() += count;
        }
    }
    for fact in rows.facts.iter().filter(|fact| fact.kind == FactKind::Arrived) {
        *arrived.entry(fact.at.0 - fact.at.0.rem_euclid(QUARTER_MICROS)).or_default() += 1;
    }
    arrived
}

/// The beginnings of all quarters of an hour that a span touches.
pub(super) fn quarters(from: Timestamp, to: Timestamp) -> impl Iterator<Item = i64> + use<> {
    let first = from.0.saturating_sub(from.0.rem_euclid(QUARTER_MICROS));
    let to = to.0;
    std::iter::successors(Some(first), |at| at.checked_add(QUARTER_MICROS)).take_while(move |at| *at < to)
}

/// A number that is the same for all of one hour or day, and how that is called.
pub(super) fn begins(at: &Zoned, by: BucketSize) -> (i64, impl FnOnce() -> String) {
    let (at, is_hour) = (at.clone(), by == BucketSize::Hour);
    let into_hour = i64::from(at.minute()) * 60 + i64::from(at.second());
    let key = if is_hour {
        at.timestamp().as_second() - into_hour
    } else {
        let date = at.date();
        i64::from(date.year()) * 512 + i64::from(date.day_of_year())
    };
    (key, move || at.strftime(if is_hour { "%Y-%m-%dT%H:00:00%:z" } else { "%Y-%m-%d" }).to_string())
}

pub(super) fn hour_of_week(at: &Zoned) -> u16 {
    u16::from(at.weekday().to_monday_zero_offset().unsigned_abs()) * 24 + u16::from(at.hour().unsigned_abs())
}

impl TableRow for Arrivals {
    const COLUMNS: &'static [&'static str] = &["bucket", "arrived"];

    fn cells(&self) -> Vec<String> {
        let bucket = match &self.bucket {
            Bucket::HourOfWeek(hour) => hour.to_string(),
            Bucket::Begins(text) => text.clone(),
        };
        vec![bucket, self.arrived.to_string()]
    }
}
