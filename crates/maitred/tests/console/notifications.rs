//! Notifications of a browser: a button on the desk subscribes it, and what is sent to it is shown while no page is
//! open. The push service of Chromium's vendor is not there, so the page is given another one on loopback.

use crate::browser::{Browser, USUAL, browse};
use crate::push_service::FakeService;
use crate::server::Server;
use maitred_push::testing::FakeBrowser;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A message may take so long to be sent.
const PATIENCE: Duration = Duration::from_secs(20);

/// Has pages subscribe with this service instead, from the next one on.
async fn replace_push_service(browser: &Browser, service: &FakeService, keys: &FakeBrowser) {
    let said = json!({"endpoint": format!("{}chromium", service.url),
        "keys": {"p256dh": keys.public_key(), "auth": keys.auth()}});
    let script = format!(
        "const made = {{ endpoint: {said}.endpoint, toJSON: () => ({said}), unsubscribe: async () => {{ \
         localStorage.removeItem('made'); return true; }} }}; PushManager.prototype.subscribe = async (options) => {{ \
         window.wanted = options.applicationServerKey; localStorage.setItem('made', '1'); return made; }}; \
         PushManager.prototype.getSubscription = async () => localStorage.getItem('made') ? made : null;"
    );
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await;
}

/// Waits until an operator has this many browsers.
async fn browsers_are(server: &Server, operator: i64, count: usize) {
    let began = Instant::now();
    loop {
        let known = server.get(&format!("/api/v1/operators/{operator}/browsers"));
        if known["browsers"].as_array().map(Vec::len) == Some(count) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{known}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The message that comes next.
async fn next_message(service: &FakeService) -> Vec<u8> {
    let began = Instant::now();
    loop {
        if let Some(pushed) = service.pushed().pop() {
            return pushed.body.to_vec();
        }
        assert!(began.elapsed() < PATIENCE, "nothing was sent");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends a message past the push service until its notification is one of which this is true. Who asks Chromium for
/// notifications while it is about to show one makes it forget that one.
async fn is_shown(browser: &Browser, server: &Server, message: &str, is_it: &str) {
    browser.devtools("ServiceWorker.enable", json!({})).await;
    let script = format!(
        "const registration = await navigator.serviceWorker.getRegistration(); \
         const [shown] = await registration.getNotifications(); shown?.close(); return {is_it};"
    );
    let began = Instant::now();
    loop {
        let push = json!({"origin": server.url(""), "registrationId": "0", "data": message});
        browser.devtools("ServiceWorker.deliverPushMessage", push).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        if browser.run(&script).await == true {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{message:?} is not shown");
    }
}

#[test]
fn a_browser_is_notified_while_no_page_is_open_from_one_click_to_the_next() {
    let server = Server::furnished();
    server.patch("/api/v1/operators/2", &json!({"is_active": false}));
    browse(USUAL, async |browser| {
        let (service, keys) = (FakeService::open().await, FakeBrowser::new());
        replace_push_service(browser, &service, &keys).await;
        browser.open(&server.url("/desk/1")).await;
        browser.click("#tell").await;
        browser.says("#tell-state", "also while this page is closed").await;
        let known = server.get("/api/v1/operators/1/browsers");
        assert_eq!(known["browsers"].as_array().map(Vec::len), Some(1));
        assert_eq!(browser.run("return window.wanted").await, known["public_key"]);

        server.contact("+79161234567");
        let text = keys.read(&next_message(&service).await).expect("it is for this browser");
        let text = String::from_utf8(text).expect("UTF-8");
        let notification: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(notification["title"], "New contact Bot");

        // What Chromium does with a message.
        browser.open(&server.url("/operators/1/notifications?lang=en")).await;
        browser.says("#browsers", "127.0.0.1").await;
        let is_it = "shown?.title === 'New contact Bot' && shown.tag === 'contact-1' \
                     && shown.data.url.startsWith('/desk/1')";
        is_shown(browser, &server, &text, is_it).await;

        browser.click("#browsers form[action$='/test'] button").await;
        browser.says("#tested", "The test was sent").await;
        assert_eq!(service.pushed().len(), 1);

        browser.open(&server.url("/desk/1")).await;
        browser.says("#tell-state", "also while this page is closed").await;
        browser.click("#tell").await;
        browser.until("return document.getElementById('tell-state').hidden").await;
        browsers_are(&server, 1, 0).await;
    });
}

#[test]
fn a_supervisor_who_looks_at_a_desk_is_not_told_of_it() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        let (service, keys) = (FakeService::open().await, FakeBrowser::new());
        replace_push_service(browser, &service, &keys).await;
        browser.open(&server.url("/desk/1")).await;
        browser.click("#tell").await;
        browser.says("#tell-state", "also while this page is closed").await;
        browser.open(&server.url("/desk/2")).await;
        browser.says("#tell-state", "while this page is open").await;
        assert_eq!(server.get("/api/v1/operators/2/browsers")["browsers"], json!([]));
    });
}

#[test]
fn a_desk_brings_a_browser_back_that_the_server_does_not_know_and_a_removal_here_holds() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        let (service, keys) = (FakeService::open().await, FakeBrowser::new());
        replace_push_service(browser, &service, &keys).await;
        browser.open(&server.url("/desk/1")).await;
        browser.click("#tell").await;
        browser.says("#tell-state", "also while this page is closed").await;
        let id = server.get("/api/v1/operators/1/browsers")["browsers"][0]["id"].clone();
        let forget = format!("return (await fetch('/api/v1/operators/1/browsers/{id}', {{ method: 'DELETE' }})).ok");
        assert_eq!(browser.run(&forget).await, true);
        browser.open(&server.url("/desk/2")).await;
        browser.says("#tell-state", "while this page is open").await;
        browsers_are(&server, 1, 0).await;
        browser.open(&server.url("/desk/1")).await;
        browsers_are(&server, 1, 1).await;
        browser.says("#tell-state", "also while this page is closed").await;

        browser.open(&server.url("/operators/1/notifications?lang=en")).await;
        browser.click("#browsers form[action$='/remove'] button").await;
        browser.says("#browsers", "No browser is notified").await;
        browser.open(&server.url("/desk/1")).await;
        browser.until("return document.getElementById('tell').ariaPressed === 'false'").await;
        browsers_are(&server, 1, 0).await;
    });
}

/// A browser that shows nothing for a message takes the permission away.
#[test]
fn a_message_that_cannot_be_read_is_shown_all_the_same() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        browser.open(&server.url("/desk/1")).await;
        browser.run("await navigator.serviceWorker.register('/push.js'); await navigator.serviceWorker.ready;").await;
        for data in ["", "no JSON", "null"] {
            is_shown(browser, &server, data, "shown?.title === 'maitred' && shown.data.url === '/'").await;
        }
    });
}
