//! Decisions: the stored answer to "why this operator, why not me?". A decision holds what went in (a pool by
//! reference, a rule, a seed) and what came out, so that anybody can recompute it with [`Decision::replay`].
//!
//! The chain of a contact is its decisions in order: arrival, drain, transfer, reopening.

use crate::codec::{Malformed, Reader, put_i64, put_u64};
use crate::draw::ALGORITHM_VERSION;
use crate::ids::{ContactId, OperatorId, PoolId, Timestamp};
use crate::offer::ATTEMPTS_MAX;
use crate::policy::{Choice, Policy, Rule, choose};
use crate::pool::Pool;

/// Of what is written of a decision: as little as it takes, a contact that somebody was offered in vain, and one that
/// waits until a time.
const VERSION: u8 = 1;
const VERSION_TRIED: u8 = 2;
const VERSION_UNTIL: u8 = 3;
const VERSION_CORRECTED: u8 = 4;
const FLAG_PREFERRED: u8 = 1;
const FLAG_AVOIDED: u8 = 2;
const FLAG_OUTCOME: u8 = 4;
const FLAG_TRIED: u8 = 8;
const FLAG_UNTIL: u8 = 16;
const FLAG_OWED: u8 = 32;
const FLAG_PASSED_OVER: u8 = 64;

/// What made a decision necessary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    Arrived,
    /// The contact arrived behind others that were waiting, so it was not its turn, even if somebody was free.
    ArrivedBehindOthers,
    /// A slot had become free while the contact waited.
    Drained,
    /// Its operator released it.
    Released,
    /// Its operator was deleted.
    OperatorDeleted,
    /// It was resolved and then reopened.
    Reopened,
    /// A person gave it to an operator by hand.
    TransferredByHand,
    /// A person gave it to an operator by hand although that one was full or inactive.
    ForcedByHand,
    /// It is scheduled: nobody gets it before its time, even if somebody is free.
    Scheduled,
    /// The time came for which it was scheduled, or it was moved forward.
    Due,
    /// Its operator was offered it and declined.
    Declined,
    /// Its operator was offered it and let the time to accept pass.
    NoAnswer,
    /// Its operator was offered it and went away before they accepted.
    OfferRevoked,
    /// It rested after a round of offers that nobody accepted; all may be asked again.
    AskedAgain,
    /// Its source is closed: nobody gets it, even if somebody is free.
    SourceClosed,
    /// Its operator left, and was not back in time.
    HolderLeft,
    /// It is reserved for an operator who cannot take it yet: nobody else gets it for a while, even if they are free.
    Reserved,
    /// The time for which it was reserved is over: anybody may get it.
    ReservationEnded,
    /// The operator who is wanted for it can take it.
    Wanted,
    /// It came from another source, of which this one is the fallback.
    Moved,
    /// A cap of its source is reached: nobody gets it, even if somebody is free.
    SourceCapped,
}

