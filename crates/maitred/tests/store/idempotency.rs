//! Requests with a key against processes: clients that send again until they are answered, while the server is killed
//! with -9, and several nodes that get the same request at once.

use crate::http::{Server, json, try_once};
use maitred_store::testing::postgres::TestDatabase;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

const KILLS: u32 = 6;
const CLIENTS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

fn set_up(server: &Server) {
    server.post("/api/v1/operators", &json!({"name": "Anna", "max_load": 1_000_000})).created();
    server.post("/api/v1/sources", &json!({"name": "Bot"})).created();
    server.post("/api/v1/sources/1/operators", &json!({"operator_id": 1})).created();
}

/// Sends one contact until it is answered, whatever becomes of the server, and gives its id.
fn insist(address: &RwLock<SocketAddr>, key: &str) -> i64 {
    let give_up = Instant::now() + PATIENCE;
    let contact = json!({"source_id": 1, "lead_external_id": key});
    while Instant::now() < give_up {
        let server = *address.read().expect("nobody panicked");
        match try_once(server, key, "/api/v1/contacts", &contact) {
            Some(answer) if answer.status == 201 => return answer.body["id"].as_i64().expect("an id"),
            Some(answer) => assert_eq!(answer.status, 503, "{}", answer.body),
            None => std::thread::park_timeout(Duration::from_millis(5)),
        }
    }
    panic!("no answer to {key} within {PATIENCE:?}");
}

#[test]
fn sending_again_after_kill_9_makes_no_second_contact() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("maitred.db");
    let mut server = Server::start(&database);
    set_up(&server);
    let address = RwLock::new(server.address);
    let answered: Mutex<BTreeMap<String, i64>> = Mutex::default();
    let working = AtomicUsize::new(CLIENTS);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (address, answered, working) = (&address, &answered, &working);
            scope.spawn(move || {
                for n in 0..150 {
                    let key = format!("{client}-{n}");
                    let id = insist(address, &key);
                    answered.lock().expect("nobody panicked").insert(key, id);
                }
                working.fetch_sub(1, Ordering::Relaxed);
            });
        }
        for kill in 0..KILLS {
            std::thread::park_timeout(Duration::from_millis(60 + u64::from(kill) * 23));
            server.kill();
            server = Server::start(&database);
            *address.write().expect("nobody panicked") = server.address;
        }
    });
    let answered = answered.into_inner().expect("nobody panicked");
    assert_eq!(working.load(Ordering::Relaxed), 0);
    assert_eq!(answered.len(), CLIENTS * 150);
    assert_eq!(answered.values().collect::<BTreeSet<_>>().len(), answered.len(), "two keys share a contact");
    assert_eq!(contacts_in(&database), answered.len() as i64, "a contact was made twice");
    // The server that runs now knows them all, and so does the next.
    for restarted in [false, true] {
        if restarted {
            assert!(server.terminate().success());
            server = Server::start(&database);
        }
        let (key, id) = answered.iter().next().expect("there are some");
        let again =
            server.post_with_key(key, "/api/v1/contacts", &json!({"source_id": 1, "lead_external_id": key})).created();
        assert_eq!(again["id"], *id);
    }
    drop(server);
    crate::http::assert_verifies(&database);
}

fn contacts_in(database: &Path) -> i64 {
    let conn = rusqlite::Connection::open(database).expect("the file opens");
    conn.query_row("SELECT count(*) FROM contacts", [], |row| row.get(0)).expect("a count")
}

#[test]
fn fifty_requests_with_one_key_to_three_postgres_nodes_make_one_contact() {
    let database = TestDatabase::new();
    let nodes: Vec<Server> = (0..3).map(|_| Server::on(&database.url::<String>())).collect();
    set_up(&nodes[0]);
    let contact = json!({"source_id": 1, "lead_phone": "+79991234567", "message": "Hello!", "source_event_id": 7});
    for round in 0..5 {
        let key = format!("round-{round}");
        let contact = json!({"round": round, "source_id": 1, "lead_phone": "+79991234567", "message": "Hello!"});
        let answers: Vec<String> = std::thread::scope(|scope| {
            let send = |n: usize| {
                let (node, key, contact) = (&nodes[n % nodes.len()], &key, &contact);
                scope.spawn(move || node.post_with_key(key, "/api/v1/contacts", contact).created().to_string())
            };
            let clients: Vec<_> = (0..50).map(send).collect();
            clients.into_iter().map(|client| client.join().expect("it is answered")).collect()
        });
        assert_eq!(answers.iter().collect::<BTreeSet<_>>().len(), 1, "{answers:#?}");
    }
    let of_event: BTreeSet<String> =
        nodes.iter().map(|node| node.post("/api/v1/contacts", &contact).created().to_string()).collect();
    assert_eq!(of_event.len(), 1);
    assert_eq!(database.sql("SELECT count(*) FROM maitred.contacts"), [[Some("6".to_owned())]]);
    // A node that was not there at the time answers the same.
    let late = Server::on(&database.url::<String>());
    assert!(of_event.contains(&late.post("/api/v1/contacts", &contact).created().to_string()));
    assert_eq!(late.post_with_key("round-0", "/api/v1/contacts", &contact).status, 422);
}
