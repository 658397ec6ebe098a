//! The part of the state that a batch of commands needs, and what they changed in it.
//!
//! A store puts rows in ([`World::load`]) after [`World::needs`] said which; [`crate::decide()`] reads and changes
//! them; [`World::take_changes`] hands back what is to be written. What is not loaded does not exist for the
//! commands, so a missing load is a bug and stops with a message. The moves of contacts between states are in
//! `moves`; which command needs what loaded is said in its file under `command/`.

mod calendars;
mod changes;
mod due;
mod erasing;
mod events;
mod fallback;
mod found;
mod intake;
mod lead_moves;
mod ledger;
mod moves;
mod needs;
mod operator_moves;
mod reports;
mod rereading;
mod room;
mod source_state;
mod time;
mod waiting;

pub use changes::{Changes, Duplicate, Merge, OperatorLoad, SourceTotals};
pub use found::{Found, FoundSource};
pub use ledger::{Ledger, LedgerSnapshot, PERIOD_STEP_MICROS, Tally, period_step};
pub use needs::Needs;
pub(crate) use needs::NeedsBuilder;
pub(crate) use source_state::IdSpaces;
pub use source_state::{Counts, SourceState};
pub use waiting::{Waiting, WaitingPosition};

use crate::answer::Answer;
use crate::command::{CalendarUsers, FollowUp, Rejection};
use crate::conversation::Message;
use crate::due::Due;
use crate::idempotency::KeyDigest;
use crate::ids::{CalendarId, ContactId, Ids, LeadId, MessageId, OperatorId, PoolId, SourceId, Timestamp};
use crate::nouns::{Calendar, Contact, Identity, Lead, Operator};
use crate::report::ReportProgress;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rows by key, `None` where the store was asked and had nothing.
#[derive(Clone, Debug)]
struct Rows<K, V>(BTreeMap<K, Option<V>>);

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + std::fmt::Debug, V> Rows<K, V> {
    fn knows(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// # Panics
    /// When the key was never asked for: see the module's first lines.
    fn get(&self, key: &K) -> Option<&V> {
        match self.0.get(key) {
            Some(row) => row.as_ref(),
            None => panic!("{key:?} was not loaded before it was decided on"),
        }
    }

    /// # Panics
    /// When the key was never asked for: a change that is silently left out is worse than a stop.
    fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        match self.0.get_mut(key) {
            Some(row) => row.as_mut(),
            None => panic!("{key:?} was not loaded before it was changed"),
        }
    }

    fn put(&mut self, key: K, row: V) {
        self.0.insert(key, Some(row));
    }

    /// Loads a row unless it is there: what is in memory may be newer.
    fn load(&mut self, key: K, row: V) {
        self.0.entry(key).or_insert(Some(row));
    }

    /// There is none any more.
    fn forget(&mut self, key: &K) {
        if let Some(row) = self.0.get_mut(key) {
            *row = None;
        }
    }

    fn load_absent(&mut self, key: K) {
        self.0.entry(key).or_insert(None);
    }

    fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values().flatten()
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct World {
    operators: Rows<OperatorId, Operator>,
    operator_external_ids: Rows<Arc<str>, OperatorId>,
    /// Which sources an operator is a member of, known for each known operator.
    serves: BTreeMap<OperatorId, BTreeSet<SourceId>>,
    sources: Rows<SourceId, SourceState>,
    source_names: Rows<Arc<str>, SourceId>,
    contacts: Rows<ContactId, Contact>,
    messages: Rows<MessageId, Message>,
    leads: Rows<LeadId, Lead>,
    lead_contacts: BTreeMap<LeadId, u64>,
    /// Leads of whom is loaded whom they absorbed.
    absorbed: BTreeSet<LeadId>,
    /// Leads that are being erased, with the last of their contacts whose texts were forgotten.
    erasing: BTreeMap<LeadId, ContactId>,
    identities: Rows<Identity, LeadId>,
    /// All identities of leads that somebody may be taken for by mistake.
    lead_identities: BTreeMap<LeadId, BTreeSet<Identity>>,
    receipts: Rows<KeyDigest, ContactId>,
    answers: Rows<KeyDigest, Answer>,
    /// Who has, or had last, the latest contacts of a lead.
    last_operators: BTreeMap<LeadId, BTreeMap<ContactId, (SourceId, OperatorId)>>,
    /// The latest contact of a lead on a source, where that was asked; none if there is none.
    latest_contacts: BTreeMap<(LeadId, SourceId), Option<ContactId>>,
    /// Follow-ups whose contacts are loaded.
    loaded_follow_ups: BTreeSet<FollowUp>,
    due: Option<due::LoadedDue>,
    report_progress: Option<ReportProgress>,
    /// The time of the last command: pools show their members as they are then.
    now: Timestamp,
    /// Operators and sources that change by themselves, by when.
    timed: BTreeSet<Due>,
    /// When pools have to look at operators again, by the clock alone.
    looks: time::Moments,
    calendars: Rows<CalendarId, Calendar>,
    /// Who goes by these calendars, as it is stored.
    calendar_users: BTreeMap<CalendarId, CalendarUsers>,
    /// Sources that have these as their fallback, as it is stored.
    fallback_users: BTreeMap<SourceId, BTreeSet<SourceId>>,
    ids: Ids,
    dirty: Dirty,
    changes: Changes,
    follow_ups: BTreeSet<FollowUp>,
}

/// Which rows changed since the last [`World::take_changes`].
#[derive(Clone, Debug, Default)]
struct Dirty {
    contacts_new: Vec<ContactId>,
    contacts: BTreeSet<ContactId>,
    leads_new: Vec<LeadId>,
    leads: BTreeSet<LeadId>,
    operators_new: Vec<OperatorId>,
    operators: BTreeSet<OperatorId>,
    loads: BTreeSet<OperatorId>,
    calendars_new: Vec<CalendarId>,
    calendars: BTreeSet<CalendarId>,
    sources_new: Vec<SourceId>,
    sources: BTreeSet<SourceId>,
    totals: BTreeSet<SourceId>,
}

impl World {
    /// An empty world that gives out ids from `ids` on.
    #[must_use]
    pub fn new(ids: Ids) -> Self {
        Self { ids, ..Self::default() }
    }

    /// The operator, unless there is none or they were deleted.
    ///
    /// # Errors
    /// [`Rejection::UnknownOperator`].
    pub fn operator(&self, id: OperatorId) -> Result<&Operator, Rejection> {
        let operator = self.operators.get(&id).filter(|o| o.deleted_at.is_none());
        operator.ok_or(Rejection::UnknownOperator(id))
    }

    /// The calendar, unless there is none or it was deleted.
    ///
    /// # Errors
    /// [`Rejection::UnknownCalendar`].
    pub fn calendar(&self, id: CalendarId) -> Result<&Calendar, Rejection> {
        let calendar = self.calendars.get(&id).filter(|it| it.deleted_at.is_none());
        calendar.ok_or(Rejection::UnknownCalendar(id))
    }

    /// The source, unless there is none or it was deleted.
    ///
    /// # Errors
    /// [`Rejection::UnknownSource`].
    pub fn source(&self, id: SourceId) -> Result<&SourceState, Rejection> {
        let state = self.sources.get(&id).filter(|s| s.source.deleted_at.is_none());
        state.ok_or(Rejection::UnknownSource(id))
    }

    /// The contact.
    ///
    /// # Errors
    /// [`Rejection::UnknownContact`].
    pub fn contact(&self, id: ContactId) -> Result<&Contact, Rejection> {
        self.contacts.get(&id).ok_or(Rejection::UnknownContact(id))
    }

    /// The lead, merged ones included.
    ///
    /// # Errors
    /// [`Rejection::UnknownLead`].
    pub fn lead(&self, id: LeadId) -> Result<&Lead, Rejection> {
        self.leads.get(&id).ok_or(Rejection::UnknownLead(id))
    }

    /// The operator if they are loaded, deleted or not.
    pub(crate) fn operator_row(&self, id: OperatorId) -> Option<&Operator> {
        self.operators.0.get(&id).and_then(Option::as_ref)
    }

    /// The contact if it is loaded.
    pub(crate) fn contact_row(&self, id: ContactId) -> Option<&Contact> {
        self.contacts.0.get(&id).and_then(Option::as_ref)
    }

    /// The message, if there is one.
    pub(crate) fn message(&self, id: MessageId) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// Whether the contact is in memory, or known not to exist.
    pub(crate) fn knows_contact(&self, id: ContactId) -> bool {
        self.contacts.knows(&id)
    }

    /// The source if it is loaded, deleted or not.
    pub(crate) fn source_row(&self, id: SourceId) -> Option<&SourceState> {
        self.sources.0.get(&id).and_then(Option::as_ref)
    }

    /// Whether a source is part of the demo, if it is loaded, deleted or not.
    pub(crate) fn is_demo_source(&self, id: SourceId) -> bool {
        self.source_row(id).is_some_and(|state| state.source.demo)
    }

    /// The lead if it is loaded, merged or not.
    pub(crate) fn lead_row(&self, id: LeadId) -> Option<&Lead> {
        self.leads.0.get(&id).and_then(Option::as_ref)
    }

    /// Every loaded operator, deleted ones included.
    pub fn operators(&self) -> impl Iterator<Item = &Operator> {
        self.operators.values()
    }

    /// Every loaded source, deleted ones included.
    pub fn sources(&self) -> impl Iterator<Item = &SourceState> {
        self.sources.values()
    }

    pub fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.values()
    }

    pub fn leads(&self) -> impl Iterator<Item = &Lead> {
        self.leads.values()
    }

    /// Every loaded identity that belongs to a lead.
    pub fn identities(&self) -> impl Iterator<Item = (&Identity, LeadId)> {
        self.identities.0.iter().filter_map(|(identity, lead)| lead.map(|lead| (identity, lead)))
    }

    /// The sources an operator is a member of.
    pub fn serves(&self, operator: OperatorId) -> impl Iterator<Item = SourceId> + '_ {
        self.serves.get(&operator).into_iter().flatten().copied()
    }

    pub(crate) fn follow_up(&mut self, follow_up: FollowUp) {
        self.follow_ups.insert(follow_up);
    }

    /// Work that the commands so far left over and nobody has taken.
    #[must_use]
    pub const fn follow_ups(&self) -> &BTreeSet<FollowUp> {
        &self.follow_ups
    }

    /// Work that the commands so far left over, to be carried out as commands at once.
    pub fn take_follow_ups(&mut self) -> BTreeSet<FollowUp> {
        std::mem::take(&mut self.follow_ups)
    }

    /// The next free ids.
    #[must_use]
    pub const fn ids(&self) -> Ids {
        self.ids
    }

    /// What changed since the last call, to be written in one transaction. What is loaded stays.
    pub fn take_changes(&mut self) -> Changes {
        let mut changes = std::mem::take(&mut self.changes);
        let dirty = std::mem::take(&mut self.dirty);
        let unseen = dirty.sources_new.iter().filter(|id| !dirty.totals.contains(id));
        let totals: Vec<SourceId> = dirty.totals.iter().chain(unseen).copied().collect();
        for id in totals {
            if let Some(state) = self.sources.get_mut(&id) {
                changes.totals.push(state.totals());
                changes.segments.extend(state.take_segments());
                changes.ledger_snapshots.extend(state.take_snapshots());
            }
        }
        let new = NewRows::of(&dirty);
        changes.contacts_new = rows(&self.contacts, &dirty.contacts_new);
        changes.contacts_changed = rows(&self.contacts, dirty.contacts.difference(&new.contacts));
        changes.leads_new = rows(&self.leads, &dirty.leads_new);
        changes.leads_changed = rows(&self.leads, dirty.leads.difference(&new.leads));
        changes.operators_new = rows(&self.operators, &dirty.operators_new);
        changes.operators_changed = rows(&self.operators, dirty.operators.difference(&new.operators));
        let is_written = |id: &OperatorId| new.operators.contains(id) || dirty.operators.contains(id);
        let loads = dirty.loads.iter().filter(|id| !is_written(id)).filter_map(|id| self.operators.get(id));
        changes.loads_changed = loads.map(OperatorLoad::of).collect();
        changes.calendars_new = rows(&self.calendars, &dirty.calendars_new);
        changes.calendars_changed = rows(&self.calendars, dirty.calendars.difference(&new.calendars));
        changes.sources_new = self.source_rows(&dirty.sources_new);
        changes.sources_changed = self.source_rows(dirty.sources.difference(&new.sources));
        changes.ids = self.ids;
        changes
    }

    fn source_rows<'a>(&self, ids: impl IntoIterator<Item = &'a SourceId>) -> Vec<crate::nouns::Source> {
        ids.into_iter().filter_map(|id| self.sources.get(id)).map(|state| state.source.clone()).collect()
    }

    /// Drops contacts, leads and identities, and keeps operators and sources: for a store that is the only writer,
    /// between two batches. Call after [`World::take_changes`].
    pub fn forget_transient(&mut self) {
        self.contacts.0.clear();
        self.messages.0.clear();
        self.leads.0.clear();
        self.lead_contacts.clear();
        self.absorbed.clear();
        self.identities.0.clear();
        self.lead_identities.clear();
        self.calendars.0.clear();
        self.calendar_users.clear();
        self.fallback_users.clear();
        self.receipts.0.clear();
        self.answers.0.clear();
        self.last_operators.clear();
        self.latest_contacts.clear();
        self.loaded_follow_ups.clear();
        self.due = None;
        self.report_progress = None;
        for state in self.sources.0.values_mut().flatten() {
            state.waiting.forget();
            state.resting.forget();
        }
    }

    fn next_pool(ids: &mut Ids) -> PoolId {
        PoolId(post_increment(&mut ids.pool))
    }
}

