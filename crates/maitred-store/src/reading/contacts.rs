//! Contacts.

use super::demo::is_counted;
use super::read::{Read, values};
use crate::StoreError;
use crate::schema::{Value, columns_of};
use crate::views::{ContactFilter, Page, Share};
use futures_util::future::try_join_all;
use maitred_core::conversation::Message;
use maitred_core::idempotency::KeyDigest;
use maitred_core::{Contact, ContactId, MessageId, Note, OperatorId, SourceId, Status};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;

/// Keys that are looked up side by side, which PostgreSQL answers in one go.
const KEYS_AT_ONCE: usize = 256;

/// Newest first, or oldest first if the filter says so.
pub async fn contacts(at: &impl Read, filter: &ContactFilter, page: Page) -> Result<Vec<Contact>, StoreError> {
    let ids = match page.after {
        Some(after) if filter.oldest_first => {
            let all = bounds(at, filter, None).await?;
            all.start.max(after.saturating_add(1))..all.end
        }
        below => bounds(at, filter, below).await?,
    };
    at.contacts(filter, ids, page.limit).await
}

/// The ids between the times of a filter, and below an id.
pub async fn bounds(at: &impl Read, filter: &ContactFilter, below: Option<i64>) -> Result<Range<i64>, StoreError> {
    let start = match filter.created_after {
        Some(time) => at.first_id_since(time).await?,
        None => i64::MIN,
    };
    let end = match filter.created_before {
        Some(time) => at.first_id_since(time).await?,
        None => i64::MAX,
    };
    Ok(start..end.min(below.unwrap_or(i64::MAX)))
}

pub async fn contact(at: &impl Read, id: ContactId) -> Result<Option<Contact>, StoreError> {
    let sql = format!("SELECT {} FROM maitred.contacts c WHERE c.id = $1", columns_of::<Contact>("c"));
    at.one(&sql, values![id]).await
}

/// Those of these contacts that are there, newest first.
pub async fn contacts_among(at: &impl Read, ids: &[ContactId]) -> Result<Vec<Contact>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let sql = format!("SELECT {} FROM maitred.contacts c WHERE c.id = ANY($1)", columns_of::<Contact>("c"));
    let mut found: Vec<Contact> = at.among(&sql, &ids, &[]).await?;
    found.sort_unstable_by_key(|contact| Reverse(contact.id));
    Ok(found)
}

/// What was written down about a contact, the last note first; none of a contact that is not there.
pub async fn notes(at: &impl Read, id: ContactId, page: Page) -> Result<Option<Vec<Note>>, StoreError> {
    if contact(at, id).await?.is_none() {
        return Ok(None);
    }
    let columns = columns_of::<Note>("n");
    let sql = format!(
        "SELECT {columns} FROM maitred.contact_notes n WHERE n.contact_id = $1 AND n.id < $2 \
         ORDER BY n.id DESC LIMIT $3"
    );
    at.list(&sql, values![id, page.after.unwrap_or(i64::MAX), page.limit]).await.map(Some)
}

/// What was said in a contact after the message that it arrived with, the last message first; none of a contact that is
/// not there.
pub async fn messages(at: &impl Read, id: ContactId, page: Page) -> Result<Option<Vec<Message>>, StoreError> {
    if contact(at, id).await?.is_none() {
        return Ok(None);
    }
    let columns = columns_of::<Message>("m");
    let sql = format!(
        "SELECT {columns} FROM maitred.messages m WHERE m.contact_id = $1 AND m.id < $2 ORDER BY m.id DESC LIMIT $3"
    );
    at.list(&sql, values![id, page.after.unwrap_or(i64::MAX), page.limit]).await.map(Some)
}

/// The latest messages of each of these contacts, so many at most, in order.
pub async fn latest_messages(at: &impl Read, contacts: &[ContactId], each: u32) -> Result<Vec<Message>, StoreError> {
    let columns = columns_of::<Message>("m");
    let sql = format!("SELECT {columns} FROM maitred.messages m WHERE m.contact_id = $1 ORDER BY m.id DESC LIMIT $2");
    // One by one: a conversation may be long, and by its index only the end of it is read.
    let mut all: Vec<Message> = Vec::new();
    for contact in contacts {
        all.extend(at.list::<Message>(&sql, values![*contact, each]).await?);
    }
    all.sort_by_key(|message| message.id);
    Ok(all)
}

