//! The methods of the Bot API that are used, as calls. A call is sent once: whether to try again is up to the caller,
//! for Telegram cannot be told that a message is the same one.

use crate::error::TelegramError;
use crate::token::BotToken;
use crate::update::{self, Update, User};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, header};
use hyper_rustls::builderstates::WantsSchemes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The address of Telegram's own server.
pub const ADDRESS: &str = "https://api.telegram.org";
/// The longest text of a message, in characters.
pub const TEXT_CHARS_MAX: usize = 4_096;
/// The longest text that a press is answered with, in characters.
pub const ANSWER_CHARS_MAX: usize = 200;
/// The most updates of one answer.
pub const UPDATES_MAX: usize = 100;
/// How long an answer may take, beyond the time that Telegram was asked to wait for updates.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);
/// The largest answer that is read. A hundred updates of the longest messages are far below it.
const REPLY_BYTES_MAX: usize = 16 << 20;

type Result<T> = std::result::Result<T, TelegramError>;

/// Where the system has no certificates of authorities, each call over https fails, and says so. That is no reason not
/// to start: there may be no bot.
fn trusting_nobody() -> HttpsConnectorBuilder<WantsSchemes> {
    tracing::warn!("the system has no certificates of authorities; calls of Telegram will fail");
    let nobody = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    HttpsConnectorBuilder::new().with_tls_config(nobody)
}

/// A server that speaks the Bot API. Clones share connections.
#[derive(Clone)]
pub struct Client {
    http: Http<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Arc<str>,
}

impl Client {
    /// Looks at the address only, which begins with `https://` or `http://`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn at(address: &str) -> std::result::Result<Self, String> {
        let address = address.trim_end_matches('/');
        let is_url = address.starts_with("https://") || address.starts_with("http://");
        if !is_url || address.parse::<hyper::Uri>().is_err() || address.contains(['?', '#']) {
            return Err(format!("is not an address such as {ADDRESS}"));
        }
        let connector = HttpsConnectorBuilder::new().with_native_roots().unwrap_or_else(|_| trusting_nobody());
        let connector = connector.https_or_http().enable_http1().build();
        let http = Http::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Ok(Self { http, address: address.into() })
    }

    /// A bot there.
    #[must_use]
    pub fn bot(&self, token: BotToken) -> Bot {
        Bot { client: self.clone(), token }
    }
}

/// A bot that can be called.
#[derive(Clone)]
pub struct Bot {
    client: Client,
    token: BotToken,
}

/// What the bot is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    pub id: i64,
    /// Without `@`.
    pub username: String,
}

/// A message to be sent, or what one is to be from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// Plain text of at most [`TEXT_CHARS_MAX`] characters, not empty.
    pub text: String,
    /// Rows of buttons below it.
    pub buttons: Vec<Vec<Button>>,
}

/// A button below a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    pub text: String,
    /// What its press says, at most 64 bytes.
    pub data: String,
}

impl OutgoingMessage {
    /// Without buttons.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), buttons: Vec::new() }
    }

    /// As the methods take it.
    fn fields(&self) -> Value {
        let button = |button: &Button| json!({"text": button.text, "callback_data": button.data});
        let rows: Vec<Vec<Value>> = self.buttons.iter().map(|row| row.iter().map(button).collect()).collect();
        json!({
            "text": self.text,
            "link_preview_options": {"is_disabled": true},
            "reply_markup": {"inline_keyboard": rows},
        })
    }
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    result: Option<Box<RawValue>>,
    error_code: Option<u16>,
    description: Option<String>,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

#[derive(Deserialize)]
struct Sent {
    message_id: i64,
}

#[expect(clippy::missing_errors_doc, reason = "all give TelegramError, which says what there is to do")]
impl Bot {
    /// Who it is: whether the token is good.
    pub async fn get_me(&self) -> Result<Me> {
        let User { id, username, .. } = self.call("getMe", &json!({}), Duration::ZERO).await?;
        Ok(Me { id, username: username.unwrap_or_default() })
    }

    /// Updates from `offset` on, which confirms all before it: these do not come again. Without any, Telegram waits for
    /// one so long.
    pub async fn get_updates(&self, offset: i64, limit: usize, wait: Duration) -> Result<Vec<Update>> {
        let fields =
            json!({"offset": offset, "limit": limit, "timeout": wait.as_secs(), "allowed_updates": update::KINDS});
        let updates: Vec<Box<RawValue>> = self.call("getUpdates", &fields, wait).await?;
        Ok(updates.iter().filter_map(|update| Update::read(update)).collect())
    }

