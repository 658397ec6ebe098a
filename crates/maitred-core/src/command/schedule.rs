//! Scheduled contacts ("call me at 15:00"): nobody gets them before their time. Until then they wait outside of the
//! waiting order; from then on they have the place in it that their arrival gives them.

use super::{ageing, leave, offer, pause, respond, shifts, transfer};
use crate::command::{Context, Outcome};
use crate::decision::Cause;
use crate::due::{Due, Subject};
use crate::event::EventDetail;
use crate::ids::{ContactId, SourceId, Timestamp};
use crate::limits::SCHEDULE_MICROS_MAX;
use crate::nouns::{Contact, Operator, Status};
use crate::offer::NotAccepted;
use crate::reservation::Wanted;
use crate::routing::{Room, drain_due, line_up};
use crate::world::{NeedsBuilder, World};
use std::collections::{BTreeMap, BTreeSet};

/// A time as it is kept: none if it has passed, and no further ahead than [`SCHEDULE_MICROS_MAX`].
pub(super) fn within_bounds(at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (at > now).then(|| at.min(Timestamp(now.0.saturating_add(SCHEDULE_MICROS_MAX))))
}

pub(super) fn needs_to_wake(until: Timestamp, needs: &mut NeedsBuilder<'_>) {
    let (mut contacts, mut opening) = (Vec::new(), Vec::new());
    for due in needs.due(until) {
        match due.subject {
            Subject::Contact(id) => contacts.push(id),
            Subject::Operator(id) => pause::needs_to_resume(id, needs),
            Subject::Source(id) => opening.push(id),
        }
    }
    offer::needs_to_end(contacts, needs);
    opening.into_iter().for_each(|source| needs.drain_opened(source));
}

/// What it takes to let contacts wait and to give them to somebody at once.
pub(super) fn needs_to_assign(contacts: impl IntoIterator<Item = ContactId>, needs: &mut NeedsBuilder<'_>) {
    let mut sources: BTreeSet<SourceId> = BTreeSet::new();
    for id in contacts {
        if let Some(contact) = needs.contact_and_source(id) {
            needs.last_operators(contact.source, contact.lead);
            sources.insert(contact.source);
        }
    }
    sources.into_iter().for_each(|source| needs.drain(source));
}

/// Handles what is due, as much as was loaded. While more is, the earliest due moment of the store stays behind the
/// time, and another wake follows. A row that is not what its subject says is put right.
pub(super) fn wake(world: &mut World, until: Timestamp, context: Context) -> Outcome {
    let (mut come, mut room, mut unanswered, mut left) = (BTreeMap::new(), Room::default(), Vec::new(), Vec::new());
    for Due { at, subject } in world.due(until) {
        let next = match subject {
            Subject::Contact(id) => world.contact(id).ok().and_then(Contact::next_change),
            Subject::Operator(id) => world.operator(id).ok().and_then(Operator::next_change),
            Subject::Source(id) => world.source(id).ok().and_then(|state| state.source.next_change()),
        };
        if next.is_none_or(|next| next > context.now) {
            if next != Some(at) {
                world.note_due(subject, Some(at), next);
            }
            continue;
        }
        match subject {
            Subject::Contact(id) => match pass(world, id, context) {
                Some(Passed::Waits(cause)) => _ = come.insert(id, cause),
                Some(Passed::OfferOver) => unanswered.push(id),
                Some(Passed::Left) => left.push(id),
                None => {}
            },
            Subject::Operator(id) => {
                shifts::pass(world, id, context);
                room.operators.push(id);
            }
            Subject::Source(id) => {
                shifts::pass_source(world, id, context);
                room.sources.push(id);
                room.sources.extend(world.falling_back_on(id));
            }
        }
    }
    let taken = offer::take_all_back(world, &unanswered, NotAccepted::NoAnswer, context);
    let released = leave::take_all(world, &left, context);
    // Those who wait come before anything else is offered, on all sources at once: drained by turns, a source could
    // take the slot that belongs to an older or more urgent contact of another.
    room.operators.extend(taken.freed().into_iter().chain(released.freed()));
    room.sources.extend(taken.capped_sources(world).into_iter().chain(released.capped_sources(world)));
    drain_due(world, &come, &room, context);
    offer::pass_on(world, taken, NotAccepted::NoAnswer, context);
    leave::pass_on(world, released, context);
    Outcome::Done
}

/// What a contact is to do whose time came.
enum Passed {
    /// It has its turn among those who wait, for this cause.
    Waits(Cause),
    /// Its operator did not accept it.
    OfferOver,
    /// Its operator has left.
    Left,
}

