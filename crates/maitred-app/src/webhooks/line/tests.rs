//! What an endpoint gets when, over a feed and a clock that a test makes.

use super::*;
use maitred_core::{Actor, ContactId, Event, EventDetail, EventKind, SourceId};
use maitred_store::endpoints::{Health, Wanted};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;

fn endpoint() -> Endpoint {
    Endpoint {
        id: EndpointId(1),
        url: "https://example.com/".into(),
        format: EndpointFormat::Events,
        wanted: Wanted::default(),
        secret: [1; 32],
        old_secret: None,
        created_at: Timestamp(0),
        created_by: Actor::System,
        disabled: None,
        is_announced: false,
        generation: 1,
        position: 0,
        health: Health { delivered_at: Some(Timestamp(0)), ..Health::default() },
        replay: None,
    }
}

fn event(position: i64, contact: i64) -> PlacedEvent {
    let event = Event {
        at: Timestamp(position),
        detail: EventDetail::ContactResolved,
        actor: None,
        contact: Some(ContactId(contact)),
        source: Some(SourceId(1)),
        operator: None,
        lead: None,
        demo: false,
    };
    PlacedEvent { position, event }
}

/// A feed of the events of these contacts, from position 1 on.
fn feed(contacts: &[i64]) -> Vec<PlacedEvent> {
    (1..).zip(contacts).map(|(position, contact)| event(position, *contact)).collect()
}

fn line(contacts: &[i64]) -> Line {
    let mut line = Line::new(endpoint(), &[]);
    line.take_in(&feed(contacts));
    line
}

fn started(line: &mut Line, now: i64) -> Vec<i64> {
    line.start(Timestamp(now), 100).into_iter().map(|(position, ..)| position).collect()
}

