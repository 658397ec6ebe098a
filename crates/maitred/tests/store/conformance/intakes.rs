//! Intakes and payloads: what is stored, how much of it, and what goes with contacts, leads and sources.

use super::batches::{new_source, submit};
use crate::test_store::{Node, TestStore, number, postgres, sqlite};
use maitred_core::command::{
    ContactEdit, DeleteSource, EraseLead, IntakeEdit, Receive, ReceivedPayload, SourceEdit, Submit,
};
use maitred_core::intake::{PayloadState, TAKEN_MAX};
use maitred_core::{Command, ContactId, LeadId, PayloadId, Policy, SourceId, Timestamp};
use rstest::rstest;
use std::sync::Arc;

fn receive(state: PayloadState, body: &str, person: Option<&str>) -> Command {
    let made = person.map(|person| match submit(person) {
        Command::Submit(it) => Submit { known_as: vec![[person.len() as u8; 16]], ..it },
        _ => unreachable!("that is what it makes"),
    });
    let payload = ReceivedPayload::New { state, reason: "why".into(), body: body.into() };
    Command::Receive(Receive { source: SourceId(1), payload, submit: made })
}

/// Ids, states and contacts of what is kept.
fn kept(store: &TestStore) -> Vec<(i64, i64, Option<i64>)> {
    let mut rows: Vec<_> = store
        .rows("payloads")
        .iter()
        .map(|row| (number(&row[0]), number(&row[3]), row[2].as_ref().map(|_| number(&row[2]))))
        .collect();
    rows.sort_unstable();
    rows
}

#[rstest]
fn no_more_samples_are_kept_than_a_mapping_needs(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    node.run(new_source("Form", Policy::WeightedRandom));
    let taken = |n: usize| receive(PayloadState::Unmapped, "{}", Some(&"x".repeat(n)));
    node.batch((1..=TAKEN_MAX + 5).map(taken).collect());
    let unmapped = |_| receive(PayloadState::Unmapped, "{}", None);
    node.batch((0..30).map(unmapped).collect());
    node.run(taken(100));
    let all = kept(&store);
    let (of_contacts, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, state, _)| *state == 0);
    assert_eq!((of_contacts.len(), rest.len()), (TAKEN_MAX, 30));
    assert_eq!(of_contacts.first().map(|it| it.0), Some(7), "the oldest are gone");
    // The same event again is one contact and one payload.
    node.run(taken(100));
    assert_eq!(store.rows("contacts").len(), TAKEN_MAX + 6);
    assert_eq!(kept(&store).len(), TAKEN_MAX + 30);
}

#[rstest]
fn what_is_read_again_becomes_a_contact_once(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    node.run(new_source("Form", Policy::WeightedRandom));
    node.batch(vec![receive(PayloadState::Spam, "\u{e9}\"", None), receive(PayloadState::Unmapped, "{}", None)]);
    let again = || match receive(PayloadState::Unmapped, "", Some("anna")) {
        Command::Receive(it) => Command::Receive(Receive { payload: ReceivedPayload::Kept(PayloadId(1)), ..it }),
        _ => unreachable!("that is what it makes"),
    };
    node.batch(vec![again(), again()]);
    assert_eq!(kept(&store), [(1, 0, Some(1)), (2, 1, None)]);
    assert_eq!(store.rows("contacts").len(), 1);
    node.run(Command::ForgetPayloads(Timestamp(0)));
    assert_eq!(kept(&store).len(), 2);
    node.run(Command::ForgetPayloads(Timestamp(i64::MAX)));
    assert_eq!(kept(&store), []);
}

#[rstest]
fn what_a_contact_was_made_of_goes_with_it(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    node.run(new_source("Form", Policy::WeightedRandom));
    node.batch(["a", "bb", "ccc"].map(|it| receive(PayloadState::Unmapped, "{}", Some(it))).into());
    node.run(Command::DeleteContact(ContactId(1)));
    assert_eq!(kept(&store), [(2, 0, Some(2)), (3, 0, Some(3))]);
    let resolved = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    let erase = Command::EraseLead(EraseLead { lead: LeadId(2), quiet_since: None });
    node.batch(vec![Command::EditContact(ContactId(2), resolved), erase]);
    assert_eq!(kept(&store), [(3, 0, Some(3))]);
}

#[rstest]
fn an_intake_is_stored_part_by_part_and_goes_with_its_source(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    let text = |text: &str| Some(Arc::from(text));
    let edit = |edit| Command::EditIntake(SourceId(1), edit);
    node.run(new_source("Form", Policy::WeightedRandom));
    node.batch(vec![
        edit(IntakeEdit { settings: text("{\"a\":1}"), ..IntakeEdit::default() }),
        edit(IntakeEdit { token: text("first"), ..IntakeEdit::default() }),
        edit(IntakeEdit { token: text("second"), secret: Some(text("secret")), settings: None }),
    ]);
    let row = |token: &str, secret: Option<&str>| {
        vec![vec![
            Some("1".to_owned()),
            Some(token.to_owned()),
            Some("{\"a\":1}".to_owned()),
            secret.map(str::to_owned),
        ]]
    };
    assert_eq!(store.rows("intakes"), row("second", Some("secret")));
    node.run(edit(IntakeEdit { secret: Some(None), ..IntakeEdit::default() }));
    // Other edits of the source leave it alone.
    node.run(Command::EditSource(SourceId(1), SourceEdit { name: text("Other"), ..SourceEdit::default() }));
    assert_eq!(store.rows("intakes"), row("second", None));
    node.run(Command::DeleteSource(DeleteSource { source: SourceId(1), force: false }));
    assert!(store.rows("intakes").is_empty());
}
