//! Writing pools down: a *recording* is one snapshot of a pool and the steps that changed it since. A decision names
//! a recording and a step; replaying the steps up to there gives the pool it saw, bit for bit.
//!
//! So a pool is stored once for many decisions: an assignment costs a few bytes however many operators a source has.
//! A recording ends after as many steps as its snapshot is worth, which keeps replaying short. Its bytes are handed
//! to the store in *segments*, one per batch.

use crate::availability::{Away, AwayReason};
use crate::codec::{Malformed, Reader, put_i64, put_u64};
use crate::ids::{OperatorId, PoolId, Timestamp};
use crate::pool::{Candidate, EarningRules, Pool};
use std::collections::BTreeSet;

/// Of what is written. Version 2 has the bytes of version 1, but its steps are played by other rules; version 3 says
/// of candidates what keeps them from all contacts for a time.
const VERSION: u8 = 3;
const STEP_ASSIGNED: u64 = 0;
const STEP_CHANGED: u64 = 1;
const FLAG_ACTIVE: u64 = 1;
const FLAG_EVER_ASSIGNED: u64 = 2;
const FLAG_AWAY: u64 = 4;
const FLAG_AWAY_UNTIL: u64 = 8;

/// A recording takes at least this many steps before the next snapshot.
const STEPS_MIN: u32 = 64;

/// Bytes of a recording made in one batch, to be stored under `(pool, first_step)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub pool: PoolId,
    /// The number of its first step, counted from 1; 0 in the segment that opens with the snapshot, whether or not a
    /// step follows in the same batch.
    pub first_step: u32,
    /// A version byte, then the snapshot if `first_step` is 0, then steps.
    pub bytes: Vec<u8>,
}

/// A recording under way. It holds what is not stored yet, never the pool itself.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) id: PoolId,
    steps: u32,
    steps_max: u32,
    first_unsaved_step: u32,
    unsaved: Vec<u8>,
    /// Places whose candidates changed otherwise than by an assignment from this pool since the last decision.
    touched: BTreeSet<usize>,
}

impl Recording {
    pub(crate) fn start(id: PoolId, pool: &Pool) -> Self {
        let mut unsaved = vec![VERSION];
        put_pool(&mut unsaved, pool);
        let steps_max = STEPS_MIN.max(pool.candidates().len() as u32);
        Self { id, steps: 0, steps_max, first_unsaved_step: 0, unsaved, touched: BTreeSet::new() }
    }

    /// Notes that the candidate at `index` changed; written down only if a decision follows.
    pub(crate) fn touch(&mut self, index: usize) {
        self.touched.insert(index);
    }

    /// Brings the recording up to `pool` and says which step now stands for it.
    pub(crate) fn observe(&mut self, pool: &Pool) -> u32 {
        for index in std::mem::take(&mut self.touched) {
            self.open_step(STEP_CHANGED, index);
            put_candidate(&mut self.unsaved, &pool.candidates()[index]);
        }
        self.steps
    }

    /// Notes that the member at `index` was assigned a contact from this pool.
    pub(crate) fn assigned(&mut self, index: usize, at: Timestamp) {
        self.open_step(STEP_ASSIGNED, index);
        put_i64(&mut self.unsaved, at.0);
    }

    fn open_step(&mut self, code: u64, index: usize) {
        if self.unsaved.is_empty() {
            self.unsaved.push(VERSION);
        }
        put_u64(&mut self.unsaved, code);
        put_u64(&mut self.unsaved, index as u64);
        self.steps += 1;
    }

    /// Whether the next decision should start a new recording.
    pub(crate) const fn is_worn_out(&self) -> bool {
        self.steps >= self.steps_max
    }

    /// What is to be stored since the last call, if anything.
    pub(crate) fn take_segment(&mut self) -> Option<Segment> {
        if self.unsaved.is_empty() {
            return None;
        }
        let first_step = std::mem::replace(&mut self.first_unsaved_step, self.steps + 1);
        Some(Segment { pool: self.id, first_step, bytes: std::mem::take(&mut self.unsaved) })
    }
}

