//! `/api/v1/calendars`, and operators who work by them.

use crate::test_server::TestServer;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use maitred_core::Timestamp;
use maitred_store::clock::{now, rfc3339};
use rstest::rstest;
use serde_json::{Value, json};

/// Open at no time: a week without hours.
fn never() -> Value {
    json!({"name": "Never", "zone": "UTC"})
}

fn always() -> Value {
    let days: Vec<Value> = (0..7).map(|day| json!({"day": day, "intervals": [["00:00", "24:00"]]})).collect();
    json!({"name": "Always", "zone": "Europe/Berlin", "days": days})
}

/// A source with Anna, who has room for five contacts.
async fn server() -> TestServer {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    server.source("Bot", &[(anna, 1)]).await;
    server
}

async fn add(server: &TestServer, calendar: &Value) -> Value {
    server.post("/api/v1/calendars", calendar).await.expect(StatusCode::CREATED)
}

async fn reasons(server: &TestServer, query: &str) -> Vec<String> {
    let found = server.show(&format!("/api/v1/operators/1/availability{query}")).await;
    let reasons = found["reasons"].as_array().expect("a list");
    reasons.iter().map(|it| it["reason"].as_str().expect("a word").to_owned()).collect()
}

#[tokio::test]
async fn a_calendar_is_added_shown_replaced_and_deleted() {
    let server = server().await;
    let made = add(&server, &always()).await;
    assert_eq!((&made["id"], &made["version"], &made["cycle_days"]), (&json!(1), &json!(1), &json!(7)));
    let shown = server.show("/api/v1/calendars/1").await;
    assert_eq!(shown, made);
    // What was shown can be sent back.
    let same = server.put("/api/v1/calendars/1", &shown).await.expect(StatusCode::OK);
    assert_eq!(same["version"], 1);
    let other = server.put("/api/v1/calendars/1", &never()).await.expect(StatusCode::OK);
    assert_eq!((&other["name"], &other["version"], &other["days"]), (&json!("Never"), &json!(2), &json!([])));
    assert_eq!(server.show("/api/v1/calendars").await.as_array().map(Vec::len), Some(1));
    assert_eq!(server.delete("/api/v1/calendars/1").await.status, StatusCode::NO_CONTENT);
    server.get("/api/v1/calendars/1").await.is_problem(404, "unknown-id");
    server.put("/api/v1/calendars/1", &never()).await.is_problem(404, "unknown-id");
    server.delete("/api/v1/calendars/1").await.is_problem(404, "unknown-id");
    server.close().await;
}

#[tokio::test]
async fn the_intervals_of_a_calendar_are_those_of_its_zone() {
    let server = server().await;
    let nights =
        json!({"name": "Nights", "zone": "Europe/Berlin", "days": [{"day": 5, "intervals": [["22:00", "06:00"]]}]});
    add(&server, &nights).await;
    let path = "/api/v1/calendars/1/intervals?from=2027-03-26T00:00:00Z&to=2027-03-30T00:00:00Z";
    // Clocks go forward in this night: it has 7 hours.
    let expected = json!([{"from": "2027-03-27T21:00:00Z", "until": "2027-03-28T04:00:00Z"}]);
    assert_eq!(server.show(path).await, expected);
    assert_eq!(server.show("/api/v1/calendars/1/intervals").await.as_array().map(Vec::len), Some(5));
    let backwards = "/api/v1/calendars/1/intervals?from=2027-03-30T00:00:00Z&to=2027-03-26T00:00:00Z";
    server.get(backwards).await.is_problem(422, "invalid-fields");
    server.get("/api/v1/calendars/1/intervals?to=2100-01-01T00:00:00Z").await.is_problem(422, "invalid-fields");
    server.get("/api/v1/calendars/9/intervals").await.is_problem(404, "unknown-id");
    server.close().await;
}

/// A calendar with one more field.
fn utc(field: &str, value: &Value) -> Value {
    json!({"name": "X", "zone": "UTC", (field): value})
}

#[rstest]
#[case(json!({"name": "X", "zone": "Europe/Berlni"}), "/zone")]
#[case(json!({"name": "X", "zone": "UTC", "cycle_days": 4}), "/anchor")]
#[case(utc("days", &json!([{"day": 0, "intervals": [["09:00", "09:00"]]}])), "/days/0/intervals/0")]
#[case(utc("days", &json!([{"day": 0, "intervals": [[9, 18]]}])), "/days")]
#[case(utc("days", &json!([{"day": 0, "intervals": [["09:00", "13:00", "18:00"]]}])), "/days")]
#[case(utc("holidays", &json!(["XX"])), "/holidays/0")]
#[case(utc("exceptions", &json!([{"date": "2027-02-30", "kind": "closed"}])), "/exceptions/0/date")]
#[case(utc("leave", &json!([{"from": "2027-02-10", "to": "2027-02-01"}])), "/leave/0")]
#[case(json!({"name": "X"}), "/zone")]
#[case(json!([]), "")]
#[tokio::test]
async fn what_is_wrong_with_a_calendar_is_named_with_its_place(#[case] body: Value, #[case] pointer: &str) {
    let server = TestServer::open().await;
    let answer = server.post("/api/v1/calendars", &body).await;
    let pointers = answer.is_problem(422, "invalid-fields");
    assert!(pointers.contains(&pointer), "{pointers:?}");
    server.close().await;
}

