//! Keeping the hours of operators known some weeks ahead, and those of the calendars as they are: what an edit, another
//! node or a restart has left. The time zones of caps as well. What cannot be done is kept in
//! [`hours_outlook`](crate::hours_outlook).

use super::Job;
use crate::App;
use crate::calendars::{SetHoursError, outlook};
use crate::caps::refresh_zones;
use maitred_store::views::Page;
use std::time::Duration;

const PERIOD: Duration = Duration::from_secs(60);
/// Calendars that are read at a time.
const PAGE_ROWS: u32 = 100;

/// Compiles hours again where that is due.
pub struct CompileHours(App);

impl CompileHours {
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self(app)
    }

    async fn all(&self) -> Result<(), SetHoursError> {
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let calendars = self.0.store().calendars(Page { limit: PAGE_ROWS, after }).await?;
            for calendar in &calendars {
                found.push(outlook(&self.0, calendar).await?);
            }
            match calendars.last() {
                Some(last) if calendars.len() == PAGE_ROWS as usize => after = Some(last.id.0),
                Some(_) | None => break,
            }
        }
        self.0.hours_outlook().set(found);
        Ok(())
    }
}

impl Job for CompileHours {
    const NAME: &'static str = "compile hours";

    fn period(&self) -> Duration {
        PERIOD
    }

    async fn tick(&mut self) {
        if let Err(error) = self.all().await {
            tracing::warn!(%error, "working hours could not be compiled; trying again");
        }
        if let Err(error) = refresh_zones(&self.0).await {
            tracing::warn!(%error, "time zones of caps could not be brought up to date; trying again");
        }
    }
}
