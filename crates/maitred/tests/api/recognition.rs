//! Whose a contact is: which values identify somebody, where an id means one person, and what contradicts.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// The lead of a new contact.
async fn lead_of(server: &TestServer, body: Value) -> i64 {
    let contact = server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    contact["lead_id"].as_i64().expect("an id")
}

async fn source(server: &TestServer, body: Value) -> i64 {
    server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED)["id"].as_i64().expect("an id")
}

fn with_source(source: i64, mut contact: Value) -> Value {
    contact["source_id"] = json!(source);
    contact
}

fn values(lead: &Value) -> Vec<&str> {
    lead["identities"].as_array().expect("a list").iter().filter_map(|it| it["value"].as_str()).collect()
}

#[tokio::test]
async fn values_that_identify_nobody_make_two_leads_and_are_shown() {
    let server = TestServer::open().await;
    let source = server.source("Form", &[]).await;
    for (field, value) in [
        ("lead_phone", "-"),
        ("lead_phone", "+7 000 000-00-00"),
        ("lead_phone", "нет"),
        ("lead_email", "-"),
        ("lead_email", "test@test.com"),
        ("lead_external_id", "null"),
        ("lead_external_id", "{{contact.id}}"),
    ] {
        let body = |name: &str| json!({"source_id": source, field: value, "lead_name": name});
        let (vera, gleb) = (lead_of(&server, body("Vera")).await, lead_of(&server, body("Gleb")).await);
        assert_ne!(vera, gleb, "{field} {value}");
        let contacts = server.show(&format!("/api/v1/leads/{vera}/contacts")).await;
        assert_eq!(contacts[0]["sent"], json!({field: value}));
        let lead = server.show(&format!("/api/v1/leads/{vera}")).await;
        assert_eq!((&lead["identities"], &lead["possible_duplicate_ids"]), (&json!([]), &json!([])));
    }
    server.close().await;
}

#[tokio::test]
async fn a_value_that_identifies_nobody_does_not_join_beside_a_good_phone() {
    let server = TestServer::open().await;
    let source = server.source("Form", &[]).await;
    let body = |phone: &str| json!({"source_id": source, "lead_phone": phone, "lead_email": "-"});
    let one = lead_of(&server, body("+12025550101")).await;
    let other = lead_of(&server, body("+12025550102")).await;
    assert_ne!(one, other);
    for (lead, phone) in [(one, "+12025550101"), (other, "+12025550102")] {
        assert_eq!(values(&server.show(&format!("/api/v1/leads/{lead}")).await), [phone]);
    }
    server.close().await;
}

#[tokio::test]
async fn a_contact_of_nobody_is_stored_and_routed() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let source = server.source("Form", &[(anna, 1)]).await;
    let body = json!({"source_id": source, "message": "call back"});
    let first = server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    let second = server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    assert_eq!((&first["operator_id"], &first["status"]), (&json!(anna), &json!("assigned")));
    assert_ne!(first["lead_id"], second["lead_id"]);
    let id = json!({"source_id": source, "lead_external_id": "tg:@anna"});
    assert_eq!(lead_of(&server, id.clone()).await, lead_of(&server, id).await);
    server.close().await;
}

#[tokio::test]
async fn an_id_means_one_person_within_its_space() {
    let server = TestServer::open().await;
    let telegram = source(&server, json!({"name": "One", "kind": "telegram"})).await;
    let telegram_too = source(&server, json!({"name": "Two", "kind": "telegram"})).await;
    let vk = source(&server, json!({"name": "VK"})).await;
    let by = |source: i64| json!({"source_id": source, "lead_external_id": "200300400"});
    let first = lead_of(&server, by(telegram)).await;
    assert_eq!(lead_of(&server, by(telegram_too)).await, first);
    let other = lead_of(&server, by(vk)).await;
    assert_ne!(other, first);
    let found = server.show("/api/v1/leads?external_id=200300400").await;
    let spaces: Vec<_> =
        found.as_array().expect("a list").iter().map(|lead| &lead["identities"][0]["id_spaces"]).collect();
    assert_eq!(spaces, [&json!([format!("source:{vk}")]), &json!(["telegram"])]);
    server.close().await;
}

#[tokio::test]
async fn sources_share_ids_if_they_are_told_to() {
    let server = TestServer::open().await;
    let mut shared = Vec::new();
    for (name, space) in [("A", Some("crm")), ("B", Some("crm")), ("C", None), ("D", None)] {
        let site = source(&server, json!({"name": name, "kind": "site", "id_space": space})).await;
        shared.push(lead_of(&server, json!({"source_id": site, "lead_external_id": "7"})).await);
    }
    assert_eq!(shared, [1, 1, 2, 3]);
    // What was stored before a source shared its ids is found still.
    server.patch("/api/v1/sources/3", &json!({"id_space": "other"})).await.expect(StatusCode::OK);
    assert_eq!(lead_of(&server, json!({"source_id": 3, "lead_external_id": "7"})).await, 2);
    server.close().await;
}

