//! Presence: operators who are to be heard from get contacts while they are, and what waits when they are again.

use crate::bot::{ANNA, BORIS, BOT, Bot, SECOND};
use maitred_core::availability::{Away, AwayReason};
use maitred_core::command::{Decline, OfferAnswer, OfferEdit, OperatorEdit, Pause, SourceEdit, Transfer};
use maitred_core::decision::Replay;
use maitred_core::{Command, EventDetail, EventKind, OperatorId, Rejection, Timestamp};

impl Bot {
    fn ask_to_be_heard(&mut self, second: i64, operator: OperatorId, seconds: Option<u32>) {
        let edit = OperatorEdit { away_after_s: Some(seconds), ..OperatorEdit::default() };
        self.run(second, Command::EditOperator(operator, edit));
    }

    fn beat(&mut self, second: i64, operator: OperatorId) {
        self.run(second, Command::Beat(operator));
    }

    fn events_of(&self, kind: EventKind) -> Vec<(Option<OperatorId>, EventDetail)> {
        let events = self.store.events.iter().filter(|event| event.kind() == kind);
        events.map(|event| (event.operator, event.detail)).collect()
    }

    fn offer_for(&mut self, seconds: u32) {
        let offers = OfferEdit { accept_within_s: Some(Some(seconds)), ..OfferEdit::default() };
        self.run(0, Command::EditSource(BOT, SourceEdit { offers, ..SourceEdit::default() }));
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp(second * SECOND)
}

/// Anna alone, who has room for so many and is to be heard from every two minutes, from second 0 on.
fn anna(max_load: u32) -> Bot {
    let mut bot = Bot::served_by(&["Anna"], max_load);
    bot.ask_to_be_heard(0, ANNA, Some(120));
    bot
}

#[test]
fn somebody_is_there_up_to_the_end_of_the_lease_and_gets_what_waits_when_heard_from_again() {
    let mut bot = anna(5);
    bot.beat(70, ANNA);
    let last = Timestamp(190 * SECOND - 1);
    assert_eq!(bot.operator(ANNA).away(last), None, "189.999999 s");
    assert_eq!(bot.submit(189).operator, Some(ANNA));
    assert_eq!(bot.operator(ANNA).away(at(190)), Some(Away { reason: AwayReason::NotHeard, until: None }));
    assert_eq!(bot.submit(190).operator, None, "though nobody woke");
    assert_eq!(bot.events_of(EventKind::OperatorAway), []);
    bot.wake(190);
    let away = (Some(ANNA), EventDetail::OperatorAway { late_ms: 0 });
    assert_eq!((bot.events_of(EventKind::OperatorAway), bot.operator(ANNA).away_at), (vec![away], Some(at(190))));
    assert!(bot.store.due.is_empty(), "one who is away stays so until they are heard from");
    bot.beat(191, ANNA);
    assert_eq!(bot.operator(ANNA).current_load, 2);
    assert_eq!(bot.events_of(EventKind::OperatorPresent).len(), 1);
    assert_eq!((bot.operator(ANNA).present_until, bot.operator(ANNA).away_at), (Some(at(311)), None));
}

#[test]
fn a_lease_is_written_when_less_than_half_of_it_is_left() {
    let mut bot = anna(5);
    let events = bot.store.events.len();
    for second in 1..=60 {
        bot.beat(second, ANNA);
        assert_eq!(bot.operator(ANNA).present_until, Some(at(120)), "at {second}");
    }
    bot.beat(61, ANNA);
    assert_eq!(bot.operator(ANNA).present_until, Some(at(181)));
    (62..600).for_each(|second| bot.beat(second, ANNA));
    assert_eq!(bot.store.events.len(), events, "no event for being heard from");
    assert_eq!(bot.operator(ANNA).updated_at, at(0), "nor a change of what can be edited");
}

#[test]
fn a_lease_that_ended_while_no_server_ran_is_told_with_its_lateness() {
    let mut bot = anna(5);
    bot.wake(420);
    let late = EventDetail::OperatorAway { late_ms: 300_000 };
    assert_eq!(bot.events_of(EventKind::OperatorAway), [(Some(ANNA), late)]);
    assert_eq!(bot.operator(ANNA).away_at, Some(at(120)));
    let events = bot.store.events.len();
    bot.wake(420);
    assert_eq!(bot.store.events.len(), events, "waking twice changes nothing");
}

#[test]
fn a_beat_after_the_end_that_nobody_saw_tells_of_both() {
    let mut bot = anna(5);
    let waits = bot.submit(130).id;
    bot.beat(140, ANNA);
    assert_eq!(bot.events_of(EventKind::OperatorAway).len(), 1);
    assert_eq!(bot.events_of(EventKind::OperatorPresent).len(), 1);
    assert_eq!(bot.store.contacts[&waits].operator, Some(ANNA));
}

#[test]
fn offers_of_somebody_who_is_away_go_to_others_and_count_as_no_miss() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 5);
    bot.offer_for(3_600);
    bot.ask_to_be_heard(0, ANNA, Some(120));
    let (offered, accepted) = (bot.submit(1).id, bot.submit(2).id);
    assert_eq!(bot.store.contacts[&offered].operator, Some(ANNA));
    let third = bot.submit(3).id;
    let accept = OfferAnswer { contact: third, operator: Some(ANNA), decision: None };
    bot.run(4, Command::Accept(accept));
    bot.wake(120);
    let holders = [offered, accepted, third].map(|id| bot.store.contacts[&id].operator);
    assert_eq!(holders, [Some(BORIS), Some(BORIS), Some(ANNA)], "what she accepted stays with her");
    assert_eq!(bot.operator(ANNA).misses, 0);
    assert_eq!(bot.events_of(EventKind::ContactOfferRevoked).len(), 1);
}

