//! Fallbacks: `fallback_source_id` of `/api/v1/sources`, and contacts that went to another source.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// The bot, served by Anna, and the night desk, served by Boris; and a calendar that is open at no time.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 5).await, server.operator("Boris", 5).await);
    server.source("Bot", &[(anna, 1)]).await;
    server.source("Night", &[(boris, 1)]).await;
    server.post("/api/v1/calendars", &json!({"name": "Never", "zone": "UTC"})).await.expect(StatusCode::CREATED);
    server
}

async fn set(server: &TestServer, source: i64, edit: &Value) -> Value {
    server.patch(&format!("/api/v1/sources/{source}"), edit).await.expect(StatusCode::OK)
}

#[tokio::test]
async fn a_contact_of_a_closed_source_goes_to_its_fallback_and_the_answer_says_so() {
    let server = server().await;
    let bot = set(&server, 1, &json!({"calendar_id": 1, "fallback_source_id": 2})).await;
    assert_eq!((&bot["calendar_id"], &bot["fallback_source_id"]), (&json!(1), &json!(2)));
    let made = server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_external_id": "a"})).await;
    let made = made.expect(StatusCode::CREATED);
    assert_eq!((&made["source_id"], &made["original_source_id"]), (&json!(2), &json!(1)));
    assert_eq!(
        (&made["status"], &made["operator_id"], &made["opens_at"]),
        (&json!("assigned"), &json!(2), &Value::Null)
    );
    assert_eq!(server.show("/api/v1/contacts/1").await["original_source_id"], 1);
    assert_eq!(server.show("/api/v1/contacts?source_id=2").await.as_array().map(Vec::len), Some(1));
    assert_eq!(server.show("/api/v1/contacts?source_id=1").await, json!([]));
    let decisions = server.show("/api/v1/contacts/1/decisions").await;
    assert_eq!((&decisions[0]["cause"], &decisions[1]["cause"]), (&json!("source_closed"), &json!("moved")));
    let events = server.show("/api/v1/events").await;
    let moved = events.as_array().expect("a list").iter().find(|it| it["kind"] == "contact_moved").expect("the event");
    assert_eq!((&moved["from_source_id"], &moved["source_id"]), (&json!(1), &json!(2)));
    assert_eq!(moved["move_reason"], "source_closed");
    // The same person is found by the ids of where they arrived.
    let again = server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_external_id": "a"})).await;
    assert_eq!(again.expect(StatusCode::CREATED)["lead_id"], made["lead_id"]);
    let stranger = server.post("/api/v1/contacts", &json!({"source_id": 2, "lead_external_id": "a"})).await;
    assert_ne!(stranger.expect(StatusCode::CREATED)["lead_id"], made["lead_id"]);
    server.close().await;
}

#[tokio::test]
async fn what_waits_goes_to_the_fallback_once_one_is_set() {
    let server = server().await;
    set(&server, 1, &json!({"calendar_id": 1})).await;
    server.contact(1, "a").await;
    set(&server, 1, &json!({"fallback_source_id": 2})).await;
    let moved = server.show("/api/v1/contacts/1").await;
    assert_eq!((&moved["source_id"], &moved["operator_id"]), (&json!(2), &json!(2)));
    set(&server, 1, &json!({"fallback_source_id": null})).await;
    server.contact(1, "b").await;
    assert_eq!(server.show("/api/v1/contacts/2").await["status"], "waiting");
    server.close().await;
}

#[tokio::test]
async fn an_answer_of_a_contact_that_was_moved_is_given_again_word_for_word() {
    let server = server().await;
    set(&server, 1, &json!({"calendar_id": 1, "fallback_source_id": 2})).await;
    let contact = json!({"source_id": 1, "message": "Hello", "source_event_id": "7"});
    let first = server.post("/api/v1/contacts", &contact).await.expect(StatusCode::CREATED);
    set(&server, 1, &json!({"calendar_id": null})).await;
    assert_eq!(server.post("/api/v1/contacts", &contact).await.expect(StatusCode::CREATED), first);
    // A row of a file is recognised on the source that it was sent to.
    let row = json!({"source_id": 1, "lead_phone": "+79991234567", "row_keys": ["00112233445566778899aabbccddeeff"]});
    set(&server, 1, &json!({"calendar_id": 1})).await;
    let made = server.post("/api/v1/contacts", &row).await.expect(StatusCode::CREATED);
    assert_eq!(server.post("/api/v1/contacts", &row).await.expect(StatusCode::OK)["id"], made["id"]);
    server.close().await;
}

#[tokio::test]
async fn circles_are_refused_and_a_fallback_is_not_deleted() {
    let server = server().await;
    set(&server, 1, &json!({"fallback_source_id": 2})).await;
    for (path, fallback, kind, status) in [
        ("/api/v1/sources/2", 1, "no-fallback", 409),
        ("/api/v1/sources/1", 1, "no-fallback", 409),
        ("/api/v1/sources/1", 9, "unknown-reference", 404),
    ] {
        let refused = server.patch(path, &json!({"fallback_source_id": fallback})).await;
        assert_eq!(refused.is_problem(status, kind), ["/fallback_source_id"]);
    }
    server.delete("/api/v1/sources/2").await.is_problem(409, "source-is-fallback");
    server.delete("/api/v1/sources/2?force=true").await.is_problem(409, "source-is-fallback");
    let made = server.post("/api/v1/sources", &json!({"name": "Site", "fallback_source_id": 1})).await;
    assert_eq!(made.expect(StatusCode::CREATED)["fallback_source_id"], 1);
    let circle = server.patch("/api/v1/sources/2", &json!({"fallback_source_id": 3})).await;
    circle.is_problem(409, "no-fallback");
    assert!(circle.json["detail"].as_str().is_some_and(|it| it.contains("by way of 3 and 1")), "{}", circle.text);
    server.patch("/api/v1/sources/1", &json!({"fallback_source_id": "x"})).await.is_problem(422, "invalid-fields");
    for source in [3, 1, 2] {
        assert_eq!(server.delete(&format!("/api/v1/sources/{source}")).await.status, StatusCode::NO_CONTENT);
    }
    server.close().await;
}
