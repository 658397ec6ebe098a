//! Keeping what a caller is shown of a lead as the answer to their request, where that is more than the outcome of the
//! command says. Nothing changes; see [`crate::idempotency`] for how answers are kept.

use crate::command::Outcome;
use crate::ids::LeadId;
use std::sync::Arc;

pub(super) const fn show_lead(lead: LeadId, shown: Arc<str>) -> Outcome {
    Outcome::Shown(lead, shown)
}
