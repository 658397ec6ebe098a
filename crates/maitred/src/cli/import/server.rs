//! Importing into a running server: each row is a `POST /api/v1/contacts`, which carries the keys of the row, so that
//! it may be sent again. A server that is busy or away for a while is waited for.

use super::report::Report;
use crate::cli::client::Client;
use crate::cli::terminal;
use axum::http::header::{LINK, RETRY_AFTER};
use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use maitred_app::import::{Reader, Sent};
use maitred_core::command::{NewSource, Submit};
use maitred_core::{Source, SourceId, SourceKind, Timestamp};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::Failure;

/// Rows on their way at once.
const UNDER_WAY_MAX: usize = 32;
/// For how long a server that is busy or away is asked again.
const AWAY_MAX: Duration = Duration::from_secs(120);
/// The rest before a row is sent again, where the server does not say.
const REST: Duration = Duration::from_secs(1);

/// A server, asked as a program asks it.
#[derive(Clone)]
pub(super) struct Server(Client);

/// What came of a row.
enum Sending {
    Assigned,
    Waiting,
    Known { added: Vec<Arc<str>>, kept: Vec<Arc<str>> },
    Wrong(Vec<String>),
}

type UnderWay = VecDeque<(u64, JoinHandle<Result<Sending, Failure>>)>;

impl Server {
    /// Looks at the address only.
    pub(super) fn at(url: &str) -> Result<Self, Failure> {
        Client::at(url).map(Self)
    }

    /// All sources it has.
    pub(super) async fn sources(&self) -> Result<Vec<Source>, Failure> {
        let mut sources = Vec::new();
        let mut next = Some("/api/v1/sources?limit=1000".to_owned());
        while let Some(path) = next {
            let (status, headers, body) = self.patiently(Method::GET, &path, Bytes::new()).await?;
            if status != StatusCode::OK {
                return Err(self.refused(status, &body));
            }
            sources.extend(body.as_array().into_iter().flatten().filter_map(source));
            next = next_page(&headers);
        }
        Ok(sources)
    }

    /// Sends all rows.
    pub(super) async fn take(&self, mut rows: Reader, size: u64) -> Result<Report, Failure> {
        let bar = terminal::progress(size, "importing", "bytes");
        let mut report = Report::of(&rows, false);
        let mut under_way = UnderWay::new();
        while let Some(row) = rows.next_row()? {
            bar.set_position(rows.position());
            let Some((submit, sent, line)) = report.note_row(row) else { continue };
            if under_way.len() == UNDER_WAY_MAX {
                note_next(&mut report, &mut under_way).await?;
            }
            let (server, body) = (self.clone(), body(&submit, &sent));
            under_way.push_back((line, tokio::spawn(async move { server.send(body).await })));
        }
        while !under_way.is_empty() {
            note_next(&mut report, &mut under_way).await?;
        }
        bar.finish_and_clear();
        Ok(report)
    }

    async fn send(&self, body: Bytes) -> Result<Sending, Failure> {
        let (status, _, answer) = self.patiently(Method::POST, "/api/v1/contacts", body).await?;
        match status {
            StatusCode::CREATED if answer["status"] == "assigned" => Ok(Sending::Assigned),
            StatusCode::CREATED => Ok(Sending::Waiting),
            StatusCode::OK => Ok(Sending::Known { added: texts(&answer["added"]), kept: texts(&answer["kept"]) }),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::NOT_FOUND | StatusCode::CONFLICT => {
                Ok(Sending::Wrong(errors(&answer)))
            }
            _ => Err(self.refused(status, &answer)),
        }
    }

    /// The answer; a server that is busy or away is asked again.
    async fn patiently(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, HeaderMap, Value), Failure> {
        let give_up = Instant::now() + AWAY_MAX;
        loop {
            let rest = match self.ask(method.clone(), path, body.clone()).await {
                Ok((status, headers, _)) if is_busy(status) && Instant::now() < give_up => wanted_rest(&headers),
                Err(_) if Instant::now() < give_up => REST,
                answered => return answered,
            };
            sleep(rest).await;
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Bytes) -> Result<(StatusCode, HeaderMap, Value), Failure> {
        self.0.ask(method, path, None, body).await
    }

    fn refused(&self, status: StatusCode, answer: &Value) -> Failure {
        format!("{}; what was imported is not imported twice", self.0.refused(status, answer)).into()
    }
}

async fn note_next(report: &mut Report, under_way: &mut UnderWay) -> Result<(), Failure> {
    let Some((line, sending)) = under_way.pop_front() else { return Ok(()) };
    match sending.await?? {
        Sending::Assigned => report.assigned += 1,
        Sending::Waiting => report.waiting += 1,
        Sending::Known { added, kept } => report.note_changed(line, &added, &kept),
        Sending::Wrong(errors) => report.note_wrong(line, errors),
    }
    Ok(())
}

/// A row as the API takes it: identities as they are written, everything else as it was read.
fn body(submit: &Submit, sent: &Sent) -> Bytes {
    let mut body = serde_json::json!({"source_id": submit.source, "priority": submit.priority});
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body[name] = value;
        }
    };
    for (name, text) in sent.identities() {
        set(name, text.map(Value::from));
    }
    set("lead_name", submit.lead_name.as_deref().map(Value::from));
    set("message", submit.message.as_deref().map(Value::from));
    set("attributes", submit.attributes.as_deref().and_then(|text| serde_json::from_str(text).ok()));
    let hex = |key: &[u8; 16]| Value::from(key.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let same = submit.idempotency_key.iter().chain(&submit.known_as);
    set("row_keys", Some(same.map(hex).collect()));
    set("earlier_row_keys", Some(submit.earlier.iter().map(hex).collect()));
    body.to_string().into()
}

fn source(json: &Value) -> Option<Source> {
    let kind = SourceKind::ALL.into_iter().find(|kind| Some(kind.as_str()) == json["kind"].as_str())?;
    let default_region = json["default_region"].as_str().map(Into::into);
    let short_phones = json["short_phones"].as_bool().unwrap_or_default();
    let new = NewSource { kind, default_region, short_phones, ..NewSource::named(json["name"].as_str()?) };
    Some(Source::new(SourceId(json["id"].as_i64()?), new, Timestamp(0)))
}

/// The path of the next page (RFC 8288).
fn next_page(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let next = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    let target = next.split_once('<')?.1.split_once('>')?.0;
    target.find("/api/").map(|at| target[at..].to_owned())
}

fn is_busy(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY)
}

fn wanted_rest(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    seconds.map_or(REST, Duration::from_secs).min(AWAY_MAX)
}

fn texts(list: &Value) -> Vec<Arc<str>> {
    list.as_array().into_iter().flatten().filter_map(|text| Some(text.as_str()?.into())).collect()
}

/// All that a problem says is wrong.
fn errors(problem: &Value) -> Vec<String> {
    let each = problem["errors"].as_array().into_iter().flatten();
    let mut errors: Vec<String> = each.filter_map(|error| Some(error["detail"].as_str()?.to_owned())).collect();
    if errors.is_empty() {
        errors.push(problem["detail"].as_str().unwrap_or("was refused").to_owned());
    }
    errors
}
