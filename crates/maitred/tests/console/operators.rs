//! One operator at a time: adding, changing, deleting with a question before it. And all of them: search and sort.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::json;

#[test]
fn the_question_before_a_deletion_counts_what_is_held_now() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/operators/1/delete")).await;
        browser.says("#link-state", "Live").await;
        browser.says("main", "No contacts are assigned to this operator").await;
        let mut held = 0;
        for n in 0..8 {
            held += i32::from(server.contact(&format!("+7 999 000 00 0{n}"))["operator_id"] == 1);
        }
        browser.says("main", &format!("{held} assigned contacts will be routed again")).await;
    });
}

#[test]
fn an_operator_is_added_changed_and_deleted() {
    let server = Server::furnished();
    server.contact("+7 999 123 45 67");
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.click("[href='/operators/new']").await;
        browser.click(".is-primary").await;
        browser.says("#e-name", "1 to 100 characters").await;
        browser.type_in("#f-name", "Vera <script>").await;
        browser.click(".is-primary").await;
        browser.says("#operator-3", "Vera <script>").await;

        browser.click("#operator-3 .card-edit").await;
        browser.type_in("#f-max_load", "7").await;
        browser.click(".is-primary").await;
        browser.says("#operator-3 .load", "of 7").await;
        assert_eq!(server.get("/api/v1/operators/3")["max_load"], 7);

        browser.click("#operator-3 .card-edit").await;
        browser.click("[href='/operators/3/delete']").await;
        browser.says("h1", "Delete Vera").await;
        browser.click(".is-danger.is-primary").await;
        browser.says("#operators", "Boris").await;
        assert_eq!(server.get("/api/v1/operators").as_array().map(Vec::len), Some(2));
    });
}

/// Ids of the rows, from the top.
async fn rows(browser: &Browser) -> Vec<i64> {
    let script = "return [...document.querySelectorAll('#operators tbody tr')].map((row) => +row.id.split('-')[1])";
    let ids = browser.run(script).await;
    ids.as_array().expect("a list").iter().map(|id| id.as_i64().expect("an id")).collect()
}

/// Clicks the head of a column, and gives what the table is sorted by then.
async fn sort_by(browser: &Browser, column: u8) -> String {
    browser.click(&format!("#operators thead th:nth-child({column}) a")).await;
    let script = "const head = document.querySelector('#operators [aria-sort]'); \
                  return `${head.textContent} ${head.ariaSort}`";
    browser.run(script).await.as_str().expect("a text").to_owned()
}

/// Anna (1 of 5), Boris (1 of 3), anna-maria (2 of 2, paused) and Ёлкина Вера, who has had no contact.
fn staff() -> Server {
    let server = Server::furnished();
    server.post("/api/v1/operators", &json!({"name": "anna-maria", "external_id": "crm-9", "max_load": 2}));
    server.post("/api/v1/operators", &json!({"name": "Ёлкина Вера", "external_id": "CRM-10"}));
    // Nobody serves this one, so each contact waits for a person to assign it.
    server.post("/api/v1/sources", &json!({"name": "Site", "kind": "site"}));
    for operator in [1, 2, 3, 3] {
        let contact = server.post("/api/v1/contacts", &json!({"source_id": 2, "lead_phone": "+7 999 123 45 67"}));
        server.post(&format!("/api/v1/contacts/{}/transfer", contact["id"]), &json!({"operator_id": operator}));
    }
    server.patch("/api/v1/operators/3", &json!({"is_active": false}));
    server
}

#[test]
fn operators_are_sorted_by_the_heads_of_columns() {
    let server = staff();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/operators")).await;
        browser.says("#found", "4 operators").await;
        assert_eq!(rows(browser).await, [1, 3, 2, 4]);
        for (column, sorted, expected) in [
            (1, "Name descending", [4, 2, 3, 1]),
            (2, "External ID ascending", [4, 3, 1, 2]),
            (2, "External ID descending", [3, 4, 1, 2]),
            (3, "State ascending", [1, 2, 4, 3]),
            (3, "State descending", [3, 1, 2, 4]),
            (4, "Load descending", [3, 2, 1, 4]),
            (4, "Load ascending", [4, 1, 2, 3]),
            (5, "Sources descending", [1, 2, 3, 4]),
            (6, "Last contact descending", [3, 2, 1, 4]),
            (6, "Last contact ascending", [1, 2, 3, 4]),
        ] {
            assert_eq!(sort_by(browser, column).await, sorted);
            assert_eq!(rows(browser).await, expected, "{sorted}");
        }
        browser.says("#operator-3", "2 of 2").await;
        browser.says("#operator-3 .state", "paused").await;
        browser.says("#operator-4", "none").await;
        browser.click("#operator-3 .switch").await;
        browser.says("#operator-3 .state", "active").await;
        assert_eq!(rows(browser).await, [1, 2, 3, 4], "the page is as it was");
        browser.click("#operator-4 th a").await;
        browser.says("h1", "Ёлкина Вера").await;
    });
}

