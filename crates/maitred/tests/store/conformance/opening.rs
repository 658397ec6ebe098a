//! Hours of sources over real calendars, on both engines: what arrives before a source opens is given to somebody in
//! that moment, when clocks change, over a restart, and on two nodes.

use super::batches::{new_operator, new_source, submit};
use crate::test_store::{Node, TestStore, one_by_one, postgres, sqlite};
use maitred_app::calendars::{Compiler, written};
use maitred_core::command::{OperatorEdit, SetWeight, SourceEdit, SourceHoursEdit};
use maitred_core::{
    Calendar, CalendarId, Command, EventKind, OperatorId, Outcome, Policy, SourceId, Status, Timestamp,
};
use rstest::rstest;
use serde_json::{Value, json};

const SECOND: i64 = 1_000_000;

fn at(text: &str) -> i64 {
    maitred_store::clock::parse_rfc3339(text).expect("a time").0
}

fn daily(zone: &str, intervals: &Value) -> maitred_calendar::Calendar {
    let days: Vec<Value> = (0..7).map(|day| json!({"day": day, "intervals": intervals})).collect();
    serde_json::from_value(json!({"name": "Daily", "zone": zone, "days": days})).expect("a calendar")
}

fn outcome_at(node: &mut Node, now: i64, command: Command) -> Outcome {
    let done = node.carry_out(|_| one_by_one(Timestamp(now - 1), vec![command])).expect("the batch is stored");
    done.answers.into_iter().next().expect("an answer").expect("the command is valid")
}

/// What becomes of a contact that arrives then, and when its source opens if it waits for that.
fn arrives(node: &mut Node, now: i64) -> (Status, Option<Timestamp>) {
    match outcome_at(node, now, submit(&now.to_string())) {
        Outcome::Contact(contact) => (contact.status, None),
        Outcome::Closed(contact, until) => (contact.status, until),
        other => panic!("{other:?}"),
    }
}

/// A source that is open by a calendar as it is compiled a day before, served by somebody who has room.
fn open(store: &TestStore, calendar: &maitred_calendar::Calendar, before: i64) -> Node {
    let mut node = Node::open(store);
    node.batch(vec![new_source("Bot", Policy::SmoothWeighted), new_operator(100)]);
    node.run(Command::SetWeight(SetWeight { source: SourceId(1), operator: OperatorId(1), weight: 1 }));
    let (new, _) = written(calendar).expect("nothing is wrong with it");
    let Outcome::Calendar(stored) = node.run(Command::CreateCalendar(new)) else { unreachable!("a calendar") };
    set(&mut node, &stored, before);
    node
}

fn set(node: &mut Node, calendar: &Calendar, now: i64) {
    let hours = Compiler::default().hours(calendar, None, Timestamp(now)).expect("nothing is wrong with it");
    let hours = SourceHoursEdit { revision: 0, calendar: Some((CalendarId(1), hours)) };
    let edit = SourceEdit { hours: Some(hours), ..SourceEdit::default() };
    outcome_at(node, now, Command::EditSource(SourceId(1), edit));
}

fn told(store: &TestStore, kind: EventKind) -> Vec<Option<String>> {
    let code = Some(kind.code().to_string());
    store.rows("events").into_iter().filter(|row| row[2] == code).map(|row| row[7].clone()).collect()
}

#[rstest]
// 02:30 is left out: the source opens when clocks go forward, at 01:00Z, and not at 01:30Z.
#[case("Europe/Berlin", json!([["02:30", "10:00"]]), "2027-03-28T01:00:00Z", "2027-03-28T08:00:00Z")]
// A night over the gap has 7 hours, and one over the fold 9 without a gap.
#[case("Europe/Berlin", json!([["22:00", "06:00"]]), "2027-03-27T21:00:00Z", "2027-03-28T04:00:00Z")]
#[case("Europe/Berlin", json!([["22:00", "06:00"]]), "2027-10-30T20:00:00Z", "2027-10-31T05:00:00Z")]
// Edges that exist twice.
#[case("Europe/Berlin", json!([["02:30", "03:30"]]), "2027-10-31T00:30:00Z", "2027-10-31T02:30:00Z")]
// 13:00 in New York on the day on which clocks go forward.
#[case("America/New_York", json!([["13:00", "21:00"]]), "2027-03-14T17:00:00Z", "2027-03-15T01:00:00Z")]
// After lunch.
#[case("UTC", json!([["09:00", "13:00"], ["14:00", "18:00"]]), "2027-03-26T14:00:00Z", "2027-03-26T18:00:00Z")]
fn a_source_opens_and_closes_at_its_moments(
    #[values(sqlite, postgres)] store: fn() -> TestStore,
    #[case] zone: &str,
    #[case] intervals: Value,
    #[case] opens: &str,
    #[case] closes: &str,
) {
    let (opens, closes) = (at(opens), at(closes));
    let store = store();
    let mut node = open(&store, &daily(zone, &intervals), opens - 1_800 * SECOND);
    assert_eq!(arrives(&mut node, opens - SECOND), (Status::Waiting, Some(Timestamp(opens))));
    outcome_at(&mut node, opens - 1, Command::Wake(Timestamp(opens - 1)));
    assert_eq!(told(&store, EventKind::ContactAssigned).len(), 0);
    outcome_at(&mut node, opens, Command::Wake(Timestamp(opens)));
    assert_eq!(told(&store, EventKind::ContactAssigned).len(), 1);
    assert_eq!(arrives(&mut node, closes - SECOND), (Status::Assigned, None));
    let (status, next) = arrives(&mut node, closes);
    assert_eq!(status, Status::Waiting);
    assert!(next.is_some_and(|next| next.0 > closes), "it says when it opens next");
    node.close();
    store.assert_sound();
}