#[tokio::test]
async fn an_id_of_two_people_with_one_email_is_not_attached() {
    let server = TestServer::open().await;
    let source = server.source("Site", &[]).await;
    let by = |id: &str, name: &str| {
        with_source(source, json!({"lead_external_id": id, "lead_email": "family@example.com", "lead_name": name}))
    };
    let (vera, gleb) = (lead_of(&server, by("user-1", "Vera")).await, lead_of(&server, by("user-2", "Gleb")).await);
    assert_ne!(vera, gleb);
    let lead = server.show(&format!("/api/v1/leads/{gleb}")).await;
    assert_eq!((values(&lead), &lead["name"]), (vec!["user-2"], &json!("Gleb")));
    assert_eq!(lead["possible_duplicate_ids"], json!([vera]));
    assert_eq!(server.show(&format!("/api/v1/leads/{vera}")).await["possible_duplicate_ids"], json!([gleb]));
    assert_eq!(lead_of(&server, by("user-2", "Gleb")).await, gleb);
    server.close().await;
}

#[tokio::test]
async fn a_second_phone_is_attached_only_if_the_names_may_be_one_persons() {
    let server = TestServer::open().await;
    let source = server.source("Site", &[]).await;
    let by = |phone: &str, name: &str, email: &str| {
        let of_lead = json!({"lead_phone": phone, "lead_name": name, "lead_email": email});
        with_source(source, of_lead)
    };
    let vera = lead_of(&server, by("+12025550101", "Vera", "e@example.com")).await;
    let gleb = lead_of(&server, by("+12025550102", "Gleb", "e@example.com")).await;
    assert_ne!(vera, gleb);
    assert_eq!(server.show(&format!("/api/v1/leads/{gleb}")).await["possible_duplicate_ids"], json!([vera]));
    assert_eq!(lead_of(&server, by("+12025550103", "Vera Petrova", "e@example.com")).await, vera);
    // A role's address is many people's, whatever they are called.
    let role = |phone: &str| json!({"source_id": source, "lead_phone": phone, "lead_email": "info@example.com"});
    assert_ne!(lead_of(&server, role("+12025550104")).await, lead_of(&server, role("+12025550105")).await);
    server.close().await;
}

#[tokio::test]
async fn ids_of_two_systems_with_one_phone_are_one_lead() {
    let server = TestServer::open().await;
    let telegram = source(&server, json!({"name": "T", "kind": "telegram"})).await;
    let vk = source(&server, json!({"name": "VK"})).await;
    let by = |source: i64, id: &str| json!({"source_id": source, "lead_external_id": id, "lead_phone": "+12025550101"});
    assert_eq!(lead_of(&server, by(telegram, "1")).await, lead_of(&server, by(vk, "2")).await);
    server.close().await;
}

#[tokio::test]
async fn a_name_that_differs_is_kept_with_its_contact() {
    let server = TestServer::open().await;
    let source = server.source("Site", &[]).await;
    let by = |name: &str| json!({"source_id": source, "lead_phone": "+12025550101", "lead_name": name});
    server.post("/api/v1/contacts", &by("Vera")).await.expect(StatusCode::CREATED);
    let second = server.once("k", "/api/v1/contacts", &by("Gleb")).await;
    assert_eq!(second.json["sent"], json!({"lead_name": "Gleb"}));
    assert_eq!(server.once("k", "/api/v1/contacts", &by("Gleb")).await.text, second.text);
    assert_eq!(server.show("/api/v1/leads/1").await["name"], "Vera");
    assert_eq!(server.show("/api/v1/leads/1/contacts").await[1]["sent"], json!({}));
    server.close().await;
}

#[tokio::test]
async fn several_values_in_a_field_are_attached_and_identify_by_the_first() {
    let server = TestServer::open().await;
    let source = server.source("Site", &[]).await;
    let emails = json!({"source_id": source, "lead_email": "anna@example.com, boris@example.com"});
    let anna = lead_of(&server, emails).await;
    assert_eq!(values(&server.show(&format!("/api/v1/leads/{anna}")).await), ["anna@example.com", "boris@example.com"]);
    let other = json!({"source_id": source, "lead_email": "clara@example.com; boris@example.com"});
    let clara = lead_of(&server, other).await;
    assert_ne!(clara, anna);
    assert_eq!(server.show(&format!("/api/v1/leads/{clara}")).await["possible_duplicate_ids"], json!([anna]));
    server.close().await;
}

