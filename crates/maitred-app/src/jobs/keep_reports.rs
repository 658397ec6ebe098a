//! Reading the feed for reports: what happened is kept by day, so that a report of a year is as quick as one of a week.
//! Reports know of what is not read yet as well, so nothing depends on how far this is. The step of one node counts and
//! that of another, made of the same part of the feed, changes nothing; so a node leaves it to another that is at work.

use super::Job;
use crate::App;
use crate::batcher::{Batcher, ExecuteError};
use crate::demo::of_store;
use crate::permission::Requester;
use maitred_core::Command;
use maitred_core::report::ReportProgress;
use maitred_store::Store;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Events that one step reads.
pub const STEP_EVENTS: u32 = 4_000;
/// The longest rest while anything happens.
const PERIOD: Duration = Duration::from_secs(10);
/// The rest in front of a step that so much that happened is the reason for.
const REST: Duration = Duration::from_millis(500);
/// So many events behind what was read are a reason for a step at once.
const BEHIND_MAX: i64 = 2_000;
/// So many events a second are a burst of contacts.
const BURST_EVENTS: f64 = 5_000.0;
/// How many times as long as a step took it rests in a burst.
const BURST_RESTS: u32 = 9;
/// The most events that a burst may leave for later. Until they are read, reports say up to when they are complete.
const LEFT_MAX: i64 = 200_000;
/// After how many steps in a row the log says how far it is.
const STEPS_PER_LINE: u32 = 500;

/// See the module.
pub struct KeepReports {
    app: App,
    committed: watch::Receiver<i64>,
    /// How far it was when this node last looked.
    seen: Option<ReportProgress>,
}

impl KeepReports {
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { committed: app.committed(), app, seen: None }
    }

    /// Reads until nothing is left, or the server stops. After each step it rests as long as that took, so that
    /// contacts that arrive have the database for themselves half of the time, and longer in a burst of them.
    async fn read_all(&self) -> Result<ReportProgress, ExecuteError> {
        let mut steps = 0;
        loop {
            let (began, from) = (Instant::now(), *self.committed.borrow());
            let stop = self.app.stop();
            let kept = match stop.is_wanted() {
                true => None,
                false => step(self.app.batcher(), self.app.store(), STEP_EVENTS).await?,
            };
            let last = *self.committed.borrow();
            let Some(kept) = kept else { return self.app.store().report_progress().await.map_err(of_store) };
            steps += 1;
            if steps % STEPS_PER_LINE == 0 {
                tracing::info!(events = kept.position, of = last, "the feed is being read for reports");
            }
            tokio::select! {
                () = tokio::time::sleep(rest(began.elapsed(), last - from, last - kept.position)) => {}
                () = stop.wanted() => {}
            }
        }
    }
}

/// How long to rest after a step that took so long, while so many events came, and that leaves so many.
fn rest(took: Duration, came: i64, left: i64) -> Duration {
    let is_burst = came as f64 > BURST_EVENTS * took.as_secs_f64();
    if is_burst && left < LEFT_MAX { took * BURST_RESTS } else { took }
}

/// One step; how far that was, if there was one to be made.
///
/// # Errors
/// [`ExecuteError`] when the store cannot be read or written.
pub async fn step(batcher: &Batcher, store: &Store, events_max: u32) -> Result<Option<ReportProgress>, ExecuteError> {
    let Some(step) = store.next_report_step(events_max).await.map_err(of_store)? else { return Ok(None) };
    let until = step.until;
    let step = Command::KeepReports(Box::new(step));
    let answer = batcher.enqueue(Requester::SYSTEM, step).await?;
    answer.await.unwrap_or(Err(ExecuteError::Stopping))?;
    Ok(Some(until))
}

impl Job for KeepReports {
    const NAME: &'static str = "keep reports";

    fn period(&self) -> Duration {
        PERIOD
    }

    async fn tick(&mut self) {
        let progress = match self.app.store().report_progress().await {
            Ok(progress) => progress,
            Err(error) => return tracing::warn!(%error, "how far reports are kept could not be read; trying again"),
        };
        // Another node is at work, or was until now.
        if self.seen.replace(progress).is_some_and(|seen| seen != progress) {
            return;
        }
        match self.read_all().await {
            Ok(progress) => self.seen = Some(progress),
            Err(error) => tracing::warn!(%error, "the feed could not be read for reports; trying again"),
        }
    }

    async fn woken(&mut self) {
        let enough = self.seen.unwrap_or_default().position + BEHIND_MAX;
        loop {
            // Where the last step failed, so may the next: that is no reason to hurry. And not every commit need wake
            // this.
            tokio::time::sleep(REST).await;
            if *self.committed.borrow_and_update() >= enough {
                return;
            }
            if self.committed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_stored_first_and_read_afterwards() {
        let took = Duration::from_millis(20);
        assert_eq!(rest(took, 100, 50_000), took, "5 000 events a second are no burst yet");
        assert_eq!(rest(took, 101, 50_000), took * BURST_RESTS);
        assert_eq!(rest(took, 101, LEFT_MAX), took, "too much is left");
    }
}
