//! For tests: a database filled through the real write path, command by command or in batches, with a clock and seeds
//! of its own, so that the same test makes the same file.

pub mod examples;
pub mod postgres;

use crate::sqlite::open_read_only;
use crate::url::DatabaseUrl;
use crate::{Engine, Store, StoreError};
use maitred_core::command::{FollowUp, MergeLeads, NewOperator, NewSource, Submit};
use maitred_core::{
    Actor, Command, Contact, Context, IdempotencyKey, Identity, IdentityKind, LeadId, OperatorId, Outcome, Policy,
    Rejection, SourceId, SourceKind, Timestamp, World, decide_idempotent,
};
use postgres::TestDatabase;
use rusqlite::Connection;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Microseconds between two commands.
pub const TICK: i64 = 1_000_000;

/// The engines, for tests of both.
#[derive(Clone, Copy, Debug)]
pub enum On {
    Sqlite,
    /// A database on the tests' server.
    Postgres,
}

/// Where the database of a test is.
pub enum Location {
    /// A folder with a file.
    Folder(TempDir),
    /// A database on the tests' server.
    Database(TestDatabase),
    /// A database that belongs to somebody else.
    Elsewhere(DatabaseUrl),
}

impl From<DatabaseUrl> for Location {
    fn from(url: DatabaseUrl) -> Self {
        Self::Elsewhere(url)
    }
}

impl From<On> for Location {
    fn from(engine: On) -> Self {
        match engine {
            On::Sqlite => Self::Folder(tempfile::tempdir().expect("a folder for temporary files")),
            On::Postgres => Self::Database(TestDatabase::new()),
        }
    }
}

impl From<TestDatabase> for Location {
    fn from(database: TestDatabase) -> Self {
        Self::Database(database)
    }
}

/// A writer with a database of its own, and what it knows.
pub struct Fixture {
    engine: Engine,
    world: World,
    commands: i64,
    location: Location,
}

impl Default for Fixture {
    fn default() -> Self {
        Self::new()
    }
}

impl Fixture {
    pub fn new() -> Self {
        Self::on(On::Sqlite)
    }

    /// An empty database there.
    pub fn on(location: impl Into<Location>) -> Self {
        let location = location.into();
        let mut engine = Engine::open(&url(&location)).expect("a new database");
        let world = engine.world().expect("an empty world");
        // In a database that has a history, time goes on behind it.
        let commands = ((engine.last_event_at().0 - Self::time_of(0).0) / TICK).max(0);
        Self { engine, world, commands, location }
    }

    /// How the database is called.
    pub fn url(&self) -> DatabaseUrl {
        url(&self.location)
    }

    /// The database on the tests' server.
    pub fn database(&self) -> &TestDatabase {
        let Location::Database(database) = &self.location else { panic!("this fixture is a file") };
        database
    }

    /// Where the file is.
    pub fn path(&self) -> PathBuf {
        let Location::Folder(folder) = &self.location else { panic!("this fixture is no file") };
        file(folder)
    }

    /// A connection for reading, as the readers have.
    pub fn reader(&self) -> Connection {
        open_read_only(&self.path()).expect("the file can be read")
    }

    /// The reading side of the same database.
    pub fn reads(&self) -> Reads {
        let store = Store::open(&self.url()).expect("the database can be read");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Reads { store, runtime }
    }

    /// Closes the writer and opens the file, to be changed past the write path.
    pub fn into_connection(self) -> (Connection, TempDir) {
        self.engine.close();
        let Location::Folder(folder) = self.location else { panic!("this fixture is no file") };
        (Connection::open(file(&folder)).expect("the file can be written"), folder)
    }

    /// The time of the command with this number, from 1.
    pub const fn time_of(command: i64) -> Timestamp {
        Timestamp(1_764_115_200_000_000 + command * TICK)
    }

    /// Lets time go by.
    pub const fn pass(&mut self, seconds: i64) {
        self.commands += seconds;
    }

    /// Carries out commands in one transaction, without what they leave over.
    pub fn batch(&mut self, commands: Vec<Command>) -> Vec<Result<Outcome, Rejection>> {
        self.batch_with_keys(commands, &[])
    }

    /// The same, each of them under these keys.
    fn batch_with_keys(&mut self, commands: Vec<Command>, keys: &[IdempotencyKey]) -> Vec<Result<Outcome, Rejection>> {
        self.engine.begin(&mut self.world).expect("the file can be written");
        let answers =
            commands.into_iter().map(|command| self.decide(command, keys).expect("the store reads")).collect();
        let changes = self.world.take_changes();
        self.engine.write(&changes).expect("the store writes");
        self.engine.commit().expect("the store commits");
        self.engine.after_batch(&mut self.world);
        answers
    }

