//! Who may call what: every route there is, by every role, against the one table.

use crate::test_server::TestServer;
use axum::http::header::{ACCEPT, ALLOW, WWW_AUTHENTICATE};
use axum::http::{Method, StatusCode};
use maitred::server;
use maitred_api::dialect::Dialect;
use maitred_core::{KeyId, OperatorId, SourceId};
use maitred_store::accounts::{Grant, Role};
use maitred_web::routes::Route;
use maitred_web::rules::{self, May};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tower::ServiceExt;

/// Two desks: contact, lead, source and operator 1, and the same with 2. A key and a login for each role, bound to the
/// first.
struct Staffed {
    server: TestServer,
    keys: [String; 5],
    /// Of an operator, a supervisor, an admin and an observer.
    cookies: [String; 4],
}

impl Staffed {
    async fn open() -> Self {
        let server = TestServer::open().await;
        for (name, lead) in [("Anna", "a"), ("Boris", "b")] {
            let operator = server.operator(name, 10).await;
            let source = server.source(name, &[(operator, 1)]).await;
            assert_eq!(server.contact(source, lead).await["operator_id"], operator);
        }
        let grants = [
            Grant::Intake(Some(SourceId(1))),
            Grant::Operator(OperatorId(1)),
            Grant::Supervisor,
            Grant::Admin,
            Grant::Observer,
        ];
        let mut keys = Vec::new();
        for grant in &grants {
            keys.push(server.key(*grant).await);
        }
        let mut cookies = Vec::new();
        for grant in &grants[1..] {
            cookies.push(server.session(grant.role().as_str(), *grant).await);
        }
        let keys = keys.try_into().expect("a key for each role");
        Self { server, keys, cookies: cookies.try_into().expect("a login for each role of people") }
    }

    fn key(&self, role: Role) -> &str {
        &self.keys[role as usize]
    }

    /// The status and headers; a stream goes on for ever, so the body is not read.
    async fn head(&self, key: Option<&str>, method: &Method, path: &str, body: Option<&Value>) -> (StatusCode, String) {
        let request = TestServer::request(key, method.clone(), path, body);
        let response = self.server.pipeline.clone().oneshot(request).await.expect("a pipeline does not fail");
        let challenge = response.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().expect("text").to_owned());
        (response.status(), challenge.unwrap_or_default())
    }

    /// What a page of the console is answered, sent with the cookie of this role.
    async fn by_session(&self, role: Role, method: &Method, path: &str) -> u16 {
        let mut request = TestServer::page_request(&self.cookies[role as usize - 1], method.clone(), path, Some(""));
        // As a program would be told: no page, and nowhere to go.
        request.headers_mut().remove(ACCEPT);
        let response = self.server.pipeline.clone().oneshot(request).await.expect("a pipeline does not fail");
        response.status().as_u16()
    }

    /// A call of the desk may have switched the operator off, and released contacts wait for them.
    async fn back_to_work(&self) {
        let on = json!({"is_active": true});
        let status = self.status(Role::Admin, &Method::PATCH, "/api/v1/operators/1", Some(&on)).await;
        assert_eq!(status, 200);
    }

    async fn status(&self, role: Role, method: &Method, path: &str, body: Option<&Value>) -> u16 {
        self.head(Some(self.key(role)), method, path, body).await.0.as_u16()
    }
}

fn named(route: &str, id: &str) -> String {
    let path = [
        "{id}",
        "{operator}",
        "{operator_id}",
        "{source_id}",
        "{appeal_id}",
        "{seq}",
        "{lead_source_id}",
        "{lead_source_operator_id}",
    ]
    .iter()
    .fold(route.to_owned(), |path, it| path.replace(it, id));
    let path = path.replace("{name}", "forbidden").replace("{address}", "base.css");
    path.replace("{*rest}", "index.css")
}

fn body_of(method: &Method) -> Option<Value> {
    [Method::POST, Method::PUT, Method::PATCH].contains(method).then(|| json!({}))
}

/// The rules that stand with the routes.
fn table() -> Vec<Route> {
    server::routes(&Dialect::MOUNTED)
}

