//! Where it all happens: a SQLite file with one server, or a PostgreSQL server with several nodes. Everything is
//! started here, and everything ends with this.

use crate::process::{Process, program};
use crate::recount::{READ, Rows, Snapshot, WRONG};
use crate::switches::{self, Switches};
use maitred_store::testing::postgres::Cluster;
use rusqlite::types::ValueRef;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::RwLock;
use std::time::{Duration, Instant};

const NODES: usize = 3;
/// For how long nodes may be busy with what happened before they take contacts again.
const READY_MAX: Duration = Duration::from_secs(60);

/// The engine behind the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EngineName {
    Sqlite,
    Postgres,
}

impl EngineName {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The database server of the nodes, and what fails in it.
pub(crate) struct Database {
    pub(crate) cluster: Cluster,
    /// Where the library looks in it: only the server's own account may write there.
    folder: PathBuf,
}

impl Database {
    fn start(library: &std::path::Path) -> Self {
        let mut cluster = Cluster::start(&[("fsync", "on"), ("max_wal_size", "256MB")]);
        let library = cluster.put("failing_disk.so", &std::fs::read(library).expect("the library is built"));
        let folder = library.parent().expect("a folder").to_owned();
        cluster.set_variable("LD_PRELOAD", library);
        cluster.set_variable("FAILING_DISK", &folder);
        cluster.restart();
        cluster.database::<String>("maitred");
        Self { cluster, folder }
    }

    pub(crate) fn set(&self, fault: &str) {
        self.cluster.put(fault, b"");
    }

    /// Starts it again if it gave up.
    pub(crate) fn start_again(&mut self) {
        if self.cluster.has_ended() {
            self.cluster.restart();
        }
    }

    /// It may have been used up.
    pub(crate) fn repair(&self, fault: &str) -> bool {
        std::fs::remove_file(self.folder.join(fault)).is_ok()
    }
}

/// A node, which may be away for the moment.
pub(crate) struct Node {
    pub(crate) process: Option<Process>,
    pub(crate) switches: Switches,
    /// By how many microseconds its clock is ahead.
    pub(crate) ahead: i64,
}

/// See the module.
pub(crate) struct Place {
    pub(crate) engine: EngineName,
    pub(crate) folder: tempfile::TempDir,
    library: PathBuf,
    pub(crate) nodes: Vec<Node>,
    /// Where nodes listen, for clients.
    pub(crate) addresses: RwLock<Vec<SocketAddr>>,
    pub(crate) database: Option<Database>,
}

impl Place {
    pub(crate) fn new(engine: EngineName) -> Self {
        let folder = tempfile::Builder::new().prefix("maitred-chaos.").tempdir().expect("a folder");
        let library = folder.path().join("failing_disk.so");
        switches::build(&library);
        let (database, nodes) = match engine {
            EngineName::Sqlite => (None, 1),
            EngineName::Postgres => (Some(Database::start(&library)), NODES),
        };
        let node = |n: usize| Node {
            process: None,
            switches: Switches::in_folder(&folder.path().join(format!("node-{n}"))),
            ahead: 0,
        };
        let nodes = (0..nodes).map(node).collect();
        Self { engine, nodes, folder, library, addresses: RwLock::default(), database }
    }

