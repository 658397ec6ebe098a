//! `/compat/appeals`.

use super::{faults, says};
use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::{Value, json};

const BASE: &str = "/compat/appeals";

async fn post(server: &TestServer, path: &str, body: Value) -> Value {
    server.post(&format!("{BASE}{path}"), &body).await.expect(StatusCode::CREATED)
}

async fn put(server: &TestServer, path: &str, body: Value) -> Value {
    server.put(&format!("{BASE}{path}"), &body).await.expect(StatusCode::OK)
}

async fn show(server: &TestServer, path: &str) -> Value {
    server.show(&format!("{BASE}{path}")).await
}

/// Deletes it, and sees that it is gone.
async fn delete(server: &TestServer, path: &str, gone: &str) {
    let path = format!("{BASE}{path}");
    assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
    says(&server.get(&path).await, 404, gone);
    says(&server.delete(&path).await, 404, gone);
}

#[tokio::test]
async fn operators_come_and_go() {
    let server = TestServer::open().await;
    let anna = post(&server, "/operators", json!({"status": "ACTIVE", "active_appeals_limit": 5})).await;
    let id = &anna["id"];
    assert_eq!((&anna["status"], &anna["active_appeals_limit"]), (&json!("ACTIVE"), &json!(5)));
    assert!(anna["created_at"].is_string());
    assert_eq!(show(&server, "/operators").await, json!([anna]));
    assert_eq!(show(&server, &format!("/operators/{id}")).await, anna);
    assert_eq!(server.show(&format!("/api/v1/operators/{id}")).await["name"], format!("Operator {id}"));
    let update = json!({"status": "INACTIVE", "active_appeals_limit": 10});
    let updated = put(&server, &format!("/operators/{id}"), update).await;
    assert_eq!((&updated["status"], &updated["active_appeals_limit"]), (&json!("INACTIVE"), &json!(10)));
    delete(&server, &format!("/operators/{id}"), "Operator not found").await;
    let body = json!({"status": "ACTIVE", "active_appeals_limit": 1});
    says(&server.put(&format!("{BASE}/operators/{id}"), &body).await, 404, "Operator not found");
    server.close().await;
}

#[tokio::test]
async fn lead_sources_come_and_go() {
    let server = TestServer::open().await;
    server.source("BOT 2", &[]).await;
    let first = post(&server, "/lead-sources", json!({"type": "BOT"})).await;
    let second = post(&server, "/lead-sources/", json!({"type": "BOT"})).await;
    let names = server.show("/api/v1/sources").await;
    assert_eq!((&names[1]["name"], &names[2]["name"]), (&json!("BOT 3"), &json!("BOT 4")), "a name that is taken");
    assert_eq!(names[1]["kind"], "bot");
    assert_eq!(show(&server, "/lead-sources").await.as_array().map(Vec::len), Some(3));
    let path = format!("/lead-sources/{}", first["id"]);
    assert_eq!(show(&server, &path).await, first);
    assert_eq!(put(&server, &path, json!({"type": "BOT"})).await, first);
    assert_eq!(put(&server, &path, json!({})).await, first);
    delete(&server, &path, "Lead source not found").await;
    let appeal = post(&server, "/appeals", json!({"lead_id": 1, "lead_source_id": second["id"]})).await;
    let path = format!("/lead-sources/{}", second["id"]);
    says(&server.delete(&format!("{BASE}{path}")).await, 409, "Lead source has active appeals");
    put(&server, &format!("/appeals/{}", appeal["id"]), json!({"status": "RESOLVED"})).await;
    delete(&server, &path, "Lead source not found").await;
    server.close().await;
}