/// Every route of the router, as axum itself lists them, with the methods it answers.
async fn routes(server: &TestServer) -> BTreeSet<(String, String)> {
    let listed = format!("{:?}", server.pipeline);
    let quoted = listed.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/'));
    let paths: BTreeSet<&str> = quoted.filter(|path| !path.contains("__private__axum")).collect();
    let mut routes = BTreeSet::new();
    for path in paths {
        let request = TestServer::request(None, Method::try_from("NONE").expect("a method"), &named(path, "1"), None);
        let response = server.pipeline.clone().oneshot(request).await.expect("a pipeline does not fail");
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let methods = response.headers()[ALLOW].to_str().expect("text").to_owned();
        let methods = methods.split(',').filter(|method| *method != "HEAD");
        routes.extend(methods.map(|method| (method.to_owned(), rules::without_slash(path).to_owned())));
    }
    routes
}

#[tokio::test]
async fn every_route_has_a_rule_and_every_rule_a_route() {
    let server = TestServer::open().await;
    let rules = table();
    let pair = |route: &Route| (route.method.to_string(), rules::without_slash(&route.path).to_owned());
    let ruled: BTreeSet<_> = rules.iter().map(pair).collect();
    assert_eq!(ruled.len(), rules.len(), "no call has two rules");
    assert_eq!(routes(&server).await, ruled);
    server.close().await;
}

