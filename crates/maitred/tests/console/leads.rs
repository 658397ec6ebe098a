//! Leads: the search, one lead, and two who are one.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::json;

/// Four leads: Ivan (1) and a phone (2) who may be the same person, Anna (3) with an external id, and an email (4).
pub fn people() -> Server {
    let server = Server::furnished();
    let send = |body| _ = server.post("/api/v1/contacts", &body);
    send(json!({"source_id": 1, "lead_email": "ivan@example.org", "lead_name": "Иван Петров", "message": "Hello!"}));
    send(json!({"source_id": 1, "lead_phone": "8 999 123-45-67"}));
    send(json!({"source_id": 1, "lead_phone": "8 999 123-45-67", "message": "And again"}));
    send(json!({"source_id": 1, "lead_phone": "8 999 123-45-67", "lead_email": "ivan@example.org"}));
    send(json!({"source_id": 1, "lead_external_id": "crm:7", "lead_name": "Anna"}));
    send(json!({"source_id": 1, "lead_email": "somebody.with.a.rather.long.address@subdomain.of.example.org"}));
    server
}

async fn search(browser: &Browser, server: &Server, text: &str) {
    browser.open(&server.url("/leads")).await;
    browser.type_in("#f-q", text).await;
    browser.click(".filters .is-primary").await;
    browser.until("return location.search.includes('q=')").await;
}

#[test]
fn leads_are_found_by_names_phones_emails_and_external_ids() {
    let server = people();
    browse(USUAL, async |browser| {
        for (typed, id) in
            [("иван", 1), ("8 (999) 123-45-67", 2), ("+7999", 2), ("CRM:7", 3), ("crm:", 3), ("Somebody", 4)]
        {
            search(browser, &server, typed).await;
            match id {
                0 => _ = browser.says("main", "No lead has").await,
                id => _ = browser.find(&format!("#lead-{id}")).await,
            }
            let rows = browser.run("return document.querySelectorAll('.leads tbody tr').length").await;
            assert_eq!(rows, i32::from(id > 0), "{typed}");
        }
        browser.click(".leads th a").await;
        browser.says("h1", "somebody.with").await;
    });
}

#[test]
fn a_long_list_of_leads_is_paged() {
    let server = Server::furnished();
    (0..55).for_each(|n| _ = server.contact(&format!("+7 999 {n:07}")));
    browse(USUAL, async |browser| {
        search(browser, &server, "+7999").await;
        browser.find("#lead-55").await;
        browser.click(".pager a").await;
        browser.find("#lead-5").await;
        browser.find("#lead-1").await;
        assert_eq!(browser.text("#lead-6").await, "");
        assert_eq!(browser.find("#f-q").await.prop("value").await.expect("a field").as_deref(), Some("+7999"));
    });
}

#[test]
fn a_lead_is_named_and_given_a_phone_or_email() {
    let server = people();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/leads/2")).await;
        browser.says("#link-state", "Live").await;
        browser.says("h1", "+7 999 123-45-67").await;
        browser.type_in("#f-name", &"long".repeat(30)).await;
        browser.run("document.querySelector('#f-name').removeAttribute('maxlength')").await;
        browser.type_in("#f-name", &"long".repeat(30)).await;
        browser.click("form[action$='/name'] button").await;
        browser.says("#e-name", "at most 100 characters").await;
        browser.type_in("#f-name", "Пётр").await;
        browser.click("form[action$='/name'] button").await;
        browser.says("h1", "Пётр").await;
        assert_eq!(server.get("/api/v1/leads/2")["name"], "Пётр");

        browser.click("#f-kind option[value=email]").await;
        browser.type_in("#f-value", "Ivan@Example.org").await;
        browser.click("form[action$='/identities'] button").await;
        browser.says("#e-value", "belongs to another lead").await;
        browser.find("form[action$='/identities'] a[href='/leads/2/merge?with=1']").await;
        browser.type_in("#f-value", "Petr@Example.org").await;
        browser.click("form[action$='/identities'] button").await;
        browser.says("#facts-title + dl", "petr@example.org").await;

        // What others do shows on the open page.
        server.contact("8 999 123-45-67");
        browser.says("#contacts-title + .note", "3 contacts").await;
        browser.type_in("#f-name", "").await;
        browser.click("form[action$='/name'] button").await;
        browser.says("h1", "+7 999 123-45-67").await;
        assert!(server.get("/api/v1/leads/2")["name"].is_null());
    });
}

#[test]
fn two_who_are_one_are_compared_and_merged() {
    let server = people();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/leads/1")).await;
        browser.says("#double-2", "+7 999 123-45-67").await;
        browser.click("#double-2 .button").await;
        browser.says(".is-kept h2", "Иван Петров").await;
        browser.says(".moves", "3 contacts, 3 open").await;
        browser.says(".moves", "Phone: +7 999 123-45-67").await;
        assert!(server.get("/api/v1/leads/2")["merged_into_id"].is_null(), "not before yes");
        browser.click("[href='/leads/2/merge?with=1']").await;
        browser.says(".is-kept h2", "+7 999 123-45-67").await;
        browser.says(".moves", "The name will be Иван Петров").await;
        browser.click("[href='/leads/1/merge?with=2']").await;
        browser.click(".is-danger.is-primary").await;
        browser.says("h1", "Иван Петров").await;
        browser.says("#contacts-title + .note", "4 contacts").await;
        assert_eq!(server.get("/api/v1/leads/2")["merged_into_id"], 1);
        browser.open(&server.url("/leads/2")).await;
        browser.says("#merged", "merged into another").await;
        browser.click("#merged a[href='/leads/1']").await;

        for (typed, other) in [("2", ""), ("1", ""), ("nobody", ""), ("crm:7", "Anna")] {
            browser.open(&server.url("/leads/1")).await;
            browser.type_in("#f-with", typed).await;
            browser.click("form[action$='/merge'] button").await;
            match other {
                "" => _ = browser.says("#e-with", "Choose another lead").await,
                name => _ = browser.says("main", name).await,
            }
        }
    });
}

#[test]
fn a_lead_is_erased_after_a_question_and_not_while_somebody_works_on_a_contact() {
    let server = people();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/leads/1")).await;
        browser.click("[href='/leads/1/erase']").await;
        browser.says("h1", "Иван Петров").await;
        browser.says(".notice", "There are open contacts").await;
        browser.click(".is-danger.is-primary").await;
        browser.says("main", "There are open contacts. Resolve them first.").await;
        assert_eq!(server.get("/api/v1/leads/1")["name"], "Иван Петров");
        for contact in server.get("/api/v1/leads/1/contacts").as_array().expect("a list") {
            server.post(&format!("/api/v1/contacts/{}/resolve", contact["id"]), &json!({}));
        }
        browser.open(&server.url("/leads/1/erase")).await;
        browser.click(".is-danger.is-primary").await;
        browser.says("#erased", "This lead was erased").await;
        assert!(server.get("/api/v1/leads/1")["name"].is_null());
    });
}
