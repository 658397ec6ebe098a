//! Giving a contact to an operator by hand, or releasing it to be routed again.

use crate::command::{Context, Outcome, Rejection};
use crate::decision::{Cause, Decision};
use crate::draw::ALGORITHM_VERSION;
use crate::event::EventDetail;
use crate::ids::{ContactId, OperatorId};
use crate::nouns::{Contact, Status};
use crate::policy::Rule;
use crate::routing::{Preference, Taken, drain_freed, drain_sources_of, route, send_on, withdraw};
use crate::world::{NeedsBuilder, World};

/// A contact for another operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub contact: ContactId,
    /// From whom it is to be taken, `Some(None)` while it waits; none if that does not matter.
    pub from: Option<Option<OperatorId>>,
    /// To whom; `None` releases it to be routed again, away from who had it if anybody else can take it.
    pub to: Option<OperatorId>,
    /// Whether a full, absent or inactive operator may be given it.
    pub force: bool,
}

pub(super) fn needs(transfer: &Transfer, needs: &mut NeedsBuilder<'_>) {
    needs.contact_and_room(transfer.contact);
    transfer.to.iter().for_each(|to| needs.operator(*to));
}

pub(super) fn transfer(world: &mut World, transfer: Transfer, context: Context) -> Result<Outcome, Rejection> {
    let Transfer { contact: id, from, to, force } = transfer;
    let contact = world.contact(id)?.clone();
    if contact.status == Status::Resolved {
        return Err(Rejection::ContactResolved(id));
    }
    if from.is_some_and(|from| from != contact.operator) {
        return Err(Rejection::ContactMoved(id, contact.operator));
    }
    if let Some(to) = to {
        world.expect_may_serve(to, contact.source)?;
    }
    match to {
        Some(to) if contact.status == Status::Assigned && contact.operator == Some(to) => {}
        Some(to) => hand_over(world, &contact, to, force, context)?,
        None if contact.status == Status::Waiting => {}
        None => release(world, &contact, context),
    }
    Ok(Outcome::Contact(world.contact(id)?.clone()))
}

/// Gives a contact to an operator because a person said so. The shares of the policy do not count it.
pub(super) fn hand_over(
    world: &mut World,
    contact: &Contact,
    to: OperatorId,
    force: bool,
    context: Context,
) -> Result<(), Rejection> {
    let forced = must_force(world, to, force, context)?;
    let cause = if forced { Cause::ForcedByHand } else { Cause::TransferredByHand };
    let policy = world.source(contact.source).map(|state| state.source.policy).unwrap_or_default();
    let freed = withdraw(world, contact.id, context);
    world.give_back(contact);
    world.add_decision(contact.id, |contact, seq| Decision {
        contact,
        seq,
        pool: None,
        at: context.now,
        cause,
        rule: Rule::of(policy),
        algorithm: ALGORITHM_VERSION,
        seed: 0,
        outcome: Some(to),
        until: None,
    });
    world.assign(contact.id, to, None, context.now);
    if contact.attempts.is_some() {
        world.change_contact(contact.id, context.now, |contact| contact.attempts = None);
    }
    let detail = EventDetail::ContactTransferred { from: contact.operator, forced };
    world.emit_contact_event(contact.id, detail, context);
    drain_sources_of(world, freed, context);
    Ok(())
}

/// Whether giving this operator a contact takes force, which is refused unless it is allowed.
fn must_force(world: &World, to: OperatorId, is_allowed: bool, context: Context) -> Result<bool, Rejection> {
    let operator = world.operator(to)?;
    let rejection = if !operator.is_active {
        Rejection::OperatorInactive(to)
    } else if let Some(away) = operator.away(context.now) {
        Rejection::OperatorAway(to, away)
    } else if operator.current_load >= operator.max_load {
        Rejection::OperatorFull(to, operator.current_load, operator.max_load)
    } else {
        return Ok(false);
    };
    if is_allowed { Ok(true) } else { Err(rejection) }
}

/// Takes a contact from its operator. The freed slot is offered to those who wait; then the contact itself is routed,
/// away from who released it if anybody else can take it.
pub(super) fn release(world: &mut World, contact: &Contact, context: Context) {
    let freed = withdraw(world, contact.id, context);
    world.give_back(contact);
    world.change_contact(contact.id, context.now, |c| c.operator = None);
    world.emit_contact_event(
        contact.id,
        EventDetail::ContactReleased { from: freed, absence: None, late_ms: None },
        context,
    );
    drain_freed(world, &Taken(vec![(contact.id, freed)]), context);
    let preference = Preference { preferred: None, avoided: freed };
    route(world, contact, Cause::Released, preference, context);
    world.emit_whereabouts(contact.id, context);
    send_on(world, contact.source, context);
}
