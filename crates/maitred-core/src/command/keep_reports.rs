//! Storing what reports are made of, as far as a job has read the feed. What that is, is in [`crate::report`]; here it
//! is checked that nobody else has read that part of the feed meanwhile, such as another node.

use crate::command::{Outcome, Rejection};
use crate::report::ReportStep;
use crate::world::{NeedsBuilder, World};

pub(super) fn needs(needs: &mut NeedsBuilder<'_>) {
    needs.report_progress();
}

/// Stores a step, or nothing if it does not begin where the last one ended.
#[expect(clippy::unnecessary_wraps, reason = "as all commands")]
pub(super) fn keep_reports(world: &mut World, step: ReportStep) -> Result<Outcome, Rejection> {
    if world.report_progress() == step.since {
        world.keep_report_step(step);
    }
    Ok(Outcome::Done)
}
