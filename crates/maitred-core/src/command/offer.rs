//! Offers: accepting, declining, letting the time pass, going away meanwhile. What they are is in [`crate::offer`].

use super::{ageing, pause, respond, schedule};
use crate::command::{Context, FollowUp, Outcome, Rejection};
use crate::decision::Cause;
use crate::event::EventDetail;
use crate::fallback::MoveReason;
use crate::ids::{ContactId, OperatorId, SourceId, Timestamp};
use crate::limits::DRAIN_MAX;
use crate::nouns::{Contact, Status};
use crate::offer::{Attempt, Attempts, NotAccepted};
use crate::routing::{Preference, Taken, drain_freed, line_up, move_contact, route, send_on, withdraw};
use crate::world::{NeedsBuilder, World};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whom an answer to an offer is about. A press of a button that is older than what happened since changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferAnswer {
    pub contact: ContactId,
    /// Who is thought to have it; none if that does not matter.
    pub operator: Option<OperatorId>,
    /// The number of the decision by which they got it, its place in the contact's chain; none if that does not matter.
    pub decision: Option<u32>,
}

/// An offer that is declined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decline {
    pub offer: OfferAnswer,
    /// Kept as a note of the contact.
    pub reason: Option<Arc<str>>,
}

pub(super) fn needs_to_accept(offer: OfferAnswer, needs: &mut NeedsBuilder<'_>) {
    if let Some(operator) = needs.contact_and_source(offer.contact).and_then(|contact| contact.operator) {
        needs.operator(operator);
    }
}

pub(super) fn needs_to_decline(decline: &Decline, needs: &mut NeedsBuilder<'_>) {
    needs_to_end([decline.offer.contact], needs);
    if let Some(contact) = needs.contact_and_source(decline.offer.contact) {
        needs.lead(contact.lead);
    }
}

/// What it takes to take offers back, and to offer them to others.
pub(super) fn needs_to_end(contacts: impl IntoIterator<Item = ContactId>, needs: &mut NeedsBuilder<'_>) {
    let mut all = Vec::new();
    for id in contacts {
        needs.contact_and_room(id);
        all.push(id);
    }
    schedule::needs_to_assign(all, needs);
}

pub(super) fn needs_to_revoke(follow_up: FollowUp, needs: &mut NeedsBuilder<'_>) {
    let offered = needs.follow_up_contacts(follow_up);
    needs_to_end(offered, needs);
}

/// The contact, if it is with whom the answer is from, by the decision that it is an answer to.
pub(super) fn expect_current(world: &World, offer: OfferAnswer, now: Timestamp) -> Result<Contact, Rejection> {
    let contact = world.contact(offer.contact)?;
    if contact.status == Status::Resolved {
        return Err(Rejection::ContactResolved(contact.id));
    }
    let is_theirs = offer.operator.is_none_or(|operator| contact.operator == Some(operator));
    let is_of_decision = offer.decision.is_none_or(|seq| contact.decisions == seq.saturating_add(1));
    let is_in_time = contact.accept_by.is_none_or(|at| at > now);
    if contact.status == Status::Assigned && is_theirs && is_of_decision && is_in_time {
        return Ok(contact.clone());
    }
    Err(Rejection::OfferOver(contact.id, contact.operator))
}

/// Accepting what was accepted before changes nothing. What was never offered can be accepted as well: it says that
/// somebody has seen to it.
pub(super) fn accept(world: &mut World, offer: OfferAnswer, context: Context) -> Result<Outcome, Rejection> {
    let contact = expect_current(world, offer, context.now)?;
    if contact.accepted_at.is_none() {
        respond::first_response(world, contact.id, context);
        world.change_contact(contact.id, context.now, |contact| {
            (contact.accept_by, contact.accepted_at, contact.attempts) = (None, Some(context.now), None);
        });
        contact.operator.into_iter().for_each(|operator| answered(world, operator));
        world.emit_contact_event(contact.id, EventDetail::ContactAccepted, context);
    }
    Ok(Outcome::Contact(world.contact(contact.id)?.clone()))
}

pub(super) fn decline(world: &mut World, decline: Decline, context: Context) -> Result<Outcome, Rejection> {
    let contact = expect_current(world, decline.offer, context.now)?;
    if contact.accept_by.is_none() {
        return Err(Rejection::NotOffered(contact.id));
    }
    let is_erased = world.lead(contact.lead)?.erased_at.is_some();
    if let Some(reason) = decline.reason.filter(|_| !is_erased) {
        world.add_note(contact.id, reason, context);
        world.emit_contact_event(contact.id, EventDetail::ContactNoted, context);
    }
    contact.operator.into_iter().for_each(|operator| answered(world, operator));
    let is_free = world.source(contact.source)?.source.offers.declines_are_free;
    contact.operator.filter(|_| is_free).into_iter().for_each(|it| world.refund(contact.source, it, context));
    end(world, &[contact.id], NotAccepted::Declined, context);
    Ok(Outcome::Contact(world.contact(contact.id)?.clone()))
}

/// Somebody who answers has not missed anything.
pub(super) fn answered(world: &mut World, id: OperatorId) {
    if world.operator_row(id).is_some_and(|operator| operator.misses > 0) {
        world.change_operator(id, |operator| operator.misses = 0);
    }
}

/// Ends offers that were not accepted: all freed slots go to those who wait, and then the contacts are passed on.
fn end(world: &mut World, offered: &[ContactId], how: NotAccepted, context: Context) {
    let taken = take_all_back(world, offered, how, context);
    drain_freed(world, &taken, context);
    pass_on(world, taken, how, context);
}

