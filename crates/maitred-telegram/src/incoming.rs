//! What an update means for maitred.

use crate::press::Press;
use crate::start;
use crate::update::{CallbackQuery, ChatMemberUpdated, Message, RepliedTo, Update, User};
use serde_json::Value;

/// The kinds of messages without a text, by the name of the field that has their content. The first that is there is
/// the kind: an animation has a document as well.
const KINDS: [&str; 19] = [
    "animation",
    "photo",
    "video",
    "voice",
    "audio",
    "video_note",
    "document",
    "sticker",
    "contact",
    "location",
    "venue",
    "poll",
    "dice",
    "game",
    "story",
    "invoice",
    "paid_media",
    "checklist",
    "gift",
];

/// Messages that nobody wrote: they say that something was done.
const SERVICE: [&str; 17] = [
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "connected_website",
    "successful_payment",
    "refunded_payment",
    "users_shared",
    "chat_shared",
    "passport_data",
    "proximity_alert_triggered",
    "chat_background_set",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "boost_added",
    "giveaway_created",
];

/// What an update means.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// Somebody wrote to the bot, or to the account that it works for.
    Message(LeadMessage),
    /// Somebody changed what they had written.
    Edited(LeadMessage),
    /// Somebody pressed a button.
    Press(PressedButton),
    /// Somebody blocked the bot, or no longer does; since when, in seconds since 1970.
    Blocked { chat: i64, is_blocked: bool, date: Option<i64> },
    /// Nothing that is of use here.
    Nothing,
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Never changes, unlike their name.
    pub id: i64,
    /// First and last name; empty if they have none.
    pub name: String,
    /// Without `@`.
    pub username: Option<String>,
    /// An IETF language tag, such as `ru`.
    pub language: Option<String>,
}

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadMessage {
    pub from: Person,
    pub chat: i64,
    pub message: i64,
    /// When they wrote it, in seconds since 1970; of a button it is not known.
    pub date: Option<i64>,
    pub thread: Option<i64>,
    /// The connection to the account that the bot works for; such a chat is apart from the bot's own of the same id.
    pub business: Option<String>,
    /// Which album it is a part of: each of its items is a message of its own.
    pub album: Option<String>,
    /// What they wrote, or wrote below a picture.
    pub text: Option<String>,
    /// `text`, `button` for one that was pressed, or what they sent: `photo`, `voice` and so on; `other` for what is
    /// not known.
    pub kind: &'static str,
    /// What stood behind `/start`, if that is what they sent; may be empty.
    pub start: Option<String>,
    pub phone: Option<SharedPhone>,
    /// What it is a reply to, if it is one.
    pub reply_to: Option<ReplyTo>,
    /// What the button says that was pressed, to the program that made it.
    pub button: Option<String>,
}

/// The message that somebody replied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    /// Its id in the chat.
    pub message: i64,
    /// What its first button says that is one of ours: about which contact it is, by which decision.
    pub press: Option<Press>,
}

/// A phone that somebody shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedPhone {
    pub number: String,
    /// Whether it is that of the account that shared it; others have it from their address book.
    pub is_own: bool,
}

/// A button that was pressed. Every press is to be answered, or the button spins for minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PressedButton {
    /// To answer it with; good for 150 seconds.
    pub query: String,
    pub from: Person,
    /// The chat of the message under which the button stands, if that is known.
    pub chat: Option<i64>,
    pub message: Option<i64>,
    /// What the button says, if it is one of ours.
    pub press: Option<Press>,
    /// What the press of somebody else's button says in place of words: what stands on the button, or else its data.
    pub said: Option<Box<LeadMessage>>,
}

impl Update {
    /// What it means.
    #[must_use]
    pub fn incoming(self) -> Incoming {
        let content = self.content;
        let message = content.message.map(|it| (it, false)).or(content.edited_message.map(|it| (it, true)));
        if let Some((message, is_edited)) = message.filter(|(message, _)| is_from_a_person(message)) {
            return of_message(message, is_edited);
        }
        let business = content.business_message.map(|it| (it, false));
        let business = business.or(content.edited_business_message.map(|it| (it, true)));
        if let Some((message, is_edited)) = business.filter(|(message, _)| is_from_client(message)) {
            return of_message(message, is_edited);
        }
        if let Some(query) = content.callback_query {
            return Incoming::Press(of_query(query));
        }
        content.my_chat_member.as_ref().map_or(Incoming::Nothing, of_membership)
    }
}

