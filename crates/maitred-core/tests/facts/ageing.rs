//! Priorities that rise while contacts wait, and when nobody accepts them.

use crate::bot::{ANNA, BOT, Bot, SECOND};
use maitred_core::command::{ContactEdit, Decline, OfferAnswer, OfferEdit, SourceEdit, Submit, Transfer, UrgencyEdit};
use maitred_core::limits::DRAIN_MAX;
use maitred_core::offer::OfferRules;
use maitred_core::urgency::{AGEING_STEPS_MAX, AgeingStep, ageing_steps};
use maitred_core::{Command, Contact, ContactId, EventDetail, EventKind, Timestamp};

fn at(second: i64) -> Timestamp {
    Timestamp(second * SECOND)
}

/// Nobody is there; who waits for 300 s has priority 5, for 900 s 10.
fn bot() -> Bot {
    let mut bot = Bot::served_by(&["Anna"], 0);
    bot.ageing(0, &[(300, 5), (900, 10)]);
    bot
}

impl Bot {
    fn ageing(&mut self, second: i64, steps: &[(u32, i32)]) {
        let steps = steps.iter().map(|(after_s, priority)| AgeingStep { after_s: *after_s, priority: *priority });
        let urgency = UrgencyEdit { ageing: Some(steps.collect()), ..UrgencyEdit::default() };
        self.run(second, Command::EditSource(BOT, SourceEdit { urgency, ..SourceEdit::default() }));
    }

    fn urgent(&mut self, second: i64, priority: i32) -> Contact {
        self.contact_by(second, Command::Submit(Submit { priority, ..Submit::new(BOT, Vec::new()) }))
    }

    /// The priority that counts, and the one that was sent.
    fn priorities(&self, contact: &Contact) -> (i32, i32) {
        let contact = &self.store.contacts[&contact.id];
        (contact.priority, contact.own_priority())
    }

    fn order(&self) -> Vec<ContactId> {
        let whole = self.store.whole();
        whole.source(BOT).expect("it is there").waiting().front().map(|position| position.contact).collect()
    }

    fn rises(&self) -> Vec<(i32, i32)> {
        let rise = |event: &maitred_core::Event| match event.detail {
            EventDetail::ContactPriorityRaised { from, to } => Some((from, to)),
            _ => None,
        };
        self.store.events.iter().filter_map(rise).collect()
    }

    fn give_room(&mut self, second: i64) {
        let edit = maitred_core::command::OperatorEdit { max_load: Some(1), ..Default::default() };
        self.run(second, Command::EditOperator(ANNA, edit));
    }
}

#[test]
fn who_waits_long_overtakes_who_is_more_urgent_at_the_very_moment() {
    let mut bot = bot();
    let (old, urgent) = (bot.submit(0), bot.urgent(10, 4));
    assert_eq!(old.raise_at, Some(at(300)));
    bot.wake(299);
    assert_eq!(bot.order(), [urgent.id, old.id]);
    bot.wake(300);
    assert_eq!((bot.order(), bot.priorities(&old)), (vec![old.id, urgent.id], (5, 0)));
    bot.wake(310);
    assert_eq!((bot.priorities(&urgent), bot.rises()), ((5, 4), vec![(0, 5), (4, 5)]));
    bot.give_room(320);
    assert_eq!(bot.store.contacts[&old.id].operator, Some(ANNA), "the one that arrived first");
}

#[test]
fn a_priority_that_is_higher_already_stays() {
    let mut bot = bot();
    let urgent = bot.urgent(0, 7);
    bot.wake(300);
    assert_eq!((bot.priorities(&urgent), bot.rises()), ((7, 7), Vec::new()));
    bot.wake(900);
    assert_eq!((bot.priorities(&urgent), bot.rises()), ((10, 7), vec![(7, 10)]));
}

#[test]
fn steps_that_came_while_no_server_ran_are_told_one_by_one() {
    let mut bot = bot();
    let contact = bot.submit(0);
    bot.wake(5_000);
    bot.wake(5_001);
    assert_eq!((bot.rises(), bot.priorities(&contact)), (vec![(0, 5), (5, 10)], (10, 0)));
    assert_eq!(bot.store.contacts[&contact.id].raise_at, None);
}

#[test]
fn a_scheduled_contact_ages_from_its_time_on() {
    let mut bot = bot();
    let submit = Submit { not_before: Some(at(1_000)), ..Submit::new(BOT, Vec::new()) };
    let contact = bot.contact_by(0, Command::Submit(submit));
    assert_eq!(contact.raise_at, None, "until then it does not wait for anybody");
    bot.wake(1_000);
    assert_eq!((bot.priorities(&contact).0, bot.store.contacts[&contact.id].raise_at), (0, Some(at(1_300))));
    bot.wake(1_300);
    assert_eq!(bot.priorities(&contact), (5, 0));
}

#[test]
fn what_somebody_had_meanwhile_has_waited_all_the_same_and_keeps_what_it_reached() {
    let mut bot = bot();
    bot.give_room(0);
    let contact = bot.submit(0);
    assert_eq!((contact.operator, contact.raise_at), (Some(ANNA), None));
    bot.run(
        1,
        Command::EditOperator(ANNA, maitred_core::command::OperatorEdit { max_load: Some(0), ..Default::default() }),
    );
    bot.run(400, Command::Transfer(Transfer { contact: contact.id, from: None, to: None, force: false }));
    assert_eq!((bot.priorities(&contact), bot.rises()), ((5, 0), vec![(0, 5)]));
    bot.give_room(500);
    bot.run(600, Command::Transfer(Transfer { contact: contact.id, from: None, to: None, force: false }));
    assert_eq!((bot.priorities(&contact), bot.rises().len()), ((5, 0), 1), "it was given to Anna again, and kept it");
}

