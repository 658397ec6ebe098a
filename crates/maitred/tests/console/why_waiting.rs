//! Why contacts wait, wherever it is said: the board, the page of a source, the page of a contact. And what helps.

use crate::browser::{USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};

#[test]
fn a_source_that_nobody_serves_says_so_and_where_to_add_operators() {
    let server = Server::furnished();
    server.post("/api/v1/sources", &json!({"name": "Site", "kind": "site"}));
    let contact = server.post("/api/v1/contacts", &json!({"source_id": 2, "lead_email": "a@example.org"}));
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.says("#queue-why-2", "No operator serves this source.").await;
        browser.click("#queue-why-2 a").await;
        browser.says("h1", "Site").await;
        browser.says("#next", "A new contact would have to wait.").await;
        browser.open(&server.url(&format!("/contacts/{}", contact["id"]))).await;
        browser.says("#line", "It is next in line on this source.").await;
        browser.says("#line", "No operator serves this source.").await;
        browser.says("#link-state", "Live").await;
        server.post("/api/v1/sources/2/operators", &json!({"operator_id": 1, "weight": 0}));
        browser.says("#line", "All operators of this source have the weight 0").await;
        server.post("/api/v1/sources/2/operators", &json!({"operator_id": 2, "weight": 1}));
        browser.until("return !document.getElementById('line')").await;
    });
}

#[test]
fn operators_who_are_full_or_paused_are_named_with_what_helps() {
    let server = Server::furnished();
    let contacts: Vec<Value> = (0..11).map(|n| server.contact(&format!("+7 999 000 00 {n:02}"))).collect();
    let first = contacts[0]["operator_id"].as_u64().expect("the first is assigned");
    let (name, other) = if first == 1 { ("Anna", 2) } else { ("Boris", 1) };
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.says("#queue-why-1", "All 2 operators of this source are full.").await;
        browser.says("#queue-why-1", &format!("Probably free first: {name}")).await;
        browser.says("#link-state", "Live").await;
        // With both paused, both can be resumed here.
        server.patch("/api/v1/operators/1", &json!({"is_active": false}));
        server.patch("/api/v1/operators/2", &json!({"is_active": false}));
        browser.says("#queue-why-1", "All 2 operators of this source are paused.").await;
        browser.says("#queue-why-1", "Resume Boris").await;

        browser.open(&server.url("/sources/1?lang=ru")).await;
        browser.says("#next", "На паузе все операторы этого источника: 2.").await;
        browser.says("#next", "Уже ожидают 3 обращения").await;
        browser.open(&server.url(&format!("/contacts/{}?lang=en", contacts[10]["id"]))).await;
        browser.says("#line", "2 contacts of this source go before it.").await;
        browser.says("#link-state", "Live").await;
        browser.click(&format!("#line form[action='/operators/{first}/active'] button")).await;
        browser.says("#line", "Nobody has room: 1 full, 1 paused.").await;
        assert_eq!(server.get(&format!("/api/v1/operators/{other}"))["is_active"], false);
        browser.click(&format!("#line a[href^='/operators/{first}']")).await;
        browser.type_in("#f-max_load", "50").await;
        browser.click("main .is-primary").await;
        // Back on the contact's page, which nobody waits on any more.
        browser.says("#facts", name).await;
        assert_eq!(server.get("/api/v1/stats/waiting")[0]["waiting"], 0);
    });
}

#[test]
fn the_page_of_a_source_shows_who_would_get_the_next_contact() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1")).await;
        browser.says("#next-1", "75%").await;
        browser.says("#next-2", "25%").await;
        browser.says("#link-state", "Live").await;
        server.patch("/api/v1/operators/1", &json!({"is_active": false}));
        browser.says("#next-1", "paused").await;
        browser.says("#next-2", "100%").await;
        assert!(!browser.text("#next").await.contains("would have to wait"));
    });
}

#[test]
fn a_source_that_is_closed_says_so_and_until_when_it_is() {
    let server = Server::furnished();
    // Open on the day after tomorrow.
    let today = maitred_store::clock::rfc3339(maitred_store::clock::now())[..10].to_owned();
    let days = json!([{"day": 2, "intervals": [["00:00", "24:00"]]}]);
    let calendar = json!({"name": "Site", "zone": "UTC", "cycle_days": 3, "anchor": today, "days": days});
    server.post("/api/v1/calendars", &calendar);
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1/settings")).await;
        browser.run("document.querySelector('#f-calendar_id').value = '1'").await;
        browser.click(".is-primary").await;
        browser.says("#opening", "closed until").await;
        assert_eq!(server.get("/api/v1/sources/1")["calendar_id"], 1);
        browser.says("#next", "The source is closed until").await;
        browser.says("#link-state", "Live").await;
        let contact = server.contact("+7 999 123 45 67");
        assert_eq!(contact["status"], "waiting");
        browser.open(&server.url("/sources?lang=ru")).await;
        browser.says("#source-1", "закрыт").await;
        browser.open(&server.url("/")).await;
        browser.says("#queue-why-1", "Источник закрыт до").await;
        browser.open(&server.url(&format!("/contacts/{}?lang=en", contact["id"]))).await;
        browser.says("#line", "The source is closed until").await;
        browser.says("#story-0", "Source closed").await;
        browser.open(&server.url("/sources/1/settings")).await;
        browser.run("document.querySelector('#f-calendar_id').value = ''").await;
        browser.click(".is-primary").await;
        browser.until("return !document.getElementById('opening')").await;
        assert_eq!(server.get("/api/v1/contacts/1")["status"], "assigned");
    });
}

#[test]
fn contacts_of_a_closed_source_go_to_its_fallback_and_say_where_they_came_from() {
    let server = Server::furnished();
    server.post("/api/v1/sources", &json!({"name": "Night desk"}));
    server.post("/api/v1/sources/2/operators", &json!({"operator_id": 2, "weight": 1}));
    server.post("/api/v1/calendars", &json!({"name": "Never", "zone": "UTC"}));
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1/settings")).await;
        browser.run("document.querySelector('#f-calendar_id').value = '1'").await;
        browser.run("document.querySelector('#f-fallback_source_id').value = '2'").await;
        browser.click(".is-primary").await;
        browser.says("#fallback", "falls back on Night desk").await;
        browser.says("#opening", "closed").await;
        let contact = server.contact("+7 999 123 45 67");
        assert_eq!((&contact["source_id"], &contact["operator_id"]), (&json!(2), &json!(2)));
        browser.open(&server.url(&format!("/contacts/{}", contact["id"]))).await;
        browser.says("#arrived-on", "Bot").await;
        browser.says("#story-1", "Came from another source").await;
        browser.says("#story-0", "Source closed").await;
        browser.open(&server.url("/sources/2/settings")).await;
        browser.run("document.querySelector('#f-fallback_source_id').value = '1'").await;
        browser.click(".is-primary").await;
        browser.says("#e-fallback_source_id", "falls back on the one you are editing").await;
        browser.open(&server.url("/sources/2/delete")).await;
        browser.click(".is-danger").await;
        browser.says("main", "Other sources fall back on this one").await;
    });
}
