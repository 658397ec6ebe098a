//! `/api/v1/operators`.

use crate::house::House;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn an_operator_is_added_with_defaults() {
    let house = House::open().await;
    let answer = house.post("/api/v1/operators", &json!({"name": "  Anna ", "salary": 5})).await;
    assert_eq!(answer.location(), "/api/v1/operators/1");
    let operator = answer.expect(StatusCode::CREATED);
    assert_eq!(operator["name"], "Anna");
    assert_eq!(operator["is_active"], true);
    assert_eq!(operator["max_load"], 10);
    assert_eq!(operator["current_load"], 0);
    assert_eq!(house.show("/api/v1/operators/1").await, operator);
    assert_eq!(house.show("/api/v1/operators").await, json!([operator]));
    house.close().await;
}

#[tokio::test]
async fn an_edit_changes_only_what_it_names() {
    let house = House::open().await;
    let id = house.operator("Anna", 5).await;
    let path = format!("/api/v1/operators/{id}");
    let before = house.show(&path).await;
    assert_eq!(house.patch(&path, &json!({})).await.expect(StatusCode::OK), before);
    let after = house.patch(&path, &json!({"max_load": 7.0})).await.expect(StatusCode::OK);
    assert_eq!((&after["max_load"], &after["name"]), (&json!(7), &before["name"]));
    assert_eq!(house.show(&path).await, after);
    house.close().await;
}

#[tokio::test]
async fn deleting_routes_the_operators_contacts_again() {
    let house = House::open().await;
    let anna = house.operator("Anna", 5).await;
    let source = house.source("Bot", &[(anna, 1)]).await;
    let contact = house.contact(source, "a").await;
    let boris = house.operator("Boris", 5).await;
    house.post(&format!("/api/v1/sources/{source}/operators"), &json!({"operator_id": boris})).await;

    assert_eq!(house.delete(&format!("/api/v1/operators/{anna}")).await.status, StatusCode::NO_CONTENT);
    house.get(&format!("/api/v1/operators/{anna}")).await.is_problem(404, "unknown-id");
    let contact = house.show(&format!("/api/v1/contacts/{}", contact["id"])).await;
    assert_eq!(contact["operator_id"], boris);
    house.close().await;
}

#[tokio::test]
async fn a_higher_limit_takes_from_those_who_wait() {
    let house = House::open().await;
    let anna = house.operator("Anna", 0).await;
    let source = house.source("Bot", &[(anna, 1)]).await;
    let contact = house.contact(source, "a").await;
    assert_eq!(contact["status"], "waiting");
    let operator = house.patch(&format!("/api/v1/operators/{anna}"), &json!({"max_load": 1})).await;
    assert_eq!(operator.expect(StatusCode::OK)["current_load"], 1);
    assert_eq!(house.show(&format!("/api/v1/contacts/{}", contact["id"])).await["status"], "assigned");
    house.close().await;
}

#[tokio::test]
async fn an_external_id_belongs_to_one_operator() {
    let house = House::open().await;
    let anna = json!({"name": "Anna", "external_id": " crm-17 "});
    let anna = house.post("/api/v1/operators", &anna).await.expect(StatusCode::CREATED);
    assert_eq!(anna["external_id"], "crm-17");
    let boris = house.operator("Boris", 5).await;
    let path = format!("/api/v1/operators/{boris}");
    assert_eq!(house.show(&path).await["external_id"], json!(null));

    let taken = json!({"name": "Vera", "external_id": "crm-17"});
    house.post("/api/v1/operators", &taken).await.is_problem(409, "external-id-taken");
    house.patch(&path, &json!({"external_id": "crm-17"})).await.is_problem(409, "external-id-taken");
    house.patch(&path, &json!({"external_id": ""})).await.is_problem(422, "invalid-fields");

    house.delete(&format!("/api/v1/operators/{}", anna["id"])).await;
    let boris = house.patch(&path, &json!({"external_id": "crm-17"})).await.expect(StatusCode::OK);
    assert_eq!(boris["external_id"], "crm-17");
    assert_eq!(house.patch(&path, &json!({"name": "Bob"})).await.expect(StatusCode::OK)["external_id"], "crm-17");
    let without = house.patch(&path, &json!({"external_id": null})).await.expect(StatusCode::OK);
    assert_eq!(without["external_id"], json!(null));
    house.close().await;
}
