//! Telegram as a source, and operators who are told in it, against a fake that behaves as the real one.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_app::Stop;
use maitred_app::jobs::{Jobs, PollTelegram, Polled, Poller, TellOperators};
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_store::accounts::Grant;
use maitred_store::clock;
use maitred_telegram::fake::{FakeTelegram, ShownMessage};
use serde_json::{Value, json};
use std::time::Duration;

pub const TOKEN: &str = "4242:AAE-secret_of_the_bot";
/// Accounts in Telegram: a lead and two operators.
pub const LEAD: i64 = 9_001;
pub const ANNA: i64 = 101;
pub const BORIS: i64 = 102;

/// A source with a bot, and what runs in the background, step by step.
pub struct Shop {
    pub telegram: FakeTelegram,
    pub server: TestServer,
    pub source: i64,
    pub poller: Poller,
    pub teller: TellOperators,
}

impl Shop {
    /// With these fields of the source.
    pub async fn open(more: Value) -> Self {
        Self::opened(None, more).await
    }

    /// The same where others reach the server at this address.
    pub async fn open_at(public_url: &str, more: Value) -> Self {
        Self::opened(Some(public_url), more).await
    }

    async fn opened(public_url: Option<&str>, more: Value) -> Self {
        let telegram = FakeTelegram::start().await;
        telegram.add_bot(TOKEN, "shop_bot", 70_000);
        let server = TestServer::at_public_url(telegram.url(), public_url).await;
        let mut body = json!({"name": "Shop", "kind": "telegram", "bot_token": TOKEN});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let source = server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED);
        assert_eq!(source["bot_username"], "shop_bot");
        let source = source["id"].as_i64().expect("an id");
        let poller = Poller::new(server.app.clone(), SourceId(source));
        let mut teller = TellOperators::new(server.app.clone());
        teller.step(clock::now()).await.expect("a store");
        Self { telegram, server, source, poller, teller }
    }

    /// An operator of the source, linked to this account.
    pub async fn operator(&mut self, name: &str, account: i64) -> i64 {
        let id = self.server.operator(name, 5).await;
        let body = json!({"operator_id": id, "weight": 1});
        let path = format!("/api/v1/sources/{}/operators", self.source);
        self.server.post(&path, &body).await.expect(StatusCode::CREATED);
        let code = self.code(id).await;
        self.telegram.write(TOKEN, account, &format!("/start op_{code}"));
        self.poll().await;
        assert_eq!(self.link(id).await["is_linked"], true);
        id
    }

    async fn code(&self, operator: i64) -> String {
        let path = format!("/api/v1/operators/{operator}/telegram-link");
        let link = self.server.act(&path).await.expect(StatusCode::CREATED);
        let code = link["code"].as_str().expect("a code").to_owned();
        assert_eq!(link["url"], format!("https://t.me/shop_bot?start=op_{code}"));
        code
    }

    async fn link(&self, operator: i64) -> Value {
        self.server.show(&format!("/api/v1/operators/{operator}/telegram-link")).await
    }

    pub async fn poll(&mut self) -> Polled {
        self.poller.step(Duration::ZERO, clock::now()).await.expect("updates")
    }

    /// Tells operators until nothing is left to tell.
    pub async fn tell(&mut self) {
        assert_eq!(self.teller.step(clock::now()).await.expect("a store"), Some(0));
    }

    pub async fn contacts(&self) -> Vec<Value> {
        let all = self.server.show("/api/v1/contacts?limit=1000").await;
        let mut all = all.as_array().expect("a list").clone();
        all.reverse();
        all
    }

    /// The last message in the chat of an account.
    pub fn shown(&self, account: i64) -> ShownMessage {
        self.telegram.look(|state| state.chat(TOKEN, account)).pop().expect("a message")
    }

    /// An operator presses the button with this verb below the last message in their chat, and gets this answer.
    async fn press(&mut self, account: i64, verb: &str) -> String {
        let shown = self.shown(account);
        let data = shown.button(verb).unwrap_or_else(|| panic!("no {verb} below {shown:?}")).to_owned();
        self.press_data(account, shown.id, &data).await
    }

    async fn press_data(&mut self, account: i64, message: i64, data: &str) -> String {
        let query = self.telegram.press(TOKEN, account, message, data);
        self.poll().await;
        self.telegram.look(|state| state.answer(TOKEN, &query)).expect("every press is answered")
    }

    pub async fn close(self) {
        self.server.close().await;
    }
}

