//! Contacts for a certain operator: `wanted_operator_id` and `wanted_for_s` of `/api/v1/contacts`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use maitred_core::Timestamp;
use maitred_store::clock::{now, rfc3339};
use serde_json::{Value, json};

const CONTACTS: &str = "/api/v1/contacts";

/// A source with Anna and Boris, who have room, and Clara, who does not serve it.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 5).await, server.operator("Boris", 5).await);
    server.operator("Clara", 5).await;
    server.source("Bot", &[(anna, 1), (boris, 1)]).await;
    server
}

fn in_an_hour() -> String {
    rfc3339(Timestamp(now().0 / 1_000_000 * 1_000_000 + 3_600_000_000))
}

#[tokio::test]
async fn a_contact_goes_to_who_is_wanted_or_waits_for_them() {
    let server = server().await;
    let for_boris = json!({"source_id": 1, "wanted_operator_id": 2, "wanted_for_s": 600});
    for _ in 0..2 {
        let given = server.post(CONTACTS, &for_boris).await.expect(StatusCode::CREATED);
        assert_eq!((&given["operator_id"], &given["wanted_operator_id"]), (&json!(2), &Value::Null));
    }
    server.post("/api/v1/operators/2/pause", &json!({})).await.expect(StatusCode::OK);
    let waits = server.post(CONTACTS, &for_boris).await.expect(StatusCode::CREATED);
    assert_eq!(
        (&waits["status"], &waits["wanted_operator_id"], &waits["wanted_for_s"]),
        (&json!("waiting"), &json!(2), &json!(600))
    );
    assert!(waits["retry_at"].is_string(), "{waits}");
    let path = format!("{CONTACTS}/{}", waits["id"]);
    let why = server.show(&format!("/api/v1/operators/1/availability?contact_id={}", waits["id"])).await;
    assert_eq!(why["reasons"], json!([{"reason": "reserved", "until": waits["retry_at"]}]));
    let events = server.show("/api/v1/events").await;
    let reserved = events.as_array().expect("a list").iter().find(|event| event["kind"] == "contact_reserved");
    let reserved = reserved.expect("it is told");
    assert_eq!((&reserved["for_operator_id"], &reserved["until"]), (&json!(2), &waits["retry_at"]));
    server.post("/api/v1/operators/2/resume", &json!({})).await.expect(StatusCode::OK);
    assert_eq!(server.show(&path).await["operator_id"], 2);
    server.close().await;
}

#[tokio::test]
async fn a_wish_at_intake_that_cannot_be_read_or_met_loses_no_contact() {
    let server = server().await;
    let text = json!({"source_id": 1, "wanted_operator_id": "2", "wanted_for_s": "60"});
    assert_eq!(server.post(CONTACTS, &text).await.expect(StatusCode::CREATED)["operator_id"], 2);
    for (operator, seconds, repaired) in
        [(json!("Anna"), json!(60), 1), (json!([1]), json!(-1), 2), (json!(3), json!(60), 0)]
    {
        let body = json!({"source_id": 1, "wanted_operator_id": operator, "wanted_for_s": seconds});
        let made = server.post(CONTACTS, &body).await.expect(StatusCode::CREATED);
        assert_eq!((&made["status"], &made["wanted_operator_id"]), (&json!("assigned"), &Value::Null), "{made}");
        assert_eq!(made["repaired"].as_array().map_or(0, Vec::len), repaired, "{made}");
    }
    server.close().await;
}

#[tokio::test]
async fn an_event_that_is_sent_again_gets_the_first_answer_whatever_was_promised_since() {
    let server = server().await;
    let event = json!({"source_id": 1, "source_event_id": "7", "wanted_operator_id": 2});
    let first = server.post(CONTACTS, &event).await.expect(StatusCode::CREATED);
    assert_eq!((&first["operator_id"], &first["wanted_operator_id"]), (&json!(2), &Value::Null));
    let promised = json!({"not_before": in_an_hour(), "wanted_operator_id": 1});
    server.patch(&format!("{CONTACTS}/{}", first["id"]), &promised).await.expect(StatusCode::OK);
    let in_other_words = json!({"source_id": 1, "source_event_id": "7", "message": "Hello?"});
    for again in [event, in_other_words] {
        assert_eq!(server.post(CONTACTS, &again).await.expect(StatusCode::CREATED), first);
    }
    server.close().await;
}

#[tokio::test]
async fn a_callback_is_promised_for_a_time_to_come() {
    let server = server().await;
    server.post(CONTACTS, &json!({"source_id": 1})).await.expect(StatusCode::CREATED);
    let path = format!("{CONTACTS}/1");
    let promised = json!({"not_before": in_an_hour(), "wanted_operator_id": 1});
    let waits = server.patch(&path, &promised).await.expect(StatusCode::OK);
    assert_eq!(
        (&waits["operator_id"], &waits["wanted_operator_id"], &waits["wanted_for_s"]),
        (&Value::Null, &json!(1), &json!(900))
    );
    let freed = server.patch(&path, &json!({"not_before": null})).await.expect(StatusCode::OK);
    assert_eq!(
        (&freed["operator_id"], &freed["wanted_operator_id"]),
        (&json!(1), &Value::Null),
        "Anna can take it now"
    );
    let late = server.patch(&path, &json!({"wanted_operator_id": 2})).await.expect(StatusCode::CONFLICT);
    assert_eq!(late["type"], "/problems/not-scheduled");
    for (wanted, detail) in [(9, "there is no operator 9"), (3, "operator 3 does not serve source 1")] {
        let body = json!({"not_before": in_an_hour(), "wanted_operator_id": wanted});
        let refused = server.patch(&path, &body).await.expect(StatusCode::NOT_FOUND);
        assert_eq!(refused["errors"][0]["pointer"], "/wanted_operator_id", "{refused}");
        assert!(refused.to_string().contains(detail), "{refused}");
    }
    let alone = server.patch(&path, &json!({"wanted_for_s": 60})).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(alone["errors"][0]["pointer"], "/wanted_for_s", "{alone}");
    let contact = server.show(&path).await;
    assert_eq!((&contact["operator_id"], &contact["not_before"]), (&json!(1), &Value::Null), "nothing was changed");
    server.close().await;
}
