//! `/api/v1/contacts`.

use crate::test_server::TestServer;
use axum::http::{Method, Request, StatusCode};
use maitred_core::OperatorId;
use maitred_store::accounts::Grant;
use serde_json::{Value, json};

#[tokio::test]
async fn a_contact_keeps_all_it_came_with() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let body = json!({
        "source_id": source, "lead_external_id": "tg1", "lead_phone": "8 999 123-45-67",
        "lead_email": "Ivan@Example.com", "lead_name": "Ivan", "message": "Hi\n\"there\"", "priority": 5,
        "attributes": {"utm": {"source": "ad"}, "n": 1.5},
    });
    let answer = server.post("/api/v1/contacts", &body).await;
    assert_eq!(answer.location(), "/api/v1/contacts/1");
    let contact = answer.expect(StatusCode::CREATED);
    for name in ["message", "priority", "attributes"] {
        assert_eq!(contact[name], body[name], "{name}");
    }
    assert_eq!((&contact["status"], &contact["is_resolved"]), (&json!("waiting"), &json!(false)));
    for name in ["operator_id", "assigned_at", "resolved_at"] {
        assert_eq!(contact[name], Value::Null, "{name}");
    }
    assert_eq!(server.show("/api/v1/contacts/1").await, contact);
    let lead = server.show("/api/v1/leads/1").await;
    let identities: Vec<_> = lead["identities"].as_array().expect("a list").iter().map(|i| &i["value"]).collect();
    assert_eq!(identities, ["tg1", "+79991234567", "ivan@example.com"]);
    server.close().await;
}

#[tokio::test]
async fn attributes_are_kept_to_the_letter() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let attributes = r#"{ "b":1.50, "a": 123456789012345678901234567890 }"#;
    let body = format!(r#"{{"source_id": 1, "lead_external_id": "a", "attributes": {attributes}}}"#);
    let request = Request::post("/api/v1/contacts").header("content-type", "application/json").body(body.into());
    let answer = server.send(request.expect("a request")).await;
    assert!(answer.text.contains(attributes), "{}", answer.text);
    assert!(server.get("/api/v1/contacts/1").await.text.contains(attributes));
    server.close().await;
}

#[tokio::test]
async fn an_empty_lead_field_counts_as_not_given() {
    let server = TestServer::open().await;
    let source = server.source("Form", &[]).await;
    let body =
        json!({"source_id": source, "lead_phone": "", "lead_email": "a@b.ru", "lead_name": " ", "message": null});
    let contact = server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    assert_eq!((&contact["message"], &contact["attributes"]), (&Value::Null, &json!({})));
    let lead = server.show("/api/v1/leads/1").await;
    assert_eq!(lead["identities"].as_array().map(Vec::len), Some(1));
    server.close().await;
}

#[tokio::test]
async fn one_person_in_two_spellings_is_one_lead() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    for phone in ["8 999 123-45-67", "+7 (999) 123-45-67"] {
        let body = json!({"source_id": source, "lead_phone": phone});
        assert_eq!(server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED)["lead_id"], 1);
    }
    server.close().await;
}

#[tokio::test]
async fn attributes_have_limits() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let contact = |attributes: Value| json!({"source_id": source, "lead_external_id": "a", "attributes": attributes});
    let nested = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({"a\"{[": inner}));
    server.post("/api/v1/contacts", &contact(nested(32))).await.expect(StatusCode::CREATED);
    for bad in [nested(33), json!({"a": "x".repeat(16 * 1024)}), json!([])] {
        let answer = server.post("/api/v1/contacts", &contact(bad)).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), ["/attributes"]);
    }
    server.close().await;
}

#[tokio::test]
async fn resolving_frees_the_slot_and_reopening_takes_it_back() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    server.contact(source, "a").await;
    let resolved = server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    assert_eq!((&resolved["status"], &resolved["is_resolved"]), (&json!("resolved"), &json!(true)));
    assert!(resolved["resolved_at"].is_string());
    assert_eq!(server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK), resolved);
    assert_eq!(server.show("/api/v1/operators/1").await["current_load"], 0);
    let reopened = server.act("/api/v1/contacts/1/reopen").await.expect(StatusCode::OK);
    assert_eq!((&reopened["status"], &reopened["operator_id"]), (&json!("assigned"), &json!(anna)));
    assert_eq!(reopened["resolved_at"], Value::Null);
    server.close().await;
}

