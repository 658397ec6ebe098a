//! Asking a CRM again that did not answer when it told of a lead. Until it does, no contact is made of what it sent:
//! the lead may be one that was added from here.

use super::Job;
use crate::App;
use crate::bitrix24::PRESET;
use crate::intake::{IntakeError, run_unanswered_again};
use crate::intakes::OpenIntake;
use maitred_core::{SourceId, Timestamp};
use maitred_store::clock;
use std::time::Duration;

/// Half of the shortest rest between two questions, so that none is left out.
const PERIOD: Duration = Duration::from_secs(30);

/// Reads again what was kept because a CRM did not answer.
pub struct AskCrm(App);

impl AskCrm {
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self(app)
    }

    /// Asks about what is due at this time.
    ///
    /// # Errors
    /// [`IntakeError`] when that could not be read or stored: another step goes on.
    pub async fn step(&self, now: Timestamp) -> Result<(), IntakeError> {
        let store = self.0.store();
        for intake in store.intakes(SourceId(0), SourceId(i64::MAX)).await? {
            let Some(source) = store.source(intake.source).await? else { continue };
            let Some(intake) = OpenIntake::of(&source, intake) else { continue };
            if intake.settings.preset.as_deref() == Some(PRESET) {
                run_unanswered_again(&self.0, &intake, now).await?;
            }
        }
        Ok(())
    }
}

impl Job for AskCrm {
    const NAME: &'static str = "ask CRM";

    fn period(&self) -> Duration {
        PERIOD
    }

    async fn tick(&mut self) {
        if let Err(error) = self.step(clock::now()).await {
            tracing::warn!(%error, "what a CRM told of could not be read again; trying again");
        }
    }
}
