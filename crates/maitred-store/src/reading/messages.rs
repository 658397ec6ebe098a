//! Contacts by words of their messages. There is no index of these words: it would have to be written with every
//! contact that arrives, and would be one more copy of what people wrote. So messages are looked through, the newest
//! first, a stretch at a time, each of which is short. See docs/decisions/0015-messages-are-looked-through.md.

use super::contacts::{bounds, contacts_among};
use super::read::{Read, values};
use crate::StoreError;
use crate::views::{ContactFilter, Looked, STRETCH_BYTES_MAX, STRETCH_IDS_MAX, STRETCH_ROWS_MAX};
use crate::words::Words;
use maitred_core::{ContactId, Timestamp};
use std::ops::Range;
use std::sync::Arc;

/// A contact and its message.
pub type Message = (ContactId, Option<Arc<str>>);

/// Looks through the newest messages of contacts below an id that are what the filter says, for at most `limit` that
/// have these words. The newest come first, whatever the filter says of the order.
pub async fn messages_with(
    at: &impl Read,
    filter: &ContactFilter,
    words: Arc<Words>,
    below: i64,
    limit: u32,
) -> Result<Looked, StoreError> {
    let filter = &ContactFilter { oldest_first: false, ..*filter };
    let Some((ids, is_last)) = stretch(at, filter, below).await? else { return Ok(Looked::default()) };
    let messages = at.messages(filter, ids.clone()).await?;
    let bytes: usize = messages.iter().map(bytes).sum();
    let is_cut = messages.len() >= STRETCH_ROWS_MAX as usize || bytes >= STRETCH_BYTES_MAX;
    let last = messages.last().map(|(id, _)| id.0).filter(|_| is_cut);
    let has_words = move |(id, message): Message| message.filter(|text| words.are_in(text)).map(|_| id);
    let found = at.compute(move || messages.into_iter().filter_map(has_words).take(limit as usize).collect::<Vec<_>>());
    let found = found.await?;
    let full = found.last().map(|id| id.0).filter(|_| found.len() >= limit as usize);
    let looked_to = full.or(last).or((!is_last).then_some(ids.start));
    Ok(Looked { found: contacts_among(at, &found).await?, looked_to })
}

/// When the first contact from this id on arrived.
pub async fn arrived_from(at: &impl Read, id: i64) -> Result<Option<Timestamp>, StoreError> {
    at.one("SELECT c.created_at FROM maitred.contacts c WHERE c.id >= $1 ORDER BY c.id LIMIT 1", values![id]).await
}

/// The ids to look at next, and whether there are none behind them; none when there is no contact below.
async fn stretch(at: &impl Read, filter: &ContactFilter, below: i64) -> Result<Option<(Range<i64>, bool)>, StoreError> {
    let all = bounds(at, filter, Some(below)).await?;
    // Ids that are gone are skipped, however many they are.
    let newest = "SELECT c.id FROM maitred.contacts c WHERE c.id < $1 ORDER BY c.id DESC LIMIT 1";
    let newest: Option<i64> = at.one(newest, values![all.end]).await?;
    let first = all.start.max(0);
    Ok(newest.filter(|id| *id >= first).map(|id| {
        let start = (id + 1 - STRETCH_IDS_MAX).max(first);
        (start..id + 1, start == first)
    }))
}

pub fn bytes((_, message): &Message) -> usize {
    message.as_ref().map_or(0, |text| text.len())
}
