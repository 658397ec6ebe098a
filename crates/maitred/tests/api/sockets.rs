//! Real connections: requests on one socket, and what becomes of sockets when the server stops.

use crate::test_server::TestServer;
use maitred_store::accounts::Grant;
use maitred_web::edge::{Edge, InFlight, Limits};
use maitred_web::serve::serve;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longer than any test takes; what stops earlier was not cut.
const LONG: Duration = Duration::from_secs(60);

async fn start(server: &TestServer, deadline: Duration) -> (SocketAddr, JoinHandle<usize>) {
    start_with(server, Edge::default(), deadline).await
}

async fn start_with(server: &TestServer, edge: Edge, deadline: Duration) -> (SocketAddr, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (address, tokio::spawn(serve(listener, server.pipeline.clone(), edge, server.stop.clone(), deadline)))
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("the server accepts")
}

async fn write(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.expect("the server reads");
}

/// Reads until the answer holds `mark`.
async fn read_until(socket: &mut TcpStream, mark: &str) -> String {
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).contains(mark) {
        let read = tokio::time::timeout(LONG, socket.read_buf(&mut bytes)).await.expect("an answer in time");
        assert!(read.expect("a whole answer") > 0, "closed after {}", String::from_utf8_lossy(&bytes));
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// Reads until the server closes.
async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    let read = tokio::time::timeout(LONG, socket.read_to_string(&mut text)).await;
    read.expect("an end in time").expect("a clean end");
    text
}

/// Whether the server said something within 20 milliseconds.
async fn answers_early(socket: &TcpStream) -> bool {
    tokio::time::timeout(Duration::from_millis(20), socket.readable()).await.is_ok()
}

