//! Writing to leads by the bot of their source, against a fake of Telegram that behaves as the real one.

use crate::telegram::{ANNA, BORIS, LEAD, Shop, TOKEN};
use crate::test_server::Answer;
use axum::http::{Method, StatusCode};
use maitred_app::Stop;
use maitred_app::jobs::{Jobs, PENDING_MICROS_MAX, SendReplies};
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_store::accounts::Grant;
use maitred_store::clock;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const MESSAGES: &str = "/api/v1/contacts/1/messages";

impl Shop {
    /// A lead has written, and Anna has the contact.
    async fn with_a_contact(more: Value) -> (Self, i64) {
        let mut shop = Self::open(more).await;
        let anna = shop.operator("Anna", ANNA).await;
        shop.telegram.write(TOKEN, LEAD, "Is the blue one in stock?");
        shop.poll().await;
        (shop, anna)
    }

    async fn reply(&self, text: &str) -> Answer {
        self.server.post(MESSAGES, &json!({"text": text})).await
    }

    /// Sends what is pending, and says how many messages still are.
    async fn send(&self) -> usize {
        SendReplies::new(self.server.app.clone()).step(clock::now()).await.expect("a store").expect("its turn")
    }

    /// Text and state of each message of the contact, in order, and why it failed.
    async fn states(&self) -> Vec<(String, Value, Value)> {
        let all = self.server.show(&format!("{MESSAGES}?limit=1000")).await;
        let mut all = all.as_array().expect("a list").clone();
        all.reverse();
        let text = |message: &Value| message["text"].as_str().expect("a text").to_owned();
        all.iter().map(|it| (text(it), it["delivery"].clone(), it["failure"].clone())).collect()
    }

    /// What the lead sees of the bot.
    fn seen(&self) -> Vec<String> {
        self.telegram.look(|state| state.chat(TOKEN, LEAD)).into_iter().map(|shown| shown.text).collect()
    }

    async fn kinds(&self) -> Vec<Value> {
        let events = self.server.show("/api/v1/events?limit=1000").await;
        events.as_array().expect("a list").iter().map(|event| event["kind"].clone()).collect()
    }
}

#[tokio::test]
async fn what_is_written_to_a_lead_is_stored_sent_once_and_the_first_response() {
    let (shop, _) = Shop::with_a_contact(json!({"accept_within_s": 600})).await;
    let sent = shop.reply("Yes.\nWhich size?").await.expect(StatusCode::CREATED);
    assert_eq!((&sent["delivery"], &sent["delivered_at"]), (&json!("pending"), &Value::Null));
    assert_eq!(sent["author"], "anonymous");
    let contact = &shop.contacts().await[0];
    assert!(contact["first_response_at"].is_string() && contact["accepted_at"].is_null(), "{contact}");
    assert_eq!(shop.send().await, 0);
    assert_eq!(shop.seen(), ["Yes.\nWhich size?"]);
    assert_eq!(shop.send().await, 0);
    assert_eq!(shop.seen().len(), 1, "once");
    assert_eq!(shop.states().await, [("Yes.\nWhich size?".to_owned(), json!("sent"), Value::Null)]);
    let kinds = shop.kinds().await;
    let told = ["message_sent", "contact_responded", "message_delivered"];
    assert_eq!(kinds[kinds.len() - 3..], told.map(|kind| json!(kind)));
    shop.close().await;
}

#[tokio::test]
async fn an_operator_writes_to_the_leads_they_have_and_accepts_by_that() {
    let (mut shop, anna) = Shop::with_a_contact(json!({"accept_within_s": 600})).await;
    let boris = shop.operator("Boris", BORIS).await;
    shop.server.key(Grant::Admin).await;
    let hers = shop.server.key(Grant::Operator(OperatorId(anna))).await;
    let other = shop.server.key(Grant::Operator(OperatorId(boris))).await;
    let intake = shop.server.key(Grant::Intake(None)).await;
    let write = async |key: &str| {
        shop.server.call_as(Some(key), Method::POST, MESSAGES, Some(&json!({"text": "Hello"}))).await.status
    };
    assert_eq!(write(&other).await, StatusCode::FORBIDDEN);
    assert_eq!(write(&intake).await, StatusCode::FORBIDDEN);
    assert_eq!(write(&hers).await, StatusCode::CREATED);
    let shown = shop.server.call_as(Some(&hers), Method::GET, "/api/v1/contacts/1", None).await;
    assert!(shown.json["accepted_at"].is_string(), "{}", shown.text);
    let messages = shop.server.call_as(Some(&hers), Method::GET, MESSAGES, None).await;
    assert!(messages.json[0]["author"].as_str().is_some_and(|author| author.starts_with("key:")), "{}", messages.text);
    shop.close().await;
}

