//! The key of a contact that its source gave an id: the same id of the same source is the same contact, however often
//! and by which way it comes.

use maitred_core::{IdempotencyKey, SourceId};
use sha2::{Digest, Sha256};

/// The key of an event. `text` is all that was said with it: what tells a retry in other words from the first try.
#[must_use]
pub fn of_event(source: SourceId, id: &str, text: &str) -> IdempotencyKey {
    let key = digest(&[b"maitred event 1\n", source.to_string().as_bytes(), b"\n", id.as_bytes()]);
    IdempotencyKey { digest: key, fingerprint: digest(&[text.as_bytes()]), is_event: true }
}

/// The first half of a SHA-256.
fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let whole = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize();
    std::array::from_fn(|at| whole[at])
}
