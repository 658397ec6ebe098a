//! Pauses, and availability as a function of operator, contact and time.

use crate::bot::{ANNA, BORIS, Bot, SECOND};
use maitred_core::availability::{Away, AwayReason, Ineligibility, Reason};
use maitred_core::command::{OperatorEdit, Pause, Transfer};
use maitred_core::decision::Replay;
use maitred_core::limits::PAUSE_MICROS_MAX;
use maitred_core::pool::Candidate;
use maitred_core::{Command, EventDetail, OperatorId, Rejection, Timestamp};

impl Bot {
    fn pause(&mut self, second: i64, operator: OperatorId, until: Option<i64>) {
        let until = until.map(|second| Timestamp(second * SECOND));
        self.run(second, Command::Pause(Pause { operator, until, reason: Some("Lunch".into()) }));
    }

    fn credit(&self, operator: OperatorId) -> i64 {
        let whole = self.store.whole();
        let state = whole.sources().next().expect("the source");
        state.pool().get(operator).expect("a member").credit
    }
}

/// Served by Anna and Boris, who have room for so many.
fn two(max_load: u32) -> Bot {
    Bot::served_by(&["Anna", "Boris"], max_load)
}

#[test]
fn a_paused_operator_gets_nothing_until_the_very_end_and_then_what_waits() {
    let mut bot = two(1);
    bot.pause(1, ANNA, Some(60));
    bot.pause(1, BORIS, None);
    let contact = bot.submit(2);
    assert_eq!(contact.operator, None);
    let last = Timestamp(60 * SECOND - 1);
    bot.try_at(last, Command::Wake(last)).expect("it is carried out");
    assert_eq!(bot.operator(ANNA).current_load, 0);
    bot.wake(61);
    let anna = bot.operator(ANNA);
    assert_eq!((anna.current_load, anna.paused_at, anna.paused_until), (1, None, None));
    assert_eq!((anna.pause_reason.clone(), bot.store.due.len()), (None, 0));
    let resumed = EventDetail::OperatorResumed { late_ms: Some(1_000) };
    assert!(bot.store.events.iter().any(|event| event.detail == resumed && event.operator == Some(ANNA)));
    assert_eq!(bot.operator(BORIS).current_load, 0, "Boris comes back when they say so");
    bot.submit(62);
    bot.run(63, Command::Resume(BORIS));
    assert_eq!(bot.operator(BORIS).current_load, 1);
}

#[test]
fn no_command_depends_on_a_wake() {
    let mut bot = two(5);
    bot.pause(1, ANNA, Some(60));
    bot.pause(1, BORIS, Some(90));
    assert_eq!(bot.submit(60).operator, Some(ANNA), "her pause is over, though nobody woke");
    assert_eq!(bot.submit(61).operator, Some(ANNA));
    assert_eq!(bot.submit(90).operator, Some(BORIS));
    bot.wake(90);
    assert!(bot.store.due.is_empty());
}

#[test]
fn who_pauses_keeps_their_contacts_and_their_credit() {
    let mut bot = two(1_000);
    (0..3).for_each(|second| _ = bot.submit(second));
    let (credit, held) = (bot.credit(ANNA), bot.operator(ANNA).current_load);
    bot.pause(4, ANNA, Some(1_000));
    (5..305).for_each(|second| _ = bot.submit(second));
    assert_eq!((bot.credit(ANNA), bot.operator(ANNA).current_load), (credit, held));
    bot.wake(1_000);
    let got: Vec<_> = (1_001..1_005).map(|second| bot.submit(second).operator).collect();
    assert!(got.windows(2).all(|pair| pair[0] != pair[1]), "they take turns at once, without a burst: {got:?}");
}