#[tokio::test]
async fn who_is_off_shift_gets_nothing_until_the_calendar_says_otherwise() {
    let server = server().await;
    add(&server, &never()).await;
    let anna = server.patch("/api/v1/operators/1", &json!({"calendar_id": 1, "name": "Anna M"})).await;
    let anna = anna.expect(StatusCode::OK);
    assert_eq!((&anna["calendar_id"], &anna["name"]), (&json!(1), &json!("Anna M")));
    assert!(anna["hours_known_until"].as_str().expect("a time") > rfc3339(now()).as_str());
    assert_eq!(reasons(&server, "?source_id=1").await, ["off_shift"]);
    server.contact(1, "a").await;
    assert_eq!(server.show("/api/v1/contacts/1").await["status"], "waiting");
    let refused = server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": 1})).await;
    refused.is_problem(409, "operator-inactive");
    server.put("/api/v1/calendars/1", &always()).await.expect(StatusCode::OK);
    assert_eq!(server.show("/api/v1/contacts/1").await["status"], "assigned", "before the answer came");
    assert_eq!(reasons(&server, "").await, Vec::<String>::new());
    let beyond = rfc3339(Timestamp(now().0 + 40 * 86_400_000_000));
    assert_eq!(reasons(&server, &format!("?at={beyond}")).await, ["hours_unknown"]);
    server.delete("/api/v1/calendars/1").await.is_problem(409, "calendar-in-use");
    server.patch("/api/v1/operators/1", &json!({"calendar_id": null})).await.expect(StatusCode::OK);
    assert_eq!(server.delete("/api/v1/calendars/1").await.status, StatusCode::NO_CONTENT);
    let gone = server.patch("/api/v1/operators/1", &json!({"calendar_id": 1, "name": "B"})).await;
    gone.is_problem(404, "unknown-reference");
    assert_eq!(server.show("/api/v1/operators/1").await["name"], "Anna M", "nothing is half done");
    server.close().await;
}

#[tokio::test]
async fn leave_goes_before_the_calendar() {
    let server = server().await;
    let times = json!({"leave": [{"from": "2020-01-01", "to": "2099-01-01"}]});
    server.put("/api/v1/operators/1/times", &times).await.is_problem(422, "invalid-fields");
    add(&server, &always()).await;
    server.patch("/api/v1/operators/1", &json!({"calendar_id": 1})).await.expect(StatusCode::OK);
    assert_eq!(reasons(&server, "").await, Vec::<String>::new());
    server.put("/api/v1/operators/1/times", &times).await.expect(StatusCode::OK);
    assert_eq!(reasons(&server, "").await, ["on_leave"]);
    let shown = server.show("/api/v1/operators/1/times").await;
    assert_eq!((&shown["leave"], &shown["exceptions"]), (&times["leave"], &json!([])));
    let wrong = json!({"leave": [{"from": "soon", "to": "later"}]});
    server.put("/api/v1/operators/1/times", &wrong).await.is_problem(422, "invalid-fields");
    server.put("/api/v1/operators/1/times", &json!({})).await.expect(StatusCode::OK);
    assert_eq!(reasons(&server, "").await, Vec::<String>::new());
    server.get("/api/v1/operators/9/times").await.is_problem(404, "unknown-id");
    server.close().await;
}

#[tokio::test]
async fn a_page_takes_closed_days_from_a_file_after_showing_them_and_gives_hours_as_one() {
    let server = server().await;
    add(&server, &always()).await;
    let day = date_in(5);
    let file = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{}\r\nSUMMARY:Outing <b>\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nDTSTART;TZID=Nowhere:20990101T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        day.replace('-', "")
    );
    let upload = async |file: &str| {
        let body = format!(
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.ics\"\r\n\r\n{file}\r\n--b--\r\n"
        );
        let request = Request::post("/calendars/1/import").header("content-type", "multipart/form-data; boundary=b");
        server.send(request.body(Body::from(body)).expect("a request")).await
    };
    let shown = upload(&file).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(shown.text.contains(&format!("<bdi>{day}</bdi> · <bdi>Outing &#60;b&#62;</bdi>")), "{}", shown.text);
    assert!(shown.text.contains(&format!("{day} closed")), "it is in the form");
    assert!(shown.text.contains("Line 7: Nowhere is not a time zone of the IANA database."), "{}", shown.text);
    assert_eq!(server.show("/api/v1/calendars/1").await["exceptions"], json!([]), "nothing is saved yet");
    for (file, what) in [("", "Choose a file."), ("hello", "it has no BEGIN:VCALENDAR")] {
        let refused = upload(file).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(what), "{}", refused.text);
    }
    let hours = server.get("/calendars/1/hours.ics").await;
    assert_eq!(hours.header("content-type"), "text/calendar; charset=utf-8");
    assert!(hours.text.starts_with("BEGIN:VCALENDAR\r\n") && hours.text.contains("DTSTART:"), "{}", hours.text);
    server.close().await;
}

/// The date of so many days from now, in UTC.
fn date_in(days: i64) -> String {
    rfc3339(Timestamp(now().0 + days * 86_400_000_000))[..10].to_owned()
}
