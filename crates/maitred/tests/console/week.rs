//! The grid of a calendar: hours drawn, moved and resized with a mouse, by touch and from the keyboard, and the fields
//! that say the same and are what is sent.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction, TouchActions};
use fantoccini::key::Key;
use serde_json::{Value, json};

/// A day and a minute of it.
type Place = (usize, u32);

/// Where a place of the grid is on the screen.
async fn point(browser: &Browser, (day, minute): Place) -> (f64, f64) {
    let script = format!(
        "const box = document.querySelectorAll('.week-day')[{day}].getBoundingClientRect(); \
         return [box.left + box.width / 2, box.top + box.height * {minute} / 1440]"
    );
    let at = browser.run(&script).await;
    (at[0].as_f64().expect("a number").round(), at[1].as_f64().expect("a number").round())
}

async fn actions(browser: &Browser, places: &[Place]) -> Vec<PointerAction> {
    browser.run("document.querySelector('.week-grid').scrollIntoView({block: 'center', behavior: 'instant'})").await;
    let mut moves = Vec::new();
    for place in places {
        let (x, y) = point(browser, *place).await;
        moves.push(PointerAction::MoveTo { duration: None, x, y });
    }
    moves.insert(1, PointerAction::Down { button: MOUSE_BUTTON_LEFT });
    moves.push(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    moves
}

/// Presses at the first place, moves over the others, and lets go at the last.
async fn drag(browser: &Browser, places: &[Place]) {
    let mouse = actions(browser, places).await.into_iter();
    let mouse = mouse.fold(MouseActions::new("mouse".to_owned()), |mouse, action| mouse.then(action));
    browser.client.perform_actions(mouse).await.expect("a mouse moves");
}

async fn touch(browser: &Browser, places: &[Place]) {
    let finger = actions(browser, places).await.into_iter();
    let finger = finger.fold(TouchActions::new("finger".to_owned()), |finger, action| finger.then(action));
    browser.client.perform_actions(finger).await.expect("a finger moves");
}

/// What the fields say.
async fn fields(browser: &Browser) -> Value {
    browser.run("return [...document.querySelectorAll('[name^=day-]')].map((field) => field.value)").await
}

async fn press(browser: &Browser, keys: &[Key]) {
    let focused = browser.client.active_element().await.expect("something has the focus");
    let keys: String = keys.iter().map(|key| &**key).collect();
    focused.send_keys(&keys).await.expect("keys are pressed");
}

/// A calendar without hours, open for editing.
async fn open_empty(browser: &Browser, server: &Server) {
    server.post("/api/v1/calendars", &json!({"name": "Days", "zone": "Europe/Berlin", "days": []}));
    browser.open(&server.url("/calendars/1")).await;
    browser.find("#week:not([hidden])").await;
}

const fn at(hour: u32, minute: u32) -> u32 {
    hour * 60 + minute
}

#[test]
fn hours_are_drawn_moved_resized_and_removed_with_a_mouse() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        open_empty(browser, &server).await;
        browser.says(".week-total", "0 h a week").await;
        // Not quite on the quarter of an hour.
        drag(browser, &[(0, at(9, 5)), (0, at(12, 0)), (0, at(13, 4))]).await;
        assert_eq!(fields(browser).await[0], "09:00–13:00");
        browser.says(".week-total", "4 h a week").await;
        browser.says(".week-said", "Monday, 09:00–13:00").await;
        drag(browser, &[(0, at(18, 5)), (0, at(14, 0))]).await;
        assert_eq!(fields(browser).await[0], "09:00–13:00, 14:00–18:15");
        // An edge stops at what is there already; the block is moved to another day.
        drag(browser, &[(0, at(12, 55)), (0, at(16, 0))]).await;
        assert_eq!(fields(browser).await[0], "09:00–14:00, 14:00–18:15");
        drag(browser, &[(0, at(14, 5)), (0, at(15, 0))]).await;
        drag(browser, &[(0, at(18, 10)), (0, at(17, 30))]).await;
        assert_eq!(fields(browser).await[0], "09:00–14:00, 15:00–17:30");
        drag(browser, &[(0, at(16, 0)), (2, at(17, 0))]).await;
        assert_eq!(fields(browser).await, json!(["09:00–14:00", "", "16:00–18:30", "", "", "", ""]));
        drag(browser, &[(0, at(11, 0)), (2, at(17, 0))]).await;
        assert_eq!(fields(browser).await[2], "16:00–18:30", "they would overlap");
        browser.click(".week-remove").await;
        browser.says(".week-said", "Removed:").await;
        browser.says(".week-total", "2 h 30 min a week").await;
        browser.click("main .is-primary").await;
        browser.says("#calendars", "Europe/Berlin").await;
    });
    let days = server.get("/api/v1/calendars/1")["days"].clone();
    assert_eq!(days, json!([{"day": 2, "intervals": [["16:00", "18:30"]]}]));
}

