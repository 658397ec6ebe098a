//! Contacts in hand when their operator leaves: taken after a while, kept by who is back before.

use crate::bot::{ANNA, BORIS, BOT, Bot, SECOND};
use maitred_core::command::{
    ContactEdit, HoursEdit, NewCalendar, OfferAnswer, OfferEdit, OperatorEdit, ReleaseEdit, SourceEdit, Transfer,
};
use maitred_core::decision::{Cause, Replay};
use maitred_core::hours::Hours;
use maitred_core::intervals::{Interval, Intervals};
use maitred_core::limits::DRAIN_MAX;
use maitred_core::release::{Absence, ReleaseRules};
use maitred_core::{CalendarId, Command, ContactId, EventDetail, OperatorId, Status, Timestamp};
use std::sync::Arc;

fn at(second: i64) -> Timestamp {
    Timestamp(second * SECOND)
}

/// Anna and Boris take turns, beginning with Anna.
fn releasing(max_load: u32, away_release_s: Option<u32>, shift_end_release_s: Option<u32>) -> Bot {
    let mut bot = Bot::served_by(&["Anna", "Boris"], max_load);
    bot.set_releases(0, ReleaseRules { away_release_s, shift_end_release_s });
    bot
}

impl Bot {
    fn set_releases(&mut self, second: i64, rules: ReleaseRules) {
        let edit = SourceEdit { releases: ReleaseEdit::all(rules), ..SourceEdit::default() };
        self.run(second, Command::EditSource(BOT, edit));
    }

    fn asked_to_be_heard(&mut self, second: i64, operator: OperatorId) {
        let edit = OperatorEdit { away_after_s: Some(Some(120)), ..OperatorEdit::default() };
        self.run(second, Command::EditOperator(operator, edit));
    }

    fn works(&mut self, second: i64, operator: OperatorId, shifts: &[(i64, i64)], until: i64) {
        let revision = self.operator(operator).hours_revision;
        if self.store.calendars.is_empty() {
            let calendar = NewCalendar { name: "Days".into(), definition: "{}".into() };
            self.run(second, Command::CreateCalendar(calendar));
        }
        let hours = Hours {
            calendar_version: 1,
            span: Interval::new(at(0), at(until)),
            open: shifts.iter().map(|(from, until)| Interval::new(at(*from), at(*until))).collect(),
            leave: Intervals::default(),
            stamp: "2026e-h1".into(),
        };
        let hours = HoursEdit { revision, calendar: Some((CalendarId(1), Arc::new(hours))), personal: None };
        let edit = OperatorEdit { hours: Some(hours), ..OperatorEdit::default() };
        self.run(second, Command::EditOperator(operator, edit));
    }

    fn has(&self, contact: ContactId) -> Option<OperatorId> {
        self.store.contacts[&contact].operator
    }

    fn release_at(&self, contact: ContactId) -> Option<Timestamp> {
        self.store.contacts[&contact].release_at
    }

    fn released(&self) -> Vec<(Option<ContactId>, EventDetail)> {
        let is_release = |detail| matches!(detail, EventDetail::ContactReleased { .. });
        let events = self.store.events.iter().filter(|event| is_release(event.detail));
        events.map(|event| (event.contact, event.detail)).collect()
    }
}

fn left(from: OperatorId, absence: Absence, late_ms: i64) -> EventDetail {
    EventDetail::ContactReleased { from: Some(from), absence: Some(absence), late_ms: Some(late_ms) }
}

