//! The pictures of the README: the demo. With `SCREENSHOTS=folder` they are written there as `front-*`. That a board
//! knows the hour before a start is tested by the way.

use crate::browser::{Browser, USUAL, browse};
use crate::demo::until_loaded;
use crate::pages::{keep, show};
use crate::server::Server;
use serde_json::json;

/// Like a window on a common screen.
const WINDOW: (u32, u32) = (1280, 800);

#[test]
fn the_pages_of_the_front_have_an_hour_behind_them() {
    let mut server = Server::start();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.click(".demo button").await;
        until_loaded(browser, &server).await;
        server.stop();
        server.start_again();
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

/// A contact whose draw had to leave somebody out.
fn drawn_contact(server: &Server) -> i64 {
    let contacts = server.get("/api/v1/contacts?source_id=1&limit=100");
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
