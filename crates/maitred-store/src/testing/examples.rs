//! Databases to read, made by the real write path.

use super::{Fixture, On, identity, submit};
use crate::views::ContactFilter;
use maitred_core::command::{SourceEdit, Submit, UrgencyEdit};
use maitred_core::{Command, Contact, IdentityKind, Policy, SourceId, Status, Timestamp};

/// Two sources, two operators, contacts in every state, some overdue, some deleted, leads with several contacts.
pub fn lively(on: On) -> (Fixture, Vec<Contact>) {
    let mut fixture = Fixture::on(on);
    let (anna, boris) = (fixture.operator("Anna", 12), fixture.operator("Boris", 5));
    let bot = fixture.source("Bot", Policy::WeightedRandom, &[(anna, 10), (boris, 20)]);
    let site = fixture.source("Site", Policy::SmoothWeighted, &[(boris, 1)]);
    let urgency = UrgencyEdit { respond_within_s: Some(Some(60)), ..UrgencyEdit::default() };
    fixture.run(Command::EditSource(bot, SourceEdit { urgency, ..SourceEdit::default() }));
    let mut made = Vec::new();
    for n in 0..60 {
        let source = if n % 3 == 0 { site } else { bot };
        made.push(fixture.contact(source, &format!("lead {}", n % 17)));
        if n % 4 == 1 {
            fixture.edit(&made[n / 2], |edit| edit.is_resolved = Some(true));
        }
    }
    for contact in made.iter().skip(5).step_by(11) {
        fixture.run(Command::DeleteContact(contact.id));
    }
    fixture.run(Command::Wake(Timestamp(i64::MAX)));
    let reads = fixture.reads();
    let now = made.iter().filter_map(|c| reads.get(async |store| store.contact(c.id).await)).collect();
    (fixture, now)
}

/// Every combination of a status, a source, an operator and a lead, or none of each, in both orders, of all contacts
/// and of those that are overdue.
pub fn filters(contacts: &[Contact]) -> Vec<ContactFilter> {
    let some = |n: usize| contacts[n % contacts.len()].clone();
    let mut filters = Vec::new();
    for n in 0..(4 * 16 * 2 * 2) {
        let (of, fields) = (some(n * 7), n / 4 % 16);
        let with = |field: usize| fields & (1 << field) != 0;
        filters.push(ContactFilter {
            status: Status::ALL.get(n % 4).copied(),
            source: with(0).then_some(of.source),
            operator: if with(1) { of.operator } else { None },
            lead: with(2).then_some(of.lead),
            created_after: with(3).then_some(some(n).created_at),
            created_before: (with(3) && n % 3 == 0).then_some(some(n / 2).created_at),
            oldest_first: n / (4 * 16) % 2 == 1,
            overdue: n >= 4 * 16 * 2,
        });
    }
    filters
}

/// Leads with these names and an external id, a phone and an email each.
pub fn people(on: On, names: &[&str]) -> (Fixture, SourceId) {
    let mut fixture = Fixture::on(on);
    let source = fixture.source("Bot", Policy::WeightedRandom, &[]);
    for (n, name) in names.iter().enumerate() {
        let identities = vec![
            identity(IdentityKind::ExternalId, &format!("CRM-{n}")),
            identity(IdentityKind::Phone, &format!("+7999000{n:04}")),
            identity(IdentityKind::Email, &format!("{n}@example.org")),
        ];
        let submit = Submit { identities, lead_name: Some((*name).into()), ..submit(source, "") };
        fixture.run(Command::Submit(submit));
    }
    (fixture, source)
}

/// Names that are hard to search for.
pub const NAMES: [&str; 9] =
    ["Anna", "anton", "АННА", "Андрей", "Ännchen", "50% off", "5_5", "An\u{10FFFF}", "A\u{D7FF}n"];
