//! Telegram: the bot of a source, which is part of its body, and the chat in which an operator is told.

use crate::idempotency::NeverAgain;
use crate::openapi::without_key;
use crate::reply::{self, Reply};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use maitred_app::telegram::{BotFault, CheckedToken, LinkError, TokenError};
use maitred_core::limits::Invalid;
use maitred_core::{OperatorId, SourceId, SourceKind};
use maitred_store::clock::Rfc3339;
use maitred_store::telegram::{OperatorChat, SourceBot};
use maitred_web::AppState;
use maitred_web::field::types::{FLAG, Text};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::Ids;
use maitred_web::problem::refusals::unknown;
use maitred_web::problem::{FieldError, Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// The longest text of a token, or of the name of a variable with one.
const TOKEN_CHARS_MAX: usize = 128;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(own(May::OwnOperator), without_key(routes!(telegram_link)))
        .call(own(May::OwnOperator), routes!(telegram_chat, telegram_unlink))
}

/// The bot of a source, without its token.
#[derive(Serialize, ToSchema)]
pub(super) struct BotBody {
    /// Whether the source has the token of a bot. The token itself is never shown.
    has_bot_token: bool,
    /// What the bot is called in Telegram, without `@`, once Telegram has said so.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    bot_username: Option<Arc<str>>,
    /// Why nothing is heard from the bot: `bad_token`, `webhook_is_set`, `other_poller`, `no_variable`, `unreachable`;
    /// `null` = nothing is wrong.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    bot_fault: Option<&'static str>,
    /// How its messages come: `webhook`, Telegram sends them to `--public-url`, or `polling`, Telegram is asked for
    /// them; `null` = there is no bot.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    bot_receives_by: Option<&'static str>,
    /// Why Telegram is asked although there is a `--public-url`, in its words; it is tried again every hour.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    bot_webhook_error: Option<Arc<str>>,
    /// Whether messages to operators in Telegram show the phone of the lead.
    telegram_shows_phone: bool,
}

impl From<&SourceBot> for BotBody {
    fn from(bot: &SourceBot) -> Self {
        Self {
            has_bot_token: bot.token.is_some(),
            bot_username: bot.username.clone().filter(|_| bot.token.is_some()),
            bot_fault: BotFault::of(bot).map(BotFault::as_str),
            bot_receives_by: bot.token.as_ref().map(|_| if bot.webhook_at.is_some() { "webhook" } else { "polling" }),
            bot_webhook_error: bot.webhook_error.clone(),
            telegram_shows_phone: bot.shows_phone(),
        }
    }
}

/// What a request says about the bot of a source; none leaves it as it is.
#[derive(Default)]
pub(super) struct BotChange {
    token: Option<Option<Arc<str>>>,
    shows_phone: Option<bool>,
}

/// The same, with a token that was looked at.
pub(super) struct CheckedBotChange {
    token: Option<Option<CheckedToken>>,
    shows_phone: Option<bool>,
}

const BOT_TOKEN: Text<Arc<str>> =
    Text { check: bot_token, pattern: Some(BOT_TOKEN_PATTERN), chars_min: 3, chars_max: Some(TOKEN_CHARS_MAX) };
const BOT_TOKEN_PATTERN: &str = "^([0-9]{1,18}:[A-Za-z0-9_-]+|env:[A-Za-z_][A-Za-z0-9_]*)$";
const ABOUT_TOKEN: &str = "For sources of the kind `telegram`: the token that @BotFather gave for the bot, or `env:` \
                           and the name of an environment variable of the server that has it. What people write to the \
                           bot are contacts of this source. It is never shown again.";
const ABOUT_OTHER_TOKEN: &str = "Another token; `null` removes it, and the bot is heard no longer.";
const ABOUT_SHOWS_PHONE: &str = "Whether messages to operators in Telegram show the phone of the lead; a lock screen \
                                 is public.";

/// Whether it is good, Telegram says.
fn bot_token(text: &str) -> Result<Arc<str>, Invalid> {
    let text = text.trim();
    match text.chars().count() {
        3..=TOKEN_CHARS_MAX if !text.contains(char::is_control) => Ok(text.into()),
        _ => Err(Invalid("is no token of a bot; copy it from @BotFather, or name a variable: env:NAME".to_owned())),
    }
}

