//! The feed, and what a board shows of it. Read again and again while somebody looks, so everything here costs the same
//! however much is stored.

use super::demo;
use super::read::{Read, values};
use crate::StoreError;
use crate::schema::{EventRow, columns_of};
use crate::views::{Arrivals, Assignment, PlacedEvent, Pulse};
use maitred_core::{ContactId, EventDetail, EventKind, Identity, OperatorId, SourceId, Timestamp};
use std::sync::Arc;

/// The most events that are looked at for the last assignments.
const EVENTS_SEARCHED_MAX: u32 = 512;
/// The most identities of one lead that are looked at for one to show.
const IDENTITIES_MAX: u32 = 8;

/// The most events of one moment among which those of a contact are looked for: a command that assigns 256 contacts
/// emits some of each.
const EVENTS_OF_MOMENT_MAX: i64 = 4_096;

/// At most `limit` events behind a position, in order.
pub async fn events(at: &impl Read, after: i64, limit: u32) -> Result<Vec<PlacedEvent>, StoreError> {
    let columns = columns_of::<EventRow>("e");
    let sql = format!("SELECT {columns} FROM maitred.events e WHERE e.position > $1 ORDER BY e.position LIMIT $2");
    placed(at.list(&sql, values![after, limit]).await?)
}

/// At most `limit` events before a position, the last one first.
pub async fn events_before(at: &impl Read, before: i64, limit: u32) -> Result<Vec<PlacedEvent>, StoreError> {
    let columns = columns_of::<EventRow>("e");
    let sql = format!("SELECT {columns} FROM maitred.events e WHERE e.position < $1 ORDER BY e.position DESC LIMIT $2");
    placed(at.list(&sql, values![before, limit]).await?)
}

/// What was done with a contact by hand at these moments, in order.
pub async fn events_by_hand(
    at: &impl Read,
    contact: ContactId,
    moments: &[Timestamp],
) -> Result<Vec<PlacedEvent>, StoreError> {
    let moments: Vec<i64> = moments.iter().map(|moment| moment.0).collect();
    placed(at.among(&by_hand_sql(), &moments, values![contact]).await?)
}

/// What happened to a contact at these moments, in order of the moments. Times rise with positions, so each is found by
/// a binary search among these: some twenty rows of a feed of a million.
pub async fn events_at(
    at: &impl Read,
    contact: ContactId,
    moments: &[Timestamp],
) -> Result<Vec<PlacedEvent>, StoreError> {
    let columns = columns_of::<EventRow>("e");
    let sql = format!(
        "SELECT {columns} FROM maitred.events e WHERE e.position >= $1 AND e.position < $2 AND e.at = $3 \
         AND e.contact_id = $4 ORDER BY e.position"
    );
    let mut found = Vec::new();
    for moment in moments {
        let first = first_position_since(at, *moment).await?;
        found.extend(placed(at.list(&sql, values![first, first + EVENTS_OF_MOMENT_MAX, *moment, contact]).await?)?);
    }
    Ok(found)
}

