//! A server of a test's own: a new database, a batcher, the pipeline. Requests are sent to it without a socket.
//! Every test ends with [`TestServer::close`], which stops the server and checks all invariants of the database it
//! leaves.
//!
//! The database is a SQLite file, or with `MAITRED_TEST_ENGINE=postgres` one on a real PostgreSQL: scripts/test.sh runs
//! the whole suite on both.

use axum::body::Body;
use axum::http::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, COOKIE, LINK, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use maitred::server::Server;
use maitred_api::dialect::Dialect;
use maitred_app::app::Parts;
use maitred_app::auth::{Access, Password};
use maitred_app::batcher::{ANSWERS_KEPT, Batcher, Options, Running};
use maitred_app::identity::Region;
use maitred_app::intake_times::IntakeTimes;
use maitred_app::intakes::Intakes;
use maitred_app::jobs::{FollowNodes, RunningJobs};
use maitred_app::mail::Mailer;
use maitred_app::push::Push;
use maitred_app::regions::Regions;
use maitred_app::telegram::Telegram;
use maitred_app::webhooks::Webhooks;
use maitred_app::{App, Stop};
use maitred_core::Actor;
use maitred_store::accounts::{Grant, NewKey, NewUser};
use maitred_store::sqlite::open_read_only;
use maitred_store::testing::postgres::TestDatabase;
use maitred_store::url::DatabaseUrl;
use maitred_store::{EndpointStore, Engine, KeyStore, PushStore, Store, TelegramStore, verify};
use maitred_web::pipeline::Pipeline;
use maitred_web::{AppState, telemetry};
use maitred_webhooks::Sender;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;

/// Everybody's.
pub const PASSWORD: &str = "four little words";

/// Nobody listens there.
const NO_TELEGRAM: &str = "http://127.0.0.1:9";

/// A running server.
pub struct TestServer {
    pub pipeline: Pipeline,
    pub stop: Stop,
    pub access: Access,
    /// For jobs that a test calls by hand.
    pub app: App,
    running: Option<Running>,
    jobs: Option<RunningJobs>,
    place: Place,
}

/// How a server is reached, and reaches others.
#[derive(Default)]
struct Links<'a> {
    public_url: Option<&'a str>,
    mailer: Option<Mailer>,
}

/// Where the database is; it goes with this.
enum Place {
    File(TempDir),
    Server(TestDatabase),
}

impl Place {
    fn new() -> Self {
        match std::env::var("MAITRED_TEST_ENGINE").as_deref() {
            Err(_) | Ok("sqlite") => Self::File(tempfile::tempdir().expect("a folder for temporary files")),
            Ok("postgres") => Self::Server(TestDatabase::new()),
            Ok(other) => panic!("MAITRED_TEST_ENGINE={other} is neither sqlite nor postgres"),
        }
    }

    fn url(&self) -> DatabaseUrl {
        match self {
            Self::File(folder) => DatabaseUrl::Sqlite(folder.path().join("maitred.db")),
            Self::Server(database) => database.url(),
        }
    }
}

/// What a request was answered with.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body, or `null` when it is no JSON.
    pub json: Value,
    pub text: String,
}

impl TestServer {
    /// An empty database in Russia.
    pub async fn open() -> Self {
        Self::with_queue(1_000).await
    }

    /// An empty database whose queue holds this many commands.
    pub async fn with_queue(queue_max: usize) -> Self {
        Self::keeping(queue_max, ANSWERS_KEPT).await
    }

    /// The same, where answers to requests with a key are old after this long. A test that wants them to be forgotten
    /// has the job of that tick.
    pub async fn keeping(queue_max: usize, answers_kept: Duration) -> Self {
        Self::started(queue_max, answers_kept, None, NO_TELEGRAM).await
    }

    /// An empty database whose callers may send so many requests a second.
    pub async fn limited(rate_limit: u32) -> Self {
        Self::started(8_192, ANSWERS_KEPT, NonZeroU32::new(rate_limit), NO_TELEGRAM).await
    }

    /// An empty database, with a Telegram at this address.
    pub async fn with_telegram(address: &str) -> Self {
        Self::at_public_url(address, None).await
    }

    /// The same where others reach the server at an address.
    pub async fn at_public_url(telegram: &str, public_url: Option<&str>) -> Self {
        Self::started_with(8_192, ANSWERS_KEPT, None, telegram, Links { public_url, mailer: None }).await
    }

    /// An empty database whose operators are sent mail by this.
    pub async fn with_mail(mailer: Mailer) -> Self {
        Self::started_with(8_192, ANSWERS_KEPT, None, NO_TELEGRAM, Links { public_url: None, mailer: Some(mailer) })
            .await
    }

