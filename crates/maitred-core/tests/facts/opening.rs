//! Hours of sources: what arrives while a source is closed waits, and is given to somebody the moment that it opens.

use crate::bot::{ANNA, BORIS, BOT, Bot, SECOND};
use maitred_core::command::{
    CalendarUsers, ContactEdit, Decline, DeleteSource, NewCalendar, NewSource, OfferAnswer, OfferEdit, SetWeight,
    SourceEdit, SourceHoursEdit, Submit, Transfer, UrgencyEdit,
};
use maitred_core::decision::{Cause, Replay};
use maitred_core::hours::Hours;
use maitred_core::intervals::Interval;
use maitred_core::offer::OfferRules;
use maitred_core::opening::{Closed, ClosedReason};
use maitred_core::{
    CalendarId, Command, Contact, EventDetail, Outcome, Rejection, Source, SourceId, Status, Timestamp,
};
use std::sync::Arc;

const DAYS: CalendarId = CalendarId(1);
const OTHER: SourceId = SourceId(2);
/// The end of what is known of the hours in these tests.
const KNOWN_UNTIL: i64 = 1_000;

/// Open in these seconds.
fn hours(open: &[(i64, i64)], version: u32) -> (CalendarId, Arc<Hours>) {
    let at = |second: i64| Timestamp(second * SECOND);
    let open = open.iter().map(|(from, until)| Interval::new(at(*from), at(*until))).collect();
    let span = Interval::new(at(-100), at(KNOWN_UNTIL));
    let hours = Hours { calendar_version: version, span, open, leave: Default::default(), stamp: "2026e-h1".into() };
    (DAYS, Arc::new(hours))
}

impl Bot {
    /// With a calendar that nobody goes by.
    pub fn by_calendar(names: &[&str], max_load: u32) -> Self {
        let mut bot = Self::served_by(names, max_load);
        bot.run(0, Command::CreateCalendar(NewCalendar { name: "Days".into(), definition: "{}".into() }));
        bot
    }

    pub fn source(&self, id: SourceId) -> &Source {
        &self.store.sources[&id]
    }

    pub fn open(&mut self, second: i64, id: SourceId, open: &[(i64, i64)]) {
        let revision = self.source(id).hours_revision;
        let edit = SourceHoursEdit { revision, calendar: Some(hours(open, 1)) };
        self.run(second, set(id, edit));
    }

    /// What becomes of a contact that arrives, and when its source opens, if that is said.
    pub fn arrive(&mut self, second: i64, source: SourceId) -> (Contact, Option<i64>) {
        match self.run(second, Command::Submit(Submit::new(source, Vec::new()))) {
            Outcome::Contact(contact) => (contact, None),
            Outcome::Closed(contact, until) => (contact, until.map(|until| until.0 / SECOND)),
            other => panic!("{other:?}"),
        }
    }

    fn told(&self, id: SourceId) -> Vec<EventDetail> {
        let events = self.store.events.iter().filter(|event| event.contact.is_none() && event.source == Some(id));
        use EventDetail::{SourceClosed, SourceHoursEnded, SourceOpened};
        let told = events.map(|event| event.detail);
        told.filter(|it| matches!(it, SourceOpened { .. } | SourceClosed { .. } | SourceHoursEnded { .. })).collect()
    }
}

fn set(id: SourceId, hours: SourceHoursEdit) -> Command {
    Command::EditSource(id, SourceEdit { hours: Some(hours), ..SourceEdit::default() })
}

#[test]
fn the_time_to_respond_is_open_time() {
    let mut bot = Bot::by_calendar(&["Anna"], 9);
    let urgency = UrgencyEdit { respond_within_s: Some(Some(60)), ..UrgencyEdit::default() };
    bot.run(0, Command::EditSource(BOT, SourceEdit { urgency, ..SourceEdit::default() }));
    bot.open(1, BOT, &[(60, 100), (120, 200), (900, 950)]);
    let due = |contact: &Contact| contact.respond_by.map(|at| at.0 / SECOND);
    // 30 seconds before the closing, and 30 from the opening on.
    let (contact, _) = bot.arrive(70, BOT);
    assert_eq!(due(&contact), Some(150));
    let (closed, _) = bot.arrive(101, BOT);
    assert_eq!(due(&closed), Some(180), "nothing of it passes before the opening");
    let (late, _) = bot.arrive(195, BOT);
    assert_eq!(due(&late), None, "so far ahead hours are not known");
    bot.wake(149);
    assert_eq!(bot.store.contacts[&contact.id].overdue_at, None);
    bot.wake(150);
    assert_eq!(bot.store.contacts[&contact.id].overdue_at, Some(Timestamp(150 * SECOND)));
}

