//! What was said in contacts after the message that they arrived with.

use super::table::Reference;
use super::value::stored_id;
use super::{Personal, record};
use maitred_core::conversation::{Delivery, Message};
use maitred_core::{MessageId, Timestamp};
use std::sync::Arc;

stored_id!(MessageId);

record! {
    pub static MESSAGES: Message = "messages", key 1 {
        id,
        contact as "contact_id" [.refers(Reference::to("contacts").is_deleted().is_erased())],
        text [.personal(Personal::Lead)],
        attributes [.personal(Personal::Lead)],
        author,
        created_at,
        delivery,
        delivered_at,
    }
    [counter: Some("message"), indexes: &["messages_contact", "messages_pending"]]
}

/// What a message says now.
pub struct MessageText {
    pub id: MessageId,
    pub text: Arc<str>,
}

record! {
    static MESSAGE_TEXTS: MessageText = "messages", key 1 { id, text, }
}

/// What became of a message to a lead.
pub struct Delivered {
    pub id: MessageId,
    pub delivery: Option<Delivery>,
    pub delivered_at: Option<Timestamp>,
}

record! {
    static DELIVERED: Delivered = "messages", key 1 { id, delivery, delivered_at, }
}
