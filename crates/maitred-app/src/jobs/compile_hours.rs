//! Keeping the hours of operators known some weeks ahead, and those of the calendars as they are: what an edit, another
//! node or a restart has left. The time zones of caps as well.

use super::Job;
use crate::App;
use crate::calendars::{SetHoursError, recompile_users};
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
        let mut after = None;
        loop {
            let calendars = self.0.store().calendars(Page { limit: PAGE_ROWS, after }).await?;
            for calendar in &calendars {
                // One calendar that this node cannot read is no reason to leave out the others.
                match recompile_users(&self.0, calendar.id).await {
                    Err(error @ SetHoursError::Mistakes(_)) => {
                        tracing::warn!(%error, calendar = calendar.id.0, "a calendar cannot be compiled; trying again");
                    }
                    compiled => drop(compiled?),
                }
            }
            match calendars.last() {
                Some(last) if calendars.len() == PAGE_ROWS as usize => after = Some(last.id.0),
                Some(_) | None => return Ok(()),
            }
        }
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
