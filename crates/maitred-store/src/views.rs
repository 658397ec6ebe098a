//! What reads ask a store for and get back: filters, pages, and rows that are more than one noun. The same whatever
//! the engine; its SQL is beside it.

use maitred_core::decision::Decision;
use maitred_core::pool::Pool;
use maitred_core::world::{Counts, Ledger, Tally};
use maitred_core::{
    Actor, Contact, ContactId, Event, EventKind, Identity, Lead, LeadId, Malformed, Operator, OperatorId, Source,
    SourceId, Status, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most rows of one page.
pub const PAGE_ROWS_MAX: u32 = 1_000;
/// The rows of a page unless somebody asks otherwise.
pub const PAGE_ROWS_DEFAULT: u32 = 100;

/// Which part of a list: `limit` rows behind the row with the key `after` (in the list's own order).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// 1 to [`PAGE_ROWS_MAX`].
    pub limit: u32,
    /// The id (or position) of the last row of the page before; `None` starts at the top.
    pub after: Option<i64>,
}

/// Which contacts; every field that is set must hold. Newest first, unless it says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContactFilter {
    pub status: Option<Status>,
    pub source: Option<SourceId>,
    /// With this operator (assigned), or last with them (resolved).
    pub operator: Option<OperatorId>,
    pub lead: Option<LeadId>,
    /// Only those to whom nobody responded in time, and that are open.
    pub overdue: bool,
    /// Arrived at or after.
    pub created_after: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
    /// The other way round: a page is then what arrived after the contact `after`.
    pub oldest_first: bool,
}

/// Contacts, ids and bytes of messages that are looked through at a time, in one read. Each alone ends it: the last
/// contact may go beyond the bytes.
pub const STRETCH_ROWS_MAX: u32 = 1_000;
pub const STRETCH_IDS_MAX: i64 = 32_768;
pub const STRETCH_BYTES_MAX: usize = 1024 * 1024;

/// What was found in a stretch of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Newest first.
    pub found: Vec<Contact>,
    /// All contacts from this id on were looked at; none if there are no others.
    pub looked_to: Option<i64>,
}

/// Which leads; every field that is set must hold. Newest first, unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadFilter {
    /// Having all of these identities; an external id without a space in any.
    pub identities: Vec<Identity>,
    /// Words that words of the name begin with, the beginning of an identity, or the last digits of a phone; see
    /// `search.rs`.
    pub text: Option<String>,
    /// The identities that the text may be, if it is whole.
    pub meanings: Vec<Identity>,
    /// All leads the other way round; what is searched for comes newest first all the same.
    pub oldest_first: bool,
}

/// The newest leads that a text finds of whom those of one operator are picked out.
pub const LEADS_OF_ONE_MAX: u32 = 1_000;

/// A lead with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadCard {
    pub lead: Lead,
    /// The identities, in matching order.
    pub identities: Vec<Identity>,
    /// How many contacts the lead has.
    pub contacts: u64,
    /// How many of them are not resolved.
    pub open_contacts: u64,
    /// Leads that may be the same person.
    pub possible_duplicates: Vec<LeadId>,
}

/// Identities without those that say the same again: an external id may be stored in several spaces. `identities` are
/// in matching order.
pub fn distinct(identities: &[Identity]) -> impl Iterator<Item = &Identity> {
    identities.chunk_by(|it, next| it.kind == next.kind && it.value == next.value).filter_map(|same| same.first())
}

/// A stored phone that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadPhone {
    pub lead: LeadId,
    /// As it was sent.
    pub value: Arc<str>,
    /// The sources that the lead has contacts from, each with the last of them, by source.
    pub sources: Vec<(SourceId, ContactId)>,
}

/// The leads of a page that have been quiet for long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quiet {
    /// Those whose last contact ended long ago, and who were neither merged nor erased.
    pub leads: Vec<LeadId>,
    /// The last one that was looked at; none behind the last page.
    pub looked_to: Option<LeadId>,
}

