//! `/api/v1/contacts/{id}/decisions`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_chain_is_told_and_replayed() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let boris = server.operator("Boris", 1).await;
    let source = server.source("Bot", &[(anna, 30), (boris, 10)]).await;
    for lead in ["a", "b", "c"] {
        server.contact(source, lead).await;
    }
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);

    let chain = server.show("/api/v1/contacts/3/decisions").await;
    let causes: Vec<_> = chain.as_array().expect("a list").iter().map(|d| d["cause"].as_str()).collect();
    assert_eq!(causes, [Some("arrived"), Some("drained")]);
    let arrival = &chain[0];
    assert_eq!((&arrival["operator_id"], &arrival["replay_matches"]), (&json!(null), &json!(true)));
    let reasons: Vec<_> =
        arrival["candidates"].as_array().expect("a list").iter().map(|c| &c["ineligibility"]).collect();
    assert_eq!(reasons, ["full", "full"]);
    let drain = &chain[1];
    assert_eq!(drain["replay"], "matches");
    assert_eq!(drain["operator_id"], server.show("/api/v1/contacts/3").await["operator_id"]);
    assert!(drain["words"][0].as_str().expect("words").contains("Contact 3"), "{drain}");
    assert!(drain["seed"].is_string());
    assert!(drain["draw"]["total"].as_u64() > drain["draw"]["point"].as_u64(), "{drain}");
    server.close().await;
}

#[tokio::test]
async fn a_transfer_by_hand_is_part_of_the_chain() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[]).await;
    server.contact(source, "a").await;
    server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": anna})).await.expect(StatusCode::OK);
    let first = server.get("/api/v1/contacts/1/decisions?limit=1").await;
    let second = server.get(&first.next().expect("another page")).await;
    assert_eq!(first.json[0]["seq"], 0);
    assert_eq!((&second.json[0]["seq"], &second.json[0]["cause"]), (&json!(1), &json!("transferred")));
    assert_eq!((&second.json[0]["candidates"], &second.json[0]["operator_name"]), (&json!([]), &json!("Anna")));
    server.close().await;
}

#[tokio::test]
async fn a_page_of_a_long_chain_with_many_candidates_ends_early_and_goes_on() {
    let server = TestServer::open().await;
    let mut weights = Vec::new();
    for n in 0..1_100 {
        weights.push((server.operator(&format!("O{n}"), 2).await, 1));
    }
    let source = server.source("Bot", &weights).await;
    server.contact(source, "a").await;
    for _ in 0..20 {
        server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
        server.act("/api/v1/contacts/1/reopen").await.expect(StatusCode::OK);
    }
    let (mut seqs, mut path) = (Vec::new(), Some("/api/v1/contacts/1/decisions?limit=1000".to_owned()));
    while let Some(page) = path {
        let answer = server.get(&page).await;
        assert!(answer.text.len() < 4_000_000, "{} bytes", answer.text.len());
        let decisions = answer.json.as_array().expect("a list");
        let candidates = decisions.iter().map(|d| d["candidates"].as_array().expect("a list").len()).sum::<usize>();
        assert!(candidates <= 10_000, "{candidates} candidates on a page");
        seqs.extend(decisions.iter().map(|d| d["seq"].as_u64().expect("a number")));
        path = answer.next();
    }
    assert_eq!(seqs, (0..=20).collect::<Vec<_>>());
    server.close().await;
}
