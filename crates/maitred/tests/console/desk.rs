//! An operator's desk: resolving by a click, pausing, being told of what comes, and the operator's own share.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Within this an open desk shows what happened.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A server on which everything comes to Anna while she is not full: Boris is paused.
fn filled_server() -> Server {
    let server = Server::furnished();
    server.patch("/api/v1/operators/2", &json!({"is_active": false}));
    server
}

async fn open(browser: &Browser, server: &Server) {
    browser.open(&server.url("/desk/1")).await;
    browser.says("#link-state", "Live").await;
    browser.run("document.body.dataset.here = 'still'").await;
}

async fn stayed(browser: &Browser) {
    assert_eq!(browser.run("return document.body.dataset.here").await, json!("still"), "it was loaded again");
}

async fn is_gone(browser: &Browser, selector: &str) {
    browser.until(&format!("return !document.querySelector({selector:?})")).await;
}

fn held(server: &Server) -> Value {
    server.get("/api/v1/operators/1")["current_load"].clone()
}

#[test]
fn what_comes_appears_within_a_second_and_is_resolved_by_a_click() {
    let server = filled_server();
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        browser.says("#nothing", "No contacts right now").await;
        // A stream that has just spoken pauses before it speaks again.
        tokio::time::sleep(AT_ONCE).await;
        let sent = Instant::now();
        let body =
            json!({"source_id": 1, "lead_phone": "8 999 123-45-67", "lead_name": "Ivan", "message": "Hello\nyou"});
        let first = server.post("/api/v1/contacts", &body);
        browser.says("#held", "Ivan").await;
        let mut took = vec![sent.elapsed()];
        assert_eq!(first["operator_id"], 1);
        browser.says("#held-1 .held-message", "Hello you").await;
        browser.says("#held-1 .held-age", " s").await;
        browser.says("#held-1 [href='tel:+79991234567']", "+7 999 123-45-67").await;
        browser.says("#me .load", "1 of 5").await;
        browser.says("#shares .due-foot", "received 1").await;

        tokio::time::sleep(AT_ONCE).await;
        let sent = Instant::now();
        server.contact("+7 999 000 00 02");
        browser.says("#held", "+7 999 000-00-02").await;
        took.push(sent.elapsed());
        // Whatever else the machine has to do, it does not come twice.
        assert!(took.iter().min() < Some(&AT_ONCE), "it took {took:?}");
        browser.click("#held-2 .menu summary").await;
        server.contact("+7 999 000 00 03");
        browser.says("#held", "+7 999 000-00-03").await;
        assert_eq!(browser.run("return document.querySelector('#held-2 .menu').open").await, true, "it was closed");
        let order = browser.run("return [...document.querySelectorAll('#held > li')].map((row) => row.id)").await;
        assert_eq!(order, json!(["held-1", "held-2", "held-3"]), "the oldest first");

        browser.click("#held-1 .is-primary").await;
        is_gone(browser, "#held-1").await;
        assert_eq!(server.get("/api/v1/contacts/1")["status"], "resolved");
        assert_eq!(held(&server), 2);
        browser.until("return document.activeElement.closest('li')?.id === 'held-2'").await;
        browser.says("#notice", "Resolved: Ivan").await;
        browser.click("#notice button").await;
        browser.says("#held-1", "Ivan").await;
        assert_eq!(server.get("/api/v1/contacts/1")["status"], "assigned");
        stayed(browser).await;
    });
}

#[test]
fn operators_pause_and_resume_themselves() {
    let server = filled_server();
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        browser.click(".desk-switch button").await;
        browser.says("#me", "You are paused").await;
        browser.says("#nothing", "Resume when you are ready").await;
        assert_eq!(server.get("/api/v1/operators/1")["is_active"], false);
        assert_eq!(server.contact("+7 999 000 00 01")["status"], "waiting");
        browser.click(".desk-switch button").await;
        browser.says("#held", "+7 999 000-00-01").await;
        browser.says("#me", "You get new contacts").await;
        assert_eq!((&server.get("/api/v1/operators/1")["is_active"], held(&server)), (&json!(true), json!(1)));
        stayed(browser).await;
    });
}

