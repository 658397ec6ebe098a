//! What a hostile sender tries: paths, headers, texts, numbers and lengths. Everything is refused with a problem or
//! answered rightly, never with 5xx, and the server is in order afterwards.

use crate::test_server::{Answer, TestServer};
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HOST, LOCATION};
use axum::http::{Method, Request, StatusCode};
use maitred_store::accounts::Grant;
use serde_json::{Value, json};

/// Addresses that are meant to be taken for others.
const PATHS: [&str; 24] = [
    "//api/v1/operators",
    "/api/v1//operators",
    "/api/v1/operators//1",
    "/api%2Fv1%2Foperators",
    "/api/v1/operators%2F1",
    "/api/v1/contacts/../operators",
    "/api/v1/contacts/%2e%2e/operators",
    "/api/v1/contacts/%252e%252e/operators",
    "/api/v1/operators/.",
    "/api/v1/operators/1%00",
    "/api/v1/operators/%00",
    "/api/v1/operators/1%0d%0aX-Evil:%201",
    "/api/v1/operators/%c0%ae%c0%ae",
    "/api/v1/operators/%ff",
    "/api/v1/operators/%ef%bc%91",
    "/api/v1/operators/0x1",
    "/api/v1/operators/1;x=1",
    "/api/v1/operators/9223372036854775808",
    "/API/v1/operators",
    "/assets/..%2f..%2f..%2fCargo.toml",
    "/assets/%2e%2e/%2e%2e/etc/passwd",
    "/docs/..%2f..%2fetc%2fpasswd",
    "/problems/..%2fopenapi.json",
    "/compat/..%2fapi/v1/operators",
];

#[tokio::test]
async fn no_spelling_of_a_path_leads_elsewhere() {
    let server = TestServer::open().await;
    server.operator("Anna", 1).await;
    for path in PATHS {
        let answer = server.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text);
        assert!(!answer.text.contains("Anna") && !answer.text.contains("[package]"), "{path}: {}", answer.text);
        assert!(is_explained(&answer), "{path}: {}", answer.text);
    }
    server.key(Grant::Admin).await;
    for path in PATHS {
        // One segment, so it names what the pages look like: open to anybody, and there is no such file.
        let is_open = path.starts_with("/assets/..%2f");
        let expected = if is_open { StatusCode::NOT_FOUND } else { StatusCode::UNAUTHORIZED };
        assert_eq!(server.get(path).await.status, expected, "{path}");
    }
    server.close().await;
}

/// Whether an answer that is an error says so in JSON, and tells nothing that a header was made of.
fn is_explained(answer: &Answer) -> bool {
    let kind = answer.header("content-type");
    let is_json = kind == "application/problem+json" || kind == "application/json";
    is_json && answer.json["detail"].is_string() && !answer.headers.contains_key("x-evil")
}

#[tokio::test]
async fn no_value_becomes_a_header() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    for number in 0..3 {
        server.contact(source, &format!("a{number}")).await;
    }
    let lines = "a%0d%0aX-Evil:%201%0d%0a%0d%0aa";
    for path in ["leads?limit=1&q=a{}", "contacts?limit=1&cursor={}", "contacts?{}=1", "leads?external_id={}"] {
        let answer = server.get(&format!("/api/v1/{}", path.replace("{}", lines))).await;
        answer.is_problem(422, "invalid-fields");
        assert!(is_explained(&answer));
    }
    for host in ["evil.example", "evil.example:1@x", "", "a b"] {
        let request = |method: Method, path: &str| Request::builder().method(method).uri(path).header(HOST, host);
        let page =
            server.send(request(Method::GET, "/api/v1/leads?limit=1").body(Body::empty()).expect("a request")).await;
        assert!(page.next().expect("another page").starts_with("/api/v1/leads?"), "a link names no host");
        let body = Body::from(json!({"name": format!("x{host}")}).to_string());
        let post = request(Method::POST, "/api/v1/operators").header(CONTENT_TYPE, "application/json").body(body);
        let made = server.send(post.expect("a request")).await;
        assert!(made.headers[LOCATION].to_str().expect("text").starts_with("/api/v1/operators/"), "{host:?}");
    }
    server.close().await;
}