#[test]
fn pausing_again_changes_the_end_and_a_time_that_has_passed_is_refused() {
    let mut bot = two(5);
    bot.pause(1, ANNA, Some(60));
    bot.pause(2, ANNA, Some(i64::MAX / SECOND));
    let anna = bot.operator(ANNA);
    assert_eq!(anna.paused_at, Some(Timestamp(SECOND)));
    assert_eq!(anna.paused_until, Some(Timestamp(2 * SECOND + PAUSE_MICROS_MAX)));
    bot.wake(60);
    assert!(bot.operator(ANNA).paused_at.is_some());
    let pause = Pause { operator: ANNA, until: Some(Timestamp(61 * SECOND)), reason: None };
    assert_eq!(bot.try_at(Timestamp(61 * SECOND), Command::Pause(pause)), Err(Rejection::PauseOver(ANNA)));
    bot.run(61, Command::Resume(ANNA));
    assert_eq!((bot.operator(ANNA).paused_at, bot.store.due.len()), (None, 0));
    let events = bot.store.events.len();
    bot.run(62, Command::Resume(ANNA));
    assert_eq!(bot.store.events.len(), events, "resuming somebody who is not paused changes nothing");
}

#[test]
fn a_paused_operator_is_given_a_contact_by_force_only() {
    let mut bot = two(5);
    bot.pause(1, ANNA, Some(60));
    bot.pause(1, BORIS, None);
    let contact = bot.submit(2).id;
    let give = |force| Command::Transfer(Transfer { contact, from: None, to: Some(ANNA), force });
    let refused = bot.try_at(Timestamp(3 * SECOND), give(false));
    assert_eq!(
        refused,
        Err(Rejection::OperatorAway(ANNA, Away { reason: AwayReason::Paused, until: Some(Timestamp(60 * SECOND)) }))
    );
    bot.run(4, give(true));
    assert_eq!(bot.operator(ANNA).current_load, 1);
}

#[test]
fn one_who_is_switched_off_stays_so_when_a_pause_ends_and_a_deleted_one_has_none() {
    let mut bot = two(5);
    bot.pause(1, ANNA, Some(60));
    bot.run(2, Command::EditOperator(ANNA, OperatorEdit { is_active: Some(false), ..OperatorEdit::default() }));
    bot.wake(60);
    assert!(!bot.operator(ANNA).is_active && bot.operator(ANNA).paused_at.is_none());
    bot.pause(61, BORIS, Some(90));
    bot.run(62, Command::DeleteOperator(BORIS));
    assert!(bot.store.due.is_empty());
    assert_eq!(bot.submit(91).operator, None);
}

#[test]
fn decisions_are_recomputed_from_who_was_paused_then() {
    let mut bot = two(1_000);
    for second in 0..40 {
        match second % 7 {
            2 => bot.pause(second, ANNA, Some(second + 2)),
            4 => bot.pause(second, BORIS, None),
            6 => _ = bot.run(second, Command::Resume(BORIS)),
            _ => {}
        }
        bot.submit(second);
    }
    let mut was_paused = 0;
    for decision in bot.store.decisions.values() {
        let pool = bot.store.pool_of(decision).expect("a policy chose");
        assert_eq!(decision.replay(&pool), Replay::Matches, "{decision:?}");
        was_paused += pool.candidates().iter().filter(|candidate| candidate.away.is_some()).count();
    }
    assert!(was_paused > 5, "it is written down");
}

#[test]
fn reasons_come_in_a_fixed_order_each_with_its_end() {
    let until = Some(Timestamp(60));
    let candidate = Candidate {
        operator: ANNA,
        weight: 0,
        is_active: false,
        away: Some(Away { reason: AwayReason::Paused, until }),
        load: 5,
        max_load: 5,
        last_assigned_at: None,
        credit: 0,
    };
    let all: Vec<Reason> = candidate.why_not(Some(Ineligibility::JustReleased)).collect();
    let others = [
        Ineligibility::OnLeave,
        Ineligibility::OffShift,
        Ineligibility::HoursUnknown,
        Ineligibility::Away,
        Ineligibility::Capped,
        Ineligibility::Tried,
        Ineligibility::Ahead,
    ];
    let expected: Vec<_> = Ineligibility::ALL.into_iter().filter(|why| !others.contains(why)).collect();
    assert_eq!(all.iter().map(|reason| reason.why).collect::<Vec<_>>(), expected);
    let ends: Vec<_> = all.iter().filter_map(|reason| Some((reason.why, reason.until?))).collect();
    assert_eq!(ends, [(Ineligibility::Paused, Timestamp(60))]);
    assert_eq!(candidate.ineligibility(), Some(Ineligibility::Inactive));
    let fine = Candidate { weight: 1, is_active: true, away: None, load: 4, ..candidate };
    assert_eq!((fine.why_not(None).count(), fine.is_eligible()), (0, true));
}
