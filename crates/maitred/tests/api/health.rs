//! `/healthz`, `/readyz`, `/metrics`.

use crate::test_server::TestServer;
use axum::http::StatusCode;

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
