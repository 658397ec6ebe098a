//! Availability: whether somebody may get a contact is a function of the operator, the contact and the time, and its
//! answer is the reasons why not, each with its end. It is never stored as a flag that something has to switch back.
//!
//! [`Operator::away`](crate::Operator::away) is the part that depends on the time. A pool holds what it says for the
//! time of the command, and a recording writes that down, so a decision is recomputed from what it saw, whatever the
//! clock or this function say by then. [`Candidate::why_not`](crate::pool::Candidate::why_not) puts it together with
//! what depends on the source and the contact. A further reason is a variant of
//! [`AwayReason`] or [`Ineligibility`], in its place in the order.

use crate::ids::Timestamp;

/// Why a member cannot get a contact. In the order in which reasons are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ineligibility {
    /// They are switched off.
    Inactive,
    /// Their weight on this source is zero.
    ZeroWeight,
    /// They are on leave.
    OnLeave,
    /// It is not one of their working hours.
    OffShift,
    /// Their calendar is not known so far ahead: see [`crate::hours::Hours::span`].
    HoursUnknown,
    /// They paused, or somebody paused them.
    Paused,
    /// They are to be heard from, and were not for too long.
    Away,
    /// They got as many contacts as a cap allows.
    Capped,
    /// They hold `max_load` contacts or more.
    Full,
    /// They have just released this contact, and somebody else can take it.
    JustReleased,
    /// They were offered this contact and did not accept it, in the round of offers that goes on.
    Tried,
    /// The policy picked them, but by a correction they are to go without a contact, and somebody else can take it.
    Ahead,
}

impl Ineligibility {
    /// Every reason, in the order in which they are given.
    pub const ALL: [Self; 12] = [
        Self::Inactive,
        Self::ZeroWeight,
        Self::OnLeave,
        Self::OffShift,
        Self::HoursUnknown,
        Self::Paused,
        Self::Away,
        Self::Capped,
        Self::Full,
        Self::JustReleased,
        Self::Tried,
        Self::Ahead,
    ];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::ZeroWeight => "zero_weight",
            Self::OnLeave => "on_leave",
            Self::OffShift => "off_shift",
            Self::HoursUnknown => "hours_unknown",
            Self::Paused => "paused",
            Self::Away => "away",
            Self::Capped => "capped",
            Self::Full => "full",
            Self::JustReleased => "just_released",
            Self::Tried => "tried",
            Self::Ahead => "ahead",
        }
    }
}

/// A reason, and when it ends, if that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    pub why: Ineligibility,
    /// From then on it does not hold.
    pub until: Option<Timestamp>,
}

impl Reason {
    pub(crate) const fn endless(why: Ineligibility) -> Self {
        Self { why, until: None }
    }
}

/// What may keep an operator from all contacts for a time. The place in [`AwayReason::ALL`] is the code in recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AwayReason {
    Paused,
    OnLeave,
    OffShift,
    HoursUnknown,
    Capped,
    /// They were not heard from, see [`crate::presence`].
    NotHeard,
}

impl AwayReason {
    pub const ALL: [Self; 6] =
        [Self::Paused, Self::OnLeave, Self::OffShift, Self::HoursUnknown, Self::Capped, Self::NotHeard];

    /// The reason as it is given.
    #[must_use]
    pub const fn ineligibility(self) -> Ineligibility {
        match self {
            Self::Paused => Ineligibility::Paused,
            Self::OnLeave => Ineligibility::OnLeave,
            Self::OffShift => Ineligibility::OffShift,
            Self::HoursUnknown => Ineligibility::HoursUnknown,
            Self::Capped => Ineligibility::Capped,
            Self::NotHeard => Ineligibility::Away,
        }
    }
}

/// That an operator gets nothing at a time, why, and until when, if that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away {
    pub reason: AwayReason,
    pub until: Option<Timestamp>,
}
