//! What is erased of a lead, in memory and (by `erased` and `erasing`) in the store.

use super::World;
use crate::command::FollowUp;
use crate::ids::{ContactId, LeadId, Timestamp};
use std::collections::BTreeSet;

/// Mergers that are followed from one lead to the next: more than there can be by hand, so that damage ends somewhere.
const MERGERS_MAX: usize = 1_000;

impl World {
    /// The erasures that are under way, as work to go on with.
    pub fn erasing(&self) -> impl Iterator<Item = FollowUp> + '_ {
        self.erasing.iter().map(|(lead, behind)| FollowUp::Erase(*lead, *behind))
    }

    /// Whom a lead was merged into, and whom those were, as far as that is loaded: the last one may not be.
    pub(crate) fn survivors(&self, id: LeadId) -> impl Iterator<Item = LeadId> + '_ {
        let into = |id: &LeadId| self.lead_row(*id).and_then(|lead| lead.merged_into);
        std::iter::successors(into(&id), into).take(MERGERS_MAX)
    }

    /// Whether a lead, or whom they were merged into, was erased.
    pub(crate) fn is_erased(&self, id: LeadId) -> bool {
        let is_marked = |id: LeadId| self.lead_row(id).is_some_and(|lead| lead.erased_at.is_some());
        is_marked(id) || self.survivors(id).any(is_marked)
    }

    /// Forgets who a lead is, all but the texts of their contacts.
    pub(crate) fn erase_lead(&mut self, id: LeadId, now: Timestamp) {
        let all = self.with_absorbed(id);
        for one in &all {
            if self.lead_row(*one).is_some_and(|lead| lead.name.is_some() || lead.blocked_on.is_some()) {
                self.change_lead(*one, now, |lead| {
                    (lead.name, lead.blocked_on, lead.blocked_at) = (None, None, None);
                });
            }
        }
        self.change_lead(id, now, |lead| lead.erased_at = Some(now));
        for owner in self.identities.0.values_mut().filter(|owner| owner.is_some_and(|lead| all.contains(&lead))) {
            *owner = None;
        }
        for kept in self.answers.0.values_mut() {
            if kept.as_ref().and_then(|answer| answer.about()).is_some_and(|lead| all.contains(&lead)) {
                *kept = None;
            }
        }
        self.lead_identities.retain(|lead, _| !all.contains(lead));
        self.changes.erase(id, &all);
    }

    /// A lead with everybody they absorbed, and whom those had.
    fn with_absorbed(&self, id: LeadId) -> BTreeSet<LeadId> {
        let mut all = BTreeSet::from([id]);
        loop {
            let gone_to = |lead: &&crate::nouns::Lead| lead.merged_into.is_some_and(|into| all.contains(&into));
            let more: Vec<LeadId> =
                self.leads().filter(gone_to).map(|lead| lead.id).filter(|id| !all.contains(id)).collect();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    /// Leads of whom is not loaded whom they absorbed, of those that an erasure is about.
    pub(crate) fn absorbed_unknown(&self, id: LeadId) -> impl Iterator<Item = LeadId> + '_ {
        self.with_absorbed(id).into_iter().filter(|lead| !self.absorbed.contains(lead))
    }

    /// Notes how far the texts of an erased lead's contacts are forgotten; none when all are.
    pub(crate) fn set_erasing(&mut self, lead: LeadId, behind: Option<ContactId>) {
        match behind {
            Some(contact) => _ = self.erasing.insert(lead, contact),
            None => _ = self.erasing.remove(&lead),
        }
        self.changes.erasing.push((lead, behind));
    }

    /// The contacts of a lead are not those any more that were loaded to erase them.
    pub(crate) fn unload_erasures(&mut self, lead: LeadId) {
        if !self.loaded_follow_ups.is_empty() {
            self.loaded_follow_ups.retain(|follow_up| !matches!(follow_up, FollowUp::Erase(of, _) if *of == lead));
        }
    }
}
