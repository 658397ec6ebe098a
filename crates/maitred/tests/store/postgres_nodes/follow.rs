//! What a tick of the job that follows other nodes brings to a node: their events, and their changes of sources.

use maitred_app::app::Parts;
use maitred_app::auth::Access;
use maitred_app::batcher::{ANSWERS_KEPT, Batcher, Options, Running};
use maitred_app::identity::Region;
use maitred_app::intake_times::IntakeTimes;
use maitred_app::jobs::{FollowNodes, Job};
use maitred_app::regions::Regions;
use maitred_app::{App, Requester, Stop};
use maitred_core::command::{NewSource, SourceEdit};
use maitred_core::{Command, SourceId};
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use maitred_store::{Engine, KeyStore, Store};
use std::sync::Arc;

/// A node without jobs.
async fn node(url: &DatabaseUrl) -> (App, Running) {
    let regions = Arc::new(Regions::new(None));
    let options = Options { queue_max: 100, answers_kept: ANSWERS_KEPT, listeners: vec![Box::new(regions.clone())] };
    let (batcher, running) = Batcher::start_with(Engine::open(url).expect("it opens"), options).expect("it starts");
    let store = Store::open(url).expect("it can be read");
    let access = Access::open(KeyStore::open(url).await.expect("it opens")).await.expect("readable");
    let (stop, intake_times) = (Stop::default(), IntakeTimes::default());
    let parts = Parts { batcher, store, access, regions, stop, intake_times };
    (App::open(parts).await.expect("readable"), running)
}

async fn run(app: &App, command: Command) {
    app.batcher().execute(Requester::SYSTEM, command).await.expect("it is carried out");
}

async fn region(app: &App) -> Option<Region> {
    app.regions().of(SourceId(1), app.store()).await.expect("readable")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_brings_events_and_regions_of_another_node() {
    let database = TestDatabase::new();
    let url: DatabaseUrl = database.url();
    let ((one, running), (other, others_running)) = (node(&url).await, node(&url).await);
    let in_region = |region: &str| Region::try_from(region).ok();
    run(&one, Command::CreateSource(NewSource { default_region: Some("DE".into()), ..NewSource::named("Bot") })).await;
    let mut job = FollowNodes::new(one.clone());
    job.tick().await;
    assert_eq!(region(&one).await, in_region("DE"));

    let moved = SourceEdit { default_region: Some(Some("KZ".into())), ..SourceEdit::default() };
    let before = *one.batcher().committed().borrow();
    run(&other, Command::EditSource(SourceId(1), moved)).await;
    assert_eq!(region(&other).await, in_region("KZ"), "the node that changed it knows at once");
    assert_eq!((region(&one).await, *one.batcher().committed().borrow()), (in_region("DE"), before), "not yet");
    job.tick().await;
    assert_eq!(region(&one).await, in_region("KZ"));
    assert!(*one.batcher().committed().borrow() > before);

    for running in [running, others_running] {
        tokio::task::spawn_blocking(|| running.stop()).await.expect("no panic").expect("it stops");
    }
}