/// Handles all that came for a contact by now. An offer is still with its operator then.
fn pass(world: &mut World, id: ContactId, context: Context) -> Option<Passed> {
    respond::note_overdue(world, id, context);
    ageing::age(world, id, context);
    let contact = world.contact(id).ok()?.clone();
    let has_come = |at: &Timestamp| *at <= context.now;
    if let Some(at) = contact.not_before.filter(|at| contact.scheduled && has_come(at)) {
        end_schedule(world, id, EventDetail::ContactDue { late_ms: context.late_ms(at) }, context);
        return Some(Passed::Waits(Cause::Due));
    }
    if let Some(at) = contact.retry_at.filter(has_come) {
        if contact.reserved_for().is_some() {
            let detail = EventDetail::ContactReservationEnded { late_ms: context.late_ms(at) };
            end_reservation(world, id, detail, context);
            return Some(Passed::Waits(Cause::ReservationEnded));
        }
        return Some(Passed::Waits(offer::end_rest(world, &contact, context.late_ms(at), context)));
    }
    let over = contact.accept_by.filter(has_come).map(|_| Passed::OfferOver);
    over.or(contact.release_at.filter(has_come).map(|_| Passed::Left))
}

/// Says who is to get a contact at its time. One that was reserved for somebody goes to anybody at once, unless it is
/// about to be scheduled.
pub(super) fn set_wanted(
    world: &mut World,
    contact: &Contact,
    wanted: Option<Wanted>,
    is_put_off: bool,
    context: Context,
) {
    if wanted.is_none() && contact.reserved_for().is_some() && !is_put_off {
        end_reservation(world, contact.id, EventDetail::ContactReservationEnded { late_ms: 0 }, context);
        drain_due(world, &BTreeMap::from([(contact.id, Cause::ReservationEnded)]), &Room::default(), context);
    } else {
        world.change_contact(contact.id, context.now, |it| it.set_wanted(wanted));
    }
}

/// Lets a contact that is reserved wait for anybody.
fn end_reservation(world: &mut World, id: ContactId, detail: EventDetail, context: Context) {
    world.dequeue(id);
    world.change_contact(id, context.now, |contact| contact.set_wanted(None));
    line_up(world, id, context);
    world.emit_contact_event(id, detail, context);
}

/// Gives a contact another time, or none. One that an operator holds goes back to wait for it; a time that has passed
/// is none. Says whether the field is all that changed: there is no event of it yet.
pub(super) fn reschedule(world: &mut World, id: ContactId, at: Option<Timestamp>, context: Context) -> bool {
    let Ok(before) = world.contact(id).cloned() else { return false };
    let not_before = at.and_then(|at| within_bounds(at, context.now));
    if not_before == before.not_before {
        return false;
    }
    world.change_contact(id, context.now, |contact| contact.not_before = not_before);
    // The time for a response counts from when it is to be called, unless somebody responded before.
    let is_promised = not_before.is_some() || before.scheduled;
    if is_promised && before.status != Status::Resolved && before.first_response_at.is_none() {
        respond::expect_response(world, id, not_before.unwrap_or(context.now), context);
    }
    match (before.status, before.scheduled, not_before) {
        (Status::Waiting, true, Some(not_before)) => {
            let detail = EventDetail::ContactScheduled { not_before, moved: true };
            world.emit_contact_event(id, detail, context);
        }
        (Status::Waiting, true, None) => {
            end_schedule(world, id, EventDetail::ContactUnscheduled, context);
            drain_due(world, &BTreeMap::from([(id, Cause::Due)]), &Room::default(), context);
        }
        (Status::Waiting, false, Some(_)) => {
            world.dequeue(id);
            world.schedule(id, context.now);
            world.emit_whereabouts(id, context);
        }
        (Status::Assigned, _, Some(_)) => {
            let contact = Contact { not_before, ..before };
            transfer::release(world, &contact, context);
        }
        (Status::Waiting, false, None) => {
            // Its waiting counts from another moment.
            ageing::age(world, id, context);
            return true;
        }
        (Status::Assigned, _, None) | (Status::Resolved, ..) => return true,
    }
    false
}

/// Lets a scheduled contact wait like any other.
fn end_schedule(world: &mut World, id: ContactId, detail: EventDetail, context: Context) {
    world.dequeue(id);
    world.emit_contact_event(id, detail, context);
    line_up(world, id, context);
}
