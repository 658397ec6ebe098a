//! Giving contacts to operators: one decision for one contact, and the draining of those who wait.

use crate::command::{Context, FollowUp};
use crate::decision::{Cause, Decision};
use crate::draw::{ALGORITHM_VERSION, derive_seed};
use crate::event::{Event, EventDetail, EventKind};
use crate::ids::{ContactId, OperatorId, SourceId};
use crate::limits::DRAIN_MAX;
use crate::nouns::Contact;
use crate::policy::{Choice, Rule, choose};
use crate::pool::Pool;
use crate::world::{Place, World};
use std::collections::BTreeSet;

/// Decides who gets a contact that is neither waiting nor held, and gives it to him or lets it wait.
pub(super) fn route(world: &mut World, contact: &Contact, cause: Cause, wish: Wish, context: Context) {
    let (id, source) = (contact.id, contact.source);
    let pool_ref = world.observe_pool(source);
    // A deleted source is about to be closed out; until then its contacts wait.
    let Ok(state) = world.source(source) else { return world.enqueue(id, context.now) };
    let rule = Rule { policy: state.source.policy, preferred: wish.preferred, avoided: wish.avoided };
    let seed = derive_seed(context.seed, (id.0 as u64) << 8 | u64::from(contact.decisions & 0xff));
    let choice = match cause {
        Cause::ArrivedBehindOthers => Choice::Nobody,
        _ => choose(state.pool(), rule, seed),
    };
    let picked = choice.index().map(|index| (index, operator_at(state.pool(), index)));
    world.record(id, |contact, seq| Decision {
        contact,
        seq,
        pool: pool_ref,
        at: context.now,
        cause,
        rule,
        algorithm: ALGORITHM_VERSION,
        seed,
        outcome: picked.map(|(_, operator)| operator),
    });
    match picked {
        Some((index, operator)) => {
            world.enter_pick(source, index, context);
            world.hold(id, operator, context.now);
        }
        None => world.enqueue(id, context.now),
    }
}

/// Who should, and who should rather not, get a contact, if there is a choice.
#[derive(Clone, Copy, Default)]
pub(super) struct Wish {
    pub(super) preferred: Option<OperatorId>,
    pub(super) avoided: Option<OperatorId>,
}

impl Wish {
    /// On a sticky source, a returning lead goes to who had him last.
    pub(super) fn of_lead(world: &World, contact: &Contact) -> Self {
        let sticky = world.source(contact.source).is_ok_and(|state| state.source.sticky);
        let preferred = sticky.then(|| world.last_operator(contact.lead, contact.source)).flatten();
        Self { preferred, avoided: None }
    }
}

/// Assigns the waiting of these sources while somebody is eligible, across the sources by priority and arrival. What
/// goes beyond [`DRAIN_MAX`] is left to a follow-up.
pub(super) fn drain(world: &mut World, sources: impl IntoIterator<Item = SourceId>, context: Context) {
    let mut open: BTreeSet<SourceId> = sources.into_iter().collect();
    for _ in 0..DRAIN_MAX {
        open.retain(|source| can_drain(world, *source));
        let Some(place) = open.iter().filter_map(|source| first_place(world, *source)).min() else { break };
        assign_waiting(world, place.contact, context);
    }
    open.retain(|source| can_drain(world, *source));
    open.into_iter().for_each(|source| world.follow_up(FollowUp::Drain(source)));
}

/// Goes on with a drain. A source whose front is empty although its counter says that somebody waits is left alone:
/// that is for `maitred verify` to report, not for an endless loop.
pub(super) fn go_on_draining(world: &mut World, source: SourceId, context: Context) {
    if first_place(world, source).is_some() {
        drain(world, [source], context);
    }
}

fn can_drain(world: &World, source: SourceId) -> bool {
    world.source(source).is_ok_and(|state| state.waiting().count() > 0 && state.pool().has_eligible())
}

fn first_place(world: &World, source: SourceId) -> Option<Place> {
    world.source(source).ok()?.waiting().first()
}

fn assign_waiting(world: &mut World, id: ContactId, context: Context) {
    let Ok(contact) = world.contact(id).cloned() else { return };
    world.dequeue(id);
    let wish = Wish::of_lead(world, &contact);
    route(world, &contact, Cause::Drained, wish, context);
    tell(world, id, EventKind::ContactAssigned, None, context);
}

/// Appends an event about a contact as it is now.
pub(super) fn tell(world: &mut World, id: ContactId, kind: EventKind, detail: Option<EventDetail>, context: Context) {
    let Ok(contact) = world.contact(id) else { return };
    let event = Event {
        at: context.now,
        kind,
        actor: Some(context.actor),
        contact: Some(id),
        source: Some(contact.source),
        operator: contact.operator,
        lead: Some(contact.lead),
        detail,
    };
    world.push_event(event);
}

fn operator_at(pool: &Pool, index: usize) -> OperatorId {
    pool.candidates()[index].operator
}
