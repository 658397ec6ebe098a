//! A listener that follows the feed over whichever node answers, through all that breaks: it must see every event once,
//! in order, and none that is gone later.

use crate::http::{Request, send};
use crate::process::lock;
use crate::recount::Snapshot;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::Duration;

/// The kinds in the order of their codes.
const KINDS: [&str; 22] = [
    "contact_created",
    "contact_assigned",
    "contact_released",
    "contact_transferred",
    "contact_resolved",
    "contact_reopened",
    "contact_edited",
    "contact_deleted",
    "operator_created",
    "operator_edited",
    "operator_deleted",
    "source_created",
    "source_edited",
    "source_deleted",
    "weight_set",
    "weight_removed",
    "lead_edited",
    "lead_merged",
    "duplicate_found",
    "lead_erased",
    "lead_split",
    "contact_noted",
];

/// What was seen: kind and contact, by position.
#[derive(Default)]
pub(crate) struct Feed {
    seen: Mutex<Vec<(String, i64)>>,
    wrong: Mutex<Vec<String>>,
}

impl Feed {
    pub(crate) fn follow(&self, addresses: &RwLock<Vec<SocketAddr>>, is_over: &AtomicBool) {
        for turn in 0.. {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            let addresses = addresses.read().expect("nobody panicked").clone();
            if let Some(address) = addresses.get(turn % addresses.len().max(1)) {
                self.read_on(*address);
            }
            std::thread::park_timeout(Duration::from_millis(40));
        }
    }

    fn read_on(&self, address: SocketAddr) {
        let from = lock(&self.seen).len();
        let request = Request::get(format!("/api/v1/events?limit=1000&after={from}"));
        let Some(reply) = send(address, &request, Duration::from_secs(10)).filter(|it| it.status == 200) else {
            return;
        };
        let page = reply.json();
        for (event, place) in page.as_array().into_iter().flatten().zip(from + 1..) {
            if event["position"].as_u64() != Some(place as u64) {
                lock(&self.wrong).push(format!("event {} came at position {place}", event["position"]));
                return;
            }
            let kind = event["kind"].as_str().unwrap_or_default().to_owned();
            lock(&self.seen).push((kind, event["contact_id"].as_i64().unwrap_or_default()));
        }
    }

    /// What was seen and is not stored.
    pub(crate) fn compare(&self, snapshot: &Snapshot) -> Vec<String> {
        let mut wrong = std::mem::take(&mut *lock(&self.wrong));
        for (place, (kind, contact)) in lock(&self.seen).iter().enumerate() {
            let stored = snapshot.events.get(place).map(|(code, contact)| (KINDS.get(*code).copied(), *contact));
            // One may have been read behind the snapshot.
            let is_later = stored.is_none() && snapshot.events.len() == place;
            if stored != Some((Some(kind.as_str()), *contact)) && !is_later {
                wrong.push(format!("event {} was shown as {kind} of {contact}, and is {stored:?}", place + 1));
                break;
            }
        }
        wrong
    }
}
