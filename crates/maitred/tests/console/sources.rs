//! Sources: the matrix of weights and the table of one source, and that routing follows what was typed there.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};

/// Anna and Boris with room for many, who serve Bot (30 and 10) and Form (nobody yet).
fn filled_server() -> Server {
    let server = Server::start();
    for name in ["Anna", "Boris"] {
        server.post("/api/v1/operators", &json!({"name": name, "max_load": 1_000}));
    }
    server.post("/api/v1/sources", &json!({"name": "Bot", "kind": "telegram", "policy": "smooth_weighted"}));
    server.post("/api/v1/sources", &json!({"name": "Form", "kind": "site"}));
    for (operator, weight) in [(1, 30), (2, 10)] {
        server.post("/api/v1/sources/1/operators", &json!({"operator_id": operator, "weight": weight}));
    }
    server
}

/// Sends contacts of different people to Bot; gives how many of them Anna got.
fn given_to_anna(server: &Server, phones: std::ops::Range<u32>) -> usize {
    phones.filter(|n| server.contact(&format!("+7 999 {n:07}"))["operator_id"] == 1).count()
}

fn weights(server: &Server, source: u32) -> Vec<(Value, Value)> {
    let members = server.get(&format!("/api/v1/sources/{source}/operators"));
    let members = members.as_array().expect("a list").clone();
    members.into_iter().map(|m| (m["operator_id"].clone(), m["weight"].clone())).collect()
}

async fn value(browser: &Browser, selector: &str) -> String {
    browser.find(selector).await.prop("value").await.expect("a field").unwrap_or_default()
}

#[test]
fn the_matrix_is_edited_and_routing_follows() {
    let server = filled_server();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources")).await;
        browser.says("#link-state", "Live").await;
        browser.says("output[for=w-1-1]", "75%").await;
        assert_eq!(given_to_anna(&server, 0..8), 6);
        // What was received appears by itself.
        browser.says("#source-1 td:nth-of-type(3)", "8").await;

        browser.type_in("#w-1-1", "1").await;
        browser.type_in("#w-1-2", "3").await;
        browser.says("output[for=w-1-1]", "25%").await;
        browser.find("#row-1[data-dirty]").await;
        // Into another row is typed too, which is saved later.
        browser.type_in("#w-2-2", "7").await;
        assert_eq!(given_to_anna(&server, 8..16), 6, "nothing is saved yet");
        browser.says("#source-1 td:nth-of-type(3)", "16").await;
        assert_eq!(value(browser, "#w-1-1").await, "1", "an update took what was typed");
        browser.says("output[for=w-1-1]", "25%").await;

        browser.find("#w-1-2").await.send_keys("\u{e007}").await.expect("the enter key");
        browser.find("#row-1:not([data-dirty])").await;
        assert_eq!(weights(&server, 1), [(1.into(), 1.into()), (2.into(), 3.into())]);
        assert_eq!(given_to_anna(&server, 16..24), 2, "routing follows");
        assert_eq!(value(browser, "#w-2-2").await, "7", "what was typed into another row is still there");
        browser.find("#w-2-2").await.send_keys("\u{e007}").await.expect("the enter key");
        browser.find("#row-2:not([data-dirty])").await;
        assert_eq!(weights(&server, 2), [(2.into(), 7.into())]);
    });
}

#[test]
fn a_weight_that_cannot_be_says_so_at_its_cell() {
    let server = filled_server();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources")).await;
        browser.says("#link-state", "Live").await;
        browser.type_in("#w-2-1", "5").await;
        browser.type_in("#w-1-1", "a lot").await;
        browser.type_in("#w-1-2", "20").await;
        browser.click("#unsaved [data-save]").await;
        browser.says("#e-1-1", "Enter a whole number").await;
        browser.says("#unsaved", "2 unsaved rows").await;
        for (field, typed) in [("#w-1-1", "a lot"), ("#w-1-2", "20"), ("#w-2-1", "5")] {
            assert_eq!(value(browser, field).await, typed, "what was typed is kept");
        }
        let focused = browser.run("return document.activeElement.id").await;
        assert_eq!(focused, json!("w-1-1"));
        assert_eq!(weights(&server, 1), [(1.into(), 30.into()), (2.into(), 10.into())]);
        browser.type_in("#w-1-1", "20").await;
        browser.click("#unsaved [data-save]").await;
        browser.until("return !document.querySelector('[aria-invalid]')").await;
        browser.says("#unsaved", "Saved").await;
        assert_eq!(weights(&server, 1), [(1.into(), 20.into()), (2.into(), 20.into())]);
        assert_eq!(weights(&server, 2), [(1.into(), 5.into())], "all rows are saved");
    });
}

