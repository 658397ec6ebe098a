//! Bots of sources, chats of operators, and the messages that operators were sent. See [`crate::telegram`].

use super::record;
use super::table::{Personal, Reference};
use crate::telegram::{LinkCode, Notice, OperatorChat, SourceBot};
use maitred_core::Timestamp;

/// The one row of what is nobody's.
pub struct Telegram {
    pub one: i64,
    /// Raised by every change of bots and chats; servers look at it and read them again.
    pub version: i64,
    /// Up to which event operators were told; negative before the first look.
    pub position: i64,
}

record! {
    pub static TELEGRAM: Telegram = "telegram", key 1 { one, version, position, }
}

record! {
    pub static TELEGRAM_BOTS: SourceBot = "telegram_bots", key 1 {
        source as "source_id" [.refers(Reference::to("sources"))],
        token,
        bot as "bot_id",
        username,
        fault,
        fault_at,
        shows_phone_since,
        webhook_at,
        webhook_error,
    }
}

record! {
    pub static TELEGRAM_CHATS: OperatorChat = "telegram_chats", key 1 {
        operator as "operator_id" [.refers(Reference::to("operators"))],
        source as "source_id" [.refers(Reference::to("sources"))],
        chat as "chat_id" [.personal(Personal::Staff)],
        language [.personal(Personal::Staff)],
        linked_at,
        blocked_at,
    }
}

record! {
    pub static TELEGRAM_CODES: LinkCode = "telegram_codes", key 1 {
        operator as "operator_id" [.refers(Reference::to("operators"))],
        digest,
        expires_at,
    }
}

record! {
    pub static TELEGRAM_NOTICES: Notice = "telegram_notices", key 2 {
        contact as "contact_id" [.refers(Reference::to("contacts"))],
        operator as "operator_id" [.refers(Reference::to("operators"))],
        source as "source_id" [.refers(Reference::to("sources"))],
        chat as "chat_id" [.personal(Personal::Staff)],
        message as "message_id",
        decision,
        state,
        told_at,
        updated_at,
        said,
    }
    [indexes: &["telegram_notices_ended", "telegram_notices_message"]]
}

/// Which process does something alone, and until when no other does.
pub struct TelegramTurn {
    pub name: String,
    pub node: i64,
    pub until: Timestamp,
}

record! {
    pub static TELEGRAM_TURNS: TelegramTurn = "telegram_turns", key 1 { name, node, until as "until_at", }
}