#[test]
fn a_contact_waits_for_the_first_moment_of_opening_and_the_last_one_is_closed() {
    let mut bot = Bot::by_calendar(&["Anna"], 9);
    bot.open(1, BOT, &[(60, 100), (120, 200)]);
    let (early, opens_at) = bot.arrive(2, BOT);
    assert_eq!((early.status, opens_at), (Status::Waiting, Some(60)));
    let before = Timestamp(60 * SECOND - 1);
    bot.try_at(before, Command::Wake(before)).expect("it is carried out");
    assert_eq!(bot.operator(ANNA).current_load, 0);
    bot.wake(60);
    let opened = bot.contact(early.id);
    assert_eq!((opened.operator, opened.assigned_at), (Some(ANNA), Some(Timestamp(60 * SECOND))));
    assert_eq!(bot.arrive(99, BOT).0.operator, Some(ANNA));
    assert_eq!(bot.arrive(100, BOT).1, Some(120), "nobody woke, and it is closed all the same");
    bot.wake(100);
    bot.wake(121);
    let happened = [
        EventDetail::SourceOpened { late_ms: 0 },
        EventDetail::SourceClosed { late_ms: 0 },
        EventDetail::SourceOpened { late_ms: 1_000 },
    ];
    assert_eq!((bot.told(BOT), bot.operator(ANNA).current_load), (happened.to_vec(), 3));
    let events = bot.store.events.len();
    bot.wake(121);
    assert_eq!(bot.store.events.len(), events, "waking twice changes nothing");
}

#[test]
fn openings_that_passed_while_nothing_ran_are_not_told_one_by_one() {
    let mut bot = Bot::by_calendar(&["Anna"], 9);
    bot.open(1, BOT, &[(60, 100), (120, 140), (160, 200)]);
    let (contact, _) = bot.arrive(2, BOT);
    bot.wake(150);
    assert_eq!((bot.told(BOT), bot.contact(contact.id).status), (Vec::new(), Status::Waiting));
    bot.wake(170);
    assert_eq!(bot.told(BOT), [EventDetail::SourceOpened { late_ms: 10_000 }]);
    assert_eq!(bot.contact(contact.id).operator, Some(ANNA));
}

#[test]
fn at_opening_contacts_go_by_priority_and_arrival_across_all_sources() {
    let mut bot = Bot::by_calendar(&["Anna"], 2);
    bot.run(0, Command::CreateSource(NewSource::named("Other")));
    bot.run(0, Command::SetWeight(SetWeight { source: OTHER, operator: ANNA, weight: 1 }));
    bot.open(1, BOT, &[(60, 100)]);
    bot.open(1, OTHER, &[(60, 100)]);
    let first = bot.arrive(2, OTHER).0.id;
    let second = bot.arrive(3, BOT).0.id;
    let urgent = bot.arrive(4, BOT).0.id;
    bot.run(5, Command::EditContact(urgent, ContactEdit { priority: Some(5), ..ContactEdit::default() }));
    bot.wake(60);
    let given = [first, second, urgent].map(|id| bot.contact(id).operator);
    assert_eq!(given, [Some(ANNA), None, Some(ANNA)]);
}

#[test]
fn a_closed_source_gives_nothing_away_and_others_do() {
    let mut bot = Bot::by_calendar(&["Anna"], 1);
    bot.run(0, Command::CreateSource(NewSource::named("Other")));
    bot.run(0, Command::SetWeight(SetWeight { source: OTHER, operator: ANNA, weight: 1 }));
    bot.open(1, BOT, &[(60, 100)]);
    let held = bot.arrive(2, OTHER).0.id;
    let closed = bot.arrive(3, BOT).0.id;
    let open = bot.arrive(4, OTHER).0.id;
    let resolved = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    bot.run(5, Command::EditContact(held, resolved));
    assert_eq!((bot.contact(open).operator, bot.contact(closed).operator), (Some(ANNA), None), "though it came first");
}

