//! Speed and shares for Prometheus, read from the store when it asks. Times are gauges of the last hour with the
//! quantiles as labels; shares are sums of all time, so that a difference of two moments is the share between them.

use crate::telemetry::{ENTITLED, RECEIVED, TIME_TO_ASSIGN, TIME_TO_FIRST_RESPONSE, TIME_TO_RESOLVE};
use maitred_app::periods::zone_or_utc;
use maitred_app::reports::{ReportPeriod, Seconds, summary};
use maitred_core::Timestamp;
use maitred_store::{Store, StoreError};
use metrics::gauge;
use std::time::Duration;
use tokio::time::timeout;

/// How long the store may take.
const READ_MAX: Duration = Duration::from_secs(2);
/// The period that times are of, in seconds.
const SPEED_SECONDS: u32 = 3_600;
/// The most series of shares; of more members of sources there are none.
const SHARE_SERIES_MAX: usize = 1_000;

/// Records them as they are now. What cannot be read stays as it was.
pub async fn record(store: &Store, now: Timestamp) {
    for read in [timeout(READ_MAX, speed(store, now)).await, timeout(READ_MAX, shares(store)).await] {
        if let Ok(Err(error)) = read {
            tracing::warn!(%error, "figures for /metrics could not be read");
        }
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

async fn shares(store: &Store) -> Result<(), StoreError> {
    let books = store.source_books().await?;
    if books.iter().map(|book| book.members.len()).sum::<usize>() > SHARE_SERIES_MAX {
        return Ok(());
    }
    for book in &books {
        for (operator, _) in &book.members {
            let tally = book.ledger.get(operator.id);
            let labels = [("source_id", book.source.id.to_string()), ("operator_id", operator.id.to_string())];
            gauge!(RECEIVED, &labels).set(tally.received as f64);
            gauge!(ENTITLED, &labels).set(tally.entitled());
        }
    }
    Ok(())
}
