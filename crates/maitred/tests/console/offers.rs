//! Offers in the console: what a source says of them, and accepting and declining on the desk and on the page of a
//! contact.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};

/// A server on which Anna and Boris take turns and accept what they get.
fn server() -> Server {
    let server = Server::furnished();
    server.patch("/api/v1/sources/1", &json!({"policy": "smooth_weighted", "accept_within_s": 3_600}));
    server
}

async fn open_desk(browser: &Browser, server: &Server) {
    browser.open(&server.url("/desk/1")).await;
    browser.says("#link-state", "Live").await;
}

fn of_contact(server: &Server, id: u32) -> Value {
    server.get(&format!("/api/v1/contacts/{id}"))
}

#[test]
fn an_offer_is_accepted_or_declined_on_the_desk() {
    let server = server();
    browse(USUAL, async |browser| {
        open_desk(browser, &server).await;
        assert_eq!(server.contact("+7 999 000 00 01")["operator_id"], 1, "Anna has the larger weight");
        browser.says("#held-1 .held-age", "accept within").await;
        browser.says("#held-1 .held-age", " min").await;
        browser.click("#held-1 .is-primary").await;
        browser.says("#held-1 .held-age", "with you for").await;
        assert!(of_contact(&server, 1)["accepted_at"].is_string());

        assert_eq!(server.contact("+7 999 000 00 02")["operator_id"], 2);
        assert_eq!(server.contact("+7 999 000 00 03")["operator_id"], 1);
        browser.says("#held-3 .held-foot", "Decline").await;
        let order = browser.run("return [...document.querySelectorAll('#held > li')].map((row) => row.id)").await;
        assert_eq!(order, json!(["held-3", "held-1"]), "what has to be answered comes first");
        browser.click("#held-3 form:nth-of-type(2) button").await;
        browser.says("#notice", "Now with Boris: +7 999 000-00-03").await;
        assert_eq!(of_contact(&server, 3)["operator_id"], 2);
        browser.until("return !document.querySelector('#held-3')").await;
    });
}

#[test]
fn a_button_that_is_too_old_changes_nothing() {
    let server = server();
    server.contact("+7 999 000 00 01");
    // Without scripts a page stays as it was.
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/contacts/1")).await;
        browser.says("#accept-by", "Accept by").await;
        server.post("/api/v1/contacts/1/decline", &json!({}));
        browser.click("[action$='/accept'] button").await;
        browser.says("[role=alert]", "This offer is over").await;
        assert!(of_contact(&server, 1)["accepted_at"].is_null());
        browser.click("[action$='/accept'] button").await;
        browser.says("#accepted", "Accepted").await;
        assert!(of_contact(&server, 1)["accepted_at"].is_string());
    });
}

#[test]
fn nobody_is_left_and_the_page_says_when_all_are_asked_again() {
    let server = server();
    server.contact("+7 999 000 00 01");
    server.post("/api/v1/contacts/1/decline", &json!({}));
    server.post("/api/v1/contacts/1/decline", &json!({}));
    browse(USUAL, async |browser| {
        browser.open(&server.url("/contacts/1")).await;
        browser.says("#line", "Nobody who is free accepted it").await;
        browser.says("#story", "Declined").await;
    });
}

#[test]
fn a_source_is_set_to_offer_its_contacts() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1/settings")).await;
        browser.click("#offers summary").await;
        browser.type_in("#f-accept_within_s", "3").await;
        browser.click("main .button.is-primary").await;
        browser.says("#e-accept_within_s", "from 5 to 86400").await;
        browser.type_in("#f-accept_within_s", "90").await;
        browser.type_in("#f-pause_after_misses", "3").await;
        browser.click("main .button.is-primary").await;
        browser.says("#offered", "accepted within 90 s").await;
        let source = server.get("/api/v1/sources/1");
        assert_eq!((&source["accept_within_s"], &source["pause_after_misses"]), (&json!(90), &json!(3)));
        assert_eq!((&source["retry_after_s"], &source["escalate_after_rounds"]), (&json!(60), &Value::Null));
    });
}
