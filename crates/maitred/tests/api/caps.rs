//! `/api/v1/operators/{id}/caps` and `/api/v1/sources/{id}/caps`.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

const CAPS: &str = "/api/v1/operators/1/caps";

/// A source with Anna, who has room for many.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 50).await;
    server.source("Bot", &[(anna, 1)]).await;
    server
}

#[tokio::test]
async fn a_cap_keeps_contacts_waiting_and_says_how_far_it_is_reached() {
    let server = server().await;
    assert_eq!(server.show(CAPS).await, json!([]));
    let day = json!({"limit": 2, "window": "day", "zone": "Europe/Moscow"});
    let rolling = json!({"limit": 500, "window": "rolling", "seconds": 60, "counts": "kept", "source_id": 1});
    let set = server.put(CAPS, &json!([day, rolling])).await.expect(StatusCode::OK);
    let fresh = json!({"limit": 2, "window": "day", "seconds": null, "zone": "Europe/Moscow", "counts": "assigned",
                       "source_id": null, "used": 0, "reached_until": null});
    assert_eq!(set[0], fresh);
    for lead in ["a", "b"] {
        assert_eq!(server.contact(1, lead).await["status"], "assigned");
    }
    assert_eq!(server.contact(1, "c").await["status"], "waiting");
    let caps = server.show(CAPS).await;
    assert_eq!((&caps[0]["used"], &caps[1]["used"]), (&json!(2), &json!(2)));
    let until = caps[0]["reached_until"].as_str().expect("a time");
    assert!(until.ends_with("T21:00:00Z"), "midnight in Moscow: {until}");
    let why = server.show("/api/v1/operators/1/availability?source_id=1").await;
    assert_eq!(why["reasons"], json!([{"reason": "capped", "until": until}]));
    let explained = server.show("/api/v1/contacts/3/decisions").await;
    assert!(explained[0]["words"].to_string().contains("had reached a cap"), "{explained}");
    let raised = json!([{"limit": 3, "window": "day", "zone": "Europe/Moscow"}]);
    let raised = server.put(CAPS, &raised).await.expect(StatusCode::OK);
    assert_eq!(
        (raised[0]["used"].clone(), server.show("/api/v1/contacts/3").await["status"].clone()),
        (json!(3), json!("assigned"))
    );
    server.close().await;
}

#[tokio::test]
async fn in_the_last_second_there_is_room_again_although_nobody_asks() {
    let server = server().await;
    server.put(CAPS, &json!([{"limit": 1, "window": "rolling", "seconds": 1}])).await.expect(StatusCode::OK);
    let mut committed = server.app.committed();
    server.contact(1, "a").await;
    server.contact(1, "b").await;
    while server.show("/api/v1/contacts/2").await["status"] == "waiting" {
        committed.changed().await.expect("the batcher runs");
    }
    let times = ["1", "2"].map(|id| format!("/api/v1/contacts/{id}"));
    let [first, second] = [server.show(&times[0]).await, server.show(&times[1]).await];
    assert!(second["assigned_at"].as_str() > first["assigned_at"].as_str());
    server.close().await;
}

#[rstest]
#[case(json!([{"limit": 0, "window": "day"}]), "/0/limit")]
#[case(json!([{"limit": 501, "window": "rolling", "seconds": 60}]), "/0/limit")]
#[case(json!([{"limit": 5, "window": "fortnight"}]), "/0/window")]
#[case(json!([{"limit": 5, "window": "rolling"}]), "/0/seconds")]
#[case(json!([{"limit": 5, "window": "day"}, {"limit": 5, "window": "day", "seconds": 60}]), "/1/seconds")]
#[case(json!([{"limit": 5, "window": "rolling", "seconds": 60, "zone": "UTC"}]), "/0/zone")]
#[case(json!([{"limit": 5, "window": "day", "zone": "Europe/Moskow"}]), "/0/zone")]
#[case(json!([{"limit": 5, "window": "day", "counts": "some"}]), "/0/counts")]
#[tokio::test]
async fn what_is_wrong_with_a_cap_is_named(#[case] caps: Value, #[case] pointer: &str) {
    let server = server().await;
    let refused = server.put(CAPS, &caps).await;
    assert_eq!(refused.is_problem(422, "invalid-fields"), [pointer], "{}", refused.text);
    assert_eq!(server.show(CAPS).await, json!([]), "nothing changed");
    server.close().await;
}

