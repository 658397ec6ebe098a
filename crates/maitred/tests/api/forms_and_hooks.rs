//! `/in/{token}` and `/f/{token}`: contacts that come in without a program.

use crate::test_server::{Answer, TestServer};
use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE, LOCATION, ORIGIN, REFERER};
use axum::http::{Request, StatusCode};
use maitred_app::intake::stamp;
use maitred_core::Timestamp;
use maitred_mapping::signature::hmac;
use maitred_store::accounts::Grant;
use maitred_store::clock;
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";

/// Adds a source with an intake and gives its path.
async fn source(server: &TestServer, body: Value) -> String {
    let source = server.post("/api/v1/sources", &body).await.expect(StatusCode::CREATED);
    source["intake_url"].as_str().expect("an address").to_owned()
}

async fn form(server: &TestServer) -> String {
    source(server, json!({"name": "Form", "kind": "form"})).await
}

async fn send(server: &TestServer, path: &str, content_type: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post(path).header(CONTENT_TYPE, content_type);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

async fn contacts(server: &TestServer) -> usize {
    server.show("/api/v1/contacts").await.as_array().expect("a list").len()
}

#[tokio::test]
async fn a_form_becomes_a_contact_and_its_sender_is_led_to_a_page_of_thanks() {
    let server = TestServer::open().await;
    let path = form(&server).await;
    assert!(path.starts_with("/f/"), "{path}");
    let body = "name=%D0%90%D0%BD%D0%BD%D0%B0&phone=8+999+123-45-67&email=a%40b.ru&message=hi&utm_source=ya";
    let page = "https://shop.example/sale?utm_medium=cpc";
    let answer = send(&server, &path, FORM, body, &[(REFERER.as_str(), page)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let thanks = answer.headers[LOCATION].to_str().expect("a path").to_owned();
    assert!(server.get(&thanks).await.text.contains("Thank you"));
    let contact = server.show("/api/v1/contacts/1").await;
    assert_eq!((&contact["message"], &contact["status"]), (&json!("hi"), &json!("waiting")));
    let expected = json!({"utm_source": "ya", "utm_medium": "cpc", "page": "https://shop.example/sale"});
    assert_eq!(contact["attributes"], expected);
    let lead = server.show("/api/v1/leads/1").await;
    assert_eq!((&lead["name"], &lead["identities"][0]["value"]), (&json!("Анна"), &json!("+79991234567")));
    server.close().await;
}

#[tokio::test]
async fn the_same_form_may_be_json_or_multipart_and_answer_a_program() {
    let server = TestServer::open().await;
    let path = form(&server).await;
    let json_accept = [(ACCEPT.as_str(), "application/json")];
    let answer = send(&server, &path, "application/json", r#"{"tel": "+79991234567"}"#, &json_accept).await;
    assert_eq!(answer.expect(StatusCode::CREATED)["contact_id"], 1);
    let body = "--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.ru\r\n--b--\r\n";
    let answer = send(&server, &path, "multipart/form-data; boundary=b", body, &json_accept).await;
    assert_eq!(answer.expect(StatusCode::CREATED)["contact_id"], 2);
    let answer = send(&server, &path.replace("/f/", "/in/"), "text/plain", r#"{"name": "Anna"}"#, &[]).await;
    assert_eq!(answer.expect(StatusCode::CREATED)["contact_id"], 3);
    server.close().await;
}

#[tokio::test]
async fn a_page_with_the_form_is_in_both_languages_and_may_be_in_a_frame() {
    let server = TestServer::open().await;
    let path = form(&server).await;
    let page = server.get(&format!("{path}?utm_source=ya%22%3E")).await;
    assert!(page.text.contains("Leave a request") && page.text.contains("value=\"ya&#34;&#62;\""), "{}", page.text);
    let policy = page.headers["content-security-policy"].to_str().expect("a text");
    assert!(policy.contains("frame-ancestors 'self' *"), "{policy}");
    assert!(server.get(&format!("{path}?lang=ru")).await.text.contains("Оставьте заявку"));
    server.get("/f/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.is_problem(404, "unknown-path");
    server.close().await;
}

/// The value of a hidden field.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field");
    rest.split_once('"').expect("its end").0
}

#[tokio::test]
async fn what_looks_like_spam_is_kept_and_can_be_accepted() {
    let server = TestServer::open().await;
    let path = form(&server).await;
    let json_accept = [(ACCEPT.as_str(), "application/json")];
    let stamp = hidden(&server.get(&path).await.text, "_t").to_owned();
    let bodies = [
        "phone=%2B79991234567&_gotcha=buy".to_owned(),
        format!("phone=%2B79991234567&_t={stamp}"),
        "phone=%2B79991234567&_t=1.a.b".to_owned(),
    ];
    for body in &bodies {
        let answer = send(&server, &path, FORM, body, &json_accept).await.expect(StatusCode::CREATED);
        assert_eq!(answer["status"], "accepted", "a program learns nothing");
    }
    assert_eq!(contacts(&server).await, 0);
    let spam = server.show("/api/v1/sources/1/payloads?state=spam").await;
    let reasons: Vec<_> = spam.as_array().expect("a list").iter().map(|it| it["reason"].as_str()).collect();
    let expected = [
        "its stamp was not made by this server",
        "it was filled in within two seconds",
        "a field was filled in that people do not see",
    ];
    assert_eq!(reasons, expected.map(Some));
    for _ in 0..2 {
        let accepted = server.act("/api/v1/sources/1/payloads/2/rerun").await.expect(StatusCode::OK);
        assert_eq!(accepted["contact_ids"], json!([1]), "and there is no second contact");
    }
    let intake = server.show("/api/v1/sources/1/intake").await;
    assert_eq!((&intake["taken"], &intake["spam"]), (&json!(1), &json!(2)));
    assert_eq!(server.show("/api/v1/contacts/1").await["attributes"], json!({}));
    server.close().await;
}

#[tokio::test]
async fn a_mapping_reads_any_json_and_what_it_misses_is_read_again() {
    let server = TestServer::open().await;
    let mapping = json!({"phone": "$.contact.tel", "message": "$.body"});
    let path = source(&server, json!({"name": "Hook", "kind": "json", "mapping": mapping})).await;
    assert!(path.starts_with("/in/"), "{path}");
    let good = json!({"contact": {"tel": "+79991234567"}, "body": "hi", "n": 1});
    let answer = server.post(&path, &good).await;
    assert_eq!(answer.expect(StatusCode::CREATED), json!({"status": "accepted", "contact_id": 1}));
    let other = json!({"client": {"mobile": "+79997654321"}});
    let kept = server.post(&path, &other).await.expect(StatusCode::ACCEPTED);
    assert_eq!((&kept["status"], &kept["payload_id"]), (&json!("kept"), &json!(2)));
    let unmapped = server.show("/api/v1/sources/1/payloads").await;
    assert_eq!((&unmapped[0]["id"], &unmapped[0]["body"]), (&json!(2), &other));
    let again = server.act("/api/v1/sources/1/rerun-payloads").await.expect(StatusCode::OK);
    assert_eq!(again, json!({"contact_ids": [], "unmapped": 1}));
    let edit = json!({"mapping": {"phone": ["$.contact.tel", "$.client.mobile"]}});
    server.patch("/api/v1/sources/1/intake", &edit).await.expect(StatusCode::OK);
    let again = server.act("/api/v1/sources/1/rerun-payloads").await.expect(StatusCode::OK);
    assert_eq!(again, json!({"contact_ids": [2], "unmapped": 0}));
    assert_eq!(server.show("/api/v1/leads/2").await["identities"][0]["value"], "+79997654321");
    server.close().await;
}

#[tokio::test]
async fn hostile_payloads_are_kept_as_texts_and_never_answered_5xx() {
    let server = TestServer::open().await;
    let path = source(&server, json!({"name": "Hook", "kind": "json"})).await;
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for body in [&*deep, "{\"a\":", "\u{0}", "", "just a text", &"a=b&".repeat(5_000)] {
        let answer = send(&server, &path, "application/json", body, &[]).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    }
    let huge = "x".repeat(3 * 1_024 * 1_024 + 1);
    send(&server, &path, "application/json", &huge, &[]).await.is_problem(413, "body-too-large");
    assert_eq!(server.show("/api/v1/sources/1/intake").await["unmapped"], 6);
    server.close().await;
}

#[tokio::test]
async fn an_event_that_is_sent_again_makes_no_second_contact() {
    let server = TestServer::open().await;
    let path = source(&server, json!({"name": "Tilda", "kind": "json", "preset": "tilda"})).await;
    for _ in 0..2 {
        let answer = send(&server, &path, FORM, "Phone=%2B79991234567&tranid=1%3A2&formid=f", &[]).await;
        assert_eq!(answer.expect(StatusCode::OK)["contact_id"], 1, "Tilda counts 200 alone");
    }
    let tested = send(&server, &path, FORM, "test=test", &[]).await.expect(StatusCode::OK);
    assert_eq!(tested["status"], "ignored");
    assert_eq!(contacts(&server).await, 1);
    server.close().await;
}

/// The stamp of a form as if it had been shown a minute ago.
async fn stamp_of_a_minute_ago(server: &TestServer, path: &str) -> String {
    let token = path.trim_start_matches("/f/");
    let intake = server.app.intakes().find(token, server.app.store()).await.expect("readable").expect("it");
    stamp::new(&intake, Timestamp(clock::now().0 - 60_000_000), [7; 9]).expect("a form has a secret")
}

#[tokio::test]
async fn a_double_press_is_one_contact_and_a_correction_is_another() {
    let server = TestServer::open().await;
    let path = form(&server).await;
    let stamp = stamp_of_a_minute_ago(&server, &path).await;
    let body = |name: &str| format!("name={name}&phone=%2B79991234567&_t={stamp}");
    for name in ["Ana", "Ana", "Anna"] {
        assert_eq!(send(&server, &path, FORM, &body(name), &[]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(contacts(&server).await, 2);
    server.close().await;
}

#[tokio::test]
async fn only_who_knows_the_secret_is_believed() {
    let server = TestServer::open().await;
    let body = json!({"name": "WA", "kind": "json", "preset": "whatsapp", "intake_secret": "app secret"});
    let path = source(&server, body).await;
    let message = json!({"from": "79991234567", "id": "wamid.1", "type": "text", "text": {"body": "привет"}});
    let value = json!({"contacts": [{"wa_id": "79991234567", "profile": {"name": "Анна"}}], "messages": [message]});
    let body = json!({"entry": [{"changes": [{"value": value}]}]}).to_string();
    let hex: String = hmac("app secret", body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let signature = format!("sha256={hex}");
    let signed = [("x-hub-signature-256", &*signature)];
    send(&server, &path, "application/json", &body, &[]).await.is_problem(401, "key-refused");
    send(&server, &path, "application/json", &format!("{body} "), &signed).await.is_problem(401, "key-refused");
    assert_eq!(server.show("/api/v1/sources/1/intake").await["unmapped"], 0, "nothing is stored");
    let answer = send(&server, &path, "application/json", &body, &signed).await;
    assert_eq!(answer.expect(StatusCode::OK)["contact_id"], 1);
    assert_eq!(server.show("/api/v1/leads/1").await["identities"][0]["value"], "+79991234567");
    let ask = |token: &str| format!("{path}?hub.mode=subscribe&hub.challenge=4711&hub.verify_token={token}");
    assert_eq!(server.get(&ask("app%20secret")).await.text, "4711");
    server.get(&ask("wrong")).await.is_problem(403, "forbidden");
    let shown = server.show("/api/v1/sources/1/intake").await;
    assert!(shown["has_secret"] == json!(true) && !shown.to_string().contains("app secret"));
    server.close().await;
}

#[tokio::test]
async fn a_hook_with_more_contacts_than_the_queue_has_room_for_is_taken_whole() {
    let server = TestServer::with_queue(2).await;
    let mapping = json!({"each": "$.leads[*]", "rules": [{"target": "phone", "paths": ["$.tel"]}]});
    let path = source(&server, json!({"name": "Hook", "kind": "json", "mapping": mapping})).await;
    let leads: Vec<_> = (0..40).map(|n| json!({"tel": format!("+799912345{n:02}")})).collect();
    server.post(&path, &json!({"leads": leads})).await.expect(StatusCode::CREATED);
    assert_eq!(contacts(&server).await, 40, "none is missing, so nobody sends the others again");
    server.close().await;
}

#[tokio::test]
async fn a_new_address_ends_the_one_before() {
    let server = TestServer::open().await;
    let path = form(&server).await;
    let rotated = server.act("/api/v1/sources/1/rotate-intake").await.expect(StatusCode::OK);
    let new = rotated["intake_url"].as_str().expect("an address").to_owned();
    assert_ne!(new, path);
    send(&server, &path, FORM, "name=Anna", &[]).await.is_problem(404, "unknown-path");
    assert_eq!(send(&server, &new, FORM, "name=Anna", &[]).await.status, StatusCode::SEE_OTHER);
    // A source that had none gets one.
    let plain = server.source("Bot", &[]).await;
    let made = server.act(&format!("/api/v1/sources/{plain}/rotate-intake")).await.expect(StatusCode::OK);
    let made = made["intake_url"].as_str().expect("an address");
    assert_eq!(server.post(made, &json!({"name": "B"})).await.status, StatusCode::CREATED);
    server.delete("/api/v1/sources/1?force=true").await;
    send(&server, &new, FORM, "name=Anna", &[]).await.is_problem(404, "unknown-path");
    server.close().await;
}

#[tokio::test]
async fn pages_of_listed_sites_alone_may_send_and_read_the_answer() {
    let server = TestServer::open().await;
    let body = json!({"name": "Form", "kind": "form", "origins": ["https://shop.example"]});
    let path = source(&server, body).await;
    let from = |origin: &'static str| [(ORIGIN.as_str(), origin), (ACCEPT.as_str(), "application/json")];
    send(&server, &path, FORM, "name=A", &from("https://evil.example")).await.is_problem(403, "cross-site");
    let answer = send(&server, &path, FORM, "name=A", &from("https://shop.example")).await;
    assert_eq!(answer.headers["access-control-allow-origin"], "https://shop.example");
    answer.expect(StatusCode::CREATED);
    let next = |url: &str| format!("name=A&_next={url}");
    let led = send(&server, &path, FORM, &next("https%3A%2F%2Fshop.example%2Fok"), &[]).await;
    assert_eq!(led.headers[LOCATION], "https://shop.example/ok");
    let led = send(&server, &path, FORM, &next("https%3A%2F%2Fshop.example.evil%2F"), &[]).await;
    assert!(led.headers[LOCATION].to_str().expect("a path").starts_with("/f/"));
    let ask = Request::options(&path).header(ORIGIN, "https://shop.example").body(Body::empty()).expect("a request");
    let allowed = server.send(ask).await;
    assert_eq!(
        (allowed.status, &allowed.headers["access-control-allow-methods"]),
        (StatusCode::NO_CONTENT, &"POST".parse().expect("a value"))
    );
    server.close().await;
}

#[tokio::test]
async fn an_address_needs_no_key_and_everything_else_does() {
    let server = TestServer::open().await;
    let path = form(&server).await;
    let admin = server.key(Grant::Admin).await;
    let observer = server.key(Grant::Observer).await;
    assert_eq!(send(&server, &path, FORM, "name=Anna", &[]).await.status, StatusCode::SEE_OTHER);
    server.get("/api/v1/sources/1/payloads").await.is_problem(401, "key-required");
    let shown = |key: String| {
        let request = TestServer::request(Some(&key), axum::http::Method::GET, "/api/v1/sources/1", None);
        server.send(request)
    };
    assert_eq!(shown(observer.clone()).await.expect(StatusCode::OK)["intake_url"], json!(null));
    assert_eq!(shown(admin.clone()).await.expect(StatusCode::OK)["intake_url"], json!(path));
    let page = |key: String| {
        let request = TestServer::request(Some(&key), axum::http::Method::GET, "/sources/1/intake?lang=en", None);
        server.send(request)
    };
    let (of_admin, of_observer) = (page(admin).await.text, page(observer).await.text);
    let token = path.rsplit('/').next().expect("a token");
    assert!(of_admin.contains(token) && of_observer.contains("Address"), "{of_observer}");
    assert!(!of_observer.contains(token), "{of_observer}");
    server.close().await;
}

#[tokio::test]
async fn erasing_a_lead_erases_what_it_was_made_of() {
    let server = TestServer::open().await;
    let path = form(&server).await;
    send(&server, &path, FORM, "name=Anna&phone=%2B79991234567", &[]).await;
    assert_eq!(server.show("/api/v1/sources/1/payloads?state=taken").await[0]["contact_id"], 1);
    let exported = server.show("/api/v1/leads/1/export").await;
    assert_eq!(exported["contacts"][0]["received"][0]["body"]["name"], "Anna", "{exported}");
    server.act("/api/v1/contacts/1/resolve").await.expect(StatusCode::OK);
    server.act("/api/v1/leads/1/erase").await.expect(StatusCode::OK);
    assert_eq!(server.show("/api/v1/sources/1/payloads?state=taken").await, json!([]));
    server.close().await;
}

#[tokio::test]
async fn a_mistake_in_a_mapping_is_named_with_its_place() {
    let server = TestServer::open().await;
    let create = |mapping: Value| json!({"name": "Hook", "kind": "json", "mapping": mapping});
    for (mapping, detail) in [
        (json!({"phone": "$.a["}), "/rules/0/paths/0: is no JSONPath"),
        (json!([{"target": "tel", "paths": ["a"]}]), "/rules/0/target: is no field of a contact"),
        (json!("$.a"), "is no mapping"),
    ] {
        let answer = server.post("/api/v1/sources", &create(mapping)).await;
        answer.is_problem(422, "invalid-fields");
        let error = &answer.json["errors"][0];
        assert_eq!(error["pointer"], "/mapping");
        assert!(error["detail"].as_str().is_some_and(|it| it.contains(detail)), "{error}");
    }
    let answer = server.post("/api/v1/sources", &json!({"name": "H", "kind": "json", "preset": "x"})).await;
    assert!(answer.text.contains("tilda"), "{}", answer.text);
    server.close().await;
}
