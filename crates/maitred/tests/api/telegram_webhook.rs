//! Telegram as a source where others can reach the server: Telegram sends updates by itself, and only it can.

use crate::telegram::{ANNA, LEAD, Shop, TOKEN};
use crate::test_server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use maitred_app::jobs::{Jobs, PollError, PollTelegram, Polled, Poller};
use maitred_core::{SourceId, Timestamp};
use maitred_store::clock;
use maitred_telegram::fake::Delivery;
use maitred_telegram::{BotToken, TelegramError, Webhook};
use serde_json::{Value, json};
use std::time::Duration;

const PUBLIC: &str = "https://leads.example.com/x";
const MINUTE: i64 = 60_000_000;

fn webhook() -> Webhook {
    Webhook::of(&BotToken::parse(TOKEN).expect("a token"))
}

/// What Telegram sends arrives at the server without the path of the proxy in front of it.
async fn receive(server: &TestServer, delivery: Delivery) -> Answer {
    let path = delivery.url.strip_prefix(PUBLIC).expect("it is sent to the public address").to_owned();
    send(server, &path, Some(&delivery.secret), delivery.body.to_string()).await
}

async fn send(server: &TestServer, path: &str, secret: Option<&str>, body: String) -> Answer {
    let mut request = Request::post(path).header("content-type", "application/json");
    if let Some(secret) = secret {
        request = request.header("x-telegram-bot-api-secret-token", secret);
    }
    server.send(request.body(Body::from(body)).expect("a well-formed request")).await
}

/// Has Telegram send what waits at this moment.
async fn deliver_at(shop: &Shop, now: Timestamp) -> usize {
    let send = async |delivery| receive(&shop.server, delivery).await.status.as_u16();
    shop.telegram.deliver(TOKEN, now.0 / 1_000_000, send).await
}

async fn deliver(shop: &Shop) -> usize {
    deliver_at(shop, clock::now()).await
}

async fn source(shop: &Shop) -> Value {
    shop.server.show("/api/v1/sources/1").await
}

async fn messages(shop: &Shop) -> Vec<Value> {
    shop.contacts().await.iter().map(|contact| contact["message"].clone()).collect()
}

#[tokio::test]
async fn a_public_address_has_telegram_send_updates_which_are_stored_before_they_are_answered() {
    let mut shop = Shop::open_at(PUBLIC, json!({"when_open": "new", "accept_within_s": 600})).await;
    assert_eq!(source(&shop).await["bot_receives_by"], "polling");
    assert_eq!(shop.poll().await, Polled::ByWebhook);
    assert_eq!(source(&shop).await["bot_receives_by"], "webhook");
    let set = shop.telegram.webhook(TOKEN).expect("it is set");
    assert_eq!((set.url, set.secret), (webhook().url(PUBLIC), webhook().secret));
    assert_eq!(shop.poll().await, Polled::ByWebhook);
    let calls = |method: &str| shop.telegram.look(|state| state.calls.iter().filter(|(it, _)| it == method).count());
    assert_eq!((calls("setWebhook"), calls("getUpdates")), (1, 0), "it is set once");

    for text in ["one", "two"] {
        shop.telegram.write(TOKEN, LEAD, text);
    }
    assert_eq!(deliver(&shop).await, 2);
    assert_eq!(messages(&shop).await, ["one", "two"]);
    // An operator links, and presses, and is answered.
    let anna = shop.server.operator("Anna", 5).await;
    let body = json!({"operator_id": anna, "weight": 1});
    shop.server.post("/api/v1/sources/1/operators", &body).await.expect(StatusCode::CREATED);
    let link = shop.server.act(&format!("/api/v1/operators/{anna}/telegram-link")).await.expect(StatusCode::CREATED);
    shop.telegram.write(TOKEN, ANNA, &format!("/start op_{}", link["code"].as_str().expect("a code")));
    assert_eq!(deliver(&shop).await, 1);
    shop.telegram.write(TOKEN, LEAD, "three");
    deliver(&shop).await;
    shop.tell().await;
    let shown = shop.shown(ANNA);
    let accept = shown.button("accept").expect("an offer");
    let query = shop.telegram.press(TOKEN, ANNA, shown.id, accept);
    assert_eq!(deliver(&shop).await, 1);
    assert_eq!(shop.telegram.look(|state| state.answer(TOKEN, &query)).as_deref(), Some("Accepted"));
    shop.close().await;
}

