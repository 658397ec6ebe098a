//! Corrections: contacts that somebody is to get beyond their share, or to go without, and what all others get.

use crate::bot::{ANNA, BORIS, BOT, Bot};
use maitred_core::command::{
    ContactEdit, CorrectAccount, Decline, NewOperator, OfferAnswer, OfferEdit, OperatorEdit, SetWeight, SourceEdit,
};
use maitred_core::decision::Replay;
use maitred_core::event::EventDetail;
use maitred_core::explain::explain;
use maitred_core::limits::CORRECTION_MAX;
use maitred_core::pool::CREDIT_PER_CONTACT;
use maitred_core::world::Tally;
use maitred_core::{Command, Contact, ContactId, OperatorId, Outcome, Policy, Rejection, SourceId, recording};
use proptest::prelude::*;

const CLARA: OperatorId = OperatorId(3);

impl Bot {
    fn correct(&mut self, second: i64, operator: OperatorId, amount: i64) -> Result<Outcome, Rejection> {
        let new = CorrectAccount { source: BOT, operator, amount, reason: "Spoiled leads".into() };
        self.try_at(maitred_core::Timestamp(second * crate::bot::SECOND), Command::CorrectAccount(new))
    }

    fn tally(&self, operator: OperatorId) -> Tally {
        let whole = self.store.whole();
        whole.source(BOT).expect("the source stays").tally(operator)
    }

    fn outstanding(&self, operator: OperatorId) -> i64 {
        self.tally(operator).outstanding()
    }

    /// Who gets the next contacts.
    fn next(&mut self, how_many: usize) -> Vec<OperatorId> {
        (0..how_many).map(|_| self.submit(100).operator.expect("somebody has room")).collect()
    }

    /// A third who serves the source, who has not received anything.
    fn clara(&mut self, weight: u32) {
        self.run(0, Command::CreateOperator(NewOperator { max_load: 1_000, ..NewOperator::named("Clara") }));
        self.run(0, Command::SetWeight(SetWeight { source: BOT, operator: CLARA, weight }));
    }

    fn reasons_told(&self, contact: ContactId) -> String {
        let (_, decision) = self.store.decisions.range((contact, 0)..).next().expect("it was decided");
        let at = decision.pool.expect("a policy chose");
        let segments = self.store.segments.range((at.pool, 0)..=(at.pool, u32::MAX)).map(|(_, it)| &it.bytes[..]);
        let pool = recording::replay(segments, at.step).expect("it was recorded");
        assert_eq!(decision.replay(&pool), Replay::Matches);
        let name = |id: OperatorId| ["Anna", "Boris", "Clara"][id.0 as usize - 1].to_owned();
        explain(decision, Some(&pool), &name).words.join(" ")
    }
}

fn count(picks: &[OperatorId], operator: OperatorId) -> usize {
    picks.iter().filter(|it| **it == operator).count()
}

#[test]
fn who_is_owed_contacts_gets_every_second_one_beside_their_share_of_the_rest() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 1_000);
    assert_eq!(bot.next(2), [ANNA, BORIS]);
    bot.correct(100, BORIS, 3).expect("Boris serves the source");
    for left in [2, 2, 1, 1, 0] {
        bot.submit(100);
        assert_eq!(bot.outstanding(BORIS), left, "every second contact at most");
    }
    let picks = bot.next(2);
    assert_eq!(count(&picks, BORIS), 1, "from then on it is as before");
    let received = |it: OperatorId| bot.tally(it).received;
    assert_eq!((received(ANNA), received(BORIS)), (3, 6), "three were paid back, six shared out");
}

#[test]
fn who_is_ahead_is_passed_over_by_every_second_contact_at_most() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 1_000);
    bot.correct(100, ANNA, -2).expect("Anna serves the source");
    let picks = bot.next(8);
    assert_eq!(picks[..2], [BORIS, BORIS], "the first was Anna's, the second is Boris's");
    assert_eq!((count(&picks, ANNA), count(&picks, BORIS)), (2, 6));
    assert_eq!(bot.outstanding(ANNA), 0);
}

#[test]
fn nobody_is_passed_over_for_nobody() {
    let mut bot = Bot::served_by(&["Anna"], 1_000);
    bot.correct(100, ANNA, -2).expect("Anna serves the source");
    assert_eq!(bot.next(3), [ANNA; 3]);
    assert_eq!(bot.outstanding(ANNA), -2, "it goes on when there is somebody else");
}

