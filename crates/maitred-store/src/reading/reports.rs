//! What happened in a period: whole days and facts as far as a job has read the feed, and behind that the feed itself,
//! so an answer knows of everything that was committed. See [`maitred_core::report`].

use super::read::{Read, values};
use super::{demo, events};
use crate::StoreError;
use crate::reports::{ReportQuery, ReportRows, Whose};
use crate::schema::{DayRow, ProgressRow, columns_of};
use crate::views::PlacedEvent;
use maitred_core::follower::Follower;
use maitred_core::report::{
    DAY_MICROS, Day, DayKey, Fact, FactChunk, OpenContact, ReportProgress, ReportStep, day_of, unpack,
};
use maitred_core::{SourceId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The most events behind those that are kept that are read for a report.
pub const TAIL_EVENTS_MAX: u32 = 20_000;
/// Chunks that are read at a time.
const CHUNKS: u32 = 64;

/// What happened in a period, of the sources that count.
pub async fn rows(at: &impl Read, query: ReportQuery) -> Result<ReportRows, StoreError> {
    let progress = progress(at).await?;
    let mut rows = ReportRows { waiting_now: waiting_now(at, query).await?, ..ReportRows::default() };
    if query.from <= progress.at {
        kept(at, query, &mut rows).await?;
    }
    if progress.at <= query.to {
        rows.complete_to = add_tail(at, progress, &mut rows.facts).await?.filter(|complete| *complete < query.to);
    }
    let sources = sources(at, query.source).await?;
    rows.facts.retain(|fact| is_asked_for(fact, query, &sources));
    rows.days.retain(|(key, _)| sources.contains(&key.source));
    Ok(rows)
}

/// How far the feed has been read.
pub async fn progress(at: &impl Read) -> Result<ReportProgress, StoreError> {
    let sql = format!("SELECT {} FROM maitred.report_progress p", columns_of::<ProgressRow>("p"));
    Ok(at.one(&sql, &[]).await?.unwrap_or_default())
}

/// The next step of the job that reads the feed: at most so many events; none if it has read all.
pub async fn next_step(at: &impl Read, events_max: u32) -> Result<Option<ReportStep>, StoreError> {
    let since = progress(at).await?;
    let page = events::events(at, since.position, events_max).await?;
    let Some(last) = page.last() else { return Ok(None) };
    let until = ReportProgress { position: last.position, at: last.event.at };
    let mut follower = follower(at, &page).await?;
    page.iter().for_each(|placed| follower.read(&placed.event));
    let facts = follower.take_facts();
    let keys = ReportStep::days_of(&facts);
    let (chunk, days) = (last_chunk(at).await?, stored_days(at, &keys).await?);
    Ok(Some(ReportStep::new([since, until], follower.into_changed(), facts, chunk, days)?))
}

/// One who remembers what is to be known of the contacts of some events.
async fn follower(at: &impl Read, events: &[PlacedEvent]) -> Result<Follower, StoreError> {
    let contacts: BTreeSet<_> = events.iter().filter_map(|placed| Follower::contact_of(&placed.event)).collect();
    let ids: Vec<i64> = contacts.into_iter().map(|id| id.0).collect();
    let columns = columns_of::<OpenContact>("o");
    let sql = format!("SELECT {columns} FROM maitred.report_contacts o WHERE o.contact_id = ANY($1)");
    Ok(Follower::new(at.among::<OpenContact>(&sql, &ids, &[]).await?))
}

pub(super) async fn last_chunk(at: &impl Read) -> Result<Option<FactChunk>, StoreError> {
    let columns = columns_of::<FactChunk>("f");
    at.one(&format!("SELECT {columns} FROM maitred.report_facts f ORDER BY f.id DESC LIMIT 1"), &[]).await
}

/// Those of these days that are stored.
async fn stored_days(at: &impl Read, keys: &BTreeSet<DayKey>) -> Result<BTreeMap<DayKey, Day>, StoreError> {
    let operators: BTreeSet<i64> = keys.iter().map(|key| key.operator.map_or(0, |id| id.0)).collect();
    let days: BTreeSet<i64> = keys.iter().map(|key| key.day).collect();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(BTreeMap::new()) };
    let ids: Vec<i64> = operators.into_iter().collect();
    let stored = days_between(at, &ids, None, *first, last + 1).await?;
    Ok(stored.into_iter().filter(|(key, _)| keys.contains(key)).collect())
}

/// Whole days of these operators, of one source or of all.
pub(super) async fn days_between(
    at: &impl Read,
    operators: &[i64],
    source: Option<SourceId>,
    first: i64,
    end: i64,
) -> Result<Vec<(DayKey, Day)>, StoreError> {
    let columns = columns_of::<DayRow>("d");
    let sql = format!(
        "SELECT {columns} FROM maitred.report_days d WHERE d.operator_id = ANY($1) AND d.day >= $2 AND d.day < $3 \
         AND ($4 = 0 OR d.source_id = $4) ORDER BY d.operator_id, d.day, d.source_id"
    );
    let rows: Vec<DayRow> = at.among(&sql, operators, values![first, end, source.map_or(0, |source| source.0)]).await?;
    at.compute(move || rows.iter().map(DayRow::read_day).collect()).await?
}

