//! Updates that Telegram sends instead of being asked for them: the address that a bot has for that, and the methods
//! that set it, remove it and say how it does.
//!
//! Address and secret follow from the token of the bot, so nothing is stored for them: every node of a server knows
//! them, also after a restart, and another token of the same bot has others.

use crate::client::Bot;
use crate::error::TelegramError;
use crate::token::BotToken;
use crate::update;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;

/// The header of an update that has the secret.
pub const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// What stands before the name of a bot in the path of its address.
pub const PATH: &str = "/telegram/";
/// How many updates are sent at once: of one chat one after the other.
const CONNECTIONS_MAX: u32 = 40;

/// Where a bot is sent its updates, and what comes with each. Both are as secret as the token.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// What the address ends in: 43 characters of `A-Za-z0-9_-`.
    pub name: String,
    /// What stands in [`SECRET_HEADER`], as many of the same.
    pub secret: String,
}

impl Webhook {
    /// That of a bot.
    #[must_use]
    pub fn of(token: &BotToken) -> Self {
        let derived = |what: &str| {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(token.reveal().as_bytes()).expect("keys of any length are fine");
            mac.update(what.as_bytes());
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        };
        Self { name: derived("maitred webhook name 1"), secret: derived("maitred webhook secret 1") }
    }

    /// Its address on a server that others reach by this one.
    #[must_use]
    pub fn url(&self, public_url: &str) -> String {
        format!("{public_url}{PATH}{}", self.name)
    }

    /// Whether an address is that of this bot, on whatever server.
    #[must_use]
    pub fn is_at(&self, url: &str) -> bool {
        url.strip_suffix(&*self.name).is_some_and(|before| before.ends_with(PATH))
    }
}

/// What Telegram says of the webhook of a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct WebhookInfo {
    /// Empty if there is none: updates are to be asked for.
    #[serde(default)]
    pub url: String,
    /// How many updates wait to be sent.
    #[serde(default)]
    pub pending_update_count: u64,
    /// When an update was last not taken, in seconds since 1970.
    pub last_error_date: Option<i64>,
    /// Why not, in Telegram's words.
    pub last_error_message: Option<String>,
    /// The kinds of updates that are sent; empty if it was not said which.
    #[serde(default)]
    pub allowed_updates: Vec<String>,
}

impl WebhookInfo {
    /// Whether all updates that are read here are sent, and no others.
    #[must_use]
    pub fn has_all_kinds(&self) -> bool {
        self.allowed_updates.len() == update::KINDS.len()
            && update::KINDS.iter().all(|kind| self.allowed_updates.iter().any(|allowed| allowed == kind))
    }
}

#[expect(clippy::missing_errors_doc, reason = "all give TelegramError, which says what there is to do")]
impl Bot {
    /// Where the bot is sent its updates.
    #[must_use]
    pub fn webhook(&self) -> Webhook {
        Webhook::of(self.token())
    }

    /// How that does.
    pub async fn get_webhook_info(&self) -> Result<WebhookInfo, TelegramError> {
        self.call("getWebhookInfo", &json!({}), Duration::ZERO).await
    }

    /// Has updates sent to an address from now on, those that wait included. Nobody can ask for them then.
    pub async fn set_webhook(&self, url: &str, secret: &str) -> Result<(), TelegramError> {
        let fields = json!({
            "url": url, "secret_token": secret, "allowed_updates": update::KINDS, "max_connections": CONNECTIONS_MAX,
        });
        self.call::<Value>("setWebhook", &fields, Duration::ZERO).await.map(drop)
    }

    /// Has updates sent nowhere: those that wait are to be asked for.
    pub async fn delete_webhook(&self) -> Result<(), TelegramError> {
        self.call::<Value>("deleteWebhook", &json!({"drop_pending_updates": false}), Duration::ZERO).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(token: &str) -> Webhook {
        Webhook::of(&BotToken::parse(token).unwrap())
    }

    #[test]
    fn name_and_secret_follow_from_the_token_and_do_not_show_it() {
        let (one, other) = (webhook("12:AAE-x"), webhook("12:AAE-y"));
        assert!(one == webhook("12:AAE-x") && one != other && one.name != one.secret);
        let is_allowed = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        for text in [&one.name, &one.secret] {
            assert!(text.len() == 43 && is_allowed(text) && !text.contains("AAE-x"), "{text}");
        }
    }

    #[test]
    fn an_address_is_ours_by_its_end() {
        let (ours, theirs) = (webhook("12:AAE-x"), webhook("12:AAE-y"));
        assert!(ours.is_at(&ours.url("https://leads.example.com/x")));
        for other in ["", "https://example.com/hook", &theirs.url("https://leads.example.com"), &ours.name] {
            assert!(!ours.is_at(other), "{other}");
        }
    }
}
