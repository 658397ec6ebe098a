//! Today's program: its commands, and its server with the plainest of clients.

use crate::fixture::{Database, Tables};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(20);
/// As the server of 0.1 had them.
const SETTINGS: [&str; 6] = ["--listen", "127.0.0.1:0", "--default-region", "RU", "--rate-limit", "0"];

/// A command, apart from whatever the surroundings set.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maitred"));
    command.current_dir(std::env::temp_dir()).env_clear().args(arguments);
    command
}

/// Runs a command to its good end, and gives what it printed.
#[track_caller]
pub(crate) fn run(arguments: &[&str]) -> String {
    let output = command(arguments).output().expect("the program runs");
    let [printed, said] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{arguments:?}: {printed}{said}");
    printed
}

/// The same, of a command that prints JSON.
#[track_caller]
pub(crate) fn run_json(arguments: &[&str]) -> Value {
    serde_json::from_str(&run(arguments)).expect("JSON")
}

/// Brings the schema up to date.
#[track_caller]
pub(crate) fn migrate(database: &Database) {
    run(&["migrate", "--database", &database.url()]);
}

/// Checks every invariant.
#[track_caller]
pub(crate) fn verify(url: &str) {
    run(&["verify", "--database", url]);
}

/// Gives keys of a database secrets that are known here: those that they were made with are known to nobody.
pub(crate) fn tokens(database: &Database, ids: &[i64]) -> HashMap<i64, String> {
    let url = database.url();
    let token = |id: &i64| {
        let made = run_json(&["keys", "create", "--name", "New", "--role", "admin", "--json", "--database", &url]);
        let (new, prefix) = (&made["id"], made["prefix"].as_str().expect("a prefix"));
        for sql in [
            format!("UPDATE keys SET digest = (SELECT digest FROM keys WHERE id = {new}) WHERE id = {id}"),
            format!("DELETE FROM keys WHERE id = {new}"),
            format!("UPDATE keys SET prefix = '{prefix}' WHERE id = {id}"),
        ] {
            database.sql(Tables::Access, &sql);
        }
        (*id, made["token"].as_str().expect("a token").to_owned())
    };
    ids.iter().map(token).collect()
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    /// What calls are made with, unless they say otherwise.
    token: Option<String>,
}

/// One request.
#[derive(Default)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: Option<&'a str>,
    pub(crate) token: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u64,
    /// Whether the answer was given before.
    pub(crate) is_replayed: bool,
    pub(crate) body: Value,
}

impl Server {
    pub(crate) fn start(url: &str, token: Option<&str>) -> Self {
        let mut process = command(&["serve", "--database", url]);
        let mut process = process.args(SETTINGS).stderr(Stdio::piped()).spawn().expect("the server starts");
        let mut lines =
            BufReader::new(process.stderr.take().expect("its stderr is ours")).lines().map_while(Result::ok);
        let mut said = Vec::new();
        let address = lines.by_ref().find_map(|line| {
            said.push(line);
            let mut words = said.last()?.split_whitespace();
            words.find_map(|word| word.split_once("://")?.1.parse().ok())
        });
        std::thread::spawn(move || lines.for_each(drop));
        let address = address.unwrap_or_else(|| panic!("the server does not say where it listens: {said:#?}"));
        Self { process, address, token: token.map(str::to_owned) }
    }

    pub(crate) fn call(&self, request: &Request<'_>) -> Answer {
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
        let header = |name: &str, value: Option<&str>| value.map(|it| format!("{name}{it}\r\n")).unwrap_or_default();
        let body = request.body.unwrap_or_default();
        // A body in pieces is not for HTTP 1.0: it comes as it is, and ends with the connection.
        let head = format!(
            "{} {} HTTP/1.0\r\nHost: localhost\r\n{}{}{}Content-Length: {}\r\n\r\n",
            request.method,
            request.path,
            header("Content-Type: ", request.body.map(|_| "application/json")),
            header("Authorization: Bearer ", request.token.or(self.token.as_deref())),
            header("Idempotency-Key: ", request.idempotency_key),
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("a whole answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        Answer {
            status: head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).expect("a status"),
            is_replayed: head.to_lowercase().contains("\r\nidempotent-replayed: true"),
            body: serde_json::from_str(body).unwrap_or(Value::Null),
        }
    }

    /// What a GET shows, which must be there.
    #[track_caller]
    pub(crate) fn show(&self, path: &str) -> Value {
        self.done("GET", path, None)
    }

    /// What a change is answered, which must be made.
    #[track_caller]
    pub(crate) fn done(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string);
        let answer = self.call(&Request { method, path, body: body.as_deref(), ..Request::default() });
        assert!((200..300).contains(&answer.status), "{method} {path} {body:?}: {answer:?}");
        answer.body
    }

    /// Ends it in good order.
    pub(crate) fn stop(mut self) {
        let sent = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(sent.expect("there is a kill").success());
        assert!(self.process.wait().expect("it ends").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
