//! Having Telegram send updates by itself, where others can reach this server. The node that would ask for them sees to
//! it that they are sent: it sets the address of the bot, and looks now and then whether what is sent arrives. If
//! Telegram does not take the address, or cannot reach it, updates are asked for instead, for an hour.
//!
//! What waits at Telegram is sent or given after each change, and what was both sent and given is known by its number.
//! So nothing is lost and nothing is there twice, whichever way it comes.

use super::intake::{Place, TakeError};
use super::{PollError, Poller};
use crate::App;
use crate::spans;
use crate::telegram::webhooks::Receiving;
use maitred_core::Timestamp;
use maitred_store::telegram::SourceBot;
use maitred_telegram::webhook::WebhookInfo;
use maitred_telegram::{Bot, TelegramError, Update};
use metrics::counter;
use serde_json::value::RawValue;
use std::time::Duration;

/// How often it is looked whether updates arrive.
pub(super) const LOOK_PERIOD: Duration = Duration::from_secs(30);
/// For how long updates have to fail until they are asked for: a server that is started again is not worth it.
const FAILING_MICROS_MAX: i64 = 120 * 1_000_000;
/// An error that is older than this was followed by none: Telegram tries again at least every two minutes.
const ERROR_MICROS_MAX: i64 = 150 * 1_000_000;
/// For how long they are asked for then.
const ASKED_FOR_MICROS: i64 = 3_600 * 1_000_000;

/// What is known of the webhook of a bot.
#[derive(Debug, Default)]
pub(super) struct WebhookState {
    /// Since when no update arrives that is sent.
    failing_since: Option<Timestamp>,
    /// Until when updates are asked for.
    given_up_until: Option<Timestamp>,
}

impl Poller {
    /// Sees to it that updates are sent to this server, if others can reach it. False if they are to be asked for.
    pub(super) async fn keep_webhook(&mut self, bot: &Bot, row: &SourceBot, now: Timestamp) -> Result<bool, PollError> {
        let Some(public_url) = self.app.public_url().map(str::to_owned) else {
            self.app.telegram().note_receiving(row, &Receiving::ByPolling).await?;
            return Ok(false);
        };
        if self.webhook.given_up_until.is_some_and(|until| until > now) {
            return Ok(false);
        }
        let (webhook, info) = (bot.webhook(), bot.get_webhook_info().await.map_err(PollError::Telegram)?);
        let url = webhook.url(&public_url);
        let is_set = info.url == url && info.has_all_kinds();
        let refused = match is_set {
            true => self.webhook.failing(&info, now),
            // That of another program stays.
            false if !info.url.is_empty() && !webhook.is_at(&info.url) => {
                return self.is_not_sent(row, TelegramError::WebhookIsSet).await;
            }
            false => match spans::telegram(bot.set_webhook(&url, &webhook.secret)).await {
                Ok(()) => None,
                Err(TelegramError::Refused(_, why)) => Some(why),
                Err(error) => return self.is_not_sent(row, error).await,
            },
        };
        let receiving = match refused {
            None => Receiving::ByWebhook,
            Some(why) => {
                spans::telegram(bot.delete_webhook()).await.map_err(PollError::Telegram)?;
                tracing::warn!(source = self.source.0, why, "Telegram does not send updates; they are asked for");
                self.webhook.give_up(now);
                Receiving::InsteadOfWebhook(why)
            }
        };
        self.app.telegram().note_receiving(row, &receiving).await?;
        Ok(receiving == Receiving::ByWebhook)
    }

    /// Nothing is sent to this server, for this reason.
    async fn is_not_sent(&self, row: &SourceBot, why: TelegramError) -> Result<bool, PollError> {
        self.app.telegram().note_receiving(row, &Receiving::ByPolling).await?;
        Err(PollError::Telegram(why))
    }
}

/// Removes the webhook that this server set, or another one for maitred. False if there is none of that kind.
pub(super) async fn remove_own(bot: &Bot) -> Result<bool, TelegramError> {
    let is_own = bot.webhook().is_at(&bot.get_webhook_info().await?.url);
    if is_own {
        spans::telegram(bot.delete_webhook()).await?;
    }
    Ok(is_own)
}

impl WebhookState {
    /// Why updates do not arrive, if they have not for a while.
    fn failing(&mut self, info: &WebhookInfo, now: Timestamp) -> Option<String> {
        let at = info.last_error_date.map(|seconds| seconds.saturating_mul(1_000_000));
        let fails = info.pending_update_count > 0 && at.is_some_and(|at| now.0 - at < ERROR_MICROS_MAX);
        let since = *self.failing_since.get_or_insert(now);
        if !fails {
            self.failing_since = None;
        }
        let is_long = fails && now.0 - since.0 >= FAILING_MICROS_MAX;
        is_long.then(|| info.last_error_message.clone().unwrap_or_default())
    }

    fn give_up(&mut self, now: Timestamp) {
        *self = Self { failing_since: None, given_up_until: Some(Timestamp(now.0 + ASKED_FOR_MICROS)) };
    }
}

/// Takes in an update that Telegram sent, and returns when all it led to is durable. False if it is none.
///
/// # Errors
/// [`TakeError`] says why not: Telegram sends it again.
pub async fn take_sent(app: &App, row: &SourceBot, bot: &Bot, body: &[u8]) -> Result<bool, TakeError> {
    let read = serde_json::from_slice::<Box<RawValue>>(body).ok().and_then(|json| Update::read(&json));
    let Some(update) = read else { return Ok(false) };
    // Updates that are asked for have the id by which Telegram calls the bot in their keys: the one of its token.
    let place = Place { app, source: row.source, bot, bot_id: bot.id() };
    place.take(vec![update]).await?;
    counter!("maitred_intake_total", "result" => "taken").increment(1);
    Ok(true)
}
