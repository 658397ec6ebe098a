//! Loading rows: what a store found for some [`Needs`].

use super::{Counts, Ledger, Needs, SourceState, WaitingPosition, World};
use crate::answer::Answer;
use crate::conversation::Message;
use crate::due::{Due, Subject};
use crate::idempotency::KeyDigest;
use crate::ids::{CalendarId, ContactId, LeadId, OperatorId, SourceId};
use crate::nouns::{Calendar, Contact, Identity, Lead, Operator, Source};
use crate::offer::RESTING_LOOKED_AT_MAX;
use crate::report::ReportProgress;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A source with what belongs to it.
#[derive(Clone, Debug)]
pub struct FoundSource {
    pub source: Source,
    /// The weights of its members.
    pub weights: Vec<(OperatorId, u32)>,
    pub ledger: Ledger,
    pub counts: Counts,
}

/// What a store found. What was asked for and is not here does not exist.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Operators with the sources they are members of; those of every source in `sources` must be here.
    pub operators: Vec<(Operator, BTreeSet<SourceId>)>,
    /// Calendars, deleted or not.
    pub calendars: Vec<Calendar>,
    /// Operators who are not deleted and work by a calendar: of each, as many as a rejection names.
    pub calendar_users: Vec<(CalendarId, OperatorId)>,
    /// The same for sources that are open by a calendar.
    pub calendar_sources: Vec<(CalendarId, SourceId)>,
    /// Sources that are not deleted, with the fallback that was asked for: the fallback first.
    pub fallback_users: Vec<(SourceId, SourceId)>,
    /// External ids of operators who are not deleted.
    pub operator_external_ids: Vec<(Arc<str>, OperatorId)>,
    pub sources: Vec<FoundSource>,
    /// Names of sources that are not deleted.
    pub source_names: Vec<(Arc<str>, SourceId)>,
    /// Contacts, also those for follow-ups.
    pub contacts: Vec<Contact>,
    pub messages: Vec<Message>,
    /// The first positions in the waiting order of sources.
    pub waiting: Vec<(SourceId, WaitingPosition)>,
    /// The first of those that rest, in the same order.
    pub resting: Vec<(SourceId, WaitingPosition)>,
    /// Leads, also those that leads in `absorbed` absorbed.
    pub leads: Vec<Lead>,
    /// Leads that are being erased, and which of their contacts was the last whose texts were forgotten.
    pub erasing: Vec<(LeadId, ContactId)>,
    /// How many contacts a lead has, counted no further than one above the most that may be merged.
    pub lead_contacts: Vec<(LeadId, u64)>,
    /// Identities that were asked for, and all those of leads in `lead_identities`.
    pub identities: Vec<(Identity, LeadId)>,
    /// Submissions made before.
    pub receipts: Vec<(KeyDigest, ContactId)>,
    /// Answers given before.
    pub answers: Vec<Answer>,
    /// The first timers up to the time that was asked for, at most [`DRAIN_MAX`](crate::limits::DRAIN_MAX), by time,
    /// kind and id.
    pub due: Vec<Due>,
    /// How far reports are kept; the beginning of the feed if that is not said.
    pub report_progress: Option<ReportProgress>,
    /// Who has, or had last, each of the lead's latest contacts that ever got anybody, in any order.
    pub last_operators: Vec<(LeadId, ContactId, SourceId, OperatorId)>,
    /// The latest contacts of leads on sources, where they have any.
    pub latest_contacts: Vec<(LeadId, SourceId, ContactId)>,
}

impl World {
    /// Loads what a store found for `needs`. Rows that are in memory already stay as they are.
    pub fn load(&mut self, needs: Needs, found: Found) {
        for (operator, sources) in found.operators {
            self.serves.entry(operator.id).or_insert(sources);
            self.load_external_id(&operator);
            self.time_loaded(&operator);
            self.operators.load(operator.id, operator);
        }
        for (external_id, id) in found.operator_external_ids {
            self.operator_external_ids.load(external_id, id);
        }
        for calendar in found.calendars {
            self.calendars.load(calendar.id, calendar);
        }
        for (calendar, operator) in found.calendar_users {
            self.calendar_users.entry(calendar).or_default().operators.push(operator);
        }
        for (calendar, source) in found.calendar_sources {
            self.calendar_users.entry(calendar).or_default().sources.push(source);
        }
        for (fallback, source) in found.fallback_users {
            self.fallback_users.entry(fallback).or_default().insert(source);
        }
        for source in found.sources {
            self.load_source(source);
        }
        for (name, id) in found.source_names {
            self.source_names.load(name, id);
        }
        for contact in found.contacts {
            self.contacts.load(contact.id, contact);
        }
        for message in found.messages {
            self.messages.load(message.id, message);
        }
        self.erasing.extend(found.erasing);
        self.load_waiting(found.waiting, found.resting);
        self.load_identities(&needs, &found.identities);
        for (lead, source, contact) in found.latest_contacts {
            self.latest_contacts.insert((lead, source), Some(contact));
        }
        self.load_people(found.leads, found.lead_contacts, found.identities, found.last_operators);
        for (key, contact) in found.receipts {
            self.receipts.load(key, contact);
        }
        for answer in found.answers {
            self.answers.load(answer.key.digest, answer);
        }
        if let Some(until) = needs.due {
            self.load_due(until, found.due);
        }
        if needs.report_progress {
            self.report_progress.get_or_insert(found.report_progress.unwrap_or_default());
        }
        self.load_absences(needs);
    }

