//! What is changed when phones are read again, in memory and in the store. How far that is, is read by those who make
//! the commands, so it is not in memory.

use super::World;
use crate::ids::{LeadId, SourceId};
use crate::nouns::Identity;

impl World {
    /// Takes an identity off a lead; it is nobody's then.
    pub(crate) fn detach(&mut self, identity: &Identity, lead: LeadId) {
        self.identities.forget(identity);
        if let Some(all) = self.lead_identities.get_mut(&lead) {
            all.remove(identity);
        }
        self.changes.identities_new.retain(|(new, _)| new != identity);
        self.changes.identities_moved.retain(|(moved, _)| moved != identity);
        self.changes.identities_gone.push(identity.clone());
    }

    /// Notes how far the phones of a source's leads are read again; none when all are.
    pub(crate) fn set_rereading(&mut self, source: SourceId, behind: Option<LeadId>) {
        self.changes.rereading.push((source, behind));
    }
}
