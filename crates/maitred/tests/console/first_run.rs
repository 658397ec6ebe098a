//! The first run: from an empty database to a board with a contact on it.

use crate::browser::{Kind, USUAL, browse};
use crate::server::Server;

#[test]
fn three_steps_lead_to_a_board() {
    let server = Server::start();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.says("h1", "Welcome").await;
        browser.type_in("#f-name", "Anna").await;
        browser.type_in("#f-max_load", "many").await;
        browser.click(".is-now .is-primary").await;
        browser.says("#e-max_load", "Enter a whole number").await;
        let kept = browser.find("#f-name").await.prop("value").await.expect("a field");
        assert_eq!(kept.as_deref(), Some("Anna"), "what was typed is kept");
        browser.type_in("#f-max_load", "50").await;
        browser.click(".is-now .is-primary").await;

        browser.says(".is-now h2", "Where contacts come from").await;
        browser.type_in(".is-now #f-name", "Telegram Bot").await;
        browser.click(".is-now [value=smooth_weighted]").await;
        browser.click(".is-now .is-primary").await;

        browser.says(".is-now h2", "Who serves the source").await;
        browser.says(".is-now output", "100%").await;
        browser.type_in("#f-weight-1", "30").await;
        browser.click(".is-now .is-primary").await;

        browser.says("#link-state", "Live").await;
        browser.says("#stream", "No contacts have been assigned yet").await;
        let weights = server.get("/api/v1/sources/1/operators");
        assert_eq!((&weights[0]["operator_name"], &weights[0]["weight"]), (&"Anna".into(), &30.into()));
        assert_eq!(server.get("/api/v1/sources/1")["policy"], "smooth_weighted");
        assert_eq!(server.contact("+7 999 123 45 67")["operator_id"], 1);
        browser.says("#stream", "+7 999 ··· 67").await;
    });
}

#[test]
fn the_country_of_phone_numbers_is_asked_and_missed_where_it_is_not_given() {
    let server = Server::start();
    server.post("/api/v1/operators", &serde_json::json!({"name": "Anna"}));
    browse(Kind { lang: "de-AT,en", ..USUAL }, async |browser| {
        browser.open(&server.url("/")).await;
        browser.says(".is-now h2", "Where contacts come from").await;
        let proposed = browser.find("#f-default_region").await.prop("value").await.expect("a field");
        assert_eq!(proposed.as_deref(), Some("AT"));
        browser.type_in("#f-name", "Bot").await;
        browser.click(".is-now .is-primary").await;
        browser.says(".is-now h2", "Who serves the source").await;
        assert_eq!(server.get("/api/v1/sources/1")["default_region"], "AT");

        server.post("/api/v1/sources", &serde_json::json!({"name": "Form", "kind": "site"}));
        browser.open(&server.url("/sources")).await;
        browser.says("#source-1", "phone numbers: AT").await;
        browser.says("#source-2", "no country for phone numbers").await;
        browser.says("#link-state", "Live").await;
        let contact = |source: i32| serde_json::json!({"source_id": source, "lead_phone": "0660 1234567"});
        server.post("/api/v1/contacts", &contact(1));
        server.post("/api/v1/contacts", &contact(2));
        browser.says("#unread", "1 stored phone number could not be read").await;
        browser.click("#source-2 .note a").await;
        browser.type_in("#f-default_region", "at").await;
        browser.click("main .is-primary").await;
        // What could not be read before can be now, but is the number of the lead of the other source.
        browser.says("#unread", "1 can be read now").await;
        browser.says(".phones-read", "already a number of Lead 1").await;
        browser.open(&server.url("/sources/2")).await;
        browser.says(".page-head", "phone numbers: AT").await;
    });
}
