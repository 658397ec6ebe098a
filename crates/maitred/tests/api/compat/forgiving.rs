//! What clients send that is not quite right, and what is answered to what cannot be read at all.

use super::{faults, says};
use crate::house::{Answer, House};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use serde_json::json;

const OPERATORS: &str = "/compat/inquiries/operators";

async fn raw(house: &House, media_type: Option<&str>, body: impl Into<Body>) -> Answer {
    let request = Request::post(OPERATORS);
    let request = media_type.into_iter().fold(request, |request, value| request.header(CONTENT_TYPE, value));
    house.send(request.body(body.into()).expect("a request")).await
}

#[tokio::test]
async fn values_may_come_in_other_clothes() {
    let house = House::open().await;
    for (max_load, is_active) in [(json!("7"), json!("yes")), (json!(7.0), json!(1)), (json!(" 7.0"), json!("True"))] {
        let body = json!({"name": "A", "max_load": max_load, "is_active": is_active, "unknown": []});
        let operator = house.post(OPERATORS, &body).await.expect(StatusCode::CREATED);
        assert_eq!((&operator["max_load"], &operator["is_active"]), (&json!(7), &json!(true)), "{body}");
    }
    let bom = raw(&house, Some("application/json; charset=utf-8"), "\u{feff}{\"name\": \"A\"}").await;
    bom.expect(StatusCode::CREATED);
    raw(&house, None, "{\"name\": \"A\"}").await.expect(StatusCode::CREATED);
    raw(&house, Some("application/vnd.api+json"), "{\"name\": \"A\"}").await.expect(StatusCode::CREATED);
    house.close().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_as_they_would() {
    let house = House::open().await;
    let json = Some("application/json");
    faults(&raw(&house, json, "{\"name\":\n \"A\",}").await, &[(json!(["body", 15]), "json_invalid")]);
    faults(&raw(&house, json, "").await, &[(json!(["body"]), "missing")]);
    faults(&raw(&house, json, "[1]").await, &[(json!(["body"]), "model_attributes_type")]);
    let form = raw(&house, Some("application/x-www-form-urlencoded"), "name=A").await;
    faults(&form, &[(json!(["body"]), "model_attributes_type")]);
    let long = raw(&house, json, format!("{{\"name\": \"{}\"}}", "x".repeat(101))).await;
    faults(&long, &[(json!(["body", "name"]), "value_error")]);
    let huge = raw(&house, json, vec![b' '; 10_000_000]).await;
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(huge.json["detail"].is_string(), "{}", huge.text);
    assert_eq!(house.show(OPERATORS).await, json!([]));
    house.close().await;
}

#[tokio::test]
async fn an_answer_to_nothing_known_has_their_shape_too() {
    let mut house = House::open().await;
    says(&house.get("/compat/").await, 404, "Not Found");
    says(&house.get("/compat/contacts/operators").await, 404, "Not Found");
    house.get("/elsewhere").await.is_problem(404, "unknown-path");
    house.stop_batcher().await;
    let stopping = house.post(OPERATORS, &json!({"name": "A"})).await;
    assert_eq!(stopping.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stopping.header("retry-after"), "1");
    assert!(stopping.json["detail"].is_string(), "{}", stopping.text);
    house.close().await;
}
