//! Offers: accepted in time, declined, or left without an answer, and then asked of others.

use crate::bot::{ANNA, BORIS, BOT, Bot, SECOND};
use maitred_core::command::{
    ContactEdit, Decline, NewOperator, NewSource, OfferAnswer, OfferEdit, OperatorEdit, Pause, SetWeight, SourceEdit,
    Submit, Transfer,
};
use maitred_core::decision::Cause;
use maitred_core::limits::PAUSED_FOR_MISSES;
use maitred_core::offer::{OfferRules, RESTING_LOOKED_AT_MAX};
use maitred_core::{
    Command, Contact, ContactId, EventDetail, EventKind, OperatorId, Outcome, Rejection, SourceId, Status, Timestamp,
};

/// Offers for a minute, rests half of one.
const RULES: OfferRules = OfferRules {
    accept_within_s: Some(60),
    retry_after_s: 30,
    pause_after_misses: None,
    escalate_after_rounds: None,
    declines_are_free: false,
};

fn at(second: i64) -> Timestamp {
    Timestamp(second * SECOND)
}

/// Anna and Boris take turns, beginning with Anna.
fn offering(names: &[&str], max_load: u32, rules: OfferRules) -> Bot {
    let mut bot = Bot::served_by(names, max_load);
    bot.set_rules(rules);
    bot
}

impl Bot {
    fn set_rules(&mut self, rules: OfferRules) {
        let offers = OfferEdit::all(rules);
        self.run(0, Command::EditSource(BOT, SourceEdit { offers, ..SourceEdit::default() }));
    }

    fn it(&self, contact: &Contact) -> &Contact {
        &self.store.contacts[&contact.id]
    }

    fn holder(&self, contact: &Contact) -> Option<OperatorId> {
        self.it(contact).operator
    }

    fn accept(&mut self, second: i64, contact: &Contact, operator: OperatorId) -> Result<Outcome, Rejection> {
        let offer = OfferAnswer { contact: contact.id, operator: Some(operator), decision: None };
        self.try_at(at(second), Command::Accept(offer))
    }

    fn decline(&mut self, second: i64, contact: &Contact, operator: OperatorId) -> Contact {
        let offer = OfferAnswer { contact: contact.id, operator: Some(operator), decision: None };
        self.contact_by(second, Command::Decline(Decline { offer, reason: None }))
    }

    fn somebody_joins(&mut self, second: i64) -> OperatorId {
        let new = NewOperator { max_load: 10, ..NewOperator::named("Clara") };
        let Outcome::Operator(clara) = self.run(second, Command::CreateOperator(new)) else { panic!("an operator") };
        self.run(second, Command::SetWeight(SetWeight { source: BOT, operator: clara.id, weight: 1 }));
        clara.id
    }

    fn causes_of(&self, contact: &Contact) -> Vec<Cause> {
        let decisions = self.store.decisions.range((contact.id, 0)..=(contact.id, u32::MAX));
        decisions.map(|(_, decision)| decision.cause).collect()
    }

    fn kinds_of(&self, contact: &Contact) -> Vec<EventKind> {
        let events = self.store.events.iter().filter(|event| event.contact == Some(contact.id));
        events.map(maitred_core::Event::kind).collect()
    }
}

#[test]
fn an_offer_holds_a_slot_and_is_accepted_up_to_its_last_instant() {
    let mut bot = offering(&["Anna"], 5, RULES);
    let first = bot.submit(10);
    assert_eq!((first.operator, first.accept_by, first.accepted_at), (Some(ANNA), Some(at(70)), None));
    assert_eq!(bot.operator(ANNA).current_load, 1);
    let second = bot.submit(10);
    let offer = |contact: ContactId| OfferAnswer { contact, operator: Some(ANNA), decision: Some(0) };
    let accepted = bot.try_at(Timestamp(70 * SECOND - 1_000), Command::Accept(offer(first.id)));
    let Ok(Outcome::Contact(accepted)) = accepted else { panic!("{accepted:?}") };
    assert_eq!((accepted.accept_by, accepted.accepted_at), (None, Some(Timestamp(70 * SECOND - 1_000))));
    assert_eq!(bot.try_at(at(70), Command::Accept(offer(second.id))), Err(Rejection::OfferOver(second.id, Some(ANNA))));
    bot.wake(70);
    assert_eq!(bot.it(&first), &accepted, "an accepted one stays");
    assert_eq!(bot.it(&second).status, Status::Waiting);
    assert_eq!(bot.kinds_of(&first).last(), Some(&EventKind::ContactAccepted));
}

