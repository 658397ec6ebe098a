//! `/api/v1/operators`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn an_operator_is_added_with_defaults() {
    let server = TestServer::open().await;
    let answer = server.post("/api/v1/operators", &json!({"name": "  Anna ", "salary": 5})).await;
    assert_eq!(answer.location(), "/api/v1/operators/1");
    let operator = answer.expect(StatusCode::CREATED);
    assert_eq!(operator["name"], "Anna");
    assert_eq!(operator["is_active"], true);
    assert_eq!(operator["max_load"], 10);
    assert_eq!(operator["current_load"], 0);
    assert_eq!(server.show("/api/v1/operators/1").await, operator);
    assert_eq!(server.show("/api/v1/operators").await, json!([operator]));
    server.close().await;
}

#[tokio::test]
async fn an_edit_changes_only_what_it_names() {
    let server = TestServer::open().await;
    let id = server.operator("Anna", 5).await;
    let path = format!("/api/v1/operators/{id}");
    let before = server.show(&path).await;
    assert_eq!(server.patch(&path, &json!({})).await.expect(StatusCode::OK), before);
    let after = server.patch(&path, &json!({"max_load": 7.0})).await.expect(StatusCode::OK);
    assert_eq!((&after["max_load"], &after["name"]), (&json!(7), &before["name"]));
    assert_eq!(server.show(&path).await, after);
    server.close().await;
}

#[tokio::test]
async fn deleting_routes_the_operators_contacts_again() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    let contact = server.contact(source, "a").await;
    let boris = server.operator("Boris", 5).await;
    server.post(&format!("/api/v1/sources/{source}/operators"), &json!({"operator_id": boris})).await;

    assert_eq!(server.delete(&format!("/api/v1/operators/{anna}")).await.status, StatusCode::NO_CONTENT);
    server.get(&format!("/api/v1/operators/{anna}")).await.is_problem(404, "unknown-id");
    let contact = server.show(&format!("/api/v1/contacts/{}", contact["id"])).await;
    assert_eq!(contact["operator_id"], boris);
    server.close().await;
}

#[tokio::test]
async fn a_higher_limit_takes_from_those_who_wait() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 0).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    let contact = server.contact(source, "a").await;
    assert_eq!(contact["status"], "waiting");
    let operator = server.patch(&format!("/api/v1/operators/{anna}"), &json!({"max_load": 1})).await;
    assert_eq!(operator.expect(StatusCode::OK)["current_load"], 1);
    assert_eq!(server.show(&format!("/api/v1/contacts/{}", contact["id"])).await["status"], "assigned");
    server.close().await;
}

#[tokio::test]
async fn an_external_id_belongs_to_one_operator() {
    let server = TestServer::open().await;
    let anna = json!({"name": "Anna", "external_id": " crm-17 "});
    let anna = server.post("/api/v1/operators", &anna).await.expect(StatusCode::CREATED);
    assert_eq!(anna["external_id"], "crm-17");
    let boris = server.operator("Boris", 5).await;
    let path = format!("/api/v1/operators/{boris}");
    assert_eq!(server.show(&path).await["external_id"], json!(null));

    let taken = json!({"name": "Vera", "external_id": "crm-17"});
    server.post("/api/v1/operators", &taken).await.is_problem(409, "external-id-taken");
    server.patch(&path, &json!({"external_id": "crm-17"})).await.is_problem(409, "external-id-taken");
    server.patch(&path, &json!({"external_id": ""})).await.is_problem(422, "invalid-fields");

    server.delete(&format!("/api/v1/operators/{}", anna["id"])).await;
    let boris = server.patch(&path, &json!({"external_id": "crm-17"})).await.expect(StatusCode::OK);
    assert_eq!(boris["external_id"], "crm-17");
    assert_eq!(server.patch(&path, &json!({"name": "Bob"})).await.expect(StatusCode::OK)["external_id"], "crm-17");
    let without = server.patch(&path, &json!({"external_id": null})).await.expect(StatusCode::OK);
    assert_eq!(without["external_id"], json!(null));
    server.close().await;
}
