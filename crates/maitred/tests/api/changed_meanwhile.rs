//! What somebody changes who does not see what is there by now: `ETag` and `If-Match`, `from_operator_id`, and forms of
//! pages that are older than what they change, or that are sent twice.

use crate::test_server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

async fn change_if(server: &TestServer, tag: &str, method: Method, path: &str, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path).header("if-match", tag);
    let request = request.header("content-type", "application/json").body(Body::from(body.to_string()));
    server.send(request.expect("a well-formed request")).await
}

#[tokio::test]
async fn a_change_of_what_changed_after_it_was_read_is_refused() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let bot = server.source("Bot", &[(anna, 1)]).await;
    server.contact(bot, "a").await;
    let hook = json!({"name": "Hook", "kind": "json"});
    server.post("/api/v1/sources", &hook).await.expect(StatusCode::CREATED);
    let endpoint = json!({"url": "https://example.com/a"});
    server.post("/api/v1/endpoints", &endpoint).await.expect(StatusCode::CREATED);
    for (path, method, first, second) in [
        ("/api/v1/endpoints/1", Method::PATCH, json!({"url": "https://example.com/b"}), json!({"enabled": false})),
        ("/api/v1/sources/2/intake", Method::PATCH, json!({"preset": "tilda"}), json!({"intake_secret": "hush"})),
        ("/api/v1/operators/1", Method::PATCH, json!({"max_load": 7}), json!({"name": "Anna P."})),
        ("/api/v1/sources/1", Method::PATCH, json!({"policy": "least_loaded"}), json!({"name": "Site"})),
        ("/api/v1/contacts/1", Method::PATCH, json!({"priority": 3}), json!({"message": "Hello"})),
        ("/api/v1/leads/1", Method::PATCH, json!({"phone": "+79991234567"}), json!({"name": "Vera"})),
        (
            "/api/v1/sources/1/operators",
            Method::PUT,
            json!([{"operator_id": 1, "weight": 2}]),
            json!([{"operator_id": 1, "weight": 3}]),
        ),
    ] {
        let read = server.get(path).await.header("etag").to_owned();
        assert!(read.len() == 18 && read.starts_with('"'), "{path}: {read}");
        let changed = change_if(&server, &read, method.clone(), path, &first).await;
        let now = changed.header("etag").to_owned();
        changed.expect(StatusCode::OK);
        assert_ne!(now, read, "{path}");
        assert_eq!(server.get(path).await.header("etag"), now, "{path}");
        let before = server.show(path).await;
        change_if(&server, &read, method.clone(), path, &second).await.is_problem(412, "changed-meanwhile");
        change_if(&server, &format!("W/{now}"), method.clone(), path, &second)
            .await
            .is_problem(412, "changed-meanwhile");
        let unquoted = change_if(&server, "abc", method.clone(), path, &second).await;
        assert_eq!(unquoted.is_problem(422, "invalid-fields"), ["If-Match"]);
        assert_eq!(server.show(path).await, before, "{path}: nothing is half done");
        let either = format!("{read}, {now}");
        let again = change_if(&server, &either, method.clone(), path, &second).await;
        let last = again.header("etag").to_owned();
        again.expect(StatusCode::OK);
        assert_ne!(last, now, "{path}");
        change_if(&server, "*", method, path, &first).await.expect(StatusCode::OK);
    }
    server.patch("/api/v1/operators/9", &json!({"name": "Nobody"})).await.is_problem(404, "unknown-id");
    change_if(&server, "\"a\"", Method::PATCH, "/api/v1/operators/9", &json!({"name": "Nobody"}))
        .await
        .is_problem(404, "unknown-id");
    server.close().await;
}

#[tokio::test]
async fn contacts_that_come_and_go_are_no_change_of_an_operator() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let bot = server.source("Bot", &[(anna, 1)]).await;
    let before = server.get("/api/v1/operators/1").await.header("etag").to_owned();
    server.contact(bot, "a").await;
    let now = server.get("/api/v1/operators/1").await;
    assert_eq!((now.header("etag"), &now.json["current_load"]), (&*before, &json!(1)));
    server.close().await;
}

