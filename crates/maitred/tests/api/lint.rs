//! `/api/v1/lint` and `/api/v1/sources/{id}/coverage`: what is wrong with a configuration, and who gets a contact when.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use maitred_core::Timestamp;
use maitred_store::clock::{now, parse_rfc3339, rfc3339};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3_600 * 1_000_000;

/// The codes that are found, with the kind and the id of their subjects.
async fn found(server: &TestServer) -> Vec<(String, String, i64)> {
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let findings = server.show("/api/v1/lint").await;
    let one =
        |it: &Value| (word(&it["code"]), word(&it["subject"]["kind"]), it["subject"]["id"].as_i64().expect("an id"));
    findings.as_array().expect("a list").iter().map(one).collect()
}

fn named(code: &str, kind: &str, id: i64) -> (String, String, i64) {
    (code.to_owned(), kind.to_owned(), id)
}

/// Hours of every day of the week, in UTC.
async fn calendar(server: &TestServer, from: &str, until: &str) -> i64 {
    let days: Vec<Value> = (0..7).map(|day| json!({"day": day, "intervals": [[from, until]]})).collect();
    let calendar = json!({"name": "Hours", "zone": "UTC", "days": days});
    let made = server.post("/api/v1/calendars", &calendar).await.expect(StatusCode::CREATED);
    made["id"].as_i64().expect("an id")
}

#[tokio::test]
async fn what_is_wrong_is_found_and_gone_once_it_is_fixed() {
    let server = TestServer::open().await;
    assert_eq!(server.show("/api/v1/lint").await, json!([]), "nothing is wrong with nothing");
    let source = server.source("Bot", &[]).await;
    let anna = server.operator("Anna", 5).await;
    let expected =
        [named("source_without_operators", "source", source), named("operator_without_sources", "operator", anna)];
    assert_eq!(found(&server).await, expected);
    let first = &server.show("/api/v1/lint").await[0];
    assert_eq!((&first["severity"], &first["subject"]["name"]), (&json!("error"), &json!("Bot")));
    assert_eq!((&first["from"], &first["until"]), (&Value::Null, &Value::Null));
    assert_eq!(first["message"], "Nobody serves Bot: it has no operators.");
    assert_eq!(first["fix"], "Add operators on the page of the source.");
    let weight = |weight| json!({"operator_id": anna, "weight": weight});
    let members = format!("/api/v1/sources/{source}/operators");
    server.post(&members, &weight(0)).await.expect(StatusCode::CREATED);
    let expected =
        [named("source_without_weights", "source", source), named("operator_without_weight", "operator", anna)];
    assert_eq!(found(&server).await, expected);
    server.post(&members, &weight(1)).await.expect(StatusCode::CREATED);
    assert_eq!(found(&server).await, []);
    let until = rfc3339(Timestamp(now().0 + DAY));
    server.post(&format!("/api/v1/operators/{anna}/pause"), &json!({"until": until})).await.expect(StatusCode::OK);
    let paused = server.show("/api/v1/lint").await;
    assert_eq!((&paused[0]["code"], &paused[0]["until"]), (&json!("source_nobody_now"), &json!(until)), "{paused}");
    server.close().await;
}

#[tokio::test]
async fn hours_without_anybody_are_found_and_a_shift_fills_them() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    let (all_day, morning) = (calendar(&server, "00:00", "24:00").await, calendar(&server, "00:00", "12:00").await);
    server.patch(&format!("/api/v1/sources/{source}"), &json!({"calendar_id": all_day})).await.expect(StatusCode::OK);
    assert_eq!(found(&server).await, []);
    server.patch(&format!("/api/v1/operators/{anna}"), &json!({"calendar_id": morning})).await.expect(StatusCode::OK);
    let later = server.show("/api/v1/lint").await;
    let later = later.as_array().expect("a list").iter().find(|it| it["code"] == "source_nobody_later");
    let later = later.expect("every afternoon");
    assert_eq!(later["severity"], "warning");
    assert!(later["from"].as_str().is_some_and(|from| from.ends_with("T12:00:00Z")), "{later}");
    let evening = calendar(&server, "12:00", "24:00").await;
    let boris = server.operator("Boris", 5).await;
    server.patch(&format!("/api/v1/operators/{boris}"), &json!({"calendar_id": evening})).await.expect(StatusCode::OK);
    let weight = json!({"operator_id": boris, "weight": 3});
    server.post(&format!("/api/v1/sources/{source}/operators"), &weight).await.expect(StatusCode::CREATED);
    assert_eq!(found(&server).await, [], "the two are there all day");
    server.close().await;
}

