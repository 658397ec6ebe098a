//! Offers that run out on two nodes of which one after the other is killed: each expires once, with nobody asked twice
//! in a round, and every contact ends up where the rules say.

use crate::http::{Server, json, try_post};
use maitred_core::EventKind;
use maitred_store::clock::Seeds;
use maitred_store::testing::postgres::TestDatabase;
use std::time::Duration;

const OFFERS: usize = 1_000;
const CLIENTS: usize = 20;
const OPERATORS: i64 = 2;
/// How long an offer may be accepted, in seconds: the least that a source may have.
const ACCEPT_WITHIN_S: i64 = 5;
/// Longer than this test takes, so that a contact that nobody accepted rests until its end.
const RETRY_AFTER_S: i64 = 3_600;

/// Two operators who answer no offer, each with room for all.
fn set_up(node: &Server) {
    let rules = json!({"name": "Bot", "accept_within_s": ACCEPT_WITHIN_S, "retry_after_s": RETRY_AFTER_S});
    node.post("/api/v1/sources", &rules).created();
    for operator in 1..=OPERATORS {
        node.post("/api/v1/operators", &json!({"name": "Anna", "max_load": OFFERS})).created();
        node.post("/api/v1/sources/1/operators", &json!({"operator_id": operator, "weight": 1})).created();
    }
}

/// Has so many contacts offered.
fn offer(node: &Server, contacts: usize) {
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                for number in 0..contacts / CLIENTS {
                    let body = json!({"source_id": 1, "lead_external_id": format!("{client}-{number}")});
                    let contact =
                        try_post(node.address, "/api/v1/contacts", &body).expect("the node answers").created();
                    assert_eq!(contact["status"], "assigned", "{contact}");
                }
            });
        }
    });
}

#[test]
fn a_thousand_offers_expire_once_each_while_nodes_are_killed() {
    let database = TestDatabase::new();
    let url: String = database.url();
    let mut nodes = [Server::on(&url), Server::on(&url)];
    set_up(&nodes[0]);
    offer(&nodes[0], OFFERS);
    let count = |sql: &str| -> usize {
        let rows = super::first_column(database.sql(sql));
        rows.first().and_then(|count| count.parse().ok()).expect("a number")
    };
    let of_expired = format!("FROM maitred.events WHERE kind = {}", EventKind::ContactOfferExpired as i64);
    let expired = || count(&format!("SELECT count(*) {of_expired}"));
    let all = OFFERS * OPERATORS as usize;
    let (mut seeds, mut kills_between) = (Seeds::fixed(5), 0);
    super::wait_until("the first offers are over", || expired() > 0);
    while expired() < all && kills_between < 8 {
        let victim = (seeds.take() % 2) as usize;
        nodes[victim].kill();
        nodes[victim] = Server::on(&url);
        kills_between += usize::from(expired() < all);
        std::thread::park_timeout(Duration::from_millis(100 + seeds.take() % 900));
    }
    super::wait_until("all offers are over", || expired() == all);
    assert!(kills_between >= 2, "all was over before nodes were killed");
    nodes.into_iter().for_each(|node| assert!(node.terminate().success()));
    let once_each = format!("SELECT count(DISTINCT (contact_id, detail::jsonb ->> 'from_operator_id')) {of_expired}");
    let resting = "SELECT count(*) FROM maitred.contacts WHERE retry_at IS NOT NULL AND operator_id IS NULL";
    assert_eq!((expired(), count(&once_each), count(resting)), (all, all, OFFERS));
    super::assert_verifies(&url);
}

#[test]
fn a_node_that_was_frozen_while_offers_ran_out_tells_of_none_again() {
    const CONTACTS: usize = 200;
    let database = TestDatabase::new();
    let url: String = database.url();
    let [frozen, other] = [Server::on(&url), Server::on(&url)];
    set_up(&frozen);
    offer(&frozen, CONTACTS);
    let all = CONTACTS * OPERATORS as usize;
    let of_expired = format!("FROM maitred.events WHERE kind = {}", EventKind::ContactOfferExpired as i64);
    let count = |what: &str| -> usize {
        let rows = super::first_column(database.sql(&format!("SELECT count({what}) {of_expired}")));
        rows.first().and_then(|count| count.parse().ok()).expect("a number")
    };
    super::signal("STOP", frozen.id());
    super::wait_until("all offers are over", || count("*") == all);
    super::signal("CONT", frozen.id());
    // It wakes with all timers behind it that it knew of, and with what its clock says now.
    let body = json!({"source_id": 1, "lead_external_id": "awake"});
    assert_eq!(frozen.post("/api/v1/contacts", &body).created()["status"], "assigned");
    assert_eq!((count("*"), count("DISTINCT (contact_id, detail::jsonb ->> 'from_operator_id')")), (all, all));
    for node in [frozen, other] {
        assert!(node.terminate().success());
    }
    super::assert_verifies(&url);
}
