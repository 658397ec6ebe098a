//! Sessions: what a browser shows after a login instead of the password. A token of 256 random bits, of which only the
//! SHA-256 is kept; found by that, so nothing is compared byte by byte.

use maitred_core::{Timestamp, UserId};

/// A session that was not used for this long is over: 12 hours.
pub const IDLE_MICROS: i64 = 12 * 3_600 * 1_000_000;
/// A session is over this long after its login, however much it is used: 30 days.
pub const LASTS_MICROS: i64 = 30 * 24 * 3_600 * 1_000_000;
/// The most sessions of one person; another login ends the one that was not used for longest.
pub const SESSIONS_MAX: usize = 32;

/// What is kept of a token, and by which its session is found.
pub type Digest = [u8; 32];

/// A session as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Of its token.
    pub digest: Digest,
    /// Whose it is.
    pub user: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
}

impl Session {
    /// Whether it is over.
    #[must_use]
    pub const fn is_over(&self, now: Timestamp) -> bool {
        now.0 - self.seen_at.0 >= IDLE_MICROS || now.0 - self.created_at.0 >= LASTS_MICROS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_over_when_it_is_idle_and_when_it_is_old() {
        let session = |created, seen| Session {
            digest: [0; 32],
            user: UserId(1),
            created_at: Timestamp(created),
            seen_at: Timestamp(seen),
        };
        assert!(!session(0, 0).is_over(Timestamp(IDLE_MICROS - 1)));
        assert!(session(0, 0).is_over(Timestamp(IDLE_MICROS)));
        assert!(!session(0, LASTS_MICROS - 1).is_over(Timestamp(LASTS_MICROS - 1)));
        assert!(session(0, LASTS_MICROS - 1).is_over(Timestamp(LASTS_MICROS)));
    }
}