    async fn started(queue_max: usize, answers_kept: Duration, rate_limit: Option<NonZeroU32>, telegram: &str) -> Self {
        Self::started_with(queue_max, answers_kept, rate_limit, telegram, Links::default()).await
    }

    async fn started_with(
        queue_max: usize,
        answers_kept: Duration,
        rate_limit: Option<NonZeroU32>,
        telegram: &str,
        links: Links<'_>,
    ) -> Self {
        let place = Place::new();
        let url = place.url();
        let opened = tokio::task::spawn_blocking(move || Engine::open(&url)).await;
        let engine = opened.expect("no panic").expect("a new database");
        let is_shared = engine.is_shared();
        let regions = Arc::new(Regions::new(Region::try_from("RU").ok()));
        let intakes = Arc::new(Intakes::default());
        let options =
            Options { queue_max, answers_kept, listeners: vec![Box::new(regions.clone()), Box::new(intakes.clone())] };
        let (batcher, running) = Batcher::start_with(engine, options).expect("a batcher");
        let store = Store::open(&place.url()).expect("the database can be read");
        let keys = KeyStore::open(&place.url()).await.expect("a place for keys");
        let access = Access::open(keys).await.expect("readable keys");
        let (stop, intake_times) = (Stop::default(), IntakeTimes::default());
        let endpoints = EndpointStore::open(&place.url()).await.expect("a place for endpoints");
        let loopback = Sender::new("127.0.0.0/8".parse().expect("a network"));
        let webhooks = Webhooks::new(endpoints, loopback.clone(), maitred_api::v1::events::rendered);
        let browsers = PushStore::open(&place.url()).await.expect("a place for browsers");
        let push = Push::new(browsers, loopback, Some("mailto:ops@example.com".to_owned()));
        let telegrams = TelegramStore::open(&place.url()).await.expect("a place for bots");
        let client = maitred_telegram::Client::at(telegram).expect("an address");
        let telegram = Telegram::new(telegrams, client).expect("randomness");
        let parts = Parts {
            batcher,
            store,
            access: access.clone(),
            regions,
            intakes,
            stop: stop.clone(),
            intake_times,
            public_url: links.public_url.map(Into::into),
            webhooks,
            telegram,
            push,
            mailer: links.mailer,
        };
        let app = App::open(parts).await.expect("a readable store");
        let state = AppState::new(app.clone(), metrics());
        let Server { pipeline, mut jobs } = Server::new(state, &Dialect::MOUNTED, rate_limit);
        if is_shared {
            jobs.add(FollowNodes::new(app.clone()));
        }
        Self { pipeline, stop, access, app, running: Some(running), jobs: Some(jobs.start()), place }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.pipeline.clone().oneshot(request).await.expect("a pipeline does not fail");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, json, text }
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.call_as(None, method, path, body).await
    }

    /// A call with this key.
    pub async fn call_as(&self, key: Option<&str>, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.send(Self::request(key, method, path, body)).await
    }

    pub fn request(key: Option<&str>, method: Method, path: &str, body: Option<&Value>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        request.expect("a well-formed request")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// What a GET shows, which must be there.
    pub async fn show(&self, path: &str) -> Value {
        self.get(path).await.expect(StatusCode::OK)
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// A POST with an `Idempotency-Key`; without a body when it is null.
    pub async fn once(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = Request::post(path).header("idempotency-key", key);
        let request = match body {
            Value::Null => request.body(Body::empty()),
            body => request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
        };
        self.send(request.expect("a well-formed request")).await
    }

    /// How many answers are kept for requests that may be sent again.
    pub fn answers_kept(&self) -> i64 {
        match &self.place {
            Place::File(folder) => {
                let file = open_read_only(&folder.path().join("maitred.db")).expect("the file can be read");
                file.query_row("SELECT count(*) FROM answers", [], |row| row.get(0)).expect("a count")
            }
            Place::Server(database) => {
                let rows = database.sql("SELECT count(*) FROM maitred.answers");
                rows[0][0].as_deref().and_then(|count| count.parse().ok()).expect("a count")
            }
        }
    }

    /// A POST without a body, such as resolving.
    pub async fn act(&self, path: &str) -> Answer {
        self.call(Method::POST, path, None).await
    }

    /// Adds an operator and gives the id.
    pub async fn operator(&self, name: &str, max_load: u32) -> i64 {
        let body = json!({"name": name, "max_load": max_load});
        self.post("/api/v1/operators", &body).await.expect(StatusCode::CREATED)["id"].as_i64().expect("an id")
    }

    /// Adds a source that these operators serve with these weights, and gives its id.
    pub async fn source(&self, name: &str, weights: &[(i64, u32)]) -> i64 {
        let source = self.post("/api/v1/sources", &json!({"name": name})).await.expect(StatusCode::CREATED);
        let id = source["id"].as_i64().expect("an id");
        for (operator, weight) in weights {
            let body = json!({"operator_id": operator, "weight": weight});
            self.post(&format!("/api/v1/sources/{id}/operators"), &body).await.expect(StatusCode::CREATED);
        }
        id
    }

    /// Takes in a contact of this person, whose external id is `lead`.
    pub async fn contact(&self, source: i64, lead: &str) -> Value {
        let body = json!({"source_id": source, "lead_external_id": lead});
        self.post("/api/v1/contacts", &body).await.expect(StatusCode::CREATED)
    }

    /// Makes a key past the API and gives its text.
    pub async fn key(&self, grant: Grant) -> String {
        let new = NewKey { name: "Test".into(), grant, expires_at: None };
        let (_, token) = self.access.create(new, Actor::Cli).await.expect("a key");
        token.reveal()
    }

    /// Has somebody logged in, past the page, and gives the cookie.
    pub async fn session(&self, name: &str, grant: Grant) -> String {
        let password = Password::new(PASSWORD, name).expect("a password");
        let new = NewUser { name: name.into(), grant };
        self.access.add_user(new, &password, Actor::Cli).await.expect("somebody new");
        let (secret, _) = self.access.log_in(name, PASSWORD, [127, 0, 0, 1].into()).await.expect("a session");
        format!("maitred-session={}", secret.reveal())
    }

    /// A call as a page of the console makes it, with this cookie.
    pub async fn browse(&self, cookie: &str, method: Method, path: &str, form: Option<&str>) -> Answer {
        self.send(Self::page_request(cookie, method, path, form)).await
    }

    pub fn page_request(cookie: &str, method: Method, path: &str, form: Option<&str>) -> Request<Body> {
        let request = Request::builder().method(method).uri(path).header(ACCEPT, "text/html");
        let request = request.header(COOKIE, cookie).header("sec-fetch-site", "same-origin");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(form.map_or_else(Body::empty, |form| Body::from(form.to_owned()))).expect("a well-formed request")
    }

    /// Stops what carries out commands, as a bug would.
    pub async fn stop_batcher(&mut self) {
        let running = self.running.take().expect("still running");
        tokio::task::spawn_blocking(move || running.stop()).await.expect("no panic").expect("a clean stop");
    }

    /// Stops the server. A test that does not come here leaves work behind.
    pub async fn close(mut self) {
        self.stop.now();
        if let Some(jobs) = self.jobs.take() {
            jobs.ended(Duration::from_secs(30)).await;
        }
        if self.running.is_some() {
            self.stop_batcher().await;
        }
        let report = verify::check(&self.place.url()).expect("the database can be read");
        assert!(report.is_clean(), "{report:#?}");
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        assert!(self.running.is_none() || std::thread::panicking(), "a test ends with TestServer::close");
    }
}

impl Answer {
    /// The body, if the status is this.
    pub fn expect(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("plain text"))
    }

    /// The address in `Link: <...>; rel="next"`.
    pub fn next(&self) -> Option<String> {
        let link = self.headers.get(LINK)?.to_str().expect("plain text");
        let address = link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")?;
        Some(address.to_owned())
    }

    /// Checks that this is a problem of a kind, with a detail, and says at which fields.
    #[track_caller]
    pub fn is_problem(&self, status: u16, kind: &str) -> Vec<&str> {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        assert_eq!(self.json["type"], format!("/problems/{kind}"), "{}", self.text);
        assert_eq!(self.json["status"], status, "{}", self.text);
        assert!(!self.json["title"].as_str().expect("a title").is_empty());
        assert!(!self.json["detail"].as_str().expect("a detail").is_empty());
        assert_eq!(self.headers.contains_key(ALLOW), status == 405, "Allow goes with 405");
        assert_eq!(self.headers.contains_key(RETRY_AFTER), [429, 503].contains(&status), "Retry-After goes with these");
        let errors = self.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let place = |error: &'_ Value| error.get("pointer").or(error.get("parameter")).is_some();
        assert!(errors.iter().all(place), "{}", self.text);
        errors.iter().filter_map(|e| e.get("pointer").or(e.get("parameter"))?.as_str()).collect()
    }
}

/// Metrics are recorded once for each process, and tests share one.
fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| telemetry::install().expect("nobody else records")).clone()
}
