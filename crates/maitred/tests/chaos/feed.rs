//! A listener that follows the feed over whichever node answers, through all that breaks: it must see every event once,
//! in order, and none that is gone later.

use crate::http::{Request, send};
use crate::process::lock;
use crate::recount::Snapshot;
use maitred_core::event::EventKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::Duration;

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

    /// How many events were seen so far.
    pub(crate) fn count(&self) -> usize {
        lock(&self.seen).len()
    }

    /// What was seen and is not stored. The first so many were seen before the snapshot was taken, and timers go on.
    pub(crate) fn compare(&self, snapshot: &Snapshot, before: usize) -> Vec<String> {
        let mut wrong = std::mem::take(&mut *lock(&self.wrong));
        let words = EventKind::ALL.map(EventKind::word);
        for (place, (kind, contact)) in lock(&self.seen).iter().enumerate() {
            let stored = snapshot.events.get(place);
            let stored = stored.map(|(code, contact)| (words.get(*code), *contact));
            let is_later = stored.is_none() && place >= before;
            if stored != Some((Some(kind), *contact)) && !is_later {
                wrong.push(format!("event {} was shown as {kind} of {contact}, and is {stored:?}", place + 1));
                break;
            }
        }
        wrong
    }
}
