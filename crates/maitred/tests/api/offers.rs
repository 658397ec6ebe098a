//! Offers: `accept_within_s` of a source, `/api/v1/contacts/{id}/accept` and `/decline`.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_core::OperatorId;
use maitred_store::accounts::Grant;
use rstest::rstest;
use serde_json::{Value, json};

/// A source served by Anna and Boris, who take turns and may accept for a while.
async fn server(seconds: u32) -> TestServer {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 5).await, server.operator("Boris", 5).await);
    server.source("Bot", &[(anna, 1), (boris, 1)]).await;
    let settings = json!({"policy": "smooth_weighted", "accept_within_s": seconds});
    server.patch("/api/v1/sources/1", &settings).await.expect(StatusCode::OK);
    server
}

async fn kinds(server: &TestServer, contact: u32) -> Vec<String> {
    let events = server.show("/api/v1/events?limit=1000").await;
    let of_contact = events.as_array().expect("a list").iter().filter(|event| event["contact_id"] == contact);
    of_contact.map(|event| event["kind"].as_str().expect("a kind").to_owned()).collect()
}

#[tokio::test]
async fn a_contact_is_offered_accepted_and_then_theirs() {
    let server = server(3_600).await;
    let offered = server.contact(1, "a").await;
    assert_eq!((&offered["status"], &offered["accepted_at"]), (&json!("assigned"), &Value::Null));
    assert!(offered["accept_by"].is_string(), "{offered}");
    let answer = json!({"operator_id": offered["operator_id"], "decision": offered["decision"]});
    let accepted = server.post("/api/v1/contacts/1/accept", &answer).await.expect(StatusCode::OK);
    assert_eq!((&accepted["accept_by"], &accepted["operator_id"]), (&Value::Null, &offered["operator_id"]));
    assert!(accepted["accepted_at"].is_string(), "{accepted}");
    let again = server.post("/api/v1/contacts/1/accept", &json!({})).await.expect(StatusCode::OK);
    assert_eq!(again["accepted_at"], accepted["accepted_at"]);
    server.post("/api/v1/contacts/1/decline", &json!({})).await.is_problem(409, "not-offered");
    assert_eq!(kinds(&server, 1).await, ["contact_created", "contact_assigned", "contact_accepted"]);
    let events = server.show("/api/v1/events?after=5").await;
    let assigned = events.as_array().expect("a list").iter().find(|event| event["kind"] == "contact_assigned");
    assert_eq!(assigned.expect("one")["accept_by"], offered["accept_by"]);
    server.close().await;
}

#[tokio::test]
async fn what_one_declines_the_next_is_offered_and_an_old_answer_changes_nothing() {
    let server = server(3_600).await;
    let first = server.contact(1, "a").await;
    let body = json!({"decision": 0, "reason": "Not my region"});
    let second = server.post("/api/v1/contacts/1/decline", &body).await.expect(StatusCode::OK);
    assert_ne!(second["operator_id"], first["operator_id"]);
    assert_eq!(server.show("/api/v1/contacts/1/notes").await[0]["text"], "Not my region");
    let stale = json!({"operator_id": first["operator_id"]});
    let refused = server.post("/api/v1/contacts/1/accept", &stale).await;
    refused.is_problem(409, "offer-over");
    assert!(refused.text.contains(&format!("is with operator {}", second["operator_id"])), "{}", refused.text);
    server.post("/api/v1/contacts/1/accept", &json!({"decision": 0})).await.is_problem(409, "offer-over");
    let resting = server.post("/api/v1/contacts/1/decline", &json!({})).await.expect(StatusCode::OK);
    assert_eq!((&resting["status"], &resting["operator_id"]), (&json!("waiting"), &Value::Null));
    assert!(resting["retry_at"].is_string(), "{resting}");
    let why = server.show("/api/v1/operators/1/availability?contact_id=1").await;
    assert_eq!(why["reasons"], json!([{"reason": "tried", "until": resting["retry_at"]}]));
    server.post("/api/v1/contacts/1/accept", &json!({})).await.is_problem(409, "offer-over");
    assert_eq!(server.show("/api/v1/stats/waiting").await[0]["waiting"], 1, "it is one of those who wait");
    let explained = server.show("/api/v1/contacts/1/decisions").await;
    let words = explained.as_array().expect("a list").last().expect("one")["words"].to_string();
    assert!(words.contains("was declined") && words.contains("had been asked"), "{words}");
    server.close().await;
}

#[tokio::test]
async fn an_offer_that_nobody_answers_goes_on_and_pauses_who_misses_it() {
    let server = server(5).await;
    server.patch("/api/v1/sources/1", &json!({"pause_after_misses": 1})).await.expect(StatusCode::OK);
    let mut committed = server.app.committed();
    let first = server.contact(1, "a").await;
    while server.show("/api/v1/contacts/1").await["operator_id"] == first["operator_id"] {
        committed.changed().await.expect("the batcher runs");
    }
    let missed = server.show(&format!("/api/v1/operators/{}", first["operator_id"])).await;
    assert_eq!((&missed["misses"], &missed["pause_reason"]), (&json!(1), &json!("no answer")));
    let expected =
        ["contact_created", "contact_assigned", "contact_offer_expired", "contact_assigned"].map(str::to_owned);
    assert_eq!(kinds(&server, 1).await, expected);
    let resumed = format!("/api/v1/operators/{}/resume", first["operator_id"]);
    assert_eq!(server.act(&resumed).await.expect(StatusCode::OK)["misses"], 0);
    server.close().await;
}

#[rstest]
#[case(json!({"accept_within_s": 4}), "/accept_within_s")]
#[case(json!({"accept_within_s": 86_401}), "/accept_within_s")]
#[case(json!({"accept_within_s": "60"}), "/accept_within_s")]
#[case(json!({"retry_after_s": 0}), "/retry_after_s")]
#[case(json!({"retry_after_s": null}), "/retry_after_s")]
#[case(json!({"pause_after_misses": 0}), "/pause_after_misses")]
#[case(json!({"escalate_after_rounds": 101}), "/escalate_after_rounds")]
#[tokio::test]
async fn rules_of_offers_have_bounds(#[case] settings: Value, #[case] pointer: &str) {
    let server = server(60).await;
    assert_eq!(server.patch("/api/v1/sources/1", &settings).await.is_problem(422, "invalid-fields"), [pointer]);
    assert_eq!(server.show("/api/v1/sources/1").await["accept_within_s"], 60, "nothing changed");
    server.close().await;
}

#[tokio::test]
async fn an_operator_answers_for_themselves_alone() {
    let server = server(3_600).await;
    let offered = server.contact(1, "a").await;
    let holder = offered["operator_id"].as_i64().expect("an id");
    let other = 3 - holder;
    let of_holder = server.key(Grant::Operator(OperatorId(holder))).await;
    let of_other = server.key(Grant::Operator(OperatorId(other))).await;
    let accept = async |key: &str, body: Value| {
        server.call_as(Some(key), Method::POST, "/api/v1/contacts/1/accept", Some(&body)).await
    };
    accept(&of_other, json!({})).await.is_problem(409, "offer-over");
    accept(&of_other, json!({"operator_id": holder})).await.is_problem(403, "forbidden");
    let accepted = accept(&of_holder, json!({})).await.expect(StatusCode::OK);
    assert!(accepted["accepted_at"].is_string(), "{accepted}");
    server.close().await;
}