#[tokio::test]
async fn who_gets_a_contact_at_a_moment_is_said_with_shares_and_reasons() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 1).await, server.operator("Boris", 5).await);
    let source = server.source("Bot", &[(anna, 1), (boris, 3)]).await;
    let morning = calendar(&server, "00:00", "12:00").await;
    server.patch(&format!("/api/v1/operators/{boris}"), &json!({"calendar_id": morning})).await.expect(StatusCode::OK);
    let tomorrow = rfc3339(Timestamp(now().0 + DAY))[..10].to_owned();
    let at =
        async |time: &str| server.show(&format!("/api/v1/sources/{source}/coverage?at={tomorrow}T{time}:00Z")).await;
    let early = at("11:00").await;
    assert_eq!((&early["would_wait"], &early["closed"]), (&json!(false), &Value::Null));
    let shares = |body: &Value| [&body["operators"][0]["share"], &body["operators"][1]["share"]].map(Clone::clone);
    assert_eq!(shares(&early), [json!(0.25), json!(0.75)]);
    let late = at("23:00").await;
    assert_eq!(shares(&late), [json!(1.0), json!(0.0)]);
    let reasons = &late["operators"][1]["reasons"];
    assert_eq!(reasons[0]["reason"], "off_shift");
    let back = parse_rfc3339(reasons[0]["until"].as_str().expect("a time")).expect("a time").0;
    let asked = parse_rfc3339(&format!("{tomorrow}T23:00:00Z")).expect("a time").0;
    assert_eq!(back - asked, DAY / 24, "at midnight");
    server.contact(source, "a").await;
    server.patch(&format!("/api/v1/operators/{boris}"), &json!({"is_active": false})).await.expect(StatusCode::OK);
    server.contact(source, "b").await;
    let full = server.show(&format!("/api/v1/sources/{source}/coverage")).await;
    assert_eq!((&full["would_wait"], &full["operators"][0]["reasons"][0]["reason"]), (&json!(true), &json!("full")));
    assert_eq!(at("11:00").await["would_wait"], json!(false), "how much Anna will have nobody knows");
    let reasons = server.show(&format!("/api/v1/operators/{anna}/availability?at={tomorrow}T11:00:00Z")).await;
    assert_eq!(reasons["available"], json!(true), "the same is said of the operator");
    server.get("/api/v1/sources/9/coverage").await.is_problem(404, "unknown-id");
    server.get(&format!("/api/v1/sources/{source}/coverage?at=noon")).await.is_problem(422, "invalid-fields");
    server.close().await;
}

#[tokio::test]
async fn contacts_of_a_closed_source_go_to_its_fallback() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let night = server.source("Night", &[(anna, 1)]).await;
    let day = server.source("Day", &[(anna, 1)]).await;
    let morning = calendar(&server, "00:00", "12:00").await;
    let change = json!({"calendar_id": morning, "fallback_source_id": night});
    server.patch(&format!("/api/v1/sources/{day}"), &change).await.expect(StatusCode::OK);
    let tomorrow = rfc3339(Timestamp(now().0 + DAY))[..10].to_owned();
    let late = server.show(&format!("/api/v1/sources/{day}/coverage?at={tomorrow}T23:00:00Z")).await;
    assert_eq!((&late["closed"], &late["goes_to_source_id"]), (&json!("source_closed"), &json!(night)));
    assert_eq!(late["would_wait"], json!(false));
    assert_eq!(found(&server).await, []);
    let operator = format!("/api/v1/operators/{anna}");
    server.patch(&operator, &json!({"is_active": false})).await.expect(StatusCode::OK);
    let late = server.show(&format!("/api/v1/sources/{day}/coverage?at={tomorrow}T23:00:00Z")).await;
    assert_eq!((&late["goes_to_source_id"], &late["would_wait"]), (&json!(night), &json!(true)), "it waits there");
    server.patch(&operator, &json!({"is_active": true})).await.expect(StatusCode::OK);
    server.patch(&format!("/api/v1/sources/{night}"), &json!({"calendar_id": morning})).await.expect(StatusCode::OK);
    assert_eq!(found(&server).await, [named("fallback_closed", "source", day)]);
    server.close().await;
}

#[tokio::test]
async fn payloads_that_were_not_understood_are_found() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let made = server.post("/api/v1/sources", &json!({"name": "Shop", "kind": "json"})).await;
    let made = made.expect(StatusCode::CREATED);
    let source = made["id"].as_i64().expect("an id");
    let weight = json!({"operator_id": anna, "weight": 1});
    server.post(&format!("/api/v1/sources/{source}/operators"), &weight).await.expect(StatusCode::CREATED);
    assert_eq!(found(&server).await, []);
    server.post(made["intake_url"].as_str().expect("an address"), &json!({"nothing": "of use"})).await;
    assert_eq!(found(&server).await, [named("intake_unmapped", "source", source)]);
    server.close().await;
}
