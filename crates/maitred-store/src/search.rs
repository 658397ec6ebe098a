//! What a search text may be the beginning of, the same whatever the engine.

use maitred_core::IdentityKind;

/// The beginnings that a search text stands for: of a name in any letter case, of an identity in its one form.
pub struct Search {
    /// Of names as they are folded.
    pub name: Prefix,
    pub identities: [(IdentityKind, Prefix); 4],
}

impl Search {
    /// What `text` may be the beginning of.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            name: Prefix::new(folded(text)),
            identities: [
                (IdentityKind::ExternalId, Prefix::new(text.to_owned())),
                (IdentityKind::Phone, Prefix::new(text.to_owned())),
                (IdentityKind::Phone, Prefix::new(as_phone(text))),
                (IdentityKind::Email, Prefix::new(text.to_lowercase())),
            ],
        }
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
    fn new(from: String) -> Self {
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

/// A text as the beginning of a stored phone: without what people put between digits, and with the plus they leave
/// out. Anything else stays as it is.
fn as_phone(text: &str) -> String {
    let is_filler = |c: char| matches!(c, ' ' | '-' | '(' | ')' | '.');
    let digits: String = text.chars().filter(|c| !is_filler(*c) && *c != '+').collect();
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return text.to_owned();
    }
    format!("+{digits}")
}

/// What a lead's name is searched by.
#[must_use]
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}
