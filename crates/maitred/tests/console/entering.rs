//! Entering a contact by hand: what is recognised, what is kept aside, who gets it; and that twice is once.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::json;

#[test]
fn a_contact_is_entered_and_its_page_says_what_became_of_it() {
    let server = Server::furnished();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/contacts")).await;
        browser.click("[href='/contacts/new']").await;
        browser.click(".is-primary").await;
        browser.says("[role=alert]", "Enter a name, phone, email, ID or message").await;
        browser.type_in("#f-priority", "most").await;
        browser.type_in("#f-lead_name", "Vera <b>").await;
        browser.click(".is-primary").await;
        browser.says("#e-priority", "Enter a whole number").await;
        browser.type_in("#f-priority", "5").await;
        browser.type_in("#f-lead_phone", "8 (999) 123-45-67").await;
        browser.type_in("#f-lead_email", "-").await;
        browser.type_in("#f-message", "Where is my parcel?").await;
        browser.click(".is-primary").await;
        browser.says("h1", "Vera <b>").await;
        browser.says("#entered", "Assigned to").await;
        browser.says("#entered", "New lead").await;
        browser.says("#entered", "What identifies nobody").await;
        browser.says("#facts", "+7 999 123-45-67").await;
        let contact = server.get("/api/v1/contacts/1");
        assert_eq!((&contact["priority"], &contact["message"]), (&json!(5), &json!("Where is my parcel?")));
        assert_eq!(contact["sent"]["lead_email"], "-");

        browser.open(&server.url("/contacts/new")).await;
        browser.type_in("#f-lead_phone", "+7 999 123 45 67").await;
        browser.type_in("#f-lead_name", "Vera").await;
        browser.click(".is-primary").await;
        browser.says("#entered", "The lead was known, with 1 other contact").await;
        assert_eq!(server.get("/api/v1/contacts/2")["lead_id"], contact["lead_id"]);

        server.patch("/api/v1/sources/1", &json!({"when_open": "append"}));
        browser.open(&server.url("/contacts/new")).await;
        browser.type_in("#f-lead_phone", "+7 999 123 45 67").await;
        browser.type_in("#f-message", "Is it there yet?").await;
        browser.click(".is-primary").await;
        browser.says("#entered", "Added to the open contact of this lead").await;
        browser.says("main", "Is it there yet?").await;
        assert_eq!(server.get("/api/v1/contacts").as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn a_form_that_is_sent_twice_adds_one_contact_which_says_why_it_waits() {
    let server = Server::start();
    server.post("/api/v1/sources", &json!({"name": "Site", "kind": "site"}));
    browse(Kind { scripts: false, lang: "ru-RU,ru" }, async |browser| {
        browser.open(&server.url("/contacts/new")).await;
        browser.says("h1", "Новое обращение").await;
        browser.type_in("#f-lead_phone", "тел. нет").await;
        browser.type_in("#f-message", "Перезвоните").await;
        browser.click(".is-primary").await;
        browser.says("#entered", "Сейчас взять его некому").await;
        browser.says("#main", "никто не обслуживает").await;
        browser.client.back().await.expect("there is a page before");
        browser.click(".is-primary").await;
        browser.says("#entered", "Сейчас взять его некому").await;
        assert_eq!(server.get("/api/v1/contacts").as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn a_contact_is_scheduled_moved_and_brought_forward() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/contacts/new")).await;
        browser.type_in("#f-lead_phone", "+7 999 123 45 67").await;
        set(browser, "not_before", "9999-01-01T15:00").await;
        browser.click(".is-primary").await;
        browser.says("#e-not_before", "within the next 366 days").await;
        let at = server.in_a_day();
        set(browser, "not_before", &at).await;
        browser.click(".is-primary").await;
        browser.says("#entered", "It is scheduled").await;
        browser.says(".page-head .tag", "Scheduled").await;
        browser.says("#line", "nobody gets it before").await;
        browser.says("#scheduled", &at.replace('T', " ")).await;
        browser.says("#story", "Scheduled").await;
        browser.says("#story", "nobody could get it before its time").await;
        browser.open(&server.url("/contacts?lang=ru")).await;
        browser.says("#contact-1", "Запланировано").await;
        browser.open(&server.url("/?lang=en")).await;
        browser.says("#waiting-scheduled", "1 contact is scheduled for later.").await;

        browser.open(&server.url("/contacts/1")).await;
        set(browser, "not_before", "").await;
        browser.click("form[action$='/schedule'] button").await;
        browser.says(".page-head .tag", "Assigned").await;
        assert_eq!(server.get("/api/v1/contacts/1")["status"], "assigned");
        browser.says("#story", "Its time came").await;
        set(browser, "not_before", &at).await;
        browser.says("form[action$='/schedule']", "taken from its operator").await;
        browser.click("form[action$='/schedule'] button").await;
        browser.says(".page-head .tag", "Scheduled").await;
        let contact = server.get("/api/v1/contacts/1");
        assert_eq!((&contact["status"], &contact["operator_id"]), (&json!("waiting"), &json!(null)));
    });
}

/// Fills in a field for a time, which takes keys as the language of the browser has dates.
async fn set(browser: &Browser, name: &str, value: &str) {
    browser.until(&format!("document.getElementById('f-{name}').value = '{value}'; return true")).await;
}
