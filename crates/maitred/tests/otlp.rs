//! Traces over OTLP, in builds with the feature `otlp`: a server as a process, and a collector that takes what it
//! sends.

#[path = "store/http.rs"]
#[expect(dead_code, reason = "only the server itself is needed here")]
mod http;

use http::{Server, json, try_send};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const PHONE: &str = "+79991234567";
const MESSAGE: &str = "Balcony";
const NAME: &str = "Konstantin";

/// The bodies that came, by path.
type Came = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// Answers everything with 200, and remembers it.
fn collector() -> (SocketAddr, Came) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (address, came) = (listener.local_addr().expect("it has one"), Came::default());
    let kept = came.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let kept = kept.clone();
            std::thread::spawn(move || serve(stream, &kept));
        }
    });
    (address, came)
}

fn serve(mut stream: TcpStream, came: &Came) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if reader.read_until(b'\n', &mut head).ok()? == 0 {
                return None;
            }
        }
        let head = String::from_utf8(head).ok()?;
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or_default()];
        reader.read_exact(&mut body).ok()?;
        came.lock().ok()?.push((head.split_whitespace().nth(1)?.to_owned(), body));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()?;
    }
}

/// A span, as far as these tests read it.
#[derive(Debug, Default)]
struct Span {
    trace: Vec<u8>,
    id: Vec<u8>,
    parent: Vec<u8>,
    name: String,
    times: [u64; 2],
    attributes: BTreeMap<String, Value>,
}

#[derive(Debug, PartialEq)]
enum Value {
    Text(String),
    Int(u64),
    Double(f64),
}

/// A field of a message of Protocol Buffers: its number, and a number or bytes.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Reads a message, field by field (<https://protobuf.dev/programming-guides/encoding/>).
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let (first, rest) = bytes.split_first().expect("a whole message");
            *bytes = rest;
            value |= u64::from(first & 0x7f) << shift;
            shift += 7;
            if first & 0x80 == 0 {
                return value;
            }
        }
    }
    fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(length);
        *bytes = rest;
        taken
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut bytes)),
            1 => Field::Number(u64::from_le_bytes(take(&mut bytes, 8).try_into().expect("eight bytes"))),
            2 => {
                let length = usize::try_from(varint(&mut bytes)).expect("a length");
                Field::Bytes(take(&mut bytes, length))
            }
            5 => Field::Number(u32::from_le_bytes(take(&mut bytes, 4).try_into().expect("four bytes")).into()),
            other => panic!("wire type {other}"),
        };
        found.push((tag >> 3, field));
    }
    found
}

/// The messages in the field of this number.
fn messages(bytes: &[u8], number: u64) -> Vec<&[u8]> {
    let of_number = |(at, field)| match field {
        Field::Bytes(bytes) if at == number => Some(bytes),
        _ => None,
    };
    fields(bytes).into_iter().filter_map(of_number).collect()
}

/// The spans of an `ExportTraceServiceRequest`.
fn spans(body: &[u8]) -> Vec<Span> {
    let resources = messages(body, 1);
    let scopes = resources.iter().flat_map(|resource| messages(resource, 2));
    scopes.flat_map(|scope| messages(scope, 2)).map(span).collect()
}

fn span(bytes: &[u8]) -> Span {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let mut span = Span::default();
    for field in fields(bytes) {
        match field {
            (1, Field::Bytes(id)) => span.trace = id.to_vec(),
            (2, Field::Bytes(id)) => span.id = id.to_vec(),
            (4, Field::Bytes(id)) => span.parent = id.to_vec(),
            (5, Field::Bytes(name)) => span.name = text(name),
            (7, Field::Number(at)) => span.times[0] = at,
            (8, Field::Number(at)) => span.times[1] = at,
            (9, Field::Bytes(attribute)) => {
                let key = text(messages(attribute, 1)[0]);
                let value = match fields(messages(attribute, 2)[0]).pop().expect("a value") {
                    (1, Field::Bytes(value)) => Value::Text(text(value)),
                    (3, Field::Number(value)) => Value::Int(value),
                    (4, Field::Number(value)) => Value::Double(f64::from_bits(value)),
                    (number, _) => panic!("a value of kind {number}"),
                };
                span.attributes.insert(key, value);
            }
            _ => {}
        }
    }
    span
}

/// A server that sends its traces there, with an operator, a source, and an endpoint of webhooks there too.
fn traced(folder: &tempfile::TempDir, collector: SocketAddr, more: &[&str]) -> Server {
    let url = format!("sqlite://{}", folder.path().join("maitred.db").display());
    let endpoint = format!("http://{collector}/");
    let settings = ["--listen", "127.0.0.1:0", "--webhook-allow", "127.0.0.0/8", "--otlp-endpoint", &endpoint];
    let server = Server::with(&url, &[&settings[..], more].concat());
    let hook = format!("http://{collector}/hook?token=hush-hush");
    server.post("/api/v1/endpoints", &json!({"url": hook})).created();
    server.post("/api/v1/operators", &json!({"name": NAME, "max_load": 5})).created();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    server.post("/api/v1/sources/1/operators", &json!({"operator_id": 1, "weight": 1})).created();
    server
}

