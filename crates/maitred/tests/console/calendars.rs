//! Calendars: written, checked, given to an operator, and what the board says then.

use crate::browser::{USUAL, browse};
use crate::server::Server;
use serde_json::json;

#[test]
fn a_calendar_is_written_checked_and_given_to_an_operator() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/operators")).await;
        browser.click("[href='/calendars']").await;
        browser.click("[href='/calendars/new']").await;
        browser.type_in("#f-name", "Days").await;
        browser.type_in("#f-zone", "Europe/Berlni").await;
        browser.type_in("#f-day-0", "9-13, 14:00–18:00").await;
        browser.click(".is-primary").await;
        browser.says("#e-zone", "Did you mean Europe/Berlin?").await;
        browser.type_in("#f-zone", "Europe/Berlin").await;
        browser.type_in("#f-day-1", "18:00–18:00").await;
        browser.click(".is-primary").await;
        browser.says("#e-day-1", "Let it end after it begins").await;
        browser.type_in("#f-day-1", "09:00–18:00").await;
        browser.click("[name=check]").await;
        browser.says("#weeks", "44:00").await;
        browser.click(".is-primary").await;
        browser.says("#calendars", "Europe/Berlin").await;
        let stored = server.get("/api/v1/calendars/1");
        assert_eq!(stored["days"][0]["intervals"], json!([["09:00", "13:00"], ["14:00", "18:00"]]));

        browser.open(&server.url("/operators/1")).await;
        browser.type_in("#f-leave", "2020-01-01 – 2099-12-31").await;
        browser.click(".is-primary").await;
        browser.says("#e-calendar_id", "Choose a calendar first").await;
        browser.run("document.querySelector('#f-calendar_id').value = '1'").await;
        browser.click(".is-primary").await;
        browser.says("#operator-1", "on leave").await;
        assert_eq!(server.get("/api/v1/operators/1")["calendar_id"], 1);

        browser.open(&server.url("/desk/1")).await;
        browser.says(".desk-state", "You get no new contacts now: on leave.").await;
        server.patch("/api/v1/operators/2", &json!({"is_active": false}));
        server.contact("+7 999 123 45 67");
        browser.open(&server.url("/contacts/1")).await;
        browser.click("#f-operator_id [value='1']").await;
        browser.click("form[action$='/transfer'] button").await;
        browser.says("main", "Anna gets no new contacts now: on leave.").await;

        browser.open(&server.url("/calendars/1")).await;
        browser.says("#users", "Anna").await;
        browser.click("#delete").await;
        browser.click("#confirm").await;
        browser.says(".notice", "Operators work by this calendar").await;
    });
}

#[test]
fn days_that_the_form_has_no_field_for_stay() {
    let server = Server::furnished();
    let day = |day: i64| json!({"day": day, "intervals": [["09:00", "18:00"]]});
    let long =
        json!({"name": "Long", "zone": "UTC", "cycle_days": 40, "anchor": "2026-11-02", "days": [day(0), day(39)]});
    server.post("/api/v1/calendars", &long);
    browse(USUAL, async |browser| {
        browser.open(&server.url("/calendars/1")).await;
        browser.says("main", "Days after day 31 stay as they are").await;
        browser.type_in("#f-name", "Longer").await;
        browser.type_in("#f-day-1", "10-12").await;
        browser.click(".is-primary").await;
        browser.says("#calendars", "Longer").await;
    });
    let days = &server.get("/api/v1/calendars/1")["days"];
    assert_eq!((days[1]["day"].as_i64(), &days[2]), (Some(1), &day(39)));
}
