//! The reading side of a store: one method for each question. A read sees everything that was committed before it
//! began. Every method gives [`StoreError`] when the store cannot be read.

use super::StoreError;
use super::postgres::{self, read as postgres_read};
use super::sqlite::{self, read};
use super::views::{
    Arrivals, Assignment, Chain, ContactFilter, KnownLead, LeadCard, LeadFilter, Mentioned, Named, Overview, Page,
    PlacedEvent, Pulse, Quiet, Served, Share, SourceBook, Story, WaitingView,
};
use crate::url::DatabaseUrl;
use maitred_core::{Contact, ContactId, Lead, LeadId, Operator, OperatorId, Source, SourceId, Timestamp};
use std::collections::BTreeSet;

type Result<T> = std::result::Result<T, StoreError>;

/// See the module. Clones share connections.
#[derive(Clone)]
pub enum Store {
    /// An embedded file.
    Sqlite(sqlite::Readers),
    /// A database that several nodes serve.
    Postgres(postgres::Readers),
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
    pub async fn operators(&self, page: Page) -> Result<Vec<Operator>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::operators(conn, page)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::operators(&at, page).await).await,
        }
    }

    /// An operator; none if deleted.
    pub async fn operator(&self, id: OperatorId) -> Result<Option<Operator>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::operator(conn, id)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::operator(&at, id).await).await,
        }
    }

    /// Sources that are not deleted, by id.
    pub async fn sources(&self, page: Page) -> Result<Vec<Source>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::sources(conn, page)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::sources(&at, page).await).await,
        }
    }

    /// A source; none when it is deleted.
    pub async fn source(&self, id: SourceId) -> Result<Option<Source>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::source(conn, id)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::source(&at, id).await).await,
        }
    }

    /// A source with its members and books; none when it is deleted.
    pub async fn source_book(&self, id: SourceId) -> Result<Option<SourceBook>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::source_book(conn, id)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::source_book(&at, id).await).await,
        }
    }

    /// All sources that are not deleted, with members and books, by id.
    pub async fn source_books(&self) -> Result<Vec<SourceBook>> {
        match self {
            Self::Sqlite(readers) => readers.read(read::source_books).await,
            Self::Postgres(readers) => readers.read(async |at| postgres_read::source_books(&at).await).await,
        }
    }

    /// Sources that an operator serves, by id, with what each assigned.
    pub async fn served(&self, operator: OperatorId, page: Page) -> Result<Vec<Served>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::served(conn, operator, page)).await,
            Self::Postgres(readers) => {
                readers.read(async move |at| postgres_read::served(&at, operator, page).await).await
            }
        }
    }

    /// Contacts, newest first.
    pub async fn contacts(&self, filter: ContactFilter, page: Page) -> Result<Vec<Contact>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::contacts(conn, &filter, page)).await,
            Self::Postgres(readers) => {
                readers.read(async move |at| postgres_read::contacts(&at, &filter, page).await).await
            }
        }
    }

    /// A contact.
    pub async fn contact(&self, id: ContactId) -> Result<Option<Contact>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::contact(conn, id)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::contact(&at, id).await).await,
        }
    }

    /// What an operator holds, in the order of arrival.
    pub async fn held(&self, operator: OperatorId, page: Page) -> Result<Vec<Contact>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::held(conn, operator, page)).await,
            Self::Postgres(readers) => {
                readers.read(async move |at| postgres_read::held(&at, operator, page).await).await
            }
        }
    }

    /// Those of these contacts that are there, newest first.
    pub async fn contacts_among(&self, ids: Vec<ContactId>) -> Result<Vec<Contact>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::contacts_among(conn, &ids)).await,
            Self::Postgres(readers) => {
                readers.read(async move |at| postgres_read::contacts_among(&at, &ids).await).await
            }
        }
    }

    /// How leads, sources and operators are called, also those that are only history.
    pub async fn named(&self, mentioned: Mentioned) -> Result<Named> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::named(conn, &mentioned)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::named(&at, &mentioned).await).await,
        }
    }

    /// The decisions of a contact with the pools they saw.
    pub async fn chain(&self, id: ContactId) -> Result<Option<Chain>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::chain(conn, id)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::chain(&at, id).await).await,
        }
    }

    /// A contact with all that is known of how it got where it is, as of one moment.
    pub async fn story(&self, id: ContactId) -> Result<Option<Story>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::story(conn, id)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::story(&at, id).await).await,
        }
    }

    /// A page of the decisions of a contact, by their places in the chain, with the pools they saw.
    pub async fn chain_page(&self, id: ContactId, page: Page) -> Result<Option<Chain>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::chain_page(conn, id, page)).await,
            Self::Postgres(readers) => {
                readers.read(async move |at| postgres_read::chain_page(&at, id, page).await).await
            }
        }
    }

    /// The leads that this one absorbed itself, by id.
    pub async fn absorbed(&self, by: LeadId) -> Result<Vec<Lead>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::absorbed(conn, by)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::absorbed(&at, by).await).await,
        }
    }

    /// Of a page of leads, oldest first, those whose last contact ended before a time.
    pub async fn quiet_leads(&self, before: Timestamp, page: Page) -> Result<Quiet> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::quiet(conn, before, page)).await,
            Self::Postgres(readers) => {
                readers.read(async move |at| postgres_read::quiet(&at, before, page).await).await
            }
        }
    }

    /// Leads, newest first.
    pub async fn leads(&self, filter: LeadFilter, page: Page) -> Result<Vec<LeadCard>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::leads(conn, &filter, page)).await,
            Self::Postgres(readers) => {
                readers.read(async move |at| postgres_read::leads(&at, &filter, page).await).await
            }
        }
    }

    /// A lead, also one that was merged into another.
    pub async fn lead(&self, id: LeadId) -> Result<Option<LeadCard>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::lead(conn, id)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::lead(&at, id).await).await,
        }
    }

    /// These leads with their identities, by id; those that do not exist are left out.
    pub async fn known_leads(&self, ids: BTreeSet<LeadId>) -> Result<Vec<KnownLead>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::known_leads(conn, &ids)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::known_leads(&at, &ids).await).await,
        }
    }

    /// How many contacts each operator has and had of each source, by source, then operator. Goes through all contacts.
    pub async fn shares(&self) -> Result<Vec<Share>> {
        match self {
            Self::Sqlite(readers) => readers.read(read::shares).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::shares(&at).await).await,
        }
    }

    /// Who waits, by source.
    pub async fn waiting(&self) -> Result<Vec<WaitingView>> {
        match self {
            Self::Sqlite(readers) => readers.read(read::waiting).await,
            Self::Postgres(readers) => readers.read(async |at| postgres_read::waiting(&at).await).await,
        }
    }

    /// Everybody and everything that figures are made of, as of one moment.
    pub async fn overview(&self) -> Result<Overview> {
        match self {
            Self::Sqlite(readers) => readers.read(read::overview).await,
            Self::Postgres(readers) => readers.read(async |at| postgres_read::overview(&at).await).await,
        }
    }

    /// Events behind a position, in order.
    pub async fn events(&self, after: i64, limit: u32) -> Result<Vec<PlacedEvent>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::events(conn, after, limit)).await,
            Self::Postgres(readers) => {
                readers.read(async move |at| postgres_read::events(&at, after, limit).await).await
            }
        }
    }

    /// Events before a position, the last one first.
    pub async fn events_before(&self, before: i64, limit: u32) -> Result<Vec<PlacedEvent>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::events_before(conn, before, limit)).await,
            Self::Postgres(readers) => {
                readers.read(async move |at| postgres_read::events_before(&at, before, limit).await).await
            }
        }
    }

    /// The last assignments, the last one first; fewer than `limit` when they are far apart in the feed.
    pub async fn assignments(&self, limit: u32) -> Result<Vec<Assignment>> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::assignments(conn, limit)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::assignments(&at, limit).await).await,
        }
    }

    /// How much arrived before each of these moments and until now, and how much waits.
    pub async fn arrivals(&self, moments: Vec<Timestamp>) -> Result<Arrivals> {
        match self {
            Self::Sqlite(readers) => readers.read(move |conn| read::arrivals(conn, &moments)).await,
            Self::Postgres(readers) => readers.read(async move |at| postgres_read::arrivals(&at, &moments).await).await,
        }
    }

    /// The position of the last event; 0 before the first.
    pub async fn last_position(&self) -> Result<i64> {
        match self {
            Self::Sqlite(readers) => readers.read(read::last_position).await,
            Self::Postgres(readers) => readers.read(async |at| postgres_read::last_position(&at).await).await,
        }
    }

    /// What to look at a few times a second to notice what other nodes did.
    pub async fn pulse(&self) -> Result<Pulse> {
        match self {
            // There are no other nodes.
            Self::Sqlite(_) => Ok(Pulse { position: self.last_position().await?, sources_changed: 0 }),
            Self::Postgres(readers) => readers.read(async |at| postgres_read::pulse(&at).await).await,
        }
    }
}

#[cfg(test)]
mod tests;
