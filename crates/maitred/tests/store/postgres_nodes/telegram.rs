//! Telegram of two nodes: one of them asks for updates and one tells operators, and the other goes on when it is gone.

use super::follow::{node_at, node_with};
use maitred_app::jobs::{Polled, Poller, TellOperators, take_sent};
use maitred_core::command::{NewOperator, NewSource, SetWeight};
use maitred_core::{Command, OperatorId, SourceId, SourceKind, Timestamp};
use maitred_store::clock;
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use maitred_store::views::{ContactFilter, Page};
use maitred_telegram::fake::{Delivery, FakeTelegram};
use std::time::Duration;

const TOKEN: &str = "42:secret";
const SOURCE: SourceId = SourceId(1);
const LATER: i64 = 100_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_on_postgres_one_polls_and_nothing_is_there_twice() {
    let database = TestDatabase::new();
    let url: DatabaseUrl = database.url();
    let telegram = FakeTelegram::start().await;
    telegram.add_bot(TOKEN, "shop_bot", 500);
    let (one, other) = (node_with(&url, telegram.url()).await, node_with(&url, telegram.url()).await);
    let source = NewSource { kind: SourceKind::Telegram, ..NewSource::named("Bot") };
    one.run(Command::CreateSource(source)).await;
    one.run(Command::CreateOperator(NewOperator::named("Anna"))).await;
    one.run(Command::SetWeight(SetWeight { source: SOURCE, operator: OperatorId(1), weight: 1 })).await;
    let token = one.app.telegram().check_token(TOKEN, Some(SOURCE)).await.expect("a good token");
    one.app.telegram().set_token(SOURCE, Some(token)).await.expect("a store");
    let link = other.app.telegram().new_link(OperatorId(1)).await.expect("a bot");

    let mut pollers = [&one, &other].map(|node| Poller::new(node.app.clone(), SOURCE));
    let mut tellers = [&one, &other].map(|node| TellOperators::new(node.app.clone()));
    let now = clock::now();
    telegram.write(TOKEN, 101, &format!("/start op_{}", link.code));
    assert_eq!(pollers[0].step(Duration::ZERO, now).await.expect("updates"), Polled::Taken(1));
    assert_eq!(pollers[1].step(Duration::ZERO, now).await.expect("a store"), Polled::NotOurTurn);
    assert_eq!(tellers[0].step(now).await.expect("a store"), Some(0));
    assert_eq!(tellers[1].step(now).await.expect("a store"), None);

    telegram.write(TOKEN, 9_001, "Hello");
    assert_eq!(pollers[0].step(Duration::ZERO, now).await.expect("updates"), Polled::Taken(1));
    // The node that took it in is gone before it confirms; the other gets it again.
    let later = Timestamp(now.0 + LATER);
    assert_eq!(pollers[1].step(Duration::ZERO, later).await.expect("updates"), Polled::Taken(1));
    assert_eq!(pollers[0].step(Duration::ZERO, later).await.expect("a store"), Polled::NotOurTurn);
    let contacts = other.app.store().contacts(ContactFilter::default(), Page { limit: 10, after: None }).await;
    assert_eq!(contacts.expect("readable").len(), 1);

    let is_told =
        || telegram.look(|state| state.chat(TOKEN, 101).iter().filter(|it| it.text.contains("Hello")).count());
    assert_eq!(tellers[0].step(now).await.expect("a store"), Some(0));
    assert_eq!(is_told(), 1);
    assert_eq!(tellers[1].step(later).await.expect("a store"), Some(0));
    assert_eq!(is_told(), 1, "the other knows that it was told");
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_on_postgres_either_takes_in_what_telegram_sends() {
    let database = TestDatabase::new();
    let url: DatabaseUrl = database.url();
    let telegram = FakeTelegram::start().await;
    telegram.add_bot(TOKEN, "shop_bot", 500);
    let public = Some("https://leads.example.com");
    let (one, other) = (node_at(&url, telegram.url(), public).await, node_at(&url, telegram.url(), public).await);
    let source = NewSource { kind: SourceKind::Telegram, ..NewSource::named("Bot") };
    one.run(Command::CreateSource(source)).await;
    let token = one.app.telegram().check_token(TOKEN, Some(SOURCE)).await.expect("a good token");
    one.app.telegram().set_token(SOURCE, Some(token)).await.expect("a store");
    let mut pollers = [&one, &other].map(|node| Poller::new(node.app.clone(), SOURCE));
    let now = clock::now();
    assert_eq!(pollers[0].step(Duration::ZERO, now).await.expect("a step"), Polled::ByWebhook);
    assert_eq!(pollers[1].step(Duration::ZERO, now).await.expect("a store"), Polled::NotOurTurn);

    // The first node stores what it is sent and is gone before it answers; Telegram sends it to the other.
    telegram.write(TOKEN, 9_001, "Hello");
    let take = async |app: &maitred_app::App, delivery: &Delivery| {
        let name = delivery.url.rsplit('/').next().expect("a name");
        let (row, bot) = app.telegram().bot_at(name).await.expect("a store").expect("its bot");
        take_sent(app, &row, &bot, delivery.body.to_string().as_bytes()).await.expect("it is stored")
    };
    let lost = async |delivery: Delivery| {
        assert!(take(&one.app, &delivery).await);
        502
    };
    assert_eq!(telegram.deliver(TOKEN, 1, lost).await, 0);
    let taken = async |delivery: Delivery| {
        assert!(take(&other.app, &delivery).await);
        200
    };
    assert_eq!(telegram.deliver(TOKEN, 2, taken).await, 1);
    let contacts = other.app.store().contacts(ContactFilter::default(), Page { limit: 10, after: None }).await;
    assert_eq!(contacts.expect("readable").len(), 1);

    // The other keeps the webhook from then on, as it is.
    let later = Timestamp(now.0 + LATER);
    assert_eq!(pollers[1].step(Duration::ZERO, later).await.expect("a step"), Polled::ByWebhook);
    let set = telegram.look(|state| state.calls.iter().filter(|(method, _)| method == "setWebhook").count());
    assert_eq!(set, 1);
    one.stop().await;
    other.stop().await;
}
