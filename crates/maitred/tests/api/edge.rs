//! Clients that are slow, long-winded, many or deaf: each gets a clear answer or none, and others are served meanwhile.

use crate::test_server::TestServer;
use axum::extract::Extension;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use maitred_app::Stop;
use maitred_web::edge::connection::Answers;
use maitred_web::edge::{ClientAddress, Edge, Limits};
use maitred_web::serve::serve;
use rstest::rstest;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);
const POST: &str = "POST /api/v1/operators HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

/// A server whose patience ends soon.
fn impatient() -> Edge {
    let limits = Limits { head: SHORT, body: SHORT, idle: SHORT, unread: SHORT, ..Limits::default() };
    Edge { limits, ..Edge::default() }
}

fn with_places(connections_max: usize) -> Edge {
    Edge { limits: Limits { connections_max, ..Limits::default() }, ..Edge::default() }
}

struct Server {
    inner: TestServer,
    address: SocketAddr,
    serving: JoinHandle<usize>,
}

impl Server {
    async fn start(edge: Edge) -> Self {
        let server = TestServer::open().await;
        let (address, serving) = start(server.pipeline.clone(), edge, server.stop.clone()).await;
        Self { inner: server, address, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the server accepts")
    }

    /// Sends this and reads until the server closes.
    async fn say(&self, text: &str) -> String {
        let mut socket = self.connect().await;
        // The server may have heard enough before the end.
        let _ = socket.write_all(text.as_bytes()).await;
        read_to_end(&mut socket).await
    }

    async fn is_well(&self) {
        let answer = self.say("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }

    async fn end(self) {
        self.inner.stop.now();
        assert_eq!(self.serving.await.expect("no panic"), 0);
        self.inner.close().await;
    }
}

async fn start(pipeline: impl Answers, edge: Edge, stop: Stop) -> (SocketAddr, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (address, tokio::spawn(serve(listener, pipeline, edge, stop, LONG)))
}

async fn write(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.expect("the server reads");
}

async fn read_until(socket: &mut TcpStream, mark: &str) -> String {
    let mut bytes = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&bytes).contains(mark) {
            let read = socket.read_buf(&mut bytes).await.expect("a whole answer");
            assert!(read > 0, "closed after {}", String::from_utf8_lossy(&bytes));
        }
    };
    tokio::time::timeout(LONG, reading).await.expect("an answer in time");
    String::from_utf8(bytes).expect("UTF-8")
}

async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    let read = tokio::time::timeout(LONG, socket.read_to_string(&mut text)).await;
    read.expect("an end in time").expect("a clean end");
    text
}

/// Checks that an answer is a problem of this kind, and the last thing the server said.
#[track_caller]
fn is_problem(answer: &str, status: u16, kind: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    let head = head.to_ascii_lowercase();
    assert!(head.contains("content-type: application/problem+json"), "{answer}");
    assert!(head.contains("connection: close"), "{answer}");
    let body: Value = serde_json::from_str(body).expect("a JSON body");
    assert_eq!(body["type"], format!("/problems/{kind}"));
    assert_eq!(body["status"], status);
}

#[tokio::test]
async fn heads_that_come_byte_by_byte_are_ended_and_others_are_served() {
    let server = Server::start(impatient()).await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut socket = server.connect().await;
        write(&mut socket, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").await;
        slow.push(tokio::spawn(async move {
            let (mut reading, mut writing) = socket.into_split();
            let mut beat = tokio::time::interval(SHORT / 10);
            let mut answer = String::new();
            tokio::select! {
                _ = reading.read_to_string(&mut answer) => {}
                () = async { while writing.write_all(b"x").await.is_ok() { beat.tick().await; } } => {}
            }
            answer
        }));
    }
    server.is_well().await;
    for slow in slow {
        let answer = tokio::time::timeout(LONG, slow).await.expect("an end in time").expect("no panic");
        // A client that goes on sending may lose the answer, but does not keep the place.
        if !answer.is_empty() {
            is_problem(&answer, 408, "slow-head");
        }
    }
    server.end().await;
}

