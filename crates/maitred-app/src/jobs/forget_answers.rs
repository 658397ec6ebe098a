//! Having the batcher forget what requests with a key were answered, once it is old. The work itself rides in its
//! batches, see [`crate::batcher`].

use super::Job;
use crate::App;
use std::time::Duration;

/// Ticks in the time that answers are kept ...
const TICKS: u32 = 16;
/// ... and the bounds of the period.
const PERIOD_MIN: Duration = Duration::from_millis(50);
const PERIOD_MAX: Duration = Duration::from_secs(60);

/// Reminds the batcher to forget old answers.
pub struct ForgetAnswers {
    app: App,
    period: Duration,
}

impl ForgetAnswers {
    /// `answers_kept` as the batcher was given it.
    #[must_use]
    pub fn new(app: App, answers_kept: Duration) -> Self {
        Self { app, period: (answers_kept / TICKS).clamp(PERIOD_MIN, PERIOD_MAX) }
    }
}

impl Job for ForgetAnswers {
    const NAME: &'static str = "forget old answers";

    fn period(&self) -> Duration {
        self.period
    }

    async fn tick(&mut self) {
        self.app.batcher().forget_answers();
    }
}
