//! What commands need to have loaded before they are decided. One answer may lead to the next question (a contact
//! names an operator, the operator names his sources, a source has somebody waiting), so a store asks again until
//! nothing is needed.

use super::World;
use crate::command::{Command, ContactEdit, FollowUp, LeadEdit, OnceKey, OperatorEdit, Submit};
use crate::decide::START;
use crate::ids::{ContactId, LeadId, OperatorId, SourceId};
use crate::limits::DRAIN_MAX;
use crate::nouns::{Contact, Identity, Status};
use crate::once::Once;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Keys of rows to be loaded. Sets and maps, so that a batch asks once for what many commands need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Operators, with the sources they are members of.
    pub operators: BTreeSet<OperatorId>,
    /// Sources, with weights, ledger, counters and all their members.
    pub sources: BTreeSet<SourceId>,
    /// Names among the sources that are not deleted.
    pub source_names: BTreeSet<Arc<str>>,
    /// Contacts.
    pub contacts: BTreeSet<ContactId>,
    /// Leads.
    pub leads: BTreeSet<LeadId>,
    /// Leads of whom is to be known whom they absorbed.
    pub absorbed: BTreeSet<LeadId>,
    /// Leads whose contacts are to be counted, no further than one above the most that may be merged.
    pub lead_contacts: BTreeSet<LeadId>,
    /// Identities.
    pub identities: BTreeSet<Identity>,
    /// Submissions that may have been made before.
    pub receipts: BTreeSet<OnceKey>,
    /// Keys under which something may have been answered before.
    pub answers: BTreeSet<OnceKey>,
    /// Leads whose latest contacts ([`crate::limits::STICKY_LOOKBACK_MAX`]) say who had them.
    pub last_operators: BTreeSet<LeadId>,
    /// How many of the first in the waiting order, by source.
    pub waiting: BTreeMap<SourceId, usize>,
    /// Contacts that a follow-up deals with: at most [`DRAIN_MAX`] that the operator holds, the source has open, or
    /// the lead has behind one, by id. To start erasing a lead, the newest of his and an open one besides, if there are
    /// any.
    pub follow_ups: BTreeSet<FollowUp>,
}

impl Needs {
    /// Whether everything is loaded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl World {
    /// What is still to be loaded before these commands can be decided.
    #[must_use]
    pub fn needs<'a>(&self, commands: impl IntoIterator<Item = &'a Command>) -> Needs {
        self.needs_once(commands.into_iter().map(|command| (command, &[][..])))
    }

    /// The same for commands with the keys that each is to be carried out once under.
    #[must_use]
    pub fn needs_once<'a>(&self, commands: impl IntoIterator<Item = (&'a Command, &'a [Once])>) -> Needs {
        let mut asking = Asking { world: self, needs: Needs::default(), front: BTreeMap::new() };
        for (command, once) in commands {
            if !asking.is_answered(once) {
                asking.command(command);
            }
        }
        asking.finish()
    }
}

struct Asking<'a> {
    world: &'a World,
    needs: Needs,
    /// How many places of each waiting order all commands together may want.
    front: BTreeMap<SourceId, usize>,
}

