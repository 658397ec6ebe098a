//! The load: connections that each send one contact after another, every contact from a new phone.

use super::Result;
use super::batches::{AverageBatch, Batches};
use super::cpu::{CpuPerContact, CpuTime};
use super::server::{Server, Way};
use bytes::Bytes;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Room between the phones of two connections, more than one sends in half a minute.
const PHONES_EACH: u64 = 200_000;

/// What a load measured.
pub(super) struct Figures {
    pub(super) per_second: f64,
    pub(super) latency_us: Histogram<u64>,
    /// Of the servers, where that is known.
    pub(super) cpu: Option<CpuPerContact>,
    /// Of the servers, where that is known.
    pub(super) batch: Option<AverageBatch>,
}

impl Figures {
    pub(super) fn quantile_ms(&self, quantile: f64) -> f64 {
        self.latency_us.value_at_quantile(quantile) as f64 / 1_000.0
    }
}

/// Sends contacts over so many connections for so long, to each node in turn; at least one over each.
pub(super) async fn run(nodes: &[&Server], connections: u32, lasting: Duration) -> Result<Figures> {
    let mut senders = JoinSet::new();
    let (cpu_before, batches_before) = (cpu_time(nodes), batches(nodes).await);
    let began = Instant::now();
    for node in nodes.iter().cycle().take(connections as usize) {
        senders.spawn(send(node.address, node.key.clone(), node.way.clone(), first_phone(), began + lasting));
    }
    let mut latency_us = Histogram::new(3)?;
    while let Some(measured) = senders.join_next().await {
        latency_us.add(measured??)?;
    }
    let per_second = latency_us.len() as f64 / began.elapsed().as_secs_f64();
    let cpu_taken = cpu_time(nodes).zip(cpu_before).map(|(after, before)| after - before);
    let cpu = cpu_taken.map(|taken| taken.per_contact(latency_us.len()));
    let batches_made = batches(nodes).await.zip(batches_before).map(|(after, before)| after - before);
    Ok(Figures { per_second, latency_us, cpu, batch: batches_made.and_then(Batches::average) })
}

/// What all nodes have made so far.
async fn batches(nodes: &[&Server]) -> Option<Batches> {
    let mut all = Batches::default();
    for node in nodes {
        all = all + node.batches().await?;
    }
    Some(all)
}

/// What all nodes have taken so far.
fn cpu_time(nodes: &[&Server]) -> Option<CpuTime> {
    nodes.iter().map(|node| node.cpu_time()).sum()
}

/// Where the phones of a new connection begin: no contact of one is a returning lead of another.
fn first_phone() -> u64 {
    static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
    CONNECTIONS.fetch_add(1, Ordering::Relaxed) * PHONES_EACH
}

async fn send(
    address: SocketAddr,
    key: Option<String>,
    way: Way,
    first: u64,
    until: Instant,
) -> Result<Histogram<u64>> {
    let mut connection = connect(address).await?;
    let mut latency_us = Histogram::new(3)?;
    for number in first.. {
        let began = Instant::now();
        if number > first && began >= until {
            break;
        }
        let request = way.request(key.as_deref(), number)?;
        connection.ready().await?;
        let answer = connection.send_request(request).await?;
        if answer.status() != StatusCode::CREATED {
            let status = answer.status();
            let body = answer.into_body().collect().await?.to_bytes();
            return Err(format!("answered {status}: {}", String::from_utf8_lossy(&body)).into());
        }
        answer.into_body().collect().await?;
        latency_us.record(began.elapsed().as_micros() as u64)?;
    }
    Ok(latency_us)
}

pub(super) async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

pub(super) fn post(path: &str, key: Option<&str>, body: String) -> Result<Request<Full<Bytes>>> {
    let mut request =
        Request::post(path).header(header::HOST, "localhost").header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    Ok(request.body(Full::new(Bytes::from(body)))?)
}

impl Way {
    fn request(&self, key: Option<&str>, number: u64) -> Result<Request<Full<Bytes>>> {
        let (path, body) = match self {
            Self::Call => ("/api/v1/contacts", contact(number)),
            Self::Hook(path) => (&**path, hook(number)),
            Self::Form(path) => (&**path, form(number)),
        };
        let mut request = post(path, key, body)?;
        if matches!(self, Self::Form(_)) {
            let of_form = header::HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(header::CONTENT_TYPE, of_form);
        }
        Ok(request)
    }
}

fn hook(number: u64) -> String {
    format!(
        r#"{{"phone": "{}", "message": "Здравствуйте! Сколько стоит доставка?", "utm_source": "ya"}}"#,
        phone(number)
    )
}

fn form(number: u64) -> String {
    let phone = phone(number).replace('+', "%2B");
    format!(
        "phone={phone}&message=%D0%97%D0%B4%D1%80%D0%B0%D0%B2%D1%81%D1%82%D0%B2%D1%83%D0%B9%D1%82%D0%B5&utm_source=ya"
    )
}

fn contact(number: u64) -> String {
    format!(
        r#"{{"source_id": 1, "lead_phone": "{}", "message": "Здравствуйте! Сколько стоит доставка?"}}"#,
        phone(number)
    )
}

/// A Russian mobile number for each number, scattered as real ones are: neighbours in time are not neighbours in an
/// index. Multiplication modulo a prime below 10^9 keeps them apart.
pub(super) fn phone(number: u64) -> String {
    const PRIME: u128 = 999_999_937;
    const SCATTER: u128 = 618_033_989;
    let scattered = u128::from(number) % PRIME * SCATTER % PRIME;
    format!("+79{scattered:09}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_connections_send_from_the_same_phone() {
        let firsts = (0..1_000).map(|_| first_phone());
        let phones: Vec<String> = firsts.flat_map(|first| (first..first + 200).map(phone)).collect();
        assert_eq!(phones.iter().collect::<HashSet<_>>().len(), phones.len());
    }
}
