//! Random commands of all kinds against a world that is its own store. After every command and what it leaves over,
//! each rule of the design is checked.

use crate::random::{Step, opening, steps};
use crate::single::{prepare, run_to_the_end};
use maitred_core::command::Transfer;
use maitred_core::decision::Cause;
use maitred_core::due::Subject;
use maitred_core::follower::Follower;
use maitred_core::world::{Changes, WaitingPosition};
use maitred_core::{
    Actor, Command, Contact, ContactId, Context, Decision, Event, EventDetail, EventKind, Ids, Operator, OperatorId,
    Outcome, Rejection, Status, Timestamp, World, decide, invariants,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What follows from the changes so far, put together without a look at the world.
#[derive(Default)]
struct Feed {
    /// Operator and status of each contact, from events alone.
    contacts: BTreeMap<ContactId, (Option<OperatorId>, Status)>,
    chains: BTreeMap<ContactId, Vec<Decision>>,
    last_assigned: BTreeMap<OperatorId, Timestamp>,
    /// Contacts that are scheduled, from events alone, and for when.
    scheduled: BTreeMap<ContactId, Timestamp>,
    /// Contacts that are offered or rest, from events alone, and until when.
    offers: BTreeMap<ContactId, Timestamp>,
    /// Contacts that nobody responded to in time, from events alone.
    overdue: BTreeSet<ContactId>,
    due: BTreeMap<Subject, Timestamp>,
    follower: Follower,
    /// How many contacts each operator holds, from what reports are made of.
    held: BTreeMap<OperatorId, i64>,
    ids_used: BTreeSet<(&'static str, i64)>,
    ids: Ids,
}

/// A command that was carried out, with the contacts and operators before and after it.
struct Done<'a> {
    command: &'a Command,
    now: Timestamp,
    before: &'a World,
    after: &'a World,
    decisions: Vec<&'a Decision>,
}

fn check(steps: &[Step]) {
    let mut world = World::default();
    let mut feed = Feed::default();
    let context = Context { now: Timestamp(0), seed: 1, actor: Actor::System };
    opening().iter().for_each(|command| step(&mut world, &mut feed, command, context));
    for (raw, now) in steps.iter().zip(1..) {
        let (command, context) = (raw.command(feed.ids), raw.context(now));
        // As the batcher does.
        if feed.due.values().any(|at| *at <= context.now) {
            step(&mut world, &mut feed, &Command::Wake(context.now), context);
        }
        step(&mut world, &mut feed, &command, context);
    }
}

fn step(world: &mut World, feed: &mut Feed, command: &Command, context: Context) {
    prepare(world, command);
    // What time alone changes is no change of a command.
    world.advance(context.now);
    let before = world.clone();
    let again = on_a_copy(&before, command, context);
    let (outcome, changes) = run_to_the_end(world, command.clone(), context, 20);
    assert_eq!((&outcome, &changes[0]), (&again.0, &again.1), "the same command had another outcome");
    if let Err(rejection) = &outcome {
        assert!(changes[0].is_empty(), "{command:?} was refused ({rejection:?}) but left something to write");
        assert_eq!(format!("{before:?}"), format!("{world:?}"), "{command:?} was refused but changed something");
    }
    assert_eq!(invariants::check(world), Vec::<String>::new(), "after {command:?}");
    changes.iter().for_each(|changes| feed.apply(changes));
    feed.agrees_with(world);
    let decisions = changes.iter().flat_map(|changes| &changes.decisions).collect();
    Done { command, now: context.now, before: &before, after: world, decisions }.check();
}

fn on_a_copy(world: &World, command: &Command, context: Context) -> (Result<Outcome, Rejection>, Changes) {
    let mut copy = world.clone();
    let outcome = decide(&mut copy, command.clone(), context);
    (outcome, copy.take_changes())
}

impl Feed {
    fn apply(&mut self, changes: &Changes) {
        changes.events.iter().for_each(|event| self.apply_event(event));
        for decision in &changes.decisions {
            let chain = self.chains.entry(decision.contact).or_default();
            assert_eq!(chain.len(), decision.seq as usize, "a gap in the chain of contact {}", decision.contact);
            chain.push(decision.clone());
            self.last_assigned.extend(decision.outcome.map(|operator| (operator, decision.at)));
        }
        changes.contacts_deleted.iter().for_each(|id| _ = self.chains.remove(id));
        for (subject, at) in &changes.due {
            match at {
                Some(at) => _ = self.due.insert(*subject, *at),
                None => _ = self.due.remove(subject),
            }
        }
        let new = changes.contacts_new.iter().map(|c| ("contact", c.id.0));
        let new = new.chain(changes.leads_new.iter().map(|l| ("lead", l.id.0)));
        let new = new.chain(changes.operators_new.iter().map(|o| ("operator", o.id.0)));
        let new = new.chain(changes.sources_new.iter().map(|s| ("source", s.id.0)));
        for id in new {
            assert!(self.ids_used.insert(id), "{id:?} was given out twice");
        }
        self.ids = changes.ids;
    }

    fn apply_event(&mut self, event: &Event) {
        self.follower.read(event);
        for fact in self.follower.take_facts() {
            fact.operator.into_iter().for_each(|id| *self.held.entry(id).or_default() += fact.kind.held());
        }
        let Some(id) = event.contact else { return };
        let held = event.operator.map_or(Status::Waiting, |_| Status::Assigned);
        let known = self.contacts.get(&id).copied();
        self.apply_schedule(id, event);
        self.apply_offer(id, event);
        self.apply_response(id, event.kind());
        let now = match event.kind() {
            EventKind::ContactCreated => {
                assert_eq!(known, None, "contact {id} arrived twice");
                (event.operator, held)
            }
            EventKind::ContactReopened => {
                assert!(matches!(known, Some((_, Status::Resolved))), "contact {id} was reopened while open");
                (event.operator, held)
            }
            EventKind::ContactAssigned
                if matches!(event.detail, EventDetail::ContactAssigned { at_once: true, .. }) =>
            {
                assert_eq!(known, Some((event.operator, Status::Assigned)), "the event before it says so of {id}");
                return;
            }
            EventKind::ContactAssigned => {
                assert_eq!(known, Some((None, Status::Waiting)), "contact {id} was assigned while it did not wait");
                (event.operator, Status::Assigned)
            }
            EventKind::ContactTransferred => (event.operator, Status::Assigned),
            EventKind::ContactReleased
            | EventKind::ContactDeclined
            | EventKind::ContactOfferExpired
            | EventKind::ContactOfferRevoked => (None, Status::Waiting),
            EventKind::ContactResolved => (event.operator, Status::Resolved),
            EventKind::ContactDeleted => {
                self.contacts.remove(&id);
                return;
            }
            _ => return,
        };
        self.contacts.insert(id, now);
    }

    fn apply_schedule(&mut self, id: ContactId, event: &Event) {
        match event.detail {
            EventDetail::ContactScheduled { not_before, moved } => {
                assert!(not_before > event.at, "contact {id} is scheduled for a time that has passed");
                assert_eq!(self.scheduled.insert(id, not_before).is_some(), moved, "contact {id}");
            }
            EventDetail::ContactDue { .. } => {
                let at = self.scheduled.remove(&id);
                assert!(at.is_some_and(|at| at <= event.at), "contact {id} was due at {at:?}");
            }
            EventDetail::ContactUnscheduled => _ = self.scheduled.remove(&id).expect("it was scheduled"),
            _ => {}
        }
    }

    fn apply_offer(&mut self, id: ContactId, event: &Event) {
        match event.detail {
            EventDetail::ContactAssigned { accept_by: Some(at), .. }
            | EventDetail::ContactRested { until: at }
            | EventDetail::ContactReserved { until: at, .. } => {
                assert!(at > event.at, "contact {id} is put aside until a time that has passed");
                self.offers.insert(id, at);
            }
            EventDetail::ContactOfferExpired { .. } | EventDetail::ContactAskedAgain { .. } => {
                let at = self.offers.remove(&id);
                assert!(at.is_some_and(|at| at <= event.at), "contact {id} was due at {at:?}");
            }
            EventDetail::ContactEdited
            | EventDetail::ContactNoted
            | EventDetail::MessageReceived { .. }
            | EventDetail::MessageEdited { .. }
            | EventDetail::MessageSent { .. }
            | EventDetail::MessageDelivered { .. }
            | EventDetail::MessageFailed { .. }
            | EventDetail::DuplicateFound { .. }
            | EventDetail::ContactResponded { .. }
            | EventDetail::ContactOverdue { .. }
            | EventDetail::ContactPriorityRaised { .. }
            | EventDetail::ContactEscalated => {}
            _ => _ = self.offers.remove(&id),
        }
    }

    /// One event says that a contact is overdue, until somebody responds or it is scheduled for another time.
    fn apply_response(&mut self, id: ContactId, kind: EventKind) {
        match kind {
            EventKind::ContactOverdue => assert!(self.overdue.insert(id), "contact {id} was overdue twice"),
            EventKind::ContactResponded
            | EventKind::ContactAccepted
            | EventKind::ContactResolved
            | EventKind::ContactScheduled
            | EventKind::ContactDeleted => _ = self.overdue.remove(&id),
            _ => {}
        }
    }

    fn agrees_with(&self, world: &World) {
        for operator in world.operators() {
            let held = self.held.get(&operator.id).copied().unwrap_or_default();
            assert_eq!(held, i64::from(operator.current_load), "what reports say operator {} holds", operator.id);
        }
        let timed = |at: fn(&Contact) -> Option<Timestamp>| {
            world.contacts().filter_map(|c| Some((c.id, at(c)?))).collect::<BTreeMap<_, _>>()
        };
        let scheduled = timed(|c| c.not_before.filter(|_| c.scheduled));
        assert_eq!(scheduled, self.scheduled, "the events tell another story of scheduled contacts");
        assert_eq!(timed(|c| c.accept_by.or(c.retry_at)), self.offers, "the events tell another story of offers");
        let overdue: BTreeSet<_> = world.contacts().filter(|c| c.is_overdue()).map(|c| c.id).collect();
        assert_eq!(overdue, self.overdue, "the events tell another story of who is overdue");
        let contacts = timed(Contact::next_change).into_iter();
        let mut due: BTreeMap<_, _> = contacts.map(|(id, at)| (Subject::Contact(id), at)).collect();
        due.extend(world.sources().filter_map(|s| Some((Subject::Source(s.source.id), s.source.next_change()?))));
        due.extend(world.operators().filter_map(|o| Some((Subject::Operator(o.id), o.next_change()?))));
        assert_eq!(due, self.due, "timers are those of their subjects");
        let is: BTreeMap<_, _> = world.contacts().map(|c| (c.id, (c.operator, c.status))).collect();
        assert_eq!(is, self.contacts, "the events tell another story");
        for operator in world.operators() {
            let last = self.last_assigned.get(&operator.id).copied();
            assert_eq!(operator.last_assigned_at, last, "operator {} was last assigned something then", operator.id);
        }
        for contact in world.contacts() {
            let chain = &self.chains[&contact.id];
            assert_eq!(contact.decisions as usize, chain.len(), "contact {} counts its chain wrongly", contact.id);
            if contact.status == Status::Assigned {
                let outcome = chain.last().and_then(|decision| decision.outcome);
                assert_eq!(outcome, contact.operator, "the last decision on contact {} is another", contact.id);
            }
        }
    }
}

impl Done<'_> {
    fn check(&self) {
        if matches!(self.command, Command::Wake(_)) {
            self.nothing_is_due();
        }
        self.after.contacts().for_each(|contact| self.status_moved_as_it_may(contact));
        self.credits_of_the_absent_stand_still();
        self.after.operators().for_each(|operator| self.not_filled_beyond_the_limit(operator));
        for decision in self.decisions.iter().filter(|d| d.outcome.is_some() && !d.cause.by_hand()) {
            self.nobody_was_overtaken(decision);
            self.not_before_its_time(decision);
            self.not_while_away(decision);
            self.not_while_closed(decision);
            self.not_back_to_who_left(decision);
        }
    }

    /// Who is away, before and after, is owed what they were owed, unless somebody changes shares.
    fn credits_of_the_absent_stand_still(&self) {
        let changes_shares = matches!(
            self.command,
            Command::EditSource(..)
                | Command::SetWeight(_)
                | Command::SetWeights(..)
                | Command::ReplaceWeights(..)
                | Command::RemoveWeight(..)
                | Command::DeleteOperator(_)
                | Command::DeleteSource(_)
                | Command::RemoveDemo(_)
        );
        if changes_shares {
            return;
        }
        let is_away = |world: &World, id| world.operators().any(|o| o.id == id && o.away(self.now).is_some());
        for after in self.after.sources() {
            let Some(before) = self.before.sources().find(|it| it.source.id == after.source.id) else { continue };
            let (then, now) = (before.ledger(), after.ledger());
            for (id, tally) in now.iter().filter(|(id, _)| is_away(self.before, *id) && is_away(self.after, *id)) {
                let owed = |credit: i64, carried: i128| i128::from(credit) + carried;
                let was = then.iter().find(|(other, _)| *other == id).map_or(0, |(_, it)| owed(it.credit, it.carried));
                assert_eq!(owed(tally.credit, tally.carried), was, "operator {id} is away, and {:?}", self.command);
            }
        }
    }

    /// What is taken from somebody who left is not given back to them.
    fn not_back_to_who_left(&self, decision: &Decision) {
        if decision.cause == Cause::HolderLeft {
            let before = self.before.contacts().find(|c| c.id == decision.contact).and_then(|c| c.operator);
            assert_ne!(before, decision.outcome, "contact {} was taken in vain", decision.contact);
        }
    }

    fn not_before_its_time(&self, decision: &Decision) {
        let Some(given) = self.after.contacts().find(|c| c.id == decision.contact) else { return };
        assert!(!given.is_early(decision.at), "contact {} was given away before its time", given.id);
    }

    fn not_while_away(&self, decision: &Decision) {
        let found = self.after.operators().find(|o| Some(o.id) == decision.outcome);
        // A command that pauses somebody, or sets hours by which they do not work, gives nothing away to them.
        assert!(
            found.is_none_or(|o| o.away(decision.at).is_none()),
            "{:?} got a contact while away",
            found.map(|o| o.id)
        );
    }

    /// A command that sets hours by which a source is closed gives nothing of it away.
    fn not_while_closed(&self, decision: &Decision) {
        let given = self.after.contacts().find(|c| c.id == decision.contact);
        let source = given.and_then(|given| self.after.sources().find(|it| it.source.id == given.source));
        let closed = source.and_then(|it| it.source.closed_by_hours(decision.at));
        assert_eq!(closed, None, "contact {} was given away while its source was closed", decision.contact);
        for cap in source.into_iter().flat_map(|it| it.source.all_caps()) {
            let used = cap.used(decision.at);
            assert!(used <= cap.rule.limit, "contact {} is number {used} of {:?}", decision.contact, cap.rule);
        }
    }

    /// A wake leaves nothing that is due, and a second one changes nothing.
    fn nothing_is_due(&self) {
        let late = |c: &Contact| c.next_change().is_some_and(|at| at <= self.now);
        assert!(!self.after.contacts().any(late), "something is due after a wake");
        let late = |o: &Operator| o.next_change().is_some_and(|at| at <= self.now);
        assert!(!self.after.operators().any(late), "somebody is due after a wake");
        let late = |at: Timestamp| at <= self.now;
        assert!(
            !self.after.sources().filter_map(|it| it.source.next_change()).any(late),
            "a source is due after a wake"
        );
        let (mut world, context) = (self.after.clone(), Context { now: self.now, seed: 7, actor: Actor::System });
        prepare(&mut world, self.command);
        decide(&mut world, self.command.clone(), context).expect("a wake is not refused");
        assert!(world.take_changes().is_empty(), "waking twice changed something");
    }

    fn status_moved_as_it_may(&self, contact: &Contact) {
        let Some(before) = self.before.contacts().find(|c| c.id == contact.id) else { return };
        let (from, to) = (before.status, contact.status);
        assert!(from == to || from.may_become(to), "contact {} went from {from:?} to {to:?}", contact.id);
    }

    /// Operators over their limit were so before, or had it lowered, or were given a contact by force, or took one back
    /// that they had just resolved.
    fn not_filled_beyond_the_limit(&self, operator: &Operator) {
        if operator.current_load <= operator.max_load {
            return;
        }
        let before = self.before.operators().find(|o| o.id == operator.id).expect("nobody begins full");
        let forced =
            matches!(self.command, Command::Transfer(Transfer { to: Some(to), force: true, .. }) if *to == operator.id);
        let taken_back = matches!(&self.command, Command::EditContact(_, edit) if edit.undo);
        assert!(
            operator.current_load <= before.current_load || forced || taken_back,
            "{:?} filled operator {} to {} of {}",
            self.command,
            operator.id,
            operator.current_load,
            operator.max_load
        );
    }

    /// Nobody who waited before and still waits stood before a contact that was given away by a policy. Only a drain
    /// gives away contacts of a source on which anybody waits at all.
    fn nobody_was_overtaken(&self, decision: &Decision) {
        let find = |world: &World, id| world.contacts().find(|c: &&Contact| c.id == id).cloned();
        let Some(given) = find(self.after, decision.contact) else { return };
        let still_waits = |c: &&Contact| {
            let waits = Contact::is_in_line;
            waits(c) && c.source == given.source && find(self.before, c.id).is_some_and(|before| waits(&before))
        };
        for waiting in self.after.contacts().filter(still_waits) {
            let is_drained = matches!(
                decision.cause,
                Cause::Drained
                    | Cause::Due
                    | Cause::AskedAgain
                    | Cause::ReservationEnded
                    | Cause::Wanted
                    | Cause::Moved
            );
            let in_order = is_drained && WaitingPosition::of(&given) < WaitingPosition::of(waiting);
            assert!(in_order, "contact {} overtook contact {} by {decision:?}", given.id, waiting.id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rule_holds_after_every_command(steps in steps(120)) {
        check(&steps);
    }
}
