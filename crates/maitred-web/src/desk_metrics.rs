//! Speed and shares for Prometheus, read from the store when it asks. Times are gauges of the last hour with the
//! quantiles as labels; shares are sums of all time, so that a difference of two moments is the share between them.
//! A recorded gauge stays for as long as the process runs, so shares are written out here: an operator who is deleted,
//! or serves a source no longer, has no series any more.

use crate::telemetry::{ENTITLED, RECEIVED, TIME_TO_ASSIGN, TIME_TO_FIRST_RESPONSE, TIME_TO_RESOLVE};
use maitred_app::periods::zone_or_utc;
use maitred_app::reports::{ReportPeriod, Seconds, summary};
use maitred_core::Timestamp;
use maitred_core::world::Tally;
use maitred_store::views::SourceBook;
use maitred_store::{Store, StoreError};
use metrics::gauge;
use std::fmt::Write;
use std::time::Duration;
use tokio::time::timeout;

/// How long the store may take.
const READ_MAX: Duration = Duration::from_secs(2);
/// The period that times are of, in seconds.
const SPEED_SECONDS: u32 = 3_600;
/// The most series of shares; of more members of sources there are none.
const SHARE_SERIES_MAX: usize = 1_000;

/// Records times as they are now, and gives the series of shares. Of what cannot be read, times stay as they were and
/// shares are left out.
pub async fn record(store: &Store, now: Timestamp) -> String {
    let noted = |error: &StoreError| tracing::warn!(%error, "figures for /metrics could not be read");
    if let Ok(Err(error)) = timeout(READ_MAX, speed(store, now)).await {
        noted(&error);
    }
    match timeout(READ_MAX, store.source_books()).await {
        Ok(Ok(books)) => shares(&books),
        Ok(Err(error)) => {
            noted(&error);
            String::new()
        }
        Err(_) => String::new(),
    }
}

async fn speed(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let from = Timestamp(now.0.saturating_sub(i64::from(SPEED_SECONDS) * 1_000_000));
    // What was committed at this moment is part of it.
    let to = Timestamp(now.0.saturating_add(1));
    let of = summary(store, &ReportPeriod { from, to, zone: zone_or_utc(None) }, None, None).await?.period;
    set(TIME_TO_ASSIGN, &of.time_to_assign);
    set(TIME_TO_FIRST_RESPONSE, &of.time_to_first_response);
    set(TIME_TO_RESOLVE, &of.time_to_resolve);
    Ok(())
}

fn set(name: &'static str, times: &Seconds) {
    let quantiles = [("0.5", times.p50_s), ("0.9", times.p90_s), ("0.95", times.p95_s), ("1", times.max_s)];
    for (quantile, seconds) in quantiles {
        gauge!(name, "quantile" => quantile).set(seconds.unwrap_or(f64::NAN));
    }
}

/// Name, help, and what of a tally it shows.
type ShareSeries = (&'static str, &'static str, fn(Tally) -> f64);

/// In the text format of Prometheus.
fn shares(books: &[SourceBook]) -> String {
    let mut text = String::new();
    let members = || books.iter().flat_map(|book| book.members.iter().map(move |(operator, _)| (book, operator.id)));
    if members().nth(SHARE_SERIES_MAX).is_some() {
        return text;
    }
    let series: [ShareSeries; 2] = [
        (RECEIVED, "Contacts that an operator received from a source, of all time", |it| it.received as f64),
        (ENTITLED, "Contacts that an operator was entitled to of a source, of all time", |it| it.entitled()),
    ];
    for (name, help, value) in series {
        for (at, (book, operator)) in members().enumerate() {
            if at == 0 {
                let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            }
            let (source, value) = (book.source.id, value(book.ledger.get(operator)));
            let _ = writeln!(text, "{name}{{source_id=\"{source}\",operator_id=\"{operator}\"}} {value}");
        }
    }
    text
}
