//! Forgetting who a lead is. Their name, their identities, those of absorbed leads and kept answers go at once. The
//! texts of their contacts go with them as far as one command may, and the rest in follow-ups, however many they are.
//!
//! What was decided, when, and who had how many contacts names nobody afterwards, and stays.

use crate::command::{Context, FollowUp, Outcome, Rejection};
use crate::event::EventDetail;
use crate::ids::{ContactId, LeadId, Timestamp};
use crate::limits::DRAIN_MAX;
use crate::nouns::{Contact, Status};
use crate::world::{NeedsBuilder, World};

/// Before the first contact of a lead: where forgetting their texts begins.
const START: ContactId = ContactId(0);

/// A lead to be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EraseLead {
    pub lead: LeadId,
    /// Leaves the lead alone if anything happened to their contacts at this time or later.
    pub quiet_since: Option<Timestamp>,
}

pub(super) fn needs(erase: &EraseLead, needs: &mut NeedsBuilder<'_>) {
    needs.lead(erase.lead);
    needs.absorbed_leads(erase.lead);
    needs.follow_up_contacts(FollowUp::Erase(erase.lead, START));
}

pub(super) fn erase_lead(world: &mut World, erase: EraseLead, context: Context) -> Result<Outcome, Rejection> {
    let EraseLead { lead: id, quiet_since } = erase;
    let lead = world.lead(id)?;
    if let Some(into) = lead.merged_into {
        return Err(Rejection::LeadMerged(id, into));
    }
    if lead.erased_at.is_some() {
        return Ok(Outcome::Lead(lead.clone()));
    }
    if world.contacts().any(|contact| contact.lead == id && contact.status != Status::Resolved) {
        return Err(Rejection::LeadHasOpenContacts(id));
    }
    if quiet_since.is_some_and(|since| last_seen(world, id) >= Some(since)) {
        return Ok(Outcome::Lead(lead.clone()));
    }
    world.erase_lead(id, context.now);
    world.emit_lead_event(id, EventDetail::LeadErased, context);
    forget_texts(world, id, START, context);
    Ok(Outcome::Lead(world.lead(id)?.clone()))
}

/// When the contact that ended last did, which need not be the newest; of a lead without contacts, when anything about
/// them last changed.
fn last_seen(world: &World, id: LeadId) -> Option<Timestamp> {
    let ends = world.contacts().filter(|contact| contact.lead == id).map(|contact| contact.resolved_at);
    ends.max().unwrap_or_else(|| world.lead_row(id).map(|lead| lead.updated_at))
}

/// Forgets the texts of the next contacts behind `behind`.
pub(super) fn forget_texts(world: &mut World, lead: LeadId, behind: ContactId, context: Context) {
    let next: Vec<ContactId> = world.follow_up_contacts(FollowUp::Erase(lead, behind)).collect();
    for id in &next {
        if world.contact(*id).is_ok_and(Contact::has_text) {
            world.change_contact(*id, context.now, Contact::forget_texts);
        }
    }
    let rest = next.last().copied().filter(|_| next.len() == DRAIN_MAX);
    if behind != START || rest.is_some() {
        world.set_erasing(lead, rest);
    }
    rest.into_iter().for_each(|last| world.follow_up(FollowUp::Erase(lead, last)));
}