/// Sends a request whose body comes behind its head, as proxies and pools do, and gives the head of the answer. Then
/// either the answer says that the connection ends, and it does, or the connection carries the next request.
async fn late_body(address: SocketAddr, head: &str, body: &str) -> String {
    let mut socket = connect(address).await;
    write(&mut socket, &format!("{head}Host: x\r\nContent-Length: {}\r\n\r\n", body.len())).await;
    let is_early = answers_early(&socket).await;
    // The server may have closed, which is what this finds out.
    let _ = socket.write_all(body.as_bytes()).await;
    let answer = read_until(&mut socket, "\r\n\r\n").await;
    let head = answer.split("\r\n\r\n").next().expect("a head").to_ascii_lowercase();
    if head.contains("connection: close") {
        let _ = read_to_end(&mut socket).await;
        return head;
    }
    assert!(!is_early, "answered before the body was here, without closing: {head}");
    write(&mut socket, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let rest = read_to_end(&mut socket).await;
    assert!(rest.contains("HTTP/1.1 200 OK\r\n"), "{head}\n...\n{rest}");
    head
}

#[tokio::test]
async fn a_request_that_is_answered_without_its_body_costs_no_other() {
    let server = TestServer::open().await;
    server.operator("Anna", 1).await;
    let key = server.key(Grant::Admin).await;
    let intake = server.key(Grant::Intake(None)).await;
    let (address, serving) = start(&server, LONG).await;
    let with = |key: &str| format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\n");
    let calls = [
        (401, "POST /api/v1/operators HTTP/1.1\r\nContent-Type: application/json\r\n".to_owned()),
        (401, format!("POST /api/v1/operators HTTP/1.1\r\n{}", with("mtd_wrong"))),
        (403, format!("POST /api/v1/operators HTTP/1.1\r\n{}", with(&intake))),
        (404, format!("POST /api/v1/nowhere HTTP/1.1\r\n{}", with(&key))),
        (405, format!("PUT /api/v1/operators HTTP/1.1\r\n{}", with(&key))),
        (415, format!("POST /api/v1/operators HTTP/1.1\r\nAuthorization: Bearer {key}\r\nContent-Type: text/csv\r\n")),
        (200, format!("GET /api/v1/operators/1 HTTP/1.1\r\n{}", with(&key))),
        (404, format!("POST /api/v1/contacts/9/resolve HTTP/1.1\r\n{}", with(&key))),
    ];
    for (status, head) in &calls {
        for bytes in [20, 70_000, 400_000] {
            let answer = late_body(address, head, &" ".repeat(bytes)).await;
            assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{head}{bytes} bytes: {answer}");
            assert!(!answer.contains("connection: close"), "{head}{bytes} bytes: {answer}");
        }
        let answer = late_body(address, head, &" ".repeat(3_000_000)).await;
        assert!(answer.contains("connection: close"), "{head}: {answer}");
    }
    server.stop.now();
    assert_eq!(serving.await.expect("no panic"), 0);
    server.close().await;
}

#[tokio::test]
async fn a_body_that_was_not_asked_for_is_not_waited_for() {
    let server = TestServer::open().await;
    let (address, serving) = start(&server, LONG).await;
    let mut socket = connect(address).await;
    let head = "POST /api/v1/nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 400\r\n\r\n";
    write(&mut socket, head).await;
    let answer = read_until(&mut socket, "\r\n\r\n").await.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 404 ") && answer.contains("connection: close"), "{answer}");
    drop(socket);
    server.stop.now();
    assert_eq!(serving.await.expect("no panic"), 0);
    server.close().await;
}

#[tokio::test]
async fn a_connection_carries_many_requests() {
    let server = TestServer::open().await;
    let (address, serving) = start(&server, LONG).await;
    let mut socket = connect(address).await;
    for id in 1..=3 {
        let body = format!("{{\"name\": \"{id}\"}}");
        let length = body.len();
        let head = "POST /api/v1/operators HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        write(&mut socket, &format!("{head}Content-Length: {length}\r\n\r\n{body}")).await;
        let answer = read_until(&mut socket, "\"demo\":false}").await;
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
        assert!(answer.contains(&format!("location: /api/v1/operators/{id}\r\n")), "{answer}");
    }
    server.stop.now();
    assert_eq!(serving.await.expect("no panic"), 0);
    server.close().await;
}

#[tokio::test]
async fn a_body_in_chunks_is_read() {
    let server = TestServer::open().await;
    let (address, serving) = start(&server, LONG).await;
    let mut socket = connect(address).await;
    let head = "POST /api/v1/operators HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    write(&mut socket, &format!("{head}Transfer-Encoding: chunked\r\n\r\n8\r\n{{\"name\":\r\n")).await;
    write(&mut socket, "7\r\n \"Ann\"}\r\n0\r\n\r\n").await;
    assert!(read_until(&mut socket, "\"updated_at\"").await.contains("\"name\":\"Ann\""));
    server.stop.now();
    assert_eq!(serving.await.expect("no panic"), 0);
    server.close().await;
}

#[tokio::test]
async fn stopping_ends_streams_and_idle_connections_at_once() {
    let server = TestServer::open().await;
    let (address, serving) = start(&server, LONG).await;
    let mut stream = connect(address).await;
    write(&mut stream, "GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\n\r\n").await;
    read_until(&mut stream, ": after 0").await;
    let mut idle = connect(address).await;
    write(&mut idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    read_until(&mut idle, "ok\n").await;

    let began = Instant::now();
    server.stop.now();
    assert!(read_to_end(&mut stream).await.ends_with("0\r\n\r\n"), "the stream ends as HTTP wants it");
    assert_eq!(read_to_end(&mut idle).await, "");
    assert_eq!(serving.await.expect("no panic"), 0);
    assert!(began.elapsed() < LONG / 2);
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    server.close().await;
}

#[tokio::test]
async fn a_request_under_way_is_finished() {
    let server = TestServer::open().await;
    let (address, serving) = start(&server, LONG).await;
    let mut socket = connect(address).await;
    let head = "POST /api/v1/operators HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 15\r\n";
    write(&mut socket, &format!("{head}Expect: 100-continue\r\n\r\n")).await;
    read_until(&mut socket, "100 Continue\r\n\r\n").await;
    server.stop.now();
    write(&mut socket, "{\"name\": \"Ann\"}").await;
    let answer = read_to_end(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert_eq!(serving.await.expect("no panic"), 0);
    server.close().await;
}

#[tokio::test]
async fn a_client_that_never_finishes_is_cut_at_the_deadline() {
    let server = TestServer::open().await;
    let (address, serving) = start(&server, Duration::from_millis(100)).await;
    let mut socket = connect(address).await;
    let head = "POST /api/v1/operators HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 15\r\n";
    write(&mut socket, &format!("{head}Expect: 100-continue\r\n\r\n")).await;
    read_until(&mut socket, "100 Continue\r\n\r\n").await;
    server.stop.now();
    assert_eq!(serving.await.expect("no panic"), 1);
    server.close().await;
}

#[tokio::test]
async fn answers_that_nobody_reads_take_bounded_memory_and_keep_no_contact_out() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let body = serde_json::json!({"source_id": source, "message": "x".repeat(60_000)});
    for _ in 0..200 {
        server.post("/api/v1/contacts", &body).await.expect(axum::http::StatusCode::CREATED);
    }
    // Room for one such list; more of it than the system takes off the server's hands.
    let edge = Edge { in_flight: InFlight::of_mib(16), ..Edge::default() };
    let (address, serving) = start_with(&server, edge, LONG).await;
    let list = "GET /api/v1/contacts?limit=1000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut unread = connect(address).await;
    write(&mut unread, list).await;
    unread.readable().await.expect("an answer");
    let mut refused = connect(address).await;
    write(&mut refused, list).await;
    let answer = read_to_end(&mut refused).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("/overloaded\""), "{answer}");
    let mut intake = connect(address).await;
    let contact = r#"{"source_id": 1, "lead_phone": "+79991234567"}"#;
    let head = "POST /api/v1/contacts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
    write(&mut intake, &format!("{head}Content-Length: {}\r\n\r\n{contact}", contact.len())).await;
    assert!(read_to_end(&mut intake).await.starts_with("HTTP/1.1 201 "));
    // Read to its end, it makes room.
    assert!(read_to_end(&mut unread).await.starts_with("HTTP/1.1 200 "));
    let mut last = connect(address).await;
    write(&mut last, list).await;
    assert!(read_to_end(&mut last).await.starts_with("HTTP/1.1 200 "));
    server.stop.now();
    assert_eq!(serving.await.expect("no panic"), 0);
    server.close().await;
}

#[tokio::test]
async fn a_stranger_sends_small_bodies_only_in_time() {
    let server = TestServer::open().await;
    server.key(Grant::Admin).await;
    let limits = Limits { body: Duration::from_millis(200), ..Limits::default() };
    let (address, serving) = start_with(&server, Edge { limits, ..Edge::default() }, LONG).await;
    for path in ["/login", "/set-up", "/preferences"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n"
        );
        let answer = late_body(address, &head, &format!("name={}", "x".repeat(17_000))).await;
        assert!(answer.starts_with("http/1.1 413 "), "{path}: {answer}");
        let mut slow = connect(address).await;
        write(&mut slow, &format!("{head}Host: x\r\nContent-Length: 400\r\n\r\nname=")).await;
        let answer = read_until(&mut slow, "\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
    }
    server.stop.now();
    assert_eq!(serving.await.expect("no panic"), 0);
    server.close().await;
}
