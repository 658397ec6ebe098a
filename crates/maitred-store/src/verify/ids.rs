//! A set of ids, one bit for each, in pages that exist only where ids are: a hundred million contacts take 12 MB, and
//! an id that is far off because the file is damaged takes one page.

use rustc_hash::FxHashMap;

const WORDS: usize = 64;
const IDS_OF_PAGE: i64 = 64 * WORDS as i64;

/// See the module.
#[derive(Default)]
pub struct IdSet {
    pages: FxHashMap<i64, Box<[u64; WORDS]>>,
}

impl IdSet {
    /// Adds an id; false when it is in already.
    pub fn insert(&mut self, id: i64) -> bool {
        let (page, word, bit) = place(id);
        let word = &mut self.pages.entry(page).or_insert_with(|| Box::new([0; WORDS]))[word];
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether an id is in.
    pub fn contains(&self, id: i64) -> bool {
        let (page, word, bit) = place(id);
        self.pages.get(&page).is_some_and(|words| words[word] & bit != 0)
    }

    /// The largest id; 0 when there is none.
    pub fn last(&self) -> i64 {
        let last =
            self.pages.iter().filter(|(_, words)| words.iter().any(|word| *word != 0)).max_by_key(|(page, _)| **page);
        last.and_then(|(page, words)| {
            let word = words.iter().rposition(|word| *word != 0)?;
            let bit = 63 - i64::from(words[word].leading_zeros());
            Some(page * IDS_OF_PAGE + word as i64 * 64 + bit)
        })
        .unwrap_or(0)
    }

    /// The ids that are in here and in none of the others, ascending.
    pub fn without(&self, others: [&Self; 2]) -> Vec<i64> {
        let mut left = Vec::new();
        for (page, words) in &self.pages {
            for (word, bits) in words.iter().enumerate() {
                let taken = others.map(|other| other.pages.get(page).map_or(0, |words| words[word]));
                let mut bits = bits & !taken[0] & !taken[1];
                while bits != 0 {
                    left.push(page * IDS_OF_PAGE + word as i64 * 64 + i64::from(bits.trailing_zeros()));
                    bits &= bits - 1;
                }
            }
        }
        left.sort_unstable();
        left
    }
}

const fn place(id: i64) -> (i64, usize, u64) {
    let within = id.rem_euclid(IDS_OF_PAGE) as usize;
    (id.div_euclid(IDS_OF_PAGE), within / 64, 1 << (within % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set(
            a in prop::collection::vec(-5_000i64..20_000, 0..200),
            b in prop::collection::vec(0i64..9_000, 0..200),
        ) {
            let (mut set, mut model) = (IdSet::default(), BTreeSet::new());
            for id in &a {
                prop_assert_eq!(set.insert(*id), model.insert(*id));
            }
            let mut other = IdSet::default();
            b.iter().for_each(|id| _ = other.insert(*id));
            let left: Vec<i64> = model.iter().copied().filter(|id| !b.contains(id)).collect();
            prop_assert_eq!(&set.without([&other, &IdSet::default()]), &left);
            prop_assert_eq!(set.without([&IdSet::default(), &other]), left);
            prop_assert_eq!(set.last(), model.last().copied().unwrap_or(0));
            prop_assert!(b.iter().all(|id| set.contains(*id) == model.contains(id)));
        }
    }

    #[test]
    fn far_off_ids_take_a_page_each() {
        let mut set = IdSet::default();
        for id in [i64::MIN, -1, 0, i64::MAX] {
            assert!(set.insert(id) && set.contains(id) && !set.insert(id));
        }
        assert_eq!(set.without([&IdSet::default(), &IdSet::default()]), [i64::MIN, -1, 0, i64::MAX]);
        assert_eq!(set.last(), i64::MAX);
    }
}
