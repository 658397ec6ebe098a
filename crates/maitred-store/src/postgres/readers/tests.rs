//! Connections that go away under a read, and servers that do not answer.

use super::*;
use crate::testing::postgres::{Cluster, TestDatabase};
use crate::testing::{House, On, Reads};
use std::time::Instant;

fn readers(reads: &Reads) -> &Readers {
    let crate::Store::Postgres(readers) = reads.store() else { panic!("this house is a file") };
    readers
}

async fn backend(at: Snapshot) -> Result<i32, StoreError> {
    Ok(at.query_typed_one("SELECT pg_backend_pid()", &[]).await?.get(0))
}

#[test]
fn an_idle_connection_that_the_server_closed_is_replaced() {
    let house = House::on(On::Postgres);
    let reads = house.reads();
    let (readers, runtime) = (readers(&reads), reads.runtime());
    let before = runtime.block_on(readers.read(backend)).expect("readable");
    assert_eq!(runtime.block_on(readers.read(backend)).expect("readable"), before, "connections are used again");
    // Nobody looks at the connection until the next read: it looks as if it were there.
    house.database().sql(&format!("SELECT pg_terminate_backend({before}, 5000)"));
    let after = runtime.block_on(readers.read(backend)).expect("a new connection was taken");
    assert_ne!(after, before);
}

#[test]
fn a_read_that_is_broken_off_leaves_nothing_behind() {
    let mut house = House::on(On::Postgres);
    let reads = house.reads();
    let (readers, runtime) = (readers(&reads), reads.runtime());
    let slow = readers.read(async |at| Ok(at.batch_execute("SELECT pg_sleep(0.3)").await?));
    let broken_off = runtime.block_on(async { timeout(Duration::from_millis(100), slow).await });
    assert!(broken_off.is_err());
    house.operator("Anna", 5);
    assert_eq!(reads.get(async |store| store.last_position().await), 1, "the old state of the database is not kept");
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'maitred'";
    // The writer's, and the one of the reads.
    assert_eq!(house.database().sql(&format!("{count} AND datname = current_database()")), [[Some("2".to_owned())]]);
}

#[test]
fn a_failed_read_leaves_nothing_behind() {
    let house = House::on(On::Postgres);
    let reads = house.reads();
    let (readers, runtime) = (readers(&reads), reads.runtime());
    let failed = runtime.block_on(readers.read(async |at| Ok(at.batch_execute("SELECT 1 / 0").await?)));
    assert!(matches!(failed, Err(StoreError::Engine(_))), "{failed:?}");
    let writing = "INSERT INTO maitred.nodes VALUES (1, 1, 1, 1)";
    let refused = runtime.block_on(readers.read(async |at| Ok(at.batch_execute(writing).await?)));
    assert!(matches!(refused, Err(StoreError::Unreachable(_))), "reads do not write: {refused:?}");
    assert_eq!(reads.get(async |store| store.last_position().await), 0);
}

#[test]
fn more_reads_than_connections_wait_their_turn() {
    let house = House::on(On::Postgres);
    let reads = house.reads();
    let all = (0..CONNECTIONS_MAX * 10).map(|_| readers(&reads).read(backend));
    let backends = reads.runtime().block_on(futures_util::future::join_all(all));
    let backends: std::collections::BTreeSet<i32> = backends.into_iter().map(|pid| pid.expect("readable")).collect();
    assert!((1..=CONNECTIONS_MAX).contains(&backends.len()), "{backends:?}");
}

#[test]
fn a_database_without_our_schema_is_refused_and_read_once_it_has_it() {
    let database = TestDatabase::new();
    let (url, runtime) = (database.url::<crate::url::DatabaseUrl>(), runtime());
    let store = crate::Store::open(&url).expect("nothing is connected yet");
    let refused = runtime.block_on(store.last_position());
    assert!(matches!(&refused, Err(StoreError::Unusable(why)) if why.contains("maitred migrate")), "{refused:?}");
    crate::Engine::open(&url).expect("a new database").close();
    assert_eq!(runtime.block_on(store.last_position()).expect("readable"), 0);
    database.sql("INSERT INTO maitred.schema_history VALUES (1000, 'future', '', '')");
    let store = crate::Store::open(&url).expect("nothing is connected yet");
    assert!(matches!(runtime.block_on(store.last_position()), Err(StoreError::NewerSchema(1_000, _))));
}

#[test]
fn a_server_that_is_down_or_frozen_is_told_soon_and_read_when_it_is_back() {
    let mut cluster = Cluster::start(&[]);
    let url = cluster.database::<crate::url::DatabaseUrl>("one");
    crate::Engine::open(&url).expect("a new database").close();
    let (store, runtime) = (crate::Store::open(&url).expect("a URL"), runtime());
    let read = || runtime.block_on(store.last_position());
    assert_eq!(read().expect("readable"), 0);
    cluster.freeze();
    let began = Instant::now();
    let answer = read();
    assert!(matches!(answer, Err(StoreError::Unreachable(_))), "{answer:?}");
    assert!(began.elapsed() <= BEGIN_MAX + CREATE_MAX + Duration::from_secs(3), "{:?}", began.elapsed());
    cluster.thaw();
    assert_eq!(read().expect("readable"), 0);
    cluster.kill_9();
    let answer = read();
    assert!(matches!(answer, Err(StoreError::Unreachable(_))), "{answer:?}");
    cluster.restart();
    assert_eq!(read().expect("readable"), 0);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
