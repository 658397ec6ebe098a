//! What a tick of the job that follows other nodes brings to a node: their events, and their changes of sources.

use maitred_app::app::Parts;
use maitred_app::auth::Access;
use maitred_app::batcher::{ANSWERS_KEPT, Batcher, Options, Running};
use maitred_app::identity::Region;
use maitred_app::intake_times::IntakeTimes;
use maitred_app::intakes::Intakes;
use maitred_app::jobs::{FollowNodes, Job};
use maitred_app::push::Push;
use maitred_app::regions::Regions;
use maitred_app::telegram::Telegram;
use maitred_app::webhooks::Webhooks;
use maitred_app::{App, Requester, Stop};
use maitred_core::command::{NewSource, SourceEdit};
use maitred_core::{Command, SourceId};
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use maitred_store::{EndpointStore, Engine, KeyStore, PushStore, Store, TelegramStore};
use maitred_webhooks::Sender;
use std::sync::Arc;

/// Without jobs.
pub(super) struct Node {
    pub(super) app: App,
    batcher: Batcher,
    running: Running,
}

pub(super) async fn node(url: &DatabaseUrl) -> Node {
    node_with(url, "http://127.0.0.1:9").await
}

/// A node whose Telegram is at this address.
pub(super) async fn node_with(url: &DatabaseUrl, telegram: &str) -> Node {
    node_at(url, telegram, None).await
}

/// The same that others reach at an address.
pub(super) async fn node_at(url: &DatabaseUrl, telegram: &str, public_url: Option<&str>) -> Node {
    let regions = Arc::new(Regions::new(None));
    let intakes = Arc::new(Intakes::default());
    let options = Options {
        queue_max: 100,
        answers_kept: ANSWERS_KEPT,
        listeners: vec![Box::new(regions.clone()), Box::new(intakes.clone())],
    };
    let (batcher, running) = Batcher::start_with(Engine::open(url).expect("it opens"), options).expect("it starts");
    let store = Store::open(url).expect("it can be read");
    let access = Access::open(KeyStore::open(url).await.expect("it opens")).await.expect("readable");
    let (stop, intake_times) = (Stop::default(), IntakeTimes::default());
    let sender = Sender::new("127.0.0.0/8".parse().expect("a network"));
    let push = Push::new(PushStore::open(url).await.expect("it opens"), sender.clone(), None);
    let endpoints = EndpointStore::open(url).await.expect("it opens");
    let webhooks = Webhooks::new(endpoints, sender, maitred_api::v1::events::rendered);
    let client = maitred_telegram::Client::at(telegram).expect("an address");
    let telegram = Telegram::new(TelegramStore::open(url).await.expect("it opens"), client).expect("randomness");
    let parts = Parts {
        batcher: batcher.clone(),
        store,
        access,
        regions,
        intakes,
        stop,
        intake_times,
        public_url: public_url.map(Into::into),
        webhooks,
        telegram,
        push,
        mailer: None,
    };
    Node { app: App::open(parts).await.expect("readable"), batcher, running }
}

impl Node {
    pub(super) async fn run(&self, command: Command) {
        self.batcher.execute(Requester::SYSTEM, command).await.expect("it is carried out");
    }

    pub(super) async fn stop(self) {
        tokio::task::spawn_blocking(|| self.running.stop()).await.expect("no panic").expect("it stops");
    }

    async fn region(&self) -> Option<Region> {
        self.app.regions().of(SourceId(1), self.app.store()).await.expect("readable").region
    }

    fn committed(&self) -> i64 {
        *self.app.committed().borrow()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_brings_events_and_regions_of_another_node() {
    let database = TestDatabase::new();
    let url: DatabaseUrl = database.url();
    let (one, other) = (node(&url).await, node(&url).await);
    let in_region = |region: &str| Region::try_from(region).ok();
    one.run(Command::CreateSource(NewSource { default_region: Some("DE".into()), ..NewSource::named("Bot") })).await;
    let mut job = FollowNodes::new(one.app.clone());
    job.tick().await;
    assert_eq!(one.region().await, in_region("DE"));

    // The tick also had the batcher look for left-over work, in its own time. When what comes behind that in the queue
    // is done, so is this.
    one.run(Command::EditSource(SourceId(1), SourceEdit::default())).await;
    let before = one.committed();
    let moved = SourceEdit { default_region: Some(Some("KZ".into())), ..SourceEdit::default() };
    other.run(Command::EditSource(SourceId(1), moved)).await;
    assert_eq!(other.region().await, in_region("KZ"), "the node that changed it knows at once");
    assert_eq!((one.region().await, one.committed()), (in_region("DE"), before), "the other does not yet");
    job.tick().await;
    assert_eq!(one.region().await, in_region("KZ"));
    assert!(one.committed() > before);

    one.stop().await;
    other.stop().await;
}
