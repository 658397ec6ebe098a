//! Where a test's store is, the same whatever the engine: a file in a temporary folder, or a database on a real server.
//! Tests of both engines take `#[values(sqlite, postgres)] store: fn() -> TestStore`.

use maitred_app::batcher::batch::{Done, Task, carry_out};
use maitred_app::permission::Condition;
use maitred_core::command::FollowUp;
use maitred_core::world::Needs;
use maitred_core::{
    Actor, Command, ContactId, Context, Identity, IdentityKind, KeyId, LeadId, Outcome, SourceId, Timestamp, World,
    invariants,
};
use maitred_store::schema::{Column, Kind, NEXT_IDS, TABLES, Table, names};
use maitred_store::sqlite::open_read_only;
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use maitred_store::{Engine, StoreError};
use std::collections::BTreeSet;
use tempfile::TempDir;

/// A new SQLite file.
pub(crate) fn sqlite() -> TestStore {
    TestStore::Sqlite(tempfile::tempdir().expect("a folder for temporary files"))
}

/// A new PostgreSQL database.
pub(crate) fn postgres() -> TestStore {
    TestStore::Postgres(TestDatabase::new())
}

/// See the module. What was in it goes with it.
pub(crate) enum TestStore {
    Sqlite(TempDir),
    Postgres(TestDatabase),
}

/// A row of a table, each value as text; bytes in hexadecimal, flags as 0 and 1.
pub(crate) type Row = Vec<Option<String>>;

/// Every table that both engines have.
fn tables() -> impl Iterator<Item = &'static Table> {
    TABLES.into_iter().chain([&NEXT_IDS])
}

impl TestStore {
    pub(crate) fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(folder) => DatabaseUrl::Sqlite(folder.path().join("maitred.db")),
            Self::Postgres(database) => database.url(),
        }
    }

    pub(crate) fn open(&self) -> Engine {
        Engine::open(&self.url()).expect("the store opens")
    }

    /// All rows of a table in the order of its key, over a connection that is nobody else's.
    pub(crate) fn rows(&self, table: &str) -> Vec<Row> {
        let table = tables().find(|described| described.name == table).expect("it is described");
        let list = |text: fn(&Column) -> String| table.columns.iter().map(text).collect::<Vec<_>>().join(", ");
        let (name, key) = (table.name, names(&table.columns[..table.key]));
        match self {
            Self::Sqlite(_) => {
                self.read_file(&format!("SELECT {} FROM {name} ORDER BY {key}", list(in_sqlite)), table.columns.len())
            }
            Self::Postgres(database) => {
                database.sql(&format!("SELECT {} FROM maitred.{name} ORDER BY {key}", list(in_postgres)))
            }
        }
    }

    fn read_file(&self, sql: &str, columns: usize) -> Vec<Row> {
        let DatabaseUrl::Sqlite(path) = self.url() else { unreachable!("only files are read") };
        let conn = open_read_only(&path).expect("the file can be read");
        let mut statement = conn.prepare(sql).expect("the table is there");
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
        statement.query_map([], row).and_then(Iterator::collect).expect("the rows can be read")
    }

    /// Everything that is committed, table by table.
    pub(crate) fn everything(&self) -> Vec<(&'static str, Vec<Row>)> {
        tables().map(|table| (table.name, self.rows(table.name))).collect()
    }

    /// The whole store in memory, through the engine.
    pub(crate) fn whole_world(&self) -> World {
        let ids = |table| self.rows(table).into_iter().map(|row| number(&row[0]));
        let identity = |row: Row| Identity {
            kind: IdentityKind::ALL[usize::try_from(number(&row[0])).expect("a code")],
            value: row[1].as_deref().expect("a value").into(),
            space: row[2].as_deref().expect("a space").into(),
        };
        let needs = Needs {
            contacts: ids("contacts").map(ContactId).collect(),
            leads: ids("leads").map(LeadId).collect(),
            identities: self.rows("identities").into_iter().map(identity).collect(),
            waiting: ids("sources").map(|id| (SourceId(id), 1_000_000)).collect(),
            ..Needs::default()
        };
        let mut engine = self.open();
        let mut world = engine.world().expect("operators and sources can be read");
        engine.begin(&mut world).expect("a transaction");
        let found = engine.load(&needs).expect("the rest can be read");
        world.load(needs, found);
        engine.rollback();
        engine.close();
        world
    }

    /// Checks the invariants of what is stored; nobody writes meanwhile.
    pub(crate) fn assert_sound(&self) {
        assert_eq!(invariants::check(&self.whole_world()), Vec::<String>::new());
        let positions: Vec<i64> = self.rows("events").iter().map(|row| number(&row[0])).collect();
        assert_eq!(positions, (1..=positions.len() as i64).collect::<Vec<_>>(), "events have no gaps");
        let times: Vec<i64> = self.rows("events").iter().map(|row| number(&row[1])).collect();
        assert!(times.is_sorted(), "the feed's time does not go back");
    }
}

