//! `maitred report`: what happened in a period, as tables, as JSON, or one table as CSV. It reads beside a running
//! server.

use super::Ended;
use super::output::{duration, give, give_as_it_is, give_json, table};
use crate::config::Settings;
use maitred_app::periods;
use maitred_app::reports::{
    Arrivals, Bucket, BucketSize, LOADS_DAYS_MAX, Moment, PeriodFigures, PeriodLoad, ReportPeriod, STAFFING_DAYS_MAX,
    Seconds, Share, StaffingHour, Summary, arrivals, as_csv, loads, shares, staffing, summary,
};
use maitred_core::limits::Invalid;
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_store::views::Mentioned;
use maitred_store::{Store, StoreError, clock};
use serde::Serialize;
use std::fmt::Write;
use std::process::ExitCode;

/// The widest bar of a day, in characters.
const BAR_CHARS: usize = 40;

/// Show what happened in a period, beside the period before
#[derive(clap::Args)]
pub(super) struct Report {
    /// When the period begins: a date, or a time such as 2025-11-26T00:00:00Z; the day six days before the end if left
    /// out
    #[arg(long, value_name = "DATE OR TIME", value_parser = Moment::parse)]
    from: Option<Moment>,

    /// When the period ends, itself excluded: the beginning of a date, or a time; now if left out
    #[arg(long, value_name = "DATE OR TIME", value_parser = Moment::parse)]
    to: Option<Moment>,

    /// The time zone in which days and hours begin, such as Europe/Moscow
    #[arg(long, value_name = "NAME", default_value = "UTC", value_parser = zone)]
    zone: String,

    /// Only this source
    #[arg(long, value_name = "ID")]
    source: Option<i64>,

    /// Summarise only what this operator had to do with
    #[arg(long, value_name = "ID")]
    operator: Option<i64>,

    /// Count arrivals by hour, day or hour_of_week
    #[arg(long, default_value = "day", value_parser = bucket_size)]
    by: BucketSize,