impl BotChange {
    pub(super) fn read_new(fields: &mut impl Fields) -> Self {
        let token = BOT_TOKEN.example(r#""env:TELEGRAM_TOKEN""#);
        Self {
            token: fields.optional("bot_token", token, ABOUT_TOKEN).map(Some),
            shows_phone: fields.optional("telegram_shows_phone", FLAG, ABOUT_SHOWS_PHONE),
        }
    }

    pub(super) fn read_edited(fields: &mut impl Fields) -> Self {
        Self {
            token: fields.removable("bot_token", BOT_TOKEN, ABOUT_OTHER_TOKEN),
            shows_phone: fields.edited("telegram_shows_phone", FLAG, ABOUT_SHOWS_PHONE),
        }
    }

    /// Looks at the token before anything is changed: it is for a source of this kind.
    pub(super) async fn check(
        self,
        state: &AppState,
        source: Option<SourceId>,
        kind: SourceKind,
    ) -> Result<CheckedBotChange, Problem> {
        let token = match self.token {
            Some(Some(text)) => Some(Some(check_token(state, &text, source, kind).await?)),
            Some(None) => Some(None),
            None => None,
        };
        Ok(CheckedBotChange { token, shows_phone: self.shows_phone })
    }

    /// Whether it sets a token.
    pub(super) const fn has_token(&self) -> bool {
        matches!(self.token, Some(Some(_)))
    }
}

async fn check_token(
    state: &AppState,
    text: &str,
    source: Option<SourceId>,
    kind: SourceKind,
) -> Result<CheckedToken, Problem> {
    let invalid = |why: &Invalid| Problem::invalid(vec![FieldError::at("/bot_token", format!("bot_token {why}"))]);
    if kind != SourceKind::Telegram {
        return Err(invalid(&Invalid("needs a source of the kind telegram; say so in kind".to_owned())));
    }
    state.app().telegram().check_token(text, source).await.map_err(|error| match error {
        TokenError::Invalid(why) => invalid(&why),
        TokenError::Store(error) => error.into(),
    })
}

impl CheckedBotChange {
    /// Stores what was asked for, and gives the bot as it is now.
    pub(super) async fn apply(self, state: &AppState, source: SourceId) -> Result<SourceBot, Problem> {
        let telegram = state.app().telegram();
        if let Some(token) = self.token {
            telegram.set_token(source, token).await?;
        }
        if let Some(shows_phone) = self.shows_phone {
            telegram.set_shows_phone(source, shows_phone).await?;
        }
        Ok(telegram.bot_of(source).await?)
    }
}

/// A code that links a chat.
#[derive(Serialize, ToSchema)]
#[schema(as = TelegramLink)]
struct LinkBody {
    /// What to send to the bot behind `/start`, once. Shown only in this response.
    #[schema(example = "00112233445566778899aabbccddeeff")]
    code: String,
    /// The link that does so.
    #[schema(example = "https://t.me/shop_bot?start=op_00112233445566778899aabbccddeeff")]
    url: String,
    /// Until when it is good: for 15 minutes.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Rfc3339,
}

/// Whether an operator is told in Telegram.
#[derive(Serialize, ToSchema)]
#[schema(as = TelegramChat)]
struct ChatBody {
    /// Whether they are.
    is_linked: bool,
    /// By the bot of which source.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    source_id: Option<SourceId>,
    /// What that bot is called, without `@`.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    bot_username: Option<Arc<str>>,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    linked_at: Option<Rfc3339>,
    /// Since when the bot cannot write to them, because they blocked it: they are to link again.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    blocked_at: Option<Rfc3339>,
}

/// Link an operator's chat in Telegram
///
/// The operator opens the link, or sends `/start` and the code to a bot of a source, and is told of their contacts
/// there from then on. A code works once, and a new one ends the one before. So there is no `Idempotency-Key`.
#[utoipa::path(
    post, path = "/api/v1/operators/{id}/telegram-link", tag = "operators", params(("id" = i64, Path)),
    responses(
        (status = CREATED, description = "A code", body = LinkBody,
         headers(("Location" = String, description = "Where the state of the link is"))),
        (status = CONFLICT, description = "No source has a bot"),
    )
)]
async fn telegram_link(State(state): State<AppState>, Ids([id]): Ids<1>, NeverAgain: NeverAgain) -> Reply {
    let operator = existing(&state, id).await?;
    let new = state.app().telegram().new_link(operator).await.map_err(|error| match error {
        LinkError::NoBot => kinds::NO_BOT.because(
            "no source has a bot of which Telegram has said the name; set bot_token on a source of the kind telegram",
        ),
        LinkError::NoRandomness(error) => Problem::internal(&error),
        LinkError::Store(error) => error.into(),
    })?;
    let body = LinkBody { code: new.code, url: new.url, expires_at: Rfc3339(new.expires_at) };
    let mut response = reply::created(format!("/api/v1/operators/{id}/telegram-link"), &body)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Show whether an operator is told in Telegram
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/telegram-link", tag = "operators", params(("id" = i64, Path)),
    responses((status = OK, description = "Whether they are", body = ChatBody))
)]
async fn telegram_chat(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let operator = existing(&state, id).await?;
    let chat = state.app().telegram().chat_of(operator).await?;
    let bot = match &chat {
        Some(chat) => Some(state.app().telegram().bot_of(chat.source).await?),
        None => None,
    };
    reply::ok(&ChatBody {
        is_linked: chat.as_ref().is_some_and(|chat| chat.blocked_at.is_none()),
        source_id: chat.as_ref().map(|chat| chat.source),
        bot_username: bot.and_then(|bot| bot.username),
        linked_at: chat.as_ref().map(|chat| Rfc3339(chat.linked_at)),
        blocked_at: chat.as_ref().and_then(|chat: &OperatorChat| chat.blocked_at).map(Rfc3339),
    })
}

/// Unlink an operator's chat in Telegram
///
/// They are told nothing more there. Also ends a code that was not used.
#[utoipa::path(
    delete, path = "/api/v1/operators/{id}/telegram-link", tag = "operators", params(("id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Unlinked, or was not linked"))
)]
async fn telegram_unlink(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let operator = existing(&state, id).await?;
    state.app().telegram().unlink(operator).await?;
    Ok(reply::no_content())
}

async fn existing(state: &AppState, id: i64) -> Result<OperatorId, Problem> {
    let operator = state.store().operator(OperatorId(id)).await?;
    operator.map(|operator| operator.id).ok_or_else(|| unknown("operator", &id))
}
