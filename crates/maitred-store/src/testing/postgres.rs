//! For tests: PostgreSQL as it is. [`TestDatabase`] is an empty database of a test's own on a shared server,
//! [`Cluster`] a whole server of a test's own, to be killed, frozen, followed by a standby or reconfigured.
//!
//! The shared server is that of `MAITRED_TEST_POSTGRES` (see scripts/with-postgres.sh), or else one that this process
//! starts. A test that comes here has `postgres` in its full name, so that a machine without PostgreSQL can leave it
//! out by that: scripts/test.sh does when it is told to, and nothing here ever lets a test pass without a server.
//!
//! Everything blocks, and may be called from async tests too.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio_postgres::{NoTls, SimpleQueryMessage};

const FIND: &str = include_str!("../../../../scripts/find-postgres.sh");
const END: &str = include_str!("../../../../scripts/end-postgres.sh");
/// The one user of every server; nobody needs a password.
const USER: &str = "maitred";
/// What a server has unless its test wants something else. Without fsync a server that is killed loses nothing, only
/// a machine would.
const SETTINGS: [(&str, &str); 6] = [
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("fsync", "off"),
    ("wal_keep_size", "64MB"),
    ("max_connections", "200"),
    ("shared_buffers", "32MB"),
];
/// Ports to listen on: below those that systems hand out to outgoing connections, so that a server which was stopped
/// finds its own free again.
const PORTS: std::ops::Range<u64> = 15_000..30_000;
/// How long a server may take to come up, be reached or go down on a machine that is busy.
const WAIT_MAX: Duration = Duration::from_secs(60);
const REST: Duration = Duration::from_millis(10);

/// An empty database on a shared server; dropped with this.
pub struct TestDatabase {
    name: String,
    server: Server,
}

#[derive(Clone)]
enum Server {
    Given(String),
    OfThisProcess(Arc<Cluster>),
}

impl TestDatabase {
    /// Makes it.
    ///
    /// # Panics
    /// When there is no server and none can be started; the message says what to do.
    pub fn new() -> Self {
        let database =
            Self { name: format!("test_{}_{:016x}", std::process::id(), random()), server: Server::shared() };
        let sql = format!("CREATE DATABASE {} TEMPLATE template0", database.name);
        run(&database.server.url("postgres"), &sql).expect("the shared server makes a database");
        database
    }

    /// Its URL: a `String`, or parsed into whatever the caller expects.
    pub fn url<T: FromStr<Err: std::fmt::Debug>>(&self) -> T {
        self.server.url(&self.name).parse().expect("a URL")
    }

    /// Runs statements in it. See [`Cluster::sql`].
    ///
    /// # Panics
    /// When one of them fails.
    pub fn sql(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        run(&self.url::<String>(), sql).expect("the statements work")
    }
}

impl Default for TestDatabase {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(error) = run(&self.server.url("postgres"), &sql) {
            eprintln!("the test's database {} stays: {error}", self.name);
        }
    }
}

impl Server {
    /// The given one, or one for all tests that this process runs at the same time.
    fn shared() -> Self {
        static OF_THIS_PROCESS: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        assert_named();
        if let Some(url) = std::env::var("MAITRED_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) {
            return Self::Given(url);
        }
        let mut shared = OF_THIS_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        let server = shared.upgrade().unwrap_or_else(|| Arc::new(Cluster::start(&[])));
        *shared = Arc::downgrade(&server);
        Self::OfThisProcess(server)
    }

    fn url(&self, database: &str) -> String {
        match self {
            Self::Given(url) => format!("{}/{database}", url.trim_end_matches('/')),
            Self::OfThisProcess(cluster) => cluster.url(database),
        }
    }
}

/// A server of a test's own, on loopback, in a temporary folder. However the test ends, by a panic or by `kill -9` too,
/// the server ends and the folder goes.
pub struct Cluster {
    folder: ServerFolder,
    port: u64,
    server: Option<Child>,
    /// Of its environment.
    variables: Vec<(&'static str, OsString)>,
}

impl Cluster {
    /// Starts one with these settings beside (and before) those of every test. There is a database `postgres`.
    ///
    /// # Panics
    /// When PostgreSQL is missing or refuses the settings.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = ServerFolder::new();
        let options = ["--username=maitred", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
        folder.run("initdb", ["--pgdata=data"].into_iter().chain(options));
        folder.configure(&SETTINGS);
        folder.configure(settings);
        Self::on_a_free_port(folder)
    }

