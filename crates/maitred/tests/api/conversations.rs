//! Conversations: `when_open` and `reopen_within_s` of a source, and `/api/v1/contacts/{id}/messages`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::{Value, json};

const MESSAGES: &str = "/api/v1/contacts/1/messages";

/// A source that Anna serves and that appends.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    server.source("Bot", &[(anna, 1)]).await;
    let settings = json!({"when_open": "append", "reopen_within_s": 3600});
    let source = server.patch("/api/v1/sources/1", &settings).await.expect(StatusCode::OK);
    assert_eq!((&source["when_open"], &source["reopen_within_s"]), (&json!("append"), &json!(3600)));
    server
}

fn says(text: &str) -> Value {
    json!({"source_id": 1, "lead_external_id": "7", "message": text})
}

#[tokio::test]
async fn further_messages_go_to_the_open_contact() {
    let server = server().await;
    let first = server.post("/api/v1/contacts", &says("Hello")).await.expect(StatusCode::CREATED);
    assert!(first.get("message_id").is_none(), "{first}");
    let more = json!({"source_id": 1, "lead_external_id": "7", "message": "More", "attributes": {"reply_to": 4}});
    let answer = server.post("/api/v1/contacts", &more).await;
    let appended = answer.expect(StatusCode::OK);
    assert_eq!(
        (&appended["id"], &appended["message"], &appended["message_id"]),
        (&json!(1), &json!("Hello"), &json!(1))
    );
    server.post("/api/v1/contacts", &says("")).await.expect(StatusCode::OK);
    let messages = server.show(MESSAGES).await;
    let texts: Vec<&Value> = messages.as_array().expect("a list").iter().map(|message| &message["text"]).collect();
    assert_eq!(texts, ["", "More"], "the newest first");
    assert_eq!((&messages[1]["attributes"], &messages[1]["author"]), (&json!({"reply_to": 4}), &Value::Null));
    assert_eq!(server.show("/api/v1/operators/1").await["current_load"], 1, "they take one slot");
    let page = server.get("/contacts/1?lang=en").await.text;
    assert!(page.contains("More") && !page.contains("story-changed"), "what is said changes no contact: {page}");
    let told = server.show("/api/v1/events?limit=100").await;
    let told: Vec<&Value> =
        told.as_array().expect("a list").iter().filter(|it| it["kind"] == "message_received").collect();
    assert_eq!((told.len(), &told[0]["message_id"], &told[0]["contact_id"]), (2, &json!(1), &json!(1)));
    server.close().await;
}

#[tokio::test]
async fn the_same_event_is_appended_once_and_answered_alike() {
    let server = server().await;
    server.post("/api/v1/contacts", &says("Hello")).await.expect(StatusCode::CREATED);
    let more = json!({"source_id": 1, "lead_external_id": "7", "message": "More", "source_event_id": "update-5"});
    let answers = [server.post("/api/v1/contacts", &more).await, server.post("/api/v1/contacts", &more).await];
    let [first, second] = answers.map(|answer| answer.expect(StatusCode::OK));
    assert_eq!(first, second);
    assert_eq!(server.show(MESSAGES).await.as_array().map(Vec::len), Some(1));
    server.close().await;
}

#[tokio::test]
async fn a_resolved_contact_is_reopened_by_a_message_for_a_while() {
    let server = server().await;
    server.post("/api/v1/contacts", &says("Hello")).await.expect(StatusCode::CREATED);
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    let reopened = server.post("/api/v1/contacts", &says("One more thing")).await.expect(StatusCode::OK);
    assert_eq!(
        (&reopened["id"], &reopened["status"], &reopened["operator_id"]),
        (&json!(1), &json!("assigned"), &json!(1))
    );
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    server.patch("/api/v1/sources/1", &json!({"reopen_within_s": null})).await.expect(StatusCode::OK);
    let new = server.post("/api/v1/contacts", &says("Hello again")).await.expect(StatusCode::CREATED);
    assert_eq!(new["id"], 2);
    server.close().await;
}

#[tokio::test]
async fn without_the_setting_each_message_is_a_contact() {
    let server = server().await;
    server.patch("/api/v1/sources/1", &json!({"when_open": "new"})).await.expect(StatusCode::OK);
    for id in 1..4 {
        let new = server.post("/api/v1/contacts", &says("Hello")).await.expect(StatusCode::CREATED);
        assert_eq!(new["id"], id);
    }
    assert_eq!(server.show(MESSAGES).await, json!([]));
    server.get("/api/v1/contacts/9/messages").await.is_problem(404, "unknown-id");
    let wrong = server.patch("/api/v1/sources/1", &json!({"when_open": "join", "reopen_within_s": 0})).await;
    assert_eq!(wrong.is_problem(422, "invalid-fields"), ["/when_open", "/reopen_within_s"]);
    server.close().await;
}

#[tokio::test]
async fn messages_are_exported_and_erased_with_their_lead() {
    let server = server().await;
    for text in ["Hello", "my-secret-message"] {
        server.post("/api/v1/contacts", &says(text)).await;
    }
    let export = server.show("/api/v1/leads/1/export").await;
    assert_eq!(export["contacts"][0]["messages"][0]["text"], "my-secret-message");
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    server.act("/api/v1/leads/1/erase").await.expect(StatusCode::OK);
    assert_eq!(server.show(MESSAGES).await, json!([]));
    assert!(!server.show("/api/v1/leads/1/export").await.to_string().contains("my-secret-message"));
    server.close().await;
}
