//! Who works in the demo, where contacts come from, and who writes. The numbers are reserved for fiction, the addresses
//! for documentation: nobody has them.

use crate::identity;
use maitred_core::draw::{derive_seed, draw};
use maitred_core::{Identity, Policy, SourceKind};

/// What the name of everything of the demo ends with, for lists, files and programs that show nothing but the name.
pub const MARK: &str = "(demo)";

/// Name and `max_load`.
pub const OPERATORS: [(&str, u32); 12] = [
    ("Anna", 50),
    ("Boris", 40),
    ("Vera", 30),
    ("Gleb", 30),
    ("Daria", 25),
    ("Egor", 25),
    ("Zhanna", 20),
    ("Ivan", 20),
    ("Kira", 15),
    ("Lev", 15),
    ("Maria", 10),
    ("Nikita", 5),
];

/// Who has a break at the end of the day: their place in [`OPERATORS`].
pub const AWAY: usize = 6;

/// A source, and who serves it.
pub struct Example {
    pub name: &'static str,
    pub kind: SourceKind,
    pub policy: Policy,
    pub sticky: bool,
    /// The place of an operator in [`OPERATORS`], and their weight.
    pub weights: &'static [(usize, u32)],
    /// How many of a hundred contacts come from it.
    pub percent: u64,
}

pub const SOURCES: [Example; 5] = [
    Example {
        name: "Telegram Bot",
        kind: SourceKind::Telegram,
        policy: Policy::WeightedRandom,
        sticky: false,
        weights: &[(0, 10), (1, 30), (2, 20), (8, 60)],
        percent: 32,
    },
    Example {
        name: "WhatsApp",
        kind: SourceKind::Whatsapp,
        policy: Policy::SmoothWeighted,
        sticky: false,
        weights: &[(2, 1), (3, 1), (4, 2), (5, 4)],
        percent: 20,
    },
    Example {
        name: "Site form",
        kind: SourceKind::Site,
        policy: Policy::SmoothWeighted,
        sticky: true,
        weights: &[(0, 50), (4, 30), (6, 20), (8, 10)],
        percent: 25,
    },
    Example {
        name: "Phone line",
        kind: SourceKind::Phone,
        policy: Policy::LongestIdle,
        sticky: true,
        weights: &[(5, 1), (6, 1), (7, 1), (8, 1)],
        percent: 15,
    },
    Example {
        name: "Mailbox",
        kind: SourceKind::Email,
        policy: Policy::LeastLoaded,
        sticky: false,
        weights: &[(9, 1), (10, 1), (11, 1)],
        percent: 8,
    },
];

/// The source with the rush, whose operators serve no other: its place in [`SOURCES`].
pub const MAILBOX: usize = 4;

const FIRST_NAMES: [&str; 24] = [
    "Alina", "Oleg", "Sofia", "Timur", "Polina", "Ruslan", "Elena", "Artem", "Irina", "Pavel", "Olga", "Roman",
    "Yulia", "Denis", "Nina", "Stepan", "Tamara", "Ilya", "Larisa", "Fyodor", "Ksenia", "Marat", "Galina", "Andrey",
];
const LAST_NAMES: [&str; 20] = [
    "Sokolov",
    "Morozov",
    "Volkov",
    "Lebedev",
    "Kozlov",
    "Novikov",
    "Orlov",
    "Pavlov",
    "Semenov",
    "Golubev",
    "Vinogradov",
    "Bogdanov",
    "Vorobyov",
    "Belov",
    "Tarasov",
    "Zaitsev",
    "Frolov",
    "Komarov",
    "Gusev",
    "Kiselev",
];
const MESSAGES: [&str; 10] = [
    "How much is delivery to Kazan?",
    "Hello! Is this model in stock?",
    "I would like to change the address of my order.",
    "When do you open on Sunday?",
    "My parcel has not arrived yet.",
    "Can I pay in instalments?",
    "Please call me back after six.",
    "The size does not fit, how do I return it?",
    "Do you have this in blue?",
    "Could you send me the invoice again?",
];

/// Area codes of North America. In each, 555-0100 to 555-0199 are reserved for fiction (NANPA).
const AREAS: [u32; 40] = [
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234,
    239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 301, 302, 303, 304,
];
const NUMBERS_OF_AREA: u64 = 100;