fn is_from_a_person(message: &Message) -> bool {
    message.chat.r#type == "private" && message.from.as_ref().is_some_and(|from| !from.is_bot)
}

/// What the owner of the account sent themselves, or a program for them, arrives as well. In a private chat the id of
/// the chat is that of the client, so what is from anybody else is not from them.
fn is_from_client(message: &Message) -> bool {
    is_from_a_person(message)
        && message.sender_business_bot.is_none()
        && !message.is_from_offline
        && message.from.as_ref().is_some_and(|from| from.id == message.chat.id)
}

fn of_message(message: Message, is_edited: bool) -> Incoming {
    let Some(from) = message.from else { return Incoming::Nothing };
    let has_words = message.text.is_some() || message.caption.is_some();
    if !has_words && SERVICE.iter().any(|name| message.rest.contains_key(*name)) {
        return Incoming::Nothing;
    }
    let phone = message
        .contact
        .as_ref()
        .map(|contact| SharedPhone { number: contact.phone_number.clone(), is_own: contact.user_id == Some(from.id) });
    let is_there = |name: &&&str| message.rest.contains_key(**name) || (**name == "contact" && phone.is_some());
    let kind = match &message.text {
        Some(_) => "text",
        None => KINDS.iter().find(is_there).copied().unwrap_or("other"),
    };
    let start = message.text.as_deref().and_then(start::payload).filter(|_| !is_edited).map(str::to_owned);
    let read = LeadMessage {
        from: person(from),
        chat: message.chat.id,
        message: message.message_id,
        date: message.date,
        thread: message.message_thread_id,
        business: message.business_connection_id,
        album: message.media_group_id,
        text: message.text.or(message.caption).filter(|text| !text.trim().is_empty()),
        kind,
        start,
        phone,
        reply_to: message.reply_to_message.as_ref().map(reply_to),
        button: None,
    };
    if is_edited { Incoming::Edited(read) } else { Incoming::Message(read) }
}

fn reply_to(replied: &RepliedTo) -> ReplyTo {
    let press = buttons(&replied.reply_markup).find_map(|button| button["callback_data"].as_str()?.parse().ok());
    ReplyTo { message: replied.message_id, press }
}

/// The buttons below a message.
fn buttons(markup: &Value) -> impl Iterator<Item = &Value> {
    let rows = markup["inline_keyboard"].as_array().into_iter().flatten();
    rows.filter_map(Value::as_array).flatten()
}

fn of_query(query: CallbackQuery) -> PressedButton {
    let press = query.data.as_deref().and_then(|data| data.parse().ok());
    let said = if press.is_none() { said_by(&query).map(Box::new) } else { None };
    PressedButton {
        query: query.id,
        from: person(query.from),
        chat: query.message.as_ref().map(|message| message.chat.id),
        message: query.message.as_ref().map(|message| message.message_id),
        press,
        said,
    }
}

/// What a press says in a private chat. Of a message that is too old nothing is known but its data.
fn said_by(query: &CallbackQuery) -> Option<LeadMessage> {
    let (message, data) = (query.message.as_ref()?, query.data.clone()?);
    if message.chat.r#type != "private" || query.from.is_bot {
        return None;
    }
    let is_it = |button: &&Value| button["callback_data"].as_str() == Some(&data);
    let text = buttons(&message.reply_markup).find(is_it).and_then(|button| button["text"].as_str());
    let text = text.filter(|text| !text.trim().is_empty()).unwrap_or(&data).to_owned();
    Some(LeadMessage {
        from: person(query.from.clone()),
        chat: message.chat.id,
        message: message.message_id,
        date: None,
        thread: None,
        business: message.business_connection_id.clone(),
        album: None,
        text: Some(text),
        kind: "button",
        start: None,
        phone: None,
        reply_to: None,
        button: Some(data),
    })
}

fn of_membership(change: &ChatMemberUpdated) -> Incoming {
    if change.chat.r#type != "private" {
        return Incoming::Nothing;
    }
    let is_blocked = matches!(change.new_chat_member.status.as_str(), "kicked" | "left");
    Incoming::Blocked { chat: change.chat.id, is_blocked, date: change.date }
}

fn person(user: User) -> Person {
    let name = [Some(user.first_name), user.last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Person { id: user.id, name: name.trim().to_owned(), username: user.username, language: user.language_code }
}

#[cfg(test)]
mod tests;
