//! Forgetting what requests with a key were answered, once it is old. It rides in the transactions of batches, a few
//! hundred rows at a time, reached by their age; only while nothing else is to be done it has transactions of its own.
//! A batch that comes when no sweep is due pays nothing for it.

use super::Message;
use crate::store::{Engine, StoreError};
use maitred_core::Timestamp;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::WeakSender;
use tokio::time::{MissedTickBehavior, interval};

/// The most old answers that are forgotten at once, besides as many as the batch may keep: so there is always less left
/// to forget, however many come in.
const ROWS: usize = 256;
/// A sweep is due so many times in the time that answers are kept ...
const SWEEPS: u32 = 16;
/// ... and within these bounds.
const BEAT_MIN: Duration = Duration::from_millis(50);
const BEAT_MAX: Duration = Duration::from_secs(60);

/// Reminds the loop, as long as there is one and the runtime that this is called from. Without a runtime (an import)
/// nothing is swept.
pub(super) fn now_and_then(queue: WeakSender<Message>, answers_kept: Duration) {
    let Ok(runtime) = Handle::try_current() else { return };
    let beat = (answers_kept / SWEEPS).clamp(BEAT_MIN, BEAT_MAX);
    runtime.spawn(async move {
        let mut beats = interval(beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beats.tick().await;
            let Some(queue) = queue.upgrade().filter(|queue| !queue.is_closed()) else { return };
            // A full queue is no time for cleaning; the next beat will do.
            let _ = queue.try_send(Message::Sweep);
        }
    });
}

/// What the loop knows of sweeping.
pub(super) struct Sweep {
    answers_kept: Duration,
    due: bool,
}

impl Sweep {
    pub(super) const fn new(answers_kept: Duration) -> Self {
        Self { answers_kept, due: false }
    }

    /// It is time.
    pub(super) const fn now(&mut self) {
        self.due = true;
    }

    /// The next beat is early enough: the store fails.
    pub(super) const fn later(&mut self) {
        self.due = false;
    }

    pub(super) const fn is_due(&self) -> bool {
        self.due
    }

    /// Forgets some in the transaction that has begun, if it is time; it stays time while there are more.
    pub(super) fn some(&mut self, engine: &mut Engine, now: Timestamp, keyed: usize) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.due) {
            return Ok(());
        }
        let kept = i64::try_from(self.answers_kept.as_micros()).unwrap_or(i64::MAX);
        let at_most = ROWS + 2 * keyed;
        self.due = engine.forget_answers(Timestamp(now.0.saturating_sub(kept)), at_most)? == at_most;
        Ok(())
    }
}
