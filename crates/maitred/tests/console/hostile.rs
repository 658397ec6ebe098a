//! Names and messages that are meant to run in the browser of the person who reads them.

use crate::browser::{USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};

const NAME: &str = "<img src=x onerror=\"window.owned=1\"><script>window.owned=1</script>'\"><svg onload=owned=1>";

/// Anything that was made by what was sent: an element, a handler, or that it ran.
const MADE: &str = "return [...document.querySelectorAll('[onerror], [onload], [src=x], script:not([src])')]
    .map((element) => element.outerHTML).concat(window.owned ? ['it ran'] : [])";

#[test]
fn what_was_sent_is_read_and_never_runs() {
    let server = Server::start();
    server.post("/api/v1/operators", &json!({"name": NAME, "max_load": 5}));
    server.post("/api/v1/sources", &json!({"name": NAME, "description": NAME}));
    server.post("/api/v1/sources/1/operators", &json!({"operator_id": 1, "weight": 1}));
    let contact = json!({
        "source_id": 1, "lead_external_id": NAME, "lead_phone": NAME, "lead_name": NAME, "message": NAME,
        "attributes": {NAME: NAME},
    });
    server.post("/api/v1/contacts", &contact);
    browse(USUAL, async |browser| {
        for path in ["/", "/contacts", "/contacts/1", "/leads", "/leads/1", "/operators/1", "/sources", "/sources/1"] {
            browser.open(&server.url(path)).await;
            let shown = browser.run("return document.body.innerText").await;
            let shown = shown.as_str().expect("text");
            assert!(shown.contains("<img src=x") || shown.contains("<IMG SRC=X"), "{path} shows it as text: {shown}");
            assert_eq!(browser.run(MADE).await, Value::Array(vec![]), "{path}");
        }
        // What comes in while a page is open is put into it by a script.
        browser.open(&server.url("/")).await;
        browser.says("#link-state", "Live").await;
        let before = browser.run("return document.body.innerHTML.length").await;
        server.post("/api/v1/contacts", &contact);
        browser.until(&format!("return document.body.innerHTML.length !== {before}")).await;
        assert_eq!(browser.run(MADE).await, Value::Array(vec![]));
    });
}