fn in_sqlite(column: &Column) -> String {
    match column.kind {
        Kind::Bytes => format!("iif({name} IS NULL, NULL, hex({name}))", name = column.name),
        Kind::Number | Kind::Code | Kind::Flag | Kind::Text => format!("CAST({} AS TEXT)", column.name),
    }
}

fn in_postgres(column: &Column) -> String {
    match column.kind {
        Kind::Bytes => format!("upper(encode({}, 'hex'))", column.name),
        Kind::Flag => format!("{}::int", column.name),
        Kind::Number | Kind::Code | Kind::Text => column.name.to_owned(),
    }
}

/// A value that is a whole number.
pub(crate) fn number(value: &Option<String>) -> i64 {
    value.as_deref().and_then(|text| text.parse().ok()).expect("a whole number")
}

/// A node as the batcher has it, on this thread: an engine, and what it keeps in memory between batches.
pub(crate) struct Node {
    engine: Engine,
    world: World,
}

impl Node {
    pub(crate) fn open(store: &TestStore) -> Self {
        let mut engine = store.open();
        let world = engine.world().expect("the store can be read");
        Self { engine, world }
    }

    /// Carries out tasks in one batch. After an error the batch may be tried again.
    pub(crate) fn carry_out(&mut self, tasks: impl FnOnce(Timestamp) -> Vec<Task>) -> Result<Done, StoreError> {
        let done = self.engine.begin(&mut self.world).and_then(|()| {
            let tasks = tasks(self.engine.last_event_at());
            carry_out(&mut self.engine, &mut self.world, tasks)
        });
        match done {
            Ok(_) => self.engine.after_batch(&mut self.world),
            Err(_) => {
                self.engine.rollback();
                self.world = World::default();
            }
        }
        done
    }

    /// Carries out commands in one batch, a microsecond from one to the next, none of which may be refused.
    pub(crate) fn batch(&mut self, commands: Vec<Command>) -> (Vec<Outcome>, BTreeSet<FollowUp>) {
        let done = self.carry_out(|last| one_by_one(last, commands));
        let Done { answers, left_over, .. } = done.expect("the batch is stored");
        let answers = answers.into_iter().map(|answer| answer.expect("the command is valid"));
        (answers.collect(), left_over.into_keys().collect())
    }

    /// Carries out one command with all that it leaves over.
    pub(crate) fn run(&mut self, command: Command) -> Outcome {
        let (mut answers, mut left_over) = self.batch(vec![command]);
        while !left_over.is_empty() {
            left_over = self.batch(left_over.into_iter().map(Command::FollowUp).collect()).1;
        }
        answers.pop().expect("an answer")
    }

    /// What there is to know of other nodes' work; the node goes on with it in memory.
    pub(crate) fn look_around(&mut self) -> Option<&World> {
        self.world = self.engine.find_unfinished().expect("the store can be read")?;
        Some(&self.world)
    }

    pub(crate) const fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    pub(crate) fn close(self) {
        self.engine.close();
    }
}

/// Commands behind the last event, each with a time and a seed of its own.
pub(crate) fn one_by_one(last: Timestamp, commands: Vec<Command>) -> Vec<Task> {
    let seed = |at: i64| at.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let context = |at| Context { now: Timestamp(at), seed: seed(at), actor: Actor::Key(KeyId(at % 3)) };
    let times = last.0 + 1..;
    let task = |(at, command)| Task {
        command,
        keys: Vec::new(),
        context: context(at),
        condition: Condition::None,
        precondition: None,
        heard: None,
    };
    times.zip(commands).map(task).collect()
}
