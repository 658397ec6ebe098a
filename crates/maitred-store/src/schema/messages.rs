//! What was said in contacts after the message that they arrived with.

use super::table::Reference;
use super::value::stored_id;
use super::{Personal, record};
use maitred_core::MessageId;
use maitred_core::conversation::Message;
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
    }
    [counter: Some("message"), indexes: &["messages_contact"]]
}

/// What a message says now.
pub struct MessageText {
    pub id: MessageId,
    pub text: Arc<str>,
}

record! {
    static MESSAGE_TEXTS: MessageText = "messages", key 1 { id, text, }
}