/// What of a period is stored: facts, if they are few, else whole days with the facts before and behind.
async fn kept(at: &impl Read, query: ReportQuery, rows: &mut ReportRows) -> Result<(), StoreError> {
    let (first, end) = (day_of(Timestamp(query.from.0.saturating_add(DAY_MICROS - 1))), day_of(query.to));
    if first >= end || facts_between(at, query.from, query.to).await? <= query.facts_max {
        rows.facts = facts(at, query.from, query.to).await?;
        return Ok(());
    }
    let operators = match query.whose {
        Whose::Everybody => vec![0],
        Whose::One(operator) => vec![operator.0],
        Whose::Each => at.list::<i64>("SELECT o.id FROM maitred.operators o", &[]).await?,
    };
    rows.days = days_between(at, &operators, query.source, first, end).await?;
    rows.facts = facts(at, query.from, Timestamp(first.saturating_mul(DAY_MICROS))).await?;
    rows.facts.extend(facts(at, Timestamp(end.saturating_mul(DAY_MICROS)), query.to).await?);
    Ok(())
}

/// How many facts are stored from one time to another, to the size of a chunk.
pub(super) async fn facts_between(at: &impl Read, from: Timestamp, to: Timestamp) -> Result<i64, StoreError> {
    let sql = "SELECT f.facts_before, f.facts_before + f.facts FROM maitred.report_facts f \
               /* INDEXED BY report_facts_last_at */ WHERE f.last_at >= $1 ORDER BY f.last_at, f.id LIMIT 1";
    let Some((before, _)) = at.one::<(i64, i64)>(sql, values![from]).await? else { return Ok(0) };
    let end = match at.one::<(i64, i64)>(sql, values![to]).await? {
        Some((_, end)) => end,
        None => last_chunk(at).await?.map_or(0, |last| last.before + last.facts),
    };
    Ok(end - before)
}

/// Stored facts from one time to another, the second excluded.
pub(super) async fn facts(at: &impl Read, from: Timestamp, to: Timestamp) -> Result<Vec<Fact>, StoreError> {
    let first = "SELECT f.id FROM maitred.report_facts f /* INDEXED BY report_facts_last_at */ \
                 WHERE f.last_at >= $1 ORDER BY f.last_at, f.id LIMIT 1";
    let Some(mut next) = at.one::<i64>(first, values![from]).await? else { return Ok(Vec::new()) };
    let page = "SELECT f.id, f.first_at, f.body FROM maitred.report_facts f WHERE f.id >= $1 ORDER BY f.id LIMIT $2";
    let mut found = Vec::new();
    loop {
        let chunks: Vec<(i64, Timestamp, Vec<u8>)> = at.list(page, values![next, CHUNKS]).await?;
        let is_last = chunks.len() < CHUNKS as usize || chunks.last().is_some_and(|(_, first_at, _)| *first_at >= to);
        next += i64::from(CHUNKS);
        let facts = at.compute(move || chunks.iter().map(|(_, _, body)| unpack(body)).collect::<Result<Vec<_>, _>>());
        let facts = facts.await??.into_iter().flatten();
        found.extend(facts.filter(|fact| from <= fact.at && fact.at < to));
        if is_last {
            return Ok(found);
        }
    }
}

/// Adds what the feed says behind what is stored. Up to when that is all, if there is more.
pub(super) async fn add_tail(
    at: &impl Read,
    since: ReportProgress,
    facts: &mut Vec<Fact>,
) -> Result<Option<Timestamp>, StoreError> {
    let page = events::events(at, since.position, TAIL_EVENTS_MAX).await?;
    let mut follower = follower(at, &page).await?;
    page.iter().for_each(|placed| follower.read(&placed.event));
    facts.extend(follower.take_facts());
    let is_all = page.len() < TAIL_EVENTS_MAX as usize;
    Ok(page.last().filter(|_| !is_all).map(|last| last.event.at))
}

async fn waiting_now(at: &impl Read, query: ReportQuery) -> Result<u64, StoreError> {
    let of_operator = match query.whose {
        Whose::One(_) => "AND EXISTS (SELECT 1 FROM maitred.weights w WHERE w.source_id = s.id AND w.operator_id = $2)",
        Whose::Everybody | Whose::Each => "AND $2 = 0",
    };
    let of_source = match query.source {
        Some(_) => "s.id = $1".to_owned(),
        None => format!("$1 = 0 AND {}", demo::is_counted("s")),
    };
    let sql = format!(
        "SELECT CAST(coalesce(sum(t.waiting + t.resting), 0) AS BIGINT) FROM maitred.source_totals t \
         JOIN maitred.sources s ON s.id = t.source_id WHERE {of_source} {of_operator}"
    );
    let operator = if let Whose::One(operator) = query.whose { operator.0 } else { 0 };
    let source = query.source.map_or(0, |source| source.0);
    let waiting: Option<u64> = at.one(&sql, &[source.into(), operator.into()]).await?;
    Ok(waiting.unwrap_or_default())
}

fn is_asked_for(fact: &Fact, query: ReportQuery, sources: &BTreeSet<SourceId>) -> bool {
    let is_theirs = match query.whose {
        Whose::Everybody => true,
        Whose::One(operator) => fact.operator == Some(operator),
        Whose::Each => fact.operator.is_some(),
    };
    is_theirs && query.from <= fact.at && fact.at < query.to && sources.contains(&fact.source)
}

/// The sources whose figures are asked for, deleted ones too.
pub(super) async fn sources(at: &impl Read, source: Option<SourceId>) -> Result<BTreeSet<SourceId>, StoreError> {
    let sql = match source {
        Some(_) => "SELECT s.id FROM maitred.sources s WHERE s.id = $1".to_owned(),
        None => format!("SELECT s.id FROM maitred.sources s WHERE s.id > $1 AND {}", demo::is_counted("s")),
    };
    let ids: Vec<SourceId> = at.list(&sql, &[source.map_or(0, |source| source.0).into()]).await?;
    Ok(ids.into_iter().collect())
}
