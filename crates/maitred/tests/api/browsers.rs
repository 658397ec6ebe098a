//! Operators who are told in their browsers, against a push service on loopback that answers as the real ones do.

use crate::push_service::FakeService;
use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_app::jobs::TellOperators;
use maitred_core::{Actor, OperatorId, Timestamp};
use maitred_push::testing::FakeBrowser;
use maitred_store::accounts::Grant;
use maitred_store::clock;
use maitred_store::views::Page;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SECOND: i64 = 1_000_000;

/// A source with Anna, who is told in browsers.
struct Shop {
    service: FakeService,
    server: TestServer,
    teller: TellOperators,
    anna: i64,
    source: i64,
}

impl Shop {
    async fn open() -> Self {
        let service = FakeService::open().await;
        let server = TestServer::open().await;
        let anna = server.operator("Anna", 9).await;
        let source = server.source("Shop", &[(anna, 1)]).await;
        let mut teller = TellOperators::new(server.app.clone());
        teller.step(clock::now()).await.expect("a store");
        Self { service, server, teller, anna, source }
    }

    fn browsers(&self) -> String {
        format!("/api/v1/operators/{}/browsers", self.anna)
    }

    /// Anna is told in this browser from now on.
    async fn subscribe(&self, name: &str, language: &str) -> (FakeBrowser, Value) {
        let browser = FakeBrowser::new();
        let url = format!("{}{name}", self.service.url);
        let body = json!({"endpoint": url, "p256dh": browser.public_key(), "auth": browser.auth(),
            "language": language});
        let added = self.server.post(&self.browsers(), &body).await.expect(StatusCode::CREATED);
        (browser, added)
    }

    async fn contact(&self, lead: &str) -> Value {
        let body = json!({"source_id": self.source, "lead_external_id": lead, "lead_name": "Иван",
            "lead_phone": "+79001234567", "message": "Is the blue one in stock?"});
        self.server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED)
    }

    /// Tells operators, and says how many contacts are left to tell.
    async fn tell(&mut self) -> Option<usize> {
        self.teller.step(clock::now()).await.expect("a store")
    }

    /// What a server that was killed does when it is started again: it knows what is stored.
    fn restart(&mut self) {
        self.teller = TellOperators::new(self.server.app.clone());
    }

    async fn notice(&self, contact: i64) -> Value {
        let trace = self.server.show(&format!("/api/v1/contacts/{contact}/trace")).await;
        trace["notices"][0].clone()
    }
}

#[tokio::test]
async fn each_assignment_is_one_message_that_only_the_browser_reads() {
    let mut shop = Shop::open().await;
    let (browser, added) = shop.subscribe("a", "ru").await;
    assert_eq!((&added["service"], &added["told_at"]), (&json!("127.0.0.1"), &Value::Null));
    shop.contact("one").await;
    assert_eq!(shop.tell().await, Some(0));
    let pushed = shop.service.pushed();
    let [message] = &pushed[..] else { panic!("{} messages", pushed.len()) };
    let header = |name: &str| message.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!((header("content-encoding"), header("urgency"), header("topic")), ("aes128gcm", "high", "contact-1"));
    assert!(header("ttl").parse::<u32>().is_ok_and(|seconds| seconds == 3_600), "{}", header("ttl"));
    let key = shop.server.show(&shop.browsers()).await["public_key"].clone();
    let (_, signed_with) = header("authorization").split_once(", k=").expect("a signature");
    assert_eq!(key, signed_with);
    assert!(!String::from_utf8_lossy(&message.body).contains("Shop"));
    let read: Value = serde_json::from_slice(&browser.read(&message.body).expect("it can read it")).expect("JSON");
    assert_eq!(read["title"], "Новое обращение Shop");
    assert!(read["body"].as_str().is_some_and(|body| body.starts_with("Иван\nждёт ")), "{read}");
    assert_eq!((&read["url"], &read["tag"]), (&json!(format!("/desk/{}#held-1", shop.anna)), &json!("contact-1")));

    // It is known what was told, also to a server that is started again.
    shop.restart();
    shop.tell().await;
    assert_eq!(shop.service.pushed().len(), 0);
    let notice = shop.notice(1).await;
    assert_eq!((&notice["way"], &notice["state"]), (&json!("browser"), &json!("sent")));
    assert!(shop.server.show(&shop.browsers()).await["browsers"][0]["told_at"].is_string());

    // Getting it again is news.
    shop.server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": null})).await.expect(StatusCode::OK);
    shop.tell().await;
    assert_eq!(shop.service.pushed().len(), 1);
    shop.server.close().await;
}