#[tokio::test]
async fn an_edit_tells_absent_from_null() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let body = json!({"source_id": source, "lead_external_id": "a", "message": "hello"});
    server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    let path = "/api/v1/contacts/1";
    let edited = server.patch(path, &json!({"priority": 7})).await.expect(StatusCode::OK);
    assert_eq!((&edited["priority"], &edited["message"]), (&json!(7), &json!("hello")));
    let edited = server.patch(path, &json!({"message": null, "is_resolved": true})).await.expect(StatusCode::OK);
    assert_eq!((&edited["message"], &edited["status"]), (&Value::Null, &json!("resolved")));
    let edited = server.patch(path, &json!({"is_resolved": false, "id": 9})).await.expect(StatusCode::OK);
    assert_eq!((&edited["id"], &edited["status"]), (&json!(1), &json!("waiting")));
    server.close().await;
}

#[tokio::test]
async fn a_transfer_goes_over_max_load_by_force_only() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let boris = server.operator("Boris", 0).await;
    let source = server.source("Bot", &[(anna, 1), (boris, 1)]).await;
    server.contact(source, "a").await;
    let path = "/api/v1/contacts/1/transfer";
    server.post(path, &json!({"operator_id": boris})).await.is_problem(409, "operator-full");
    let moved = server.post(path, &json!({"operator_id": boris, "force": true})).await.expect(StatusCode::OK);
    assert_eq!(moved["operator_id"], boris);
    let released = server.post(path, &json!({"operator_id": null})).await.expect(StatusCode::OK);
    assert_eq!((&released["operator_id"], &released["status"]), (&json!(anna), &json!("assigned")));
    server.close().await;
}

#[tokio::test]
async fn deleting_frees_the_slot() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 1).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    server.contact(source, "a").await;
    assert_eq!(server.contact(source, "b").await["status"], "waiting");
    assert_eq!(server.delete("/api/v1/contacts/1").await.status, StatusCode::NO_CONTENT);
    server.get("/api/v1/contacts/1").await.is_problem(404, "unknown-id");
    assert_eq!(server.show("/api/v1/contacts/2").await["operator_id"], anna);
    server.close().await;
}