#[test]
fn a_priority_set_by_hand_is_its_own_and_what_it_reached_stays_the_least() {
    let mut bot = bot();
    let contact = bot.submit(0);
    bot.wake(300);
    let set = |priority| ContactEdit { priority: Some(priority), ..ContactEdit::default() };
    bot.run(310, Command::EditContact(contact.id, set(20)));
    assert_eq!(bot.priorities(&contact), (20, 20));
    bot.run(320, Command::EditContact(contact.id, set(-3)));
    assert_eq!(bot.priorities(&contact), (5, -3));
    let told = bot.store.events.len();
    bot.run(330, Command::EditContact(contact.id, set(-3)));
    assert_eq!(bot.store.events.len(), told, "it has that priority");
}

#[test]
fn a_reopened_contact_begins_to_wait_again() {
    let mut bot = bot();
    let contact = bot.submit(0);
    bot.wake(900);
    let resolved = |is_resolved| ContactEdit { is_resolved: Some(is_resolved), ..ContactEdit::default() };
    bot.run(950, Command::EditContact(contact.id, resolved(true)));
    bot.run(2_000, Command::EditContact(contact.id, resolved(false)));
    assert_eq!((bot.priorities(&contact), bot.store.contacts[&contact.id].raise_at), ((0, 0), Some(at(2_300))));
}

#[test]
fn other_steps_hold_at_once_for_all_who_wait_and_take_nothing_back() {
    let mut bot = bot();
    let many: Vec<Contact> = (0..DRAIN_MAX + 3).map(|_| bot.submit(0)).collect();
    bot.wake(300);
    bot.wake(300);
    bot.ageing(400, &[(350, 2), (500, 9)]);
    let raise_at = |bot: &Bot, contact: &Contact| bot.store.contacts[&contact.id].raise_at;
    assert!(many.iter().all(|contact| bot.priorities(contact) == (5, 0)), "what they reached stays");
    assert!(many.iter().all(|contact| raise_at(&bot, contact) == Some(at(500))));
    bot.ageing(450, &[]);
    assert!(many.iter().all(|contact| raise_at(&bot, contact).is_none() && bot.priorities(contact).0 == 5));
    bot.ageing(5_000, &[(60, 100)]);
    assert!(many.iter().all(|contact| bot.priorities(contact).0 == 100), "they have waited for so long");
}

#[test]
fn after_enough_rounds_that_nobody_accepted_in_a_contact_is_more_urgent() {
    let mut bot = Bot::served_by(&["Anna"], 5);
    let rules = OfferRules {
        accept_within_s: Some(60),
        retry_after_s: 30,
        escalate_after_rounds: Some(2),
        ..OfferRules::default()
    };
    let urgency = UrgencyEdit { escalate_priority: Some(Some(50)), ..UrgencyEdit::default() };
    let edit = SourceEdit { offers: OfferEdit::all(rules), urgency, ..SourceEdit::default() };
    bot.run(0, Command::EditSource(BOT, edit));
    let contact = bot.submit(0);
    let decline = |bot: &mut Bot, second| {
        let offer = OfferAnswer { contact: contact.id, operator: Some(ANNA), decision: None };
        bot.run(second, Command::Decline(Decline { offer, reason: None }));
    };
    decline(&mut bot, 0);
    bot.wake(30);
    assert_eq!(bot.priorities(&contact), (0, 0), "one round");
    decline(&mut bot, 31);
    bot.wake(61);
    assert_eq!((bot.priorities(&contact), bot.rises()), ((50, 0), vec![(0, 50)]));
    let kinds: Vec<EventKind> = bot.store.events.iter().map(maitred_core::Event::kind).collect();
    let place = |kind| kinds.iter().rposition(|it| *it == kind).expect("it is told");
    assert_eq!(place(EventKind::ContactPriorityRaised), place(EventKind::ContactEscalated) + 1);
}

#[test]
fn what_rests_ages_as_well() {
    let mut bot = Bot::served_by(&["Anna"], 5);
    bot.ageing(0, &[(20, 3)]);
    let rules = OfferRules { accept_within_s: Some(60), retry_after_s: 60, ..OfferRules::default() };
    bot.run(0, Command::EditSource(BOT, SourceEdit { offers: OfferEdit::all(rules), ..SourceEdit::default() }));
    let contact = bot.submit(0);
    let offer = OfferAnswer { contact: contact.id, operator: None, decision: None };
    bot.run(5, Command::Decline(Decline { offer, reason: None }));
    bot.wake(20);
    let it = &bot.store.contacts[&contact.id];
    assert_eq!((it.retry_at, it.priority, it.attempts.is_some()), (Some(at(65)), 3, true));
}

#[test]
fn mistakes_in_steps_are_all_named() {
    let wrong = ageing_steps(&[(0, 5), (300, 1_001), (300, 1), (200, 2)]).expect_err("it is wrong").0;
    for part in ["after_s of step 1 ", "priority of step 2 ", "after_s of step 4 does not rise; give more than the 300"]
    {
        assert!(wrong.contains(part), "{wrong}");
    }
    let many: Vec<(i64, i64)> = (1..=9).map(|n| (n, n)).collect();
    assert_eq!(ageing_steps(&many).expect_err("too many").0, "has 9 steps; give at most 8");
    assert_eq!(ageing_steps(&many[..AGEING_STEPS_MAX]).map(|steps| steps.len()), Ok(AGEING_STEPS_MAX));
}
