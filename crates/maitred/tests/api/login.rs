//! Logging in and out, what a session is good for, and who may change whom.

use crate::test_server::{Answer, PASSWORD, TestServer};
use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use maitred_core::{Actor, OperatorId, UserId};
use maitred_store::accounts::{Grant, SESSIONS_MAX};
use serde_json::json;
use tower::ServiceExt;

const SOMEWHERE: [u8; 4] = [127, 0, 0, 1];

/// Sends the form of the login.
async fn log_in(server: &TestServer, name: &str, password: &str, next: &str) -> Answer {
    let fields = [("name", name), ("password", password), ("next", next)];
    let form = serde_urlencoded::to_string(fields).expect("a form");
    server.browse("", Method::POST, "/login", Some(&form)).await
}

/// The cookie of an answer, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    let given = answer.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().expect("plain text"));
    let session = given.into_iter().find(|value| value.starts_with("maitred-session=")).expect("a session");
    assert!(session.contains("; HttpOnly") && session.contains("; SameSite=Lax"), "{session}");
    session.split(';').next().expect("a pair").to_owned()
}

#[tokio::test]
async fn a_login_opens_the_page_that_was_wanted() {
    let server = TestServer::open().await;
    server.session("Maria", Grant::Admin).await;
    let led = server.browse("", Method::GET, "/contacts?q=7", None).await;
    assert_eq!((led.status, led.location()), (StatusCode::SEE_OTHER, "/login?next=%2Fcontacts%3Fq%3D7"));
    let page = server.browse("", Method::GET, led.location(), None).await;
    assert!(page.status == 200 && page.text.contains("value=\"/contacts?q=7\""), "{}", page.text);

    let entered = log_in(&server, " MARIA ", PASSWORD, "/contacts?q=7").await;
    assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, "/contacts?q=7"));
    let mine = cookie(&entered);
    let page = server.browse(&mine, Method::GET, "/contacts", None).await;
    assert!(page.status == 200 && page.text.contains("Maria"), "the page says who is logged in");
    assert_eq!(server.browse(&mine, Method::GET, "/login", None).await.location(), "/", "already logged in");
    for next in ["//evil.example", "https://evil.example/", "/\\evil.example", ""] {
        assert_eq!(log_in(&server, "maria", PASSWORD, next).await.location(), "/", "{next}");
    }
    // A program is not led anywhere, nor is a browser at an address of programs.
    server.get("/contacts").await.is_problem(401, "key-required");
    server.browse("", Method::GET, "/api/v1/contacts", None).await.is_problem(401, "key-required");
    server.browse("maitred-session=x", Method::GET, "/api/v1/contacts", None).await.is_problem(401, "key-required");
    server.close().await;
}

#[tokio::test]
async fn a_login_gives_a_session_of_its_own() {
    let server = TestServer::open().await;
    let known = server.session("Maria", Grant::Admin).await;
    let form = serde_urlencoded::to_string([("name", "Maria"), ("password", PASSWORD)]).expect("a form");
    let again = server.browse(&known, Method::POST, "/login", Some(&form)).await;
    let fresh = cookie(&again);
    assert_ne!(fresh, known);
    let planted = "maitred-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_ne!(cookie(&server.browse(planted, Method::POST, "/login", Some(&form)).await), planted);
    assert_eq!(server.browse(planted, Method::GET, "/", None).await.status, 303, "what was planted is no session");
    server.close().await;
}

#[tokio::test]
async fn an_unknown_name_is_answered_like_a_wrong_password() {
    let server = TestServer::open().await;
    server.session("Maria", Grant::Admin).await;
    server.session("Gone", Grant::Admin).await;
    server.access.disable(UserId(2), Actor::Cli).await.expect("it works");
    let mut pages = Vec::new();
    for (name, password) in [("Maria", "wrong"), ("Nobody", "wrong"), ("Gone", PASSWORD), ("", ""), ("Maria\0", "x")] {
        let answer = log_in(&server, name, password, "").await;
        assert_eq!(answer.status, 422, "{name}");
        assert!(!answer.headers.contains_key(SET_COOKIE) && !answer.text.contains("wrong"), "{}", answer.text);
        let shown = name.replace('\0', "");
        pages.push(answer.text.replace(&format!("value=\"{name}\""), "value=\"\"").replace(&shown, ""));
    }
    assert_eq!(pages[1].len(), pages[2].len());
    assert!(pages.iter().all(|page| page.contains("Incorrect username or password")));
    server.close().await;
}