#[tokio::test]
async fn links_have_ids_of_their_own() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 5).await, server.operator("Boris", 5).await);
    let (bot, site) = (server.source("Bot", &[]).await, server.source("Site", &[]).await);
    let mut ids = Vec::new();
    for source in [bot, site] {
        for operator in [anna, boris] {
            let body = json!({"operator_id": operator, "routing_factor": 10});
            let link = post(&server, &format!("/lead-sources/{source}/operators"), body).await;
            assert_eq!((&link["operator_id"], &link["lead_source_id"]), (&json!(operator), &json!(source)));
            let path = format!("/lead-sources/{source}/operators/{}", link["id"]);
            assert_eq!(show(&server, &path).await, link);
            ids.push(link["id"].as_i64().expect("an id"));
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 4, "{ids:?}");
    let path = format!("/lead-sources/{site}/operators/{}", ids[3]);
    assert_eq!(put(&server, &path, json!({"routing_factor": 70})).await["routing_factor"], 70);
    let links = show(&server, &format!("/lead-sources/{site}/operators")).await;
    let factors: Vec<_> = links.as_array().expect("a list").iter().map(|l| l["routing_factor"].as_i64()).collect();
    assert_eq!(factors, [Some(10), Some(70)]);
    let elsewhere = format!("{BASE}/lead-sources/{bot}/operators/{}", ids[3]);
    says(&server.get(&elsewhere).await, 404, "Lead source operator not found");
    says(&server.delete(&elsewhere).await, 404, "Lead source operator not found");
    delete(&server, &path, "Lead source operator not found").await;
    says(
        &server.put(&format!("{BASE}{path}"), &json!({"routing_factor": 1})).await,
        404,
        "Lead source operator not found",
    );
    assert_eq!(show(&server, "/lead-sources/99/operators").await, json!([]));
    let body = json!({"operator_id": 99, "routing_factor": 1});
    says(&server.post(&format!("{BASE}/lead-sources/{bot}/operators"), &body).await, 404, "Operator not found");
    let body = json!({"operator_id": anna, "routing_factor": 1});
    says(&server.post(&format!("{BASE}/lead-sources/99/operators"), &body).await, 404, "Lead source not found");
    server.close().await;
}

/// As its own integration test has it: a small limit with a huge weight, a large limit with a small one.
#[tokio::test]
async fn appeals_respect_weights_and_limits_and_inspection_agrees() {
    let server = TestServer::open().await;
    let source = post(&server, "/lead-sources", json!({"type": "BOT"})).await["id"].clone();
    let mut operators = Vec::new();
    for (limit, factor) in [(1, 1_000_000_000), (100, 1)] {
        let operator = post(&server, "/operators", json!({"status": "ACTIVE", "active_appeals_limit": limit})).await;
        let link = json!({"operator_id": operator["id"], "routing_factor": factor});
        post(&server, &format!("/lead-sources/{source}/operators"), link).await;
        operators.push(operator["id"].clone());
    }
    for n in 1..=20 {
        let appeal = post(&server, "/appeals", json!({"lead_id": 1, "lead_source_id": source})).await;
        assert_eq!((&appeal["id"], &appeal["lead_id"], &appeal["status"]), (&json!(n), &json!(1), &json!("ACTIVE")));
    }
    let appeals = show(&server, "/appeals").await;
    let of = |operator: &Value| {
        let appeals = appeals.as_array().expect("a list");
        appeals.iter().filter(|appeal| appeal["assigned_operator_id"] == *operator).count()
    };
    assert_eq!((of(&operators[0]), of(&operators[1])), (1, 19));
    let leads = show(&server, "/inspect/leads").await;
    let lead = leads.as_array().and_then(|leads| leads.first()).expect("one lead");
    assert_eq!((&lead["id"], lead["appeals"].as_array().map(Vec::len)), (&json!(1), Some(20)));
    let first = &lead["appeals"][0];
    let names: Vec<&String> = first.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["assigned_operator_id", "created_at", "id", "lead_source_id", "status"]);
    let share = |operator: &Value, count| -> Value {
        json!({"lead_source_id": source, "assigned_operator_id": operator, "appeals_count": count})
    };
    let distribution = show(&server, "/inspect/appeals-distribution").await;
    assert_eq!(distribution, json!([share(&operators[0], 1), share(&operators[1], 19)]));
    server.close().await;
}