#[test]
fn what_was_in_hand_stays_and_a_person_may_give_what_waits() {
    let mut bot = Bot::by_calendar(&["Anna", "Boris"], 9);
    let held = bot.arrive(1, BOT).0;
    bot.open(2, BOT, &[(60, 100)]);
    let waits = bot.arrive(3, BOT).0.id;
    assert_eq!(bot.contact(held.id).operator, held.operator);
    let by_hand = Transfer { contact: waits, from: None, to: Some(BORIS), force: false };
    assert_eq!(bot.contact_by(4, Command::Transfer(by_hand)).operator, Some(BORIS));
    let released = Transfer { contact: waits, from: None, to: None, force: false };
    assert_eq!(bot.contact_by(5, Command::Transfer(released)).operator, None, "it waits for the opening");
    let last = bot.store.decisions.values().rev().find(|it| it.contact == waits).expect("a decision");
    assert_eq!((last.cause, last.until), (Cause::SourceClosed, Some(Timestamp(60 * SECOND))));
}

#[test]
fn what_was_resolved_by_mistake_goes_back_to_who_had_it_though_the_source_is_closed() {
    let mut bot = Bot::by_calendar(&["Anna"], 9);
    let held = bot.arrive(1, BOT).0.id;
    bot.open(2, BOT, &[(60, 100)]);
    let resolved = |is: bool| ContactEdit { is_resolved: Some(is), undo: !is, ..ContactEdit::default() };
    bot.run(3, Command::EditContact(held, resolved(true)));
    assert_eq!(bot.contact_by(4, Command::EditContact(held, resolved(false))).operator, Some(ANNA));
    bot.run(5, Command::EditContact(held, resolved(true)));
    let reopened = ContactEdit { is_resolved: Some(false), ..ContactEdit::default() };
    assert_eq!(bot.contact_by(6, Command::EditContact(held, reopened)).operator, None);
}

#[test]
fn an_offer_stays_until_it_is_answered_and_one_that_is_declined_waits_for_the_opening() {
    let mut bot = Bot::by_calendar(&["Anna", "Boris"], 9);
    let rules = OfferRules { accept_within_s: Some(30), retry_after_s: 10, ..OfferRules::default() };
    bot.run(0, Command::EditSource(BOT, SourceEdit { offers: OfferEdit::all(rules), ..SourceEdit::default() }));
    bot.open(1, BOT, &[(0, 20), (60, 100)]);
    let offered = bot.arrive(15, BOT).0;
    bot.wake(20);
    assert_eq!(bot.contact(offered.id).operator, offered.operator);
    let answer = OfferAnswer { contact: offered.id, operator: None, decision: None };
    bot.run(25, Command::Decline(Decline { offer: answer, reason: None }));
    assert_eq!(bot.contact(offered.id).status, Status::Waiting, "Boris is free, and is not asked");
    bot.wake(35);
    bot.wake(59);
    assert!(bot.contact(offered.id).is_in_line());
    bot.wake(60);
    assert_eq!(bot.contact(offered.id).status, Status::Assigned);
}

#[test]
fn nothing_is_assigned_on_a_guess_when_hours_are_not_known_any_further() {
    let mut bot = Bot::by_calendar(&["Anna"], 9);
    bot.open(1, BOT, &[(0, KNOWN_UNTIL)]);
    assert_eq!(bot.arrive(KNOWN_UNTIL - 1, BOT).0.operator, Some(ANNA));
    let (waits, opens_at) = bot.arrive(KNOWN_UNTIL, BOT);
    assert_eq!((waits.operator, opens_at), (None, None));
    bot.wake(KNOWN_UNTIL);
    assert_eq!(bot.told(BOT), [EventDetail::SourceHoursEnded { late_ms: 0 }]);
    let unknown = bot.source(BOT).closed(Timestamp(KNOWN_UNTIL * SECOND)).expect("it is closed");
    assert_eq!(
        (unknown, unknown.as_str()),
        (Closed { reason: ClosedReason::HoursUnknown, until: None }, "source_hours_unknown")
    );
    assert!(bot.store.due.is_empty(), "nothing else comes by itself");
    let revision = bot.source(BOT).hours_revision;
    bot.run(KNOWN_UNTIL + 1, set(BOT, SourceHoursEdit { revision, calendar: None }));
    assert_eq!(bot.operator(ANNA).current_load, 2, "without a calendar it is open always");
}