#[test]
fn what_is_given_back_or_taken_away_leaves_the_desk() {
    let server = filled_server();
    server.contact("+7 999 000 00 01");
    server.contact("+7 999 000 00 02");
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        server.patch("/api/v1/operators/2", &json!({"is_active": true}));
        browser.click("#held-1 .menu summary").await;
        browser.click("#held-1 .menu-list [action$='/release'] button").await;
        browser.says("#notice", "Now with Boris: +7 999 000-00-01").await;
        is_gone(browser, "#held-1").await;
        assert_eq!(server.get("/api/v1/contacts/1")["operator_id"], 2);
        server.post("/api/v1/contacts/2/transfer", &json!({"operator_id": 2}));
        browser.says("#nothing", "No contacts right now").await;
        stayed(browser).await;
    });
}

#[test]
fn without_scripts_one_works_at_a_desk_all_the_same() {
    let server = filled_server();
    server.contact("+7 999 000 00 01");
    server.contact("+7 999 000 00 02");
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/desk")).await;
        browser.click("#people [href='/desk/1']").await;
        browser.says("main", "Without JavaScript").await;
        // Somebody else was quicker: nothing is done, and the page says how it is.
        server.post("/api/v1/contacts/2/transfer", &json!({"operator_id": 2, "force": true}));
        browser.click("#held-2 .is-primary").await;
        browser.says("#notice", "Now with Boris").await;
        assert_eq!(server.get("/api/v1/contacts/2")["status"], "assigned");
        browser.click("#held-1 .is-primary").await;
        browser.says("#notice", "Resolved: +7 999 000-00-01").await;
        browser.says("#nothing", "No contacts right now").await;
        browser.click("#notice button").await;
        browser.says("#held-1", "+7 999 000-00-01").await;
        browser.click(".desk-switch button").await;
        browser.says("#me", "You are paused").await;
        assert_eq!(server.get("/api/v1/operators/1")["is_active"], false);
    });
}

#[test]
fn a_full_desk_is_shown_a_page_at_a_time() {
    let server = filled_server();
    server.patch("/api/v1/operators/1", &json!({"max_load": 200}));
    (0..103).for_each(|n| _ = server.contact(&format!("+7 999 000 1{n:03}")));
    browse(Kind { lang: "ru", ..USUAL }, async |browser| {
        browser.open(&server.url("/")).await;
        browser.click("#operator-1 .card-name").await;
        browser.says("#me .load", "103 из 200").await;
        browser.click("[rel=next]").await;
        browser.says("#held", "+7 999 000-10-50").await;
        browser.click("#held-51 .is-primary").await;
        is_gone(browser, "#held-51").await;
        assert_eq!(browser.run("return document.querySelector('#held > li').id").await, json!("held-52"));
        browser.click("[rel=next]").await;
        let rows = "return document.querySelectorAll('#held > li').length";
        browser.until(&format!("{} === 2", rows)).await;
        browser.click("#mine .panel-head .button").await;
        browser.says("#held-1", "+7 999 000-10-00").await;
    });
}

#[test]
fn what_was_resolved_by_mistake_comes_back_though_the_slot_is_taken() {
    let server = filled_server();
    server.patch("/api/v1/operators/1", &json!({"max_load": 2}));
    (1..=4).for_each(|n| _ = server.contact(&format!("+7 999 000 00 0{n}")));
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        // The second of two taps, on what has moved under the finger, as soon as it has.
        let second_tap = "new MutationObserver((_, seen) => { \
                            if (document.getElementById('held-1')) return; \
                            seen.disconnect(); \
                            document.querySelector('#held-2 .is-primary').click(); \
                          }).observe(document.body, {childList: true, subtree: true})";
        browser.run(second_tap).await;
        browser.click("#held-1 .is-primary").await;
        browser.says("#held", "+7 999 000-00-03").await;
        tokio::time::sleep(AT_ONCE).await;
        assert_eq!(server.get("/api/v1/contacts/2")["status"], "assigned");
        browser.click("#held-2 .is-primary").await;
        browser.says("#held", "+7 999 000-00-04").await;
        browser.says("#notice", "Resolved: +7 999 000-00-01").await;
        browser.says("#notice", "Resolved: +7 999 000-00-02").await;

        browser.click("#told-2 button").await;
        browser.says("#held-2", "+7 999 000-00-02").await;
        tokio::time::sleep(AT_ONCE).await;
        browser.click("#told-1 button").await;
        browser.says("#held-1", "+7 999 000-00-01").await;
        browser.says("#me .load", "4 of 2").await;
        assert_eq!(held(&server), 4);
        stayed(browser).await;
    });
}

