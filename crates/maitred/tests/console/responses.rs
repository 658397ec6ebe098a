//! First responses in the console: the time for them in the settings of a source, marking a call or a message on the
//! desk and on the page of a contact, and what is overdue on the board and in lists.

use crate::browser::{USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};

fn of_contact(server: &Server, id: u32) -> Value {
    server.get(&format!("/api/v1/contacts/{id}"))
}

/// A contact that Anna has.
fn annas(server: &Server, phone: &str) {
    let id = server.contact(phone)["id"].as_i64().expect("an id");
    server.post(&format!("/api/v1/contacts/{id}/transfer"), &json!({"operator_id": 1}));
}

#[test]
fn a_call_is_marked_on_the_desk_and_a_message_on_the_page_of_the_contact() {
    let server = Server::furnished();
    server.patch("/api/v1/sources/1", &json!({"respond_within_s": 900}));
    annas(&server, "+7 999 000 00 01");
    annas(&server, "+7 999 000 00 02");
    browse(USUAL, async |browser| {
        browser.open(&server.url("/desk/1")).await;
        browser.says("#link-state", "Live").await;
        browser.says("#held-1 .held-age", "respond within").await;
        browser.click("#held-1 [name=how][value=call]").await;
        browser.says("#held-1 .held-way", "Responded").await;
        browser.until("return !document.querySelector('#held-1 [name=how]')").await;
        assert!(of_contact(&server, 1)["first_response_at"].is_string());

        browser.open(&server.url("/contacts/2")).await;
        browser.says("#respond-by", "Respond by").await;
        browser.says("#responded", "none yet").await;
        browser.click("#responded [name=how][value=message]").await;
        browser.until("return !document.querySelector('#responded [name=how]')").await;
        browser.says("#story", "First response").await;
        assert!(of_contact(&server, 2)["first_response_at"].is_string());
    });
}

#[test]
fn without_a_time_for_it_the_buttons_are_in_the_menu() {
    let server = Server::furnished();
    annas(&server, "+7 999 000 00 01");
    browse(USUAL, async |browser| {
        browser.open(&server.url("/desk/1")).await;
        browser.says("#link-state", "Live").await;
        browser.click("#held-1 .menu summary").await;
        browser.click("#held-1 .menu [name=how][value=message]").await;
        browser.says("#held-1 .held-way", "Responded").await;
        assert!(of_contact(&server, 1)["first_response_at"].is_string());
    });
}

#[test]
fn the_time_is_set_in_the_settings_and_what_is_overdue_is_seen_everywhere() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1/settings")).await;
        browser.click("#urgency summary").await;
        browser.type_in("[name=respond_within_s]", "9").await;
        browser.click("main form .is-primary").await;
        browser.says("#e-respond_within_s", "from 10 to 1209600").await;
        browser.type_in("[name=respond_within_s]", "10").await;
        browser.click("main form .is-primary").await;
        browser.says("#respond-within", "response within 10 s").await;
        annas(&server, "+7 999 000 00 01");

        browser.open(&server.url("/")).await;
        browser.says("#overdue-1", "1 contact is overdue").await;
        browser.click("#overdue-1 a").await;
        browser.says("#contact-1 .state", "overdue by").await;
        browser.says(".tabs [aria-current]", "Overdue").await;
        browser.click("#contact-1 th a").await;
        browser.says("#overdue", "overdue by").await;
        browser.says("#story", "No response in time").await;
        browser.open(&server.url("/desk/1")).await;
        browser.says("#held-1 .held-age", "overdue by").await;
        browser.click("#held-1 [name=how][value=call]").await;
        browser.says("#held-1 .held-way", "Responded").await;
        browser.open(&server.url("/contacts?overdue=true")).await;
        browser.says("#list", "No contacts match").await;
    });
}
