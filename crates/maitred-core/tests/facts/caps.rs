//! Caps: how many contacts somebody gets in an hour, or in the last seconds, and that those who wait get the next room.

use crate::bot::{ANNA, BORIS, BOT, Bot, SECOND};
use maitred_core::availability::{AwayReason, Ineligibility};
use maitred_core::caps::{CapRule, Counts, Unit, Window, ZoneOffsets};
use maitred_core::command::{
    Decline, NewSource, OfferAnswer, OfferEdit, SetCaps, SetSourceCaps, SetWeight, SourceEdit, Submit, Transfer,
};
use maitred_core::decision::{Cause, Replay};
use maitred_core::offer::OfferRules;
use maitred_core::{Command, Contact, EventKind, OperatorId, Rejection, SourceId, Status, Timestamp};

fn at(second: i64) -> Timestamp {
    Timestamp(second * SECOND)
}

fn in_seconds(limit: u32, seconds: u32) -> CapRule {
    CapRule { limit, window: Window::Rolling(seconds), counts: Counts::Assigned, source: None }
}

fn an_hour(limit: u32) -> CapRule {
    let zone = ZoneOffsets { name: "UTC".into(), offsets: [(Timestamp(0), 0)].into() };
    CapRule { window: Window::Clock(Unit::Hour, zone), ..in_seconds(limit, 0) }
}

impl Bot {
    fn cap(&mut self, second: i64, operator: OperatorId, caps: &[CapRule]) {
        self.run(second, Command::SetCaps(SetCaps { operator, caps: caps.to_vec() }));
    }

    fn cap_source(&mut self, second: i64, source: SourceId, caps: &[CapRule]) {
        self.run(second, Command::SetSourceCaps(SetSourceCaps { source, caps: caps.to_vec() }));
    }

    fn held_by(&self, operator: OperatorId) -> usize {
        self.store.contacts.values().filter(|contact| contact.operator == Some(operator)).count()
    }

    fn now(&self, contact: &Contact) -> &Contact {
        &self.store.contacts[&contact.id]
    }
}

#[test]
fn over_the_last_hour_the_fourth_comes_when_the_first_is_an_hour_old() {
    let mut bot = Bot::served_by(&["Anna"], 100);
    bot.cap(0, ANNA, &[in_seconds(3, 3_600)]);
    for second in [0, 100, 200] {
        assert_eq!(bot.submit(second).operator, Some(ANNA));
    }
    let (fourth, fifth) = (bot.submit(300), bot.submit(301));
    assert_eq!((fourth.status, fifth.status), (Status::Waiting, Status::Waiting));
    let capped = bot.operator(ANNA).away_from(BOT, at(301)).map(|away| (away.reason, away.until));
    assert_eq!(capped, Some((AwayReason::Capped, Some(at(3_600)))));
    bot.wake(3_599);
    assert_eq!(bot.held_by(ANNA), 3);
    bot.wake(3_600);
    assert_eq!((bot.now(&fourth).operator, bot.now(&fifth).operator), (Some(ANNA), None));
    bot.wake(3_700);
    assert_eq!(bot.now(&fifth).operator, Some(ANNA));
}

#[test]
fn by_the_clock_all_are_free_at_the_hour() {
    let mut bot = Bot::served_by(&["Anna"], 100);
    bot.cap(0, ANNA, &[an_hour(3)]);
    (0..7).for_each(|n| _ = bot.submit(n * 100));
    assert_eq!(bot.held_by(ANNA), 3);
    bot.wake(3_600);
    assert_eq!(bot.held_by(ANNA), 6);
    bot.wake(7_200);
    assert_eq!(bot.held_by(ANNA), 7);
}

#[test]
fn a_lower_limit_takes_nothing_and_a_higher_one_gives_at_once() {
    let mut bot = Bot::served_by(&["Anna"], 100);
    bot.cap(0, ANNA, &[an_hour(8)]);
    (0..7).for_each(|n| _ = bot.submit(n));
    bot.cap(10, ANNA, &[an_hour(5)]);
    assert_eq!(bot.held_by(ANNA), 7);
    assert_eq!(bot.submit(11).status, Status::Waiting);
    bot.cap(12, ANNA, &[an_hour(8)]);
    assert_eq!(bot.held_by(ANNA), 8, "she had 7 of this hour");
    assert_eq!(bot.submit(13).status, Status::Waiting);
    bot.cap(14, ANNA, &[]);
    assert_eq!(bot.held_by(ANNA), 9);
    assert!(bot.operator(ANNA).caps.is_none());
    let set = bot.store.events.iter().filter(|event| event.kind() == EventKind::OperatorCapsSet).count();
    assert_eq!(set, 4);
}

