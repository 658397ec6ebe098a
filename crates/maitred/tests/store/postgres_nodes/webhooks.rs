//! Webhooks of two nodes: one of them sends, and the other goes on when that one is gone.

use super::follow::node;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use maitred_app::jobs::SendWebhooks;
use maitred_core::command::NewSource;
use maitred_core::{Actor, Command, Timestamp};
use maitred_store::clock;
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

type Ids = Arc<Mutex<Vec<String>>>;

async fn take(State(ids): State<Ids>, headers: HeaderMap) {
    let id = headers["webhook-id"].to_str().expect("plain text").to_owned();
    ids.lock().expect("no panic").push(id);
}

async fn receiver() -> (String, Ids) {
    let ids = Ids::default();
    let router = Router::new().fallback(take).with_state(ids.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_on_postgres_send_each_event_once_and_one_takes_over_from_the_other() {
    let database = TestDatabase::new();
    let url: DatabaseUrl = database.url();
    let (one, other) = (node(&url).await, node(&url).await);
    let (to, ids) = receiver().await;
    let webhooks = one.app.webhooks();
    let endpoint = webhooks.read_url(&to).expect("a URL");
    webhooks.create(&endpoint, Default::default(), 0, Actor::System).await.expect("an endpoint");
    let mut jobs = [&one, &other].map(|node| SendWebhooks::new(node.app.clone()).expect("randomness"));
    let now = clock::now();
    for number in 0..40 {
        let by = if number % 2 == 0 { &one } else { &other };
        by.run(Command::CreateSource(NewSource::named(format!("Bot {number}")))).await;
        for job in &mut jobs {
            job.step(now).await.expect("a store");
        }
    }
    let mut settled = 0;
    while settled < 40 {
        for job in &mut jobs {
            job.settle(now).await.expect("a store");
            job.step(now).await.expect("a store");
        }
        settled = ids.lock().expect("no panic").len();
    }
    let sorted = |ids: &Ids| {
        let mut ids = ids.lock().expect("no panic").clone();
        ids.sort();
        ids
    };
    let sent = sorted(&ids);
    let mut unique = sent.clone();
    unique.dedup();
    assert_eq!((sent.len(), unique.len()), (40, 40), "each once");

    // The one that sends is gone.
    let [first, mut second] = jobs;
    drop(first);
    other.run(Command::CreateSource(NewSource::named("Late"))).await;
    second.step(now).await.expect("a store");
    second.settle(now).await.expect("a store");
    assert_eq!(ids.lock().expect("no panic").len(), 40, "its turn is not over yet");
    let later = Timestamp(now.0 + 31_000_000);
    second.step(later).await.expect("a store");
    second.settle(later).await.expect("a store");
    assert_eq!(ids.lock().expect("no panic").len(), 41);
    one.stop().await;
    other.stop().await;
}
