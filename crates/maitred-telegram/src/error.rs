//! What Telegram answers when it does not do what it was asked for, by what there is to do about it. The texts are
//! those of the server's code; the documentation promises none of them.

use std::fmt;
use std::time::Duration;

/// Why a call was not carried out. Holds no token and no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TelegramError {
    /// No answer, or one that is none of Telegram's: try again.
    Unreachable(String),
    /// Too many calls: try again after this time.
    TooMany(Duration),
    /// There is no such bot, or its token was revoked.
    BadToken,
    /// The bot's updates go to a webhook, so they cannot be asked for.
    WebhookIsSet,
    /// Another program asks for the bot's updates.
    OtherPoller,
    /// The person blocked the bot, deleted their account, or never wrote to the bot: it cannot write to them.
    Blocked(String),
    /// Nothing to worry about: the message is so already, or is gone, or the press is too old to be answered.
    Harmless(String),
    /// The group is another chat now, with this id.
    Migrated(i64),
    /// Anything else, in Telegram's words.
    Refused(u16, String),
}

impl TelegramError {
    /// Reads an answer that says `"ok": false`.
    #[must_use]
    pub fn of(status: u16, description: &str, retry_after: Option<u64>, migrate_to: Option<i64>) -> Self {
        if let Some(chat) = migrate_to {
            return Self::Migrated(chat);
        }
        match status {
            429 => Self::TooMany(Duration::from_secs(retry_after.unwrap_or(1).max(1))),
            // A token that is not even well-formed is "Not Found".
            401 | 404 => Self::BadToken,
            409 if description.contains("webhook") => Self::WebhookIsSet,
            409 => Self::OtherPoller,
            403 => Self::Blocked(description.to_owned()),
            400 if is_unknown_chat(description) => Self::Blocked(description.to_owned()),
            400 if is_harmless(description) => Self::Harmless(description.to_owned()),
            500.. => Self::Unreachable(format!("status {status}: {description}")),
            _ => Self::Refused(status, description.to_owned()),
        }
    }
}

fn is_unknown_chat(description: &str) -> bool {
    ["chat not found", "user not found", "PEER_ID_INVALID"].iter().any(|text| description.contains(text))
}

fn is_harmless(description: &str) -> bool {
    let texts = [
        "message is not modified",
        "query is too old",
        "query ID is invalid",
        "message to edit not found",
        "message can't be edited",
    ];
    texts.iter().any(|text| description.contains(text))
}

impl fmt::Display for TelegramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "Telegram does not answer: {why}"),
            Self::TooMany(wait) => write!(f, "Telegram asks to wait for {} s", wait.as_secs()),
            Self::BadToken => f.write_str("Telegram knows no bot with this token"),
            Self::WebhookIsSet => f.write_str("a webhook is set for the bot"),
            Self::OtherPoller => f.write_str("another program asks for the updates of the bot"),
            Self::Blocked(why) => write!(f, "the bot cannot write to this chat: {why}"),
            Self::Harmless(why) => write!(f, "nothing to do: {why}"),
            Self::Migrated(_) => f.write_str("the group is another chat now"),
            Self::Refused(status, why) => write!(f, "Telegram answered {status}: {why}"),
        }
    }
}

impl std::error::Error for TelegramError {}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(429, "Too Many Requests: retry after 7", TelegramError::TooMany(Duration::from_secs(7)))]
    #[case(401, "Unauthorized", TelegramError::BadToken)]
    #[case(404, "Not Found", TelegramError::BadToken)]
    #[case(409, "Conflict: can't use getUpdates method while webhook is active", TelegramError::WebhookIsSet)]
    #[case(409, "Conflict: terminated by other getUpdates request", TelegramError::OtherPoller)]
    #[case(502, "Bad Gateway", TelegramError::Unreachable("status 502: Bad Gateway".to_owned()))]
    #[case(400, "Bad Request: too long", TelegramError::Refused(400, "Bad Request: too long".to_owned()))]
    fn an_answer_says_what_is_to_be_done(
        #[case] status: u16,
        #[case] description: &str,
        #[case] expected: TelegramError,
    ) {
        assert_eq!(TelegramError::of(status, description, Some(7), None), expected);
    }

    #[test]
    fn somebody_who_cannot_be_written_to_is_blocked_and_what_is_over_is_harmless() {
        for text in ["Forbidden: bot was blocked by the user", "Forbidden: user is deactivated"] {
            assert!(matches!(TelegramError::of(403, text, None, None), TelegramError::Blocked(_)));
        }
        let unknown = TelegramError::of(400, "Bad Request: chat not found", None, None);
        assert!(matches!(unknown, TelegramError::Blocked(_)));
        for text in [
            "Bad Request: message is not modified: specified new message content is the same",
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
            "Bad Request: message to edit not found",
        ] {
            assert!(matches!(TelegramError::of(400, text, None, None), TelegramError::Harmless(_)), "{text}");
        }
        assert_eq!(TelegramError::of(400, "Bad Request: group upgraded", None, Some(-5)), TelegramError::Migrated(-5));
    }
}
