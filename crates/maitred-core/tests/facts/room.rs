//! Room for those who wait on many sources: the best are given out, whatever is loaded for that, and not much is.

use crate::memory_store::{Loaded, MemoryStore, Task};
use crate::single;
use maitred_core::command::{
    ContactEdit, DeleteSource, NewOperator, NewSource, OperatorEdit, SetWeight, Submit, Transfer,
};
use maitred_core::{
    Actor, Command, ContactId, Context, Identity, IdentityKind, OperatorId, Policy, SourceId, SourceKind, Timestamp,
    World, invariants,
};
use proptest::prelude::*;

const ANNA: OperatorId = OperatorId(1);
const SOURCES: i64 = 6;
const OPERATORS: i64 = 4;

fn operator(max_load: u32) -> Command {
    Command::CreateOperator(NewOperator { max_load, ..NewOperator::named("Anna") })
}

fn source(n: i64) -> Command {
    let policy = Policy::ALL[n as usize % Policy::ALL.len()];
    let new = NewSource { kind: SourceKind::Bot, policy, sticky: n % 3 == 0, ..NewSource::named(format!("S{n}")) };
    Command::CreateSource(new)
}

fn weight(source: i64, operator: i64, weight: u32) -> Command {
    Command::SetWeight(SetWeight { source: SourceId(source), operator: OperatorId(operator), weight })
}

fn submit(source: i64, lead: i64, priority: i32) -> Command {
    let identities = vec![Identity::new(IdentityKind::Phone, format!("+{lead}"))];
    Command::Submit(Submit { priority, ..Submit::new(SourceId(source), identities) })
}

fn edit(operator: OperatorId, max_load: Option<u32>, is_active: Option<bool>) -> Command {
    Command::EditOperator(operator, OperatorEdit { max_load, is_active, ..OperatorEdit::default() })
}

fn resolve(contact: i64) -> Command {
    Command::EditContact(ContactId(contact), ContactEdit { is_resolved: Some(true), ..ContactEdit::default() })
}

fn at(command: Command, now: i64) -> Task {
    (command, Context { now: Timestamp(now), seed: now.cast_unsigned(), actor: Actor::System })
}

/// A store in which Anna is full and ten contacts wait on each of so many sources of hers.
fn crowded(sources: i64) -> MemoryStore {
    let mut store = MemoryStore::default();
    let mut commands = vec![operator(1)];
    commands.extend((1..=sources).map(source));
    commands.extend((1..=sources).map(|n| weight(n, 1, 1)));
    commands.extend((0..10 * sources).map(|n| submit(1 + n % sources, n % 999, (n % 7) as i32)));
    let mut world = World::default();
    for (command, now) in commands.into_iter().zip(1..) {
        store.batch(&mut world, &[at(command, now)]);
    }
    store
}

/// What is loaded for some commands in one batch, by a store that keeps operators and sources in memory.
fn loaded_for(store: &mut MemoryStore, commands: Vec<Command>) -> Loaded {
    let mut world = store.whole();
    world.forget_transient();
    store.loaded = Loaded::default();
    let tasks: Vec<Task> = commands.into_iter().map(|command| at(command, 1_000_000)).collect();
    store.batch(&mut world, &tasks);
    assert_eq!(invariants::check(&store.whole()), Vec::<String>::new());
    store.loaded
}

#[test]
fn a_free_slot_loads_one_contact_however_many_sources_have_some_waiting() {
    let mut store = crowded(300);
    let loaded = loaded_for(&mut store, vec![resolve(1)]);
    assert_eq!(loaded.contacts, 2, "the one that ended, and the one that got the slot");
    assert!(loaded.positions <= 300 + 8, "{loaded:?}");
}

#[test]
fn room_for_many_loads_as_many_contacts_as_there_are_slots() {
    let mut store = crowded(300);
    let loaded = loaded_for(&mut store, vec![edit(ANNA, Some(101), None)]);
    assert_eq!(loaded.contacts, 100);
    assert!(loaded.positions <= 300 + 8 * 100, "{loaded:?}");
    assert_eq!(store.operators[&ANNA].current_load, 101);
}

