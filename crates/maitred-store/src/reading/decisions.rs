//! The chain of a contact: its decisions, each with the pool it was made from.

use super::read::{Read, values};
use super::{contacts, operators, sources};
use crate::StoreError;
use crate::schema::{DecisionRow, columns_of};
use crate::views::{Chain, Link, Page, Story};
use futures_util::future::{try_join, try_join_all};
use maitred_core::pool::Pool;
use maitred_core::{ContactId, PoolId, recording};
use std::collections::{BTreeMap, BTreeSet};

/// The chain of a contact; none when there is no such contact. A recording that cannot be read is in its [`Link`].
pub async fn chain(at: &impl Read, contact: ContactId) -> Result<Option<Chain>, StoreError> {
    chain_page(at, contact, Page { limit: u32::MAX, after: None }).await
}

/// A page of the chain of a contact, `after` being the place of a decision in it.
pub async fn chain_page(at: &impl Read, contact: ContactId, page: Page) -> Result<Option<Chain>, StoreError> {
    let exists = "SELECT id FROM maitred.contacts WHERE id = $1";
    if at.one::<ContactId>(exists, values![contact]).await?.is_none() {
        return Ok(None);
    }
    let links = links(at, contact, page).await?;
    let mut mentioned = BTreeSet::new();
    for Link { decision, pool } in &links {
        mentioned.extend([decision.outcome, decision.rule.preferred, decision.rule.avoided].into_iter().flatten());
        mentioned.extend(pool.iter().flatten().flat_map(Pool::candidates).map(|candidate| candidate.operator));
    }
    Ok(Some(Chain { contact, links, names: operators::names(at, mentioned).await? }))
}

/// A contact with its source and its chain; none when there is no such contact.
pub async fn story(at: &impl Read, id: ContactId) -> Result<Option<Story>, StoreError> {
    let (Some(contact), Some(chain)) = try_join(contacts::contact(at, id), chain(at, id)).await? else {
        return Ok(None);
    };
    Ok(Some(Story { source: sources::source(at, contact.source).await?, contact, chain }))
}

async fn links(at: &impl Read, contact: ContactId, page: Page) -> Result<Vec<Link>, StoreError> {
    let sql = format!(
        "SELECT {} FROM maitred.decisions d WHERE d.contact_id = $1 AND d.seq > $2 \
         ORDER BY d.contact_id, d.seq LIMIT $3",
        columns_of::<DecisionRow>("d")
    );
    let stored: Vec<DecisionRow> = at.list(&sql, values![contact, page.after.unwrap_or(-1), page.limit]).await?;
    let mut last_steps: BTreeMap<PoolId, u32> = BTreeMap::new();
    for place in stored.iter().filter_map(DecisionRow::pool_ref) {
        let last = last_steps.entry(place.pool).or_default();
        *last = (*last).max(place.step);
    }
    let recordings = last_steps.iter().map(|(pool, step)| segments(at, *pool, *step));
    let recordings = try_join_all(recordings).await?;
    let recordings: BTreeMap<PoolId, Vec<(u32, Vec<u8>)>> = last_steps.into_keys().zip(recordings).collect();
    let link = |it: DecisionRow| {
        let pool = it.pool_ref().map(|place| {
            let segments = recordings.get(&place.pool).into_iter().flatten();
            let needed = segments.take_while(|(first_step, _)| *first_step <= place.step);
            recording::replay(needed.map(|(_, bytes)| bytes.as_slice()), place.step)
        });
        Ok(Link { decision: it.decision()?, pool })
    };
    stored.into_iter().map(link).collect()
}

/// The segments of a recording up to a step, in order, each with its first step.
pub async fn segments(at: &impl Read, pool: PoolId, step: u32) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
    let sql = "SELECT first_step, bytes FROM maitred.pool_segments WHERE pool_id = $1 AND first_step <= $2 \
               ORDER BY pool_id, first_step";
    at.list(sql, values![pool, step]).await
}