/// The value of an identity of this kind, if the lead has one.
fn identity<'a>(lead: &'a Value, kind: &str) -> Option<&'a str> {
    let all = lead["identities"].as_array().expect("a list");
    all.iter().find(|identity| identity["kind"] == kind)?["value"].as_str()
}

#[tokio::test]
async fn what_somebody_writes_is_a_contact_that_its_operator_accepts_and_resolves_in_telegram() {
    let mut shop = Shop::open(json!({"accept_within_s": 600})).await;
    let anna = shop.operator("Anna", ANNA).await;
    shop.telegram.write(TOKEN, LEAD, "Hello\nis the blue one in stock?");
    shop.poll().await;
    let contact = &shop.contacts().await[0];
    assert_eq!((&contact["status"], &contact["operator_id"]), (&json!("assigned"), &json!(anna)));
    assert_eq!(contact["message"], "Hello\nis the blue one in stock?");
    assert_eq!(contact["attributes"]["username"], "person9001");
    let lead = shop.server.show(&format!("/api/v1/leads/{}", contact["lead_id"])).await;
    assert_eq!((&lead["name"], identity(&lead, "external_id")), (&json!("Person 9001"), Some("9001")));

    shop.tell().await;
    let offered = shop.shown(ANNA);
    assert!(offered.text.contains("Shop") && offered.text.contains("Person 9001"), "{}", offered.text);
    assert!(offered.text.ends_with("\n\nHello"), "the first line alone: {}", offered.text);

    assert_eq!(shop.press(ANNA, "accept").await, "Accepted");
    let contact = &shop.contacts().await[0];
    assert!(contact["accepted_at"].is_string(), "{contact}");
    shop.tell().await;
    let accepted = shop.shown(ANNA);
    assert_eq!(
        (accepted.id, accepted.button("accept"), accepted.edits),
        (offered.id, None, 1),
        "it is the same message"
    );

    assert_eq!(shop.press(ANNA, "resolve").await, "Resolved");
    shop.tell().await;
    let over = shop.shown(ANNA);
    assert_eq!((over.id, over.text.as_str(), over.buttons.len()), (offered.id, "Resolved\nShop · #1", 0));
    let events = shop.server.show("/api/v1/events?limit=1000").await;
    let by = |kind: &str| {
        let all = events.as_array().expect("a list");
        all.iter().find(|event| event["kind"] == kind).map(|event| event["actor"].clone())
    };
    assert_eq!(by("contact_accepted"), Some(json!(format!("telegram:{anna}"))));
    assert_eq!(by("contact_resolved"), by("contact_accepted"));
    shop.close().await;
}

#[tokio::test]
async fn a_stale_press_does_nothing_and_says_who_has_the_contact() {
    let mut shop = Shop::open(json!({"accept_within_s": 600})).await;
    let anna = shop.operator("Anna", ANNA).await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    shop.tell().await;
    let old = shop.shown(ANNA);
    let accept = old.button("accept").expect("an offer").to_owned();
    let boris = shop.operator("Boris", BORIS).await;
    assert_eq!(shop.press(ANNA, "decline").await, "Declined");
    assert_eq!(shop.contacts().await[0]["operator_id"], boris);
    assert_eq!(shop.press_data(ANNA, old.id, &accept).await, "Boris has it now");
    shop.tell().await;
    assert!(shop.shown(ANNA).text.starts_with("Boris has it now") && shop.shown(ANNA).buttons.is_empty());
    assert!(shop.shown(BORIS).button("accept").is_some());

    // The button of another's chat, and a button that nobody made.
    let theirs = shop.shown(BORIS).button("accept").expect("an offer").to_owned();
    assert_eq!(shop.press_data(ANNA, old.id, &theirs).await, "Boris has it now");
    assert_eq!(shop.press_data(LEAD, old.id, &theirs).await, "This chat is linked to no operator");
    assert_eq!(shop.press_data(ANNA, old.id, "1:1:0:drop").await, "This button is not known any more");
    assert_eq!(shop.press_data(ANNA, old.id, "1:999:0:accept").await, "Deleted");
    assert!(shop.contacts().await[0]["accepted_at"].is_null());

    // It comes back to her by another decision.
    let path = "/api/v1/contacts/1/transfer";
    shop.server.post(path, &json!({"operator_id": anna})).await.expect(StatusCode::OK);
    assert_eq!(shop.press_data(ANNA, old.id, &accept).await, "You got it again, see below");
    shop.tell().await;
    let all = shop.telegram.look(|state| state.chat(TOKEN, ANNA));
    assert!(all.last().is_some_and(|last| last.id > old.id && !last.buttons.is_empty()), "{all:?}");
    shop.close().await;
}

