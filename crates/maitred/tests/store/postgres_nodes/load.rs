//! Clients that submit and resolve on whichever node answers, and remember what they were promised.

use crate::http::{Answer, Server, json, try_post};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

/// Contacts without which a test shows nothing.
pub const CONTACTS_MIN: usize = 201;
/// For how long clients may try to get them in on a busy machine.
pub const LASTING_MAX: Duration = Duration::from_secs(60);

/// Operators with little room, so that many wait, and one with a lot.
const MAX_LOADS: [i64; 3] = [5, 50, 500];

/// A source with three operators, made on any node.
pub fn set_up(node: &Server) {
    for max_load in MAX_LOADS {
        node.post("/api/v1/operators", &json!({"name": "Anna", "max_load": max_load})).created();
    }
    node.post("/api/v1/sources", &json!({"name": "Bot", "policy": "smooth_weighted"})).created();
    for (operator, weight) in [(1, 10), (2, 30), (3, 60)] {
        node.post("/api/v1/sources/1/operators", &json!({"operator_id": operator, "weight": weight})).created();
    }
}

/// What all clients share.
#[derive(Default)]
pub struct Load {
    /// Where the nodes listen now.
    pub nodes: RwLock<Vec<SocketAddr>>,
    acknowledged: Mutex<BTreeMap<i64, String>>,
    refused: AtomicU64,
    person: AtomicU64,
    is_over: AtomicBool,
}

impl Load {
    /// Runs so many clients until `steer` returns.
    pub fn run(&self, clients: usize, steer: impl FnOnce()) {
        self.is_over.store(false, Ordering::Relaxed);
        std::thread::scope(|scope| {
            for client in 0..clients {
                scope.spawn(move || self.client(client));
            }
            // Clients end also when the steering panics.
            let _over = Over(self);
            steer();
        });
    }

    fn client(&self, client: usize) {
        for turn in client.. {
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner).clone();
            let Some(node) = nodes.get(turn % nodes.len().max(1)).copied() else { continue };
            let external_id = format!("person-{}", self.person.fetch_add(1, Ordering::Relaxed));
            let contact = json!({"source_id": 1, "lead_external_id": external_id});
            match try_post(node, "/api/v1/contacts", &contact) {
                Some(answer) if answer.status == 201 => self.keep(node, &answer, external_id),
                Some(answer) => {
                    assert_eq!(answer.status, 503, "{}", answer.body);
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    std::thread::park_timeout(std::time::Duration::from_millis(5));
                }
                // The node is gone; another one may be there.
                None => std::thread::park_timeout(std::time::Duration::from_millis(5)),
            }
        }
    }

    fn keep(&self, node: SocketAddr, answer: &Answer, external_id: String) {
        let id = answer.body["id"].as_i64().expect("a contact has an id");
        let before = self.acknowledged().insert(id, external_id);
        assert_eq!(before, None, "two contacts have the id {id}");
        if id % 2 == 0 {
            let _ = try_post(node, &format!("/api/v1/contacts/{id}/resolve"), &json!({}));
        }
    }

    /// What clients got a 201 for: external ids by the id of the contact.
    pub fn acknowledged(&self) -> MutexGuard<'_, BTreeMap<i64, String>> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that all of it is there, and as it was promised.
    pub fn assert_stored(&self, rows: impl Fn(&str) -> Vec<Vec<Option<String>>>) {
        let sql = "SELECT c.id || ' ' || i.value FROM maitred.contacts c \
                   JOIN maitred.identities i ON i.lead_id = c.lead_id";
        let stored: BTreeSet<String> = super::first_column(rows(sql)).into_iter().collect();
        for (id, external_id) in &*self.acknowledged() {
            assert!(stored.contains(&format!("{id} {external_id}")), "contact {id} of {external_id} is lost");
        }
    }

    /// How many contacts were answered 503.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

struct Over<'a>(&'a Load);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }
}
