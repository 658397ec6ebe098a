//! Hours of sources: `calendar_id` of `/api/v1/sources`, and what is said of contacts that wait for an opening.

use crate::test_server::TestServer;
use axum::http::{Method, StatusCode};
use maitred_core::Timestamp;
use maitred_store::clock::{now, rfc3339};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3_600 * 1_000_000;

/// The date of so many days from now, in UTC.
fn date(days: i64) -> String {
    rfc3339(Timestamp(now().0 + days * DAY))[..10].to_owned()
}

/// Open on the day after tomorrow alone, from 10 to 12.
fn later() -> Value {
    let only = json!([{"date": date(2), "kind": "only", "intervals": [["10:00", "12:00"]]}]);
    json!({"name": "Later", "zone": "UTC", "exceptions": only})
}

fn always() -> Value {
    let days: Vec<Value> = (0..7).map(|day| json!({"day": day, "intervals": [["00:00", "24:00"]]})).collect();
    json!({"name": "Always", "zone": "UTC", "days": days})
}

/// A source with Anna, who has room for five contacts, and a calendar.
async fn server(calendar: &Value) -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    server.source("Bot", &[(anna, 1)]).await;
    server.post("/api/v1/calendars", calendar).await.expect(StatusCode::CREATED);
    server
}

async fn close(server: &TestServer) -> Value {
    server.patch("/api/v1/sources/1", &json!({"calendar_id": 1})).await.expect(StatusCode::OK)
}

#[tokio::test]
async fn a_contact_of_a_closed_source_waits_and_the_answer_says_until_when() {
    let server = server(&later()).await;
    let source = close(&server).await;
    assert_eq!(source["calendar_id"], 1);
    assert!(source["hours_known_until"].as_str().expect("a time") > rfc3339(now()).as_str());
    let opens_at = format!("{}T10:00:00Z", date(2));
    let made = server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_phone": "+79991234567"})).await;
    let made = made.expect(StatusCode::CREATED);
    assert_eq!((&made["status"], &made["operator_id"]), (&json!("waiting"), &Value::Null));
    assert_eq!(made["opens_at"], json!(opens_at));
    assert_eq!(server.show("/api/v1/contacts/1").await["opens_at"], json!(opens_at));
    let decision = &server.show("/api/v1/contacts/1/decisions").await[0];
    assert_eq!((&decision["cause"], &decision["opens_at"]), (&json!("source_closed"), &json!(opens_at)));
    assert_eq!((&decision["replay_matches"], &decision["operator_id"]), (&json!(true), &Value::Null));
    let preview = server.post("/api/v1/sources/1/preview", &Value::Null).await.expect(StatusCode::OK);
    assert_eq!((&preview["would_wait"], &preview["is_closed"]), (&json!(true), &json!(true)));
    assert_eq!((&preview["opens_at"], &preview["candidates"][0]["chance"]), (&json!(opens_at), &json!(0.0)));
    let reasons = server.show("/api/v1/operators/1/availability?source_id=1").await;
    assert_eq!(reasons["reasons"], json!([{"reason": "source_closed", "until": opens_at}]));
    let reasons = server.show("/api/v1/operators/1/availability?contact_id=1").await;
    assert_eq!(reasons["reasons"], json!([{"reason": "source_closed", "until": opens_at}]));
    let open = format!("{}T10:01:00Z", date(2));
    let reasons = server.show(&format!("/api/v1/operators/1/availability?source_id=1&at={open}")).await;
    assert_eq!(reasons["reasons"], json!([]));
    let beyond = rfc3339(Timestamp(now().0 + 40 * DAY));
    let reasons = server.show(&format!("/api/v1/operators/1/availability?source_id=1&at={beyond}")).await;
    assert_eq!(reasons["reasons"], json!([{"reason": "source_hours_unknown", "until": null}]));
    server.close().await;
}

#[tokio::test]
async fn what_waits_is_given_away_when_the_calendar_says_that_it_is_open() {
    let server = server(&later()).await;
    close(&server).await;
    server.contact(1, "a").await;
    server.put("/api/v1/calendars/1", &always()).await.expect(StatusCode::OK);
    let given = server.show("/api/v1/contacts/1").await;
    assert_eq!((&given["status"], &given["opens_at"]), (&json!("assigned"), &Value::Null), "before the answer came");
    server.put("/api/v1/calendars/1", &later()).await.expect(StatusCode::OK);
    server.contact(1, "b").await;
    assert_eq!(server.show("/api/v1/contacts/2").await["status"], "waiting");
    server.patch("/api/v1/sources/1", &json!({"calendar_id": null})).await.expect(StatusCode::OK);
    assert_eq!(server.show("/api/v1/contacts/2").await["status"], "assigned");
    let events = server.show("/api/v1/events").await;
    let kinds: Vec<_> = events.as_array().expect("a list").iter().filter_map(|it| it["kind"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "source_hours_set").count(), 4, "{kinds:?}");
    server.close().await;
}

