//! `/healthz`, `/readyz`, `/metrics`.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_app::auth::Caller;
use maitred_app::jobs::{CompileHours, Job};
use maitred_core::command::{HoursEdit, OperatorEdit};
use maitred_core::hours::Hours;
use maitred_core::intervals::Interval;
use maitred_core::{CalendarId, Command, OperatorId, Timestamp};
use maitred_store::clock;
use maitred_web::telemetry;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

#[tokio::test]
async fn a_server_that_stops_is_up_but_not_ready() {
    let server = TestServer::open().await;
    assert_eq!(server.get("/healthz").await.text, "ok\n");
    assert_eq!(server.get("/readyz").await.text, "ready\n");
    server.stop.now();
    server.get("/readyz").await.is_problem(503, "stopping");
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    server.close().await;
}

#[tokio::test]
async fn a_stopped_batcher_is_503() {
    let mut server = TestServer::open().await;
    server.stop_batcher().await;
    server.get("/readyz").await.is_problem(503, "stopping");
    server.act("/api/v1/contacts/1/resolve").await.is_problem(503, "stopping");
    server.close().await;
}

#[tokio::test]
async fn requests_are_counted_by_route_never_by_path() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    server.contact(source, "a").await;
    server.get("/api/v1/contacts/1").await;
    server.get("/api/v1/contacts/2").await;
    server.get("/nowhere/+79991234567").await;
    server.get("/contacts/1").await;
    server.get("/healthz").await;
    let text = server.get("/metrics").await.text;
    for line in [
        r#"maitred_http_requests_total{route="/api/v1/contacts",method="POST",status="2xx"}"#,
        r#"maitred_http_requests_total{route="/api/v1/contacts/{id}",method="GET",status="4xx"}"#,
        r#"maitred_http_requests_total{route="/contacts/{id}",method="GET",status="2xx"} 1"#,
        r#"maitred_http_requests_total{route="/healthz",method="GET",status="2xx"} 1"#,
        r#"maitred_http_requests_total{route="/desk/{operator}/contacts/{id}/resolve",method="POST",status="2xx"} 0"#,
        r#"maitred_http_requests_total{route="other",method="any",status="4xx"}"#,
        r#"maitred_http_request_seconds_bucket{route="/api/v1/contacts",method="POST",le="0.01"}"#,
        "maitred_waiting_contacts",
        "maitred_queued_commands ",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line} is not in\n{text}");
    }
    assert!(!text.contains("nowhere"));
    server.close().await;
}

#[tokio::test]
async fn waits_speed_and_shares_are_measured() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    server.contact(source, "a").await;
    server.contact(source, "b").await;
    let text = server.get("/metrics").await.text;
    let value = |series: &str| {
        let line = text.lines().find(|line| line.starts_with(series)).unwrap_or_else(|| panic!("{series} in {text}"));
        line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok()).expect("a number")
    };
    assert!(value("maitred_oldest_wait_seconds ") > 0.0);
    let labels = format!("{{source_id=\"{source}\",operator_id=\"{anna}\"}} ");
    assert!(value(&format!("maitred_received_contacts{labels}")) >= 1.0);
    assert!((value(&format!("maitred_entitled_contacts{labels}")) - 1.0).abs() < 1e-6);
    for name in ["time_to_assign", "time_to_first_response", "time_to_resolve"] {
        value(&format!("maitred_{name}_seconds{{quantile=\"0.9\"}} "));
    }
    assert_eq!(text.matches("# TYPE maitred_received_contacts gauge").count(), 1);
    server.delete(&format!("/api/v1/operators/{anna}")).await;
    let text = server.get("/metrics").await.text;
    assert!(!text.contains(&labels), "who is deleted has no series: {text}");
    server.close().await;
}

/// The names of series in a text.
fn series(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
    words.filter(|word| word.starts_with("maitred_")).collect()
}

