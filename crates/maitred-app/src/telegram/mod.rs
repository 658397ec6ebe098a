//! Telegram as people set it up: the bots of sources, and the chats in which operators are told. What is done with them
//! in the background is in [`crate::jobs`]: [`PollTelegram`](crate::jobs::PollTelegram) takes in what people write and
//! press, [`TellOperators`](crate::jobs::TellOperators) tells operators what they got,
//! [`SendReplies`](crate::jobs::SendReplies) sends what is written to leads.
//!
//! Bots and chats are in memory, and read again when a number says that they changed.

pub mod limits;
pub mod replies;
pub mod texts;
pub mod webhooks;

use crate::spans;
use maitred_core::limits::Invalid;
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_store::telegram::{LinkCode, OperatorChat, SourceBot, TelegramSetup};
use maitred_store::{StoreError, TelegramStore, clock};
use maitred_telegram::client::Me;
use maitred_telegram::{Bot, BotToken, Client, TelegramError, start};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Notify;

/// For how long a code links a chat: 15 minutes.
pub const CODE_MICROS: i64 = 15 * 60 * 1_000_000;
/// Stands before the name of the environment variable that has a token.
pub const VARIABLE: &str = "env:";
/// Random bytes of a code.
const CODE_BYTES: usize = 16;

/// See the module. Clones share everything.
#[derive(Clone)]
pub struct Telegram(Arc<Parts>);

struct Parts {
    store: TelegramStore,
    client: Client,
    known: RwLock<Arc<TelegramSetup>>,
    changed: Notify,
    /// By which this process is told from others.
    node: i64,
}

/// Why nothing is heard from a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotFault {
    /// Telegram knows no bot with the token: it was revoked, or is not whole.
    BadToken,
    /// The bot's updates go to a webhook.
    WebhookIsSet,
    /// Another program asks for the bot's updates.
    OtherPoller,
    /// The environment variable with the token is not there, or has none.
    NoVariable,
    /// Telegram does not answer.
    Unreachable,
}

impl BotFault {
    pub const ALL: [Self; 5] =
        [Self::BadToken, Self::WebhookIsSet, Self::OtherPoller, Self::NoVariable, Self::Unreachable];

    /// As it is stored, and as the API says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadToken => "bad_token",
            Self::WebhookIsSet => "webhook_is_set",
            Self::OtherPoller => "other_poller",
            Self::NoVariable => "no_variable",
            Self::Unreachable => "unreachable",
        }
    }

    /// Bots of which something is to be heard and that have one.
    pub fn all(setup: &TelegramSetup) -> impl Iterator<Item = (&SourceBot, Self)> {
        setup.bots.iter().filter(|bot| bot.token.is_some()).filter_map(|bot| Some((bot, Self::of(bot)?)))
    }

    /// The fault of a bot, if it has one.
    #[must_use]
    pub fn of(bot: &SourceBot) -> Option<Self> {
        let fault = bot.fault.as_deref()?;
        Self::ALL.into_iter().find(|known| known.as_str() == fault)
    }

    /// Which fault an error is, if it is one that somebody has to do something about or that lasts.
    #[must_use]
    pub const fn of_error(error: &TelegramError) -> Option<Self> {
        match error {
            TelegramError::BadToken => Some(Self::BadToken),
            TelegramError::WebhookIsSet => Some(Self::WebhookIsSet),
            TelegramError::OtherPoller => Some(Self::OtherPoller),
            TelegramError::Unreachable(_) => Some(Self::Unreachable),
            TelegramError::TooMany(_)
            | TelegramError::Blocked(_)
            | TelegramError::Harmless(_)
            | TelegramError::Migrated(_)
            | TelegramError::Refused(..) => None,
        }
    }
}

/// Why a token was not kept.
#[derive(Debug)]
pub enum TokenError {
    /// What is wrong with it.
    Invalid(Invalid),
    Store(StoreError),
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Why there is no code.
#[derive(Debug)]
pub enum LinkError {
    /// No source has a bot whose name is known.
    NoBot,
    /// The system has no randomness to give.
    NoRandomness(getrandom::Error),
    Store(StoreError),
}

impl From<StoreError> for LinkError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A code that links a chat, to be shown once.
pub struct NewLink {
    pub code: String,
    /// Opens the bot with the code.
    pub url: String,
    pub expires_at: Timestamp,
}

/// Without the code.
impl fmt::Debug for NewLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewLink").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Telegram {
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new(store: TelegramStore, client: Client) -> Result<Self, getrandom::Error> {
        let node = i64::from_le_bytes(clock::unforeseeable()?);
        let known = RwLock::default();
        Ok(Self(Arc::new(Parts { store, client, known, changed: Notify::new(), node })))
    }

