//! A contact that nobody responded to in time, on two nodes that both wake: it is told once.

use maitred_app::Requester;
use maitred_app::batcher::{Batcher, Running};
use maitred_core::command::{NewSource, Submit};
use maitred_core::urgency::UrgencyRules;
use maitred_core::{Command, EventKind, SourceId};
use maitred_store::Engine;
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use std::collections::BTreeSet;
use std::time::Instant;

/// Contacts that are overdue a second after they arrived.
const CONTACTS: usize = 40;

fn node(url: &DatabaseUrl) -> (Batcher, Running) {
    Batcher::start(Engine::open(url).expect("it opens"), 100).expect("it starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_overdue_is_told_once_whichever_node_wakes() {
    let database = TestDatabase::new();
    let url: DatabaseUrl = database.url();
    let (one, other) = (node(&url), node(&url));
    let urgency = UrgencyRules { respond_within_s: Some(1), ..UrgencyRules::default() };
    let source = Command::CreateSource(NewSource { urgency, ..NewSource::named("Bot") });
    one.0.execute(Requester::SYSTEM, source).await.expect("it is carried out");
    let submit = || Command::Submit(Submit::new(SourceId(1), Vec::new()));
    let told = || {
        let code = EventKind::ContactOverdue.code();
        super::first_column(database.sql(&format!("SELECT contact_id::text FROM maitred.events WHERE kind = {code}")))
    };
    let began = Instant::now();
    let mut sent = 0;
    // Every command is preceded by what is due by then, on either node.
    while told().len() < CONTACTS {
        assert!(began.elapsed() < super::PATIENCE, "{} are told", told().len());
        let (here, there) =
            tokio::join!(one.0.execute(Requester::SYSTEM, submit()), other.0.execute(Requester::SYSTEM, submit()));
        here.expect("it is carried out");
        there.expect("it is carried out");
        sent += 2;
    }
    let told = told();
    assert_eq!(told.len(), told.iter().collect::<BTreeSet<_>>().len(), "of {sent} each once: {told:?}");
    for (batcher, running) in [one, other] {
        drop(batcher);
        tokio::task::spawn_blocking(|| running.stop()).await.expect("no panic").expect("it stops");
    }
    super::assert_verifies(&database.url::<String>());
}
