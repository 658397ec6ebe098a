//! `/api/v1/events` and `/api/v1/events/stream`.

use crate::test_server::TestServer;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

#[tokio::test]
async fn events_tell_what_happened_in_order() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[(anna, 30)]).await;
    server.contact(source, "a").await;
    server.contact(source, "b").await;
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);

    let events = server.show("/api/v1/events").await;
    let told: Vec<_> = events.as_array().expect("a list").iter().map(|e| e["kind"].as_str().expect("a kind")).collect();
    let expected = [
        "operator_created",
        "source_created",
        "weight_set",
        "contact_created",
        "contact_assigned",
        "contact_created",
        "contact_resolved",
        "contact_assigned",
    ];
    assert_eq!(told, expected);
    assert_eq!((&events[2]["weight"], &events[2]["operator_id"]), (&json!(30), &json!(anna)));
    assert_eq!((&events[5]["contact_id"], &events[5]["operator_id"]), (&json!(2), &Value::Null));
    assert_eq!((&events[7]["contact_id"], &events[7]["operator_id"]), (&json!(2), &json!(anna)));
    assert_eq!(server.show("/api/v1/events?after=7").await, json!([events[7]]));
    assert_eq!(server.show("/api/v1/events?after=8").await, json!([]));
    server.close().await;
}

#[tokio::test]
async fn who_listens_for_assignments_hears_of_all_of_them() {
    let server = TestServer::open().await;
    let [anna, boris] = [server.operator("Anna", 1).await, server.operator("Boris", 5).await];
    let source = server.source("Bot", &[(anna, 1)]).await;
    server.contact(source, "at once").await;
    server.contact(source, "waits").await;
    let transfer = json!({"operator_id": boris});
    server.post("/api/v1/contacts/1/transfer", &transfer).await.expect(StatusCode::OK);
    let serves = json!({"operator_id": boris});
    server.post("/api/v1/sources/1/operators", &serves).await.expect(StatusCode::CREATED);
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    server.act("/api/v1/contacts/1/reopen").await.expect(StatusCode::OK);
    let events = server.show("/api/v1/events").await;
    let assigned = events.as_array().expect("a list").iter().filter(|event| event["kind"] == "contact_assigned");
    let assigned: Vec<_> =
        assigned.map(|it| (it["contact_id"].clone(), it["operator_id"].clone(), it["at_once"].clone())).collect();
    let at_once = json!(true);
    let expected = [
        (json!(1), json!(anna), at_once.clone()),
        (json!(1), json!(boris), at_once.clone()),
        (json!(2), json!(anna), Value::Null),
        (json!(1), json!(boris), at_once),
    ];
    assert_eq!(assigned, expected);
    server.close().await;
}

#[tokio::test]
async fn a_reader_may_begin_behind_the_latest_event() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[(anna, 30)]).await;
    let latest = server.get("/api/v1/events?after=latest").await;
    let next = latest.next().expect("where to continue");
    assert_eq!((latest.expect(StatusCode::OK), &*next), (json!([]), "/api/v1/events?after=3"));
    server.contact(source, "a").await;
    assert_eq!(server.show(&next).await[0]["kind"], "contact_created");
    server.get("/api/v1/events?after=last").await.is_problem(422, "invalid-fields");
    server.close().await;
}

#[tokio::test]
async fn events_embed_what_they_name_if_they_are_asked_to() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[(anna, 30)]).await;
    server.contact(source, "a").await;
    let event = &server.show("/api/v1/events?after=3&limit=1&expand=lead,contact,operator").await[0];
    assert_eq!(event["contact"], server.show("/api/v1/contacts/1").await);
    assert_eq!(event["lead"], server.show("/api/v1/leads/1").await);
    assert_eq!(event["operator"], server.show("/api/v1/operators/1").await);
    let plain = &server.show("/api/v1/events?after=3&limit=1&expand=contact").await[0];
    assert!(plain["contact"].is_object() && plain.get("lead").is_none() && plain.get("operator").is_none());
    let mut reader = Reader::open(&server, "/api/v1/events/stream?after=3&expand=operator", None, 3).await;
    assert_eq!(reader.event().await.expect("an event").data["operator"]["name"], "Anna");
    server.delete("/api/v1/contacts/1").await;
    let gone = &server.show("/api/v1/events?after=3&limit=1&expand=contact").await[0];
    assert!(gone.get("contact").is_none(), "what is gone is left out");
    server.get("/api/v1/events?expand=contacts").await.is_problem(422, "invalid-fields");
    server.close().await;
}

/// A reader of server-sent events.
struct Reader {
    body: Body,
    text: String,
}

