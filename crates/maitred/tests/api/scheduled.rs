//! Scheduled contacts: `not_before` of `/api/v1/contacts`.

use crate::test_server::{Answer, TestServer};
use axum::http::StatusCode;
use maitred_core::Timestamp;
use maitred_store::clock::{now, rfc3339};
use rstest::rstest;
use serde_json::{Value, json};

fn in_seconds(seconds: i64) -> String {
    rfc3339(Timestamp(now().0 / 1_000_000 * 1_000_000 + seconds * 1_000_000))
}

/// A source with an operator who has room.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    server.source("Bot", &[(anna, 1)]).await;
    server
}

async fn submit(server: &TestServer, not_before: Value) -> Answer {
    server.post("/api/v1/contacts", &json!({"source_id": 1, "not_before": not_before})).await
}

#[tokio::test]
async fn a_scheduled_contact_waits_and_can_be_moved_and_brought_forward() {
    let server = server().await;
    let (at, later) = (in_seconds(3_600), in_seconds(7_200));
    let contact = submit(&server, json!(at)).await.expect(StatusCode::CREATED);
    assert_eq!((&contact["status"], &contact["operator_id"]), (&json!("waiting"), &Value::Null));
    assert_eq!((&contact["not_before"], &contact["repaired"]), (&json!(at), &Value::Null));
    let path = "/api/v1/contacts/1";
    let moved = server.patch(path, &json!({"not_before": later})).await.expect(StatusCode::OK);
    assert_eq!((&moved["status"], &moved["not_before"]), (&json!("waiting"), &json!(later)));
    let freed = server.patch(path, &json!({"not_before": null})).await.expect(StatusCode::OK);
    assert_eq!((&freed["status"], &freed["not_before"]), (&json!("assigned"), &Value::Null));
    let back = server.patch(path, &json!({"not_before": at})).await.expect(StatusCode::OK);
    assert_eq!((&back["status"], &back["operator_id"]), (&json!("waiting"), &Value::Null));
    let events = server.show("/api/v1/events?after=3").await;
    let told: Vec<_> = events.as_array().expect("a list").iter().map(|e| e["kind"].as_str().expect("a kind")).collect();
    let expected = [
        "contact_created",
        "contact_scheduled",
        "contact_scheduled",
        "contact_unscheduled",
        "contact_assigned",
        "contact_released",
        "contact_scheduled",
    ];
    assert_eq!(told, expected);
    assert_eq!((&events[1]["not_before"], &events[1]["moved"]), (&json!(at), &Value::Null));
    assert_eq!((&events[2]["not_before"], &events[2]["moved"]), (&json!(later), &json!(true)));
    server.close().await;
}

#[tokio::test]
async fn at_its_time_a_contact_is_assigned_although_nobody_asks_for_anything() {
    let server = server().await;
    let mut committed = server.app.committed();
    let soon = rfc3339(Timestamp(now().0 + 150_000));
    let contact = submit(&server, json!(soon)).await.expect(StatusCode::CREATED);
    assert_eq!(contact["status"], "waiting");
    let events = loop {
        let events = server.show("/api/v1/events?after=5").await;
        if events.as_array().is_some_and(|events| events.len() == 2) {
            break events;
        }
        committed.changed().await.expect("the batcher runs");
    };
    assert_eq!((&events[0]["kind"], &events[1]["kind"]), (&json!("contact_due"), &json!("contact_assigned")));
    assert!(events[0]["late_ms"].as_i64().is_some_and(|late| late >= 0), "{events}");
    assert_eq!(events[0]["actor"], "system");
    let metrics = server.get("/metrics").await.text;
    assert!(metrics.contains("\nmaitred_due_late_seconds_count"), "{metrics}");
    server.close().await;
}

#[rstest]
#[case(json!("tomorrow"), None, "is no time")]
#[case(json!("2026-13-01T00:00:00Z"), None, "is no time")]
#[case(json!({"at": 3}), None, "is no time")]
#[case(json!(true), None, "is no time")]
#[case(json!(1.5), None, "is no time")]
#[case(json!("2020-01-01T00:00:00Z"), None, "had passed")]
#[case(json!(0), None, "was a number")]
#[case(json!("9999-01-01T00:00:00Z"), Some(366), "was more than 366 days ahead")]
#[tokio::test]
async fn what_cannot_be_a_time_is_repaired_and_the_contact_is_kept(
    #[case] sent: Value,
    #[case] days: Option<i64>,
    #[case] note: &str,
) {
    let server = server().await;
    let contact = submit(&server, sent).await.expect(StatusCode::CREATED);
    assert_eq!(contact["status"], if days.is_some() { "waiting" } else { "assigned" });
    let kept = contact["not_before"].as_str().map(|at| at[..10].to_owned());
    let expected = days.map(|days| in_seconds(days * 86_400)[..10].to_owned());
    assert_eq!(kept, expected);
    assert_eq!(contact["repaired"][0]["pointer"], "/not_before");
    assert!(contact["repaired"][0]["detail"].as_str().is_some_and(|detail| detail.contains(note)), "{contact}");
    server.close().await;
}

#[tokio::test]
async fn a_number_is_seconds_or_milliseconds_and_an_empty_text_is_nothing() {
    let server = server().await;
    let seconds = now().0 / 1_000_000 + 3_600;
    let expected = rfc3339(Timestamp(seconds * 1_000_000));
    for number in [seconds, seconds * 1_000] {
        assert_eq!(submit(&server, json!(number)).await.expect(StatusCode::CREATED)["not_before"], expected);
    }
    for nothing in [json!(""), json!(" "), Value::Null] {
        let contact = submit(&server, nothing).await.expect(StatusCode::CREATED);
        assert_eq!((&contact["not_before"], &contact["repaired"]), (&Value::Null, &Value::Null));
    }
    server.close().await;
}

#[tokio::test]
async fn changes_of_a_time_are_strict_but_for_the_past() {
    let server = server().await;
    submit(&server, json!(in_seconds(3_600))).await.expect(StatusCode::CREATED);
    for wrong in [json!("soon"), json!(5), json!(in_seconds(367 * 86_400))] {
        server.patch("/api/v1/contacts/1", &json!({"not_before": wrong})).await.is_problem(422, "invalid-fields");
    }
    let past = server.patch("/api/v1/contacts/1", &json!({"not_before": in_seconds(-60)})).await;
    assert_eq!(past.expect(StatusCode::OK)["status"], "assigned");
    server.close().await;
}
