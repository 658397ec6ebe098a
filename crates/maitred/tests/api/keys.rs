//! `/api/v1/keys`, what keys open and close, and who is told to have done what.

use crate::test_server::{PASSWORD, TestServer};
use axum::http::{Method, StatusCode};
use http_body_util::BodyExt;
use maitred_app::jobs::{Job, NoteUses};
use maitred_core::limits::DRAIN_MAX;
use maitred_core::{Actor, KeyId, Timestamp};
use maitred_store::accounts::{Grant, NewKey};
use maitred_store::clock;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

async fn make(server: &TestServer, key: Option<&str>, body: Value) -> Value {
    let answer = server.call_as(key, Method::POST, "/api/v1/keys", Some(&body)).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.expect(StatusCode::CREATED)
}

#[tokio::test]
async fn the_first_key_closes_the_door() {
    let server = TestServer::open().await;
    assert_eq!(server.show("/api/v1/keys").await, json!([]));
    let made = make(&server, None, json!({"name": " Boss ", "role": "admin"})).await;
    let token = made["token"].as_str().expect("a token");
    assert_eq!((&made["id"], &made["name"], &made["created_by"]), (&json!(1), &json!("Boss"), &json!("anonymous")));
    assert_eq!(token[4..16], made["prefix"].as_str().expect("a prefix")[..]);

    server.get("/api/v1/keys").await.is_problem(401, "key-required");
    let second = make(&server, Some(token), json!({"name": "Bot", "role": "intake"})).await;
    assert_eq!(second["created_by"], "key:1");
    let listed = server.call_as(Some(token), Method::GET, "/api/v1/keys", None).await;
    assert!(!listed.text.contains("token") && !listed.text.contains(&token[17..]), "{}", listed.text);
    assert_eq!(listed.json.as_array().map(Vec::len), Some(2));
    let shown = server.call_as(Some(token), Method::GET, "/api/v1/keys/2", None).await.expect(StatusCode::OK);
    assert_eq!(
        (&shown["role"], &shown["source_id"], &shown["revoked_at"]),
        (&json!("intake"), &Value::Null, &Value::Null)
    );
    server.close().await;
}