#[tokio::test]
async fn the_dashboard_and_the_alert_rules_name_series_that_there_are() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    server.contact(source, "a").await;
    let text = server.get("/metrics").await.text;
    // Nothing of these has happened yet, so they are not there yet.
    let later = [telemetry::DUE_LATE_SECONDS, telemetry::BATCHES_FAILED, telemetry::RECEIVED, telemetry::ENTITLED];
    let later: Vec<String> = later.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_bucket")]).collect();
    let known: BTreeSet<&str> = series(&text).into_iter().chain(later.iter().map(String::as_str)).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/grafana");
    for file in ["maitred.json", "maitred.rules.yml"] {
        let file_text = std::fs::read_to_string(format!("{folder}/{file}")).expect("a file");
        let named = series(&file_text);
        assert!(named.len() > 5, "{file}: {named:?}");
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{file} names what is not in /metrics: {unknown:?}");
    }
    let dashboard = std::fs::read_to_string(format!("{folder}/maitred.json")).expect("a file");
    serde_json::from_str::<serde_json::Value>(&dashboard).expect("JSON");
    server.close().await;
}

/// The hours of operator 1 by calendar 1, as another program has compiled them.
async fn compiled_elsewhere(server: &TestServer, known_for_s: i64, stamp: &str) {
    let (id, now) = (OperatorId(1), clock::now());
    let operator = server.app.store().operator(id).await.expect("a store").expect("an operator");
    let before = operator.hours.expect("hours");
    let span = Interval::new(before.span.from, Timestamp(now.0 + known_for_s * 1_000_000));
    let hours = Hours { span, stamp: stamp.into(), ..(*before).clone() };
    let calendar = Some((CalendarId(1), Arc::new(hours)));
    let edit = HoursEdit { revision: operator.hours_revision, calendar, personal: None };
    let command = Command::EditOperator(id, OperatorEdit { hours: Some(edit), ..OperatorEdit::default() });
    server.app.execute(&Caller::ANYBODY, command, Vec::new(), None).await.expect("an edit");
    CompileHours::new(server.app.clone()).tick().await;
}

#[tokio::test]
async fn a_server_that_is_ready_names_hours_that_it_cannot_compile() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    server.source("Bot", &[(anna, 1)]).await;
    let all_day: Vec<_> = (0..7).map(|day| json!({"day": day, "intervals": [["00:00", "24:00"]]})).collect();
    let calendar = json!({"name": "Support", "zone": "UTC", "days": all_day});
    server.post("/api/v1/calendars", &calendar).await.expect(StatusCode::CREATED);
    server.patch("/api/v1/operators/1", &json!({"calendar_id": 1})).await.expect(StatusCode::OK);
    let ready = async || server.get("/readyz").await.text;
    let board = async || server.browse("", Method::GET, "/", None).await.text;

    compiled_elsewhere(&server, 40 * 86_400, "2001a-h0").await;
    assert_eq!(ready().await, "ready\n", "older data: compiled again");
    compiled_elsewhere(&server, 10 * 86_400, "2001a-h0").await;
    assert_eq!(ready().await, "ready\n", "too short: compiled again");

    compiled_elsewhere(&server, 30 * 86_400, "2999a-h9").await;
    let text = ready().await;
    assert!(text.starts_with("ready\nhours of calendar 1 (Support): not up to date; compiled with"), "{text}");
    assert!(text.contains("2999a-h9, and this server has only 2"), "{text}");
    compiled_elsewhere(&server, 20 * 86_400, "2999a-h9").await;
    assert!(ready().await.contains("hours of calendar 1 (Support): known only until "), "three weeks before");
    assert!(board().await.contains("href=\"/calendars/1\">Calendar “Support”: hours are known only until "));
    compiled_elsewhere(&server, 0, "2999a-h9").await;
    let text = ready().await;
    assert!(text.contains("hours of calendar 1 (Support): nothing is assigned by them, known only until"), "{text}");
    let reasons = server.show("/api/v1/operators/1/availability").await;
    assert_eq!(reasons["reasons"][0]["reason"], "hours_unknown", "nothing is assigned on a guess");

    server.patch("/api/v1/operators/1", &json!({"calendar_id": null})).await.expect(StatusCode::OK);
    CompileHours::new(server.app.clone()).tick().await;
    assert_eq!(ready().await, "ready\n");
    server.close().await;
}
