//! What a client reads when something is wrong: status, kind, and every field at once.

use crate::test_server::{Answer, TestServer};
use axum::body::Body;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE};
use axum::http::{Method, Request, StatusCode};
use serde_json::json;

/// A server with operator 1, source 1 (which the operator serves) and contact 1.
async fn furnished() -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    server.contact(source, "a").await;
    server
}

#[tokio::test]
async fn bad_bodies_name_every_field_at_once() {
    let server = furnished().await;
    let long = "x".repeat(300);
    let table = [
        ("POST", "operators", json!({}), vec!["/name"]),
        ("POST", "operators", json!([]), vec![""]),
        ("POST", "operators", json!({"name": null}), vec!["/name"]),
        (
            "POST",
            "operators",
            json!({"name": "", "is_active": "yes", "max_load": 1.5}),
            vec!["/name", "/is_active", "/max_load"],
        ),
        ("POST", "operators", json!({"name": "a", "max_load": -1}), vec!["/max_load"]),
        ("POST", "operators", json!({"name": "a", "max_load": 1_000_001}), vec!["/max_load"]),
        ("POST", "operators", json!({"name": "a", "max_load": 1e30}), vec!["/max_load"]),
        ("POST", "operators", json!({"name": "a\nb"}), vec!["/name"]),
        ("PATCH", "operators/1", json!({"name": null, "max_load": "5"}), vec!["/name", "/max_load"]),
        ("PATCH", "operators/1", json!({"max_lode": 5}), vec![""]),
        (
            "POST",
            "sources",
            json!({"name": 5, "kind": "fax", "policy": "best", "sticky": 1, "default_region": "RUS"}),
            vec!["/name", "/kind", "/policy", "/sticky", "/default_region"],
        ),
        ("PATCH", "sources/1", json!({"kind": null, "default_region": "UK"}), vec!["/kind", "/default_region"]),
        ("POST", "sources/1/operators", json!({"weight": -1}), vec!["/operator_id", "/weight"]),
        ("PUT", "sources/1/operators", json!({}), vec![""]),
        (
            "PUT",
            "sources/1/operators",
            json!([{"operator_id": 1}, 7, {"weight": 2}, {"operator_id": 1, "weight": 5}]),
            vec!["/1", "/2/operator_id", "/3/operator_id"],
        ),
        ("POST", "contacts", json!({}), vec!["/source_id"]),
        ("POST", "contacts", json!({"source_id": "one", "lead_phone": [5]}), vec!["/source_id", "/lead_phone"]),
        (
            "POST",
            "contacts",
            json!({
                "source_id": 1, "lead_phone": [long], "lead_email": {}, "lead_name": true, "message": ["hi"],
                "priority": false, "attributes": "x",
            }),
            vec!["/lead_phone", "/lead_email", "/lead_name", "/message", "/priority", "/attributes"],
        ),
        ("PATCH", "contacts/1", json!({"is_resolved": null, "priority": 0.5}), vec!["/is_resolved", "/priority"]),
        ("POST", "contacts/1/transfer", json!({}), vec!["/operator_id"]),
        ("POST", "contacts/1/transfer", json!({"operator_id": "1", "force": 1}), vec!["/operator_id", "/force"]),
        ("PATCH", "leads/1", json!({"name": "", "phone": null, "email": ""}), vec!["/name", "/phone", "/email"]),
        ("POST", "leads/1/merge", json!({}), vec!["/absorb_lead_id"]),
        ("POST", "leads/1/merge", json!({"absorb_lead_id": 1}), vec!["/absorb_lead_id"]),
    ];
    for (method, path, body, expected) in table {
        let method = Method::try_from(method).expect("a method");
        let answer = server.call(method, &format!("/api/v1/{path}"), Some(&body)).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), expected, "{path} {body}: {}", answer.text);
    }
    server.close().await;
}

#[tokio::test]
async fn bad_queries_name_every_parameter_at_once() {
    let server = furnished().await;
    let table = [
        ("operators?limit=0", vec!["limit"]),
        ("operators?limit=1001", vec!["limit"]),
        ("operators?limit=ten&cursor=!", vec!["limit", "cursor"]),
        ("operators?limit=1&limit=2", vec!["limit"]),
        ("operators?skip=5", vec!["query"]),
        (
            "contacts?status=lost&source_id=x&operator_id=1.5&lead_id=-&created_after=now&created_before=2025-01-01",
            vec!["status", "source_id", "operator_id", "lead_id", "created_after", "created_before"],
        ),
        ("leads?phone=%00&email=%0A", vec!["phone", "email"]),
        ("events?after=-1&limit=0", vec!["after", "limit"]),
        ("events/stream?after=x", vec!["after"]),
    ];
    for (path, expected) in table {
        let answer = server.get(&format!("/api/v1/{path}")).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), expected, "{path}: {}", answer.text);
    }
    let forced = server.delete("/api/v1/sources/1?force=maybe").await;
    assert_eq!(forced.is_problem(422, "invalid-fields"), ["force"]);
    server.close().await;
}

