//! Web Push, as far as a sender needs it: what a browser's subscription says ([`Subscription`]), a message that only
//! that browser can read ([`encryption`], RFC 8291), and who sends it ([`vapid`], RFC 8292). Nothing here knows
//! operators or contacts, and nothing sends: the call is made by [`Subscription::endpoint`]'s caller (RFC 8030).
//!
//! The primitives are those of `ring`, which TLS needs anyway. The crates that do all of this need OpenSSL, or their
//! own AES and curves.

pub mod encryption;
pub mod subscription;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod vapid;

pub use encryption::{PLAIN_BYTES_MAX, encrypt};
pub use subscription::Subscription;
pub use vapid::SenderKey;

use ring::error::Unspecified;
use std::fmt;

/// Why a message was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushError {
    /// It is longer than [`PLAIN_BYTES_MAX`].
    TooLong,
    /// The public key of the browser is no point of the curve P-256.
    BadKey,
    /// The stored key of the sender cannot be read.
    BadSenderKey,
    /// The system has no randomness to give, or a primitive failed without saying why.
    Unspecified,
}

impl From<Unspecified> for PushError {
    fn from(_: Unspecified) -> Self {
        Self::Unspecified
    }
}

impl fmt::Display for PushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the message is too long",
            Self::BadKey => "the public key of the browser is no point of the curve P-256",
            Self::BadSenderKey => "the stored key of this server cannot be read",
            Self::Unspecified => "the system has no randomness to give",
        })
    }
}

impl std::error::Error for PushError {}
