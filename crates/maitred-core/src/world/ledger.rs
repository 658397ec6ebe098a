//! The ledger of one source: for everybody who ever served it, how many contacts they received from its policy and
//! how many their weight entitled them to. It proves the shares, and it carries the credits of `smooth_weighted`
//! through restarts and through people coming and going.

use crate::codec::{Malformed, Reader, put_i64, put_u64};
use crate::ids::{OperatorId, SourceId, Timestamp};
use crate::pool::{CREDIT_PER_CONTACT, Candidate, Pool};
use std::collections::BTreeMap;

/// Of what is written: as little as it takes, and with corrections.
const VERSION: u8 = 1;
const VERSION_CORRECTED: u8 = 2;

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
    /// How many contacts corrections gave them, less those that they took, see [`crate::correction`].
    pub adjusted: i64,
    /// How many contacts they declined, and were free to decline.
    pub refunded: i64,
    /// How many contacts of both they got since, outside of the rotation, less those for which they were passed over.
    pub settled: i64,
}

impl Tally {
    /// How many contacts they were entitled to, counting for each decision only the operators eligible then: by their
    /// weight, or because a correction was paid back. What all members of a source are entitled to is what they
    /// received.
    #[must_use]
    pub fn entitled(&self) -> f64 {
        self.received as f64 + self.owed_by_weight()
    }

    /// How many contacts their weight alone entitled them to.
    #[must_use]
    pub fn entitled_by_weight(&self) -> f64 {
        self.entitled() - self.settled as f64
    }

    /// How many contacts they are still owed by corrections and refunds, or are ahead if it is negative.
    #[must_use]
    pub const fn outstanding(&self) -> i64 {
        self.adjusted.saturating_add(self.refunded).saturating_sub(self.settled)
    }

    /// How many contacts they are owed in all: entitled by their weight, refunded and adjusted, less received.
    #[must_use]
    pub fn balance(&self) -> f64 {
        self.owed_by_weight() + self.outstanding() as f64
    }

    fn owed_by_weight(&self) -> f64 {
        (self.credit as f64 + self.carried as f64) / CREDIT_PER_CONTACT as f64
    }

    const fn is_corrected(&self) -> bool {
        self.adjusted != 0 || self.refunded != 0 || self.settled != 0
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
            adjusted: self.adjusted.saturating_sub(before.adjusted),
            refunded: self.refunded.saturating_sub(before.refunded),
            settled: self.settled.saturating_sub(before.settled),
        }
    }
}

/// All lines of a source, by operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    lines: BTreeMap<OperatorId, Tally>,
    /// Whether the last contact that was given away paid a correction back.
    pays_back: bool,
}

impl Ledger {
    /// An operator's line; zeroes for operators without one.
    #[must_use]
    pub fn get(&self, operator: OperatorId) -> Tally {
        self.lines.get(&operator).copied().unwrap_or_default()
    }

    /// All lines in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (OperatorId, Tally)> + '_ {
        self.lines.iter().map(|(id, tally)| (*id, *tally))
    }

    /// What was received, and what members were entitled to, since the ledger was `before`; lines without either are
    /// left out. Like the ledgers themselves, these credits cancel out: what all were entitled to is what was received.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let lines = self.iter().map(|(id, tally)| (id, tally.since(before.get(id))));
        Self { lines: lines.filter(|(_, tally)| *tally != Tally::default()).collect(), pays_back: false }
    }

    /// Whether nobody has received anything.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.lines.values().all(|tally| *tally == Tally::default())
    }

    pub(crate) fn received(&mut self, operator: OperatorId) {
        self.line(operator).received += 1;
    }

    /// Whether the last contact that was given away paid a correction back.
    pub(crate) const fn pays_back(&self) -> bool {
        self.pays_back
    }

    pub(crate) const fn set_pays_back(&mut self, pays_back: bool) {
        self.pays_back = pays_back;
    }

    pub(crate) fn line(&mut self, operator: OperatorId) -> &mut Tally {
        self.lines.entry(operator).or_default()
    }

    /// Takes over the credits that members hold in the pool; the lines of former members keep theirs. Both are in the
    /// order of ids: looking up each of many members would cost more than all else of a batch.
    pub(crate) fn take_credits(&mut self, pool: &Pool) {
        let (mut members, mut new) = (pool.candidates().iter().peekable(), Vec::new());
        for (operator, tally) in &mut self.lines {
            while let Some(member) = members.next_if(|member| member.operator < *operator) {
                new.push(member);
            }
            if let Some(member) = members.next_if(|member| member.operator == *operator) {
                tally.credit = member.credit;
            }
        }
        new.into_iter().chain(members).for_each(|member| self.take_credit(member));
    }

    /// Takes over the credit of one member, who may be about to leave.
    pub(crate) fn take_credit(&mut self, candidate: &Candidate) {
        self.line(candidate.operator).credit = candidate.credit;
    }

    /// Starts the rotation from zero: credits become part of the record.
    pub(crate) fn carry_credits(&mut self) {
        for tally in self.lines.values_mut() {
            tally.carried += i128::from(std::mem::take(&mut tally.credit));
        }
    }

    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(2 + self.lines.len() * 12);
        let is_corrected = self.pays_back || self.lines.values().any(Tally::is_corrected);
        match is_corrected {
            true => out.extend([VERSION_CORRECTED, self.pays_back.into()]),
            false => out.push(VERSION),
        }
        let mut last_id = 0;
        for (operator, tally) in &self.lines {
            put_i64(&mut out, operator.0.wrapping_sub(last_id));
            last_id = operator.0;
            put_u64(&mut out, tally.received);
            put_i64(&mut out, tally.credit);
            put_carried(&mut out, tally.carried);
            if is_corrected {
                [tally.adjusted, tally.refunded, tally.settled].iter().for_each(|it| put_i64(&mut out, *it));
            }
        }
        out
    }

    /// Reads what [`Ledger::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not a ledger.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let (is_corrected, pays_back) = match reader.byte()? {
            VERSION => (false, false),
            VERSION_CORRECTED => (true, reader.flag()?),
            other => return Err(Malformed::UnknownVersion(other)),
        };
        let mut lines = BTreeMap::new();
        let mut id = 0i64;
        while !reader.is_empty() {
            let gap = reader.i64()?;
            let next = id.checked_add(gap).filter(|next| lines.is_empty() || *next > id);
            id = next.ok_or(Malformed::Overflow)?;
            let (received, credit) = (reader.u64()?, reader.i64()?);
            let mut tally = Tally { received, credit, carried: read_carried(&mut reader)?, ..Tally::default() };
            if is_corrected {
                (tally.adjusted, tally.refunded, tally.settled) = (reader.i64()?, reader.i64()?, reader.i64()?);
            }
            lines.insert(OperatorId(id), tally);
        }
        // What was never corrected is written without corrections.
        if is_corrected && !pays_back && !lines.values().any(Tally::is_corrected) {
            return Err(Malformed::Overlong);
        }
        Ok(Self { lines, pays_back })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_written_in_one_way() {
        let mut ledger = Ledger { pays_back: true, ..Ledger::default() };
        assert_eq!(Ledger::decode(&ledger.encode()), Ok(ledger.clone()));
        assert_eq!(Ledger::decode(&[VERSION_CORRECTED, 2]), Err(Malformed::UnknownCode(2)));
        assert_eq!(Ledger::decode(&[VERSION_CORRECTED, 0]), Err(Malformed::Overlong), "nothing is corrected");
        ledger.pays_back = false;
        assert_eq!(ledger.encode(), [VERSION]);
    }
}
