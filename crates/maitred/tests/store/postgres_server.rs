//! The servers that tests run on: they can be killed, frozen, followed and promoted, and they leave nothing behind.

use maitred_store::testing::postgres::{Cluster, TestDatabase};
use std::path::PathBuf;
use std::time::Duration;

/// Where the server keeps its data.
fn data_of(cluster: &Cluster) -> PathBuf {
    let shown = cluster.sql("postgres", "SHOW data_directory");
    PathBuf::from(shown[0][0].as_deref().expect("a folder"))
}

fn count(cluster: &Cluster) -> Option<String> {
    cluster.sql("house", "SELECT count(*) FROM guests")[0][0].clone()
}

fn with_a_guest(settings: &[(&str, &str)]) -> Cluster {
    let cluster = Cluster::start(settings);
    let url: String = cluster.database("house");
    assert!(url.ends_with(&format!(":{}/house", cluster.port())), "{url}");
    cluster.sql("house", "CREATE TABLE guests (name TEXT); INSERT INTO guests VALUES ('Olga')");
    cluster
}

#[test]
fn a_database_is_empty_and_gone_afterwards() {
    let (first, second) = (TestDatabase::new(), TestDatabase::new());
    first.sql("CREATE TABLE guests (name TEXT)");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!((first.sql(tables), second.sql(tables)), (vec![vec![Some("1".into())]], vec![vec![Some("0".into())]]));
    let name = first.sql("SELECT current_database()")[0][0].clone().expect("a name");
    drop(first);
    let left = second.sql(&format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"));
    assert!(left.is_empty());
}

#[test]
fn a_killed_server_has_its_data_after_a_restart() {
    let mut cluster = with_a_guest(&[("shared_buffers", "1MB")]);
    assert_eq!(cluster.sql("house", "SHOW shared_buffers"), [[Some("1MB".to_owned())]]);
    let data = data_of(&cluster);
    cluster.kill_9();
    cluster.restart();
    assert_eq!((count(&cluster), data_of(&cluster)), (Some("1".to_owned()), data));
    assert!(cluster.log().contains("database system was not properly shut down"), "{}", cluster.log());
    cluster.stop();
    assert!(std::net::TcpStream::connect(("127.0.0.1", cluster.port())).is_err());
    cluster.set(&[("max_connections", "7")]);
    cluster.restart();
    assert_eq!(cluster.sql("house", "SHOW max_connections"), [[Some("7".to_owned())]]);
}

#[test]
fn a_frozen_server_answers_when_it_is_thawed() {
    let cluster = with_a_guest(&[]);
    cluster.freeze();
    std::thread::scope(|scope| {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let asked = &cluster;
        scope.spawn(move || answer.send(count(asked)).expect("we listen"));
        answered.recv_timeout(Duration::from_millis(300)).expect_err("it is frozen");
        cluster.thaw();
        assert_eq!(answered.recv().expect("an answer"), Some("1".to_owned()));
    });
}

#[test]
fn a_commit_waits_for_its_standby_which_can_take_over() {
    let mut primary = with_a_guest(&[]);
    let standby = Cluster::standby_of(&primary);
    assert!(standby.is_standby() && !primary.is_standby());
    primary.set(&[("synchronous_standby_names", "standby"), ("synchronous_commit", "remote_apply")]);
    primary.sql("house", "INSERT INTO guests VALUES ('Ivan')");
    assert_eq!(count(&standby), Some("2".to_owned()));
    primary.kill_9();
    standby.promote();
    assert!(!standby.is_standby());
    standby.sql("house", "INSERT INTO guests VALUES ('Anna')");
    assert_eq!(count(&standby), Some("3".to_owned()));
}

#[test]
fn a_setting_and_a_file_reach_a_running_server() {
    let cluster = Cluster::start(&[]);
    let words = cluster.put("words", b"about work_mem");
    cluster.set(&[("work_mem", "5MB")]);
    let read = format!("SELECT current_setting('work_mem'), pg_read_file('{}')", words.display());
    assert_eq!(cluster.sql("postgres", &read), [[Some("5MB".to_owned()), Some("about work_mem".to_owned())]]);
}

#[test]
fn a_connection_can_be_cut() {
    let cluster = with_a_guest(&[]);
    let url: String = cluster.url("house");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (client, connection) =
        runtime.block_on(tokio_postgres::connect(&url, tokio_postgres::NoTls)).expect("a way in");
    let connection = runtime.spawn(connection);
    runtime.block_on(client.simple_query("SELECT 1")).expect("it answers");
    cluster.disconnect("house");
    let told = runtime.block_on(connection).expect("no panic").expect_err("it was cut");
    assert_eq!(told.code().map(tokio_postgres::error::SqlState::code), Some("57P01"));
}

#[test]
fn nothing_is_left_of_a_server_not_even_by_a_panic() {
    let place = std::sync::Mutex::new(PathBuf::new());
    let panicked = std::panic::catch_unwind(|| {
        let cluster = Cluster::start(&[]);
        *place.lock().expect("nobody panicked") = data_of(&cluster);
        cluster.freeze();
        panic!("as a test that fails");
    });
    assert!(panicked.is_err());
    let data = place.into_inner().expect("nobody panicked while it was locked");
    assert!(data.ends_with("data") && !data.parent().expect("a folder of its own").exists());
    let all = std::process::Command::new("ps").args(["-A", "-o", "args="]).output().expect("there is a ps");
    let all = String::from_utf8_lossy(&all.stdout).into_owned();
    assert!(!all.contains(data.to_str().expect("plain text")), "{all}");
}
