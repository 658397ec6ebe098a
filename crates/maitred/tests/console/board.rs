//! The board, `/`: what it shows is what the API says, without anybody loading it again.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::json;
use std::time::{Duration, Instant};

/// Within this an open board shows what happened.
const AT_ONCE: Duration = Duration::from_secs(1);

async fn open(browser: &Browser, server: &Server) {
    browser.open(&server.url("/")).await;
    browser.says("#link-state", "Live").await;
}

#[test]
fn a_contact_appears_on_an_open_board_within_a_second() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        browser.says("#stream", "No contacts have been assigned yet").await;
        let sent = Instant::now();
        let contact = server.contact("8 999 123-45-67");
        browser.says("#stream", "+7 999 ··· 67").await;
        assert!(sent.elapsed() < AT_ONCE, "it took {:?}", sent.elapsed());
        let operator = &contact["operator_id"];
        let name = server.get(&format!("/api/v1/operators/{operator}"))["name"].clone();
        browser.says("#stream li", name.as_str().expect("a name")).await;
        browser.says("#stream li .stream-how", "ms").await;
        browser.says(&format!("#operator-{operator} .load"), "1 of").await;
        // The browser is five hours east of Greenwich all year round, and the server has told the time in UTC.
        let shown = browser.text("#stream li time").await;
        let hours = browser.run("return new Date(document.querySelector('#stream li time').dateTime).getUTCHours()");
        let hours = (hours.await.as_u64().expect("an hour") + 5) % 24;
        assert!(shown.starts_with(&format!("{hours:02}:")), "{shown}");
    });
}

#[test]
fn who_waits_is_shown_and_an_operator_is_switched_by_a_click() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        browser.run("document.body.dataset.here = 'still'").await;
        browser.click("#operator-1 .switch").await;
        browser.says("#operator-1", "paused").await;
        assert_eq!(server.get("/api/v1/operators/1")["is_active"], false);
        (0..5).for_each(|n| _ = server.contact(&format!("+7 999 000 00 0{n}")));
        browser.says("#operator-2", "full").await;
        browser.says("#waiting .count", "2").await;
        browser.says("#queue-1 .age", " s").await;
        let waiting = &server.get("/api/v1/stats/waiting")[0];
        assert_eq!(waiting["waiting"], 2);
        browser.click("#operator-1 .switch").await;
        browser.says("#waiting", "Nobody is waiting").await;
        browser.says("#stream li .has-waited", "after").await;
        assert_eq!(server.get("/api/v1/operators/1")["current_load"], 2);
        assert_eq!(browser.run("return document.body.dataset.here").await, json!("still"), "it was loaded again");
        let focused = browser.run("return document.activeElement.closest('li')?.id").await;
        assert_eq!(focused, json!("operator-1"), "an update took the focus away");
    });
}

#[test]
fn a_board_says_since_when_it_is_stale_and_recovers() {
    let mut server = Server::furnished();
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        server.stop();
        browser.says("#link-state", "Offline since").await;
        server.start_again();
        server.contact("+7 999 555 44 33");
        browser.says("#link-state", "Live").await;
        browser.says("#stream", "+7 999 ··· 33").await;
    });
}

#[test]
fn a_board_on_a_wall_is_large_and_live_and_has_nothing_to_press() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.client.set_window_size(1920, 1080).await.expect("a window has a size");
        browser.open(&server.url("/?lang=en&wall=dark")).await;
        browser.says("#link-state", "Live").await;
        let pressed = "return [...document.querySelectorAll('a, button, input, select, summary, [tabindex]')] \
                       .filter((it) => it.checkVisibility() && !it.closest('[inert], .off-wall')) \
                       .map((it) => it.outerHTML)";
        assert_eq!(browser.run(pressed).await, json!([]));
        let size = "return parseFloat(getComputedStyle(document.querySelector('.total strong')).fontSize)";
        assert!(browser.run(size).await.as_f64().is_some_and(|px| px >= 80.0), "figures are read from far away");
        assert_eq!(browser.run("return document.documentElement.dataset.theme").await, json!("dark"));
        server.contact("8 999 123-45-67");
        browser.says("#stream", "+7 999 ··· 67").await;
        browser.click(".off-wall").await;
        browser.says("nav [aria-current=page]", "Board").await;
    });
}

#[test]
fn the_board_speaks_russian_to_those_who_do() {
    let server = Server::furnished();
    server.contact("+7 999 123 45 67");
    browse(Kind { lang: "ru-RU,ru", ..USUAL }, async |browser| {
        browser.open(&server.url("/")).await;
        browser.says("#link-state", "Онлайн").await;
        browser.says("#operators-title", "Операторы").await;
        browser.says("#totals", "из 2 операторов").await;
        browser.click(".preferences [name=lang]").await;
        browser.says("#operators-title", "Operators").await;
        browser.open(&server.url("/?lang=ru")).await;
        browser.says("#operators-title", "Операторы").await;
        browser.open(&server.url("/")).await;
        browser.says("#operators-title", "Операторы").await;
        server.contact("+7 999 123 45 68");
        browser.says("#chart .legend", "2").await;
        browser.says("#operators", "назад").await;
    });
}

#[test]
fn without_scripts_the_board_shows_and_switches_all_the_same() {
    let server = Server::furnished();
    server.contact("+7 999 123 45 67");
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/")).await;
        browser.says("main", "Without JavaScript").await;
        browser.says("#stream", "+7 999 ··· 67").await;
        browser.click("#operator-2 .switch").await;
        browser.says("#operator-2", "paused").await;
        assert_eq!(server.get("/api/v1/operators/2")["is_active"], false);
    });
}

#[test]
fn the_board_says_who_is_available_and_who_is_next() {
    let server = Server::furnished();
    let tomorrow = format!("{}:00Z", server.in_a_day());
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        browser.says("#roster", "Available now").await;
        browser.says("#roster", "Anna").await;
        server.patch("/api/v1/operators/2", &json!({"is_active": false}));
        server.post("/api/v1/operators/1/pause", &json!({"until": tomorrow}));
        browser.says("#roster", "Nobody is available now.").await;
        browser.says("#roster", "Next\nAnna").await;
        server.contact("+7 999 000 00 01");
        browser.says("#queue-why-1", "Next available:\nAnna").await;
        browser.open(&server.url("/contacts/1")).await;
        browser.says("#line", "Next available:\nAnna").await;
        browser.open(&server.url("/sources/1")).await;
        browser.says("#next", "Next available:\nAnna").await;
        browser.says("#link-state", "Live").await;
        server.post("/api/v1/operators/1/resume", &json!({}));
        browser.says("#source-roster", "Available now\nAnna").await;
        // A pause is told of to pages that show the source.
        server.post("/api/v1/operators/1/pause", &json!({}));
        browser.says("#next-1", "paused").await;
    });
}

#[test]
fn a_pause_and_a_cap_end_on_an_open_board_at_their_time() {
    let server = Server::furnished();
    server.patch("/api/v1/operators/2", &json!({"is_active": false}));
    server.put("/api/v1/operators/1/caps", &json!([{"limit": 1, "window": "rolling", "seconds": 3}]));
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        server.contact("+7 999 000 00 01");
        browser.says("#operator-1", "cap reached").await;
        let ends = "return Date.parse(document.querySelector('#roster time').dateTime)";
        let ends = browser.run(ends).await.as_i64().expect("a time");
        browser.says("#roster", "Available now\nAnna").await;
        let late = browser.run(&format!("return Date.now() - {ends}")).await.as_i64().expect("milliseconds");
        assert!(late < 2_000, "it was shown {late} ms late");
    });
}
