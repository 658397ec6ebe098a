//! Many contacts at once: what is ticked, or all that match, is asked about by name and number, and of each it is said
//! what became of it. What has changed since it was shown is not touched.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};

const NO_SCRIPTS: Kind = Kind { scripts: false, ..USUAL };

/// Contacts 1 to 8, all of them assigned: Anna has 5 of 5, Boris 3 of 3.
fn full() -> Server {
    let server = Server::furnished();
    (0..8).for_each(|n| _ = server.contact(&format!("+7 999 000 00 0{n}")));
    server
}

fn contact(server: &Server, id: i64) -> Value {
    server.get(&format!("/api/v1/contacts/{id}"))
}

/// The first of these who has the operator.
fn held_by(server: &Server, operator: i64) -> i64 {
    let held = server.get(&format!("/api/v1/contacts?operator_id={operator}&status=assigned"));
    held[0]["id"].as_i64().expect("somebody has it")
}

async fn tick(browser: &Browser, ids: &[i64]) {
    for id in ids {
        browser.click(&format!("#contact-{id} .pick input")).await;
    }
}

async fn press(browser: &Browser, action: &str) {
    browser.click(&format!("#selected [value={action}]")).await;
}

/// Numbers of the rows in a part of a page, from the top.
async fn rows(browser: &Browser, part: &str) -> Vec<i64> {
    let script =
        format!("return [...document.querySelectorAll('{part} tbody tr')].map((row) => +row.id.split('-')[1])");
    let ids = browser.run(&script).await;
    ids.as_array().expect("a list").iter().map(|id| id.as_i64().expect("a number")).collect()
}

#[test]
fn what_is_ticked_is_resolved_after_a_question_that_names_it() {
    let server = full();
    browse(NO_SCRIPTS, async |browser| {
        browser.open(&server.url("/contacts?status=assigned")).await;
        tick(browser, &[2, 5]).await;
        press(browser, "resolve").await;
        browser.says("h1", "Resolve 2 contacts?").await;
        browser.says("#ready", "+7 999 000-00-04").await;
        assert_eq!(contact(&server, 2)["status"], "assigned", "not before yes");
        browser.click("#ask .is-primary").await;
        browser.says("h1", "2 contacts resolved").await;
        assert_eq!(rows(browser, "#done").await, [5, 2]);
        assert_eq!([2, 5].map(|id| contact(&server, id)["status"].clone()), ["resolved", "resolved"]);
        // Sent again, it was done by the same click.
        browser.client.back().await.expect("there is a page before");
        browser.click("#ask .is-primary").await;
        browser.says("h1", "2 contacts resolved").await;
        browser.click("a.button").await;
        browser.until("return location.pathname + location.search == '/contacts?status=assigned'").await;
        press(browser, "resolve").await;
        browser.says("main", "There is nothing to do").await;
    });
}

#[test]
fn what_changed_since_it_was_shown_is_left_alone_and_named() {
    let server = full();
    let (of_anna, of_boris) = (held_by(&server, 1), held_by(&server, 2));
    let give = |id: i64, operator: i64| {
        server.post(&format!("/api/v1/contacts/{id}/transfer"), &json!({"operator_id": operator, "force": true}));
    };
    let path = "/contacts?status=assigned";
    browse(NO_SCRIPTS, async |browser| {
        browser.open(&server.url(path)).await;
        tick(browser, &[of_anna, of_boris]).await;
        give(of_anna, 2);
        press(browser, "release").await;
        browser.says("h1", "Release 1 contact?").await;
        assert_eq!((rows(browser, "#ready").await, rows(browser, "#changed").await), (vec![of_boris], vec![of_anna]));
        give(of_boris, 1);
        browser.click("#ask .is-primary").await;
        browser.says("h1", "No contact was released").await;
        browser.says(&format!("#told-{of_boris}"), "Changed in the meantime").await;
        browser.says(&format!("#told-{of_boris} td"), "Anna").await;
        assert_eq!(contact(&server, of_boris)["operator_id"], 1, "it stays with whom it was given to");
        // What was changed can be meant all the same.
        browser.open(&server.url(path)).await;
        tick(browser, &[of_anna]).await;
        give(of_anna, 1);
        press(browser, "resolve").await;
        browser.click(&format!("#contact-{of_anna} .pick input")).await;
        browser.click("#ask .is-primary").await;
        browser.says("h1", "1 contact resolved").await;
        assert_eq!(contact(&server, of_anna)["status"], "resolved");
    });
}

