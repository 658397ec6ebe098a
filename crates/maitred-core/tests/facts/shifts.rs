//! Working hours: who is off shift gets nothing, and what waits is theirs the moment that a shift begins.

use crate::bot::{ANNA, BORIS, Bot, SECOND};
use maitred_core::availability::{Away, AwayReason};
use maitred_core::caps::{CapRule, Counts, Window};
use maitred_core::command::{CalendarUsers, HoursEdit, NewCalendar, OperatorEdit, SetCaps, Transfer};
use maitred_core::decision::Replay;
use maitred_core::hours::Hours;
use maitred_core::intervals::Interval;
use maitred_core::{CalendarId, Command, EventDetail, OperatorId, Rejection, Timestamp};
use std::sync::Arc;

const DAYS: CalendarId = CalendarId(1);
/// The end of what is known of the hours in these tests.
const KNOWN_UNTIL: i64 = 1_000;

impl Bot {
    /// Gives an operator these shifts and this leave, in seconds.
    fn work(&mut self, second: i64, operator: OperatorId, shifts: &[(i64, i64)], leave: &[(i64, i64)]) {
        let edit = self.hours(operator, shifts, leave, 1);
        self.run(second, set(operator, edit));
    }

    fn hours(&self, operator: OperatorId, shifts: &[(i64, i64)], leave: &[(i64, i64)], version: u32) -> HoursEdit {
        let at = |second: i64| Timestamp(second * SECOND);
        let list = |pairs: &[(i64, i64)]| pairs.iter().map(|(from, to)| Interval::new(at(*from), at(*to))).collect();
        let (open, leave): (maitred_core::intervals::Intervals, _) = (list(shifts), list(leave));
        let open = open.minus(&leave);
        let span = Interval::new(at(-100), at(KNOWN_UNTIL));
        let hours = Hours { calendar_version: version, span, open, leave, stamp: "2026e-h1".into() };
        let revision = self.operator(operator).hours_revision;
        HoursEdit { revision, calendar: Some((DAYS, Arc::new(hours))), personal: None }
    }

    fn events(&self, operator: OperatorId) -> Vec<EventDetail> {
        let of_shifts = |detail: &EventDetail| {
            use EventDetail::{OperatorHoursEnded, OperatorShiftEnded, OperatorShiftStarted};
            matches!(detail, OperatorShiftStarted { .. } | OperatorShiftEnded { .. } | OperatorHoursEnded { .. })
        };
        let events = self.store.events.iter().filter(|event| event.operator == Some(operator));
        events.map(|event| event.detail).filter(of_shifts).collect()
    }
}

/// Served by Anna and Boris, who have room for so many; with a calendar that nobody works by.
fn two(max_load: u32) -> Bot {
    let mut bot = Bot::served_by(&["Anna", "Boris"], max_load);
    bot.run(0, Command::CreateCalendar(NewCalendar { name: "Days".into(), definition: "{}".into() }));
    bot
}

fn set(operator: OperatorId, hours: HoursEdit) -> Command {
    Command::EditOperator(operator, OperatorEdit { hours: Some(hours), ..OperatorEdit::default() })
}

#[test]
fn a_contact_waits_for_the_first_moment_of_a_shift_and_the_last_one_is_not_in_it() {
    let mut bot = two(5);
    bot.run(0, Command::EditOperator(BORIS, OperatorEdit { is_active: Some(false), ..OperatorEdit::default() }));
    bot.work(1, ANNA, &[(60, 100), (120, 200)], &[]);
    assert_eq!(bot.submit(2).operator, None);
    let early = Timestamp(60 * SECOND - 1);
    bot.try_at(early, Command::Wake(early)).expect("it is carried out");
    assert_eq!(bot.operator(ANNA).current_load, 0);
    bot.wake(60);
    assert_eq!(bot.operator(ANNA).current_load, 1);
    assert_eq!(bot.submit(99).operator, Some(ANNA));
    assert_eq!(bot.submit(100).operator, None, "nobody woke, and the shift is over all the same");
    bot.wake(100);
    bot.wake(121);
    let happened = [
        EventDetail::OperatorShiftStarted { late_ms: 0 },
        EventDetail::OperatorShiftEnded { late_ms: 0 },
        EventDetail::OperatorShiftStarted { late_ms: 1_000 },
    ];
    assert_eq!((bot.events(ANNA), bot.operator(ANNA).current_load), (happened.to_vec(), 3));
    let events = bot.store.events.len();
    bot.wake(121);
    assert_eq!(bot.store.events.len(), events, "waking twice changes nothing");
}

#[test]
fn shifts_that_passed_while_nothing_ran_are_not_told_one_by_one() {
    let mut bot = two(5);
    bot.work(1, ANNA, &[(60, 100), (120, 140), (160, 200)], &[]);
    bot.wake(150);
    assert_eq!(bot.events(ANNA), [], "she was off shift and is");
    bot.wake(170);
    assert_eq!(bot.events(ANNA), [EventDetail::OperatorShiftStarted { late_ms: 10_000 }]);
}