    fn load_external_id(&mut self, operator: &Operator) {
        // One in memory may have changed since it was stored.
        if operator.deleted_at.is_none() && !self.operators.knows(&operator.id) {
            let external_id = operator.external_id.iter().cloned();
            external_id.for_each(|external_id| self.operator_external_ids.load(external_id, operator.id));
        }
    }

    fn load_source(&mut self, found: FoundSource) {
        let id = found.source.id;
        if self.sources.knows(&id) {
            return;
        }
        if found.source.deleted_at.is_none() {
            self.source_names.load(found.source.name.clone(), id);
        }
        self.time(Subject::Source(id), None, found.source.next_change());
        let members = found.weights.iter().filter_map(|(o, weight)| Some((self.operators.get(o)?, *weight)));
        let state = SourceState::new(found.source, members, found.ledger, found.counts, self.now);
        self.sources.put(id, state);
    }

    fn load_waiting(&mut self, waiting: Vec<(SourceId, WaitingPosition)>, resting: Vec<(SourceId, WaitingPosition)>) {
        for (source, position) in waiting {
            if let Some(state) = self.sources.get_mut(&source) {
                state.waiting.load(position);
            }
        }
        for (source, position) in resting {
            if let Some(state) = self.sources.get_mut(&source) {
                state.resting.load(position);
            }
        }
    }

    /// Sorts identities to the leads whose are to be known. Those in memory may be newer than those in the store.
    fn load_identities(&mut self, needs: &Needs, found: &[(Identity, LeadId)]) {
        for lead in &needs.lead_identities {
            let is_known = |it: &Identity| self.identities.knows(it);
            let stored = found.iter().filter(|(it, owner)| owner == lead && !is_known(it)).map(|(it, _)| it);
            let in_memory = self.identities().filter(|(_, owner)| owner == lead).map(|(it, _)| it);
            let all = stored.chain(in_memory).cloned().collect();
            self.lead_identities.entry(*lead).or_insert(all);
        }
    }

    fn load_people(
        &mut self,
        leads: Vec<Lead>,
        counts: Vec<(LeadId, u64)>,
        identities: Vec<(Identity, LeadId)>,
        last_operators: Vec<(LeadId, ContactId, SourceId, OperatorId)>,
    ) {
        for lead in leads {
            self.leads.load(lead.id, lead);
        }
        self.lead_contacts.extend(counts);
        for (identity, lead) in identities {
            self.identities.load(identity, lead);
        }
        for (lead, contact, source, operator) in last_operators {
            self.last_operators.entry(lead).or_default().insert(contact, (source, operator));
        }
    }

    fn load_absences(&mut self, needs: Needs) {
        needs.operators.into_iter().for_each(|id| {
            self.serves.entry(id).or_default();
            self.operators.load_absent(id);
        });
        needs.calendars.into_iter().for_each(|id| self.calendars.load_absent(id));
        needs.calendar_users.into_iter().for_each(|id| _ = self.calendar_users.entry(id).or_default());
        needs.fallback_users.into_iter().for_each(|id| _ = self.fallback_users.entry(id).or_default());
        let external_ids = needs.operator_external_ids.into_iter();
        external_ids.for_each(|external_id| self.operator_external_ids.load_absent(external_id));
        needs.sources.into_iter().for_each(|id| self.sources.load_absent(id));
        needs.source_names.into_iter().for_each(|name| self.source_names.load_absent(name));
        needs.contacts.into_iter().for_each(|id| self.contacts.load_absent(id));
        needs.messages.into_iter().for_each(|id| self.messages.load_absent(id));
        needs.leads.into_iter().for_each(|id| self.leads.load_absent(id));
        needs.identities.into_iter().for_each(|identity| self.identities.load_absent(identity));
        needs.receipts.into_iter().for_each(|key| self.receipts.load_absent(key));
        needs.answers.into_iter().for_each(|key| self.answers.load_absent(key));
        for (id, wanted) in needs.waiting {
            if let Some(Some(state)) = self.sources.0.get_mut(&id) {
                state.waiting.loaded(wanted);
            }
        }
        for id in needs.resting {
            if let Some(Some(state)) = self.sources.0.get_mut(&id) {
                state.resting.loaded(RESTING_LOOKED_AT_MAX);
            }
        }
        for lead in needs.lead_contacts {
            self.lead_contacts.entry(lead).or_default();
        }
        for key in needs.latest_contacts {
            self.latest_contacts.entry(key).or_default();
        }
        for lead in needs.last_operators {
            self.last_operators.entry(lead).or_default();
        }
        self.absorbed.extend(needs.absorbed);
        self.loaded_follow_ups.extend(needs.follow_ups);
    }
}