#[tokio::test]
async fn an_old_number_of_a_renumbered_country_is_a_possible_duplicate() {
    let server = TestServer::open().await;
    let source = server.source("Site", &[]).await;
    let new = lead_of(&server, json!({"source_id": source, "lead_phone": "+5511987654321"})).await;
    let old = lead_of(&server, json!({"source_id": source, "lead_phone": "+551187654321"})).await;
    assert_ne!(new, old);
    assert_eq!(server.show(&format!("/api/v1/leads/{old}")).await["possible_duplicate_ids"], json!([new]));
    server.close().await;
}

#[tokio::test]
async fn phones_of_whatsapp_are_read_with_their_country_code() {
    let server = TestServer::open().await;
    let whatsapp = json!({"name": "WA", "kind": "whatsapp", "default_region": "RU"});
    let whatsapp = source(&server, whatsapp).await;
    let lead = lead_of(&server, json!({"source_id": whatsapp, "lead_phone": "491713920012"})).await;
    assert_eq!(values(&server.show(&format!("/api/v1/leads/{lead}")).await), ["+491713920012"]);
    server.close().await;
}

#[tokio::test]
async fn a_merge_is_undone_by_taking_contacts_and_identities_off() {
    let server = TestServer::open().await;
    let source = server.source("Site", &[]).await;
    let by = |phone: &str| json!({"source_id": source, "lead_phone": phone});
    let one = lead_of(&server, by("+12025550101")).await;
    let other = lead_of(&server, by("+12025550102")).await;
    let merge = json!({"absorb_lead_id": other});
    server.post(&format!("/api/v1/leads/{one}/merge"), &merge).await.expect(StatusCode::OK);
    let off = json!({"contact_ids": [2], "phones": ["+12025550102"], "name": "Gleb"});
    let path = format!("/api/v1/leads/{one}/split");
    let new = server.once("k", &path, &off).await;
    assert_eq!((new.status, new.location()), (StatusCode::CREATED, "/api/v1/leads/3"));
    assert_eq!(new.json, json!({"lead_id": 3}));
    assert_eq!(server.once("k", &path, &off).await.text, new.text);
    let lead = server.show("/api/v1/leads/3").await;
    assert_eq!(
        (values(&lead), &lead["contact_count"], &lead["name"]),
        (vec!["+12025550102"], &json!(1), &json!("Gleb"))
    );
    assert_eq!(values(&server.show(&format!("/api/v1/leads/{one}")).await), ["+12025550101"]);
    assert_eq!(lead_of(&server, by("+12025550102")).await, 3);
    let events = server.show("/api/v1/events").await;
    let split =
        events.as_array().expect("a list").iter().find(|event| event["kind"] == "lead_split").expect("an event");
    assert_eq!((&split["lead_id"], &split["other_lead_id"]), (&json!(one), &json!(3)));
    server.close().await;
}

#[tokio::test]
async fn only_what_a_lead_has_is_taken_off() {
    let server = TestServer::open().await;
    let source = server.source("Site", &[]).await;
    server.contact(source, "a").await;
    server.contact(source, "b").await;
    for (body, pointer) in [
        (json!({}), ""),
        (json!({"contact_ids": [2]}), "/contact_ids"),
        (json!({"external_ids": ["b"]}), "/identities"),
        (json!({"contact_ids": "2"}), "/contact_ids"),
    ] {
        let answer = server.post("/api/v1/leads/1/split", &body).await;
        assert_eq!(answer.is_problem(422, "invalid-fields"), [pointer], "{body}");
    }
    server.post("/api/v1/leads/9/split", &json!({"contact_ids": [1]})).await.is_problem(404, "unknown-id");
    server.post("/api/v1/leads/1/split", &json!({"external_ids": ["a"]})).await.expect(StatusCode::CREATED);
    assert_eq!(server.contact(source, "a").await["lead_id"], 3);
    server.close().await;
}

#[tokio::test]
async fn an_id_that_a_person_adds_is_found_from_the_sources_of_the_lead() {
    let server = TestServer::open().await;
    let source = server.source("Site", &[]).await;
    lead_of(&server, json!({"source_id": source, "lead_phone": "+12025550101"})).await;
    server.patch("/api/v1/leads/1", &json!({"external_id": "crm-7"})).await.expect(StatusCode::OK);
    assert_eq!(lead_of(&server, json!({"source_id": source, "lead_external_id": "crm-7"})).await, 1);
    let edit = json!({"external_id": "42", "id_space": "telegram"});
    let lead = server.patch("/api/v1/leads/1", &edit).await.expect(StatusCode::OK);
    assert_eq!(lead["identities"][0], json!({"kind": "external_id", "value": "42", "id_spaces": ["telegram"]}));
    let nobody = server.patch("/api/v1/leads/1", &json!({"phone": "0000000000"})).await;
    assert_eq!(nobody.is_problem(422, "invalid-fields"), ["/phone"]);
    server.close().await;
}
