//! A store without a disk: it answers needs from maps, writes changes into them, and is as strict as SQL about it (a
//! new row must be new, a changed one must be there).

use maitred_core::command::FollowUp;
use maitred_core::conversation::Message;
use maitred_core::correction::Correction;
use maitred_core::due::{Due, Subject};
use maitred_core::idempotency::KeyDigest;
use maitred_core::limits::{DRAIN_MAX, MERGE_CONTACTS_MAX, STICKY_LOOKBACK_MAX};
use maitred_core::offer::RESTING_LOOKED_AT_MAX;
use maitred_core::pool::Pool;
use maitred_core::recording::Segment;
use maitred_core::report::ReportProgress;
use maitred_core::world::{
    Changes, Counts, Found, FoundSource, Ledger, LedgerSnapshot, Needs, OperatorLoad, SourceTotals, WaitingPosition,
};
use maitred_core::{
    Answer, Calendar, CalendarId, Command, Contact, ContactId, Context, CorrectionId, Decision, Event, IdempotencyKey,
    Identity, Ids, Lead, LeadId, MessageId, Note, NoteId, Operator, OperatorId, Outcome, PoolId, Rejection, Source,
    SourceId, Status, Timestamp, World, decide_idempotent, recording,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

/// A command and what it knows of the world outside.
pub type Task = (Command, Context);

#[derive(Default)]
pub struct MemoryStore {
    pub contacts: BTreeMap<ContactId, Contact>,
    pub notes: BTreeMap<NoteId, Note>,
    pub messages: BTreeMap<MessageId, Message>,
    pub leads: BTreeMap<LeadId, Lead>,
    pub operators: BTreeMap<OperatorId, Operator>,
    pub calendars: BTreeMap<CalendarId, Calendar>,
    pub personal_times: BTreeMap<OperatorId, Arc<str>>,
    pub sources: BTreeMap<SourceId, Source>,
    pub weights: BTreeMap<(SourceId, OperatorId), u32>,
    pub totals: BTreeMap<SourceId, SourceTotals>,
    pub corrections: BTreeMap<CorrectionId, Correction>,
    pub ledger_snapshots: BTreeMap<(SourceId, Timestamp), LedgerSnapshot>,
    pub identities: BTreeMap<Identity, LeadId>,
    pub erasing: BTreeMap<LeadId, ContactId>,
    pub receipts: BTreeMap<KeyDigest, ContactId>,
    pub due: BTreeMap<Subject, Timestamp>,
    /// When, to what request, and the bytes of the outcome.
    pub answers: BTreeMap<KeyDigest, (Timestamp, IdempotencyKey, Vec<u8>)>,
    pub decisions: BTreeMap<(ContactId, u32), Decision>,
    /// Those by which a policy gave somebody a contact, in order; those of deleted contacts too.
    pub picks: Vec<Decision>,
    pub segments: BTreeMap<(PoolId, u32), Segment>,
    pub events: Vec<Event>,
    pub report_progress: ReportProgress,
    pub ids: Ids,
    /// How much was loaded so far.
    pub loaded: Loaded,
}

/// Counts of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    pub contacts: usize,
    /// Positions in waiting orders.
    pub positions: usize,
}

impl MemoryStore {
    /// Carries out one batch as the product does: load for all, decide each, write, and return what is left over.
    pub fn batch(
        &mut self,
        world: &mut World,
        tasks: &[Task],
    ) -> (Vec<Result<Outcome, Rejection>>, BTreeSet<FollowUp>) {
        self.batch_with_keys(world, &tasks.iter().map(|task| (task.clone(), Vec::new())).collect::<Vec<_>>())
    }

    /// The same for tasks with keys.
    pub fn batch_with_keys(
        &mut self,
        world: &mut World,
        tasks: &[(Task, Vec<IdempotencyKey>)],
    ) -> (Vec<Result<Outcome, Rejection>>, BTreeSet<FollowUp>) {
        tasks.first().into_iter().for_each(|((_, context), _)| world.advance(context.now));
        self.fetch(world, tasks);
        let mut answers = Vec::new();
        for task @ ((command, context), keys) in tasks {
            world.advance(context.now);
            if !world.needs_idempotent([(command, &keys[..])]).is_empty() {
                self.write(world.take_changes());
                self.fetch(world, std::slice::from_ref(task));
            }
            answers.push(decide_idempotent(world, command.clone(), keys, *context));
        }
        self.write(world.take_changes());
        (answers, world.take_follow_ups())
    }

