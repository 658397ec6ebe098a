//! What a form that adds something is sent under, so that a second click, or a request that is sent again on a bad
//! line, adds nothing twice.

use super::Form;
use maitred_core::IdempotencyKey;
use sha2::{Digest, Sha256};

/// The hidden field of a page's token.
pub(crate) const TOKEN: &str = "token";

/// A token for a page that is shown for the first time. Without randomness it is empty, and the form is sent under no
/// key.
#[expect(clippy::disallowed_methods, reason = "it names a page that was shown and decides nothing")]
pub(super) fn token() -> String {
    getrandom::u64().map(|random| format!("{random:016x}")).unwrap_or_default()
}

impl Form {
    /// The token of the page: the one it was sent with, else a new one.
    #[must_use]
    pub fn token(&self) -> String {
        if self.is_ticked(TOKEN) { self.value(TOKEN).to_owned() } else { token() }
    }

    /// What the form is to be carried out once under. The same page sent with other values is another request: somebody
    /// who goes back to a form and fills it in again wants one more.
    #[must_use]
    pub fn key(&self) -> Option<IdempotencyKey> {
        self.digest().map(key)
    }

    /// The same for a form that asks for several things, each of which is carried out once.
    #[must_use]
    pub fn keys(&self) -> Keys {
        Keys(self.digest())
    }

    fn digest(&self) -> Option<[u8; 32]> {
        let token = Some(self.value(TOKEN)).filter(|token| !token.is_empty())?;
        let mut digest = Sha256::new_with_prefix(b"maitred form 1\n");
        digest.update(token);
        for (name, value) in &self.values {
            digest.update([0]);
            digest.update(name);
            digest.update([0]);
            digest.update(value);
        }
        Some(digest.finalize().into())
    }
}

/// Keys for the several things that one form asks for.
pub struct Keys(Option<[u8; 32]>);

impl Keys {
    /// That of the thing with this name.
    #[must_use]
    pub fn of(&self, what: &str) -> Option<IdempotencyKey> {
        let form = self.0?;
        Some(key(Sha256::new_with_prefix(form).chain_update(what).finalize().into()))
    }
}

fn key(digest: [u8; 32]) -> IdempotencyKey {
    IdempotencyKey {
        digest: std::array::from_fn(|at| digest[at]),
        fingerprint: std::array::from_fn(|at| digest[at + 16]),
        is_event: false,
    }
}
