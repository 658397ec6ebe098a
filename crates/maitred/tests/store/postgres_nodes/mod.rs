//! Several nodes on one PostgreSQL, and what can go wrong between them: connections cut at the worst moment, nodes and
//! servers killed, a standby promoted, a pooler in between. Nothing acknowledged is lost, nobody is overloaded.

mod away;
mod cuts;
mod feed;
mod follow;
mod kill;
mod load;
mod offers;
mod overdue;
mod pooler;
mod proxy;
mod telegram;
mod tls;
mod webhooks;

use crate::http::run_on;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, Config, NoTls};

/// How long anything that should happen may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a node says first in every transaction that writes.
const TAKES_THE_TURN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '5s'; \
                              SELECT 1 FROM maitred.next_ids WHERE one = 1 FOR UPDATE";

/// A connection for meddling, kept open.
struct Session {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Session {
    fn open(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
            tokio::spawn(connection);
            client
        });
        Self { runtime, client }
    }

    fn execute(&self, sql: &str) {
        self.runtime.block_on(self.client.batch_execute(sql)).expect("the statement is right");
    }
}

/// The first column of all rows.
fn first_column(rows: Vec<Vec<Option<String>>>) -> Vec<String> {
    rows.into_iter().filter_map(|mut row| row.swap_remove(0)).collect()
}

/// Where the server of a URL listens, and the name of the database.
fn place(url: &str) -> (SocketAddr, String) {
    let config: Config = url.parse().expect("a URL");
    let port = config.get_ports()[0];
    (([127, 0, 0, 1], port).into(), config.get_dbname().expect("a database").to_owned())
}

/// Checks every invariant of a database.
fn assert_verifies(url: &str) {
    let output = run_on(url, &["verify"]);
    let said = String::from_utf8_lossy(&output.stdout);
    if String::from_utf8_lossy(&output.stderr).contains("not there yet") {
        return;
    }
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// Waits for something that should happen soon.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < give_up, "{what}: not within {PATIENCE:?}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// The whole answer to a request, head included.
fn raw(address: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the node answers");
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers in UTF-8");
    answer
}

/// Sends a signal to a process of ours.
fn signal(name: &str, pid: u32) {
    let sent = std::process::Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status();
    assert!(sent.expect("there is a kill").success());
}