#[tokio::test]
async fn an_offer_is_kept_for_as_long_as_it_may_be_accepted() {
    let mut shop = Shop::open().await;
    let path = format!("/api/v1/sources/{}", shop.source);
    shop.server.patch(&path, &json!({"accept_within_s": 60})).await.expect(StatusCode::OK);
    let (browser, _) = shop.subscribe("a", "en").await;
    shop.contact("one").await;
    shop.tell().await;
    let pushed = shop.service.pushed();
    let keep: i64 = pushed[0].headers["ttl"].to_str().expect("a text").parse().expect("a number");
    assert!((1..=60).contains(&keep), "{keep}");
    let read: Value = serde_json::from_slice(&browser.read(&pushed[0].body).expect("it can read it")).expect("JSON");
    assert_eq!(read["title"], "New contact, will you take it? Shop");
    shop.server.post("/api/v1/contacts/1/accept", &json!({"operator_id": shop.anna})).await.expect(StatusCode::OK);
    shop.tell().await;
    assert_eq!(shop.service.pushed().len(), 0, "accepting it is no news");
    shop.server.close().await;
}

#[tokio::test]
async fn a_browser_that_is_gone_is_forgotten_and_the_others_are_told() {
    let mut shop = Shop::open().await;
    shop.subscribe("old", "en").await;
    shop.subscribe("new", "en").await;
    shop.service.says("old", 410);
    shop.contact("one").await;
    assert_eq!(shop.tell().await, Some(0));
    let mut to: Vec<_> = shop.service.pushed().into_iter().map(|message| message.to).collect();
    to.sort();
    assert_eq!(to, ["new", "old"]);
    assert_eq!(shop.notice(1).await["state"], "sent");
    let left = shop.server.show(&shop.browsers()).await;
    assert_eq!(left["browsers"].as_array().map(Vec::len), Some(1));
    shop.service.says("new", 404);
    shop.contact("two").await;
    assert_eq!(shop.tell().await, Some(0));
    assert_eq!(shop.server.show(&shop.browsers()).await["browsers"], json!([]));
    let notice = shop.notice(2).await;
    assert_eq!((&notice["state"], &notice["problem"]), (&json!("not_sent"), &json!("not_taken")));
    shop.server.close().await;
}

#[tokio::test]
async fn what_a_service_does_not_take_now_is_sent_later_and_once() {
    let mut shop = Shop::open().await;
    shop.subscribe("a", "en").await;
    for status in [429, 500] {
        shop.service.says("a", status);
        let contact = shop.contact(&status.to_string()).await["id"].as_i64().expect("an id");
        assert_eq!(shop.tell().await, Some(1), "it is still to be told");
        assert_eq!(shop.tell().await, Some(1));
        assert_eq!(shop.service.pushed().len(), 1, "it rests before the next try");
        assert_eq!(shop.notice(contact).await["state"], "not_sent");
        shop.service.says("a", 201);
        for _ in 0..2 {
            shop.restart();
            assert_eq!(shop.tell().await, Some(0));
        }
        assert_eq!(shop.service.pushed().len(), 1);
        assert_eq!(shop.notice(contact).await["state"], "sent");
    }
    // What is an hour old is no news any more.
    shop.service.says("a", 503);
    shop.contact("late").await;
    shop.tell().await;
    shop.restart();
    let later = Timestamp(clock::now().0 + 3_601 * SECOND);
    assert_eq!(shop.teller.step(later).await.expect("a store"), Some(0));
    shop.server.close().await;
}

#[tokio::test]
async fn a_browser_that_takes_it_does_not_end_the_tries_of_another() {
    let mut shop = Shop::open().await;
    shop.subscribe("laptop", "en").await;
    shop.subscribe("phone", "en").await;
    shop.service.says("phone", 503);
    shop.contact("one").await;
    assert_eq!(shop.tell().await, Some(1), "the phone is still to be told");
    assert_eq!(shop.service.pushed().len(), 2);
    assert_eq!(shop.notice(1).await["state"], "sent");
    // What one browser was told is kept, so a server that is started again does not tell it twice.
    shop.restart();
    assert_eq!(shop.tell().await, Some(0));
    assert_eq!(shop.service.pushed().len(), 0);
    shop.server.close().await;
}

#[tokio::test]
async fn who_gets_a_contact_next_does_not_wait_for_a_service_of_the_one_before() {
    let mut shop = Shop::open().await;
    shop.subscribe("a", "en").await;
    shop.service.says("a", 503);
    shop.contact("one").await;
    assert_eq!(shop.tell().await, Some(1));
    let boris = shop.server.operator("Boris", 9).await;
    let browser = FakeBrowser::new();
    let body = json!({"endpoint": format!("{}b", shop.service.url), "p256dh": browser.public_key(),
        "auth": browser.auth()});
    shop.server.post(&format!("/api/v1/operators/{boris}/browsers"), &body).await.expect(StatusCode::CREATED);
    shop.server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": boris})).await.expect(StatusCode::OK);
    shop.service.pushed();
    assert_eq!(shop.tell().await, Some(0));
    let to: Vec<_> = shop.service.pushed().into_iter().map(|message| message.to).collect();
    assert_eq!(to, ["b"]);
    shop.server.close().await;
}

