//! Stored phones that could not be read, and reading them again once their source has a country.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_app::auth::Caller;
use maitred_app::jobs::{FinishRereading, Job};
use maitred_app::reread::{self, Place, STEP_ROWS};
use maitred_core::{Actor, Command, LeadId, OperatorId, SourceId};
use maitred_store::accounts::Grant;
use serde_json::{Value, json};

/// A source in a country where the numbers of these tests cannot be read.
async fn source(server: &TestServer, name: &str) -> i64 {
    let body = json!({"name": name, "default_region": "US"});
    server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED)["id"].as_i64().expect("an id")
}

async fn move_to_russia(server: &TestServer, source: i64) {
    let path = format!("/api/v1/sources/{source}");
    server.patch(&path, &json!({"default_region": "RU"})).await.expect(StatusCode::OK);
}

async fn lead_of(server: &TestServer, source: i64, phone: &str) -> i64 {
    let body = json!({"source_id": source, "lead_phone": phone});
    let contact = server.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED);
    contact["lead_id"].as_i64().expect("an id")
}

async fn unread(server: &TestServer, source: i64) -> Value {
    server.show(&format!("/api/v1/sources/{source}/phones/unread")).await
}

fn counts(preview: &Value) -> [i64; 4] {
    ["unread", "readable", "taken", "unsure"].map(|name| preview[name].as_i64().expect("a number"))
}

fn example(lead: i64, phone: &str, reads_as: &str, taken_by: Option<i64>) -> Value {
    json!({"lead_id": lead, "phone": phone, "reads_as": reads_as, "taken_by_lead_id": taken_by})
}

async fn phone_of(server: &TestServer, lead: i64) -> Value {
    server.show(&format!("/api/v1/leads/{lead}")).await["identities"][0]["value"].clone()
}

#[tokio::test]
async fn numbers_are_read_again_once_the_source_has_a_country() {
    let server = TestServer::open().await;
    let (site, other) = (source(&server, "Site").await, source(&server, "Other").await);
    let vera = lead_of(&server, site, "8 999 123-45-67").await;
    let same = lead_of(&server, site, "8(999)123-45-67").await;
    let gleb = lead_of(&server, site, "+8 999 765-43-21").await;
    let both = lead_of(&server, site, "8 999 000-11-22").await;
    assert_eq!(lead_of(&server, other, "8 999 000-11-22").await, both);
    lead_of(&server, other, "8 999 000-11-33").await;
    lead_of(&server, site, "+79990001144").await;
    assert_eq!(counts(&unread(&server, site).await), [4, 0, 0, 0]);

    move_to_russia(&server, site).await;
    let preview = unread(&server, site).await;
    assert_eq!(counts(&preview), [4, 2, 1, 1]);
    assert_eq!((&preview["is_whole"], &preview["is_under_way"]), (&json!(true), &json!(false)));
    let expected = [
        example(vera, "8 999 123-45-67", "+79991234567", None),
        example(same, "8(999)123-45-67", "+79991234567", Some(vera)),
        example(gleb, "+8 999 765-43-21", "+79997654321", None),
    ];
    assert_eq!(preview["examples"], json!(expected));
    assert_eq!(phone_of(&server, vera).await, "8 999 123-45-67", "a preview changes nothing");

    let path = format!("/api/v1/sources/{site}/phones/reread");
    let done = server.once("key-1", &path, &json!({})).await.expect(StatusCode::OK);
    assert_eq!(done, json!({"read": 2, "taken": 1, "is_finished": true}));
    assert_eq!(server.once("key-1", &path, &json!({})).await.expect(StatusCode::OK), done);
    assert_eq!(phone_of(&server, vera).await, "+79991234567");
    assert_eq!(phone_of(&server, same).await, "8(999)123-45-67");
    let duplicates = server.show(&format!("/api/v1/leads/{same}")).await["possible_duplicate_ids"].clone();
    assert_eq!(duplicates, json!([vera]));
    assert_eq!(lead_of(&server, site, "8 999 123 45 67").await, vera);
    let events = server.show("/api/v1/events?limit=1000").await;
    let of = |kind: &str| events.as_array().expect("a list").iter().filter(|event| event["kind"] == kind).count();
    assert_eq!((of("lead_edited"), of("duplicate_found")), (2, 1));

    move_to_russia(&server, other).await;
    assert_eq!(counts(&unread(&server, other).await), [2, 2, 0, 0]);
    server.close().await;
}

