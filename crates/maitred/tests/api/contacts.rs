//! `/api/v1/contacts`.

use crate::house::House;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn a_contact_keeps_all_it_came_with() {
    let house = House::open().await;
    let source = house.source("Bot", &[]).await;
    let body = json!({
        "source_id": source, "lead_external_id": "tg1", "lead_phone": "8 999 123-45-67",
        "lead_email": "Ivan@Example.com", "lead_name": "Ivan", "message": "Hi\n\"there\"", "priority": 5,
        "attributes": {"utm": {"source": "ad"}, "n": 1.5},
    });
    let answer = house.post("/api/v1/contacts", &body).await;
    assert_eq!(answer.location(), "/api/v1/contacts/1");
    let contact = answer.expect(StatusCode::CREATED);
    for name in ["message", "priority", "attributes"] {
        assert_eq!(contact[name], body[name], "{name}");
    }
    assert_eq!((&contact["status"], &contact["is_resolved"]), (&json!("waiting"), &json!(false)));
    for name in ["operator_id", "assigned_at", "resolved_at"] {
        assert_eq!(contact[name], Value::Null, "{name}");
    }
    assert_eq!(house.show("/api/v1/contacts/1").await, contact);
    let lead = house.show("/api/v1/leads/1").await;
    let identities: Vec<_> = lead["identities"].as_array().expect("a list").iter().map(|i| &i["value"]).collect();
    assert_eq!(identities, ["tg1", "+79991234567", "ivan@example.com"]);
    house.close().await;
}

#[tokio::test]
async fn attributes_are_kept_to_the_letter() {
    let house = House::open().await;
    house.source("Bot", &[]).await;
    let attributes = r#"{ "b":1.50, "a": 123456789012345678901234567890 }"#;
    let body = format!(r#"{{"source_id": 1, "lead_external_id": "a", "attributes": {attributes}}}"#);
    let request = Request::post("/api/v1/contacts").header("content-type", "application/json").body(body.into());
    let answer = house.send(request.expect("a request")).await;
    assert!(answer.text.contains(attributes), "{}", answer.text);
    assert!(house.get("/api/v1/contacts/1").await.text.contains(attributes));
    house.close().await;
}

#[tokio::test]
async fn an_empty_lead_field_counts_as_not_given() {
    let house = House::open().await;
    let source = house.source("Form", &[]).await;
    let body =
        json!({"source_id": source, "lead_phone": "", "lead_email": "a@b.ru", "lead_name": " ", "message": null});
    let contact = house.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    assert_eq!((&contact["message"], &contact["attributes"]), (&Value::Null, &json!({})));
    let lead = house.show("/api/v1/leads/1").await;
    assert_eq!(lead["identities"].as_array().map(Vec::len), Some(1));
    house.close().await;
}

#[tokio::test]
async fn one_person_in_two_spellings_is_one_lead() {
    let house = House::open().await;
    let source = house.source("Bot", &[]).await;
    for phone in ["8 999 123-45-67", "+7 (999) 123-45-67"] {
        let body = json!({"source_id": source, "lead_phone": phone});
        assert_eq!(house.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED)["lead_id"], 1);
    }
    house.close().await;
}

#[tokio::test]
async fn attributes_have_limits() {
    let house = House::open().await;
    let source = house.source("Bot", &[]).await;
    let contact = |attributes: Value| json!({"source_id": source, "lead_external_id": "a", "attributes": attributes});
    let nested = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({"a\"{[": inner}));
    house.post("/api/v1/contacts", &contact(nested(32))).await.expect(StatusCode::CREATED);
    for bad in [nested(33), json!({"a": "x".repeat(16 * 1024)}), json!([])] {
        let answer = house.post("/api/v1/contacts", &contact(bad)).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), ["/attributes"]);
    }
    house.close().await;
}

#[tokio::test]
async fn resolving_frees_the_slot_and_reopening_takes_it_back() {
    let house = House::open().await;
    let anna = house.operator("Anna", 1).await;
    let source = house.source("Bot", &[(anna, 1)]).await;
    house.contact(source, "a").await;
    let resolved = house.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    assert_eq!((&resolved["status"], &resolved["is_resolved"]), (&json!("resolved"), &json!(true)));
    assert!(resolved["resolved_at"].is_string());
    assert_eq!(house.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK), resolved);
    assert_eq!(house.show("/api/v1/operators/1").await["current_load"], 0);
    let reopened = house.act("/api/v1/contacts/1/reopen").await.expect(StatusCode::OK);
    assert_eq!((&reopened["status"], &reopened["operator_id"]), (&json!("assigned"), &json!(anna)));
    assert_eq!(reopened["resolved_at"], Value::Null);
    house.close().await;
}

