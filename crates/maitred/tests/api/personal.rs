//! Personal data: handing out what is kept about a lead, forgetting it, and keeping it out of the log.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use maitred_store::accounts::Grant;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};

const PHONE: &str = "+79995551234";
const EMAIL: &str = "olga.ivanova@example.com";
const NAME: &str = "Ольга Иванова";
const WORDS: &str = "my-secret-message";
const NOTE: &str = "my-secret-note";

/// Operator and source 1, and contacts 1 to 3 of lead 1, who absorbed lead 2; the last two are resolved.
async fn furnished() -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 50).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    let fields = json!({"utm": "my-attribute"});
    for body in [
        json!({"source_id": source, "lead_phone": PHONE, "lead_name": NAME, "message": WORDS, "attributes": fields}),
        json!({"source_id": source, "lead_email": EMAIL, "lead_name": "Olga", "message": "Second"}),
        json!({"source_id": source, "lead_phone": "8 999 555-12-34", "message": "Third"}),
    ] {
        server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    }
    server.post("/api/v1/leads/1/merge", &json!({"absorb_lead_id": 2})).await.expect(StatusCode::OK);
    server.post("/api/v1/contacts/2/notes", &json!({"text": NOTE})).await.expect(StatusCode::CREATED);
    for contact in [2, 3] {
        server.act(&format!("/api/v1/contacts/{contact}/resolve")).await.expect(StatusCode::OK);
    }
    server
}

fn column<'a>(rows: &'a Value, name: &str) -> Vec<&'a Value> {
    rows.as_array().expect("a list").iter().map(|row| &row[name]).collect()
}

#[tokio::test]
async fn an_export_has_everything_about_one_lead() {
    let server = furnished().await;
    server.contact(1, "somebody else").await;
    let answer = server.get("/api/v1/leads/2/export").await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"lead-2.json\"");
    let export = answer.expect(StatusCode::OK);
    assert_eq!((&export["lead"]["id"], &export["lead"]["name"]), (&json!(1), &json!(NAME)), "{export}");
    assert_eq!(column(&export["lead"]["identities"], "value"), [PHONE, EMAIL]);
    assert_eq!((&export["absorbed_leads"][0]["id"], &export["absorbed_leads"][0]["name"]), (&json!(2), &json!("Olga")));
    assert_eq!(column(&export["contacts"], "id"), [3, 2, 1]);
    assert_eq!(column(&export["contacts"], "message"), ["Third", "Second", WORDS]);
    assert_eq!(export["contacts"][2]["attributes"], json!({"utm": "my-attribute"}));
    assert_eq!(export["contacts"][2]["decisions"][0]["operator_id"], 1);
    let note = &export["contacts"][1]["notes"][0];
    assert_eq!((&note["id"], &note["text"], &note["author"]), (&json!(1), &json!(NOTE), &json!("anonymous")));
    let kinds = column(&export["events"], "kind");
    assert_eq!(
        kinds,
        [
            "contact_created",
            "contact_assigned",
            "contact_created",
            "contact_assigned",
            "contact_created",
            "contact_assigned",
            "lead_merged",
            "contact_noted",
            "contact_resolved",
            "contact_resolved"
        ]
    );
    server.get("/api/v1/leads/77/export").await.is_problem(404, "unknown-id");
    server.close().await;
}

#[tokio::test]
async fn an_export_of_many_contacts_comes_in_pieces_and_is_whole() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    for _ in 0..150 {
        server.contact(source, "a").await;
    }
    let export = server.show("/api/v1/leads/1/export").await;
    assert_eq!(column(&export["contacts"], "id"), (1..=150).rev().collect::<Vec<_>>());
    assert_eq!(export["events"].as_array().map(Vec::len), Some(150));
    server.close().await;
}

