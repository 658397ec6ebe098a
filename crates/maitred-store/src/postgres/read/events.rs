//! The feed, by position.

use crate::StoreError;
use crate::postgres::statement::{list, one};
use crate::views::{PlacedEvent, Pulse};
use maitred_core::{ContactId, Event, EventKind, LeadId, OperatorId, SourceId, Timestamp};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// Columns for [`stored`].
pub const EVENT: &str =
    "e.position, e.at, e.kind, e.contact_id, e.source_id, e.operator_id, e.lead_id, e.detail, e.actor";

/// At most `limit` events behind a position, in order.
///
/// # Errors
/// [`StoreError`] when the database or an event cannot be read.
pub async fn events(client: &Client, after: i64, limit: u32) -> Result<Vec<PlacedEvent>, StoreError> {
    let sql = format!("SELECT {EVENT} FROM maitred.events e WHERE e.position > $1 ORDER BY e.position LIMIT $2");
    let limit = i64::from(limit);
    let read = |row: &Row| stored(row)?.placed();
    list(client, &sql, &[(&after, Type::INT8), (&limit, Type::INT8)], read).await
}

/// The position of the last event; 0 before the first.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn last_position(client: &Client) -> Result<i64, StoreError> {
    Ok(pulse(client).await?.position)
}

/// How far the feed is, and which batch last changed a source.
///
/// # Errors
/// [`StoreError`] when the database cannot be read.
pub async fn pulse(client: &Client) -> Result<Pulse, StoreError> {
    let sql = "SELECT event - 1, sources_changed FROM maitred.next_ids WHERE one = 1";
    let read = |row: &Row| Ok(Pulse { position: row.try_get(0)?, sources_changed: row.try_get(1)? });
    one(client, sql, &[], read).await?.ok_or_else(|| StoreError::Corrupt("next_ids has no row".to_owned()))
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

/// Reads an event from columns [`EVENT`], which are the first.
///
/// # Errors
/// When a column is not what the schema says.
pub fn stored(row: &Row) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent {
        position: row.try_get(0)?,
        at: Timestamp(row.try_get(1)?),
        kind: row.try_get::<_, i16>(2)?.into(),
        contact: row.try_get::<_, Option<i64>>(3)?.map(ContactId),
        source: row.try_get::<_, Option<i64>>(4)?.map(SourceId),
        operator: row.try_get::<_, Option<i64>>(5)?.map(OperatorId),
        lead: row.try_get::<_, Option<i64>>(6)?.map(LeadId),
        detail: row.try_get(7)?,
        actor: row.try_get(8)?,
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
