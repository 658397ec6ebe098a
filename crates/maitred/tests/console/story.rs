//! The first day with maitred, as somebody lives it who has only a browser: setting up, watching a hundred contacts
//! arrive, explaining one decision to a colleague, and calling for help when some wait.

use crate::browser::{Browser, USUAL, browse};
use crate::server::Server;

const CONTACTS: usize = 100;
/// What Anna and Boris hold together.
const SLOTS: usize = 70;

#[test]
fn with_the_console_alone_a_house_is_set_up_watched_explained_and_helped() {
    let server = Server::start();
    browse(USUAL, async |browser| {
        set_up(browser, &server).await;
        watch(browser, &server).await;
        explain(browser, &server).await;
        help(browser, &server).await;
    });
}

/// Two operators and a source.
async fn set_up(browser: &Browser, server: &Server) {
    browser.open(&server.url("/")).await;
    browser.says("h1", "Welcome").await;
    browser.type_in("#f-name", "Anna").await;
    browser.type_in("#f-max_load", "40").await;
    browser.click(".is-now .is-primary").await;
    browser.says(".is-now h2", "Where contacts come from").await;
    browser.click("[href='/operators/new']").await;
    browser.type_in("#f-name", "Boris").await;
    browser.type_in("#f-max_load", "30").await;
    browser.click("main .is-primary").await;

    browser.says(".is-done .chips", "Boris · 30").await;
    browser.type_in(".is-now #f-name", "Telegram Bot").await;
    browser.click(".is-now .is-primary").await;

    browser.says(".is-now h2", "Who serves the source").await;
    browser.type_in("#f-weight-1", "30").await;
    browser.type_in("#f-weight-2", "10").await;
    browser.says("output[for=f-weight-1]", "75%").await;
    browser.click(".is-now .is-primary").await;
    browser.says("#link-state", "Live").await;
    browser.says("#example", &format!("curl -X POST {}", server.url("/api/v1/contacts"))).await;
    browser.run("document.body.dataset.here = 'still'").await;
}

/// The board moves by itself.
async fn watch(browser: &Browser, server: &Server) {
    (0..CONTACTS).for_each(|n| _ = server.contact(&format!("+7 999 000 00 {n:02}")));
    browser.says("#chart .legend", &format!("Arrived {CONTACTS}")).await;
    browser.says("#waiting .count", &(CONTACTS - SLOTS).to_string()).await;
    browser.says("#operator-1 .load", "40 of 40").await;
    browser.says("#operator-2 .load", "30 of 30").await;
    browser.until("return getComputedStyle(document.getElementById('example')).display === 'none'").await;
    assert_eq!(browser.run("return document.body.dataset.here").await, "still", "it was loaded again");
}

/// Who got it, out of whom, and that computing it again gives the same.
async fn explain(browser: &Browser, server: &Server) {
    browser.click("#stream li .stream-who").await;
    browser.find(".verdict").await;
    let path = browser.client.current_url().await.expect("a page").path().to_owned();
    let decision = &server.get(&format!("/api/v1{path}/decisions"))[0];
    let name = decision["operator_name"].as_str().expect("somebody got it");
    browser.says(".candidates .is-picked", name).await;
    browser.says(".verdict", "Replay matches").await;
    browser.says(".verdict", decision["seed"].as_str().expect("a seed")).await;
    assert_eq!(decision["replay"], "matches");
}

/// Somebody more, and nobody waits.
async fn help(browser: &Browser, server: &Server) {
    browser.click(".top [href='/']").await;
    browser.click("[href='/operators/new']").await;
    browser.type_in("#f-name", "Vera").await;
    browser.type_in("#f-max_load", "50").await;
    browser.click("main .is-primary").await;
    browser.says("#operator-3 .load", "0 of 50").await;
    browser.click(".top [href='/sources']").await;
    browser.says("#link-state", "Live").await;
    browser.type_in("#w-1-3", "20").await;
    browser.click("#unsaved [data-save]").await;
    browser.find("#row-1:not([data-dirty])").await;
    browser.click(".top [href='/']").await;
    browser.says("#waiting", "Nobody is waiting").await;
    browser.says("#operator-3 .load", "30 of 50").await;
    browser.says("#stream li .has-waited", "after").await;
    assert_eq!(server.get("/api/v1/stats/waiting")[0]["waiting"], 0);
    assert_eq!(server.get("/api/v1/operators/3")["current_load"], CONTACTS - SLOTS);
}