#[tokio::test]
async fn the_same_key_sends_it_once_whatever_has_become_of_the_bot() {
    let (shop, _) = Shop::with_a_contact(json!({})).await;
    let body = json!({"text": "Yes"});
    let keyed = async || shop.server.once("reply-1", MESSAGES, &body).await;
    let first = keyed().await;
    assert_eq!(first.status, StatusCode::CREATED);
    shop.server.patch("/api/v1/sources/1", &json!({"bot_token": null})).await.expect(StatusCode::OK);
    let second = keyed().await;
    assert_eq!((second.status, &second.text), (StatusCode::CREATED, &first.text));
    assert_eq!(shop.states().await.len(), 1);
    // Without the bot it cannot be sent any more.
    assert_eq!(shop.send().await, 0);
    assert_eq!(shop.states().await, [("Yes".to_owned(), json!("failed"), json!("no_chat"))]);
    shop.close().await;
}

#[tokio::test]
async fn a_lead_who_cannot_be_written_to_is_refused_with_what_to_do() {
    let (shop, _) = Shop::with_a_contact(json!({"when_open": "new"})).await;
    let server = &shop.server;
    // The bot knows nobody of whom a program says that they are there, nor a chat that is not theirs.
    let place = json!({"telegram": {"chat_id": ANNA, "message_id": 1}});
    for more in [json!({}), json!({"attributes": place})] {
        let mut contact = json!({"source_id": 1, "lead_external_id": "777", "message": "Hello"});
        contact.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let id = server.post("/api/v1/contacts", &contact).await.expect(StatusCode::CREATED)["id"].clone();
        let answer = server.post(&format!("/api/v1/contacts/{id}/messages"), &json!({"text": "Hi"})).await;
        answer.is_problem(409, "no-way-to-lead");
        assert!(answer.json["detail"].as_str().is_some_and(|it| it.contains("reply_url")), "{}", answer.text);
    }
    let site = server.post("/api/v1/sources", &json!({"name": "Site"})).await.expect(StatusCode::CREATED);
    let contact = json!({"source_id": site["id"], "lead_phone": "+79991234567"});
    let id = server.post("/api/v1/contacts", &contact).await.expect(StatusCode::CREATED)["id"].clone();
    let answer = server.post(&format!("/api/v1/contacts/{id}/messages"), &json!({"text": "Hi"})).await;
    answer.is_problem(409, "no-way-to-lead");
    assert!(answer.json["detail"].as_str().is_some_and(|it| it.contains("no bot")), "{}", answer.text);
    for bad in [json!({}), json!({"text": ""}), json!({"text": " \n"}), json!({"text": "x".repeat(4_001)})] {
        assert_eq!(server.post(MESSAGES, &bad).await.is_problem(422, "invalid-fields"), ["/text"], "{bad}");
    }
    let unknown = server.post("/api/v1/contacts/999/messages", &json!({"text": "Hi"})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    shop.close().await;
}

#[tokio::test]
async fn messages_of_a_contact_keep_their_order_and_wait_as_long_as_telegram_asks() {
    let (shop, _) = Shop::with_a_contact(json!({})).await;
    for text in ["one", "two", "three"] {
        shop.reply(text).await.expect(StatusCode::CREATED);
    }
    shop.telegram.fail("sendMessage", 1, 429, "Too Many Requests: retry after 1", &json!({"retry_after": 1}));
    assert_eq!(shop.send().await, 3, "those behind it wait as well");
    let began = Instant::now();
    let stop = Stop::default();
    let mut jobs = Jobs::new(stop.clone());
    jobs.add(SendReplies::new(shop.server.app.clone()));
    shop.telegram.fail("sendMessage", 1, 429, "Too Many Requests: retry after 1", &json!({"retry_after": 1}));
    let running = jobs.start();
    shop.telegram.until("three messages", |state| (state.chat(TOKEN, LEAD).len() == 3).then_some(())).await;
    assert!(began.elapsed() >= Duration::from_secs(1), "not earlier");
    assert_eq!(shop.seen(), ["one", "two", "three"]);
    stop.now();
    running.ended(Duration::from_secs(30)).await;
    assert!(shop.states().await.iter().all(|(_, state, _)| state == "sent"), "{:?}", shop.states().await);
    shop.close().await;
}

#[tokio::test]
async fn what_was_not_delivered_says_so_and_why() {
    let (shop, _) = Shop::with_a_contact(json!({})).await;
    shop.reply("Are you there?").await.expect(StatusCode::CREATED);
    // Telegram is down: it stays pending. Then they have blocked the bot, and come back.
    shop.telegram.fail("sendMessage", 1, 502, "Bad Gateway", &Value::Null);
    assert_eq!(shop.send().await, 1);
    assert_eq!(shop.states().await[0].1, "pending");
    shop.telegram.block(TOKEN, LEAD);
    assert_eq!(shop.send().await, 0);
    shop.telegram.unblock(TOKEN, LEAD);
    shop.reply("Welcome back").await.expect(StatusCode::CREATED);
    shop.telegram.fail("sendMessage", 1, 400, "Bad Request: can't parse it", &Value::Null);
    assert_eq!(shop.send().await, 0);
    shop.reply("Now").await.expect(StatusCode::CREATED);
    assert_eq!(shop.send().await, 0);
    let expected = [
        ("Are you there?".to_owned(), json!("failed"), json!("blocked")),
        ("Welcome back".to_owned(), json!("failed"), json!("refused")),
        ("Now".to_owned(), json!("sent"), Value::Null),
    ];
    assert_eq!(shop.states().await, expected);
    assert_eq!(shop.kinds().await.iter().filter(|kind| **kind == "message_failed").count(), 2);
    assert_eq!(shop.seen(), ["Now"]);
    shop.close().await;
}

#[tokio::test]
async fn a_process_that_ends_before_it_noted_a_message_sends_it_again_and_no_other() {
    let (shop, _) = Shop::with_a_contact(json!({})).await;
    shop.reply("one").await.expect(StatusCode::CREATED);
    assert_eq!(shop.send().await, 0);
    shop.reply("two").await.expect(StatusCode::CREATED);
    // Telegram has the message, and its answer is lost, as if the process had ended then.
    shop.telegram.lose_answers("sendMessage", 1);
    assert_eq!(shop.send().await, 1);
    assert_eq!(shop.states().await[1].1, "pending");
    assert_eq!(shop.send().await, 0);
    assert_eq!(shop.seen(), ["one", "two", "two"], "twice at the one point where nobody can know");
    shop.close().await;
}

#[tokio::test]
async fn one_node_sends_and_what_is_a_day_old_is_not_sent() {
    let (shop, _) = Shop::with_a_contact(json!({})).await;
    shop.reply("Hello").await.expect(StatusCode::CREATED);
    let store = shop.server.app.telegram().store().clone();
    let until = Timestamp(clock::now().0 + 60_000_000);
    assert!(store.take_turn("send replies".to_owned(), 1, clock::now(), until).await.expect("a store"));
    let mut here = SendReplies::new(shop.server.app.clone());
    assert_eq!(here.step(clock::now()).await.expect("a store"), None);
    store.leave_turn("send replies".to_owned(), 1).await.expect("a store");
    let tomorrow = Timestamp(clock::now().0 + PENDING_MICROS_MAX + 1);
    assert_eq!(here.step(tomorrow).await.expect("a store"), Some(0));
    assert_eq!(shop.states().await[0].2, "expired");
    assert!(shop.seen().is_empty());
    assert_eq!(shop.source, SourceId(1).0);
    shop.close().await;
}

#[tokio::test]
async fn desk_and_page_write_to_the_lead_without_a_script() {
    let (shop, anna) = Shop::with_a_contact(json!({})).await;
    let hers = shop.server.session("Anna", Grant::Operator(OperatorId(anna))).await;
    let look = async |path: &str| shop.server.browse(&hers, Method::GET, path, None).await.text;
    let send = async |path: &str, form: &str| shop.server.browse(&hers, Method::POST, path, Some(form)).await;
    let (desk, on_desk) = (format!("/desk/{anna}"), format!("/desk/{anna}/contacts/1/messages"));
    assert!(look(&desk).await.contains(&format!("action=\"{on_desk}\"")));
    let sent = send(&on_desk, "reply=Yes%2C+it+is&decision=0&token=a").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, &*format!("{desk}#held-1")));
    assert_eq!(send(&on_desk, "reply=Yes%2C+it+is&decision=0&token=a").await.status, StatusCode::SEE_OTHER);
    assert_eq!(look("/contacts/1").await.matches("Yes, it is").count(), 1, "a second click sends nothing");
    assert_eq!(send(&on_desk, "reply=&decision=0&token=b").await.status, StatusCode::SEE_OTHER, "nor does no text");
    for page in [&desk, "/contacts/1"] {
        let text = look(page).await;
        assert!(text.contains("Yes, it is") && text.contains("being sent"), "{page}: {text}");
    }
    assert_eq!(shop.send().await, 0);
    assert!(look("/contacts/1").await.contains("<span class=\"delivery\">sent</span>"));
    let blank = send("/contacts/1/messages", "reply=+&token=c").await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(blank.text.contains("Write 1 to 4000 characters"), "{}", blank.text);
    shop.telegram.block(TOKEN, LEAD);
    let sent = send("/contacts/1/messages", "reply=Still+there%3F&token=d").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/contacts/1#reply"));
    assert_eq!(shop.send().await, 0);
    assert!(look("/contacts/1").await.contains("not delivered: the lead blocked the bot"));
    shop.close().await;
}
