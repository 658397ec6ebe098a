//! `/api/v1/sources/{id}/operators`.

use crate::test_server::TestServer;
use axum::http::{Request, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_weight_is_set_and_listed_with_its_target_share() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let boris = server.operator("Boris", 5).await;
    let source = server.source("Bot", &[(anna, 10), (boris, 10)]).await;
    let path = format!("/api/v1/sources/{source}/operators");
    let set = server.post(&path, &json!({"operator_id": anna, "weight": 30})).await.expect(StatusCode::CREATED);
    assert_eq!(set, json!({"source_id": source, "operator_id": anna, "weight": 30}));
    let members = server.show(&path).await;
    assert_eq!((&members[0]["operator_name"], &members[0]["target_share"]), (&json!("Anna"), &json!(0.75)));
    assert_eq!((&members[1]["weight"], &members[1]["target_share"]), (&json!(10), &json!(0.25)));
    server.close().await;
}

#[tokio::test]
async fn a_table_is_replaced_at_once_or_not_at_all() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let boris = server.operator("Boris", 5).await;
    let source = server.source("Bot", &[(anna, 10)]).await;
    let path = format!("/api/v1/sources/{source}/operators");
    let before = server.show(&path).await;
    for bad in [
        json!([{"operator_id": boris, "weight": 5}, {"operator_id": 99}]),
        json!([{"operator_id": boris, "weight": 5}, {"operator_id": boris, "weight": 6}]),
        json!([{"operator_id": boris, "weight": -5}]),
    ] {
        assert!(server.put(&path, &bad).await.status.is_client_error());
        assert_eq!(server.show(&path).await, before);
    }
    let table = server.put(&path, &json!([{"operator_id": boris, "weight": 5}])).await.expect(StatusCode::OK);
    assert_eq!(table, json!([{"source_id": source, "operator_id": boris, "weight": 5}]));
    assert_eq!(server.show(&path).await[0]["operator_id"], boris);
    assert_eq!(server.put(&path, &json!([])).await.expect(StatusCode::OK), json!([]));
    server.close().await;
}

#[tokio::test]
async fn taking_somebody_off_leaves_them_their_contacts() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let source = server.source("Bot", &[(anna, 10)]).await;
    server.contact(source, "a").await;
    let path = format!("/api/v1/sources/{source}/operators/{anna}");
    assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
    server.delete(&path).await.is_problem(404, "unknown-id");
    assert_eq!(server.show("/api/v1/contacts/1").await["operator_id"], anna);
    assert_eq!(server.contact(source, "b").await["status"], "waiting");
    server.close().await;
}

#[tokio::test]
async fn a_table_of_thousands_is_read() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let rows: Vec<_> = (1..=20_000).map(|id| json!({"operator_id": id, "weight": 1_000_000_000})).collect();
    let body = serde_json::to_string_pretty(&rows).expect("JSON");
    let request = Request::put(format!("/api/v1/sources/{source}/operators"));
    let request = request.header("content-type", "application/json").body(body.into()).expect("a request");
    let answer = server.send(request).await;
    assert_eq!(answer.is_problem(404, "unknown-reference").len(), 100);
    assert!(answer.json["detail"].as_str().expect("a detail").contains("19999 more"), "{}", answer.text);
    server.close().await;
}