    fn fetch(&mut self, world: &mut World, tasks: &[(Task, Vec<IdempotencyKey>)]) {
        for _ in 0..10 {
            let needs = world.needs_idempotent(tasks.iter().map(|((command, _), keys)| (command, &keys[..])));
            if needs.is_empty() {
                return;
            }
            let found = self.load(&needs);
            self.loaded.contacts += found.contacts.len();
            self.loaded.positions += found.waiting.len();
            world.load(needs, found);
        }
        panic!("there is no end to what {tasks:?} need");
    }

    fn latest_contact(&self, (lead, source): (LeadId, SourceId)) -> Option<(LeadId, SourceId, ContactId)> {
        let of_lead = self.contacts.values().rev().filter(|contact| contact.lead == lead).take(STICKY_LOOKBACK_MAX);
        let latest = of_lead.into_iter().find(|contact| contact.arrived_on() == source)?;
        Some((lead, source, latest.id))
    }

    fn load(&self, needs: &Needs) -> Found {
        let mut operators = needs.operators.clone();
        let sources: Vec<FoundSource> = needs.sources.iter().filter_map(|id| self.source(*id)).collect();
        operators.extend(sources.iter().flat_map(|s| &s.weights).map(|(operator, _)| *operator));
        let mut contacts: Vec<Contact> =
            needs.contacts.iter().filter_map(|id| self.contacts.get(id)).cloned().collect();
        contacts.extend(needs.follow_ups.iter().flat_map(|follow_up| self.loaded_follow_ups(*follow_up)));
        Found {
            report_progress: needs.report_progress.then_some(self.report_progress),
            operators: operators.into_iter().filter_map(|id| self.operator(id)).collect(),
            calendars: needs.calendars.iter().filter_map(|id| self.calendars.get(id)).cloned().collect(),
            calendar_users: needs.calendar_users.iter().flat_map(|id| self.calendar_users(*id)).collect(),
            calendar_sources: needs.calendar_users.iter().flat_map(|id| self.calendar_sources(*id)).collect(),
            latest_contacts: needs.latest_contacts.iter().filter_map(|key| self.latest_contact(*key)).collect(),
            fallback_users: needs.fallback_users.iter().flat_map(|id| self.fallback_users(*id)).collect(),
            operator_external_ids: self.external_ids(needs).collect(),
            sources,
            source_names: self.names().filter(|(name, _)| needs.source_names.contains(name)).collect(),
            contacts,
            messages: needs.messages.iter().filter_map(|id| self.messages.get(id)).cloned().collect(),
            waiting: needs
                .waiting
                .iter()
                .flat_map(|(id, places)| self.waiting(*id).into_iter().take(*places))
                .collect(),
            resting: needs
                .resting
                .iter()
                .flat_map(|id| self.resting(*id).into_iter().take(RESTING_LOOKED_AT_MAX))
                .collect(),
            leads: self
                .leads
                .values()
                .filter(|lead| is_asked_for(&needs.leads, &needs.absorbed, lead))
                .cloned()
                .collect(),
            erasing: Vec::new(),
            lead_contacts: needs.lead_contacts.iter().map(|id| (*id, self.lead_contacts(*id))).collect(),
            identities: self.found_identities(needs),
            due: needs.due.map(|until| self.first_due(until)).unwrap_or_default(),
            receipts: needs.receipts.iter().filter_map(|key| Some((*key, *self.receipts.get(key)?))).collect(),
            answers: needs.answers.iter().filter_map(|key| self.answer(key)).collect(),
            last_operators: needs.last_operators.iter().flat_map(|lead| self.last_operators(*lead)).collect(),
        }
    }

    fn first_due(&self, until: Timestamp) -> Vec<Due> {
        let all: BTreeSet<Due> = self.due.iter().map(|(subject, at)| Due { at: *at, subject: *subject }).collect();
        all.into_iter().take_while(|due| due.at <= until).take(DRAIN_MAX).collect()
    }