#[tokio::test]
async fn what_does_not_exist_is_404_with_its_place() {
    let server = furnished().await;
    for path in [
        "GET operators/9",
        "PATCH operators/9",
        "DELETE operators/9",
        "GET sources/9",
        "PATCH sources/9",
        "DELETE sources/9",
        "GET sources/9/operators",
        "PUT sources/9/operators",
        "POST sources/9/preview",
        "DELETE sources/9/operators/1",
        "DELETE sources/1/operators/9",
        "GET contacts/9",
        "PATCH contacts/9",
        "DELETE contacts/9",
        "POST contacts/9/resolve",
        "POST contacts/9/reopen",
        "GET contacts/9/decisions",
        "GET leads/9",
        "PATCH leads/9",
        "GET leads/9/contacts",
        "GET operators/anna",
        "GET operators/99999999999999999999",
    ] {
        let (method, path) = path.split_once(' ').expect("a method and a path");
        let body = match method {
            "PATCH" => Some(json!({})),
            "PUT" => Some(json!([])),
            _ => None,
        };
        let method = Method::try_from(method).expect("a method");
        let answer = server.call(method, &format!("/api/v1/{path}"), body.as_ref()).await;
        assert_eq!(answer.is_problem(404, "unknown-id"), [""; 0], "{path}: {}", answer.text);
    }
    server.close().await;
}

#[tokio::test]
async fn an_unknown_reference_is_404_at_its_field() {
    let server = furnished().await;
    let contact = server.post("/api/v1/contacts", &json!({"source_id": 9, "lead_phone": "8 999 123-45-67"})).await;
    assert_eq!(contact.is_problem(404, "unknown-reference"), ["/source_id"]);
    let weight = server.post("/api/v1/sources/1/operators", &json!({"operator_id": 9})).await;
    assert_eq!(weight.is_problem(404, "unknown-reference"), ["/operator_id"]);
    let table = json!([{"operator_id": 8}, {"operator_id": 1}, {"operator_id": 9}]);
    let table = server.put("/api/v1/sources/1/operators", &table).await;
    assert_eq!(table.is_problem(404, "unknown-reference"), ["/0/operator_id", "/2/operator_id"]);
    let transfer = server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": 9})).await;
    assert_eq!(transfer.is_problem(404, "unknown-reference"), ["/operator_id"]);
    let merge = server.post("/api/v1/leads/1/merge", &json!({"absorb_lead_id": 9})).await;
    assert_eq!(merge.is_problem(404, "unknown-reference"), ["/absorb_lead_id"]);
    let merge = server.post("/api/v1/leads/9/merge", &json!({"absorb_lead_id": 1})).await;
    assert!(merge.is_problem(404, "unknown-id").is_empty());
    server.close().await;
}

async fn raw(server: &TestServer, content_type: Option<&str>, body: impl Into<Body>) -> Answer {
    let request = Request::builder().method("POST").uri("/api/v1/contacts");
    let request = content_type.into_iter().fold(request, |request, value| request.header("content-type", value));
    server.send(request.body(body.into()).expect("a well-formed request")).await
}

#[tokio::test]
async fn a_body_that_is_no_json_is_400() {
    let server = furnished().await;
    for body in ["", "  ", "{", "[1,", "{\"source_id\": 1,}", "{\"a\": tru}", "{\"a\": 1} x", "{'a': 1}", "nope"] {
        raw(&server, Some("application/json"), body).await.is_problem(400, "malformed-body");
    }
    raw(&server, Some("application/json"), vec![b'"', 0xff, b'"']).await.is_problem(400, "malformed-body");
    let broken = raw(&server, Some("application/json"), "{\n  \"source_id\": 1,\n}").await;
    assert!(broken.json["detail"].as_str().expect("a detail").contains("line 3 column 1"), "{}", broken.text);
    server.close().await;
}