#[test]
fn a_night_is_shown_on_both_days_and_changed_on_either() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        open_empty(browser, &server).await;
        drag(browser, &[(6, at(21, 5)), (6, at(23, 45))]).await;
        assert_eq!(fields(browser).await[6], "21:00–23:45");
        browser.type_in("#f-day-6", "22-6").await;
        browser.says(".week-day:nth-of-type(2) [aria-hidden]", "–06:00").await;
        browser.says(".week-total", "8 h a week").await;
        drag(browser, &[(0, at(5, 55)), (0, at(7, 0))]).await;
        assert_eq!(fields(browser).await[6], "22:00–07:00");
        drag(browser, &[(0, at(3, 0)), (1, at(3, 0))]).await;
        assert_eq!(fields(browser).await, json!(["22:00–07:00", "", "", "", "", "", ""]));
        drag(browser, &[(3, at(20, 5)), (3, at(23, 0)), (4, at(4, 0))]).await;
        assert_eq!(fields(browser).await[3], "20:00–04:00");
        // What cannot be read is left as it is, and said.
        browser.type_in("#f-day-5", "soon").await;
        browser.find(".week-day[data-unclear]").await;
        drag(browser, &[(5, at(9, 0)), (5, at(12, 0))]).await;
        assert_eq!(fields(browser).await[5], "soon");
        browser.click(".week-head[data-add='5']").await;
        browser.says(".week-said", "The field of this day cannot be read").await;
    });
}

#[test]
fn hours_are_added_moved_and_removed_from_the_keyboard() {
    let server = Server::furnished();
    let days = json!([{"day": 0, "intervals": [["08:00", "20:00"]]}]);
    let cycle = json!({"name": "2/2", "zone": "UTC", "cycle_days": 4, "anchor": "2026-12-01", "days": days});
    server.post("/api/v1/calendars", &cycle);
    browse(USUAL, async |browser| {
        browser.open(&server.url("/calendars/1")).await;
        browser.says(".week-total", "12 h in 4 days").await;
        browser.run("document.querySelector('.week-head[data-add=\"3\"]').focus()").await;
        press(browser, &[Key::Enter]).await;
        assert_eq!(fields(browser).await, json!(["08:00–20:00", "", "", "09:00–10:00"]));
        press(browser, &[Key::Down, Key::Down]).await;
        browser.says(".week-said", "Day 4, 09:30–10:30").await;
        press(browser, &[Key::Shift, Key::Down]).await;
        assert_eq!(fields(browser).await[3], "09:30–10:45");
        press(browser, &[Key::Left]).await;
        assert_eq!(fields(browser).await, json!(["08:00–20:00", "", "09:30–10:45", ""]));
        // To the right of the last day is the first, where there is no room.
        press(browser, &[Key::Right, Key::Right]).await;
        assert_eq!(fields(browser).await, json!(["08:00–20:00", "", "", "09:30–10:45"]));
        assert_eq!(browser.barriers().await, Vec::<String>::new());
        press(browser, &[Key::Delete]).await;
        assert_eq!(fields(browser).await, json!(["08:00–20:00", "", "", ""]));
        browser.until("return document.activeElement.dataset.add === '3'").await;
    });
}

#[test]
fn on_a_phone_hours_are_added_by_a_tap_and_the_grid_alone_scrolls() {
    let server = Server::furnished();
    browse(Kind { lang: "ru-RU,ru", ..USUAL }, async |browser| {
        browser.client.set_window_size(360, 800).await.expect("a window has a size");
        open_empty(browser, &server).await;
        touch(browser, &[(1, at(10, 20))]).await;
        assert_eq!(fields(browser).await[1], "10:00–11:00");
        touch(browser, &[(1, at(10, 30)), (1, at(12, 0)), (1, at(15, 30))]).await;
        assert_eq!(fields(browser).await[1], "15:00–16:00");
        browser.says(".week-said", "Вторник, 15:00–16:00").await;
        browser.says(".week-total", "1 ч в неделю").await;
        let wide = "const grid = document.querySelector('.week-grid'); const page = document.documentElement; \
                    return [grid.scrollWidth > grid.clientWidth, page.scrollWidth > page.clientWidth]";
        assert_eq!(browser.run(wide).await, json!([true, false]));
        browser.click(".week-remove").await;
        assert_eq!(fields(browser).await[1], "");
    });
}

#[test]
fn long_cycles_are_typed_and_so_is_everything_without_a_script() {
    let server = Server::furnished();
    let long = json!({"name": "Long", "zone": "UTC", "cycle_days": 15, "anchor": "2026-11-02", "days": []});
    server.post("/api/v1/calendars", &long);
    browse(USUAL, async |browser| {
        browser.open(&server.url("/calendars/1")).await;
        browser.find("#f-day-14").await;
        assert_eq!(browser.run("return document.getElementById('week')").await, Value::Null);
    });
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/calendars/new")).await;
        assert_eq!(browser.run("return document.getElementById('week').checkVisibility()").await, false);
        browser.type_in("#f-name", "Days").await;
        browser.type_in("#f-zone", "UTC").await;
        browser.type_in("#f-day-0", "9-13").await;
        browser.click("main .is-primary").await;
        browser.says("#calendars", "Days").await;
    });
    assert_eq!(server.get("/api/v1/calendars/2")["days"][0]["intervals"], json!([["09:00", "13:00"]]));
}