#[test]
fn credits_of_somebody_who_is_away_stand_still() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 1_000);
    bot.ask_to_be_heard(0, ANNA, Some(120));
    (1..4).for_each(|second| _ = bot.submit(second));
    let credit = |bot: &Bot| {
        let whole = bot.store.whole();
        whole.sources().next().and_then(|state| state.pool().get(ANNA)).map(|member| member.credit)
    };
    let before = credit(&bot);
    (200..500).for_each(|second| _ = bot.submit(second));
    assert_eq!(credit(&bot), before);
    bot.beat(500, ANNA);
    let got: Vec<_> = (501..505).map(|second| bot.submit(second).operator).collect();
    assert!(got.windows(2).all(|pair| pair[0] != pair[1]), "they take turns at once, without a burst: {got:?}");
    for decision in bot.store.decisions.values() {
        let pool = bot.store.pool_of(decision).expect("a policy chose");
        assert_eq!(decision.replay(&pool), Replay::Matches, "{decision:?}");
    }
}

#[test]
fn somebody_who_is_away_is_given_a_contact_by_force_only() {
    let mut bot = anna(5);
    let contact = bot.submit(120).id;
    let give = |force| Command::Transfer(Transfer { contact, from: None, to: Some(ANNA), force });
    let away = Away { reason: AwayReason::NotHeard, until: None };
    assert_eq!(bot.try_at(at(121), give(false)), Err(Rejection::OperatorAway(ANNA, away)));
    bot.run(122, give(true));
    assert_eq!(bot.operator(ANNA).current_load, 1);
}

#[test]
fn a_beat_does_not_end_a_pause_nor_switch_anybody_on() {
    let mut bot = anna(5);
    bot.run(1, Command::Pause(Pause { operator: ANNA, until: None, reason: None }));
    bot.wake(120);
    bot.submit(130);
    bot.beat(131, ANNA);
    assert_eq!(bot.operator(ANNA).current_load, 0);
    assert_eq!(
        bot.operator(ANNA).away_reasons(at(131)).map(|away| away.reason).collect::<Vec<_>>(),
        [AwayReason::Paused]
    );
    bot.wake(251);
    let reasons: Vec<_> = bot.operator(ANNA).away_reasons(at(251)).map(|away| away.reason).collect();
    assert_eq!(reasons, [AwayReason::Paused, AwayReason::NotHeard], "both, in their order");
}

#[test]
fn another_time_leaves_somebody_away_and_none_at_all_brings_them_back() {
    let mut bot = anna(5);
    bot.ask_to_be_heard(60, ANNA, Some(600));
    assert_eq!(bot.operator(ANNA).present_until, Some(at(660)), "a lease from now on");
    bot.wake(660);
    bot.submit(661);
    bot.ask_to_be_heard(662, ANNA, Some(120));
    assert_eq!(bot.operator(ANNA).current_load, 0, "nobody has heard from her");
    bot.ask_to_be_heard(663, ANNA, None);
    let operator = bot.operator(ANNA);
    assert_eq!((operator.current_load, operator.present_until, operator.away_at), (1, None, None));
    assert!(bot.store.due.is_empty());
    bot.beat(664, ANNA);
    assert_eq!(bot.operator(ANNA).present_until, None, "nobody asks");
    bot.ask_to_be_heard(665, ANNA, Some(120));
    bot.run(666, Command::DeleteOperator(ANNA));
    assert!(bot.store.due.is_empty());
    assert_eq!(bot.try_at(at(667), Command::Beat(ANNA)), Err(Rejection::UnknownOperator(ANNA)));
}

#[test]
fn who_is_back_before_their_offers_are_taken_keeps_them() {
    let mut bot = anna(5);
    bot.offer_for(3_600);
    let contact = bot.submit(1).id;
    bot.beat(121, ANNA);
    let offer = OfferAnswer { contact, operator: Some(ANNA), decision: None };
    bot.run(122, Command::Decline(Decline { offer, reason: None }));
    assert_eq!(bot.events_of(EventKind::ContactDeclined).len(), 1, "it was still hers to decline");
}