#[test]
fn accepting_twice_is_the_same_as_once_and_a_stale_press_changes_nothing() {
    let mut bot = offering(&["Anna", "Boris"], 5, RULES);
    let contact = bot.submit(0);
    bot.accept(5, &contact, ANNA).expect("it is hers");
    bot.accept(6, &contact, ANNA).expect("it is hers already");
    assert_eq!(bot.it(&contact).accepted_at, Some(at(5)));
    assert_eq!(bot.accept(7, &contact, BORIS), Err(Rejection::OfferOver(contact.id, Some(ANNA))));
    let declined = Decline { offer: OfferAnswer { contact: contact.id, operator: None, decision: None }, reason: None };
    assert_eq!(bot.try_at(at(8), Command::Decline(declined)), Err(Rejection::NotOffered(contact.id)));
    bot.run(9, Command::EditContact(contact.id, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() }));
    assert_eq!(bot.accept(10, &contact, ANNA), Err(Rejection::ContactResolved(contact.id)));
}

#[test]
fn the_answer_to_an_earlier_offer_is_not_one_to_a_later_one() {
    let mut bot = offering(&["Anna"], 5, RULES);
    let contact = bot.submit(0);
    bot.wake(60);
    bot.wake(90);
    assert_eq!(bot.holder(&contact), Some(ANNA), "she is asked again");
    let old = OfferAnswer { contact: contact.id, operator: Some(ANNA), decision: Some(contact.decisions - 1) };
    assert_eq!(bot.try_at(at(91), Command::Accept(old)), Err(Rejection::OfferOver(contact.id, Some(ANNA))));
    let new = OfferAnswer { decision: Some(bot.it(&contact).decisions - 1), ..old };
    bot.try_at(at(92), Command::Accept(new)).expect("that is the offer she has");
}

#[test]
fn an_offer_without_an_answer_goes_to_the_next_though_the_server_was_down_meanwhile() {
    let mut bot = offering(&["Anna", "Boris"], 5, RULES);
    let contact = bot.submit(0);
    assert_eq!(contact.operator, Some(ANNA));
    assert_eq!(bot.accept(300, &contact, ANNA), Err(Rejection::OfferOver(contact.id, Some(ANNA))), "nobody woke yet");
    bot.wake(300);
    let contact = bot.it(&contact).clone();
    assert_eq!((contact.operator, contact.accept_by), (Some(BORIS), Some(at(360))));
    assert_eq!((bot.operator(ANNA).misses, bot.operator(ANNA).current_load), (1, 0));
    assert_eq!(bot.causes_of(&contact), [Cause::Arrived, Cause::NoAnswer]);
    let expired = EventDetail::ContactOfferExpired { from: ANNA, late_ms: 240_000 };
    assert_eq!(bot.store.events.iter().filter(|event| event.detail == expired).count(), 1);
    let events = bot.store.events.len();
    bot.wake(300);
    assert_eq!(bot.store.events.len(), events, "waking twice changes nothing");
    bot.accept(310, &contact, BORIS).expect("it is theirs");
    assert!(bot.it(&contact).attempts.is_none());
}

#[test]
fn when_all_declined_it_rests_and_who_joins_meanwhile_is_asked_at_once() {
    let mut bot = offering(&["Anna", "Boris"], 5, RULES);
    let contact = bot.submit(0);
    assert_eq!(bot.decline(5, &contact, ANNA).operator, Some(BORIS));
    let resting = bot.decline(10, &contact, BORIS);
    assert_eq!((resting.status, resting.operator, resting.retry_at), (Status::Waiting, None, Some(at(40))));
    assert_eq!(bot.submit(11).operator, Some(ANNA), "others are not held up");
    let clara = bot.somebody_joins(20);
    assert_eq!(bot.holder(&contact), Some(clara));
    assert_eq!(bot.causes_of(&contact), [Cause::Arrived, Cause::Declined, Cause::Declined, Cause::Drained]);
}

