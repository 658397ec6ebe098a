//! Giving contacts to operators: one decision for one contact, taking contacts away again, and the draining of those
//! who wait. Commands that free a slot or make room drain in the same call. Which operator a policy picks is in
//! [`crate::policy`].

use crate::command::ageing::age;
use crate::command::{Context, FollowUp};
use crate::decision::{Cause, Decision};
use crate::draw::{ALGORITHM_VERSION, derive_seed};
use crate::event::EventDetail;
use crate::fallback::MoveReason;
use crate::ids::{ContactId, OperatorId, SourceId};
use crate::limits::DRAIN_MAX;
use crate::nouns::{Contact, Status};
use crate::offer::RESTING_LOOKED_AT_MAX;
use crate::opening::ClosedReason;
use crate::policy::{Choice, Rule};
use crate::pool::{Candidate, Pool};
use crate::reservation::Outlook;
use crate::world::{SourceState, WaitingPosition, World};
use std::collections::{BTreeMap, BTreeSet};

/// Decides who gets a contact that is neither waiting nor held, and gives it to them or lets it wait.
pub(crate) fn route(world: &mut World, contact: &Contact, cause: Cause, preference: Preference, context: Context) {
    let (id, source) = (contact.id, contact.source);
    let pool_ref = world.record_pool(source);
    // A deleted source is about to be closed out; until then its contacts wait.
    let Ok(state) = world.source(source) else { return world.enqueue(id, context.now) };
    let is_early = contact.is_early(context.now);
    let closed = state.source.closed(context.now).filter(|_| !is_early);
    let offers = state.source.offers;
    let tried: Vec<OperatorId> = contact.tried().collect();
    let was_tried = !tried.is_empty();
    let Preference { preferred, avoided } = preference;
    let wanted = contact.wanted().filter(|_| !is_early && closed.is_none());
    let preferred = wanted.map(|it| it.operator).or(preferred);
    let outlook = wanted.map(|it| it.outlook(state.pool(), &tried, context.now)).unwrap_or_default();
    let reserved_until = if let Outlook::Reserved(until) = outlook { Some(until) } else { None };
    let cause = match outlook {
        _ if is_early => Cause::Scheduled,
        _ if closed.is_some_and(|it| it.reason == ClosedReason::Capped) => Cause::SourceCapped,
        _ if closed.is_some() => Cause::SourceClosed,
        Outlook::Reserved(_) => Cause::Reserved,
        Outlook::TakesIt if cause != Cause::ArrivedBehindOthers => Cause::Wanted,
        Outlook::TakesIt | Outlook::Anybody => cause,
    };
    let rule = Rule { preferred, avoided, tried, ..Rule::of(state.source.policy) };
    let seed = derive_seed(context.seed, (id.0 as u64) << 8 | u64::from(contact.decisions & 0xff));
    let (rule, choice) = match cause.gives_to_nobody() {
        true => (rule, Choice::Nobody),
        false => state.choose(rule, seed),
    };
    let outcome = choice.index().map(|index| operator_at(state.pool(), index));
    let passed_over = rule.passed_over;
    world.add_decision(id, |contact, seq| Decision {
        contact,
        seq,
        pool: pool_ref,
        at: context.now,
        cause,
        rule,
        algorithm: ALGORITHM_VERSION,
        seed,
        outcome,
        until: closed.and_then(|closed| closed.until),
    });
    match outcome {
        Some(operator) => {
            world.count_pick(source, choice, passed_over, context);
            world.assign(id, operator, offers.accept_by(context.now), context.now);
        }
        None if is_early => world.schedule(id, context.now),
        None if was_tried || reserved_until.is_some() => {
            let until = reserved_until.unwrap_or_else(|| offers.retry_at(context.now));
            world.rest(id, until, context.now);
            age(world, id, context);
        }
        None => line_up(world, id, context),
    }
}

/// Lets a contact that is nowhere wait for anybody, by the priority that its age gives it.
pub(crate) fn line_up(world: &mut World, id: ContactId, context: Context) {
    world.enqueue(id, context.now);
    age(world, id, context);
}

/// Who should, and who should rather not, get a contact, if there is a choice.
#[derive(Clone, Copy, Default)]
pub(crate) struct Preference {
    pub(crate) preferred: Option<OperatorId>,
    pub(crate) avoided: Option<OperatorId>,
}

impl Preference {
    /// On a sticky source, a returning lead goes to the operator who had them last.
    pub(crate) fn of_lead(world: &World, contact: &Contact) -> Self {
        let sticky = world.source(contact.source).is_ok_and(|state| state.source.sticky);
        let preferred = sticky.then(|| world.last_operator(contact.lead, contact.source)).flatten();
        Self { preferred, avoided: None }
    }
}

