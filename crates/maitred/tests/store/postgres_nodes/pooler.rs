//! PgBouncer in transaction mode: every transaction of a node may land on another connection of the server.

use super::load::{CONTACTS_MIN, LASTING_MAX, Load, set_up};
use crate::http::Server;
use maitred_store::testing::postgres::TestDatabase;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The user `nobody`.
const NOBODY: u32 = 65_534;

/// A pooler of its own; ended by its pid when dropped.
struct PgBouncer {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl PgBouncer {
    fn before(database: &TestDatabase) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let (server, _) = super::place(&database.url::<String>());
        let config = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 3\n\
             max_client_conn = 200\n",
            server.ip(),
            server.port()
        );
        // With `auth_type = any` the user of the database is named here.
        let config = config.replace("port=", "user=maitred port=");
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, config).expect("the folder can be written");
        let mut command = Command::new(program());
        if std::fs::metadata(folder.path()).expect("it is ours").uid() == 0 {
            // It refuses to run as root.
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), None).expect("root may give a folder away");
            command.uid(NOBODY);
        }
        let process = command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let pooler = Self { process, port, _folder: folder };
        super::wait_until("the pooler listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        pooler
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> &'static str {
    let known =
        ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];
    let found = known.into_iter().find(|path| Path::new(path).exists());
    found.expect("PgBouncer is missing. Debian and Ubuntu: apt-get install pgbouncer; macOS: brew install pgbouncer")
}

#[test]
fn a_pooler_in_transaction_mode_needs_no_switch() {
    let database = TestDatabase::new();
    let pooler = PgBouncer::before(&database);
    let (_, name) = super::place(&database.url::<String>());
    let url = format!("postgres://maitred@127.0.0.1:{}/{name}", pooler.port);
    let nodes = [Server::on(&url), Server::on(&url)];
    set_up(&nodes[0]);
    let load = Load::default();
    *load.nodes.write().unwrap_or_else(PoisonError::into_inner) = nodes.iter().map(|node| node.address).collect();
    // On a busy machine it takes longer to get some.
    load.run(16, || {
        let until = Instant::now() + LASTING_MAX;
        while load.acknowledged().len() < CONTACTS_MIN && Instant::now() < until {
            std::thread::park_timeout(Duration::from_secs(2));
        }
    });
    for node in &nodes {
        assert_eq!(node.get("/api/v1/contacts?limit=1000").status, 200);
        assert_eq!(node.get("/api/v1/stats/distribution").status, 200);
    }
    nodes.into_iter().for_each(|node| assert!(node.terminate().success()));
    assert!(load.acknowledged().len() >= CONTACTS_MIN, "{} contacts", load.acknowledged().len());
    load.assert_stored(|sql| database.sql(sql));
    super::assert_verifies(&url);
}
