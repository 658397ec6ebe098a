//! The token of a session or a set-up link: 256 random bits, of which only the SHA-256 is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maitred_store::accounts::Digest;
use maitred_store::clock;
use sha2::{Digest as _, Sha256};
use std::fmt;

const BYTES: usize = 32;

/// What a browser has. Also what a set-up link has. Never printed by accident: only [`Secret::reveal`] tells it.
pub struct Secret([u8; BYTES]);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new() -> Result<Self, getrandom::Error> {
        clock::unforeseeable().map(Self)
    }

    /// Reads one; `None` when the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == BYTES).then_some(Self(bytes))
    }

    /// Its text.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_was_told() {
        let secret = Secret::new().unwrap();
        let text = secret.reveal();
        assert_eq!(Secret::parse(&text).unwrap().digest(), secret.digest());
        assert!(!format!("{secret:?}").contains(&text));
        for bad in ["", "x", &text[1..], &format!("{text}A"), &format!("{text}="), &format!(" {text}")] {
            assert!(Secret::parse(bad).is_none(), "{bad}");
        }
    }
}
