//! The program as a process of its own, with a database of its own, that can be stopped and started again at the same
//! address; and requests to its API.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// Nobody listens there: no test talks to Telegram itself.
const NO_TELEGRAM: &str = "http://127.0.0.1:9";

/// A server that ends with the test.
pub struct Server {
    process: Child,
    address: SocketAddr,
    folder: TempDir,
    /// What it says after its address, line by line.
    said: Said,
}

impl Server {
    /// With an empty database, at a free port.
    pub fn start() -> Self {
        Self::with_telegram(NO_TELEGRAM)
    }

    /// The same with a Telegram at this address.
    pub fn with_telegram(telegram: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let (process, address, said) = spawn(command(&folder, "127.0.0.1:0", telegram));
        Self { process, address, folder, said }
    }

    /// With an empty database, and a clock that is moved by hand from this time on.
    #[cfg(target_os = "linux")]
    pub fn with_clock(at: &str) -> (Self, crate::clock::Clock) {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let clock = crate::clock::Clock::in_folder(folder.path(), at);
        let mut command = command(&folder, "127.0.0.1:0", NO_TELEGRAM);
        clock.rule(&mut command);
        let (process, address, said) = spawn(command);
        (Self { process, address, folder, said }, clock)
    }

    /// With operators Anna (30 of 5 slots) and Boris (10 of 3), who both serve the source Bot. Whatever comes is a
    /// contact of its own.
    pub fn furnished() -> Self {
        let server = Self::start();
        server.post("/api/v1/operators", &json!({"name": "Anna", "max_load": 5}));
        server.post("/api/v1/operators", &json!({"name": "Boris", "max_load": 3}));
        server.post(
            "/api/v1/sources",
            &json!({"name": "Bot", "kind": "telegram", "default_region": "RU", "when_open": "new"}),
        );
        for (operator, weight) in [(1, 30), (2, 10)] {
            let body = json!({"operator_id": operator, "weight": weight});
            server.post("/api/v1/sources/1/operators", &body);
        }
        server
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The path of the link by which the first admin is made.
    pub fn set_up(&self) -> String {
        let (lines, more) = &*self.said;
        let link = |lines: &mut Vec<String>| {
            lines.iter().find_map(|line| line.split_once("/set-up?token=").map(|it| it.1.to_owned()))
        };
        let lines = lines.lock().expect("no panic");
        let (mut lines, _) =
            more.wait_timeout_while(lines, Duration::from_secs(20), |lines| link(lines).is_none()).expect("no panic");
        format!("/set-up?token={}", link(&mut lines).expect("the server shows a link"))
    }

    /// Ends the process, as the person who runs it would.
    pub fn stop(&mut self) {
        terminate(&mut self.process);
    }

    /// Starts it again on the same data at the same address.
    pub fn start_again(&mut self) {
        (self.process, self.address, self.said) = spawn(command(&self.folder, &self.address.to_string(), NO_TELEGRAM));
    }

    /// Checks every invariant of what is stored.
    pub fn verify(&self) {
        let url = maitred_store::url::DatabaseUrl::Sqlite(self.folder.path().join("console.db"));
        let report = maitred_store::verify::check(&url).expect("the database can be read");
        assert!(report.is_clean(), "{report:#?}");
    }

    pub fn get(&self, path: &str) -> Value {
        self.call("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", path, Some(body))
    }

    pub fn put(&self, path: &str, body: &Value) -> Value {
        self.call("PUT", path, Some(body))
    }

    pub fn patch(&self, path: &str, body: &Value) -> Value {
        self.call("PATCH", path, Some(body))
    }

    /// Takes in a contact of somebody with this phone.
    pub fn contact(&self, phone: &str) -> Value {
        self.post("/api/v1/contacts", &json!({"source_id": 1, "lead_phone": phone}))
    }

    /// A time that is to come in the zone of the browser too, as a field for a time has it.
    pub fn in_a_day(&self) -> String {
        let at = maitred_core::Timestamp(maitred_store::clock::now().0 + 24 * 3_600 * 1_000_000);
        maitred_store::clock::rfc3339(at)[..16].to_owned()
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        stream.write_all(format!("{head}{body}").as_bytes()).expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("a whole answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.1 20"), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap_or(Value::Null)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        terminate(&mut self.process);
    }
}

type Said = Arc<(Mutex<Vec<String>>, Condvar)>;

fn command(folder: &TempDir, listen: &str, telegram: &str) -> Command {
    let database = format!("sqlite://{}", folder.path().join("console.db").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_maitred"));
    command
        .args(["serve", "--listen", listen, "--database", &database, "--log", "warn", "--log-format", "text"])
        .args(["--webhook-allow", "127.0.0.0/8"])
        .args(["--telegram-api", telegram]);
    command
}

fn spawn(mut command: Command) -> (Child, SocketAddr, Said) {
    let mut process = command.stderr(Stdio::piped()).spawn().expect("the program starts");
    let mut said = BufReader::new(process.stderr.take().expect("stderr is ours")).lines();
    let address = said
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.split_whitespace().find_map(|word| word.strip_prefix("http://")?.parse().ok()));
    // What else it says is read, so that it never waits for us, and shown where a failing test shows it.
    let heard = Said::default();
    let hears = heard.clone();
    std::thread::spawn(move || {
        for line in said.map_while(Result::ok) {
            eprintln!("{line}");
            hears.0.lock().expect("no panic").push(line);
            hears.1.notify_all();
        }
    });
    (process, address.expect("the server says where it serves"), heard)
}

/// Ends a process that we started, by its id, and waits for it.
pub fn terminate(process: &mut Child) {
    if process.try_wait().is_ok_and(|ended| ended.is_none()) {
        let _ = Command::new("kill").arg(process.id().to_string()).status();
    }
    let _ = process.wait();
}