#[tokio::test]
async fn a_contact_that_waits_for_an_opening_can_be_given_by_hand() {
    let server = server(&later()).await;
    close(&server).await;
    server.contact(1, "a").await;
    let given = server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": 1})).await.expect(StatusCode::OK);
    assert_eq!(given["status"], "assigned");
    server.close().await;
}

#[tokio::test]
async fn a_source_is_created_with_a_calendar_and_an_unknown_one_is_named() {
    let server = server(&later()).await;
    let site = server.post("/api/v1/sources", &json!({"name": "Site", "calendar_id": 1})).await;
    assert_eq!(site.expect(StatusCode::CREATED)["calendar_id"], 1);
    let made = server.post("/api/v1/contacts", &json!({"source_id": 2})).await.expect(StatusCode::CREATED);
    assert_eq!(made["opens_at"], json!(format!("{}T10:00:00Z", date(2))));
    let unknown = server.post("/api/v1/sources", &json!({"name": "Form", "calendar_id": 9})).await;
    assert_eq!(unknown.is_problem(404, "unknown-reference"), ["/calendar_id"]);
    let unknown = server.patch("/api/v1/sources/1", &json!({"calendar_id": 9, "name": "X"})).await;
    assert_eq!(unknown.is_problem(404, "unknown-reference"), ["/calendar_id"]);
    assert_eq!(server.show("/api/v1/sources/1").await["name"], "Bot", "nothing is half done");
    server.patch("/api/v1/sources/9", &json!({"calendar_id": 1})).await.is_problem(404, "unknown-id");
    server.patch("/api/v1/sources/1", &json!({"calendar_id": "soon"})).await.is_problem(422, "invalid-fields");
    server.close().await;
}

#[tokio::test]
async fn a_calendar_by_which_a_source_is_open_cannot_be_deleted() {
    let server = server(&later()).await;
    close(&server).await;
    let refused = server.delete("/api/v1/calendars/1").await;
    refused.is_problem(409, "calendar-in-use");
    assert!(refused.json["detail"].as_str().is_some_and(|it| it.contains("sources, such as 1")), "{}", refused.text);
    for path in ["/api/v1/sources/1", "/api/v1/calendars/1"] {
        assert_eq!(server.delete(path).await.status, StatusCode::NO_CONTENT);
    }
    server.close().await;
}

#[tokio::test]
async fn an_answer_that_said_when_a_source_opens_is_given_again_word_for_word() {
    let server = server(&later()).await;
    close(&server).await;
    let contact = json!({"source_id": 1, "message": "Hello", "source_event_id": "7"});
    let first = server.post("/api/v1/contacts", &contact).await.expect(StatusCode::CREATED);
    assert!(first["opens_at"].is_string());
    server.put("/api/v1/calendars/1", &always()).await.expect(StatusCode::OK);
    let again = server.post("/api/v1/contacts", &contact).await.expect(StatusCode::CREATED);
    assert_eq!(first, again);
    let site = json!({"name": "Site", "calendar_id": 1});
    let made = server.once("one", "/api/v1/sources", &site).await.expect(StatusCode::CREATED);
    server.patch("/api/v1/sources/2", &json!({"calendar_id": null})).await.expect(StatusCode::OK);
    server.patch("/api/v1/sources/1", &json!({"calendar_id": null})).await.expect(StatusCode::OK);
    assert_eq!(server.delete("/api/v1/calendars/1").await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.once("one", "/api/v1/sources", &site).await.expect(StatusCode::CREATED), made);
    server.close().await;
}

#[tokio::test]
async fn a_contact_that_rests_on_a_closed_source_says_when_that_opens() {
    let server = server(&later()).await;
    let offers = json!({"accept_within_s": 600, "retry_after_s": 3_600});
    server.patch("/api/v1/sources/1", &offers).await.expect(StatusCode::OK);
    server.contact(1, "a").await;
    server.post("/api/v1/contacts/1/decline", &json!({})).await.expect(StatusCode::OK);
    let resting = server.show("/api/v1/contacts/1").await;
    assert!(resting["retry_at"].is_string() && resting["opens_at"].is_null(), "{resting}");
    let decided = async || server.show("/api/v1/contacts/1/trace").await["steps"][2]["says"].clone();
    assert_eq!(decided().await, "Nobody could take it, so it waits.");
    close(&server).await;
    let opens_at = format!("{}T10:00:00Z", date(2));
    let resting = server.show("/api/v1/contacts/1").await;
    assert!(resting["retry_at"].is_string(), "{resting}");
    assert_eq!(resting["opens_at"], json!(opens_at), "who was not asked would get it, if it were open");
    assert_eq!(decided().await, "Its source is closed, or has reached a limit, so it waits.");
    let page = server.browse("", Method::GET, "/contacts/1", None).await.text;
    assert!(page.contains("The source is closed until") && page.contains("everybody again at"), "both reasons");
    let scheduled = json!({"not_before": rfc3339(Timestamp(now().0 + DAY))});
    server.patch("/api/v1/contacts/1", &scheduled).await.expect(StatusCode::OK);
    assert!(server.show("/api/v1/contacts/1").await["opens_at"].is_null(), "it waits for its time first");
    server.close().await;
}
