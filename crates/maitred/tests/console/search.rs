//! Finding anything: the page, which works without a script, and the box that opens on every page with one.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::contacts::inhabited;
use crate::login::{PASSWORD, as_anna, log_in, log_out};
use crate::server::Server;
use serde_json::{Value, json};

/// What the hits under a title lead to.
async fn hits(browser: &Browser, group: &str) -> Value {
    let script = format!("return [...document.querySelectorAll('#{group} .hit')].map((a) => a.getAttribute('href'))");
    browser.run(&script).await
}

async fn search(browser: &Browser, text: &str) {
    browser.type_in("#f-q", text).await;
    browser.click(".search-form .is-primary").await;
    browser.until(&format!("return document.getElementById('f-q').value === {}", json!(text))).await;
}

#[test]
fn one_page_finds_everything_without_a_script() {
    let server = inhabited();
    server.patch("/api/v1/operators/3", &json!({"external_id": "CRM-77"}));
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/")).await;
        browser.click(".to-search").await;
        browser.says("h1", "Search").await;
        for typed in ["петров", "45-67", "4567", "ИВАН", "ivan@example.org"] {
            search(browser, typed).await;
            assert_eq!(hits(browser, "nav-leads").await, json!(["/leads/1"]), "{typed}");
        }
        browser.says("#nav-leads", "Иван Петров").await;
        for typed in ["#7", "7", "№7"] {
            search(browser, typed).await;
            assert_eq!(hits(browser, "search-by-number").await, json!(["/contacts/7"]), "{typed}");
        }
        search(browser, "crm-77").await;
        assert_eq!(hits(browser, "nav-operators").await, json!(["/desk/3"]));
        search(browser, "растоп").await;
        browser.says("#nav-operators", "Константин Константинопольский-Растопыркин").await;
        search(browser, "mail").await;
        assert_eq!(hits(browser, "nav-sources").await, json!(["/sources/4"]));
        search(browser, "STOCK blue").await;
        assert_eq!(hits(browser, "search-messages").await, json!(["/contacts/1"]));
        browser.says("#search-messages", "Is the blue one still in stock?").await;
        search(browser, "lue").await;
        browser.says("main", "Nothing found").await;
        search(browser, "call").await;
        let all = server.get("/api/v1/contacts?q=call");
        let all: Value =
            all.as_array().expect("a list").iter().map(|it| json!(format!("/contacts/{}", it["id"]))).collect();
        assert_eq!(hits(browser, "search-messages").await, all);
        browser.open(&server.url("/search?q=call&status=resolved&source_id=2")).await;
        let some = server.get("/api/v1/contacts?q=call&status=resolved&source_id=2");
        let some: Value =
            some.as_array().expect("a list").iter().map(|it| json!(format!("/contacts/{}", it["id"]))).collect();
        assert_eq!(hits(browser, "search-messages").await, some);
        browser.open(&server.url("/search?q=call&created_after=soon")).await;
        browser.says("#e-created_after", "Enter a date and a time").await;
        browser.open(&server.url("/contacts?q=nobody+is+called+so")).await;
        browser.click("#list .empty .button").await;
        browser.until("return location.pathname === '/search' && location.search.includes('nobody')").await;
    });
}

#[test]
fn a_search_of_messages_goes_on_where_a_page_ended() {
    let server = Server::furnished();
    for n in 0..45 {
        let body = json!({"source_id": 1, "lead_phone": format!("+7 999 {n:07}"), "message": "Hello there"});
        server.post("/api/v1/contacts", &body);
    }
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/search?q=hello&operator_id=1")).await;
        let mut found = Vec::new();
        loop {
            let hits = hits(browser, "search-messages").await;
            found.extend(hits.as_array().expect("a list").clone());
            let next = browser.run("return document.querySelector('[rel=next]')?.getAttribute('href') ?? null").await;
            let Some(next) = next.as_str() else { break };
            browser.says("#search-messages .pager", "Searched back to 20").await;
            browser.open(&server.url(next)).await;
        }
        let all = server.get("/api/v1/contacts?operator_id=1&limit=100");
        let all: Vec<Value> =
            all.as_array().expect("a list").iter().map(|it| json!(format!("/contacts/{}", it["id"]))).collect();
        assert_eq!(found, all);
    });
}

