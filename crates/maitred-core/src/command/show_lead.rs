//! Keeping what a caller is shown of a lead as the answer to their request, where that is more than the outcome of the
//! command says. Nothing changes; see [`crate::idempotency`] for how answers are kept.

use crate::command::{Outcome, Rejection};
use crate::ids::LeadId;
use crate::world::{NeedsBuilder, World};
use std::sync::Arc;

/// What a caller is about to be shown of a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShowLead {
    pub lead: LeadId,
    /// The body of the answer.
    pub text: Arc<str>,
    /// Whether it shows a lead who was erased, and so nothing that anybody said.
    pub is_erased: bool,
}

pub(super) fn needs(show: &ShowLead, needs: &mut NeedsBuilder<'_>) {
    needs.lead_and_survivors(show.lead);
}

pub(super) fn show_lead(world: &World, show: ShowLead) -> Result<Outcome, Rejection> {
    let ShowLead { lead, text, is_erased } = show;
    // What is shown was read before this command, and the lead may have been erased since.
    if !is_erased && world.is_erased(lead) {
        return Err(Rejection::LeadErased(lead));
    }
    Ok(Outcome::Shown(lead, text))
}