/// Whether leaving the page would ask first.
async fn asks_before_leaving(browser: &Browser) -> bool {
    let script = "const leaving = new Event('beforeunload', {cancelable: true}); \
                  window.dispatchEvent(leaving); return leaving.defaultPrevented";
    browser.run(script).await == true
}

#[test]
fn one_bar_discards_what_is_not_saved_and_leaving_asks() {
    let server = filled_server();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources")).await;
        browser.says("#link-state", "Live").await;
        assert!(!asks_before_leaving(browser).await);
        browser.says("#row-2 .nobody", "No operators: nobody gets contacts").await;
        browser.type_in("#w-2-1", "0").await;
        browser.says("#row-2 .nobody", "All weights are 0: nobody gets contacts").await;
        browser.says("#unsaved", "1 unsaved row").await;
        assert!(asks_before_leaving(browser).await);
        browser.type_in("#w-1-1", "nonsense").await;
        browser.says("#unsaved", "2 unsaved rows").await;
        browser.click("#unsaved [data-save]").await;
        browser.says("#e-1-1", "Enter a whole number").await;
        browser.click("#unsaved [data-discard]").await;
        browser.until("return !document.querySelector('[aria-invalid], [data-dirty], #unsaved[data-shown]')").await;
        assert_eq!(value(browser, "#w-1-1").await, "30");
        assert_eq!(value(browser, "#w-2-1").await, "");
        assert!(!asks_before_leaving(browser).await);
        assert_eq!(weights(&server, 2), []);
        // What was typed and discarded follows what others store.
        server.post("/api/v1/sources/2/operators", &json!({"operator_id": 1, "weight": 0}));
        browser.says("#row-2 .nobody", "All weights are 0").await;
        assert_eq!(value(browser, "#w-2-1").await, "0");

        browser.open(&server.url("/sources/1?lang=ru")).await;
        browser.type_in("#w-1", "7").await;
        browser.says("#unsaved", "Ещё не сохранено").await;
        assert!(asks_before_leaving(browser).await);
        browser.click("#weights .save").await;
        browser.says("#unsaved", "Сохранено").await;
        assert!(!asks_before_leaving(browser).await);
    });
}

#[test]
fn names_stay_in_sight_with_many_operators_and_all_fits_with_few() {
    let server = Server::start();
    (0..5).for_each(|n| _ = server.post("/api/v1/sources", &json!({"name": format!("Source {n}")})));
    let add = |from: usize, to: usize| {
        let name = |n| json!({"name": format!("Константин {n} Растопыркин")});
        (from..to).for_each(|n| _ = server.post("/api/v1/operators", &name(n)));
    };
    let sides = "const of = (selector) => document.querySelector(selector).getBoundingClientRect(); \
                 const all = of('.matrix-scroll'), name = of('#row-5 th'); \
                 const last = of('.matrix thead th:nth-last-child(2)'); \
                 return name.left >= all.left && last.top >= all.top && last.right <= all.right + 1";
    browse(USUAL, async |browser| {
        browser.client.set_window_size(1280, 900).await.expect("a window has a size");
        for (before, operators) in [(0, 12), (12, 60), (60, 200)] {
            add(before, operators);
            browser.open(&server.url("/sources")).await;
            browser.find(&format!("#w-5-{operators}")).await;
            if operators == 12 {
                let fits =
                    "const it = document.querySelector('.matrix-scroll'); return it.scrollWidth <= it.clientWidth";
                assert_eq!(browser.run(fits).await, true, "12 operators fit");
            }
            browser.run("const it = document.querySelector('.matrix-scroll'); it.scrollTo(it.scrollWidth, 9999)").await;
            assert_eq!(browser.run(sides).await, true, "{operators}");
        }
        add(200, 201);
        browser.open(&server.url("/sources")).await;
        browser.says("#source-1", "Source 0").await;
        assert_eq!(browser.run("return document.getElementById('matrix')").await, Value::Null);
    });
}

