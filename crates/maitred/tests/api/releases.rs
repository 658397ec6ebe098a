//! `away_release_s` and `shift_end_release_s` of sources: contacts whose operator left go to others.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use maitred_app::auth::Caller;
use maitred_core::command::OperatorEdit;
use maitred_core::{Command, OperatorId};
use rstest::rstest;
use serde_json::{Value, json};

/// A source that takes contacts from operators who are away for so long, served by Anna, and by Boris with hardly any
/// weight.
async fn server(away_release_s: u32) -> TestServer {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 5).await, server.operator("Boris", 5).await);
    server.source("Bot", &[(anna, 1_000_000), (boris, 1)]).await;
    let rules = json!({"policy": "smooth_weighted", "away_release_s": away_release_s});
    server.patch("/api/v1/sources/1", &rules).await.expect(StatusCode::OK);
    server
}

/// Has Anna be away so soon after a sign of them, which is less than anybody may set.
async fn away_after(server: &TestServer, seconds: u32) {
    let edit = OperatorEdit { away_after_s: Some(Some(seconds)), ..OperatorEdit::default() };
    let edit = Command::EditOperator(OperatorId(1), edit);
    server.app.execute(&Caller::ANYBODY, edit, Vec::new(), None).await.expect("it is set");
}

/// What is shown there once it is so; each event may be what makes it so.
async fn until(server: &TestServer, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let mut committed = server.app.committed();
    loop {
        let shown = server.show(path).await;
        if is_so(&shown) {
            return shown;
        }
        committed.changed().await.expect("the batcher runs");
    }
}

/// The contact, once what commands so far left over is done: that comes before any later command.
async fn contact_after_all(server: &TestServer) -> Value {
    server.patch("/api/v1/operators/2", &json!({"max_load": 5})).await.expect(StatusCode::OK);
    server.show("/api/v1/contacts/1").await
}

#[tokio::test]
async fn a_contact_of_somebody_who_left_goes_to_somebody_else() {
    let server = server(1).await;
    assert_eq!(server.contact(1, "a").await["operator_id"], 1);
    away_after(&server, 1).await;
    let taken = until(&server, "/api/v1/contacts/1", |contact| contact["operator_id"] == 2).await;
    assert_eq!(taken["release_at"], Value::Null);
    let events = server.show("/api/v1/events?after=5").await;
    let released = events.as_array().expect("a list").iter().find(|it| it["kind"] == "contact_released");
    let released = released.expect("it is told");
    assert_eq!((&released["from_operator_id"], &released["reason"]), (&json!(1), &json!("holder_away")));
    assert!(released["late_ms"].is_i64());
    let story = server.show("/api/v1/contacts/1/decisions").await;
    assert_eq!(story[1]["cause"], "holder_left");
    assert!(story[1]["words"].to_string().contains("was taken from an operator who had left"), "{story}");
    server.close().await;
}

#[tokio::test]
async fn a_contact_says_when_it_is_released_and_who_is_heard_from_before_keeps_it() {
    let server = server(604_800).await;
    server.contact(1, "a").await;
    // Long enough for what is looked at behind the heartbeat, on a busy machine as well.
    away_after(&server, 5).await;
    let anna = until(&server, "/api/v1/operators/1", |operator| !operator["away_at"].is_null()).await;
    let marked = contact_after_all(&server).await;
    assert!(marked["release_at"].as_str() > anna["away_at"].as_str(), "{marked}");
    server.act("/api/v1/operators/1/heartbeat").await.expect(StatusCode::OK);
    let kept = contact_after_all(&server).await;
    assert_eq!((&kept["operator_id"], &kept["release_at"]), (&json!(1), &Value::Null));
    server.close().await;
}

#[rstest]
#[case(json!({"away_release_s": -1}), "/away_release_s")]
#[case(json!({"away_release_s": 604_801}), "/away_release_s")]
#[case(json!({"shift_end_release_s": "soon"}), "/shift_end_release_s")]
#[tokio::test]
async fn what_is_no_time_is_refused(#[case] edit: Value, #[case] place: &str) {
    let server = server(0).await;
    let refused = server.patch("/api/v1/sources/1", &edit).await;
    assert_eq!(refused.is_problem(422, "invalid-fields"), [place]);
    let set = json!({"name": "Site", "away_release_s": 600, "shift_end_release_s": 900});
    let made = server.post("/api/v1/sources", &set).await.expect(StatusCode::CREATED);
    assert_eq!((&made["away_release_s"], &made["shift_end_release_s"]), (&json!(600), &json!(900)));
    let none = json!({"away_release_s": null, "shift_end_release_s": null});
    let none = server.patch("/api/v1/sources/2", &none).await.expect(StatusCode::OK);
    assert_eq!((&none["away_release_s"], &none["shift_end_release_s"]), (&Value::Null, &Value::Null));
    server.close().await;
}
