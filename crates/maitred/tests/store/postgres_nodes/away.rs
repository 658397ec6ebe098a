//! The database is away, dies, or moves: callers get a 503 that is true, and everything goes on by itself.

use super::load::{Load, set_up};
use crate::http::{Server, json, try_post};
use maitred_store::testing::postgres::Cluster;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

const CLIENTS: usize = 16;

/// Durable, as a server is out of the box.
const DURABLE: (&str, &str) = ("fsync", "on");

#[test]
fn a_database_that_is_away_is_told_of_and_waited_for() {
    let mut cluster = Cluster::start(&[DURABLE]);
    let url: String = cluster.database("maitred");
    let node = Server::on(&url);
    set_up(&node);
    cluster.stop();
    let contact = json!({"source_id": 1, "lead_external_id": "patience"});
    let refused = node.post("/api/v1/contacts", &contact);
    assert_eq!((refused.status, &refused.body["type"]), (503, &json!("/problems/store-unavailable")));
    let raw = super::raw(node.address, "POST", "/api/v1/contacts", &contact.to_string());
    assert!(raw.to_ascii_lowercase().contains("\r\nretry-after: "), "{raw}");
    assert_eq!(node.get("/readyz").status, 503);
    assert_eq!(node.get("/api/v1/operators").status, 503);
    assert!(super::raw(node.address, "GET", "/healthz", "").starts_with("HTTP/1.1 200"));
    let metrics = super::raw(node.address, "GET", "/metrics", "");
    assert!(
        metrics.contains("\nmaitred_batches_failed_total ") && metrics.contains("_waiting_contacts NaN"),
        "{metrics}"
    );
    cluster.restart();
    super::wait_until("the node is ready again", || {
        super::raw(node.address, "GET", "/readyz", "").starts_with("HTTP/1.1 200")
    });
    node.post("/api/v1/contacts", &contact).created();
    assert!(node.terminate().success());
    super::assert_verifies(&url);
}

#[test]
fn what_was_answered_201_survives_the_death_of_the_database() {
    let mut cluster = Cluster::start(&[DURABLE]);
    let url: String = cluster.database("maitred");
    let nodes = [Server::on(&url), Server::on(&url)];
    set_up(&nodes[0]);
    let load = Load::default();
    *load.nodes.write().unwrap_or_else(PoisonError::into_inner) = nodes.iter().map(|node| node.address).collect();
    load.run(CLIENTS, || {
        for _ in 0..3 {
            let before = load.acknowledged().len();
            super::wait_until("the load goes on", || load.acknowledged().len() > before + 50);
            cluster.kill_9();
            std::thread::park_timeout(Duration::from_millis(300));
            cluster.restart();
        }
        let before = load.acknowledged().len();
        super::wait_until("the load goes on", || load.acknowledged().len() > before + 50);
    });
    nodes.into_iter().for_each(|node| assert!(node.terminate().success()));
    load.assert_stored(|sql| cluster.sql("maitred", sql));
    super::assert_verifies(&url);
}

#[test]
fn what_was_answered_201_is_on_the_standby_that_takes_over() {
    let mut primary = Cluster::start(&[DURABLE]);
    primary.database::<String>("maitred");
    let standby = Cluster::standby_of(&primary);
    primary.set(&[("synchronous_standby_names", "standby")]);
    let both = format!("postgres://maitred@127.0.0.1:{},127.0.0.1:{}/maitred", primary.port(), standby.port());
    let nodes = [Server::on(&both), Server::on(&both)];
    set_up(&nodes[0]);
    let load = Load::default();
    *load.nodes.write().unwrap_or_else(PoisonError::into_inner) = nodes.iter().map(|node| node.address).collect();
    load.run(CLIENTS, || {
        super::wait_until("the load goes on", || load.acknowledged().len() > 100);
        primary.kill_9();
        standby.promote();
        let before = load.acknowledged().len();
        super::wait_until("the load goes on at the standby", || load.acknowledged().len() > before + 100);
    });
    nodes.into_iter().for_each(|node| assert!(node.terminate().success()));
    load.assert_stored(|sql| standby.sql("maitred", sql));
    super::assert_verifies(&standby.url::<String>("maitred"));
}

#[test]
fn a_node_that_freezes_in_the_middle_of_its_work_holds_nobody_up_for_long() {
    let cluster = Cluster::start(&[DURABLE]);
    let url: String = cluster.database("maitred");
    let (frozen, other) = (Server::on(&url), Server::on(&url));
    set_up(&other);
    // A session that has the turn and says nothing more is a frozen node to everybody else.
    let session = super::Session::open(&url);
    session.execute(super::TAKES_THE_TURN);
    super::signal("STOP", frozen.id());
    let began = Instant::now();
    other.post("/api/v1/contacts", &json!({"source_id": 1, "lead_external_id": "patience"})).created();
    assert!(began.elapsed() < Duration::from_secs(8), "held up for {:?}", began.elapsed());
    assert!(began.elapsed() > Duration::from_secs(2), "the turn was not taken: {:?}", began.elapsed());
    super::signal("CONT", frozen.id());
    frozen.post("/api/v1/contacts", &json!({"source_id": 1, "lead_external_id": "awake"})).created();
    for node in [frozen, other] {
        assert!(node.terminate().success());
    }
    super::assert_verifies(&url);
}

#[test]
fn a_drain_that_a_dead_node_left_behind_is_gone_on_with_by_another() {
    const WAITING: usize = 3_000;
    let cluster = Cluster::start(&[]);
    let url: String = cluster.database("maitred");
    let (mut doomed, other) = (Server::on(&url), Server::on(&url));
    doomed.post("/api/v1/operators", &json!({"name": "Anna", "max_load": 0})).created();
    doomed.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    doomed.post("/api/v1/sources/1/operators", &json!({"operator_id": 1, "weight": 1})).created();
    std::thread::scope(|scope| {
        for client in 0..20 {
            let address = doomed.address;
            scope.spawn(move || {
                for number in 0..WAITING / 20 {
                    let body = json!({"source_id": 1, "lead_external_id": format!("{client}-{number}")});
                    try_post(address, "/api/v1/contacts", &body).expect("the node answers").created();
                }
            });
        }
    });
    let raised = doomed.patch("/api/v1/operators/1", &json!({"max_load": WAITING}));
    doomed.kill();
    assert_eq!(raised.status, 200, "{}", raised.body);
    super::wait_until("the other node assigned them all", || {
        other.get("/api/v1/operators/1").body["current_load"] == json!(WAITING)
    });
    assert!(other.terminate().success());
    super::assert_verifies(&url);
}