/// Takes a contact out of the waiting order or from its operator, who is returned. Until it is moved on it is nowhere.
pub(crate) fn withdraw(world: &mut World, id: ContactId, context: Context) -> Option<OperatorId> {
    let contact = world.contact(id).ok()?;
    match contact.status {
        Status::Waiting => {
            if contact.scheduled {
                world.emit_contact_event(id, EventDetail::ContactUnscheduled, context);
            }
            world.dequeue(id);
            None
        }
        Status::Assigned => world.unassign(id),
        Status::Resolved => None,
    }
}

/// Gives the slots an operator has free to those who wait on any of their sources.
pub(crate) fn drain_sources_of(world: &mut World, freed: impl IntoIterator<Item = OperatorId>, context: Context) {
    let sources: Vec<SourceId> = freed.into_iter().flat_map(|operator| world.serves(operator)).collect();
    drain(world, sources, context);
}

/// Contacts that were taken from operators, each with who had it: they are nowhere until they are passed on.
pub(crate) struct Taken(pub(crate) Vec<(ContactId, Option<OperatorId>)>);

impl Taken {
    /// Whose slots are free by that.
    pub(crate) fn freed(&self) -> BTreeSet<OperatorId> {
        self.0.iter().filter_map(|(_, freed)| *freed).collect()
    }

    /// The sources of which caps may count them no longer.
    pub(crate) fn capped_sources(&self, world: &World) -> BTreeSet<SourceId> {
        let source = |(id, _): &(ContactId, _)| {
            let state = world.source_row(world.contact_row(*id)?.source)?;
            state.source.caps.is_some().then_some(state.source.id)
        };
        self.0.iter().filter_map(source).collect()
    }
}

/// Gives the room that taking these contacts makes, for their operators and by the caps of their sources, to those who
/// wait.
pub(crate) fn drain_freed(world: &mut World, taken: &Taken, context: Context) {
    let mut sources = taken.capped_sources(world);
    sources.extend(taken.freed().into_iter().flat_map(|operator| world.serves(operator)));
    drain(world, sources, context);
}

/// Assigns the waiting of these sources while somebody is eligible, across the sources by priority and arrival. What
/// goes beyond [`DRAIN_MAX`] is left to a follow-up.
pub(crate) fn drain(world: &mut World, sources: impl IntoIterator<Item = SourceId>, context: Context) {
    drain_for(world, sources, |_| Cause::Drained, context);
}

/// Who may have become able to take contacts, or to give them away.
#[derive(Default)]
pub(crate) struct Room {
    /// Who are back, or have slots free.
    pub(crate) operators: Vec<OperatorId>,
    /// Those that opened.
    pub(crate) sources: Vec<SourceId>,
}

/// Lets contacts whose time has come have their turn among those who wait on their sources, and gives the slots that
/// there are to those who wait.
pub(crate) fn drain_due(world: &mut World, come: &BTreeMap<ContactId, Cause>, room: &Room, context: Context) {
    // Their time to wait for somebody begins now, whether or not there is anybody else.
    for (id, cause) in come.iter().filter(|(id, _)| is_worth_reserving(world, **id, context)).collect::<Vec<_>>() {
        assign_waiting(world, *id, *cause, context);
    }
    let of_contacts = come.keys().filter_map(|id| world.contact(*id).ok()).map(|it| it.source);
    let of_operators = room.operators.iter().flat_map(|operator| world.serves(*operator));
    let sources: BTreeSet<SourceId> = of_contacts.chain(of_operators).chain(room.sources.iter().copied()).collect();
    let cause = |id| come.get(&id).copied().unwrap_or(Cause::Drained);
    drain_for(world, sources, cause, context);
}

/// Whether somebody is wanted for a contact who cannot take it yet.
fn is_worth_reserving(world: &World, id: ContactId, context: Context) -> bool {
    let Some(contact) = world.contact_row(id).filter(|it| it.is_in_line()) else { return false };
    let (Some(wanted), Ok(state)) = (contact.wanted(), world.source(contact.source)) else { return false };
    let tried: Vec<OperatorId> = contact.tried().collect();
    let is_open = state.source.closed(context.now).is_none();
    is_open && matches!(wanted.outlook(state.pool(), &tried, context.now), Outlook::Reserved(_))
}

fn drain_for(
    world: &mut World,
    sources: impl IntoIterator<Item = SourceId>,
    cause: impl Fn(ContactId) -> Cause,
    context: Context,
) {
    let mut open: BTreeSet<SourceId> = sources.into_iter().collect();
    let moved = move_to_fallbacks(world, &mut open, context);
    let cause = |id| if moved.contains(&id) { Cause::Moved } else { cause(id) };
    for _ in 0..DRAIN_MAX {
        open.retain(|source| can_drain(world, *source));
        let first = open.iter().filter_map(|source| first_to_assign(world, *source)).min();
        // Between a large drain and its follow-up others have room as well, for whom nothing was loaded.
        let Some(first) = first.filter(|first| world.knows_contact(first.contact)) else { break };
        assign_waiting(world, first.contact, cause(first.contact), context);
    }
    open.retain(|source| can_drain(world, *source));
    open.into_iter().for_each(|source| world.follow_up(FollowUp::Drain(source)));
}