#[tokio::test]
async fn a_key_is_bound_to_what_is_there() {
    let server = TestServer::open().await;
    let operator = server.operator("Anna", 1).await;
    let refuse = async |body: Value| server.post("/api/v1/keys", &body).await;
    let at = |answer: &crate::test_server::Answer| {
        answer.json["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned()
    };
    for (body, pointer) in [
        (json!({"name": "x", "role": "boss"}), "/role"),
        (json!({"name": "x", "role": "operator"}), "/operator_id"),
        (json!({"name": "x", "role": "admin", "operator_id": operator}), "/operator_id"),
        (json!({"name": "x", "role": "supervisor", "source_id": 1}), "/source_id"),
        (json!({"name": "x", "role": "admin", "expires_at": "2001-01-01T00:00:00Z"}), "/expires_at"),
        (json!({"name": "x", "role": "admin", "expires_at": "soon"}), "/expires_at"),
    ] {
        let answer = refuse(body).await;
        answer.is_problem(422, "invalid-fields");
        assert_eq!(at(&answer), pointer);
    }
    for (body, pointer) in [
        (json!({"name": "x", "role": "operator", "operator_id": 9}), "/operator_id"),
        (json!({"name": "x", "role": "intake", "source_id": 9}), "/source_id"),
    ] {
        let answer = refuse(body).await;
        answer.is_problem(404, "unknown-reference");
        assert_eq!(at(&answer), pointer);
    }
    assert!(!server.access.is_guarded(), "what is refused closes nothing");
    server.close().await;
}

#[tokio::test]
async fn a_revoked_key_is_refused_and_the_door_stays_closed() {
    let server = TestServer::open().await;
    let admin = server.key(Grant::Admin).await;
    let revoke =
        async |id: i64| server.call_as(Some(&admin), Method::DELETE, &format!("/api/v1/keys/{id}"), None).await;
    let bot = server.key(Grant::Intake(None)).await;
    assert_eq!(revoke(2).await.status, StatusCode::NO_CONTENT);
    let body = json!({"source_id": 1, "lead_external_id": "x"});
    let refused = server.call_as(Some(&bot), Method::POST, "/api/v1/contacts", Some(&body)).await;
    refused.is_problem(401, "key-refused");
    let first = server.call_as(Some(&admin), Method::GET, "/api/v1/keys/2", None).await.json;
    assert_eq!(first["revoked_by"], "key:1");
    assert_eq!(revoke(2).await.status, StatusCode::NO_CONTENT, "twice is the same as once");
    assert_eq!(server.call_as(Some(&admin), Method::GET, "/api/v1/keys/2", None).await.json, first);
    revoke(9).await.is_problem(404, "unknown-id");

    revoke(1).await.is_problem(409, "last-admin");
    server.key(Grant::Admin).await;
    assert_eq!(revoke(1).await.status, StatusCode::NO_CONTENT, "also the caller's own");
    revoke(1).await.is_problem(401, "key-refused");
    server.get("/api/v1/contacts").await.is_problem(401, "key-required");
    server.close().await;
}

#[tokio::test]
async fn nobody_is_locked_out_by_the_first_key_or_user() {
    let server = TestServer::open().await;
    for role in ["intake", "supervisor", "observer"] {
        let refused = server.post("/api/v1/keys", &json!({"name": "Bot", "role": role})).await;
        assert_eq!(refused.is_problem(409, "admin-first"), ["/role"]);
    }
    let none = "none=1";
    let typed = "name=Maria&password=four+little+words&role=supervisor";
    for (path, form) in [("/access/users/new", typed), ("/access/keys/new", "name=Bot&role=intake")] {
        let page = server.browse(none, Method::GET, path, None).await;
        assert!(page.text.contains(r#"value="admin" checked"#), "{}", page.text);
        let refused = server.browse(none, Method::POST, path, Some(form)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("There is no admin yet"), "{}", refused.text);
    }
    assert!(!server.access.is_guarded(), "what is refused closes nothing");
    let admin =
        server.browse(none, Method::POST, "/access/users/new", Some(&typed.replace("supervisor", "admin"))).await;
    assert_eq!(admin.status, StatusCode::SEE_OTHER);
    let (secret, _) = server.access.log_in("Maria", PASSWORD, [127, 0, 0, 1].into()).await.expect("a session");
    let maria = format!("maitred-session={}", secret.reveal());
    assert_eq!(server.browse(&maria, Method::POST, "/access/keys/new", Some("name=Bot&role=intake")).await.status, 200);
    server.close().await;
}

#[tokio::test]
async fn an_expired_key_is_refused() {
    let server = TestServer::open().await;
    let over = NewKey { name: "Old".into(), grant: Grant::Admin, expires_at: Some(Timestamp(clock::now().0 - 1)) };
    let (_, token) = server.access.create(over, Actor::Cli).await.expect("a key");
    let answer = server.call_as(Some(&token.reveal()), Method::GET, "/api/v1/contacts", None).await;
    answer.is_problem(401, "key-refused");
    assert!(answer.json["detail"].as_str().expect("a detail").contains("expired"));
    server.close().await;
}

#[tokio::test]
async fn events_say_who_did_it() {
    let server = TestServer::open().await;
    let operator = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[(operator, 1)]).await;
    let (bot, staff) = (server.key(Grant::Intake(None)).await, server.key(Grant::Supervisor).await);
    let ask = async |key: &str, method, path: &str, body: Option<Value>| {
        server.call_as(Some(key), method, path, body.as_ref()).await
    };
    for lead in ["a", "b"] {
        let body = json!({"source_id": source, "lead_external_id": lead});
        ask(&bot, Method::POST, "/api/v1/contacts", Some(body)).await.expect(StatusCode::CREATED);
    }
    // Frees the slot, and the second contact gets it: both because somebody resolved the first.
    ask(&staff, Method::POST, "/api/v1/contacts/1/resolve", None).await.expect(StatusCode::OK);
    let events = ask(&staff, Method::GET, "/api/v1/events", None).await.expect(StatusCode::OK);
    let told: Vec<_> =
        events.as_array().expect("a page").iter().map(|e| (e["kind"].as_str(), e["actor"].as_str())).collect();
    let expected = [
        ("operator_created", "anonymous"),
        ("source_created", "anonymous"),
        ("weight_set", "anonymous"),
        ("contact_created", "key:1"),
        ("contact_assigned", "key:1"),
        ("contact_created", "key:1"),
        ("contact_resolved", "key:2"),
        ("contact_assigned", "key:2"),
    ];
    assert_eq!(told, expected.map(|(kind, actor)| (Some(kind), Some(actor))));
    server.close().await;
}

#[tokio::test]
async fn a_stream_ends_with_its_key() {
    let server = TestServer::open().await;
    let open = |key: Option<&str>| {
        let request = TestServer::request(key, Method::GET, "/api/v1/events/stream", None);
        let pipeline = server.pipeline.clone();
        async move {
            let mut body = pipeline.oneshot(request).await.expect("a pipeline does not fail").into_body();
            let greeting = body.frame().await.expect("a greeting").expect("a sound stream").into_data();
            assert!(greeting.expect("data").starts_with(b": after "));
            body
        }
    };
    let ends = async |body: axum::body::Body| {
        let collected = tokio::time::timeout(Duration::from_secs(20), body.collect()).await;
        collected.expect("the stream ends").expect("a clean end");
    };
    let nobodys = open(None).await;
    let admin = server.key(Grant::Admin).await;
    // With the first key, what has none ends.
    ends(nobodys).await;

    let with_key = open(Some(&admin)).await;
    server.access.revoke(KeyId(1), Actor::Cli).await.expect("a store");
    ends(with_key).await;

    let soon =
        NewKey { name: "Soon".into(), grant: Grant::Admin, expires_at: Some(Timestamp(clock::now().0 + 300_000)) };
    let (_, token) = server.access.create(soon, Actor::Cli).await.expect("a key");
    ends(open(Some(&token.reveal())).await).await;
    server.close().await;
}

#[tokio::test]
async fn the_last_use_is_noted_behind_the_requests() {
    let server = TestServer::open().await;
    let admin = server.key(Grant::Admin).await;
    let last_used = async || server.access.key(KeyId(1)).await.expect("a store").expect("the key").last_used_at;
    server.call_as(Some(&admin), Method::GET, "/api/v1/contacts", None).await.expect(StatusCode::OK);
    assert_eq!(last_used().await, None, "a request writes nothing");
    NoteUses::new(server.access.clone()).tick().await;
    let used = last_used().await.expect("it was used");
    assert!(clock::now().0 - used.0 < 60_000_000);
    server.close().await;
}

#[tokio::test]
async fn a_secret_is_not_shown_again() {
    let server = TestServer::open().await;
    let refused = server.once("k", "/api/v1/keys", &json!({"name": "Bot", "role": "intake"})).await;
    assert_eq!(refused.is_problem(422, "invalid-fields"), ["Idempotency-Key"]);
    assert_eq!(server.show("/api/v1/keys").await, json!([]));
    server.close().await;
}

#[tokio::test]
async fn a_key_that_replaces_another_gets_its_answers() {
    let server = TestServer::open().await;
    let admin = server.key(Grant::Admin).await;
    let new = async |name: &str, role: &str| {
        let body = json!({"name": name, "role": role});
        let key = server.call_as(Some(&admin), Method::POST, "/api/v1/keys", Some(&body)).await;
        key.expect(StatusCode::CREATED)["token"].as_str().expect("a token").to_owned()
    };
    let source = json!({"name": "Bot"});
    let send = async |key: &str| {
        let mut request = TestServer::request(Some(key), Method::POST, "/api/v1/sources", Some(&source));
        request.headers_mut().insert("idempotency-key", "k".parse().expect("a header"));
        server.send(request).await
    };
    let old = new("Site", "supervisor").await;
    let first = send(&old).await;
    server.call_as(Some(&admin), Method::DELETE, "/api/v1/keys/2", None).await;
    let replaced = new("Site", "supervisor").await;
    let again = send(&replaced).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::CREATED, "true"));
    assert_eq!(again.text, first.text);
    for other in [new("Other site", "supervisor").await, new("Site", "admin").await] {
        send(&other).await.is_problem(409, "name-taken");
    }
    server.close().await;
}

