//! The moves of the state: each changes everything that belongs together (a contact, its operator's load, the pools
//! that show it, the counters of its source) and marks what is to be written. Rules are not asked here.

use super::{SourceState, WaitingPosition, World, post_increment};
use crate::answer::Answer;
use crate::caps::{self, Cap};
use crate::command::{Context, CorrectAccount, FollowUp, NewSource, Submit};
use crate::conversation::{Delivery, Message};
use crate::correction::Correction;
use crate::decision::{Decision, PoolRef};
use crate::due::Subject;
use crate::idempotency::KeyDigest;
use crate::ids::{ContactId, CorrectionId, LeadId, MessageId, NoteId, OperatorId, SourceId, Timestamp};
use crate::limits::{DRAIN_MAX, STICKY_LOOKBACK_MAX};
use crate::nouns::{Contact, Note, Source, Status};
use crate::policy::Choice;
use std::sync::Arc;

impl World {
    // ---- contacts ----

    /// Adds a contact that is nowhere yet: neither waiting nor held.
    pub(crate) fn add_contact(&mut self, submit: &Submit, lead: LeadId, now: Timestamp) -> ContactId {
        let id = ContactId(post_increment(&mut self.ids.contact));
        let contact = Contact::new(id, lead, submit, now);
        self.contacts.put(id, contact);
        self.dirty.contacts_new.push(id);
        self.change_source_totals(submit.source, |state| state.arrived += 1);
        // Of sources that do not append as well: they may from the next command on.
        self.latest_contacts.insert((lead, submit.source), Some(id));
        id
    }

    /// Changes fields of a contact that nothing else depends on.
    pub(crate) fn change_contact(&mut self, id: ContactId, now: Timestamp, change: impl FnOnce(&mut Contact)) {
        if let Some(contact) = self.contacts.get_mut(&id) {
            let (before, overdue_before) = (contact.next_change(), contact.overdue_on());
            change(contact);
            contact.updated_at = now;
            let (after, overdue_after) = (contact.next_change(), contact.overdue_on());
            self.mark_contact(id);
            if overdue_before != overdue_after {
                for (source, is_overdue) in [(overdue_before, false), (overdue_after, true)] {
                    source.iter().for_each(|id| self.change_source_totals(*id, |it| it.count_overdue(is_overdue)));
                }
            }
            if before != after {
                self.note_due(Subject::Contact(id), before, after);
            }
        }
    }

    fn mark_contact(&mut self, id: ContactId) {
        // A contact added in this batch is written whole anyway; most contacts stand at the end of that list.
        if self.dirty.contacts_new.last() != Some(&id) {
            self.dirty.contacts.insert(id);
        }
    }