#[tokio::test]
async fn a_contact_is_taken_only_from_whom_the_caller_thinks() {
    let server = TestServer::open().await;
    let [anna, boris] = [server.operator("Anna", 5).await, server.operator("Boris", 5).await];
    let bot = server.source("Bot", &[(anna, 1)]).await;
    server.contact(bot, "a").await;
    let path = "/api/v1/contacts/1/transfer";
    server.put("/api/v1/sources/1/operators", &json!([{"operator_id": boris}])).await.expect(StatusCode::OK);
    let release = json!({"operator_id": null, "from_operator_id": anna});
    let released = server.post(path, &release).await.expect(StatusCode::OK);
    assert_eq!(released["operator_id"], boris);
    let again = server.post(path, &release).await;
    assert_eq!(again.is_problem(409, "contact-moved"), ["/from_operator_id"]);
    for from in [json!(anna), Value::Null] {
        let body = json!({"operator_id": anna, "from_operator_id": from});
        server.post(path, &body).await.is_problem(409, "contact-moved");
    }
    assert_eq!(server.show("/api/v1/contacts/1").await["operator_id"], boris);
    let handed = server.post(path, &json!({"operator_id": anna, "from_operator_id": boris})).await;
    assert_eq!(handed.expect(StatusCode::OK)["operator_id"], anna);
    server.put("/api/v1/sources/1/operators", &json!([])).await.expect(StatusCode::OK);
    let waits = server.contact(bot, "b").await;
    assert_eq!(waits["status"], "waiting");
    let given = json!({"operator_id": anna, "from_operator_id": null});
    server.post("/api/v1/contacts/2/transfer", &given).await.expect(StatusCode::OK);
    server.close().await;
}

/// A person at a page.
struct Window<'a>(&'a TestServer);

/// Without logins everybody may do everything.
const COOKIE: &str = "none=1";

impl Window<'_> {
    /// The fields of a page's forms that nobody sees, as they are sent.
    async fn hidden(&self, path: &str) -> String {
        let page = self.0.browse(COOKIE, Method::GET, path, None).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let fields = page.text.split("<input type=\"hidden\"").skip(1).filter_map(|input| {
            let input = input.split('>').next()?;
            let part = |name: &str| Some(input.split(&format!("{name}=\"")).nth(1)?.split('"').next()?.to_owned());
            Some(format!("{}={}", part("name")?, part("value")?.replace(' ', "+")))
        });
        fields.collect::<Vec<_>>().join("&")
    }

    async fn send(&self, path: &str, hidden: &str, typed: &str) -> Answer {
        self.0.browse(COOKIE, Method::POST, path, Some(&format!("{hidden}&{typed}"))).await
    }
}

