//! Choices, all made by the seed.

use maitred_store::clock::Seeds;
use std::ops::Range;

/// A stream of choices that is the same for the same seed.
pub(crate) struct Draw(Seeds);

impl Draw {
    /// The stream of a seed and of what it is used for.
    pub(crate) fn new(parts: [u64; 3]) -> Self {
        let mix = |seed: u64, part: u64| (seed ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        Self(Seeds::fixed(parts.into_iter().fold(17, mix)))
    }

    pub(crate) fn between(&mut self, range: Range<u64>) -> u64 {
        range.start + self.0.take() % (range.end - range.start)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.between(0..n as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.between(0..n) == 0
    }

    /// One of them, if there is one.
    pub(crate) fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let at = self.0.take();
        (!all.is_empty()).then(|| all[(at % all.len() as u64) as usize].clone())
    }

    /// The same in another order.
    pub(crate) fn shuffled<T>(&mut self, mut all: Vec<T>) -> Vec<T> {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
        all
    }
}