#[test]
fn the_table_of_a_source_shows_what_its_weights_led_to() {
    let server = filled_server();
    assert_eq!(given_to_anna(&server, 0..40), 30);
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1")).await;
        browser.says("#link-state", "Live").await;
        let told = &server.get("/api/v1/stats/distribution")[0];
        assert_eq!((&told["received_total"], &told["jain"]), (&json!(40), &json!(1.0)));
        browser.says("#fairness", "Largest difference between received and entitled, in contacts: 0").await;
        browser.says("#member-1 .shares", "75%").await;
        browser.says("#member-1 td:nth-of-type(4)", "30").await;
        browser.type_in("#w-2", "").await;
        browser.type_in("#w-1", "4").await;
        browser.says("output[for='w-1']", "100%").await;
        browser.click("#weights .save").await;
        browser.find("#weights:not([data-dirty])").await;
        assert_eq!(weights(&server, 1), [(1.into(), 4.into())]);
        // Boris no longer serves it, but what was received stays in the books.
        browser.says("#member-2 td:nth-of-type(4)", "10").await;
        assert_eq!(given_to_anna(&server, 40..44), 4);
        browser.says("#member-1 td:nth-of-type(4)", "34").await;
    });
}

#[test]
fn shares_are_shown_for_the_period_that_is_chosen() {
    let server = filled_server();
    assert_eq!(given_to_anna(&server, 0..40), 30);
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1")).await;
        browser.says("#link-state", "Live").await;
        browser.says(".periods [aria-current]", "7 days").await;
        browser.says("#fairness", "7 days").await;
        browser.says("#member-1 td:nth-of-type(4)", "30").await;
        browser.says("#member-1 td:nth-of-type(5)", "30 75%").await;

        browser.click(".periods [href$='period=weights']").await;
        browser.says(".periods [aria-current]", "Since weights changed").await;
        browser.says(".periods", "Since 20").await;
        // What is saved begins a period, which stays the one that is shown.
        browser.type_in("#w-2", "30").await;
        browser.says("output[for='w-2']", "50%").await;
        browser.click("#weights .save").await;
        browser.find("#weights:not([data-dirty])").await;
        browser.says("#member-1 td:nth-of-type(4)", "0").await;
        assert_eq!(given_to_anna(&server, 40..44), 2);
        browser.says("#member-1 td:nth-of-type(4)", "2").await;
        browser.says("#member-1 td:nth-of-type(5)", "2 50%").await;
        browser.click(".periods [href$='period=all']").await;
        browser.says("#member-1 td:nth-of-type(4)", "32").await;

        browser.open(&server.url("/sources?period=weights")).await;
        browser.says("#row-1 td:nth-of-type(1) .cell-shares", "50%").await;
        browser.click("#row-1 .source-name").await;
        browser.says(".periods [aria-current]", "Since weights changed").await;
    });
}

#[test]
fn a_desk_shows_the_share_of_the_period_that_is_chosen() {
    let server = filled_server();
    given_to_anna(&server, 0..8);
    server.post("/api/v1/sources/1/operators", &json!({"operator_id": 1, "weight": 10}));
    given_to_anna(&server, 8..10);
    browse(USUAL, async |browser| {
        browser.open(&server.url("/desk/1")).await;
        browser.says("#link-state", "Live").await;
        browser.says("#shares .due-foot", "received 7, entitled to 7").await;
        browser.click("#shares [href$='period=weights']").await;
        browser.says("#shares .due-foot", "received 1, entitled to 1").await;
        // It stays the one that is shown when something is done.
        browser.click("#held li .is-primary").await;
        browser.says("#notice", "Resolved").await;
        browser.says("#shares [aria-current]", "Since weights changed").await;
    });
}