#[test]
fn operators_are_found_by_beginnings_of_words() {
    let server = staff();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/operators?sort=load")).await;
        for (typed, expected) in
            [("ANN", &[3, 1][..]), ("mar", &[3]), ("вера ёл", &[4]), ("елк", &[4]), ("crm", &[3, 4]), ("10", &[4])]
        {
            browser.type_in("#f-q", typed).await;
            browser.click(".filters .is-primary").await;
            browser.says("#found", "found").await;
            assert_eq!(rows(browser).await, expected, "{typed}");
        }
        browser.type_in("#f-q", "nna <b>").await;
        browser.click(".filters .is-primary").await;
        browser.says("main", "No operator matches “nna <b>”.").await;
        browser.click(".filters a.button").await;
        browser.says("#found", "4 operators").await;
        browser.click("thead th:nth-child(4) a").await;
        browser.click("#operator-1 .card-edit").await;
        browser.type_in("#f-external_id", "crm-11").await;
        browser.click(".is-primary").await;
        browser.says("#operator-1", "crm-11").await;
        assert_eq!(rows(browser).await, [4, 1, 2, 3], "the list is sorted as before");
        browser.click("#operator-2 .card-edit").await;
        browser.click("[href*='/delete']").await;
        browser.click(".is-danger.is-primary").await;
        browser.says("#found", "3 operators").await;
        assert_eq!(rows(browser).await, [4, 1, 3]);
    });
}

#[test]
fn a_long_list_of_operators_is_paged() {
    let server = Server::start();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/operators")).await;
        browser.says("main", "There are no operators yet").await;
        (1..=205).for_each(|n| _ = server.post("/api/v1/operators", &json!({"name": format!("Operator {n:03}")})));
        browser.open(&server.url("/operators?q=oper&order=desc")).await;
        browser.says("#found", "1 to 100 of 205").await;
        browser.click(".pager [rel=next]").await;
        browser.says("#found", "101 to 200 of 205").await;
        assert_eq!(rows(browser).await, (6..=105).rev().collect::<Vec<i64>>());
        browser.click("#operator-105 .switch").await;
        browser.says("#operator-105 .state", "paused").await;
        browser.says("#found", "101 to 200 of 205").await;
        browser.click(".pager [rel=next]").await;
        browser.says("#found", "201 to 205 of 205").await;
        assert_eq!(rows(browser).await, [5, 4, 3, 2, 1]);
        browser.click(".pager [rel=prev]").await;
        browser.says("#found", "101 to 200 of 205").await;
        browser.open(&server.url("/operators?page=9")).await;
        browser.says("main", "There are no more operators").await;
        browser.click(".pager a").await;
        browser.says("#found", "1 to 100 of 205").await;
    });
}

#[test]
fn caps_are_typed_as_lines_and_say_what_is_not_clear() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/operators/1")).await;
        browser.type_in("#f-caps", "20/fortnight").await;
        browser.click("main .is-primary").await;
        browser.says("#e-caps", "Line 1: “fortnight” is not a period.").await;
        browser.type_in("#f-name", "Anna Berg").await;
        browser.type_in("#f-caps", "5/hour UTC source 99").await;
        browser.click("main .is-primary").await;
        browser.says("#e-caps", "There is no source 99").await;
        assert_eq!(server.get("/api/v1/operators/1")["name"], json!("Anna"), "nothing is half done");
        browser.type_in("#f-caps", "1/day UTC\n3/60s").await;
        browser.click("main .is-primary").await;
        browser.says("#operators", "Anna").await;
        let caps = server.get("/api/v1/operators/1/caps");
        assert_eq!((&caps[0]["window"], &caps[0]["zone"]), (&json!("day"), &json!("UTC")));
        assert_eq!((&caps[1]["limit"], &caps[1]["seconds"]), (&json!(3), &json!(60)));
        browser.open(&server.url("/operators/1")).await;
        assert_eq!(browser.run("return document.querySelector('#f-caps').value").await, "1/day UTC\n3/60s");

        server.patch("/api/v1/operators/2", &json!({"is_active": false}));
        server.contact("+7 999 000 00 01");
        browser.open(&server.url("/desk/1")).await;
        browser.says("#me", "cap reached").await;
    });
}