#[tokio::test]
async fn more_than_a_caller_is_granted_is_429() {
    let server = TestServer::limited(2).await;
    for _ in 0..5 {
        let open = server.get("/api/v1/sources").await;
        assert_eq!((open.status, open.headers.contains_key("ratelimit")), (StatusCode::OK, false), "without keys");
    }
    let (bot, boss) = (server.key(Grant::Supervisor).await, server.key(Grant::Admin).await);
    let ask = async |key: &str| server.call_as(Some(key), Method::GET, "/api/v1/sources", None).await;
    for left in ["\"caller\";r=1;t=1", "\"caller\";r=0;t=1"] {
        let answer = ask(&bot).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!((answer.header("ratelimit"), answer.header("ratelimit-policy")), (left, "\"caller\";q=2;w=1"));
    }
    let refused = ask(&bot).await;
    refused.is_problem(429, "too-many-requests");
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit")), ("1", "\"caller\";r=0;t=1"));
    assert_eq!(ask(&boss).await.status, StatusCode::OK, "another key has its own");
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(ask(&bot).await.status, StatusCode::OK, "a second later");
    server.close().await;
}

#[tokio::test]
async fn what_one_command_leaves_over_is_done_in_the_name_of_the_same_caller() {
    let server = TestServer::open().await;
    let many = DRAIN_MAX + 44;
    let anna = server.operator("Anna", 1_000).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    for n in 0..many {
        server.contact(source, &n.to_string()).await;
    }
    let boss = server.key(Grant::Supervisor).await;
    let gone = server.call_as(Some(&boss), Method::DELETE, &format!("/api/v1/operators/{anna}"), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let begun = tokio::time::Instant::now();
    let released = loop {
        let page = server.call_as(Some(&boss), Method::GET, "/api/v1/events?limit=1000&after=600", None).await.json;
        let released = page.as_array().expect("a page").iter().filter(|event| event["kind"] == "contact_released");
        let actors: Vec<String> = released.map(|event| event["actor"].as_str().expect("an actor").to_owned()).collect();
        if actors.len() == many || begun.elapsed() > Duration::from_secs(60) {
            break actors;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(released, vec!["key:1"; many]);
    server.close().await;
}
