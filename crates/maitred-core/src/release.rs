//! Contacts in hand whose operator leaves: a source says after how many seconds of their absence these go to others.
//! Who is back before keeps them.
//!
//! When an operator leaves, each such contact they hold is marked with the moment
//! ([`crate::Contact::release_at`]), which is a timer of the contact; when they are back the marks go. What a source
//! says by then holds for that absence.

use serde::{Deserialize, Serialize};

/// After how many seconds of an absence a source has contacts in hand released, up to
/// [`RELEASE_SECONDS_MAX`](crate::limits::RELEASE_SECONDS_MAX). None: they stay with their operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRules {
    /// For operators who are away because nobody heard from them.
    pub away_release_s: Option<u32>,
    /// For operators whose shift ended, or who are on leave.
    pub shift_end_release_s: Option<u32>,
}

/// How an operator left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Nobody heard from them.
    HolderAway,
    /// Their shift ended, or they are on leave.
    ShiftEnded,
}

impl ReleaseRules {
    #[must_use]
    pub fn are_default(&self) -> bool {
        *self == Self::default()
    }
}
