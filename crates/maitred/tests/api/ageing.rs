//! Priorities that rise: `ageing` and `escalate_priority` of a source, `effective_priority` of contacts.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

/// A source that nobody serves.
async fn server(settings: Value) -> TestServer {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    server.patch("/api/v1/sources/1", &settings).await.expect(StatusCode::OK);
    server
}

#[tokio::test]
async fn who_waits_has_a_higher_priority_after_a_second_and_goes_first() {
    let server = server(json!({"ageing": [{"after_s": 1, "priority": 5}]})).await;
    let mut committed = server.app.committed();
    let first = server.contact(1, "a").await;
    assert_eq!((&first["priority"], &first["effective_priority"]), (&json!(0), &json!(0)));
    while server.show("/api/v1/contacts/1").await["effective_priority"] == 0 {
        committed.changed().await.expect("the batcher runs");
    }
    let urgent = json!({"source_id": 1, "priority": 4});
    server.post("/api/v1/contacts", &urgent).await.expect(StatusCode::CREATED);
    let aged = server.show("/api/v1/contacts/1").await;
    assert_eq!((&aged["priority"], &aged["effective_priority"]), (&json!(0), &json!(5)));
    let events = server.show("/api/v1/events?limit=1000").await;
    let raised = events.as_array().expect("a list").iter().find(|event| event["kind"] == "contact_priority_raised");
    assert_eq!((&raised.expect("one")["from"], &raised.expect("one")["to"]), (&json!(0), &json!(5)));
    assert_eq!(server.show("/api/v1/stats/waiting").await[0]["next_contact_id"], 1);
    let set = server.patch("/api/v1/contacts/1", &json!({"priority": -3})).await.expect(StatusCode::OK);
    assert_eq!((&set["priority"], &set["effective_priority"]), (&json!(-3), &json!(5)));
    server.close().await;
}

#[tokio::test]
async fn an_event_that_is_sent_again_gets_the_first_answer_whatever_was_raised_since() {
    let server = server(json!({})).await;
    let mut committed = server.app.committed();
    let event = |message| json!({"source_id": 1, "source_event_id": "7", "message": message});
    let first = server.post("/api/v1/contacts", &event("Hello")).await.expect(StatusCode::CREATED);
    let steps = json!({"ageing": [{"after_s": 1, "priority": 5}]});
    server.patch("/api/v1/sources/1", &steps).await.expect(StatusCode::OK);
    while server.show("/api/v1/contacts/1").await["effective_priority"] == 0 {
        committed.changed().await.expect("the batcher runs");
    }
    let again = server.post("/api/v1/contacts", &event("Hello?")).await.expect(StatusCode::CREATED);
    assert_eq!(again, first);
    server.close().await;
}

#[tokio::test]
async fn steps_are_shown_as_they_were_set_and_can_be_removed() {
    let steps = json!([{"after_s": 300, "priority": 5}, {"after_s": 900, "priority": 10}]);
    let server = server(json!({"ageing": steps, "escalate_priority": 50})).await;
    let source = server.show("/api/v1/sources/1").await;
    assert_eq!((&source["ageing"], &source["escalate_priority"]), (&steps, &json!(50)));
    let none = json!({"ageing": null, "escalate_priority": null});
    let source = server.patch("/api/v1/sources/1", &none).await.expect(StatusCode::OK);
    assert_eq!((&source["ageing"], &source["escalate_priority"]), (&json!([]), &Value::Null));
    server.close().await;
}

#[rstest]
#[case(json!([{"after_s": 0, "priority": 5}]), "after_s of step 1")]
#[case(json!([{"after_s": 9, "priority": 5}, {"after_s": 9, "priority": 6}]), "after_s of step 2 does not rise")]
#[case(json!([{"after_s": 9, "priority": 1001}]), "priority of step 1")]
#[case(json!([{"after_s": 9}]), "is not as documented at [0]")]
#[case(json!([{"after_s": 9, "priority": 5, "then": 1}]), "is not as documented at [0]")]
#[case(json!((1..=9).map(|n| json!({"after_s": n, "priority": n})).collect::<Vec<_>>()), "has 9 steps; give at most 8")]
#[tokio::test]
async fn wrong_steps_are_refused_with_what_is_wrong(#[case] steps: Value, #[case] what: &str) {
    let server = server(json!({})).await;
    let refused = server.patch("/api/v1/sources/1", &json!({"ageing": steps})).await;
    assert_eq!(refused.is_problem(422, "invalid-fields"), ["/ageing"]);
    assert!(refused.text.contains(what), "{}", refused.text);
    server.close().await;
}
