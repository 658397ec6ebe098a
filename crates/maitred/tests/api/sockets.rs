//! Real connections: requests on one socket, and what becomes of sockets when the server stops.

use crate::test_server::TestServer;
use maitred_web::edge::Edge;
use maitred_web::serve::serve;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longer than any test takes; what stops earlier was not cut.
const LONG: Duration = Duration::from_secs(60);

async fn start(server: &TestServer, deadline: Duration) -> (SocketAddr, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (address, tokio::spawn(serve(listener, server.router.clone(), Edge::default(), server.stop.clone(), deadline)))
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
        let answer = read_until(&mut socket, "\"updated_at\"").await;
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
