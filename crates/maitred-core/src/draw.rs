//! Randomness that can be replayed for ever: a seed is turned into a number by an algorithm written down here,
//! not by whatever a library's default generator happens to be this year.
//!
//! Version 1: ChaCha8 (RFC 8439's ChaCha with 8 rounds) keyed by the seed's eight little-endian bytes followed by
//! zeros; 64-bit words of its stream; Lemire's multiply-and-reject to a range ("Fast Random Integer Generation in
//! an Interval", 2019), which is exactly uniform.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The version of everything that turns a pool and a seed into an operator. A decision stores it; a change here or
/// in [`crate::policy`] that could change an outcome needs a new version beside the old one.
///
/// Version 2 rounds what members with large weights earn in another way ([`crate::pool::EarningRules`]). Which rules a
/// pool has, its recording says.
pub const ALGORITHM_VERSION: u8 = 2;

/// A number in `0..bound`, each equally likely, the same for the same seed on every machine.
///
/// # Panics
/// When `bound` is zero: nothing lies in `0..0`.
#[must_use]
pub fn draw(seed: u64, bound: u64) -> u64 {
    assert!(bound > 0, "a draw needs something to draw from");
    let mut key = [0u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut stream = ChaCha8Rng::from_seed(key);
    let reject_below = bound.wrapping_neg() % bound;
    loop {
        let wide = u128::from(stream.next_u64()) * u128::from(bound);
        if wide as u64 >= reject_below {
            return (wide >> 64) as u64;
        }
    }
}

/// The seed of one decision, made from its command's seed and a salt (the contact's id and the place in its chain),
/// so that a command that drains many contacts draws independently for each.
///
/// The mixing function is the finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
#[must_use]
pub const fn derive_seed(command_seed: u64, salt: u64) -> u64 {
    let mut z = command_seed.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