#[test]
fn a_desk_tells_of_what_comes_to_those_who_ask_for_it() {
    let server = filled_server();
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        let fakes = "window.heard = []; document.hasFocus = () => false; \
                     window.Notification = function (text) { heard.push(text); }; Notification.permission = 'granted'; \
                     const start = OscillatorNode.prototype.start; \
                     OscillatorNode.prototype.start = \
                     function (at) { heard.push('note'); return start.call(this, at); };";
        browser.run(fakes).await;
        server.contact("+7 999 000 00 01");
        browser.says("#held", "+7 999 000-00-01").await;
        browser.until("return document.title.startsWith('(1) ')").await;
        assert_eq!(browser.run("return heard").await, json!([]), "nobody has asked");

        browser.click("#tell").await;
        browser.find("#tell[aria-pressed=true]").await;
        browser.run("heard.length = 0").await;
        server.contact("+7 999 000 00 02");
        browser.says("#held", "+7 999 000-00-02").await;
        browser.until("return document.title.startsWith('(2) ')").await;
        assert_eq!(browser.run("return heard").await, json!(["note", "note", "You have a new contact"]));
        browser.find("#tell[aria-pressed=true]").await;

        server.contact("+7 999 000 00 03");
        browser.click("#newest").await;
        browser.find("#held-3:target").await;
        browser.until("return heard.length === 6").await;
        browser.run("heard.length = 0").await;
        browser.click("#held-1 .is-primary").await;
        is_gone(browser, "#held-1").await;
        browser.click("#told-1 button").await;
        browser.says("#held-1", "+7 999 000-00-01").await;
        assert_eq!(browser.run("return heard").await, json!([]), "what they took back is no news");
        stayed(browser).await;
    });
}

#[test]
fn an_operator_pauses_for_a_while_and_says_why() {
    let server = Server::furnished();
    server.patch("/api/v1/operators/2", &json!({"is_active": false}));
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/desk/1")).await;
        browser.click("#pause summary").await;
        browser.type_in("#f-reason", "Lunch <b>").await;
        browser.click("#pause button[value='30']").await;
        browser.says("#me", "You are paused").await;
        browser.says("#paused", "Lunch <b>").await;
        browser.says("#paused", "until").await;
        let anna = server.get("/api/v1/operators/1");
        assert_eq!((&anna["is_active"], &anna["pause_reason"]), (&json!(true), &json!("Lunch <b>")));
        assert!(anna["paused_until"].is_string());
        browser.open(&server.url("/")).await;
        browser.says("#operator-1", "Lunch <b>").await;
        server.contact("+7 999 000 00 01");
        browser.open(&server.url("/contacts/1")).await;
        browser.says("#line", "All 2 operators of this source are paused.").await;
        browser.open(&server.url("/desk/1")).await;
        browser.click("#pause summary").await;
        browser.click("#pause button[value='time']").await;
        browser.says("#e-until", "Enter a date and a time").await;
        browser.click(".desk-switch button").await;
        browser.says("#me", "You get new contacts.").await;
        assert_eq!(server.get("/api/v1/contacts/1")["operator_id"], 1);
    });
}

#[test]
fn caps_are_shown_for_each_source_and_go_away_by_themselves() {
    let server = filled_server();
    let caps = json!([{"limit": 1, "window": "rolling", "seconds": 4, "source_id": 1}]);
    server.put("/api/v1/operators/1/caps", &caps);
    browse(USUAL, async |browser| {
        open(browser, &server).await;
        server.contact("+7 999 000 00 01");
        browser.says("#capped", "Cap reached: Bot until").await;
        // Nobody waits, so no event tells of the end.
        is_gone(browser, "#capped").await;
        stayed(browser).await;
        server.put("/api/v1/operators/1/caps", &json!([{"limit": 1, "window": "rolling", "seconds": 4}]));
        server.contact("+7 999 000 00 02");
        browser.says(".desk-state", "cap reached").await;
        browser.says(".desk-state", "You get new contacts.").await;
        stayed(browser).await;
    });
}
