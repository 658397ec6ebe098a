//! Erasing leads by their age: those without any activity for so many days. All leads are looked at, round after
//! round, a page at a time and beside the batches; each one due is a command of its own, which asks again inside its
//! transaction. So several nodes may do the same, and intake waits for one more small command at most.

use super::Job;
use crate::App;
use crate::batcher::{Batcher, ExecuteError};
use crate::permission::Requester;
use maitred_core::command::EraseLead;
use maitred_core::{Command, LeadId, Outcome, Rejection, Timestamp};
use maitred_store::views::Page;
use maitred_store::{Store, StoreError, clock};
use metrics::counter;
use std::time::Duration;

/// Leads looked at in one step.
pub const PAGE_ROWS: u32 = 256;
/// The rest between two steps of a round ...
const REST: Duration = Duration::from_millis(200);
/// ... and between two rounds.
const REST_AFTER_ROUND: Duration = Duration::from_secs(3_600);
const DAY_MICROS: i64 = 86_400_000_000;

/// Erases leads with whom nothing happened for so many days.
pub struct EraseOldLeads {
    app: App,
    round: Round,
    rest: Duration,
}

impl EraseOldLeads {
    #[must_use]
    pub const fn new(app: App, days: u32) -> Self {
        Self { app, round: Round::new(days), rest: REST }
    }
}

impl Job for EraseOldLeads {
    const NAME: &'static str = "erase old leads";

    fn period(&self) -> Duration {
        self.rest
    }

    async fn tick(&mut self) {
        self.rest = match self.round.step(self.app.batcher(), self.app.store(), clock::now()).await {
            Ok(Step::More) => REST,
            Ok(Step::Done) => REST_AFTER_ROUND,
            Err(error) => {
                tracing::warn!(%error, "leads to be erased could not be looked up; trying again");
                REST_AFTER_ROUND / 60
            }
        };
    }
}

/// What comes after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another step of this round.
    More,
    /// Another round.
    Done,
}

/// One round through all leads, and where it is.
pub struct Round {
    kept: i64,
    after: Option<LeadId>,
}

impl Round {
    /// From the first lead on.
    #[must_use]
    pub const fn new(days: u32) -> Self {
        Self { kept: days as i64 * DAY_MICROS, after: None }
    }

    /// Looks at the next page of leads and erases those who are due.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or written; the step is to be taken again then.
    pub async fn step(&mut self, batcher: &Batcher, store: &Store, now: Timestamp) -> Result<Step, StoreError> {
        let before = Timestamp(now.0.saturating_sub(self.kept));
        let page = Page { limit: PAGE_ROWS, after: self.after.map(|lead| lead.0) };
        let quiet = store.quiet_leads(before, page).await?;
        for lead in quiet.leads {
            let command = Command::EraseLead(EraseLead { lead, quiet_since: Some(before) });
            match batcher.execute(Requester::SYSTEM, command).await {
                Ok(Outcome::Lead(lead)) if lead.erased_at.is_some() => {
                    counter!("maitred_leads_expired_total").increment(1);
                }
                // The lead wrote again, or another node or a person was quicker.
                Ok(_) | Err(ExecuteError::Rejected(Rejection::LeadHasOpenContacts(_) | Rejection::LeadMerged(..))) => {}
                // The server is busy: the same page again later.
                Err(ExecuteError::QueueFull) => return Ok(Step::More),
                Err(error) => return Err(StoreError::Engine(format!("lead {lead}: {error}"))),
            }
        }
        self.after = quiet.looked_to;
        Ok(if self.after.is_some() { Step::More } else { Step::Done })
    }
}
