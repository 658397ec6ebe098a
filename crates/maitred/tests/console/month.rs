//! The month on the page of an operator: what each day has, and leave that is added by choosing days.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};

/// Anna works by a calendar with nights, a holiday and an exception; Boris by none.
fn server() -> Server {
    let server = Server::furnished();
    let mut days: Vec<Value> = (0..4).map(|day| json!({"day": day, "intervals": [["09:00", "18:00"]]})).collect();
    days.push(json!({"day": 4, "intervals": [["22:00", "06:00"]]}));
    let calendar = json!({"name": "Support", "zone": "Europe/Berlin", "days": days, "holidays": ["DE"],
        "exceptions": [{"date": "2026-12-24", "kind": "only", "intervals": [["09:00", "12:00"]]}]});
    server.post("/api/v1/calendars", &calendar);
    server.patch("/api/v1/operators/1", &json!({"calendar_id": 1}));
    let own = json!({"leave": [{"from": "2026-12-08", "to": "2026-12-08"}],
        "exceptions": [{"date": "2026-12-02", "kind": "plus", "intervals": [["19:00", "20:00"]]}]});
    server.put("/api/v1/operators/1/times", &own);
    server
}

async fn says(browser: &Browser, day: &str, text: &str) {
    browser.says(&format!("#day-2026-12-{day}"), text).await;
}

fn leave(server: &Server) -> Value {
    server.get("/api/v1/operators/1/times")["leave"].clone()
}

#[test]
fn a_month_shows_what_each_day_has() {
    let server = server();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/operators/1?month=2026-12")).await;
        browser.says("#month-title", "December 2026").await;
        says(browser, "01", "09:00–18:00").await;
        says(browser, "02", "19:00–20:00").await;
        says(browser, "02", "extra hours").await;
        says(browser, "04", "22:00–24:00").await;
        says(browser, "05", "00:00–06:00").await;
        says(browser, "08", "leave").await;
        assert!(!browser.text("#day-2026-12-08").await.contains("09:00"), "leave is cut out");
        says(browser, "24", "09:00–12:00").await;
        says(browser, "24", "exception").await;
        says(browser, "25", "holiday").await;
        assert_eq!(browser.barriers().await, Vec::<String>::new());
        browser.click("#month [rel=next]").await;
        browser.says("#month-title", "January 2027").await;
        browser.says("#day-2027-01-01", "holiday").await;
        browser.click("#month [rel=prev]").await;
        browser.click("#month [rel=prev]").await;
        browser.says("#month-title", "November 2026").await;
        browser.open(&server.url("/operators/1?month=9999-99")).await;
        browser.find("#month [aria-current=date]").await;
        browser.open(&server.url("/operators/2")).await;
        assert_eq!(browser.run("return document.getElementById('month')").await, Value::Null);
    });
}

#[test]
fn leave_is_added_by_two_clicks_and_the_page_follows_what_others_do() {
    let server = server();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/operators/1?month=2026-12&lang=ru")).await;
        browser.says("#month-title", "Декабрь 2026").await;
        browser.says("#link-state", "Онлайн").await;
        browser.click("#day-2026-12-14 a").await;
        browser.click("#day-2026-12-16 a").await;
        let typed = "return ['from', 'to'].map((name) => document.getElementById('leave-form').elements[name].value)";
        assert_eq!(browser.run(typed).await, json!(["2026-12-14", "2026-12-16"]));
        let picked = "return [...document.querySelectorAll('.is-picked')].map((day) => day.id)";
        let days = json!(["day-2026-12-14", "day-2026-12-15", "day-2026-12-16"]);
        assert_eq!(browser.run(picked).await, days);
        browser.says("#picked-days", "2026-12-14 – 2026-12-16").await;
        // What somebody else changes appears, and what was typed stays.
        browser.type_in("#f-name", "Anna Maria").await;
        let own = json!({"leave": [{"from": "2026-12-10", "to": "2026-12-10"}], "exceptions": []});
        server.put("/api/v1/operators/1/times", &own);
        says(browser, "10", "отпуск").await;
        assert_eq!(browser.run("return document.querySelector('#f-name').value").await, "Anna Maria");
        assert_eq!(browser.run(typed).await, json!(["2026-12-14", "2026-12-16"]));
        assert_eq!(browser.run(picked).await, days, "what was chosen is shown after an update too");
        browser.click("#leave-form button").await;
        says(browser, "15", "отпуск").await;
        assert_eq!(browser.run("return location.search").await, "?month=2026-12");
    });
    let day = |from: &str, to: &str| json!({"from": from, "to": to});
    assert_eq!(leave(&server), json!([day("2026-12-10", "2026-12-10"), day("2026-12-14", "2026-12-16")]));
}

#[test]
fn without_a_script_days_are_links_and_wrong_days_are_told_at_their_fields() {
    let server = server();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.client.set_window_size(360, 800).await.expect("a window has a size");
        browser.open(&server.url("/operators/1?month=2026-12")).await;
        browser.click("#day-2026-12-14 a").await;
        browser.find("#day-2026-12-14.is-picked").await;
        browser.click("#day-2026-12-15 a").await;
        browser.find("#day-2026-12-15.is-picked").await;
        browser.click("#leave-form button").await;
        says(browser, "15", "leave").await;
        browser.open(&server.url("/operators/1?month=2026-12&from=2026-12-20&to=2026-12-19")).await;
        browser.click("#leave-form button").await;
        browser.says("#e-to", "This ends before it begins").await;
        browser.says("#month-title", "December 2026").await;
        browser.open(&server.url("/operators/1?month=2026-12")).await;
        browser.click("#leave-form button").await;
        browser.says("#e-from", "Enter a date").await;
    });
    assert_eq!(leave(&server)[1], json!({"from": "2026-12-14", "to": "2026-12-15"}));
}
