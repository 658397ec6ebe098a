//! A server as a process of its own, and the plainest of clients.

use serde_json::Value;
pub(crate) use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_maitred");
const TIMEOUT: Duration = Duration::from_secs(20);

/// A running server; killed when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn created(self) -> Value {
        assert_eq!(self.status, 201, "{}", self.body);
        self.body
    }
}

impl Server {
    pub(crate) fn start(database: &Path) -> Self {
        Self::on(&url_of(database))
    }

    /// On the database of this URL.
    pub(crate) fn on(url: &str) -> Self {
        Self::with(url, &["--listen", "127.0.0.1:0"])
    }

    /// On the database of this URL, with these settings.
    pub(crate) fn with(url: &str, settings: &[&str]) -> Self {
        let mut process =
            command_on(url).arg("serve").args(settings).stderr(Stdio::piped()).spawn().expect("the server starts");
        let said = process.stderr.take().expect("its stderr is ours");
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        let address = lines
            .by_ref()
            .find_map(|line| line.split_whitespace().find_map(|word| word.split_once("://")?.1.parse().ok()));
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address: address.expect("the server says where it listens") }
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        try_post(self.address, path, body).expect("the server answers")
    }

    /// A POST with an `Idempotency-Key`.
    pub(crate) fn post_with_key(&self, key: &str, path: &str, body: &Value) -> Answer {
        try_once(self.address, key, path, body).expect("the server answers")
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        call(self.address, None, "PATCH", path, &body.to_string()).expect("the server answers")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        call(self.address, None, "GET", path, "").expect("the server answers")
    }

    /// A call with this key.
    pub(crate) fn call_as(&self, key: &str, method: &str, path: &str, body: &str) -> Answer {
        call(self.address, Some(key), method, path, body).expect("the server answers")
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn terminate(mut self) -> std::process::ExitStatus {
        let sent = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(sent.expect("there is a kill").success());
        self.process.wait().expect("it ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command on this database, apart from whatever the surroundings set.
pub(crate) fn command(database: &Path) -> Command {
    command_on(&url_of(database))
}

pub(crate) fn command_on(url: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.current_dir(std::env::temp_dir()).env_clear().args(["--database", url]);
    command
}

fn url_of(database: &Path) -> String {
    format!("sqlite://{}", database.display())
}

/// Runs a command to its end.
pub(crate) fn run(database: &Path, arguments: &[&str]) -> Output {
    run_on(&url_of(database), arguments)
}

/// Runs a command on the database of this URL to its end.
pub(crate) fn run_on(url: &str, arguments: &[&str]) -> Output {
    command_on(url).args(arguments).output().expect("the program runs")
}

/// Checks every invariant of a database.
pub(crate) fn assert_verifies(database: &Path) {
    let output = run(database, &["verify"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// `None` when the server went away.
pub(crate) fn try_post(address: SocketAddr, path: &str, body: &Value) -> Option<Answer> {
    call(address, None, "POST", path, &body.to_string())
}

/// A POST with an `Idempotency-Key`; `None` when the server went away.
pub(crate) fn try_once(address: SocketAddr, key: &str, path: &str, body: &Value) -> Option<Answer> {
    call_with(address, &format!("POST {path}"), &format!("Idempotency-Key: {key}\r\n"), &body.to_string())
}

fn call(address: SocketAddr, key: Option<&str>, method: &str, path: &str, body: &str) -> Option<Answer> {
    let key = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    call_with(address, &format!("{method} {path}"), &key, body)
}

fn call_with(address: SocketAddr, call: &str, headers: &str, body: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(TIMEOUT)).ok()?;
    let head = format!(
        "{call} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         {headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).ok()? };
    Some(Answer { status, body })
}
