//! Erasing leads by their age: those without any activity for so many days. All leads are looked at, round after
//! round, a page at a time and beside the batches; each one due is a command of its own, which asks again inside its
//! transaction. So several nodes may do the same, and intake waits for one more small command at most.

use super::{Batcher, By, Refusal};
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

/// Erases leads that have been quiet for more than so many days, until the batcher ends.
pub async fn keep(batcher: Batcher, store: Store, days: u32) {
    let mut round = Round::new(days);
    loop {
        let rest = match round.step(&batcher, &store, clock::now()).await {
            Ok(Step::More) => REST,
            Ok(Step::Done) => REST_AFTER_ROUND,
            Err(error) => {
                tracing::warn!(%error, "leads to be erased could not be looked up; trying again");
                REST_AFTER_ROUND / 60
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = batcher.ended() => return,
        }
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
            match batcher.send_for(By::SYSTEM, Command::EraseLead { lead, quiet_since: Some(before) }).await {
                Ok(Outcome::Lead(lead)) if lead.erased_at.is_some() => {
                    counter!("maitred_leads_expired_total").increment(1);
                }
                // The lead came back, or another node or a person was quicker.
                Ok(_) | Err(Refusal::Rejected(Rejection::LeadHasOpenContacts(_) | Rejection::LeadMerged(..))) => {}
                // It is no time for this: the same page again.
                Err(Refusal::QueueFull) => return Ok(Step::More),
                Err(refusal) => return Err(StoreError::Engine(format!("lead {lead}: {refusal}"))),
            }
        }
        self.after = quiet.looked_to;
        Ok(if self.after.is_some() { Step::More } else { Step::Done })
    }
}
