//! Presence in the console: the desk of somebody who is to be heard from, and what others see of one who is away.

use crate::browser::{Kind, USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The shortest lease, and what its end may be late.
const LEASE_AND_MORE: Duration = Duration::from_secs(45);

fn operator(server: &Server, id: u32) -> Value {
    server.get(&format!("/api/v1/operators/{id}"))
}

#[test]
fn an_open_desk_keeps_its_operator_there_and_who_has_none_open_is_away() {
    let server = Server::furnished();
    for id in [1, 2] {
        server.patch(&format!("/api/v1/operators/{id}"), &json!({"away_after_s": 30}));
    }
    browse(USUAL, async |browser| {
        browser.open(&server.url("/desk/1")).await;
        browser.says("#link-state", "Live").await;
        let began = Instant::now();
        while operator(&server, 2)["away_at"].is_null() {
            assert!(began.elapsed() < LEASE_AND_MORE, "nobody was away");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert_eq!(operator(&server, 1)["away_at"], Value::Null, "her page says that she is there");
        browser.open(&server.url("/")).await;
        browser.says("#operator-2", "away").await;
        browser.says("#operator-2", "since").await;
        browser.open(&server.url("/operators")).await;
        browser.says("#operator-2", "away").await;
        browser.says("#operator-2", "since").await;
        browser.open(&server.url("/desk/2")).await;
        browser.says("#me", "You get new contacts.").await;
        assert_eq!(operator(&server, 2)["away_at"], Value::Null);
    });
}

#[test]
fn without_a_script_a_desk_says_from_when_its_operator_is_away() {
    let server = Server::furnished();
    server.patch("/api/v1/operators/1", &json!({"away_after_s": 3_600}));
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/desk/1")).await;
        browser.says("#me", "you count as away from").await;
        browser.click(".desk-here button").await;
        browser.says("#me", "You get new contacts.").await;
        browser.open(&server.url("/desk/2")).await;
        browser.until("return !document.querySelector('.desk-here')").await;
    });
}

#[test]
fn after_how_many_seconds_somebody_is_away_is_typed_on_their_page() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/operators/1")).await;
        browser.type_in("#f-away_after_s", "5").await;
        browser.click(".actions .is-primary").await;
        browser.says("#e-away_after_s", "from 30 to 86,400").await;
        browser.type_in("#f-away_after_s", "120").await;
        browser.click(".actions .is-primary").await;
        browser.says("#operator-1", "Anna").await;
        assert_eq!(operator(&server, 1)["away_after_s"], 120);
        browser.open(&server.url("/operators/1")).await;
        browser.type_in("#f-away_after_s", "").await;
        browser.click(".actions .is-primary").await;
        browser.says("#operator-1", "Anna").await;
        assert_eq!(operator(&server, 1)["away_after_s"], Value::Null);
    });
}

#[test]
fn after_how_long_contacts_of_who_left_go_to_others_is_typed_among_the_settings() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1/settings")).await;
        browser.click("#releases summary").await;
        browser.type_in("#f-away_release_s", "a while").await;
        browser.click(".actions .is-primary").await;
        browser.says("#e-away_release_s", "from 0 to 604,800").await;
        browser.type_in("#f-away_release_s", "600").await;
        browser.type_in("#f-shift_end_release_s", "0").await;
        browser.click(".actions .is-primary").await;
        browser.until("return location.pathname === '/sources/1'").await;
        let source = server.get("/api/v1/sources/1");
        assert_eq!((&source["away_release_s"], &source["shift_end_release_s"]), (&json!(600), &json!(0)));
        browser.open(&server.url("/sources/1/settings")).await;
        browser.find("#releases[open]").await;
    });
}
