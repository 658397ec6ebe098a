//! Updates as Telegram sends them, as far as they are read. Whatever else stands in them is skipped, and what cannot be
//! read at all is an update without content: one strange message must not hold up those behind it.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The updates that are asked for. Without this list Telegram would leave some of them out.
pub const KINDS: [&str; 7] = [
    "message",
    "edited_message",
    "business_message",
    "edited_business_message",
    "callback_query",
    "my_chat_member",
    "business_connection",
];

/// One update.
#[derive(Clone, Debug)]
pub struct Update {
    /// Rises by one from update to update of a bot, and begins anywhere after a week without any.
    pub id: i64,
    pub content: Content,
}

/// What an update brings, at most one of them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Content {
    pub message: Option<Message>,
    pub edited_message: Option<Message>,
    pub business_message: Option<Message>,
    pub edited_business_message: Option<Message>,
    pub callback_query: Option<CallbackQuery>,
    pub my_chat_member: Option<ChatMemberUpdated>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct User {
    pub id: i64,
    #[serde(default)]
    pub is_bot: bool,
    #[serde(default)]
    pub first_name: String,
    pub last_name: Option<String>,
    pub username: Option<String>,
    pub language_code: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Chat {
    pub id: i64,
    pub r#type: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Message {
    pub message_id: i64,
    pub message_thread_id: Option<i64>,
    pub date: Option<i64>,
    pub from: Option<User>,
    pub chat: Chat,
    pub business_connection_id: Option<String>,
    pub sender_business_bot: Option<User>,
    #[serde(default)]
    pub is_from_offline: bool,
    pub media_group_id: Option<String>,
    pub text: Option<String>,
    pub caption: Option<String>,
    pub contact: Option<SharedContact>,
    pub reply_to_message: Option<RepliedTo>,
    /// What else it has: its kind is among the names.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The message that another is a reply to, with the buttons that stood below it then.
#[derive(Clone, Debug, Deserialize)]
pub struct RepliedTo {
    pub message_id: i64,
    #[serde(default)]
    pub reply_markup: Value,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SharedContact {
    pub phone_number: String,
    pub user_id: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct CallbackQuery {
    pub id: String,
    pub from: User,
    pub message: Option<PressedMessage>,
    pub data: Option<String>,
}

/// The message under which a button stands; old ones have little more than this.
#[derive(Clone, Debug, Deserialize)]
pub struct PressedMessage {
    pub message_id: i64,
    pub chat: Chat,
    pub business_connection_id: Option<String>,
    #[serde(default)]
    pub reply_markup: Value,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ChatMemberUpdated {
    pub chat: Chat,
    pub date: Option<i64>,
    pub new_chat_member: ChatMember,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ChatMember {
    pub status: String,
}

impl Update {
    /// Reads one; none without an id, for it could not be confirmed.
    #[must_use]
    pub fn read(json: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        struct Numbered {
            update_id: i64,
        }
        let Numbered { update_id: id } = serde_json::from_str(json.get()).ok()?;
        Some(Self { id, content: serde_json::from_str(json.get()).unwrap_or_default() })
    }
}