    fn found_identities(&self, needs: &Needs) -> Vec<(Identity, LeadId)> {
        let is_asked_for =
            |(it, lead): &(&Identity, &LeadId)| needs.identities.contains(it) || needs.lead_identities.contains(lead);
        self.identities.iter().filter(is_asked_for).map(|(it, lead)| (it.clone(), *lead)).collect()
    }

    fn answer(&self, key: &KeyDigest) -> Option<Answer> {
        let (at, keys, bytes) = self.answers.get(key)?;
        Some(Answer::decode(*keys, *at, bytes).expect("an answer reads what it wrote"))
    }

    fn source(&self, id: SourceId) -> Option<FoundSource> {
        let source = self.sources.get(&id)?.clone();
        let weights = self.weights.range((id, OperatorId(0))..(SourceId(id.0 + 1), OperatorId(0)));
        let totals = &self.totals[&id];
        let counts = Counts {
            waiting: totals.waiting,
            scheduled: totals.scheduled,
            resting: totals.resting,
            overdue: totals.overdue,
            assigned: totals.assigned,
            arrived: totals.arrived,
            ledger_at: totals.ledger_at,
            weights_at: totals.weights_at,
        };
        Some(FoundSource {
            source,
            weights: weights.map(|((_, operator), weight)| (*operator, *weight)).collect(),
            ledger: Ledger::decode(&totals.ledger).expect("a ledger reads what it wrote"),
            counts,
        })
    }

    fn operator(&self, id: OperatorId) -> Option<(Operator, BTreeSet<SourceId>)> {
        let serves = self.weights.keys().filter(|(_, operator)| *operator == id).map(|(source, _)| *source);
        Some((self.operators.get(&id)?.clone(), serves.collect()))
    }

    fn calendar_users(&self, id: CalendarId) -> impl Iterator<Item = (CalendarId, OperatorId)> {
        self.operators.values().filter(move |o| o.calendar == Some(id)).map(move |o| (id, o.id))
    }

    fn fallback_users(&self, id: SourceId) -> impl Iterator<Item = (SourceId, SourceId)> {
        let present = self.sources.values().filter(|it| it.deleted_at.is_none());
        present.filter(move |it| it.fallback == Some(id)).map(move |it| (id, it.id))
    }

    fn calendar_sources(&self, id: CalendarId) -> impl Iterator<Item = (CalendarId, SourceId)> {
        self.sources.values().filter(move |it| it.calendar == Some(id)).map(move |it| (id, it.id))
    }

    fn external_ids(&self, needs: &Needs) -> impl Iterator<Item = (std::sync::Arc<str>, OperatorId)> {
        let present = self.operators.values().filter(|o| o.deleted_at.is_none());
        let known = present.filter_map(|o| Some((o.external_id.clone()?, o.id)));
        known.filter(|(external_id, _)| needs.operator_external_ids.contains(external_id))
    }

    fn names(&self) -> impl Iterator<Item = (std::sync::Arc<str>, SourceId)> {
        self.sources.values().filter(|s| s.deleted_at.is_none()).map(|s| (s.name.clone(), s.id))
    }

    fn waiting(&self, source: SourceId) -> Vec<(SourceId, WaitingPosition)> {
        self.positions(source, |contact| contact.is_in_line())
    }

    fn resting(&self, source: SourceId) -> Vec<(SourceId, WaitingPosition)> {
        self.positions(source, |contact| contact.retry_at.is_some())
    }

    fn positions(&self, source: SourceId, has_one: impl Fn(&Contact) -> bool) -> Vec<(SourceId, WaitingPosition)> {
        let of_source = self.contacts.values().filter(|c| c.source == source && has_one(c));
        let positions: BTreeSet<WaitingPosition> = of_source.map(WaitingPosition::of).collect();
        positions.into_iter().map(|position| (source, position)).collect()
    }

