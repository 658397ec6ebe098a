//! What other nodes on the same store do: their events wake this node's streams, their changes of sources end what
//! this node remembers of them, their timers are this node's too, and work that one of them left when it ended is
//! continued here.
//!
//! The store is asked a few times a second. That works on every engine and through every pooler, costs one row, and
//! loses nothing: a notification would only be a hint.

use super::Job;
use crate::App;
use maitred_store::Pulse;
use std::time::Duration;

/// Events of other nodes are seen this much later at most.
const PERIOD: Duration = Duration::from_millis(200);
/// Ticks between two looks for work that another node left.
const TICKS_BETWEEN_LOOKS: u32 = 5;

/// Follows the other nodes.
pub struct FollowNodes {
    app: App,
    last: Option<Pulse>,
    ticks: u32,
    /// The last position at which left-over work was looked for.
    looked_at: Option<i64>,
}

impl FollowNodes {
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app, last: None, ticks: 0, looked_at: None }
    }
}

impl Job for FollowNodes {
    const NAME: &'static str = "follow other nodes";

    fn period(&self) -> Duration {
        PERIOD
    }

    async fn tick(&mut self) {
        let is_time_to_look = self.ticks.is_multiple_of(TICKS_BETWEEN_LOOKS);
        self.ticks = self.ticks.wrapping_add(1);
        // While the store does not answer there is nothing to follow; `/readyz` says so.
        let Ok(pulse) = self.app.store().pulse().await else { return };
        self.app.batcher().announce(pulse.position);
        self.app.batcher().announce_due(pulse.next_due);
        if self.last.is_none_or(|last| last.sources_changed != pulse.sources_changed) {
            self.app.regions().forget();
            self.app.intakes().forget();
        }
        if is_time_to_look && self.looked_at != Some(pulse.position) {
            self.app.batcher().find_left_over_work();
            self.looked_at = Some(pulse.position);
        }
        self.last = Some(pulse);
    }
}