/// The position of the first event of this time or later; one behind the last if there is none.
async fn first_position_since(at: &impl Read, moment: Timestamp) -> Result<i64, StoreError> {
    let (mut low, mut high) = (1, last_position(at).await? + 1);
    let probe = "SELECT e.position, e.at FROM maitred.events e WHERE e.position >= $1 ORDER BY e.position LIMIT 1";
    while low < high {
        let middle = low + (high - low) / 2;
        match at.one::<(i64, Timestamp)>(probe, values![middle]).await? {
            Some((position, happened)) if happened < moment => low = position + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// Its kinds are those of the index `events_by_hand`, as PostgreSQL has them and as SQLite has.
pub(crate) fn by_hand_sql() -> String {
    let columns = columns_of::<EventRow>("e");
    format!(
        "SELECT {columns} FROM maitred.events e WHERE e.at = ANY($1) AND e.contact_id = $2 \
         AND e.kind IN (2, 3, 4, 5, 6) AND e.kind BETWEEN 2 AND 6 ORDER BY e.position"
    )
}

fn placed(rows: Vec<EventRow>) -> Result<Vec<PlacedEvent>, StoreError> {
    rows.into_iter().map(EventRow::placed).collect()
}

/// The position of the last event; 0 before the first.
pub async fn last_position(at: &impl Read) -> Result<i64, StoreError> {
    Ok(pulse(at).await?.position)
}

/// How far the feed is, which batch last changed a source, and when something changes by itself; there are no other
/// nodes that could change a source on SQLite.
pub async fn pulse<R: Read>(at: &R) -> Result<Pulse, StoreError> {
    let sources_changed = if R::IS_SQLITE { "0" } else { "sources_changed" };
    let sql = format!(
        "SELECT event - 1, {sources_changed}, (SELECT min(at) FROM maitred.due) FROM maitred.next_ids WHERE one = 1"
    );
    let (position, sources_changed, next_due) =
        at.one(&sql, &[]).await?.ok_or_else(|| StoreError::Corrupt("next_ids has no row".to_owned()))?;
    Ok(Pulse { position, sources_changed, next_due })
}

/// How many contacts had arrived before each of these moments and how many until now, how many wait, and at which
/// position of the feed that is so.
pub async fn arrivals(at: &impl Read, moments: &[Timestamp]) -> Result<Arrivals, StoreError> {
    let mut before = Vec::with_capacity(moments.len());
    let counts_demo = demo::counts(at).await?;
    for moment in moments {
        let next = at.first_id_since(*moment).await?;
        before.push(arrived_before(at, next, counts_demo).await?);
    }
    let sql = format!(
        "SELECT contact, (SELECT CAST(coalesce(sum(t.waiting + t.resting), 0) AS BIGINT) FROM maitred.source_totals t \
         JOIN maitred.sources s ON s.id = t.source_id WHERE {}) FROM maitred.next_ids WHERE one = 1",
        demo::is_counted("s")
    );
    let (next, waiting) = at.one(&sql, &[]).await?.unwrap_or((1, 0));
    let total = arrived_before(at, next, counts_demo).await?;
    Ok(Arrivals { before, total, waiting, position: last_position(at).await?, counts_demo })
}

/// How many contacts that count arrived before the one with this id. Ids are given in the order of arrival, from 1, and
/// never twice.
async fn arrived_before(at: &impl Read, contact: i64, counts_demo: bool) -> Result<u64, StoreError> {
    let all = (contact - 1).max(0).cast_unsigned();
    let uncounted = if counts_demo { 0 } else { demo::arrivals_before(at, contact).await? };
    Ok(all.saturating_sub(uncounted))
}

/// At most `limit` assignments among the last events, the last one first.
pub async fn assignments(at: &impl Read, limit: u32) -> Result<Vec<Assignment>, StoreError> {
    use EventKind::{ContactAssigned, ContactCreated, ContactReopened, ContactTransferred};
    let kinds = [ContactAssigned, ContactCreated, ContactReopened, ContactTransferred];
    let mut given = Vec::new();
    for placed in last_counted(at).await? {
        if given.len() == limit as usize {
            break;
        }
        let is_said_before = matches!(placed.event.detail, EventDetail::ContactAssigned { at_once: true, .. });
        if kinds.contains(&placed.event.kind()) && !is_said_before {
            given.extend(assignment(at, &placed).await?);
        }
    }
    Ok(given)
}

/// The last events that figures count, the last one first.
async fn last_counted(at: &impl Read) -> Result<Vec<PlacedEvent>, StoreError> {
    if demo::counts(at).await? {
        return events_before(at, i64::MAX, EVENTS_SEARCHED_MAX).await;
    }
    let columns = columns_of::<EventRow>("e");
    // As much of the demo is passed over as there is.
    let sql = format!("SELECT {columns} FROM maitred.events e WHERE NOT e.demo ORDER BY e.position DESC LIMIT $1");
    placed(at.list(&sql, values![EVENTS_SEARCHED_MAX]).await?)
}

async fn assignment(at: &impl Read, placed: &PlacedEvent) -> Result<Option<Assignment>, StoreError> {
    let event = &placed.event;
    let (Some(contact), Some(source), Some(operator)) = (event.contact, event.source, event.operator) else {
        return Ok(None);
    };
    let (source_name, operator_name, created_at) = described(at, source, operator, contact).await?;
    Ok(Some(Assignment {
        position: placed.position,
        at: event.at,
        kind: event.kind(),
        actor: event.actor,
        contact,
        created_at,
        source,
        source_name: source_name.unwrap_or_default(),
        operator,
        operator_name: operator_name.unwrap_or_default(),
        identities: identities(at, contact).await?,
    }))
}

type Described = (Option<Arc<str>>, Option<Arc<str>>, Option<Timestamp>);

async fn described(
    at: &impl Read,
    source: SourceId,
    operator: OperatorId,
    contact: ContactId,
) -> Result<Described, StoreError> {
    let sql = "SELECT (SELECT name FROM maitred.sources WHERE id = $1), \
               (SELECT name FROM maitred.operators WHERE id = $2), \
               (SELECT created_at FROM maitred.contacts WHERE id = $3)";
    Ok(at.one(sql, values![source, operator, contact]).await?.unwrap_or_default())
}

/// Of the lead to whom the contact belongs now; none of a contact that was deleted.
async fn identities(at: &impl Read, contact: ContactId) -> Result<Vec<Identity>, StoreError> {
    let sql = "SELECT i.kind, i.value, i.space FROM maitred.identities i /* INDEXED BY identities_lead */ \
               WHERE i.lead_id = (SELECT c.lead_id FROM maitred.contacts c WHERE c.id = $1) \
               ORDER BY i.kind, i.value LIMIT $2";
    at.list(sql, values![contact, IDENTITIES_MAX]).await
}
