//! Looking through messages: each stretch is bounded, and one after the other they find what is there.

use super::{ALL, holds};
use crate::testing::examples::filters;
use crate::testing::{Fixture, On, Reads, submit};
use crate::views::{ContactFilter, LEADS_OF_ONE_MAX, LeadFilter, Looked, STRETCH_BYTES_MAX, STRETCH_ROWS_MAX};
use crate::words::Words;
use maitred_core::command::Submit;
use maitred_core::{Command, Contact, Policy, SourceId};
use rstest::rstest;
use std::sync::Arc;

const MESSAGES: [Option<&str>; 5] =
    [Some("Где мой ЗАКАЗ №17?"), None, Some("Wo ist die Lange Straße 1?"), Some(""), Some("ещё заказ, пожалуйста")];

fn writing(source: SourceId, n: usize, message: Option<&str>) -> Command {
    Command::Submit(Submit { message: message.map(Into::into), ..submit(source, &format!("lead {}", n % 17)) })
}

/// Contacts in every state, some deleted, with these messages; as they are now, newest first.
fn written(on: On) -> (Fixture, Vec<Contact>) {
    let mut fixture = Fixture::on(on);
    let (anna, boris) = (fixture.operator("Anna", 12), fixture.operator("Boris", 5));
    let bot = fixture.source("Bot", Policy::WeightedRandom, &[(anna, 10), (boris, 20)]);
    let site = fixture.source("Site", Policy::SmoothWeighted, &[(boris, 1)]);
    for n in 0..60 {
        fixture.run(writing(if n % 3 == 0 { site } else { bot }, n, MESSAGES[n % MESSAGES.len()]));
    }
    let reads = fixture.reads();
    for contact in reads.get(async |store| store.contacts(ContactFilter::default(), ALL).await) {
        match contact.id.0 % 7 {
            1 | 3 => _ = fixture.edit(&contact, |edit| edit.is_resolved = Some(true)),
            5 => _ = fixture.run(Command::DeleteContact(contact.id)),
            _ => {}
        }
    }
    let now = reads.get(async |store| store.contacts(ContactFilter::default(), ALL).await);
    (fixture, now)
}

fn look(reads: &Reads, filter: ContactFilter, words: &str, below: i64, limit: u32) -> Looked {
    let words = Arc::new(Words::new(words));
    reads.get(async |store| store.messages_with(filter, words.clone(), below, limit).await)
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn words_of_messages_are_found_within_every_filter(#[case] on: On) {
    let (fixture, now) = written(on);
    let reads = fixture.reads();
    let mut all_found = 0;
    for (n, filter) in filters(&now).into_iter().enumerate() {
        let words = ["заказ", "мой 17", "strasse", "lan str", "еще", "17", "зака пож"][n % 7];
        let wanted = Words::new(words);
        let has_words = |c: &&Contact| c.message.as_deref().is_some_and(|text| wanted.are_in(text));
        let expected: Vec<&Contact> = now.iter().filter(|c| holds(&filter, c)).filter(has_words).collect();
        let (mut found, mut below) = (Vec::new(), i64::MAX);
        loop {
            let Looked { found: part, looked_to } = look(&reads, filter, words, below, 2);
            assert!(part.len() <= 2 && part.iter().all(|c| looked_to.is_none_or(|id| c.id.0 >= id)));
            found.extend(part);
            let Some(next) = looked_to else { break };
            assert!(next < below, "it goes on");
            below = next;
        }
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{words:?} of {filter:?}");
        all_found += found.len();
    }
    assert!(all_found > 60, "{all_found}");
    assert_eq!(look(&reads, ContactFilter::default(), "аказ", i64::MAX, 100), Looked::default());
    assert_eq!(look(&Fixture::on(on).reads(), ContactFilter::default(), "a", i64::MAX, 1), Looked::default());
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn a_stretch_has_so_many_messages_and_bytes(#[case] on: On) {
    let mut fixture = Fixture::on(on);
    let source = fixture.source("Bot", Policy::WeightedRandom, &[]);
    fixture.run(writing(source, 0, Some("needle")));
    let rows = i64::from(STRETCH_ROWS_MAX);
    for first in (0..rows).step_by(500) {
        let batch = (first..(first + 500).min(rows)).map(|n| writing(source, n as usize, Some("hay")));
        fixture.batch(batch.collect());
    }
    let reads = fixture.reads();
    let first = look(&reads, ContactFilter::default(), "needle", i64::MAX, 9);
    assert_eq!((first.found.len(), first.looked_to), (0, Some(2)), "all but the oldest");
    let second = look(&reads, ContactFilter::default(), "needle", 2, 9);
    assert_eq!((second.found.len(), second.looked_to), (1, None));

    let long = "x".repeat(STRETCH_BYTES_MAX / 16);
    let newest = rows + 1 + 40;
    fixture.batch((0..40).map(|n| writing(source, n, Some(&long))).collect());
    let looked = look(&reads, ContactFilter::default(), "needle", i64::MAX, 9);
    assert_eq!(looked.looked_to, Some(newest - 15), "sixteen are a stretch");
    let arrived = reads.get(async |store| store.arrived_from(newest).await);
    let contact = reads.get(async |store| store.contact(maitred_core::ContactId(newest)).await).expect("a contact");
    assert_eq!(arrived, Some(contact.created_at));
}

#[rstest]
#[case::sqlite(On::Sqlite)]
#[case::postgres(On::Postgres)]
fn of_the_leads_of_one_operator_those_are_found_who_have_their_contacts(#[case] on: On) {
    let (fixture, now) = written(on);
    let reads = fixture.reads();
    let filter = LeadFilter { text: Some("lead".to_owned()), ..LeadFilter::default() };
    let operators: std::collections::BTreeSet<_> = now.iter().filter_map(|c| c.operator).collect();
    assert!(operators.len() == 2 && LEADS_OF_ONE_MAX > 17);
    for operator in operators {
        let of_one = now.iter().filter(|c| c.operator == Some(operator)).map(|c| c.lead);
        let expected: std::collections::BTreeSet<_> = of_one.collect();
        let of = |limit| reads.get(async |store| store.leads_of_operator(operator, filter.clone(), limit).await);
        let (cards, may_have_others) = of(100);
        let found: Vec<_> = cards.iter().map(|card| card.lead.id).collect();
        assert_eq!((found, may_have_others), (expected.into_iter().rev().collect(), false));
        let (first, may_have_others) = of(1);
        assert_eq!((&first[..], may_have_others), (&cards[..1], true));
    }
}