impl Cause {
    /// Every cause, in the order of their stored codes.
    pub const ALL: [Self; 21] = [
        Self::Arrived,
        Self::ArrivedBehindOthers,
        Self::Drained,
        Self::Released,
        Self::OperatorDeleted,
        Self::Reopened,
        Self::TransferredByHand,
        Self::ForcedByHand,
        Self::Scheduled,
        Self::Due,
        Self::Declined,
        Self::NoAnswer,
        Self::OfferRevoked,
        Self::AskedAgain,
        Self::SourceClosed,
        Self::HolderLeft,
        Self::Reserved,
        Self::ReservationEnded,
        Self::Wanted,
        Self::Moved,
        Self::SourceCapped,
    ];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::ArrivedBehindOthers => "arrived_behind_others",
            Self::Drained => "drained",
            Self::Released => "released",
            Self::OperatorDeleted => "operator_deleted",
            Self::Reopened => "reopened",
            Self::TransferredByHand => "transferred",
            Self::ForcedByHand => "forced",
            Self::Scheduled => "scheduled",
            Self::Due => "due",
            Self::Declined => "declined",
            Self::NoAnswer => "no_answer",
            Self::OfferRevoked => "offer_revoked",
            Self::AskedAgain => "asked_again",
            Self::SourceClosed => "source_closed",
            Self::HolderLeft => "holder_left",
            Self::Reserved => "reserved",
            Self::ReservationEnded => "reservation_ended",
            Self::Wanted => "wanted",
            Self::Moved => "moved",
            Self::SourceCapped => "source_capped",
        }
    }

    /// Whether a person, not a policy, chose.
    #[must_use]
    pub const fn by_hand(self) -> bool {
        matches!(self, Self::TransferredByHand | Self::ForcedByHand)
    }

    /// Whether the contact waits by it, even if somebody is free.
    #[must_use]
    pub const fn gives_to_nobody(self) -> bool {
        matches!(
            self,
            Self::ArrivedBehindOthers | Self::Scheduled | Self::SourceClosed | Self::SourceCapped | Self::Reserved
        )
    }
}

/// Where the pool of a decision is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolRef {
    pub pool: PoolId,
    /// After how many of its steps.
    pub step: u32,
}

/// One link of a contact's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub contact: ContactId,
    /// Its place in the chain, from 0.
    pub seq: u32,
    /// The pool; `None` when a person chose.
    pub pool: Option<PoolRef>,
    pub at: Timestamp,
    /// Why a decision was needed.
    pub cause: Cause,
    /// What it went by.
    pub rule: Rule,
    /// Which algorithm turned pool, rule and seed into the outcome, see [`ALGORITHM_VERSION`].
    pub algorithm: u8,
    /// The randomness that went in.
    pub seed: u64,
    /// Who got the contact; `None` when it waits.
    pub outcome: Option<OperatorId>,
    /// When its source was to open, if it was closed and that was known.
    pub until: Option<Timestamp>,
}

/// What recomputing a decision gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// The stored outcome, again.
    Matches,
    /// Another outcome: the record was tampered with, or this is a bug.
    Differs(Option<OperatorId>),
    /// Made by an algorithm this program does not know.
    UnknownAlgorithm(u8),
}

impl Decision {
    /// Recomputes the outcome from the pool, the rule and the seed.
    #[must_use]
    pub fn replay(&self, pool: &Pool) -> Replay {
        if self.cause.by_hand() {
            return Replay::Matches;
        }
        if !(1..=ALGORITHM_VERSION).contains(&self.algorithm) {
            return Replay::UnknownAlgorithm(self.algorithm);
        }
        let outcome = self.choice(pool).index().map(|i| pool.candidates()[i].operator);
        if outcome == self.outcome { Replay::Matches } else { Replay::Differs(outcome) }
    }

    /// What the rule chooses from this pool.
    #[must_use]
    pub fn choice(&self, pool: &Pool) -> Choice {
        if self.cause.gives_to_nobody() { Choice::Nobody } else { choose(pool, &self.rule, self.seed) }
    }

