//! Webhooks from an event to a receiver, which verifies signatures with the public library of the specification.

use crate::test_server::TestServer;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use maitred_app::jobs::{ForgetDeliveries, SendWebhooks};
use maitred_core::{OperatorId, Timestamp};
use maitred_store::accounts::Grant;
use maitred_store::clock;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;

/// What a receiver was sent.
#[derive(Clone, Debug)]
struct Call {
    headers: HeaderMap,
    body: String,
    json: Value,
}

impl Call {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("plain text")
    }

    fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// Whether the public library accepts it, under this secret.
    fn is_signed_with(&self, secret: &str) -> bool {
        let library = Webhook::new(secret).expect("a secret");
        library.verify(self.body.as_bytes(), &self.headers).is_ok()
    }

    fn position(&self) -> i64 {
        self.json["data"]["position"].as_i64().expect("a position")
    }
}

type Says = Box<dyn Fn(&Value) -> Response + Send>;

/// Somebody who takes webhooks on loopback.
struct Receiver {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    says: Arc<Mutex<Says>>,
}

impl Receiver {
    async fn open() -> Self {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let says: Arc<Mutex<Says>> = Arc::new(Mutex::new(Box::new(|_| StatusCode::NO_CONTENT.into_response())));
        let shared = (calls.clone(), says.clone());
        let router = Router::new().fallback(take).with_state(shared);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls, says }
    }

    fn says(&self, says: impl Fn(&Value) -> Response + Send + 'static) {
        *self.says.lock().expect("no panic") = Box::new(says);
    }

    fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().expect("no panic"))
    }
}

type Shared = (Arc<Mutex<Vec<Call>>>, Arc<Mutex<Says>>);

async fn take(State((calls, says)): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).expect("UTF-8");
    let json: Value = serde_json::from_str(&body).expect("JSON");
    let answer = says.lock().expect("no panic")(&json);
    calls.lock().expect("no panic").push(Call { headers, body, json });
    answer
}

/// A server with an operator, a source, an endpoint and a job that the test calls.
struct Shop {
    server: TestServer,
    job: SendWebhooks,
    receiver: Receiver,
    secret: String,
    source: i64,
    now: i64,
}

impl Shop {
    async fn open() -> Self {
        Self::with(json!({})).await
    }

    /// With an endpoint of which this is said as well.
    async fn with(mut endpoint: Value) -> Self {
        let (server, receiver) = (TestServer::open().await, Receiver::open().await);
        let operator = server.operator("Anna", 50).await;
        let source = server.source("Bot", &[(operator, 1)]).await;
        endpoint["url"] = receiver.url.clone().into();
        let made = server.post("/api/v1/endpoints", &endpoint).await.expect(StatusCode::CREATED);
        let secret = made["secret"].as_str().expect("a secret").to_owned();
        let job = SendWebhooks::new(server.app.clone()).expect("randomness");
        Self { server, job, receiver, secret, source, now: clock::now().0 }
    }

    /// Sends what is due until nothing is, and gives what the receiver got.
    async fn send(&mut self) -> Vec<Call> {
        let mut all = Vec::new();
        loop {
            self.job.step(Timestamp(self.now)).await.expect("a store");
            self.job.settle(Timestamp(self.now)).await.expect("a store");
            let calls = self.receiver.calls();
            if calls.is_empty() {
                self.job.step(Timestamp(self.now)).await.expect("a store");
                self.job.settle(Timestamp(self.now)).await.expect("a store");
                let last = self.receiver.calls();
                if last.is_empty() {
                    return all;
                }
                all.extend(last);
            }
            all.extend(calls);
        }
    }

    async fn endpoint(&self) -> Value {
        self.server.show("/api/v1/endpoints/1").await
    }

    async fn deliveries(&self) -> Vec<Value> {
        let all = self.server.show("/api/v1/endpoints/1/deliveries").await;
        all.as_array().expect("a list").clone()
    }

