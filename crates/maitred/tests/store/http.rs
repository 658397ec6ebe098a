//! A server as a process of its own, and the plainest of clients.

use serde_json::Value;
pub(crate) use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_maitred");
const TIMEOUT: Duration = Duration::from_secs(20);

/// A running server; killed when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    /// Gives what it logged, once it has ended.
    log: Option<JoinHandle<Vec<String>>>,
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
        Self::run(command_on(url).arg("serve").args(settings))
    }

    /// By this command.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut process = command.stderr(Stdio::piped()).spawn().expect("the server starts");
        let said = process.stderr.take().expect("its stderr is ours");
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        let address = lines
            .by_ref()
            .find_map(|line| line.split_whitespace().find_map(|word| word.split_once("://")?.1.parse().ok()));
        let address = address.expect("the server says where it listens");
        Self { process, address, log: Some(std::thread::spawn(move || lines.collect())) }
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

    /// The status of an answer, whatever its body is.
    pub(crate) fn status(&self, path: &str) -> u16 {
        status(self.address, path).expect("the server answers")
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

    /// Waits for an end that it comes to by itself.
    pub(crate) fn ends(mut self) -> std::process::ExitStatus {
        let give_up = std::time::Instant::now() + TIMEOUT;
        while std::time::Instant::now() < give_up {
            if let Some(status) = self.process.try_wait().expect("it can be waited for") {
                return status;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        panic!("the server goes on");
    }

    /// Sends SIGTERM and gives what it had logged since it listened.
    pub(crate) fn terminate_and_say(mut self) -> Vec<String> {
        let log = self.log.take().expect("nobody has taken it");
        assert!(self.terminate().success());
        log.join().expect("no panic")
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

/// The status that a POST with these lines of the head is answered with; `None` when the server went away.
pub(crate) fn try_send(address: SocketAddr, path: &str, headers: &str, body: &str) -> Option<u16> {
    send(address, &format!("POST {path}"), headers, body)?.0.split_whitespace().nth(1)?.parse().ok()
}

fn call(address: SocketAddr, key: Option<&str>, method: &str, path: &str, body: &str) -> Option<Answer> {
    let key = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    call_with(address, &format!("{method} {path}"), &key, body)
}

fn status(address: SocketAddr, path: &str) -> Option<u16> {
    send(address, &format!("GET {path}"), "", "")?.0.split_whitespace().nth(1)?.parse().ok()
}

fn call_with(address: SocketAddr, call: &str, headers: &str, body: &str) -> Option<Answer> {
    let (head, body) = send(address, call, headers, body)?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let body = if body.is_empty() { Value::Null } else { serde_json::from_str(&body).ok()? };
    Some(Answer { status, body })
}

/// The head and the body of an answer.
fn send(address: SocketAddr, call: &str, headers: &str, body: &str) -> Option<(String, String)> {
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
    Some((head.to_owned(), body.to_owned()))
}
