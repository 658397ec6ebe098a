//! Who asked for a change. Every event carries it, so that "who did this?" has an answer.

use crate::ids::{KeyId, OperatorId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Who asked. As text: `system`, `anonymous`, `cli`, `key:3`, `user:7`, `telegram:5`; at most [`Actor::TEXT_MAX`]
/// bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Actor {
    /// maitred itself: retention, and work found after a restart, when nobody remembers who asked for it.
    System,
    /// Somebody on a server without keys, which asks nobody who they are.
    Anonymous,
    /// Somebody at the command line of the server's machine.
    Cli,
    /// A program with this key.
    Key(KeyId),
    /// A person with this login.
    User(UserId),
    /// An operator who pressed a button in Telegram.
    Telegram(OperatorId),
}

impl Actor {
    /// The longest text, in bytes.
    pub const TEXT_MAX: usize = "telegram:-9223372036854775808".len();
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::Cli => f.write_str("cli"),
            Self::Key(id) => write!(f, "key:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Telegram(id) => write!(f, "telegram:{id}"),
        }
    }
}

/// The text names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownActor;

impl fmt::Display for UnknownActor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the record names an actor that this program does not know")
    }
}

impl std::error::Error for UnknownActor {}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.to_string()
    }
}

impl TryFrom<String> for Actor {
    type Error = UnknownActor;

    fn try_from(text: String) -> Result<Self, UnknownActor> {
        text.parse()
    }
}

impl FromStr for Actor {
    type Err = UnknownActor;

    fn from_str(text: &str) -> Result<Self, UnknownActor> {
        let id = |digits: &str| digits.parse().map_err(|_| UnknownActor);
        let actor = match text.split_once(':') {
            None => [Self::System, Self::Anonymous, Self::Cli].into_iter().find(|actor| actor.to_string() == text),
            Some(("key", digits)) => Some(Self::Key(KeyId(id(digits)?))),
            Some(("user", digits)) => Some(Self::User(UserId(id(digits)?))),
            Some(("telegram", digits)) => Some(Self::Telegram(OperatorId(id(digits)?))),
            Some(_) => None,
        };
        // One spelling each: "key:+3" is not what was written.
        actor.filter(|actor| actor.to_string() == text).ok_or(UnknownActor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let ids = [1, i64::MAX, i64::MIN];
        let many = ids
            .into_iter()
            .flat_map(|id| [Actor::Key(KeyId(id)), Actor::User(UserId(id)), Actor::Telegram(OperatorId(id))]);
        for actor in [Actor::System, Actor::Anonymous, Actor::Cli].into_iter().chain(many) {
            let text = actor.to_string();
            assert!(text.len() <= Actor::TEXT_MAX, "{text}");
            assert_eq!(text.parse(), Ok(actor));
        }
    }

    #[test]
    fn anything_else_is_nobody() {
        for text in ["", "System", "key", "key:", "key:+3", "key:03", "key:3 ", "key:99999999999999999999", "lead:3"] {
            assert_eq!(text.parse::<Actor>(), Err(UnknownActor), "{text}");
        }
    }
}