/// Lets those who wait on a source go to its fallback, if it is closed and that one is open.
pub(crate) fn send_on(world: &mut World, source: SourceId, context: Context) {
    if world.falls_back(source).is_some() {
        drain(world, [source], context);
    }
}

/// Moves those who wait on closed sources to the fallbacks of these, which are drained as well then. The best first:
/// what goes beyond [`DRAIN_MAX`] is left to a follow-up, and comes too late for a slot that is free now.
fn move_to_fallbacks(world: &mut World, open: &mut BTreeSet<SourceId>, context: Context) -> BTreeSet<ContactId> {
    let closed: BTreeMap<SourceId, SourceId> =
        open.iter().filter_map(|source| Some((*source, world.falls_back(*source)?))).collect();
    let mut moved = BTreeSet::new();
    for _ in 0..DRAIN_MAX {
        let first = closed.keys().filter_map(|source| first_to_move(world, *source)).min();
        let Some(first) = first.filter(|first| world.knows_contact(first.contact)) else { break };
        let to = world.contact(first.contact).ok().and_then(|contact| closed.get(&contact.source)).copied();
        let Some(to) = to else { break };
        move_contact(world, first.contact, to, MoveReason::SourceClosed, context);
        moved.insert(first.contact);
    }
    let is_left = |source: &&SourceId| world.source(**source).is_ok_and(|state| state.all_waiting() > 0);
    let left: Vec<SourceId> = closed.keys().filter(is_left).copied().collect();
    left.into_iter().for_each(|source| world.follow_up(FollowUp::Drain(source)));
    open.extend(closed.values());
    moved
}

fn first_to_move(world: &World, source: SourceId) -> Option<WaitingPosition> {
    let state = world.source(source).ok()?;
    [state.waiting().first(), state.resting().first()].into_iter().flatten().min()
}

/// Lets a contact that waits have its turn on another source from now on.
pub(crate) fn move_contact(world: &mut World, id: ContactId, to: SourceId, reason: MoveReason, context: Context) {
    let Ok(from) = world.contact(id).map(|contact| contact.source) else { return };
    world.move_to_source(id, to, context.now);
    world.emit_contact_event(id, EventDetail::ContactMoved { from, reason }, context);
    age(world, id, context);
}

/// Goes on with a drain. A source whose front is empty although its counter says that somebody waits is left alone:
/// that is for `maitred verify` to report, not for an endless loop.
pub(crate) fn continue_drain(world: &mut World, source: SourceId, context: Context) {
    let to_move = world.falls_back(source).and_then(|_| first_to_move(world, source));
    let first = to_move.or_else(|| first_to_assign(world, source));
    if first.is_some_and(|first| world.knows_contact(first.contact)) {
        drain(world, [source], context);
    }
}

fn can_drain(world: &World, source: SourceId) -> bool {
    world.source(source).is_ok_and(|state| {
        (state.waiting().count() > 0 && state.can_give(world.now())) || first_rested(world, state).is_some()
    })
}

/// Who goes first of those for whom somebody is free: in the waiting order, or among those who rest.
fn first_to_assign(world: &World, source: SourceId) -> Option<WaitingPosition> {
    let state = world.source(source).ok()?;
    let waiting = state.waiting().first().filter(|_| state.can_give(world.now()));
    [waiting, first_rested(world, state)].into_iter().flatten().min()
}

/// The first that rests and that somebody could take who was not asked yet.
fn first_rested(world: &World, state: &SourceState) -> Option<WaitingPosition> {
    if state.resting().count() == 0 || !state.can_give(world.now()) {
        return None;
    }
    let may_be_asked = |position: &WaitingPosition| {
        let contact = world.contact_row(position.contact);
        contact.is_some_and(|contact| somebody_is_left(state.pool(), contact))
    };
    state.resting().front().take(RESTING_LOOKED_AT_MAX).find(may_be_asked)
}

/// Whether anybody is free who may be given it while it rests: for whom it is reserved, else who was not asked in this
/// round.
pub(crate) fn somebody_is_left(pool: &Pool, contact: &Contact) -> bool {
    if let Some(operator) = contact.reserved_for() {
        return pool.get(operator).is_some_and(Candidate::is_eligible);
    }
    pool.candidates().iter().any(|c| c.is_eligible() && contact.tried().all(|tried| tried != c.operator))
}

fn assign_waiting(world: &mut World, id: ContactId, cause: Cause, context: Context) {
    let Ok(contact) = world.contact(id).cloned() else { return };
    world.dequeue(id);
    let preference = Preference::of_lead(world, &contact);
    route(world, &contact, cause, preference, context);
    world.emit_whereabouts(id, context);
}

fn operator_at(pool: &Pool, index: usize) -> OperatorId {
    pool.candidates()[index].operator
}
