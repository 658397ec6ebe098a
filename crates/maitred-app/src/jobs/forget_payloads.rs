//! Forgetting what was received at the addresses of sources, once it is old, a bounded number at a time.

use super::Job;
use crate::App;
use crate::intake::KEPT_DAYS;
use crate::permission::Requester;
use maitred_core::{Command, Timestamp};
use maitred_store::clock;
use std::time::Duration;

const PERIOD: Duration = Duration::from_secs(30);
const DAY_MICROS: i64 = 86_400_000_000;

/// Has old payloads forgotten.
pub struct ForgetPayloads {
    app: App,
}

impl ForgetPayloads {
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Job for ForgetPayloads {
    const NAME: &'static str = "forget old payloads";

    fn period(&self) -> Duration {
        PERIOD
    }

    async fn tick(&mut self) {
        let before = Timestamp(clock::now().0 - KEPT_DAYS * DAY_MICROS);
        // Each command forgets some; another tick goes on.
        match self.app.store().has_payloads_before(before).await {
            Ok(false) => {}
            Ok(true) => {
                if let Err(error) = self.app.batcher().execute(Requester::SYSTEM, Command::ForgetPayloads(before)).await
                {
                    tracing::warn!(%error, "old payloads could not be forgotten; trying again");
                }
            }
            Err(error) => tracing::warn!(%error, "old payloads could not be looked up; trying again"),
        }
    }
}
