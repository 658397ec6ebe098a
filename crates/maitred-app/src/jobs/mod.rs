//! What the server does in the background: named jobs, each a step that is taken at the start and then again and again.
//! Tests call the steps by hand; the server has [`Jobs`] call them until it stops.
//!
//! Which jobs run is decided where the server is put together (`maitred::server`, `maitred::cli::serve`). Those of the
//! metrics, of certificates and of the console are in their crates; all implement [`Job`].

mod ask_crm;
mod compile_hours;
mod credentials;
mod erase_old_leads;
mod finish_rereading;
mod follow_nodes;
mod forget_answers;
mod forget_deliveries;
mod forget_payloads;
pub mod keep_reports;
mod poll_telegram;
mod remove_demo;
mod send_replies;
mod send_webhooks;
mod tell_operators;
mod wake_due;

pub use ask_crm::AskCrm;
pub use compile_hours::CompileHours;
pub use credentials::{FollowCredentials, NoteUses};
pub use erase_old_leads::{EraseOldLeads, PAGE_ROWS, Round, Step};
pub use finish_rereading::FinishRereading;
pub use follow_nodes::FollowNodes;
pub use forget_answers::ForgetAnswers;
pub use forget_deliveries::ForgetDeliveries;
pub use forget_payloads::ForgetPayloads;
pub use keep_reports::KeepReports;
pub use poll_telegram::{PollError, PollTelegram, Polled, Poller, TakeError, take_sent};
pub use remove_demo::RemoveDemo;
pub use send_replies::{PENDING_MICROS_MAX, SendReplies};
pub use send_webhooks::{CALLS_MAX, CALLS_OF_DOWN_MAX, SendWebhooks};
pub(crate) use tell_operators::STALE_MICROS;
pub use tell_operators::TellOperators;
pub use wake_due::WakeDue;

use crate::Stop;
use crate::spans::{self, OpenSpan, Work};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::task::JoinSet;

/// A long-lived task as one step of it.
pub trait Job: Send + 'static {
    /// As the log names it.
    const NAME: &'static str;

    /// The longest rest between the end of a tick and the beginning of the next.
    fn period(&self) -> Duration;

    /// Does what is to be done now. Never called twice at the same time, nor given up half-way while the server runs.
    fn tick(&mut self) -> impl Future<Output = ()> + Send;

    /// Returns when there is a reason for a tick before the period is over. Dropped when it is.
    fn woken(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// What is left to do when the server stops.
    fn finish(&mut self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// Jobs that are to run until the server stops.
pub struct Jobs {
    stop: Stop,
    planned: Vec<(&'static str, BoxFuture<'static, ()>)>,
}

impl Jobs {
    #[must_use]
    pub const fn new(stop: Stop) -> Self {
        Self { stop, planned: Vec::new() }
    }

    pub fn add<J: Job>(&mut self, job: J) {
        self.planned.push((J::NAME, Box::pin(run(job, self.stop.clone()))));
    }

    /// Starts all of them on the runtime that this is called from.
    #[must_use = "jobs end when this is dropped"]
    pub fn start(self) -> RunningJobs {
        let names: Vec<_> = self.planned.iter().map(|(name, _)| *name).collect();
        tracing::debug!(jobs = names.join(", "), "background jobs run");
        RunningJobs(self.planned.into_iter().map(|(_, job)| job).collect())
    }
}

/// Jobs that run. They end when the server stops, and are given up half-way when this is dropped.
pub struct RunningJobs(JoinSet<()>);

impl RunningJobs {
    /// Waits until all have ended after the server was asked to stop, but no longer than this.
    pub async fn ended(mut self, at_most: Duration) {
        let all = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(at_most, all).await.is_err() {
            tracing::warn!(jobs = self.0.len(), "background jobs did not end in time; they are given up");
        }
    }
}

/// A panic in a tick is a bug that must not end, say, the following of revoked keys: the next tick comes all the same.
async fn run<J: Job>(mut job: J, stop: Stop) {
    while !stop.is_wanted() {
        let span = OpenSpan::here();
        if AssertUnwindSafe(spans::within(span.as_ref(), job.tick())).catch_unwind().await.is_err() {
            tracing::error!(job = J::NAME, "a tick of a background job panicked; it is tried again");
        } else if let Some(span) = span {
            span.end(|| Work::Job { name: J::NAME });
        }
        let period = job.period();
        tokio::select! {
            () = stop.wanted() => {}
            () = job.woken() => {}
            () = tokio::time::sleep(period) => {}
        }
    }
    job.finish().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Notify;

    #[derive(Default)]
    struct Counts {
        ticks: AtomicU32,
        finishes: AtomicU32,
        wake: Notify,
        ticked: Notify,
    }

    struct Counter {
        counts: Arc<Counts>,
        period: Duration,
    }

    impl Job for Counter {
        const NAME: &'static str = "counter";

        fn period(&self) -> Duration {
            self.period
        }

        async fn tick(&mut self) {
            let before = self.counts.ticks.fetch_add(1, Ordering::Relaxed);
            self.counts.ticked.notify_one();
            assert!(before != 1, "the second tick panics");
        }

        async fn woken(&mut self) {
            self.counts.wake.notified().await;
        }

        async fn finish(&mut self) {
            self.counts.finishes.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_ticks_at_once_then_by_its_period_or_when_it_is_woken_and_survives_a_panic() {
        let (stop, counts) = (Stop::default(), Arc::new(Counts::default()));
        let mut jobs = Jobs::new(stop.clone());
        jobs.add(Counter { counts: counts.clone(), period: Duration::from_secs(60) });
        let began = tokio::time::Instant::now();
        let running = jobs.start();
        counts.ticked.notified().await;
        counts.ticked.notified().await;
        assert_eq!(began.elapsed().as_secs(), 60, "the second came after a period");
        counts.wake.notify_one();
        counts.ticked.notified().await;
        assert_eq!(began.elapsed().as_secs(), 60, "the third did not wait");
        stop.now();
        running.ended(Duration::from_secs(1)).await;
        assert_eq!((counts.ticks.load(Ordering::Relaxed), counts.finishes.load(Ordering::Relaxed)), (3, 1));
    }
}