    /// Sends a message and gives its id in the chat.
    pub async fn send_message(&self, chat: i64, message: &OutgoingMessage) -> Result<i64> {
        let Sent { message_id } =
            self.call("sendMessage", &with(message, "chat_id", chat, None), Duration::ZERO).await?;
        Ok(message_id)
    }

    /// The same in a chat of the account for which the bot works by this connection, if there is one.
    pub async fn send_to(&self, chat: i64, business: Option<&str>, message: &OutgoingMessage) -> Result<i64> {
        let mut fields = with(message, "chat_id", chat, None);
        if let Some(business) = business {
            fields["business_connection_id"] = json!(business);
        }
        let Sent { message_id } = self.call("sendMessage", &fields, Duration::ZERO).await?;
        Ok(message_id)
    }

    /// Replaces the text of a message and its buttons.
    pub async fn edit_message_text(&self, chat: i64, id: i64, message: &OutgoingMessage) -> Result<()> {
        let fields = with(message, "chat_id", chat, Some(id));
        self.call::<Value>("editMessageText", &fields, Duration::ZERO).await.map(drop)
    }

    /// Answers a press, with a short text that shows for a moment.
    pub async fn answer_callback_query(&self, query: &str, text: &str) -> Result<()> {
        let text: String = text.chars().take(ANSWER_CHARS_MAX).collect();
        let fields = json!({"callback_query_id": query, "text": text});
        self.call::<Value>("answerCallbackQuery", &fields, Duration::ZERO).await.map(drop)
    }

    /// The id of the bot, as its token says.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.token.bot_id()
    }

    pub(crate) const fn token(&self) -> &BotToken {
        &self.token
    }

    /// Calls a method, for which Telegram was asked to take its time.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        fields: &impl Serialize,
        wait: Duration,
    ) -> Result<T> {
        let asking = self.ask(method, fields);
        let answered = timeout(wait + ANSWER_WAIT_MAX, asking).await;
        let (status, bytes) =
            answered.unwrap_or_else(|_| Err(TelegramError::Unreachable("no answer in time".to_owned())))?;
        let unreadable = |_| match status {
            // A proxy between here and Telegram answers in its own way.
            400.. => TelegramError::Unreachable(format!("status {status}, and no answer of Telegram's")),
            _ => TelegramError::Unreachable("its answer cannot be read".to_owned()),
        };
        let answer: Answer = serde_json::from_slice(&bytes).map_err(unreadable)?;
        match answer {
            Answer { ok: true, result: Some(result), .. } => serde_json::from_str(result.get()).map_err(unreadable),
            Answer { ok, error_code, description, parameters, .. } => {
                let code = if ok { 500 } else { error_code.unwrap_or(status) };
                let (retry_after, migrate_to) =
                    parameters.map_or((None, None), |it| (it.retry_after, it.migrate_to_chat_id));
                Err(TelegramError::of(code, &description.unwrap_or_default(), retry_after, migrate_to))
            }
        }
    }

    /// The status and the body of an answer. No error of this names the address, for the token is in it.
    async fn ask(&self, method: &str, fields: &impl Serialize) -> Result<(u16, Bytes)> {
        let unreachable = |why: String| TelegramError::Unreachable(why);
        let body = serde_json::to_vec(fields).map_err(|_| unreachable("what was to be said is no JSON".to_owned()))?;
        let address = format!("{}/bot{}/{method}", self.client.address, self.token.reveal());
        let request = Request::builder().method(Method::POST).uri(address);
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Full::new(Bytes::from(body)));
        let request = request.map_err(|_| unreachable("the address is none".to_owned()))?;
        let response = self.client.http.request(request).await.map_err(|error| unreachable(reason(&error)))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), REPLY_BYTES_MAX).collect().await;
        let body = body.map_err(|_| unreachable("its answer broke off, or was too long".to_owned()))?;
        Ok((status, body.to_bytes()))
    }
}

/// The fields of a message to a chat, in place of another if it is to be one.
fn with(message: &OutgoingMessage, name: &str, chat: i64, id: Option<i64>) -> Value {
    let mut fields = message.fields();
    fields[name] = json!(chat);
    if let Some(id) = id {
        fields["message_id"] = json!(id);
    }
    fields
}

/// What broke, with what caused it: hyper's first sentence says little.
fn reason(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |all, cause| format!("{all}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_the_web() {
        assert_eq!(&*Client::at("http://127.0.0.1:9/").map(|client| client.address).unwrap(), "http://127.0.0.1:9");
        for bad in ["", "api.telegram.org", "ftp://x", "https://a b", "https://x/?q"] {
            assert!(Client::at(bad).is_err(), "{bad}");
        }
    }
}
