//! Fallbacks: where contacts of a source go while it is closed, and after rounds of offers that nobody accepted. A
//! contact that moves is then one of the other source: its place among those who wait, shares, caps and hours are those
//! of that one. It remembers where it arrived.
//!
//! Sources never fall back in a circle, so a contact moves forward only, and no more often than there are sources in
//! the chain. It moves to a source that is open, and stays where it is as long as that one is not.

use crate::ids::SourceId;
use serde::{Deserialize, Serialize};

/// The most sources in the chain that begins with one whose fallback is set.
pub const FALLBACK_CHAIN_MAX: usize = 8;

/// Why a contact went to the fallback of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// Its source is closed.
    SourceClosed,
    /// Nobody accepted it in as many rounds of offers as its source allows.
    Escalated,
}

impl MoveReason {
    pub const ALL: [Self; 2] = [Self::SourceClosed, Self::Escalated];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceClosed => "source_closed",
            Self::Escalated => "escalated",
        }
    }
}

/// Why a source cannot be the fallback of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoFallback {
    /// There is none, or it was deleted.
    Unknown,
    /// It falls back, by way of these, on the other: contacts would go round in circles.
    Circle(Vec<SourceId>),
    /// With it, contacts could go through more than [`FALLBACK_CHAIN_MAX`] sources.
    TooLong,
    /// One of the two is part of the demo and the other is not.
    DemoAndReal,
}
