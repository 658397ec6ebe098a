//! The plainest of clients: one connection for each call, and an answer is whole or it is none.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// Its `Idempotency-Key`.
    pub(crate) key: Option<String>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), key: None, body: String::new() }
    }

    fn text(&self) -> String {
        let key = self.key.iter().map(|key| format!("Idempotency-Key: {key}\r\n")).collect::<String>();
        format!(
            "{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n{key}\
             Content-Length: {}\r\n\r\n{}",
            self.method,
            self.path,
            self.body.len(),
            self.body
        )
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Whether it says that it was given before.
    pub(crate) is_replayed: bool,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The last part of its `type`.
    pub(crate) fn problem(&self) -> String {
        let json = self.json();
        json["type"].as_str().and_then(|it| it.rsplit('/').next()).unwrap_or_default().to_owned()
    }
}

/// `None` when no whole answer came in time.
pub(crate) fn send(address: SocketAddr, request: &Request, patience: Duration) -> Option<Reply> {
    let give_up = Instant::now() + patience;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    stream.write_all(request.text().as_bytes()).ok()?;
    let mut bytes = Vec::new();
    let mut part = [0; 16_384];
    loop {
        let left = give_up.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        stream.set_read_timeout(Some(left)).ok()?;
        match stream.read(&mut part).ok()? {
            0 => break,
            read => bytes.extend_from_slice(&part[..read]),
        }
    }
    parse(&String::from_utf8(bytes).ok()?)
}

fn parse(text: &str) -> Option<Reply> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let is_whole = header("content-length").is_none_or(|length| length.parse() == Ok(body.len()));
    is_whole.then_some(Reply {
        status: head.split_whitespace().nth(1)?.parse().ok()?,
        is_replayed: header("idempotent-replayed").is_some_and(|value| value == "true"),
        body: body.to_owned(),
    })
}