    pub(crate) fn url(&self) -> String {
        match &self.database {
            Some(database) => database.cluster.url("maitred"),
            None => format!("sqlite://{}", self.file().display()),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("maitred.db")
    }

    /// Starts every node that does not run.
    ///
    /// # Errors
    /// What one that does not start says.
    pub(crate) fn start(&mut self) -> Result<(), String> {
        let url = self.url();
        for node in self.nodes.iter_mut().filter(|node| node.process.is_none()) {
            let mut command = program(&url);
            node.switches.rule(command.args(["serve", "--listen", "127.0.0.1:0"]), &self.library);
            let give_up = Instant::now() + READY_MAX;
            node.process = loop {
                match Process::start(&mut command) {
                    Ok(process) => break Some(process),
                    // A server of databases may be busy recovering; a node that is started then ends and says so.
                    Err(_) if self.database.is_some() && Instant::now() < give_up => {}
                    Err(why) => return Err(why),
                }
            };
        }
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        let addresses = self.nodes.iter().filter_map(|node| Some(node.process.as_ref()?.address)).collect();
        *self.addresses.write().expect("nobody panicked") = addresses;
    }

    pub(crate) fn process(&mut self, node: usize) -> &mut Process {
        self.nodes[node].process.as_mut().expect("it was started")
    }

    /// Kills a node with SIGKILL.
    pub(crate) fn kill(&mut self, node: usize) {
        self.process(node).kill();
        self.nodes[node].process = None;
    }

    /// Where each node listens.
    pub(crate) fn all(&self) -> Vec<SocketAddr> {
        self.addresses.read().expect("nobody panicked").clone()
    }

    /// Waits until every node takes contacts.
    ///
    /// # Errors
    /// What the node says that does not.
    pub(crate) fn wait_until_ready(&mut self) -> Result<(), String> {
        let give_up = Instant::now() + READY_MAX;
        let ready = crate::http::Request::get("/readyz");
        for node in 0..self.nodes.len() {
            let address = self.process(node).address;
            let is_ready = || crate::http::send(address, &ready, READY_MAX).is_some_and(|reply| reply.status == 200);
            while !is_ready() {
                if let Some(status) = self.process(node).ended() {
                    return Err(format!("node {node} ended with {status}: {:#?}", self.process(node).said()));
                }
                if Instant::now() > give_up {
                    return Err(format!("node {node} is not ready again: {:#?}", self.process(node).said()));
                }
                std::thread::park_timeout(Duration::from_millis(30));
            }
        }
        Ok(())
    }

    /// Runs `maitred verify` beside the nodes.
    ///
    /// # Errors
    /// What it found.
    pub(crate) fn verify(&self) -> Result<(), String> {
        let output = program(&self.url()).arg("verify").output().expect("the program runs");
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        if output.status.success() { Ok(()) } else { Err(format!("maitred verify: {said}")) }
    }

    /// Reads all that is counted and compared, at one moment.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let queries: Vec<(&'static str, &'static str)> = WRONG.into_iter().chain(READ).collect();
        let rows = match &self.database {
            Some(database) => of_server(database, &queries),
            None => self.of_file(&queries).expect("the file can be read"),
        };
        Snapshot::new(&rows)
    }

    fn of_file(&self, queries: &[(&'static str, &str)]) -> rusqlite::Result<Rows> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_URI;
        let conn = rusqlite::Connection::open_with_flags(self.file(), flags)?;
        conn.busy_timeout(Duration::from_secs(10))?;
        conn.execute_batch("BEGIN")?;
        let mut all = Rows::new();
        for (name, sql) in queries {
            let mut statement =
                conn.prepare(&sql.replace("$LEDGER", "hex(ledger)").replace("$OUTCOME", "hex(outcome)"))?;
            let columns = statement.column_count();
            let row = |row: &rusqlite::Row<'_>| (0..columns).map(|at| Ok(text(row.get_ref(at)?))).collect();
            all.insert(name, statement.query_map([], row)?.collect::<rusqlite::Result<_>>()?);
        }
        Ok(all)
    }

    /// Changes the file behind everybody's back.
    pub(crate) fn damage(&self, sql: &str) {
        let conn = rusqlite::Connection::open(self.file()).expect("the file can be opened");
        let changed = conn.execute_batch("PRAGMA foreign_keys = OFF").and_then(|()| conn.execute(sql, []));
        assert!(changed.expect("the statement is right") > 0, "{sql} changes nothing");
    }

    /// Keeps the database for those who look into what went wrong, and says where.
    pub(crate) fn keep(mut self) -> PathBuf {
        self.nodes.iter_mut().for_each(|node| node.process = None);
        let kept = self.folder.keep();
        if let Some(database) = &mut self.database {
            database.cluster.thaw();
            database.cluster.copy_data(&kept.join("postgres"));
            std::fs::write(kept.join("postgres.log"), database.cluster.log()).expect("the folder is ours");
        }
        kept
    }
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn of_server(database: &Database, queries: &[(&'static str, &str)]) -> Rows {
    let mut sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = maitred;".to_owned();
    for (place, (_, query)) in queries.iter().enumerate() {
        let query = query.replace("$LEDGER", "encode(ledger, 'hex')").replace("$OUTCOME", "encode(outcome, 'hex')");
        sql += &format!("SELECT {place}, q.* FROM ({query}) q;");
    }
    let mut all = Rows::new();
    for row in database.cluster.sql("maitred", &(sql + "COMMIT")) {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let place: usize = values.next().and_then(|place| place.parse().ok()).expect("a number");
        all.entry(queries[place].0).or_default().push(values.collect());
    }
    all
}
