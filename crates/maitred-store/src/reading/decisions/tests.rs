//! How much is read for a part of a chain, counted on the way, and that all parts together are the whole.

use super::*;
use crate::reading::messages::Message;
use crate::schema::{FromRow, Value};
use crate::search::Search;
use crate::testing::{Fixture, On};
use crate::views::ContactFilter;
use futures_util::FutureExt;
use maitred_core::command::NewOperator;
use maitred_core::decision::Replay;
use maitred_core::{Command, Contact, LeadId, OperatorId, Outcome, Policy, Timestamp};
use rusqlite::Connection;
use std::cell::Cell;
use std::ops::Range;

const OPERATORS: usize = 1_000;
const REOPENED: u32 = 30;

/// A reader that counts.
struct Counted {
    conn: Connection,
    rows: Cell<usize>,
    /// Of pools.
    bytes: Cell<u64>,
}

impl Counted {
    fn new(fixture: &Fixture) -> Self {
        Self { conn: fixture.reader(), rows: Cell::new(0), bytes: Cell::new(0) }
    }

    fn part(&self, contact: ContactId, part: ChainPart) -> Chain {
        let read = chain_part(self, contact, part).now_or_never().expect("a file waits for nothing");
        read.expect("the file can be read").expect("the contact is there")
    }

    fn count<T>(&self, rows: Vec<T>) -> Vec<T> {
        self.rows.set(self.rows.get() + rows.len());
        rows
    }

    /// The bytes of a list of segments, which another connection is asked for.
    fn weigh(&self, sql: &str, values: &[Value<'_>]) {
        if sql.starts_with("SELECT first_step, bytes") {
            let sql = crate::sql::in_sqlite(&sql.replacen("first_step, bytes", "sum(length(bytes)) AS first_step", 1));
            let sum = self.conn.query_row(&sql, rusqlite::params_from_iter(values), |row| row.get::<_, i64>(0));
            self.bytes.set(self.bytes.get() + sum.expect("a sum").cast_unsigned());
        }
    }
}

impl Read for Counted {
    const IS_SQLITE: bool = true;

    async fn list<T: FromRow>(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        self.weigh(sql, values);
        self.conn.list(sql, values).await.map(|rows| self.count(rows))
    }

    async fn among<T: FromRow>(&self, sql: &str, ids: &[i64], values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        self.conn.among(sql, ids, values).await.map(|rows| self.count(rows))
    }

    async fn first_id_since(&self, at: Timestamp) -> Result<i64, StoreError> {
        self.conn.first_id_since(at).await
    }

    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        self.conn.compute(work).await
    }

    async fn contacts(&self, filter: &ContactFilter, ids: Range<i64>, limit: u32) -> Result<Vec<Contact>, StoreError> {
        self.conn.contacts(filter, ids, limit).await
    }

    async fn messages(&self, filter: &ContactFilter, ids: Range<i64>) -> Result<Vec<Message>, StoreError> {
        self.conn.messages(filter, ids).await.map(|rows| self.count(rows))
    }

    async fn matches(&self, search: &Search, below: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        self.conn.matches(search, below, limit).await
    }

    async fn does_match(&self, search: &Search, lead: i64) -> Result<bool, StoreError> {
        self.conn.does_match(search, lead).await
    }
}

/// A contact that was reopened often, on a source that many operators serve.
fn long_chain() -> (Fixture, ContactId) {
    let mut fixture = Fixture::on(On::Sqlite);
    let new = |n| Command::CreateOperator(NewOperator { max_load: 2, ..NewOperator::named(format!("O{n}")) });
    let made = fixture.batch((0..OPERATORS).map(new).collect());
    let weights: Vec<(OperatorId, u32)> = made
        .into_iter()
        .map(|made| match made.expect("it is valid") {
            Outcome::Operator(operator) => (operator.id, 1),
            other => unreachable!("{other:?}"),
        })
        .collect();
    let source = fixture.source("Bot", Policy::WeightedRandom, &weights);
    let contact = fixture.contact(source, "lead");
    for _ in 0..REOPENED {
        fixture.edit(&contact, |edit| edit.is_resolved = Some(true));
        fixture.edit(&contact, |edit| edit.is_resolved = Some(false));
    }
    assert_eq!(contact.lead, LeadId(1));
    (fixture, contact.id)
}

fn candidates(chain: &Chain) -> usize {
    chain.links.iter().flat_map(|link| &link.pool).flatten().map(|pool| pool.candidates().len()).sum()
}

fn places(chain: &Chain) -> Vec<u32> {
    chain.links.iter().map(|link| link.decision.seq).collect()
}

#[test]
fn a_part_of_a_long_chain_is_bounded_whatever_is_asked_for() {
    let (fixture, contact) = long_chain();
    let fitting = CANDIDATES_MAX as usize / OPERATORS;
    for part in [
        ChainPart::Page(Page { limit: PAGE_ROWS_MAX, after: None }),
        ChainPart::Before { seq: REOPENED + 1, limit: PAGE_ROWS_MAX },
    ] {
        let reader = Counted::new(&fixture);
        let chain = reader.part(contact, part);
        assert_eq!((chain.links.len(), candidates(&chain)), (fitting, CANDIDATES_MAX as usize), "{part:?}");
        assert!(chain.has_more && chain.links.iter().all(|link| link.decision.replay(pool(link)) == Replay::Matches));
        // The contact, its decisions, a head and segments of each recording, the names.
        let most = 1 + (REOPENED as usize + 1) + 4 * (REOPENED as usize + 1) + OPERATORS;
        assert!(reader.rows.get() <= most, "{} rows for {part:?}", reader.rows.get());
        assert!(reader.bytes.get() <= 30 * CANDIDATES_MAX, "{} bytes for {part:?}", reader.bytes.get());
    }
}

#[test]
fn a_small_page_reads_no_more_of_a_long_chain_than_it_shows() {
    let (fixture, contact) = long_chain();
    let reader = Counted::new(&fixture);
    let chain = reader.part(contact, ChainPart::Page(Page { limit: 1, after: Some(3) }));
    assert_eq!((places(&chain), candidates(&chain)), (vec![4], OPERATORS));
    assert!(reader.rows.get() <= 1 + 1 + 1 + OPERATORS + 20, "{} rows", reader.rows.get());
}

fn pool(link: &Link) -> &Pool {
    link.pool.as_ref().expect("a policy chose").as_ref().expect("the recording is whole")
}

#[test]
fn the_parts_of_a_chain_are_the_whole_from_either_end() {
    let (fixture, contact) = long_chain();
    let reader = Counted::new(&fixture);
    let all: Vec<u32> = (0..=REOPENED).collect();
    let (mut forwards, mut after, mut more) = (Vec::new(), None, true);
    while more {
        let chain = reader.part(contact, ChainPart::Page(Page { limit: 7, after }));
        forwards.extend(places(&chain));
        after = forwards.last().map(|seq| i64::from(*seq));
        more = chain.has_more;
    }
    assert_eq!(forwards, all);
    let (mut backwards, mut first) = (Vec::new(), REOPENED + 1);
    while first > 0 {
        let chain = reader.part(contact, ChainPart::Before { seq: first, limit: 12 });
        assert_eq!(chain.previous.as_ref().map(|it| it.seq + 1).unwrap_or_default(), places(&chain)[0]);
        backwards.splice(0..0, places(&chain));
        first = backwards[0];
    }
    assert_eq!(backwards, all);
    let story = story(&reader, contact).now_or_never().expect("a file waits for nothing");
    let story = story.expect("the file can be read").expect("the contact is there");
    assert_eq!((places(&story.chain), story.chain.has_more), (all, false));
}