#[tokio::test]
async fn a_header_that_is_there_twice_is_not_chosen_from() {
    let server = TestServer::open().await;
    let body = || Body::from(json!({"name": "Anna"}).to_string());
    let post = || Request::post("/api/v1/operators").header(CONTENT_TYPE, "application/json");
    let twice = post().header("idempotency-key", "a").header("idempotency-key", "b").body(body());
    server.send(twice.expect("a request")).await.is_problem(422, "invalid-fields");
    let key = server.key(Grant::Admin).await;
    let one = format!("Bearer {key}");
    for [first, second] in [[one.as_str(), "Bearer x"], ["Bearer x", &one], [&one, &one]] {
        let request = post().header("authorization", first).header("authorization", second).body(body());
        let answer = server.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
        assert!(is_explained(&answer));
    }
    let good = post().header("authorization", &one).body(body()).expect("a request");
    assert_eq!(server.send(good).await.status, StatusCode::CREATED);
    server.close().await;
}

/// Texts that something on the way could take for more than a text.
const TEXTS: [&str; 33] = [
    "'; DROP TABLE contacts; --",
    "\" OR \"\"=\"",
    "1' UNION SELECT secret FROM keys--",
    "$1",
    "?1",
    ":name",
    "%",
    "_",
    "\\",
    "\\u0000",
    "maitred.contacts",
    "<script>h0stile()</script>",
    "<img src=x onerror=h0stile()>",
    "\"><svg onload=h0stile()>",
    "'-h0stile()-'",
    "</title></textarea><h0stile>",
    "<!--h0stile",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:h0stile()",
    "&lt;h0stile&gt;",
    "=1+1",
    "@SUM(A1)",
    "+7;ext=;phone-context=tel:1",
    "%s%n{}{0}",
    "../../etc/passwd",
    "a\u{202e}b\u{2066}c",
    "a\u{200b}b\u{200d}c",
    "\u{feff}a",
    "a\u{2028}b\u{2029}c",
    "Z\u{351}\u{36b}\u{343}alg\u{321}o",
    "\u{fffe}\u{ffff}\u{10ffff}",
    "👩‍👩‍👧‍👦",
    "ﷺ ẞ ı İ",
];

#[tokio::test]
async fn texts_are_kept_as_they_are_wherever_they_are_sent() {
    let server = TestServer::open().await;
    for text in TEXTS {
        let operator = server.post("/api/v1/operators", &json!({"name": text, "max_load": 5})).await;
        let operator = operator.expect(StatusCode::CREATED);
        assert_eq!(operator["name"], text);
        let body = json!({"name": text, "description": text});
        let source = server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED);
        assert_eq!((&source["name"], &source["description"]), (&json!(text), &json!(text)));
        let weight = json!({"operator_id": operator["id"], "weight": 1});
        server.post(&format!("/api/v1/sources/{}/operators", source["id"]), &weight).await.expect(StatusCode::CREATED);
        let body = json!({
            "source_id": source["id"], "lead_external_id": text, "lead_phone": text, "lead_email": text,
            "lead_name": text, "message": text, "attributes": {text: [text]}, "source_event_id": text,
        });
        let contact = server.once(&format!("key-{}", source["id"]), "/api/v1/contacts", &body).await;
        let contact = contact.expect(StatusCode::CREATED);
        let shown = server.show(&format!("/api/v1/contacts/{}", contact["id"])).await;
        assert_eq!((&shown["message"], &shown["attributes"]), (&json!(text), &json!({text: [text]})));
        let lead = server.show(&format!("/api/v1/leads/{}", contact["lead_id"])).await;
        assert_eq!(lead["name"], text);
        let values: Vec<&str> =
            lead["identities"].as_array().expect("a list").iter().filter_map(|one| one["value"].as_str()).collect();
        let sent = [&shown["sent"]["lead_external_id"]].map(|sent| sent.as_str());
        // But for characters that nobody sees, and what stands for no id.
        let id = maitred_app::identity::external_id(text);
        assert!(values.first() == Some(&&*id.value) || sent == [Some(text)], "{text}: {lead} {shown}");
        let query = serde_urlencoded::to_string([("external_id", text)]).expect("a query");
        let found = server.show(&format!("/api/v1/leads?{query}")).await;
        assert!(found[0]["id"] == lead["id"] || sent == [Some(text)], "{text}: {found}");
        let query = serde_urlencoded::to_string([("q", text)]).expect("a query");
        let found = server.show(&format!("/api/v1/leads?{query}")).await;
        let found = found.as_array().expect("a list");
        assert!(found.iter().any(|it| it["id"] == lead["id"]), "{text}: {found:?}");
        // Words in common find others too; without any, only a pattern would.
        let has_words = text.chars().any(char::is_alphanumeric);
        assert!(has_words || found.len() == 1, "{text}: it is looked for as it is, not as a pattern: {found:?}");
        nothing_runs(&server, &contact, &operator, &source).await;
    }
    server.close().await;
}

