//! The first run: from an empty database to a board with a contact on it.

use crate::browser::{USUAL, browse};
use crate::server::Server;

#[test]
fn three_steps_lead_to_a_board() {
    let server = Server::start();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.says("h1", "Welcome").await;
        browser.type_in("#f-name", "Anna").await;
        browser.type_in("#f-max_load", "many").await;
        browser.click(".is-now .is-primary").await;
        browser.says("#e-max_load", "Enter a whole number").await;
        let kept = browser.find("#f-name").await.prop("value").await.expect("a field");
        assert_eq!(kept.as_deref(), Some("Anna"), "what was typed is kept");
        browser.type_in("#f-max_load", "50").await;
        browser.click(".is-now .is-primary").await;

        browser.says(".is-now h2", "Where contacts come from").await;
        browser.type_in(".is-now #f-name", "Telegram Bot").await;
        browser.click(".is-now [value=smooth_weighted]").await;
        browser.click(".is-now .is-primary").await;

        browser.says(".is-now h2", "Who serves the source").await;
        browser.says(".is-now output", "100%").await;
        browser.type_in("#f-weight-1", "30").await;
        browser.click(".is-now .is-primary").await;

        browser.says("#link-state", "Live").await;
        browser.says("#stream", "No contacts have been assigned yet").await;
        let weights = server.get("/api/v1/sources/1/operators");
        assert_eq!((&weights[0]["operator_name"], &weights[0]["weight"]), (&"Anna".into(), &30.into()));
        assert_eq!(server.get("/api/v1/sources/1")["policy"], "smooth_weighted");
        assert_eq!(server.contact("+7 999 123 45 67")["operator_id"], 1);
        browser.says("#stream", "+7 999 ··· 67").await;
    });
}

#[test]
fn the_demo_fills_the_board_while_one_looks() {
    let server = Server::start();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/")).await;
        browser.click(".demo button").await;
        browser.says("#operators", "Zhanna").await;
        browser.find("#stream [id^=given-]").await;
        let before = server.get("/api/v1/contacts?limit=1")[0]["id"].as_i64().expect("an id");
        // It goes on while one looks, and what is shown goes with it.
        let shown = "document.querySelector('#chart .legend strong').textContent";
        browser.until(&format!("return +{shown}.replace(/\\D/g, '') > {before}")).await;
        assert_eq!(server.get("/api/v1/operators").as_array().map(Vec::len), Some(12));
    });
}
