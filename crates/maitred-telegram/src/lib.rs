//! Telegram as far as maitred speaks it: a client of a few methods of the
//! [Bot API](https://core.telegram.org/bots/api), and what the updates that it gives mean. It holds no state, no rules
//! and no store, and knows nothing else of maitred.
//!
//! | where | what |
//! |---|---|
//! | [`client`] | [`Client`] at an address, [`Bot`] with a token, and the methods |
//! | [`error`] | what Telegram answers when it does not do what it was asked for |
//! | [`token`] | the token of a bot, which is never printed |
//! | [`update`] | updates as they come |
//! | [`incoming`] | what an update means: somebody wrote, pressed a button, blocked the bot |
//! | [`start`] | what stands behind `/start` in a link: a code, or where somebody came from |
//! | [`press`] | what a button says when it is pressed |
//! | [`webhook`] | the address to which Telegram sends updates by itself, and the methods for that |
//! | `fake` | Telegram itself, for tests (feature `testing`) |
//!
//! What the documentation leaves open follows the code of <https://github.com/tdlib/telegram-bot-api>.

pub mod client;
pub mod error;
#[cfg(feature = "testing")]
pub mod fake;
pub mod incoming;
pub mod press;
pub mod start;
pub mod token;
pub mod update;
pub mod webhook;

pub use client::{Bot, Button, Client, OutgoingMessage};
pub use error::TelegramError;
pub use incoming::{Incoming, LeadMessage, Person, PressedButton, ReplyTo};
pub use press::{Press, Verb};
pub use token::BotToken;
pub use update::Update;
pub use webhook::Webhook;
