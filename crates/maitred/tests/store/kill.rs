//! The server is killed with -9 under load, again and again. Every contact that was answered 201 is there afterwards,
//! once, and every invariant holds.

use crate::http::{Server, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const KILLS: u64 = 8;
const CLIENTS: usize = 8;

#[test]
fn a_contact_that_was_answered_201_survives_kill_9() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("maitred.db");
    let acknowledged = Mutex::new(BTreeMap::new());
    let person = AtomicU64::new(0);
    for round in 0..KILLS {
        let mut server = Server::start(&database);
        if round == 0 {
            set_up(&server);
        }
        assert_all_there(&server, &acknowledged);
        load_until_killed(&mut server, round, &person, &acknowledged);
    }
    let server = Server::start(&database);
    assert_all_there(&server, &acknowledged);
    drop(server);
    assert!(acknowledged.lock().expect("nobody panicked").len() > 100, "the load was no load");
    crate::http::assert_verifies(&database);
}

fn set_up(server: &Server) {
    for max_load in [5, 50, 500] {
        server.post("/api/v1/operators", &json!({"name": "Anna", "max_load": max_load})).created();
    }
    server.post("/api/v1/sources", &json!({"name": "Bot", "policy": "smooth_weighted"})).created();
    for (operator, weight) in [(1, 10), (2, 30), (3, 60)] {
        server.post("/api/v1/sources/1/operators", &json!({"operator_id": operator, "weight": weight})).created();
    }
}

/// Clients that submit and resolve until the server is gone. What they got a 201 for is noted.
fn load_until_killed(server: &mut Server, round: u64, person: &AtomicU64, acknowledged: &Mutex<BTreeMap<i64, String>>) {
    let over = AtomicBool::new(false);
    let address = server.address;
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let external_id = format!("person-{}", person.fetch_add(1, Ordering::Relaxed));
                    let contact = json!({"source_id": 1, "lead_external_id": external_id});
                    let Some(answer) = crate::http::try_post(address, "/api/v1/contacts", &contact) else { break };
                    if answer.status != 201 {
                        continue;
                    }
                    let id = answer.body["id"].as_i64().expect("a contact has an id");
                    let before = acknowledged.lock().expect("nobody panicked").insert(id, external_id);
                    assert_eq!(before, None, "two contacts have the id {id}");
                    if id % 2 == 0 {
                        let resolve = format!("/api/v1/contacts/{id}/resolve");
                        let _ = crate::http::try_post(address, &resolve, &json!({}));
                    }
                }
            });
        }
        // Each round is killed at another moment of its life.
        std::thread::park_timeout(Duration::from_millis(150 + round * 37));
        server.kill();
        over.store(true, Ordering::Relaxed);
    });
}

fn assert_all_there(server: &Server, acknowledged: &Mutex<BTreeMap<i64, String>>) {
    for (id, external_id) in &*acknowledged.lock().expect("nobody panicked") {
        let contact = server.get(&format!("/api/v1/contacts/{id}"));
        assert_eq!(contact.status, 200, "contact {id} of {external_id} is lost");
    }
}
