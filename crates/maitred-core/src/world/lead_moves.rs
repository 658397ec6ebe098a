//! The moves of leads and their identities: see [`super::moves`].

use super::{Duplicate, Merge, World, post_increment};
use crate::ids::{ContactId, LeadId, Timestamp};
use crate::nouns::{Identity, Lead};
use std::collections::BTreeSet;
use std::sync::Arc;

impl World {
    pub(crate) fn add_lead(&mut self, name: Option<Arc<str>>, demo: bool, now: Timestamp) -> LeadId {
        let id = LeadId(post_increment(&mut self.ids.lead));
        self.leads.put(id, Lead { demo, ..Lead::new(id, name, now) });
        self.last_operators.entry(id).or_default();
        self.lead_identities.entry(id).or_default();
        self.dirty.leads_new.push(id);
        id
    }

    pub(crate) fn change_lead(&mut self, id: LeadId, now: Timestamp, change: impl FnOnce(&mut Lead)) {
        if let Some(lead) = self.leads.get_mut(&id) {
            change(lead);
            lead.updated_at = now;
            self.dirty.leads.insert(id);
        }
    }

    /// Whom an identity belongs to.
    pub(crate) fn lead_of(&self, identity: &Identity) -> Option<LeadId> {
        self.identities.get(identity).copied()
    }

    /// Attaches an identity that belongs to nobody.
    pub(crate) fn attach(&mut self, identity: &Identity, lead: LeadId) {
        self.identities.put(identity.clone(), lead);
        if let Some(all) = self.lead_identities.get_mut(&lead) {
            all.insert(identity.clone());
        }
        self.changes.identities_new.push((identity.clone(), lead));
    }

    /// All identities of a lead.
    ///
    /// # Panics
    /// When they were not loaded: see the module's first lines.
    pub(crate) fn identities_of(&self, lead: LeadId) -> &BTreeSet<Identity> {
        self.lead_identities.get(&lead).unwrap_or_else(|| panic!("the identities of lead {lead} were not loaded"))
    }

    /// Moves some contacts and identities of one lead to another.
    pub(crate) fn move_to_lead(
        &mut self,
        from: LeadId,
        into: LeadId,
        contacts: &[ContactId],
        identities: &[Identity],
        now: Timestamp,
    ) {
        contacts.iter().for_each(|id| self.change_contact(*id, now, |contact| contact.lead = into));
        for identity in identities {
            self.identities.put(identity.clone(), into);
            self.changes.identities_moved.push((identity.clone(), into));
        }
        self.change_lead(from, now, |_| {});
        self.move_last_operators(from, into, contacts);
        // The store is asked about the identities of both again when they are next needed.
        for lead in [from, into] {
            self.latest_contacts.retain(|(of, _), _| *of != lead);
            self.lead_identities.remove(&lead);
            self.unload_erasures(lead);
        }
        self.lead_contacts.clear();
    }

    /// All contacts of `into` are among those that moved. Of `from` those stay that were loaded.
    fn move_last_operators(&mut self, from: LeadId, into: LeadId, contacts: &[ContactId]) {
        if let Some(latest) = self.last_operators.get_mut(&from) {
            contacts.iter().for_each(|id| _ = latest.remove(id));
        }
        let Self { contacts: rows, last_operators, .. } = self;
        let held =
            contacts.iter().filter_map(|id| rows.get(id)).filter_map(|it| Some((it.id, (it.source, it.operator?))));
        last_operators.entry(into).or_default().extend(held);
    }

    pub(crate) fn add_duplicate(&mut self, duplicate: Duplicate) {
        self.changes.duplicates.push(duplicate);
    }

    /// How many contacts a lead has, counted no further than one above the most that may be merged.
    pub(crate) fn contacts_of_lead(&self, lead: LeadId) -> u64 {
        self.lead_contacts.get(&lead).copied().unwrap_or_default()
    }

    /// Moves contacts and identities from one lead to another, in memory and (by `merges`) in the store.
    pub(crate) fn merge_leads(&mut self, from: LeadId, into: LeadId, now: Timestamp) {
        self.change_lead(from, now, |lead| lead.merged_into = Some(into));
        for contact in self.contacts.0.values_mut().flatten().filter(|c| c.lead == from) {
            contact.lead = into;
        }
        for lead in self.identities.0.values_mut().flatten().filter(|lead| **lead == from) {
            *lead = into;
        }
        // Unless both are known, the store is asked about the two together when that is next needed.
        let of_both = self.last_operators.remove(&into).zip(self.last_operators.remove(&from));
        self.last_operators.extend(of_both.map(|(ours, theirs)| (into, ours.into_iter().chain(theirs).collect())));
        self.lead_contacts.clear();
        self.latest_contacts.retain(|(of, _), _| *of != from && *of != into);
        self.lead_identities.remove(&into);
        self.lead_identities.remove(&from);
        self.unload_erasures(into);
        self.changes.merges.push(Merge { from, into });
    }
}
