//! One server, four dialects at once.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Sends contact `n` of lead `n` through the dialect whose turn it is, and says who got it.
async fn send(server: &TestServer, source: i64, n: usize) -> Option<i64> {
    let (path, body, status, operator) = match n % 4 {
        0 => (
            "/api/v1/contacts",
            json!({"source_id": source, "lead_external_id": n.to_string()}),
            StatusCode::CREATED,
            "operator_id",
        ),
        1 => (
            "/compat/interactions/interactions/",
            json!({"source_id": source, "external_lead_id": n.to_string()}),
            StatusCode::OK,
            "operator_id",
        ),
        2 => (
            "/compat/inquiries/inquiries",
            json!({"source_id": source, "client_id": n.to_string()}),
            StatusCode::CREATED,
            "operator_id",
        ),
        _ => (
            "/compat/appeals/appeals",
            json!({"lead_source_id": source, "lead_id": n}),
            StatusCode::CREATED,
            "assigned_operator_id",
        ),
    };
    server.post(path, &body).await.expect(status)[operator].as_i64()
}

async fn send_all(server: &TestServer, source: i64, contacts: usize) -> BTreeMap<Option<i64>, usize> {
    let mut held = BTreeMap::new();
    let answers = futures_util::future::join_all((1..=contacts).map(|n| send(server, source, n))).await;
    answers.into_iter().for_each(|operator| *held.entry(operator).or_default() += 1);
    held
}

#[tokio::test]
async fn limits_hold_exactly_across_all_dialects() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 7).await, server.operator("Boris", 12).await);
    let source = server.source("Bot", &[(anna, 50), (boris, 1)]).await;
    let held = send_all(&server, source, 200).await;
    assert_eq!(held, BTreeMap::from([(Some(anna), 7), (Some(boris), 12), (None, 181)]));
    let stats = server.show("/compat/interactions/stats/").await;
    let loads: Vec<_> = stats.as_array().expect("a list").iter().map(|o| o["current_load"].as_i64()).collect();
    assert_eq!(loads, [Some(7), Some(12)]);
    let inquiries = server.show("/compat/inquiries/inquiries?limit=1000").await;
    let appeals = server.show("/compat/appeals/appeals").await;
    let operators = |list: &Value, name: &str| -> BTreeMap<i64, Value> {
        let pair = |row: &Value| (row["id"].as_i64().expect("an id"), row[name].clone());
        list.as_array().expect("a list").iter().map(pair).collect()
    };
    assert_eq!(operators(&inquiries, "operator_id"), operators(&appeals, "assigned_operator_id"));
    server.close().await;
}

#[tokio::test]
async fn shares_are_as_weighted_across_all_dialects() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 10_000).await, server.operator("Boris", 10_000).await);
    let source = server.source("Bot", &[(anna, 10), (boris, 30)]).await;
    let exact = json!({"policy": "smooth_weighted"});
    server.patch(&format!("/api/v1/sources/{source}"), &exact).await.expect(StatusCode::OK);
    let held = send_all(&server, source, 800).await;
    assert_eq!(held, BTreeMap::from([(Some(anna), 200), (Some(boris), 600)]));
    let distribution = server.show("/compat/appeals/inspect/appeals-distribution").await;
    assert_eq!((&distribution[0]["appeals_count"], &distribution[1]["appeals_count"]), (&json!(200), &json!(600)));
    server.close().await;
}

#[tokio::test]
async fn an_id_means_one_person_in_each_dialect_and_a_phone_in_all() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    for path_and_body in [
        ("/api/v1/contacts", json!({"source_id": source, "lead_external_id": "17"})),
        ("/compat/interactions/interactions/", json!({"source_id": source, "external_lead_id": "17"})),
        ("/compat/inquiries/inquiries", json!({"source_id": source, "client_id": "17"})),
        ("/compat/appeals/appeals", json!({"lead_source_id": source, "lead_id": 17})),
    ] {
        for _ in 0..2 {
            assert!(server.post(path_and_body.0, &path_and_body.1).await.status.is_success());
        }
    }
    let leads = server.show("/api/v1/leads?external_id=17").await;
    let counts: Vec<_> = leads.as_array().expect("a list").iter().map(|lead| lead["contact_count"].as_i64()).collect();
    assert_eq!(counts, [Some(2); 4]);
    let spaces = leads.as_array().expect("a list").iter().map(|lead| lead["identities"][0]["id_spaces"][0].as_str());
    let expected = ["compat:appeals", "compat:inquiries", "compat:interactions", "source:1"].map(Some);
    assert_eq!(spaces.collect::<Vec<_>>(), expected);
    let phone = json!({"source_id": source, "client_id": "+12025550101"});
    let inquiry = server.post("/compat/inquiries/inquiries", &phone).await.expect(StatusCode::CREATED);
    let phone = json!({"source_id": source, "lead_phone": "+1 202-555-0101"});
    let contact = server.post("/api/v1/contacts", &phone).await.expect(StatusCode::CREATED);
    assert_eq!(inquiry["lead_id"], contact["lead_id"]);
    server.close().await;
}
