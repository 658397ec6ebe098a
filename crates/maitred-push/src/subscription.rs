//! What a browser says about itself when it subscribes (Push API, `PushSubscription`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// Bytes of a public key: an uncompressed point of P-256.
const PUBLIC_BYTES: usize = 65;
/// What an uncompressed point begins with.
const UNCOMPRESSED: u8 = 4;
/// Bytes of the secret that the browser shares with senders (RFC 8291, 3.2).
const AUTH_BYTES: usize = 16;

/// Where messages for a browser are sent, and the keys that they are encrypted with.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    endpoint: String,
    public_key: [u8; PUBLIC_BYTES],
    auth: [u8; AUTH_BYTES],
}

impl Subscription {
    /// None if a key has not the length or the form of one. The URL is for the caller to check.
    #[must_use]
    pub fn new(endpoint: String, public_key: &[u8], auth: &[u8]) -> Option<Self> {
        let public_key: [u8; PUBLIC_BYTES] = public_key.try_into().ok()?;
        (public_key[0] == UNCOMPRESSED).then_some(())?;
        Some(Self { endpoint, public_key, auth: auth.try_into().ok()? })
    }

    /// The same with keys as browsers write them: base64url (RFC 4648), with or without padding.
    #[must_use]
    pub fn parse(endpoint: String, public_key: &str, auth: &str) -> Option<Self> {
        Self::new(endpoint, &decoded(public_key)?, &decoded(auth)?)
    }

    /// The URL of the push service for this browser. Who knows it may send to it, so it is a secret.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    #[must_use]
    pub fn auth(&self) -> &[u8] {
        &self.auth
    }
}

/// Without its secrets.
impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

/// Reads base64url, with or without padding.
#[must_use]
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

/// Writes base64url without padding.
#[must_use]
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(65, 4, 16, true)]
    #[case(64, 4, 16, false)]
    #[case(65, 2, 16, false)]
    #[case(65, 4, 15, false)]
    #[case(0, 0, 0, false)]
    fn keys_have_their_length(#[case] key: usize, #[case] first: u8, #[case] auth: usize, #[case] is_one: bool) {
        let mut public_key = vec![1; key];
        public_key.iter_mut().take(1).for_each(|byte| *byte = first);
        for padding in ["", "="] {
            let (public_key, auth) = (encoded(&public_key) + padding, encoded(&vec![1; auth]) + padding);
            let read = Subscription::parse("https://push.example.net/a".to_owned(), &public_key, &auth);
            assert_eq!(read.is_some(), is_one);
        }
    }
}
