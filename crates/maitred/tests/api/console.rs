//! The console as requests: headers, cookies, forms of other sites, large servers. What it looks like and how it moves
//! is tested in a browser, in `tests/console`.

use crate::test_server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use maitred_api::v1;
use maitred_console::assets;
use serde_json::json;

/// Sends a request with these headers.
async fn send(server: &TestServer, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("host", "maitred.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::from(body.to_owned())).expect("a well-formed request")).await
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let server = TestServer::open().await;
    let form = "name=Anna&max_load=5";
    for headers in [
        [("sec-fetch-site", "cross-site"), ("origin", "http://elsewhere.test")],
        [("sec-fetch-site", "same-site"), ("origin", "http://other.maitred.test")],
        [("accept", "text/html"), ("origin", "http://elsewhere.test")],
    ] {
        let answer = send(&server, Method::POST, "/operators/new", &headers, form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(server.show("/api/v1/operators").await, json!([]));
    let ours = [("sec-fetch-site", "same-origin"), ("origin", "http://maitred.test")];
    assert_eq!(send(&server, Method::POST, "/operators/new", &ours, form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(server.show("/api/v1/operators").await[0]["name"], "Anna");
    server.close().await;
}

#[tokio::test]
async fn a_page_says_why_a_form_was_refused() {
    let server = TestServer::open().await;
    let headers = [("accept", "text/html"), ("origin", "http://elsewhere.test")];
    let answer = send(&server, Method::POST, "/operators/new", &headers, "name=Anna&max_load=5").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text.contains("seemed to come from another site"), "{}", answer.text);
    server.close().await;
}

#[tokio::test]
async fn no_call_is_made_by_pages_of_other_sites() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    server.contact(source, "a").await;
    let (_, document) = v1::documented_calls();
    let document = serde_json::to_value(&document).expect("a document is JSON");
    let foreign = [
        [("sec-fetch-site", "cross-site"), ("origin", "http://elsewhere.test")],
        [("content-type", "text/plain"), ("origin", "http://elsewhere.test")],
        [("content-type", "text/plain"), ("origin", "null")],
    ];
    let mut refused = 0;
    for (path, calls) in document["paths"].as_object().expect("paths") {
        for method in calls.as_object().expect("calls").keys().filter(|method| *method != "get") {
            let method = Method::try_from(method.to_uppercase().as_str()).expect("a method");
            for headers in &foreign {
                let path = path.replace("{id}", "1").replace("{operator_id}", "1");
                let answer = send(&server, method.clone(), &path, headers, "").await;
                answer.is_problem(403, "cross-site");
                refused += 1;
            }
        }
    }
    assert!(refused > 40, "{refused}");
    assert_eq!(server.show("/api/v1/contacts/1").await["status"], "assigned");
    // Programs say neither, and our own pages say that they are ours.
    let ours = [("sec-fetch-site", "same-origin"), ("origin", "http://maitred.test")];
    for headers in [&[][..], &ours] {
        let resolved = send(&server, Method::POST, "/api/v1/contacts/1/resolve", headers, "").await;
        assert_eq!(resolved.status, StatusCode::OK, "{headers:?}");
    }
    let read = send(&server, Method::GET, "/api/v1/contacts/1", &foreign[0], "").await;
    assert_eq!(read.status, StatusCode::OK);
    server.close().await;
}

#[tokio::test]
async fn pages_run_nothing_but_their_own_script() {
    let server = TestServer::open().await;
    for path in ["/", "/operators/new", "/operators/9"] {
        let page = send(&server, Method::GET, path, &[("accept", "text/html")], "").await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(!page.text.contains("style=\"") && !page.text.contains(" onclick"), "{path}");
    }
    server.close().await;
}

#[tokio::test]
async fn assets_are_kept_for_ever() {
    let server = TestServer::open().await;
    for address in [assets::style(), assets::script(), assets::icon()] {
        let path = format!("/assets/{address}");
        let plain = server.get(&path).await;
        assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(!plain.text.is_empty() && plain.header("content-encoding").is_empty());
    }
    assert_eq!(server.get("/assets/console.000000000000.css").await.status, StatusCode::NOT_FOUND);
    server.close().await;
}

#[tokio::test]
async fn choices_are_kept_in_cookies_and_lead_back_to_us_only() {
    let server = TestServer::open().await;
    let chosen = send(&server, Method::POST, "/preferences", &[], "lang=ru&back=%2Foperators%2Fnew").await;
    assert_eq!((chosen.status, chosen.location()), (StatusCode::SEE_OTHER, "/operators/new"));
    assert!(chosen.header("set-cookie").starts_with("lang=ru; Path=/;"), "{:?}", chosen.headers);
    for back in ["http%3A%2F%2Felsewhere.test", "%2F%2Felsewhere.test", "%2F%5Celsewhere.test", ""] {
        let answer = send(&server, Method::POST, "/preferences", &[], &format!("theme=dark&back={back}")).await;
        assert_eq!(answer.location(), "/", "{back}");
    }
    let page = send(&server, Method::GET, "/operators/new", &[("cookie", "theme=dark; lang=ru")], "").await;
    assert!(page.text.contains("<html lang=\"ru\" data-theme=\"dark\""));
    server.close().await;
}

/// The text of a page without what isolates the texts of others in it.
fn shown(page: &Answer) -> String {
    page.text.replace("<bdi>", "").replace("</bdi>", "")
}

#[tokio::test]
async fn the_example_of_a_request_goes_to_where_the_page_came_from() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    server.source("Bot", &[(anna, 1)]).await;
    for (host, expected) in [
        ("maitred.test:8080", "curl -X POST http://maitred.test:8080/api/v1/contacts"),
        ("[::1]:9", "curl -X POST http://[::1]:9/api/v1/contacts"),
        ("a;reboot", "curl -X POST http://localhost:8000/api/v1/contacts"),
        ("$(reboot)", "curl -X POST http://localhost:8000/api/v1/contacts"),
        ("-o.x", "curl -X POST http://localhost:8000/api/v1/contacts"),
        ("user@a.test", "curl -X POST http://localhost:8000/api/v1/contacts"),
        ("<b>", "curl -X POST http://localhost:8000/api/v1/contacts"),
        ("", "curl -X POST http://localhost:8000/api/v1/contacts"),
    ] {
        let request = Request::builder().uri("/").header("host", host).body(Body::empty()).expect("a request");
        let page = shown(&server.send(request).await);
        assert!(page.contains(expected), "{host}: {page}");
    }
    let request = Request::builder().uri("/").header("host", "a.test").header("x-forwarded-proto", "https");
    let page = shown(&server.send(request.body(Body::empty()).expect("a request")).await);
    let lines = "curl -X POST https://a.test/api/v1/contacts \\\n  -H 'Content-Type: application/json' \\\n  -d '{";
    assert!(page.contains(lines), "{page}");
    server.close().await;
}

#[tokio::test]
async fn the_board_shows_no_more_than_it_says_of_501_operators_and_100_sources() {
    let server = TestServer::open().await;
    let mut weights = Vec::new();
    for n in 0..501 {
        let name = format!("{n} {}", "Ж".repeat(95));
        weights.push((server.operator(&name, 1).await, 1));
    }
    for n in 0..100 {
        let source = server.source(&format!("Source {n}"), &weights[n * 5..n * 5 + 1]).await;
        server.contact(source, &format!("a {n}")).await;
        server.contact(source, &format!("b {n}")).await;
    }
    let page = server.get("/").await;
    assert_eq!(page.text.matches("<li class=\"card").count(), 500);
    assert!(page.text.contains("Only the first 500 are shown"), "the rest is mentioned");
    assert!(page.text.contains("among the first 500 operators") && !page.text.contains("of 500 operators"));
    let mut shown = Vec::new();
    let mut next = Some("/operators".to_owned());
    while let Some(path) = next {
        let page = server.get(&path).await.text;
        shown.push(page.matches("<tr id=\"operator-").count());
        next =
            page.split_once("rel=\"next\" href=\"").map(|(_, rest)| rest.split('"').next().expect("a path").to_owned());
    }
    assert_eq!(shown, [100, 100, 100, 100, 100, 1], "all of them, in pages");
    assert_eq!(page.text.matches("<tr id=\"queue-").count(), 12);
    assert!(page.text.contains("and 88 more sources with waiting contacts"));
    server.close().await;
}
