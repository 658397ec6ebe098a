//! The busiest call is answered without the router, and by the router when a browser sends it: both ways give the same
//! answers.

use crate::test_server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use maitred_store::accounts::Grant;
use std::collections::BTreeSet;

/// A header by which a request goes through the router, and which means nothing else to a program's request.
const OF_A_PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");

/// Headers of a request, and its body.
type Sent = (Vec<(&'static str, String)>, Vec<u8>);

fn json(body: &str) -> Sent {
    with(&[], body)
}

fn with(headers: &[(&'static str, &str)], body: &str) -> Sent {
    let json = ("content-type", "application/json".to_owned());
    let more = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
    (std::iter::once(json).chain(more).collect(), body.as_bytes().to_vec())
}

/// What is sent in turn; what was answered before is part of it.
fn requests() -> Vec<Sent> {
    let contact = r#"{"source_id": 1, "lead_phone": "+79991234567", "message": "Hello", "lead_name": "Anna"}"#;
    let once = |body: &str| with(&[("idempotency-key", "one")], body);
    vec![
        json(contact),
        json(r#"{"source_id": "1", "lead_phone": "8 (999) 123-45-67", "priority": "high", "typo": 1}"#),
        json(r#"{"source_id": 2, "lead_email": "a@example.com", "message": "first"}"#),
        json(r#"{"source_id": 2, "lead_email": "a@example.com", "message": "appended"}"#),
        json(r#"{"source_id": 1, "source_event_id": "7", "lead_external_id": "x"}"#),
        json(r#"{"source_id": 1, "source_event_id": "7", "lead_external_id": "y"}"#),
        once(contact),
        once(contact),
        once(r#"{"source_id": 1}"#),
        with(&[("idempotency-key", "")], contact),
        with(&[("content-encoding", "gzip")], contact),
        with(&[("content-length", "99999999")], contact),
        json(r#"{"source_id": 9}"#),
        json(r#"{"source_id": 1, "lead_phone": ["+7"]}"#),
        json("{}"),
        json("[]"),
        json(""),
        json(r#"{"source_id": 1,"#),
        json(&format!(r#"{{"source_id": 1, "message": "{}"}}"#, "x".repeat(800_000))),
        (vec![("content-type", "application/json".to_owned())], b"{\"source_id\": 1, \"message\": \"\xff\"}".to_vec()),
        (vec![("content-type", "text/plain".to_owned())], contact.as_bytes().to_vec()),
        (Vec::new(), contact.as_bytes().to_vec()),
    ]
}

async fn send(server: &TestServer, (headers, body): Sent, is_of_a_page: bool, key: Option<&str>) -> String {
    let mut request = Request::post("/api/v1/contacts");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if is_of_a_page {
        request = request.header(OF_A_PAGE.0, OF_A_PAGE.1);
    }
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    said(&server.send(request.body(Body::from(body)).expect("a request")).await)
}

/// All of an answer but times, what is left of a rate, and the length, which the router adds and otherwise the
/// connection.
fn said(answer: &Answer) -> String {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "content-length" && *name != "ratelimit");
    let mut headers: Vec<_> =
        headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?"))).collect();
    headers.sort();
    let mut parts = answer.text.split("_at\":\"");
    let mut text = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| text.push_str(part.split_once('"').map_or(part, |(_, rest)| rest)));
    format!("{}\n{}\n\n{text}", answer.status, headers.join("\n"))
}

async fn set_up() -> TestServer {
    let server = TestServer::limited(1_000).await;
    let operator = server.operator("Anna", 50).await;
    server.source("Bot", &[(operator, 1)]).await;
    let source = server.source("Chat", &[(operator, 1)]).await;
    let append = serde_json::json!({"when_open": "append"});
    server.patch(&format!("/api/v1/sources/{source}"), &append).await.expect(StatusCode::OK);
    server
}

#[tokio::test]
async fn the_busiest_call_is_answered_as_the_router_answers_it() {
    let (direct, routed) = (set_up().await, set_up().await);
    let mut statuses = BTreeSet::new();
    for request in requests() {
        let answer = send(&direct, request.clone(), false, None).await;
        assert_eq!(answer, send(&routed, request, true, None).await);
        statuses.insert(answer[..3].to_owned());
    }
    assert!(["200", "201", "400", "404", "413", "415", "422"].iter().all(|it| statuses.contains(*it)), "{statuses:?}");
    for grant in [Grant::Admin, Grant::Intake(None), Grant::Observer] {
        let (one, other) = (direct.key(grant).await, routed.key(grant).await);
        for request in requests() {
            let answer = send(&direct, request.clone(), false, Some(&one)).await;
            assert_eq!(answer, send(&routed, request, true, Some(&other)).await, "{grant:?}");
        }
    }
    for key in [None, Some("mtd_unknown")] {
        let contact = json(r#"{"source_id": 1}"#);
        assert_eq!(send(&direct, contact.clone(), false, key).await, send(&routed, contact, true, key).await);
    }
    direct.close().await;
    routed.close().await;
}
