//! What a board shows of everything: how much arrived and waits, and what was assigned last. Read again and again
//! while somebody looks, so everything here costs the same however much is stored.

use super::super::load::{list, one};
use super::super::rows;
use super::events::{EVENT, StoredEvent, last_position, stored};
use super::{contacts::first_id_since, snapshot};
use crate::StoreError;
use crate::views::{Arrivals, Assignment, PlacedEvent};
use maitred_core::{ContactId, EventKind, Identity, Timestamp};
use rusqlite::{Connection, params};

/// The most events that are looked at for the last assignments.
const EVENTS_SEARCHED_MAX: u32 = 512;
/// The most identities of one lead that are looked at for one to show.
const IDENTITIES_MAX: u32 = 8;

/// How many contacts had arrived before each of these moments and how many until now, how many wait, and at which
/// position of the feed that is so.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn arrivals(conn: &Connection, moments: &[Timestamp]) -> Result<Arrivals, StoreError> {
    snapshot(conn, |conn| {
        // Ids are given in the order of arrival, from 1, and never twice.
        let before = |at: &Timestamp| first_id_since(conn, *at).map(|id| (id - 1).max(0).cast_unsigned());
        let number = |sql: &str| one(conn, sql, [], |row| row.get::<_, i64>(0)).map(|n| n.unwrap_or(0).cast_unsigned());
        Ok(Arrivals {
            before: moments.iter().map(before).collect::<Result<_, _>>()?,
            total: number("SELECT contact - 1 FROM next_ids")?,
            waiting: number("SELECT coalesce(sum(waiting), 0) FROM source_totals")?,
            position: last_position(conn)?,
        })
    })
}

/// At most `limit` events before a position, the last one first.
///
/// # Errors
/// [`StoreError`] when the file or an event cannot be read.
pub fn events_before(conn: &Connection, before: i64, limit: u32) -> Result<Vec<PlacedEvent>, StoreError> {
    let sql = format!("SELECT {EVENT} FROM events WHERE position < ?1 ORDER BY position DESC LIMIT ?2");
    list(conn, &sql, params![before, limit], stored)?.into_iter().map(StoredEvent::placed).collect()
}

/// At most `limit` assignments among the last events, the last one first.
///
/// # Errors
/// [`StoreError`] when the file or an event cannot be read.
pub fn assignments(conn: &Connection, limit: u32) -> Result<Vec<Assignment>, StoreError> {
    use EventKind::{ContactAssigned, ContactCreated, ContactReopened, ContactTransferred};
    let kinds = [ContactAssigned, ContactCreated, ContactReopened, ContactTransferred];
    snapshot(conn, |conn| {
        let events = events_before(conn, i64::MAX, EVENTS_SEARCHED_MAX)?;
        let given = events.into_iter().filter(|placed| kinds.contains(&placed.event.kind));
        given.filter_map(|placed| assignment(conn, &placed).transpose()).take(limit as usize).collect()
    })
}

fn assignment(conn: &Connection, placed: &PlacedEvent) -> Result<Option<Assignment>, StoreError> {
    let event = &placed.event;
    let (Some(contact), Some(source), Some(operator)) = (event.contact, event.source, event.operator) else {
        return Ok(None);
    };
    let name = |sql: &str, id: i64| one(conn, sql, [id], |row| row.get(0));
    Ok(Some(Assignment {
        position: placed.position,
        at: event.at,
        kind: event.kind,
        contact,
        created_at: created_at(conn, contact)?,
        source,
        source_name: name("SELECT name FROM sources WHERE id = ?1", source.0)?.unwrap_or_default(),
        operator,
        operator_name: name("SELECT name FROM operators WHERE id = ?1", operator.0)?.unwrap_or_default(),
        identities: identities(conn, contact)?,
    }))
}

fn created_at(conn: &Connection, contact: ContactId) -> Result<Option<Timestamp>, StoreError> {
    one(conn, "SELECT created_at FROM contacts WHERE id = ?1", [contact.0], |row| row.get(0).map(Timestamp))
}

/// Of the lead the contact belongs to now; nothing of a contact that was deleted.
fn identities(conn: &Connection, contact: ContactId) -> Result<Vec<Identity>, StoreError> {
    let sql = "SELECT i.kind, i.value FROM contacts c CROSS JOIN identities i ON i.lead_id = c.lead_id \
               WHERE c.id = ?1 LIMIT ?2";
    let identity = |row: &rusqlite::Row<'_>| Ok(Identity { kind: rows::identity_kind(row, 0)?, value: row.get(1)? });
    list(conn, sql, params![contact.0, IDENTITIES_MAX], identity)
}
