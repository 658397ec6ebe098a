//! What clients send that is not quite right, and what is answered to what cannot be read at all.

use super::{faults, says};
use crate::test_server::{Answer, TestServer};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use serde_json::json;

const OPERATORS: &str = "/compat/inquiries/operators";

async fn raw(server: &TestServer, media_type: Option<&str>, body: impl Into<Body>) -> Answer {
    let request = Request::post(OPERATORS);
    let request = media_type.into_iter().fold(request, |request, value| request.header(CONTENT_TYPE, value));
    server.send(request.body(body.into()).expect("a request")).await
}

#[tokio::test]
async fn values_may_come_in_other_clothes() {
    let server = TestServer::open().await;
    for (max_load, is_active) in [(json!("7"), json!("yes")), (json!(7.0), json!(1)), (json!(" 7.0"), json!("True"))] {
        let body = json!({"name": "A", "max_load": max_load, "is_active": is_active, "unknown": []});
        let operator = server.post(OPERATORS, &body).await.expect(StatusCode::CREATED);
        assert_eq!((&operator["max_load"], &operator["is_active"]), (&json!(7), &json!(true)), "{body}");
    }
    let bom = raw(&server, Some("application/json; charset=utf-8"), "\u{feff}{\"name\": \"A\"}").await;
    bom.expect(StatusCode::CREATED);
    raw(&server, None, "{\"name\": \"A\"}").await.expect(StatusCode::CREATED);
    raw(&server, Some("application/vnd.api+json"), "{\"name\": \"A\"}").await.expect(StatusCode::CREATED);
    server.close().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_as_they_would() {
    let server = TestServer::open().await;
    let json = Some("application/json");
    faults(&raw(&server, json, "{\"name\":\n \"A\",}").await, &[(json!(["body", 15]), "json_invalid")]);
    faults(&raw(&server, json, "").await, &[(json!(["body"]), "missing")]);
    faults(&raw(&server, json, "[1]").await, &[(json!(["body"]), "model_attributes_type")]);
    let form = raw(&server, Some("application/x-www-form-urlencoded"), "name=A").await;
    faults(&form, &[(json!(["body"]), "model_attributes_type")]);
    let long = raw(&server, json, format!("{{\"name\": \"{}\"}}", "x".repeat(101))).await;
    faults(&long, &[(json!(["body", "name"]), "value_error")]);
    let huge = raw(&server, json, vec![b' '; 10_000_000]).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(huge.json["detail"].is_string(), "{}", huge.text);
    assert_eq!(server.show(OPERATORS).await, json!([]));
    server.close().await;
}

#[tokio::test]
async fn an_answer_to_nothing_known_has_their_shape_too() {
    let mut server = TestServer::open().await;
    says(&server.get("/compat/").await, 404, "Not Found");
    says(&server.get("/compat/contacts/operators").await, 404, "Not Found");
    server.get("/elsewhere").await.is_problem(404, "unknown-path");
    server.stop_batcher().await;
    let stopping = server.post(OPERATORS, &json!({"name": "A"})).await;
    assert_eq!(stopping.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stopping.header("retry-after"), "1");
    assert!(stopping.json["detail"].is_string(), "{}", stopping.text);
    server.close().await;
}
