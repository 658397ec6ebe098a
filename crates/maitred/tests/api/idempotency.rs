//! POSTs that are sent again: the same key has one effect and one answer.

use crate::test_server::{Answer, TestServer};
use axum::http::{HeaderMap, Request, StatusCode};
use maitred_app::batcher::ANSWERS_KEPT;
use maitred_app::jobs::{ForgetAnswers, Job};
use maitred_core::Timestamp;
use maitred_store::clock::{now, rfc3339};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Every POST that changes something: its path in the document, the path and body of a call, another body.
fn calls() -> Vec<(&'static str, &'static str, Value, Value)> {
    let transfer = json!({"operator_id": 2});
    let release = json!({"operator_id": null});
    vec![
        ("operators", "operators", json!({"name": "Vera"}), json!({"name": "Gleb"})),
        ("calendars", "calendars", json!({"name": "Days", "zone": "UTC"}), json!({"name": "Nights", "zone": "UTC"})),
        ("sources", "sources", json!({"name": "Site"}), json!({"name": "Form"})),
        ("sources/{id}/operators", "sources/1/operators", json!({"operator_id": 2, "weight": 3}), transfer.clone()),
        (
            "contacts",
            "contacts",
            json!({"source_id": 1, "lead_external_id": "z"}),
            json!({"source_id": 1, "lead_external_id": "y"}),
        ),
        ("contacts/{id}/transfer", "contacts/1/transfer", transfer, release.clone()),
        ("contacts/{id}/transfer", "contacts/2/transfer", release, json!({"operator_id": 1})),
        ("contacts/{id}/accept", "contacts/1/accept", json!({}), json!({"decision": 1})),
        ("contacts/{id}/decline", "contacts/5/decline", json!({}), json!({"reason": "Not mine"})),
        ("contacts/{id}/respond", "contacts/1/respond", json!({"how": "call"}), json!({})),
        ("contacts/{id}/notes", "contacts/1/notes", json!({"text": "Call back"}), json!({"text": "Do not call"})),
        ("operators/{id}/heartbeat", "operators/2/heartbeat", Value::Null, json!({})),
        (
            "operators/{id}/account",
            "operators/1/account?source_id=1",
            json!({"amount": 2, "reason": "Spoiled"}),
            json!({"amount": 3, "reason": "Spoiled"}),
        ),
        ("operators/{id}/pause", "operators/2/pause", json!({"reason": "Lunch"}), json!({"reason": "Meeting"})),
        ("operators/{id}/resume", "operators/2/resume", Value::Null, json!({})),
        ("contacts/{id}/resolve", "contacts/3/resolve", Value::Null, json!({})),
        ("leads/{id}/erase", "leads/4/erase", Value::Null, json!({})),
        ("contacts/{id}/reopen", "contacts/3/reopen", Value::Null, json!({})),
        ("leads/{id}/merge", "leads/1/merge", json!({"absorb_lead_id": 2}), json!({"absorb_lead_id": 3})),
        ("leads/{id}/split", "leads/1/split", json!({"external_ids": ["a"]}), json!({"external_ids": ["b"]})),
        ("sources/{id}/phones/reread", "sources/1/phones/reread", Value::Null, json!({})),
    ]
}

/// Operators 1 and 2, source 1 which the first serves, and contacts 1 to 5 of leads 1 to 5, the fourth resolved and the
/// fifth an offer.
async fn furnished() -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 50).await;
    server.operator("Boris", 50).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    for lead in ["a", "b", "c", "d"] {
        server.contact(source, lead).await;
    }
    server.act("/api/v1/contacts/4/resolve").await.expect(StatusCode::OK);
    let offers = async |seconds: Option<u32>| {
        server.patch("/api/v1/sources/1", &json!({"accept_within_s": seconds})).await.expect(StatusCode::OK)
    };
    offers(Some(3_600)).await;
    server.contact(source, "e").await;
    offers(None).await;
    server
}