fn post_contact(server: &Server, traceparent: &str) {
    let body = json!({"source_id": 1, "lead_phone": PHONE, "lead_name": NAME, "message": MESSAGE}).to_string();
    let header = format!("traceparent: {traceparent}\r\n");
    assert_eq!(try_send(server.address, "/api/v1/contacts?x=hush-hush", &header, &body), Some(201));
}

/// Waits until webhooks have come, so that they are in the trace.
fn until_told(came: &Came) {
    let give_up = Instant::now() + Duration::from_secs(20);
    let is_told = || came.lock().expect("no panic").iter().any(|(path, _)| path.starts_with("/hook"));
    while !is_told() {
        assert!(Instant::now() < give_up, "no webhook came");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// What the collector took of traces, once the server has ended.
fn sent(came: &Came) -> Vec<Vec<u8>> {
    let came = came.lock().expect("no panic");
    came.iter().filter(|(path, _)| path == "/v1/traces").map(|(_, body)| body.clone()).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("digits")).collect()
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

#[test]
fn a_contact_gives_a_trace_of_its_request_and_its_batch_without_anything_personal() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, came) = collector();
    let server = traced(&folder, address, &[]);
    post_contact(&server, TRACEPARENT);
    until_told(&came);
    assert_eq!(server.status("/no/such/page"), 404);
    assert!(server.terminate().success());
    let sent = sent(&came);
    let all: Vec<Span> = sent.iter().flat_map(|body| spans(body)).collect();

    let trace = bytes("4bf92f3577b34da6a3ce929d0e0e4736");
    let ours: Vec<&Span> = all.iter().filter(|span| span.trace == trace).collect();
    let request = ours.iter().find(|span| span.name == "POST /api/v1/contacts").expect("the span of the request");
    assert_eq!(request.parent, bytes("00f067aa0ba902b7"));
    let expected = [
        ("http.request.method", text("POST")),
        ("http.response.status_code", Value::Int(201)),
        ("http.route", text("/api/v1/contacts")),
    ];
    assert_eq!(request.attributes, expected.map(|(key, value)| (key.to_owned(), value)).into());

    let batch = ours.iter().find(|span| span.name == "batch").expect("the span of the batch");
    assert_eq!((&batch.parent, ours.len()), (&request.id, 2));
    assert_eq!(batch.attributes["db.system.name"], text("sqlite"));
    assert_eq!(batch.attributes["maitred.commands"], Value::Int(1));
    let [began, ended] = batch.times;
    assert!(began <= ended && request.times[0] <= began, "{:?} in {:?}", batch.times, request.times);
    for part in ["maitred.decide_ms", "maitred.commit_ms"] {
        assert!(matches!(batch.attributes[part], Value::Double(ms) if ms > 0.0 && ms < 20_000.0), "{batch:?}");
    }

    let call = all.iter().find(|span| span.name == "call webhook").expect("the span of a webhook");
    assert_eq!(call.attributes["maitred.outcome"], text("ok"));
    let job = all.iter().find(|span| span.id == call.parent).expect("what made the call");
    assert_eq!(job.attributes["maitred.job"], text("send webhooks"));
    let nothing = all.iter().find(|span| span.attributes.get("http.response.status_code") == Some(&Value::Int(404)));
    assert_eq!(nothing.expect("its span").attributes["http.route"], text("other"));

    for word in [PHONE, &PHONE[2..], MESSAGE, NAME, "hush-hush", "no/such/page", "maitred.db"] {
        let has = |body: &Vec<u8>| body.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(!sent.iter().any(has), "{word} is in what was sent");
    }
}

#[test]
fn what_a_caller_does_not_record_is_not_sent_and_without_a_caller_a_trace_begins() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, came) = collector();
    let server = traced(&folder, address, &[]);
    post_contact(&server, &TRACEPARENT.replace("-01", "-00"));
    post_contact(&server, "hush-hush");
    assert!(server.terminate().success());
    let all: Vec<Span> = sent(&came).iter().flat_map(|body| spans(body)).collect();
    assert!(!all.iter().any(|span| span.trace == bytes("4bf92f3577b34da6a3ce929d0e0e4736")));
    let requests: Vec<&Span> = all.iter().filter(|span| span.name == "POST /api/v1/contacts").collect();
    let [request] = requests[..] else { panic!("one of two is recorded: {requests:?}") };
    assert!(request.parent.is_empty());
    let batch = all.iter().find(|span| span.parent == request.id).expect("its batch");
    assert_eq!((&batch.name[..], &batch.trace), ("batch", &request.trace));
}

#[test]
fn a_collector_that_is_not_there_is_named_in_the_log_and_stops_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it has one");
    let server = traced(&folder, gone, &[]);
    post_contact(&server, TRACEPARENT);
    let log = server.terminate_and_say();
    assert!(log.iter().any(|line| line.contains("the collector does not take traces")), "{log:#?}");
}