#[test]
fn after_its_rest_all_are_asked_again_and_after_some_rounds_that_is_told() {
    let mut bot = offering(&["Anna"], 5, OfferRules { escalate_after_rounds: Some(2), ..RULES });
    let contact = bot.submit(0);
    bot.decline(5, &contact, ANNA);
    bot.wake(34);
    assert_eq!(bot.holder(&contact), None);
    bot.wake(35);
    assert_eq!(bot.holder(&contact), Some(ANNA));
    assert_eq!(bot.causes_of(&contact), [Cause::Arrived, Cause::Declined, Cause::AskedAgain]);
    bot.decline(40, &contact, ANNA);
    assert!(!bot.kinds_of(&contact).contains(&EventKind::ContactEscalated));
    bot.wake(70);
    bot.decline(75, &contact, ANNA);
    bot.wake(105);
    let escalated = bot.kinds_of(&contact).into_iter().filter(|kind| *kind == EventKind::ContactEscalated);
    assert_eq!(escalated.count(), 1);
    assert_eq!(bot.it(&contact).attempts.as_ref().map(|it| it.rounds), Some(3));
}

#[test]
fn a_reason_is_kept_as_a_note() {
    let mut bot = offering(&["Anna"], 5, RULES);
    let contact = bot.submit(0);
    let offer = OfferAnswer { contact: contact.id, operator: None, decision: None };
    bot.run(5, Command::Decline(Decline { offer, reason: Some("Not my region".into()) }));
    let notes: Vec<_> = bot.store.notes.values().map(|note| (note.contact, &*note.text)).collect();
    assert_eq!(notes, [(contact.id, "Not my region")]);
}

#[test]
fn after_so_many_misses_in_a_row_somebody_is_paused() {
    let mut bot = offering(&["Anna"], 5, OfferRules { pause_after_misses: Some(2), ..RULES });
    let first = bot.submit(0);
    bot.wake(60);
    assert_eq!(bot.operator(ANNA).misses, 1);
    bot.wake(90);
    bot.accept(91, &first, ANNA).expect("it is hers");
    assert_eq!(bot.operator(ANNA).misses, 0, "who answers has missed nothing");
    let (second, third) = (bot.submit(100), bot.submit(101));
    bot.wake(161);
    let anna = bot.operator(ANNA).clone();
    assert!(anna.is_paused(at(161)) && anna.paused_until.is_none());
    assert_eq!(anna.pause_reason.as_deref(), Some(PAUSED_FOR_MISSES));
    assert_eq!((bot.holder(&second), bot.holder(&third)), (None, None));
    assert_eq!(bot.holder(&first), Some(ANNA), "what she accepted stays with her");
    bot.run(162, Command::Resume(ANNA));
    assert_eq!(bot.operator(ANNA).misses, 0);
}

#[test]
fn who_goes_away_loses_what_they_did_not_accept_and_misses_nothing() {
    for how in ["pause", "switch"] {
        let mut bot = offering(&["Anna", "Boris"], 5, RULES);
        let accepted = bot.submit(0);
        bot.accept(1, &accepted, ANNA).expect("it is hers");
        let boris = bot.submit(2);
        let offered = bot.submit(3);
        assert_eq!((boris.operator, offered.operator), (Some(BORIS), Some(ANNA)));
        match how {
            "pause" => bot.run(5, Command::Pause(Pause { operator: ANNA, until: None, reason: None })),
            _ => {
                let edit = OperatorEdit { is_active: Some(false), ..OperatorEdit::default() };
                bot.run(5, Command::EditOperator(ANNA, edit))
            }
        };
        assert_eq!((bot.holder(&offered), bot.holder(&accepted)), (Some(BORIS), Some(ANNA)), "{how}");
        assert_eq!(bot.causes_of(&offered), [Cause::Arrived, Cause::OfferRevoked]);
        assert_eq!(bot.operator(ANNA).misses, 0);
    }
}

