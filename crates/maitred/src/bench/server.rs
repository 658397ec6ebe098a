//! Servers under load: this same program as a process of its own, on a free port of loopback.

use super::Result;
use super::batches::Batches;
use super::cpu::CpuTime;
use super::load::{connect, post};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, StatusCode};
use maitred_store::url::DatabaseUrl;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How many times the disk is asked what a sync costs.
const FSYNCS: usize = 200;
/// Requests a second that one key is granted: more than there are.
const RATE_LIMIT: u32 = 1_000_000;
/// So much room that nobody ever waits.
const MAX_LOAD: u32 = 1_000_000;

/// How contacts come in.
#[derive(Clone)]
pub(super) enum Way {
    /// By the call of the API.
    Call,
    /// As JSON, at an address without a key.
    Hook(String),
    /// As what a form sends, at such an address.
    Form(String),
}

/// A process that serves; ended when dropped.
pub(super) struct Server {
    process: Child,
    pub(super) address: SocketAddr,
    /// What contacts are sent with.
    pub(super) key: Option<String>,
    /// Where, and as what, contacts are sent.
    pub(super) way: Way,
    /// From the start of the process to its first line that says where it serves.
    pub(super) started_in: Duration,
}

impl Server {
    pub(super) async fn start(database: &DatabaseUrl) -> Result<Self> {
        Self::start_with(database, &[]).await
    }

    /// The same with more settings.
    pub(super) async fn start_with(database: &DatabaseUrl, settings: &[&str]) -> Result<Self> {
        let url = database.to_string();
        // Counted like anybody, and never refused: what asking for keys costs is to have all of it in.
        let rate = RATE_LIMIT.to_string();
        let listen = ["serve", "--listen", "127.0.0.1:0", "--database", &url, "--rate-limit", &rate];
        Self::spawn(&[&listen[..], &["--log", "error", "--log-format", "text"], settings].concat())
    }

    pub(super) async fn start_echo() -> Result<Self> {
        Self::spawn(&["bench", "--echo", "127.0.0.1:0"])
    }

    fn spawn(arguments: &[&str]) -> Result<Self> {
        let began = Instant::now();
        let program = std::env::current_exe()?;
        let mut process = Command::new(program).args(arguments).stderr(Stdio::piped()).spawn()?;
        let said = process.stderr.take().ok_or("the server has no stderr")?;
        let mut said = BufReader::new(said).lines();
        let mut lines = Vec::new();
        for line in said.by_ref() {
            let line = line?;
            let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://")?.parse().ok());
            if let Some(address) = address {
                let server = Self { process, address, key: None, way: Way::Call, started_in: began.elapsed() };
                // What else it says is read, so that it never waits for us, and dropped.
                std::thread::spawn(move || said.for_each(drop));
                return Ok(server);
            }
            lines.push(line);
        }
        Err(format!("the server did not start: {}", lines.join("\n")).into())
    }

    /// Adds a source and operators who all serve it.
    pub(super) async fn set_up(&self, operators: u32) -> Result<()> {
        let mut connection = connect(self.address).await?;
        let mut send = async |method, path, body| ask(&mut connection, method, path, body).await.map(drop);
        send("POST", "/api/v1/sources", r#"{"name": "Bench"}"#.to_owned()).await?;
        let mut weights = Vec::new();
        for id in 1..=operators {
            let operator = format!(r#"{{"name": "Operator {id}", "max_load": {MAX_LOAD}}}"#);
            send("POST", "/api/v1/operators", operator).await?;
            weights.push(format!(r#"{{"operator_id": {id}, "weight": {}}}"#, 1 + id % 10));
        }
        send("PUT", "/api/v1/sources/1/operators", format!("[{}]", weights.join(","))).await
    }

    /// Gives the source an address without a key: what its path is.
    pub(super) async fn open_intake(&self) -> Result<String> {
        let mut connection = connect(self.address).await?;
        let made = ask(&mut connection, "POST", "/api/v1/sources/1/rotate-intake", String::new()).await?;
        let made: serde_json::Value = serde_json::from_slice(&made)?;
        Ok(made["intake_url"].as_str().ok_or("no address in the answer")?.to_owned())
    }

    /// Adds endpoints of webhooks at which nobody listens.
    pub(super) async fn add_dead_endpoints(&self, how_many: u32) -> Result<()> {
        let mut connection = connect(self.address).await?;
        for number in 0..how_many {
            let endpoint = format!(r#"{{"url": "http://127.0.0.1:9/{number}"}}"#);
            ask(&mut connection, "POST", "/api/v1/endpoints", endpoint).await?;
        }
        Ok(())
    }

    /// Makes a key for submitting contacts, without which nobody is served from now on.
    pub(super) async fn ask_for_keys(&mut self) -> Result<()> {
        // The first key has to be an admin's.
        for new in [r#"{"name": "Admin", "role": "admin"}"#, r#"{"name": "Bench", "role": "intake", "source_id": 1}"#] {
            let mut connection = connect(self.address).await?;
            let request = post("/api/v1/keys", self.key.as_deref(), new.to_owned())?;
            let made: serde_json::Value = serde_json::from_slice(&answer(&mut connection, request).await?)?;
            self.key = Some(made["token"].as_str().ok_or("no token in the answer")?.to_owned());
        }
        Ok(())
    }

    /// Batches it has made so far; none where it has no metrics, or does not show them to the key that it is called
    /// with.
    pub(super) async fn batches(&self) -> Option<Batches> {
        let mut connection = connect(self.address).await.ok()?;
        let mut request = post("/metrics", None, String::new()).ok()?;
        *request.method_mut() = Method::GET;
        let metrics = answer(&mut connection, request).await.ok()?;
        Batches::from_metrics(std::str::from_utf8(&metrics).ok()?)
    }

    /// Processor time it has taken so far, where the system says that.
    pub(super) fn cpu_time(&self) -> Option<CpuTime> {
        CpuTime::of_process(self.process.id())
    }

    pub(super) fn resident_mib(&self) -> Result<f64> {
        self.memory_mib("VmRSS:")
    }

    pub(super) fn peak_mib(&self) -> Result<f64> {
        self.memory_mib("VmHWM:")
    }

    fn memory_mib(&self, field: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("no memory in /proc")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1_024.0)
    }

    /// Ends the process and waits for it.
    pub(super) fn stop(mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop` there is nothing to end any more.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a request that must succeed, and gives the body of its answer.
async fn ask(connection: &mut SendRequest<Full<Bytes>>, method: &str, path: &str, body: String) -> Result<Bytes> {
    let mut request = post(path, None, body)?;
    *request.method_mut() = method.parse()?;
    answer(connection, request).await
}

async fn answer(connection: &mut SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> Result<Bytes> {
    let path = request.uri().path().to_owned();
    connection.ready().await?;
    let answer = connection.send_request(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    match status {
        StatusCode::OK | StatusCode::CREATED => Ok(body),
        _ => Err(format!("{path} answered {status}: {}", String::from_utf8_lossy(&body)).into()),
    }
}

/// What making 4 KiB durable costs on this disk: half of the tries take no longer.
pub(super) fn fsync_us(folder: &Path) -> Result<f64> {
    let mut file = std::fs::File::create(folder.join("fsync"))?;
    let mut took = Vec::with_capacity(FSYNCS);
    for _ in 0..FSYNCS {
        let began = Instant::now();
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took[FSYNCS / 2].as_secs_f64() * 1e6)
}