#[test]
fn what_somebody_would_have_got_anyway_pays_nothing_back() {
    let mut bot = Bot::served_by(&["Anna"], 1_000);
    bot.correct(100, ANNA, 2).expect("Anna serves the source");
    assert_eq!(bot.next(3), [ANNA; 3]);
    assert_eq!(bot.outstanding(ANNA), 2, "nobody went without anything");
}

#[test]
fn who_is_owed_contacts_and_is_full_gets_them_when_they_have_room() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 1_000);
    let full = OperatorEdit { max_load: Some(0), ..OperatorEdit::default() };
    bot.run(1, Command::EditOperator(ANNA, full));
    bot.correct(100, ANNA, 2).expect("Anna serves the source");
    assert_eq!(bot.next(3), [BORIS; 3]);
    bot.run(101, Command::EditOperator(ANNA, OperatorEdit { max_load: Some(9), ..OperatorEdit::default() }));
    let picks: Vec<OperatorId> = (0..4).filter_map(|_| bot.submit(102).operator).collect();
    assert_eq!((picks[0], bot.outstanding(ANNA)), (ANNA, 0));
}

#[test]
fn a_correction_says_in_the_decision_that_it_was_one() {
    let mut bot = Bot::served_by(&["Anna", "Boris"], 1_000);
    bot.correct(100, BORIS, 1).expect("Boris serves the source");
    let paid_back = bot.submit(101);
    assert_eq!(
        bot.reasons_told(paid_back.id),
        "Contact 1 arrived and was assigned to Boris, who was owed contacts by a correction."
    );
    bot.submit(101);
    bot.correct(102, BORIS, -1).expect("Boris serves the source");
    let instead = bot.submit(103);
    assert_eq!(instead.operator, Some(ANNA));
    let told = bot.reasons_told(instead.id);
    assert!(told.contains("The policy had picked Boris, who pays for it"), "{told}");
    assert!(told.contains("Boris was ahead by a correction"), "{told}");
}

#[test]
fn a_correction_is_kept_with_its_reason_and_told_in_the_feed() {
    let mut bot = Bot::served_by(&["Anna"], 5);
    let Ok(Outcome::Correction(made)) = bot.correct(7, ANNA, 3) else { panic!("a correction") };
    assert_eq!((made.amount, &*made.reason), (3, "Spoiled leads"));
    assert_eq!(bot.store.corrections.values().collect::<Vec<_>>(), [&made]);
    let event = bot.store.events.last().expect("it is told");
    assert_eq!(event.detail, EventDetail::AccountCorrected { amount: 3 });
    assert_eq!((event.source, event.operator), (Some(BOT), Some(ANNA)));
}

#[test]
fn strangers_to_a_source_and_amounts_without_measure_are_refused() {
    let mut bot = Bot::served_by(&["Anna"], 5);
    bot.run(0, Command::CreateOperator(NewOperator::named("Boris")));
    assert_eq!(bot.correct(1, BORIS, 3), Err(Rejection::UnknownMembership(BOT, BORIS)));
    assert_eq!(bot.correct(1, OperatorId(9), 3), Err(Rejection::UnknownOperator(OperatorId(9))));
    let new = CorrectAccount { source: SourceId(9), operator: ANNA, amount: 1, reason: "x".into() };
    let refused = bot.try_at(maitred_core::Timestamp(1), Command::CorrectAccount(new));
    assert_eq!(refused, Err(Rejection::UnknownSource(SourceId(9))));
    bot.correct(2, ANNA, CORRECTION_MAX).expect("as many as may be");
    assert_eq!(bot.correct(3, ANNA, 1), Err(Rejection::CorrectionTooLarge(BOT, ANNA, CORRECTION_MAX)));
    bot.correct(4, ANNA, -1).expect("fewer may be");
}