    /// Print everything as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Print one table as CSV: summary, shares, loads, arrivals or staffing, which has the people who were on by hour
    /// of the week
    #[arg(long, value_name = "TABLE", num_args = 0..=1, default_missing_value = "summary")]
    csv: Option<TableName>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum TableName {
    Summary,
    Shares,
    Loads,
    Arrivals,
    Staffing,
}

fn zone(name: &str) -> Result<String, Invalid> {
    periods::zone(name).map(|_| name.to_owned())
}

fn bucket_size(word: &str) -> Result<BucketSize, Invalid> {
    let words = || BucketSize::ALL.map(BucketSize::as_str).join(", ");
    let known = BucketSize::ALL.into_iter().find(|size| size.as_str() == word);
    known.ok_or_else(|| Invalid(format!("is not known; give one of {}", words())))
}

/// All tables.
#[derive(Serialize)]
struct Tables {
    summary: Summary,
    shares: Vec<Share>,
    /// None of a period that is longer than loads are counted for.
    loads: Option<Vec<PeriodLoad>>,
    arrivals: Vec<Arrivals>,
    /// If it is shown; none of a period that is longer than staffing is counted for.
    staffing: Option<Vec<StaffingHour>>,
}

impl Report {
    pub(super) fn run(&self, settings: &Settings) -> Ended {
        let store = Store::open(&settings.database)?;
        let (zone, now) = (periods::zone_or_utc(Some(&self.zone)), clock::now());
        let period = ReportPeriod::new([self.from, self.to], zone, now, self.days_max());
        let period = period.map_err(|error| format!("--{} {}", error.field, error.invalid.0))?;
        let tables = super::runtime()?.block_on(self.tables(&store, &period, now))??;
        match (self.json, self.csv) {
            (true, _) => give_json(&tables)?,
            (false, Some(TableName::Summary)) => {
                give_as_it_is(&as_csv(&[tables.summary.period, tables.summary.before]))?
            }
            (false, Some(TableName::Shares)) => give(&as_csv(&tables.shares))?,
            (false, Some(TableName::Loads)) => give(&as_csv(&tables.loads.unwrap_or_default()))?,
            (false, Some(TableName::Arrivals)) => give_as_it_is(&as_csv(&tables.arrivals))?,
            (false, Some(TableName::Staffing)) => give_as_it_is(&as_csv(&tables.staffing.unwrap_or_default()))?,
            (false, None) => give(&laid_out(&tables))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The longest period, in days.
    fn days_max(&self) -> i64 {
        let of_table = match self.csv {
            Some(TableName::Staffing) => STAFFING_DAYS_MAX,
            Some(TableName::Loads) => LOADS_DAYS_MAX,
            _ => i64::MAX,
        };
        self.by.days_max().min(of_table)
    }

    fn is_of_staffing(&self) -> bool {
        matches!(self.csv, Some(TableName::Staffing))
    }

    /// All tables, or which source or operator is not there.
    async fn tables(
        &self,
        store: &Store,
        period: &ReportPeriod,
        now: Timestamp,
    ) -> Result<Result<Tables, String>, StoreError> {
        let (source, operator) = (self.source.map(SourceId), self.operator.map(OperatorId));
        let mut mentioned = Mentioned::default();
        mentioned.sources.extend(source);
        mentioned.operators.extend(operator);
        let named = store.named(mentioned).await?;
        if let Some(id) = source.filter(|id| !named.sources.contains_key(id)) {
            return Ok(Err(format!("there is no source {}", id.0)));
        }
        if let Some(id) = operator.filter(|id| !named.operators.contains_key(id)) {
            return Ok(Err(format!("there is no operator {}", id.0)));
        }
        let shows_staffing = self.json || self.is_of_staffing();
        let staffing = match shows_staffing && period.has_at_most(STAFFING_DAYS_MAX) {
            true => Some(staffing(store, period, source, now).await?),
            false => None,
        };
        let loads = match period.has_at_most(LOADS_DAYS_MAX) {
            true => Some(loads(store, period, source, now).await?),
            false => None,
        };
        Ok(Ok(Tables {
            loads,
            summary: summary(store, period, source, operator).await?,
            shares: shares(store, period, source, now).await?,
            arrivals: arrivals(store, period, source, self.by).await?,
            staffing,
        }))
    }
}

fn laid_out(tables: &Tables) -> String {
    let Summary { period, before, waiting_now, complete_to } = &tables.summary;
    let mut text = format!("From {} to {}", period.from, period.to);
    if let Some(at) = complete_to {
        let _ = write!(text, " (known up to {at}; the rest is being counted)");
    }
    let _ = write!(text, "\n\n{}\n{waiting_now} waiting now.\n", summary_table(period, before));
    if !tables.shares.is_empty() {
        let _ = write!(text, "\nReceived beside what was entitled\n{}\n", shares_table(&tables.shares));
    }
    if let Some(loads) = tables.loads.as_deref().filter(|loads| !loads.is_empty()) {
        let _ = write!(text, "\nHeld at a time\n{}\n", loads_table(loads));
    }
    let _ = write!(text, "\nArrivals\n{}", arrivals_table(&tables.arrivals));
    text
}

/// A row of the summary: what it is called, and what it shows.
type Count = (&'static str, fn(&PeriodFigures) -> u64);
type Times = (&'static str, fn(&PeriodFigures) -> &Seconds);

fn summary_table(period: &PeriodFigures, before: &PeriodFigures) -> comfy_table::Table {
    let mut rows = table(&["", ">period", ">before"]);
    let counts: [Count; 10] = [
        ("arrived", |it| it.arrived),
        ("assigned first", |it| it.assigned),
        ("received", |it| it.received),
        ("resolved", |it| it.resolved),
        ("reopened", |it| it.reopened),
        ("released", |it| it.released),
        ("overdue", |it| it.overdue),
        ("offers accepted", |it| it.offers_accepted),
        ("offers declined", |it| it.offers_declined),
        ("offers not answered", |it| it.offers_expired),
    ];
    for (name, count) in counts {
        rows.add_row([name.to_owned(), count(period).to_string(), count(before).to_string()]);
    }
    let times: [Times; 3] = [
        ("to assign", |it| &it.time_to_assign),
        ("to first response", |it| &it.time_to_first_response),
        ("to resolve", |it| &it.time_to_resolve),
    ];
    for (name, of) in times {
        rows.add_row([
            format!("{name}: 50, 90, 95 %, longest"),
            times_in_words(of(period)),
            times_in_words(of(before)),
        ]);
    }
    rows
}

fn times_in_words(times: &Seconds) -> String {
    let word =
        |seconds: Option<f64>| seconds.map_or_else(|| "-".to_owned(), |seconds| duration((seconds * 1e6) as i64));
    [times.p50_s, times.p90_s, times.p95_s, times.max_s].map(word).join(", ")
}

fn shares_table(shares: &[Share]) -> comfy_table::Table {
    let mut rows = table(&[">id", "operator", ">received", ">entitled", ">by chance"]);
    for share in shares {
        let chance = share.low.zip(share.high).map(|(low, high)| format!("{low} to {high}"));
        rows.add_row([
            share.operator_id.to_string(),
            share.operator_name.to_string(),
            share.received.to_string(),
            format!("{:.1}", share.entitled),
            chance.unwrap_or_default(),
        ]);
    }
    rows
}

fn loads_table(loads: &[PeriodLoad]) -> comfy_table::Table {
    let mut rows = table(&[">id", "operator", ">mean", ">most", ">limit", ">hours full"]);
    for load in loads {
        rows.add_row([
            load.operator_id.to_string(),
            load.operator_name.to_string(),
            format!("{:.1}", load.mean),
            load.max.to_string(),
            load.max_load.map(|limit| limit.to_string()).unwrap_or_default(),
            load.full_hours.map(|hours| format!("{hours:.1}")).unwrap_or_default(),
        ]);
    }
    rows
}

fn arrivals_table(arrivals: &[Arrivals]) -> String {
    let most = arrivals.iter().map(|row| row.arrived).max().unwrap_or(0).max(1);
    let line = |row: &Arrivals| {
        let bucket = match &row.bucket {
            Bucket::HourOfWeek(hour) => format!("{} {:02}:00", WEEKDAYS[usize::from(hour / 24) % 7], hour % 24),
            Bucket::Begins(text) => text.clone(),
        };
        let bar = "█".repeat((row.arrived as usize * BAR_CHARS).div_ceil(most as usize));
        format!("{bucket}  {:>7}  {bar}\n", row.arrived)
    };
    arrivals.iter().map(line).collect()
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