/// The pages that show these show what was sent, and nothing of it is a tag or an attribute.
async fn nothing_runs(server: &TestServer, contact: &Value, operator: &Value, source: &Value) {
    let paths = [
        "/".to_owned(),
        "/contacts".to_owned(),
        format!("/contacts/{}", contact["id"]),
        format!("/contacts/{}/decisions/0", contact["id"]),
        "/leads".to_owned(),
        format!("/leads/{}", contact["lead_id"]),
        format!("/operators/{}", operator["id"]),
        format!("/operators/{}/delete", operator["id"]),
        "/sources".to_owned(),
        format!("/sources/{}", source["id"]),
        format!("/sources/{}/settings", source["id"]),
    ];
    for path in paths {
        let request = Request::builder().uri(&path).header("accept", "text/html").body(Body::empty());
        let page = server.send(request.expect("a request")).await;
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"), "{path}");
        for made in ["<script>h0", "<img src=x", "<svg onload", "<h0stile", "<!--h0"] {
            assert!(!page.text.contains(made), "{path} has {made}");
        }
        assert!(page.headers.contains_key("content-security-policy"), "{path}");
    }
}

/// What no engine is asked to keep.
#[tokio::test]
async fn texts_with_control_characters_or_half_characters_are_refused() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let table = [
        (r#"{"name": "a\u0000b"}"#, "operators", "/name"),
        (r#"{"name": "a\r\nX: 1"}"#, "operators", "/name"),
        (r#"{"name": "a\u0085b"}"#, "operators", "/name"),
        (r#"{"name": "\ud83d"}"#, "operators", "/name"),
        (r#"{"name": "\ude00\ud83d"}"#, "operators", "/name"),
        (r#"{"name": "\u0000"}"#, "operators", "/name"),
        (r#"{"name": "b", "description": "a\u0000"}"#, "sources", "/description"),
        (r#"{"source_id": 1, "lead_external_id": "a", "attributes": {"a": 1e400}}"#, "contacts", "/attributes"),
    ];
    for (body, path, pointer) in table {
        let answer = send_text(&server, &format!("/api/v1/{path}"), body.as_bytes()).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), [pointer], "{body}: {}", answer.text);
    }
    for body in [
        &b"{\"name\": \"\xff\"}"[..],
        b"{\"name\": \"\xc0\x80\"}",
        b"{\"name\": \"\xed\xa0\x80\"}",
        b"{\"name\": \"a\0\"}",
    ] {
        send_text(&server, "/api/v1/operators", body).await.is_problem(400, "malformed-body");
    }
    let kept =
        r#"{"source_id": 1, "lead_external_id": "a", "attributes": {"a\u0000": "\u0000\ud83d\ude00", "b": -0.0}}"#;
    let contact = send_text(&server, "/api/v1/contacts", kept.as_bytes()).await.expect(StatusCode::CREATED);
    assert_eq!(contact["attributes"], json!({"a\0": "\0😀", "b": -0.0}), "attributes are kept as JSON text");
    assert_eq!(server.show(&format!("/api/v1/contacts?source_id={source}")).await[0], contact);
    server.close().await;
}

async fn send_text(server: &TestServer, path: &str, body: &[u8]) -> Answer {
    let request = Request::post(path).header(CONTENT_TYPE, "application/json").body(Body::from(body.to_vec()));
    server.send(request.expect("a request")).await
}

#[tokio::test]
async fn numbers_are_read_exactly_or_refused() {
    let server = TestServer::open().await;
    let table = [
        ("-0", Some(0)),
        ("-0.0", Some(0)),
        ("0e400", Some(0)),
        ("1E3", Some(1000)),
        ("1e0", Some(1)),
        ("1000000", Some(1_000_000)),
        ("1000001", None),
        ("-1", None),
        ("0.1", None),
        ("1e-400", Some(0)),
        ("1e18", None),
        ("1e400", None),
        ("-1e400", None),
        ("9007199254740993", None),
        ("9223372036854775807", None),
        ("9223372036854775808", None),
        ("-9223372036854775809", None),
        ("18446744073709551616", None),
        ("\"1\"", None),
        ("true", None),
        ("[1]", None),
    ];
    for (number, expected) in table {
        let body = format!("{{\"name\": \"a\", \"max_load\": {number}}}");
        let answer = send_text(&server, "/api/v1/operators", body.as_bytes()).await;
        match expected {
            Some(value) => assert_eq!(answer.expect(StatusCode::CREATED)["max_load"], value, "{number}"),
            None => assert_eq!(answer.is_problem(422, "invalid-fields"), ["/max_load"], "{number}"),
        }
        let body = format!("{{\"source_id\": {number}, \"lead_external_id\": \"a\"}}");
        let status = send_text(&server, "/api/v1/contacts", body.as_bytes()).await.status.as_u16();
        assert!([404, 422].contains(&status), "{number}: {status}");
    }
    for number in ["NaN", "Infinity", "0x10", "01", "+1", "1.", ".5", "1_000"] {
        let body = format!("{{\"name\": \"a\", \"max_load\": {number}}}");
        send_text(&server, "/api/v1/operators", body.as_bytes()).await.is_problem(400, "malformed-body");
    }
    for id in ["9223372036854775807", "-9223372036854775808", "0", "-1"] {
        server.get(&format!("/api/v1/operators/{id}")).await.is_problem(404, "unknown-id");
        server.delete(&format!("/api/v1/contacts/{id}")).await.is_problem(404, "unknown-id");
        server.act(&format!("/api/v1/contacts/{id}/resolve")).await.is_problem(404, "unknown-id");
        server.get(&format!("/api/v1/contacts?operator_id={id}&lead_id={id}")).await.expect(StatusCode::OK);
    }
    server.close().await;
}

/// The longest of each is taken, one more is refused.
#[tokio::test]
async fn lengths_end_where_they_are_said_to() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let long = |length: usize| "😀".repeat(length);
    let contact = |field: &str, value: Value| {
        let mut body = json!({"source_id": 1, "lead_external_id": "a"});
        body[field] = value;
        body
    };
    let deep = |depth: usize| (1..depth).fold(json!({}), |inner, _| json!({"a": inner}));
    let wide = |bytes: usize| json!({"a": "x".repeat(bytes - 8)});
    let table = [
        ("operators", "/name", json!({"name": long(100)}), json!({"name": long(101)})),
        ("sources", "/name", json!({"name": long(100)}), json!({"name": long(101)})),
        (
            "sources",
            "/description",
            json!({"name": "b", "description": long(500)}),
            json!({"name": "c", "description": long(501)}),
        ),
        ("contacts", "/attributes", contact("attributes", wide(16_384)), contact("attributes", wide(16_385))),
        ("contacts", "/attributes", contact("attributes", deep(32)), contact("attributes", deep(33))),
    ];
    for (path, pointer, longest, longer) in table {
        let path = format!("/api/v1/{path}");
        server.post(&path, &longest).await.expect(StatusCode::CREATED);
        let answer = server.post(&path, &longer).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), [pointer]);
        assert!(answer.text.len() < 2_000, "what was sent is not sent back");
    }
    let nested = format!("{{\"name\": \"a\", \"x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = send_text(&server, "/api/v1/operators", nested.as_bytes()).await;
    assert!([201, 400].contains(&answer.status.as_u16()), "a field that nobody reads: {}", answer.text);
    server.once(&"k".repeat(255), "/api/v1/operators", &json!({"name": "a"})).await.expect(StatusCode::CREATED);
    server.once(&"k".repeat(256), "/api/v1/operators", &json!({"name": "a"})).await.is_problem(422, "invalid-fields");
    server.close().await;
}

#[tokio::test]
async fn a_compressed_body_is_415_and_not_broken_json() {
    let server = TestServer::open().await;
    for path in ["/api/v1/operators", "/compat/interactions/operators"] {
        for (coding, is_refused) in [("gzip", true), ("br", true), ("identity", false), ("Identity", false)] {
            let body = json!({"name": "Anna", "max_active_interactions": 5});
            let mut request = TestServer::request(None, Method::POST, path, Some(&body));
            request.headers_mut().insert("content-encoding", coding.parse().expect("a header"));
            let answer = server.send(request).await;
            assert_eq!(answer.status == 415, is_refused, "{path} {coding}: {}", answer.text);
            assert_eq!(answer.status.is_success(), !is_refused, "{path} {coding}: {}", answer.text);
            assert!(!is_refused || answer.text.contains("Content-Encoding"), "{}", answer.text);
        }
    }
    server.close().await;
}
