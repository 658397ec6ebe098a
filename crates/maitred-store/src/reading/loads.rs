//! How many contacts operators held: what happened in a period, and what they held when it began, which is everything
//! that happened before, added up from whole days. See [`maitred_core::report`].

use super::read::{Read, values};
use super::reports::{add_tail, days_between, facts, facts_between, last_chunk, progress, sources};
use crate::StoreError;
use crate::reports::{LoadQuery, LoadRows};
use maitred_core::report::{DAY_MICROS, Day, DayKey, FACTS_PER_CHUNK, Fact, FactKind, day_of};
use maitred_core::{OperatorId, SourceId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

const CHUNK: i64 = FACTS_PER_CHUNK as i64;

/// See [`LoadRows`].
pub async fn rows(at: &impl Read, query: LoadQuery) -> Result<LoadRows, StoreError> {
    let of = sources(at, query.source).await?;
    let progress = progress(at).await?;
    let from = first(at, query).await?;
    let (before, mut all) = if from <= progress.at {
        (held_at(at, from, query.source, &of).await?, facts(at, from, query.to).await?)
    } else {
        (held_at(at, Timestamp(i64::MAX), query.source, &of).await?, Vec::new())
    };
    let mut rows = LoadRows { from, before, ..LoadRows::default() };
    if progress.at <= query.to {
        rows.complete_to = add_tail(at, progress, &mut all).await?.filter(|complete| *complete < query.to);
    }
    let counts = |fact: &Fact| of.contains(&fact.source) && fact.operator.is_some() && fact.kind.held() != 0;
    for fact in all.into_iter().filter(counts) {
        // What the job has not read yet may have happened before the period.
        if fact.at < from {
            add(&mut rows.before, &fact);
        } else if fact.at < query.to {
            rows.facts.push(fact);
        }
    }
    rows.before.retain(|_, held| *held != 0);
    Ok(rows)
}

/// When the period begins, or the last facts of it that are read.
async fn first(at: &impl Read, query: LoadQuery) -> Result<Timestamp, StoreError> {
    let more = facts_between(at, query.from, query.to).await? - query.facts_max;
    if more <= 0 {
        return Ok(query.from);
    }
    let begins = "SELECT f.id FROM maitred.report_facts f /* INDEXED BY report_facts_last_at */ \
                  WHERE f.last_at >= $1 ORDER BY f.last_at, f.id LIMIT 1";
    let begins: i64 = at.one(begins, values![query.from]).await?.unwrap_or_default();
    // All chunks but the last are full.
    let id = begins + (more + CHUNK - 1) / CHUNK;
    let chunk = "SELECT f.first_at FROM maitred.report_facts f WHERE f.id >= $1 ORDER BY f.id LIMIT 1";
    let first: Option<Timestamp> = at.one(chunk, values![id]).await?;
    Ok(first.map_or(query.from, |first| first.max(query.from)))
}

/// How many contacts each operator held at a time, as far as the feed was read for reports.
async fn held_at(
    at: &impl Read,
    time: Timestamp,
    source: Option<SourceId>,
    of: &BTreeSet<SourceId>,
) -> Result<BTreeMap<OperatorId, i64>, StoreError> {
    let last = last_chunk(at).await?.map_or(Timestamp(0), |last| last.last_at);
    let time = time.min(Timestamp(last.0.saturating_add(1)));
    let operators = at.list::<i64>("SELECT o.id FROM maitred.operators o", &[]).await?;
    let today = day_of(time);
    let days = days_between(at, &operators, source, i64::MIN / DAY_MICROS, today).await?;
    let mut held: BTreeMap<OperatorId, i64> = BTreeMap::new();
    for (DayKey { operator, source, .. }, day) in &days {
        if let Some(operator) = operator.filter(|_| of.contains(source)) {
            *held.entry(operator).or_default() += more_held(day);
        }
    }
    let since = facts(at, Timestamp(today.saturating_mul(DAY_MICROS)), time).await?;
    since.iter().filter(|fact| of.contains(&fact.source)).for_each(|fact| add(&mut held, fact));
    Ok(held)
}

fn add(held: &mut BTreeMap<OperatorId, i64>, fact: &Fact) {
    if let Some(operator) = fact.operator {
        *held.entry(operator).or_default() += fact.kind.held();
    }
}

fn more_held(day: &Day) -> i64 {
    FactKind::ALL.into_iter().map(|kind| kind.held() * day.count(kind).cast_signed()).sum()
}
