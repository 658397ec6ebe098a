//! Many at once: nobody goes over `max_load`, shares are exact, and books balance, with one node on SQLite as with
//! three on PostgreSQL.

use super::batches::{new_operator, new_source, submit};
use crate::test_store::{Node, TestStore, number, postgres, sqlite};
use maitred_app::Requester;
use maitred_app::batcher::Batcher;
use maitred_core::command::SetWeight;
use maitred_core::{Command, OperatorId, Outcome, Policy, SourceId, Status};
use rstest::rstest;
use std::collections::BTreeMap;

/// Clients of each node, every one with a contact under way at all times.
const CLIENTS: usize = 4;
/// Contacts of all clients of all nodes together.
const CONTACTS: usize = 240;

/// A source whose operators have these weights, and as much room.
fn set_up(store: &TestStore, policy: Policy, operators: &[(u32, u32)]) {
    let mut node = Node::open(store);
    node.run(new_source("Bot", policy));
    for ((weight, max_load), id) in operators.iter().zip(1..) {
        node.run(new_operator(*max_load));
        node.run(Command::SetWeight(SetWeight { source: SourceId(1), operator: OperatorId(id), weight: *weight }));
    }
    node.close();
}

/// Submits contacts through the batchers of so many nodes, all at the same time. Nobody is refused.
fn storm(store: &TestStore, nodes: usize) {
    let started: Vec<_> = (0..nodes).map(|_| Batcher::start(store.open(), 1_000).expect("a node")).collect();
    std::thread::scope(|scope| {
        for (node, (batcher, _)) in started.iter().enumerate() {
            for client in 0..CLIENTS {
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
                    for n in 0..CONTACTS / nodes / CLIENTS {
                        let answer = runtime
                            .block_on(batcher.execute(Requester::SYSTEM, submit(&format!("{node}/{client}/{n}"))));
                        assert!(matches!(answer, Ok(Outcome::Contact(_))), "{answer:?}");
                    }
                });
            }
        }
    });
    for (batcher, running) in started {
        drop(batcher);
        running.stop().expect("a clean stop");
    }
}

/// How many contacts each operator holds, by the contacts themselves; those who wait under none.
fn held(store: &TestStore) -> BTreeMap<Option<i64>, usize> {
    let mut held = BTreeMap::new();
    for contact in store.rows("contacts") {
        let operator = contact[3].is_some().then(|| number(&contact[3]));
        let expected = if operator.is_some() { Status::Assigned } else { Status::Waiting };
        assert_eq!(number(&contact[4]), expected as i64);
        *held.entry(operator).or_default() += 1;
    }
    held
}

#[rstest]
#[case::sqlite(sqlite, 1)]
#[case::postgres(postgres, 3)]
fn a_race_leaves_two_operators_exactly_full(#[case] store: fn() -> TestStore, #[case] nodes: usize) {
    let store = store();
    set_up(&store, Policy::WeightedRandom, &[(3, 50), (1, 50)]);
    storm(&store, nodes);
    let expected = BTreeMap::from([(None, CONTACTS - 100), (Some(1), 50), (Some(2), 50)]);
    assert_eq!(held(&store), expected);
    let loads: Vec<i64> = store.rows("operators").iter().map(|row| number(&row[5])).collect();
    assert_eq!(loads, [50, 50]);
    store.assert_sound();
}

#[rstest]
#[case::sqlite(sqlite, 1)]
#[case::postgres(postgres, 3)]
fn shares_are_exact_whichever_node_decides(#[case] store: fn() -> TestStore, #[case] nodes: usize) {
    let store = store();
    // Every ten contacts are five, three and two, without a rest.
    set_up(&store, Policy::SmoothWeighted, &[(5, 1_000), (3, 1_000), (2, 1_000)]);
    storm(&store, nodes);
    let expected = BTreeMap::from([(Some(1), CONTACTS / 2), (Some(2), CONTACTS * 3 / 10), (Some(3), CONTACTS / 5)]);
    assert_eq!(held(&store), expected);
    let world = store.whole_world();
    let state = world.source(SourceId(1)).expect("it is there");
    let books: Vec<_> = state.ledger().iter().map(|(id, tally)| (id.0, tally.received, tally.credit)).collect();
    let contacts = CONTACTS as u64;
    assert_eq!(books, [(1, contacts / 2, 0), (2, contacts * 3 / 10, 0), (3, contacts / 5, 0)]);
    assert_eq!((state.arrived(), state.assigned(), state.waiting().count()), (contacts, contacts, 0));
    store.assert_sound();
}

/// Without the retries of the batcher: nodes that take turns are never in each other's way.
#[test]
fn no_batch_of_three_nodes_on_postgres_fails_because_of_another() {
    let store = postgres();
    set_up(&store, Policy::LeastLoaded, &[(1, 50), (1, 50)]);
    let nodes: Vec<_> = (0..3).map(|_| Node::open(&store)).collect();
    std::thread::scope(|scope| {
        for (mut node, name) in nodes.into_iter().zip(0..) {
            scope.spawn(move || {
                for n in 0..25 {
                    node.batch(vec![submit(&format!("{name}/{n}/a")), submit(&format!("{name}/{n}/b"))]);
                }
                node.close();
            });
        }
    });
    assert_eq!(held(&store), BTreeMap::from([(None, 50), (Some(1), 50), (Some(2), 50)]));
    store.assert_sound();
}
