//! Demo data in the console: loaded from the first page or later, a banner while it is there, removed again.

use crate::browser::{Browser, USUAL, browse};
use crate::pages::{keep, show};
use crate::server::Server;
use serde_json::json;

const WIDTHS: [(u32, u32); 3] = [(360, 800), (1280, 900), (1920, 1080)];

/// Waits until all of it is there.
pub async fn until_loaded(browser: &Browser, server: &Server) {
    browser.open(&server.url("/demo?lang=en")).await;
    let state = "document.querySelector('#demo-state').textContent";
    browser.until(&format!("return {state}.includes('Demo data is loaded.')")).await;
}

#[test]
fn an_empty_database_shows_the_demo_on_its_board_and_is_as_empty_after() {
    let server = Server::start();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/?lang=en")).await;
        browser.click(".demo button").await;
        browser.says("#operators", "Zhanna (demo)").await;
        browser.find("#stream [id^=given-]").await;
        browser.says("#demo-banner", "Demo data is loaded.").await;
        until_loaded(browser, &server).await;
        browser.says("#demo-state", "until you add a source of your own").await;
        browser.open(&server.url("/")).await;
        browser.says("#waiting", "Mailbox (demo)").await;
        let bars = browser.run("return document.querySelectorAll('.arrived').length").await;
        assert!(bars.as_i64() > Some(20), "{bars} minutes of the last hour have bars");
        for lang in ["en", "ru"] {
            for (width, height) in WIDTHS {
                for (name, path) in
                    [("board", "/"), ("page", "/demo"), ("sources", "/sources"), ("ask", "/demo/remove")]
                {
                    show(browser, &server.url(&format!("{path}?lang={lang}")), "light", (width, height)).await;
                    if width == WIDTHS[1].0 {
                        assert_eq!(browser.barriers().await, Vec::<String>::new(), "{name}");
                    }
                    let wide = browser.run("return document.documentElement.scrollWidth").await;
                    assert!(wide.as_u64() <= Some(width.into()), "{name} is {wide} wide at {width}");
                    keep(browser, &format!("demo-{name}-{lang}-{width}")).await;
                }
            }
        }
        browser.client.set_window_size(1280, 900).await.expect("a window has a size");
        browser.open(&server.url("/?lang=en")).await;
        browser.click("#demo-banner [href='/demo/remove']").await;
        browser.says("h1", "Remove demo data?").await;
        browser.click("main .is-danger").await;
        browser.says("#demo-state", "Load demo data").await;
        browser.open(&server.url("/")).await;
        browser.says("h1", "Welcome").await;
        assert_eq!(server.get("/api/v1/contacts"), json!([]));
        assert_eq!((server.get("/api/v1/operators"), server.get("/api/v1/sources")), (json!([]), json!([])));
        assert_eq!(server.get("/api/v1/leads"), json!([]));
    });
}

#[test]
fn beside_a_source_of_ones_own_the_demo_is_in_no_figure() {
    let server = Server::furnished();
    server.contact("+7 999 123 45 67");
    browse(USUAL, async |browser| {
        let figures = || ["operators", "distribution"].map(|of| server.get(&format!("/api/v1/stats/{of}")));
        let before = figures();
        browser.open(&server.url("/?lang=en")).await;
        browser.click("footer [href='/demo']").await;
        browser.says("#demo-state", "kept apart").await;
        browser.click("#demo-state button").await;
        browser.says("#demo-state", "Board and figures leave it out").await;
        until_loaded(browser, &server).await;
        browser.says(".cards", "Zhanna (demo)").await;
        assert_eq!(figures(), before);
        browser.open(&server.url("/")).await;
        browser.says("#link-state", "Live").await;
        browser.says("#stream", "+7 999 ··· 67").await;
        let shown = browser.run("return document.querySelector('main').textContent").await;
        assert!(!shown.to_string().contains("(demo)"), "{shown}");
        let marks = |of: &str| {
            let all = server.get(&format!("/api/v1/{of}"));
            all.as_array().expect("a list").iter().filter(|it| it["demo"] == true).count()
        };
        assert_eq!((marks("operators"), marks("sources")), (12, 5));
        browser.open(&server.url("/demo/remove")).await;
        browser.click("main .is-danger").await;
        browser.says("#demo-state", "Load demo data").await;
        assert_eq!(figures(), before);
    });
}
