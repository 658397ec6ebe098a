//! `GET /contacts/{id}/trace`: where a lead is.

use crate::test_server::TestServer;
use axum::Router;
use axum::http::{Method, StatusCode};
use maitred_app::jobs::{ForgetDeliveries, Job, Poller, SendWebhooks, TellOperators};
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_store::accounts::Grant;
use maitred_store::clock;
use maitred_telegram::fake::FakeTelegram;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;

const TOKEN: &str = "4242:AAE-secret_of_the_bot";
const STEPS: [&str; 5] = ["received", "mapped", "decided", "told", "answered"];

/// Somebody on loopback who answers every webhook with this.
async fn receiver(status: StatusCode, answer: &'static str) -> String {
    let router = Router::new().fallback(async move || (status, answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A source that takes JSON and is served by Anna; its id and its path.
async fn hook(server: &TestServer, anna: i64) -> (i64, String) {
    let body = json!({"name": "Shop", "kind": "json", "mapping": {"phone": "$.tel"}});
    let source = server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED);
    let id = source["id"].as_i64().expect("an id");
    let member = json!({"operator_id": anna, "weight": 1});
    server.post(&format!("/api/v1/sources/{id}/operators"), &member).await.expect(StatusCode::CREATED);
    (id, source["intake_url"].as_str().expect("an address").to_owned())
}

/// Sends what is due. A job keeps its turn to send, so a test has one.
async fn deliver(job: &mut SendWebhooks) {
    for _ in 0..4 {
        job.step(clock::now()).await.expect("a store");
        job.settle(clock::now()).await.expect("a store");
    }
}

async fn trace(server: &TestServer, contact: i64) -> Value {
    let trace = server.show(&format!("/api/v1/contacts/{contact}/trace")).await;
    let names: Vec<_> = trace["steps"].as_array().expect("steps").iter().map(|it| it["step"].clone()).collect();
    assert_eq!(names, STEPS, "in order");
    trace
}

fn states(trace: &Value) -> [&str; 5] {
    std::array::from_fn(|at| trace["steps"][at]["state"].as_str().expect("a state"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_followed_from_the_payload_to_the_answer() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let (source, path) = hook(&server, anna).await;
    let url = receiver(StatusCode::OK, "thanks").await;
    server.post("/api/v1/endpoints", &json!({"url": url})).await.expect(StatusCode::CREATED);
    let payload = json!({"tel": "+79991234567"});
    server.post(&path, &payload).await.expect(StatusCode::CREATED);
    deliver(&mut SendWebhooks::new(server.app.clone()).expect("randomness")).await;
    let said = server.post("/api/v1/contacts/1/respond", &json!({"how": "call"})).await;
    let responded = said.expect(StatusCode::OK)["first_response_at"].clone();

    let trace = trace(&server, 1).await;
    assert_eq!(states(&trace), ["done"; 5], "{trace}");
    let contact = server.show("/api/v1/contacts/1").await;
    let steps = &trace["steps"];
    for step in 0..3 {
        assert_eq!(steps[step]["at"], contact["created_at"], "{}", steps[step]);
    }
    assert_eq!((&steps[2]["says"], &steps[4]["says"]), (&json!("Anna got it."), &json!("Anna responded: call.")));
    assert_eq!((&steps[4]["at"], &trace["response"]["operator_id"]), (&responded, &json!(anna)));
    assert_eq!(trace["response"]["actor"], "anonymous");
    let calls = trace["deliveries"].as_array().expect("a list");
    assert_eq!((calls.len(), &calls[0]["answer"]), (2, &json!("thanks")), "created and assigned");
    assert_eq!(steps[3]["at"], calls[1]["at"], "the first that was taken");

    // What was sent and what came back are where the links lead.
    let link = |step: usize| steps[step]["links"][0]["path"].as_str().expect("a path");
    assert_eq!(link(0), format!("/api/v1/sources/{source}/payloads/1"));
    assert_eq!(server.show(link(0)).await["body"], payload);
    assert_eq!(server.show(link(2)).await[0]["operator_id"], anna);
    let event = server.show(link(3)).await;
    assert_eq!((&event[0]["kind"], &event[0]["contact_id"]), (&json!("contact_assigned"), &json!(1)));
    let page = server.get("/contacts/1/trace").await;
    for text in ["Where is my lead?", "+79991234567", "thanks", "Anna responded: a call."] {
        assert!(page.text.contains(text), "{text} is not in {}", page.text);
    }
    assert!(server.get("/contacts/1?lang=ru").await.text.contains("Где мой лид?"));
    server.get("/api/v1/contacts/9/trace").await.is_problem(404, "unknown-id");
    server.get(&format!("/api/v1/sources/{source}/payloads/9")).await.is_problem(404, "unknown-id");
    server.close().await;
}

#[tokio::test]
async fn steps_that_do_not_apply_or_are_not_known_say_so() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let body = json!({"source_id": source, "lead_phone": "-", "message": "hi"});
    server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    let waits = trace(&server, 1).await;
    assert_eq!(states(&waits), ["not_applicable", "not_applicable", "done", "pending", "pending"]);
    assert_eq!((&waits["set_aside"], &waits["payloads"]), (&json!(["lead_phone"]), &json!([])));
    assert_eq!(waits["steps"][2]["says"], "Nobody could take it, so it waits.");
    assert!(waits["steps"][0]["at"].is_null() && waits["steps"][3]["at"].is_null());

    // The same at a source with an address: whether there was a payload cannot be known.
    let anna = server.operator("Anna", 5).await;
    let (hook, _) = hook(&server, anna).await;
    server.contact(hook, "b").await;
    assert_eq!(states(&trace(&server, 2).await), ["not_kept", "not_kept", "done", "not_applicable", "pending"]);

    let soon = clock::rfc3339(Timestamp(clock::now().0 + 3_600_000_000));
    let body = json!({"source_id": source, "lead_external_id": "c", "not_before": soon});
    server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    let scheduled = trace(&server, 3).await;
    assert_eq!((states(&scheduled)[2], &scheduled["steps"][2]["at"]), ("pending", &Value::Null));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_that_was_read_again_was_received_before_it_was_mapped() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let (source, path) = hook(&server, anna).await;
    server.post(&path, &json!({"mobile": "+79991234567"})).await.expect(StatusCode::ACCEPTED);
    let mapping = json!({"mapping": {"phone": "$.mobile"}});
    server.patch(&format!("/api/v1/sources/{source}/intake"), &mapping).await.expect(StatusCode::OK);
    server.act(&format!("/api/v1/sources/{source}/rerun-payloads")).await.expect(StatusCode::OK);
    let trace = trace(&server, 1).await;
    let (received, mapped) = (&trace["steps"][0], &trace["steps"][1]);
    let at = |step: &Value| step["at"].as_str().map(clock::parse_rfc3339).expect("a time").expect("a time");
    assert!(at(received) < at(mapped), "{trace}");
    assert!(mapped["says"].as_str().expect("a text").contains("read again"), "{mapped}");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_endpoints_refuse_is_a_failure_until_one_takes_it() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    let url = receiver(StatusCode::IM_A_TEAPOT, "no").await;
    server.post("/api/v1/endpoints", &json!({"url": url})).await.expect(StatusCode::CREATED);
    server.contact(source, "a").await;
    let mut job = SendWebhooks::new(server.app.clone()).expect("randomness");
    deliver(&mut job).await;
    let failed = trace(&server, 1).await;
    assert_eq!((states(&failed)[3], &failed["steps"][3]["at"]), ("failed", &Value::Null));
    assert_eq!(
        (&failed["deliveries"][0]["status"], &failed["deliveries"][0]["delivered"]),
        (&json!(418), &json!(false))
    );
    let url = receiver(StatusCode::OK, "").await;
    server.post("/api/v1/endpoints", &json!({"url": url})).await.expect(StatusCode::CREATED);
    server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": null})).await.expect(StatusCode::OK);
    deliver(&mut job).await;
    assert_eq!(states(&trace(&server, 1).await)[3], "done");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_lead_times_stay_and_contents_are_gone() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let (_, path) = hook(&server, anna).await;
    let url = receiver(StatusCode::OK, "hello +79991234567").await;
    server.post("/api/v1/endpoints", &json!({"url": url})).await.expect(StatusCode::CREATED);
    server.post(&path, &json!({"tel": "+79991234567"})).await.expect(StatusCode::CREATED);
    deliver(&mut SendWebhooks::new(server.app.clone()).expect("randomness")).await;
    server.patch("/api/v1/contacts/1", &json!({"is_resolved": true})).await.expect(StatusCode::OK);
    server.act("/api/v1/leads/1/erase").await.expect(StatusCode::OK);
    let mut job = ForgetDeliveries::new(server.app.clone());
    job.tick().await;
    let trace = trace(&server, 1).await;
    assert_eq!((states(&trace), &trace["is_erased"]), (["erased", "erased", "done", "done", "done"], &json!(true)));
    assert_eq!((&trace["payloads"], &trace["response"]["how"]), (&json!([]), &json!("resolved")));
    assert!(trace["deliveries"][0]["at"].is_string() && trace["deliveries"][0]["answer"].is_null(), "{trace}");
    assert!(!trace.to_string().contains("79991234567"), "{trace}");
    assert!(!server.get("/contacts/1/trace").await.text.contains("79991234567"));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_their_own_contacts_without_payloads_and_endpoints() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 5).await, server.operator("Boris", 5).await);
    let (source, path) = hook(&server, anna).await;
    let url = receiver(StatusCode::OK, "thanks").await;
    server.post("/api/v1/endpoints", &json!({"url": url})).await.expect(StatusCode::CREATED);
    server.post(&path, &json!({"tel": "+79991234567", "secret": "of the form"})).await.expect(StatusCode::CREATED);
    deliver(&mut SendWebhooks::new(server.app.clone()).expect("randomness")).await;
    let observer = server.key(Grant::Observer).await;
    let theirs = server.key(Grant::Operator(OperatorId(anna))).await;
    let other = server.key(Grant::Operator(OperatorId(boris))).await;
    let get = async |key: &str, path: &str| server.call_as(Some(key), Method::GET, path, None).await;
    let own = get(&theirs, "/api/v1/contacts/1/trace").await.expect(StatusCode::OK);
    assert_eq!((&own["deliveries"], &own["steps"][0]["links"]), (&Value::Null, &json!([])), "{own}");
    assert_eq!((&own["steps"][0]["state"], &own["steps"][3]["state"]), (&json!("done"), &json!("not_applicable")));
    let payload = format!("/api/v1/sources/{source}/payloads/1");
    get(&theirs, &payload).await.is_problem(403, "forbidden");
    get(&other, "/api/v1/contacts/1/trace").await.is_problem(403, "forbidden");
    let seen = get(&observer, "/api/v1/contacts/1/trace").await.expect(StatusCode::OK);
    assert_eq!(seen["deliveries"].as_array().map(Vec::len), Some(2));
    assert_eq!(get(&observer, &payload).await.expect(StatusCode::OK)["body"]["tel"], "+79991234567");
    let cookie = server.session("anna", Grant::Operator(OperatorId(anna))).await;
    let page = server.browse(&cookie, Method::GET, "/contacts/1/trace", None).await;
    assert!(page.text.contains("step-answered") && !page.text.contains("of the form"), "{}", page.text);
    assert!(!page.text.contains("thanks") && !page.text.contains("/intake"), "{}", page.text);
    server.close().await;
}

#[tokio::test]
async fn who_was_told_in_telegram_and_who_could_not_be_is_in_it() {
    let telegram = FakeTelegram::start().await;
    telegram.add_bot(TOKEN, "shop_bot", 70_000);
    let server = TestServer::with_telegram(telegram.url()).await;
    let body = json!({"name": "Shop", "kind": "telegram", "bot_token": TOKEN});
    let source = server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED)["id"].as_i64().expect("an id");
    let anna = server.operator("Anna", 5).await;
    let member = json!({"operator_id": anna, "weight": 1});
    server.post(&format!("/api/v1/sources/{source}/operators"), &member).await.expect(StatusCode::CREATED);
    let mut poller = Poller::new(server.app.clone(), SourceId(source));
    let mut teller = TellOperators::new(server.app.clone());
    teller.step(clock::now()).await.expect("a store");
    let link = server.act(&format!("/api/v1/operators/{anna}/telegram-link")).await.expect(StatusCode::CREATED);
    telegram.write(TOKEN, 101, &format!("/start op_{}", link["code"].as_str().expect("a code")));
    telegram.write(TOKEN, 9_001, "Hello");
    poller.step(Duration::ZERO, clock::now()).await.expect("updates");
    assert_eq!(states(&trace(&server, 1).await), ["not_applicable", "not_applicable", "done", "pending", "pending"]);

    teller.step(clock::now()).await.expect("a store");
    let told = trace(&server, 1).await;
    let notice = &told["notices"][0];
    assert_eq!(
        (&notice["way"], &notice["state"], &notice["problem"]),
        (&json!("telegram"), &json!("assigned"), &Value::Null)
    );
    assert_eq!((states(&told)[3], &told["steps"][3]["at"]), ("done", &notice["told_at"]));
    assert!(told["steps"][0]["says"].as_str().expect("a text").contains("message to the bot"), "{told}");

    // She leaves the bot: what she gets after that is not told.
    telegram.block(TOKEN, 101);
    server.contact(source, "b").await;
    teller.step(clock::now()).await.expect("a store");
    let blocked = trace(&server, 2).await;
    let notice = &blocked["notices"][0];
    assert_eq!(
        (states(&blocked)[3], &notice["problem"], &notice["state"]),
        ("failed", &json!("blocked"), &json!("not_sent"))
    );
    assert!(server.get("/contacts/2/trace?lang=ru").await.text.contains("бот заблокирован"));
    server.close().await;
}