/// A lead with its identities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLead {
    pub lead: Lead,
    /// The identities, in matching order.
    pub identities: Vec<Identity>,
}

/// How many contacts of a source an operator has, or had when they were resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub source: SourceId,
    /// Who; none for those that nobody has.
    pub operator: Option<OperatorId>,
    pub contacts: u64,
}

/// When a period begins whose shares are asked for. Times are rounded down to a whole
/// [step](maitred_core::world::PERIOD_STEP_MICROS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With the source.
    #[default]
    Beginning,
    At(Timestamp),
    /// When the weights or the policy of the source last changed, to the microsecond.
    WeightsChanged,
}

/// A period whose shares are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: Start,
    /// None: it goes on.
    pub end: Option<Timestamp>,
}

impl Span {
    /// From the beginning of a source until now.
    pub const WHOLE: Self = Self { start: Start::Beginning, end: None };
}

/// The period that shares are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// None: it begins with the source.
    pub from: Option<Timestamp>,
    /// None: it goes on.
    pub to: Option<Timestamp>,
    /// Of a source that is older than what is known of its periods: since when that is. What was before is known as a
    /// whole, as part of all that was received.
    pub known_since: Option<Timestamp>,
}

/// A source with its members, as of one moment.
#[derive(Clone, Debug)]
pub struct SourceMembers {
    pub source: Source,
    /// All operators who serve it, by id, each with a weight.
    pub members: Vec<(Operator, u32)>,
}

/// A source with its members and its books, as of one moment.
#[derive(Clone, Debug)]
pub struct SourceBook {
    pub source: Source,
    /// All operators who serve it, by id, each with a weight.
    pub members: Vec<(Operator, u32)>,
    /// Names of everybody in the ledger, former members and deleted operators included.
    pub names: Vec<(OperatorId, std::sync::Arc<str>)>,
    /// Who received how much, with the credits of this moment.
    pub ledger: Ledger,
    pub counts: Counts,
    /// Who received how much in a period. Its credits are no credits that anything goes by.
    pub in_period: Ledger,
    /// Which period.
    pub covered: Covered,
}

/// The ledger of a source as it stood when nothing had happened yet that happened at a time or later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerAt {
    /// None: it is the present one.
    pub at: Option<Timestamp>,
    pub ledger: Ledger,
}

/// Which corrections; every field that is set must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CorrectionFilter {
    pub source: Option<SourceId>,
    pub operator: Option<OperatorId>,
}

/// A source as one of its operators sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    pub source: Source,
    pub weight: u32,
    /// The weights of all its operators together.
    pub weight_total: u64,
    /// What the operator received and was entitled to in the period.
    pub tally: Tally,
    /// Which period.
    pub covered: Covered,
}

/// One link of a contact's chain with the pool it saw; none when a person chose.
#[derive(Clone, Debug)]
pub struct Link {
    pub decision: Decision,
    /// The pool it was made from, or why its record cannot be read.
    pub pool: Option<Result<Pool, Malformed>>,
}

/// Candidates in the pools of one part of a chain, unless its one link has more: what is read, replayed and explained
/// at a time follows from it.
pub const CANDIDATES_MAX: u64 = 10_000;

/// Which links of a chain. There are fewer than asked for if their pools have [`CANDIDATES_MAX`] candidates together,
/// but at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainPart {
    /// A page from first to last, `after` being the place of a decision in the chain.
    Page(Page),
    /// The last ones, at most `limit`, before the place `seq`.
    Before { seq: u32, limit: u32 },
}

/// The chain of a contact, or a part of it.
#[derive(Clone, Debug)]
pub struct Chain {
    pub contact: ContactId,
    /// Decisions, first to last.
    pub links: Vec<Link>,
    /// Whether there may be links behind these; of [`ChainPart::Before`], before these.
    pub has_more: bool,
    /// Of [`ChainPart::Before`]: the decision before the first of `links`.
    pub previous: Option<Decision>,
    /// Names of all operators in it.
    pub names: Vec<(OperatorId, std::sync::Arc<str>)>,
}

