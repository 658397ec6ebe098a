//! What one contact costs the store, in figures that are the same on every machine: steps of SQLite's virtual machine,
//! and pages written to its log. The bounds are what it costs now: they may be lowered, and are raised only with a
//! reason, for every later contact pays it.

use super::Writer;
use maitred_core::command::{NewOperator, NewSource, Submit};
use maitred_core::{Actor, Command, Context, Identity, IdentityKind, OperatorId, SourceId, Timestamp, World, decide};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Contacts of one batch.
const BATCH: i64 = 64;
const BATCHES: i64 = 8;
/// The most steps for a contact of such a batch.
const STEPS_MAX: u64 = 284;
/// The most pages of the log for a batch.
const PAGES_MAX: u64 = 29;

struct Store {
    writer: Writer,
    world: World,
    steps: Arc<AtomicU64>,
    now: i64,
}

impl Store {
    fn open(path: &Path) -> Self {
        let mut writer = Writer::open(path).expect("a new file");
        let steps = Arc::new(AtomicU64::new(0));
        let counted = steps.clone();
        let count = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            false
        };
        writer.connection.conn.progress_handler(1, Some(count)).expect("steps can be counted");
        let world = writer.world().expect("readable");
        Self { writer, world, steps, now: 1 }
    }

    fn batch(&mut self, commands: Vec<Command>) {
        self.writer.begin().expect("writable");
        loop {
            let needs = self.world.needs(&commands);
            if needs.is_empty() {
                break;
            }
            let found = self.writer.load(&needs).expect("readable");
            self.world.load(needs, found);
        }
        for command in commands {
            self.now += 1_000;
            let context = Context { now: Timestamp(self.now), seed: 7, actor: Actor::Anonymous };
            decide(&mut self.world, command, context).expect("it is carried out");
        }
        self.writer.write(&self.world.take_changes()).expect("writable");
        self.writer.commit().expect("writable");
        self.writer.after_batch(&mut self.world);
    }
}

/// A contact from a phone that is far from those before it, as phones are.
fn contact(number: i64) -> Command {
    let phone = format!("+7999{:07}", number * 7_919 % 10_000_000);
    Command::Submit(Submit::new(SourceId(1), vec![Identity::new(IdentityKind::Phone, phone)]))
}

#[test]
fn one_contact_costs_no_more_than_it_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(&folder.path().join("cost.db"));
    let operators = 1..=20;
    for number in operators.clone() {
        let new = NewOperator { max_load: 1_000_000, ..NewOperator::named(format!("Operator {number}")) };
        store.batch(vec![Command::CreateOperator(new)]);
    }
    store.batch(vec![Command::CreateSource(NewSource::named("Bot"))]);
    store.batch(vec![Command::ReplaceWeights(SourceId(1), operators.map(|id| (OperatorId(id), 1)).collect())]);
    let log_bytes = || std::fs::metadata(folder.path().join("cost.db-wal")).expect("a log").len();
    let mut contacts = (0..).map(contact);
    store.batch(contacts.by_ref().take(BATCH as usize).collect());
    let (steps_before, bytes_before) = (store.steps.load(Ordering::Relaxed), log_bytes());
    for _ in 0..BATCHES {
        store.batch(contacts.by_ref().take(BATCH as usize).collect());
    }
    let steps = (store.steps.load(Ordering::Relaxed) - steps_before) / (BATCHES * BATCH) as u64;
    let pages = (log_bytes() - bytes_before) / 4_120 / BATCHES as u64;
    println!("{steps} steps a contact, {pages} pages a batch");
    assert!(steps <= STEPS_MAX, "{steps} steps");
    assert!(pages <= PAGES_MAX, "{pages} pages");
}