/// One event as it was sent.
#[derive(Debug, PartialEq)]
struct Sent {
    id: i64,
    event: String,
    data: Value,
}

impl Reader {
    /// Connects, and checks the greeting, which says from where on events will come.
    async fn open(server: &TestServer, path: &str, last_event_id: Option<&str>, after: i64) -> Self {
        let request = Request::get(path);
        let request = last_event_id.into_iter().fold(request, |request, id| request.header("last-event-id", id));
        let request = request.body(Body::empty()).expect("a well-formed request");
        let response = server.pipeline.clone().oneshot(request).await.expect("a pipeline does not fail");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut reader = Self { body: response.into_body(), text: String::new() };
        assert_eq!(reader.block().await.as_deref(), Some(format!(": after {after}").as_str()));
        reader
    }

    /// The lines up to the next empty one; `None` at the end of the stream.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let frame = tokio::time::timeout(Duration::from_secs(30), self.body.frame()).await.expect("not silent");
            let data = frame?.expect("a whole stream").into_data().expect("data");
            self.text.push_str(std::str::from_utf8(&data).expect("UTF-8"));
        }
    }

    async fn event(&mut self) -> Option<Sent> {
        let block = self.block().await?;
        let field =
            |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).expect("it");
        Some(Sent {
            id: field("id").parse().expect("a position"),
            event: field("event").to_owned(),
            data: serde_json::from_str(field("data")).expect("JSON"),
        })
    }
}

const STREAM: &str = "/api/v1/events/stream";

#[tokio::test]
async fn a_stream_starts_at_the_present_and_tells_who_got_a_waiting_contact() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 0).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    let contact = server.contact(source, "a").await;
    let mut reader = Reader::open(&server, STREAM, None, 4).await;
    server.patch(&format!("/api/v1/operators/{anna}"), &json!({"max_load": 1})).await.expect(StatusCode::OK);

    let edited = reader.event().await.expect("an event");
    assert_eq!((edited.id, edited.event.as_str()), (5, "operator_edited"));
    let assigned = reader.event().await.expect("an event");
    assert_eq!((assigned.id, assigned.event.as_str()), (6, "contact_assigned"));
    assert_eq!((&assigned.data["contact_id"], &assigned.data["operator_id"]), (&contact["id"], &json!(anna)));
    assert_eq!(json!([assigned.data]), server.show("/api/v1/events?after=5").await);
    server.close().await;
}

#[tokio::test]
async fn a_reader_that_was_cut_off_misses_nothing() {
    let server = TestServer::open().await;
    for n in 0..600 {
        server.operator(&n.to_string(), 1).await;
    }
    let mut reader = Reader::open(&server, &format!("{STREAM}?after=0"), None, 0).await;
    let mut seen = Vec::new();
    for _ in 0..300 {
        seen.push(reader.event().await.expect("an event").id);
    }
    drop(reader);
    let last = seen[299].to_string();
    let mut reader = Reader::open(&server, &format!("{STREAM}?after=0"), Some(&last), 300).await;
    server.operator("the last", 1).await;
    for _ in 0..301 {
        seen.push(reader.event().await.expect("an event").id);
    }
    assert_eq!(seen, (1..=601).collect::<Vec<_>>());
    server.close().await;
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let server = TestServer::open().await;
    let mut quiet = Reader::open(&server, STREAM, None, 0).await;
    server.operator("Anna", 1).await;
    let mut busy = Reader::open(&server, &format!("{STREAM}?after=0"), None, 0).await;
    assert_eq!(quiet.event().await.map(|event| event.id), Some(1));
    assert_eq!(busy.event().await.map(|event| event.id), Some(1));
    server.stop.now();
    assert_eq!(quiet.event().await, None);
    assert_eq!(busy.event().await, None);
    server.close().await;
}

#[tokio::test]
async fn a_last_event_id_that_is_no_position_is_422() {
    let server = TestServer::open().await;
    let request = Request::get(STREAM).header("last-event-id", "yesterday").body(Body::empty());
    let answer = server.send(request.expect("a well-formed request")).await;
    assert_eq!(answer.is_problem(422, "invalid-fields"), ["Last-Event-ID"]);
    server.close().await;
}

#[tokio::test]
async fn streams_are_counted_and_given_back() {
    let server = TestServer::open().await;
    let mut readers = Vec::new();
    for _ in 0..maitred_web::STREAMS_PER_CALLER_MAX {
        readers.push(Reader::open(&server, STREAM, None, 0).await);
    }
    server.get(STREAM).await.is_problem(503, "too-many-streams");
    readers.pop();
    Reader::open(&server, STREAM, None, 0).await;
    server.close().await;
}
