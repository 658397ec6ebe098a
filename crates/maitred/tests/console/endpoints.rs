//! Endpoints of webhooks: added, tested, watched, and what every page says when one is gone.

use crate::browser::{Browser, USUAL, browse};
use crate::server::Server;
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

/// Somebody on loopback who answers every call with the same status, and goes with the process.
fn receiver() -> (String, Arc<AtomicU16>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let status = Arc::new(AtomicU16::new(204));
    let says = status.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(bytes) = line.to_lowercase().strip_prefix("content-length:") {
                    length = bytes.trim().parse().unwrap_or(0);
                }
                line.clear();
            }
            let mut body = vec![0; length];
            let _ = stream.read_exact(&mut body);
            let status = says.load(Ordering::Relaxed);
            let answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
            let _ = stream.get_mut().write_all(answer.as_bytes());
        }
    });
    (url, status)
}

/// Asks for a page until it says this; what it says comes by itself, and soon.
async fn comes_to_say(browser: &Browser, url: &str, selector: &str, text: &str) {
    let script = format!("return document.querySelector({selector:?})?.textContent.includes({text:?}) ?? false");
    for _ in 0..500 {
        browser.open(url).await;
        if browser.run(&script).await == json!(true) {
            return;
        }
    }
    panic!("{url} does not say {text:?} at {selector}");
}

#[test]
fn an_endpoint_is_added_tested_watched_and_enabled_again() {
    let server = Server::furnished();
    let (url, status) = receiver();
    status.store(200, Ordering::Relaxed);
    browse(USUAL, async |browser| {
        browser.open(&server.url("/?lang=en")).await;
        browser.click("footer [href='/endpoints']").await;
        browser.says("main", "There are no endpoints yet.").await;
        browser.click("[href='/endpoints/new']").await;
        browser.type_in("#f-url", "http://10.0.0.7/").await;
        browser.click(".is-primary").await;
        browser.says("#e-url", "This address is not public.").await;
        browser.type_in("#f-url", &url).await;
        browser.click("summary").await;
        browser.click("[value=contact_created]").await;
        browser.click("form.stack .is-primary").await;
        browser.says("#token", "whsec_").await;
        browser.click(".is-primary").await;
        browser.says("main", "Nothing was sent yet.").await;
        browser.click("#test").await;
        browser.says("#done", "The endpoint took the test message.").await;
        browser.says("#calls", "maitred.test").await;

        server.contact("+7 999 123 45 67");
        let page = server.url("/endpoints/1");
        comes_to_say(browser, &page, "#calls", "contact.created").await;
        browser.type_in("#f-from", "9").await;
        browser.type_in("#f-to", "1").await;
        browser.click(".endpoint-replay button").await;
        browser.says("#e-to", "This is before the first event").await;
        browser.type_in("#f-from", "1").await;
        browser.type_in("#f-to", "99").await;
        browser.click(".endpoint-replay button").await;
        browser.says("#done", "These events are being sent again.").await;
        browser.click("#rotate").await;
        browser.says("main", "For 24 hours messages are signed with both secrets.").await;
        browser.click("#confirm").await;
        browser.says("#token", "whsec_").await;
        browser.click(".is-primary").await;
        browser.says("main", "The old secret signs too until").await;
        browser.click("#switch").await;
        browser.says("#disabled", "Disabled by hand.").await;
        browser.click("#switch").await;
        browser.says("#done", "Enabled").await;

        status.store(410, Ordering::Relaxed);
        server.contact("+7 999 123 45 68");
        comes_to_say(browser, &server.url("/contacts"), "#stopped-banner", "Webhooks to one of your endpoints").await;
        browser.click("#stopped-banner a").await;
        browser.says("#disabled", "Disabled because it answered 410").await;
        status.store(200, Ordering::Relaxed);
        browser.click("#stopped-banner button").await;
        browser.says("#done", "Enabled").await;
        let endpoint = server.get("/api/v1/endpoints/1");
        assert_eq!(endpoint["enabled"], true, "{endpoint}");

        browser.click("[href='/endpoints/1/delete']").await;
        browser.click(".is-danger").await;
        browser.says("main", "There are no endpoints yet.").await;
    });
}
