//! Demo data beside somebody's own: it leaves a living picture, is in no figure, and goes without a trace in what is
//! theirs, also after a stop in the middle.

use crate::test_store::{Row, TestStore, postgres, sqlite};
use maitred_app::Requester;
use maitred_app::auth::Access;
use maitred_app::batcher::{Batcher, Running};
use maitred_app::demo::{DemoState, LoadDemoError, Loading, Step, Work, close_accounts, step};
use maitred_app::identity;
use maitred_app::jobs::keep_reports;
use maitred_core::command::{ContactEdit, NewOperator, NewSource, Submit};
use maitred_core::{Actor, Command, Identity, OperatorId, SourceId, Status};
use maitred_store::accounts::{Grant, NewKey};
use maitred_store::views::{ContactFilter, Page};
use maitred_store::{KeyStore, Store, clock, verify};
use rstest::rstest;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Runtime;

const CONTACTS: u64 = 400;
const ALL: Page = Page { limit: 1_000, after: None };
const HOUR_MICROS: i64 = 3_600_000_000;

/// A process on a store.
struct Process {
    batcher: Batcher,
    running: Running,
    store: Store,
    runtime: Runtime,
    work: Arc<Work>,
}

impl Process {
    fn start(place: &TestStore) -> Self {
        let (batcher, running) = Batcher::start(place.open(), 1_000).expect("a batcher");
        let runtime = Runtime::new().expect("a runtime");
        let store = Store::open(&place.url()).expect("it can be read");
        Self { batcher, running, store, runtime, work: Arc::default() }
    }

    fn end(self) {
        drop(self.batcher);
        self.running.stop().expect("it ends well");
    }

    fn run(&self, command: Command) {
        self.runtime.block_on(self.batcher.execute(Requester::SYSTEM, command)).expect("it is carried out");
    }

    fn begin(&self) -> Result<Loading, LoadDemoError> {
        self.runtime.block_on(Loading::begin(&self.work, &self.batcher, &self.store, Requester::SYSTEM))
    }

    fn load(&self) {
        let loading = self.begin().expect("there is none");
        self.runtime.block_on(loading.play(CONTACTS, |_| ())).expect("it is loaded");
        self.runtime.block_on(loading.end()).expect("the day ends");
    }

    fn begin_removal(&self) {
        let begun = self.work.begin_removal(&self.batcher, &self.store, Requester::SYSTEM);
        self.runtime.block_on(begun).expect("it begins");
    }

    fn step(&self) -> Step {
        self.runtime.block_on(step(&self.batcher, &self.store)).expect("a step")
    }

    fn state(&self) -> DemoState {
        self.runtime.block_on(self.work.state(&self.store)).expect("readable")
    }

    /// All figures there are, as text.
    fn figures(&self) -> String {
        self.runtime.block_on(async {
            let overview = self.store.overview(maitred_store::views::Span::WHOLE).await.expect("readable");
            let now = clock::now().0;
            // The moments of others are those of the demo as well.
            let hours = [0, 1, 24].map(|hours| maitred_core::Timestamp(now - hours * HOUR_MICROS));
            let arrivals = self.store.arrivals(hours.to_vec()).await.expect("readable");
            let given = self.store.assignments(100).await.expect("readable");
            let operators = self.store.counted_operators(ALL).await.expect("readable");
            let arrived = (arrivals.before, arrivals.total, arrivals.waiting);
            format!("{overview:?} {arrived:?} {given:?} {operators:?}")
        })
    }

    /// A call centre of somebody's own, whose people are known by what the demo uses too.
    fn furnish(&self) {
        for name in ["Anna", "Boris"] {
            self.run(Command::CreateOperator(NewOperator { max_load: 12, ..NewOperator::named(name) }));
        }
        // Of the same name as one of the demo.
        self.run(Command::CreateSource(NewSource::named("Telegram Bot (demo)")));
        self.run(Command::ReplaceWeights(SourceId(1), vec![(OperatorId(1), 3), (OperatorId(2), 1)]));
        for number in 0..40 {
            self.run(Command::Submit(Submit {
                lead_name: Some(format!("Real {number}").into()),
                message: Some("Hello".into()),
                ..Submit::new(SourceId(1), who(number))
            }));
            if number % 3 == 0 {
                let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
                self.run(Command::EditContact(maitred_core::ContactId(number + 1), edit));
            }
        }
    }
}