#[tokio::test]
async fn a_browser_that_subscribes_again_is_still_told_of_what_came_before_that() {
    let mut shop = Shop::open().await;
    let (_, first) = shop.subscribe("a", "en").await;
    shop.contact("one").await;
    let (browser, again) = shop.subscribe("a", "ru").await;
    assert_eq!((&again["created_at"], &again["language"]), (&first["created_at"], &json!("ru")));
    shop.tell().await;
    let pushed = shop.service.pushed();
    assert_eq!(pushed.len(), 1);
    assert!(browser.read(&pushed[0].body).is_some(), "with the keys that it has now");
    shop.server.close().await;
}

/// The status says that it was taken. Sending it again because the rest of the answer is missing would tell twice.
#[tokio::test]
async fn an_answer_that_does_not_end_is_an_answer() {
    let mut shop = Shop::open().await;
    shop.subscribe("a", "en").await;
    shop.service.never_ends("a");
    shop.contact("one").await;
    let began = Instant::now();
    assert_eq!(shop.tell().await, Some(0));
    assert!(began.elapsed() < Duration::from_secs(8), "it holds up others");
    assert_eq!(shop.notice(1).await["state"], "sent");
    assert_eq!(shop.service.pushed().len(), 1);
    shop.server.close().await;
}

#[tokio::test]
async fn who_may_not_look_at_the_desk_any_more_is_not_told() {
    let shop = Shop::open().await;
    let (push, anna) = (shop.server.app.push(), OperatorId(shop.anna));
    let subscribe = async || {
        let (browser, url) = (FakeBrowser::new(), format!("{}a", shop.service.url));
        push.subscribe(anna, (&url, &browser.public_key(), &browser.auth()), None).await.expect("a browser");
    };
    let left = async || push.store().browsers_of(anna).await.expect("a store").len();
    let cookie = shop.server.session("Anna", Grant::Operator(anna)).await;
    subscribe().await;
    let ended = shop.server.browse(&cookie, Method::POST, "/account/logout", Some("")).await;
    assert_eq!((ended.status, left().await), (StatusCode::SEE_OTHER, 0));
    subscribe().await;
    let boss = shop.server.session("Boss", Grant::Admin).await;
    shop.server.browse(&boss, Method::POST, "/account/logout", Some("")).await;
    assert_eq!(left().await, 1, "another's login is nothing to them");
    let user = shop.server.access.users().into_iter().find(|user| &*user.name == "Anna").expect("a user");
    shop.server.access.set_grant(user.id, Grant::Operator(OperatorId(99)), Actor::Cli).await.expect("a store");
    assert_eq!(left().await, 0);

    shop.server.key(Grant::Operator(anna)).await;
    subscribe().await;
    let keys = shop.server.access.keys(Page { limit: 9, after: None }).await.expect("a store");
    shop.server.access.revoke(keys[0].id, Actor::Cli).await.expect("a store");
    assert_eq!(left().await, 0, "those who had it may have added a browser");
    shop.server.close().await;
}

#[tokio::test]
async fn an_app_on_the_home_screen_begins_with_the_desk_of_its_operator() {
    let shop = Shop::open().await;
    let manifest = shop.server.browse("", Method::GET, "/manifest.webmanifest", None).await;
    assert_eq!((manifest.status, manifest.header("content-type")), (StatusCode::OK, "application/manifest+json"));
    let cookie = shop.server.session("Anna", Grant::Operator(OperatorId(shop.anna))).await;
    let start = manifest.json["start_url"].as_str().expect("an address");
    let led = shop.server.browse(&cookie, Method::GET, start, None).await;
    assert_eq!((led.status, led.location()), (StatusCode::SEE_OTHER, &*format!("/desk/{}", shop.anna)));
    shop.server.close().await;
}

#[tokio::test]
async fn what_a_service_refuses_is_shown_with_its_words() {
    let mut shop = Shop::open().await;
    let (_, added) = shop.subscribe("a", "en").await;
    shop.service.says("a", 403);
    shop.contact("one").await;
    assert_eq!(shop.tell().await, Some(0), "there is no use in another try");
    let browsers = shop.server.show(&shop.browsers()).await;
    assert_eq!(browsers["browsers"][0]["error"], "403 push service");
    let test = format!("{}/{}/test", shop.browsers(), added["id"]);
    let tested = shop.server.act(&test).await.expect(StatusCode::OK);
    assert_eq!(tested, json!({"is_taken": false, "error": "403 push service"}));
    shop.service.says("a", 201);
    let tested = shop.server.act(&test).await.expect(StatusCode::OK);
    assert_eq!(tested, json!({"is_taken": true, "error": null}));
    assert_eq!(shop.server.show(&shop.browsers()).await["browsers"][0]["error"], Value::Null);
    shop.server.close().await;
}

