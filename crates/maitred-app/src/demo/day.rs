//! When what happens in the demo: a working day that ends in the middle of the next, when much is going on. What
//! happens is fixed before anything is done, by the numbers of contacts alone.

use super::people::{self, MAILBOX};
use maitred_core::draw::{derive_seed, draw};

/// Arrivals in each hour of the day that ends now, relative to one another: from late morning through the night to the
/// next late morning.
const CURVE: [u64; 24] = [18, 16, 16, 18, 18, 16, 14, 10, 8, 6, 6, 4, 2, 2, 1, 1, 1, 1, 2, 4, 8, 12, 16, 18];
/// In what the place of a moment within the day is counted.
pub const DAY: u64 = 24 * HOUR;
const HOUR: u64 = 3_600_000;
/// At most so many of the last contacts, and the last so much of the day, are a rush on the mailbox: with it more are
/// open there than there are slots, and some wait.
const RUSH_MAX: u64 = 36;
const RUSH_LASTS: u64 = 25 * 60_000;
/// How many contacts are open at the end, not counting those of the rush: somewhat less than half the slots.
const OPEN: u64 = 110;
/// The longest that a contact takes on average.
const TAKES_MAX: u64 = 8 * HOUR;

/// Something that happens, to a contact by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It arrives through a source, by its place in [`people::SOURCES`].
    Arrives(usize),
    /// It is resolved.
    IsResolved,
}

/// What happens when, in parts of [`DAY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    pub at: u64,
    pub contact: u64,
    pub what: What,
}

/// All that happens to so many contacts, in order. The last numbers are those of the rush.
pub fn steps(contacts: u64) -> Vec<Step> {
    let rush = RUSH_MAX.min(contacts / 6);
    let usual = contacts - rush;
    let mut steps = Vec::with_capacity(2 * contacts as usize);
    for contact in 0..usual {
        let at = arrival(contact, usual);
        steps.push(Step { at, contact, what: What::Arrives(people::source(contact)) });
        let ends = at + takes(contact, usual);
        if ends < DAY {
            steps.push(Step { at: ends, contact, what: What::IsResolved });
        }
    }
    for number in 0..rush {
        let at = DAY - RUSH_LASTS + RUSH_LASTS * number / rush;
        steps.push(Step { at, contact: usual + number, what: What::Arrives(MAILBOX) });
    }
    steps.sort_unstable();
    steps
}

/// The moment of a contact: as much of the curve lies before it as there are contacts.
fn arrival(contact: u64, contacts: u64) -> u64 {
    let area: u64 = CURVE.iter().sum();
    // In thousandths of the unit of the curve.
    let mut before = (contact * 1_000 + draw(derive_seed(contact, 11), 1_000)) * area / contacts.max(1);
    for (hour, height) in CURVE.iter().enumerate() {
        match before.checked_sub(height * 1_000) {
            Some(rest) => before = rest,
            None => return hour as u64 * HOUR + HOUR * before / (height * 1_000),
        }
    }
    DAY - 1
}

/// For how long a contact is open: between four tenths and sixteen of what keeps [`OPEN`] open at the end.
fn takes(contact: u64, contacts: u64) -> u64 {
    let area: u64 = CURVE.iter().sum();
    let mean = (OPEN * HOUR * area / (CURVE[CURVE.len() - 1] * contacts.max(1))).min(TAKES_MAX);
    mean * (400 + draw(derive_seed(contact, 12), 1_200)) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everything_happens_within_the_day_and_in_order() {
        for contacts in [0, 1, 5, 100, 1_000, 20_000] {
            let (mut arrived, mut resolved) = (0, BTreeSet::new());
            let steps = steps(contacts);
            assert!(steps.is_sorted_by_key(|step| step.at) && steps.iter().all(|step| step.at < DAY));
            for step in &steps {
                match step.what {
                    What::Arrives(_) => arrived += 1,
                    What::IsResolved => assert!(step.contact < contacts && resolved.insert(step.contact)),
                }
            }
            assert_eq!(arrived, contacts);
        }
    }

    #[test]
    fn contacts_arrive_before_they_are_resolved() {
        let mut arrived = BTreeSet::new();
        for step in steps(3_000) {
            match step.what {
                What::Arrives(_) => assert!(arrived.insert(step.contact)),
                What::IsResolved => assert!(arrived.contains(&step.contact)),
            }
        }
    }

    #[test]
    fn the_night_is_quiet_and_the_end_is_busy() {
        let steps = steps(1_000);
        let arrive = |hours: std::ops::Range<u64>| {
            let of_hours = steps.iter().filter(|step| hours.contains(&(step.at / HOUR)));
            of_hours.filter(|step| matches!(step.what, What::Arrives(_))).count()
        };
        assert!(arrive(13..18) < 60 && arrive(20..24) > 250, "{} {}", arrive(13..18), arrive(20..24));
        let open = 1_000 - steps.iter().filter(|step| step.what == What::IsResolved).count();
        assert!((120..180).contains(&open), "{open}");
    }
}