fn who(number: i64) -> Vec<Identity> {
    vec![
        identity::phone(&format!("+1 201 555 01{number:02}"), None),
        identity::email(&format!("lead{number}@example.com")),
    ]
}

fn assert_clean(place: &TestStore) {
    let report = verify::check(&place.url()).expect("it can be read");
    assert!(report.is_clean(), "{:?}", report.findings);
}

/// The tables in which rows of the demo stay, marked as such in their column `demo`, or as history.
const WITH_TRACES: [&str; 8] =
    ["operators", "sources", "leads", "source_totals", "ledger_snapshots", "events", "pool_segments", "next_ids"];

/// Whatever was there is there as it was; and unless the demo still is, nothing else but what history needs.
fn assert_kept(before: &[(&'static str, Vec<Row>)], now: &[(&'static str, Vec<Row>)], is_removed: bool) {
    for ((table, before), (_, now)) in before.iter().zip(now) {
        if *table == "next_ids" {
            continue;
        }
        let missing: Vec<&Row> = before.iter().filter(|row| !now.contains(row)).collect();
        assert!(missing.is_empty(), "{table} has changed: {missing:?}");
        let may_have_more = !is_removed || WITH_TRACES.contains(table);
        assert!(may_have_more || now.len() == before.len(), "{table} has {} rows, not {}", now.len(), before.len());
    }
}

#[rstest]
fn a_day_is_behind_the_demo_also_if_reports_are_kept_while_it_is_loaded(
    #[values(sqlite, postgres)] store: fn() -> TestStore,
) {
    let place = store();
    let process = Process::start(&place);
    let loading = process.begin().expect("there is none");
    // What maitred does beside it has no time, and the day stays where it is.
    process.run(Command::ForgetPayloads(maitred_core::Timestamp(0)));
    let is_over = AtomicBool::new(false);
    let keep = async {
        while !is_over.load(Ordering::Relaxed) {
            keep_reports::step(&process.batcher, &process.store, 10).await.expect("a step");
            tokio::task::yield_now().await;
        }
    };
    let play = async {
        loading.play(CONTACTS, |_| ()).await.expect("it is loaded");
        is_over.store(true, Ordering::Relaxed);
    };
    process.runtime.block_on(async { tokio::join!(play, keep) });
    process.runtime.block_on(loading.end()).expect("the day ends");
    let hours = [20, 1].map(|hours| maitred_core::Timestamp(clock::now().0 - hours * HOUR_MICROS));
    let arrivals = process.runtime.block_on(process.store.arrivals(hours.to_vec())).expect("readable");
    let (first, last) = (arrivals.before[0], arrivals.total - arrivals.before[1]);
    assert!(first > 0 && last < CONTACTS / 4, "{first} in the first hours, {last} in the last one");
    assert!(process.runtime.block_on(process.store.report_progress()).expect("readable").position > 0);
    process.end();
    assert_clean(&place);
}

#[rstest]
fn what_is_somebodys_own_is_as_it_was_while_the_demo_is_there_and_after(
    #[values(sqlite, postgres)] store: fn() -> TestStore,
) {
    let place = store();
    let process = Process::start(&place);
    process.furnish();
    let (rows, figures) = (place.everything(), process.figures());
    process.load();
    assert_eq!(process.state(), DemoState::Loaded);
    assert_kept(&rows, &place.everything(), false);
    assert_eq!(process.figures(), figures);
    assert_clean(&place);
    process.begin_removal();
    assert_eq!(process.state(), DemoState::Removing);
    assert!(matches!(process.begin(), Err(LoadDemoError::NotNow(DemoState::Removing))));
    assert_eq!(process.figures(), figures);
    while process.step() == Step::More {}
    assert_eq!(process.state(), DemoState::Absent);
    assert_kept(&rows, &place.everything(), true);
    assert_eq!(process.figures(), figures);
    assert_clean(&place);
    let leads = process.runtime.block_on(process.store.leads(Default::default(), ALL)).expect("readable");
    assert_eq!(leads.len(), 40, "nobody of the demo is left to be seen");
    process.load();
    process.end();
    assert_clean(&place);
}