#[test]
fn a_source_is_added_changed_and_deleted() {
    let server = filled_server();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources")).await;
        browser.click(".page-head [href='/sources/new']").await;
        browser.type_in("#f-name", "Bot").await;
        browser.type_in("#f-default_region", "Atlantis").await;
        browser.click("main .is-primary").await;
        browser.says("#e-default_region", "two-letter code").await;
        browser.type_in("#f-default_region", "ru").await;
        browser.click("main .is-primary").await;
        browser.says("#e-name", "Another source has this name").await;
        browser.type_in("#f-name", "Line <b>").await;
        browser.click("[value=least_loaded]").await;
        browser.click("[name=sticky]").await;
        browser.click("main .is-primary").await;
        browser.says("h1", "Line <b>").await;
        let source = server.get("/api/v1/sources/3");
        assert_eq!((&source["policy"], &source["sticky"]), (&json!("least_loaded"), &json!(true)));
        assert_eq!(source["default_region"], "RU");

        browser.click("[href='/sources/3/settings']").await;
        browser.click("[name=sticky]").await;
        browser.type_in("#f-description", " The one on the page.\nAsk Vera. ").await;
        browser.type_in("#f-default_region", "").await;
        browser.click("main .is-primary").await;
        browser.says("h1", "Line").await;
        let source = server.get("/api/v1/sources/3");
        assert_eq!((&source["sticky"], &source["default_region"]), (&json!(false), &Value::Null));
        assert_eq!(
            (&source["policy"], &source["description"]),
            (&json!("least_loaded"), &json!("The one on the page.\nAsk Vera."))
        );
        browser.says(".page-head", "The one on the page.").await;

        browser.open(&server.url("/sources/3/delete")).await;
        browser.says("#link-state", "Live").await;
        browser.says("main", "There are no open contacts").await;
        server.post("/api/v1/contacts", &json!({"source_id": 3, "lead_email": "a@example.org"}));
        browser.says("main", "1 open contact will be resolved").await;
        browser.click(".is-danger.is-primary").await;
        browser.says("#sources", "Form").await;
        assert_eq!(server.get("/api/v1/sources").as_array().map(Vec::len), Some(2));
        assert_eq!(server.get("/api/v1/contacts?limit=1")[0]["status"], "resolved");
    });
}

#[test]
fn contacts_that_came_while_one_was_asked_are_not_resolved_unasked() {
    let server = filled_server();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/sources/2/delete")).await;
        browser.says("main", "There are no open contacts").await;
        server.post("/api/v1/contacts", &json!({"source_id": 2, "lead_email": "a@example.org"}));
        browser.click(".is-danger.is-primary").await;
        browser.says("main", "Nothing has been deleted yet").await;
        assert_eq!(server.get("/api/v1/contacts?limit=1")[0]["status"], "waiting");
        browser.click(".is-danger.is-primary").await;
        browser.says("#sources", "Bot").await;
        assert_eq!(server.get("/api/v1/contacts?limit=1")[0]["status"], "resolved");
    });
}

#[test]
fn many_sources_come_in_pages_and_many_operators_in_the_table() {
    let server = filled_server();
    (0..20).for_each(|n| _ = server.post("/api/v1/sources", &json!({"name": format!("Source {n}")})));
    (0..500).for_each(|n| _ = server.post("/api/v1/operators", &json!({"name": format!("Operator {n}")})));
    server.post("/api/v1/sources/1/operators", &json!({"operator_id": 502, "weight": 40}));
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources")).await;
        browser.says("#source-1", "Bot").await;
        assert_eq!(browser.run("return document.getElementById('matrix')").await, Value::Null);
        browser.click("[rel=next]").await;
        browser.says("#source-22", "Source 19").await;

        browser.open(&server.url("/sources/1")).await;
        browser.says("output[for='w-1']", "37.5%").await;
        browser.type_in("#w-1", "50").await;
        browser.says("output[for='w-1']", "50%").await;
        browser.click("#weights .save").await;
        browser.find("#weights:not([data-dirty])").await;
        let kept = [(1.into(), 50.into()), (2.into(), 10.into()), (502.into(), 40.into())];
        assert_eq!(weights(&server, 1), kept, "a member on another page stays");
        browser.click("[rel=next]").await;
        browser.says("#member-502", "Operator 499").await;
    });
}

