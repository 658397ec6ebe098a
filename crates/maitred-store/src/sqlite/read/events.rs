//! The feed, by position.

use super::super::load::{list, one};
use crate::StoreError;
use crate::views::PlacedEvent;
use maitred_core::{ContactId, Event, EventKind, LeadId, OperatorId, SourceId, Timestamp};
use rusqlite::{Connection, Row, params};

/// Columns for [`stored`].
pub const EVENT: &str = "position, at, kind, contact_id, source_id, operator_id, lead_id, detail, actor";

/// At most `limit` events behind a position, in order.
///
/// # Errors
/// [`StoreError`] when the file or an event cannot be read.
pub fn events(conn: &Connection, after: i64, limit: u32) -> Result<Vec<PlacedEvent>, StoreError> {
    let sql = format!("SELECT {EVENT} FROM events WHERE position > ?1 ORDER BY position LIMIT ?2");
    list(conn, &sql, params![after, limit], stored)?.into_iter().map(StoredEvent::placed).collect()
}

/// The position of the last event; 0 before the first.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn last_position(conn: &Connection) -> Result<i64, StoreError> {
    let last = "SELECT position FROM events ORDER BY position DESC LIMIT 1";
    Ok(one(conn, last, [], |row| row.get(0))?.unwrap_or(0))
}

/// An event as it is stored.
pub struct StoredEvent {
    /// Its position.
    pub position: i64,
    /// The code of its kind.
    pub kind: i64,
    at: Timestamp,
    contact: Option<ContactId>,
    source: Option<SourceId>,
    operator: Option<OperatorId>,
    lead: Option<LeadId>,
    detail: Option<String>,
    actor: Option<String>,
}

/// Reads an event from columns [`EVENT`].
///
/// # Errors
/// When a column is not what the schema says.
pub fn stored(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    Ok(StoredEvent {
        position: row.get(0)?,
        at: Timestamp(row.get(1)?),
        kind: row.get(2)?,
        contact: row.get::<_, Option<i64>>(3)?.map(ContactId),
        source: row.get::<_, Option<i64>>(4)?.map(SourceId),
        operator: row.get::<_, Option<i64>>(5)?.map(OperatorId),
        lead: row.get::<_, Option<i64>>(6)?.map(LeadId),
        detail: row.get(7)?,
        actor: row.get(8)?,
    })
}

impl StoredEvent {
    /// The event.
    ///
    /// # Errors
    /// [`StoreError`] when its kind or its actor is unknown, or its detail is not what an event carries.
    pub fn placed(self) -> Result<PlacedEvent, StoreError> {
        let kind = u8::try_from(self.kind).ok().and_then(EventKind::from_code);
        let detail = self.detail.as_deref().map(serde_json::from_str).transpose();
        let actor = self.actor.as_deref().map(str::parse).transpose();
        let event = Event {
            at: self.at,
            kind: kind.ok_or(StoreError::UnknownCode("events.kind", self.kind))?,
            actor: actor.map_err(|e| StoreError::Corrupt(format!("event {}: {e}", self.position)))?,
            contact: self.contact,
            source: self.source,
            operator: self.operator,
            lead: self.lead,
            detail: detail.map_err(|e| StoreError::Corrupt(format!("the detail of event {}: {e}", self.position)))?,
        };
        Ok(PlacedEvent { position: self.position, event })
    }
}
