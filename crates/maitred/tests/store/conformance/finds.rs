//! What is asked for is found, and nothing else: each field of `Needs`, by name.

use super::rows::*;
use crate::test_store::{TestStore, postgres, sqlite};
use maitred_core::command::FollowUp;
use maitred_core::conversation::{Delivery, Message};
use maitred_core::due::{Due, Subject};
use maitred_core::limits::{DRAIN_MAX, MERGE_CONTACTS_MAX, STICKY_LOOKBACK_MAX};
use maitred_core::world::{Changes, Needs, SourceTotals, WaitingPosition};
use maitred_core::{
    Actor, Answer, CalendarId, Contact, ContactId, IdempotencyKey, IdentityKind, Lead, LeadId, MessageId, OperatorId,
    Outcome, Source, SourceId, Timestamp,
};
use rstest::rstest;
use std::collections::BTreeSet;

fn ids(contacts: &[Contact]) -> Vec<i64> {
    contacts.iter().map(|contact| contact.id.0).collect()
}

fn served(sources: &[i64]) -> BTreeSet<SourceId> {
    sources.iter().copied().map(SourceId).collect()
}

#[rstest]
fn nothing_is_found_of_nothing(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let changes = Changes { contacts_new: vec![contact(1)], leads_new: vec![lead(1)], ..Changes::default() };
    put(&mut engine, &changes);
    let found = format!("{:?}", find(&mut engine, &Needs::default()));
    assert_eq!(found, format!("{:?}", maitred_core::world::Found::default()));
}

