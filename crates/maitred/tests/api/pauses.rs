//! `/api/v1/operators/{id}/pause`, `/resume` and `/availability`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use maitred_core::Timestamp;
use maitred_store::clock::{now, rfc3339};
use rstest::rstest;
use serde_json::{Value, json};

fn in_seconds(seconds: i64) -> String {
    rfc3339(Timestamp(now().0 / 1_000_000 * 1_000_000 + seconds * 1_000_000))
}

/// A source with Anna, who has room for one contact.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    server.source("Bot", &[(anna, 1)]).await;
    server
}

async fn reasons(server: &TestServer, query: &str) -> Vec<(String, Value)> {
    let found = server.show(&format!("/api/v1/operators/1/availability{query}")).await;
    let reasons = found["reasons"].as_array().expect("a list");
    assert_eq!(found["available"], reasons.is_empty());
    reasons.iter().map(|it| (it["reason"].as_str().expect("a word").to_owned(), it["until"].clone())).collect()
}

#[tokio::test]
async fn an_operator_pauses_and_is_back_at_the_end_of_it() {
    let server = server().await;
    let mut committed = server.app.committed();
    let until = rfc3339(Timestamp(now().0 + 150_000));
    let body = json!({"until": until, "reason": "Lunch"});
    let paused = server.post("/api/v1/operators/1/pause", &body).await.expect(StatusCode::OK);
    assert_eq!((&paused["paused_until"], &paused["pause_reason"]), (&json!(until), &json!("Lunch")));
    assert_eq!((paused["paused_at"].is_string(), &paused["is_active"]), (true, &json!(true)));
    server.contact(1, "a").await;
    assert_eq!(server.show("/api/v1/contacts/1").await["status"], "waiting");
    while server.show("/api/v1/contacts/1").await["status"] == "waiting" {
        committed.changed().await.expect("the batcher runs");
    }
    let anna = server.show("/api/v1/operators/1").await;
    assert_eq!((&anna["paused_at"], &anna["paused_until"]), (&Value::Null, &Value::Null));
    let events = server.show("/api/v1/events?after=3").await;
    let told: Vec<_> = events.as_array().expect("a list").iter().map(|e| e["kind"].as_str().expect("a kind")).collect();
    assert_eq!(told, ["operator_paused", "contact_created", "operator_resumed", "contact_assigned"]);
    assert_eq!((&events[0]["until"], &events[2]["actor"]), (&json!(until), &json!("system")));
    assert!(events[2]["late_ms"].is_i64());
    server.close().await;
}

#[tokio::test]
async fn a_pause_without_an_end_is_ended_by_hand() {
    let server = server().await;
    server.post("/api/v1/operators/1/pause", &json!({})).await.expect(StatusCode::OK);
    server.contact(1, "a").await;
    let refused = server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": 1})).await;
    refused.is_problem(409, "operator-inactive");
    let resumed = server.act("/api/v1/operators/1/resume").await.expect(StatusCode::OK);
    assert_eq!((&resumed["paused_at"], &resumed["current_load"]), (&Value::Null, &json!(1)));
    server.act("/api/v1/operators/1/resume").await.expect(StatusCode::OK);
    server.act("/api/v1/operators/9/resume").await.is_problem(404, "unknown-id");
    server.close().await;
}

#[rstest]
#[case(json!({"until": "soon"}))]
#[case(json!({"until": "2020-01-01T00:00:00Z"}))]
#[case(json!({"until": "9999-01-01T00:00:00Z"}))]
#[case(json!({"reason": "a\u{1}b"}))]
#[case(json!({"reason": "x".repeat(101)}))]
#[tokio::test]
async fn what_is_no_pause_is_refused(#[case] body: Value) {
    let server = server().await;
    server.post("/api/v1/operators/1/pause", &body).await.is_problem(422, "invalid-fields");
    server.close().await;
}

#[tokio::test]
async fn availability_names_every_reason_with_its_end() {
    let server = server().await;
    assert_eq!(reasons(&server, "").await, []);
    assert_eq!(reasons(&server, "?source_id=1").await, []);
    server.source("Site", &[]).await;
    assert_eq!(reasons(&server, "?source_id=2").await, [("not_a_member".to_owned(), Value::Null)]);
    let until = in_seconds(3_600);
    server.post("/api/v1/operators/1/pause", &json!({"until": until})).await.expect(StatusCode::OK);
    let later = json!({"source_id": 1, "not_before": in_seconds(7_200)});
    server.post("/api/v1/contacts", &later).await.expect(StatusCode::CREATED);
    server.patch("/api/v1/operators/1", &json!({"is_active": false, "max_load": 0})).await.expect(StatusCode::OK);
    let all = reasons(&server, "?contact_id=1").await;
    let expected = [
        ("inactive".to_owned(), Value::Null),
        ("paused".to_owned(), json!(until)),
        ("full".to_owned(), Value::Null),
        ("scheduled".to_owned(), later["not_before"].clone()),
    ];
    assert_eq!(all, expected);
    server.patch("/api/v1/operators/1", &json!({"is_active": true, "max_load": 5})).await.expect(StatusCode::OK);
    assert_eq!(reasons(&server, &format!("?at={until}")).await, [], "at its end a pause is over");
    assert_eq!(reasons(&server, "?at=2020-01-01T00:00:00Z").await, [], "before it there was none");
    let wrong = server.get("/api/v1/operators/1/availability?source_id=9").await;
    wrong.is_problem(422, "invalid-fields");
    server.get("/api/v1/operators/9/availability").await.is_problem(404, "unknown-id");
    server.close().await;
}

#[tokio::test]
async fn a_preview_and_a_decision_say_who_was_paused_until_when() {
    let server = server().await;
    let until = in_seconds(3_600);
    server.post("/api/v1/operators/1/pause", &json!({"until": until})).await.expect(StatusCode::OK);
    server.contact(1, "a").await;
    let preview = server.act("/api/v1/sources/1/preview").await.expect(StatusCode::OK);
    let decisions = server.show("/api/v1/contacts/1/decisions").await;
    for candidate in [&preview["candidates"][0], &decisions[0]["candidates"][0]] {
        assert_eq!((&candidate["ineligibility"], &candidate["until"]), (&json!("paused"), &json!(until)));
    }
    assert_eq!(preview["would_wait"], true);
    server.close().await;
}