#[rstest]
fn an_empty_database_gets_a_day_that_ends_with_some_full_some_free_and_some_waiting(
    #[values(sqlite, postgres)] store: fn() -> TestStore,
) {
    let place = store();
    let process = Process::start(&place);
    process.load();
    let (operators, contacts) = process.runtime.block_on(async {
        let operators = process.store.counted_operators(ALL).await.expect("readable");
        (operators, process.store.contacts(ContactFilter::default(), ALL).await.expect("readable"))
    });
    assert_eq!(contacts.len() as u64, CONTACTS);
    let (first, last) = (contacts[contacts.len() - 1].created_at.0, contacts[0].created_at.0);
    assert!(last - first > 23 * HOUR_MICROS && last <= clock::now().0, "a day");
    let counts = |status| contacts.iter().filter(|contact| contact.status == status).count();
    assert!(counts(Status::Waiting) >= 5 && counts(Status::Resolved) > 100, "{contacts:?}");
    let full = operators.iter().filter(|operator| operator.current_load == operator.max_load).count();
    let has_room = |load: u32, max: u32| load > 0 && load < max;
    let some_room = operators.iter().filter(|it| has_room(it.current_load, it.max_load)).count();
    assert!((2..=5).contains(&full) && some_room >= 5, "{operators:?}");
    assert_eq!(operators.iter().filter(|operator| !operator.is_active).count(), 1);
    let waited = contacts.iter().filter(|contact| contact.status == Status::Resolved && contact.operator.is_none());
    assert!(waited.count() < 20, "the day itself goes well");
    process.end();
    assert_clean(&place);
}

#[rstest]
fn it_is_loaded_once_and_stopped_by_being_removed(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let place = store();
    let process = Process::start(&place);
    let loading = process.begin().expect("there is none");
    assert_eq!(process.state(), DemoState::Loading);
    assert!(matches!(process.begin(), Err(LoadDemoError::NotNow(DemoState::Loading))));
    let elsewhere = Arc::default();
    let other = Loading::begin(&elsewhere, &process.batcher, &process.store, Requester::SYSTEM);
    let other = process.runtime.block_on(other);
    assert!(matches!(other, Err(LoadDemoError::NotNow(DemoState::Loaded))), "another process is loading it");
    process.begin_removal();
    let played = process.runtime.block_on(loading.play(CONTACTS, |_| ()));
    assert!(matches!(played, Err(LoadDemoError::Removed)), "{played:?}");
    drop(loading);
    while process.step() == Step::More {}
    assert_eq!(process.state(), DemoState::Absent);
    process.end();
    assert_clean(&place);
}

#[rstest]
fn removing_goes_on_after_a_restart_and_closes_accounts(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let place = store();
    let process = Process::start(&place);
    process.load();
    let rows = process.runtime.block_on(process.store.demo()).expect("readable");
    let access = process.runtime.block_on(async {
        let keys = KeyStore::open(&place.url()).await.expect("a place for keys");
        let access = Access::open(keys).await.expect("readable keys");
        for grant in [Grant::Admin, Grant::Operator(rows.operators[0]), Grant::Intake(Some(rows.sources[0]))] {
            let new = NewKey { name: "program".into(), grant, expires_at: None };
            access.create(new, Actor::Cli).await.expect("a key");
        }
        access
    });
    process.begin_removal();
    process.runtime.block_on(close_accounts(&access, &rows, Actor::Cli)).expect("they are closed");
    assert_eq!(process.step(), Step::More);
    process.end();
    assert_clean(&place);
    let next = Process::start(&place);
    assert_eq!(next.state(), DemoState::Removing);
    while next.step() == Step::More {}
    assert_eq!(next.state(), DemoState::Absent);
    let keys = next.runtime.block_on(access.keys(ALL)).expect("readable");
    assert_eq!(keys.iter().map(|key| key.revoked_at.is_some()).collect::<Vec<_>>(), [false, true, true]);
    next.end();
    assert_clean(&place);
}
