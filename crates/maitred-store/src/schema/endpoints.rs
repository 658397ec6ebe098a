//! Endpoints of webhooks, what they do not have yet, and the calls that were made. See [`crate::endpoints`].

use super::record;
use super::table::{Personal, Reference};
use super::value::stored_id;
use crate::StoreError;
use crate::endpoints::{
    Delivery, Disabled, Endpoint, EndpointFormat, Health, Replay, SecretBytes, Undelivered, Wanted,
};
use maitred_core::event::EndpointFault;
use maitred_core::{Actor, EndpointId, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

stored_id!(EndpointId);

/// The one row of what is not an endpoint's.
pub struct Webhooks {
    pub one: i64,
    pub next_endpoint: i64,
    pub next_delivery: i64,
    /// Which process sends ...
    pub sender: i64,
    /// ... and until when no other does.
    pub sender_until: Timestamp,
    /// Up to which event answers about erased leads were forgotten.
    pub forgotten_to: i64,
}

record! {
    pub static WEBHOOKS: Webhooks = "webhooks", key 1 {
        one,
        next_endpoint,
        next_delivery,
        sender,
        sender_until,
        forgotten_to,
    }
}

/// An endpoint as it is stored.
pub struct EndpointRow {
    pub id: EndpointId,
    pub url: Arc<str>,
    pub format: EndpointFormat,
    /// A JSON array of words; none for all.
    pub kinds: Option<String>,
    /// A JSON array of ids; none for all.
    pub sources: Option<String>,
    pub secret: SecretBytes,
    pub old_secret: Option<SecretBytes>,
    pub old_secret_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub disabled_at: Option<Timestamp>,
    pub disabled_by: Option<Actor>,
    pub fault: Option<EndpointFault>,
    pub announced_at: Option<Timestamp>,
    pub generation: i64,
    pub position: i64,
    pub failures: i64,
    pub failing_since: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    pub throttled_until: Option<Timestamp>,
    pub replay_position: Option<i64>,
    pub replay_to: Option<i64>,
}

record! {
    pub static ENDPOINTS: EndpointRow = "endpoints", key 1 {
        id,
        url,
        format,
        kinds,
        sources,
        secret,
        old_secret,
        old_secret_until,
        created_at,
        created_by,
        disabled_at,
        disabled_by,
        fault,
        announced_at,
        generation,
        position,
        failures,
        failing_since,
        delivered_at,
        throttled_until,
        replay_position,
        replay_to,
    }
}

impl EndpointRow {
    #[must_use]
    pub fn of(endpoint: &Endpoint) -> Self {
        let Health { failures, failing_since, delivered_at, throttled_until } = endpoint.health;
        Self {
            id: endpoint.id,
            url: endpoint.url.clone(),
            format: endpoint.format,
            kinds: json(endpoint.wanted.kinds.as_deref()),
            sources: json(endpoint.wanted.sources.as_deref()),
            secret: endpoint.secret,
            old_secret: endpoint.old_secret.map(|(secret, _)| secret),
            old_secret_until: endpoint.old_secret.map(|(_, until)| until),
            created_at: endpoint.created_at,
            created_by: endpoint.created_by,
            disabled_at: endpoint.disabled.map(|disabled| disabled.at),
            disabled_by: endpoint.disabled.map(|disabled| disabled.by),
            fault: endpoint.disabled.and_then(|disabled| disabled.fault),
            announced_at: endpoint.disabled.filter(|_| endpoint.is_announced).map(|disabled| disabled.at),
            generation: endpoint.generation,
            position: endpoint.position,
            failures,
            failing_since,
            delivered_at,
            throttled_until,
            replay_position: endpoint.replay.map(|replay| replay.position),
            replay_to: endpoint.replay.map(|replay| replay.to),
        }
    }

    /// # Errors
    /// When what it wants is not what was stored.
    pub fn endpoint(self) -> Result<Endpoint, StoreError> {
        let disabled = self.disabled_at.zip(self.disabled_by);
        Ok(Endpoint {
            id: self.id,
            url: self.url,
            format: self.format,
            wanted: Wanted { kinds: from_json(self.kinds)?, sources: from_json(self.sources)? },
            secret: self.secret,
            old_secret: self.old_secret.zip(self.old_secret_until),
            created_at: self.created_at,
            created_by: self.created_by,
            disabled: disabled.map(|(at, by)| Disabled { at, by, fault: self.fault }),
            is_announced: self.announced_at.is_some(),
            generation: self.generation,
            position: self.position,
            health: Health {
                failures: self.failures,
                failing_since: self.failing_since,
                delivered_at: self.delivered_at,
                throttled_until: self.throttled_until,
            },
            replay: self.replay_position.zip(self.replay_to).map(|(position, to)| Replay { position, to }),
        })
    }
}

/// The text of a list; none for none.
pub fn json<T: Serialize>(list: Option<&[T]>) -> Option<String> {
    list.map(|list| serde_json::to_string(list).expect("numbers and words are JSON"))
}

fn from_json<T: DeserializeOwned>(text: Option<String>) -> Result<Option<Arc<[T]>>, StoreError> {
    let read = text.map(|text| serde_json::from_str::<Vec<T>>(&text)).transpose();
    let read = read.map_err(|error| StoreError::Corrupt(format!("what an endpoint wants: {error}")))?;
    Ok(read.map(Into::into))
}

record! {
    pub static UNDELIVERED: Undelivered = "undelivered", key 2 {
        endpoint as "endpoint_id" [.refers(Reference::to("endpoints"))],
        position,
        subject,
        tries,
        next_at,
    }
}

record! {
    /// What an endpoint answers is its own, and may be about the lead of the event.
    pub static DELIVERIES: Delivery = "deliveries", key 1 {
        id,
        endpoint as "endpoint_id" [.refers(Reference::to("endpoints"))],
        position,
        contact as "contact_id" [.refers(Reference::to("contacts"))],
        lead as "lead_id" [.refers(Reference::to("leads"))],
        r#type as "type",
        attempt,
        at,
        duration_ms,
        status,
        error,
        answer [.personal(Personal::Lead)],
    }
    [indexes: &["deliveries_at", "deliveries_contact", "deliveries_endpoint", "deliveries_lead"]]
}
