//! Several nodes on one PostgreSQL: who starts first, who has the turn, who knows what the others did.

use super::batches::{new_operator, new_source, submit};
use super::rows::*;
use crate::test_store::{Node, TestStore, number, postgres, sqlite};
use maitred_core::command::{OperatorEdit, SetWeight};
use maitred_core::limits::DRAIN_MAX;
use maitred_core::world::Changes;
use maitred_core::{Command, OperatorId, Outcome, Policy, SourceId, Status, World};
use maitred_store::Engine;
use maitred_store::url::DatabaseUrl;
use rstest::rstest;
use std::sync::Barrier;

fn on_server() -> (TestStore, DatabaseUrl) {
    let store = postgres();
    let url = store.url();
    (store, url)
}

#[test]
fn eight_nodes_start_at_once_on_an_empty_postgres() {
    let (store, url) = on_server();
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        let open = || {
            start.wait();
            Engine::open(&url).map(Engine::close)
        };
        let nodes: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        for node in nodes {
            node.join().expect("no panic").expect("the node starts");
        }
    });
    let TestStore::Postgres(database) = &store else { unreachable!("it is on a server") };
    let versions = database.sql("SELECT version, name FROM maitred.schema_history ORDER BY version");
    let newest = maitred_store::postgres::newest_version();
    let found: Vec<i64> = versions.iter().map(|row| number(&row[0])).collect();
    assert_eq!((found.first(), found.last()), (Some(&1), Some(&newest)));
    assert!(found.is_sorted_by(|one, next| one < next), "each was made once: {found:?}");
    assert!(!store.rows("next_ids").is_empty());
}

#[test]
fn a_node_waits_on_postgres_while_another_has_the_turn() {
    let (store, _) = on_server();
    let (mut first, mut second) = (store.open(), store.open());
    first.begin(&mut World::default()).expect("the turn");
    let (told, tells) = std::sync::mpsc::sync_channel(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            put(&mut second, &Changes { events: vec![event(2)], ..Changes::default() });
            told.send(()).expect("somebody listens");
        });
        tells.recv_timeout(std::time::Duration::from_millis(300)).expect_err("it is not its turn");
        first.write(&Changes { events: vec![event(1)], ..Changes::default() }).expect("the store writes");
        first.commit().expect("the store commits");
        tells.recv().expect("now it is");
    });
    assert_eq!(store.rows("events").iter().map(|row| number(&row[1])).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn each_node_on_postgres_decides_on_what_the_others_did() {
    let (store, _) = on_server();
    let (mut first, mut second) = (Node::open(&store), Node::open(&store));
    first.batch(vec![new_source("Bot", Policy::SmoothWeighted), new_operator(1), new_operator(1)]);
    let weight =
        |operator| Command::SetWeight(SetWeight { source: SourceId(1), operator: OperatorId(operator), weight: 1 });
    second.batch(vec![weight(1), weight(2)]);
    let holder = |outcome| match outcome {
        Outcome::Contact(contact) => contact.operator.map(|id| id.0),
        other => panic!("{other:?}"),
    };
    let mut got = [holder(first.run(submit("a"))), holder(second.run(submit("b")))];
    got.sort_unstable();
    assert_eq!(got, [Some(1), Some(2)]);
    assert_eq!(holder(first.run(submit("c"))), None);
    // Room that one node makes is filled by it with who waits since the other.
    let more = OperatorEdit { max_load: Some(2), ..OperatorEdit::default() };
    second.run(Command::EditOperator(OperatorId(1), more));
    let status = store.rows("contacts").into_iter().map(|row| number(&row[4])).collect::<Vec<_>>();
    assert_eq!(status, [Status::Assigned as i64; 3]);
    assert_eq!(first.engine().last_position(), 10);
    first.run(submit("d"));
    assert_eq!(first.engine().last_position(), second.engine().last_position() + 1);
    store.assert_sound();
}

#[test]
fn a_node_on_postgres_finds_the_work_that_another_left() {
    let (store, _) = on_server();
    let (mut first, mut second) = (Node::open(&store), Node::open(&store));
    assert!(second.look_around().is_none(), "nobody did anything");
    first.batch(vec![
        new_source("Bot", Policy::SmoothWeighted),
        new_source("Form", Policy::default()),
        new_operator(0),
    ]);
    first.run(Command::SetWeight(SetWeight { source: SourceId(1), operator: OperatorId(1), weight: 1 }));
    first.batch((0..DRAIN_MAX + 10).map(|n| submit(&n.to_string())).collect());
    let more = OperatorEdit { max_load: Some(1_000), ..OperatorEdit::default() };
    // It ends between the command and what that left over.
    let (_, left_over) = first.batch(vec![Command::EditOperator(OperatorId(1), more)]);
    assert!(!left_over.is_empty());
    first.close();
    // Before it looks, it does something of its own, and nothing at all.
    second.run(new_operator(1));
    second.batch(Vec::new());
    let found = second.look_around().expect("another node wrote");
    let waiting: Vec<_> = found.sources().map(|state| (state.source.id.0, state.waiting().count())).collect();
    assert_eq!(waiting, [(1, 10)]);
    assert!(found.sources().all(|state| state.pool().has_eligible()));
    assert!(second.look_around().is_none(), "it knows all by now");
    for follow_up in left_over {
        second.run(Command::FollowUp(follow_up));
    }
    assert!(second.look_around().is_none(), "it did that itself");
    second.close();
    store.assert_sound();
}

#[rstest]
#[case::sqlite(sqlite, false)]
#[case::postgres(postgres, true)]
fn whether_a_store_is_shared_is_known(#[case] store: fn() -> TestStore, #[case] is_shared: bool) {
    let store = store();
    let mut node = Node::open(&store);
    assert_eq!(node.engine().is_shared(), is_shared);
    node.run(new_operator(1));
    assert!(node.look_around().is_none(), "what it did itself is no news");
}