#[tokio::test]
async fn a_body_of_another_type_is_415() {
    let server = furnished().await;
    let body = json!({"source_id": 1, "lead_external_id": "b"}).to_string();
    for content_type in [None, Some(""), Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("json")] {
        raw(&server, content_type, body.clone()).await.is_problem(415, "unsupported-media-type");
    }
    for content_type in
        ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json", "application/json;x=y"]
    {
        assert_eq!(raw(&server, Some(content_type), body.clone()).await.status, StatusCode::CREATED, "{content_type}");
    }
    server.close().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413() {
    let server = furnished().await;
    let body = format!("{{\"source_id\": 1, \"message\": \"{}\"}}", "x".repeat(1 << 20));
    raw(&server, Some("application/json"), body.clone()).await.is_problem(413, "body-too-large");
    let announced =
        Request::builder().method("POST").uri("/api/v1/contacts").header("content-type", "application/json");
    let announced = announced.header("content-length", body.len()).body(Body::from(body));
    server.send(announced.expect("a well-formed request")).await.is_problem(413, "body-too-large");
    server.close().await;
}

#[tokio::test]
async fn the_longest_message_fits_however_it_is_escaped() {
    let server = furnished().await;
    let escaped = "\\u0041".repeat(64 * 1024);
    let body = format!("{{\"source_id\": 1, \"lead_external_id\": \"b\", \"message\": \"{escaped}\"}}");
    let contact = raw(&server, Some("application/json"), body).await.expect(StatusCode::CREATED);
    assert_eq!(contact["message"].as_str().map(str::len), Some(64 * 1024));
    let longer = json!({"source_id": 1, "lead_external_id": "b", "message": "A".repeat(64 * 1024 + 1)});
    let cut = server.post("/api/v1/contacts", &longer).await.expect(StatusCode::CREATED);
    assert_eq!(cut["message"].as_str().map(str::len), Some(64 * 1024));
    server.close().await;
}

#[tokio::test]
async fn a_method_that_a_path_lacks_is_405_with_allow() {
    let server = furnished().await;
    let answer = server.put("/api/v1/operators", &json!({})).await;
    answer.is_problem(405, "method-not-allowed");
    let mut allowed: Vec<_> = answer.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    server.delete("/healthz").await.is_problem(405, "method-not-allowed");
    server.close().await;
}

#[tokio::test]
async fn a_path_that_is_no_call_is_404() {
    let server = furnished().await;
    for path in ["/api", "/api/v1", "/api/v1/agents", "/api/v1/operators/", "/api/v1/operators/1/x", "/docs/x.js"] {
        server.get(path).await.is_problem(404, "unknown-path");
    }
    server.close().await;
}

#[tokio::test]
async fn conflicts_are_409_each_with_its_kind() {
    let server = furnished().await;
    server.post("/api/v1/sources", &json!({"name": "Bot"})).await.is_problem(409, "name-taken");
    let second = server.source("Form", &[]).await;
    let renamed = server.patch(&format!("/api/v1/sources/{second}"), &json!({"name": "Bot"})).await;
    assert_eq!(renamed.is_problem(409, "name-taken"), ["/name"]);
    server.delete("/api/v1/sources/1").await.is_problem(409, "source-in-use");

    let waiting = server.contact(1, "b").await["id"].as_i64().expect("an id");
    let transfer = format!("/api/v1/contacts/{waiting}/transfer");
    let full = server.post(&transfer, &json!({"operator_id": 1})).await;
    assert_eq!(full.is_problem(409, "operator-full"), ["/operator_id"]);
    server.patch("/api/v1/operators/1", &json!({"is_active": false})).await.expect(StatusCode::OK);
    let inactive = server.post(&transfer, &json!({"operator_id": 1})).await;
    assert_eq!(inactive.is_problem(409, "operator-inactive"), ["/operator_id"]);
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    let resolved = server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": null})).await;
    resolved.is_problem(409, "contact-resolved");
    server.close().await;
}

#[tokio::test]
async fn personal_values_are_not_repeated() {
    let server = furnished().await;
    let body = json!({"source_id": 1, "lead_phone": ["+79991234567"], "lead_email": {"ivan": "ivan@x.ru"}});
    let answer = server.post("/api/v1/contacts", &body).await;
    assert_eq!(answer.is_problem(422, "invalid-fields"), ["/lead_phone", "/lead_email"]);
    assert!(!answer.text.contains("7999") && !answer.text.contains("ivan"), "{}", answer.text);
    server.close().await;
}

#[tokio::test]
async fn a_typo_is_named_when_a_body_is_refused() {
    let server = furnished().await;
    let answer =
        server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_fone": "+79991234567", "message": []})).await;
    answer.is_problem(422, "invalid-fields");
    assert!(answer.json["detail"].as_str().expect("a detail").contains("lead_fone"), "{}", answer.text);
    assert!(!answer.text.contains("7999"), "{}", answer.text);
    server.close().await;
}

#[tokio::test]
async fn every_kind_is_described_where_its_type_points() {
    let server = furnished().await;
    let problem = server.get("/api/v1/operators/9").await;
    let kind = problem.json["type"].as_str().expect("a type");
    assert!(server.get(kind).await.text.contains("Not found"));
    assert!(server.get("/problems").await.text.contains("unknown-id"));
    server.get("/problems/none").await.is_problem(404, "unknown-path");
    server.close().await;
}

#[tokio::test]
async fn a_path_that_nothing_is_at_is_told_to_each_in_their_own_way() {
    let server = furnished().await;
    let answer = async |path: &str, accept: &str| {
        let request = Request::builder().uri(path).header(ACCEPT, accept).header(ACCEPT_LANGUAGE, "ru");
        server.send(request.body(Body::empty()).expect("a well-formed request")).await
    };
    answer("/nowhere", "*/*").await.is_problem(404, "unknown-path");
    answer("/api/v1/nowhere", "text/html").await.is_problem(404, "unknown-path");
    for path in ["/nowhere", "/operators/99", "/operators/x"] {
        let page = answer(path, "text/html,*/*;q=0.8").await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (404, "text/html; charset=utf-8"), "{path}");
        assert!(page.text.contains("<html lang=\"ru\""), "{}", page.text);
    }
    server.close().await;
}