/// The rows that are new, to be left out of the changed ones.
struct NewRows {
    contacts: BTreeSet<ContactId>,
    leads: BTreeSet<LeadId>,
    operators: BTreeSet<OperatorId>,
    calendars: BTreeSet<CalendarId>,
    sources: BTreeSet<SourceId>,
}

impl NewRows {
    fn of(dirty: &Dirty) -> Self {
        // Sets are made only where something changed that might be new: the path of one contact changes no contact.
        fn set<T: Ord + Copy>(new: &[T], changed: &BTreeSet<T>) -> BTreeSet<T> {
            if changed.is_empty() { BTreeSet::new() } else { new.iter().copied().collect() }
        }
        Self {
            contacts: set(&dirty.contacts_new, &dirty.contacts),
            leads: set(&dirty.leads_new, &dirty.leads),
            // New operators may get contacts in the same batch.
            operators: dirty.operators_new.iter().copied().collect(),
            calendars: set(&dirty.calendars_new, &dirty.calendars),
            sources: set(&dirty.sources_new, &dirty.sources),
        }
    }
}

fn rows<'a, K: Ord + Copy + std::fmt::Debug + 'a, V: Clone>(
    rows: &Rows<K, V>,
    ids: impl IntoIterator<Item = &'a K>,
) -> Vec<V> {
    ids.into_iter().filter_map(|id| rows.get(id)).cloned().collect()
}

fn post_increment(next: &mut i64) -> i64 {
    let id = *next;
    *next += 1;
    id
}