fn without_mark(answer: &Answer) -> HeaderMap {
    let mut headers = answer.headers.clone();
    headers.remove("idempotent-replayed");
    headers
}

#[track_caller]
fn assert_replays(first: &Answer, again: &Answer) {
    assert!(first.status.is_success(), "{}", first.text);
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert_eq!(without_mark(first), without_mark(again));
}

/// Everything that can be listed.
async fn state(server: &TestServer) -> Vec<Value> {
    let mut state = Vec::new();
    for path in ["operators", "sources", "sources/1/operators", "contacts", "leads", "events"] {
        state.push(server.show(&format!("/api/v1/{path}")).await);
    }
    state
}

#[tokio::test]
async fn every_call_that_is_sent_again_is_answered_as_before() {
    let server = furnished().await;
    let mut first = Vec::new();
    for (_, path, body, _) in calls() {
        first.push(server.once("k", &format!("/api/v1/{path}"), &body).await);
    }
    // By now each of them would be answered otherwise.
    server.patch("/api/v1/leads/1", &json!({"name": "Ivan"})).await.expect(StatusCode::OK);
    server.patch("/api/v1/sources/2", &json!({"name": "Other"})).await.expect(StatusCode::OK);
    server.patch("/api/v1/operators/3", &json!({"name": "Other"})).await.expect(StatusCode::OK);
    for id in 1..=6 {
        server.delete(&format!("/api/v1/contacts/{id}")).await.expect(StatusCode::NO_CONTENT);
    }
    let before = state(&server).await;
    for ((_, path, body, other), first) in calls().into_iter().zip(&first) {
        let path = format!("/api/v1/{path}");
        assert_replays(first, &server.once("k", &path, &body).await);
        let refused = server.once("k", &path, &other).await;
        assert_eq!(refused.is_problem(422, "idempotency-key-reused"), ["Idempotency-Key"], "{path}");
    }
    assert_eq!(state(&server).await, before, "nothing was done again");
    server.close().await;
}

#[tokio::test]
async fn a_time_that_has_passed_since_is_answered_as_before() {
    let server = furnished().await;
    let at = rfc3339(Timestamp(now().0 + 300_000));
    let pause = ("/api/v1/operators/1/pause", json!({"until": at}));
    let contact = ("/api/v1/contacts", json!({"source_id": 1, "not_before": at, "lead_name": "a\u{7}b"}));
    let (paused, scheduled) =
        (server.once("p", pause.0, &pause.1).await, server.once("c", contact.0, &contact.1).await);
    let mut committed = server.app.committed();
    let path = format!("/api/v1/contacts/{}", scheduled.json["id"]);
    while !server.show("/api/v1/operators/1").await["paused_at"].is_null()
        || server.show(&path).await["updated_at"] == scheduled.json["updated_at"]
    {
        committed.changed().await.expect("the batcher runs");
    }
    assert_replays(&paused, &server.once("p", pause.0, &pause.1).await);
    assert_replays(&scheduled, &server.once("c", contact.0, &contact.1).await);
    assert_eq!(scheduled.json["repaired"].as_array().map(Vec::len), Some(1), "{}", scheduled.text);
    // For one who asks for the first time it has passed.
    server.once("q", pause.0, &pause.1).await.is_problem(422, "invalid-fields");
    let late = server.once("d", contact.0, &contact.1).await.expect(StatusCode::CREATED);
    let repaired: Vec<_> = late["repaired"].as_array().expect("repairs").iter().map(|it| &it["pointer"]).collect();
    assert_eq!(repaired, ["/lead_name", "/not_before"]);
    server.close().await;
}

