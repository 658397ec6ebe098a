//! Secrets, and the signature of a message: HMAC-SHA256 over id, time and body, `v1` of the specification. Written by
//! hand because the public library signs with one secret only, and while one is replaced two sign; tests verify with
//! that library.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// Bytes of a secret; the specification asks for 24 to 64.
pub const SECRET_BYTES: usize = 32;
const PREFIX: &str = "whsec_";

/// What signs. Never printed by accident: only [`Secret::reveal`] tells it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; SECRET_BYTES]);

impl Secret {
    #[must_use]
    pub const fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be stored.
    #[must_use]
    pub const fn bytes(&self) -> [u8; SECRET_BYTES] {
        self.0
    }

    /// As its owner is shown it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0))
    }

    /// One signature; `seconds` is the time of the attempt.
    fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length is one");
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The value of `webhook-signature`: one signature for each secret, the newest first.
#[must_use]
pub fn signatures(secrets: &[Secret], id: &str, seconds: i64, body: &str) -> String {
    let each: Vec<_> = secrets.iter().map(|secret| secret.sign(id, seconds, body)).collect();
    each.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let bytes = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&bytes).unwrap();
        mac.update(b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}");
        let signed = STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(signed, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn the_public_library_accepts_each_of_two_signatures() {
        let (new, old, strange) = (Secret::new([1; 32]), Secret::new([2; 32]), Secret::new([3; 32]));
        let signed = signatures(&[new.clone(), old.clone()], "msg_1", 1_700_000_000, "{}");
        assert_eq!(signed.split(' ').count(), 2);
        let is_accepted = |secret: &Secret| {
            let library = standardwebhooks::Webhook::new(&secret.reveal()).unwrap();
            let theirs = library.sign("msg_1", 1_700_000_000, b"{}").unwrap();
            signed.split(' ').any(|one| one == theirs)
        };
        assert!(is_accepted(&new) && is_accepted(&old) && !is_accepted(&strange));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new([7; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(secret.reveal().starts_with("whsec_"));
    }
}
