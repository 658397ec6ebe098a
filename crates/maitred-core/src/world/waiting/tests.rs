//! The front is a prefix of the whole order, whatever enters, leaves and is loaded.

use super::{Waiting, WaitingPosition};
use crate::ids::{ContactId, Timestamp};
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Enter, leave or load; with a priority, and which of those who wait, or how many of them.
fn moves() -> impl Strategy<Value = Vec<(u8, i32, usize)>> {
    proptest::collection::vec((0u8..10, 0i32..3, 0usize..8), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_front_is_a_prefix(moves in moves(), stored in 0i64..6) {
        let at = Timestamp;
        let place = |priority, id| {
            let (priority, contact) = (Reverse(priority), ContactId(id));
            WaitingPosition { priority, created_at: at(id), contact }
        };
        let mut all: BTreeSet<WaitingPosition> = (1..=stored).map(|id| place(1, id)).collect();
        let mut waiting = Waiting::new(all.len() as u64);
        for ((what, priority, n), id) in moves.into_iter().zip(100..) {
            match what {
                0..5 => {
                    waiting.enter(place(priority, id));
                    all.insert(place(priority, id));
                }
                5..8 => if let Some(gone) = all.iter().nth(n).copied() {
                    waiting.leave(gone);
                    all.remove(&gone);
                },
                8 => {
                    all.iter().take(n).for_each(|place| waiting.load(*place));
                    waiting.loaded(n);
                    prop_assert!(waiting.has_front(n));
                }
                _ => waiting.forget(),
            }
            prop_assert_eq!(waiting.count(), all.len() as u64);
            prop_assert!(waiting.front().eq(all.iter().copied().take(waiting.front().count())));
            prop_assert!(!waiting.has_front(n) || waiting.front().count() >= n.min(all.len()), "{:?}", waiting);
        }
    }
}

#[test]
fn one_that_moves_up_stays_at_the_front_and_one_that_falls_back_leaves_it_to_others() {
    let place = |priority, id| WaitingPosition::new(priority, Timestamp(id), ContactId(id));
    let mut waiting = Waiting::new(5);
    waiting.load(place(0, 1));
    waiting.relocate(place(0, 1), place(3, 1));
    assert_eq!((waiting.count(), waiting.first()), (5, Some(place(3, 1))), "whatever stands behind it");
    waiting.relocate(place(0, 4), place(4, 4));
    assert_eq!(waiting.front().collect::<Vec<_>>(), [place(4, 4), place(3, 1)], "from behind to the front");
    waiting.relocate(place(0, 5), place(1, 5));
    assert_eq!(waiting.front().len(), 2, "it may stand behind others who are not known");
    waiting.relocate(place(4, 4), place(-1, 4));
    assert_eq!((waiting.count(), waiting.front().collect::<Vec<_>>()), (5, vec![place(3, 1)]));
}