#[tokio::test]
async fn an_appeal_is_resolved_reopened_and_deleted() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    let appeal = post(&server, "/appeals", json!({"lead_id": -17, "lead_source_id": source})).await;
    assert_eq!((&appeal["assigned_operator_id"], &appeal["lead_id"]), (&json!(anna), &json!(-17)));
    let waiting = post(&server, "/appeals", json!({"lead_id": 18, "lead_source_id": source})).await;
    assert_eq!((&waiting["assigned_operator_id"], &waiting["status"]), (&Value::Null, &json!("ACTIVE")));
    let nobody = json!({"lead_source_id": source, "assigned_operator_id": null, "appeals_count": 1});
    assert_eq!(show(&server, "/inspect/appeals-distribution").await[0], nobody);
    let path = format!("/appeals/{}", appeal["id"]);
    let resolved = put(&server, &path, json!({"status": "RESOLVED"})).await;
    assert_eq!((&resolved["status"], &resolved["lead_id"]), (&json!("RESOLVED"), &json!(-17)));
    assert_eq!(show(&server, &format!("/appeals/{}", waiting["id"])).await["assigned_operator_id"], anna);
    let reopened = put(&server, &path, json!({"status": "ACTIVE"})).await;
    assert_eq!((&reopened["status"], &reopened["assigned_operator_id"]), (&json!("ACTIVE"), &Value::Null));
    delete(&server, &path, "Appeal not found").await;
    says(&server.put(&format!("{BASE}{path}"), &json!({"status": "ACTIVE"})).await, 404, "Appeal not found");
    server.close().await;
}

#[tokio::test]
async fn a_lead_of_another_dialect_has_its_negated_id() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let body = json!({"source_id": source, "lead_phone": "+79991234567"});
    server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    server.contact(source, "user 5").await;
    server.contact(source, "007").await;
    server.contact(source, "7").await;
    let appeals = show(&server, "/appeals").await;
    let numbers: Vec<_> = appeals.as_array().expect("a list").iter().map(|a| a["lead_id"].as_i64()).collect();
    assert_eq!(numbers, [-1, -2, -3, -4].map(Some));
    let leads = show(&server, "/inspect/leads").await;
    let numbers: Vec<_> = leads.as_array().expect("a list").iter().map(|lead| lead["id"].as_i64()).collect();
    assert_eq!(numbers, [-4, -3, -2, -1].map(Some));
    let appeal = post(&server, "/appeals", json!({"lead_id": 7, "lead_source_id": source})).await;
    let lead = &server.show(&format!("/api/v1/contacts/{}", appeal["id"])).await["lead_id"];
    assert_eq!((appeal["lead_id"].as_i64(), lead), (Some(7), &json!(5)), "the id of another system is another person");
    server.close().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_as_its_clients_know_it() {
    let server = TestServer::open().await;
    let at = |path: &str| format!("{BASE}{path}");
    says(
        &server.post(&at("/appeals"), &json!({"lead_id": 1, "lead_source_id": 7})).await,
        404,
        "Lead source not found",
    );
    let wrong = json!({"status": "active", "active_appeals_limit": -1});
    let expected =
        [(json!(["body", "status"]), "enum"), (json!(["body", "active_appeals_limit"]), "greater_than_equal")];
    faults(&server.post(&at("/operators"), &wrong).await, &expected);
    let expected = [(json!(["body", "active_appeals_limit"]), "missing")];
    faults(&server.put(&at("/operators/1"), &json!({"status": "ACTIVE"})).await, &expected);
    faults(&server.post(&at("/lead-sources"), &json!({"type": "SITE"})).await, &[(json!(["body", "type"]), "enum")]);
    faults(&server.put(&at("/appeals/1"), &json!({"status": 5})).await, &[(json!(["body", "status"]), "enum")]);
    let large = json!({"lead_id": 1e30, "lead_source_id": true});
    faults(&server.post(&at("/appeals"), &large).await, &[(json!(["body", "lead_id"]), "int_parsing_size")]);
    let path = [
        (json!(["path", "lead_source_id"]), "int_parsing"),
        (json!(["path", "lead_source_operator_id"]), "int_parsing"),
    ];
    faults(&server.get(&at("/lead-sources/a/operators/b")).await, &path);
    server.close().await;
}
