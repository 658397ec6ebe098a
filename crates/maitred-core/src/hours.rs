//! Working hours: when an operator works, as moments. `maitred-calendar` compiles them from a calendar; the rules only
//! compare them with the time of a command.

use crate::availability::{Away, AwayReason};
use crate::codec::{Malformed, Reader, put_i64, put_u64};
use crate::ids::Timestamp;
use crate::intervals::{Interval, Intervals};
use std::sync::Arc;

/// The version byte of the stored form.
const VERSION: u8 = 1;
/// Lists of intervals in a store are no longer than this: 24 a day for 35 days, and leave, are far less.
const HOURS_INTERVALS_MAX: u64 = 10_000;

/// When somebody works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// The version of the calendar that they were compiled from.
    pub calendar_version: u32,
    /// What they say everything about. Before it and behind it nothing is known, so nobody gets anything.
    pub span: Interval,
    /// When they work: leave is cut out.
    pub open: Intervals,
    /// When they are on leave.
    pub leave: Intervals,
    /// With which time zones and holidays they were compiled, such as `2026e-h1`.
    pub stamp: Arc<str>,
}

impl Hours {
    /// Why they do not work at a time, and until when, as far as that is known.
    #[must_use]
    pub fn away(&self, now: Timestamp) -> Option<Away> {
        if !self.span.contains(now) {
            return Some(Away { reason: AwayReason::HoursUnknown, until: None });
        }
        if let Some(leave) = self.leave.at(now) {
            let until = Some(leave.until).filter(|until| *until < self.span.until);
            return Some(Away { reason: AwayReason::OnLeave, until });
        }
        let is_open = self.open.is_open_at(now);
        (!is_open).then(|| Away { reason: AwayReason::OffShift, until: self.open.next_opening(now) })
    }

    /// The first moment behind this one at which [`Hours::away`] says something else.
    #[must_use]
    pub fn next_edge(&self, after: Timestamp) -> Option<Timestamp> {
        let ends = [self.span.from, self.span.until].into_iter().filter(|at| *at > after);
        self.open.next_edge(after).into_iter().chain(self.leave.next_edge(after)).chain(ends).min()
    }

    /// The last moment at or before this one at which something began or ended.
    #[must_use]
    pub fn last_edge(&self, at: Timestamp) -> Option<Timestamp> {
        let edges = [&self.open, &self.leave].into_iter().flat_map(|list| list.as_slice());
        let edges = edges.flat_map(|interval| [interval.from, interval.until]).chain([self.span.until]);
        edges.filter(|edge| *edge <= at).max()
    }

    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put_u64(&mut out, self.calendar_version.into());
        put_u64(&mut out, self.stamp.len() as u64);
        out.extend_from_slice(self.stamp.as_bytes());
        put_i64(&mut out, self.span.from.0);
        put_u64(&mut out, self.span.micros().cast_unsigned());
        for list in [&self.open, &self.leave] {
            put_u64(&mut out, list.as_slice().len() as u64);
            let mut last = self.span.from;
            for interval in list.as_slice() {
                put_i64(&mut out, interval.from.0.wrapping_sub(last.0));
                put_u64(&mut out, interval.micros().cast_unsigned());
                last = interval.until;
            }
        }
        out
    }

    /// Reads what [`Hours::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] when it is nothing that was written so.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let calendar_version = reader.u32()?;
        let stamp = reader.text()?.into();
        let span = read_interval(&mut reader, Timestamp(0))?;
        let open = read_intervals(&mut reader, span.from)?;
        let leave = read_intervals(&mut reader, span.from)?;
        reader.finish()?;
        Ok(Self { calendar_version, span, open, leave, stamp })
    }
}

/// The stored form in an answer that is kept under a key.
pub mod stored {
    use super::Hours;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use std::sync::Arc;

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(hours: &Option<Arc<Hours>>, serializer: S) -> Result<S::Ok, S::Error> {
        hours.as_ref().map(|hours| hours.encode()).serialize(serializer)
    }

    /// # Errors
    /// Those of the deserializer, and bytes that [`Hours::encode`] did not write.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<Hours>>, D::Error> {
        let bytes = Option::<Vec<u8>>::deserialize(deserializer)?;
        bytes.map(|bytes| Hours::decode(&bytes).map(Arc::new)).transpose().map_err(D::Error::custom)
    }
}

fn read_intervals(reader: &mut Reader<'_>, mut last: Timestamp) -> Result<Intervals, Malformed> {
    let count = reader.u64()?;
    if count > HOURS_INTERVALS_MAX {
        return Err(Malformed::Overflow);
    }
    (0..count)
        .map(|_| {
            let interval = read_interval(reader, last)?;
            last = interval.until;
            Ok(interval)
        })
        .collect()
}

/// An interval whose start is written as the distance from another moment.
fn read_interval(reader: &mut Reader<'_>, last: Timestamp) -> Result<Interval, Malformed> {
    let from = last.0.checked_add(reader.i64()?).ok_or(Malformed::Overflow)?;
    let length = i64::try_from(reader.u64()?).map_err(|_| Malformed::Overflow)?;
    let until = from.checked_add(length).ok_or(Malformed::Overflow)?;
    Ok(Interval::new(Timestamp(from), Timestamp(until)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(pairs: &[(i64, i64)]) -> Intervals {
        pairs.iter().map(|(from, until)| Interval::new(Timestamp(*from), Timestamp(*until))).collect()
    }

    fn hours() -> Hours {
        Hours {
            calendar_version: 7,
            span: Interval::new(Timestamp(0), Timestamp(100)),
            open: list(&[(10, 20), (30, 40)]),
            leave: list(&[(50, 60)]),
            stamp: "2026e-h1".into(),
        }
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let bytes = hours().encode();
        assert_eq!(Hours::decode(&bytes), Ok(hours()));
        (0..bytes.len()).for_each(|end| assert!(Hours::decode(&bytes[..end]).is_err(), "{end} bytes are enough"));
        assert_eq!(Hours::decode(&[&bytes[..], &[0]].concat()), Err(Malformed::TrailingBytes));
    }

    #[test]
    fn every_reason_has_its_end_and_every_edge_another_reason() {
        let hours = hours();
        let away = |at| hours.away(Timestamp(at)).map(|it| (it.reason, it.until.map(|until| until.0)));
        assert_eq!(away(5), Some((AwayReason::OffShift, Some(10))));
        assert_eq!((away(10), away(19)), (None, None));
        assert_eq!(away(20), Some((AwayReason::OffShift, Some(30))));
        assert_eq!(away(45), Some((AwayReason::OffShift, None)));
        assert_eq!(away(50), Some((AwayReason::OnLeave, Some(60))));
        assert_eq!(
            (away(-1), away(100)),
            (Some((AwayReason::HoursUnknown, None)), Some((AwayReason::HoursUnknown, None)))
        );
        let mut edges = vec![Timestamp(-5)];
        while let Some(next) = edges.last().and_then(|last| hours.next_edge(*last)) {
            edges.push(next);
        }
        let edges: Vec<i64> = edges.into_iter().skip(1).map(|at| at.0).collect();
        assert_eq!(edges, [0, 10, 20, 30, 40, 50, 60, 100]);
        assert_eq!(
            [hours.last_edge(Timestamp(9)), hours.last_edge(Timestamp(30))].map(|at| at.map(|at| at.0)),
            [None, Some(30)]
        );
    }
}
