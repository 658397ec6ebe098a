//! The ledger of one source: for everybody who ever served it, how many contacts they received from its policy and
//! how many their weight entitled them to. It proves the shares, and it carries the credits of `smooth_weighted`
//! through restarts and through people coming and going.

use crate::codec::{Malformed, Reader, put_i64, put_u64};
use crate::ids::{OperatorId, SourceId, Timestamp};
use crate::pool::{CREDIT_PER_CONTACT, Candidate, Pool};
use std::collections::BTreeMap;

const VERSION: u8 = 1;

/// Periods begin and end at whole multiples of this since 1970, in microseconds: half an hour, so that a day of nearly
/// every time zone is a period.
pub const PERIOD_STEP_MICROS: i64 = 30 * 60 * 1_000_000;

/// When the last period began or ended that a time is not before.
#[must_use]
pub const fn period_step(at: Timestamp) -> Timestamp {
    Timestamp(at.0.saturating_sub(at.0.rem_euclid(PERIOD_STEP_MICROS)))
}

/// A ledger as it stood when nothing had happened yet that happened at a time or later. One is kept only where the
/// ledger changed since the last one, so the ledger of any whole step is that of the first snapshot that is not before
/// it, or else the present one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerSnapshot {
    pub source: SourceId,
    pub at: Timestamp,
    /// The encoded [`Ledger`].
    pub ledger: Vec<u8>,
}

/// One operator's line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Contacts they got from the policy (stickiness and drains included, transfers by hand not).
    pub received: u64,
    /// Entitlement minus receipts since the rotation last started from zero (with another policy, or because credits
    /// had drifted to the end of their range), in 1/[`CREDIT_PER_CONTACT`] of a contact.
    pub credit: i64,
    /// The same from before that: part of the record, no longer of the rotation.
    pub carried: i128,
}

impl Tally {
    /// How many contacts their weight entitled them to, counting for each decision only the operators eligible then.
    #[must_use]
    pub fn entitled(&self) -> f64 {
        let credit = (self.credit as f64 + self.carried as f64) / CREDIT_PER_CONTACT as f64;
        self.received as f64 + credit
    }

    /// What became of this line since it was `before`: exact, whatever became of the rotation in between. All of the
    /// difference is `carried`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        let owed = |tally: Self| i128::from(tally.credit).saturating_add(tally.carried);
        Self {
            received: self.received.saturating_sub(before.received),
            credit: 0,
            carried: owed(self).saturating_sub(owed(before)),
        }
    }
}

/// All lines of a source, by operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger(BTreeMap<OperatorId, Tally>);

impl Ledger {
    /// An operator's line; zeroes for operators without one.
    #[must_use]
    pub fn get(&self, operator: OperatorId) -> Tally {
        self.0.get(&operator).copied().unwrap_or_default()
    }

    /// All lines in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (OperatorId, Tally)> + '_ {
        self.0.iter().map(|(id, tally)| (*id, *tally))
    }

    /// What was received, and what members were entitled to, since the ledger was `before`; lines without either are
    /// left out. Like the ledgers themselves, these credits cancel out: what all were entitled to is what was received.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let lines = self.iter().map(|(id, tally)| (id, tally.since(before.get(id))));
        Self(lines.filter(|(_, tally)| *tally != Tally::default()).collect())
    }

    /// Whether nobody has received anything.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.values().all(|tally| *tally == Tally::default())
    }

    pub(crate) fn received(&mut self, operator: OperatorId) {
        self.0.entry(operator).or_default().received += 1;
    }

    /// Takes over the credits that members hold in the pool; the lines of former members keep theirs.
    pub(crate) fn take_credits(&mut self, pool: &Pool) {
        for candidate in pool.candidates() {
            self.take_credit(candidate);
        }
    }

    /// Takes over the credit of one member, who may be about to leave.
    pub(crate) fn take_credit(&mut self, candidate: &Candidate) {
        self.0.entry(candidate.operator).or_default().credit = candidate.credit;
    }

    /// Starts the rotation from zero: credits become part of the record.
    pub(crate) fn carry_credits(&mut self) {
        for tally in self.0.values_mut() {
            tally.carried += i128::from(std::mem::take(&mut tally.credit));
        }
    }

    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(2 + self.0.len() * 12);
        out.push(VERSION);
        let mut last_id = 0;
        for (operator, tally) in &self.0 {
            put_i64(&mut out, operator.0.wrapping_sub(last_id));
            last_id = operator.0;
            put_u64(&mut out, tally.received);
            put_i64(&mut out, tally.credit);
            put_carried(&mut out, tally.carried);
        }
        out
    }

    /// Reads what [`Ledger::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not a ledger.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let mut lines = BTreeMap::new();
        let mut id = 0i64;
        while !reader.is_empty() {
            let gap = reader.i64()?;
            let next = id.checked_add(gap).filter(|next| lines.is_empty() || *next > id);
            id = next.ok_or(Malformed::Overflow)?;
            let (received, credit) = (reader.u64()?, reader.i64()?);
            let tally = Tally { received, credit, carried: read_carried(&mut reader)? };
            lines.insert(OperatorId(id), tally);
        }
        Ok(Self(lines))
    }
}

/// Whole contacts and the rest of one, because a credit carried many times needs more than 64 bits.
fn put_carried(out: &mut Vec<u8>, carried: i128) {
    let contact = i128::from(CREDIT_PER_CONTACT);
    put_i64(out, carried.div_euclid(contact) as i64);
    put_u64(out, carried.rem_euclid(contact) as u64);
}

fn read_carried(reader: &mut Reader<'_>) -> Result<i128, Malformed> {
    let (contacts, rest) = (reader.i64()?, reader.u64()?);
    if rest >= CREDIT_PER_CONTACT.cast_unsigned() {
        return Err(Malformed::Overflow);
    }
    Ok(i128::from(contacts) * i128::from(CREDIT_PER_CONTACT) + i128::from(rest))
}
