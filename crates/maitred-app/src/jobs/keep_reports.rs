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
    /// contacts that arrive have the database for themselves half of the time.
    async fn read_all(&self) -> Result<ReportProgress, ExecuteError> {
        let mut steps = 0;
        loop {
            let began = Instant::now();
            if self.app.stop().is_wanted() || !step(self.app.batcher(), self.app.store(), STEP_EVENTS).await? {
                return self.app.store().report_progress().await.map_err(of_store);
            }
            steps += 1;
            if steps % STEPS_PER_LINE == 0 {
                let progress = self.app.store().report_progress().await.map_err(of_store)?;
                let last = *self.committed.borrow();
                tracing::info!(events = progress.position, of = last, "the feed is being read for reports");
            }
            tokio::time::sleep(began.elapsed()).await;
        }
    }
}

/// One step; whether there was one to be made.
///
/// # Errors
/// [`ExecuteError`] when the store cannot be read or written.
pub async fn step(batcher: &Batcher, store: &Store, events_max: u32) -> Result<bool, ExecuteError> {
    let Some(step) = store.next_report_step(events_max).await.map_err(of_store)? else { return Ok(false) };
    let step = Command::KeepReports(Box::new(step));
    let answer = batcher.enqueue(Requester::SYSTEM, step).await?;
    answer.await.unwrap_or(Err(ExecuteError::Stopping))?;
    Ok(true)
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
        if self.committed.wait_for(|position| *position >= enough).await.is_err() {
            std::future::pending::<()>().await;
        }
        // Where the last step failed, so may the next: that is no reason to hurry.
        tokio::time::sleep(REST).await;
    }
}
