//! What a batch of commands changed: the plan that a store writes in one transaction. It holds final rows, not
//! deltas, and leaves a store nothing to decide.

use crate::answer::Answer;
use crate::caps::Cap;
use crate::conversation::{Delivery, Message};
use crate::correction::Correction;
use crate::decision::Decision;
use crate::due::Subject;
use crate::event::Event;
use crate::idempotency::KeyDigest;
use crate::ids::{ContactId, Ids, LeadId, MessageId, OperatorId, PayloadId, SourceId, Timestamp};
use crate::intake::{IntakeChange, Payload};
use crate::nouns::{Calendar, Contact, Identity, Lead, Note, Operator, Source};
use crate::recording::Segment;
use crate::report::ReportStep;
use crate::world::ledger::LedgerSnapshot;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What changes of an operator when they get a contact or give one back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorLoad {
    /// Whose it is.
    pub id: OperatorId,
    /// See [`Operator::current_load`].
    pub current_load: u32,
    /// See [`Operator::last_assigned_at`].
    pub last_assigned_at: Option<Timestamp>,
    /// See [`Operator::caps`].
    pub caps: Option<Arc<[Cap]>>,
}

impl OperatorLoad {
    /// That of an operator.
    #[must_use]
    pub fn of(operator: &Operator) -> Self {
        let Operator { id, current_load, last_assigned_at, .. } = *operator;
        Self { id, current_load, last_assigned_at, caps: operator.caps.clone() }
    }
}

/// The counters and the ledger of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTotals {
    pub source: SourceId,
    /// How many contacts of it wait.
    pub waiting: u64,
    /// How many contacts of it are scheduled: they wait outside of the waiting order.
    pub scheduled: u64,
    /// How many contacts of it rest: they wait, outside of the waiting order.
    pub resting: u64,
    /// How many open contacts of it nobody responded to in time.
    pub overdue: u64,
    /// How many contacts of it are assigned.
    pub assigned: u64,
    /// How many contacts of it ever arrived.
    pub arrived: u64,
    /// The encoded [`crate::world::Ledger`].
    pub ledger: Vec<u8>,
    /// When the ledger last changed, if it did.
    pub ledger_at: Option<Timestamp>,
    /// When the weights or the policy last changed, if that is known.
    pub weights_at: Option<Timestamp>,
}

/// Two leads that may be one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// Whom the contact was given to.
    pub lead: LeadId,
    /// Whom another identity of the contact belongs to.
    pub other: LeadId,
    /// The contact that showed it.
    pub contact: ContactId,
    pub at: Timestamp,
}

/// A lead absorbed by another: contacts, identities and duplicates move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Who is absorbed.
    pub from: LeadId,
    /// Who remains.
    pub into: LeadId,
}

