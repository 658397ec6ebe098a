//! The page Check, and what the board says of sources that nobody serves.

use crate::browser::{USUAL, browse};
use crate::server::Server;
use serde_json::json;

#[test]
fn a_source_that_nobody_serves_is_on_the_board_and_on_the_page_with_how_to_fix_it() {
    let server = Server::furnished();
    server.post("/api/v1/sources", &json!({"name": "Night line"}));
    browse(USUAL, async |browser| {
        browser.open(&server.url("/?lang=en")).await;
        browser.says("#warnings .is-uncovered", "Nobody serves Night line").await;
        browser.click("#warnings [href='/check']").await;
        browser.says("#findings .finding", "it has no operators").await;
        browser.says("#findings .tag", "error").await;
        browser.click("#findings .finding a").await;
        browser.says("h1", "Night line").await;
        server.post("/api/v1/sources/2/operators", &json!({"operator_id": 1, "weight": 1}));
        browser.open(&server.url("/check")).await;
        browser.says("#findings", "Nothing is wrong").await;
    });
}

#[test]
fn who_gets_a_contact_is_asked_in_a_form_that_needs_no_script() {
    let server = Server::furnished();
    server.patch("/api/v1/operators/2", &json!({"is_active": false}));
    browse(USUAL, async |browser| {
        browser.open(&server.url("/check?lang=en")).await;
        browser.click("#who .button").await;
        browser.says("#who .who-says", "goes to one of those").await;
        browser.says("#who-people tbody tr:nth-child(1)", "100").await;
        browser.says("#who-people tbody tr:nth-child(2)", "switched off").await;
        browser.open(&server.url("/check?lang=en&source_id=1&at=nonsense")).await;
        browser.says("#who .error", "Enter a date and a time").await;
    });
}