#[tokio::test]
async fn an_edit_tells_absent_from_null() {
    let house = House::open().await;
    let source = house.source("Bot", &[]).await;
    let body = json!({"source_id": source, "lead_external_id": "a", "message": "hello"});
    house.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    let path = "/api/v1/contacts/1";
    let edited = house.patch(path, &json!({"priority": 7})).await.expect(StatusCode::OK);
    assert_eq!((&edited["priority"], &edited["message"]), (&json!(7), &json!("hello")));
    let edited = house.patch(path, &json!({"message": null, "is_resolved": true})).await.expect(StatusCode::OK);
    assert_eq!((&edited["message"], &edited["status"]), (&Value::Null, &json!("resolved")));
    let edited = house.patch(path, &json!({"is_resolved": false, "id": 9})).await.expect(StatusCode::OK);
    assert_eq!((&edited["id"], &edited["status"]), (&json!(1), &json!("waiting")));
    house.close().await;
}

#[tokio::test]
async fn a_transfer_goes_over_max_load_by_force_only() {
    let house = House::open().await;
    let anna = house.operator("Anna", 1).await;
    let boris = house.operator("Boris", 0).await;
    let source = house.source("Bot", &[(anna, 1), (boris, 1)]).await;
    house.contact(source, "a").await;
    let path = "/api/v1/contacts/1/transfer";
    house.post(path, &json!({"operator_id": boris})).await.is_problem(409, "operator-full");
    let moved = house.post(path, &json!({"operator_id": boris, "force": true})).await.expect(StatusCode::OK);
    assert_eq!(moved["operator_id"], boris);
    let released = house.post(path, &json!({"operator_id": null})).await.expect(StatusCode::OK);
    assert_eq!((&released["operator_id"], &released["status"]), (&json!(anna), &json!("assigned")));
    house.close().await;
}

#[tokio::test]
async fn deleting_frees_the_slot() {
    let house = House::open().await;
    let anna = house.operator("Anna", 1).await;
    let source = house.source("Bot", &[(anna, 1)]).await;
    house.contact(source, "a").await;
    assert_eq!(house.contact(source, "b").await["status"], "waiting");
    assert_eq!(house.delete("/api/v1/contacts/1").await.status, StatusCode::NO_CONTENT);
    house.get("/api/v1/contacts/1").await.is_problem(404, "unknown-id");
    assert_eq!(house.show("/api/v1/contacts/2").await["operator_id"], anna);
    house.close().await;
}

#[tokio::test]
async fn a_list_is_filtered_by_all_its_parameters() {
    let house = House::open().await;
    let anna = house.operator("Anna", 2).await;
    let bot = house.source("Bot", &[(anna, 1)]).await;
    let form = house.source("Form", &[]).await;
    for (source, lead) in [(bot, "a"), (bot, "b"), (form, "a"), (bot, "c")] {
        house.contact(source, lead).await;
    }
    house.act("/api/v1/contacts/2/resolve").await.expect(StatusCode::OK);
    let third = house.show("/api/v1/contacts/3").await["created_at"].as_str().expect("a time").to_owned();
    let table = [
        ("status=waiting".to_owned(), vec![3]),
        ("status=assigned".to_owned(), vec![4, 1]),
        ("status=resolved&source_id=1".to_owned(), vec![2]),
        ("source_id=2".to_owned(), vec![3]),
        ("operator_id=1".to_owned(), vec![4, 2, 1]),
        ("lead_id=1".to_owned(), vec![3, 1]),
        (format!("created_after={third}"), vec![4, 3]),
        (format!("created_before={third}&source_id=1"), vec![2, 1]),
        ("source_id=77".to_owned(), vec![]),
        ("status=".to_owned(), vec![4, 3, 2, 1]),
    ];
    for (query, expected) in table {
        let list = house.show(&format!("/api/v1/contacts?{query}")).await;
        let ids: Vec<_> = list.as_array().expect("a list").iter().filter_map(|c| c["id"].as_i64()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    house.close().await;
}