/// Everything a batch changed. Write `erased` first, then new rows, then changed ones, then `merges`, then deletions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Contacts to insert.
    pub contacts_new: Vec<Contact>,
    /// Contacts to overwrite.
    pub contacts_changed: Vec<Contact>,
    /// Contacts to delete with their decisions.
    pub contacts_deleted: Vec<ContactId>,
    /// Notes to insert.
    pub notes_new: Vec<Note>,
    /// Corrections to insert.
    pub corrections_new: Vec<Correction>,
    /// Messages to insert.
    pub messages_new: Vec<Message>,
    /// What messages say now, to overwrite. Of one that is named twice the last text counts.
    pub messages_edited: Vec<(MessageId, Arc<str>)>,
    /// What became of messages to leads, and when, to overwrite. Of one that is named twice the last counts.
    pub deliveries: Vec<(MessageId, Delivery, Timestamp)>,
    /// Leads to insert.
    pub leads_new: Vec<Lead>,
    /// Leads to overwrite.
    pub leads_changed: Vec<Lead>,
    /// Identities that are nobody's any more, to delete before any are inserted.
    pub identities_gone: Vec<Identity>,
    /// Identities to insert.
    pub identities_new: Vec<(Identity, LeadId)>,
    /// Identities that belong to another lead now, to overwrite. One may be among the new ones.
    pub identities_moved: Vec<(Identity, LeadId)>,
    /// Pairs to insert unless they are there.
    pub duplicates: Vec<Duplicate>,
    pub merges: Vec<Merge>,
    /// Leads of whom identities, possible duplicates and kept answers are to be deleted before anything new is written,
    /// and the notes of their contacts when all is.
    pub erased: Vec<LeadId>,
    /// Leads whose contacts behind this one still have texts to be forgotten, to overwrite; none when all are.
    pub erasing: Vec<(LeadId, Option<ContactId>)>,
    /// Operators to insert.
    pub operators_new: Vec<Operator>,
    /// Operators who lose their external id, which another of the batch may get: to be emptied before operators are
    /// written.
    pub external_ids_freed: Vec<OperatorId>,
    /// Operators to overwrite.
    pub operators_changed: Vec<Operator>,
    /// What operators hold, to be overwritten where nothing else of them changed: each contact changes it, and the
    /// indexes of operators do not have it.
    pub loads_changed: Vec<OperatorLoad>,
    /// Exceptions and leave of operators, to overwrite, or to delete where there are none. Of one who is named twice
    /// the last counts.
    pub personal_times: Vec<(OperatorId, Option<Arc<str>>)>,
    /// Calendars to insert.
    pub calendars_new: Vec<Calendar>,
    /// Calendars to overwrite.
    pub calendars_changed: Vec<Calendar>,
    /// Sources to insert.
    pub sources_new: Vec<Source>,
    /// Sources to overwrite.
    pub sources_changed: Vec<Source>,
    /// Sources whose leads behind this one have phones that are still to be read again, to overwrite; none when all
    /// are.
    pub rereading: Vec<(SourceId, Option<LeadId>)>,
    /// Parts of intakes to set, in this order.
    pub intakes: Vec<(SourceId, IntakeChange)>,
    /// Payloads to insert; more of a source than are kept of their state need not be.
    pub payloads_new: Vec<Payload>,
    /// Payloads of which contacts were made, to overwrite.
    pub payloads_taken: Vec<(SourceId, PayloadId, ContactId)>,
    /// Payloads from before this time to delete, [`FORGET_MAX`](crate::intake::FORGET_MAX) at most.
    pub payloads_before: Option<Timestamp>,
    /// Weights to set (`Some`) or remove (`None`).
    pub weights: Vec<(SourceId, OperatorId, Option<u32>)>,
    /// Counters and ledgers to overwrite.
    pub totals: Vec<SourceTotals>,
    /// Ledgers as they were before they changed, to insert.
    pub ledger_snapshots: Vec<LedgerSnapshot>,
    /// When subjects change by themselves from now on, to overwrite; none when they do not. Of one that is named twice
    /// the last counts.
    pub due: Vec<(Subject, Option<Timestamp>)>,
    /// Decisions to insert.
    pub decisions: Vec<Decision>,
    /// Segments of recordings to insert.
    pub segments: Vec<Segment>,
    /// Submissions to remember. A key may be there already, for a contact that this very batch deletes: overwrite it.
    pub receipts: Vec<(KeyDigest, ContactId)>,
    /// Answers to keep. No key is among them that has one already.
    pub answers: Vec<Answer>,
    /// What reports are made of, as far as the feed was read, in this order.
    pub report_steps: Vec<ReportStep>,
    /// Events to append, in this order.
    pub events: Vec<Event>,
    /// The next free ids, to overwrite.
    pub ids: Ids,
}

impl Changes {
    /// Erases a lead, and takes back what was to be added of all who are one with them: `erased` is written before
    /// everything that is new.
    pub(super) fn erase(&mut self, id: LeadId, all: &BTreeSet<LeadId>) {
        self.identities_new.retain(|(_, lead)| !all.contains(lead));
        self.identities_moved.retain(|(_, lead)| !all.contains(lead));
        self.answers.retain(|answer| answer.about().is_none_or(|lead| !all.contains(&lead)));
        self.duplicates.retain(|pair| !all.contains(&pair.lead) && !all.contains(&pair.other));
        self.erased.push(id);
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { ids: self.ids, ..Self::default() }
    }
}