#[tokio::test]
async fn a_double_press_does_it_once_and_both_are_answered() {
    let mut shop = Shop::open(json!({"accept_within_s": 600})).await;
    shop.operator("Anna", ANNA).await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    shop.tell().await;
    let shown = shop.shown(ANNA);
    let accept = shown.button("accept").expect("an offer").to_owned();
    let presses = [0, 1].map(|_| shop.telegram.press(TOKEN, ANNA, shown.id, &accept));
    shop.poll().await;
    for query in presses {
        assert_eq!(shop.telegram.look(|state| state.answer(TOKEN, &query)).as_deref(), Some("Accepted"));
    }
    let events = shop.server.show("/api/v1/events?limit=1000").await;
    let accepted = events.as_array().expect("a list").iter().filter(|event| event["kind"] == "contact_accepted");
    assert_eq!(accepted.count(), 1);
    // A press that is too old to be answered is carried out all the same, and holds up nothing.
    shop.tell().await;
    let resolve = shop.shown(ANNA).button("resolve").expect("it is theirs").to_owned();
    shop.telegram.press(TOKEN, ANNA, shown.id, &resolve);
    shop.telegram.expire_presses(TOKEN);
    shop.poll().await;
    assert_eq!(shop.contacts().await[0]["status"], "resolved");
    shop.close().await;
}

#[tokio::test]
async fn the_pause_button_pauses_for_half_an_hour() {
    let mut shop = Shop::open(json!({})).await;
    let anna = shop.operator("Anna", ANNA).await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    shop.tell().await;
    assert!(shop.press(ANNA, "pause").await.starts_with("Paused"));
    let operator = shop.server.show(&format!("/api/v1/operators/{anna}")).await;
    let until = clock::parse_rfc3339(operator["paused_until"].as_str().expect("a time")).expect("a time");
    let minutes = (until.0 - clock::now().0) / 60_000_000;
    assert!((28..=30).contains(&minutes), "{minutes}");
    assert_eq!(shop.contacts().await[0]["status"], "assigned", "they keep what they have");
    shop.close().await;
}

#[tokio::test]
async fn an_update_that_comes_again_makes_no_second_contact() {
    let mut shop = Shop::open(json!({"when_open": "new"})).await;
    for text in ["one", "two", "three"] {
        shop.telegram.write(TOKEN, LEAD, text);
    }
    assert_eq!(shop.poll().await, Polled::Taken(3));
    assert_eq!(shop.telegram.look(|state| state.unconfirmed(TOKEN)), 3, "they are confirmed by asking for the next");
    // The process ends before it asks: another one begins from what is not confirmed.
    shop.poller = Poller::new(shop.server.app.clone(), SourceId(shop.source));
    shop.telegram.write(TOKEN, LEAD, "four");
    assert_eq!(shop.poll().await, Polled::Taken(4));
    assert_eq!(shop.poll().await, Polled::Taken(0));
    assert_eq!(shop.telegram.look(|state| state.unconfirmed(TOKEN)), 0);
    let contacts = shop.contacts().await;
    let texts: Vec<_> = contacts.iter().map(|contact| contact["message"].as_str().expect("a text")).collect();
    assert_eq!(texts, ["one", "two", "three", "four"]);
    // The API knows it by the same id.
    let body = json!({"source_id": shop.source, "lead_external_id": "9001", "source_event_id": "4242:70000"});
    let again = shop.server.post("/api/v1/contacts", &body).await;
    assert_eq!((again.status, &again.json["id"]), (StatusCode::CREATED, &contacts[0]["id"]));
    shop.close().await;
}

#[tokio::test]
async fn of_a_flood_of_updates_each_is_one_contact() {
    const UPDATES: usize = 3_000;
    let mut shop = Shop::open(json!({"when_open": "new"})).await;
    for number in 0..UPDATES {
        shop.telegram.write(TOKEN, LEAD + i64::try_from(number % 500).expect("small"), &format!("message {number}"));
    }
    let mut taken = 0;
    while let Polled::Taken(some @ 1..) = shop.poll().await {
        taken += some;
    }
    assert_eq!(taken, UPDATES);
    let mut texts = Vec::new();
    let mut next = Some("/api/v1/contacts?limit=1000".to_owned());
    while let Some(path) = next {
        let page = shop.server.get(&path).await;
        texts.extend(page.json.as_array().expect("a list").iter().map(|it| it["message"].to_string()));
        next = page.next();
    }
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), UPDATES);
    shop.close().await;
}