    /// Where bots and chats are kept.
    #[must_use]
    pub fn store(&self) -> &TelegramStore {
        &self.0.store
    }

    /// By which this process is told from others.
    #[must_use]
    pub fn node(&self) -> i64 {
        self.0.node
    }

    /// Returns when a bot was changed here.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// All bots and chats, as they are now.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    pub async fn setup(&self) -> Result<Arc<TelegramSetup>, StoreError> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if self.0.store.version().await? == known.version {
            return Ok(known);
        }
        let read = Arc::new(self.0.store.setup().await?);
        *self.0.known.write().unwrap_or_else(PoisonError::into_inner) = read.clone();
        Ok(read)
    }

    /// What a source has to do with Telegram.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn bot_of(&self, source: SourceId) -> Result<SourceBot, StoreError> {
        let setup = self.setup().await?;
        let found = setup.bots.iter().find(|bot| bot.source == source);
        Ok(found.cloned().unwrap_or_else(|| SourceBot::none(source)))
    }

    /// The chat of an operator, if they ever linked one.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn chat_of(&self, operator: OperatorId) -> Result<Option<OperatorChat>, StoreError> {
        Ok(self.setup().await?.chats.iter().find(|chat| chat.operator == operator).cloned())
    }

    /// The bot of a source, to be called.
    ///
    /// # Errors
    /// Why its token cannot be used.
    pub fn bot(&self, bot: &SourceBot) -> Result<Bot, BotFault> {
        let stored = bot.token.as_deref().ok_or(BotFault::BadToken)?;
        Ok(self.0.client.bot(resolved(stored)?))
    }

    /// Reads the token of a source: well-formed, of no other source's bot, and good, as far as Telegram answers.
    ///
    /// # Errors
    /// [`TokenError`] says what is wrong with it.
    pub async fn check_token(&self, text: &str, source: Option<SourceId>) -> Result<CheckedToken, TokenError> {
        let text = text.trim();
        let token = resolved(text).map_err(|_| TokenError::Invalid(malformed(text)))?;
        let id = token.bot_id();
        let setup = self.setup().await?;
        let has_it = |bot: &&SourceBot| bot.bot == Some(id) && bot.token.is_some() && Some(bot.source) != source;
        if let Some(other) = setup.bots.iter().find(has_it) {
            let why = format!("is that of source {}; a bot belongs to one source: remove it there first", other.source);
            return Err(TokenError::Invalid(Invalid(why)));
        }
        match spans::telegram(self.0.client.bot(token).get_me()).await {
            Ok(Me { username, .. }) => Ok(CheckedToken { text: text.into(), bot: id, username: Some(username.into()) }),
            Err(TelegramError::BadToken) => {
                let why = "is unknown to Telegram; copy it again from @BotFather (/mybots, API Token)";
                Err(TokenError::Invalid(Invalid(why.to_owned())))
            }
            // It is good or not as soon as Telegram answers.
            Err(_) => Ok(CheckedToken { text: text.into(), bot: id, username: None }),
        }
    }

    /// Gives a source a bot, or takes it away.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be stored.
    pub async fn set_token(&self, source: SourceId, token: Option<CheckedToken>) -> Result<(), StoreError> {
        let change = move |row: &mut SourceBot| {
            let shows_phone_since = row.shows_phone_since;
            *row = SourceBot { shows_phone_since, ..SourceBot::none(source) };
            if let Some(CheckedToken { text, bot, username }) = token {
                (row.token, row.bot, row.username) = (Some(text), Some(bot), username);
            }
        };
        self.0.store.change_bot(source, change).await?;
        self.0.changed.notify_one();
        Ok(())
    }

    /// Says whether messages to operators show the phones of a source's leads.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be stored.
    pub async fn set_shows_phone(&self, source: SourceId, shows_phone: bool) -> Result<(), StoreError> {
        let now = clock::now();
        let change = move |row: &mut SourceBot| {
            row.shows_phone_since = shows_phone.then(|| row.shows_phone_since.unwrap_or(now));
        };
        self.0.store.change_bot(source, change).await
    }

    /// Notes what is wrong with a bot, or that nothing is, unless it has another token by now.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be stored.
    pub async fn note_fault(&self, bot: &SourceBot, fault: Option<BotFault>) -> Result<(), StoreError> {
        if bot.fault.as_deref() == fault.map(BotFault::as_str) {
            return Ok(());
        }
        let (token, now) = (bot.token.clone(), clock::now());
        let change = move |row: &mut SourceBot| {
            if row.token == token {
                (row.fault, row.fault_at) = (fault.map(|fault| fault.as_str().into()), fault.map(|_| now));
            }
        };
        self.0.store.change_bot(bot.source, change).await
    }

    /// Notes what Telegram says of a bot.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be stored.
    pub async fn note_name(&self, bot: &SourceBot, me: &Me) -> Result<(), StoreError> {
        let (token, id, username) = (bot.token.clone(), me.id, Arc::<str>::from(me.username.as_str()));
        let change = move |row: &mut SourceBot| {
            if row.token == token {
                (row.bot, row.username) = (Some(id), Some(username));
            }
        };
        self.0.store.change_bot(bot.source, change).await
    }

    /// A new code for an operator; the one before is good no longer.
    ///
    /// # Errors
    /// [`LinkError`] says why there is none.
    pub async fn new_link(&self, operator: OperatorId) -> Result<NewLink, LinkError> {
        let setup = self.setup().await?;
        let bots = || setup.bots.iter().filter(|bot| bot.token.is_some());
        let is_heard = |bot: &&SourceBot| bot.fault.is_none();
        let bot = bots().filter(is_heard).find_map(named).or_else(|| bots().find_map(named));
        let bot = bot.ok_or(LinkError::NoBot)?;
        let bytes = clock::unforeseeable::<CODE_BYTES>().map_err(LinkError::NoRandomness)?;
        let code: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let expires_at = Timestamp(clock::now().0 + CODE_MICROS);
        self.0.store.put_code(LinkCode { operator, digest: digest(&code), expires_at }).await?;
        Ok(NewLink { url: start::link_with_code(&bot, &code), code, expires_at })
    }

    /// Links a chat to the operator whose code this is, if it is good.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be stored.
    pub async fn redeem(
        &self,
        code: &str,
        source: SourceId,
        chat: i64,
        language: Option<&str>,
    ) -> Result<Option<OperatorId>, StoreError> {
        let operator = OperatorId(0);
        let language = language.map(Into::into);
        let chat = OperatorChat { operator, source, chat, language, linked_at: clock::now(), blocked_at: None };
        self.0.store.redeem(digest(code), chat).await
    }

    /// Tells an operator nothing more. False when they had no chat.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be stored.
    pub async fn unlink(&self, operator: OperatorId) -> Result<bool, StoreError> {
        self.0.store.unlink(operator).await
    }
}