#[tokio::test]
async fn a_source_that_is_not_there_too_many_caps_and_a_change_meanwhile_are_refused() {
    let server = server().await;
    let cap = json!({"limit": 5, "window": "day"});
    let of_none = server.put(CAPS, &json!([cap, {"limit": 5, "window": "day", "source_id": 9}])).await;
    assert_eq!(of_none.is_problem(404, "unknown-reference"), ["/1/source_id"]);
    server.put(CAPS, &json!(vec![cap.clone(); 9])).await.is_problem(422, "invalid-fields");
    server.put("/api/v1/operators/9/caps", &json!([cap])).await.is_problem(404, "unknown-id");
    server.put(CAPS, &json!({"limit": 5})).await.is_problem(422, "invalid-fields");
    let seen = server.get(CAPS).await.header("etag").to_owned();
    server.put(CAPS, &json!([cap])).await.expect(StatusCode::OK);
    assert_ne!(server.get(CAPS).await.header("etag"), seen);
    server.contact(1, "a").await;
    assert_eq!(server.show(CAPS).await[0]["used"], 1);
    server.close().await;
}

const SOURCE_CAPS: &str = "/api/v1/sources/1/caps";

#[tokio::test]
async fn a_cap_of_a_source_keeps_contacts_waiting_though_somebody_is_free() {
    let server = server().await;
    let day = json!([{"limit": 2, "window": "day", "zone": "Europe/Moscow"}]);
    let set = server.put(SOURCE_CAPS, &day).await.expect(StatusCode::OK);
    assert_eq!((&set[0]["limit"], &set[0]["used"]), (&json!(2), &json!(0)));
    for lead in ["a", "b"] {
        assert_eq!(server.contact(1, lead).await["status"], "assigned");
    }
    let until = server.show(SOURCE_CAPS).await[0]["reached_until"].clone();
    assert!(until.as_str().is_some_and(|until| until.ends_with("T21:00:00Z")), "midnight in Moscow: {until}");
    let third = server.contact(1, "c").await;
    assert_eq!((&third["status"], &third["opens_at"]), (&json!("waiting"), &until));
    let why = server.show("/api/v1/operators/1/availability?source_id=1").await;
    assert_eq!(why["reasons"], json!([{"reason": "source_capped", "until": until}]));
    let explained = server.show("/api/v1/contacts/3/decisions").await;
    assert_eq!(explained[0]["cause"], "source_capped");
    assert!(explained[0]["words"].to_string().contains("a cap of its source was reached"), "{explained}");
    server.put(SOURCE_CAPS, &json!([])).await.expect(StatusCode::OK);
    assert_eq!(server.show("/api/v1/contacts/3").await["status"], "assigned");
    let kinds = server.show("/api/v1/events?limit=500").await.to_string();
    assert_eq!(kinds.matches("source_caps_set").count(), 2);
    server.close().await;
}

#[tokio::test]
async fn a_cap_of_a_source_names_no_source() {
    let server = server().await;
    let caps = json!([{"limit": 5, "window": "day"}, {"limit": 5, "window": "hour", "source_id": 1}]);
    let refused = server.put(SOURCE_CAPS, &caps).await;
    assert_eq!(refused.is_problem(422, "invalid-fields"), ["/1/source_id"], "{}", refused.text);
    assert_eq!(server.show(SOURCE_CAPS).await, json!([]), "nothing changed");
    server.put("/api/v1/sources/9/caps", &json!([])).await.is_problem(404, "unknown-id");
    server.close().await;
}
