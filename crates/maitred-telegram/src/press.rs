//! What a button says when it is pressed: `1:<contact>:<decision>:<verb>`. Telegram allows 64 bytes. The contact and
//! the number of the decision are the fence: a press of a button that is older than what happened since does nothing.

use std::fmt;
use std::str::FromStr;

/// The version of the text.
const VERSION: &str = "1";

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Accept,
    Decline,
    Resolve,
    /// Pauses the operator for half an hour.
    Pause,
}

impl Verb {
    pub const ALL: [Self; 4] = [Self::Accept, Self::Decline, Self::Resolve, Self::Pause];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Resolve => "resolve",
            Self::Pause => "pause",
        }
    }
}

/// A press of a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    pub contact: i64,
    /// The number of the decision by which the operator got the contact.
    pub decision: u32,
    pub verb: Verb,
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}:{}:{}:{}", self.contact, self.decision, self.verb.as_str())
    }
}

/// The text is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownPress;

impl FromStr for Press {
    type Err = UnknownPress;

    fn from_str(text: &str) -> Result<Self, UnknownPress> {
        let parts: Vec<&str> = text.split(':').collect();
        let [VERSION, contact, decision, verb] = parts[..] else { return Err(UnknownPress) };
        let verb = Verb::ALL.into_iter().find(|known| known.as_str() == verb).ok_or(UnknownPress)?;
        let contact = contact.parse().map_err(|_| UnknownPress)?;
        let decision = decision.parse().map_err(|_| UnknownPress)?;
        let press = Self { contact, decision, verb };
        // One spelling each.
        (press.to_string() == text).then_some(press).ok_or(UnknownPress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_button_says_is_read_and_fits() {
        for verb in Verb::ALL {
            let press = Press { contact: i64::MAX, decision: u32::MAX, verb };
            let text = press.to_string();
            assert!(text.len() <= 64, "{text}");
            assert_eq!(text.parse(), Ok(press));
        }
    }

    #[test]
    fn anything_else_is_nothing() {
        for bad in ["", "1", "1:2:3", "2:2:3:accept", "1:2:3:drop", "1:+2:3:accept", "1:2:03:accept", "1:2:3:accept:"] {
            assert_eq!(bad.parse::<Press>(), Err(UnknownPress), "{bad}");
        }
    }
}
