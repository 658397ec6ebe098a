//! `/compat/inquiries`.

use super::{faults, says};
use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const BASE: &str = "/compat/inquiries";

async fn post(server: &TestServer, path: &str, body: Value) -> Value {
    server.post(&format!("{BASE}{path}"), &body).await.expect(StatusCode::CREATED)
}

#[tokio::test]
async fn the_calls_of_its_readme_work_under_another_base_url() {
    let server = TestServer::open().await;
    for root in [BASE, "/compat/inquiries/"] {
        assert_eq!(server.show(root).await["status"], "ok");
    }
    let junior = post(&server, "/operators", json!({"name": "Junior", "max_load": 2, "is_active": true})).await;
    assert_eq!(junior, json!({"name": "Junior", "max_load": 2, "is_active": true, "id": 1}));
    let senior = post(&server, "/operators", json!({"name": "Senior"})).await;
    assert_eq!(senior, json!({"name": "Senior", "max_load": 5, "is_active": true, "id": 2}));
    assert_eq!(server.show(&format!("{BASE}/operators")).await, json!([junior, senior]));
    let source = post(&server, "/sources", json!({"name": "Site"})).await;
    assert_eq!(source, json!({"name": "Site", "id": 1}));
    assert_eq!(server.show(&format!("{BASE}/sources")).await, json!([source]));
    let config = json!({"configs": [{"operator_id": 1, "weight": 10}, {"operator_id": 2, "weight": 90}]});
    let updated = server.post(&format!("{BASE}/sources/1/config"), &config).await.expect(StatusCode::OK);
    assert_eq!(updated, json!({"status": "updated", "count": 2}));

    let mut loads = [0, 0];
    for n in 0..10 {
        let inquiry = post(&server, "/inquiries", json!({"client_id": format!("client {n}"), "source_id": 1})).await;
        let names: Vec<&String> = inquiry.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["created_at", "id", "is_active", "lead_id", "operator_id", "source_id"]);
        assert_eq!((&inquiry["is_active"], &inquiry["source_id"]), (&json!(true), &json!(1)));
        match inquiry["operator_id"].as_i64() {
            Some(id) => loads[id as usize - 1] += 1,
            None => assert!(n >= 7, "there is room for seven"),
        }
    }
    assert_eq!(loads, [2, 5]);
    let ids = |list: Value| -> Vec<i64> {
        list.as_array().expect("a list").iter().map(|row| row["id"].as_i64().expect("an id")).collect()
    };
    assert_eq!(ids(server.show(&format!("{BASE}/inquiries")).await), (1..=10).rev().collect::<Vec<_>>());
    assert_eq!(ids(server.show(&format!("{BASE}/inquiries?limit=3")).await), [10, 9, 8]);
    assert_eq!(server.show(&format!("{BASE}/inquiries?limit=0")).await, json!([]));
    server.close().await;
}

#[tokio::test]
async fn a_table_is_replaced_whole() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 5).await, server.operator("Boris", 5).await);
    let source = server.source("Bot", &[(anna, 10)]).await;
    let path = format!("{BASE}/sources/{source}/config");
    let config = json!({"configs": [{"operator_id": boris, "weight": 3}]});
    server.post(&path, &config).await.expect(StatusCode::OK);
    let members = server.show(&format!("/api/v1/sources/{source}/operators")).await;
    assert_eq!((members.as_array().map(Vec::len), &members[0]["operator_id"]), (Some(1), &json!(boris)));
    server.close().await;
}

#[tokio::test]
async fn a_client_is_known_however_they_write() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let inquiry = async |client: &str| {
        post(&server, "/inquiries", json!({"client_id": client, "source_id": source})).await["lead_id"].clone()
    };
    let contact = async |field: &str, value: &str| {
        let body = json!({"source_id": source, field: value});
        server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED)["lead_id"].clone()
    };
    assert_eq!(inquiry("+7 999 123-45-67").await, contact("lead_phone", "8 (999) 123-45-67").await);
    assert_eq!(inquiry("Ivan@Example.com").await, contact("lead_email", "ivan@example.com").await);
    assert_eq!(inquiry("1234567890").await, inquiry(" 1234567890 ").await);
    assert_ne!(inquiry("1234567890").await, contact("lead_external_id", "1234567890").await, "another system's id");
    assert_ne!(inquiry("79991234567").await, inquiry("+79991234567").await, "it may be the id of a messenger");
    server.close().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_as_its_clients_know_it() {
    let server = TestServer::open().await;
    let at = |path: &str| format!("{BASE}{path}");
    server.operator("Anna", 5).await;
    post(&server, "/sources", json!({"name": "Site"})).await;
    says(&server.post(&at("/sources"), &json!({"name": "Site"})).await, 400, "Source with this name already exists");
    says(&server.post(&at("/inquiries"), &json!({"client_id": "x", "source_id": 7})).await, 404, "Source not found");
    says(&server.post(&at("/sources/7/config"), &json!({"configs": []})).await, 404, "Source not found");
    let config = json!({"configs": [{"operator_id": 9, "weight": 1}]});
    says(&server.post(&at("/sources/1/config"), &config).await, 404, "Operator not found");
    says(&server.delete(&at("/operators")).await, 405, "Method Not Allowed");
    says(&server.get("/compat/inquiries/operators/1").await, 404, "Not Found");
    assert_eq!(server.call(Method::HEAD, BASE, None).await.status, StatusCode::OK);

    let rows = json!({"configs": [{"operator_id": 1, "weight": 0}, {"operator_id": 1, "weight": 5},
                                  {"operator_id": 1, "weight": 6}]});
    let expected = [
        (json!(["body", "configs", 0, "weight"]), "greater_than_equal"),
        (json!(["body", "configs", 2, "operator_id"]), "value_error"),
    ];
    faults(&server.post(&at("/sources/1/config"), &rows).await, &expected);
    let empty = json!({"name": "", "max_load": -1, "is_active": "maybe"});
    let expected = [
        (json!(["body", "name"]), "string_too_short"),
        (json!(["body", "max_load"]), "greater_than_equal"),
        (json!(["body", "is_active"]), "bool_parsing"),
    ];
    faults(&server.post(&at("/operators"), &empty).await, &expected);
    for (query, kind) in [("x", "int_parsing"), ("-1", "greater_than_equal")] {
        let answer = server.get(&at(&format!("/inquiries?limit={query}"))).await;
        faults(&answer, &[(json!(["query", "limit"]), kind)]);
    }
    server.close().await;
}
