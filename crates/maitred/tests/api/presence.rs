//! `/api/v1/operators/{id}/heartbeat`, and what else shows that an operator is there.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_app::auth::Caller;
use maitred_core::command::OperatorEdit;
use maitred_core::{Command, OperatorId};
use maitred_store::accounts::Grant;
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const HEARTBEAT: &str = "/api/v1/operators/1/heartbeat";

/// A source with Anna, who has room for two contacts.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 2).await;
    server.source("Bot", &[(anna, 1)]).await;
    server
}

/// Has Anna be away one second after she was heard from, which is less than anybody may set, and waits until she is.
async fn until_away(server: &TestServer) {
    let mut committed = server.app.committed();
    let edit = OperatorEdit { away_after_s: Some(Some(1)), ..OperatorEdit::default() };
    let edit = Command::EditOperator(OperatorId(1), edit);
    server.app.execute(&Caller::ANYBODY, edit, Vec::new(), None).await.expect("it is set");
    while server.show("/api/v1/operators/1").await["away_at"].is_null() {
        committed.changed().await.expect("the batcher runs");
    }
}

async fn told(server: &TestServer) -> Vec<String> {
    let events = server.show("/api/v1/events?after=3").await;
    let events = events.as_array().expect("a list");
    events.iter().map(|event| event["kind"].as_str().expect("a kind").to_owned()).collect()
}

#[tokio::test]
async fn somebody_who_is_away_gets_what_waits_when_heard_from() {
    let server = server().await;
    until_away(&server).await;
    server.contact(1, "a").await;
    let anna = server.show("/api/v1/operators/1").await;
    assert_eq!((&anna["away_after_s"], &anna["away_at"]), (&json!(1), &anna["present_until"]));
    let found = server.show("/api/v1/operators/1/availability?contact_id=1").await;
    assert_eq!(found["reasons"], json!([{"reason": "away", "until": null}]));
    let tomorrow = server.show("/api/v1/operators/1/availability?at=2100-01-01T00:00:00Z").await;
    assert_eq!(tomorrow["available"], true, "whether she will be heard from nobody knows");
    let preview = server.act("/api/v1/sources/1/preview").await.expect(StatusCode::OK);
    assert_eq!((&preview["would_wait"], &preview["candidates"][0]["ineligibility"]), (&json!(true), &json!("away")));
    let loads = server.show("/api/v1/stats/operators").await;
    assert_eq!((&loads[0]["is_away"], &loads[0]["free_slots"]), (&json!(true), &json!(0)));
    let give = server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": 1})).await;
    give.is_problem(409, "operator-inactive");

    let present = server.act(HEARTBEAT).await.expect(StatusCode::OK);
    assert_eq!((&present["away_at"], &present["current_load"]), (&Value::Null, &json!(1)));
    assert!(present["present_until"].as_str() > anna["present_until"].as_str());
    let told = told(&server).await;
    let expected = ["operator_edited", "operator_away", "contact_created", "operator_present", "contact_assigned"];
    assert_eq!(told[..5], expected);
    server.close().await;
}

#[tokio::test]
async fn whatever_an_operator_does_shows_that_they_are_there() {
    let server = server().await;
    let key = server.key(Grant::Operator(OperatorId(1))).await;
    let admin = server.key(Grant::Admin).await;
    let as_admin = async |method, path: &str, body: Option<&Value>| {
        server.call_as(Some(&admin), method, path, body).await.expect(StatusCode::OK)
    };
    let away = async || {
        let edit = OperatorEdit { away_after_s: Some(Some(1)), ..OperatorEdit::default() };
        let edit = Command::EditOperator(OperatorId(1), edit);
        server.app.execute(&Caller::ANYBODY, edit, Vec::new(), None).await.expect("it is set");
        let mut committed = server.app.committed();
        while as_admin(Method::GET, "/api/v1/operators/1", None).await["away_at"].is_null() {
            committed.changed().await.expect("the batcher runs");
        }
    };
    away().await;
    as_admin(Method::PATCH, "/api/v1/operators/1", Some(&json!({"max_load": 3}))).await;
    let anna = as_admin(Method::GET, "/api/v1/operators/1", None).await;
    assert!(anna["away_at"].is_string(), "what others do shows nothing");
    let refused = server.call_as(Some(&key), Method::POST, "/api/v1/contacts/9/accept", Some(&json!({}))).await;
    assert!(refused.status.is_client_error());
    let anna = as_admin(Method::GET, "/api/v1/operators/1", None).await;
    assert_eq!(anna["away_at"], Value::Null, "what is refused shows it as well");
    away().await;
    let own = server.call_as(Some(&key), Method::POST, "/api/v1/operators/1/resume", None).await;
    assert!(own.expect(StatusCode::OK)["away_at"].is_string(), "they are heard from behind what they do");
    let anna = as_admin(Method::GET, "/api/v1/operators/1", None).await;
    assert_eq!(anna["away_at"], Value::Null);
    away().await;
    let heartbeat = server.call_as(Some(&key), Method::POST, HEARTBEAT, None).await.expect(StatusCode::OK);
    assert_eq!(heartbeat["away_at"], Value::Null);
    let other = server.call_as(Some(&key), Method::POST, "/api/v1/operators/2/heartbeat", None).await;
    other.is_problem(403, "forbidden");
    server.close().await;
}

#[tokio::test]
async fn a_thousand_heartbeats_are_written_down_once_or_not_at_all() {
    let server = server().await;
    let of_nobody = server.act(HEARTBEAT).await.expect(StatusCode::OK);
    assert_eq!(of_nobody["present_until"], Value::Null, "nobody asks");
    server.patch("/api/v1/operators/1", &json!({"away_after_s": 86_400})).await.expect(StatusCode::OK);
    let position = server.show("/api/v1/events?after=0&limit=1000").await.as_array().map(Vec::len);
    let mut leases = BTreeSet::new();
    for _ in 0..1_000 {
        let answer = server.act(HEARTBEAT).await.expect(StatusCode::OK);
        leases.insert(answer["present_until"].as_str().expect("a time").to_owned());
    }
    assert_eq!(leases.len(), 1, "each write is another lease");
    assert_eq!(server.show("/api/v1/events?after=0&limit=1000").await.as_array().map(Vec::len), position);
    server.act("/api/v1/operators/7/heartbeat").await.is_problem(404, "unknown-id");
    server.close().await;
}

#[rstest]
#[case(json!(29))]
#[case(json!(86_401))]
#[case(json!("soon"))]
#[case(json!(60.5))]
#[tokio::test]
async fn what_is_no_time_is_refused(#[case] seconds: Value) {
    let server = server().await;
    let refused = server.patch("/api/v1/operators/1", &json!({"away_after_s": seconds})).await;
    assert_eq!(refused.is_problem(422, "invalid-fields"), ["/away_after_s"]);
    let set = server.patch("/api/v1/operators/1", &json!({"away_after_s": 30})).await.expect(StatusCode::OK);
    assert_eq!(set["away_after_s"], 30);
    let none = server.patch("/api/v1/operators/1", &json!({"away_after_s": null})).await.expect(StatusCode::OK);
    assert_eq!((&none["away_after_s"], &none["present_until"]), (&Value::Null, &Value::Null));
    server.close().await;
}