#[test]
fn what_is_declined_counts_unless_only_what_is_kept_does() {
    for (counts, expected) in [(Counts::Assigned, None), (Counts::Kept, Some(ANNA))] {
        let mut bot = Bot::served_by(&["Anna"], 100);
        let rules = OfferRules { accept_within_s: Some(60), ..OfferRules::default() };
        bot.run(0, Command::EditSource(BOT, SourceEdit { offers: OfferEdit::all(rules), ..SourceEdit::default() }));
        bot.cap(0, ANNA, &[CapRule { counts, ..an_hour(1) }]);
        let offer = OfferAnswer { contact: bot.submit(1).id, operator: None, decision: None };
        bot.run(2, Command::Decline(Decline { offer, reason: None }));
        assert_eq!(bot.submit(3).operator, expected, "{counts:?}");
    }
}

#[test]
fn who_reached_a_cap_keeps_what_they_were_offered() {
    let mut bot = Bot::served_by(&["Anna"], 100);
    let rules = OfferRules { accept_within_s: Some(600), ..OfferRules::default() };
    bot.run(0, Command::EditSource(BOT, SourceEdit { offers: OfferEdit::all(rules), ..SourceEdit::default() }));
    bot.cap(0, ANNA, &[an_hour(1)]);
    let offered = bot.submit(1);
    bot.wake(30);
    assert_eq!(bot.now(&offered).operator, Some(ANNA));
}

#[test]
fn a_cap_may_be_of_one_source_and_others_are_not_held_up() {
    let mut bot = Bot::served_by(&["Anna"], 100);
    let form = SourceId(2);
    bot.run(0, Command::CreateSource(NewSource::named("Form")));
    bot.run(0, Command::SetWeight(SetWeight { source: form, operator: ANNA, weight: 1 }));
    bot.cap(0, ANNA, &[CapRule { source: Some(BOT), ..an_hour(1) }]);
    assert_eq!((bot.submit(1).operator, bot.submit(2).operator), (Some(ANNA), None));
    let of_form = bot.contact_by(3, Command::Submit(Submit::new(form, Vec::new())));
    assert_eq!(of_form.operator, Some(ANNA));
    let unknown = SetCaps { operator: ANNA, caps: vec![CapRule { source: Some(SourceId(9)), ..an_hour(1) }] };
    assert_eq!(bot.try_at(at(4), Command::SetCaps(unknown)), Err(Rejection::UnknownSource(SourceId(9))));
}

/// 50 wait in the morning for two who each get one in thirty seconds.
#[test]
fn the_backlog_of_the_morning_is_handed_out_at_a_pace() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 30);
    for operator in [ANNA, BORIS] {
        bot.cap(0, operator, &[in_seconds(1, 30)]);
    }
    (0..50).for_each(|_| _ = bot.submit(0));
    for step in 0..25 {
        bot.wake(step * 30);
        let held = usize::try_from(step + 1).expect("it is small");
        assert_eq!((bot.held_by(ANNA), bot.held_by(BORIS)), (held, held));
        bot.wake(step * 30 + 29);
        assert_eq!(bot.held_by(ANNA), held, "not a second earlier");
    }
    assert!(bot.store.contacts.values().all(|contact| contact.status == Status::Assigned));
}

#[test]
fn a_person_may_give_beyond_a_cap_and_that_counts() {
    let mut bot = Bot::served_by(&["Anna"], 100);
    bot.cap(0, ANNA, &[in_seconds(1, 60)]);
    bot.submit(0);
    let waiting = bot.submit(1);
    let by_hand = Transfer { contact: waiting.id, from: None, to: Some(ANNA), force: false };
    bot.run(2, Command::Transfer(by_hand));
    let next = bot.submit(3);
    bot.wake(60);
    assert_eq!(bot.now(&next).operator, None, "the last one was given at 2");
    bot.wake(62);
    assert_eq!(bot.now(&next).operator, Some(ANNA));
    let first = bot.store.decisions[&(next.id, 0)].clone();
    let pool = bot.store.pool_of(&first).expect("a policy chose");
    assert_eq!(pool.candidates()[0].ineligibility(), Some(Ineligibility::Capped));
    assert_eq!(first.replay(&pool), maitred_core::decision::Replay::Matches);
}

#[test]
fn a_cap_of_a_source_counts_what_anybody_gets_and_the_rest_waits_for_the_hour() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 100);
    bot.cap_source(0, BOT, &[an_hour(3)]);
    let contacts: Vec<Contact> = (1..6).map(|second| bot.submit(second)).collect();
    assert_eq!(bot.held_by(ANNA) + bot.held_by(BORIS), 3);
    assert_eq!((contacts[3].status, contacts[4].status), (Status::Waiting, Status::Waiting));
    let last = bot.store.decisions.range((contacts[4].id, 0)..).next().expect("a decision").1.clone();
    assert_eq!((last.cause, last.until), (Cause::SourceCapped, Some(at(3_600))));
    let pool = bot.store.pool_of(&last).expect("it was recorded");
    assert_eq!(last.replay(&pool), Replay::Matches);
    bot.wake(3_599);
    assert_eq!(bot.held_by(ANNA) + bot.held_by(BORIS), 3);
    bot.wake(3_600);
    assert_eq!(bot.held_by(ANNA) + bot.held_by(BORIS), 5);
}

