//! Keeping keys, users and sessions in memory as the store has them, also when others changed them, and storing when
//! they were used.

use super::Job;
use crate::auth::Access;
use std::time::Duration;

/// How often changes of keys are looked for: one revoked anywhere is refused here this much later at most.
const FOLLOW_PERIOD: Duration = Duration::from_millis(500);
const NOTE_PERIOD: Duration = Duration::from_secs(60);

/// Reads keys, users and sessions again when another node or the command line has changed them.
pub struct FollowCredentials {
    access: Access,
    /// Whether the last tick failed: it is logged once.
    is_away: bool,
}

impl FollowCredentials {
    #[must_use]
    pub const fn new(access: Access) -> Self {
        Self { access, is_away: false }
    }
}

impl Job for FollowCredentials {
    const NAME: &'static str = "follow credentials";

    fn period(&self) -> Duration {
        FOLLOW_PERIOD
    }

    async fn tick(&mut self) {
        let followed = self.access.catch_up().await;
        if let (Err(error), false) = (&followed, self.is_away) {
            tracing::warn!(%error, "changes of keys cannot be seen; the keys known so far stay good");
        }
        self.is_away = followed.is_err();
    }
}

/// Stores when keys and sessions were last used, and forgets sessions that are over.
pub struct NoteUses(Access);

impl NoteUses {
    #[must_use]
    pub const fn new(access: Access) -> Self {
        Self(access)
    }
}

impl Job for NoteUses {
    const NAME: &'static str = "note uses of credentials";

    fn period(&self) -> Duration {
        NOTE_PERIOD
    }

    async fn tick(&mut self) {
        self.0.note_uses().await;
        self.0.forget_ended_sessions().await;
    }

    async fn finish(&mut self) {
        self.0.note_uses().await;
    }
}
