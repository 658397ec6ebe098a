//! What becomes of contacts in hand when their operator leaves, and when they are back. The rules are in
//! [`crate::release`].

use super::offer::needs_to_end;
use crate::command::{Context, FollowUp};
use crate::decision::Cause;
use crate::event::EventDetail;
use crate::ids::{ContactId, OperatorId, Timestamp};
use crate::limits::DRAIN_MAX;
use crate::nouns::{Contact, Operator};
use crate::release::{Absence, ReleaseRules};
use crate::routing::{Preference, Taken, drain_freed, route, send_on, withdraw};
use crate::world::{NeedsBuilder, WaitingPosition, World};
use std::collections::BTreeSet;

/// Notes when an operator is off shift from now on, or is not any more.
pub(super) fn note_off(world: &mut World, id: OperatorId, context: Context) {
    let Some(operator) = world.operator_row(id) else { return };
    let off_at = operator.off_since(context.now);
    if off_at != operator.off_at {
        world.change_operator(id, |operator| operator.off_at = off_at);
        mark(world, id);
    }
}

/// Has the contacts marked that somebody holds who has just left, or the marks taken from those of somebody who is
/// back: in commands of its own, and only where a source wants that.
pub(super) fn mark(world: &mut World, id: OperatorId) {
    let Some(operator) = world.operator_row(id) else { return };
    let has_rules = |source| world.source_row(source).is_some_and(|state| !state.source.releases.are_default());
    let is_wanted = operator.has_left() && operator.current_load > 0 && world.serves(id).any(has_rules);
    if is_wanted || operator.has_marks {
        world.change_operator(id, |operator| (operator.marking, operator.has_marks) = (Some(ContactId(0)), true));
        world.follow_up(FollowUp::Mark(id, ContactId(0)));
    }
}

pub(super) fn needs_to_mark(id: OperatorId, behind: ContactId, needs: &mut NeedsBuilder<'_>) {
    needs.operator(id);
    let held = needs.follow_up_contacts(FollowUp::Mark(id, behind));
    needs_to_end(held, needs);
}

/// Marks what somebody holds behind a contact, as much as was loaded, and releases what is due already. The row of the
/// operator says how far that is; a follow-up that is behind it comes from before they left or came back again.
pub(super) fn go_on_marking(world: &mut World, id: OperatorId, behind: ContactId, context: Context) {
    let Some(operator) = world.operator_row(id).filter(|it| it.marking == Some(behind)).cloned() else { return };
    let held: Vec<ContactId> = world.follow_up_contacts(FollowUp::Mark(id, behind)).collect();
    let last = held.last().copied().filter(|_| held.len() == DRAIN_MAX);
    let has_marks = operator.has_left();
    world.change_operator(id, |operator| (operator.marking, operator.has_marks) = (last, has_marks || last.is_some()));
    let mut due = Vec::new();
    for contact in held {
        let at = rules(world, contact).moment(&operator).map(|(at, _)| at);
        set_mark(world, contact, at);
        due.extend(at.filter(|at| *at <= context.now).map(|_| contact));
    }
    let taken = take_all(world, &due, context);
    drain_freed(world, &taken, context);
    pass_on(world, taken, context);
    last.into_iter().for_each(|last| world.follow_up(FollowUp::Mark(id, last)));
}

fn rules(world: &World, contact: ContactId) -> ReleaseRules {
    let source = world.contact_row(contact).and_then(|contact| world.source_row(contact.source));
    source.map(|state| state.source.releases).unwrap_or_default()
}

/// Not a change of anything that people see to.
fn set_mark(world: &mut World, id: ContactId, at: Option<Timestamp>) {
    let before = world.contact_row(id).filter(|contact| contact.release_at != at).map(|contact| contact.updated_at);
    if let Some(updated_at) = before {
        world.change_contact(id, updated_at, |contact| contact.release_at = at);
    }
}

/// Takes contacts whose moment has come from their operators. What is with somebody who is back stays, without a mark.
pub(super) fn take_all(world: &mut World, due: &[ContactId], context: Context) -> Taken {
    let mut taken: Vec<_> = due.iter().filter_map(|id| Some((*id, take(world, *id, context)?))).collect();
    taken.sort_by_key(|(id, _)| world.contact_row(*id).map(WaitingPosition::of));
    Taken(taken)
}

fn take(world: &mut World, id: ContactId, context: Context) -> Option<Option<OperatorId>> {
    let contact = world.contact(id).ok()?.clone();
    let operator = world.operator_row(contact.operator?)?.clone();
    let (moment, why) = moment(world, &contact, &operator);
    if !operator.is_gone(context.now) || moment.is_none_or(|at| at > context.now) {
        set_mark(world, id, moment.filter(|_| operator.is_gone(context.now)));
        return None;
    }
    let late_ms = moment.map(|at| context.late_ms(at));
    let freed = withdraw(world, id, context);
    world.give_back(&contact);
    world.change_contact(id, context.now, |contact| contact.operator = None);
    let detail = EventDetail::ContactReleased { from: freed, absence: Some(why), late_ms };
    world.emit_contact_event(id, detail, context);
    Some(freed)
}

/// When a contact is released, and why. While its operator's contacts are being marked its mark may be that of an
/// absence before.
fn moment(world: &World, contact: &Contact, operator: &Operator) -> (Option<Timestamp>, Absence) {
    let by_rules = rules(world, contact.id).moment(operator);
    let is_away = operator.away_at.is_some();
    let why = by_rules.map_or(if is_away { Absence::HolderAway } else { Absence::ShiftEnded }, |(_, why)| why);
    let is_marked = operator.marking.is_none() && contact.release_at.is_some();
    (if is_marked { contact.release_at } else { by_rules.map(|(at, _)| at) }, why)
}

/// Gives each to somebody else, or lets it wait. Those who wait have had their turn before.
pub(super) fn pass_on(world: &mut World, taken: Taken, context: Context) {
    let mut sources = BTreeSet::new();
    for (id, _) in taken.0 {
        let Ok(contact) = world.contact(id).cloned() else { continue };
        let preference = Preference::of_lead(world, &contact);
        route(world, &contact, Cause::HolderLeft, preference, context);
        world.emit_whereabouts(id, context);
        sources.insert(contact.source);
    }
    sources.into_iter().for_each(|source| send_on(world, source, context));
}
