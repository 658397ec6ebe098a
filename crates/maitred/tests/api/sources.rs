//! `/api/v1/sources`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_source_is_added_with_defaults() {
    let server = TestServer::open().await;
    let answer = server.post("/api/v1/sources", &json!({"name": "Bot", "description": null})).await;
    assert_eq!(answer.location(), "/api/v1/sources/1");
    let source = answer.expect(StatusCode::CREATED);
    assert_eq!((&source["kind"], &source["policy"]), (&json!("other"), &json!("weighted_random")));
    assert_eq!((&source["sticky"], &source["default_region"]), (&json!(false), &json!(null)));
    assert_eq!(source["description"], "");
    assert_eq!(server.show("/api/v1/sources/1").await, source);
    server.close().await;
}

#[tokio::test]
async fn an_edit_can_remove_the_region_and_nothing_else() {
    let server = TestServer::open().await;
    let body =
        json!({"name": "Bot", "kind": "telegram", "policy": "least_loaded", "sticky": true, "default_region": "de"});
    let source = server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED);
    assert_eq!(source["default_region"], "DE");
    let edited = server.patch("/api/v1/sources/1", &json!({"default_region": null})).await.expect(StatusCode::OK);
    assert_eq!(edited["default_region"], json!(null));
    assert_eq!((&edited["policy"], &edited["sticky"]), (&json!("least_loaded"), &json!(true)));
    server.close().await;
}

#[tokio::test]
async fn phones_are_read_in_the_region_of_their_source() {
    let server = TestServer::open().await;
    let contact = |source: i64, phone: &str| json!({"source_id": source, "lead_phone": phone});
    let russian = server.source("Russian", &[]).await;
    let german =
        server.post("/api/v1/sources", &json!({"name": "German", "default_region": "DE"})).await.json["id"].clone();
    let german = german.as_i64().expect("an id");
    server.post("/api/v1/contacts", &contact(russian, "8 999 123-45-67")).await.expect(StatusCode::CREATED);
    server.post("/api/v1/contacts", &contact(german, "030 901820")).await.expect(StatusCode::CREATED);
    assert_eq!(server.show("/api/v1/leads?phone=%2B79991234567").await[0]["id"], 1);
    assert_eq!(server.show("/api/v1/leads?phone=%2B4930901820").await[0]["id"], 2);

    // A change of the region holds from the next contact on.
    server.patch(&format!("/api/v1/sources/{german}"), &json!({"default_region": "AT"})).await.expect(StatusCode::OK);
    server.post("/api/v1/contacts", &contact(german, "01 58858")).await.expect(StatusCode::CREATED);
    assert_eq!(server.show("/api/v1/leads/3").await["identities"][0]["value"], "+43158858");
    server.close().await;
}

#[tokio::test]
async fn a_source_with_unresolved_contacts_is_deleted_by_force_only() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    server.contact(source, "a").await;
    let path = format!("/api/v1/sources/{source}");
    server.delete(&path).await.is_problem(409, "source-in-use");
    assert_eq!(server.delete(&format!("{path}?force=true")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.show("/api/v1/contacts/1").await["status"], "resolved");
    server.get(&path).await.is_problem(404, "unknown-id");
    assert_eq!(server.show("/api/v1/sources").await, json!([]));
    server.close().await;
}

#[tokio::test]
async fn a_preview_shows_the_pool_and_changes_nothing() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let boris = server.operator("Boris", 5).await;
    let clara = server.operator("Clara", 0).await;
    let source = server.source("Bot", &[(anna, 30), (boris, 10), (clara, 60)]).await;
    let preview = server.act(&format!("/api/v1/sources/{source}/preview")).await.expect(StatusCode::OK);
    assert_eq!((&preview["would_wait"], &preview["waiting"]), (&json!(false), &json!(0)));
    let candidates = preview["candidates"].as_array().expect("a list");
    let shares: Vec<_> = candidates.iter().map(|c| (c["share"].as_f64(), c["ineligibility"].as_str())).collect();
    assert_eq!(shares, [(Some(0.75), None), (Some(0.25), None), (Some(0.0), Some("full"))]);
    assert_eq!(server.show("/api/v1/contacts").await, json!([]));
    server.close().await;
}

#[tokio::test]
async fn a_preview_knows_who_is_next_when_no_draw_decides() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let boris = server.operator("Boris", 5).await;
    let source = server.source("Bot", &[(anna, 30), (boris, 10)]).await;
    let path = format!("/api/v1/sources/{source}");
    server.patch(&path, &json!({"policy": "smooth_weighted"})).await.expect(StatusCode::OK);
    for _ in 0..8 {
        let preview = server.act(&format!("{path}/preview")).await.expect(StatusCode::OK);
        let candidates = preview["candidates"].as_array().expect("a list");
        let sure: Vec<_> = candidates.iter().filter(|c| c["chance"] == 1.0).map(|c| &c["operator_id"]).collect();
        let contact = server.contact(source, "a").await;
        assert!(sure.is_empty() || sure == [&contact["operator_id"]], "{preview}");
    }
    server.close().await;
}

#[tokio::test]
async fn a_reply_url_is_kept_checked_and_removed() {
    let server = TestServer::open().await;
    let template = "https://t.me/{external_id}";
    let body = json!({"name": "Bot", "reply_url": format!(" {template} ")});
    let source = server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED);
    assert_eq!(source["reply_url"], template);
    for refused in ["", "https://t.me/", "https://{phone}/", "javascript:alert('{phone}')", "https://t.me/{name}"] {
        let answer = server.patch("/api/v1/sources/1", &json!({"reply_url": refused})).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), ["/reply_url"], "{refused}");
    }
    let kept = server.patch("/api/v1/sources/1", &json!({"kind": "telegram"})).await.expect(StatusCode::OK);
    assert_eq!(kept["reply_url"], template);
    let removed = server.patch("/api/v1/sources/1", &json!({"reply_url": null})).await.expect(StatusCode::OK);
    assert_eq!(removed["reply_url"], json!(null));
    server.close().await;
}
