//! What other nodes on the same store do: their events wake this node's streams, their changes of sources end what
//! this node remembers of them, and what one of them left undone when it ended is gone on with here.
//!
//! The store is asked a few times a second. That works on every engine and through every pooler, costs one row, and
//! loses nothing: a notification would only be a hint.

use super::{Batcher, Message};
use maitred_store::{Pulse, Store};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often the store is asked; events of other nodes are seen this much later at most.
const BEAT: Duration = Duration::from_millis(200);
/// Every so many beats it is seen to that nobody left work behind.
const LOOK_AROUND_BEATS: u32 = 5;

/// Follows the other nodes until the batcher ends. `sources_changed` is called after any node changed a source.
pub async fn follow(batcher: Batcher, store: Store, sources_changed: impl Fn()) {
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = None::<Pulse>;
    let mut looked_at = None;
    for beat in 0u32.. {
        tokio::select! {
            _ = beats.tick() => {}
            () = batcher.ended() => return,
        }
        // While the store does not answer there is nothing to follow; `/readyz` says so.
        let Ok(pulse) = store.pulse().await else { continue };
        batcher.committed.announce(pulse.position);
        if last.is_none_or(|last| last.sources_changed != pulse.sources_changed) {
            sources_changed();
        }
        if beat % LOOK_AROUND_BEATS == 0 && looked_at != Some(pulse.position) {
            // A full queue means that batches are made, and those find out themselves.
            let _ = batcher.queue.try_send(Message::LookAround);
            looked_at = Some(pulse.position);
        }
        last = Some(pulse);
    }
}