#[test]
fn what_somebody_had_goes_to_others_when_they_were_away_for_so_long() {
    let mut bot = releasing(5, Some(600), None);
    bot.asked_to_be_heard(0, ANNA);
    let (first, of_boris, second) = (bot.submit(1).id, bot.submit(2).id, bot.submit(3).id);
    bot.wake(120);
    assert_eq!((bot.release_at(first), bot.release_at(of_boris)), (Some(at(720)), None));
    assert_eq!(bot.store.contacts[&first].updated_at, at(1), "nobody edited it");
    let last = Timestamp(720 * SECOND - 1);
    bot.try_at(last, Command::Wake(last)).expect("it is carried out");
    assert_eq!(bot.has(first), Some(ANNA), "at 719.999999 s");
    bot.wake(720);
    assert_eq!([first, second].map(|id| bot.has(id)), [Some(BORIS); 2]);
    let expected = [first, second].map(|id| (Some(id), left(ANNA, Absence::HolderAway, 0)));
    assert_eq!(bot.released(), expected);
    let decision = &bot.store.decisions[&(first, 1)];
    assert_eq!(decision.cause, Cause::HolderLeft);
    let pool = bot.store.pool_of(decision).expect("a policy chose");
    assert_eq!(decision.replay(&pool), Replay::Matches);
    assert_eq!(bot.operator(ANNA).current_load, 0);
    let events = bot.store.events.len();
    bot.wake(720);
    assert_eq!(bot.store.events.len(), events, "waking twice changes nothing");
}

#[test]
fn who_is_back_before_keeps_what_they_had() {
    let mut bot = releasing(5, Some(600), None);
    bot.asked_to_be_heard(0, ANNA);
    let contact = bot.submit(1).id;
    bot.wake(120);
    bot.run(719, Command::Beat(ANNA));
    assert_eq!((bot.has(contact), bot.release_at(contact)), (Some(ANNA), None));
    assert!(!bot.operator(ANNA).has_marks);
    bot.wake(838);
    bot.wake(839);
    assert_eq!(bot.release_at(contact), Some(at(839 + 600)), "another absence begins at its own moment");
    bot.wake(1_439);
    assert_eq!(bot.has(contact), Some(BORIS));
}

#[test]
fn at_the_end_of_a_shift_offers_go_at_once_and_what_was_accepted_after_a_while() {
    let mut bot = releasing(5, None, Some(900));
    let offers = OfferEdit { accept_within_s: Some(Some(3_600)), ..OfferEdit::default() };
    bot.run(0, Command::EditSource(BOT, SourceEdit { offers, ..SourceEdit::default() }));
    bot.works(0, ANNA, &[(0, 18_000), (40_000, 50_000)], 90_000);
    let (accepted, _, offered) = (bot.submit(17_000).id, bot.submit(17_001).id, bot.submit(17_002).id);
    let answer = OfferAnswer { contact: accepted, operator: Some(ANNA), decision: None };
    bot.run(17_003, Command::Accept(answer));
    bot.wake(18_000);
    assert_eq!((bot.has(offered), bot.has(accepted)), (Some(BORIS), Some(ANNA)));
    assert_eq!(bot.release_at(accepted), Some(at(18_900)));
    bot.wake(18_899);
    assert_eq!(bot.has(accepted), Some(ANNA), "at 18:14:59");
    bot.wake(18_900);
    assert_eq!(bot.has(accepted), Some(BORIS), "at 18:15:00");
    assert_eq!(bot.released(), [(Some(accepted), left(ANNA, Absence::ShiftEnded, 0))]);
}

#[test]
fn without_a_rule_nothing_moves_and_a_change_is_for_the_next_absence() {
    let mut bot = releasing(5, None, None);
    bot.works(0, ANNA, &[(0, 100), (200, 300)], 10_000);
    let contact = bot.submit(1).id;
    bot.wake(100);
    bot.set_releases(110, ReleaseRules { away_release_s: None, shift_end_release_s: Some(10) });
    bot.wake(150);
    assert_eq!((bot.has(contact), bot.release_at(contact)), (Some(ANNA), None));
    bot.wake(200);
    bot.wake(300);
    assert_eq!(bot.release_at(contact), Some(at(310)));
    bot.set_releases(305, ReleaseRules::default());
    bot.wake(310);
    assert_eq!(bot.has(contact), Some(BORIS), "what was said when she left");
}

#[test]
fn the_first_of_two_absences_counts() {
    let mut bot = releasing(5, Some(500), Some(30));
    bot.works(0, ANNA, &[(0, 200)], 10_000);
    bot.asked_to_be_heard(0, ANNA);
    let contact = bot.submit(1).id;
    bot.wake(120);
    assert_eq!(bot.release_at(contact), Some(at(620)));
    bot.wake(200);
    assert_eq!(bot.release_at(contact), Some(at(230)));
    bot.run(210, Command::Beat(ANNA));
    assert_eq!(bot.release_at(contact), Some(at(230)), "she is there, and off shift");
    bot.wake(230);
    assert_eq!(bot.released(), [(Some(contact), left(ANNA, Absence::ShiftEnded, 0))]);
}

