//! The pictures of the README: the demo, with its few seconds drawn out to the hour that a board shows. With
//! `SCREENSHOTS=folder` they are written there as `front-*`. That a board knows the hour before a start is tested by
//! the way.

use crate::browser::{Browser, USUAL, browse};
use crate::pages::{keep, show};
use crate::server::Server;
use rusqlite::{Connection, params};
use serde_json::json;
use std::path::Path;

/// Like a window on a common screen.
const WINDOW: (u32, u32) = (1280, 800);
const LAST_MINUTES: i64 = 57;
const MICROS: i64 = 60_000_000;

#[test]
fn the_pages_of_the_front_have_an_hour_behind_them() {
    let mut server = Server::start();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.click(".demo button").await;
        // In parts, for a slow disk takes longer than a page may.
        for part in [200, 400, 600, 800, 1_000] {
            let shown = "document.querySelector('#chart .legend strong')?.textContent.replace(/\\D/g, '')";
            browser.until(&format!("return +{shown} >= {part}")).await;
        }
        server.stop();
        draw_out(&server.database());
        server.start_again();
        resolve_some(&server);
        let drawn = drawn_contact(&server);
        for lang in ["en", "ru"] {
            show(browser, &server.url(&format!("/?lang={lang}")), "light", WINDOW).await;
            let bars = browser.run("return document.querySelectorAll('.arrived').length").await;
            assert!(bars.as_i64() > Some(30), "{bars} minutes have bars");
            watch(browser, &server, lang).await;
            keep(browser, &format!("front-board-{lang}")).await;
            show(browser, &server.url(&format!("/contacts/{drawn}/decisions/0?lang={lang}")), "light", WINDOW).await;
            browser.says(".verdict", if lang == "en" { "Replay matches" } else { "Пересчёт сходится" }).await;
            keep(browser, &format!("front-decision-{lang}")).await;
        }
    });
}

/// Moves all times so that they fill the last hour, more of them in its middle than at its ends.
fn draw_out(database: &Path) {
    let db = Connection::open(database).expect("a database");
    let bound = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a time");
    let (first, last) = (bound("SELECT min(created_at) FROM operators"), bound("SELECT max(at) FROM events"));
    let columns = [
        ("operators", &["created_at", "updated_at", "last_assigned_at"][..]),
        ("sources", &["created_at", "updated_at"]),
        ("leads", &["created_at", "updated_at"]),
        ("contacts", &["created_at", "assigned_at", "resolved_at", "updated_at"]),
        ("events", &["at"]),
    ];
    for (table, column) in columns.iter().flat_map(|(table, all)| all.iter().map(move |column| (table, column))) {
        let part = format!("(({column} - ?1) * 1.0 / (?2 - ?1))");
        let place = format!("({part} + 1.2 * {part} * (1 - {part}) * (0.5 - {part}))");
        let sql = format!("UPDATE {table} SET {column} = ?2 - CAST((1 - {place}) * ?3 AS INTEGER)");
        db.execute(&sql, params![first, last, LAST_MINUTES * MICROS]).expect("times can be moved");
    }
}

/// Gives some room again, for at its end the demo has none: to those who do not serve the line at which people wait.
fn resolve_some(server: &Server) {
    for operator in [1, 2, 3, 4, 5, 9, 12] {
        let held = server.get(&format!("/api/v1/contacts?status=assigned&operator_id={operator}"));
        for contact in held.as_array().expect("a list").iter().step_by(2 + operator % 3) {
            server.post(&format!("/api/v1/contacts/{}/resolve", contact["id"]), &json!({}));
        }
    }
}

/// A contact whose draw had to leave somebody out.
fn drawn_contact(server: &Server) -> i64 {
    let contacts = server.get("/api/v1/contacts?source_id=1&limit=200");
    let ids = contacts.as_array().expect("a list").iter().map(|contact| contact["id"].as_i64().expect("an id"));
    let is_telling = |id: &i64| {
        let decision = &server.get(&format!("/api/v1/contacts/{id}/decisions"))[0];
        let candidates = decision["candidates"].as_array().expect("a list").iter();
        let out = candidates.filter(|candidate| candidate["ineligibility"].is_string()).count();
        decision["draw"].is_object() && out == 1
    };
    ids.into_iter().find(is_telling).expect("there is such a draw")
}

/// A few contacts arrive while the board is open, so that it tells what taking them in took.
async fn watch(browser: &Browser, server: &Server, lang: &str) {
    for n in 0..4 {
        let body = json!({"source_id": 2 + n % 4, "lead_phone": format!("+7 900 {}23 46 {n:02}", lang.len())});
        server.post("/api/v1/contacts", &body);
    }
    let unit = if lang == "en" { "ms" } else { "мс" };
    let told = "[...document.querySelectorAll('.stream-how:not(.has-waited)')]";
    browser.until(&format!("return {told}.some((how) => how.textContent.endsWith('{unit}'))")).await;
}
