//! Who sends a message: a signed statement that a push service can hold a sender to (VAPID, RFC 8292). A browser takes
//! messages of the sender only whose public key it subscribed with.

use crate::PushError;
use crate::subscription::encoded;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use std::fmt;
use url::Url;

/// For how long a statement is good, in seconds. RFC 8292 allows a day, and clocks differ.
const GOOD_FOR_S: i64 = 12 * 3_600;

/// The key pair of a sender.
pub struct SenderKey(EcdsaKeyPair);

impl SenderKey {
    /// A new one, as it is stored: PKCS #8.
    ///
    /// # Errors
    /// [`PushError`] when the system has no randomness to give.
    pub fn generate() -> Result<Vec<u8>, PushError> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())?;
        Ok(made.as_ref().to_vec())
    }

    /// One that was stored.
    ///
    /// # Errors
    /// [`PushError`] when it is none.
    pub fn read(stored: &[u8]) -> Result<Self, PushError> {
        let read = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, stored, &SystemRandom::new());
        read.map(Self).map_err(|_| PushError::BadSenderKey)
    }

    /// The public key, as a browser takes it (`applicationServerKey`): base64url.
    #[must_use]
    pub fn public(&self) -> String {
        encoded(self.0.public_key().as_ref())
    }

    /// The header `Authorization` of a request to this URL at this time, in Unix seconds. `contact` is where the push
    /// service may complain: `mailto:` and an address, or a URL of `https`.
    ///
    /// # Errors
    /// [`PushError`] when the system has no randomness to give.
    pub fn authorization(&self, url: &Url, contact: Option<&str>, now: i64) -> Result<String, PushError> {
        let mut claims = json!({"aud": url.origin().ascii_serialization(), "exp": now + GOOD_FOR_S});
        if let Some(contact) = contact {
            claims["sub"] = contact.into();
        }
        let head = json!({"typ": "JWT", "alg": "ES256"});
        let signed = format!("{}.{}", encoded(head.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes())?;
        Ok(format!("vapid t={signed}.{}, k={}", encoded(signature.as_ref()), self.public()))
    }
}

/// Without the key.
impl fmt::Debug for SenderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscription::decoded;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    #[test]
    fn a_push_service_can_check_who_sends() {
        let key = SenderKey::read(&SenderKey::generate().unwrap()).unwrap();
        let url = Url::parse("https://push.example.net:8443/push/abc?d=1").unwrap();
        for contact in [Some("mailto:ops@example.com"), None] {
            let header = key.authorization(&url, contact, 1_000).unwrap();
            let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decoded(public).unwrap());
            public.verify(signed.as_bytes(), &decoded(signature).unwrap()).unwrap();
            let claims = signed.split('.').nth(1).and_then(decoded).unwrap();
            let claims: Value = serde_json::from_slice(&claims).unwrap();
            assert_eq!(claims["aud"], "https://push.example.net:8443");
            assert_eq!(claims["exp"], 1_000 + GOOD_FOR_S);
            assert_eq!(claims.get("sub").and_then(Value::as_str), contact);
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(SenderKey::read(b"nonsense").err(), Some(PushError::BadSenderKey));
    }
}