    async fn resolve(&self, contact: &Value) {
        let path = format!("/api/v1/contacts/{}", contact["id"]);
        self.server.patch(&path, &json!({"is_resolved": true})).await.expect(StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_gets_every_event_once_signed_and_as_the_feed_has_it() {
    let mut shop = Shop::open().await;
    for lead in ["a", "b", "c"] {
        let contact = shop.server.contact(shop.source, lead).await;
        shop.resolve(&contact).await;
    }
    let calls = shop.send().await;
    let after = shop.server.show("/api/v1/events?after=3").await;
    let events = after.as_array().expect("events");
    assert_eq!((calls.len(), events.len()), (9, 9), "created, assigned and resolved of each");
    let by_position: BTreeMap<i64, &Call> = calls.iter().map(|call| (call.position(), call)).collect();
    for event in events {
        let call = by_position[&event["position"].as_i64().expect("a position")];
        assert!(call.is_signed_with(&shop.secret), "{call:?}");
        assert_eq!(&call.json["data"], event);
        let r#type = event["kind"].as_str().expect("a kind").replacen('_', ".", 1);
        assert_eq!((&call.json["type"], &call.json["timestamp"]), (&json!(r#type), &event["at"]));
        assert!(!call.is_signed_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    }
    // In order for each contact.
    for contact in 1..=3 {
        let of_contact = calls.iter().filter(|call| call.json["data"]["contact_id"] == contact);
        let positions: Vec<i64> = of_contact.map(Call::position).collect();
        assert!(positions.is_sorted() && positions.len() == 3, "{positions:?}");
    }
    let endpoint = shop.endpoint().await;
    assert_eq!(
        (&endpoint["behind"], &endpoint["undelivered"], &endpoint["failures"]),
        (&json!(0), &json!(0), &json!(0))
    );
    let deliveries = shop.deliveries().await;
    assert!(deliveries.len() == 9 && deliveries.iter().all(|it| it["delivered"] == true && it["status"] == 204));
    assert!(shop.send().await.is_empty(), "nothing is sent twice");
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_fails_keeps_its_order_and_no_other_back() {
    let mut shop = Shop::with(json!({"kinds": ["contact.created", "contact_resolved"], "source_ids": [1]})).await;
    shop.receiver.says(|json| match json["data"]["contact_id"] == 1 {
        true => (StatusCode::INTERNAL_SERVER_ERROR, "out of order").into_response(),
        false => StatusCode::OK.into_response(),
    });
    for lead in ["a", "b"] {
        let contact = shop.server.contact(shop.source, lead).await;
        shop.resolve(&contact).await;
    }
    let calls = shop.send().await;
    let kinds: Vec<_> = calls.iter().map(|it| (&it.json["data"]["contact_id"], &it.json["type"])).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    let first_id = calls.iter().find(|it| it.json["data"]["contact_id"] == 1).expect("a try").id().to_owned();
    assert_eq!(shop.endpoint().await["undelivered"], 2);
    let failed = shop.deliveries().await.into_iter().find(|it| it["delivered"] == false).expect("a failure");
    assert_eq!((&failed["status"], &failed["answer"]), (&json!(500), &json!("out of order")));
    shop.now += 4 * SECOND;
    assert!(shop.send().await.is_empty(), "too early");
    shop.now += 2 * SECOND;
    let second = shop.send().await;
    assert_eq!((second.len(), second[0].id()), (1, first_id.as_str()), "the same id again");
    // Another process goes on from what is stored.
    shop.job = SendWebhooks::new(shop.server.app.clone()).expect("randomness");
    shop.receiver.says(|_| StatusCode::OK.into_response());
    shop.now += HOUR;
    let calls = shop.send().await;
    let types: Vec<_> = calls.iter().map(|it| it.json["type"].as_str().expect("a type")).collect();
    assert_eq!(types, ["contact.created", "contact.resolved"]);
    assert_eq!(shop.endpoint().await["undelivered"], 0);
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_and_not_noted_is_sent_again_with_the_same_id() {
    let mut shop = Shop::open().await;
    shop.server.contact(shop.source, "a").await;
    // The process ends between the call and its note.
    shop.job.step(Timestamp(shop.now)).await.expect("a store");
    while shop.receiver.calls.lock().expect("no panic").is_empty() {
        tokio::task::yield_now().await;
    }
    let lost = shop.receiver.calls();
    shop.job = SendWebhooks::new(shop.server.app.clone()).expect("randomness");
    assert!(shop.send().await.is_empty(), "the turn is still that of the other process");
    shop.now += 31 * SECOND;
    let again = shop.send().await;
    assert_eq!(again.len(), 2);
    assert_eq!(again[0].id(), lost[0].id());
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_gone_is_disabled_with_an_event_and_goes_on_where_it_was() {
    let mut shop = Shop::with(json!({"kinds": ["contact_created"]})).await;
    shop.receiver.says(|_| StatusCode::GONE.into_response());
    shop.server.contact(shop.source, "a").await;
    assert_eq!(shop.send().await.len(), 1);
    shop.server.contact(shop.source, "b").await;
    assert!(shop.send().await.is_empty());
    let endpoint = shop.endpoint().await;
    assert_eq!((&endpoint["enabled"], &endpoint["disabled_because"]), (&json!(false), &json!("gone")));
    let events = shop.server.show("/api/v1/events?limit=1000").await;
    let said: Vec<_> =
        events.as_array().expect("events").iter().filter(|it| it["kind"] == "endpoint_disabled").collect();
    assert_eq!(said.len(), 1, "once");
    assert_eq!((&said[0]["endpoint_id"], &said[0]["fault"]), (&json!(1), &json!("gone")));
    shop.receiver.says(|_| StatusCode::OK.into_response());
    shop.server.patch("/api/v1/endpoints/1", &json!({"enabled": true})).await.expect(StatusCode::OK);
    shop.now = clock::now().0;
    let mut calls = shop.send().await;
    calls.sort_by_key(Call::position);
    let contacts: Vec<_> = calls.iter().map(|it| it.json["data"]["contact_id"].clone()).collect();
    assert_eq!(contacts, [1, 2], "nothing is lost, and the first not only after a while");
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_only_fails_for_five_days_is_disabled() {
    let mut shop = Shop::with(json!({"kinds": ["contact_created"]})).await;
    shop.receiver.says(|_| StatusCode::BAD_GATEWAY.into_response());
    shop.server.contact(shop.source, "a").await;
    for _ in 0..13 {
        shop.send().await;
        shop.now += 12 * HOUR;
    }
    let endpoint = shop.endpoint().await;
    assert_eq!(endpoint["disabled_because"], "failing", "{endpoint}");
    assert_eq!(endpoint["undelivered"], 1);
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_honoured() {
    let mut shop = Shop::with(json!({"kinds": ["contact_created"]})).await;
    shop.receiver.says(|_| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "120")]).into_response());
    shop.server.contact(shop.source, "a").await;
    assert_eq!(shop.send().await.len(), 1);
    shop.receiver.says(|_| StatusCode::OK.into_response());
    shop.server.contact(shop.source, "b").await;
    shop.now += 119 * SECOND;
    assert!(shop.send().await.is_empty());
    shop.now += 2 * SECOND;
    assert_eq!(shop.send().await.len(), 2);
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_both_secrets_sign_for_a_day() {
    let mut shop = Shop::with(json!({"kinds": ["contact_created"]})).await;
    let rotated = shop.server.act("/api/v1/endpoints/1/rotate").await.expect(StatusCode::OK);
    let new = rotated["secret"].as_str().expect("a secret").to_owned();
    assert_ne!(new, shop.secret);
    shop.server.contact(shop.source, "a").await;
    let calls = shop.send().await;
    assert_eq!(calls[0].header("webhook-signature").split(' ').count(), 2);
    assert!(calls[0].is_signed_with(&new) && calls[0].is_signed_with(&shop.secret));
    shop.now += 25 * HOUR;
    shop.server.contact(shop.source, "b").await;
    let calls = shop.send().await;
    assert_eq!(calls[0].header("webhook-signature").split(' ').count(), 1, "the old one is over");
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_sends_the_same_ids_again() {
    let mut shop = Shop::with(json!({"kinds": ["contact_created"]})).await;
    for lead in ["a", "b", "c"] {
        shop.server.contact(shop.source, lead).await;
    }
    let mut first: Vec<_> = shop.send().await;
    first.sort_by_key(Call::position);
    let (from, to) = (first[0].position(), first[1].position());
    let body = json!({"from": from, "to": to});
    let replayed = shop.server.post("/api/v1/endpoints/1/replay", &body).await.expect(StatusCode::OK);
    assert_eq!(replayed["replay"], json!({"from": from, "to": to}));
    let again = shop.send().await;
    let ids = |calls: &[Call]| calls.iter().map(|call| call.id().to_owned()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(ids(&again), ids(&first[..2]));
    assert_eq!(shop.endpoint().await["replay"], Value::Null);
    // What was not sent yet is not sent again but once.
    shop.server.contact(shop.source, "d").await;
    let body = json!({"from": 1, "to": 9_999});
    shop.server.post("/api/v1/endpoints/1/replay", &body).await.expect(StatusCode::OK);
    assert_eq!(shop.send().await.len(), 4);
    let body = json!({"from": 5, "to": 4});
    shop.server.post("/api/v1/endpoints/1/replay", &body).await.is_problem(422, "invalid-fields");
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_what_came_back() {
    let shop = Shop::open().await;
    shop.receiver.says(|_| (StatusCode::IM_A_TEAPOT, "short and stout").into_response());
    let said = shop.server.act("/api/v1/endpoints/1/test").await.expect(StatusCode::OK);
    assert_eq!(said, shop.deliveries().await[0], "it is in the log");
    assert_eq!((&said["type"], &said["position"]), (&json!("maitred.test"), &Value::Null));
    assert_eq!((&said["status"], &said["answer"]), (&json!(418), &json!("short and stout")));
    let call = &shop.receiver.calls()[0];
    assert!(call.json["type"] == "maitred.test" && call.is_signed_with(&shop.secret));
    let endpoint = shop.endpoint().await;
    assert_eq!((&endpoint["failures"], &endpoint["enabled"]), (&json!(0), &json!(true)), "a test says nothing of it");
    assert_eq!(shop.deliveries().await.len(), 1);
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_are_kept_by_those_who_may_and_never_tell_their_secret() {
    let shop = Shop::open().await;
    let server = &shop.server;
    for url in ["http://10.0.0.1/", "http://169.254.169.254/", "ftp://example.com/", "https://a:b@example.com/", ""] {
        let at = server.post("/api/v1/endpoints", &json!({"url": url})).await;
        assert_eq!(at.is_problem(422, "invalid-fields"), ["/url"], "{url}");
    }
    let unknown =
        server.post("/api/v1/endpoints", &json!({"url": "https://example.com", "kinds": ["contact_eaten"]})).await;
    assert_eq!(unknown.is_problem(422, "invalid-fields"), ["/kinds"]);
    let unknown = server.post("/api/v1/endpoints", &json!({"url": "https://example.com", "source_ids": [7]})).await;
    unknown.is_problem(404, "unknown-reference");
    server
        .once("k", "/api/v1/endpoints", &json!({"url": "https://example.com"}))
        .await
        .is_problem(422, "invalid-fields");
    let shown = server.get("/api/v1/endpoints").await;
    assert!(!shown.text.contains("whsec_") && !shown.text.contains("secret\""), "{}", shown.text);
    let edited = server.patch("/api/v1/endpoints/1", &json!({"kinds": ["contact_created"], "enabled": false})).await;
    let edited = edited.expect(StatusCode::OK);
    assert_eq!((&edited["kinds"], &edited["disabled_because"]), (&json!(["contact_created"]), &json!("by_hand")));
    let admin = server.key(Grant::Admin).await;
    let operator = server.key(Grant::Operator(OperatorId(1))).await;
    let observer = server.key(Grant::Observer).await;
    for (key, method, status) in [
        (&operator, Method::GET, StatusCode::FORBIDDEN),
        (&observer, Method::GET, StatusCode::OK),
        (&observer, Method::DELETE, StatusCode::FORBIDDEN),
        (&admin, Method::DELETE, StatusCode::NO_CONTENT),
        (&admin, Method::GET, StatusCode::NOT_FOUND),
    ] {
        let answer = server.call_as(Some(key), method, "/api/v1/endpoints/1", None).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_forgotten_with_the_lead_and_calls_after_a_month() {
    let mut shop = Shop::open().await;
    shop.receiver.says(|_| (StatusCode::OK, "hello Anna").into_response());
    for lead in ["a", "b"] {
        let contact = shop.server.contact(shop.source, lead).await;
        shop.resolve(&contact).await;
    }
    shop.send().await;
    shop.server.post("/api/v1/leads/1/erase", &Value::Null).await;
    let forget = ForgetDeliveries::new(shop.server.app.clone());
    forget.forget_erased().await.expect("a store");
    let deliveries = shop.deliveries().await;
    let answered = deliveries.iter().filter(|it| it["answer"] == "hello Anna").count();
    assert_eq!((deliveries.len(), answered), (6, 3), "those of the other lead stay");
    assert_eq!(forget.forget_old(Timestamp(shop.now + 29 * 24 * HOUR)).await.expect("a store"), 0);
    assert_eq!(forget.forget_old(Timestamp(shop.now + 31 * 24 * HOUR)).await.expect("a store"), 6);
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_about_a_lead_is_forgotten_with_the_one_that_absorbed_it_and_later_answers_are_not_kept() {
    let mut shop = Shop::open().await;
    shop.receiver.says(|_| (StatusCode::OK, "hello Anna").into_response());
    for lead in ["a", "b"] {
        let contact = shop.server.contact(shop.source, lead).await;
        shop.resolve(&contact).await;
    }
    shop.send().await;
    shop.server.post("/api/v1/leads/2/merge", &json!({"absorb_lead_id": 1})).await.expect(StatusCode::OK);
    // An endpoint that was down when somebody was erased gets the events about them later.
    shop.receiver.says(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    let contact = shop.server.contact(shop.source, "a").await;
    shop.resolve(&contact).await;
    shop.send().await;
    shop.server.post("/api/v1/leads/2/erase", &Value::Null).await.expect(StatusCode::OK);
    ForgetDeliveries::new(shop.server.app.clone()).forget_erased().await.expect("a store");
    let answered = |deliveries: &[Value]| deliveries.iter().filter(|it| it["answer"] == "hello Anna").count();
    let kept = shop.deliveries().await;
    assert_eq!(answered(&kept), 0, "{kept:?}");
    shop.receiver.says(|_| (StatusCode::OK, "hello Anna").into_response());
    shop.now += 2 * HOUR;
    assert!(shop.send().await.len() > 2);
    let about_nobody = ["maitred.test", "lead.erased"];
    let kept: Vec<Value> = shop.deliveries().await;
    let kept: Vec<_> = kept.into_iter().filter(|it| !about_nobody.iter().any(|word| it["type"] == *word)).collect();
    assert_eq!(answered(&kept), 0, "{kept:?}");
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_that_are_down_get_few_calls_however_much_happens() {
    let mut shop = Shop::with(json!({"kinds": ["contact_created"]})).await;
    shop.receiver.says(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    for lead in 0..60 {
        shop.server.contact(shop.source, &lead.to_string()).await;
    }
    let first = shop.send().await.len();
    assert!((10..40).contains(&first), "{first}");
    shop.now += SECOND;
    assert!(shop.send().await.is_empty());
    // It is back: everything arrives.
    shop.receiver.says(|_| StatusCode::OK.into_response());
    shop.now += 2 * HOUR;
    assert_eq!(shop.send().await.len(), 60);
    shop.server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_whose_sources_were_deleted_gets_no_others_when_it_is_edited_in_the_console() {
    let shop = Shop::open().await;
    let other = shop.server.source("Form", &[]).await;
    let path = "/api/v1/endpoints/1";
    shop.server.patch(path, &json!({"source_ids": [other]})).await.expect(StatusCode::OK);
    shop.server.delete(&format!("/api/v1/sources/{other}")).await;
    let page = shop.server.browse("", Method::GET, "/endpoints/1?lang=en", None).await.text;
    assert!(page.contains(&format!("value=\"{other}\" checked")), "{page}");
    let form = [("url", shop.receiver.url.clone()), ("source", other.to_string())];
    let form = serde_urlencoded::to_string(form).expect("a form");
    shop.server.browse("", Method::POST, "/endpoints/1", Some(&form)).await.expect(StatusCode::SEE_OTHER);
    assert_eq!(shop.server.show(path).await["source_ids"], json!([other]));
    shop.server.close().await;
}