#[test]
fn without_room_nothing_is_loaded() {
    let mut store = crowded(30);
    let commands = vec![edit(ANNA, Some(1), None), weight(1, 1, 5), edit(ANNA, Some(0), Some(false))];
    assert_eq!(loaded_for(&mut store, commands), Loaded::default());
}

/// Commands that make room, and those who wait for it.
fn commands() -> impl Strategy<Value = Vec<(Command, bool)>> {
    let (sources, operators) = (1..=SOURCES, 1..=OPERATORS);
    let contact = 1..60i64;
    let command = prop_oneof![
        8 => (sources.clone(), 1..20i64, 0..3i32).prop_map(|(source, lead, priority)| submit(source, lead, priority)),
        4 => contact.clone().prop_map(resolve),
        2 => (operators.clone(), 0..6u32).prop_map(|(id, max)| edit(OperatorId(id), Some(max), None)),
        1 => (operators.clone(), any::<bool>()).prop_map(|(id, is)| edit(OperatorId(id), None, Some(is))),
        2 => (sources, operators.clone(), 0..3u32).prop_map(|(source, id, share)| weight(source, id, share)),
        1 => (contact.clone(), proptest::option::of(operators), any::<bool>()).prop_map(|(id, to, force)| {
            Command::Transfer(Transfer { contact: ContactId(id), from: None, to: to.map(OperatorId), force })
        }),
        1 => contact.prop_map(|id| Command::DeleteContact(ContactId(id))),
        1 => (1..=SOURCES).prop_map(|id| Command::DeleteSource(DeleteSource { source: SourceId(id), force: true })),
        1 => (1..=OPERATORS).prop_map(|id| Command::DeleteOperator(OperatorId(id))),
    ];
    proptest::collection::vec((command, any::<bool>()), 10..120)
}

fn opening() -> Vec<Command> {
    let mut opening: Vec<Command> = (0..OPERATORS).map(|_| operator(2)).collect();
    opening.extend((1..=SOURCES).map(source));
    for n in 1..=SOURCES {
        opening.extend((1..=OPERATORS).filter(|id| (n + id) % 3 != 0).map(|id| weight(n, id, (n + id) as u32 % 2 + 1)));
    }
    opening
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_loaded_changes_no_decision(commands in commands()) {
        let mut store = MemoryStore::default();
        let mut world = World::default();
        let mut memory = World::default();
        let mut now = 0;
        let mut batch = Vec::new();
        let all = opening().into_iter().map(|command| (command, true)).chain(commands);
        for (command, ends) in all {
            now += 1;
            batch.push(at(command, now));
            if ends {
                check(&mut store, &mut world, &mut memory, &std::mem::take(&mut batch))?;
            }
        }
        check(&mut store, &mut world, &mut memory, &batch)?;
        prop_assert_eq!(invariants::check(&store.whole()), Vec::<String>::new());
    }
}

/// The same batch through the store, and one by one in a world that has everything.
fn check(store: &mut MemoryStore, world: &mut World, memory: &mut World, batch: &[Task]) -> Result<(), TestCaseError> {
    world.forget_transient();
    let (answers, left_over) = store.batch(world, batch);
    prop_assert!(left_over.is_empty(), "nothing here is large enough for a follow-up: {:?}", left_over);
    for ((command, context), answer) in batch.iter().zip(answers) {
        prop_assert_eq!(answer, single::run(memory, command.clone(), *context), "{:?}", command);
    }
    let changes = memory.take_changes();
    // Of a contact that was deleted nothing is left.
    for decision in changes.decisions.iter().filter(|decision| store.contacts.contains_key(&decision.contact)) {
        prop_assert_eq!(store.decisions.get(&(decision.contact, decision.seq)), Some(decision));
    }
    prop_assert!(store.whole().contacts().eq(memory.contacts()));
    Ok(())
}