    /// Starts a standby that follows this server and reports as `standby` (which `synchronous_standby_names` may name).
    /// It has the settings of the other, but waits for no standby of its own.
    ///
    /// # Panics
    /// When the other does not run.
    pub fn standby_of(primary: &Self) -> Self {
        let folder = ServerFolder::new();
        let source = format!("--dbname=host=127.0.0.1 port={} user={USER} application_name=standby", primary.port);
        let options = ["--pgdata=data", "--checkpoint=fast", "--wal-method=stream", "--no-sync"];
        folder.run("pg_basebackup", options.into_iter().chain([source.as_str()]));
        let source = source.trim_start_matches("--dbname=");
        folder.configure(&[("primary_conninfo", source), ("synchronous_standby_names", "")]);
        folder.put("data/standby.signal", b"");
        Self::on_a_free_port(folder)
    }

    fn on_a_free_port(folder: ServerFolder) -> Self {
        let mut cluster = Self { folder, port: 0, server: None, variables: Vec::new() };
        for _ in 0..10 {
            cluster.port = free_port();
            cluster.folder.configure(&[("port", &cluster.port.to_string())]);
            match cluster.launch() {
                Ok(()) => return cluster,
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("PostgreSQL does not start:\n{log}"),
            }
        }
        panic!("PostgreSQL found no free port");
    }

    /// Starts the server and waits until it takes connections; what it said if it ended instead.
    fn launch(&mut self) -> Result<(), String> {
        let log = fs::File::options().create(true).append(true).open(self.folder.folder.join("log"));
        let log = log.expect("the log can be written");
        let mut server = self.folder.program("postgres");
        server.envs(self.variables.iter().map(|(name, value)| (name, value)));
        server.arg("-D").arg(self.folder.data()).stdout(log.try_clone().expect("a second handle")).stderr(log);
        let server = self.server.insert(server.spawn().expect("there is a postgres"));
        let (pid, pid_file) = (server.id().to_string(), self.folder.data().join("postmaster.pid"));
        let is_ready = wait_until(|| {
            let said = fs::read_to_string(&pid_file).unwrap_or_default();
            let mut lines = said.lines();
            let is_ready = lines.next() == Some(&pid) && lines.nth(6).is_some_and(|state| state.trim() == "ready");
            let ended = server.try_wait().expect("it is our child").is_some();
            (is_ready || ended).then_some(is_ready)
        });
        if is_ready != Some(true) {
            self.server = None;
            return Err(self.log());
        }
        Ok(())
    }

    /// The port it listens on; the same after a restart.
    pub fn port(&self) -> u16 {
        self.port.try_into().expect("a port")
    }

    /// The URL of a database on it: a `String`, or parsed into whatever the caller expects.
    pub fn url<T: FromStr<Err: std::fmt::Debug>>(&self, database: &str) -> T {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port).parse().expect("a URL")
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Panics
    /// When the server does not run.
    pub fn database<T: FromStr<Err: std::fmt::Debug>>(&self, name: &str) -> T {
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
        self.url(name)
    }

    /// Runs statements in one transaction over a connection of their own, and gives all rows of all of them as text.
    ///
    /// # Panics
    /// When one of them fails.
    pub fn sql(&self, database: &str, sql: &str) -> Vec<Vec<Option<String>>> {
        run(&self.url::<String>(database), sql).expect("the statements work")
    }

    /// Ends all connections of others to a database, as a network or an administrator would.
    pub fn disconnect(&self, database: &str) {
        let sql = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        self.sql(database, sql);
    }

    /// Changes settings; they hold for every connection made after this returns, or, if the server does not run (or
    /// the setting needs it), from the next start on.
    pub fn set(&self, settings: &[(&str, &str)]) {
        self.folder.configure(settings);
        if self.server.is_none() {
            return;
        }
        // Each connection has read the settings when the server last did.
        let read_at = || self.sql("postgres", "SELECT pg_conf_load_time()");
        let before = read_at();
        self.sql("postgres", "SELECT pg_reload_conf()");
        let reloaded = wait_until(|| (read_at() != before).then_some(()));
        reloaded.expect("the server reads its settings again");
    }

    /// Puts a file, such as a key for TLS, where only the server can read it, and gives its place.
    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        self.folder.put(name, bytes)
    }

    /// Sets a variable of the server's environment, from its next start on.
    pub fn set_variable(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.variables.push((name, value.into()));
    }

