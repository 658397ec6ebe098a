//! Timers: the first are found in their order, the first moment is known, and each fires once, on however many nodes.

use super::batches::{new_operator, new_source, submit};
use super::rows::*;
use crate::test_store::{Node, TestStore, number, one_by_one, postgres, sqlite};
use maitred_core::command::{SetWeight, Submit};
use maitred_core::due::{Due, Subject};
use maitred_core::limits::DRAIN_MAX;
use maitred_core::world::{Changes, Needs};
use maitred_core::{
    Actor, Command, ContactId, Context, EventKind, OperatorId, Policy, SourceId, Timestamp, World, decide,
};
use rstest::rstest;

const fn of(contact: i64) -> Subject {
    Subject::Contact(ContactId(contact))
}

fn due(engine: &mut maitred_store::Engine, until: i64) -> Vec<(i64, Subject)> {
    let found = find(engine, &Needs { due: Some(Timestamp(until)), ..Needs::default() });
    found.due.into_iter().map(|Due { at, subject }| (at.0, subject)).collect()
}

#[rstest]
fn timers_are_found_by_time_then_id_and_no_more_than_a_wake_handles(
    #[values(sqlite, postgres)] store: fn() -> TestStore,
) {
    let store = store();
    let mut engine = store.open();
    let timers = |at: i64, ids: std::ops::Range<i64>| ids.map(move |id| (of(id), Some(Timestamp(at))));
    let set = timers(9, 1..3).chain(timers(5, 7..9)).chain(timers(6, 3..4)).collect();
    put(&mut engine, &Changes { due: set, ..Changes::default() });
    assert_eq!(due(&mut engine, 8), [(5, of(7)), (5, of(8)), (6, of(3))]);
    assert_eq!(due(&mut engine, 4), []);
    // Of one that changed twice the last moment counts.
    let moved = vec![(of(7), Some(Timestamp(1))), (of(7), None), (of(8), None), (of(8), Some(Timestamp(9)))];
    put(&mut engine, &Changes { due: moved, ..Changes::default() });
    assert_eq!(due(&mut engine, 9), [(6, of(3)), (9, of(1)), (9, of(2)), (9, of(8))]);
    put(&mut engine, &Changes { due: timers(2, 100..100 + 2 * DRAIN_MAX as i64).collect(), ..Changes::default() });
    assert_eq!(due(&mut engine, 9).len(), DRAIN_MAX);
}

#[rstest]
fn the_first_moment_is_known_after_each_batch_and_after_one_that_failed(
    #[values(sqlite, postgres)] store: fn() -> TestStore,
) {
    let store = store();
    let mut engine = store.open();
    assert_eq!(engine.next_due(), None);
    let set = |contact, at: Option<i64>| Changes { due: vec![(of(contact), at.map(Timestamp))], ..Changes::default() };
    for (changes, first) in [
        (set(1, Some(9)), Some(9)),
        (set(2, Some(5)), Some(5)),
        (Changes { events: vec![event(1)], ..Changes::default() }, Some(5)),
        (set(2, Some(11)), Some(9)),
        (set(1, None), Some(11)),
        (set(2, None), None),
    ] {
        put(&mut engine, &changes);
        assert_eq!(engine.next_due(), first.map(Timestamp), "{changes:?}");
    }
    put(&mut engine, &set(3, Some(7)));
    engine.begin(&mut World::default()).expect("a transaction");
    engine.write(&set(3, None)).expect("the store writes");
    engine.rollback();
    engine.world().expect("the store reads");
    assert_eq!(engine.next_due(), Some(Timestamp(7)));
    engine.close();
    assert_eq!(store.open().next_due(), Some(Timestamp(7)), "a start needs no more than the first row");
}

/// Two nodes with one source, served by somebody who has room for all, and so many contacts that are due at 1 000.
fn two_nodes(store: &TestStore, contacts: usize) -> [Node; 2] {
    let mut nodes = [Node::open(store), Node::open(store)];
    schedule(&mut nodes[0], contacts);
    nodes
}