/// So many bytes of the first segment of a recording are enough for [`members`].
pub const HEAD_BYTES: u32 = 11;

/// How many members the pool of a recording has, from the first bytes of its first segment.
///
/// # Errors
/// [`Malformed`] when they do not open a recording.
pub fn members(head: &[u8]) -> Result<u64, Malformed> {
    let mut reader = Reader::new(head);
    Format::read(&mut reader)?;
    reader.u64()
}

/// How a segment is read.
#[derive(Clone, Copy, Debug)]
struct Format {
    /// By which its steps are played.
    rules: EarningRules,
    /// All flags that candidates may have.
    flags: u64,
}

impl Format {
    /// Reads the version of a segment.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let first = FLAG_ACTIVE | FLAG_EVER_ASSIGNED;
        match reader.byte()? {
            1 => Ok(Self { rules: EarningRules::First, flags: first }),
            2 => Ok(Self { rules: EarningRules::Second, flags: first }),
            VERSION => Ok(Self { rules: EarningRules::Second, flags: first | FLAG_AWAY | FLAG_AWAY_UNTIL }),
            other => Err(Malformed::UnknownVersion(other)),
        }
    }
}

/// The pool as it stood at `step` of a recording, from its segments in order of their first step. Segments that
/// begin behind `step` are not looked at.
///
/// # Errors
/// [`Malformed`] when the bytes are not a recording that reaches `step`.
pub fn replay<'a>(segments: impl IntoIterator<Item = &'a [u8]>, step: u32) -> Result<Pool, Malformed> {
    let mut playback = Playback::start(segments.into_iter())?;
    playback.play_to(step)?;
    Ok(playback.pool)
}

/// A recording under replay: gives the pool at one step after the other and reads each step once, for code that checks
/// many decisions of one recording.
#[derive(Clone, Debug)]
pub struct Playback<'a, I> {
    segments: I,
    reader: Reader<'a>,
    format: Format,
    pool: Pool,
    step: u32,
}

impl<'a, I: Iterator<Item = &'a [u8]>> Playback<'a, I> {
    /// Reads the snapshot. The segments come in order of their first step.
    ///
    /// # Errors
    /// [`Malformed`] when they do not open with a snapshot.
    pub fn start(mut segments: I) -> Result<Self, Malformed> {
        let mut reader = Reader::new(segments.next().ok_or(Malformed::Truncated)?);
        let format = Format::read(&mut reader)?;
        let pool = read_pool(&mut reader, format)?;
        Ok(Self { segments, reader, format, pool, step: 0 })
    }

    /// The pool as it stood at `step`, which is not before the step asked for last.
    ///
    /// # Errors
    /// [`Malformed`] when the recording does not reach `step` or a step cannot be read; nothing can be played then.
    ///
    /// # Panics
    /// When `step` lies behind: a recording plays forwards only.
    pub fn pool_at(&mut self, step: u32) -> Result<&Pool, Malformed> {
        assert!(step >= self.step, "a recording plays forwards only");
        self.play_to(step)?;
        Ok(&self.pool)
    }

    fn play_to(&mut self, step: u32) -> Result<(), Malformed> {
        while self.step < step {
            while self.reader.is_empty() {
                self.reader = Reader::new(self.segments.next().ok_or(Malformed::Truncated)?);
                self.format = Format::read(&mut self.reader)?;
            }
            read_step(&mut self.reader, &mut self.pool, self.format)?;
            self.step += 1;
        }
        Ok(())
    }
}

