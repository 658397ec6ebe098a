//! `/api/v1/sources`.

use crate::house::House;
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_source_is_added_with_defaults() {
    let house = House::open().await;
    let answer = house.post("/api/v1/sources", &json!({"name": "Bot", "description": null})).await;
    assert_eq!(answer.location(), "/api/v1/sources/1");
    let source = answer.expect(StatusCode::CREATED);
    assert_eq!((&source["kind"], &source["policy"]), (&json!("other"), &json!("weighted_random")));
    assert_eq!((&source["sticky"], &source["default_region"]), (&json!(false), &json!(null)));
    assert_eq!(source["description"], "");
    assert_eq!(house.show("/api/v1/sources/1").await, source);
    house.close().await;
}

#[tokio::test]
async fn an_edit_can_remove_the_region_and_nothing_else() {
    let house = House::open().await;
    let body =
        json!({"name": "Bot", "kind": "telegram", "policy": "least_loaded", "sticky": true, "default_region": "de"});
    let source = house.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED);
    assert_eq!(source["default_region"], "DE");
    let edited = house.patch("/api/v1/sources/1", &json!({"default_region": null})).await.expect(StatusCode::OK);
    assert_eq!(edited["default_region"], json!(null));
    assert_eq!((&edited["policy"], &edited["sticky"]), (&json!("least_loaded"), &json!(true)));
    house.close().await;
}

#[tokio::test]
async fn phones_are_read_in_the_region_of_their_source() {
    let house = House::open().await;
    let contact = |source: i64, phone: &str| json!({"source_id": source, "lead_phone": phone});
    let russian = house.source("Russian", &[]).await;
    let german =
        house.post("/api/v1/sources", &json!({"name": "German", "default_region": "DE"})).await.json["id"].clone();
    let german = german.as_i64().expect("an id");
    house.post("/api/v1/contacts", &contact(russian, "8 999 123-45-67")).await.expect(StatusCode::CREATED);
    house.post("/api/v1/contacts", &contact(german, "030 901820")).await.expect(StatusCode::CREATED);
    assert_eq!(house.show("/api/v1/leads?phone=%2B79991234567").await[0]["id"], 1);
    assert_eq!(house.show("/api/v1/leads?phone=%2B4930901820").await[0]["id"], 2);

    // A change of the region holds from the next contact on.
    house.patch(&format!("/api/v1/sources/{german}"), &json!({"default_region": "AT"})).await.expect(StatusCode::OK);
    house.post("/api/v1/contacts", &contact(german, "01 58858")).await.expect(StatusCode::CREATED);
    assert_eq!(house.show("/api/v1/leads/3").await["identities"][0]["value"], "+43158858");
    house.close().await;
}

#[tokio::test]
async fn a_source_with_unresolved_contacts_is_deleted_by_force_only() {
    let house = House::open().await;
    let source = house.source("Bot", &[]).await;
    house.contact(source, "a").await;
    let path = format!("/api/v1/sources/{source}");
    house.delete(&path).await.is_problem(409, "source-in-use");
    assert_eq!(house.delete(&format!("{path}?force=true")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(house.show("/api/v1/contacts/1").await["status"], "resolved");
    house.get(&path).await.is_problem(404, "unknown-id");
    assert_eq!(house.show("/api/v1/sources").await, json!([]));
    house.close().await;
}

#[tokio::test]
async fn a_preview_shows_the_pool_and_changes_nothing() {
    let house = House::open().await;
    let anna = house.operator("Anna", 5).await;
    let boris = house.operator("Boris", 5).await;
    let clara = house.operator("Clara", 0).await;
    let source = house.source("Bot", &[(anna, 30), (boris, 10), (clara, 60)]).await;
    let preview = house.act(&format!("/api/v1/sources/{source}/preview")).await.expect(StatusCode::OK);
    assert_eq!((&preview["would_wait"], &preview["waiting"]), (&json!(false), &json!(0)));
    let candidates = preview["candidates"].as_array().expect("a list");
    let shares: Vec<_> = candidates.iter().map(|c| (c["share"].as_f64(), c["ineligibility"].as_str())).collect();
    assert_eq!(shares, [(Some(0.75), None), (Some(0.25), None), (Some(0.0), Some("full"))]);
    assert_eq!(house.show("/api/v1/contacts").await, json!([]));
    house.close().await;
}

#[tokio::test]
async fn a_preview_knows_who_is_next_when_no_draw_decides() {
    let house = House::open().await;
    let anna = house.operator("Anna", 5).await;
    let boris = house.operator("Boris", 5).await;
    let source = house.source("Bot", &[(anna, 30), (boris, 10)]).await;
    let path = format!("/api/v1/sources/{source}");
    house.patch(&path, &json!({"policy": "smooth_weighted"})).await.expect(StatusCode::OK);
    for _ in 0..8 {
        let preview = house.act(&format!("{path}/preview")).await.expect(StatusCode::OK);
        let candidates = preview["candidates"].as_array().expect("a list");
        let sure: Vec<_> = candidates.iter().filter(|c| c["chance"] == 1.0).map(|c| &c["operator_id"]).collect();
        let contact = house.contact(source, "a").await;
        assert!(sure.is_empty() || sure == [&contact["operator_id"]], "{preview}");
    }
    house.close().await;
}
