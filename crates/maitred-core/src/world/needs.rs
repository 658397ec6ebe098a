//! What commands need to have loaded before they are decided. One answer may lead to the next question (a contact
//! names an operator, the operator names their sources, a source has somebody waiting), so a store asks again until
//! nothing is needed.

use super::room::Room;
use super::{IdSpaces, SourceState, World};
use crate::answer::Answer;
use crate::command::{self, Command, FollowUp};
use crate::due::Due;
use crate::fallback::FALLBACK_CHAIN_MAX;
use crate::idempotency::{self, IdempotencyKey, KeyDigest};
use crate::ids::{CalendarId, ContactId, LeadId, MessageId, OperatorId, SourceId, Timestamp};
use crate::limits::DRAIN_MAX;
use crate::nouns::{Contact, Identity, Lead, Operator, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Keys of rows to be loaded. Sets and maps, so that a batch asks once for what many commands need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Operators, with the sources they are members of.
    pub operators: BTreeSet<OperatorId>,
    /// External ids among the operators who are not deleted.
    pub operator_external_ids: BTreeSet<Arc<str>>,
    pub calendars: BTreeSet<CalendarId>,
    /// Calendars of which is to be known who goes by them, operators and sources: a few more than a rejection names.
    pub calendar_users: BTreeSet<CalendarId>,
    /// Sources of which is to be known which others have them as their fallback.
    pub fallback_users: BTreeSet<SourceId>,
    /// Sources, with weights, ledger, counters and all their members.
    pub sources: BTreeSet<SourceId>,
    /// Names among the sources that are not deleted.
    pub source_names: BTreeSet<Arc<str>>,
    pub contacts: BTreeSet<ContactId>,
    pub messages: BTreeSet<MessageId>,
    pub leads: BTreeSet<LeadId>,
    /// Leads of whom is to be known whom they absorbed.
    pub absorbed: BTreeSet<LeadId>,
    /// Leads whose contacts are to be counted, no further than one above the most that may be merged.
    pub lead_contacts: BTreeSet<LeadId>,
    pub identities: BTreeSet<Identity>,
    /// Leads of whom all identities are to be known.
    pub lead_identities: BTreeSet<LeadId>,
    /// Submissions that may have been made before.
    pub receipts: BTreeSet<KeyDigest>,
    /// Keys under which something may have been answered before.
    pub answers: BTreeSet<KeyDigest>,
    /// Leads whose latest contacts ([`crate::limits::STICKY_LOOKBACK_MAX`]) say who had them.
    pub last_operators: BTreeSet<LeadId>,
    /// Leads and sources of which the latest contact is to be known.
    pub latest_contacts: BTreeSet<(LeadId, SourceId)>,
    /// How many positions of the first in the waiting order, by source.
    pub waiting: BTreeMap<SourceId, usize>,
    /// Sources of which the first [`RESTING_LOOKED_AT_MAX`](crate::offer::RESTING_LOOKED_AT_MAX) that rest are to be
    /// known, in the same order.
    pub resting: BTreeSet<SourceId>,
    /// Timers up to this time: the first [`DRAIN_MAX`](crate::limits::DRAIN_MAX).
    pub due: Option<Timestamp>,
    /// How far reports are kept.
    pub report_progress: bool,
    /// Contacts that a follow-up deals with: at most [`DRAIN_MAX`](crate::limits::DRAIN_MAX) that the operator holds,
    /// the source has open, or the lead has behind one, by id. To start erasing a lead, the one that ended last and an
    /// open one besides, if there are any.
    pub follow_ups: BTreeSet<FollowUp>,
}

impl Needs {
    /// Whether everything is loaded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            operators,
            operator_external_ids,
            calendars,
            calendar_users,
            fallback_users,
            sources,
            source_names,
            contacts,
            messages,
            leads,
            absorbed,
            lead_contacts,
            identities,
            lead_identities,
            receipts,
            answers,
            last_operators,
            latest_contacts,
            waiting,
            resting,
            due,
            report_progress,
            follow_ups,
        } = self;
        // Asked for every command: comparing with an empty one would walk through all of them as iterators.
        let is_routing_loaded = operators.is_empty()
            && operator_external_ids.is_empty()
            && calendars.is_empty()
            && calendar_users.is_empty()
            && fallback_users.is_empty()
            && sources.is_empty()
            && source_names.is_empty();
        let are_people_loaded = leads.is_empty()
            && absorbed.is_empty()
            && lead_contacts.is_empty()
            && identities.is_empty()
            && lead_identities.is_empty()
            && last_operators.is_empty()
            && latest_contacts.is_empty();
        is_routing_loaded
            && are_people_loaded
            && contacts.is_empty()
            && messages.is_empty()
            && receipts.is_empty()
            && answers.is_empty()
            && waiting.is_empty()
            && resting.is_empty()
            && due.is_none()
            && !report_progress
            && follow_ups.is_empty()
    }
}