#[test]
fn leave_goes_before_shifts_and_each_reason_has_its_end() {
    let mut bot = two(5);
    bot.work(1, ANNA, &[(60, 100), (120, 200)], &[(90, 130)]);
    let away = |bot: &Bot, second: i64| {
        bot.operator(ANNA).away(Timestamp(second * SECOND)).map(|it| (it.reason, it.until.map(|at| at.0 / SECOND)))
    };
    assert_eq!(away(&bot, 10), Some((AwayReason::OffShift, Some(60))));
    assert_eq!((away(&bot, 60), away(&bot, 89)), (None, None));
    assert_eq!(away(&bot, 95), Some((AwayReason::OnLeave, Some(130))));
    assert_eq!(away(&bot, 130), None);
    assert_eq!(away(&bot, 300), Some((AwayReason::OffShift, None)), "when she works next is not known");
    assert_eq!(away(&bot, KNOWN_UNTIL), Some((AwayReason::HoursUnknown, None)));
}

#[test]
fn nothing_is_assigned_on_a_guess_when_hours_are_not_known_any_further() {
    let mut bot = two(5);
    bot.run(0, Command::EditOperator(BORIS, OperatorEdit { is_active: Some(false), ..OperatorEdit::default() }));
    bot.work(1, ANNA, &[(0, KNOWN_UNTIL)], &[]);
    assert_eq!(bot.submit(KNOWN_UNTIL - 1).operator, Some(ANNA));
    assert_eq!(bot.submit(KNOWN_UNTIL).operator, None);
    bot.wake(KNOWN_UNTIL);
    assert_eq!(bot.events(ANNA), [EventDetail::OperatorHoursEnded { late_ms: 0 }]);
    assert!(bot.store.due.is_empty(), "nothing else comes by itself");
    let none = HoursEdit { revision: bot.operator(ANNA).hours_revision, calendar: None, personal: None };
    bot.run(KNOWN_UNTIL + 1, set(ANNA, none));
    assert_eq!(bot.operator(ANNA).current_load, 2, "without a calendar she works always");
}

#[test]
fn hours_of_a_calendar_or_an_operator_that_changed_meanwhile_are_refused() {
    let mut bot = two(5);
    let old = bot.hours(ANNA, &[(0, 10)], &[], 1);
    bot.work(1, ANNA, &[(60, 100)], &[]);
    let refused = bot.try_at(Timestamp(2 * SECOND), set(ANNA, old));
    assert_eq!(refused, Err(Rejection::HoursChanged(ANNA)));
    let compiled = bot.hours(BORIS, &[(0, 10)], &[], 1);
    let new = NewCalendar { name: "Days".into(), definition: "{\"zone\": \"UTC\"}".into() };
    bot.run(3, Command::ReplaceCalendar(DAYS, new.clone()));
    assert_eq!(bot.try_at(Timestamp(4 * SECOND), set(BORIS, compiled)), Err(Rejection::CalendarChanged(DAYS)));
    let events = bot.store.events.len();
    bot.run(5, Command::ReplaceCalendar(DAYS, new));
    assert_eq!((bot.store.events.len(), bot.store.calendars[&DAYS].version), (events, 2), "it says that already");
}

#[test]
fn a_calendar_is_deleted_when_nobody_works_by_it() {
    let mut bot = two(5);
    bot.work(1, ANNA, &[(60, 100)], &[]);
    bot.work(1, BORIS, &[(60, 100)], &[]);
    let delete = Command::DeleteCalendar(DAYS);
    assert_eq!(
        bot.try_at(Timestamp(2 * SECOND), delete.clone()),
        Err(Rejection::CalendarInUse(DAYS, CalendarUsers { operators: vec![ANNA, BORIS], sources: Vec::new() }))
    );
    bot.run(3, Command::DeleteOperator(ANNA));
    let none = HoursEdit { revision: bot.operator(BORIS).hours_revision, calendar: None, personal: None };
    bot.run(4, set(BORIS, none));
    bot.run(5, delete);
    assert!(bot.store.due.is_empty());
    let gone = bot.hours(BORIS, &[(0, 10)], &[], 2);
    assert_eq!(bot.try_at(Timestamp(6 * SECOND), set(BORIS, gone)), Err(Rejection::UnknownCalendar(DAYS)));
}

