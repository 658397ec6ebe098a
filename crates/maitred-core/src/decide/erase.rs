//! Forgetting who a lead is. What tells it goes at once: name, identities, those of absorbed leads, kept answers. The
//! texts of his contacts go with it as far as one command may, and the rest in follow-ups, however many they are.
//!
//! What was decided, when, and who had how many contacts, is told of nobody afterwards, and stays.

use super::lead::{answer, tell_lead};
use crate::command::{Context, FollowUp, Outcome, Rejection};
use crate::event::EventKind;
use crate::ids::{ContactId, LeadId, Timestamp};
use crate::limits::DRAIN_MAX;
use crate::nouns::Status;
use crate::world::World;

/// Where the walk through the contacts of a lead begins: before the first one.
pub(crate) const START: ContactId = ContactId(0);

pub(super) fn erase(
    world: &mut World,
    id: LeadId,
    quiet_since: Option<Timestamp>,
    context: Context,
) -> Result<Outcome, Rejection> {
    let lead = world.lead(id)?;
    if let Some(into) = lead.merged_into {
        return Err(Rejection::LeadMerged(id, into));
    }
    if lead.erased_at.is_some() {
        return answer(world, id);
    }
    if world.contacts().any(|contact| contact.lead == id && contact.status != Status::Resolved) {
        return Err(Rejection::LeadHasOpenContacts(id));
    }
    if quiet_since.is_some_and(|since| last_seen(world, id) >= Some(since)) {
        return answer(world, id);
    }
    world.erase_lead(id, context.now);
    tell_lead(world, id, EventKind::LeadErased, None, context);
    go_on(world, id, START, context);
    answer(world, id)
}

/// When the last contact of a lead ended; of one without contacts, when anything about himself last changed.
fn last_seen(world: &World, id: LeadId) -> Option<Timestamp> {
    let last = world.contacts().filter(|contact| contact.lead == id).last();
    last.map_or_else(|| world.lead_row(id).map(|lead| lead.updated_at), |contact| contact.resolved_at)
}

/// Forgets the texts of the next contacts behind `behind`.
pub(super) fn go_on(world: &mut World, lead: LeadId, behind: ContactId, context: Context) {
    let next: Vec<ContactId> = world.gathered_by(FollowUp::Erase(lead, behind)).collect();
    for id in &next {
        if world.contact(*id).is_ok_and(|contact| contact.message.is_some() || contact.attributes.is_some()) {
            world.change_contact(*id, context.now, |contact| (contact.message, contact.attributes) = (None, None));
        }
    }
    let rest = next.last().copied().filter(|_| next.len() == DRAIN_MAX);
    if behind != START || rest.is_some() {
        world.note_erasing(lead, rest);
    }
    rest.into_iter().for_each(|last| world.follow_up(FollowUp::Erase(lead, last)));
}