impl World {
    /// What is still to be loaded before these commands can be decided.
    #[must_use]
    pub fn needs<'a>(&self, commands: impl IntoIterator<Item = &'a Command>) -> Needs {
        self.needs_idempotent(commands.into_iter().map(|command| (command, &[][..])))
    }

    /// The same for commands with the keys that each is to be carried out once under.
    #[must_use]
    pub fn needs_idempotent<'a>(
        &self,
        commands: impl IntoIterator<Item = (&'a Command, &'a [IdempotencyKey])>,
    ) -> Needs {
        let mut builder = NeedsBuilder { world: self, needs: Needs::default(), room: Room::default() };
        for (command, keys) in commands {
            if !builder.is_answered(keys) {
                command::needs(command, &mut builder);
                if !keys.is_empty() {
                    idempotency::needs(command, &mut builder);
                }
            }
        }
        builder.finish()
    }
}

/// Collects what commands need. Each method names a row unless it is loaded, and returns what is known of it.
pub struct NeedsBuilder<'a> {
    world: &'a World,
    needs: Needs,
    /// What all commands together may give to those who wait.
    room: Room,
}

impl<'a> NeedsBuilder<'a> {
    /// Whether one of the keys was answered before: nothing else needs to be known then.
    fn is_answered(&mut self, keys: &[IdempotencyKey]) -> bool {
        let answers = &self.world.answers;
        let unknown = keys.iter().map(|key| key.digest).filter(|digest| !answers.knows(digest));
        self.needs.answers.extend(unknown);
        for key in keys.iter().filter(|key| key.is_event) {
            let kept = answers.0.get(&key.digest).and_then(Option::as_ref).filter(|kept| !kept.is_to(key));
            kept.and_then(Answer::lead).into_iter().for_each(|lead| self.lead_and_survivors(lead));
            kept.and_then(Answer::contact).into_iter().for_each(|contact| self.contact_and_lead(contact));
        }
        keys.iter().any(|key| answers.0.get(&key.digest).is_some_and(Option::is_some))
    }

    /// The contact that an earlier submission with this key made.
    pub(crate) fn receipt(&mut self, key: KeyDigest) -> Option<ContactId> {
        if self.world.receipts.knows(&key) {
            return self.world.receipts.get(&key).copied();
        }
        self.needs.receipts.insert(key);
        None
    }