#[tokio::test]
async fn every_documented_key_is_one_of_these() {
    let server = TestServer::open().await;
    let document = server.show("/openapi.json").await;
    let mut declared = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("calls") {
            let names = operation["parameters"].as_array().into_iter().flatten();
            if names.clone().any(|parameter| parameter["name"] == "Idempotency-Key") {
                assert_eq!(method, "post", "{path}");
                declared.insert(path.trim_start_matches("/api/v1/").to_owned());
            } else {
                // What is read again never makes a second contact.
                let changes_nothing = ["/preview", "/rerun", "/rerun-payloads"].iter().any(|end| path.ends_with(end));
                // A browser that is added again is the same one.
                let is_same_again = path.contains("/browsers");
                let tells_a_secret = path.starts_with("/api/v1/endpoints")
                    || ["/api/v1/keys", "/telegram-link"].iter().any(|end| path.ends_with(end));
                assert!(
                    method != "post" || changes_nothing || is_same_again || tells_a_secret,
                    "{path} changes something and has no key"
                );
            }
        }
    }
    // It gives a new address; `forms_and_hooks.rs` has what it does.
    let of_intakes = ["rotate-intake"];
    let of_intakes = of_intakes.map(|call| format!("sources/{{id}}/{call}"));
    // It needs a bot, which `telegram_replies.rs` has.
    let of_bots = ["contacts/{id}/messages".to_owned()];
    let listed = calls().iter().map(|call| call.0.to_owned()).collect::<BTreeSet<String>>();
    let tested: BTreeSet<String> = listed.into_iter().chain(of_intakes).chain(of_bots).collect();
    assert_eq!(declared, tested);
    server.close().await;
}