#[tokio::test]
async fn without_a_key_there_is_nothing_but_401_healthz_and_the_login() {
    const OPEN: [(&str, &str, u16); 17] = [
        ("GET", "/healthz", 200),
        ("GET", "/login", 200),
        ("POST", "/login", 422),
        ("GET", "/set-up", 403),
        ("POST", "/set-up", 403),
        // What it looks like, by its digest.
        ("GET", "/assets/{address}", 404),
        // What shows notifications, and what makes a page an app: both are the same for everybody.
        ("GET", "/push.js", 200),
        ("GET", "/manifest.webmanifest", 200),
        // A language or a theme, kept in a cookie.
        ("POST", "/preferences", 303),
        // Addresses of sources, for those who know them.
        ("GET", "/in/{token}", 404),
        ("POST", "/in/{token}", 404),
        ("OPTIONS", "/in/{token}", 404),
        ("GET", "/f/form.js", 200),
        ("GET", "/f/{token}", 404),
        ("POST", "/f/{token}", 404),
        ("OPTIONS", "/f/{token}", 404),
        // Of Telegram, which sends a secret.
        ("POST", "/telegram/{name}", 404),
    ];
    let staffed = Staffed::open().await;
    for Route { method, path: route, row, .. } in table() {
        let path = named(&route, "1");
        let (status, challenge) = staffed.head(None, &method, &path, body_of(&method).as_ref()).await;
        if let Some((.., expected)) = OPEN.iter().find(|open| (open.0, open.1) == (method.as_str(), route.as_str())) {
            assert_eq!((row, status.as_u16()), ([May::Anybody; 5], *expected), "{method} {route}");
        } else {
            assert!(!row.contains(&May::Anybody), "{route}");
            assert_eq!((status, challenge.as_str()), (StatusCode::UNAUTHORIZED, "Bearer realm=\"maitred\""), "{path}");
        }
    }
    for (method, path) in
        [("GET", "/nowhere"), ("OPTIONS", "/api/v1/contacts"), ("HEAD", "/api/v1/contacts"), ("GET", "//")]
    {
        let method = Method::try_from(method).expect("a method");
        assert_eq!(staffed.head(None, &method, path, None).await.0, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    let answer = staffed.server.get("/api/v1/contacts").await;
    answer.is_problem(401, "key-required");
    staffed.server.close().await;
}

#[tokio::test]
async fn a_revoked_or_invented_key_is_none() {
    let staffed = Staffed::open().await;
    let admin = staffed.key(Role::Admin).to_owned();
    let invented = format!("{}{}", &admin[..17], &staffed.key(Role::Supervisor)[17..]);
    staffed.server.access.revoke(KeyId(4), maitred_core::Actor::Cli).await.expect("a store");
    for Route { method, path: route, .. } in table().into_iter().filter(|route| !route.row.contains(&May::Anybody)) {
        for key in [&admin, &invented, "", "mtd_"] {
            let (status, challenge) = staffed.head(Some(key), &method, &named(&route, "1"), None).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {route}");
            assert!(challenge.ends_with("error=\"invalid_token\""), "{challenge}");
        }
    }
    staffed.server.close().await;
}

#[tokio::test]
async fn every_role_may_what_the_table_says_and_nothing_else() {
    let staffed = Staffed::open().await;
    for role in Role::ALL {
        for Route { method, path: route, row, .. } in table() {
            // Staff names what is not there, so that nothing changes under the feet of the others.
            let id = if matches!(role, Role::Supervisor | Role::Admin | Role::Observer) { "999" } else { "1" };
            let status = staffed.status(role, &method, &named(&route, id), body_of(&method).as_ref()).await;
            staffed.back_to_work().await;
            let call = format!("{} {method} {route} gave {status}", role.as_str());
            match row[role as usize] {
                May::No => assert_eq!(status, 403, "{call}"),
                May::Anybody => assert!(status != 401 && status < 500, "{call}"),
                _ => assert!(status != 401 && status != 403 && status < 500, "{call}"),
            }
        }
    }
    staffed.server.close().await;
}

#[tokio::test]
async fn a_session_may_what_a_key_of_its_role_may() {
    let staffed = Staffed::open().await;
    for role in [Role::Operator, Role::Supervisor, Role::Admin, Role::Observer] {
        // Logging out is tried by another test.
        for Route { method, path: route, row, .. } in table().into_iter().filter(|route| !route.path.contains("logout"))
        {
            let id = if role == Role::Operator { "1" } else { "999" };
            let status = staffed.by_session(role, &method, &named(&route, id)).await;
            staffed.back_to_work().await;
            let call = format!("{} {method} {route} gave {status}", role.as_str());
            match row[role as usize] {
                May::No => assert_eq!(status, 403, "{call}"),
                // Nobody can be made the first any more.
                May::Anybody => assert!(status != 401 && status < 500, "{call}"),
                _ => assert!(status != 401 && status != 403 && status < 500, "{call}"),
            }
        }
    }
    staffed.server.close().await;
}

#[tokio::test]
async fn an_operator_has_nothing_of_the_others() {
    let staffed = Staffed::open().await;
    let of_others = |may: May| matches!(may, May::OwnContact | May::OwnLead | May::OwnOperator);
    let rules: Vec<_> = table().into_iter().filter(|route| of_others(route.row[Role::Operator as usize])).collect();
    assert!(rules.len() >= 14, "the table has rules of own things");
    for Route { method, path: route, .. } in &rules {
        // However the id is spelled.
        for id in ["2", "%32", "+2", "02"] {
            let status = staffed.status(Role::Operator, method, &named(route, id), body_of(method).as_ref()).await;
            assert_eq!(status, 403, "{method} {} ", named(route, id));
            assert_eq!(staffed.by_session(Role::Operator, method, &named(route, id)).await, 403, "{method} {route}");
        }
        let status = staffed.status(Role::Operator, method, &named(route, "999"), body_of(method).as_ref()).await;
        assert!([403, 404, 422].contains(&status), "{method} {route} gave {status}");
    }
    staffed.server.close().await;
}

#[tokio::test]
async fn an_operator_sees_and_moves_their_own_contacts() {
    let staffed = Staffed::open().await;
    let key = Some(staffed.key(Role::Operator));
    let server = &staffed.server;
    let ask = async |method, path: &str, body: Option<Value>| server.call_as(key, method, path, body.as_ref()).await;
    let ids = |page: &Value| -> Vec<i64> {
        page.as_array().expect("a page").iter().map(|contact| contact["id"].as_i64().expect("an id")).collect()
    };
    for path in ["/api/v1/contacts", "/api/v1/contacts?operator_id=1", "/api/v1/leads/1/contacts"] {
        assert_eq!(ids(&ask(Method::GET, path, None).await.expect(StatusCode::OK)), [1], "{path}");
    }
    let of_lead_2 = ask(Method::GET, "/api/v1/leads/2/contacts", None).await.expect(StatusCode::OK);
    assert_eq!(ids(&of_lead_2), Vec::<i64>::new());
    ask(Method::GET, "/api/v1/contacts?operator_id=2", None).await.is_problem(403, "forbidden");

    ask(Method::PATCH, "/api/v1/operators/1", Some(json!({"is_active": false}))).await.expect(StatusCode::OK);
    for edit in [json!({"max_load": 11}), json!({"is_active": true, "name": "Boss"})] {
        ask(Method::PATCH, "/api/v1/operators/1", Some(edit)).await.is_problem(403, "forbidden");
    }
    let forced = json!({"operator_id": 2, "force": true});
    ask(Method::POST, "/api/v1/contacts/1/transfer", Some(forced)).await.is_problem(403, "forbidden");
    ask(Method::POST, "/api/v1/contacts/1/resolve", None).await.expect(StatusCode::OK);
    ask(Method::POST, "/api/v1/contacts/1/reopen", None).await.expect(StatusCode::OK);
    // Switched off, the operator did not get it back: it waits, and is nobody's.
    ask(Method::GET, "/api/v1/contacts/1", None).await.is_problem(403, "forbidden");
    ask(Method::PATCH, "/api/v1/operators/1", Some(json!({"is_active": true}))).await.expect(StatusCode::OK);
    let given = ask(Method::POST, "/api/v1/contacts/1/transfer", Some(json!({"operator_id": 2}))).await;
    assert_eq!(given.expect(StatusCode::OK)["operator_id"], 2);
    ask(Method::POST, "/api/v1/contacts/1/resolve", None).await.is_problem(403, "forbidden");
    staffed.server.close().await;
}

#[tokio::test]
async fn a_desk_tells_an_operator_of_their_own_contacts_only() {
    let staffed = Staffed::open().await;
    let shown = async |role: Role, path: &str| {
        let answer = staffed.server.call_as(Some(staffed.key(role)), Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.text
    };
    let tells = |page: &str| page.contains("class=\"toast\"");
    assert!(shown(Role::Operator, "/desk/1").await.contains("id=\"held-1\""));
    assert!(tells(&shown(Role::Operator, "/desk/1?about=1").await));
    assert!(!tells(&shown(Role::Operator, "/desk/1?about=2").await), "contact 2 is with Boris");
    assert!(tells(&shown(Role::Supervisor, "/desk/1?about=2").await));
    let resolve = async |path: &str| staffed.status(Role::Operator, &Method::POST, path, Some(&json!({}))).await;
    assert_eq!(resolve("/desk/2/contacts/2/resolve").await, 403);
    assert_eq!(resolve("/desk/1/contacts/2/resolve").await, 303);
    let contact = async |id: i64| {
        staffed
            .server
            .call_as(Some(staffed.key(Role::Admin)), Method::GET, &format!("/api/v1/contacts/{id}"), None)
            .await
    };
    assert_eq!(contact(2).await.expect(StatusCode::OK)["status"], "assigned", "nothing was done");
    assert_eq!(resolve("/desk/1/contacts/1/resolve").await, 303);
    assert_eq!(contact(1).await.expect(StatusCode::OK)["status"], "resolved");
    staffed.server.close().await;
}

#[tokio::test]
async fn a_bound_key_submits_for_its_source_only() {
    let staffed = Staffed::open().await;
    let key = Some(staffed.key(Role::Intake));
    let submit = async |source: i64| {
        let body = json!({"source_id": source, "lead_external_id": "x"});
        staffed.server.call_as(key, Method::POST, "/api/v1/contacts", Some(&body)).await
    };
    assert_eq!(submit(1).await.expect(StatusCode::CREATED)["operator_id"], 1);
    submit(2).await.is_problem(403, "forbidden");
    submit(999).await.is_problem(403, "forbidden");
    let any = staffed.server.key(Grant::Intake(None)).await;
    let body = json!({"source_id": 2, "lead_external_id": "x"});
    let answer = staffed.server.call_as(Some(&any), Method::POST, "/api/v1/contacts", Some(&body)).await;
    answer.expect(StatusCode::CREATED);
    staffed.server.close().await;
}

#[tokio::test]
async fn callers_with_a_key_learn_what_is_not_there() {
    let staffed = Staffed::open().await;
    for role in Role::ALL {
        let key = Some(staffed.key(role));
        staffed.server.call_as(key, Method::GET, "/nowhere", None).await.is_problem(404, "unknown-path");
        let answer = staffed.server.call_as(key, Method::PUT, "/api/v1/contacts", None).await;
        answer.is_problem(405, "method-not-allowed");
        assert_eq!(answer.header("allow"), "POST,GET");
    }
    staffed.server.close().await;
}

#[tokio::test]
async fn no_answer_may_be_framed_or_taken_for_something_else() {
    let server = TestServer::open().await;
    let nowhere = [(Method::GET, "/nowhere".to_owned()), (Method::GET, "/api/v1/nowhere".to_owned())];
    let calls = table().into_iter().map(|route| (route.method, named(&route.path, "1"))).chain(nowhere);
    for (method, path) in calls {
        for accept in ["text/html", "application/json"] {
            let mut request = TestServer::request(None, method.clone(), &path, body_of(&method).as_ref());
            request.headers_mut().insert("accept", accept.parse().expect("a header"));
            let answer = server.pipeline.clone().oneshot(request).await.expect("a pipeline does not fail");
            let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let call = format!("{method} {path} {}", answer.status());
            assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{call}");
            assert_eq!(header("x-content-type-options"), "nosniff", "{call}");
            assert_eq!(header("referrer-policy"), "same-origin", "{call}");
        }
    }
    server.close().await;
}
