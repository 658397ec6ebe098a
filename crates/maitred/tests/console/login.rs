//! Logging in, in real browsers: the set-up link, a wrong password, an operator who sees their desk and nothing else,
//! and a login that ends in another browser.

use crate::browser::{Browser, Kind, USUAL, browse, opened};
use crate::server::Server;

pub const PASSWORD: &str = "four little words";

pub async fn log_in(browser: &Browser, server: &Server, name: &str, password: &str) {
    browser.open(&server.url("/login")).await;
    browser.type_in("#f-name", name).await;
    browser.type_in("#f-password", password).await;
    browser.click(".door .is-primary").await;
}

/// Logs out, and waits for the page to log in: what is opened before it is there would be opened as before.
pub async fn log_out(browser: &Browser) {
    browser.click("#logout").await;
    browser.find(".door #f-password").await;
}

/// Makes the first admin, Maria, by the link that the server shows.
pub async fn set_up(browser: &Browser, server: &Server) {
    browser.open(&server.url(&server.set_up())).await;
    browser.type_in("#f-name", "Maria").await;
    browser.type_in("#f-password", PASSWORD).await;
    browser.click(".door .is-primary").await;
    browser.says(".logged-in", "Maria").await;
}

/// Logs in as the operator Anna, who is operator 1. From here on every call needs a key or a login.
pub async fn as_anna(browser: &Browser, server: &Server) {
    set_up(browser, server).await;
    add_anna(browser, server).await;
    log_out(browser).await;
    log_in(browser, server, "anna", PASSWORD).await;
    browser.says("h1", "Anna").await;
}

async fn add_anna(browser: &Browser, server: &Server) {
    browser.open(&server.url("/access/users/new")).await;
    browser.type_in("#f-name", "Anna").await;
    browser.type_in("#f-password", PASSWORD).await;
    browser.click("[value=operator]").await;
    browser.click("#f-operator_id [value='1']").await;
    browser.click(".is-primary").await;
    browser.says("#people", "Operator: Anna").await;
}

#[test]
fn the_first_login_is_made_by_the_link_and_the_second_by_the_first() {
    let server = Server::furnished();
    server.contact("+7 999 123 45 67");
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.says("#operators", "Anna").await;
        browser.open(&server.url(&server.set_up())).await;
        assert_eq!(browser.barriers().await, Vec::<String>::new());
        browser.type_in("#f-name", "Maria").await;
        browser.type_in("#f-password", "short").await;
        browser.click(".door .is-primary").await;
        browser.says("#e-password", "12 characters").await;
        browser.type_in("#f-password", PASSWORD).await;
        browser.click(".door .is-primary").await;
        browser.says(".logged-in", "Maria").await;
        browser.open(&server.url(&server.set_up())).await;
        browser.says("main", "This link has been used").await;

        add_anna(browser, &server).await;
        for theme in ["light", "dark"] {
            browser.run(&format!("document.documentElement.dataset.theme = '{theme}'")).await;
            assert_eq!(browser.barriers().await, Vec::<String>::new(), "{theme}");
        }
        log_out(browser).await;

        log_in(browser, &server, "anna", "not my password").await;
        browser.says(".door [role=alert]", "Incorrect username or password").await;
        assert_eq!(browser.barriers().await, Vec::<String>::new());
        browser.type_in("#f-password", PASSWORD).await;
        browser.click(".door .is-primary").await;
        browser.says("h1", "Anna").await;
        browser.says("#link-state", "Live").await;
        assert!(browser.client.current_url().await.expect("an address").path().starts_with("/desk/1"));
        let offered = "return [...document.querySelectorAll('header nav a')].map((link) => link.pathname)";
        let pages = browser.run(offered).await;
        assert_eq!(pages, serde_json::json!(["/desk/1"]), "nothing else is offered");
        for path in ["/desk/2", "/sources", "/contacts", "/access"] {
            browser.open(&server.url(path)).await;
            browser.says("main", "Your role does not allow this").await;
        }
    });
}