#[tokio::test]
async fn who_tries_too_often_has_to_wait() {
    let server = TestServer::open().await;
    server.session("Maria", Grant::Admin).await;
    for _ in 0..5 {
        assert_eq!(log_in(&server, "maria", "wrong", "").await.status, 422);
    }
    // Also with the right password, and whatever the letter case.
    let late = log_in(&server, "Maria", PASSWORD, "").await;
    assert_eq!((late.status, late.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert!(late.text.contains("Try again in 1 second"), "{}", late.text);
    assert_eq!(log_in(&server, "boris", "wrong", "").await.status, 422, "others are not held up");
    server.close().await;
}

#[tokio::test]
async fn a_session_serves_the_api_from_our_pages_only() {
    let server = TestServer::open().await;
    let mine = server.session("Maria", Grant::Supervisor).await;
    let post = |site: Option<(&str, &str)>| {
        let request = Request::post("/api/v1/operators").header(COOKIE, &mine).header(CONTENT_TYPE, "application/json");
        let request = request.header("host", "here:8000");
        let request = site.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let body = json!({"name": "Anna", "max_load": 1}).to_string();
        server.send(request.body(Body::from(body)).expect("a well-formed request"))
    };
    for refused in [
        None,
        Some(("sec-fetch-site", "cross-site")),
        Some(("sec-fetch-site", "same-site")),
        Some((ORIGIN.as_str(), "https://evil.example")),
        Some((ORIGIN.as_str(), "null")),
        Some((ORIGIN.as_str(), "http://here:9000")),
    ] {
        let answer = post(refused).await;
        answer.is_problem(403, "cross-site");
    }
    for taken in [("sec-fetch-site", "same-origin"), (ORIGIN.as_str(), "http://here:8000")] {
        post(Some(taken)).await.expect(StatusCode::CREATED);
    }
    assert_eq!(
        server.browse(&mine, Method::GET, "/api/v1/operators", None).await.json.as_array().map(Vec::len),
        Some(2)
    );
    // Who did it is in the events.
    let events = server.browse(&mine, Method::GET, "/api/v1/events", None).await;
    assert_eq!(events.json[0]["actor"], "user:1", "{}", events.text);
    // A key that is shown beside a cookie counts, and a bad one is not made good by it.
    let both = Request::get("/api/v1/operators").header(COOKIE, &mine).header("authorization", "Bearer mtd_x");
    server.send(both.body(Body::empty()).expect("a request")).await.is_problem(401, "key-refused");
    server.close().await;
}

#[tokio::test]
async fn logging_out_ends_a_session_and_logging_out_everywhere_all() {
    let server = TestServer::open().await;
    let one = server.session("Maria", Grant::Admin).await;
    let other = cookie(&log_in(&server, "Maria", PASSWORD, "").await);
    let third = cookie(&log_in(&server, "Maria", PASSWORD, "").await);
    let is_in = async |cookie: &str| server.browse(cookie, Method::GET, "/sources", None).await.status == 200;
    let left = server.browse(&one, Method::POST, "/logout", Some("")).await;
    assert_eq!((left.status, left.location()), (StatusCode::SEE_OTHER, "/login"));
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    assert!(!is_in(&one).await && is_in(&other).await && is_in(&third).await);
    server.browse(&other, Method::POST, "/account/logout", Some("")).await;
    assert!(!is_in(&other).await && !is_in(&third).await);
    server.close().await;
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let server = TestServer::open().await;
    server.session("Maria", Grant::Admin).await;
    for path in ["/api/v1/events/stream", "/live/board", "/live/changes"] {
        let mine = cookie(&log_in(&server, "Maria", PASSWORD, "").await);
        let request = TestServer::page_request(&mine, Method::GET, path, None);
        let response = server.pipeline.clone().oneshot(request).await.expect("a pipeline does not fail");
        assert_eq!(response.status(), 200, "{path}");
        server.access.disable(UserId(1), Actor::Cli).await.expect("it works");
        // It would go on for ever.
        response.into_body().collect().await.expect("an end");
        server.access.enable(UserId(1), Actor::Cli).await.expect("it works");
        assert_eq!(server.browse(&mine, Method::GET, "/", None).await.status, 303, "the old session is gone for good");
    }
    server.close().await;
}

#[tokio::test]
async fn a_person_has_so_many_sessions_and_the_oldest_goes() {
    let server = TestServer::open().await;
    let first = server.session("Maria", Grant::Admin).await;
    let mut last = String::new();
    for _ in 0..SESSIONS_MAX {
        let (secret, _) = server.access.log_in("maria", PASSWORD, SOMEWHERE.into()).await.expect("a session");
        last = format!("maitred-session={}", secret.reveal());
    }
    assert_eq!(server.access.sessions_of(UserId(1)), SESSIONS_MAX);
    assert_eq!(server.browse(&first, Method::GET, "/", None).await.status, 303);
    assert_eq!(server.browse(&last, Method::GET, "/", None).await.status, 200);
    server.close().await;
}

#[tokio::test]
async fn everybody_changes_their_own_password_and_shows_the_old_one() {
    let server = TestServer::open().await;
    let mine = server.session("Maria", Grant::Supervisor).await;
    let change = async |cookie: &str, now: &str, next: &str| {
        let form = serde_urlencoded::to_string([("now", now), ("password", next)]).expect("a form");
        server.browse(cookie, Method::POST, "/account/password", Some(&form)).await
    };
    assert_eq!(change(&mine, "wrong", "another long one").await.status, 422);
    let short = change(&mine, PASSWORD, "short").await;
    assert!(short.status == 422 && short.text.contains("12 characters"), "{}", short.text);
    let changed = change(&mine, PASSWORD, "another long one").await;
    assert_eq!(changed.location(), "/account");
    let fresh = cookie(&changed);
    assert_eq!(server.browse(&mine, Method::GET, "/sources", None).await.status, 303, "the old session is over");
    assert_eq!(server.browse(&fresh, Method::GET, "/sources", None).await.status, 200);
    assert_eq!(log_in(&server, "maria", PASSWORD, "").await.status, 422);
    server.close().await;
}

#[tokio::test]
async fn an_admin_adds_changes_and_disables_people() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let boss = server.session("Boss", Grant::Admin).await;
    let send = async |path: &str, fields: &[(&str, &str)]| {
        let form = serde_urlencoded::to_string(fields).expect("a form");
        server.browse(&boss, Method::POST, path, Some(&form)).await
    };
    let new = [("name", "Maria"), ("password", PASSWORD), ("role", "operator"), ("operator_id", "1")];
    for (field, value, error) in [
        ("name", " ", "e-name"),
        ("name", "BOSS", "e-name"),
        ("password", "short", "e-password"),
        ("operator_id", "9", "e-operator_id"),
        ("operator_id", "", "e-operator_id"),
        ("role", "intake", "Choose a role"),
        ("role", "", "Choose a role"),
    ] {
        let fields = new.map(|pair| if pair.0 == field { (field, value) } else { pair });
        let answer = send("/access/users/new", &fields).await;
        assert_eq!(answer.status, 422, "{field}={value}");
        assert!(answer.text.contains(error), "{field}={value}: {}", answer.text);
        assert!(!answer.text.contains(PASSWORD), "no page shows a password again");
    }
    assert_eq!(server.access.users().len(), 1);
    assert_eq!(send("/access/users/new", &new).await.location(), "/access?done=user-added");
    let list = server.browse(&boss, Method::GET, "/access", None).await;
    assert!(list.text.contains("Maria") && list.text.contains("Operator: Anna"), "{}", list.text);

    let entered = log_in(&server, "maria", PASSWORD, "").await;
    assert_eq!(entered.location(), format!("/desk/{anna}"));
    let hers = cookie(&entered);
    let begin = server.browse(&hers, Method::GET, "/", None).await;
    assert_eq!((begin.status, begin.location()), (StatusCode::SEE_OTHER, "/desk/1"), "her page is her desk");
    let desk = server.browse(&hers, Method::GET, "/desk/1", None).await;
    assert!(desk.status == 200 && desk.text.contains("Anna") && !desk.text.contains("href=\"/sources\""));
    assert_eq!(server.browse(&hers, Method::GET, "/access", None).await.status, 403);

    send("/access/users/2", &[("role", "supervisor"), ("operator_id", "1")]).await;
    assert_eq!(server.browse(&hers, Method::GET, "/desk/1", None).await.status, 303, "she logs in again");
    send("/access/users/2/password", &[("password", "another long one")]).await;
    let hers = cookie(&log_in(&server, "maria", "another long one", "").await);
    assert_eq!(server.browse(&hers, Method::GET, "/sources", None).await.status, 200);
    send("/access/users/2/active", &[("is_active", "false")]).await;
    assert_eq!(server.browse(&hers, Method::GET, "/sources", None).await.status, 303);
    assert_eq!(log_in(&server, "maria", "another long one", "").await.status, 422);
    send("/access/users/2/active", &[("is_active", "true")]).await;
    assert_eq!(log_in(&server, "maria", "another long one", "").await.status, 303);
    for path in ["/access/users/1", "/access/users/1/active", "/access/users/1/password"] {
        assert_eq!(send(path, &[("role", "operator")]).await.status, 403, "nobody locks themselves out");
    }
    server.close().await;
}

#[tokio::test]
async fn an_admin_makes_and_revokes_keys() {
    let server = TestServer::open().await;
    let boss = server.session("Boss", Grant::Admin).await;
    let form = "name=Bot&role=intake&source_id=&operator_id=&days=30";
    let made = server.browse(&boss, Method::POST, "/access/keys/new", Some(form)).await;
    assert_eq!((made.status, made.header("cache-control")), (StatusCode::OK, "no-store"));
    let token = made.text.split("tabindex=\"0\">").find(|part| part.starts_with("mtd_")).expect("a token");
    let token = token.split('<').next().expect("its end").to_owned();
    let body = json!({"source_id": 9, "lead_external_id": "x"});
    let answer = server.call_as(Some(&token), Method::POST, "/api/v1/contacts", Some(&body)).await;
    answer.is_problem(404, "unknown-reference");
    let list = server.browse(&boss, Method::GET, "/access", None).await;
    assert!(list.text.contains("Bot") && !list.text.contains(&token[17..]));
    server.browse(&boss, Method::POST, "/access/keys/1/revoke", Some("")).await;
    server.call_as(Some(&token), Method::GET, "/api/v1/contacts", None).await.is_problem(401, "key-refused");
    assert_eq!(server.browse(&boss, Method::GET, "/access/keys/1/revoke", None).await.status, 404);
    server.close().await;
}

#[tokio::test]
async fn the_set_up_link_makes_one_admin_once() {
    let server = TestServer::open().await;
    let link = server.access.offer_set_up().expect("randomness").expect("a link").reveal();
    assert_eq!(server.get("/api/v1/operators").await.status, 200, "the link is offered, not demanded");
    let set_up = async |token: &str, name: &str, password: &str| {
        let form = serde_urlencoded::to_string([("token", token), ("name", name), ("password", password)]);
        server.browse("", Method::POST, "/set-up", Some(&form.expect("a form"))).await
    };
    assert_eq!(server.browse("", Method::GET, &format!("/set-up?token={link}"), None).await.status, 200);
    assert_eq!(server.browse("", Method::GET, "/set-up?token=guess", None).await.status, 403);
    assert_eq!(set_up("guess", "Eve", PASSWORD).await.status, 403);
    assert_eq!(set_up(&link, "Maria", "short").await.status, 422);
    let (one, other) = tokio::join!(set_up(&link, "Maria", PASSWORD), set_up(&link, "Eve", PASSWORD));
    let mut both = [one.status.as_u16(), other.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [303, 403], "of two at once one is the first");
    let first = if one.status == 303 { one } else { other };
    assert_eq!(server.browse(&cookie(&first), Method::GET, "/access", None).await.status, 200);
    assert_eq!(set_up(&link, "Late", PASSWORD).await.status, 403);
    assert!(server.access.offer_set_up().expect("randomness").is_none());
    server.get("/api/v1/operators").await.is_problem(401, "key-required");
    server.close().await;
}

#[tokio::test]
async fn an_operator_is_told_nothing_of_the_contacts_of_others() {
    let server = TestServer::open().await;
    for (name, lead) in [("Anna", "of-anna"), ("Boris", "of-boris")] {
        let operator = server.operator(name, 5).await;
        let source = server.source(name, &[(operator, 1)]).await;
        server.contact(source, lead).await;
    }
    let hers = server.session("Anna", Grant::Operator(OperatorId(1))).await;
    let own = server.browse(&hers, Method::GET, "/desk/1?about=1", None).await;
    assert!(own.status == 200 && own.text.contains("of-anna"), "{}", own.text);
    let page = server.browse(&hers, Method::GET, "/desk/1?about=2", None).await;
    assert!(page.status == 200 && !page.text.contains("of-boris") && !page.text.contains("Boris"), "{}", page.text);
    assert_eq!(server.browse(&hers, Method::GET, "/desk/2", None).await.status, 403);
    let resolved = server.browse(&hers, Method::POST, "/desk/1/contacts/2/resolve", Some("")).await;
    assert_eq!(resolved.status, 303);
    let boss = server.session("Boss", Grant::Admin).await;
    let untouched = server.browse(&boss, Method::GET, "/api/v1/contacts/2", None).await;
    assert_eq!(untouched.json["status"], "assigned", "{}", untouched.text);
    server.close().await;
}

#[tokio::test]
async fn what_may_not_be_seen_is_said_in_a_page() {
    let server = TestServer::open().await;
    let hers = server.session("Anna", Grant::Operator(OperatorId(1))).await;
    let refused = server.browse(&hers, Method::GET, "/sources", None).await;
    assert_eq!((refused.status, refused.header("content-type")), (StatusCode::FORBIDDEN, "text/html; charset=utf-8"));
    assert!(refused.header("content-security-policy").contains("default-src 'none'"));
    let mut program = TestServer::page_request(&hers, Method::GET, "/sources", None);
    program.headers_mut().remove(ACCEPT);
    server.send(program).await.is_problem(403, "forbidden");
    server.close().await;
}