#[tokio::test]
async fn half_a_head_is_answered_408() {
    let server = Server::start(impatient()).await;
    is_problem(&server.say("GET /healthz HTT").await, 408, "slow-head");
    let mut socket = server.connect().await;
    write(&mut socket, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    read_until(&mut socket, "ok\n").await;
    write(&mut socket, "GET /healthz HTTP/1.1\r\n").await;
    is_problem(&read_to_end(&mut socket).await, 408, "slow-head");
    server.end().await;
}

#[tokio::test]
async fn connections_that_say_nothing_are_closed_without_a_word() {
    let server = Server::start(impatient()).await;
    assert_eq!(server.say("").await, "");
    let mut idle = server.connect().await;
    write(&mut idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    read_until(&mut idle, "ok\n").await;
    assert_eq!(read_to_end(&mut idle).await, "");
    server.end().await;
}

#[tokio::test]
async fn a_stream_of_events_outlives_the_deadlines() {
    let server = Server::start(impatient()).await;
    let mut stream = server.connect().await;
    write(&mut stream, "GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\n\r\n").await;
    read_until(&mut stream, ": after 0").await;
    for _ in 0..3 {
        assert_eq!(server.say("").await, "", "a silent connection ends at its deadline");
    }
    server.inner.operator("Anna", 1).await;
    read_until(&mut stream, "event: operator_created").await;
    server.end().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_408() {
    let server = Server::start(impatient()).await;
    let answer = server.say(&format!("{POST}Content-Length: 15\r\n\r\n{{\"name\"")).await;
    is_problem(&answer, 408, "slow-body");
    assert!(answer.contains("within 0.3 seconds"), "{answer}");
    let chunked = server.say(&format!("{POST}Transfer-Encoding: chunked\r\n\r\n8\r\n{{\"name\":\r\n")).await;
    is_problem(&chunked, 408, "slow-body");
    server.end().await;
}

#[tokio::test]
async fn long_heads_are_refused_by_what_is_long_in_them() {
    let server = Server::start(Edge::default()).await;
    let header = |bytes: usize| format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(bytes));
    let url = |bytes: usize| format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "x".repeat(bytes));
    is_problem(&server.say(&header(100_000)).await, 431, "head-too-large");
    is_problem(&server.say(&header(33_000)).await, 431, "head-too-large");
    is_problem(&server.say(&url(100_000)).await, 414, "url-too-long");
    is_problem(&server.say(&url(9_000)).await, 414, "url-too-long");
    assert!(server.say(&url(8_000)).await.starts_with("HTTP/1.1 404 "), "as long as it may be");
    let many = "X: y\r\n".repeat(101);
    let answer = server.say(&format!("GET /healthz HTTP/1.1\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    server.end().await;
}

#[tokio::test]
async fn a_client_that_sends_too_much_still_learns_why() {
    let server = Server::start(Edge::default()).await;
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    let too_much = format!("{POST}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(40));
    is_problem(&server.say(&too_much).await, 413, "body-too-large");
    server.end().await;
}

#[tokio::test]
async fn a_large_body_does_not_count_as_a_head() {
    let server = Server::start(Edge::default()).await;
    let body = json!({"name": "Anna", "unknown": "x".repeat(200_000)}).to_string();
    let answer = server.say(&format!("{POST}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    server.end().await;
}

#[tokio::test]
async fn idle_connections_make_room_when_all_places_are_taken() {
    let server = Server::start(with_places(4)).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut socket = server.connect().await;
        write(&mut socket, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        read_until(&mut socket, "ok\n").await;
        idle.push(socket);
    }
    server.is_well().await;
    server.end().await;
}

#[tokio::test]
async fn a_connection_that_comes_when_all_are_busy_waits() {
    let server = Server::start(with_places(4)).await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        let mut socket = server.connect().await;
        write(&mut socket, "GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\n\r\n").await;
        read_until(&mut socket, ": after 0").await;
        streams.push(socket);
    }
    let mut waiting = server.connect().await;
    write(&mut waiting, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let mut nothing = [0];
    assert!(tokio::time::timeout(SHORT, waiting.read(&mut nothing)).await.is_err(), "nobody was accepted");
    drop(streams.pop());
    assert!(read_to_end(&mut waiting).await.starts_with("HTTP/1.1 200 OK\r\n"));
    server.end().await;
}

#[tokio::test]
async fn a_client_that_never_reads_its_answers_is_cut() {
    let server = Server::start(impatient()).await;
    let mut deaf = server.connect().await;
    // As long as the server takes requests, it has answers to be read.
    let asking = async { while deaf.write_all(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").await.is_ok() {} };
    tokio::time::timeout(LONG, asking).await.expect("the server closes");
    assert!(counted(&server.inner, "unread").await >= 1.0);
    server.is_well().await;
    server.end().await;
}

async fn counted(server: &TestServer, why: &str) -> f64 {
    let metrics = server.get("/metrics").await.text;
    let series = format!("maitred_http_connections_cut_total{{why=\"{why}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok()).unwrap_or_default()
}

/// Where a client is seen from, with these headers.
async fn seen(trusted: &str, headers: &str) -> String {
    let show = |Extension(client): Extension<ClientAddress>| async move {
        format!("{} {}", client.address, if client.over_tls { "https" } else { "http" })
    };
    let edge = Edge { proxies: trusted.parse().expect("networks"), ..Edge::default() };
    let stop = Stop::default();
    let (address, serving) = start(axum::Router::new().route("/", get(show)), edge, stop.clone()).await;
    let mut socket = TcpStream::connect(address).await.expect("the server accepts");
    write(&mut socket, &format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")).await;
    let answer = read_to_end(&mut socket).await;
    stop.now();
    assert_eq!(serving.await.expect("no panic"), 0);
    answer.split_once("\r\n\r\n").expect("an answer").1.to_owned()
}

#[tokio::test]
async fn only_a_trusted_proxy_can_say_who_calls() {
    let headers = "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\nX-Forwarded-Proto: https\r\n";
    assert_eq!(seen("none", headers).await, "127.0.0.1 http");
    assert_eq!(seen("10.0.0.0/8", headers).await, "127.0.0.1 http");
    assert_eq!(seen("127.0.0.0/8", headers).await, "192.0.2.7 https");
    assert_eq!(seen("127.0.0.0/8", "").await, "127.0.0.1 http");
}

#[rstest]
#[case::from_anybody("none", "403")]
#[case::from_a_proxy("127.0.0.1", "201")]
#[tokio::test]
async fn a_browser_behind_a_proxy_is_of_this_site_if_the_proxy_is_trusted(#[case] trusted: &str, #[case] status: &str) {
    let proxies = trusted.parse().expect("networks");
    let server = Server::start(Edge { proxies, ..Edge::default() }).await;
    let browser = "Origin: https://crm.example\r\nX-Forwarded-Host: crm.example\r\nConnection: close\r\n";
    let answer = server.say(&format!("{POST}{browser}Content-Length: 15\r\n\r\n{{\"name\": \"Ann\"}}")).await;
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    server.end().await;
}

#[tokio::test]
async fn json_that_is_nested_ten_thousand_deep_is_refused_clearly() {
    let server = TestServer::open().await;
    server.source("Bot", &[]).await;
    let lists = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let contact = |attributes: &str| format!("{{\"source_id\": 1, \"attributes\": {attributes}}}");
    for (method, path, body, kind) in [
        (Method::POST, "/api/v1/contacts", contact(&objects), "invalid-fields"),
        (Method::POST, "/api/v1/contacts", contact(&lists), "invalid-fields"),
        (Method::POST, "/api/v1/contacts", lists.clone(), "invalid-fields"),
        (Method::POST, "/api/v1/contacts", "[".repeat(400_000), "malformed-body"),
        (Method::POST, "/api/v1/contacts", format!("{{\"source_id\": {lists}}}"), "invalid-fields"),
        (Method::POST, "/api/v1/operators", objects.clone(), "invalid-fields"),
        (Method::PUT, "/api/v1/sources/1/operators", lists.clone(), "invalid-fields"),
        (Method::PUT, "/api/v1/sources/1/operators", objects.clone(), "invalid-fields"),
    ] {
        let request =
            axum::http::Request::builder().method(method).uri(path).header("content-type", "application/json");
        let answer = server.send(request.body(body.into()).expect("a request")).await;
        let status = if kind == "invalid-fields" { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        answer.is_problem(status.as_u16(), kind);
        assert!(answer.text.len() < 2_000, "the answer does not repeat what was sent");
    }
    server.close().await;
}

#[tokio::test]
async fn a_request_names_one_host() {
    let server = Server::start(Edge::default()).await;
    let get = |version: &str, hosts: &str| format!("GET /healthz {version}\r\n{hosts}Connection: close\r\n\r\n");
    for hosts in ["", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n"] {
        is_problem(&server.say(&get("HTTP/1.1", hosts)).await, 400, "bad-host");
    }
    for (version, hosts) in [("HTTP/1.0", ""), ("HTTP/1.0", "Host: a\r\n"), ("HTTP/1.1", "Host: a\r\n")] {
        assert!(server.say(&get(version, hosts)).await.contains(" 200 OK\r\n"), "{version} {hosts}");
    }
    server.end().await;
}
