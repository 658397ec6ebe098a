//! Corners that random commands seldom come to.

use crate::memory_store::MemoryStore;
use crate::single::run;
use maitred_core::command::{ContactEdit, DeleteSource, NewOperator, NewSource, OperatorEdit, SetWeight, Submit};
use maitred_core::world::Ledger;
use maitred_core::{
    Actor, Command, ContactId, Context, Identity, IdentityKind, OperatorId, Outcome, Policy, Rejection, SourceId,
    SourceKind, Timestamp, World, invariants,
};

const BOT: SourceId = SourceId(1);
const CONTEXT: Context = Context { now: Timestamp(1), seed: 7, actor: Actor::System };

fn opening() -> Vec<Command> {
    let source = NewSource { kind: SourceKind::Bot, policy: Policy::LongestIdle, ..NewSource::named("Bot") };
    let operator = || Command::CreateOperator(NewOperator { max_load: 100, ..NewOperator::named("Anna") });
    let weight = |id, weight| Command::SetWeight(SetWeight { source: BOT, operator: OperatorId(id), weight });
    vec![Command::CreateSource(source), operator(), operator(), weight(1, 1), weight(2, 1_000), submit()]
}

fn submit() -> Command {
    Command::Submit(Submit::new(BOT, vec![Identity::new(IdentityKind::Phone, "+1")]))
}

#[test]
fn a_contact_of_a_deleted_source_cannot_be_reopened() {
    let mut world = World::default();
    for command in opening() {
        run(&mut world, command, CONTEXT).expect("nothing is wrong with the opening");
    }
    run(&mut world, Command::DeleteSource(DeleteSource { source: BOT, force: true }), CONTEXT).expect("forced");
    world.take_changes();
    let edit = ContactEdit { is_resolved: Some(false), priority: Some(5), ..ContactEdit::default() };
    let reopened = run(&mut world, Command::EditContact(ContactId(1), edit), CONTEXT);
    assert_eq!(reopened, Err(Rejection::UnknownSource(BOT)));
    assert!(world.take_changes().is_empty(), "a refused edit changes nothing");
    let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    assert!(run(&mut world, Command::EditContact(ContactId(1), edit), CONTEXT).is_ok(), "it is resolved already");
}

#[test]
fn a_free_slot_goes_by_priority_then_arrival_across_the_sources_of_its_operator() {
    let (forms, anna) = (SourceId(2), OperatorId(1));
    let mut world = World::default();
    let mut at =
        |command, now| run(&mut world, command, Context { now: Timestamp(now), seed: 7, actor: Actor::System });
    let mut commands = opening();
    let Command::CreateSource(source) = &commands[0] else { panic!("the source comes first") };
    let source = NewSource { name: "Forms".into(), ..source.clone() };
    commands[1] = Command::CreateOperator(NewOperator { max_load: 0, ..NewOperator::named("Anna") });
    commands.truncate(2);
    commands.push(Command::CreateSource(source));
    commands.extend([BOT, forms].map(|source| Command::SetWeight(SetWeight { source, operator: anna, weight: 1 })));
    commands.into_iter().for_each(|command| _ = at(command, 0).expect("nothing is wrong with it"));
    let Command::Submit(contact) = submit() else { panic!("a contact is submitted") };
    let arrivals = [(BOT, 0), (forms, 5), (forms, 0), (BOT, 5), (BOT, 0)];
    for ((source, priority), now) in arrivals.into_iter().zip(1..) {
        at(Command::Submit(Submit { source, priority, ..contact.clone() }), now).expect("stored");
    }
    let mut order = Vec::new();
    for max_load in 1..=5 {
        let edit = OperatorEdit { max_load: Some(max_load), ..OperatorEdit::default() };
        run(&mut world, Command::EditOperator(anna, edit), CONTEXT).expect("a limit may be raised");
        let assigned = world.take_changes().decisions.into_iter().filter(|d| d.outcome.is_some());
        order.extend(assigned.map(|d| d.contact.0));
    }
    assert_eq!(order, [2, 4, 1, 3, 5]);
}

#[test]
fn weights_set_together_share_out_those_who_wait_and_leave_others_alone() {
    let mut world = World::default();
    let mut commands = opening();
    commands.truncate(3);
    commands.extend((0..4).map(|_| submit()));
    let (anna, boris) = (OperatorId(1), OperatorId(2));
    commands.into_iter().for_each(|command| _ = run(&mut world, command, CONTEXT).expect("nothing is wrong with it"));
    let table = vec![(anna, 5), (boris, 1), (anna, 1)];
    let outcome = run(&mut world, Command::SetWeights(BOT, table), CONTEXT);
    assert_eq!(outcome, Ok(Outcome::Weights(BOT, vec![(anna, 1), (boris, 1)])));
    let loads: Vec<u32> = world.operators().map(|operator| operator.current_load).collect();
    assert_eq!(loads.iter().sum::<u32>(), 4);
    assert!(loads.iter().all(|load| *load > 0), "one by one, the first would have taken all four: {loads:?}");
    let outcome = run(&mut world, Command::SetWeights(BOT, vec![(boris, 7)]), CONTEXT);
    assert_eq!(outcome, Ok(Outcome::Weights(BOT, vec![(anna, 1), (boris, 7)])));
    world.take_changes();
    let refused = run(&mut world, Command::SetWeights(BOT, vec![(anna, 9), (OperatorId(3), 1)]), CONTEXT);
    assert_eq!(refused, Err(Rejection::UnknownOperator(OperatorId(3))));
    assert!(world.take_changes().is_empty(), "all or nothing");
}

/// LEB128, as Protocol Buffers' varint.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A policy that does not go by weights lets credits drift apart without end: a quarter of a million contacts' worth
/// here, one decision before there is no room for more.
fn drifted() -> Vec<u8> {
    let edge = i64::MAX / 2;
    let zigzag = |credit: i64| varint(((credit << 1) ^ (credit >> 63)).cast_unsigned());
    let mut bytes = vec![1];
    for credit in [-edge, edge] {
        bytes.extend([2, 0]);
        bytes.extend(zigzag(credit));
        bytes.extend([0, 0]);
    }
    bytes
}

#[test]
fn credits_that_drift_without_end_become_part_of_the_record() {
    let mut store = MemoryStore::default();
    for command in opening() {
        store.batch(&mut World::new(store.ids), &[(command, CONTEXT)]);
    }
    let totals = store.totals.get_mut(&BOT).expect("the source exists");
    totals.ledger = drifted();
    let before = Ledger::decode(&totals.ledger).expect("it is a ledger");
    for _ in 0..4 {
        store.batch(&mut World::new(store.ids), &[(submit(), CONTEXT)]);
    }
    let whole = store.whole();
    assert_eq!(invariants::check(&whole), Vec::<String>::new());
    let after = whole.source(BOT).expect("the source exists").ledger();
    for (operator, tally) in after.iter() {
        assert!(tally.credit.abs() < 1 << 50, "operator {operator} begins again from zero: {tally:?}");
        let moved = tally.entitled() - before.get(operator).entitled();
        assert!(moved.abs() < 5.0, "operator {operator} was entitled to {moved} of 4 contacts");
    }
}
