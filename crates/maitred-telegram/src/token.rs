//! The token of a bot: the bot's id, a colon, and a secret. Who has it has the bot, and it stands in the path of
//! every call, so it is never printed and no error holds an address.

use std::fmt;
use std::sync::Arc;

/// The longest token that is taken. Those of today have about 46 characters.
pub const TOKEN_CHARS_MAX: usize = 128;

/// A token that looks like one; whether it is good, Telegram says.
#[derive(Clone, PartialEq, Eq)]
pub struct BotToken(Arc<str>);

impl BotToken {
    /// Reads one, such as `123456:AAE-secret`; none when the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (id, secret) = text.split_once(':').filter(|_| text.len() <= TOKEN_CHARS_MAX)?;
        let is_secret = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let is_one = id.parse::<u64>().is_ok() && !secret.is_empty() && secret.bytes().all(is_secret);
        is_one.then(|| Self(text.into()))
    }

    /// The id of its bot.
    #[must_use]
    pub fn bot_id(&self) -> i64 {
        self.0.split_once(':').and_then(|(id, _)| id.parse().ok()).unwrap_or_default()
    }

    /// Its text, to be stored or sent to Telegram.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BotToken({}:…)", self.bot_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_an_id_and_a_secret() {
        assert_eq!(BotToken::parse(" 123:AAE-x_9\n").map(|token| token.bot_id()), Some(123));
        let long = format!("1:{}", "A".repeat(TOKEN_CHARS_MAX));
        for bad in ["", "123", "123:", ":AAE", "x:AAE", "-1:AAE", "1:A/../B", "1:A?b", "1:я", "1:A B", &long] {
            assert!(BotToken::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn no_debug_output_holds_the_secret() {
        assert_eq!(format!("{:?}", BotToken::parse("123:AAE").unwrap()), "BotToken(123:…)");
    }
}
