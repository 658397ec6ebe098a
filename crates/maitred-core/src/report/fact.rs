//! One thing that happened, as far as figures are concerned, and the bytes in which many are kept.

use crate::codec::{Malformed, Reader, put_i64, put_u64};
use crate::ids::{OperatorId, SourceId, Timestamp};

const VERSION: u8 = 1;

/// What figures count. The positions are stored codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactKind {
    /// A contact arrived.
    Arrived,
    /// A contact was given to an operator for the first time since it arrived.
    FirstAssigned,
    /// A contact was given to an operator again: by a transfer, after a release or an offer, after it was reopened.
    AssignedAgain,
    /// Somebody did something for the lead for the first time since the contact arrived or was reopened.
    Responded,
    Resolved,
    Reopened,
    /// An operator accepted what they were offered.
    Accepted,
    Declined,
    /// An operator did not answer an offer in time.
    OfferExpired,
    /// A contact was taken from an operator to be routed again.
    Released,
    /// Nobody responded in the time that the source gives for that.
    Overdue,
    /// A contact was taken from an operator in another way: by a transfer, because its offer was withdrawn, or because
    /// it was deleted.
    Taken,
}

impl FactKind {
    pub const ALL: [Self; 12] = [
        Self::Arrived,
        Self::FirstAssigned,
        Self::AssignedAgain,
        Self::Responded,
        Self::Resolved,
        Self::Reopened,
        Self::Accepted,
        Self::Declined,
        Self::OfferExpired,
        Self::Released,
        Self::Overdue,
        Self::Taken,
    ];

    /// How many contacts more its operator holds behind it.
    #[must_use]
    pub const fn held(self) -> i64 {
        match self {
            Self::FirstAssigned | Self::AssignedAgain => 1,
            Self::Resolved | Self::Declined | Self::OfferExpired | Self::Released | Self::Taken => -1,
            Self::Arrived | Self::Responded | Self::Reopened | Self::Accepted | Self::Overdue => 0,
        }
    }

    /// Which time it ends, if it ends one.
    #[must_use]
    pub const fn measure(self) -> Option<Measure> {
        match self {
            Self::FirstAssigned => Some(Measure::Assignment),
            Self::Responded => Some(Measure::FirstResponse),
            Self::Resolved => Some(Measure::Resolution),
            _ => None,
        }
    }
}

/// What the times that are measured lead to, each from the moment at which a contact began to wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    Assignment,
    FirstResponse,
    Resolution,
}

impl Measure {
    pub const ALL: [Self; 3] = [Self::Assignment, Self::FirstResponse, Self::Resolution];
}

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    pub at: Timestamp,
    pub kind: FactKind,
    pub source: SourceId,
    /// Whom it is about, if anybody.
    pub operator: Option<OperatorId>,
    /// How long it took, of a kind that has a [`Measure`]; else 0.
    pub micros: u64,
}

/// Facts in the order in which they happened, as bytes: about ten for each.
#[must_use]
pub fn pack(facts: &[Fact]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + facts.len() * 12);
    out.push(VERSION);
    let mut last = 0;
    for fact in facts {
        out.push(fact.kind as u8);
        put_i64(&mut out, fact.at.0.wrapping_sub(last));
        last = fact.at.0;
        put_i64(&mut out, fact.source.0);
        put_i64(&mut out, fact.operator.map_or(0, |operator| operator.0));
        if fact.kind.measure().is_some() {
            put_u64(&mut out, fact.micros);
        }
    }
    out
}

/// Reads what [`pack`] wrote.
///
/// # Errors
/// [`Malformed`] when the bytes are no facts.
pub fn unpack(bytes: &[u8]) -> Result<Vec<Fact>, Malformed> {
    let mut reader = Reader::new(bytes);
    reader.version(VERSION)?;
    let mut facts = Vec::with_capacity(bytes.len() / 10);
    let mut last = 0i64;
    while !reader.is_empty() {
        let code = reader.byte()?;
        let kind = *FactKind::ALL.get(usize::from(code)).ok_or_else(|| Malformed::UnknownCode(code.into()))?;
        last = last.checked_add(reader.i64()?).ok_or(Malformed::Overflow)?;
        let source = SourceId(reader.i64()?);
        let operator = Some(reader.i64()?).filter(|id| *id != 0).map(OperatorId);
        let micros = if kind.measure().is_some() { reader.u64()? } else { 0 };
        facts.push(Fact { at: Timestamp(last), kind, source, operator, micros });
    }
    Ok(facts)
}
