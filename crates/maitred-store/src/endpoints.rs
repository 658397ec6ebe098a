//! Endpoints of webhooks as plain values: where events are sent, how far each endpoint is along the feed, and what came
//! of each call. They are kept by [`crate::EndpointStore`]; who sends is in `maitred-app`, how in `maitred-webhooks`.

use maitred_core::event::EndpointFault;
use maitred_core::{Actor, ContactId, EndpointId, EventKind, LeadId, SourceId, Timestamp};
use std::sync::Arc;

/// The most endpoints.
pub const ENDPOINTS_MAX: u32 = 200;
/// The most deliveries of one endpoint that are kept.
pub const DELIVERIES_MAX: u32 = 10_000;
/// Days for which they are kept.
pub const DELIVERIES_KEPT_DAYS: i64 = 30;

/// What a secret of an endpoint is stored as.
pub type SecretBytes = [u8; 32];

/// What an endpoint is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndpointFormat {
    /// Events, signed by the Standard Webhooks specification.
    #[default]
    Events,
    /// Calls of Bitrix24's REST API that keep a lead of its CRM for each contact.
    Bitrix24,
}

impl EndpointFormat {
    /// Each of them, in the order of their stored codes.
    pub const ALL: [Self; 2] = [Self::Events, Self::Bitrix24];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Bitrix24 => "bitrix24",
        }
    }

    /// Whether what is sent is signed with the secret of the endpoint.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        match self {
            Self::Events => true,
            Self::Bitrix24 => false,
        }
    }
}

/// Which events an endpoint gets: of these kinds and sources, or of any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub kinds: Option<Arc<[EventKind]>>,
    /// An event of no source is of none of these.
    pub sources: Option<Arc<[SourceId]>>,
}

impl Wanted {
    /// Whether an event is one of them.
    #[must_use]
    pub fn wants(&self, kind: EventKind, source: Option<SourceId>) -> bool {
        let is_kind = self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
        let is_source = match (&self.sources, source) {
            (None, _) => true,
            (Some(sources), Some(source)) => sources.contains(&source),
            (Some(_), None) => false,
        };
        is_kind && is_source
    }
}

/// An endpoint to be added.
#[derive(Clone, Debug)]
pub struct NewEndpoint {
    pub url: Arc<str>,
    pub format: EndpointFormat,
    pub wanted: Wanted,
    pub secret: SecretBytes,
    /// Events behind this position are sent.
    pub position: i64,
    pub created_at: Timestamp,
    pub created_by: Actor,
}

/// What is changed of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct EndpointEdit {
    pub url: Option<Arc<str>>,
    pub kinds: Option<Option<Arc<[EventKind]>>>,
    pub sources: Option<Option<Arc<[SourceId]>>>,
    /// Whether events are sent: from when on this is so, and who says so.
    pub enabled: Option<(bool, Timestamp, Actor)>,
    /// Only if nobody has changed it since it was of this generation.
    pub generation: Option<i64>,
}

/// What became of an endpoint that was to be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EditedEndpoint {
    As(Box<Endpoint>),
    /// Somebody changed it meanwhile; nothing was changed now.
    Changed,
    /// There is none.
    #[default]
    Unknown,
}

/// Since when an endpoint gets nothing, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disabled {
    pub at: Timestamp,
    pub by: Actor,
    /// What was wrong with it, if nobody switched it off by hand.
    pub fault: Option<EndpointFault>,
}

/// Whether an endpoint takes what it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Failures since the last success.
    pub failures: i64,
    /// When the first of these was.
    pub failing_since: Option<Timestamp>,
    /// When it last took something.
    pub delivered_at: Option<Timestamp>,
    /// Until when it wants to be left alone.
    pub throttled_until: Option<Timestamp>,
}

/// Events that are sent again: those behind one position up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    pub position: i64,
    pub to: i64,
}

