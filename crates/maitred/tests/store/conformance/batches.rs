//! The transaction of a batch: whole or not at all, seen by everybody once it is committed, and remembered by any
//! node that opens the store next.

use super::rows::*;
use crate::test_store::{Node, TestStore, number, postgres, sqlite};
use maitred_core::command::{DeleteSource, NewOperator, NewSource, OperatorEdit, SetWeight, Submit};
use maitred_core::world::{Changes, Needs};
use maitred_core::{
    Command, Contact, ContactId, IdentityKind, Ids, Lead, LeadId, OperatorId, Outcome, Policy, SourceId, SourceKind,
    World,
};
use rstest::rstest;

pub(super) fn new_operator(max_load: u32) -> Command {
    Command::CreateOperator(NewOperator { max_load, ..NewOperator::named("Anna") })
}

pub(super) fn new_source(name: &str, policy: Policy) -> Command {
    Command::CreateSource(NewSource { kind: SourceKind::Bot, policy, ..NewSource::named(name) })
}

pub(super) fn submit(person: &str) -> Command {
    Command::Submit(Submit::new(SourceId(1), vec![identity(IdentityKind::ExternalId, person)]))
}

fn created(outcome: &Outcome) -> i64 {
    match outcome {
        Outcome::Contact(contact) => contact.id.0,
        Outcome::Operator(operator) => operator.id.0,
        Outcome::Source(source) => source.id.0,
        other => panic!("{other:?}"),
    }
}

/// A change of every kind.
fn changes() -> Changes {
    Changes {
        operators_new: vec![operator(1)],
        sources_new: vec![source(1)],
        weights: vec![(SourceId(1), OperatorId(1), Some(1))],
        contacts_new: vec![contact(1)],
        leads_new: vec![lead(1)],
        identities_new: vec![(identity(IdentityKind::Phone, "a"), LeadId(1))],
        receipts: vec![([1; 16], ContactId(1))],
        events: vec![event(1), event(2)],
        ids: Ids::from_array([2; Ids::NAMES.len()]),
        ..Changes::default()
    }
}

#[rstest]
fn a_rolled_back_batch_leaves_nothing(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let before = store.everything();
    engine.begin(&mut World::default()).expect("a transaction");
    engine.write(&changes()).expect("the store writes");
    engine.rollback();
    assert_eq!(store.everything(), before);
    // Without a transaction there is nothing to undo.
    engine.rollback();
    // The next batch begins where the last committed one ended, as if nothing had been.
    let mut world = engine.world().expect("the store reads");
    assert_eq!(world.take_changes().ids, Changes::default().ids);
    put(&mut engine, &changes());
    assert_eq!(engine.last_position(), 2);
    assert_eq!(store.rows("events").iter().map(|row| number(&row[0])).collect::<Vec<_>>(), [1, 2]);
}

#[rstest]
fn a_batch_that_fails_in_the_middle_leaves_nothing(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    put(&mut engine, &changes());
    let before = store.everything();
    engine.begin(&mut World::default()).expect("a transaction");
    // Operator 2 is new, lead 1 is there already.
    let clash = Changes { operators_new: vec![operator(2)], leads_new: vec![lead(1)], ..Changes::default() };
    engine.write(&clash).expect_err("two leads cannot have one id");
    engine.rollback();
    assert_eq!(store.everything(), before);
    engine.world().expect("the store reads");
    put(&mut engine, &Changes { operators_new: vec![operator(2)], ..Changes::default() });
    assert_eq!(store.rows("operators").len(), 2);
}

#[rstest]
fn others_see_a_batch_whole_once_it_is_committed(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let before = store.everything();
    engine.begin(&mut World::default()).expect("a transaction");
    engine.write(&changes()).expect("the store writes");
    assert_eq!(store.everything(), before);
    engine.commit().expect("the store commits");
    let after = store.everything();
    let counts: Vec<(&str, usize)> = after.iter().map(|(table, rows)| (*table, rows.len())).collect();
    let written = ["operators", "sources", "weights", "leads", "identities", "contacts", "receipts", "next_ids"];
    for (table, rows) in counts {
        // Two events, and the two words of a name.
        let expected = match table {
            "events" | "lead_words" => 2,
            table => usize::from(written.contains(&table)),
        };
        assert_eq!(rows, expected, "{table}");
    }
}