impl<'a> Asking<'a> {
    /// Whether one of the keys was answered before: nothing else needs to be known then.
    fn is_answered(&mut self, once: &[Once]) -> bool {
        let answers = &self.world.answers;
        let unknown = once.iter().map(|one| one.key).filter(|key| !answers.knows(key));
        self.needs.answers.extend(unknown);
        once.iter().any(|one| answers.0.get(&one.key).is_some_and(Option::is_some))
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Submit(submit) => self.submit(submit),
            Command::EditContact(id, edit) => self.edit_contact(*id, edit),
            Command::Transfer { contact, to, .. } => {
                self.contact_and_room(*contact);
                to.iter().for_each(|to| self.operator(*to));
            }
            Command::DeleteContact(id) => self.contact_and_room(*id),
            Command::CreateOperator(_) | Command::Show(..) => {}
            Command::EditOperator(id, edit) => self.edit_operator(*id, edit),
            Command::DeleteOperator(id) => self.follow_up(FollowUp::Evacuate(*id)),
            Command::CreateSource(new) => self.source_name(&new.name),
            Command::EditSource(id, edit) => {
                self.source(*id);
                edit.name.iter().for_each(|name| self.source_name(name));
            }
            Command::DeleteSource { source, .. } => self.follow_up(FollowUp::CloseOut(*source)),
            Command::SetWeight { source, operator, .. } => {
                self.operator(*operator);
                self.source_and_front(*source, DRAIN_MAX);
            }
            Command::SetWeights(source, weights) | Command::ReplaceWeights(source, weights) => {
                weights.iter().for_each(|(operator, _)| self.operator(*operator));
                self.source_and_front(*source, DRAIN_MAX);
            }
            Command::RemoveWeight(source, operator) => {
                self.source(*source);
                self.operator(*operator);
            }
            Command::EditLead(id, edit) => self.edit_lead(*id, edit),
            Command::MergeLeads { from, into } => self.merge_leads(*from, *into),
            Command::EraseLead { lead, .. } => self.erase(*lead),
            Command::FollowUp(follow_up) => self.follow_up(*follow_up),
        }
    }

    fn submit(&mut self, submit: &Submit) {
        if let Some(key) = submit.once {
            match self.world.receipts.knows(&key).then(|| self.world.receipts.get(&key)) {
                None => _ = self.needs.receipts.insert(key),
                Some(Some(contact)) => self.contact(*contact),
                Some(None) => {}
            }
        }
        self.source(submit.source);
        for identity in &submit.identities {
            if let Some(lead) = self.identity(identity) {
                if submit.lead_name.is_some() {
                    self.lead(lead);
                }
                self.stickiness(submit.source, lead);
            }
        }
    }

    fn edit_contact(&mut self, id: ContactId, edit: &ContactEdit) {
        match edit {
            ContactEdit { is_resolved: Some(_), .. } => self.contact_and_room(id),
            // Another priority is another place in the waiting order of the source.
            ContactEdit { priority: Some(_), .. } => _ = self.contact_and_source(id),
            _ => self.contact(id),
        }
        if let (Some(Some(_)), Some(Some(contact))) = (&edit.message, self.world.contacts.0.get(&id)) {
            self.lead(contact.lead);
        }
    }

    fn edit_operator(&mut self, id: OperatorId, edit: &OperatorEdit) {
        self.operator(id);
        if edit.is_active == Some(true) || edit.max_load.is_some() {
            self.room_for(id, DRAIN_MAX);
        } else {
            self.sources_of(id);
        }
    }

    fn edit_lead(&mut self, id: LeadId, edit: &LeadEdit) {
        self.lead(id);
        for identity in &edit.identities {
            self.identity(identity);
        }
    }

    fn merge_leads(&mut self, from: LeadId, into: LeadId) {
        self.lead(into);
        self.lead(from);
        if !self.world.lead_contacts.contains_key(&from) {
            self.needs.lead_contacts.insert(from);
        }
    }

    fn erase(&mut self, lead: LeadId) {
        self.lead(lead);
        self.needs.absorbed.extend(self.world.absorbed_unknown(lead));
        self.follow_up(FollowUp::Erase(lead, START));
    }

    fn follow_up(&mut self, follow_up: FollowUp) {
        match follow_up {
            FollowUp::Drain(source) => return self.source_and_front(source, DRAIN_MAX),
            FollowUp::Evacuate(operator) => {
                self.operator(operator);
                self.sources_of(operator);
            }
            FollowUp::CloseOut(source) => self.source(source),
            FollowUp::Erase(..) => {}
        }
        if !self.world.gathered.contains(&follow_up) {
            self.needs.follow_ups.insert(follow_up);
            return;
        }
        if let FollowUp::Erase(..) = follow_up {
            return;
        }
        let theirs: Vec<ContactId> = self.world.gathered_by(follow_up).collect();
        for id in theirs {
            self.contact_and_room(id);
            if let (FollowUp::Evacuate(_), Some(contact)) = (follow_up, self.world.contacts.get(&id)) {
                self.stickiness(contact.source, contact.lead);
            }
        }
    }

    fn contact(&mut self, id: ContactId) {
        if !self.world.contacts.knows(&id) {
            self.needs.contacts.insert(id);
        }
    }

    fn contact_and_source(&mut self, id: ContactId) -> Option<&'a Contact> {
        self.contact(id);
        let contact = self.world.contacts.0.get(&id)?.as_ref()?;
        self.source(contact.source);
        Some(contact)
    }

    /// A contact, and whoever may get the slot it holds.
    fn contact_and_room(&mut self, id: ContactId) {
        let Some(contact) = self.contact_and_source(id) else { return };
        if let (Status::Assigned, Some(operator)) = (contact.status, contact.operator) {
            self.operator(operator);
            self.room_for(operator, 1);
        }
    }

    fn operator(&mut self, id: OperatorId) {
        if !self.world.operators.knows(&id) {
            self.needs.operators.insert(id);
        }
        // A change of his load shows in the pools of all his sources.
        self.sources_of(id);
    }

    fn sources_of(&mut self, id: OperatorId) {
        self.world.serves(id).for_each(|source| self.source(source));
    }

    /// Whoever waits on the sources of an operator who may get `slots` free.
    fn room_for(&mut self, id: OperatorId, slots: usize) {
        self.world.serves(id).for_each(|source| self.source_and_front(source, slots));
    }

    fn source(&mut self, id: SourceId) {
        if !self.world.sources.knows(&id) {
            self.needs.sources.insert(id);
        }
    }

    fn source_and_front(&mut self, id: SourceId, places: usize) {
        self.source(id);
        *self.front.entry(id).or_default() += places;
    }

    fn source_name(&mut self, name: &Arc<str>) {
        if !self.world.source_names.knows(name) {
            self.needs.source_names.insert(name.clone());
        }
    }

    fn identity(&mut self, identity: &Identity) -> Option<LeadId> {
        if self.world.identities.knows(identity) {
            return self.world.identities.get(identity).copied();
        }
        self.needs.identities.insert(identity.clone());
        None
    }

    fn lead(&mut self, id: LeadId) {
        if !self.world.leads.knows(&id) {
            self.needs.leads.insert(id);
        }
    }

    fn stickiness(&mut self, source: SourceId, lead: LeadId) {
        let sticky = self.world.sources.0.get(&source).and_then(Option::as_ref).is_some_and(|s| s.source.sticky);
        if sticky && !self.world.last_operators.contains_key(&lead) {
            self.needs.last_operators.insert(lead);
        }
    }

    fn finish(mut self) -> Needs {
        for (id, wanted) in std::mem::take(&mut self.front) {
            if !self.world.sources.knows(&id) {
                continue;
            }
            let Some(state) = self.world.sources.get(&id) else { continue };
            let wanted = wanted.min(DRAIN_MAX);
            if !state.waiting.has_front(wanted) {
                self.needs.waiting.insert(id, wanted);
            }
            for place in state.waiting.front() {
                if let Some(contact) = self.world.contacts.get(&place.contact) {
                    self.stickiness(id, contact.lead);
                }
            }
        }
        self.needs
    }
}