    /// Lets a contact enter the waiting order of its source.
    pub(crate) fn enqueue(&mut self, id: ContactId, now: Timestamp) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let (source, position) = (contact.source, WaitingPosition::of(contact));
        self.take_from_operators(id);
        self.set_status(id, Status::Waiting, now, |c| {
            (c.operator, c.assigned_at) = (None, None);
            c.forget_tried();
        });
        self.change_source_totals(source, |state| state.waiting.enter(position));
    }

    /// Lets a contact that is nowhere, and that nobody is left to be offered, wait for another round.
    pub(crate) fn rest(&mut self, id: ContactId, until: Timestamp, now: Timestamp) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let (source, position) = (contact.source, WaitingPosition::of(contact));
        self.take_from_operators(id);
        self.set_status(id, Status::Waiting, now, |c| {
            (c.operator, c.assigned_at, c.retry_at) = (None, None, Some(until));
        });
        self.change_source_totals(source, |state| state.resting.enter(position));
    }

    /// Lets a contact that is nowhere wait for its time, outside of the waiting order.
    pub(crate) fn schedule(&mut self, id: ContactId, now: Timestamp) {
        let Some(source) = self.contacts.get(&id).map(|contact| contact.source) else { return };
        self.take_from_operators(id);
        self.set_status(id, Status::Waiting, now, |c| {
            (c.operator, c.assigned_at, c.scheduled) = (None, None, true);
            c.forget_tried();
        });
        self.change_source_totals(source, |state| state.scheduled += 1);
    }

    /// A contact that waits is not among those its lead's operators had.
    fn take_from_operators(&mut self, id: ContactId) {
        let lead = self.contacts.get(&id).map(|contact| contact.lead);
        if let Some(latest) = lead.and_then(|lead| self.last_operators.get_mut(&lead)) {
            latest.remove(&id);
        }
    }

    /// Takes a contact out of the waiting order, or from those that are scheduled or rest; it is nowhere until another
    /// move follows.
    pub(crate) fn dequeue(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let (position, is_scheduled, rests) =
            (WaitingPosition::of(contact), contact.scheduled, contact.retry_at.is_some());
        self.change_source_totals(contact.source, |state| match (is_scheduled, rests) {
            (true, _) => state.scheduled = state.scheduled.saturating_sub(1),
            (false, true) => state.resting.leave(position),
            (false, false) => state.waiting.leave(position),
        });
    }

    /// Gives a contact that is nowhere to an operator: one slot of theirs is taken. With a time it is an offer.
    pub(crate) fn assign(&mut self, id: ContactId, operator: OperatorId, accept_by: Option<Timestamp>, now: Timestamp) {
        self.set_status(id, Status::Assigned, now, |c| {
            (c.operator, c.assigned_at, c.accept_by) = (Some(operator), Some(now), accept_by);
            c.set_wanted(None);
        });
        let Some((source, lead)) = self.contacts.get(&id).map(|c| (c.source, c.lead)) else { return };
        self.change_source_totals(source, |state| state.assigned += 1);
        self.change_source_caps(source, |cap| cap.count(now));
        self.change_load(operator, |o| {
            o.current_load += 1;
            o.last_assigned_at = Some(now);
            caps::change(&mut o.caps, |cap| {
                if cap.is_about(Some(source)) {
                    cap.count(now);
                }
            });
        });
        if let Some(latest) = self.last_operators.get_mut(&lead) {
            latest.insert(id, (source, operator));
        }
    }

    /// Takes a contact from its operator, who has one slot more. The contact is nowhere until another move follows.
    pub(crate) fn unassign(&mut self, id: ContactId) -> Option<OperatorId> {
        let contact = self.contacts.get(&id)?;
        let (source, operator) = (contact.source, contact.operator?);
        self.change_source_totals(source, |state| state.assigned = state.assigned.saturating_sub(1));
        self.change_load(operator, |o| o.current_load = o.current_load.saturating_sub(1));
        Some(operator)
    }

    /// Takes back in the caps of an operator and a source what was not kept. `contact` is as it was while they had it.
    pub(crate) fn give_back(&mut self, contact: &Contact) {
        let (Some(operator), Some(given_at)) = (contact.operator, contact.assigned_at) else { return };
        if contact.status != Status::Assigned {
            return;
        }
        self.change_source_caps(contact.source, |cap| cap.give_back(given_at));
        let has_caps = self.operator_row(operator).is_some_and(|operator| operator.caps.is_some());
        if has_caps {
            self.change_load(operator, |operator| {
                caps::change(&mut operator.caps, |cap| {
                    if cap.is_about(Some(contact.source)) {
                        cap.give_back(given_at);
                    }
                });
            });
        }
    }

    /// Ends a contact that is nowhere.
    pub(crate) fn set_resolved(&mut self, id: ContactId, now: Timestamp) {
        self.set_status(id, Status::Resolved, now, |c| {
            (c.resolved_at, c.attempts) = (Some(now), None);
            c.set_wanted(None);
        });
    }

    /// Forgets a contact that is nowhere.
    pub(crate) fn delete_contact(&mut self, id: ContactId) {
        let contact = self.contacts.0.insert(id, None).flatten();
        if let Some(at) = contact.as_ref().and_then(Contact::next_change) {
            self.note_due(Subject::Contact(id), Some(at), None);
        }
        if let Some(contact) = contact.as_ref().filter(|contact| contact.is_overdue()) {
            self.change_source_totals(contact.source, |state| state.count_overdue(false));
        }
        let lead = contact.map(|contact| contact.lead);
        lead.into_iter().for_each(|lead| self.unload_erasures(lead));
        if let Some(latest) = lead.and_then(|lead| self.last_operators.get_mut(&lead)) {
            latest.remove(&id);
        }
        self.latest_contacts.retain(|_, latest| *latest != Some(id));
        self.dirty.contacts.remove(&id);
        self.changes.contacts_deleted.push(id);
    }

    fn set_status(&mut self, id: ContactId, status: Status, now: Timestamp, change: impl FnOnce(&mut Contact)) {
        self.change_contact(id, now, |contact| {
            debug_assert!(
                contact.decisions == 0 || contact.status == status || contact.status.may_become(status),
                "a {} contact becomes {}",
                contact.status.as_str(),
                status.as_str()
            );
            contact.status = status;
            (contact.resolved_at, contact.scheduled) = (None, false);
            (contact.accept_by, contact.retry_at) = (None, None);
            (contact.release_at, contact.raise_at) = (None, None);
            contact.accepted_at = contact.accepted_at.filter(|_| status == Status::Resolved);
            change(contact);
        });
        self.loaded_follow_ups.retain(|follow_up| !matches!(follow_up, FollowUp::Mark(..)));
        if !self.loaded_follow_ups.is_empty()
            && let Some(lead) = self.contacts.get(&id).map(|contact| contact.lead)
        {
            self.unload_erasures(lead);
        }
    }

    /// Appends a link to a contact's chain.
    pub(crate) fn add_decision(&mut self, id: ContactId, decide: impl FnOnce(ContactId, u32) -> Decision) {
        if let Some(contact) = self.contacts.get_mut(&id) {
            let decision = decide(id, contact.decisions);
            contact.decisions += 1;
            self.changes.decisions.push(decision);
            self.mark_contact(id);
        }
    }

    /// The latest contact that a lead has on a source, where that was loaded.
    pub(crate) fn latest_contact(&self, lead: LeadId, source: SourceId) -> Option<ContactId> {
        self.latest_contacts.get(&(lead, source)).copied().flatten()
    }

    /// Adds what the lead of a contact says to it.
    pub(crate) fn add_message(&mut self, contact: ContactId, said: &Submit, context: Context) -> Message {
        let message = Message {
            id: MessageId(post_increment(&mut self.ids.message)),
            contact,
            text: said.message.clone().unwrap_or_default(),
            attributes: said.attributes.clone(),
            author: None,
            created_at: context.now,
            delivery: None,
            delivered_at: None,
        };
        // Pages that show the contact have something new to show.
        self.change_contact(contact, context.now, |_| {});
        self.put_message(&message);
        message
    }

    /// Adds what somebody writes to the lead of a contact.
    pub(crate) fn add_reply(&mut self, contact: ContactId, text: Arc<str>, context: Context) -> Message {
        let message = Message {
            id: MessageId(post_increment(&mut self.ids.message)),
            contact,
            text,
            attributes: None,
            author: Some(context.actor),
            created_at: context.now,
            delivery: Some(Delivery::Pending),
            delivered_at: None,
        };
        self.change_contact(contact, context.now, |_| {});
        self.put_message(&message);
        message
    }

    fn put_message(&mut self, message: &Message) {
        self.messages.put(message.id, message.clone());
        self.changes.messages_new.push(message.clone());
    }

    /// Notes what became of a message to a lead.
    pub(crate) fn note_delivery(&mut self, message: MessageId, delivery: Delivery, at: Timestamp) {
        if let Some(message) = self.messages.get_mut(&message) {
            (message.delivery, message.delivered_at) = (Some(delivery), Some(at));
        }
        self.changes.deliveries.push((message, delivery, at));
    }

    /// Has a message of a contact say something else.
    pub(crate) fn edit_message(&mut self, contact: ContactId, message: MessageId, text: Arc<str>, context: Context) {
        self.change_contact(contact, context.now, |_| {});
        if let Some(message) = self.messages.get_mut(&message) {
            message.text = text.clone();
        }
        self.changes.messages_edited.push((message, text));
    }

    /// Adds a note about a contact.
    pub(crate) fn add_note(&mut self, contact: ContactId, text: Arc<str>, context: Context) -> Note {
        let id = NoteId(post_increment(&mut self.ids.note));
        let note = Note { id, contact, text, author: context.actor, created_at: context.now };
        self.changes.notes_new.push(note.clone());
        note
    }

    /// Writes down the pool of a source as it is now, for decisions to refer to.
    pub(crate) fn record_pool(&mut self, source: SourceId) -> Option<PoolRef> {
        let Self { sources, ids, .. } = self;
        sources.get_mut(&source).map(|state| state.observe(|| Self::next_pool(ids)))
    }

    /// Counts in the pool and the ledger who got a contact of a source, and who was passed over for that.
    pub(crate) fn count_pick(
        &mut self,
        source: SourceId,
        choice: Choice,
        passed_over: Option<OperatorId>,
        context: Context,
    ) {
        self.change_source_totals(source, |state| state.count(choice, passed_over, context));
    }

    /// Owes an operator so many more contacts of a source, or fewer, and keeps why.
    pub(crate) fn correct(&mut self, new: CorrectAccount, context: Context) -> Correction {
        let CorrectAccount { source, operator, amount, reason } = new;
        let id = CorrectionId(post_increment(&mut self.ids.correction));
        let (author, created_at) = (context.actor, context.now);
        let correction = Correction { id, source, operator, amount, reason, author, created_at };
        self.change_source_totals(source, |state| state.correct(operator, amount, context.now));
        self.changes.corrections_new.push(correction.clone());
        correction
    }

    /// Owes an operator the contact of a source that they declined.
    pub(crate) fn refund(&mut self, source: SourceId, operator: OperatorId, context: Context) {
        self.change_source_totals(source, |state| state.refund(operator, context.now));
    }

    /// The loaded contacts a follow-up deals with, at most [`DRAIN_MAX`].
    pub(crate) fn follow_up_contacts(&self, follow_up: FollowUp) -> impl Iterator<Item = ContactId> + '_ {
        let matches = move |contact: &&Contact| match follow_up {
            FollowUp::Drain(_) => false,
            FollowUp::Evacuate(operator) => contact.status == Status::Assigned && contact.operator == Some(operator),
            FollowUp::Revoke(operator) => contact.accept_by.is_some() && contact.operator == Some(operator),
            FollowUp::Mark(operator, behind) => {
                let is_theirs = contact.status == Status::Assigned && contact.operator == Some(operator);
                is_theirs && contact.accept_by.is_none() && contact.id > behind
            }
            FollowUp::CloseOut(source) => contact.status != Status::Resolved && contact.source == source,
            FollowUp::Age(source, behind) => contact.ages() && contact.source == source && contact.id > behind,
            FollowUp::Erase(lead, behind) => contact.lead == lead && contact.id > behind,
        };
        self.contacts.values().filter(matches).map(|contact| contact.id).take(DRAIN_MAX)
    }

    /// Who has, or had last, the lead's latest contact on this source, where that was loaded. Operators who do not
    /// serve the source any more are passed over, so that contacts of a deleted operator follow the first of them.
    pub(crate) fn last_operator(&self, lead: LeadId, source: SourceId) -> Option<OperatorId> {
        let latest = self.last_operators.get(&lead)?.values().rev().take(STICKY_LOOKBACK_MAX);
        let pool = self.source(source).ok()?.pool();
        let serves = |(on, operator): &(SourceId, OperatorId)| *on == source && pool.get(*operator).is_some();
        latest.copied().find(serves).map(|(_, operator)| operator)
    }

    // ---- sources and weights ----

    pub(crate) fn add_source(&mut self, new: NewSource, now: Timestamp) -> SourceId {
        let id = SourceId(post_increment(&mut self.ids.source));
        let source = Source::new(id, new, now);
        let due = source.next_change();
        self.source_names.put(source.name.clone(), id);
        self.sources.put(id, SourceState::new(source, [], super::Ledger::default(), super::Counts::default(), now));
        self.dirty.sources_new.push(id);
        self.change_due_of_source(id, None, due);
        id
    }

    /// Changes the settings of a source.
    pub(crate) fn change_source(&mut self, id: SourceId, change: impl FnOnce(&mut Source)) {
        let Some(state) = self.sources.get_mut(&id) else { return };
        let (name_before, due_before) = (state.source.name.clone(), state.source.next_change());
        state.change(change);
        let (name, gone) = (state.source.name.clone(), state.source.deleted_at.is_some());
        let due_after = state.source.next_change();
        if gone || name != name_before {
            self.source_names.0.insert(name_before, None);
        }
        if !gone {
            self.source_names.put(name, id);
        }
        self.dirty.sources.insert(id);
        self.change_due_of_source(id, due_before, due_after);
    }

    /// Changes what the caps of a source have counted, if it has any.
    fn change_source_caps(&mut self, id: SourceId, change: impl Fn(&mut Cap)) {
        if self.source_row(id).is_some_and(|state| state.source.caps.is_some()) {
            self.change_source(id, |source| caps::change(&mut source.caps, change));
        }
    }

    fn change_due_of_source(&mut self, id: SourceId, before: Option<Timestamp>, after: Option<Timestamp>) {
        if before != after {
            self.time(Subject::Source(id), before, after);
            self.note_due(Subject::Source(id), before, after);
        }
    }

    /// Changes the pool, the counters or the ledger of a source.
    pub(crate) fn change_source_totals(&mut self, id: SourceId, change: impl FnOnce(&mut SourceState)) {
        if let Some(state) = self.sources.get_mut(&id) {
            change(state);
            self.dirty.totals.insert(id);
        }
    }

    /// Whether another source has this name.
    pub(crate) fn source_named(&self, name: &Arc<str>) -> Option<SourceId> {
        self.source_names.get(name).copied()
    }

    /// Makes an operator serve a source with this weight.
    pub(crate) fn set_weight(&mut self, source: SourceId, operator: OperatorId, weight: u32, now: Timestamp) {
        let Self { sources, operators, .. } = self;
        let (Some(state), Some(member)) = (sources.get_mut(&source), operators.get(&operator)) else { return };
        state.set_weight(member, weight, now);
        state.weights_changed(now);
        self.serves.entry(operator).or_default().insert(source);
        self.dirty.totals.insert(source);
        self.changes.weights.push((source, operator, Some(weight)));
    }

    /// Makes an operator serve a source no longer.
    pub(crate) fn remove_weight(&mut self, source: SourceId, operator: OperatorId, now: Timestamp) {
        self.change_source_totals(source, |state| {
            state.remove_member(operator);
            state.weights_changed(now);
        });
        if let Some(serves) = self.serves.get_mut(&operator) {
            serves.remove(&source);
        }
        self.changes.weights.push((source, operator, None));
    }

    // ---- receipts ----

    /// The contact that an earlier submission with this key made.
    pub(crate) fn receipt(&self, key: &KeyDigest) -> Option<ContactId> {
        self.receipts.get(key).copied()
    }

    pub(crate) fn add_receipt(&mut self, key: KeyDigest, contact: ContactId) {
        self.receipts.put(key, contact);
        self.changes.receipts.push((key, contact));
    }

    // ---- answers ----

    /// What was answered under this key before.
    pub fn answer(&self, key: &KeyDigest) -> Option<&Answer> {
        self.answers.get(key)
    }

    pub(crate) fn add_answer(&mut self, answer: Answer) {
        self.answers.put(answer.key.digest, answer.clone());
        self.changes.answers.push(answer);
    }
}
