//! One step of the job that keeps figures: a part of the feed, read, and what is to be stored of it.

use super::day::{Day, DayKey};
use super::fact::{Fact, pack, unpack};
use crate::codec::Malformed;
use crate::ids::{ContactId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The most facts that are kept together.
pub const FACTS_PER_CHUNK: usize = 1_024;

/// How far the feed has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportProgress {
    /// The position of the last event that was; 0 before the first.
    pub position: i64,
    /// When that happened.
    pub at: Timestamp,
}

/// What is remembered of a contact until it is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenContact {
    pub contact: ContactId,
    /// When it arrived or was reopened, or the time before which nobody was to get it.
    pub since: Timestamp,
    /// Whether it was given to somebody before.
    pub is_assigned: bool,
    /// Whether there was a response.
    pub is_answered: bool,
}

/// Some facts that follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactChunk {
    /// From 1, in the order of the feed.
    pub id: i64,
    /// When the first and the last of them happened.
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// How many facts are in the chunks before: these are full.
    pub before: i64,
    /// How many are in this one.
    pub facts: i64,
    /// [Packed](super::pack).
    pub body: Vec<u8>,
}

/// Rows as they are behind a part of the feed, to be written if nobody has read that part before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportStep {
    /// How far the feed had been read before.
    pub since: ReportProgress,
    pub until: ReportProgress,
    /// Of contacts: what is remembered of them, or that nothing is.
    pub open: Vec<(ContactId, Option<OpenContact>)>,
    /// The first may be there already, with fewer facts.
    pub chunks: Vec<FactChunk>,
    /// Encoded days.
    pub days: Vec<(DayKey, Vec<u8>)>,
}

impl ReportStep {
    /// What is to be stored of facts behind those of the last chunk, if there is one, and of the days that they count
    /// for, as far as those are stored.
    ///
    /// # Errors
    /// [`Malformed`] when the chunk cannot be read.
    pub fn new(
        [since, until]: [ReportProgress; 2],
        open: Vec<(ContactId, Option<OpenContact>)>,
        facts: Vec<Fact>,
        last: Option<FactChunk>,
        days: BTreeMap<DayKey, Day>,
    ) -> Result<Self, Malformed> {
        let days = add_to_days(&facts, days);
        Ok(Self { since, until, open, chunks: chunks(last, facts)?, days })
    }

    /// The days that facts count for.
    #[must_use]
    pub fn days_of(facts: &[Fact]) -> BTreeSet<DayKey> {
        facts.iter().flat_map(DayKey::of).collect()
    }
}

fn add_to_days(facts: &[Fact], mut days: BTreeMap<DayKey, Day>) -> Vec<(DayKey, Vec<u8>)> {
    for fact in facts {
        DayKey::of(fact).for_each(|key| days.entry(key).or_default().add(fact));
    }
    days.into_iter().map(|(key, day)| (key, day.encode())).collect()
}

/// The last chunk with more facts in it, if it has room, and new ones behind it.
fn chunks(last: Option<FactChunk>, facts: Vec<Fact>) -> Result<Vec<FactChunk>, Malformed> {
    let (mut id, mut all) = (1, Vec::new());
    if let Some(last) = last.filter(|_| !facts.is_empty()) {
        let has_room = last.facts < FACTS_PER_CHUNK as i64;
        id = if has_room { last.id } else { last.id + 1 };
        if has_room {
            all = unpack(&last.body)?;
        }
    }
    all.extend(facts);
    let chunk = |(id, facts): (i64, &[Fact])| {
        Some(FactChunk {
            id,
            first_at: facts.first()?.at,
            last_at: facts.last()?.at,
            // All chunks but the last are full.
            before: (id - 1) * FACTS_PER_CHUNK as i64,
            facts: facts.len() as i64,
            body: pack(facts),
        })
    };
    Ok((id..).zip(all.chunks(FACTS_PER_CHUNK)).filter_map(chunk).collect())
}
