//! The balance of an operator: what it says, a correction by its form, and what an operator sees of it.

use crate::browser::{Kind, USUAL, browse};
use crate::server::Server;
use serde_json::json;

/// A server on which Anna and Boris take turns, with four contacts.
fn server() -> Server {
    let server = Server::furnished();
    server.patch("/api/v1/sources/1", &json!({"policy": "smooth_weighted"}));
    for lead in 1..=4 {
        server.contact(&format!("+7 999 000 00 0{lead}"));
    }
    server
}

#[test]
fn a_correction_is_made_with_a_reason_and_shown_with_who_made_it() {
    let server = server();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/operators/1")).await;
        browser.click("a[href='/operators/1/account']").await;
        browser.says("#balance", "to less than half a contact").await;
        browser.says("#standings", "Got it.").await;
        browser.type_in("#f-amount", "0").await;
        browser.type_in("#f-reason", "Three spoiled leads").await;
        browser.click("#correct button").await;
        browser.says("#correct", "Enter a whole number from").await;
        browser.type_in("#f-amount", "3").await;
        browser.click("#correct button").await;
        browser.says("#corrections", "Three spoiled leads").await;
        browser.says("#balance", "Owed 3").await;
        browser.says("#balance", "corrected by +3").await;
        let account = server.get("/api/v1/operators/1/account?source_id=1");
        assert_eq!((&account["adjusted"], &account["outstanding"]), (&json!(3), &json!(3)));
        assert_eq!(server.contact("+7 999 000 00 05")["operator_id"], 1);
        browser.open(&server.url("/operators/2/account")).await;
        browser.says("#standings", "Somebody else was owed contacts by a correction.").await;
        browser.open(&server.url("/contacts/5/decisions/0")).await;
        browser.says("main", "was owed contacts by a correction.").await;
    });
}
