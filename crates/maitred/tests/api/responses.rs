//! First responses: `respond_within_s` of a source, `/api/v1/contacts/{id}/respond`, and contacts that are overdue.

use crate::test_server::TestServer;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use maitred_core::OperatorId;
use maitred_store::accounts::Grant;
use rstest::rstest;
use serde_json::{Value, json};

/// A source served by Anna.
async fn server(respond_within_s: Option<u32>) -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    server.source("Bot", &[(anna, 1)]).await;
    let settings = json!({"respond_within_s": respond_within_s});
    server.patch("/api/v1/sources/1", &settings).await.expect(StatusCode::OK);
    server
}

async fn events(server: &TestServer, kind: &str) -> Vec<Value> {
    let events = server.show("/api/v1/events?limit=1000").await;
    events.as_array().expect("a list").iter().filter(|event| event["kind"] == kind).cloned().collect()
}

#[tokio::test]
async fn the_first_response_is_kept_and_told_with_how() {
    let server = server(None).await;
    let contact = server.contact(1, "a").await;
    assert_eq!((&contact["first_response_at"], &contact["respond_by"]), (&Value::Null, &Value::Null));
    let responded = server.post("/api/v1/contacts/1/respond", &json!({"how": "call"})).await.expect(StatusCode::OK);
    assert!(responded["first_response_at"].is_string(), "{responded}");
    let again = server.post("/api/v1/contacts/1/respond", &json!({"how": "message"})).await.expect(StatusCode::OK);
    assert_eq!(again["first_response_at"], responded["first_response_at"]);
    let told = events(&server, "contact_responded").await;
    assert_eq!((told.len(), &told[0]["how"], &told[0]["operator_id"]), (1, &json!("call"), &json!(1)));
    let resolved = server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    assert_eq!(resolved["first_response_at"], responded["first_response_at"]);
    let reopened = server.act("/api/v1/contacts/1/reopen").await.expect(StatusCode::OK);
    assert_eq!(reopened["first_response_at"], Value::Null);
    server.close().await;
}

#[tokio::test]
async fn the_body_may_be_left_out_and_a_stale_press_changes_nothing() {
    let server = server(None).await;
    for lead in ["a", "b", "c"] {
        server.contact(1, lead).await;
    }
    let path = "/api/v1/contacts/1/respond";
    server.act(path).await.expect(StatusCode::OK);
    assert_eq!(events(&server, "contact_responded").await[0]["how"], "other");
    for (body, status) in [("{}", 415), ("not JSON", 415)] {
        let request = axum::http::Request::post("/api/v1/contacts/2/respond").body(Body::from(body));
        assert_eq!(server.send(request.expect("a request")).await.status, status, "a body needs its type");
    }
    let stale = json!({"operator_id": 1, "decision": 7});
    server.post("/api/v1/contacts/2/respond", &stale).await.is_problem(409, "offer-over");
    let unknown = server.post("/api/v1/contacts/2/respond", &json!({"how": "smoke"})).await;
    assert_eq!(unknown.is_problem(422, "invalid-fields"), ["/how"]);
    assert_eq!(server.show("/api/v1/contacts/2").await["first_response_at"], Value::Null);
    server.act("/api/v1/contacts/3/resolve").await.expect(StatusCode::OK);
    server.act("/api/v1/contacts/3/respond").await.is_problem(409, "contact-resolved");
    server.act("/api/v1/contacts/77/respond").await.is_problem(404, "unknown-id");
    server.close().await;
}

#[tokio::test]
async fn a_contact_without_a_response_is_overdue_and_can_be_listed() {
    let server = server(Some(10)).await;
    let mut committed = server.app.committed();
    let (first, second) = (server.contact(1, "a").await, server.contact(1, "b").await);
    assert!(first["respond_by"].is_string() && second["respond_by"].is_string(), "{first}");
    server.act("/api/v1/contacts/2/respond").await.expect(StatusCode::OK);
    assert_eq!(server.show("/api/v1/contacts?overdue=true").await, json!([]));
    while server.show("/api/v1/contacts/1").await["overdue_at"] == Value::Null {
        committed.changed().await.expect("the batcher runs");
    }
    let overdue = server.show("/api/v1/contacts?overdue=true").await;
    assert_eq!((overdue.as_array().map(Vec::len), &overdue[0]["id"]), (Some(1), &json!(1)));
    let told = events(&server, "contact_overdue").await;
    assert_eq!(told.len(), 1);
    assert!(told[0]["late_ms"].as_u64().is_some_and(|late| late < 5_000), "{}", told[0]);
    let metrics = server.get("/metrics").await.text;
    assert!(metrics.contains("\nmaitred_overdue_contacts 1\n"), "{metrics}");
    assert_eq!(server.show("/api/v1/stats/waiting").await[0]["overdue"], 1);
    server.act("/api/v1/contacts/1/respond").await.expect(StatusCode::OK);
    assert_eq!(server.show("/api/v1/contacts?overdue=true").await, json!([]));
    let contact = server.show("/api/v1/contacts/1").await;
    assert!(contact["overdue_at"].is_string() && contact["first_response_at"].is_string(), "{contact}");
    server.close().await;
}

#[rstest]
#[case(json!({"respond_within_s": 9}))]
#[case(json!({"respond_within_s": 1_209_601}))]
#[case(json!({"respond_within_s": "soon"}))]
#[tokio::test]
async fn the_time_for_a_response_has_bounds(#[case] settings: Value) {
    let server = server(Some(60)).await;
    let refused = server.patch("/api/v1/sources/1", &settings).await;
    assert_eq!(refused.is_problem(422, "invalid-fields"), ["/respond_within_s"]);
    assert_eq!(server.show("/api/v1/sources/1").await["respond_within_s"], 60, "nothing changed");
    server.close().await;
}

#[tokio::test]
async fn an_operator_responds_for_themselves_alone() {
    let server = server(Some(60)).await;
    server.contact(1, "a").await;
    let boris = server.operator("Boris", 5).await;
    let (of_anna, of_boris) =
        (server.key(Grant::Operator(OperatorId(1))).await, server.key(Grant::Operator(OperatorId(boris))).await);
    let respond = async |key: &str, body: Value| {
        server.call_as(Some(key), Method::POST, "/api/v1/contacts/1/respond", Some(&body)).await
    };
    respond(&of_boris, json!({})).await.is_problem(409, "offer-over");
    respond(&of_boris, json!({"operator_id": 1})).await.is_problem(403, "forbidden");
    let responded = respond(&of_anna, json!({})).await.expect(StatusCode::OK);
    assert!(responded["first_response_at"].is_string(), "{responded}");
    server.close().await;
}
