//! The webhook of a bot: updates are sent to its address, those of one chat in their order, and each again until it is
//! answered with 2xx. Tests say when, and carry what is sent: there is no clock.

use super::methods::Answer;
use super::{BotState, FakeTelegram, State};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Where updates of a bot go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeWebhook {
    pub url: String,
    pub secret: String,
    pub allowed: Vec<String>,
}

/// An update on its way.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub update: i64,
    pub url: String,
    pub secret: String,
    pub body: Value,
}

const NO_HTTPS: (u16, &str) = (400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook");
const BAD_SECRET: (u16, &str) = (400, "Bad Request: secret token contains unallowed characters");

pub(super) fn set(state: &mut State, token: &str, sent: &Value) -> Answer {
    let url = sent["url"].as_str().unwrap_or_default().to_owned();
    let secret = sent["secret_token"].as_str().unwrap_or_default().to_owned();
    // A server that is started with --local takes addresses of the own machine.
    if !url.starts_with("https://") && !url.starts_with("http://127.0.0.1") {
        return Err(NO_HTTPS);
    }
    if secret.len() > 256 || !secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        return Err(BAD_SECRET);
    }
    let allowed = sent["allowed_updates"].as_array().into_iter().flatten();
    let allowed = allowed.filter_map(|kind| kind.as_str().map(str::to_owned)).collect();
    let bot = state.bot(token);
    (bot.webhook, bot.last_error) = (Some(FakeWebhook { url, secret, allowed }), None);
    Ok(json!(true))
}

pub(super) fn delete(state: &mut State, token: &str) -> Answer {
    let bot = state.bot(token);
    (bot.webhook, bot.last_error) = (None, None);
    Ok(json!(true))
}

pub(super) fn info(state: &mut State, token: &str) -> Answer {
    let bot = state.bot(token);
    let webhook = bot.webhook.clone().unwrap_or_default();
    let mut info = json!({
        "url": webhook.url, "has_custom_certificate": false, "pending_update_count": bot.updates.len(),
        "allowed_updates": webhook.allowed,
    });
    if let Some((at, why)) = &bot.last_error {
        (info["last_error_date"], info["last_error_message"]) = (json!(at), json!(why));
    }
    Ok(info)
}

impl BotState {
    /// The first update of each queue that is not among these: messages have one for each chat, presses one for each
    /// person, and so has who blocks the bot.
    fn due(&self, held: &BTreeSet<i64>) -> Vec<Delivery> {
        let Some(webhook) = &self.webhook else { return Vec::new() };
        let mut first = BTreeMap::new();
        for (id, update) in &self.updates {
            first.entry(queue(update)).or_insert((*id, update));
        }
        let (url, secret) = (&webhook.url, &webhook.secret);
        let due = first.into_values().filter(|(id, _)| !held.contains(id));
        due.map(|(update, body)| Delivery { update, url: url.clone(), secret: secret.clone(), body: body.clone() })
            .collect()
    }
}

fn queue(update: &Value) -> (&str, i64) {
    let mut kinds = update.as_object().into_iter().flatten().filter(|(name, _)| *name != "update_id");
    let Some((kind, content)) = kinds.next() else { return ("", 0) };
    let (kind, whose) = match kind.as_str() {
        "callback_query" | "my_chat_member" => (kind.as_str(), &content["from"]),
        _ => ("message", &content["chat"]),
    };
    (kind, whose["id"].as_i64().unwrap_or_default())
}

impl FakeTelegram {
    /// Where updates of a bot go, if anywhere.
    #[must_use]
    pub fn webhook(&self, token: &str) -> Option<FakeWebhook> {
        self.look(|state| state.bots.get(token)?.webhook.clone())
    }

    /// Sends what waits: `send` carries an update and says the status of the answer. What is not answered with 2xx
    /// stays, and holds up what is behind it in its queue. `now` is in seconds since 1970. Says how many were taken.
    pub async fn deliver(&self, token: &str, now: i64, send: impl AsyncFn(Delivery) -> u16) -> usize {
        let (mut held, mut taken) = (BTreeSet::new(), 0);
        loop {
            let due = self.look(|state| state.bots.get(token).map(|bot| bot.due(&held)).unwrap_or_default());
            if due.is_empty() {
                return taken;
            }
            for delivery in due {
                let update = delivery.update;
                let status = send(delivery).await;
                self.change(|state| match status {
                    200..300 => {
                        state.bot(token).updates.remove(&update);
                        taken += 1;
                    }
                    _ => {
                        state.bot(token).last_error = Some((now, format!("Wrong response from the webhook: {status}")));
                        held.insert(update);
                    }
                });
            }
        }
    }
}
