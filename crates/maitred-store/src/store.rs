//! The reading side of a store: one method for each question. A read sees everything that was committed before it
//! began. Every method gives [`StoreError`] when the store cannot be read.

#[cfg(test)]
mod periods;
#[cfg(test)]
mod tests;

use crate::reading::{
    calendars, contacts, decisions, demo, erasing, events, intakes, leads, ledgers, loads, messages, operators,
    reports, sources, unread_phones,
};
use crate::reports::{LoadQuery, LoadRows, ReportQuery, ReportRows};
use crate::url::DatabaseUrl;
use crate::views::{
    Arrivals, Assignment, Chain, ChainPart, ContactFilter, CorrectionFilter, DemoRows, KnownLead, LeadCard, LeadFilter,
    LedgerAt, Looked, Mentioned, Named, Overview, Page, PlacedEvent, Pulse, Quiet, Served, Share, SourceBook,
    SourceMembers, Span, Story, UnreadPhone, WaitingView,
};
use crate::words::Words;
use crate::{StoreError, StoreFuture};
use crate::{postgres, sqlite};
use futures_util::FutureExt;
use maitred_core::conversation::Message;
use maitred_core::correction::Correction;
use maitred_core::idempotency::KeyDigest;
use maitred_core::intake::{Intake, Payload, PayloadState};
use maitred_core::report::{ReportProgress, ReportStep};
use maitred_core::{
    Calendar, CalendarId, Contact, ContactId, Decision, Identity, Lead, LeadId, MessageId, Note, Operator, OperatorId,
    PayloadId, Source, SourceId, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Result<T> = std::result::Result<T, StoreError>;

/// See the module. Clones share connections.
#[derive(Clone)]
pub enum Store {
    Sqlite(sqlite::Readers),
    /// A database that several nodes serve.
    Postgres(postgres::Readers),
}

/// Puts a question, which is written for both engines, to the one that there is.
macro_rules! ask {
    ($store:ident, $at:ident => $question:expr) => {
        match $store {
            Self::Sqlite(readers) => {
                readers.read(move |conn| sqlite::read::ask(conn, async move |$at| $question.await)).boxed()
            }
            Self::Postgres(readers) => {
                let answer = readers.read(async move |snapshot| {
                    let $at = &snapshot;
                    $question.await
                });
                answer.boxed()
            }
        }
    };
}

#[expect(clippy::missing_errors_doc, reason = "said once, in the module's first lines")]
impl Store {
    /// Opens a store that exists and has our schema. Of a PostgreSQL database that is seen to with the first read.
    pub fn open(url: &DatabaseUrl) -> Result<Self> {
        match url {
            DatabaseUrl::Sqlite(path) => sqlite::Readers::open(path).map(Self::Sqlite),
            DatabaseUrl::Postgres(url) => postgres::Readers::open(url).map(Self::Postgres),
        }
    }

    /// Operators that are not deleted, by id.
    pub fn operators(&self, page: Page) -> StoreFuture<'_, Vec<Operator>> {
        ask!(self, at => operators::operators(at, page))
    }

    /// Operators whom figures count and who are not deleted, by id: those of the demo only while there is no source of
    /// anybody's own.
    pub fn counted_operators(&self, page: Page) -> StoreFuture<'_, Vec<Operator>> {
        ask!(self, at => operators::counted(at, page))
    }

    /// The first operators that are not deleted, by id, each with the number of sources where their weight is above 0.
    pub fn operators_with_sources(&self, limit: u32) -> StoreFuture<'_, Vec<(Operator, u64)>> {
        ask!(self, at => operators::with_sources(at, limit))
    }

    /// An operator; none if deleted.
    pub fn operator(&self, id: OperatorId) -> StoreFuture<'_, Option<Operator>> {
        ask!(self, at => operators::operator(at, id))
    }

    /// Calendars that are not deleted, by id.
    pub fn calendars(&self, page: Page) -> StoreFuture<'_, Vec<Calendar>> {
        ask!(self, at => calendars::calendars(at, page))
    }

    /// A calendar that is not deleted.
    pub fn calendar(&self, id: CalendarId) -> StoreFuture<'_, Option<Calendar>> {
        ask!(self, at => calendars::calendar(at, id))
    }

    /// Those of these calendars that are not deleted.
    pub fn calendars_among(&self, ids: BTreeSet<CalendarId>) -> StoreFuture<'_, Vec<Calendar>> {
        ask!(self, at => calendars::among(at, &ids))
    }

    /// Operators who work by a calendar, by id.
    pub fn calendar_users(&self, id: CalendarId, page: Page) -> StoreFuture<'_, Vec<Operator>> {
        ask!(self, at => calendars::users(at, id, page))
    }

    /// Sources that are open by a calendar, by id.
    pub fn calendar_sources(&self, id: CalendarId, page: Page) -> StoreFuture<'_, Vec<Source>> {
        ask!(self, at => calendars::sources(at, id, page))
    }

    /// Exceptions and leave of an operator, if they have any: the text of a JSON object.
    pub fn personal_times(&self, id: OperatorId) -> StoreFuture<'_, Option<Arc<str>>> {
        ask!(self, at => calendars::personal_times(at, id))
    }

    /// Exceptions and leave of all operators who have any.
    pub fn all_personal_times(&self) -> StoreFuture<'_, BTreeMap<OperatorId, Arc<str>>> {
        ask!(self, at => calendars::all_personal_times(at))
    }

    /// Those of these operators who are not deleted.
    pub fn operators_among(&self, ids: BTreeSet<OperatorId>) -> StoreFuture<'_, Vec<Operator>> {
        ask!(self, at => operators::among(at, &ids))
    }

    /// Sources that are not deleted, by id.
    pub fn sources(&self, page: Page) -> StoreFuture<'_, Vec<Source>> {
        ask!(self, at => sources::sources(at, page))
    }

    /// The first sources that are not deleted, by id, each with how many contacts arrived and wait.
    pub fn sources_with_counts(&self, limit: u32) -> StoreFuture<'_, Vec<(Source, u64, u64)>> {
        ask!(self, at => sources::with_counts(at, limit))
    }

    /// The intake whose address ends in this.
    pub fn intake_by_token(&self, token: Arc<str>) -> StoreFuture<'_, Option<Intake>> {
        ask!(self, at => intakes::by_token(at, &token))
    }

    /// The intake of a source, if it has one.
    pub fn intake(&self, source: SourceId) -> StoreFuture<'_, Option<Intake>> {
        ask!(self, at => intakes::intake(at, source))
    }

    /// Intakes of sources with ids in this range, both ends included, by source.
    pub fn intakes(&self, first: SourceId, last: SourceId) -> StoreFuture<'_, Vec<Intake>> {
        ask!(self, at => intakes::between(at, first, last))
    }

    /// What a source received and became this, the newest first.
    pub fn payloads(&self, source: SourceId, state: PayloadState, page: Page) -> StoreFuture<'_, Vec<Payload>> {
        ask!(self, at => intakes::payloads(at, source, state, page))
    }

    /// Something that a source received.
    pub fn payload(&self, source: SourceId, id: PayloadId) -> StoreFuture<'_, Option<Payload>> {
        ask!(self, at => intakes::payload(at, source, id))
    }

    /// What a contact was made of, the newest first.
    pub fn payloads_of_contact(&self, contact: ContactId, page: Page) -> StoreFuture<'_, Vec<Payload>> {
        ask!(self, at => intakes::of_contact(at, contact, page))
    }

    /// How much of what a source received is kept of each state.
    pub fn payload_counts(&self, source: SourceId) -> StoreFuture<'_, [u64; PayloadState::ALL.len()]> {
        ask!(self, at => intakes::counts(at, source))
    }

    /// Of each source with an intake, how many payloads are kept of which no contact could be made.
    pub fn unmapped_counts(&self) -> StoreFuture<'_, Vec<(SourceId, u64)>> {
        ask!(self, at => intakes::unmapped_counts(at))
    }

    /// Whether anything is kept that was received before a time.
    pub fn has_payloads_before(&self, time: Timestamp) -> StoreFuture<'_, bool> {
        ask!(self, at => intakes::is_any_before(at, time))
    }

    /// A source; none when it is deleted.
    pub fn source(&self, id: SourceId) -> StoreFuture<'_, Option<Source>> {
        ask!(self, at => sources::source(at, id))
    }

    /// A source with its members and books; none when it is deleted.
    pub fn source_book(&self, id: SourceId) -> StoreFuture<'_, Option<SourceBook>> {
        self.source_book_in(id, Span::WHOLE)
    }

    /// The same with the shares of a period.
    pub fn source_book_in(&self, id: SourceId, span: Span) -> StoreFuture<'_, Option<SourceBook>> {
        ask!(self, at => sources::source_book(at, id, span))
    }

    /// A source that is not deleted, with its members.
    pub fn members_of(&self, id: SourceId) -> StoreFuture<'_, Option<SourceMembers>> {
        ask!(self, at => sources::with_members_of(at, id))
    }

    /// All sources that figures count and that are not deleted, with their members, by id.
    pub fn members(&self) -> StoreFuture<'_, Vec<SourceMembers>> {
        ask!(self, at => sources::with_members(at))
    }

    /// The same, with all operators that figures count and that are not deleted, by id.
    pub fn staff(&self) -> StoreFuture<'_, (Vec<Operator>, Vec<SourceMembers>)> {
        ask!(self, at => sources::staff(at))
    }

    /// All sources that figures count and that are not deleted, with members and books, by id.
    pub fn source_books(&self) -> StoreFuture<'_, Vec<SourceBook>> {
        self.source_books_in(Span::WHOLE)
    }

    /// The same with the shares of a period.
    pub fn source_books_in(&self, span: Span) -> StoreFuture<'_, Vec<SourceBook>> {
        ask!(self, at => sources::source_books(at, span))
    }

    /// The ledger of a source at the first snapshot of a period, at each further one and at its end, in order.
    pub fn ledgers_between(&self, id: SourceId, from: Timestamp, to: Timestamp) -> StoreFuture<'_, Vec<LedgerAt>> {
        ask!(self, at => ledgers::ledgers_between(at, id, from, to))
    }

    /// Corrections of what operators get, newest first.
    pub fn corrections(&self, filter: CorrectionFilter, page: Page) -> StoreFuture<'_, Vec<Correction>> {
        ask!(self, at => ledgers::corrections(at, filter, page))
    }

    /// Sources that an operator serves, by id, with what each assigned in a period.
    pub fn served(&self, operator: OperatorId, span: Span, page: Page) -> StoreFuture<'_, Vec<Served>> {
        ask!(self, at => sources::served(at, operator, span, page))
    }

    /// Newest first, or oldest first if the filter says so.
    pub fn contacts(&self, filter: ContactFilter, page: Page) -> StoreFuture<'_, Vec<Contact>> {
        ask!(self, at => contacts::contacts(at, &filter, page))
    }

    /// At most `limit` contacts with these words in their messages, newest first, from one stretch of the contacts
    /// below an id: where the next one begins, it says itself.
    pub fn messages_with(
        &self,
        filter: ContactFilter,
        words: Arc<Words>,
        below: i64,
        limit: u32,
    ) -> StoreFuture<'_, Looked> {
        ask!(self, at => messages::messages_with(at, &filter, words, below, limit))
    }

    /// When the first contact from this id on arrived.
    pub fn arrived_from(&self, id: i64) -> StoreFuture<'_, Option<Timestamp>> {
        ask!(self, at => messages::arrived_from(at, id))
    }

    pub fn contact(&self, id: ContactId) -> StoreFuture<'_, Option<Contact>> {
        ask!(self, at => contacts::contact(at, id))
    }

    /// What was written down about a contact, the last note first; none of a contact that is not there.
    pub fn notes(&self, contact: ContactId, page: Page) -> StoreFuture<'_, Option<Vec<Note>>> {
        ask!(self, at => contacts::notes(at, contact, page))
    }

    /// What was said in a contact after the message that it arrived with, the last message first; none of a contact
    /// that is not there.
    pub fn messages(&self, contact: ContactId, page: Page) -> StoreFuture<'_, Option<Vec<Message>>> {
        ask!(self, at => contacts::messages(at, contact, page))
    }

    /// The latest messages of each of these contacts, so many at most, in order.
    pub fn latest_messages(&self, contacts: Vec<ContactId>, each: u32) -> StoreFuture<'_, Vec<Message>> {
        ask!(self, at => contacts::latest_messages(at, &contacts, each))
    }

    /// Messages to leads that are still to be sent, those behind an id, the first first.
    pub fn pending_messages(&self, behind: MessageId, limit: u32) -> StoreFuture<'_, Vec<Message>> {
        ask!(self, at => contacts::pending_messages(at, behind, limit))
    }

    /// What was done with a contact by hand at these moments, in order.
    pub fn events_by_hand(&self, contact: ContactId, moments: Vec<Timestamp>) -> StoreFuture<'_, Vec<PlacedEvent>> {
        ask!(self, at => events::events_by_hand(at, contact, &moments))
    }

    /// What happened to a contact at these moments.
    pub fn events_at(&self, contact: ContactId, moments: Vec<Timestamp>) -> StoreFuture<'_, Vec<PlacedEvent>> {
        ask!(self, at => events::events_at(at, contact, &moments))
    }

    /// The last decisions about a contact, the last one first, without the pools that they were made from.
    pub fn last_decisions(&self, contact: ContactId, limit: u32) -> StoreFuture<'_, Vec<Decision>> {
        ask!(self, at => decisions::last(at, contact, limit))
    }

    /// Those of these keys that a contact was submitted with.
    pub fn receipts(&self, keys: Vec<KeyDigest>) -> StoreFuture<'_, BTreeSet<KeyDigest>> {
        ask!(self, at => contacts::receipts(at, &keys))
    }

    /// What an operator holds, in the order of arrival.
    pub fn held(&self, operator: OperatorId, page: Page) -> StoreFuture<'_, Vec<Contact>> {
        ask!(self, at => contacts::held(at, operator, page))
    }

    /// Of what these operators hold, the contact that arrived first.
    pub fn first_held(&self, operators: Vec<OperatorId>) -> StoreFuture<'_, Option<Contact>> {
        ask!(self, at => contacts::first_held(at, &operators))
    }

    /// How many waiting contacts of the same source go before this one, counted up to `most` for each reason: a higher
    /// priority, an earlier arrival.
    pub fn waiting_before(&self, contact: Contact, most: u32) -> StoreFuture<'_, u64> {
        ask!(self, at => contacts::waiting_before(at, &contact, most))
    }

    /// Those of these contacts that are there, newest first.
    pub fn contacts_among(&self, ids: Vec<ContactId>) -> StoreFuture<'_, Vec<Contact>> {
        ask!(self, at => contacts::contacts_among(at, &ids))
    }

    /// How leads, sources and operators are called, also those that are only history.
    pub fn named(&self, mentioned: Mentioned) -> StoreFuture<'_, Named> {
        ask!(self, at => leads::named(at, &mentioned))
    }

    /// A contact with all that is known of how it got where it is, as of one moment.
    pub fn story(&self, id: ContactId) -> StoreFuture<'_, Option<Story>> {
        ask!(self, at => decisions::story(at, id))
    }

    /// Some decisions of a contact, by their places in its chain, with the pools they saw.
    pub fn chain_part(&self, id: ContactId, part: ChainPart) -> StoreFuture<'_, Option<Chain>> {
        ask!(self, at => decisions::chain_part(at, id, part))
    }

    /// The leads that this one absorbed itself, by id.
    pub fn absorbed(&self, by: LeadId) -> StoreFuture<'_, Vec<Lead>> {
        ask!(self, at => erasing::absorbed(at, by))
    }

    /// Those of these leads that were erased, themselves or with the one that absorbed them.
    pub fn erased_among(&self, leads: Vec<LeadId>) -> StoreFuture<'_, Vec<LeadId>> {
        ask!(self, at => erasing::erased_among(at, &leads))
    }

    /// Of a page of leads, oldest first, those whose last contact ended before a time.
    pub fn quiet_leads(&self, before: Timestamp, page: Page) -> StoreFuture<'_, Quiet> {
        ask!(self, at => erasing::quiet(at, before, page))
    }

    /// Newest first, or oldest first if the filter says so.
    pub fn leads(&self, filter: LeadFilter, page: Page) -> StoreFuture<'_, Vec<LeadCard>> {
        ask!(self, at => leads::leads(at, &filter, page))
    }

    /// At most `limit` of these leads, newest first, who have a contact that an operator has or had, and whether there
    /// may be others: not more than [`crate::views::LEADS_OF_ONE_MAX`] leads are looked at.
    pub fn leads_of_operator(
        &self,
        operator: OperatorId,
        filter: LeadFilter,
        limit: u32,
    ) -> StoreFuture<'_, (Vec<LeadCard>, bool)> {
        ask!(self, at => leads::leads_of_operator(at, operator, &filter, limit))
    }

    /// A lead, also one that was merged into another.
    pub fn lead(&self, id: LeadId) -> StoreFuture<'_, Option<LeadCard>> {
        ask!(self, at => leads::lead(at, id))
    }

    /// These leads with their identities, by id; those that do not exist are left out.
    pub fn known_leads(&self, ids: BTreeSet<LeadId>) -> StoreFuture<'_, Vec<KnownLead>> {
        ask!(self, at => leads::known_leads(at, &ids))
    }

    /// How many stored phones could not be read, counted up to `most`.
    pub fn unread_phones(&self, most: u32) -> StoreFuture<'_, u64> {
        ask!(self, at => unread_phones::count(at, most))
    }

    /// The first stored phones that could not be read of leads behind this one, by lead.
    pub fn unread_phones_behind(&self, behind: LeadId, limit: u32) -> StoreFuture<'_, Vec<UnreadPhone>> {
        ask!(self, at => unread_phones::page(at, behind, limit))
    }

    /// Those of these identities that are somebody's. External ids have their space.
    pub fn owners(&self, identities: Vec<Identity>) -> StoreFuture<'_, Vec<(Identity, LeadId)>> {
        ask!(self, at => unread_phones::owners(at, &identities))
    }

    /// The sources whose phones are being read again, with the last lead that was looked at.
    pub fn rereading(&self) -> StoreFuture<'_, Vec<(SourceId, LeadId)>> {
        ask!(self, at => unread_phones::rereading(at))
    }

    /// How many contacts each operator has and had of each source that figures count, by source, then operator. Goes
    /// through all contacts.
    pub fn shares(&self) -> StoreFuture<'_, Vec<Share>> {
        ask!(self, at => contacts::shares(at))
    }

    /// Who waits, by source that figures count.
    pub fn waiting(&self) -> StoreFuture<'_, Vec<WaitingView>> {
        ask!(self, at => sources::waiting(at))
    }

    /// What there is of the demo.
    pub fn demo(&self) -> StoreFuture<'_, DemoRows> {
        ask!(self, at => demo::rows(at))
    }

    /// Whether there is a source of the demo.
    pub fn has_demo(&self) -> StoreFuture<'_, bool> {
        ask!(self, at => demo::is_there(at))
    }

    /// Whether figures count the demo: they do while there is no source of anybody's own.
    pub fn counts_demo(&self) -> StoreFuture<'_, bool> {
        ask!(self, at => demo::counts(at))
    }

    /// The first leads of the demo who were neither erased nor merged into another.
    pub fn demo_leads(&self, limit: u32) -> StoreFuture<'_, Vec<LeadId>> {
        ask!(self, at => demo::leads(at, limit))
    }

    /// Everybody and everything that figures are made of, as of one moment, with the shares of a period.
    pub fn overview(&self, span: Span) -> StoreFuture<'_, Overview> {
        ask!(self, at => sources::overview(at, span))
    }

    /// What happened in a period.
    pub fn report(&self, query: ReportQuery) -> StoreFuture<'_, ReportRows> {
        ask!(self, at => reports::rows(at, query))
    }

    /// How many contacts operators held in a period.
    pub fn report_loads(&self, query: LoadQuery) -> StoreFuture<'_, LoadRows> {
        ask!(self, at => loads::rows(at, query))
    }

    /// How far the feed has been read for reports.
    pub fn report_progress(&self) -> StoreFuture<'_, ReportProgress> {
        ask!(self, at => reports::progress(at))
    }

    /// The next step of reading the feed for reports, of at most so many events; none if all was read.
    pub fn next_report_step(&self, events_max: u32) -> StoreFuture<'_, Option<ReportStep>> {
        ask!(self, at => reports::next_step(at, events_max))
    }

    /// Events behind a position, in order.
    pub fn events(&self, after: i64, limit: u32) -> StoreFuture<'_, Vec<PlacedEvent>> {
        ask!(self, at => events::events(at, after, limit))
    }

    /// Events before a position, the last one first.
    pub fn events_before(&self, before: i64, limit: u32) -> StoreFuture<'_, Vec<PlacedEvent>> {
        ask!(self, at => events::events_before(at, before, limit))
    }

    /// The last assignments, the last one first; fewer than `limit` when they are far apart in the feed.
    pub fn assignments(&self, limit: u32) -> StoreFuture<'_, Vec<Assignment>> {
        ask!(self, at => events::assignments(at, limit))
    }

    /// How much arrived before each of these moments and until now, and how much waits.
    pub fn arrivals(&self, moments: Vec<Timestamp>) -> StoreFuture<'_, Arrivals> {
        ask!(self, at => events::arrivals(at, &moments))
    }

    /// The position of the last event; 0 before the first.
    pub fn last_position(&self) -> StoreFuture<'_, i64> {
        ask!(self, at => events::last_position(at))
    }

    /// What to look at a few times a second to notice what other nodes did.
    pub fn pulse(&self) -> StoreFuture<'_, Pulse> {
        ask!(self, at => events::pulse(at))
    }
}
