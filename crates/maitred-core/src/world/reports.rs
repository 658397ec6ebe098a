//! How far reports are kept, in memory while a batch goes on with them.

use super::World;
use crate::report::{ReportProgress, ReportStep};

impl World {
    /// How far the feed has been read.
    ///
    /// # Panics
    /// When that was not loaded.
    pub(crate) fn report_progress(&self) -> ReportProgress {
        self.report_progress.expect("how far reports are kept is loaded before it is decided on")
    }

    pub(crate) fn keep_report_step(&mut self, step: ReportStep) {
        self.report_progress = Some(step.until);
        self.changes.report_steps.push(step);
    }
}
