//! The methods of the fake, with the answers of the real server in its words.

use super::{Shared, ShownMessage, State, webhook};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

type Refusal = (u16, &'static str);
pub(super) type Answer = Result<Value, Refusal>;
/// Text and data of each.
type Buttons = Vec<(String, String)>;

const NO_BOT: Refusal = (401, "Unauthorized");
const WEBHOOK: Refusal = (
    409,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
);
const OTHER: Refusal =
    (409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running");
const BLOCKED: Refusal = (403, "Forbidden: bot was blocked by the user");
const NO_CHAT: Refusal = (400, "Bad Request: chat not found");
const EMPTY: Refusal = (400, "Bad Request: message text is empty");
const LONG: Refusal = (400, "Bad Request: message is too long");
const BUTTON: Refusal = (400, "Bad Request: BUTTON_DATA_INVALID");
const GONE: Refusal = (400, "Bad Request: message to edit not found");
const OLD: Refusal = (400, "Bad Request: query is too old and response timeout expired or query ID is invalid");
const SAME: Refusal = (
    400,
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a \
     current content and reply markup of the message",
);

pub(super) async fn answer(
    Extract(shared): Extract<Arc<Shared>>,
    Path((bot, method)): Path<(String, String)>,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let token = bot.strip_prefix("bot").unwrap_or_default().to_owned();
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    let fault = shared.change(|state| {
        state.calls.push((method.clone(), sent.clone()));
        state.take_fault(&method)
    });
    if let Some((status, answer)) = fault {
        return (StatusCode::from_u16(status).expect("a status"), Json(answer));
    }
    let answer = match method.as_str() {
        "getUpdates" => updates(&shared, &token, &sent).await,
        _ => shared.change(|state| at_once(state, &token, &method, &sent)),
    };
    if shared.change(|state| state.take_lost(&method)) {
        return (StatusCode::BAD_GATEWAY, Json(Value::Null));
    }
    match answer {
        Ok(result) => (StatusCode::OK, Json(json!({"ok": true, "result": result}))),
        Err((code, description)) => {
            let status = StatusCode::from_u16(code).expect("a status");
            (status, Json(json!({"ok": false, "error_code": code, "description": description})))
        }
    }
}

/// Long polling: the offset confirms, a later call ends this one.
async fn updates(shared: &Shared, token: &str, sent: &Value) -> Answer {
    let offset = sent["offset"].as_i64().unwrap_or(0);
    let limit = sent["limit"].as_u64().unwrap_or(100).clamp(1, 100) as usize;
    let mut changes = shared.changed.subscribe();
    let poll = shared.change(|state| {
        let bot = state.bots.get_mut(token).ok_or(NO_BOT)?;
        bot.updates.retain(|id, _| *id >= offset);
        bot.poll += 1;
        Ok(bot.poll)
    })?;
    let look = || {
        let mut state = shared.state.lock().expect("no panic with the state");
        let bot = state.bots.get_mut(token).ok_or(NO_BOT)?;
        match bot {
            bot if bot.webhook.is_some() => Err(WEBHOOK),
            bot if bot.poll != poll => Err(OTHER),
            bot => Ok(bot.updates.values().take(limit).cloned().collect::<Vec<_>>()),
        }
    };
    let waiting = async {
        loop {
            changes.borrow_and_update();
            let found = look()?;
            if !found.is_empty() || changes.changed().await.is_err() {
                return Ok(json!(found));
            }
        }
    };
    let wait = Duration::from_secs(sent["timeout"].as_u64().unwrap_or(0));
    // Without a time to wait, what is there is given at once.
    match wait.is_zero() {
        true => look().map(|found| json!(found)),
        false => tokio::time::timeout(wait, waiting).await.unwrap_or_else(|_| Ok(json!([]))),
    }
}

fn at_once(state: &mut State, token: &str, method: &str, sent: &Value) -> Answer {
    if !state.bots.contains_key(token) {
        return Err(NO_BOT);
    }
    match method {
        "getMe" => {
            let bot = state.bot(token);
            Ok(json!({"id": bot.id, "is_bot": true, "first_name": "Bot", "username": bot.username}))
        }
        "sendMessage" => send(state, token, sent),
        "editMessageText" => edit(state, token, sent),
        "setWebhook" => webhook::set(state, token, sent),
        "deleteWebhook" => webhook::delete(state, token),
        "getWebhookInfo" => webhook::info(state, token),
        "answerCallbackQuery" => answer_press(state, token, sent),
        _ => Err((404, "Not Found: method not found")),
    }
}

fn send(state: &mut State, token: &str, sent: &Value) -> Answer {
    let (text, buttons) = checked(sent)?;
    let chat = sent["chat_id"].as_i64().unwrap_or_default();
    if state.bot(token).blocked.contains(&chat) {
        return Err(BLOCKED);
    }
    if !state.bot(token).people.contains(&chat) {
        return Err(NO_CHAT);
    }
    state.next_message += 1;
    let id = state.next_message;
    let shown = ShownMessage { id, text, buttons, edits: 0 };
    state.bot(token).chats.entry(chat).or_default().push(shown);
    Ok(json!({"message_id": id, "date": 1, "chat": {"id": chat, "type": "private"}}))
}

fn edit(state: &mut State, token: &str, sent: &Value) -> Answer {
    let (text, buttons) = checked(sent)?;
    let chat = sent["chat_id"].as_i64().unwrap_or_default();
    let bot = state.bot(token);
    if bot.blocked.contains(&chat) {
        return Err(BLOCKED);
    }
    let id = sent["message_id"].as_i64();
    let shown = bot.chats.get_mut(&chat).and_then(|all| all.iter_mut().find(|it| Some(it.id) == id)).ok_or(GONE)?;
    if (&shown.text, &shown.buttons) == (&text, &buttons) {
        return Err(SAME);
    }
    *shown = ShownMessage { text, buttons, edits: shown.edits + 1, id: shown.id };
    Ok(json!({"message_id": id}))
}

fn answer_press(state: &mut State, token: &str, sent: &Value) -> Answer {
    let query = sent["callback_query_id"].as_str().unwrap_or_default();
    let text = sent["text"].as_str().unwrap_or_default();
    let bot = state.bot(token);
    let place = bot.open_queries.iter().position(|open| open == query).ok_or(OLD)?;
    bot.open_queries.remove(place);
    bot.answers.insert(query.to_owned(), text.to_owned());
    Ok(json!(true))
}

/// The text and the buttons of a message, if Telegram would take them.
fn checked(sent: &Value) -> Result<(String, Buttons), Refusal> {
    let text = sent["text"].as_str().unwrap_or_default();
    if text.trim().is_empty() {
        return Err(EMPTY);
    }
    if text.chars().count() > 4_096 {
        return Err(LONG);
    }
    let rows = sent["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
    let buttons: Buttons = rows
        .iter()
        .flat_map(|row| row.as_array().cloned().unwrap_or_default())
        .map(|button| (string(&button["text"]), string(&button["callback_data"])))
        .collect();
    let is_fine = |(text, data): &(String, String)| !text.is_empty() && (1..=64).contains(&data.len());
    if buttons.iter().all(is_fine) { Ok((text.to_owned(), buttons)) } else { Err(BUTTON) }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
