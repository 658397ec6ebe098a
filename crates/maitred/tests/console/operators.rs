//! One operator at a time: adding, changing, deleting with a question before it.

use crate::browser::{USUAL, browse};
use crate::server::Server;

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