#[tokio::test]
async fn an_album_is_one_contact_and_an_edit_changes_it() {
    let mut shop = Shop::open(json!({"when_open": "new"})).await;
    for more in [json!({}), json!({"caption": "Both are broken"}), json!({})] {
        let mut fields = json!({"photo": [{"file_id": "x"}], "media_group_id": "m1"});
        fields.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        shop.telegram.write_with(TOKEN, LEAD, fields);
    }
    let message = shop.telegram.write(TOKEN, LEAD, "Helo");
    shop.poll().await;
    shop.telegram.edit(TOKEN, LEAD, message, "Hello");
    shop.telegram.edit(TOKEN, LEAD, 999_999, "of a message that nobody knows");
    shop.telegram.edit(TOKEN, BORIS, message, "of somebody who never wrote");
    shop.poll().await;
    let contacts = shop.contacts().await;
    let texts: Vec<_> = contacts.iter().map(|contact| contact["message"].as_str().expect("a text")).collect();
    assert_eq!(texts, ["Both are broken", "Hello"]);
    shop.server.patch("/api/v1/contacts/2", &json!({"is_resolved": true})).await.expect(StatusCode::OK);
    shop.telegram.edit(TOKEN, LEAD, message, "Too late");
    shop.poll().await;
    assert_eq!(shop.contacts().await[1]["message"], "Hello");
    shop.close().await;
}

#[tokio::test]
async fn a_link_says_where_somebody_came_from_and_a_shared_phone_is_theirs_only_if_it_is() {
    let mut shop = Shop::open(json!({"default_region": "RU", "when_open": "new"})).await;
    let utm = [("utm_source".to_owned(), "vk".to_owned()), ("utm_campaign".to_owned(), "may".to_owned())];
    let link = maitred_telegram::start::link_with_utm("shop_bot", &utm).expect("it fits");
    let (_, payload) = link.split_once("?start=").expect("a payload");
    shop.telegram.write(TOKEN, LEAD, &format!("/start {payload}"));
    shop.telegram.write(TOKEN, LEAD + 1, "/start promo_7");
    let shared = |user: i64| json!({"contact": {"phone_number": "79991234567", "first_name": "x", "user_id": user}});
    shop.telegram.write_with(TOKEN, LEAD, shared(LEAD));
    shop.telegram.write_with(TOKEN, LEAD + 1, shared(LEAD));
    shop.telegram.write_with(TOKEN, LEAD + 2, json!({"sticker": {"emoji": "x"}}));
    shop.poll().await;
    let contacts = shop.contacts().await;
    let attributes = &contacts[0]["attributes"];
    assert_eq!((&attributes["utm_source"], &attributes["utm_campaign"]), (&json!("vk"), &json!("may")));
    assert_eq!(contacts[1]["attributes"]["start"], "promo_7");
    assert_eq!(contacts[4]["message"], "[sticker]");
    let phone = async |contact: &Value| {
        let lead = shop.server.show(&format!("/api/v1/leads/{}", contact["lead_id"])).await;
        identity(&lead, "phone").map(str::to_owned)
    };
    assert_eq!(phone(&contacts[2]).await.as_deref(), Some("+79991234567"));
    assert_eq!(phone(&contacts[3]).await, None);
    assert_eq!(contacts[3]["message"], "[contact] +79991234567");
    shop.close().await;
}

