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

/// Has the page subscribe with this service instead.
async fn replace_push_service(browser: &Browser, service: &FakeService, keys: &FakeBrowser) {
    let said = json!({"endpoint": format!("{}chromium", service.url),
        "keys": {"p256dh": keys.public_key(), "auth": keys.auth()}});
    let script = format!(
        "window.subscription = null; const made = {{ toJSON: () => ({said}), unsubscribe: async () => {{ \
         window.subscription = null; return true; }} }}; PushManager.prototype.subscribe = async (options) => {{ \
         window.wanted = options.applicationServerKey; return window.subscription = made; }}; \
         PushManager.prototype.getSubscription = async () => window.subscription;"
    );
    browser.run(&script).await;
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

#[test]
fn a_browser_is_notified_while_no_page_is_open_from_one_click_to_the_next() {
    let server = Server::furnished();
    server.patch("/api/v1/operators/2", &json!({"is_active": false}));
    browse(USUAL, async |browser| {
        let (service, keys) = (FakeService::open().await, FakeBrowser::new());
        browser.open(&server.url("/desk/1")).await;
        replace_push_service(browser, &service, &keys).await;
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
        browser.devtools("ServiceWorker.enable", json!({})).await;
        let push = json!({"origin": server.url(""), "registrationId": "0", "data": text});
        browser.devtools("ServiceWorker.deliverPushMessage", push).await;
        browser
            .until(
                "const registration = await navigator.serviceWorker.getRegistration(); \
                 const [shown] = await registration.getNotifications(); \
                 return shown?.title === 'New contact Bot' && shown.tag === 'contact-1' \
                 && shown.data.url.startsWith('/desk/1');",
            )
            .await;

        browser.click("#browsers form[action$='/test'] button").await;
        browser.says("#tested", "The test was sent").await;
        assert_eq!(service.pushed().len(), 1);

        browser.open(&server.url("/desk/1")).await;
        browser.says("#tell-state", "also while this page is closed").await;
        browser.click("#tell").await;
        browser.until("return document.getElementById('tell-state').hidden").await;
        let began = Instant::now();
        while server.get("/api/v1/operators/1/browsers")["browsers"] != json!([]) {
            assert!(began.elapsed() < PATIENCE, "it is still told");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}

#[test]
fn a_supervisor_who_looks_at_a_desk_is_not_told_of_it() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        let (service, keys) = (FakeService::open().await, FakeBrowser::new());
        browser.open(&server.url("/desk/1")).await;
        replace_push_service(browser, &service, &keys).await;
        browser.click("#tell").await;
        browser.says("#tell-state", "also while this page is closed").await;
        browser.open(&server.url("/desk/2")).await;
        browser.says("#tell-state", "while this page is open").await;
        assert_eq!(server.get("/api/v1/operators/2/browsers")["browsers"], json!([]));
    });
}
