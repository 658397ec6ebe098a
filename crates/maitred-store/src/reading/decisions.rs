//! The chain of a contact: its decisions, each with the pool it was made from. A part of it is read at a time; which
//! decisions are in it is known before the recordings of their pools are read, and each is replayed once.

#[cfg(test)]
mod tests;

use super::read::{Read, values};
use super::{contacts, operators, sources};
use crate::StoreError;
use crate::schema::{DecisionRow, columns_of};
use crate::views::{CANDIDATES_MAX, Chain, ChainPart, Link, PAGE_ROWS_MAX, Page, Story};
use futures_util::future::{try_join, try_join_all};
use maitred_core::pool::Pool;
use maitred_core::recording::{self, HEAD_BYTES, Playback};
use maitred_core::{ContactId, Decision, Malformed, PoolId};
use std::collections::{BTreeMap, BTreeSet};

/// The segments of recordings, each with its first step.
type Recordings = BTreeMap<PoolId, Vec<(u32, Vec<u8>)>>;

/// A part of the chain of a contact; none when there is no such contact. A recording that cannot be read is in its
/// [`Link`].
pub async fn chain_part(at: &impl Read, contact: ContactId, part: ChainPart) -> Result<Option<Chain>, StoreError> {
    let exists = "SELECT id FROM maitred.contacts WHERE id = $1";
    if at.one::<ContactId>(exists, values![contact]).await?.is_none() {
        return Ok(None);
    }
    let mut rows = rows(at, contact, part).await?;
    let found = rows.len();
    let limit = match part {
        ChainPart::Page(page) => page.limit,
        ChainPart::Before { limit, .. } => limit,
    } as usize;
    let fitting = fitting(at, &rows[..found.min(limit)]).await?;
    let behind = rows.split_off(fitting);
    let previous = behind.first().filter(|_| matches!(part, ChainPart::Before { .. }));
    let previous = previous.map(DecisionRow::decision).transpose()?;
    if matches!(part, ChainPart::Before { .. }) {
        rows.reverse();
    }
    let recordings = recordings(at, &rows).await?;
    let links = at.compute(move || links(rows, &recordings)).await??;
    let mut mentioned: BTreeSet<_> = previous.iter().filter_map(|decision| decision.outcome).collect();
    for Link { decision, pool } in &links {
        mentioned.extend([decision.outcome, decision.rule.preferred, decision.rule.avoided].into_iter().flatten());
        mentioned.extend(pool.iter().flatten().flat_map(Pool::candidates).map(|candidate| candidate.operator));
    }
    let names = operators::names(at, mentioned).await?;
    Ok(Some(Chain { contact, links, has_more: found > fitting || fitting == limit, previous, names }))
}

/// A contact with its source and its chain, as of one moment; none when there is no such contact.
pub async fn story(at: &impl Read, id: ContactId) -> Result<Option<Story>, StoreError> {
    let (Some(contact), Some(chain)) = try_join(contacts::contact(at, id), chain(at, id)).await? else {
        return Ok(None);
    };
    Ok(Some(Story { source: sources::source(at, contact.source).await?, contact, chain }))
}

/// The whole chain of a contact.
async fn chain(at: &impl Read, contact: ContactId) -> Result<Option<Chain>, StoreError> {
    let page = |after| ChainPart::Page(Page { limit: PAGE_ROWS_MAX, after });
    let Some(mut chain) = chain_part(at, contact, page(None)).await? else { return Ok(None) };
    let mut names: BTreeMap<_, _> = std::mem::take(&mut chain.names).into_iter().collect();
    while chain.has_more {
        let after = chain.links.last().map(|link| link.decision.seq.into());
        let Some(more) = chain_part(at, contact, page(after)).await? else { break };
        chain.links.extend(more.links);
        names.extend(more.names);
        chain.has_more = more.has_more;
    }
    chain.names = names.into_iter().collect();
    Ok(Some(chain))
}

/// The decisions of a part, in the order in which it is read: backwards for one before a place, of which there is one
/// more.
async fn rows(at: &impl Read, contact: ContactId, part: ChainPart) -> Result<Vec<DecisionRow>, StoreError> {
    let columns = columns_of::<DecisionRow>("d");
    match part {
        ChainPart::Page(Page { limit, after }) => {
            let sql = format!(
                "SELECT {columns} FROM maitred.decisions d WHERE d.contact_id = $1 AND d.seq > $2 \
                 ORDER BY d.contact_id, d.seq LIMIT $3"
            );
            at.list(&sql, values![contact, after.unwrap_or(-1), limit]).await
        }
        ChainPart::Before { seq, limit } => {
            let sql = format!(
                "SELECT {columns} FROM maitred.decisions d WHERE d.contact_id = $1 AND d.seq < $2 \
                 ORDER BY d.contact_id DESC, d.seq DESC LIMIT $3"
            );
            at.list(&sql, values![contact, seq, limit.saturating_add(1)]).await
        }
    }
}