#[rstest]
fn a_batch_reads_what_it_has_written(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    engine.begin(&mut World::default()).expect("a transaction");
    engine.write(&changes()).expect("the store writes");
    let needs = Needs { contacts: [ContactId(1)].into(), leads: [LeadId(1)].into(), ..Needs::default() };
    assert_eq!(engine.load(&needs).expect("the store reads").contacts, [contact(1)]);
    let moved = Contact { lead: LeadId(2), ..contact(1) };
    let second = Changes {
        contacts_changed: vec![moved.clone()],
        leads_new: vec![lead(2)],
        leads_changed: vec![Lead { name: None, ..lead(1) }],
        events: vec![event(3)],
        ..changes()
    };
    let only_second = Changes {
        operators_new: Vec::new(),
        sources_new: Vec::new(),
        contacts_new: Vec::new(),
        identities_new: Vec::new(),
        ..second
    };
    engine.write(&only_second).expect("the store writes");
    let found = engine.load(&needs).expect("the store reads");
    assert_eq!((found.contacts, found.leads), (vec![moved], vec![Lead { name: None, ..lead(1) }]));
    engine.commit().expect("the store commits");
    assert_eq!((engine.last_position(), store.rows("events").len()), (3, 3));
}

#[rstest]
fn a_batch_without_changes_is_no_batch(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    node.run(new_operator(1));
    let before = store.everything();
    let refused = Command::EditOperator(OperatorId(77), OperatorEdit::default());
    let tasks = |last| crate::test_store::one_by_one(last, vec![refused]);
    let answers = node.carry_out(tasks).expect("nothing to store is no failure").answers;
    assert!(answers[0].is_err());
    assert_eq!(store.everything(), before);
    assert_eq!(created(&node.run(new_operator(1))), 2);
}

#[rstest]
fn no_id_is_used_twice(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    node.batch(vec![new_source("Bot", Policy::default()), new_operator(1), submit("a"), submit("b"), submit("c")]);
    node.run(Command::DeleteContact(ContactId(3)));
    node.run(Command::DeleteOperator(OperatorId(1)));
    assert_eq!(created(&node.run(submit("d"))), 4);
    node.run(Command::DeleteContact(ContactId(4)));
    node.close();
    let mut node = Node::open(&store);
    assert_eq!(created(&node.run(submit("e"))), 5);
    assert_eq!(created(&node.run(new_operator(1))), 2);
    node.run(Command::DeleteSource(DeleteSource { source: SourceId(1), force: true }));
    node.close();
    let mut node = Node::open(&store);
    assert_eq!(created(&node.run(new_source("Bot", Policy::default()))), 2);
    node.close();
    store.assert_sound();
}

#[rstest]
fn a_store_is_the_same_after_a_restart(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    let weight =
        |operator| Command::SetWeight(SetWeight { source: SourceId(1), operator: OperatorId(operator), weight: 1 });
    node.batch(vec![new_source("Bot", Policy::SmoothWeighted), new_operator(2), new_operator(1), weight(1), weight(2)]);
    node.batch(["a", "b", "c", "d", "a"].map(submit).into());
    let (position, at) = (node.engine().last_position(), node.engine().last_event_at());
    node.close();
    let before = store.everything();
    let mut node = Node::open(&store);
    assert_eq!((node.engine().last_position(), node.engine().last_event_at()), (position, at));
    node.close();
    assert_eq!(store.everything(), before);
    store.assert_sound();
}

#[rstest]
fn ten_thousand_rows_are_one_batch(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut engine = store.open();
    let all = 1..=10_000;
    let text: std::sync::Arc<str> = "x".repeat(1_000).into();
    let large = |id| Contact { message: Some(text.clone()), ..contact(id) };
    let known = |id: i64| (identity(IdentityKind::Phone, &id.to_string()), LeadId(id));
    let changes = Changes {
        contacts_new: all.clone().map(large).collect(),
        leads_new: all.clone().map(lead).collect(),
        identities_new: all.clone().map(known).collect(),
        receipts: all.clone().map(|id| (i128::from(id).to_le_bytes(), ContactId(id))).collect(),
        events: all.clone().map(event).collect(),
        ..Changes::default()
    };
    put(&mut engine, &changes);
    let needs = Needs {
        contacts: all.clone().map(ContactId).collect(),
        leads: all.clone().map(LeadId).collect(),
        identities: changes.identities_new.iter().map(|(identity, _)| identity.clone()).collect(),
        receipts: changes.receipts.iter().map(|(key, _)| *key).collect(),
        ..Needs::default()
    };
    let found = find(&mut engine, &needs);
    assert_eq!(found.contacts, changes.contacts_new);
    assert_eq!(found.leads, changes.leads_new);
    assert_eq!((found.identities.len(), found.receipts.len()), (10_000, 10_000));
    put(&mut engine, &Changes { contacts_deleted: all.map(ContactId).collect(), ..Changes::default() });
    assert_eq!((store.rows("contacts").len(), store.rows("receipts").len()), (0, 0));
    assert_eq!(engine.last_position(), 10_000);
}