#[test]
fn hours_are_set_with_those_that_were_seen_and_of_the_calendar_as_it_is() {
    let mut bot = Bot::by_calendar(&["Anna"], 9);
    let old = SourceHoursEdit { revision: 0, calendar: Some(hours(&[(0, 10)], 1)) };
    bot.open(1, BOT, &[(60, 100)]);
    assert_eq!(bot.try_at(Timestamp(2 * SECOND), set(BOT, old)), Err(Rejection::SourceHoursChanged(BOT)));
    let of_version_2 = SourceHoursEdit { revision: 1, calendar: Some(hours(&[(0, 10)], 2)) };
    let refused = bot.try_at(Timestamp(2 * SECOND), set(BOT, of_version_2));
    assert_eq!(refused, Err(Rejection::CalendarChanged(DAYS)));
    let new = |version| NewSource { hours: Some(hours(&[(60, 100)], version)), ..NewSource::named("Other") };
    let refused = bot.try_at(Timestamp(3 * SECOND), Command::CreateSource(new(2)));
    assert_eq!(refused, Err(Rejection::CalendarChanged(DAYS)));
    bot.run(3, Command::CreateSource(new(1)));
    assert_eq!(bot.arrive(4, OTHER).1, Some(60));
}

#[test]
fn a_calendar_by_which_a_source_is_open_stays_and_a_source_takes_its_timer_along() {
    let mut bot = Bot::by_calendar(&["Anna"], 9);
    bot.open(1, BOT, &[(60, 100)]);
    let users = CalendarUsers { operators: Vec::new(), sources: vec![BOT] };
    let refused = bot.try_at(Timestamp(2 * SECOND), Command::DeleteCalendar(DAYS));
    assert_eq!(refused, Err(Rejection::CalendarInUse(DAYS, users)));
    assert_eq!(bot.store.due.len(), 1);
    bot.run(3, Command::DeleteSource(DeleteSource { source: BOT, force: true }));
    assert!(bot.store.due.is_empty());
    bot.run(4, Command::DeleteCalendar(DAYS));
}

#[test]
fn credits_stand_still_while_a_source_is_closed_and_decisions_are_recomputed() {
    let mut bot = Bot::by_calendar(&["Anna", "Boris"], 1_000);
    bot.open(0, BOT, &[(10, 20), (50, 60)]);
    (1..70).for_each(|second| _ = bot.arrive(second, BOT));
    bot.wake(70);
    assert_eq!([ANNA, BORIS].map(|id| bot.operator(id).current_load), [30, 29], "those of 1 to 59");
    let mut closed = 0;
    for decision in bot.store.decisions.values() {
        let pool = bot.store.pool_of(decision).expect("a policy chose");
        assert_eq!(decision.replay(&pool), Replay::Matches, "{decision:?}");
        closed += usize::from(decision.cause == Cause::SourceClosed);
    }
    assert_eq!(closed, 9 + 30 + 10);
}

#[test]
fn more_contacts_than_one_command_assigns_are_all_given_away_at_opening() {
    [false, true].into_iter().for_each(all_are_given_away_at_opening);
}

fn all_are_given_away_at_opening(is_shared: bool) {
    let mut bot = Bot::by_calendar(&["Anna"], 1_000);
    bot.is_shared = is_shared;
    bot.open(0, BOT, &[(60, 100)]);
    (0..600).for_each(|_| _ = bot.arrive(1, BOT));
    bot.wake(60);
    assert_eq!(bot.operator(ANNA).current_load, 600);
    assert!(bot.store.contacts.values().all(|it| it.assigned_at == Some(Timestamp(60 * SECOND))));
}