/// How many of a thousand contacts come from somebody who wrote before.
const RETURNING_PER_MILLE: u64 = 250;

fn lot(number: u64, salt: u64, bound: u64) -> u64 {
    draw(derive_seed(number, salt), bound)
}

/// Who contact number so-and-so comes from: the same whenever the demo is loaded.
pub fn person(number: u64) -> u64 {
    let is_returning = number > 0 && lot(number, 2, 1_000) < RETURNING_PER_MILLE;
    if is_returning { lot(number, 3, number) } else { number }
}

/// Through which source contact number so-and-so comes, by its place in [`SOURCES`].
pub fn source(number: u64) -> usize {
    let mut rest = lot(number, 4, SOURCES.iter().map(|source| source.percent).sum());
    for (place, source) in SOURCES.iter().enumerate() {
        match rest.checked_sub(source.percent) {
            Some(left) => rest = left,
            None => return place,
        }
    }
    MAILBOX
}

/// What contact number so-and-so says, and its priority.
pub fn message(number: u64) -> (&'static str, i32) {
    (MESSAGES[lot(number, 6, MESSAGES.len() as u64) as usize], i32::from(lot(number, 5, 50) == 0))
}

/// How a person is called.
pub fn name(person: u64) -> String {
    let first = FIRST_NAMES[(person % FIRST_NAMES.len() as u64) as usize];
    // Family names of women end in an a: they are every other one.
    let ending = if person.is_multiple_of(2) { "a" } else { "" };
    format!("{first} {}{ending}", LAST_NAMES[lot(person, 7, LAST_NAMES.len() as u64) as usize])
}

/// By what a person is known on a source of this kind.
pub fn identities(person: u64, kind: SourceKind) -> Vec<Identity> {
    let email = || identity::email(&format!("lead{person}@example.com"));
    // There are no more numbers than these; the people above them write by email.
    let phone = || phone_of(person).unwrap_or_else(email);
    match kind {
        SourceKind::Telegram => vec![identity::external_id(&(7_000_000 + person * 37).to_string())],
        SourceKind::Email => vec![email()],
        SourceKind::Site | SourceKind::Form => match phone_of(person) {
            Some(phone) => vec![phone, email()],
            None => vec![email()],
        },
        SourceKind::Bot | SourceKind::Whatsapp | SourceKind::Phone | SourceKind::Other | SourceKind::Json => {
            vec![phone()]
        }
    }
}

fn phone_of(person: u64) -> Option<Identity> {
    let area = AREAS.get((person / NUMBERS_OF_AREA) as usize)?;
    Some(identity::phone(&format!("+1 {area} 555 01{:02}", person % NUMBERS_OF_AREA), None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::IdentityKind;
    use std::collections::BTreeSet;

    #[test]
    fn everybody_is_known_by_what_nobody_has() {
        let people = 0..5_000;
        let all: Vec<Identity> =
            people.flat_map(|person| SOURCES.iter().flat_map(move |source| identities(person, source.kind))).collect();
        for identity in &all {
            match identity.kind {
                IdentityKind::Phone => {
                    let rest = identity.value.strip_prefix("+1").and_then(|rest| rest.get(3..)).expect("a number");
                    assert!(rest.starts_with("55501") && rest.len() == 7, "{rest}");
                }
                IdentityKind::Email => assert!(identity.value.ends_with("@example.com")),
                IdentityKind::ExternalId => {}
            }
        }
        let distinct: BTreeSet<&Identity> = all.iter().collect();
        assert_eq!(distinct.len(), 5_000 + 5_000 + 4_000, "ids, addresses and numbers are each one person's");
    }

    #[test]
    fn names_fit_the_person() {
        assert!(name(0).starts_with("Alina ") && name(0).ends_with('a') && name(1).starts_with("Oleg "));
        assert!(!name(1).ends_with('a'));
    }

    #[test]
    fn contacts_come_from_all_sources_in_their_parts() {
        let mut counts = [0u64; SOURCES.len()];
        (0..10_000).for_each(|number| counts[source(number)] += 1);
        for (count, source) in counts.iter().zip(&SOURCES) {
            assert!(count.abs_diff(source.percent * 100) < 200, "{}: {count}", source.name);
        }
    }
}