#[rstest]
fn an_opening_that_came_while_no_server_ran_happens_at_the_start(#[values(sqlite, postgres)] store: fn() -> TestStore) {
    let store = store();
    let opens = at("2027-03-28T01:00:00Z");
    let mut node = open(&store, &daily("Europe/Berlin", &json!([["02:30", "10:00"]])), opens - 1_800 * SECOND);
    arrives(&mut node, opens - SECOND);
    node.close();
    let mut node = Node::open(&store);
    assert_eq!(node.engine().next_due(), Some(Timestamp(opens)));
    let now = opens + 300 * SECOND;
    outcome_at(&mut node, now, Command::Wake(Timestamp(now)));
    assert_eq!(told(&store, EventKind::SourceOpened), [Some("{\"late_ms\":300000}".to_owned())]);
    assert_eq!(told(&store, EventKind::ContactAssigned).len(), 1);
    node.close();
    store.assert_sound();
}

#[test]
fn of_two_nodes_on_postgres_one_tells_that_a_source_opened() {
    let store = postgres();
    let opens = at("2027-03-28T01:00:00Z");
    let one = open(&store, &daily("Europe/Berlin", &json!([["02:30", "10:00"]])), opens - 1_800 * SECOND);
    let mut nodes = [one, Node::open(&store)];
    for n in 1..=3 {
        arrives(&mut nodes[n % 2], opens - (4 - n as i64) * SECOND);
    }
    for turn in [0, 1, 1, 0] {
        outcome_at(&mut nodes[turn], opens, Command::Wake(Timestamp(opens)));
    }
    assert_eq!(told(&store, EventKind::SourceOpened).len(), 1);
    assert_eq!(told(&store, EventKind::ContactAssigned).len(), 3);
    nodes.into_iter().for_each(Node::close);
    store.assert_sound();
}

#[rstest]
fn what_waits_goes_to_the_fallback_at_closing(
    #[values(sqlite, postgres)] store: fn() -> TestStore,
    #[values(false, true)] another_node_writes: bool,
) {
    let store = store();
    let closes = at("2027-03-26T17:00:00Z");
    let mut node = open(&store, &daily("UTC", &json!([["09:00", "17:00"]])), closes - 3_600 * SECOND);
    node.batch(vec![new_source("Night", Policy::SmoothWeighted), new_operator(2)]);
    node.run(Command::SetWeight(SetWeight { source: SourceId(2), operator: OperatorId(2), weight: 1 }));
    let edit = SourceEdit { fallback: Some(Some(SourceId(2))), ..SourceEdit::default() };
    node.run(Command::EditSource(SourceId(1), edit));
    let off = OperatorEdit { is_active: Some(false), ..OperatorEdit::default() };
    outcome_at(&mut node, closes - 600 * SECOND, Command::EditOperator(OperatorId(1), off));
    // More than one step moves.
    let waiting = (0..300).map(|n| submit(&format!("waits {n}"))).collect();
    node.carry_out(|_| one_by_one(Timestamp(closes - 500 * SECOND), waiting)).expect("the batch is stored");
    if another_node_writes && matches!(store, TestStore::Postgres(_)) {
        let mut other = Node::open(&store);
        other.run(new_operator(1));
        other.close();
    }
    let mut commands = vec![Command::Wake(Timestamp(closes))];
    while !commands.is_empty() {
        let done = node.carry_out(|_| one_by_one(Timestamp(closes - 1), commands)).expect("the batch is stored");
        commands = done.left_over.into_keys().map(Command::FollowUp).collect();
    }
    let contacts = store.rows("contacts");
    let of = |row: &[Option<String>]| (row[2].clone(), row.last().cloned().flatten());
    let moved = (Some("2".to_owned()), Some("1".to_owned()));
    assert_eq!(contacts.iter().filter(|row| of(row) == moved).count(), 300);
    assert_eq!(told(&store, EventKind::ContactMoved).len(), 300);
    assert_eq!(told(&store, EventKind::ContactAssigned).len(), 2, "as many as there is room for");
    node.close();
    store.assert_sound();
}
