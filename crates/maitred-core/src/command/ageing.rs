//! Priorities that rise: of contacts that wait for long, and of those that nobody accepts. What the rules are is in
//! [`crate::urgency`].

use crate::command::{Context, FollowUp};
use crate::event::EventDetail;
use crate::ids::{ContactId, SourceId};
use crate::limits::DRAIN_MAX;
use crate::urgency::AgeingStep;
use crate::world::{NeedsBuilder, World};

/// Has a contact that waits reach all steps of its source that have come by now, and notes when the next one does.
pub(crate) fn age(world: &mut World, id: ContactId, context: Context) {
    let Ok(contact) = world.contact(id) else { return };
    let (since, before) = (contact.waits_since(), contact.raise_at);
    let Some(state) = world.source_row(contact.source).filter(|_| contact.ages()) else { return };
    if state.source.urgency.ageing.is_empty() && before.is_none() {
        return;
    }
    let steps = state.source.urgency.ageing.clone();
    let has_come = |step: &&AgeingStep| step.at(since) <= context.now;
    steps.iter().filter(has_come).for_each(|step| raise(world, id, step.priority, context));
    let next = steps.iter().find(|step| !has_come(step)).map(|step| step.at(since));
    if next != before {
        world.change_contact(id, context.now, |contact| contact.raise_at = next);
    }
}

/// Gives a contact at least this priority.
pub(super) fn raise(world: &mut World, id: ContactId, to: i32, context: Context) {
    let Ok(contact) = world.contact(id) else { return };
    let (from, own) = (contact.priority, contact.own_priority());
    if contact.raised_to.is_some_and(|raised_to| raised_to >= to) {
        return;
    }
    world.change_priority(id, context.now, |contact| contact.set_priorities(own, Some(to)));
    if to > from {
        world.emit_contact_event(id, EventDetail::ContactPriorityRaised { from, to }, context);
    }
}

pub(super) fn needs_to_go_on(follow_up: FollowUp, needs: &mut NeedsBuilder<'_>) {
    for contact in needs.follow_up_contacts(follow_up) {
        needs.contact_and_source(contact);
    }
}

/// Has those who wait on a source follow its steps as they are now, as many as were loaded behind this one; the rest is
/// left to a follow-up.
pub(super) fn go_on(world: &mut World, source: SourceId, behind: ContactId, context: Context) {
    let waiting: Vec<ContactId> = world.follow_up_contacts(FollowUp::Age(source, behind)).collect();
    waiting.iter().for_each(|id| age(world, *id, context));
    if let Some(last) = waiting.last().filter(|_| waiting.len() == DRAIN_MAX) {
        world.follow_up(FollowUp::Age(source, *last));
    }
}
