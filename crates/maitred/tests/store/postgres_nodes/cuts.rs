//! A connection that breaks in the middle of a batch, at its commit, and right behind it: callers are told the truth.

use super::proxy::{Fault, Proxy};
use maitred_app::Requester;
use maitred_app::batcher::{Batcher, ExecuteError, Running};
use maitred_core::command::{NewOperator, NewSource, Submit};
use maitred_core::{Command, Identity, IdentityKind, Outcome, SourceId, SourceKind};
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use maitred_store::{Engine, StoreError};
use rstest::rstest;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A node behind a wire that can be cut.
struct Node {
    database: TestDatabase,
    proxy: Proxy,
    batcher: Batcher,
    running: Running,
    source: SourceId,
    /// How many submissions were answered.
    through: AtomicUsize,
}

impl Node {
    async fn start() -> Self {
        let database = TestDatabase::new();
        let (server, name) = super::place(&database.url::<String>());
        let proxy = Proxy::before(server);
        let url = format!("postgres://maitred@127.0.0.1:{}/{name}?sslmode=disable", proxy.port());
        let engine = Engine::open(&url.parse::<DatabaseUrl>().expect("a URL")).expect("it opens");
        let (batcher, running) = Batcher::start(engine, 100).expect("it starts");
        let source = set_up(&batcher).await;
        Self { database, proxy, batcher, running, source, through: AtomicUsize::new(0) }
    }

    async fn submit(&self, name: &str) -> Result<Outcome, ExecuteError> {
        let answer = self.batcher.execute(Requester::SYSTEM, Command::Submit(submission(self.source, name))).await;
        self.through.fetch_add(1, Ordering::Relaxed);
        answer
    }

    /// Stops the node, checks every invariant, and returns the external ids of the contacts that are stored.
    async fn stored(self) -> Vec<String> {
        let Self { database, proxy, batcher, running, .. } = self;
        proxy.come_back();
        drop(batcher);
        tokio::task::spawn_blocking(|| running.stop()).await.expect("no panic").expect("it stops");
        super::assert_verifies(&database.url::<String>());
        let sql = "SELECT i.value FROM maitred.contacts c JOIN maitred.identities i ON i.lead_id = c.lead_id \
                   ORDER BY c.id";
        super::first_column(database.sql(sql))
    }
}

async fn set_up(batcher: &Batcher) -> SourceId {
    let operator = NewOperator { max_load: 1_000, ..NewOperator::named("Anna") };
    let Ok(Outcome::Operator(operator)) = batcher.execute(Requester::SYSTEM, Command::CreateOperator(operator)).await
    else {
        panic!()
    };
    let source = NewSource { kind: SourceKind::Bot, ..NewSource::named("Bot") };
    let Ok(Outcome::Source(source)) = batcher.execute(Requester::SYSTEM, Command::CreateSource(source)).await else {
        panic!()
    };
    let weights = Command::ReplaceWeights(source.id, vec![(operator.id, 1)]);
    batcher.execute(Requester::SYSTEM, weights).await.expect("weights");
    source.id
}

fn submission(source: SourceId, name: &str) -> Submit {
    Submit::new(source, vec![Identity::new(IdentityKind::ExternalId, name)])
}

#[rstest]
#[case::in_the_batch(Fault::InTheBatch)]
#[case::before_the_commit(Fault::BeforeTheCommit)]
#[case::after_the_commit(Fault::AfterTheCommit)]
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_heals_and_the_contact_is_there_once(#[case] fault: Fault) {
    let node = Node::start().await;
    node.submit("before").await.expect("it is stored");
    node.proxy.arm(fault);
    node.submit("meanwhile").await.expect("it is stored all the same");
    assert_eq!(node.proxy.cuts(), 1, "the fault was met");
    node.submit("after").await.expect("it is stored");
    assert_eq!(node.stored().await, ["before", "meanwhile", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_true_when_the_commit_was_never_sent() {
    let node = Node::start().await;
    node.proxy.arm_for_good(Fault::InTheBatch);
    let error = node.submit("lost").await.expect_err("the database is away");
    assert!(matches!(&error, ExecuteError::Store(store) if matches!(**store, StoreError::Unreachable(_))), "{error}");
    // Away for longer than a batch is patient: the next callers are told at once.
    let began = Instant::now();
    node.submit("lost, too").await.expect_err("the database is away");
    assert!(began.elapsed() < Duration::from_secs(2), "told after {:?}", began.elapsed());
    node.proxy.come_back();
    node.submit("after").await.expect("it is back");
    assert_eq!(node.stored().await, ["after"]);
}

#[rstest]
#[case::before_the_commit(Fault::BeforeTheCommit, &["after"])]
#[case::after_the_commit(Fault::AfterTheCommit, &["meanwhile", "after"])]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_no_when_nobody_can_know(#[case] fault: Fault, #[case] stored: &[&str]) {
    let node = Node::start().await;
    node.proxy.arm_for_good(fault);
    let error = node.submit("meanwhile").await.expect_err("nobody can be asked");
    assert!(matches!(&error, ExecuteError::Store(store) if matches!(**store, StoreError::OutcomeUnknown)), "{error}");
    node.proxy.come_back();
    node.submit("after").await.expect("it is back");
    assert_eq!(node.stored().await, stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_cuts_lose_nothing_and_double_nothing() {
    let node = Arc::new(Node::start().await);
    let faults = [Fault::InTheBatch, Fault::BeforeTheCommit, Fault::AfterTheCommit];
    let cutter = {
        let node = node.clone();
        tokio::spawn(async move {
            for (cut, fault) in faults.into_iter().cycle().take(100).enumerate() {
                node.proxy.arm(fault);
                // The next one comes when somebody got through since: a line that is always cut is another story.
                let through = node.through.load(Ordering::Relaxed);
                while node.proxy.cuts() == cut || node.through.load(Ordering::Relaxed) == through {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        })
    };
    let callers = (0..8).map(|caller| {
        let node = node.clone();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            for number in 0.. {
                let name = format!("{caller}-{number}");
                node.submit(&name).await.expect("connections come back");
                kept.push(name);
                if node.proxy.cuts() >= 100 {
                    break;
                }
            }
            kept
        })
    });
    let mut kept = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        kept.extend(caller.await.expect("no panic"));
    }
    cutter.await.expect("no panic");
    let node = Arc::try_unwrap(node).unwrap_or_else(|_| panic!("nobody else has it"));
    let mut stored = node.stored().await;
    stored.sort_unstable();
    kept.sort_unstable();
    assert_eq!(stored, kept);
}
