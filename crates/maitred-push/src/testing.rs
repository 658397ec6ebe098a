//! A browser for tests.

use crate::Subscription;
use crate::encryption::{HEADER_BYTES, Keys, SALT_BYTES};
use crate::subscription::encoded;
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::SystemRandom;

/// It reads one message: the private key can be used once.
pub struct FakeBrowser {
    private_key: EphemeralPrivateKey,
    public_key: Vec<u8>,
}

const AUTH: [u8; 16] = [7; 16];

impl FakeBrowser {
    /// # Panics
    /// When the system has no randomness to give.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        let private_key = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).expect("randomness");
        let public_key = private_key.compute_public_key().expect("a key").as_ref().to_vec();
        Self { private_key, public_key }
    }

    /// As a browser writes it.
    #[must_use]
    pub fn public_key(&self) -> String {
        encoded(&self.public_key)
    }

    /// As a browser writes it.
    #[must_use]
    pub fn auth(&self) -> String {
        encoded(&AUTH)
    }

    /// The text of a message, if it is for this browser.
    #[must_use]
    pub fn read(self, body: &[u8]) -> Option<Vec<u8>> {
        let to = Subscription::new(String::new(), &self.public_key, &AUTH)?;
        let (salt, sender) = (body.get(..SALT_BYTES)?, body.get(SALT_BYTES + 5..HEADER_BYTES)?);
        let theirs = UnparsedPublicKey::new(&ECDH_P256, sender);
        let keys = agree_ephemeral(self.private_key, &theirs, |shared| Keys::of(shared, &to, sender, salt));
        keys.ok()?.ok()?.decrypted(body)
    }
}