#[test]
fn who_declines_where_that_is_free_is_owed_another() {
    for (declines_are_free, owed) in [(false, 0), (true, 1)] {
        let mut bot = Bot::served_by(&["Anna", "Boris"], 1_000);
        let offers = OfferEdit {
            accept_within_s: Some(Some(60)),
            declines_are_free: Some(declines_are_free),
            ..OfferEdit::default()
        };
        bot.run(0, Command::EditSource(BOT, SourceEdit { offers, ..SourceEdit::default() }));
        let contact = bot.submit(1);
        assert_eq!(contact.operator, Some(ANNA));
        let offer = OfferAnswer { contact: contact.id, operator: Some(ANNA), decision: None };
        let passed_on: Contact = bot.contact_by(2, Command::Decline(Decline { offer, reason: None }));
        assert_eq!(passed_on.operator, Some(BORIS));
        assert_eq!((bot.tally(ANNA).refunded, bot.outstanding(ANNA)), (owed, owed));
        let got = bot.next(8 + usize::from(declines_are_free));
        assert_eq!(count(&got, ANNA), 4 + usize::from(declines_are_free), "{got:?}");
    }
}

#[test]
fn every_policy_pays_back() {
    for policy in Policy::ALL {
        let mut bot = Bot::served_by(&["Anna", "Boris"], 1_000);
        bot.run(0, Command::EditSource(BOT, SourceEdit { policy: Some(policy), ..SourceEdit::default() }));
        bot.correct(1, BORIS, 2).expect("Boris serves the source");
        bot.correct(1, ANNA, -1).expect("Anna serves the source");
        let picks = bot.next(12);
        assert_eq!((bot.outstanding(BORIS), bot.outstanding(ANNA)), (0, 0), "{policy:?}: {picks:?}");
        assert!(count(&picks[..2], BORIS) >= 1, "{policy:?}: {picks:?}");
    }
}

/// What the operators of the source have in their accounts, in 1/2^44 of a contact: all lines, and what the house owes.
fn sum_of_lines(bot: &Bot) -> i128 {
    let whole = bot.store.whole();
    let ledger = whole.source(BOT).expect("the source stays").ledger();
    let contact = i128::from(CREDIT_PER_CONTACT);
    let by_weight = |tally: Tally| {
        let received = i128::from(tally.received) - i128::from(tally.settled);
        received * contact + i128::from(tally.credit) + tally.carried
    };
    let balances: i128 = ledger
        .iter()
        .map(|(_, it)| {
            by_weight(it) + i128::from(it.adjusted + it.refunded) * contact - i128::from(it.received) * contact
        })
        .sum();
    let house: i128 = ledger.iter().map(|(_, it)| -i128::from(it.outstanding()) * contact).sum();
    balances + house
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is corrected, the rotation is the one that there would be without: the shares of all stay within the
    /// bound of `smooth_weighted`, everybody gets what corrections say in the end, and the accounts add up to nothing.
    #[test]
    fn corrections_are_paid_back_and_shift_nobody_else(
        steps in proptest::collection::vec((0u8..10, 0i64..3, -3i64..4), 1..60),
    ) {
        let mut bot = Bot::served_by(&["Anna", "Boris"], 1_000);
        bot.clara(3);
        for (what, who, amount) in steps {
            let operator = OperatorId(who + 1);
            match what {
                0 if amount != 0 => _ = bot.correct(100, operator, amount),
                1 => {
                    let is_active = Some(amount > 0 || operator == ANNA);
                    let edit = OperatorEdit { is_active, ..OperatorEdit::default() };
                    bot.run(100, Command::EditOperator(operator, edit));
                }
                _ => {
                    let contact = bot.submit(100);
                    let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
                    bot.run(100, Command::EditContact(contact.id, edit));
                }
            }
            prop_assert_eq!(sum_of_lines(&bot), 0);
            for operator in [ANNA, BORIS, CLARA] {
                prop_assert!(bot.tally(operator).credit.abs() <= CREDIT_PER_CONTACT, "{:?}", bot.tally(operator));
            }
        }
        for operator in [BORIS, CLARA] {
            let is_active = OperatorEdit { is_active: Some(true), ..OperatorEdit::default() };
            bot.run(100, Command::EditOperator(operator, is_active));
        }
        let left: i64 = [ANNA, BORIS, CLARA].iter().map(|it| bot.outstanding(*it).abs()).sum();
        // Of any two contacts one pays back, if somebody is owed; who is ahead must be picked for that.
        let picks = bot.next(2 * left as usize + 5 * left as usize + 1);
        let outstanding = [ANNA, BORIS, CLARA].map(|it| bot.outstanding(it));
        prop_assert_eq!(outstanding, [0, 0, 0], "{:?}", picks);
    }
}