#[test]
fn a_transfer_says_of_each_whether_there_was_room() {
    let server = full();
    server.patch("/api/v1/operators/2", &json!({"max_load": 5}));
    let of_anna = server.get("/api/v1/contacts?operator_id=1&status=assigned");
    let of_anna: Vec<i64> = of_anna.as_array().expect("a list").iter().filter_map(|it| it["id"].as_i64()).collect();
    browse(NO_SCRIPTS, async |browser| {
        browser.open(&server.url("/contacts")).await;
        tick(browser, &of_anna[..3]).await;
        press(browser, "transfer").await;
        browser.click("#ask .is-primary").await;
        browser.says("#e-operator_id", "Choose an operator").await;
        browser.says("h1", "Transfer 3 contacts?").await;
        browser.click("#f-operator_id option[value='2']").await;
        browser.click("#ask .is-primary").await;
        browser.says("h1", "2 contacts transferred to Boris").await;
        browser.says("#failed", "Boris has no free slots: 5 of 5").await;
        assert_eq!(rows(browser, "#failed").await, [of_anna[2]]);
        browser.open(&server.url("/contacts")).await;
        tick(browser, &of_anna[2..4]).await;
        press(browser, "transfer").await;
        browser.click("#f-operator_id option[value='2']").await;
        browser.click("[name=force]").await;
        browser.click("#ask .is-primary").await;
        browser.says("h1", "2 contacts transferred to Boris").await;
        assert_eq!(server.get("/api/v1/operators/2")["current_load"], 7);
    });
}

#[test]
fn contacts_are_deleted_together_or_one_by_one() {
    let server = full();
    browse(NO_SCRIPTS, async |browser| {
        browser.open(&server.url("/contacts")).await;
        tick(browser, &[1, 8]).await;
        press(browser, "delete").await;
        browser.says("main", "This cannot be undone").await;
        browser.click("#ask .is-danger").await;
        browser.says("h1", "2 contacts deleted").await;
        browser.says("#told-1 td", "Deleted").await;
        browser.open(&server.url("/contacts/3")).await;
        browser.click("#delete").await;
        browser.says("h1", "Delete 1 contact?").await;
        browser.click("#ask .is-danger").await;
        browser.says("h1", "1 contact deleted").await;
        browser.click("a.button").await;
        assert_eq!(rows(browser, ".contacts").await, [7, 6, 5, 4, 2]);
        browser.open(&server.url("/contacts/selected?action=resolve&contact=3&contact=4")).await;
        browser.says("main", "do not exist any more: 3").await;
        browser.says("h1", "Resolve 1 contact?").await;
    });
}

#[test]
fn all_that_match_are_taken_up_to_a_limit() {
    let server = Server::furnished();
    server.post("/api/v1/sources", &json!({"name": "Site", "kind": "site"}));
    let waiting = |n| json!({"source_id": 2, "lead_phone": format!("+7 999 {n:07}")});
    (0..530).for_each(|n| _ = server.post("/api/v1/contacts", &waiting(n)));
    server.contact("+7 999 123 45 67");
    let path = "/contacts?source_id=2&order=asc";
    browse(NO_SCRIPTS, async |browser| {
        for (asked, told) in
            [("Resolve 500 contacts?", "500 contacts resolved"), ("Resolve 30 contacts?", "30 contacts")]
        {
            browser.open(&server.url(path)).await;
            browser.click("#selected [name=all]").await;
            press(browser, "resolve").await;
            browser.says("h1", asked).await;
            let more = browser.text(".notice").await;
            assert_eq!(more.contains("More than 500 contacts match"), asked.contains("500"), "{more}");
            browser.click("#ask .is-primary").await;
            browser.says("h1", told).await;
        }
        assert_eq!(contact(&server, 531)["status"], "assigned", "another source's");
        assert_eq!(server.get("/api/v1/contacts?source_id=2&status=waiting").as_array().map(Vec::len), Some(0));
    });
}

#[test]
fn with_a_script_the_bar_comes_with_the_first_tick_and_ticks_stay() {
    let server = full();
    let shown = "return getComputedStyle(document.getElementById('selected')).display != 'none'";
    browse(USUAL, async |browser| {
        browser.open(&server.url("/contacts")).await;
        browser.says("#link-state", "Live").await;
        assert_eq!(browser.run(shown).await, false);
        tick(browser, &[3]).await;
        browser.says("#selected [role=status]", "1 contact selected").await;
        let shift = "const box = document.querySelector('#contact-6 .pick input'); \
                     box.dispatchEvent(new MouseEvent('click', {shiftKey: true, bubbles: true, cancelable: true}))";
        browser.run(shift).await;
        browser.says("#selected [role=status]", "4 contacts selected").await;
        server.post("/api/v1/contacts/4/resolve", &json!({}));
        browser.says("#contact-4", "Resolved").await;
        browser.says("#selected [role=status]", "4 contacts selected").await;
        assert_eq!(browser.run(shown).await, true);
        press(browser, "resolve").await;
        browser.says("h1", "Resolve 3 contacts?").await;
        assert_eq!(rows(browser, "#unsuited").await, [4], "the page showed that it was resolved");
        browser.client.back().await.expect("there is a page before");
        browser.says("#link-state", "Live").await;
        browser.click("[data-pick-all]").await;
        browser.says("#selected [role=status]", "8 contacts selected").await;
        browser.click("[data-pick-all]").await;
        browser.until("return getComputedStyle(document.getElementById('selected')).display == 'none'").await;
    });
}