#[test]
fn without_scripts_weights_are_shown_and_saved_all_the_same() {
    let server = filled_server();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/sources")).await;
        browser.says("output[for=w-1-2]", "25%").await;
        browser.type_in("#w-1-2", "-3").await;
        browser.click("#row-1 .save").await;
        browser.says("#e-1-2", "Enter a whole number").await;
        assert_eq!(value(browser, "#w-1-2").await, "-3");
        browser.type_in("#w-1-2", "30").await;
        browser.click("#row-1 .save").await;
        browser.says("output[for=w-1-2]", "50%").await;
        assert_eq!(weights(&server, 1), [(1.into(), 30.into()), (2.into(), 30.into())]);
        browser.open(&server.url("/sources/1?lang=ru")).await;
        browser.says("output[for=w-2]", "50 %").await;
        browser.type_in("#w-2", "").await;
        browser.click("#weights .save").await;
        browser.says("output[for=w-1]", "100 %").await;
        assert_eq!(weights(&server, 1), [(1.into(), 30.into())]);
    });
}

#[test]
fn boxes_that_nobody_touches_stay_as_they_are() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1/settings")).await;
        browser.type_in("#f-description", "For leads").await;
        browser.click("main .is-primary").await;
        browser.says(".page-head", "For leads").await;
        let source = server.get("/api/v1/sources/1");
        assert_eq!((&source["sticky"], &source["short_phones"]), (&json!(false), &json!(false)));
    });
}

#[test]
fn a_reply_link_is_typed_and_says_what_is_wrong_with_it() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1/settings")).await;
        browser.says("#h-reply_url", "tg://user?id={external_id}").await;
        browser.type_in("#f-reply_url", "t.me/{external_id}").await;
        browser.click("main .is-primary").await;
        browser.says("#e-reply_url", "begins with https://").await;
        browser.type_in("#f-reply_url", "tg://user?id={external_id}").await;
        browser.click("main .is-primary").await;
        browser.says("h1", "Bot").await;
        assert_eq!(server.get("/api/v1/sources/1")["reply_url"], "tg://user?id={external_id}");
    });
}

#[test]
fn sources_are_sorted_by_the_heads_of_columns() {
    let server = Server::furnished();
    for name in ["alpha", "Ёлка", "Beta"] {
        server.post("/api/v1/sources", &json!({"name": name, "kind": "site"}));
    }
    for (source, contacts) in [(2, 1), (3, 3), (1, 2)] {
        for n in 0..contacts {
            let body = json!({"source_id": source, "lead_phone": format!("+7 999 00{source} 00 0{n}")});
            server.post("/api/v1/contacts", &body);
        }
    }
    let ids = "return [...document.querySelectorAll('#sources tbody tr')].map((row) => +row.id.split('-')[1])";
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/sources")).await;
        assert_eq!(browser.run(ids).await, json!([1, 2, 3, 4]));
        for (column, sorted, expected) in [
            (1, "ascending", [2, 4, 1, 3]),
            (1, "descending", [3, 1, 4, 2]),
            (4, "descending", [3, 1, 2, 4]),
            (4, "ascending", [4, 2, 1, 3]),
            (5, "descending", [3, 2, 4, 1]),
            (5, "ascending", [4, 1, 2, 3]),
        ] {
            browser.click(&format!(".sources thead th:nth-child({column}) a")).await;
            browser.find(&format!(".sources thead th:nth-child({column})[aria-sort={sorted}]")).await;
            assert_eq!(browser.run(ids).await, json!(expected), "{column} {sorted}");
        }
    });
}