/// Messages to leads that are still to be sent, those behind an id, the first first.
pub async fn pending_messages(at: &impl Read, behind: MessageId, limit: u32) -> Result<Vec<Message>, StoreError> {
    let columns = columns_of::<Message>("m");
    let sql = format!(
        "SELECT {columns} FROM maitred.messages m /* INDEXED BY messages_pending */ \
         WHERE m.delivery = 'pending' AND m.id > $1 ORDER BY m.id LIMIT $2"
    );
    at.list(&sql, values![behind, limit]).await
}

/// Of what these operators hold, the contact that arrived first.
pub async fn first_held(at: &impl Read, operators: &[OperatorId]) -> Result<Option<Contact>, StoreError> {
    let operators: Vec<i64> = operators.iter().map(|operator| operator.0).collect();
    let (columns, code) = (columns_of::<Contact>("c"), Status::Assigned as i64);
    let sql = format!(
        "SELECT {columns} FROM maitred.contacts c /* INDEXED BY contacts_open */ \
         WHERE c.status = {code} AND c.status < 2 AND c.operator_id = ANY($1) ORDER BY c.status, c.id LIMIT 1"
    );
    Ok(at.among(&sql, &operators, &[]).await?.pop())
}

/// How many waiting contacts of the same source go before this one, counted up to `most` for each reason: a higher
/// priority, an earlier arrival.
pub async fn waiting_before(at: &impl Read, contact: &Contact, most: u32) -> Result<u64, StoreError> {
    let before = |condition: &str| {
        format!(
            "(SELECT count(*) FROM (SELECT 1 FROM maitred.contacts c /* INDEXED BY contacts_waiting */ \
             WHERE c.source_id = $1 AND c.status = 0 AND NOT c.scheduled AND c.retry_at IS NULL AND {condition} \
             LIMIT $5) counted)"
        )
    };
    let higher = before("c.priority > $2");
    let earlier = before("c.priority = $2 AND (c.created_at, c.id) < ($3, $4)");
    let priority = i64::from(contact.priority);
    let values = values![contact.source, priority, contact.created_at, contact.id, most];
    let found: Option<(u64, u64)> = at.one(&format!("SELECT {higher}, {earlier}"), values).await?;
    Ok(found.map_or(0, |(higher, earlier)| higher + earlier))
}

/// What an operator holds, in the order of arrival.
pub async fn held<R: Read>(at: &R, operator: OperatorId, page: Page) -> Result<Vec<Contact>, StoreError> {
    at.list(&held_sql(R::IS_SQLITE), values![operator, page.after.unwrap_or(i64::MIN), page.limit]).await
}

/// What is open is in the order of arrival, whatever operator holds it.
pub fn held_sql(in_sqlite: bool) -> String {
    let (columns, code) = (columns_of::<Contact>("c"), Status::Assigned as i64);
    match in_sqlite {
        true => format!(
            "SELECT {columns} FROM contacts c INDEXED BY contacts_open \
             WHERE c.status = {code} AND c.status < 2 AND c.operator_id = ?1 AND c.id > ?2 ORDER BY c.id LIMIT ?3"
        ),
        false => format!(
            "SELECT {columns} FROM maitred.contacts c \
             WHERE (c.status, c.id) > ({code}, $2) AND (c.status, c.id) <= ({code}, {}) AND c.status < 2 \
             AND c.operator_id = $1 ORDER BY c.status, c.id LIMIT $3",
            i64::MAX
        ),
    }
}

/// How many contacts each operator has and had of each source: a count over all contacts.
pub async fn shares(at: &impl Read) -> Result<Vec<Share>, StoreError> {
    let sql = format!(
        "SELECT c.source_id, c.operator_id, count(*) FROM maitred.contacts c \
         JOIN maitred.sources s ON s.id = c.source_id WHERE {} \
         GROUP BY c.source_id, c.operator_id ORDER BY c.source_id, c.operator_id NULLS FIRST",
        is_counted("s")
    );
    let share = |(source, operator, contacts)| Share { source, operator, contacts };
    Ok(at.list::<(SourceId, Option<OperatorId>, u64)>(&sql, &[]).await?.into_iter().map(share).collect())
}

/// Those of these keys that a contact was submitted with.
pub async fn receipts(at: &impl Read, keys: &[KeyDigest]) -> Result<BTreeSet<KeyDigest>, StoreError> {
    let sql = "SELECT r.contact_id FROM maitred.receipts r WHERE r.key = $1";
    let mut found = BTreeSet::new();
    for some in keys.chunks(KEYS_AT_ONCE) {
        let asked = some.iter().map(|key| async move {
            let contact: Option<ContactId> = at.one(sql, &[Value::from(&key[..])]).await?;
            Ok::<_, StoreError>(contact.map(|_| *key))
        });
        found.extend(try_join_all(asked).await?.into_iter().flatten());
    }
    Ok(found)
}