    pub(crate) fn contact(&mut self, id: ContactId) -> Option<&'a Contact> {
        if self.world.contacts.knows(&id) {
            let contact = self.world.contacts.get(&id)?;
            // Whose events say whether it is of the demo.
            self.source(contact.source);
            return Some(contact);
        }
        self.needs.contacts.insert(id);
        None
    }

    pub(crate) fn contact_and_source(&mut self, id: ContactId) -> Option<&'a Contact> {
        self.contact(id)
    }

    /// A contact, and those who may get the slot it holds.
    pub(crate) fn contact_and_room(&mut self, id: ContactId) -> Option<&'a Contact> {
        let contact = self.contact_and_source(id)?;
        if let (Status::Assigned, Some(operator)) = (contact.status, contact.operator) {
            self.room_for(operator, 1);
        }
        // A cap of its source may count it no longer: that makes room on top of the slots that are free now.
        if self.world.source_row(contact.source).is_some_and(|state| state.source.caps.is_some()) {
            self.drain(contact.source);
            self.room.on_source(contact.source, 1);
        }
        // It may go to the fallback of its source, which may be sticky.
        if self.world.source_row(contact.source).is_some_and(|state| state.source.fallback.is_some()) {
            self.last_operators(contact.source, contact.lead);
        }
        Some(contact)
    }

    /// The first timers up to a time; none while they are not loaded.
    pub(crate) fn due(&mut self, until: Timestamp) -> Vec<Due> {
        if self.world.knows_due(until) {
            return self.world.due(until);
        }
        self.needs.due = self.needs.due.max(Some(until));
        Vec::new()
    }

    /// How far reports are kept.
    pub(crate) const fn report_progress(&mut self) {
        self.needs.report_progress |= self.world.report_progress.is_none();
    }

    /// The contacts a follow-up deals with; none while they are not loaded.
    pub(crate) fn follow_up_contacts(&mut self, follow_up: FollowUp) -> Vec<ContactId> {
        if self.world.loaded_follow_ups.contains(&follow_up) {
            return self.world.follow_up_contacts(follow_up).collect();
        }
        self.needs.follow_ups.insert(follow_up);
        Vec::new()
    }

    /// An operator with their sources: a change of their load shows in the pools of all of them.
    pub(crate) fn operator(&mut self, id: OperatorId) {
        if !self.world.operators.knows(&id) {
            self.needs.operators.insert(id);
        }
        self.world.serves(id).for_each(|source| self.source(source));
    }

    pub(crate) fn calendar(&mut self, id: CalendarId) {
        if !self.world.calendars.knows(&id) {
            self.needs.calendars.insert(id);
        }
    }

    /// A calendar, and who goes by it.
    pub(crate) fn calendar_and_users(&mut self, id: CalendarId) {
        self.calendar(id);
        if !self.world.calendar_users.contains_key(&id) {
            self.needs.calendar_users.insert(id);
        }
    }

    /// The operator who has this external id.
    pub(crate) fn operator_external_id(&mut self, external_id: &Arc<str>) {
        if !self.world.operator_external_ids.knows(external_id) {
            self.needs.operator_external_ids.insert(external_id.clone());
        }
    }

    /// Those who wait on the sources of an operator who may get this many slots free.
    pub(crate) fn room_for(&mut self, id: OperatorId, slots: usize) {
        self.operator(id);
        self.room.of_operator(id, slots);
    }

    /// Nobody will serve this source when the room is made that commands need.
    pub(crate) fn closes(&mut self, source: SourceId) {
        self.room.close(source);
    }

    /// An operator as they are, if they are loaded and not deleted.
    pub(crate) fn operator_row(&self, id: OperatorId) -> Option<&'a Operator> {
        self.world.operator_row(id).filter(|operator| operator.deleted_at.is_none())
    }

    /// The free slots of all who can get contacts of a source, if it is loaded.
    pub(crate) fn free_slots(&self, id: SourceId) -> usize {
        let candidates = self.world.source_row(id).map_or(&[][..], |state| state.pool.candidates());
        candidates.iter().filter(|c| c.is_eligible()).map(|c| (c.max_load - c.load) as usize).sum()
    }

    /// The id spaces of a source that is loaded, deleted or not.
    pub(crate) fn id_spaces(&self, id: SourceId) -> Option<&'a IdSpaces> {
        self.world.source_row(id).map(SourceState::id_spaces)
    }

    /// All identities of a lead.
    pub(crate) fn lead_identities(&mut self, lead: LeadId) {
        if !self.world.lead_identities.contains_key(&lead) {
            self.needs.lead_identities.insert(lead);
        }
    }

    /// A source, and those that its contacts may go to.
    pub(crate) fn source(&mut self, id: SourceId) {
        let mut next = Some(id);
        for _ in 0..=FALLBACK_CHAIN_MAX {
            let Some(id) = next else { return };
            if !self.world.sources.knows(&id) {
                self.needs.sources.insert(id);
            }
            next = self.world.source_row(id).and_then(|state| state.source.fallback);
        }
    }

    /// A source, and those who wait on it and may get one of so many slots.
    pub(crate) fn source_and_waiting(&mut self, id: SourceId, slots: usize) {
        self.source(id);
        self.room.on_source(id, slots);
    }

    /// Those who wait on a source, as far as they can be given to somebody, or go to its fallback.
    pub(crate) fn drain(&mut self, id: SourceId) {
        self.source(id);
        match self.world.falls_back(id) {
            Some(fallback) => {
                self.room.on_source(id, DRAIN_MAX);
                self.room.on_source(fallback, self.free_slots(fallback));
            }
            None => self.room.on_source(id, self.free_slots(id)),
        }
    }

    /// The same of a source that may have opened, and of those that fall back on it.
    pub(crate) fn drain_opened(&mut self, id: SourceId) {
        self.drain(id);
        if !self.world.fallback_users.contains_key(&id) {
            self.needs.fallback_users.insert(id);
        }
        for source in self.world.falling_back_on(id) {
            self.source(source);
            // By the time that it opens it may be closed, and then all of it moves.
            self.room.on_source(source, DRAIN_MAX);
        }
    }

    /// The same of a source that may open or close by an edit, or get this fallback.
    pub(crate) fn drain_edited(&mut self, id: SourceId, fallback: Option<SourceId>) {
        self.drain_opened(id);
        self.room.on_source(id, DRAIN_MAX);
        fallback.into_iter().for_each(|fallback| self.drain(fallback));
    }

    /// Which sources have this one as their fallback.
    pub(crate) fn fallback_users(&mut self, id: SourceId) {
        if !self.world.fallback_users.contains_key(&id) {
            self.needs.fallback_users.insert(id);
        }
    }

    pub(crate) fn source_name(&mut self, name: &Arc<str>) {
        if !self.world.source_names.knows(name) {
            self.needs.source_names.insert(name.clone());
        }
    }

    /// The lead that an identity belongs to.
    pub(crate) fn identity(&mut self, identity: &Identity) -> Option<LeadId> {
        if self.world.identities.knows(identity) {
            return self.world.identities.get(identity).copied();
        }
        self.needs.identities.insert(identity.clone());
        None
    }

    pub(crate) fn message(&mut self, id: MessageId) {
        if !self.world.messages.knows(&id) {
            self.needs.messages.insert(id);
        }
    }

    pub(crate) fn lead(&mut self, id: LeadId) -> Option<&'a Lead> {
        if !self.world.leads.knows(&id) {
            self.needs.leads.insert(id);
        }
        self.world.lead_row(id)
    }

    /// A contact with the mark of erasure of its lead.
    pub(crate) fn contact_and_lead(&mut self, id: ContactId) {
        if let Some(contact) = self.contact(id) {
            self.lead_and_survivors(contact.lead);
        }
    }

    /// A lead with whom they were merged into, and whom those were.
    pub(crate) fn lead_and_survivors(&mut self, id: LeadId) {
        self.lead(id);
        self.world.survivors(id).for_each(|survivor| _ = self.lead(survivor));
    }

    /// Those whom a lead absorbed, and whom they did.
    pub(crate) fn absorbed_leads(&mut self, id: LeadId) {
        self.needs.absorbed.extend(self.world.absorbed_unknown(id));
    }

    /// How many contacts a lead has.
    pub(crate) fn contact_count(&mut self, lead: LeadId) {
        if !self.world.lead_contacts.contains_key(&lead) {
            self.needs.lead_contacts.insert(lead);
        }
    }

    /// Who had the latest contacts of a lead, if the source is sticky, or its fallback.
    pub(crate) fn last_operators(&mut self, source: SourceId, lead: LeadId) {
        let row = |id| self.world.source_row(id).map(|state| &state.source);
        let fallback = row(source).and_then(|source| row(source.fallback?));
        let sticky = [row(source), fallback].into_iter().flatten().any(|source| source.sticky);
        if sticky && !self.world.last_operators.contains_key(&lead) {
            self.needs.last_operators.insert(lead);
        }
    }

    /// The latest contact that a lead has on a source.
    pub(crate) fn latest_contact(&mut self, lead: LeadId, source: SourceId) -> Option<ContactId> {
        let known = self.world.latest_contacts.get(&(lead, source)).copied();
        if known.is_none() {
            self.needs.latest_contacts.insert((lead, source));
        }
        known.flatten()
    }

    /// What is in memory so far.
    pub(crate) const fn world(&self) -> &'a World {
        self.world
    }

    fn finish(mut self) -> Needs {
        let wanted = std::mem::take(&mut self.room).wanted(self.world);
        (self.needs.waiting, self.needs.resting) = (wanted.waiting, wanted.resting);
        for id in wanted.contacts {
            if let Some(contact) = self.contact(id) {
                self.last_operators(contact.source, contact.lead);
            }
        }
        self.needs
    }
}
