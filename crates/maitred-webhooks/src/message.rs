//! What is sent: an id, and a body of type, time and data. The same event has the same id for the same endpoint however
//! often it is sent, so that a receiver can tell what it has had already.

use maitred_core::{EndpointId, Timestamp};
use std::sync::Arc;

/// The type of the message that the button "Test" sends.
pub const TEST_TYPE: &str = "maitred.test";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `webhook-id`.
    pub id: Arc<str>,
    /// A JSON object.
    pub body: Arc<str>,
}

impl Message {
    /// The message about an event: `data` is its JSON, `at` when it happened. After a restored backup positions come
    /// again, so the time is part of the id.
    #[must_use]
    pub fn of_event(endpoint: EndpointId, position: i64, at: Timestamp, kind: &str, time: &str, data: &str) -> Self {
        Self { id: format!("evt_{endpoint}_{position}_{:x}", at.0).into(), body: body(&dotted(kind), time, data) }
    }

    /// A message that says nothing. `now` makes it another one each time.
    #[must_use]
    pub fn test(endpoint: EndpointId, now: Timestamp, time: &str) -> Self {
        let data = format!(r#"{{"endpoint_id":{endpoint}}}"#);
        Self { id: format!("test_{endpoint}_{:x}", now.0).into(), body: body(TEST_TYPE, time, &data) }
    }
}

/// `kind` and `time` hold nothing that JSON would have to escape.
fn body(r#type: &str, time: &str, data: &str) -> Arc<str> {
    format!(r#"{{"type":"{type}","timestamp":"{time}","data":{data}}}"#).into()
}

/// The type of a kind of events: `contact_assigned` is `contact.assigned`.
#[must_use]
pub fn dotted(kind: &str) -> String {
    kind.replacen('_', ".", 1)
}

/// The kind of events of a type or kind, whichever is written.
#[must_use]
pub fn kind_of(text: &str) -> String {
    text.trim().replacen('.', "_", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_event_has_the_same_id_and_other_events_have_others() {
        let of = |endpoint, position, at| {
            Message::of_event(EndpointId(endpoint), position, Timestamp(at), "contact_assigned", "t", "{}").id
        };
        assert_eq!(of(1, 2, 3), of(1, 2, 3));
        assert!(of(1, 2, 3) != of(2, 2, 3) && of(1, 2, 3) != of(1, 3, 3) && of(1, 2, 3) != of(1, 2, 4));
        assert_eq!(&*of(1, 2, 255), "evt_1_2_ff");
    }

    #[test]
    fn a_type_has_dots() {
        assert_eq!(dotted("contact_offer_expired"), "contact.offer_expired");
        assert_eq!(kind_of("contact.offer_expired"), "contact_offer_expired");
        let message = Message::of_event(EndpointId(1), 2, Timestamp(3), "contact_created", "T", r#"{"position":2}"#);
        assert_eq!(&*message.body, r#"{"type":"contact.created","timestamp":"T","data":{"position":2}}"#);
    }
}