/// A contact, where it came from, and its chain.
#[derive(Clone, Debug)]
pub struct Story {
    pub contact: Contact,
    /// Its source; none when that was deleted.
    pub source: Option<Source>,
    pub chain: Chain,
}

/// What all figures are made of.
#[derive(Clone, Debug)]
pub struct Overview {
    /// All operators who are not deleted, by id.
    pub operators: Vec<Operator>,
    /// All sources that are not deleted, by id.
    pub books: Vec<SourceBook>,
    /// Who waits on each of them.
    pub waiting: Vec<WaitingView>,
}

/// Whom and what a page names by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// Leads, merged ones too.
    pub leads: BTreeSet<LeadId>,
    /// Sources, deleted ones too.
    pub sources: BTreeSet<SourceId>,
    /// Operators, deleted ones too.
    pub operators: BTreeSet<OperatorId>,
}

impl Mentioned {
    /// All that a contact names.
    pub fn add(&mut self, contact: &Contact) {
        self.leads.insert(contact.lead);
        self.sources.extend([contact.source, contact.arrived_on()]);
        self.operators.extend(contact.operator);
    }
}

/// How those are called who were [`Mentioned`]; who never was there is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub leads: BTreeMap<LeadId, LeadName>,
    pub sources: BTreeMap<SourceId, Source>,
    pub operators: BTreeMap<OperatorId, Arc<str>>,
}

/// By what a lead is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadName {
    /// The name, if known.
    pub name: Option<Arc<str>>,
    /// The first of the identities, in matching order; see [`distinct`].
    pub identities: Vec<Identity>,
    /// The source whose bot they blocked, and since when that is known.
    pub blocked: Option<(SourceId, Timestamp)>,
}

/// How many wait on a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingView {
    pub source: Source,
    pub waiting: u64,
    /// How many are scheduled: they are not among those who wait.
    pub scheduled: u64,
    /// How many of its open contacts nobody responded to in time.
    pub overdue: u64,
    /// When the longest-waiting of them arrived.
    pub oldest_created_at: Option<Timestamp>,
    /// The first in the waiting order.
    pub next: Option<Contact>,
}

/// How far the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// The position of the last event; 0 before the first.
    pub position: i64,
    /// A number that is another after the settings of a source were changed.
    pub sources_changed: i64,
    /// The first moment at which something changes by itself.
    pub next_due: Option<Timestamp>,
}

/// An event with its place in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedEvent {
    /// Its position; later events have larger ones.
    pub position: i64,
    pub event: Event,
}

/// An operator was given a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The position of the event that tells of it.
    pub position: i64,
    pub at: Timestamp,
    /// At its arrival, after waiting, by hand, or when it was reopened.
    pub kind: EventKind,
    /// Who asked for it; none in events from before that was kept.
    pub actor: Option<Actor>,
    pub contact: ContactId,
    /// When it had arrived; none when it was deleted since.
    pub created_at: Option<Timestamp>,
    /// Where it came from.
    pub source: SourceId,
    /// How that is called, deleted or not.
    pub source_name: std::sync::Arc<str>,
    pub operator: OperatorId,
    /// The name, deleted or not.
    pub operator_name: std::sync::Arc<str>,
    /// By what its lead is known, a few of it.
    pub identities: Vec<Identity>,
}

/// How much of everything there is, as of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// How many contacts had arrived before each of the moments that were asked for.
    pub before: Vec<u64>,
    /// How many have arrived until now, deleted ones included.
    pub total: u64,
    pub waiting: u64,
    /// The last event that these figures know of.
    pub position: i64,
    /// Whether the demo is among them: it is while there is no source of anybody's own.
    pub counts_demo: bool,
}

/// What there is of the demo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DemoRows {
    /// Its sources that are not deleted.
    pub sources: Vec<SourceId>,
    /// Its operators who are not deleted.
    pub operators: Vec<OperatorId>,
    /// Whether there are leads of it who were not erased, with or without contacts.
    pub has_leads: bool,
}