#[test]
fn a_pace_of_a_source_hands_out_what_waits_one_by_one() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 100);
    bot.cap_source(0, BOT, &[in_seconds(1, 30)]);
    (0..4).for_each(|second| _ = bot.submit(second));
    for (second, held) in [(29, 1), (30, 2), (59, 2), (60, 3), (90, 4)] {
        bot.wake(second);
        assert_eq!(bot.held_by(ANNA) + bot.held_by(BORIS), held, "at {second}");
    }
}

#[test]
fn a_cap_of_a_source_holds_up_no_other_source_and_no_person() {
    let mut bot = Bot::served_by(&["Anna"], 100);
    let form = SourceId(2);
    bot.run(0, Command::CreateSource(NewSource::named("Form")));
    bot.run(0, Command::SetWeight(SetWeight { source: form, operator: ANNA, weight: 1 }));
    bot.cap_source(0, BOT, &[an_hour(1)]);
    assert_eq!((bot.submit(1).operator, bot.submit(2).operator), (Some(ANNA), None));
    let of_form = bot.contact_by(3, Command::Submit(Submit::new(form, Vec::new())));
    assert_eq!(of_form.operator, Some(ANNA));
    let waits = bot.submit(4);
    bot.run(5, Command::Transfer(Transfer { contact: waits.id, from: None, to: Some(ANNA), force: false }));
    assert_eq!(bot.now(&waits).operator, Some(ANNA), "what a person decides is not refused");
    bot.cap_source(6, BOT, &[an_hour(3)]);
    assert_eq!(bot.held_by(ANNA), 4, "two count of this hour, so one more is given at once");
    bot.cap_source(7, BOT, &[]);
    assert!(bot.store.sources[&BOT].caps.is_none());
    let set = bot.store.events.iter().filter(|event| event.kind() == EventKind::SourceCapsSet).count();
    assert_eq!(set, 3);
}

#[test]
fn a_source_gets_back_what_was_not_kept() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 1);
    bot.cap_source(0, BOT, &[CapRule { counts: Counts::Kept, ..an_hour(2) }]);
    let first = bot.submit(1);
    bot.run(2, Command::Transfer(Transfer { contact: first.id, from: None, to: None, force: false }));
    assert!(bot.now(&first).operator.is_some(), "released, and given to the other");
    assert!(bot.submit(3).operator.is_some(), "one of two is kept");
    assert_eq!(bot.submit(4).operator, None);
}

#[test]
fn a_capped_source_is_not_closed_for_its_fallback() {
    let mut bot = Bot::served_by(&["Anna"], 100);
    let night = SourceId(2);
    bot.run(0, Command::CreateSource(NewSource::named("Night")));
    bot.run(0, Command::SetWeight(SetWeight { source: night, operator: ANNA, weight: 1 }));
    bot.run(0, Command::EditSource(BOT, SourceEdit { fallback: Some(Some(night)), ..SourceEdit::default() }));
    bot.cap_source(0, BOT, &[an_hour(1)]);
    bot.submit(1);
    let waits = bot.submit(2);
    assert_eq!((waits.source, waits.operator), (BOT, None));
}

#[test]
fn what_a_cap_of_a_source_counts_no_longer_goes_to_those_who_wait_first() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 5);
    bot.cap_source(0, BOT, &[CapRule { counts: Counts::Kept, ..an_hour(1) }]);
    let (first, second) = (bot.submit(1), bot.submit(2));
    let holder = first.operator.expect("there was room");
    // Who releases it serves the source no longer.
    bot.run(3, Command::RemoveWeight(BOT, holder));
    bot.run(4, Command::Transfer(Transfer { contact: first.id, from: None, to: None, force: false }));
    assert!(bot.now(&second).operator.is_some_and(|operator| operator != holder));
    assert_eq!(bot.now(&first).operator, None, "the cap is reached again");
}

#[test]
fn the_slot_and_the_room_that_a_release_makes_together_go_to_who_waits() {
    let mut bot = Bot::served_by(&["Anna"], 1);
    bot.cap_source(0, BOT, &[CapRule { counts: Counts::Kept, ..an_hour(1) }]);
    let (first, second) = (bot.submit(1), bot.submit(2));
    bot.run(3, Command::Transfer(Transfer { contact: first.id, from: None, to: None, force: false }));
    assert_eq!((bot.now(&second).operator, bot.now(&first).operator), (Some(ANNA), None));
}
