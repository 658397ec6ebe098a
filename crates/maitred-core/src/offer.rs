//! Offers: on a source with a time to accept, a contact is given to an operator as an offer, which they accept, decline
//! or let pass. An offer holds a slot like any contact that is assigned: all that counts loads counts it.
//!
//! Who did not accept is not asked again in the same *round*. While others may be, the contact is given to them; when
//! nobody is left it *rests* outside of the waiting order: an operator who becomes free meanwhile and was not asked
//! gets it, and after the rest a new round asks all. So it never goes round in circles without time passing, and is
//! never forgotten.

use crate::ids::{OperatorId, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most attempts of a round that are remembered; of more the oldest is forgotten, so that operator may be asked
/// again.
pub const ATTEMPTS_MAX: usize = 32;

/// The most resting contacts of a source that are looked at when somebody has room. Those behind them are offered again
/// at the end of their rest at the latest.
pub const RESTING_LOOKED_AT_MAX: usize = 64;

/// How a source offers its contacts. Seconds, and counts from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferRules {
    /// For how many seconds an operator may accept a contact. None: contacts are not offered, and who gets one has it.
    pub accept_within_s: Option<u32>,
    /// For how many seconds a contact rests when nobody is left to be asked.
    pub retry_after_s: u32,
    /// After how many offers in a row that they let pass an operator is paused.
    pub pause_after_misses: Option<u32>,
    /// After how many rounds that nobody accepted in it is told that a contact needs somebody.
    pub escalate_after_rounds: Option<u32>,
    /// Whether who declines a contact is owed another, see [`crate::correction`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declines_are_free: bool,
}

impl OfferRules {
    /// For how many seconds a contact rests unless somebody says otherwise.
    pub const RETRY_AFTER_S_DEFAULT: u32 = 60;

    #[must_use]
    pub fn are_default(&self) -> bool {
        *self == Self::default()
    }

    /// Until when a contact may be accepted that is offered now.
    pub(crate) fn accept_by(self, now: Timestamp) -> Option<Timestamp> {
        self.accept_within_s.map(|seconds| now.plus_seconds(seconds))
    }

    /// When a contact that rests from now on may be offered to all again.
    pub(crate) fn retry_at(self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.retry_after_s)
    }
}

impl Default for OfferRules {
    fn default() -> Self {
        Self {
            accept_within_s: None,
            retry_after_s: Self::RETRY_AFTER_S_DEFAULT,
            pause_after_misses: None,
            escalate_after_rounds: None,
            declines_are_free: false,
        }
    }
}

/// How an offer ended that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAccepted {
    /// They said no.
    Declined,
    /// They let its time pass.
    NoAnswer,
    /// They paused, were switched off, or their shift ended.
    WentAway,
}

impl NotAccepted {
    pub const ALL: [Self; 3] = [Self::Declined, Self::NoAnswer, Self::WentAway];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::NoAnswer => "no_answer",
            Self::WentAway => "went_away",
        }
    }
}

/// Somebody who was offered a contact and did not accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub operator: OperatorId,
    pub end: NotAccepted,
}

/// What became of the offers of a contact, as long as nobody accepts it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// How many rounds ended without anybody who accepted.
    pub rounds: u32,
    /// Who was asked in this round, in order.
    pub tried: Vec<Attempt>,
}

impl Attempts {
    /// The same with one more attempt.
    pub(crate) fn with(before: Option<&Arc<Self>>, attempt: Attempt) -> Self {
        let mut attempts = before.map(|before| Self::clone(before)).unwrap_or_default();
        attempts.tried.retain(|it| it.operator != attempt.operator);
        if attempts.tried.len() >= ATTEMPTS_MAX {
            attempts.tried.remove(0);
        }
        attempts.tried.push(attempt);
        attempts
    }

    /// What is left of it when a round has ended.
    pub(crate) fn next_round(before: Option<&Arc<Self>>) -> Self {
        Self { rounds: before.map_or(0, |before| before.rounds).saturating_add(1), tried: Vec::new() }
    }
}
