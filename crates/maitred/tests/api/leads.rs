//! `/api/v1/leads`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::{Value, json};

async fn contact_of(server: &TestServer, body: Value) {
    server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
}

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().expect("a list").iter().filter_map(|row| row["id"].as_i64()).collect()
}

#[tokio::test]
async fn leads_are_found_by_any_spelling() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    contact_of(&server, json!({"source_id": source, "lead_phone": "+79991234567", "lead_name": "Иван Петров"})).await;
    contact_of(&server, json!({"source_id": source, "lead_email": "Anna@Example.com"})).await;
    contact_of(&server, json!({"source_id": source, "lead_external_id": "TG 42"})).await;
    for (query, expected) in [
        ("phone=8%20999%20123-45-67", vec![1]),
        ("phone=+79991234567", vec![1]),
        ("phone=%2B79991234567", vec![1]),
        ("email=ANNA@example.COM", vec![2]),
        ("external_id=TG%2042", vec![3]),
        ("external_id=tg%2042", vec![]),
        ("phone=%2B79991234567&email=anna@example.com", vec![]),
        ("q=%D0%B8%D0%B2%D0%B0%D0%BD", vec![1]),
        ("q=%D0%BF%D0%B5%D1%82%D1%80%D0%BE%D0%B2", vec![1]),
        ("q=8%20999%20123-45-67", vec![1]),
        ("q=45-67", vec![1]),
        ("q=567", vec![]),
        ("q=anna@", vec![2]),
        ("q=ANNA@EXAMPLE.COM.", vec![2]),
        ("q=tg%2042", vec![3]),
        ("", vec![3, 2, 1]),
    ] {
        assert_eq!(ids(&server.show(&format!("/api/v1/leads?{query}")).await), expected, "{query}");
    }
    server.close().await;
}

#[tokio::test]
async fn a_lead_is_shown_with_counts_and_contacts() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    server.contact(source, "a").await;
    server.contact(source, "a").await;
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    let lead = server.show("/api/v1/leads/1").await;
    assert_eq!((&lead["contact_count"], &lead["open_contact_count"]), (&json!(2), &json!(1)));
    assert_eq!(ids(&server.show("/api/v1/leads/1/contacts").await), [2, 1]);
    server.close().await;
}

#[tokio::test]
async fn an_edit_names_a_lead_and_adds_identities() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    server.contact(source, "a").await;
    server.contact(source, "b").await;
    let edit = json!({"name": "Anna", "phone": "8 999 123-45-67", "email": "A@b.ru"});
    let lead = server.patch("/api/v1/leads/1", &edit).await.expect(StatusCode::OK);
    assert_eq!(lead["name"], "Anna");
    assert_eq!(lead["identities"].as_array().map(Vec::len), Some(3));
    let taken = server.patch("/api/v1/leads/2", &json!({"phone": "+79991234567"})).await;
    assert_eq!(taken.is_problem(409, "identity-taken"), ["/phone"]);
    assert!(!taken.text.contains("7999"));
    let lead = server.patch("/api/v1/leads/1", &json!({"name": null})).await.expect(StatusCode::OK);
    assert_eq!(lead["name"], Value::Null);
    server.close().await;
}

#[tokio::test]
async fn a_merge_moves_everything_to_the_lead_in_the_path() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    server.contact(source, "a").await;
    contact_of(&server, json!({"source_id": source, "lead_email": "a@b.ru"})).await;
    contact_of(&server, json!({"source_id": source, "lead_external_id": "a", "lead_email": "a@b.ru"})).await;
    assert_eq!(server.show("/api/v1/leads/1").await["possible_duplicate_ids"], json!([2]));

    let merged = server.post("/api/v1/leads/1/merge", &json!({"absorb_lead_id": 2})).await.expect(StatusCode::OK);
    assert_eq!((&merged["id"], &merged["contact_count"]), (&json!(1), &json!(3)));
    assert_eq!(merged["identities"].as_array().map(Vec::len), Some(2));
    assert_eq!(server.show("/api/v1/leads/2").await["merged_into_id"], 1);
    assert_eq!(ids(&server.show("/api/v1/leads?email=a@b.ru").await), [1]);
    let again = server.post("/api/v1/leads/1/merge", &json!({"absorb_lead_id": 2})).await;
    again.is_problem(409, "lead-merged");
    server.close().await;
}