    fn loaded_follow_ups(&self, follow_up: FollowUp) -> Vec<Contact> {
        let concerns = |c: &&Contact| match follow_up {
            FollowUp::Drain(_) => false,
            FollowUp::Evacuate(operator) => c.status == Status::Assigned && c.operator == Some(operator),
            FollowUp::CloseOut(source) => c.status != Status::Resolved && c.source == source,
            FollowUp::Mark(operator, behind) => {
                let is_theirs = c.status == Status::Assigned && c.operator == Some(operator);
                is_theirs && c.accept_by.is_none() && c.id > behind
            }
            FollowUp::Revoke(operator) => c.accept_by.is_some() && c.operator == Some(operator),
            FollowUp::Age(source, behind) => c.ages() && c.source == source && c.id > behind,
            FollowUp::Erase(lead, behind) => c.lead == lead && c.id > behind,
        };
        let mut loaded_follow_ups: Vec<Contact> =
            self.contacts.values().filter(concerns).take(DRAIN_MAX).cloned().collect();
        if let FollowUp::Erase(lead, ContactId(0)) = follow_up {
            let of_lead = || self.contacts.values().filter(|c| c.lead == lead);
            loaded_follow_ups.extend(of_lead().max_by_key(|c| c.resolved_at).cloned());
            loaded_follow_ups.extend(of_lead().find(|c| c.status != Status::Resolved).cloned());
        }
        loaded_follow_ups
    }

    fn lead_contacts(&self, lead: LeadId) -> u64 {
        self.contacts.values().filter(|c| c.lead == lead).take(MERGE_CONTACTS_MAX as usize + 1).count() as u64
    }

    fn last_operators(&self, lead: LeadId) -> Vec<(LeadId, ContactId, SourceId, OperatorId)> {
        let latest = self.contacts.values().rev().filter(|c| c.lead == lead).take(STICKY_LOOKBACK_MAX);
        latest.filter_map(|c| Some((lead, c.id, c.source, c.operator?))).collect()
    }

    fn set_load(&mut self, load: OperatorLoad) {
        let operator = self.operators.get_mut(&load.id).expect("an operator who holds a contact is there");
        operator.current_load = load.current_load;
        operator.last_assigned_at = load.last_assigned_at;
        operator.caps = load.caps;
    }

    pub fn write(&mut self, changes: Changes) {
        for id in changes.erased.iter().copied() {
            self.identities.retain(|_, lead| *lead != id);
            self.answers.retain(|_, (at, keys, bytes)| {
                Answer::decode(*keys, *at, bytes).expect("an answer reads what it wrote").about() != Some(id)
            });
        }
        set_or_remove(&mut self.erasing, changes.erasing);
        insert(&mut self.contacts, changes.contacts_new, |c| c.id);
        insert(&mut self.notes, changes.notes_new, |n| n.id);
        insert(&mut self.corrections, changes.corrections_new, |c| c.id);
        insert(&mut self.messages, changes.messages_new, |m| m.id);
        for (id, text) in changes.messages_edited {
            self.messages.get_mut(&id).expect("a message that is edited is there").text = text;
        }
        for (id, delivery, at) in changes.deliveries {
            let message = self.messages.get_mut(&id).expect("a message that is delivered is there");
            (message.delivery, message.delivered_at) = (Some(delivery), Some(at));
        }
        insert(&mut self.leads, changes.leads_new, |l| l.id);
        insert(&mut self.operators, changes.operators_new, |o| o.id);
        insert(&mut self.calendars, changes.calendars_new, |c| c.id);
        overwrite(&mut self.calendars, changes.calendars_changed, |c| c.id);
        set_or_remove(&mut self.personal_times, changes.personal_times);
        self.report_progress = changes.report_steps.last().map_or(self.report_progress, |step| step.until);
        insert(&mut self.sources, changes.sources_new, |s| s.id);
        self.picks.extend(changes.decisions.iter().filter(|d| d.outcome.is_some() && !d.cause.by_hand()).cloned());
        insert(&mut self.decisions, changes.decisions, |d| (d.contact, d.seq));
        insert(&mut self.segments, changes.segments, |s| (s.pool, s.first_step));
        overwrite(&mut self.contacts, changes.contacts_changed, |c| c.id);
        overwrite(&mut self.leads, changes.leads_changed, |l| l.id);
        overwrite(&mut self.operators, changes.operators_changed, |o| o.id);
        changes.loads_changed.into_iter().for_each(|load| self.set_load(load));
        overwrite(&mut self.sources, changes.sources_changed, |s| s.id);
        insert(&mut self.ledger_snapshots, changes.ledger_snapshots, |s| (s.source, s.at));
        self.totals.extend(changes.totals.into_iter().map(|t| (t.source, t)));
        for identity in changes.identities_gone {
            self.identities.remove(&identity);
        }
        for (identity, lead) in changes.identities_new {
            assert!(self.identities.insert(identity, lead).is_none(), "an identity is new but there already");
        }
        for (identity, lead) in changes.identities_moved {
            assert!(self.identities.insert(identity, lead).is_some(), "an identity moved but is not there");
        }
        self.receipts.extend(changes.receipts);
        set_or_remove(&mut self.due, changes.due);
        insert(&mut self.answers, changes.answers.iter().map(|a| (a.at, a.key, a.encode())).collect(), |a| a.1.digest);
        for (source, operator, weight) in changes.weights {
            match weight {
                Some(weight) => _ = self.weights.insert((source, operator), weight),
                None => _ = self.weights.remove(&(source, operator)),
            }
        }
        for merge in changes.merges {
            self.contacts.values_mut().filter(|c| c.lead == merge.from).for_each(|c| c.lead = merge.into);
            self.identities.values_mut().filter(|lead| **lead == merge.from).for_each(|lead| *lead = merge.into);
        }
        for id in changes.contacts_deleted {
            self.contacts.remove(&id);
            self.notes.retain(|_, note| note.contact != id);
            self.messages.retain(|_, message| message.contact != id);
            self.decisions.retain(|(contact, _), _| *contact != id);
            self.receipts.retain(|_, contact| *contact != id);
        }
        self.notes.retain(|_, note| !changes.erased.contains(&self.contacts[&note.contact].lead));
        self.messages.retain(|_, message| !changes.erased.contains(&self.contacts[&message.contact].lead));
        self.events.extend(changes.events);
        self.ids = changes.ids;
    }