fn read_step(reader: &mut Reader<'_>, pool: &mut Pool, format: Format) -> Result<(), Malformed> {
    let code = reader.u64()?;
    let place = reader.u64()?;
    let index = usize::try_from(place).map_err(|_| Malformed::Overflow)?;
    let operator = pool.candidates().get(index).ok_or(Malformed::UnknownCandidate(place))?.operator;
    match code {
        STEP_ASSIGNED => _ = pool.assign(index, Timestamp(reader.i64()?)),
        STEP_CHANGED => {
            let changed = read_candidate(reader, operator, format)?;
            pool.change(index, |candidate| *candidate = changed);
        }
        other => return Err(Malformed::UnknownCode(other)),
    }
    Ok(())
}

fn put_pool(out: &mut Vec<u8>, pool: &Pool) {
    put_u64(out, pool.candidates().len() as u64);
    let mut last_id = 0;
    for candidate in pool.candidates() {
        put_i64(out, candidate.operator.0.wrapping_sub(last_id));
        last_id = candidate.operator.0;
        put_candidate(out, candidate);
    }
}

fn read_pool(reader: &mut Reader<'_>, format: Format) -> Result<Pool, Malformed> {
    let count = reader.u64()?;
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut last_id = 0i64;
    for _ in 0..count {
        let gap = reader.i64()?;
        let id = last_id.checked_add(gap).filter(|id| candidates.is_empty() || *id > last_id);
        last_id = id.ok_or(Malformed::Overflow)?;
        candidates.push(read_candidate(reader, OperatorId(last_id), format)?);
    }
    Ok(Pool::with_rules(candidates, format.rules))
}

fn put_candidate(out: &mut Vec<u8>, candidate: &Candidate) {
    let until = candidate.away.and_then(|away| away.until);
    let flag = |bit, is_set: bool| if is_set { bit } else { 0 };
    let flags = flag(FLAG_ACTIVE, candidate.is_active)
        | flag(FLAG_EVER_ASSIGNED, candidate.last_assigned_at.is_some())
        | flag(FLAG_AWAY, candidate.away.is_some())
        | flag(FLAG_AWAY_UNTIL, until.is_some());
    put_u64(out, flags);
    put_u64(out, candidate.weight.into());
    put_u64(out, candidate.load.into());
    put_u64(out, candidate.max_load.into());
    put_i64(out, candidate.credit);
    if let Some(at) = candidate.last_assigned_at {
        put_i64(out, at.0);
    }
    if let Some(away) = candidate.away {
        put_u64(out, away.reason as u64);
    }
    if let Some(until) = until {
        put_i64(out, until.0);
    }
}

fn read_candidate(reader: &mut Reader<'_>, operator: OperatorId, format: Format) -> Result<Candidate, Malformed> {
    let flags = reader.u64()?;
    let is_end_of_nothing = flags & (FLAG_AWAY | FLAG_AWAY_UNTIL) == FLAG_AWAY_UNTIL;
    if flags > format.flags || is_end_of_nothing {
        return Err(Malformed::UnknownCode(flags));
    }
    let has = |bit| flags & bit != 0;
    let candidate = Candidate {
        operator,
        weight: reader.u32()?,
        is_active: flags & FLAG_ACTIVE != 0,
        load: reader.u32()?,
        max_load: reader.u32()?,
        credit: reader.i64()?,
        last_assigned_at: if has(FLAG_EVER_ASSIGNED) { Some(Timestamp(reader.i64()?)) } else { None },
        away: None,
    };
    let away = if has(FLAG_AWAY) { Some(read_away(reader, has(FLAG_AWAY_UNTIL))?) } else { None };
    Ok(Candidate { away, ..candidate })
}

fn read_away(reader: &mut Reader<'_>, has_end: bool) -> Result<Away, Malformed> {
    let code = reader.u64()?;
    let reason = usize::try_from(code).ok().and_then(|code| AwayReason::ALL.get(code)).copied();
    let reason = reason.ok_or(Malformed::UnknownCode(code))?;
    Ok(Away { reason, until: if has_end { Some(Timestamp(reader.i64()?)) } else { None } })
}

#[cfg(test)]
mod tests;