/// Where events are sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub id: EndpointId,
    /// Where it is. Of a CRM it has a secret in it: people are shown [`Endpoint::shown_url`].
    pub url: Arc<str>,
    pub format: EndpointFormat,
    pub wanted: Wanted,
    pub secret: SecretBytes,
    /// The secret before, and until when it signs too.
    pub old_secret: Option<(SecretBytes, Timestamp)>,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub disabled: Option<Disabled>,
    /// Whether an event has said that it was disabled for a fault.
    pub is_announced: bool,
    /// Raised by whatever a person changes of it.
    pub generation: i64,
    /// All events up to here were delivered, or are among the undelivered.
    pub position: i64,
    pub health: Health,
    pub replay: Option<Replay>,
}

impl Endpoint {
    /// The URL as people may see it. Who has the URL of an inbound webhook of Bitrix24 can do in the CRM what its maker
    /// can, so that ends before the secret.
    #[must_use]
    pub fn shown_url(&self) -> Arc<str> {
        match (self.format, self.url.trim_end_matches('/').rsplit_once('/')) {
            (EndpointFormat::Bitrix24, Some((portal, _))) => format!("{portal}/•••/").into(),
            (EndpointFormat::Bitrix24, None) | (EndpointFormat::Events, _) => self.url.clone(),
        }
    }

    /// The secrets that sign at this time, the newest first.
    #[must_use]
    pub fn secrets(&self, now: Timestamp) -> Vec<SecretBytes> {
        let old = self.old_secret.filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        [self.secret].into_iter().chain(old).collect()
    }
}

/// Without its secrets.
impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("id", &self.id).field("position", &self.position).finish_non_exhaustive()
    }
}

/// An event that an endpoint does not have yet although its position has passed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undelivered {
    pub endpoint: EndpointId,
    pub position: i64,
    /// Events of one subject are delivered in order, see [`subject_of`].
    pub subject: i64,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again; none while it waits for an earlier one of its subject.
    pub next_at: Option<Timestamp>,
}

/// What events are in order of: their contact, or nothing but themselves.
#[must_use]
pub fn subject_of(contact: Option<ContactId>, position: i64) -> i64 {
    contact.map_or(-position, |contact| contact.0)
}

/// One call of an endpoint, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// 0 before it is kept.
    pub id: i64,
    pub endpoint: EndpointId,
    /// Of its event; none of a test.
    pub position: Option<i64>,
    pub contact: Option<ContactId>,
    pub lead: Option<LeadId>,
    /// As the message says it, `contact.assigned`.
    pub r#type: Arc<str>,
    /// The number of the try, from 1.
    pub attempt: u32,
    pub at: Timestamp,
    pub duration_ms: i64,
    pub status: Option<i64>,
    /// Why it failed; none if it did not.
    pub error: Option<Arc<str>>,
    /// The beginning of the answer.
    pub answer: Option<Arc<str>>,
}

/// What a sender notes of one endpoint.
#[derive(Clone, Debug)]
pub struct Noted {
    pub endpoint: EndpointId,
    /// As the sender knows it: of an endpoint that somebody changed since, its health and replay stay.
    pub generation: i64,
    pub deliveries: Vec<Delivery>,
    pub undelivered: Vec<Undelivered>,
    /// Positions that are undelivered no longer.
    pub settled: Vec<i64>,
    pub position: i64,
    pub health: Health,
    pub replay: Option<Replay>,
    /// That it is disabled, and when.
    pub fault: Option<(EndpointFault, Timestamp)>,
}

/// What became of an endpoint that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedEndpoint {
    As(EndpointId),
    /// There are [`ENDPOINTS_MAX`].
    TooMany,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_gets_what_it_wants() {
        let (created, assigned) = (EventKind::ContactCreated, EventKind::ContactAssigned);
        let all = Wanted::default();
        assert!(all.wants(created, None) && all.wants(created, Some(SourceId(1))));
        let some = Wanted { kinds: Some([assigned].into()), sources: Some([SourceId(1)].into()) };
        assert!(some.wants(assigned, Some(SourceId(1))));
        assert!(!some.wants(created, Some(SourceId(1))));
        assert!(!some.wants(assigned, Some(SourceId(2))));
        assert!(!some.wants(assigned, None), "an event of no source is of none that was chosen");
    }
}
