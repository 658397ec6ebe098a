//! What `POST /contacts` repairs instead of refusing it.

use crate::test_server::TestServer;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

async fn taken(server: &TestServer, body: &str) -> Value {
    let request = Request::post("/api/v1/contacts").header("content-type", "application/json");
    server.send(request.body(Body::from(body.to_owned())).expect("a request")).await.expect(StatusCode::CREATED)
}

fn repaired(contact: &Value) -> Vec<&str> {
    contact["repaired"].as_array().into_iter().flatten().filter_map(|repair| repair["pointer"].as_str()).collect()
}

#[tokio::test]
async fn the_longest_name_of_telegram_is_cut() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let name = format!("{} {}", "А".repeat(64), "Я".repeat(64));
    let contact = taken(&server, &json!({"source_id": 1, "lead_name": name}).to_string()).await;
    let repair = json!({"pointer": "/lead_name", "detail": "lead_name was longer than 100 characters and was cut"});
    assert_eq!(contact["repaired"], json!([repair]));
    let lead = server.show("/api/v1/leads/1").await;
    assert_eq!(lead["name"].as_str().map(|name| name.chars().count()), Some(100));
    server.close().await;
}

#[tokio::test]
async fn what_can_be_taken_is_repaired_and_listed() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let long = "я".repeat(33_000);
    for (fields, pointer) in [
        (r#""lead_name": "Anna\tMaria\nK""#.to_owned(), "/lead_name"),
        (r#""lead_name": 5"#.to_owned(), "/lead_name"),
        (r#""lead_phone": "+7\u0000999 123-45-67""#.to_owned(), "/lead_phone"),
        (r#""lead_phone": 79991234567"#.to_owned(), "/lead_phone"),
        (format!(r#""lead_email": "{}""#, "a".repeat(300)), "/lead_email"),
        (r#""lead_external_id": "\ud83d""#.to_owned(), "/lead_external_id"),
        (format!(r#""message": "{long}""#), "/message"),
        (r#""message": "a\u0000b""#.to_owned(), "/message"),
        (r#""message": "half \ud83d""#.to_owned(), "/message"),
        (r#""message": 7"#.to_owned(), "/message"),
        (r#""priority": 5000"#.to_owned(), "/priority"),
        (r#""priority": "7""#.to_owned(), "/priority"),
        (r#""priority": 0.5"#.to_owned(), "/priority"),
        (r#""priority": "soon""#.to_owned(), "/priority"),
        (r#""attributes": {"a": "\udc00"}"#.to_owned(), "/attributes"),
    ] {
        let contact = taken(&server, &format!(r#"{{"source_id": 1, {fields}}}"#)).await;
        assert_eq!(repaired(&contact), [pointer], "{}", &fields[..fields.len().min(60)]);
    }
    let contact = taken(&server, r#"{"source_id": "1", "message": "half \ud83d, whole \ud83d\ude00"}"#).await;
    assert_eq!(contact["message"], "half \u{fffd}, whole 😀");
    assert_eq!(repaired(&contact), ["/source_id", "/message"]);
    let contact = taken(&server, r#"{"source_id": 1, "priority": 5000, "attributes": {"a": "\udc00"}}"#).await;
    assert_eq!((&contact["priority"], &contact["attributes"]), (&json!(1_000), &json!({"a": "\u{fffd}"})));
    let contact = taken(&server, r#"{"source_id": 1, "lead_name": "Anna", "priority": -3}"#).await;
    assert_eq!(contact.get("repaired"), None);
    server.close().await;
}

#[tokio::test]
async fn an_id_is_the_same_as_a_number_and_as_text() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let number = taken(&server, r#"{"source_id": 1, "lead_external_id": 200300400}"#).await;
    let text = taken(&server, r#"{"source_id": 1, "lead_external_id": "200300400"}"#).await;
    assert_eq!(number["lead_id"], text["lead_id"]);
    let long = taken(&server, r#"{"source_id": 1, "lead_external_id": 123456789012345678901234567890}"#).await;
    assert_eq!(
        server.show(&format!("/api/v1/leads/{}", long["lead_id"])).await["identities"][0]["value"],
        "123456789012345678901234567890"
    );
    server.close().await;
}

#[tokio::test]
async fn objects_lists_and_booleans_are_refused() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let fields = [
        "source_id",
        "lead_external_id",
        "lead_phone",
        "lead_email",
        "lead_name",
        "message",
        "priority",
        "source_event_id",
    ];
    for field in fields {
        for value in [json!({}), json!([1]), json!(true)] {
            let mut body = json!({"source_id": 1});
            body[field] = value;
            let answer = server.post("/api/v1/contacts", &body).await;
            assert_eq!(answer.is_problem(422, "invalid-fields"), [format!("/{field}")], "{body}");
        }
    }
    server.close().await;
}

#[tokio::test]
async fn an_event_sent_again_in_other_words_is_one_contact() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let first = taken(&server, r#"{"source_id": 1, "source_event_id": 18446744073709551615, "message": "one"}"#).await;
    for retry in [
        r#"{ "source_id":1,"source_event_id":18446744073709551615,"message":"one" }"#,
        r#"{"message": "one", "source_event_id": "18446744073709551615", "source_id": 1}"#,
        r#"{"source_id": 1, "source_event_id": 18446744073709551615, "message": "other", "lead_name": "Anna"}"#,
    ] {
        assert_eq!(taken(&server, retry).await, first);
    }
    assert_eq!(server.show("/api/v1/contacts").await.as_array().map(Vec::len), Some(1));
    let long = "x".repeat(5_000);
    let event = json!({"source_id": 1, "source_event_id": long}).to_string();
    assert_eq!(taken(&server, &event).await["id"], taken(&server, &event).await["id"]);
    server.close().await;
}

#[tokio::test]
async fn fields_that_are_not_known_are_named() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let body = r#"{"source_id": 1, "lead_external_id": "k", "name": "Anna", "msg": "Hi", "attributes": {"a": 1}}"#;
    assert_eq!(taken(&server, body).await["ignored"], json!(["name", "msg"]));
    assert_eq!(taken(&server, r#"{"source_id": 1, "message": "Hi"}"#).await.get("ignored"), None);
    let many: String = (0..99).map(|n| format!(r#", "{n}": 0"#)).collect();
    let contact = taken(&server, &format!(r#"{{"source_id": 1{many}}}"#)).await;
    assert_eq!(contact["ignored"].as_array().map(Vec::len), Some(32));
    server.close().await;
}