#[tokio::test]
async fn many_numbers_are_read_in_steps_that_go_on_after_a_restart() {
    let server = TestServer::open().await;
    let site = source(&server, "Site").await;
    let all = i64::from(STEP_ROWS) * 2 + 10;
    for number in 0..all {
        lead_of(&server, site, &format!("8 999 {number:03}-45-67")).await;
    }
    move_to_russia(&server, site).await;
    assert_eq!(counts(&unread(&server, site).await), [all, all, 0, 0]);
    // The first step of a process that ends behind it.
    let command = reread::step(Place::of(&server.app), SourceId(site), LeadId(0)).await.expect("readable");
    let caller = Caller::new(Actor::System, Grant::Admin);
    server.app.execute(&caller, Command::RereadPhones(command), Vec::new(), None).await.expect("it is valid");
    let rest = unread(&server, site).await;
    assert_eq!((rest["is_under_way"].clone(), rest["unread"].as_i64()), (json!(true), Some(all - 255)));
    let mut job = FinishRereading::new(server.app.clone());
    job.tick().await;
    assert_eq!(unread(&server, site).await["is_under_way"], true, "somebody may be at it");
    job.tick().await;
    let rest = unread(&server, site).await;
    assert_eq!((counts(&rest), &rest["is_under_way"]), ([0, 0, 0, 0], &json!(false)));
    assert_eq!(phone_of(&server, all).await, format!("+7999{:03}4567", all - 1));
    server.close().await;
}

#[tokio::test]
async fn only_staff_have_phones_read_again() {
    let server = TestServer::open().await;
    server.operator("Anna", 5).await;
    let site = source(&server, "Site").await;
    let admin = server.key(Grant::Admin).await;
    let operator = server.key(Grant::Operator(OperatorId(1))).await;
    let call = |key: String, method: Method, last: &'static str| {
        let path = format!("/api/v1/sources/{site}/phones/{last}");
        let server = &server;
        async move { server.call_as(Some(&key), method, &path, None).await.status }
    };
    assert_eq!(call(operator.clone(), Method::GET, "unread").await, StatusCode::FORBIDDEN);
    assert_eq!(call(operator, Method::POST, "reread").await, StatusCode::FORBIDDEN);
    assert_eq!(call(admin, Method::POST, "reread").await, StatusCode::OK);
    let observer = server.key(Grant::Observer).await;
    assert_eq!(call(observer.clone(), Method::GET, "unread").await, StatusCode::OK);
    assert_eq!(call(observer, Method::POST, "reread").await, StatusCode::FORBIDDEN);
    server.close().await;
}

#[tokio::test]
async fn an_extension_means_somebody_on_its_source_only() {
    let server = TestServer::open().await;
    let body = |name: &str| json!({"name": name, "kind": "phone", "short_phones": true});
    let mut sources = Vec::new();
    for name in ["Office", "Branch"] {
        let made = server.post("/api/v1/sources", &body(name)).await.expect(StatusCode::CREATED);
        assert_eq!(made["short_phones"], true);
        sources.push(made["id"].as_i64().expect("an id"));
    }
    let [office, branch] = sources[..] else { panic!("two") };
    let anna = lead_of(&server, office, "101").await;
    assert_eq!(lead_of(&server, office, " 101 ").await, anna);
    assert_eq!(phone_of(&server, anna).await, "101");
    let found = server.show("/api/v1/leads?phone=101").await;
    assert_eq!(found[0]["id"], anna);
    assert_ne!(lead_of(&server, branch, "101").await, anna, "another telephone system");
    assert_ne!(lead_of(&server, office, "102").await, anna);
    assert_ne!(lead_of(&server, office, "000").await, lead_of(&server, office, "000").await);
    let long = lead_of(&server, office, "8 999 123-45-67").await;
    assert_eq!(phone_of(&server, long).await, "+79991234567");
    assert_eq!(unread(&server, office).await["unread"], 0);

    let off = json!({"short_phones": false});
    server.patch(&format!("/api/v1/sources/{office}"), &off).await.expect(StatusCode::OK);
    assert_ne!(lead_of(&server, office, "101").await, anna, "as on any other source");
    server.close().await;
}