#[tokio::test]
async fn the_same_key_with_another_body_is_422() {
    let server = furnished().await;
    let body = json!({"source_id": 1, "lead_phone": "8 999 123-45-67", "message": "Hello!"});
    server.once("k", "/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    let other = json!({"source_id": 1, "lead_phone": "8 999 123-45-67", "message": "Bye!"});
    let refused = server.once("k", "/api/v1/contacts", &other).await;
    assert_eq!(refused.is_problem(422, "idempotency-key-reused"), ["Idempotency-Key"]);
    assert!(!refused.text.contains("999") && !refused.text.contains("Bye"));
    // The same key is another one for another call.
    server.once("k", "/api/v1/contacts/5/resolve", &Value::Null).await.expect(StatusCode::OK);
    server.once("k", "/api/v1/contacts/5/resolve", &json!({})).await.is_problem(422, "idempotency-key-reused");
    assert_eq!(server.answers_kept(), 2);
    server.close().await;
}

#[tokio::test]
async fn what_was_refused_may_be_sent_again() {
    let server = TestServer::open().await;
    let body = json!({"source_id": 1, "lead_external_id": "a"});
    server.once("k", "/api/v1/contacts", &body).await.is_problem(404, "unknown-reference");
    let source = server.source("Bot", &[]).await;
    assert_eq!(source, 1);
    let first = server.once("k", "/api/v1/contacts", &body).await;
    assert_replays(&first, &server.once("k", "/api/v1/contacts", &body).await);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_at_once_with_one_key_make_one_contact() {
    let server = Arc::new(furnished().await);
    let mut clients = JoinSet::new();
    for _ in 0..50 {
        let server = server.clone();
        clients.spawn(async move {
            let body = json!({"source_id": 1, "lead_phone": "8 999 123-45-67", "attributes": {"a": [1, 2]}});
            server.once("k", "/api/v1/contacts", &body).await
        });
    }
    let mut texts = BTreeSet::new();
    let mut first = 0;
    while let Some(answer) = clients.join_next().await {
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        first += usize::from(answer.header("idempotent-replayed").is_empty());
        texts.insert(answer.text);
    }
    assert_eq!((texts.len(), first), (1, 1));
    assert_eq!(server.show("/api/v1/contacts").await.as_array().map(Vec::len), Some(5 + 1));
    Arc::into_inner(server).expect("all clients are done").close().await;
}

#[tokio::test]
async fn an_event_of_a_source_is_one_contact() {
    let server = furnished().await;
    let second = server.source("Form", &[]).await;
    let event = |source: i64, id: Value, lead: &str| {
        let message = "Hello!";
        json!({"source_id": source, "lead_external_id": lead, "message": message, "source_event_id": id})
    };
    let first = server.post("/api/v1/contacts", &event(1, json!(7), "x")).await;
    assert_replays(&first, &server.post("/api/v1/contacts", &event(1, json!(7), "x")).await);
    // The source and the id alone say which event it is.
    assert_replays(&first, &server.post("/api/v1/contacts", &event(1, json!("7"), "y")).await);

    let elsewhere = server.post("/api/v1/contacts", &event(second, json!(7), "x")).await;
    assert_eq!((elsewhere.status, elsewhere.header("idempotent-replayed")), (StatusCode::CREATED, ""));
    for blank in [json!(null), json!(" ")] {
        let answer = server.post("/api/v1/contacts", &event(1, blank, "x")).await;
        assert_eq!((answer.status, answer.header("idempotent-replayed")), (StatusCode::CREATED, ""));
    }
    for wrong in [json!([7]), json!(true), json!({})] {
        let answer = server.post("/api/v1/contacts", &event(1, wrong, "x")).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), ["/source_event_id"]);
    }
    // A bot that gives each try a key of its own is known by its event, and by the key from then on.
    assert_replays(&first, &server.once("k", "/api/v1/contacts", &event(1, json!(7), "x")).await);
    let other = server.once("k", "/api/v1/contacts", &event(1, json!(8), "x")).await;
    assert_eq!(other.is_problem(422, "idempotency-key-reused"), ["Idempotency-Key"]);
    server.close().await;
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_characters() {
    let server = furnished().await;
    let body = json!({"source_id": 1, "lead_external_id": "x"});
    for wrong in ["", " ", "a b", "a\tb", "\u{430}", &"x".repeat(256)] {
        let answer = server.once(wrong, "/api/v1/contacts", &body).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), ["Idempotency-Key"], "{wrong:?}");
        let answer = server.once(wrong, "/api/v1/contacts/1/resolve", &Value::Null).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), ["Idempotency-Key"], "{wrong:?}");
    }
    for right in ["!", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", &"x".repeat(255)] {
        server.once(right, "/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    }
    let twice = Request::post("/api/v1/contacts/1/resolve").header("idempotency-key", "a");
    let twice = twice.header("Idempotency-Key", "a").body(axum::body::Body::empty());
    let answer = server.send(twice.expect("a well-formed request")).await;
    assert_eq!(answer.is_problem(422, "invalid-fields"), ["Idempotency-Key"]);
    // Other methods have no use for it.
    let patch =
        Request::patch("/api/v1/contacts/1").header("idempotency-key", "").header("content-type", "application/json");
    let patch = patch.body(axum::body::Body::from(r#"{"priority": 1}"#)).expect("a well-formed request");
    server.send(patch).await.expect(StatusCode::OK);
    server.close().await;
}

#[tokio::test]
async fn an_old_key_is_forgotten_and_a_young_one_is_not() {
    let body = json!({"source_id": 1, "lead_external_id": "a"});
    let kept = Duration::from_millis(1);
    let server = TestServer::keeping(100, kept).await;
    server.source("Bot", &[]).await;
    server.once("k", "/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    let mut job = ForgetAnswers::new(server.app.clone(), kept);
    let forgotten = async {
        while server.answers_kept() > 0 {
            job.tick().await;
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), forgotten).await.expect("it is forgotten while nothing is sent");
    let second = server.once("k", "/api/v1/contacts", &body).await;
    assert_eq!(second.header("idempotent-replayed"), "");
    assert_eq!(second.expect(StatusCode::CREATED)["id"], 2);
    server.close().await;

    let server = furnished().await;
    let first = server.once("k", "/api/v1/contacts", &body).await;
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    ForgetAnswers::new(server.app.clone(), ANSWERS_KEPT).tick().await;
    assert_replays(&first, &server.once("k", "/api/v1/contacts", &body).await);
    server.close().await;
}
