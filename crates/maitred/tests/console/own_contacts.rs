//! What an operator does with their own contacts: from the desk to the page of one, writing a note, passing it on.

use crate::browser::{USUAL, browse};
use crate::login::{PASSWORD, as_anna, log_in, log_out};
use crate::server::Server;
use serde_json::json;

/// Anna has three contacts, one of which Boris had first; Boris is full.
fn server() -> Server {
    let server = Server::furnished();
    server.patch("/api/v1/operators/1", &json!({"is_active": false}));
    let body = json!({"source_id": 1, "lead_phone": "+7 999 000 00 01", "lead_name": "Ivan", "message": "Hello",
                      "attributes": {"page": "/prices"}});
    server.post("/api/v1/contacts", &body);
    server.patch("/api/v1/operators/1", &json!({"is_active": true}));
    server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": 1}));
    server.patch("/api/v1/sources/1", &json!({"reply_url": "https://wa.me/{phone}?text=a%20b"}));
    server.patch("/api/v1/operators/2", &json!({"is_active": false}));
    server.contact("+7 999 000 00 02");
    server.contact("+7 999 000 00 03");
    server.patch("/api/v1/operators/2", &json!({"is_active": true, "max_load": 0}));
    server
}

#[test]
fn an_operator_works_a_lead_from_the_desk() {
    let server = server();
    browse(USUAL, async |browser| {
        as_anna(browser, &server).await;
        let reply = "[href='https://wa.me/79990000001?text=a%20b'][rel='noopener noreferrer']";
        browser.says(&format!("#held-1 {reply}"), "Reply").await;
        browser.click("#held-1 h3 a").await;
        browser.says("h1", "Ivan").await;
        browser.says("#sent", "/prices").await;
        browser.says("#facts", "+7 999 000-00-01").await;
        browser.says("nav [aria-current]", "My contacts").await;
        browser.says(&format!("#facts {reply}"), "Reply").await;
        browser.says("#facts [href='tel:+79990000001']", "+7 999 000-00-01").await;
        let links = "return [...document.querySelectorAll('main a[href^=\"/\"]')].map((link) => link.pathname)";
        let links = browser.run(links).await;
        let links: Vec<String> = serde_json::from_value(links).expect("a list of paths");
        assert!(links.iter().all(|path| path.starts_with("/contacts/1")), "a link leads to what is refused: {links:?}");
        assert_eq!(browser.barriers().await, Vec::<String>::new());

        browser.type_in("#f-text", "Called back, wants a price list").await;
        browser.click("form[action$='/notes'] button").await;
        browser.says("#story", "Note by Anna").await;

        browser.open(&server.url("/contacts/1/decisions/0")).await;
        browser.says("#why-not-me", "Why not you? At that moment: switched off.").await;
        browser.open(&server.url("/contacts/1")).await;

        browser.click("#f-operator_id [value='2']").await;
        browser.click("form[action$='/transfer'] button").await;
        browser.says("#e-operator_id", "Boris").await;
        browser.click("form[action$='/resolve'] button").await;
        browser.says(".page-head", "Resolved").await;
        browser.says("#story-resolved .story-by", "by Anna").await;
        browser.click("form[action$='/reopen'] button").await;
        browser.says(".page-head", "Assigned").await;
    });
}

#[test]
fn a_contact_that_leaves_an_operator_leads_them_back_to_their_desk() {
    let server = server();
    server.patch("/api/v1/operators/2", &json!({"max_load": 5}));
    browse(USUAL, async |browser| {
        as_anna(browser, &server).await;
        browser.open(&server.url("/contacts/2")).await;
        browser.click("#f-operator_id [value='2']").await;
        browser.click("form[action$='/transfer'] button").await;
        browser.says("#me", "2 of 5").await;
        browser.open(&server.url("/contacts/3")).await;
        browser.click("form[action$='/release'] button").await;
        browser.says("#me", "1 of 5").await;
        browser.open(&server.url("/contacts/3")).await;
        browser.says("main", "Your role does not allow this").await;
        log_out(browser).await;
        log_in(browser, &server, "maria", PASSWORD).await;
        browser.says("#stream", "manually by Anna").await;
        browser.open(&server.url("/contacts/2")).await;
        browser.says("#story-1 .story-by", "by Anna").await;
        assert_eq!(browser.text("#story-0 .story-by").await, "", "nobody did what the policy did");
    });
}
