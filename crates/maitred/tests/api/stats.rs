//! `/api/v1/stats`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::json;

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