#[tokio::test]
async fn nobody_without_the_secret_of_the_bot_is_listened_to() {
    let mut shop = Shop::open_at(PUBLIC, json!({})).await;
    shop.poll().await;
    let (ours, body) = (webhook(), r#"{"update_id": 1, "message": {}}"#);
    let path = format!("/telegram/{}", ours.name);
    let other = Webhook::of(&BotToken::parse("4242:AAE-another").expect("a token"));
    for secret in [None, Some(""), Some("guessed"), Some(&*other.secret), Some(&ours.secret[1..])] {
        send(&shop.server, &path, secret, body.to_owned()).await.is_problem(401, "key-refused");
    }
    for path in ["/telegram/x", &format!("/telegram/{}", other.name), &format!("/telegram/{}x", ours.name)] {
        send(&shop.server, path, Some(&ours.secret), body.to_owned()).await.is_problem(404, "unknown-path");
    }
    let bad = |body: String| send(&shop.server, &path, Some(&ours.secret), body);
    for nonsense in ["", "{", "[]", "null", r#"{"message": {"text": "Hello"}}"#, r#"{"update_id": "1"}"#] {
        bad(nonsense.to_owned()).await.is_problem(400, "malformed-body");
    }
    let huge = format!(r#"{{"update_id": 1, "x": "{}"}}"#, "x".repeat(2 << 20));
    bad(huge).await.is_problem(413, "body-too-large");
    let deep = format!(r#"{{"update_id": 1, "message": {}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    // What cannot be read has a number all the same: to refuse it would hold up what is behind it.
    bad(deep).await.expect(StatusCode::OK);
    assert!(shop.contacts().await.is_empty());
    shop.close().await;
}

#[tokio::test]
async fn an_update_that_is_sent_again_is_known() {
    let mut shop = Shop::open_at(PUBLIC, json!({"when_open": "new"})).await;
    shop.poll().await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    // It is stored, and the answer is lost; then it is replayed by somebody who saw it.
    let lost = async |delivery| {
        receive(&shop.server, delivery).await.expect(StatusCode::OK);
        502
    };
    assert_eq!(shop.telegram.deliver(TOKEN, 1, lost).await, 0);
    let seen = std::sync::Mutex::new(None);
    let send = async |delivery: Delivery| {
        *seen.lock().expect("no panic") = Some(delivery.clone());
        receive(&shop.server, delivery).await.status.as_u16()
    };
    assert_eq!(shop.telegram.deliver(TOKEN, 2, send).await, 1);
    let replayed = seen.into_inner().expect("no panic").expect("a delivery");
    receive(&shop.server, replayed).await.expect(StatusCode::OK);
    assert_eq!(messages(&shop).await, ["Hello"]);
    shop.close().await;
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_so_that_telegram_keeps_it() {
    let mut shop = Shop::open_at(PUBLIC, json!({})).await;
    shop.poll().await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.server.stop_batcher().await;
    let send = async |delivery| {
        let answer = receive(&shop.server, delivery).await;
        assert!(answer.status.is_server_error(), "{}", answer.text);
        answer.status.as_u16()
    };
    assert_eq!(shop.telegram.deliver(TOKEN, 1, send).await, 0);
    assert_eq!(shop.telegram.look(|state| state.unconfirmed(TOKEN)), 1);
    shop.close().await;
}

#[tokio::test]
async fn between_asking_and_being_sent_nothing_is_lost_or_doubled() {
    let mut shop = Shop::open_at(PUBLIC, json!({"when_open": "new"})).await;
    // Asked for before, as by a server without the setting, and not confirmed.
    shop.telegram.write(TOKEN, LEAD, "one");
    shop.telegram.fail("setWebhook", 1, 400, "Bad Request: bad webhook: IP address 10.0.0.1 is reserved", &json!({}));
    assert_eq!(shop.poll().await, Polled::Taken(1));
    let shown = source(&shop).await;
    assert_eq!((&shown["bot_receives_by"], &shown["bot_fault"]), (&json!("polling"), &json!(null)));
    assert!(shown["bot_webhook_error"].as_str().is_some_and(|why| why.contains("10.0.0.1")), "{shown}");
    let now = clock::now();
    assert_eq!(shop.poll().await, Polled::Taken(0), "it is not tried again at once");

    // An hour later it is, and Telegram sends what was not confirmed.
    shop.telegram.write(TOKEN, LEAD, "two");
    let later = Timestamp(now.0 + 61 * MINUTE);
    assert_eq!(shop.poller.step(Duration::ZERO, later).await.expect("a step"), Polled::ByWebhook);
    assert_eq!(source(&shop).await["bot_webhook_error"], Value::Null);
    deliver(&shop).await;
    assert_eq!(messages(&shop).await, ["one", "two"]);

    // The setting is gone: the next server removes the webhook and asks, for what is on its way too.
    shop.telegram.write(TOKEN, LEAD, "three");
    let twice = async |delivery| {
        receive(&shop.server, delivery).await.expect(StatusCode::OK);
        502
    };
    shop.telegram.deliver(TOKEN, 1, twice).await;
    let plain = TestServer::with_telegram(shop.telegram.url()).await;
    plain.post("/api/v1/sources", &json!({"name": "Shop", "kind": "telegram", "bot_token": TOKEN})).await;
    let mut poller = Poller::new(plain.app.clone(), SourceId(1));
    assert_eq!(poller.step(Duration::ZERO, later).await.expect("updates"), Polled::Taken(1));
    assert!(shop.telegram.webhook(TOKEN).is_none());
    assert_eq!(plain.show("/api/v1/sources/1").await["bot_receives_by"], "polling");
    plain.close().await;
    shop.close().await;
}

#[tokio::test]
async fn a_server_that_telegram_cannot_reach_asks_after_a_while() {
    let mut shop = Shop::open_at(PUBLIC, json!({"when_open": "new"})).await;
    let now = clock::now();
    let after = |minutes: i64| Timestamp(now.0 + minutes * MINUTE);
    assert_eq!(shop.poller.step(Duration::ZERO, after(0)).await.expect("a step"), Polled::ByWebhook);
    shop.telegram.write(TOKEN, LEAD, "Hello");
    for minute in 1..=2 {
        shop.telegram.deliver(TOKEN, after(minute).0 / 1_000_000, async |_| 504).await;
        let step = shop.poller.step(Duration::ZERO, after(minute)).await;
        assert_eq!(step.expect("a step"), Polled::ByWebhook, "a restart is no reason");
    }
    shop.telegram.deliver(TOKEN, after(3).0 / 1_000_000, async |_| 504).await;
    assert_eq!(shop.poller.step(Duration::ZERO, after(3)).await.expect("updates"), Polled::Taken(1));
    assert_eq!(messages(&shop).await, ["Hello"]);
    let shown = source(&shop).await;
    assert_eq!(shown["bot_webhook_error"], "Wrong response from the webhook: 504", "{shown}");

    // One error that was followed by none is no reason.
    let minutes = |at: i64| after(70 + at);
    assert_eq!(shop.poller.step(Duration::ZERO, minutes(0)).await.expect("a step"), Polled::ByWebhook);
    shop.telegram.write(TOKEN, LEAD, "Again");
    shop.telegram.deliver(TOKEN, minutes(1).0 / 1_000_000, async |_| 504).await;
    // What was given last was not confirmed: it is sent as well, and known.
    assert_eq!(deliver_at(&shop, minutes(1)).await, 2);
    assert_eq!(messages(&shop).await, ["Hello", "Again"]);
    for at in 1..6 {
        assert_eq!(shop.poller.step(Duration::ZERO, minutes(at)).await.expect("a step"), Polled::ByWebhook);
    }
    shop.close().await;
}

#[tokio::test]
async fn the_webhook_of_another_program_stays_and_a_flood_is_waited_for() {
    let mut shop = Shop::open_at(PUBLIC, json!({})).await;
    shop.telegram.set_webhook(TOKEN, true);
    let refused = shop.poller.step(Duration::ZERO, clock::now()).await;
    assert!(matches!(refused, Err(PollError::Telegram(TelegramError::WebhookIsSet))), "{refused:?}");
    assert_eq!(source(&shop).await["bot_fault"], "webhook_is_set");
    shop.telegram.set_webhook(TOKEN, false);
    shop.telegram.fail("setWebhook", 1, 429, "Too Many Requests: retry after 7", &json!({"retry_after": 7}));
    let flood = shop.poller.step(Duration::ZERO, clock::now()).await;
    let wait = TelegramError::TooMany(Duration::from_secs(7));
    assert!(matches!(&flood, Err(PollError::Telegram(error)) if *error == wait), "{flood:?}");
    assert_eq!(shop.poll().await, Polled::ByWebhook);
    let shown = source(&shop).await;
    assert_eq!((&shown["bot_receives_by"], &shown["bot_fault"]), (&json!("webhook"), &json!(null)));
    // Another program takes it over: nothing comes that way any more.
    shop.telegram.set_webhook(TOKEN, true);
    let refused = shop.poller.step(Duration::ZERO, clock::now()).await;
    assert!(matches!(refused, Err(PollError::Telegram(TelegramError::WebhookIsSet))), "{refused:?}");
    let shown = source(&shop).await;
    assert_eq!((&shown["bot_receives_by"], &shown["bot_fault"]), (&json!("polling"), &json!("webhook_is_set")));
    shop.close().await;
}

#[tokio::test]
async fn a_webhook_of_an_earlier_address_is_moved() {
    let mut shop = Shop::open_at("https://old.example.com", json!({})).await;
    assert_eq!(shop.poll().await, Polled::ByWebhook);
    let moved = TestServer::at_public_url(shop.telegram.url(), Some(PUBLIC)).await;
    moved.post("/api/v1/sources", &json!({"name": "Shop", "kind": "telegram", "bot_token": TOKEN})).await;
    let mut poller = Poller::new(moved.app.clone(), SourceId(1));
    assert_eq!(poller.step(Duration::ZERO, clock::now()).await.expect("a step"), Polled::ByWebhook);
    assert_eq!(shop.telegram.webhook(TOKEN).map(|it| it.url), Some(webhook().url(PUBLIC)));
    moved.close().await;
    shop.close().await;
}

#[tokio::test]
async fn a_bot_that_is_removed_has_no_webhook_any_more() {
    let shop = Shop::open_at(PUBLIC, json!({})).await;
    let mut jobs = Jobs::new(shop.server.stop.clone());
    jobs.add(PollTelegram::new(shop.server.app.clone()));
    let running = jobs.start();
    let called = |method: &'static str| {
        shop.telegram.until(method, move |state| state.calls.iter().any(|(it, _)| it == method).then_some(()))
    };
    called("setWebhook").await;
    shop.server.patch("/api/v1/sources/1", &json!({"bot_token": null})).await.expect(StatusCode::OK);
    called("deleteWebhook").await;
    assert!(shop.telegram.webhook(TOKEN).is_none());
    shop.server.stop.now();
    running.ended(Duration::from_secs(30)).await;
    shop.close().await;
}

#[tokio::test]
async fn what_was_written_before_the_bot_was_blocked_may_arrive_behind_that() {
    let mut shop = Shop::open_at(PUBLIC, json!({})).await;
    shop.poll().await;
    let blocked = async || shop.server.show("/api/v1/leads/1").await["blocked_source_id"].clone();
    let now = clock::now().0 / 1_000_000;
    let messages_are_late = async |delivery: Delivery| match delivery.body.get("message") {
        Some(_) => 502,
        None => receive(&shop.server, delivery).await.status.as_u16(),
    };
    shop.telegram.write_with(TOKEN, LEAD, json!({"text": "Hello", "date": now - 60}));
    assert_eq!(deliver(&shop).await, 1);
    shop.telegram.write_with(TOKEN, LEAD, json!({"text": "Bye", "date": now - 30}));
    shop.telegram.block(TOKEN, LEAD);
    assert_eq!(shop.telegram.deliver(TOKEN, now, messages_are_late).await, 1);
    assert_eq!(deliver(&shop).await, 1);
    assert_eq!(blocked().await, json!(shop.source), "that is older");
    // What a program says of them says nothing about the bot.
    let body = json!({"source_id": shop.source, "lead_external_id": LEAD.to_string()});
    let contact = shop.server.post("/api/v1/contacts", &body).await;
    assert_eq!(contact.json["lead_id"], 1, "{}", contact.text);
    assert_eq!(blocked().await, json!(shop.source));
    shop.telegram.write_with(TOKEN, LEAD, json!({"text": "Back", "date": now + 1}));
    assert_eq!(deliver(&shop).await, 1);
    assert_eq!(blocked().await, Value::Null);
    shop.close().await;
}