fn end(line: &mut Line, position: i64, status: u16, now: i64) {
    let error = (!(200..300).contains(&status)).then(|| format!("it answered {status}"));
    let attempt = Attempt { status: Some(status), error, ..Attempt::default() };
    let sent = Sent { attempt: &attempt, number: 1, r#type: "contact.resolved", now: Timestamp(now) };
    line.ended(&event(position, 1), sent);
}

#[test]
fn an_event_waits_for_the_earlier_one_of_its_contact_and_for_no_other() {
    let mut line = line(&[1, 2, 1, 3]);
    assert_eq!(started(&mut line, 0), [1, 2, 4]);
    end(&mut line, 1, 500, 0);
    end(&mut line, 4, 200, 0);
    assert_eq!(started(&mut line, 0), [0; 0], "the second of contact 1 waits for the first");
    let noted = line.notes().unwrap();
    assert_eq!(noted.position, 1, "the second event is still being sent");
    let undelivered: Vec<_> =
        noted.undelivered.iter().map(|it| (it.position, it.tries, it.next_at.is_some())).collect();
    assert_eq!(undelivered, [(1, 1, true), (3, 0, false)]);
    end(&mut line, 2, 200, 0);
    assert_eq!(line.notes().unwrap().position, 4, "what failed does not hold up the position");
    assert_eq!(started(&mut line, 6 * SECOND), [1]);
    end(&mut line, 1, 200, 6 * SECOND);
    assert_eq!(started(&mut line, 6 * SECOND), [3], "in order");
    end(&mut line, 3, 200, 6 * SECOND);
    assert_eq!(line.notes().unwrap().settled, [1, 3]);
}

#[test]
fn what_is_stored_goes_on_where_it_was() {
    let mut before = line(&[1, 1]);
    started(&mut before, 0);
    end(&mut before, 1, 500, 0);
    let noted = before.notes().unwrap();
    let stored = Endpoint { position: noted.position, health: noted.health, ..endpoint() };
    let mut after = Line::new(stored, &noted.undelivered);
    assert_eq!(after.wants_behind(), Some(2));
    assert_eq!(started(&mut after, SECOND), [0; 0]);
    assert_eq!(started(&mut after, 6 * SECOND), [1]);
}

#[test]
fn tries_come_at_the_times_of_the_specification_and_end() {
    let mut line = line(&[1]);
    let (mut now, mut rests) = (0, Vec::new());
    for _ in 0..TRIES_MAX {
        assert_eq!(started(&mut line, now), [1]);
        // Others reach the endpoint meanwhile: it is the event that fails.
        line.endpoint.health.failing_since = None;
        end(&mut line, 1, 500, now);
        let Some(next) = line.next_at(Timestamp(now)) else { break };
        rests.push((next.0 - now) / SECOND);
        now = next.0;
    }
    let least = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
    assert!(rests.iter().zip(least).all(|(rest, least)| (least..=least * 11 / 10).contains(rest)), "{rests:?}");
    assert_eq!(rests.len(), 9);
    let noted = line.notes().unwrap();
    assert_eq!((noted.settled.as_slice(), noted.undelivered.len(), noted.position), (&[1][..], 0, 1));
    let last = noted.deliveries.last().unwrap();
    assert!(last.error.as_ref().unwrap().contains("given up"));
}

#[test]
fn an_endpoint_that_only_fails_is_disabled_after_five_days_and_loses_nothing() {
    let mut line = line(&[1]);
    let mut now = 0;
    let mut tries = 0;
    while line.endpoint.disabled.is_none() {
        assert_eq!(started(&mut line, now), [1]);
        end(&mut line, 1, 500, now);
        tries += 1;
        now = line.next_at(Timestamp(now)).map_or(now, |next| next.0);
    }
    assert!((FAILING_MICROS_MAX..FAILING_MICROS_MAX + 48 * HOUR).contains(&now) && tries > TRIES_MAX);
    let noted = line.notes().unwrap();
    assert_eq!(noted.fault.map(|(fault, _)| fault), Some(EndpointFault::Failing));
    assert_eq!(noted.undelivered.len(), 1, "it is sent when the endpoint is enabled again");
    assert_eq!((started(&mut line, now + 99 * HOUR), line.wants_behind()), (Vec::new(), None));
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_at_once() {
    let mut line = line(&[1, 2]);
    started(&mut line, 0);
    end(&mut line, 1, 410, 0);
    let noted = line.notes().unwrap();
    assert_eq!(noted.fault, Some((EndpointFault::Gone, Timestamp(0))));
    // What is under way may still arrive.
    end(&mut line, 2, 200, 0);
    assert_eq!(line.notes().unwrap().position, 2);
}

#[test]
fn an_endpoint_that_has_too_much_to_do_is_left_alone() {
    let mut line = line(&[1, 2, 3]);
    assert_eq!(line.start(Timestamp(0), 2).len(), 2);
    end(&mut line, 1, 429, 0);
    assert_eq!(started(&mut line, 59 * SECOND), [0; 0], "not even another contact");
    assert_eq!(line.next_at(Timestamp(0)), Some(Timestamp(60 * SECOND)));
    assert_eq!(started(&mut line, 60 * SECOND), [1, 3]);
}

#[test]
fn an_endpoint_that_is_down_is_tried_with_something_new_once_a_minute_and_then_gets_everything() {
    let contacts: Vec<i64> = (1..=40).collect();
    let mut line = line(&contacts);
    for _ in 0..2 {
        for position in started(&mut line, 0) {
            end(&mut line, position, 500, 0);
        }
    }
    assert!(line.is_down());
    assert_eq!(line.notes().unwrap().deliveries.len(), CALLS_OF_ONE_MAX + 1, "and one to see whether it is back");
    assert_eq!(started(&mut line, SECOND), [0; 0]);
    assert_eq!(line.start(Timestamp(6 * SECOND), 1).len(), 1, "the first is tried again");
    end(&mut line, 1, 200, 6 * SECOND);
    assert_eq!(started(&mut line, 6 * SECOND).len(), CALLS_OF_ONE_MAX, "what failed does not wait any longer");
}

#[test]
fn no_more_is_read_than_there_is_room_for() {
    let contacts: Vec<i64> = (1..=200).collect();
    let mut line = line(&contacts);
    assert_eq!(line.read_to, AHEAD_MAX as i64);
    assert_eq!(line.wants_behind(), None);
    let first = started(&mut line, 0);
    assert_eq!(first.len(), CALLS_OF_ONE_MAX);
    end(&mut line, first[0], 200, 0);
    assert_eq!(line.wants_behind(), Some(AHEAD_MAX as i64));
}

#[test]
fn what_is_not_wanted_is_passed_over() {
    let mut wants_none = endpoint();
    wants_none.wanted.kinds = Some([EventKind::ContactCreated].into());
    let mut line = Line::new(wants_none, &[]);
    line.take_in(&feed(&[1, 2, 3]));
    line.note_position(Timestamp(4 * SECOND));
    assert!(line.notes().is_none(), "not for every event");
    line.note_position(Timestamp(5 * SECOND));
    assert_eq!(started(&mut line, 0), [0; 0]);
    assert_eq!(line.notes().unwrap().position, 3);
}

#[test]
fn what_is_sent_again_is_in_order_with_the_rest() {
    let mut endpoint = endpoint();
    (endpoint.position, endpoint.replay) = (4, Some(Replay { position: 1, to: 3 }));
    let mut line = Line::new(endpoint, &[]);
    let all = feed(&[1, 1, 2, 3, 1]);
    line.take_in(&all[4..]);
    assert_eq!(line.wants_again_behind(), Some(1));
    line.take_in_again(&all[1..], false);
    assert_eq!(line.wants_again_behind(), None);
    assert_eq!(started(&mut line, 0), [2, 3], "the new event of contact 1 waits");
    end(&mut line, 3, 200, 0);
    assert_eq!(line.notes().unwrap().replay, Some(Replay { position: 1, to: 3 }));
    end(&mut line, 2, 200, 0);
    assert_eq!(started(&mut line, 0), [5]);
    let noted = line.notes().unwrap();
    assert_eq!((noted.replay, noted.position), (None, 4));
}

#[test]
fn what_is_being_sent_while_somebody_changes_the_endpoint_is_not_sent_twice() {
    let mut line = line(&[1, 2]);
    assert_eq!(started(&mut line, 0), [1, 2]);
    line.change(Endpoint { generation: 2, ..endpoint() }, &[]);
    end(&mut line, 1, 200, 0);
    line.take_in(&feed(&[1, 2]));
    assert_eq!(started(&mut line, 0), [0; 0]);
    end(&mut line, 2, 200, 0);
    let noted = line.notes().unwrap();
    assert_eq!((noted.position, noted.generation, noted.deliveries.len()), (2, 2, 2));
}

#[test]
fn an_endpoint_that_never_took_anything_is_called_a_few_times_at_once() {
    let mut endpoint = endpoint();
    endpoint.health = Health::default();
    let mut line = Line::new(endpoint, &[]);
    line.take_in(&feed(&[1, 2, 3, 4, 5, 6]));
    assert_eq!(started(&mut line, 0), [1, 2, 3, 4]);
    end(&mut line, 1, 200, 0);
    assert_eq!(started(&mut line, 0), [5, 6]);
}

#[test]
fn what_an_endpoint_says_is_kept_in_part_and_without_what_a_database_refuses() {
    let mut line = line(&[1]);
    assert_eq!(started(&mut line, 0), [1]);
    let long = format!("no\0{}", "x".repeat(5_000));
    let attempt = Attempt { status: Some(400), error: Some(long.clone()), answer: Some(long), ..Attempt::default() };
    let sent = Sent { attempt: &attempt, number: 1, r#type: "contact.resolved", now: Timestamp(0) };
    line.ended(&event(1, 1), sent);
    let noted = line.notes().expect("notes");
    let delivery = &noted.deliveries[0];
    for text in [&delivery.error, &delivery.answer] {
        let text = text.as_deref().expect("a text");
        assert!(text.starts_with("nox") && text.chars().count() == 1_000, "{text}");
    }
}

#[test]
fn an_event_that_there_is_nothing_to_send_of_says_nothing_about_the_endpoint() {
    let mut line = line(&[1, 2, 3]);
    assert_eq!(started(&mut line, 0), [1, 2, 3]);
    end(&mut line, 1, 500, 0);
    line.passed_over(2);
    line.put_back(3, Timestamp(0));
    let noted = line.notes().expect("notes");
    assert_eq!((noted.health.failures, noted.deliveries.len()), (1, 1), "of the one that failed");
    assert_eq!(started(&mut line, SECOND / 2), [0; 0]);
    assert_eq!(started(&mut line, SECOND), [3], "it was not lost, and the other is over");
}