#[tokio::test]
async fn a_code_links_once_and_what_operators_write_is_no_contact() {
    let mut shop = Shop::open(json!({})).await;
    let anna = shop.server.operator("Anna", 5).await;
    let first = shop.code(anna).await;
    let second = shop.code(anna).await;
    for (account, text) in [(BORIS, format!("/start op_{first}")), (ANNA, format!("/start {second}"))] {
        shop.telegram.write(TOKEN, account, &text);
    }
    shop.telegram.write(TOKEN, BORIS, &format!("/start op_{second}"));
    shop.telegram.write(TOKEN, ANNA, "Is anybody here?");
    shop.poll().await;
    assert_eq!(shop.contacts().await.len(), 0);
    assert_eq!(shop.link(anna).await["bot_username"], "shop_bot");
    let said = |account: i64| -> Vec<String> {
        shop.telegram.look(|state| state.chat(TOKEN, account)).into_iter().map(|shown| shown.text).collect()
    };
    assert!(said(BORIS).iter().all(|text| text.starts_with("This link is not valid")), "{:?}", said(BORIS));
    assert_eq!(said(BORIS).len(), 2);
    assert!(said(ANNA)[0].starts_with("Linked. Anna") && said(ANNA)[1].contains("reaches nobody"), "{:?}", said(ANNA));

    let path = format!("/api/v1/operators/{anna}/telegram-link");
    assert_eq!(shop.server.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(shop.link(anna).await["is_linked"], false);
    shop.telegram.write(TOKEN, ANNA, "A private question");
    shop.poll().await;
    assert_eq!(shop.contacts().await.len(), 1, "they write as anybody else");
    assert_eq!(shop.server.act("/api/v1/operators/99/telegram-link").await.status, StatusCode::NOT_FOUND);
    let own = shop.server.key(Grant::Admin).await;
    let theirs = shop.server.key(Grant::Operator(OperatorId(anna))).await;
    let as_anna = |path: &'static str| shop.server.call_as(Some(&theirs), Method::POST, path, None);
    assert_eq!(as_anna("/api/v1/operators/1/telegram-link").await.status, StatusCode::CREATED);
    assert_eq!(as_anna("/api/v1/operators/99/telegram-link").await.status, StatusCode::FORBIDDEN);
    assert!(shop.server.call_as(Some(&own), Method::GET, &path, None).await.status.is_success());
    shop.close().await;
}

#[tokio::test]
async fn somebody_who_blocked_the_bot_is_unlinked_and_that_is_shown() {
    let mut shop = Shop::open(json!({})).await;
    let anna = shop.operator("Anna", ANNA).await;
    shop.telegram.look(|state| state.chat(TOKEN, ANNA).len());
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    shop.telegram.block(TOKEN, ANNA);
    shop.tell().await;
    let link = shop.link(anna).await;
    assert_eq!((&link["is_linked"], link["blocked_at"].is_string()), (&json!(false), true));
    assert_eq!(shop.contacts().await[0]["operator_id"], anna, "nobody is paused by it");
    // The other way to learn of it: the update, of a lead as well.
    shop.telegram.block(TOKEN, LEAD);
    shop.poll().await;
    shop.close().await;
}

#[tokio::test]
async fn telegram_is_asked_again_after_the_time_that_it_names() {
    let mut shop = Shop::open(json!({})).await;
    shop.operator("Anna", ANNA).await;
    shop.telegram.fail("sendMessage", 1, 429, "Too Many Requests: retry after 1", &json!({"retry_after": 1}));
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    assert_eq!(shop.teller.step(clock::now()).await.expect("a store"), Some(1), "it is still to be told");
    let began = std::time::Instant::now();
    let stop = Stop::default();
    let mut jobs = Jobs::new(stop.clone());
    jobs.add(TellOperators::new(shop.server.app.clone()));
    jobs.add(PollTelegram::new(shop.server.app.clone()));
    shop.telegram.fail("sendMessage", 1, 429, "Too Many Requests: retry after 1", &json!({"retry_after": 1}));
    let running = jobs.start();
    let shown = shop
        .telegram
        .until("the contact", |state| state.chat(TOKEN, ANNA).into_iter().find(|shown| shown.text.contains("Hello")));
    assert!(shown.await.button("resolve").is_some());
    assert!(began.elapsed() >= Duration::from_secs(1), "not earlier");
    // All of it at once, by itself.
    shop.telegram.write(TOKEN, LEAD + 1, "And another thing");
    let shown = shop.telegram.until("the second", |state| {
        state.chat(TOKEN, ANNA).into_iter().find(|shown| shown.text.contains("another thing"))
    });
    let (id, data) = shown.await.button("resolve").map(|data| (0, data.to_owned())).expect("a button");
    let query = shop.telegram.press(TOKEN, ANNA, id, &data);
    let answer = shop.telegram.until("the answer", |state| state.answer(TOKEN, &query)).await;
    assert_eq!(answer, "Resolved");
    stop.now();
    running.ended(Duration::from_secs(30)).await;
    shop.close().await;
}

#[tokio::test]
async fn who_goes_on_in_the_place_of_another_tells_nothing_twice() {
    let mut shop = Shop::open(json!({})).await;
    shop.operator("Anna", ANNA).await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    shop.tell().await;
    let before = shop.telegram.look(|state| state.chat(TOKEN, ANNA).len());
    shop.teller = TellOperators::new(shop.server.app.clone());
    shop.tell().await;
    assert_eq!(shop.telegram.look(|state| state.chat(TOKEN, ANNA).len()), before);
    shop.server.delete("/api/v1/contacts/1").await;
    shop.tell().await;
    assert!(shop.shown(ANNA).text.starts_with("Deleted"), "{:?}", shop.shown(ANNA));
    shop.close().await;
}

#[tokio::test]
async fn a_token_is_checked_and_never_shown_and_its_fault_is() {
    let mut shop = Shop::open(json!({})).await;
    let server = &shop.server;
    let wrong = |body: Value| async move {
        let answer = server.post("/api/v1/sources", &body).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), ["/bot_token"], "{}", answer.text);
        assert!(!answer.text.contains("secret"), "{}", answer.text);
    };
    wrong(json!({"name": "A", "kind": "telegram", "bot_token": "not a token"})).await;
    wrong(json!({"name": "A", "kind": "telegram", "bot_token": "1:secret_that_telegram_does_not_know"})).await;
    wrong(json!({"name": "A", "kind": "telegram", "bot_token": TOKEN})).await;
    wrong(json!({"name": "A", "kind": "site", "bot_token": "5:secret"})).await;
    wrong(json!({"name": "A", "kind": "telegram", "bot_token": "env:A_VARIABLE_THAT_NOBODY_SETS"})).await;
    let body = json!({"name": "A", "kind": "telegram", "bot_token": "5:secret"});
    let kept = server.once("once", "/api/v1/sources", &body).await;
    assert_eq!(kept.is_problem(422, "invalid-fields"), ["/bot_token"], "a token is not stored with the answer");
    assert_eq!(server.show("/api/v1/sources").await.as_array().map(Vec::len), Some(1), "nothing was made");
    for path in ["/api/v1/sources", "/api/v1/sources/1", "/api/v1/events"] {
        assert!(!server.get(path).await.text.contains("AAE-secret"), "{path}");
    }

    shop.telegram.revoke(TOKEN);
    let error = shop.poller.step(Duration::ZERO, clock::now()).await.expect_err("a bad token");
    assert!(!error.to_string().contains("secret"), "{error}");
    assert_eq!(shop.server.show("/api/v1/sources/1").await["bot_fault"], "bad_token");
    let other = "4243:AAE-other";
    shop.telegram.add_bot(other, "other_bot", 1);
    let changed = shop.server.patch("/api/v1/sources/1", &json!({"bot_token": other})).await.expect(StatusCode::OK);
    assert_eq!((&changed["bot_username"], &changed["bot_fault"]), (&json!("other_bot"), &Value::Null));
    shop.telegram.set_webhook(other, true);
    shop.poller = Poller::new(shop.server.app.clone(), SourceId(1));
    assert!(shop.poller.step(Duration::ZERO, clock::now()).await.is_err());
    assert_eq!(shop.server.show("/api/v1/sources/1").await["bot_fault"], "webhook_is_set");
    shop.telegram.set_webhook(other, false);
    shop.poll().await;
    assert_eq!(shop.server.show("/api/v1/sources/1").await["bot_fault"], Value::Null);
    let removed = shop.server.patch("/api/v1/sources/1", &json!({"bot_token": null})).await.expect(StatusCode::OK);
    assert_eq!((&removed["has_bot_token"], &removed["bot_username"]), (&json!(false), &Value::Null));
    assert_eq!(shop.poll().await, Polled::NoBot);
    shop.close().await;
}

#[tokio::test]
async fn without_a_bot_nobody_can_be_linked() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let answer = server.act(&format!("/api/v1/operators/{anna}/telegram-link")).await;
    assert!(answer.is_problem(409, "no-bot").is_empty());
    let mut teller = TellOperators::new(server.app.clone());
    assert_eq!(teller.step(Timestamp(0)).await.expect("a store"), None);
    server.close().await;
}

#[tokio::test]
async fn a_phone_is_shown_to_operators_only_where_the_source_allows_it() {
    for (shows, is_there) in [(false, false), (true, true)] {
        let mut shop = Shop::open(json!({"telegram_shows_phone": shows})).await;
        shop.operator("Anna", ANNA).await;
        let contact = json!({"contact": {"phone_number": "79991234567", "first_name": "x", "user_id": LEAD}});
        shop.telegram.write_with(TOKEN, LEAD, contact);
        shop.poll().await;
        shop.tell().await;
        let text = shop.shown(ANNA).text;
        assert_eq!(text.contains("+7 999 123-45-67"), is_there, "{text}");
        shop.close().await;
    }
}
