//! A server that goes away while pages are open: nothing that was typed is lost, and no page of the browser's own
//! comes instead.

use crate::browser::{Browser, USUAL, browse};
use crate::login::PASSWORD;
use crate::server::Server;
use serde_json::json;

const NOT_SENT: &str = "nothing was sent";

async fn await_stale(browser: &Browser) {
    browser.says("#link-state", "Offline since").await;
}

async fn path(browser: &Browser) -> String {
    browser.run("return location.pathname").await.as_str().expect("a text").to_owned()
}

#[test]
fn a_desk_sends_nothing_while_it_is_stale_and_tries_again_by_a_button() {
    let mut server = Server::furnished();
    let contact = server.contact("+7 999 123 45 67");
    let (contact, operator) = (contact["id"].clone(), contact["operator_id"].clone());
    browse(USUAL, async |browser| {
        browser.open(&server.url(&format!("/desk/{operator}"))).await;
        browser.says("#link-state", "Live").await;
        server.stop();
        await_stale(browser).await;
        browser.click("#main form[action$='/resolve'] button").await;
        browser.says("#away", NOT_SENT).await;
        assert_eq!(path(browser).await, format!("/desk/{operator}"));
        server.start_again();
        browser.says("#link-state", "Live").await;
        assert_eq!(server.get(&format!("/api/v1/contacts/{contact}"))["status"], "assigned");
        browser.click("#away [data-again]").await;
        browser.until("return !document.querySelector(\"#main form[action$='/resolve']\")").await;
        assert_eq!(server.get(&format!("/api/v1/contacts/{contact}"))["status"], "resolved");
    });
}

#[test]
fn a_form_that_was_filled_in_waits_for_the_server_and_is_sent_once() {
    let mut server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/operators/new")).await;
        browser.type_in("#main [name=name]", "Vera").await;
        server.stop();
        browser.click("#main form button.is-primary").await;
        browser.says("#away", NOT_SENT).await;
        assert_eq!(path(browser).await, "/operators/new");
        let typed = browser.run("return document.querySelector('#main [name=name]').value").await;
        assert_eq!(typed, json!("Vera"));
        server.start_again();
        browser.click("#away [data-again]").await;
        browser.says("main", "Vera").await;
        let operators = server.get("/api/v1/operators");
        let names: Vec<_> = operators.as_array().expect("a list").iter().map(|it| &it["name"]).collect();
        assert_eq!(names, ["Anna", "Boris", "Vera"]);
    });
}

#[test]
fn a_link_of_a_stale_page_opens_once_the_server_is_back() {
    let mut server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.says("#link-state", "Live").await;
        server.stop();
        await_stale(browser).await;
        browser.click("nav [href='/contacts']").await;
        browser.says("#away", "the page was not opened").await;
        assert_eq!(path(browser).await, "/");
        server.start_again();
        browser.click("#away [data-again]").await;
        browser.find("form[action='/contacts']").await;
    });
}

#[test]
fn a_page_without_a_stream_says_that_the_server_is_away() {
    let mut server = Server::start();
    browse(USUAL, async |browser| {
        browser.open(&server.url(&server.set_up())).await;
        server.stop();
        browser.type_in("#f-name", "Maria").await;
        browser.type_in("#f-password", PASSWORD).await;
        browser.click(".door .is-primary").await;
        browser.says("#away", NOT_SENT).await;
        assert_eq!(path(browser).await, "/set-up");
    });
}
