//! Correcting what an operator gets on a source, with a reason. What becomes of it is in [`crate::correction`].

use crate::command::{Context, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{OperatorId, SourceId};
use crate::limits::CORRECTION_MAX;
use crate::world::{NeedsBuilder, Tally, World};
use std::sync::Arc;

/// A correction to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectAccount {
    pub source: SourceId,
    /// Whose: they serve the source, or did once.
    pub operator: OperatorId,
    /// How many contacts more they are to get, or fewer if it is negative; not 0, at most [`CORRECTION_MAX`].
    pub amount: i64,
    /// As [`crate::limits::correction_reason`] gives it.
    pub reason: Arc<str>,
}

pub(super) fn needs(new: &CorrectAccount, needs: &mut NeedsBuilder<'_>) {
    needs.source(new.source);
    needs.operator(new.operator);
}

pub(super) fn correct_account(world: &mut World, new: CorrectAccount, context: Context) -> Result<Outcome, Rejection> {
    let CorrectAccount { source, operator, amount, .. } = new;
    let state = world.source(source)?;
    world.operator(operator)?;
    let tally = state.tally(operator);
    if state.pool().get(operator).is_none() && tally == Tally::default() {
        return Err(Rejection::UnknownMembership(source, operator));
    }
    if tally.outstanding().saturating_add(amount).abs() > CORRECTION_MAX {
        return Err(Rejection::CorrectionTooLarge(source, operator, tally.outstanding()));
    }
    let correction = world.correct(new, context);
    world.emit_weight_event(source, operator, EventDetail::AccountCorrected { amount }, context);
    Ok(Outcome::Correction(correction))
}