#[test]
fn who_is_off_shift_is_given_a_contact_by_force_only() {
    let mut bot = two(5);
    bot.work(1, ANNA, &[(60, 100)], &[]);
    assert_eq!(bot.submit(2).operator, Some(BORIS));
    let contact = *bot.store.contacts.keys().next().expect("the contact");
    let give = |force| Command::Transfer(Transfer { contact, from: None, to: Some(ANNA), force });
    let until = Some(Timestamp(60 * SECOND));
    let refused = bot.try_at(Timestamp(3 * SECOND), give(false));
    assert_eq!(refused, Err(Rejection::OperatorAway(ANNA, Away { reason: AwayReason::OffShift, until })));
    bot.run(4, give(true));
    assert_eq!(bot.operator(ANNA).current_load, 1);
}

#[test]
fn credits_of_those_off_shift_stand_still_and_decisions_are_recomputed() {
    let mut bot = two(1_000);
    bot.work(0, ANNA, &[(10, 20), (100, 200)], &[]);
    let got: Vec<_> = (1..140).map(|second| bot.submit(second).operator).collect();
    let anna = |from: usize, to: usize| got[from..to].iter().filter(|it| **it == Some(ANNA)).count();
    assert_eq!((anna(0, 9), anna(9, 19), anna(19, 99)), (0, 5, 0));
    assert_eq!(anna(99, 139), 20, "half of what came in her shift, without a burst");
    let mut was_off = 0;
    for decision in bot.store.decisions.values() {
        let pool = bot.store.pool_of(decision).expect("a policy chose");
        assert_eq!(decision.replay(&pool), Replay::Matches, "{decision:?}");
        was_off += pool.candidates().iter().filter(|candidate| candidate.away.is_some()).count();
    }
    assert!(was_off > 50, "it is written down");
}

const DAY: i64 = 24 * 3_600;

/// Hours with one leave in them, known for eight weeks.
fn always_but(leave: &[(i64, i64)], revision: u32) -> HoursEdit {
    let span = Interval::new(Timestamp(0), Timestamp(56 * DAY * SECOND));
    let leave: maitred_core::intervals::Intervals =
        leave.iter().map(|(from, to)| Interval::new(Timestamp(from * SECOND), Timestamp(to * SECOND))).collect();
    let open = maitred_core::intervals::Intervals::from_iter([span]).minus(&leave);
    let hours = Hours { calendar_version: 1, span, open, leave, stamp: "2026e-h1".into() };
    HoursEdit { revision, calendar: Some((DAYS, Arc::new(hours))), personal: None }
}

#[test]
fn two_weeks_of_leave_leave_no_debt_and_no_claim() {
    let mut bot = two(1_000);
    bot.run(1, set(ANNA, always_but(&[(DAY, 15 * DAY)], 0)));
    (0..7).for_each(|n| _ = bot.submit(10 + n));
    let owed = |bot: &Bot| {
        let totals = &bot.store.totals[&crate::bot::BOT];
        let ledger = maitred_core::world::Ledger::decode(&totals.ledger).expect("a ledger");
        ledger.iter().find(|(id, _)| *id == ANNA).map(|(_, tally)| (tally.credit, tally.carried, tally.received))
    };
    let before = owed(&bot);
    for n in 0..300 {
        assert_eq!(bot.submit(DAY + n * 4_000).operator, Some(BORIS));
    }
    assert_eq!(owed(&bot), before, "it neither grew nor shrank");
    let back: Vec<_> = (0..21).map(|n| bot.submit(15 * DAY + n).operator).collect();
    assert!(back.windows(2).all(|pair| pair[0] != pair[1]), "they alternate, without a burst: {back:?}");
}

/// 50 wait in the morning for two who each get one in thirty seconds, and nobody has computed the hours of the day.
#[test]
fn a_backlog_waits_until_hours_are_known_and_is_then_handed_out_at_its_pace() {
    let mut bot = two(30);
    let pace = CapRule { limit: 1, window: Window::Rolling(30), counts: Counts::Assigned, source: None };
    for operator in [ANNA, BORIS] {
        bot.work(0, operator, &[(0, KNOWN_UNTIL)], &[]);
        bot.run(0, Command::SetCaps(SetCaps { operator, caps: vec![pace.clone()] }));
    }
    let morning = 9 * 3_600;
    (0..50).for_each(|_| assert_eq!(bot.submit(morning).operator, None, "nothing is assigned on a guess"));
    bot.wake(morning + 3_600);
    let held = |bot: &Bot, operator| usize::try_from(bot.operator(operator).current_load).expect("it is small");
    assert_eq!((held(&bot, ANNA), held(&bot, BORIS)), (0, 0));
    let known = morning + 7_200;
    for operator in [ANNA, BORIS] {
        let revision = bot.operator(operator).hours_revision;
        bot.run(known, set(operator, always_but(&[], revision)));
    }
    for step in 0..25 {
        bot.wake(known + step * 30);
        let each = usize::try_from(step + 1).expect("it is small");
        assert_eq!((held(&bot, ANNA), held(&bot, BORIS)), (each, each), "two each thirty seconds");
    }
    assert!(bot.store.contacts.values().all(|contact| contact.operator.is_some()), "the last after twelve minutes");
}