#[test]
fn what_somebody_is_given_by_hand_is_no_offer() {
    let mut bot = offering(&["Anna", "Boris"], 5, RULES);
    let contact = bot.submit(0);
    let transfer = Transfer { contact: contact.id, from: None, to: Some(BORIS), force: false };
    let given = bot.contact_by(5, Command::Transfer(transfer));
    assert_eq!((given.operator, given.accept_by, given.accepted_at), (Some(BORIS), None, None));
    bot.wake(600);
    assert_eq!(bot.holder(&contact), Some(BORIS));
    bot.accept(601, &contact, BORIS).expect("they have seen to it");
    assert_eq!(bot.it(&contact).accepted_at, Some(at(601)));
}

#[test]
fn those_who_rest_have_their_place_among_those_who_wait() {
    let mut bot = offering(&["Anna", "Boris"], 1, RULES);
    let declined = bot.submit(0);
    let full = bot.submit(1);
    assert_eq!((declined.operator, full.operator), (Some(ANNA), Some(BORIS)));
    let later = bot.submit(2);
    assert_eq!(bot.decline(3, &declined, ANNA).status, Status::Waiting);
    assert_eq!(bot.holder(&later), Some(ANNA), "she is free for others");
    bot.run(4, Command::EditContact(full.id, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() }));
    assert_eq!(bot.holder(&declined), Some(BORIS));
    let waiting = bot.submit(5);
    assert_eq!(bot.holder(&waiting), None);
}

#[test]
fn many_that_rest_are_all_asked_again() {
    let most = RESTING_LOOKED_AT_MAX + 10;
    let mut bot = offering(&["Anna"], 1_000, RULES);
    let all: Vec<Contact> = (0..most).map(|_| bot.submit(0)).collect();
    bot.wake(60);
    assert!(all.iter().all(|contact| bot.it(contact).retry_at == Some(at(90))));
    let clara = bot.somebody_joins(61);
    assert_eq!(all.iter().filter(|contact| bot.holder(contact) == Some(clara)).count(), 10);
    bot.wake(90);
    assert!(all.iter().all(|contact| bot.holder(contact).is_some()));
}

#[test]
fn a_lead_whose_operator_declined_is_not_given_back_by_stickiness() {
    let mut bot = offering(&["Anna", "Boris"], 5, RULES);
    bot.run(0, Command::EditSource(BOT, SourceEdit { sticky: Some(true), ..SourceEdit::default() }));
    let of_lead = || {
        let identity = maitred_core::Identity::new(maitred_core::IdentityKind::Phone, "+79990000000");
        Command::Submit(Submit::new(BOT, vec![identity]))
    };
    let first = bot.contact_by(1, of_lead());
    bot.accept(2, &first, ANNA).expect("it is hers");
    let second = bot.contact_by(3, of_lead());
    assert_eq!(second.operator, Some(ANNA));
    assert_eq!(bot.decline(4, &second, ANNA).operator, Some(BORIS));
}

#[test]
fn who_waits_goes_before_what_was_not_accepted() {
    let mut bot = offering(&["Anna", "Boris"], 1, RULES);
    let offered = [bot.submit(0), bot.submit(0)];
    let waiting = bot.submit(1);
    assert_eq!(waiting.status, Status::Waiting);
    bot.wake(60);
    assert!(bot.holder(&waiting).is_some());
    let passed_on = offered.iter().filter(|contact| bot.holder(contact).is_some()).count();
    assert_eq!(passed_on, 1, "one slot was left for them");
}

#[test]
fn a_freed_slot_goes_to_the_most_urgent_of_all_sources_whatever_else_is_due() {
    let mut bot = offering(&["Anna"], 1, RULES);
    bot.submit(0);
    bot.run(1, Command::CreateSource(NewSource::named("Site")));
    let site = SourceId(2);
    bot.run(1, Command::SetWeight(SetWeight { source: site, operator: ANNA, weight: 1 }));
    let urgent = bot.contact_by(2, Command::Submit(Submit { priority: 1, ..Submit::new(site, Vec::new()) }));
    let due = bot.contact_by(3, Command::Submit(Submit { not_before: Some(at(60)), ..Submit::new(BOT, Vec::new()) }));
    bot.wake(60);
    assert_eq!((bot.holder(&urgent), bot.holder(&due)), (Some(ANNA), None));
}