/// The last decisions about a contact, the last one first.
pub async fn last(at: &impl Read, contact: ContactId, limit: u32) -> Result<Vec<Decision>, StoreError> {
    let mut rows = rows(at, contact, ChainPart::Before { seq: u32::MAX, limit }).await?;
    rows.truncate(limit as usize);
    rows.iter().map(|row| row.decision().map_err(StoreError::from)).collect()
}

/// How many of these decisions make up a part of a chain: as many as have [`CANDIDATES_MAX`] candidates together, and
/// one if there is one.
async fn fitting(at: &impl Read, rows: &[DecisionRow]) -> Result<usize, StoreError> {
    let pools: BTreeSet<i64> = rows.iter().filter_map(|row| row.pool.map(|pool| pool.0)).collect();
    let pools: Vec<i64> = pools.into_iter().collect();
    let sql = format!(
        "SELECT pool_id, substr(bytes, 1, {HEAD_BYTES}) FROM maitred.pool_segments \
         WHERE pool_id = ANY($1) AND first_step = 0"
    );
    let heads: Vec<(PoolId, Vec<u8>)> = at.among(&sql, &pools, &[]).await?;
    let members: BTreeMap<PoolId, u64> =
        heads.into_iter().map(|(pool, head)| (pool, recording::members(&head).unwrap_or(0))).collect();
    let mut candidates = 0u64;
    let fits = |row: &&DecisionRow| {
        let members = row.pool.and_then(|pool| members.get(&pool)).copied().unwrap_or(0);
        candidates = candidates.saturating_add(members);
        candidates <= CANDIDATES_MAX
    };
    let fitting = rows.iter().take_while(fits).count();
    Ok(fitting.max(rows.len().min(1)))
}

/// What is recorded of the pools of these decisions, up to the last step that one of them names.
async fn recordings(at: &impl Read, rows: &[DecisionRow]) -> Result<Recordings, StoreError> {
    let mut last_steps: BTreeMap<PoolId, u32> = BTreeMap::new();
    for place in rows.iter().filter_map(DecisionRow::pool_ref) {
        let last = last_steps.entry(place.pool).or_default();
        *last = (*last).max(place.step);
    }
    let recordings = last_steps.iter().map(|(pool, step)| segments(at, *pool, *step));
    let recordings = try_join_all(recordings).await?;
    Ok(last_steps.into_keys().zip(recordings).collect())
}

/// The segments of a recording up to a step, in order, each with its first step.
pub async fn segments(at: &impl Read, pool: PoolId, step: u32) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
    let sql = "SELECT first_step, bytes FROM maitred.pool_segments WHERE pool_id = $1 AND first_step <= $2 \
               ORDER BY pool_id, first_step";
    at.list(sql, values![pool, step]).await
}

/// Decisions with their pools; every recording is replayed once, however many of them name it.
fn links(rows: Vec<DecisionRow>, recordings: &Recordings) -> Result<Vec<Link>, Malformed> {
    let mut steps: BTreeMap<PoolId, BTreeMap<u32, Result<Pool, Malformed>>> = BTreeMap::new();
    for place in rows.iter().filter_map(DecisionRow::pool_ref) {
        steps.entry(place.pool).or_default().insert(place.step, Err(Malformed::Truncated));
    }
    for (pool, steps) in &mut steps {
        replay(recordings.get(pool).map_or(&[], Vec::as_slice), steps);
    }
    let link = |row: DecisionRow| {
        let decision: Decision = row.decision()?;
        let pool = decision.pool.and_then(|place| steps.get(&place.pool)?.get(&place.step).cloned());
        Ok(Link { decision, pool })
    };
    rows.into_iter().map(link).collect()
}

/// Puts in the pool at each of these steps, or why there is none.
fn replay(segments: &[(u32, Vec<u8>)], steps: &mut BTreeMap<u32, Result<Pool, Malformed>>) {
    let mut playback = Playback::start(segments.iter().map(|(_, bytes)| bytes.as_slice()));
    for (step, pool) in steps {
        *pool = match &mut playback {
            Ok(playing) => playing.pool_at(*step).cloned(),
            Err(malformed) => Err(*malformed),
        };
        // What cannot be read once is not read on from there.
        if let Err(malformed) = *pool {
            playback = Err(malformed);
        }
    }
}
