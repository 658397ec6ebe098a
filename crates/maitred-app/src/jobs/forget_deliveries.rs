//! Keeping the log of webhooks short: calls are forgotten after 30 days, and what an endpoint answered about a lead
//! when the lead is erased.

use super::Job;
use crate::App;
use maitred_core::{EventKind, LeadId, Timestamp};
use maitred_store::endpoints::DELIVERIES_KEPT_DAYS;
use maitred_store::{StoreError, clock};
use std::time::Duration;

const PERIOD: Duration = Duration::from_secs(60);
/// Ticks between two looks at the age of calls.
const TICKS_BETWEEN_LOOKS: u32 = 60;
const DAY_MICROS: i64 = 86_400_000_000;
/// Events that are read at a time.
const PAGE_ROWS: u32 = 1_000;

/// Forgets calls of endpoints.
pub struct ForgetDeliveries {
    app: App,
    ticks: u32,
}

impl ForgetDeliveries {
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app, ticks: 0 }
    }

    /// Deletes what is too old at this time.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used.
    pub async fn forget_old(&self, now: Timestamp) -> Result<u64, StoreError> {
        let before = Timestamp(now.0.saturating_sub(DELIVERIES_KEPT_DAYS * DAY_MICROS));
        let mut all = 0;
        loop {
            let gone = self.app.webhooks().store().forget_deliveries(before).await?;
            all += gone;
            if gone == 0 {
                return Ok(all);
            }
        }
    }

    /// Forgets what was answered about leads that were erased.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used.
    pub async fn forget_erased(&self) -> Result<(), StoreError> {
        let endpoints = self.app.webhooks().store();
        if !endpoints.has_deliveries().await? {
            return Ok(());
        }
        let mut after = endpoints.forgotten_to().await?;
        loop {
            let page = self.app.store().events(after, PAGE_ROWS).await?;
            let Some(last) = page.last().map(|placed| placed.position) else { return Ok(()) };
            let erased = page.iter().filter(|placed| placed.event.kind() == EventKind::LeadErased);
            let erased: Vec<LeadId> = erased.filter_map(|placed| placed.event.lead).collect();
            endpoints.forget_answers(self.with_absorbed(erased).await?, last).await?;
            after = last;
        }
    }
}

impl ForgetDeliveries {
    /// These leads and all that they absorbed: calls name the lead that an event was about.
    async fn with_absorbed(&self, mut leads: Vec<LeadId>) -> Result<Vec<LeadId>, StoreError> {
        let mut at = 0;
        while let Some(lead) = leads.get(at).copied() {
            leads.extend(self.app.store().absorbed(lead).await?.iter().map(|lead| lead.id));
            at += 1;
        }
        Ok(leads)
    }
}

impl Job for ForgetDeliveries {
    const NAME: &'static str = "forget deliveries";

    fn period(&self) -> Duration {
        PERIOD
    }

    async fn tick(&mut self) {
        if let Err(error) = self.forget_erased().await {
            tracing::warn!(%error, "answers of endpoints about erased leads were not forgotten; trying again");
        }
        if self.ticks.is_multiple_of(TICKS_BETWEEN_LOOKS)
            && let Err(error) = self.forget_old(clock::now()).await
        {
            tracing::warn!(%error, "old calls of endpoints were not forgotten; trying again");
        }
        self.ticks = self.ticks.wrapping_add(1);
    }
}
