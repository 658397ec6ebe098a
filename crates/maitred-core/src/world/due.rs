//! Timers in memory: those that a wake is to handle, and what changes about them.

use super::World;
use crate::due::{Due, Subject};
use crate::ids::Timestamp;
use crate::limits::DRAIN_MAX;
use crate::nouns::Contact;
use std::collections::BTreeSet;

/// The first timers up to a time, as far as they were loaded: what of them a batch changed is changed here as well.
#[derive(Clone, Debug)]
pub(super) struct LoadedDue {
    until: Timestamp,
    rows: BTreeSet<Due>,
}

impl World {
    /// The first timers up to a time, at most [`DRAIN_MAX`], in the order in which they are handled.
    pub(crate) fn due(&self, until: Timestamp) -> Vec<Due> {
        let rows = self.due.iter().flat_map(|loaded| &loaded.rows);
        rows.take_while(|due| due.at <= until).take(DRAIN_MAX).copied().collect()
    }

    /// Whether those up to this time are in memory.
    pub(super) fn knows_due(&self, until: Timestamp) -> bool {
        self.due.as_ref().is_some_and(|loaded| loaded.until >= until)
    }

    /// Of subjects that are in memory, what was found may be older than they are.
    pub(super) fn load_due(&mut self, until: Timestamp, found: Vec<Due>) {
        let is_elsewhere = |due: &Due| match due.subject {
            Subject::Contact(id) => !self.contacts.knows(&id),
            Subject::Operator(id) => !self.operators.knows(&id),
            Subject::Source(id) => !self.sources.knows(&id),
        };
        let stored = found.into_iter().filter(is_elsewhere);
        let of_contact = |contact: &Contact| {
            Some(Due { at: contact.next_change()?, subject: Subject::Contact(contact.id) })
                .filter(|due| due.at <= until)
        };
        let in_memory = self.timed.iter().take_while(|due| due.at <= until).copied();
        let rows = stored.chain(self.contacts().filter_map(of_contact)).chain(in_memory).collect();
        self.due = Some(LoadedDue { until, rows });
    }

    /// Notes that a subject changes by itself at another moment, or not at all.
    pub(crate) fn note_due(&mut self, subject: Subject, before: Option<Timestamp>, after: Option<Timestamp>) {
        if let Some(loaded) = &mut self.due {
            before.into_iter().for_each(|at| _ = loaded.rows.remove(&Due { at, subject }));
            let after = after.filter(|at| *at <= loaded.until);
            loaded.rows.extend(after.map(|at| Due { at, subject }));
        }
        self.changes.due.push((subject, after));
    }
}