#[tokio::test]
async fn an_erased_lead_is_nobody() {
    let server = furnished().await;
    server.act("/api/v1/leads/1/erase").await.is_problem(409, "lead-in-use");
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    server.act("/api/v1/leads/2/erase").await.is_problem(409, "lead-merged");
    server.act("/api/v1/leads/77/erase").await.is_problem(404, "unknown-id");
    let erased = server.act("/api/v1/leads/1/erase").await.expect(StatusCode::OK);
    assert_eq!(
        (&erased["name"], &erased["identities"], &erased["contact_count"]),
        (&Value::Null, &json!([]), &json!(3))
    );
    assert!(erased["erased_at"].is_string());
    assert_eq!(server.act("/api/v1/leads/1/erase").await.expect(StatusCode::OK), erased, "again is the same as once");
    let all = server.get("/api/v1/leads/1/export").await.text + &server.get("/api/v1/contacts").await.text;
    let all = all + &server.get("/api/v1/leads/2").await.text + &server.get("/api/v1/contacts/2/notes").await.text;
    for secret in [PHONE, EMAIL, NAME, "Olga", WORDS, NOTE, "Second", "my-attribute"] {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }
    assert_eq!(server.show("/api/v1/leads?phone=%2B79995551234").await, json!([]));
    let events = server.show("/api/v1/events?limit=1000").await;
    assert_eq!(column(&events, "kind").iter().filter(|kind| **kind == "lead_erased").count(), 1);
    server.patch("/api/v1/leads/1", &json!({"name": "Olga"})).await.is_problem(409, "lead-erased");
    server.patch("/api/v1/contacts/1", &json!({"message": "Olga called"})).await.is_problem(409, "lead-erased");
    let back = json!({"source_id": 1, "lead_phone": PHONE});
    assert_eq!(server.post("/api/v1/contacts", &back).await.expect(StatusCode::CREATED)["lead_id"], 3);
    server.close().await;
}

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_nothing_personal_and_no_secrets_at_any_level() {
    let log = Log::default();
    let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(maitred::cli::log_filter("trace"));
    let (writer, subscriber) = (log.clone(), tracing_subscriber::fmt().with_env_filter(filter));
    subscriber.with_writer(move || writer.clone()).try_init().expect("nobody else logs in this process");
    let server = furnished().await;
    let key = server.key(Grant::Admin).await;
    let taken = json!({"source_id": 1, "lead_phone": PHONE, "lead_email": [7], "message": WORDS});
    for body in [&taken, &json!({"source_id": 1, "lead_phone": PHONE, "message": WORDS, "source_event_id": "e-secret"})]
    {
        server.call_as(Some(&key), axum::http::Method::POST, "/api/v1/contacts", Some(body)).await;
    }
    for path in ["leads?phone=%2B79995551234", "leads?q=olga.ivanova", "leads/1/export", "contacts", "events"] {
        let path = format!("/api/v1/{path}");
        server.call_as(Some(&key), axum::http::Method::GET, &path, None).await.expect(StatusCode::OK);
        server.call_as(Some("mtd_wrong"), axum::http::Method::GET, &path, None).await.is_problem(401, "key-refused");
    }
    for path in ["contacts/1/resolve", "contacts/4/resolve", "leads/1/erase"] {
        let path = format!("/api/v1/{path}");
        server.call_as(Some(&key), axum::http::Method::POST, &path, None).await.expect(StatusCode::OK);
    }
    server.close().await;
    let log = String::from_utf8_lossy(&log.0.lock().expect("nobody panicked")).into_owned();
    assert!(!log.is_empty(), "something is logged");
    let digits = &PHONE[1..];
    for secret in [
        digits,
        "999 555-12-34",
        EMAIL,
        "olga.ivanova",
        NAME,
        WORDS,
        NOTE,
        "my-attribute",
        "e-secret",
        &key,
        "mtd_wrong",
    ] {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(secret)).collect();
        assert_eq!(lines, [] as [&str; 0], "{secret}");
    }
}