#[rstest]
fn an_operator_comes_with_the_sources_they_serve(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let gone = maitred_core::Operator { deleted_at: Some(Timestamp(5)), ..operator(3) };
    let weight = |source, operator| (SourceId(source), OperatorId(operator), Some(1));
    let changes = Changes {
        operators_new: vec![operator(1), operator(2), gone.clone(), operator(4)],
        sources_new: vec![source(1), source(2)],
        weights: vec![weight(1, 1), weight(2, 1), weight(2, 2), weight(2, 4)],
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let needs = Needs { operators: [1, 3, 4, 77].map(OperatorId).into(), ..Needs::default() };
    let found = find(&mut engine, &needs);
    let expected = [(operator(1), served(&[1, 2])), (gone, served(&[])), (operator(4), served(&[2]))];
    assert_eq!(found.operators, expected);
    assert!(found.sources.is_empty());
}

#[rstest]
fn a_source_comes_with_its_books_and_all_its_members(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let weight = |source, operator, weight| (SourceId(source), OperatorId(operator), Some(weight));
    let (waiting, assigned, arrived) = (1, 2, 3);
    let ledger = vec![1, 2, 3, 3, 0, 0];
    let changes = Changes {
        operators_new: (1..=4).map(operator).collect(),
        sources_new: vec![source(1), Source { deleted_at: Some(Timestamp(1)), ..source(2) }, source(3), source(4)],
        weights: vec![weight(1, 1, 0), weight(1, 2, 7), weight(3, 2, 5), weight(3, 3, 6)],
        totals: vec![SourceTotals {
            source: SourceId(1),
            waiting,
            scheduled: 4,
            resting: 5,
            overdue: 6,
            assigned,
            arrived,
            ledger: ledger.clone(),
            ledger_at: None,
            weights_at: None,
        }],
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let needs = Needs { sources: served(&[1, 2, 4, 77]), ..Needs::default() };
    let found = find(&mut engine, &needs);
    let [first, second, fourth] = found.sources.as_slice() else { panic!("{:?}", found.sources) };
    assert_eq!(first.source, changes.sources_new[0]);
    assert_eq!(first.weights, [(OperatorId(1), 0), (OperatorId(2), 7)]);
    assert_eq!((first.counts.waiting, first.counts.assigned, first.counts.arrived), (waiting, assigned, arrived));
    assert_eq!((first.counts.scheduled, first.counts.resting, first.counts.overdue), (4, 5, 6));
    assert_eq!(first.ledger.encode(), ledger);
    assert_eq!((&second.source, &fourth.source), (&changes.sources_new[1], &changes.sources_new[3]));
    assert!(second.weights.is_empty() && fourth.weights.is_empty());
    // The members come along, each with all sources they serve, or nobody could tell whose pools a change of their load
    // touches.
    assert_eq!(found.operators, [(operator(1), served(&[1])), (operator(2), served(&[1, 3]))]);
}

#[rstest]
fn a_name_is_found_to_the_letter_and_not_of_the_deleted(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let named = |id, name: &str| Source { name: name.into(), ..source(id) };
    let gone = |id, name: &str| Source { deleted_at: Some(Timestamp(0)), ..named(id, name) };
    let sources_new = vec![named(1, "Bot"), gone(2, "Gone"), gone(3, "Both"), named(4, "Both"), gone(5, "Both")];
    put(&mut engine, &Changes { sources_new, ..Changes::default() });
    let asked = ["Bot", "bot", "Bot ", "Gone", "Both", "Nobody"];
    let needs = Needs { source_names: asked.map(Into::into).into(), ..Needs::default() };
    assert_eq!(find(&mut engine, &needs).source_names, [("Bot".into(), SourceId(1)), ("Both".into(), SourceId(4))]);
}

#[rstest]
fn contacts_and_leads_are_found_by_id(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let merged = Lead { merged_into: Some(LeadId(1)), ..lead(2) };
    let changes = Changes {
        contacts_new: vec![contact(1), held(2, 1), resolved(3, None)],
        leads_new: vec![lead(1), merged.clone(), lead(3)],
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let needs =
        Needs { contacts: [2, 3, 77].map(ContactId).into(), leads: [1, 2, -1].map(LeadId).into(), ..Needs::default() };
    let found = find(&mut engine, &needs);
    assert_eq!(found.contacts, [held(2, 1), resolved(3, None)]);
    assert_eq!(found.leads, [lead(1), merged]);
    assert!(found.waiting.is_empty());
}

#[rstest]
fn contacts_of_a_lead_are_counted_to_one_above_the_most(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let most = MERGE_CONTACTS_MAX as i64;
    let of = |lead, ids: std::ops::RangeInclusive<i64>| {
        ids.map(move |id| Contact { lead: LeadId(lead), message: None, attributes: None, ..resolved(id, None) })
    };
    let contacts_new = of(1, 1..=most + 5).chain(of(2, 20_001..=20_003)).collect();
    put(&mut engine, &Changes { contacts_new, ..Changes::default() });
    let needs = Needs { lead_contacts: [1, 2, 3].map(LeadId).into(), ..Needs::default() };
    let expected = [(LeadId(1), MERGE_CONTACTS_MAX + 1), (LeadId(2), 3), (LeadId(3), 0)];
    assert_eq!(find(&mut engine, &needs).lead_contacts, expected);
}

#[rstest]
fn an_identity_is_found_by_kind_and_to_the_letter(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let known = |kind, value, lead| (identity(kind, value), LeadId(lead));
    let (phone, email) = (IdentityKind::Phone, IdentityKind::Email);
    let identities_new =
        vec![known(phone, "a", 1), known(email, "a", 2), known(email, "A", 3), known(email, "e\u{301}", 4)];
    put(&mut engine, &Changes { identities_new: identities_new.clone(), ..Changes::default() });
    let strangers = [identity(phone, "A"), identity(IdentityKind::ExternalId, "a"), identity(email, "é")];
    let strangers = strangers.into_iter().chain([identity(email, "a "), identity(email, "")]);
    let asked = identities_new.iter().map(|(identity, _)| identity.clone()).chain(strangers);
    let mut expected = identities_new.clone();
    expected.sort();
    let needs = Needs { identities: asked.collect(), ..Needs::default() };
    assert_eq!(find(&mut engine, &needs).identities, expected);
}

#[rstest]
fn the_last_operators_are_those_of_the_latest_contacts(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let most = STICKY_LOOKBACK_MAX as i64;
    // Lead 1 has one contact more than is looked at; the second half never got anybody. Lead 2 came to two sources.
    let first = (1..=most + 1).map(|id| if id <= most / 2 { held(id, 100 + id) } else { contact(id) });
    let of_another = |contact: Contact| Contact { lead: LeadId(2), source: SourceId(2), ..contact };
    let second = [of_another(resolved(1_000, Some(7))), of_another(resolved(1_001, None)), of_another(held(1_002, 8))];
    let changes = Changes { contacts_new: first.chain(second).collect(), ..Changes::default() };
    put(&mut engine, &changes);
    let needs = Needs { last_operators: [1, 2, 3].map(LeadId).into(), ..Needs::default() };
    let line = |[lead, contact, source, operator]: [i64; 4]| {
        (LeadId(lead), ContactId(contact), SourceId(source), OperatorId(operator))
    };
    let first = (2..=most / 2).map(|id| [1, id, 1, 100 + id]);
    let expected: Vec<_> = first.chain([[2, 1_000, 2, 7], [2, 1_002, 2, 8]]).map(line).collect();
    assert_eq!(find(&mut engine, &needs).last_operators, expected);
}

#[rstest]
fn who_waits_comes_by_priority_then_arrival(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let at = |id, priority, created_at| Contact { priority, created_at: Timestamp(created_at), ..contact(id) };
    let elsewhere = Contact { source: SourceId(2), ..at(8, 9, 9) };
    let contacts_new = vec![
        at(1, 0, 50),
        at(2, i32::MIN, 1),
        at(3, 0, 50),
        at(4, 0, 40),
        at(5, i32::MAX, 99),
        at(6, 1, i64::MIN),
        held(7, 1),
        elsewhere,
        resolved(9, None),
    ];
    put(&mut engine, &Changes { contacts_new, ..Changes::default() });
    let needs = |places: [usize; 2]| Needs {
        waiting: [1, 2, 3].map(SourceId).into_iter().zip([places[0], places[1], 5]).collect(),
        ..Needs::default()
    };
    let order = |positions: &[(SourceId, WaitingPosition)], source| {
        let of = positions.iter().filter(|(of, _)| *of == SourceId(source));
        let mut of: Vec<i64> = of.map(|(_, position)| position.contact.0).collect();
        of.sort_unstable();
        of
    };
    // An engine may mix the sources; which contacts come is what counts, and the world sorts them.
    for (places, expected) in
        [(1, &[5][..]), (2, &[5, 6]), (3, &[4, 5, 6]), (4, &[1, 4, 5, 6]), (100, &[1, 2, 3, 4, 5, 6])]
    {
        let waiting = find(&mut engine, &needs([places, 1])).waiting;
        assert_eq!((order(&waiting, 1).as_slice(), order(&waiting, 2).as_slice()), (expected, &[8][..]));
        let urgent = WaitingPosition::new(i32::MAX, Timestamp(99), ContactId(5));
        assert!(waiting.contains(&(SourceId(1), urgent)), "{waiting:?}");
    }
    assert!(find(&mut engine, &needs([0, 0])).waiting.is_empty());
}

#[rstest]
fn a_follow_up_finds_a_bounded_piece_of_its_work(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let most = DRAIN_MAX as i64;
    // Operator 1 holds more than one piece; source 2 has more than one of those who wait and some who are held.
    let first = (1..=most + 10).map(|id| held(id, 1));
    let on_second = |contact: Contact| Contact { source: SourceId(2), ..contact };
    let waiting = (1_001..=1_000 + most + 5).map(contact).map(on_second);
    let others = [held(2_001, 2), offered(2_002, 2), resolved(2_003, Some(1)), resolved(2_004, None)].map(on_second);
    let contacts_new = first.chain(waiting).chain(others).collect();
    put(&mut engine, &Changes { contacts_new, ..Changes::default() });
    let mut of = |follow_ups: &[FollowUp]| {
        let needs = Needs { follow_ups: follow_ups.iter().copied().collect(), ..Needs::default() };
        ids(&find(&mut engine, &needs).contacts)
    };
    let held = (1..=most).collect::<Vec<_>>();
    let open = (1_001..=1_000 + most).chain([2_001, 2_002]).collect::<Vec<_>>();
    assert_eq!(of(&[FollowUp::Evacuate(OperatorId(1))]), held);
    assert_eq!(of(&[FollowUp::Evacuate(OperatorId(2))]), [2_001, 2_002]);
    assert_eq!(of(&[FollowUp::CloseOut(SourceId(2))]), open);
    assert_eq!(of(&[FollowUp::Revoke(OperatorId(2))]), [2_002], "what they have not accepted");
    let mark = |behind| [FollowUp::Mark(OperatorId(2), ContactId(behind))];
    assert_eq!((of(&mark(0)), of(&mark(2_001))), (vec![2_001], Vec::new()), "all but what they have not accepted");
    assert_eq!(of(&[FollowUp::Drain(SourceId(2)), FollowUp::Evacuate(OperatorId(77))]), [] as [i64; 0]);
    // All are of lead 1: at first with its newest and an open one, then piece by piece.
    let erase = |behind| [FollowUp::Erase(LeadId(1), ContactId(behind))];
    let mut first = of(&erase(0));
    first.dedup();
    assert_eq!(first, [held.clone(), vec![2_004]].concat(), "the first one is open");
    assert_eq!(of(&erase(1_000 + most))[..5], [1_001 + most, 1_002 + most, 1_003 + most, 1_004 + most, 1_005 + most]);
    assert_eq!(of(&erase(2_003)), [2_004]);
    assert_eq!(of(&[FollowUp::Erase(LeadId(77), ContactId(0))]), [] as [i64; 0]);
    let both = [FollowUp::CloseOut(SourceId(2)), FollowUp::Evacuate(OperatorId(1))];
    assert_eq!(of(&both), [held, open].concat());
}

/// A message to the lead of contact 1.
fn message(id: i64) -> Message {
    Message {
        id: MessageId(id),
        contact: ContactId(1),
        text: "Hello".into(),
        attributes: None,
        author: Some(Actor::System),
        created_at: Timestamp(1),
        delivery: Some(Delivery::Pending),
        delivered_at: None,
    }
}

/// Contacts of one lead, in whatever they may be.
fn one_of_each() -> Vec<Contact> {
    vec![contact(1), held(2, 1), held(3, 2), resolved(4, Some(2)), resting(5, 90), resting(6, 80), reserved(7, 1, 95)]
}

fn answered() -> Answer {
    let once = IdempotencyKey { digest: [8; 16], fingerprint: [9; 16], is_event: false };
    Answer::new(once, Timestamp(1), &Outcome::Contact(contact(1)))
}

/// All kinds of needs in one question give what each gives alone.
#[rstest]
fn many_needs_at_once_do_not_mix(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let (store, answered) = (store(), answered());
    let mut engine = store.open();
    let known = (identity(IdentityKind::Phone, "a"), LeadId(1));
    let of_another = (identity(IdentityKind::ExternalId, "a").in_space("crm".into()), LeadId(2));
    let changes = Changes {
        operators_new: vec![with_external_id(1, "crm-1"), operator(2)],
        calendars_new: vec![calendar(1)],
        sources_new: vec![source(1), source(2)],
        weights: vec![(SourceId(1), OperatorId(1), Some(1))],
        contacts_new: one_of_each(),
        messages_new: vec![message(1), message(2)],
        leads_new: vec![lead(1)],
        identities_new: vec![known.clone(), of_another.clone()],
        receipts: vec![([7; 16], ContactId(4))],
        answers: vec![answered.clone()],
        due: vec![(Subject::Contact(ContactId(1)), Some(Timestamp(9)))],
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let needs = Needs {
        operators: [OperatorId(2)].into(),
        operator_external_ids: ["crm-1".into(), "crm-9".into()].into(),
        calendars: [CalendarId(1), CalendarId(9)].into(),
        calendar_users: [CalendarId(1)].into(),
        fallback_users: [SourceId(1)].into(),
        sources: [SourceId(1)].into(),
        source_names: ["Source 2".into()].into(),
        contacts: [ContactId(4)].into(),
        messages: [MessageId(2), MessageId(9)].into(),
        leads: [LeadId(1)].into(),
        absorbed: [LeadId(1)].into(),
        lead_contacts: [LeadId(1)].into(),
        identities: [known.0.clone()].into(),
        lead_identities: [LeadId(2)].into(),
        receipts: [[7; 16]].into(),
        answers: [[7; 16], [8; 16]].into(),
        last_operators: [LeadId(1)].into(),
        latest_contacts: [(LeadId(1), SourceId(1)), (LeadId(1), SourceId(2)), (LeadId(9), SourceId(1))].into(),
        waiting: [(SourceId(1), 2)].into(),
        resting: [SourceId(1), SourceId(2)].into(),
        due: Some(Timestamp(9)),
        report_progress: true,
        follow_ups: [FollowUp::Evacuate(OperatorId(2))].into(),
    };
    let found = find(&mut engine, &needs);
    assert_eq!(
        (found.calendars, found.calendar_users),
        (vec![calendar(1)], vec![(CalendarId(1), OperatorId(1)), (CalendarId(1), OperatorId(2))])
    );
    assert_eq!(found.calendar_sources, [(CalendarId(1), SourceId(1)), (CalendarId(1), SourceId(2))]);
    assert_eq!(found.fallback_users, [(SourceId(1), SourceId(1)), (SourceId(1), SourceId(2))]);
    assert_eq!(found.operator_external_ids, [("crm-1".into(), OperatorId(1))]);
    assert_eq!(found.operators, [(with_external_id(1, "crm-1"), served(&[1])), (operator(2), served(&[]))]);
    assert_eq!(found.sources.iter().map(|found| found.source.id.0).collect::<Vec<_>>(), [1]);
    assert_eq!(found.source_names, [("Source 2".into(), SourceId(2))]);
    assert_eq!(
        (ids(&found.contacts), found.waiting),
        (vec![3, 4], vec![(SourceId(1), WaitingPosition::of(&contact(1)))])
    );
    let rests = [resting(5, 90), resting(6, 80), reserved(7, 1, 95)].map(|it| (SourceId(1), WaitingPosition::of(&it)));
    assert_eq!(found.resting, rests);
    assert_eq!((found.messages, found.leads), (vec![message(2)], vec![lead(1)]));
    assert_eq!((found.lead_contacts, found.identities), (vec![(LeadId(1), 7)], vec![of_another, known]));
    assert_eq!(found.receipts, [([7; 16], ContactId(4))]);
    assert_eq!(found.answers, [answered]);
    assert_eq!(found.due, [Due { at: Timestamp(9), subject: Subject::Contact(ContactId(1)) }]);
    assert_eq!(found.last_operators.len(), 3);
    assert_eq!(found.latest_contacts, [(LeadId(1), SourceId(2), ContactId(7))], "they all arrived on source 2");
}