    /// Everything, for [`maitred_core::invariants::check`].
    pub fn whole(&self) -> World {
        let mut world = World::new(self.ids);
        let found = Found {
            operators: self.operators.keys().filter_map(|id| self.operator(*id)).collect(),
            sources: self.sources.keys().filter_map(|id| self.source(*id)).collect(),
            contacts: self.contacts.values().cloned().collect(),
            waiting: self.sources.keys().flat_map(|id| self.waiting(*id)).collect(),
            resting: self.sources.keys().flat_map(|id| self.resting(*id)).collect(),
            leads: self.leads.values().cloned().collect(),
            identities: self.identities.iter().map(|(identity, lead)| (identity.clone(), *lead)).collect(),
            erasing: self.erasing.iter().map(|(lead, behind)| (*lead, *behind)).collect(),
            ..Found::default()
        };
        world.load(Needs::default(), found);
        world
    }

    /// The pool a decision saw.
    pub fn pool_of(&self, decision: &Decision) -> Option<Pool> {
        let at = decision.pool?;
        let segments = self.segments.range((at.pool, 0)..=(at.pool, at.step)).map(|(_, s)| &s.bytes[..]);
        Some(recording::replay(segments, at.step).expect("a recording reaches every step that was named"))
    }
}

fn is_asked_for(ids: &BTreeSet<LeadId>, absorbed_by: &BTreeSet<LeadId>, lead: &Lead) -> bool {
    ids.contains(&lead.id) || lead.merged_into.is_some_and(|into| absorbed_by.contains(&into))
}

fn insert<K: Ord + Debug, V>(rows: &mut BTreeMap<K, V>, new: Vec<V>, key: impl Fn(&V) -> K) {
    for row in new {
        let key = key(&row);
        assert!(!rows.contains_key(&key), "{key:?} is new but there already");
        rows.insert(key, row);
    }
}

fn set_or_remove<K: Ord, V>(rows: &mut BTreeMap<K, V>, changed: Vec<(K, Option<V>)>) {
    for (key, row) in changed {
        match row {
            Some(row) => _ = rows.insert(key, row),
            None => _ = rows.remove(&key),
        }
    }
}

fn overwrite<K: Ord + Debug, V>(rows: &mut BTreeMap<K, V>, changed: Vec<V>, key: impl Fn(&V) -> K) {
    for row in changed {
        let key = key(&row);
        assert!(rows.contains_key(&key), "{key:?} changed but is not there");
        rows.insert(key, row);
    }
}
