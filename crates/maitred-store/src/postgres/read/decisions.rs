//! The chain of a contact: its decisions, each with the pool it saw.

use crate::StoreError;
use crate::postgres::rows;
use crate::postgres::statement::{Value, list, one};
use crate::views::{Chain, Link, Page, Story};
use futures_util::future::try_join;
use maitred_core::decision::PoolRef;
use maitred_core::pool::Pool;
use maitred_core::{ContactId, Decision, OperatorId, PoolId, recording};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// The chain of a contact; `None` when there is no such contact.
///
/// # Errors
/// [`StoreError`] when the database or a decision cannot be read. A recording that cannot be is in its [`Link`].
pub async fn chain(client: &Client, contact: ContactId) -> Result<Option<Chain>, StoreError> {
    chain_page(client, contact, Page { limit: u32::MAX, after: None }).await
}

/// A page of the chain of a contact, `after` being the place of a decision in it; `None` when there is no such contact.
///
/// # Errors
/// As [`chain`].
pub async fn chain_page(client: &Client, contact: ContactId, page: Page) -> Result<Option<Chain>, StoreError> {
    let exists = "SELECT id FROM maitred.contacts WHERE id = $1";
    if one(client, exists, &[(&contact.0, Type::INT8)], |_| Ok(())).await?.is_none() {
        return Ok(None);
    }
    let links = links(client, contact, page).await?;
    let names = names(client, &links).await?;
    Ok(Some(Chain { contact, links, names }))
}

/// A contact with its source and its chain; `None` when there is no such contact.
///
/// # Errors
/// See [`chain`].
pub async fn story(client: &Client, id: ContactId) -> Result<Option<Story>, StoreError> {
    let (Some(contact), Some(chain)) = try_join(super::contact(client, id), chain(client, id)).await? else {
        return Ok(None);
    };
    Ok(Some(Story { source: super::source(client, contact.source).await?, contact, chain }))
}

/// A decision as it is stored.
pub struct StoredDecision {
    /// Its place in the chain.
    pub seq: u32,
    /// The pool it names.
    pub pool: Option<PoolRef>,
    /// The rest.
    pub body: Vec<u8>,
}

/// Reads a decision from the columns `seq, pool_id, step, body`, the first of which has the number `first`.
///
/// # Errors
/// When a column is not what the schema says.
pub fn stored(row: &Row, first: usize) -> Result<StoredDecision, StoreError> {
    let pool = row.try_get::<_, Option<i64>>(first + 1)?.map(PoolId);
    let step = row.try_get::<_, Option<i64>>(first + 2)?.map(|_| rows::number(row, first + 2)).transpose()?;
    let pool = pool.zip(step).map(|(pool, step)| PoolRef { pool, step });
    Ok(StoredDecision { seq: rows::number(row, first)?, pool, body: row.try_get(first + 3)? })
}

async fn links(client: &Client, contact: ContactId, page: Page) -> Result<Vec<Link>, StoreError> {
    let sql = "SELECT seq, pool_id, step, body FROM maitred.decisions WHERE contact_id = $1 AND seq > $2 \
               ORDER BY contact_id, seq LIMIT $3";
    let (after, limit) = (page.after.unwrap_or(-1), i64::from(page.limit));
    let values: [Value<'_>; 3] = [(&contact.0, Type::INT8), (&after, Type::INT8), (&limit, Type::INT8)];
    let stored = list(client, sql, &values, |row| stored(row, 0)).await?;
    let recordings = segments(client, stored.iter().filter_map(|decision| decision.pool)).await?;
    let link = |it: StoredDecision| {
        let decision = Decision::decode(contact, it.seq, it.pool, &it.body)?;
        Ok(Link { decision, pool: it.pool.map(|at| recordings.replay(at)) })
    };
    stored.into_iter().map(link).collect()
}

/// Recordings of pools, as far as they were asked for.
#[derive(Default)]
pub struct Recordings(BTreeMap<PoolId, Vec<(u32, Vec<u8>)>>);

impl Recordings {
    /// The pool that a decision saw, or why its record cannot be read.
    ///
    /// # Errors
    /// [`maitred_core::Malformed`] says why.
    pub fn replay(&self, at: PoolRef) -> Result<Pool, maitred_core::Malformed> {
        let segments = self.0.get(&at.pool).into_iter().flatten();
        let needed = segments.take_while(|(first_step, _)| *first_step <= at.step);
        recording::replay(needed.map(|(_, bytes)| bytes.as_slice()), at.step)
    }
}

/// The segments of recordings, each up to the last step that is asked for.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn segments(client: &Client, places: impl IntoIterator<Item = PoolRef>) -> Result<Recordings, StoreError> {
    let mut last_steps: BTreeMap<i64, i64> = BTreeMap::new();
    for PoolRef { pool, step } in places {
        let last = last_steps.entry(pool.0).or_default();
        *last = (*last).max(step.into());
    }
    if last_steps.is_empty() {
        return Ok(Recordings::default());
    }
    let (pools, steps): (Vec<i64>, Vec<i64>) = last_steps.into_iter().unzip();
    let sql = "SELECT s.pool_id, s.first_step, s.bytes FROM unnest($1::bigint[], $2::bigint[]) AS k (pool_id, step) \
               CROSS JOIN LATERAL (SELECT * FROM maitred.pool_segments p WHERE p.pool_id = k.pool_id \
               AND p.first_step <= k.step ORDER BY p.pool_id, p.first_step) s";
    let read = |row: &Row| Ok((PoolId(row.try_get(0)?), (rows::number(row, 1)?, row.try_get(2)?)));
    let found = list(client, sql, &[(&pools, Type::INT8_ARRAY), (&steps, Type::INT8_ARRAY)], read).await?;
    let mut recordings = Recordings::default();
    for (pool, segment) in found {
        recordings.0.entry(pool).or_default().push(segment);
    }
    Ok(recordings)
}

async fn names(client: &Client, links: &[Link]) -> Result<Vec<(OperatorId, Arc<str>)>, StoreError> {
    let mut operators = BTreeSet::new();
    for Link { decision, pool } in links {
        operators.extend([decision.outcome, decision.rule.preferred, decision.rule.avoided].into_iter().flatten());
        let candidates = pool.iter().flatten().flat_map(Pool::candidates);
        operators.extend(candidates.map(|candidate| candidate.operator));
    }
    super::operators::names(client, operators).await
}
