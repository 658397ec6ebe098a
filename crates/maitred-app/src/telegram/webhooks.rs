//! Bots to which Telegram sends updates by itself: which one an address belongs to, and what is noted of that.

use super::Telegram;
use maitred_core::limits::repair;
use maitred_store::telegram::SourceBot;
use maitred_store::{StoreError, clock};
use maitred_telegram::Bot;
use metrics::counter;
use std::sync::Arc;
use subtle::ConstantTimeEq;

pub use maitred_telegram::webhook::SECRET_HEADER;

/// The longest reason of Telegram's that is kept, in characters.
const REASON_CHARS_MAX: usize = 300;

/// How a bot is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receiving {
    /// Telegram sends its updates to this server.
    ByWebhook,
    /// Telegram is asked for them.
    ByPolling,
    /// The same, although others can reach this server: why Telegram does not send them, in its words.
    InsteadOfWebhook(String),
}

impl Telegram {
    /// The bot that has an address which ends in this name.
    ///
    /// # Errors
    /// [`StoreError`] when bots cannot be read.
    pub async fn bot_at(&self, name: &str) -> Result<Option<(SourceBot, Bot)>, StoreError> {
        let setup = self.setup().await?;
        let bots = setup.bots.iter().filter_map(|row| Some((row, self.bot(row).ok()?)));
        let is_its = |bot: &Bot| same(bot.webhook().name.as_bytes(), name.as_bytes());
        Ok(bots.into_iter().find(|(_, bot)| is_its(bot)).map(|(row, bot)| (row.clone(), bot)))
    }

    /// Notes how a bot is heard, unless it has another token by now.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be stored.
    pub async fn note_receiving(&self, bot: &SourceBot, receiving: &Receiving) -> Result<(), StoreError> {
        let error: Option<Arc<str>> = match receiving {
            Receiving::InsteadOfWebhook(why) => Some(repair::said(why, REASON_CHARS_MAX).into()),
            Receiving::ByWebhook | Receiving::ByPolling => None,
        };
        let is_sent = *receiving == Receiving::ByWebhook;
        if bot.webhook_at.is_some() == is_sent && bot.webhook_error == error {
            return Ok(());
        }
        let (token, now) = (bot.token.clone(), clock::now());
        let change = move |row: &mut SourceBot| {
            if row.token == token {
                (row.webhook_at, row.webhook_error) = (is_sent.then(|| row.webhook_at.unwrap_or(now)), error);
            }
        };
        self.store().change_bot(bot.source, change).await
    }
}

/// Whether what stood in [`SECRET_HEADER`] of an update is the secret of its bot.
#[must_use]
pub fn is_from_telegram(bot: &Bot, sent: &[u8]) -> bool {
    let is_its = same(bot.webhook().secret.as_bytes(), sent);
    if !is_its {
        counter!("maitred_intake_total", "result" => "wrong_signature").increment(1);
    }
    is_its
}

fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}