#[test]
fn a_box_opens_everywhere_and_is_worked_by_keys() {
    let server = inhabited();
    let press = async |browser: &Browser, keys: &str| {
        browser.client.active_element().await.expect("something has the focus").send_keys(keys).await.expect("keys");
    };
    let (control, enter, escape, down, up) = ("\u{e009}", "\u{e007}", "\u{e00c}", "\u{e015}", "\u{e013}");
    let is_open = "return document.getElementById('finder').open";
    let chosen = "return document.querySelector('#finder [aria-selected=true]')?.getAttribute('href') ?? null";
    browse(USUAL, async |browser| {
        browser.open(&server.url("/leads")).await;
        press(browser, &format!("{control}k")).await;
        browser.until(is_open).await;
        press(browser, "пет").await;
        browser.says("#finder-status", "1 result").await;
        browser.says("#finder-nav-leads-1", "Иван Петров").await;
        assert_eq!(browser.run(chosen).await, json!("/leads/1"));
        assert_eq!(browser.barriers().await, Vec::<String>::new());
        press(browser, down).await;
        assert_eq!(browser.run(chosen).await, json!("/search?q=%D0%BF%D0%B5%D1%82"));
        press(browser, down).await;
        press(browser, up).await;
        press(browser, down).await;
        assert_eq!(browser.run(chosen).await, json!("/leads/1"));
        press(browser, enter).await;
        browser.until("return location.pathname === '/leads/1'").await;
        press(browser, "/").await;
        browser.until(is_open).await;
        press(browser, "gleb").await;
        browser.says("#finder-list", "Gleb").await;
        press(browser, escape).await;
        browser.until("return !document.getElementById('finder').open").await;
        // A slash in a field is a slash.
        browser.open(&server.url("/leads")).await;
        browser.type_in("#f-q", "a/b").await;
        assert_eq!(browser.run(is_open).await, false);
        browser.click(".to-search").await;
        press(browser, "zzz").await;
        browser.says("#finder-status", "Nothing found").await;
        assert_eq!(browser.run("return document.getElementById('finder-list').hidden").await, true);
        press(browser, enter).await;
        browser.until("return location.pathname === '/search' && location.search === '?q=zzz'").await;
        press(browser, &format!("{control}k")).await;
        assert_eq!(browser.run("return document.activeElement.id").await, "f-q");
    });
}

#[test]
fn an_operator_finds_their_own_contacts_and_the_leads_of_those() {
    let server = Server::furnished();
    for (name, active) in [("Ivan Orlov", 1), ("Ivan Belov", 2)] {
        let body = json!({"is_active": false});
        server.patch(&format!("/api/v1/operators/{}", 3 - active), &body);
        let body = json!({"source_id": 1, "lead_name": name, "lead_external_id": name, "message": "Good day"});
        server.post("/api/v1/contacts", &body);
        server.patch(&format!("/api/v1/operators/{}", 3 - active), &json!({"is_active": true}));
    }
    browse(USUAL, async |browser| {
        as_anna(browser, &server).await;
        browser.open(&server.url("/search?q=ivan")).await;
        assert_eq!(hits(browser, "nav-leads").await, json!(["/contacts/1"]));
        browser.open(&server.url("/search?q=day&operator_id=2")).await;
        assert_eq!(hits(browser, "search-messages").await, json!(["/contacts/1"]));
        for typed in ["2", "%232", "bot", "boris", "belov"] {
            browser.open(&server.url(&format!("/search?q={typed}"))).await;
            browser.says("main", "Nothing found").await;
            browser.open(&server.url(&format!("/search/options?q={typed}"))).await;
            browser.says("body", "Nothing found").await;
        }
        browser.open(&server.url("/search?q=1")).await;
        assert_eq!(hits(browser, "search-by-number").await, json!(["/contacts/1"]));
        log_out(browser).await;
        log_in(browser, &server, "maria", PASSWORD).await;
        browser.says("#stream", "Ivan").await;
        browser.open(&server.url("/search?q=ivan")).await;
        assert_eq!(hits(browser, "nav-leads").await, json!(["/leads/2", "/leads/1"]));
    });
}
