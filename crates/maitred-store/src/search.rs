//! What a search text finds, the same whatever the engine: leads with words in their names that begin with its words,
//! or with an identity that begins with it; and phones by their last digits. What is stored for that beside a name and
//! an identity is made here too.

use crate::words::words;
use maitred_core::{Identity, IdentityKind};

/// The most words of a text that are looked for.
const WORDS_MAX: usize = 6;
/// The fewest digits that may be the last of a phone.
const TAIL_DIGITS_MIN: usize = 4;

/// What a search text stands for. A lead is found by all the words together, or by any of the identities.
pub struct Search {
    /// Beginnings of words of the name, the longest first.
    pub words: Vec<Prefix>,
    pub identities: Vec<(Form, Prefix)>,
}

/// What an identity is compared by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// What [`searched`] makes of one of this kind.
    Of(IdentityKind),
    /// What [`tail`] makes of a phone.
    Tail,
}

impl Search {
    /// What a text stands for. `meanings` are the identities that it may be when it is whole.
    #[must_use]
    pub fn new(text: &str, meanings: &[Identity]) -> Self {
        let mut words: Vec<String> = words(text).into_iter().collect();
        // No text in a database has a NUL in it.
        words.retain(|word| !word.contains('\0'));
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.truncate(WORDS_MAX);
        let lower = text.to_lowercase();
        let mut forms =
            vec![(Form::Of(IdentityKind::ExternalId), lower.clone()), (Form::Of(IdentityKind::Email), lower.clone())];
        let digits = only_digits(text);
        forms.push((Form::Of(IdentityKind::Phone), digits.clone().unwrap_or(lower)));
        let last = digits.filter(|digits| digits.len() >= TAIL_DIGITS_MIN);
        forms.extend(last.map(|digits| (Form::Tail, digits.chars().rev().collect())));
        forms.extend(meanings.iter().map(|it| (Form::Of(it.kind), searched(it.kind, &it.value))));
        let mut identities: Vec<(Form, Prefix)> = Vec::new();
        for (form, text) in forms.into_iter().filter(|(_, text)| !text.is_empty() && !text.contains('\0')) {
            let wanted = (form, Prefix::new(text));
            if !identities.contains(&wanted) {
                identities.push(wanted);
            }
        }
        Self { words: words.into_iter().map(Prefix::new).collect(), identities }
    }

    /// Whether nothing can be found by it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty() && self.identities.is_empty()
    }
}

/// The texts that begin with a text, as the bounds of a range in the order of code points, which is that of bytes.
#[derive(PartialEq, Eq)]
pub struct Prefix {
    /// The first of them.
    pub from: String,
    /// The first text behind all that begin with `from`; `None` when nothing is.
    pub below: Option<String>,
}

impl Prefix {
    /// Those that begin with this one.
    pub fn new(from: String) -> Self {
        let mut below = from.clone();
        // The successor of the last character that has one; those behind it go.
        while let Some(last) = below.pop() {
            if let Some(next) = successor(last) {
                below.push(next);
                return Self { from, below: Some(below) };
            }
        }
        Self { from, below: None }
    }
}

fn successor(c: char) -> Option<char> {
    ((c as u32 + 1)..=(char::MAX as u32)).find_map(char::from_u32)
}

/// What an identity is searched by from its beginning: of a phone the digits, of others the text without letter case.
#[must_use]
pub fn searched(kind: IdentityKind, value: &str) -> String {
    let digits = if kind == IdentityKind::Phone { only_digits(value) } else { None };
    digits.unwrap_or_else(|| value.to_lowercase())
}

/// What a phone is searched by from its end: its digits, the last first.
#[must_use]
pub fn tail(kind: IdentityKind, value: &str) -> Option<String> {
    let digits = if kind == IdentityKind::Phone { only_digits(value) } else { None };
    digits.filter(|digits| digits.len() >= TAIL_DIGITS_MIN).map(|digits| digits.chars().rev().collect())
}

/// The digits of a text that has nothing else but what people put between them.
fn only_digits(text: &str) -> Option<String> {
    let is_filler = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.' | '+' | '/' | '\u{a0}');
    let digits: String = text.chars().filter(|c| !is_filler(*c)).collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_searched_from_both_ends() {
        use IdentityKind::{Email, Phone};
        assert_eq!(searched(Phone, "+79991234567"), "79991234567");
        assert_eq!(tail(Phone, "+79991234567").as_deref(), Some("76543219997"));
        assert_eq!((searched(Phone, "Call ME"), tail(Phone, "call me")), ("call me".to_owned(), None));
        assert_eq!((searched(Email, "A@B"), tail(Email, "12345")), ("a@b".to_owned(), None));
    }
}