/// One source, served by somebody who has room for all, and so many contacts that are due a second after the epoch.
fn schedule(node: &mut Node, contacts: usize) {
    node.batch(vec![new_source("Bot", Policy::SmoothWeighted), new_operator(100_000)]);
    node.run(Command::SetWeight(SetWeight { source: SourceId(1), operator: OperatorId(1), weight: 1 }));
    let scheduled = |n: usize| {
        let Command::Submit(it) = submit(&n.to_string()) else { unreachable!("that is what it makes") };
        Command::Submit(Submit { not_before: Some(Timestamp(1_000_000)), ..it })
    };
    node.batch((0..contacts).map(scheduled).collect());
}

/// As if the process was killed between a wake and its commit.
#[rstest]
fn a_wake_that_was_not_committed_comes_again_and_is_told_once(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let mut node = Node::open(&store);
    schedule(&mut node, 3);
    node.close();
    let mut engine = store.open();
    let mut world = if engine.is_shared() { World::default() } else { engine.world().expect("the store reads") };
    engine.begin(&mut world).expect("a transaction");
    let (late, wake) = (Timestamp(2_000_000), Command::Wake(Timestamp(2_000_000)));
    loop {
        let needs = world.needs([&wake]);
        if needs.is_empty() {
            break;
        }
        let found = engine.load(&needs).expect("the store reads");
        world.load(needs, found);
    }
    let context = Context { now: late, seed: 7, actor: Actor::System };
    decide(&mut world, wake.clone(), context).expect("a wake is not refused");
    let changes = world.take_changes();
    assert_eq!(changes.events.iter().filter(|event| event.kind() == EventKind::ContactDue).count(), 3);
    engine.write(&changes).expect("the store writes");
    drop(engine);

    let mut node = Node::open(&store);
    assert_eq!(node.engine().next_due(), Some(Timestamp(1_000_000)), "nothing of it is stored");
    for _ in 0..2 {
        let done = node.carry_out(|_| one_by_one(late, vec![wake.clone()]));
        done.expect("the batch is stored");
    }
    assert_eq!(node.engine().next_due(), None);
    node.close();
    let kind = Some(EventKind::ContactDue.code().to_string());
    let due: Vec<i64> = store.rows("events").iter().filter(|row| row[2] == kind).map(|row| number(&row[3])).collect();
    assert_eq!(due, [1, 2, 3], "each once");
    store.assert_sound();
}

#[test]
fn what_two_nodes_on_postgres_wake_is_due_once() {
    let store = postgres();
    let mut nodes = two_nodes(&store, 2 * DRAIN_MAX);
    let jump = |node: &mut Node| {
        let done = node.carry_out(|_| one_by_one(Timestamp(2_000_000), vec![Command::Wake(Timestamp(2_000_000))]));
        done.expect("the batch is stored");
    };
    for turn in [0, 1, 1, 0] {
        jump(&mut nodes[turn]);
    }
    assert_eq!(nodes.each_mut().map(|node| node.engine().next_due()), [None, None]);
    let kind = Some(EventKind::ContactDue.code().to_string());
    let mut due: Vec<i64> =
        store.rows("events").iter().filter(|row| row[2] == kind).map(|row| number(&row[3])).collect();
    assert_eq!(due.len(), 2 * DRAIN_MAX);
    due.sort_unstable();
    due.dedup();
    assert_eq!(due.len(), 2 * DRAIN_MAX, "each once");
    assert!(store.rows("due").is_empty());
    nodes.into_iter().for_each(Node::close);
    store.assert_sound();
}

#[test]
fn a_node_on_postgres_knows_at_its_turn_what_another_made_due() {
    let store = postgres();
    let mut nodes = two_nodes(&store, 1);
    assert_eq!(nodes[1].engine().next_due(), None, "it was opened before");
    nodes[1].run(new_operator(1));
    assert_eq!(nodes[1].engine().next_due(), Some(Timestamp(1_000_000)));
}