#[test]
fn logging_out_everywhere_ends_the_login_of_another_browser() {
    let server = Server::furnished();
    browse(USUAL, async |one| {
        set_up(one, &server).await;
        opened(USUAL, async |other| {
            log_in(other, &server, "maria", PASSWORD).await;
            other.says("#link-state", "Live").await;
            one.open(&server.url("/account")).await;
            one.says("main", "2 browsers").await;
            one.click("#logout-everywhere").await;
            one.says("h1", "Log in").await;
            // Nobody touches it: its stream ends, and the page sees why.
            other.says("h1", "Log in").await;
        })
        .await;
    });
}

#[test]
fn one_logs_in_without_scripts_and_comes_to_where_one_wanted() {
    let server = Server::furnished();
    browse(USUAL, async |browser| set_up(browser, &server).await);
    browse(Kind { lang: "ru", scripts: false }, async |browser| {
        browser.open(&server.url("/sources")).await;
        browser.says("h1", "Вход").await;
        browser.type_in("#f-name", "maria").await;
        browser.type_in("#f-password", PASSWORD).await;
        browser.click(".door .is-primary").await;
        browser.says("h1", "Источники").await;
        log_out(browser).await;
        browser.says("h1", "Вход").await;
    });
}

#[test]
fn operators_are_added_by_a_list_and_passwords_are_shown_once() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        set_up(browser, &server).await;
        browser.open(&server.url("/access/users/list")).await;
        browser.type_in("#f-list", "Anna\nVera, 7\nGleb; lots").await;
        browser.click("main .is-primary").await;
        browser.says("#e-list", "Line 3:").await;
        browser.type_in("#f-list", "Anna\nVera, 7\nmaria").await;
        browser.click("main .is-primary").await;
        browser.says("#e-list", "Line 3: This username is taken").await;
        browser.type_in("#f-list", "Anna\n\nVera, 7\nGleb\t3").await;
        // A tab in a field leads to the next one, so that a script puts it in, as pasting does.
        browser.run("document.getElementById('f-list').value = 'Anna\\n\\nVera, 7\\nGleb\\t3'").await;
        browser.click("main .is-primary").await;
        browser.says("#made", "Gleb").await;
        assert_eq!(browser.run("return document.querySelectorAll('#made tbody tr').length").await, 3);
        let password = browser.text("#made tbody tr:nth-child(2) code").await;
        browser.click("[data-copy]").await;
        browser.until("return document.getElementById('made-copied').textContent !== ''").await;
        browser.open(&server.url("/access")).await;
        browser.says("#people", "Operator: Vera").await;
        browser.says("#people", "Operator: Anna").await;
        browser.open(&server.url("/operators")).await;
        browser.says("#found", "4 operators").await;
        browser.says("#operator-3", "of 7").await;
        browser.says("#operator-4", "of 3").await;
        log_out(browser).await;
        log_in(browser, &server, "vera", &password).await;
        browser.says("h1", "Vera").await;
    });
}

#[test]
fn what_was_done_is_said_and_a_common_password_is_refused() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        set_up(browser, &server).await;
        browser.open(&server.url("/access/users/new")).await;
        browser.type_in("#f-name", "Boris").await;
        browser.type_in("#f-password", "Password1234").await;
        browser.click("[value=supervisor]").await;
        browser.click("main .is-primary").await;
        browser.says("#e-password", "hard to guess").await;
        browser.type_in("#f-password", "boris-boris-2026").await;
        browser.click("main .is-primary").await;
        browser.says("#e-password", "hard to guess").await;
        browser.type_in("#f-password", PASSWORD).await;
        browser.click("main .is-primary").await;
        browser.says("#done", "The user has been added.").await;
        browser.open(&server.url("/access/users/2")).await;
        browser.type_in("#f-password", "another four words").await;
        browser.click("#set-password button").await;
        browser.says("#done", "The password has been set.").await;
        browser.click("#switch").await;
        browser.says("#done", "The user has been disabled").await;
        browser.click("#switch").await;
        browser.says("#done", "The user can log in again.").await;

        browser.open(&server.url("/access/keys/new")).await;
        browser.type_in("#f-name", "Bot").await;
        browser.click("[value=supervisor]").await;
        browser.click("main .is-primary").await;
        browser.says("#token", "mtd_").await;
        browser.click("[data-copy=token]").await;
        browser.says("#token-copied", "Copied").await;
    });
}