#[tokio::test]
async fn a_page_changes_only_what_was_changed_on_it() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    let [boris, _] = [server.operator("Boris", 5).await, server.source("Bot", &[(anna, 10)]).await];
    let window = Window(&server);
    // An operator: the limit was raised after the page was opened.
    let seen = window.hidden("/operators/1").await;
    server.patch("/api/v1/operators/1", &json!({"max_load": 9})).await.expect(StatusCode::OK);
    let saved = window.send("/operators/1", &seen, "name=Anna+Petrova&external_id=&max_load=5").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let now = server.show("/api/v1/operators/1").await;
    assert_eq!((&now["name"], &now["max_load"]), (&json!("Anna Petrova"), &json!(9)));
    let conflict = window.send("/operators/1", &seen, "name=Anna&external_id=&max_load=7").await;
    assert_eq!(conflict.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(conflict.text.contains("Changed to “9” by somebody else"), "{}", conflict.text);
    assert_eq!(server.show("/api/v1/operators/1").await, now);
    // A source: its policy was changed.
    let seen = window.hidden("/sources/1/settings").await;
    server.patch("/api/v1/sources/1", &json!({"policy": "least_loaded", "sticky": true})).await.expect(StatusCode::OK);
    let typed = "name=Site&description=&kind=other&policy=weighted_random&default_region=&id_space=&reply_url=";
    assert_eq!(window.send("/sources/1/settings", &seen, typed).await.status, StatusCode::SEE_OTHER);
    let now = server.show("/api/v1/sources/1").await;
    assert_eq!((&now["name"], &now["policy"], &now["sticky"]), (&json!("Site"), &json!("least_loaded"), &json!(true)));
    // The matrix in two windows: the later one changes another cell.
    for path in ["/sources", "/sources/1"] {
        let body = json!([{"operator_id": anna, "weight": 10}]);
        server.put("/api/v1/sources/1/operators", &body).await.expect(StatusCode::OK);
        let seen = window.hidden(path).await;
        for typed in ["weight-1=30&weight-2=", "weight-1=10&weight-2=20"] {
            let saved = window.send(path, &seen, typed).await;
            assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
        }
        let weights = server.show("/api/v1/sources/1/operators").await;
        assert_eq!((&weights[0]["weight"], &weights[1]["weight"]), (&json!(30), &json!(20)), "{path}");
        let conflict = window.send(path, &seen, "weight-1=40&weight-2=").await;
        assert_eq!(conflict.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(server.show("/api/v1/sources/1/operators").await, weights);
        assert_eq!(boris, 2);
    }
    server.close().await;
}

#[tokio::test]
async fn a_second_click_does_nothing_twice() {
    let server = TestServer::open().await;
    let window = Window(&server);
    for (page, typed, other, list) in [
        ("/operators/new", "name=Anna&max_load=5", "name=Boris&max_load=5", "/api/v1/operators"),
        ("/sources/new", "name=Bot&kind=bot&policy=weighted_random", "name=Site&kind=site", "/api/v1/sources"),
    ] {
        let seen = window.hidden(page).await;
        assert!(seen.contains("token="), "{seen}");
        for _ in 0..2 {
            assert_eq!(window.send(page, &seen, typed).await.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(server.show(list).await.as_array().map(Vec::len), Some(1), "{list}");
        let again = window.send(page, &seen, other).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "who goes back and fills it in again adds one more");
        assert_eq!(server.show(list).await.as_array().map(Vec::len), Some(2), "{list}");
    }
    // Released by one click, the contact goes to the other operator, from whom the second click would take it.
    for operator in 1..=2 {
        server.post("/api/v1/sources/1/operators", &json!({"operator_id": operator})).await.expect(StatusCode::CREATED);
    }
    let first = server.contact(1, "a").await["operator_id"].clone();
    let seen = format!("from_operator_id={first}");
    let released = window.send("/contacts/1/release", &seen, "").await;
    assert_eq!(released.status, StatusCode::SEE_OTHER);
    let now = server.show("/api/v1/contacts/1").await;
    assert_ne!(now["operator_id"], first);
    let second = window.send("/contacts/1/release", &seen, "").await;
    assert!(second.text.contains("Somebody else has this contact now"), "{}", second.text);
    assert_eq!(server.show("/api/v1/contacts/1").await, now);
    server.close().await;
}

#[tokio::test]
async fn of_two_who_edit_an_endpoint_the_later_changes_only_what_they_changed() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let made = json!({"url": "https://example.com/a", "kinds": ["contact_created"]});
    server.post("/api/v1/endpoints", &made).await.expect(StatusCode::CREATED);
    let (window, path) = (Window(&server), "/endpoints/1");
    let seen = window.hidden(path).await;
    let typed = "url=https%3A%2F%2Fexample.com%2Fa&kind=contact_created";
    let more = json!({"kinds": ["contact_created", "contact_resolved"]});
    server.patch("/api/v1/endpoints/1", &more).await.expect(StatusCode::OK);
    let saved = window.send(path, &seen, "url=https%3A%2F%2Fexample.com%2Fb&kind=contact_created").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let now = server.show("/api/v1/endpoints/1").await;
    assert_eq!((&now["url"], &now["kinds"]), (&json!("https://example.com/b"), &more["kinds"]));
    let conflict = window.send(path, &seen, "url=https%3A%2F%2Fexample.com%2Fb&kind=contact_noted").await;
    assert_eq!(conflict.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(conflict.text.contains("changed by somebody else a moment ago"), "{}", conflict.text);
    let untouched = window.send(path, &seen, typed).await;
    assert_eq!(untouched.status, StatusCode::SEE_OTHER, "{}", untouched.text);
    let last = server.show("/api/v1/endpoints/1").await;
    assert_eq!((&last["url"], &last["kinds"]), (&now["url"], &now["kinds"]), "nothing was changed on that page");
    server.close().await;
}

#[tokio::test]
async fn of_two_who_edit_how_a_source_reads_the_later_is_asked() {
    let server = TestServer::open().await;
    let hook = json!({"name": "Hook", "kind": "json", "mapping": {"phone": "$.tel"}});
    server.post("/api/v1/sources", &hook).await.expect(StatusCode::CREATED);
    let (window, path) = (Window(&server), "/sources/1/intake");
    let seen = window.hidden(path).await;
    let rows = |phone: &str| format!("reads=own&target-0=phone&paths-0={phone}&origins=&redirect_url=");
    let edit = json!({"mapping": {"phone": "$.client.tel"}, "origins": ["https://a.example"]});
    server.patch("/api/v1/sources/1/intake", &edit).await.expect(StatusCode::OK);
    // Of the rows nothing was touched: they stay as the other left them.
    let typed = rows("$.tel").replace("redirect_url=", "redirect_url=https%3A%2F%2Fa.example%2Fok");
    let saved = window.send(path, &seen, &typed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let now = server.show("/api/v1/sources/1/intake").await;
    assert!(now["mapping"].to_string().contains("$.client.tel"), "{now}");
    assert_eq!((&now["origins"], &now["redirect_url"]), (&edit["origins"], &json!("https://a.example/ok")));
    let conflict = window.send(path, &seen, &rows("$.mobile")).await;
    assert_eq!(conflict.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(conflict.text.contains("changed by somebody else a moment ago"), "{}", conflict.text);
    assert_eq!(server.show("/api/v1/sources/1/intake").await, now, "nothing is half done");
    let seen = window.hidden(path).await;
    assert_eq!(window.send(path, &seen, &rows("$.mobile")).await.status, StatusCode::SEE_OTHER);
    let last = server.show("/api/v1/sources/1/intake").await;
    assert!(last["mapping"].to_string().contains("$.mobile") && last["origins"] == json!([]), "{last}");
    // What a service signs with is checked as in the API.
    let bad = window.send(path, &seen, &format!("{}&intake_secret=%D1%8F", rows("$.mobile"))).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.text.contains("Give 1 to 512 printable ASCII characters"), "{}", bad.text);
    let before_error = bad.text.split("Give 1 to 512").next().unwrap_or_default();
    let section = before_error.rsplit("<details").next().unwrap_or_default();
    assert!(section.starts_with(" open>"), "what is wrong is not to be looked for: {section}");
    assert_eq!(server.show("/api/v1/sources/1/intake").await["has_secret"], false);
    server.close().await;
}

#[tokio::test]
async fn of_two_who_choose_a_preset_the_later_is_told_at_the_choice() {
    let server = TestServer::open().await;
    server.post("/api/v1/sources", &json!({"name": "Hook", "kind": "json"})).await.expect(StatusCode::CREATED);
    let (window, path) = (Window(&server), "/sources/1/intake");
    let seen = window.hidden(path).await;
    let edit = json!({"preset": "tilda"});
    server.patch("/api/v1/sources/1/intake", &edit).await.expect(StatusCode::OK);
    let conflict = window.send(path, &seen, "reads=typeform&origins=&redirect_url=").await;
    assert_eq!(conflict.status, StatusCode::UNPROCESSABLE_ENTITY);
    let error = conflict.text.split("id=\"e-reads\"").nth(1).and_then(|rest| rest.split("</p>").next());
    assert!(error.is_some_and(|text| text.contains("by somebody else")), "{}", conflict.text);
    assert_eq!(server.show("/api/v1/sources/1/intake").await["preset"], "tilda");
    server.close().await;
}

#[tokio::test]
async fn lines_that_nobody_touched_are_no_change() {
    let server = TestServer::open().await;
    let hook = json!({"name": "Hook", "kind": "json", "origins": ["https://a.example", "https://b.example"]});
    server.post("/api/v1/sources", &hook).await.expect(StatusCode::CREATED);
    let (window, path) = (Window(&server), "/sources/1/intake");
    let seen = window.hidden(path).await;
    let edit = json!({"origins": ["https://c.example"]});
    server.patch("/api/v1/sources/1/intake", &edit).await.expect(StatusCode::OK);
    // As browsers send two lines.
    let typed = "reads=&origins=https%3A%2F%2Fa.example%0D%0Ahttps%3A%2F%2Fb.example&redirect_url=";
    let saved = window.send(path, &seen, typed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert_eq!(server.show("/api/v1/sources/1/intake").await["origins"], edit["origins"]);
    server.close().await;
}

#[tokio::test]
async fn two_who_change_different_parts_of_an_intake_at_once_lose_nothing() {
    let server = TestServer::open().await;
    server.post("/api/v1/sources", &json!({"name": "Hook", "kind": "json"})).await.expect(StatusCode::CREATED);
    let [preset, origins] = [json!({"preset": "tilda"}), json!({"origins": ["https://a.example"]})];
    let path = "/api/v1/sources/1/intake";
    let (one, other) = tokio::join!(server.patch(path, &preset), server.patch(path, &origins));
    assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
    let now = server.show(path).await;
    assert_eq!((&now["preset"], &now["origins"]), (&json!("tilda"), &origins["origins"]));
    server.close().await;
}

#[tokio::test]
async fn what_cannot_be_undone_is_asked_for_on_a_page_first() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 5).await;
    server.source("Bot", &[(anna, 1)]).await;
    server.act("/api/v1/sources/1/rotate-intake").await.expect(StatusCode::OK);
    let made = server.post("/api/v1/endpoints", &json!({"url": "https://example.com/a"})).await;
    made.expect(StatusCode::CREATED);
    let calendar = json!({"name": "Support", "zone": "UTC", "days": [{"day": 0, "intervals": [["09:00", "18:00"]]}]});
    server.post("/api/v1/calendars", &calendar).await.expect(StatusCode::CREATED);
    let address = server.show("/api/v1/sources/1/intake").await["intake_url"].clone();
    for (page, ask) in [
        ("/endpoints/1", "/endpoints/1/rotate"),
        ("/sources/1/intake", "/sources/1/intake/rotate"),
        ("/operators/1/notifications", "/operators/1/telegram/unlink"),
        ("/sources/1/telegram", "/sources/1/telegram/remove"),
        ("/calendars/1", "/calendars/1/delete"),
    ] {
        let asks = server.browse(COOKIE, Method::GET, ask, None).await;
        assert_eq!(asks.status, StatusCode::OK, "{}", asks.text);
        assert!(asks.text.contains(&format!("method=\"post\" action=\"{ask}\"")), "{ask}");
        assert!(asks.text.contains(&format!("href=\"{page}\"")), "{ask} leads back");
        let shown = server.browse(COOKIE, Method::GET, page, None).await.text;
        assert!(!shown.contains(&format!("action=\"{ask}\"")), "{page} does it without asking");
    }
    assert_eq!(server.show("/api/v1/sources/1/intake").await["intake_url"], address, "nothing was done");
    server.close().await;
}