    /// The stored form of all but `contact`, `seq` and `pool`, which are columns.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let flag = |bit, set: bool| if set { bit } else { 0 };
        let flags = flag(FLAG_PREFERRED, self.rule.preferred.is_some())
            | flag(FLAG_AVOIDED, self.rule.avoided.is_some())
            | flag(FLAG_OUTCOME, self.outcome.is_some())
            | flag(FLAG_TRIED, !self.rule.tried.is_empty())
            | flag(FLAG_UNTIL, self.until.is_some())
            | flag(FLAG_OWED, self.rule.owed.is_some())
            | flag(FLAG_PASSED_OVER, self.rule.passed_over.is_some());
        let version = match flags {
            FLAG_OWED.. => VERSION_CORRECTED,
            FLAG_UNTIL.. => VERSION_UNTIL,
            FLAG_TRIED.. => VERSION_TRIED,
            _ => VERSION,
        };
        let mut out = Vec::with_capacity(32);
        out.extend([version, self.cause as u8, self.rule.policy as u8, self.algorithm, flags]);
        out.extend(self.seed.to_le_bytes());
        put_i64(&mut out, self.at.0);
        for operator in [self.rule.preferred, self.rule.avoided, self.outcome].into_iter().flatten() {
            put_u64(&mut out, operator.0.cast_unsigned());
        }
        if !self.rule.tried.is_empty() {
            put_u64(&mut out, self.rule.tried.len() as u64);
            self.rule.tried.iter().for_each(|operator| put_u64(&mut out, operator.0.cast_unsigned()));
        }
        self.until.iter().for_each(|until| put_i64(&mut out, until.0));
        for operator in [self.rule.owed, self.rule.passed_over].into_iter().flatten() {
            put_u64(&mut out, operator.0.cast_unsigned());
        }
        out
    }

    /// Reads what [`Decision::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not a decision.
    pub fn decode(contact: ContactId, seq: u32, pool: Option<PoolRef>, bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        // The flags that there may be, and the least that there are.
        let (flags_max, flags_min) = match reader.byte()? {
            VERSION => (FLAG_TRIED - 1, 0),
            VERSION_TRIED => (FLAG_UNTIL - 1, FLAG_TRIED),
            VERSION_UNTIL => (FLAG_OWED - 1, FLAG_UNTIL),
            VERSION_CORRECTED => (2 * FLAG_PASSED_OVER - 1, FLAG_OWED),
            other => return Err(Malformed::UnknownVersion(other)),
        };
        let cause = by_code(&Cause::ALL, reader.byte()?)?;
        let policy = by_code(&Policy::ALL, reader.byte()?)?;
        let algorithm = reader.byte()?;
        let flags = reader.byte()?;
        if !(flags_min..=flags_max).contains(&flags) {
            return Err(Malformed::UnknownCode(flags.into()));
        }
        let mut seed = [0; 8];
        for byte in &mut seed {
            *byte = reader.byte()?;
        }
        let at = Timestamp(reader.i64()?);
        let operator = |reader: &mut Reader<'_>, bit| -> Result<Option<OperatorId>, Malformed> {
            (flags & bit != 0).then(|| reader.u64().map(|id| OperatorId(id.cast_signed()))).transpose()
        };
        let (preferred, avoided) = (operator(&mut reader, FLAG_PREFERRED)?, operator(&mut reader, FLAG_AVOIDED)?);
        let outcome = operator(&mut reader, FLAG_OUTCOME)?;
        let tried = if flags & FLAG_TRIED == 0 { Vec::new() } else { read_tried(&mut reader)? };
        let until = if flags & FLAG_UNTIL == 0 { None } else { Some(Timestamp(reader.i64()?)) };
        let (owed, passed_over) = (operator(&mut reader, FLAG_OWED)?, operator(&mut reader, FLAG_PASSED_OVER)?);
        let rule = Rule { policy, preferred, avoided, tried, owed, passed_over };
        reader.finish()?;
        Ok(Self { contact, seq, pool, at, cause, rule, algorithm, seed: u64::from_le_bytes(seed), outcome, until })
    }
}

fn read_tried(reader: &mut Reader<'_>) -> Result<Vec<OperatorId>, Malformed> {
    match reader.u64()? {
        count @ 1.. if count <= ATTEMPTS_MAX as u64 => {
            (0..count).map(|_| reader.u64().map(|id| OperatorId(id.cast_signed()))).collect()
        }
        other => Err(Malformed::UnknownCode(other)),
    }
}

fn by_code<T: Copy>(all: &[T], code: u8) -> Result<T, Malformed> {
    all.get(usize::from(code)).copied().ok_or(Malformed::UnknownCode(code.into()))
}