#[tokio::test]
async fn a_list_is_filtered_by_all_its_parameters() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 2).await;
    let bot = server.source("Bot", &[(anna, 1)]).await;
    let form = server.source("Form", &[]).await;
    for (source, lead) in [(bot, "a"), (bot, "b"), (form, "a"), (bot, "c")] {
        server.contact(source, lead).await;
    }
    server.act("/api/v1/contacts/2/resolve").await.expect(StatusCode::OK);
    let third = server.show("/api/v1/contacts/3").await["created_at"].as_str().expect("a time").to_owned();
    let table = [
        ("status=waiting".to_owned(), vec![3]),
        ("status=assigned".to_owned(), vec![4, 1]),
        ("status=resolved&source_id=1".to_owned(), vec![2]),
        ("source_id=2".to_owned(), vec![3]),
        ("operator_id=1".to_owned(), vec![4, 2, 1]),
        ("lead_id=1".to_owned(), vec![1]),
        (format!("created_after={third}"), vec![4, 3]),
        (format!("created_before={third}&source_id=1"), vec![2, 1]),
        ("source_id=77".to_owned(), vec![]),
        ("status=".to_owned(), vec![4, 3, 2, 1]),
    ];
    for (query, expected) in table {
        let list = server.show(&format!("/api/v1/contacts?{query}")).await;
        let ids: Vec<_> = list.as_array().expect("a list").iter().filter_map(|c| c["id"].as_i64()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    server.close().await;
}

const NOTES: &str = "/api/v1/contacts/1/notes";

#[tokio::test]
async fn notes_are_listed_newest_first_and_go_with_their_contact() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    server.contact(source, "a").await;
    server.contact(source, "b").await;
    for text in ["First", " Second\n\tline \"2\" ", "Third"] {
        let added = server.post(NOTES, &json!({"text": text})).await.expect(StatusCode::CREATED);
        assert_eq!((&added["contact_id"], &added["text"]), (&json!(1), &json!(text)));
        assert_eq!((&added["author"], &added["author_name"]), (&json!("anonymous"), &Value::Null));
        assert_eq!(server.show(&format!("{NOTES}?limit=1")).await, json!([added]));
    }
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    server.post(NOTES, &json!({"text": "x".repeat(4_000)})).await.expect(StatusCode::CREATED);
    server.post("/api/v1/contacts/2/notes", &json!({"text": "Of another"})).await.expect(StatusCode::CREATED);
    let page = server.get(&format!("{NOTES}?limit=2")).await;
    let next = page.next().expect("there are more");
    let ids = |list: Value| list.as_array().expect("a list").iter().map(|note| note["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(page.expect(StatusCode::OK)), [4, 3]);
    assert_eq!(ids(server.show(&next).await), [2, 1]);
    let events = server.show("/api/v1/events").await;
    let last = &events.as_array().expect("a list")[events.as_array().map_or(0, Vec::len) - 1];
    assert_eq!((&last["kind"], &last["contact_id"], &last["lead_id"]), (&json!("contact_noted"), &json!(2), &json!(2)));
    server.delete("/api/v1/contacts/1").await;
    server.get(NOTES).await.is_problem(404, "unknown-id");
    server.post(NOTES, &json!({"text": "Late"})).await.is_problem(404, "unknown-id");
    server.close().await;
}

#[tokio::test]
async fn a_note_has_a_text_and_a_lead_who_was_not_erased() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    server.contact(source, "a").await;
    for text in [json!(""), json!("x".repeat(4_001)), json!("a\u{0}b"), json!(7), Value::Null] {
        let answer = server.post(NOTES, &json!({"text": text})).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), ["/text"]);
    }
    server.once("k", NOTES, &json!({"text": "Call back"})).await.expect(StatusCode::CREATED);
    assert_eq!(server.answers_kept(), 1);
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    server.act("/api/v1/leads/1/erase").await.expect(StatusCode::OK);
    assert_eq!((server.show(NOTES).await, server.answers_kept()), (json!([]), 0));
    for answer in [
        server.post(NOTES, &json!({"text": "Called"})).await,
        server.once("k", NOTES, &json!({"text": "Call back"})).await,
    ] {
        answer.is_problem(409, "lead-erased");
    }
    server.close().await;
}

#[tokio::test]
async fn notes_are_signed_and_operators_write_about_their_own_contacts() {
    let server = TestServer::open().await;
    for (name, lead) in [("Anna", "a"), ("Boris", "b")] {
        let operator = server.operator(name, 10).await;
        let source = server.source(name, &[(operator, 1)]).await;
        server.contact(source, lead).await;
    }
    let (anna, supervisor) = (server.key(Grant::Operator(OperatorId(1))).await, server.key(Grant::Supervisor).await);
    let intake = server.key(Grant::Intake(None)).await;
    let add = async |key: &str, path: &str| {
        server.call_as(Some(key), Method::POST, path, Some(&json!({"text": "Call back"}))).await
    };
    let by_anna = add(&anna, NOTES).await.expect(StatusCode::CREATED);
    assert_eq!((&by_anna["author"], &by_anna["author_name"]), (&json!("key:1"), &json!("Test")));
    let cookie = server.session("Мария", Grant::Supervisor).await;
    let page = server.browse(&cookie, Method::POST, "/contacts/1/notes", Some("text=%20Paid%0D%0Atwice%20")).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/contacts/1"));
    let list = server.call_as(Some(&anna), Method::GET, NOTES, None).await.expect(StatusCode::OK);
    assert_eq!(list[0]["text"], "Paid\ntwice");
    assert_eq!((&list[0]["author"], &list[0]["author_name"]), (&json!("user:1"), &json!("Мария")));
    assert_eq!(list[1], by_anna);
    let other = "/api/v1/contacts/2/notes";
    add(&anna, other).await.is_problem(403, "forbidden");
    server.call_as(Some(&anna), Method::GET, other, None).await.is_problem(403, "forbidden");
    add(&intake, NOTES).await.is_problem(403, "forbidden");
    add(&supervisor, other).await.expect(StatusCode::CREATED);
    server.close().await;
}