#[tokio::test]
async fn nobody_is_told_of_what_they_had_before_and_a_deleted_operator_of_nothing() {
    let mut shop = Shop::open().await;
    shop.contact("one").await;
    shop.subscribe("a", "en").await;
    shop.tell().await;
    assert_eq!(shop.service.pushed().len(), 0);
    let notice = shop.notice(1).await;
    assert_eq!((&notice["state"], &notice["problem"]), (&json!("not_sent"), &json!("subscribed_later")));
    shop.server.patch("/api/v1/contacts/1", &json!({"is_resolved": true})).await.expect(StatusCode::OK);
    let path = format!("/api/v1/operators/{}", shop.anna);
    let deleted = shop.server.call_as(None, Method::DELETE, &path, None).await;
    assert!(deleted.status.is_success(), "{}", deleted.text);
    shop.tell().await;
    let store = shop.server.app.push().store();
    assert!(!store.has_any().await.expect("a store"));
    shop.server.close().await;
}

#[tokio::test]
async fn a_browser_belongs_to_one_operator_who_may_say_so_themselves() {
    let shop = Shop::open().await;
    let (browser, first) = shop.subscribe("a", "en").await;
    let (_, second) = shop.subscribe("a", "ru").await;
    assert_eq!(first["id"], second["id"], "it subscribed again");
    let boris = shop.server.operator("Boris", 1).await;
    let theirs = shop.server.key(Grant::Operator(OperatorId(boris))).await;
    let body = json!({"endpoint": format!("{}a", shop.service.url), "p256dh": browser.public_key(),
        "auth": browser.auth()});
    let as_boris = async |method: Method, path: &str, body: Option<&Value>| {
        shop.server.call_as(Some(&theirs), method, path, body).await
    };
    as_boris(Method::POST, &shop.browsers(), Some(&body)).await.is_problem(403, "forbidden");
    as_boris(Method::GET, &shop.browsers(), None).await.is_problem(403, "forbidden");
    let own = format!("/api/v1/operators/{boris}/browsers");
    as_boris(Method::POST, &own, Some(&body)).await.expect(StatusCode::CREATED);
    let key = shop.server.key(Grant::Admin).await;
    let of_anna = shop.server.call_as(Some(&key), Method::GET, &shop.browsers(), None).await.expect(StatusCode::OK);
    assert_eq!(of_anna["browsers"], json!([]), "who logs in there next is told, and nobody else");
    let mut ids = Vec::new();
    for number in 0..11 {
        let body = json!({"endpoint": format!("{}{number}", shop.service.url), "p256dh": browser.public_key(),
            "auth": browser.auth()});
        ids.push(as_boris(Method::POST, &own, Some(&body)).await.expect(StatusCode::CREATED)["id"].clone());
    }
    let listed = as_boris(Method::GET, &own, None).await.expect(StatusCode::OK);
    let listed: Vec<_> = listed["browsers"].as_array().expect("a list").iter().map(|it| it["id"].clone()).collect();
    assert_eq!(listed, ids[1..], "the one that subscribed first is gone");
    let one = format!("{own}/{}", ids[1]);
    for _ in 0..2 {
        let removed = as_boris(Method::DELETE, &one, None).await;
        assert_eq!(removed.status, StatusCode::NO_CONTENT);
    }
    as_boris(Method::POST, &format!("{one}/test"), None).await.is_problem(404, "unknown-id");
    shop.server.close().await;
}

#[tokio::test]
async fn what_is_no_subscription_is_refused_with_its_place() {
    let shop = Shop::open().await;
    let browser = FakeBrowser::new();
    let right = json!({"endpoint": "https://push.example.net/a", "p256dh": browser.public_key(),
        "auth": browser.auth()});
    for (field, wrong) in [
        ("endpoint", "push.example.net"),
        ("endpoint", "http://10.0.0.1/"),
        ("endpoint", "http://push.example.net/a"),
        ("p256dh", "short"),
        ("p256dh", &"A".repeat(87)),
        ("auth", "!!!!!!!!!!!!!!!!!!!!!!"),
        ("language", "e"),
        ("language", "en us"),
    ] {
        let mut body = right.clone();
        body[field] = wrong.into();
        let refused = shop.server.post(&shop.browsers(), &body).await;
        assert_eq!(refused.is_problem(422, "invalid-fields"), [format!("/{field}")], "{wrong}");
    }
    shop.server.post("/api/v1/operators/99/browsers", &right).await.is_problem(404, "unknown-id");
    assert_eq!(shop.server.show(&shop.browsers()).await["browsers"], json!([]));
    shop.server.close().await;
}
