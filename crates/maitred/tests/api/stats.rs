//! `/api/v1/stats`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn loads_show_who_has_room() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 4).await;
    server.operator("Boris", 0).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    server.contact(source, "a").await;
    let loads = server.show("/api/v1/stats/operators").await;
    assert_eq!((&loads[0]["current_load"], &loads[0]["free_slots"]), (&json!(1), &json!(3)));
    assert_eq!((&loads[0]["utilization"], &loads[1]["utilization"]), (&json!(0.25), &json!(null)));
    server.close().await;
}

#[tokio::test]
async fn shares_follow_the_weights_and_are_measured() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 100).await;
    let boris = server.operator("Boris", 100).await;
    let source = server.source("Bot", &[(anna, 30), (boris, 10)]).await;
    server.patch("/api/v1/sources/1", &json!({"policy": "smooth_weighted"})).await.expect(StatusCode::OK);
    for lead in 0..40 {
        server.contact(source, &lead.to_string()).await;
    }
    let shares = server.show("/api/v1/stats/distribution").await;
    assert_eq!((&shares[0]["source_id"], &shares[0]["received_total"]), (&json!(source), &json!(40)));
    let received: Vec<_> = shares[0]["operators"].as_array().expect("a list").iter().map(|o| &o["received"]).collect();
    assert_eq!(received, [30, 10]);
    assert!(shares[0]["chi_square"].as_f64().expect("a figure") < 0.1 && shares[0]["jain"].as_f64() > Some(0.99));
    server.close().await;
}

/// What one source says of a period.
async fn of_period(server: &TestServer, query: &str) -> Value {
    let shares = server.show(&format!("/api/v1/stats/distribution?{query}")).await;
    assert_eq!(shares.as_array().map(Vec::len), Some(1), "{shares}");
    shares[0].clone()
}

fn received(shares: &Value) -> Vec<&Value> {
    shares["operators"].as_array().expect("a list").iter().map(|operator| &operator["received"]).collect()
}

#[tokio::test]
async fn shares_are_those_of_the_period_that_is_asked_for() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 100).await;
    let boris = server.operator("Boris", 100).await;
    let source = server.source("Bot", &[(anna, 30), (boris, 10)]).await;
    server.source("Form", &[]).await;
    server.patch("/api/v1/sources/1", &json!({"policy": "smooth_weighted"})).await.expect(StatusCode::OK);
    for lead in 0..8 {
        server.contact(source, &lead.to_string()).await;
    }
    let weights = json!([{"operator_id": anna, "weight": 10}, {"operator_id": boris, "weight": 10}]);
    server.put("/api/v1/sources/1/operators", &weights).await.expect(StatusCode::OK);
    for lead in 0..4 {
        server.contact(source, &format!("later {lead}")).await;
    }
    let since = of_period(&server, "source_id=1&period=weights").await;
    assert_eq!((received(&since), &since["received_total"]), (vec![&json!(2), &json!(2)], &json!(4)));
    for operator in since["operators"].as_array().expect("a list") {
        assert!((operator["entitled"].as_f64().expect("a number") - 2.0).abs() < 1e-6, "{operator}");
        assert_eq!((&operator["low"], &operator["high"]), (&json!(null), &json!(null)), "nothing is drawn");
    }
    assert!(since["from"].is_string() && since["to"].is_null() && since["known_since"].is_null());
    for period in ["period=7d&zone=Asia/Kolkata", "period=30d", "period=all", "from=2025-01-01T00:00:00Z"] {
        let shares = of_period(&server, &format!("source_id=1&{period}")).await;
        assert_eq!(received(&shares), [8, 4], "{period}");
        assert_eq!(shares["from"].is_null(), period == "period=all", "{period}");
    }
    let over = of_period(&server, "source_id=1&from=2025-01-01T00:10:00Z&to=2025-01-02T00:40:00Z").await;
    assert_eq!((&over["received_total"], &over["operators"][0]["received"]), (&json!(0), &json!(0)));
    assert_eq!((&over["from"], &over["to"]), (&json!("2025-01-01T00:00:00Z"), &json!("2025-01-02T00:30:00Z")));
    let other = server.show("/api/v1/stats/distribution?source_id=7").await;
    assert_eq!(other, json!([]));
    server.close().await;
}

#[tokio::test]
async fn what_chance_allows_for_is_said_of_draws() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 100).await, server.operator("Boris", 100).await);
    let source = server.source("Bot", &[(anna, 1), (boris, 1)]).await;
    for lead in 0..20 {
        server.contact(source, &lead.to_string()).await;
    }
    let shares = of_period(&server, "period=7d").await;
    assert_eq!((&shares["operators"][0]["low"], &shares["operators"][0]["high"]), (&json!(6), &json!(14)));
    server.close().await;
}

#[tokio::test]
async fn a_period_that_is_none_is_refused() {
    let server = TestServer::open().await;
    for (query, parameter, reason) in [
        ("period=8d", "period", "give one of today, 7d, 30d, weights, all"),
        ("period=7d&from=2025-01-01T00:00:00Z", "period", "cannot be combined with from and to"),
        ("from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z", "to", "is before from"),
        ("period=today&zone=Mars/Olympus", "zone", "is not a time zone"),
        ("from=yesterday", "from", ""),
    ] {
        let answer = server.get(&format!("/api/v1/stats/distribution?{query}")).await;
        let problem = answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
        let error = &problem["errors"][0];
        assert_eq!(error["parameter"], parameter, "{query}: {problem}");
        assert!(error["detail"].as_str().is_some_and(|detail| detail.contains(reason)), "{query}: {problem}");
    }
    server.close().await;
}

#[tokio::test]
async fn waiting_counts_and_the_oldest_age_are_by_source() {
    let server = TestServer::open().await;
    let bot = server.source("Bot", &[]).await;
    server.source("Form", &[]).await;
    let contact = server.contact(bot, "a").await;
    server.contact(bot, "b").await;
    let waiting = server.show("/api/v1/stats/waiting").await;
    assert_eq!((&waiting[0]["waiting"], &waiting[1]["waiting"]), (&json!(2), &json!(0)));
    assert_eq!(waiting[0]["oldest_created_at"], contact["created_at"]);
    assert_eq!(waiting[0]["next_contact_id"], contact["id"]);
    assert!(waiting[0]["oldest_age_seconds"].as_f64() >= Some(0.0));
    assert_eq!(waiting[1]["oldest_age_seconds"], json!(null));
    server.close().await;
}