#[test]
fn what_came_while_no_server_ran_happens_at_the_start_unless_they_are_back() {
    let mut bot = releasing(5, None, Some(10));
    bot.works(0, ANNA, &[(0, 100), (200, 300)], 10_000);
    let (contact, of_boris) = (bot.submit(1).id, bot.submit(2).id);
    bot.wake(250);
    assert_eq!(bot.has(contact), Some(ANNA), "her next shift has begun");
    bot.wake(360);
    assert_eq!(bot.has(contact), Some(BORIS));
    assert_eq!(bot.released(), [(Some(contact), left(ANNA, Absence::ShiftEnded, 50_000))]);
    assert_eq!(bot.has(of_boris), Some(BORIS));
}

#[test]
fn they_wait_in_their_order_when_nobody_else_has_room() {
    let mut bot = Bot::served_by(&["Anna"], 5);
    bot.set_releases(0, ReleaseRules { away_release_s: Some(0), shift_end_release_s: None });
    bot.asked_to_be_heard(0, ANNA);
    let contacts: Vec<ContactId> = (1..4).map(|second| bot.submit(second).id).collect();
    let urgent = Command::EditContact(contacts[2], ContactEdit { priority: Some(9), ..ContactEdit::default() });
    bot.run(4, urgent);
    bot.wake(120);
    assert!(contacts.iter().all(|id| bot.store.contacts[id].status == Status::Waiting), "at once, with 0 seconds");
    let released: Vec<_> = bot.released().into_iter().filter_map(|(contact, _)| contact).collect();
    assert_eq!(released, contacts);
    let edit = OperatorEdit { max_load: Some(1), ..OperatorEdit::default() };
    bot.run(121, Command::EditOperator(ANNA, edit));
    bot.run(122, Command::Beat(ANNA));
    assert_eq!(contacts.iter().map(|id| bot.has(*id)).collect::<Vec<_>>(), [None, None, Some(ANNA)]);
}

#[test]
fn what_a_person_gives_to_one_who_left_stays_with_them() {
    let mut bot = releasing(5, Some(60), None);
    bot.asked_to_be_heard(0, ANNA);
    let contact = bot.submit(1).id;
    bot.wake(120);
    bot.run(130, Command::Transfer(Transfer { contact, from: None, to: Some(BORIS), force: false }));
    assert_eq!(bot.release_at(contact), None);
    bot.run(140, Command::Transfer(Transfer { contact, from: None, to: Some(ANNA), force: true }));
    bot.wake(1_000);
    assert_eq!(bot.has(contact), Some(ANNA));
}

#[test]
fn more_than_one_command_may_take_are_marked_and_taken_by_several() {
    let most = DRAIN_MAX as u32 + 44;
    let mut bot = releasing(2 * most, Some(60), None);
    bot.asked_to_be_heard(0, ANNA);
    let contacts: Vec<ContactId> = (0..2 * most).map(|_| bot.submit(1).id).collect();
    assert_eq!(bot.operator(ANNA).current_load, most);
    bot.wake(120);
    let of_anna: Vec<ContactId> = contacts.iter().copied().filter(|id| bot.has(*id) == Some(ANNA)).collect();
    assert!(of_anna.iter().all(|id| bot.release_at(*id) == Some(at(180))));
    assert!(bot.operator(ANNA).has_marks && bot.operator(ANNA).marking.is_none());
    bot.wake(180);
    assert_eq!(bot.operator(ANNA).current_load, most - DRAIN_MAX as u32, "one wake takes so many");
    bot.wake(180);
    assert_eq!((bot.operator(ANNA).current_load, bot.operator(BORIS).current_load), (0, 2 * most));
    bot.run(181, Command::Beat(ANNA));
    assert!(!bot.operator(ANNA).has_marks);
}