/// A token that was looked at.
pub struct CheckedToken {
    /// As it is stored.
    text: Arc<str>,
    bot: i64,
    username: Option<Arc<str>>,
}

fn named(bot: &SourceBot) -> Option<Arc<str>> {
    bot.username.clone().filter(|name| !name.is_empty())
}

/// What a code hashes to. It has 128 bits of randomness, so nothing slower is needed.
fn digest(code: &str) -> [u8; 32] {
    Sha256::digest(code).into()
}

/// A token as it is stored, or the one in the environment variable that it names.
fn resolved(stored: &str) -> Result<BotToken, BotFault> {
    match stored.strip_prefix(VARIABLE) {
        None => BotToken::parse(stored).ok_or(BotFault::BadToken),
        Some(name) => {
            let value = std::env::var(name.trim()).map_err(|_| BotFault::NoVariable)?;
            BotToken::parse(&value).ok_or(BotFault::NoVariable)
        }
    }
}

fn malformed(text: &str) -> Invalid {
    Invalid(match text.starts_with(VARIABLE) {
        true => "names an environment variable of the server that is not there, or has no token; set it and start the \
                 server again"
            .to_owned(),
        false => "is no token of a bot; copy it from @BotFather, such as 123456789:AAE..., or name an environment \
                  variable of the server: env:NAME"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_stand_in_the_environment() {
        assert!(resolved("12:AAE").is_ok());
        // Cargo sets these for every test; neither is a token.
        for (stored, fault) in [
            ("env:CARGO_PKG_NAME", BotFault::NoVariable),
            ("env:A_VARIABLE_THAT_NOBODY_SETS", BotFault::NoVariable),
            ("nonsense", BotFault::BadToken),
        ] {
            assert_eq!(resolved(stored).err(), Some(fault), "{stored}");
        }
    }

    #[test]
    fn every_fault_has_a_word_of_its_own() {
        for fault in BotFault::ALL {
            let bot = SourceBot { fault: Some(fault.as_str().into()), ..SourceBot::none(SourceId(1)) };
            assert_eq!(BotFault::of(&bot), Some(fault));
        }
    }
}
