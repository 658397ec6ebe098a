//! `/compat/interactions`.

use super::{faults, says};
use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const BASE: &str = "/compat/interactions";

async fn post(server: &TestServer, path: &str, body: Value) -> Value {
    server.post(&format!("{BASE}{path}"), &body).await.expect(StatusCode::OK)
}

#[tokio::test]
async fn the_calls_of_its_readme_work_under_another_base_url() {
    let server = TestServer::open().await;
    let alice = post(&server, "/operators/", json!({"name": "Alice", "max_load": 1})).await;
    assert_eq!(alice, json!({"name": "Alice", "max_load": 1, "id": 1, "is_active": true}));
    let bob = post(&server, "/operators/", json!({"name": "Bob"})).await;
    assert_eq!(bob["max_load"], 10);
    assert_eq!(post(&server, "/sources/", json!({"name": "Bot"})).await, json!({"id": 1, "name": "Bot"}));
    let config = json!([{"operator_id": 1, "weight": 100}]);
    assert_eq!(post(&server, "/sources/1/config", config).await, json!({"status": "updated"}));
    let lead = json!({"external_lead_id": "user123", "source_id": 1, "message": "Hello"});
    let first = post(&server, "/interactions/", lead.clone()).await;
    assert_eq!(first, json!({"id": 1, "lead_id": 1, "operator_id": 1, "status": "open"}));
    let second = post(&server, "/interactions/", lead).await;
    assert_eq!(second, json!({"id": 2, "lead_id": 1, "operator_id": null, "status": "open"}));
    let stats = server.show(&format!("{BASE}/stats/")).await;
    let load = |operator, max_load, current_load| -> Value {
        json!({"operator": operator, "max_load": max_load, "current_load": current_load, "is_active": true})
    };
    assert_eq!(stats, json!([load("Alice", 1, 1), load("Bob", 10, 0)]));
    assert_eq!(server.show("/api/v1/contacts/1").await["message"], "Hello");
    server.close().await;
}

#[tokio::test]
async fn weights_are_added_to_the_table() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 5).await, server.operator("Boris", 5).await);
    let source = server.source("Bot", &[(anna, 10)]).await;
    let path = format!("{BASE}/sources/{source}/config/");
    let row = |operator, weight| json!({"operator_id": operator, "weight": weight});
    server.post(&path, &json!([row(boris, 0), row(boris, 30)])).await.expect(StatusCode::OK);
    let table = |members: Value| -> Vec<(i64, i64)> {
        let pair = |m: &Value| (m["operator_id"].as_i64().expect("an id"), m["weight"].as_i64().expect("a weight"));
        members.as_array().expect("a list").iter().map(pair).collect()
    };
    let members = format!("/api/v1/sources/{source}/operators");
    assert_eq!(table(server.show(&members).await), [(anna, 10), (boris, 30)]);
    says(&server.post(&path, &json!([row(anna, 1), row(99, 1)])).await, 404, "Operator not found");
    assert_eq!(table(server.show(&members).await), [(anna, 10), (boris, 30)], "all or nothing");
    server.close().await;
}

#[tokio::test]
async fn every_path_is_there_with_and_without_a_slash() {
    let server = TestServer::open().await;
    for (path, body) in [("/operators", json!({"name": "A"})), ("/sources", json!({"name": "B"}))] {
        post(&server, path, body).await;
    }
    for slash in ["", "/"] {
        post(&server, &format!("/sources/1/config{slash}"), json!([{"operator_id": 1, "weight": 1}])).await;
        let lead = json!({"external_lead_id": "x", "source_id": 1});
        post(&server, &format!("/interactions{slash}"), lead).await;
        assert_eq!(server.show(&format!("{BASE}/stats{slash}")).await[0]["operator"], "A");
    }
    server.close().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_as_its_clients_know_it() {
    let server = TestServer::open().await;
    post(&server, "/sources/", json!({"name": "Bot"})).await;
    let at = |path: &str| format!("{BASE}{path}");
    says(&server.post(&at("/sources/"), &json!({"name": "Bot"})).await, 400, "Source with this name already exists");
    let lead = json!({"external_lead_id": "x", "source_id": 7});
    says(&server.post(&at("/interactions/"), &lead).await, 404, "Source not found");
    says(&server.post(&at("/sources/7/config"), &json!([])).await, 404, "Source not found");
    says(&server.get(&at("/nowhere")).await, 404, "Not Found");
    let wrong_method = server.call(Method::PATCH, &at("/operators/"), None).await;
    says(&wrong_method, 405, "Method Not Allowed");
    assert_eq!(wrong_method.header("allow"), "POST");

    faults(&server.post(&at("/operators/"), &json!({})).await, &[(json!(["body", "name"]), "missing")]);
    let many = json!({"name": 5, "max_load": null});
    let expected = [(json!(["body", "name"]), "string_type"), (json!(["body", "max_load"]), "int_type")];
    faults(&server.post(&at("/operators/"), &many).await, &expected);
    let rows = json!([{"operator_id": "x", "weight": 1.5}, 5, {"operator_id": 1, "weight": -1}]);
    let expected = [
        (json!(["body", 0, "operator_id"]), "int_parsing"),
        (json!(["body", 0, "weight"]), "int_from_float"),
        (json!(["body", 1]), "model_attributes_type"),
        (json!(["body", 2, "weight"]), "greater_than_equal"),
    ];
    faults(&server.post(&at("/sources/1/config"), &rows).await, &expected);
    faults(&server.post(&at("/sources/1/config"), &json!({})).await, &[(json!(["body"]), "list_type")]);
    let path = [(json!(["path", "source_id"]), "int_parsing")];
    faults(&server.post(&at("/sources/one/config"), &json!([])).await, &path);
    server.close().await;
}
