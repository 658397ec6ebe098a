//! Where the lead of a contact is written to: the chat in which they wrote to the bot of the source that the contact
//! arrived on.

use super::Telegram;
use maitred_core::conversation::NoWay;
use maitred_core::{Contact, IdentityKind};
use maitred_store::telegram::{SourceBot, TelegramSetup};
use maitred_store::views::Page;
use maitred_store::{Store, StoreError};
use serde_json::Value;

/// The latest messages of a contact among which the one is looked for that says where it was written.
const MESSAGES_AMONG: u32 = 50;

/// A chat with a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose bot it is with.
    pub bot: SourceBot,
    pub chat: i64,
    /// The connection to the account for which the bot writes there, if it does.
    pub business: Option<String>,
}

/// Where the lead of a contact is written to.
///
/// # Errors
/// [`StoreError`] when that cannot be read; within, why they cannot be written to.
pub async fn place_of(
    telegram: &Telegram,
    store: &Store,
    contact: &Contact,
) -> Result<Result<Place, NoWay>, StoreError> {
    let bot = telegram.bot_of(contact.arrived_on()).await?;
    if bot.token.is_none() {
        return Ok(Err(NoWay::NoBot));
    }
    let page = Page { limit: MESSAGES_AMONG, after: None };
    let messages = store.messages(contact.id, page).await?.unwrap_or_default();
    let said = messages.iter().filter_map(|message| message.attributes.as_deref());
    let places: Vec<(i64, Option<String>)> = said.chain(contact.attributes.as_deref()).filter_map(written_in).collect();
    if places.is_empty() {
        return Ok(Err(NoWay::NoChat));
    }
    let lead = store.lead(contact.lead).await?;
    // What comes with a contact is said by the program that submitted it. The id of a private chat is that of the
    // account, so it has to be one of the lead's.
    let is_theirs = |chat: i64| {
        let chat = chat.to_string();
        let identities = lead.iter().flat_map(|card| &card.identities);
        identities.filter(|identity| identity.kind == IdentityKind::ExternalId).any(|identity| *identity.value == *chat)
    };
    let found = places.into_iter().find(|(chat, _)| is_theirs(*chat));
    Ok(found.map(|(chat, business)| Place { bot, chat, business }).ok_or(NoWay::NoChat))
}

/// Whether it looks as if the lead of a contact can be written to; [`place_of`] knows.
#[must_use]
pub fn has_place(setup: &TelegramSetup, contact: &Contact) -> bool {
    let has_bot = |bot: &SourceBot| bot.source == contact.arrived_on() && bot.token.is_some();
    setup.bots.iter().any(has_bot) && contact.attributes.as_deref().and_then(written_in).is_some()
}

/// The chat, and the connection, that attributes name.
fn written_in(attributes: &str) -> Option<(i64, Option<String>)> {
    let read: Value = serde_json::from_str(attributes).ok()?;
    let place = &read["telegram"];
    Some((place["chat_id"].as_i64()?, place["business_connection_id"].as_str().map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_say_where_something_was_written() {
        let business = r#"{"a": 1, "telegram": {"chat_id": 7, "business_connection_id": "b"}}"#;
        assert_eq!(written_in(business), Some((7, Some("b".to_owned()))));
        assert_eq!(written_in(r#"{"telegram": {"chat_id": 7}}"#), Some((7, None)));
        for nowhere in ["{}", "[]", "nonsense", r#"{"telegram": 5}"#, r#"{"telegram": {"chat_id": "7"}}"#] {
            assert_eq!(written_in(nowhere), None, "{nowhere}");
        }
    }
}