/// Takes offers back. All are, before any is offered to somebody else: who missed one too many gets no other.
pub(super) fn take_all_back(world: &mut World, offered: &[ContactId], how: NotAccepted, context: Context) -> Taken {
    Taken(offered.iter().map(|id| (*id, take_back(world, *id, how, context))).collect())
}

/// Offers each contact to somebody who was not asked yet, or lets it rest. Those who wait have had their turn before.
pub(super) fn pass_on(world: &mut World, taken: Taken, how: NotAccepted, context: Context) {
    let cause = match how {
        NotAccepted::Declined => Cause::Declined,
        NotAccepted::NoAnswer => Cause::NoAnswer,
        NotAccepted::WentAway => Cause::OfferRevoked,
    };
    let mut sources = BTreeSet::new();
    for (id, _) in taken.0 {
        let Ok(contact) = world.contact(id).cloned() else { continue };
        sources.insert(contact.source);
        let preference = Preference::of_lead(world, &contact);
        route(world, &contact, cause, preference, context);
        world.emit_whereabouts(id, context);
    }
    sources.into_iter().for_each(|source| send_on(world, source, context));
}

/// Takes an offer back from its operator, who is returned. The contact is nowhere until it is routed.
fn take_back(world: &mut World, id: ContactId, how: NotAccepted, context: Context) -> Option<OperatorId> {
    let contact = world.contact(id).ok()?.clone();
    let operator = contact.operator?;
    let late_ms = contact.accept_by.map_or(0, |at| context.late_ms(at));
    let attempts = Attempts::with(contact.attempts.as_ref(), Attempt { operator, end: how });
    let freed = withdraw(world, id, context);
    world.give_back(&contact);
    world.change_contact(id, context.now, |contact| {
        (contact.operator, contact.attempts) = (None, Some(Arc::new(attempts)));
    });
    let detail = match how {
        NotAccepted::Declined => EventDetail::ContactDeclined { from: operator },
        NotAccepted::NoAnswer => EventDetail::ContactOfferExpired { from: operator, late_ms },
        NotAccepted::WentAway => EventDetail::ContactOfferRevoked { from: operator },
    };
    world.emit_contact_event(id, detail, context);
    if how == NotAccepted::NoAnswer {
        count_miss(world, contact.source, operator, context);
    }
    freed
}

/// After too many misses in a row somebody is paused: they are not there.
fn count_miss(world: &mut World, source: SourceId, operator: OperatorId, context: Context) {
    let most = world.source_row(source).and_then(|state| state.source.offers.pause_after_misses);
    world.change_operator(operator, |operator| operator.misses = operator.misses.saturating_add(1));
    let is_enough = |misses: u32| most.is_some_and(|most| misses >= most);
    let misses_enough =
        world.operator(operator).is_ok_and(|it| is_enough(it.misses) && it.is_active && it.paused_at.is_none());
    if misses_enough {
        pause::pause_for_misses(world, operator, context);
    }
}

/// Has the offers of somebody who is away taken back, in a command of its own, if they may have any.
pub(super) fn revoke_if_away(world: &mut World, id: OperatorId, context: Context) {
    let Some(operator) = world.operator_row(id) else { return };
    let is_away = !operator.is_active || operator.away(context.now).is_some();
    let has_offers =
        |source| world.source_row(source).is_some_and(|state| state.source.offers.accept_within_s.is_some());
    if is_away && operator.current_load > 0 && world.serves(id).any(has_offers) {
        world.follow_up(FollowUp::Revoke(id));
    }
}

/// Takes back what somebody was offered who is away, as much as was loaded. Who is back keeps it.
pub(super) fn revoke(world: &mut World, id: OperatorId, context: Context) {
    let operator = world.operator_row(id);
    if operator.is_some_and(|operator| operator.is_active && operator.away(context.now).is_none()) {
        return;
    }
    let offered: Vec<ContactId> = world.follow_up_contacts(FollowUp::Revoke(id)).collect();
    end(world, &offered, NotAccepted::WentAway, context);
    if offered.len() == DRAIN_MAX {
        revoke_if_away(world, id, context);
    }
}

/// Ends the rest of a contact: all may be asked again. Says so once if nobody accepted it for too long; from then on it
/// goes to the fallback of its source as soon as that is open. The cause for which it is looked at then.
pub(super) fn end_rest(world: &mut World, contact: &Contact, late_ms: i64, context: Context) -> Cause {
    let id = contact.id;
    let attempts = Attempts::next_round(contact.attempts.as_ref());
    let rounds = attempts.rounds;
    world.dequeue(id);
    world.change_contact(id, context.now, |contact| contact.attempts = Some(Arc::new(attempts)));
    line_up(world, id, context);
    world.emit_contact_event(id, EventDetail::ContactAskedAgain { late_ms }, context);
    let most = world.source_row(contact.source).and_then(|state| state.source.offers.escalate_after_rounds);
    if most == Some(rounds) {
        world.emit_contact_event(id, EventDetail::ContactEscalated, context);
        let least = world.source_row(contact.source).and_then(|state| state.source.urgency.escalate_priority);
        least.into_iter().for_each(|least| ageing::raise(world, id, least, context));
    }
    let is_too_long = most.is_some_and(|most| rounds >= most);
    match world.open_fallback(contact.source).filter(|_| is_too_long) {
        Some(fallback) => {
            move_contact(world, id, fallback, MoveReason::Escalated, context);
            Cause::Moved
        }
        None => Cause::AskedAgain,
    }
}