    fn decide(&mut self, command: Command, keys: &[IdempotencyKey]) -> Result<Result<Outcome, Rejection>, StoreError> {
        loop {
            let needs = self.world.needs_idempotent([(&command, keys)]);
            if needs.is_empty() {
                break;
            }
            self.engine.write(&self.world.take_changes())?;
            let found = self.engine.load(&needs)?;
            self.world.load(needs, found);
        }
        self.commands += 1;
        let context =
            Context { now: Self::time_of(self.commands), seed: self.commands.cast_unsigned(), actor: Actor::System };
        Ok(decide_idempotent(&mut self.world, command, keys, context))
    }

    /// Does what commands left over, until nothing is.
    pub fn follow_up(&mut self) {
        loop {
            let left_over: Vec<FollowUp> = self.world.take_follow_ups().into_iter().collect();
            if left_over.is_empty() {
                return;
            }
            self.batch(left_over.into_iter().map(Command::FollowUp).collect());
        }
    }

    /// Reads the feed for reports, so many events at a time; no more than so many times.
    pub fn keep_reports(&mut self, events_max: u32, times: usize) {
        let reads = self.reads();
        for _ in 0..times {
            let Some(step) = reads.get(async |store| store.next_report_step(events_max).await) else { return };
            self.run(Command::KeepReports(Box::new(step)));
        }
    }

    /// Carries out one command that leaves nothing over, and keeps its answer under a key.
    pub fn run_once(&mut self, command: Command, key: u8) -> Outcome {
        let key = IdempotencyKey { digest: [key; 16], fingerprint: [key; 16], is_event: false };
        let answer = self.batch_with_keys(vec![command], &[key]).pop().expect("an answer for each command");
        answer.expect("the command is valid")
    }

    /// Carries out one command and what it leaves over.
    pub fn run(&mut self, command: Command) -> Outcome {
        let answer = self.batch(vec![command]).pop().expect("an answer for each command");
        self.follow_up();
        answer.expect("the command is valid")
    }

    /// Adds an operator who is active.
    pub fn operator(&mut self, name: &str, max_load: u32) -> OperatorId {
        let new = NewOperator { max_load, ..NewOperator::named(name) };
        let Outcome::Operator(operator) = self.run(Command::CreateOperator(new)) else { unreachable!() };
        operator.id
    }

    /// Adds a source served by these operators.
    pub fn source(&mut self, name: &str, policy: Policy, weights: &[(OperatorId, u32)]) -> SourceId {
        let new = NewSource { kind: SourceKind::Bot, policy, ..NewSource::named(name) };
        let Outcome::Source(source) = self.run(Command::CreateSource(new)) else { unreachable!() };
        self.run(Command::ReplaceWeights(source.id, weights.to_vec()));
        source.id
    }

    /// Submits a contact of the lead with this external id.
    pub fn contact(&mut self, source: SourceId, external_id: &str) -> Contact {
        let Outcome::Contact(contact) = self.run(Command::Submit(submit(source, external_id))) else { unreachable!() };
        contact
    }

    /// Changes or ends a contact.
    pub fn edit(&mut self, contact: &Contact, change: impl FnOnce(&mut maitred_core::command::ContactEdit)) -> Contact {
        let mut edit = maitred_core::command::ContactEdit::default();
        change(&mut edit);
        let Outcome::Contact(contact) = self.run(Command::EditContact(contact.id, edit)) else { unreachable!() };
        contact
    }

    /// Merges one lead into another.
    pub fn merge(&mut self, from: LeadId, into: LeadId) {
        self.run(Command::MergeLeads(MergeLeads { from, into }));
    }
}

fn url(location: &Location) -> DatabaseUrl {
    match location {
        Location::Folder(folder) => DatabaseUrl::Sqlite(file(folder)),
        Location::Database(database) => database.url(),
        Location::Elsewhere(url) => url.clone(),
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("test.db")
}

/// A submission of the lead with this external id.
pub fn submit(source: SourceId, external_id: &str) -> Submit {
    Submit::new(source, vec![identity(IdentityKind::ExternalId, external_id)])
}

/// An identity as it is.
pub fn identity(kind: IdentityKind, value: &str) -> Identity {
    Identity::new(kind, value)
}

/// A store, and a runtime to wait for its answers on.
pub struct Reads {
    store: Store,
    runtime: Runtime,
}

impl Reads {
    /// What is read, once it is.
    pub fn get<T>(&self, read: impl AsyncFnOnce(&Store) -> Result<T, StoreError>) -> T {
        self.runtime.block_on(read(&self.store)).expect("the store can be read")
    }

    /// The store without anything around it.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Where a future of the store may be waited for.
    pub const fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}
