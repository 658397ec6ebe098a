//! What a board shows of everything: how much arrived and waits, and what was assigned last. Read again and again
//! while somebody looks, so everything here costs the same however much is stored.

use super::contacts::first_id_since;
use super::events::{EVENT, last_position, stored};
use crate::StoreError;
use crate::postgres::rows;
use crate::postgres::statement::{list, one};
use crate::views::{Arrivals, Assignment, PlacedEvent};
use maitred_core::{EventKind, Identity, Timestamp};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// The most events that are looked at for the last assignments.
const EVENTS_SEARCHED_MAX: u32 = 512;
/// The most identities of one lead that are looked at for one to show.
const IDENTITIES_MAX: i64 = 8;

/// How many contacts had arrived before each of these moments and how many until now, how many wait, and at which
/// position of the feed that is so.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn arrivals(client: &Client, moments: &[Timestamp]) -> Result<Arrivals, StoreError> {
    let mut before = Vec::with_capacity(moments.len());
    for moment in moments {
        // Ids are given in the order of arrival, from 1, and never twice.
        before.push((first_id_since(client, *moment).await? - 1).max(0).cast_unsigned());
    }
    let sql = "SELECT contact - 1, (SELECT coalesce(sum(waiting), 0)::bigint FROM maitred.source_totals) \
               FROM maitred.next_ids WHERE one = 1";
    let totals = one(client, sql, &[], |row| Ok((rows::number(row, 0)?, rows::number(row, 1)?))).await?;
    let (total, waiting) = totals.unwrap_or_default();
    Ok(Arrivals { before, total, waiting, position: last_position(client).await? })
}

/// At most `limit` events before a position, the last one first.
///
/// # Errors
/// [`StoreError`] when the database or an event cannot be read.
pub async fn events_before(client: &Client, before: i64, limit: u32) -> Result<Vec<PlacedEvent>, StoreError> {
    let sql = format!("SELECT {EVENT} FROM maitred.events e WHERE e.position < $1 ORDER BY e.position DESC LIMIT $2");
    let limit = i64::from(limit);
    let read = |row: &Row| stored(row)?.placed();
    list(client, &sql, &[(&before, Type::INT8), (&limit, Type::INT8)], read).await
}

/// At most `limit` assignments among the last events, the last one first.
///
/// # Errors
/// [`StoreError`] when the database or an event cannot be read.
pub async fn assignments(client: &Client, limit: u32) -> Result<Vec<Assignment>, StoreError> {
    use EventKind::{ContactAssigned, ContactCreated, ContactReopened, ContactTransferred};
    let kinds = [ContactAssigned, ContactCreated, ContactReopened, ContactTransferred];
    let mut given = Vec::new();
    for placed in events_before(client, i64::MAX, EVENTS_SEARCHED_MAX).await? {
        if given.len() == limit as usize {
            break;
        }
        if kinds.contains(&placed.event.kind) {
            given.extend(assignment(client, &placed).await?);
        }
    }
    Ok(given)
}

async fn assignment(client: &Client, placed: &PlacedEvent) -> Result<Option<Assignment>, StoreError> {
    let event = &placed.event;
    let (Some(contact), Some(source), Some(operator)) = (event.contact, event.source, event.operator) else {
        return Ok(None);
    };
    let sql = "SELECT (SELECT name FROM maitred.sources WHERE id = $1), \
               (SELECT name FROM maitred.operators WHERE id = $2), \
               (SELECT created_at FROM maitred.contacts WHERE id = $3)";
    let values = [(&source.0 as _, Type::INT8), (&operator.0 as _, Type::INT8), (&contact.0 as _, Type::INT8)];
    let read = |row: &Row| Ok((rows::text(row, 0)?, rows::text(row, 1)?, rows::time(row, 2)?));
    let (source_name, operator_name, created_at) = one(client, sql, &values, read).await?.unwrap_or_default();
    Ok(Some(Assignment {
        position: placed.position,
        at: event.at,
        kind: event.kind,
        contact,
        created_at,
        source,
        source_name: source_name.unwrap_or_default(),
        operator,
        operator_name: operator_name.unwrap_or_default(),
        identities: identities(client, contact.0).await?,
    }))
}

/// Of the lead the contact belongs to now; nothing of a contact that was deleted.
async fn identities(client: &Client, contact: i64) -> Result<Vec<Identity>, StoreError> {
    let sql = "SELECT i.kind, i.value FROM maitred.contacts c, \
               LATERAL (SELECT kind, value FROM maitred.identities WHERE lead_id = c.lead_id \
               ORDER BY kind, value LIMIT $2) i WHERE c.id = $1";
    list(client, sql, &[(&contact, Type::INT8), (&IDENTITIES_MAX, Type::INT8)], |row| {
        Ok(Identity { kind: rows::identity_kind(row, 0)?, value: row.try_get::<_, &str>(1)?.into() })
    })
    .await
}