    /// Stops the server and copies its data, to be looked at after the test.
    ///
    /// # Panics
    /// When it cannot be copied.
    pub fn copy_data(&mut self, to: &Path) {
        self.stop();
        let copied = Command::new("cp").arg("-R").arg(self.folder.data()).arg(to).status();
        assert!(copied.expect("there is a cp").success(), "{} can be written", to.display());
    }

    /// What the server wrote into its log so far.
    pub fn log(&self) -> String {
        let log = fs::read(self.folder.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Whether it ended by itself, as a server does whose disk fails when it recovers.
    pub fn has_ended(&mut self) -> bool {
        self.server.as_mut().is_some_and(|server| server.try_wait().expect("it is our child").is_some())
    }

    /// Whether it is a standby.
    pub fn is_standby(&self) -> bool {
        self.sql("postgres", "SELECT pg_is_in_recovery()") == [[Some("t".to_owned())]]
    }

    /// Makes a standby a primary, and returns when it is one.
    pub fn promote(&self) {
        let promoted = self.sql("postgres", "SELECT pg_promote(true, 60)");
        assert_eq!(promoted, [[Some("t".to_owned())]], "the standby is promoted");
    }

    /// Stops the server in good order, connections and all; if it cannot, in any order.
    pub fn stop(&mut self) {
        let Some(server) = &mut self.server else { return };
        signal("INT", [server.id()]);
        let ended = wait_until(|| server.try_wait().expect("it is our child"));
        match ended {
            Some(_) => self.server = None,
            None => self.kill_9(),
        }
    }

    /// Kills the server and every process of it with SIGKILL.
    pub fn kill_9(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // Frozen it makes no more children.
        signal("STOP", [server.id()]);
        let children = children(server.id());
        signal("KILL", children.iter().copied().chain([server.id()]));
        server.wait().expect("it is our child");
        let gone = wait_until(|| (!signal("0", children.iter().copied())).then_some(()));
        gone.expect("the server's processes end");
    }

    /// Starts the server again, on the same port with the same data; stops it first if it runs.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.stop();
        self.launch().unwrap_or_else(|log| panic!("PostgreSQL does not start again:\n{log}"));
    }

    /// Stops every process of the server with SIGSTOP: it neither answers nor closes anything.
    pub fn freeze(&self) {
        let Some(server) = &self.server else { return };
        signal("STOP", [server.id()]);
        signal("STOP", children(server.id()));
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        let Some(server) = &self.server else { return };
        signal("CONT", children(server.id()).into_iter().chain([server.id()]));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.folder.end();
        if let Some(mut server) = self.server.take() {
            // The guardian has ended it.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// The folder of a server, who may go there, and who cleans up.
struct ServerFolder {
    folder: PathBuf,
    programs: PathBuf,
    /// Whom to run programs as: PostgreSQL refuses to be root.
    account: Option<(u32, u32)>,
    /// Ends the server and removes the folder as soon as its input ends.
    guardian: Child,
}

impl ServerFolder {
    fn new() -> Self {
        assert_named();
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("maitred-postgres.").tempdir_in(reachable_folder());
        let folder = folder.expect("a folder for temporary files");
        let is_root = fs::metadata(folder.path()).expect("it is ours").uid() == 0;
        let account = is_root.then(account);
        if let Some((uid, gid)) = account {
            chown(folder.path(), Some(uid), Some(gid)).expect("root may give a folder away");
        }
        let mut guardian = Command::new("sh");
        guardian.args(["-c", END, "end-postgres.sh"]).arg(folder.path()).process_group(0);
        guardian.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let guardian = guardian.spawn().expect("there is a sh");
        Self { folder: folder.keep(), programs, account, guardian }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A program of PostgreSQL, apart from whatever the surroundings set.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.env_clear().env("LC_ALL", "C").current_dir(&self.folder).stdin(Stdio::null());
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn run(&self, name: &str, arguments: impl Iterator<Item = impl AsRef<OsStr>>) {
        let output = self.program(name).args(arguments).output().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Adds settings; of two with one name the later holds.
    fn configure(&self, settings: &[(&str, &str)]) {
        let lines = settings.iter().map(|(name, value)| format!("{name} = '{}'\n", value.replace('\'', "''")));
        let file = fs::File::options().append(true).open(self.data().join("postgresql.conf"));
        let written = file.and_then(|mut file| file.write_all(lines.collect::<String>().as_bytes()));
        written.expect("the settings can be written");
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, bytes).expect("the folder is ours");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("the file is ours");
        if let Some((uid, gid)) = self.account {
            chown(&path, Some(uid), Some(gid)).expect("root may give a file away");
        }
        path
    }

    fn end(&mut self) {
        drop(self.guardian.stdin.take());
        let _ = self.guardian.wait();
    }
}

impl Drop for ServerFolder {
    fn drop(&mut self) {
        self.end();
    }
}

/// A test that needs a server says so in its name, or nobody could leave it out. libtest names a test's thread after
/// it; the suite that runs on either engine is left out as a whole.
fn assert_named() {
    let thread = std::thread::current();
    let test = thread.name().filter(|name| name.contains("::"));
    let is_named =
        test.is_none_or(|test| test.contains("postgres")) || std::env::var_os("MAITRED_TEST_ENGINE").is_some();
    assert!(is_named, "a test that needs PostgreSQL has `postgres` in its full name, and {test:?} has not");
}

fn programs() -> PathBuf {
    let found = Command::new("sh").args(["-c", FIND]).output().expect("there is a sh");
    assert!(
        found.status.success(),
        "{}Or leave out what needs it: MAITRED_SKIP_POSTGRES=1 make test, or cargo nextest run \
         -E 'not test(postgres)'.",
        String::from_utf8_lossy(&found.stderr)
    );
    PathBuf::from(String::from_utf8_lossy(&found.stdout).trim_end())
}

/// The folder for temporary files, or another one if not everybody may go there.
fn reachable_folder() -> PathBuf {
    let is_open = |path: &Path| fs::metadata(path).is_ok_and(|it| it.permissions().mode() & 0o001 != 0);
    let folders = [std::env::temp_dir(), PathBuf::from("/tmp"), PathBuf::from("/var/tmp")];
    let [usual, ..] = &folders;
    let is_reachable = |folder: &&PathBuf| folder.is_absolute() && folder.ancestors().all(is_open);
    folders.iter().find(is_reachable).unwrap_or(usual).clone()
}

/// User and group of `postgres`, or of `nobody`.
fn account() -> (u32, u32) {
    let id = |of: &str, user: &str| -> Option<u32> {
        let said = Command::new("id").args([of, user]).output().ok()?;
        String::from_utf8_lossy(&said.stdout).trim().parse().ok()
    };
    let found = ["postgres", "nobody"].into_iter().find_map(|user| Some((id("-u", user)?, id("-g", user)?)));
    found.expect("there is a user nobody")
}

fn free_port() -> u64 {
    let free = |port: &u64| u16::try_from(*port).is_ok_and(|port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    let mut ports = (0..100).map(|_| PORTS.start + random() % (PORTS.end - PORTS.start));
    ports.find(free).expect("a free port")
}

/// Another number each time: names and ports of tests must differ, and nothing is decided by them.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The processes that a server has started.
fn children(server: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{server}/task/{server}/children"));
    let ids = |text: &str| text.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>();
    let ps = || {
        let all = Command::new("ps").args(["-A", "-o", "ppid=", "-o", "pid="]).output().expect("there is a ps");
        let all = String::from_utf8_lossy(&all.stdout).into_owned();
        all.lines().map(ids).filter(|line| line[0] == server).map(|line| line[1]).collect()
    };
    listed.map_or_else(|_| ps(), |listed| ids(&listed))
}

/// Sends a signal to each of these processes; false if none of them is there.
fn signal(name: &str, processes: impl IntoIterator<Item = u32>) -> bool {
    let processes: Vec<String> = processes.into_iter().map(|id| id.to_string()).collect();
    let sent = |id: &String| {
        let status = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\" 2>/dev/null", name, id]).status();
        status.as_ref().is_ok_and(ExitStatus::success)
    };
    processes.iter().filter(|id| sent(id)).count() > 0
}

fn wait_until<T>(mut done: impl FnMut() -> Option<T>) -> Option<T> {
    let give_up = Instant::now() + WAIT_MAX;
    while Instant::now() < give_up {
        if let Some(done) = done() {
            return Some(done);
        }
        std::thread::park_timeout(REST);
    }
    None
}

/// Runs statements over a connection of their own, on a thread of its own: the caller may be on a runtime.
fn run(url: &str, sql: &str) -> Result<Vec<Vec<Option<String>>>, tokio_postgres::Error> {
    let work = async {
        let (client, connection) = tokio_postgres::connect(&format!("{url}?sslmode=disable"), NoTls).await?;
        tokio::spawn(connection);
        client.simple_query(sql).await
    };
    let messages = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(work)
        });
        thread.join().expect("no panic")
    })?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
        _ => None,
    });
    Ok(rows.collect())
}
