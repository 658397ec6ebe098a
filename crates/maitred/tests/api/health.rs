//! `/healthz`, `/readyz`, `/metrics`.

use crate::house::House;
use axum::http::StatusCode;

#[tokio::test]
async fn a_server_that_stops_is_up_but_not_ready() {
    let house = House::open().await;
    assert_eq!(house.get("/healthz").await.text, "ok\n");
    assert_eq!(house.get("/readyz").await.text, "ready\n");
    house.stop.now();
    house.get("/readyz").await.is_problem(503, "stopping");
    assert_eq!(house.get("/healthz").await.status, StatusCode::OK);
    house.close().await;
}

#[tokio::test]
async fn a_stopped_batcher_is_503() {
    let mut house = House::open().await;
    house.stop_batcher().await;
    house.get("/readyz").await.is_problem(503, "stopping");
    house.act("/api/v1/contacts/1/resolve").await.is_problem(503, "stopping");
    house.close().await;
}

#[tokio::test]
async fn requests_are_counted_by_route_never_by_path() {
    let house = House::open().await;
    let source = house.source("Bot", &[]).await;
    house.contact(source, "a").await;
    house.get("/api/v1/contacts/1").await;
    house.get("/api/v1/contacts/2").await;
    house.get("/nowhere/+79991234567").await;
    house.get("/contacts/1").await;
    house.get("/healthz").await;
    let text = house.get("/metrics").await.text;
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
    house.close().await;
}
