//! Waking when something is due: the batcher handles what has come before any command, and without one when this says
//! so.

use super::Job;
use crate::App;
use maitred_core::Timestamp;
use maitred_store::clock;
use std::time::Duration;
use tokio::sync::watch;

/// The machine's clock may be set meanwhile, and a wake may have failed: so it is looked at again after this time.
const REST_MAX: Duration = Duration::from_secs(1);
/// While nothing is due, only news are waited for.
const REST_WITHOUT_TIMERS: Duration = Duration::from_secs(3_600);

/// Wakes the batcher when the first timer is due, and sleeps until then.
pub struct WakeDue {
    app: App,
    next: watch::Receiver<Option<Timestamp>>,
}

impl WakeDue {
    #[must_use]
    pub fn new(app: App) -> Self {
        let next = app.batcher().next_due();
        Self { app, next }
    }
}

impl Job for WakeDue {
    const NAME: &'static str = "wake what is due";

    fn period(&self) -> Duration {
        let Some(at) = *self.next.borrow() else { return REST_WITHOUT_TIMERS };
        let until = at.0.saturating_sub(clock::now().0);
        match u64::try_from(until) {
            Ok(micros) if micros > 0 => Duration::from_micros(micros).min(REST_MAX),
            _ => REST_MAX,
        }
    }

    async fn tick(&mut self) {
        let next = *self.next.borrow_and_update();
        if next.is_some_and(|at| at <= clock::now()) {
            self.app.batcher().wake_due();
        }
    }

    async fn woken(&mut self) {
        // Without a batcher nothing is ever due again.
        if self.next.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
