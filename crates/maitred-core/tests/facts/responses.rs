//! First responses: what counts as one, and contacts that get none in time.

use crate::bot::{ANNA, BOT, Bot, SECOND};
use maitred_core::command::{
    ContactEdit, DeleteSource, NewSource, OfferAnswer, OfferEdit, Respond, SourceEdit, Submit, Transfer, UrgencyEdit,
};
use maitred_core::offer::OfferRules;
use maitred_core::urgency::ResponseKind;
use maitred_core::{
    Command, Contact, ContactId, EventDetail, EventKind, OperatorId, Outcome, Rejection, SourceId, Timestamp,
};

fn at(second: i64) -> Timestamp {
    Timestamp(second * SECOND)
}

/// Anna is to respond within so many seconds.
fn bot(respond_within_s: Option<u32>) -> Bot {
    let mut bot = Bot::served_by(&["Anna"], 5);
    bot.respond_within(respond_within_s);
    bot
}

impl Bot {
    fn respond_within(&mut self, seconds: Option<u32>) {
        let urgency = UrgencyEdit { respond_within_s: Some(seconds), ..UrgencyEdit::default() };
        self.run(0, Command::EditSource(BOT, SourceEdit { urgency, ..SourceEdit::default() }));
    }

    fn respond(&mut self, now: Timestamp, contact: &Contact, operator: OperatorId) -> Result<Outcome, Rejection> {
        let answer = OfferAnswer { contact: contact.id, operator: Some(operator), decision: None };
        self.try_at(now, Command::Respond(Respond { contact: answer, how: ResponseKind::Call }))
    }

    fn edit_it(&mut self, second: i64, contact: ContactId, edit: ContactEdit) -> Contact {
        self.contact_by(second, Command::EditContact(contact, edit))
    }

    fn resolve(&mut self, second: i64, contact: ContactId, is_resolved: bool) -> Contact {
        let edit = ContactEdit { is_resolved: Some(is_resolved), ..ContactEdit::default() };
        self.edit_it(second, contact, edit)
    }

    /// First response, until when, and overdue since, in seconds.
    fn response(&self, contact: ContactId) -> [Option<i64>; 3] {
        let contact = &self.store.contacts[&contact];
        [contact.first_response_at, contact.respond_by, contact.overdue_at].map(|at| at.map(|at| at.0 / SECOND))
    }

    fn lateness(&self) -> Vec<i64> {
        let late = |event: &maitred_core::Event| match event.detail {
            EventDetail::ContactOverdue { late_ms } => Some(late_ms),
            _ => None,
        };
        self.store.events.iter().filter_map(late).collect()
    }

    fn count(&self, kind: EventKind) -> usize {
        self.store.events.iter().filter(|event| event.kind() == kind).count()
    }

    fn overdue(&self) -> u64 {
        self.store.whole().source(BOT).expect("it is there").overdue()
    }
}

#[test]
fn a_response_in_the_last_instant_is_in_time_and_one_at_the_moment_is_late() {
    let mut bot = bot(Some(60));
    let (first, second) = (bot.submit(10), bot.submit(10));
    assert_eq!(first.respond_by, Some(at(70)));
    bot.respond(Timestamp(at(70).0 - 1_000), &first, ANNA).expect("it is theirs");
    bot.respond(at(70), &second, ANNA).expect("it is theirs");
    assert_eq!(bot.response(first.id), [Some(69), Some(70), None]);
    assert_eq!(bot.response(second.id), [Some(70), Some(70), Some(70)]);
    assert_eq!((bot.lateness(), bot.overdue()), (vec![0], 0));
    bot.wake(80);
    assert_eq!(bot.lateness(), [0], "it was told");
}

#[test]
fn without_a_response_it_is_told_once_how_late_it_is_though_the_server_was_down_meanwhile() {
    let mut bot = bot(Some(60));
    let contact = bot.submit(0);
    bot.wake(59);
    assert_eq!(bot.lateness(), Vec::<i64>::new());
    bot.wake(300);
    bot.wake(400);
    assert_eq!((bot.lateness(), bot.overdue()), (vec![240_000], 1));
    assert_eq!(bot.response(contact.id), [None, Some(60), Some(300)]);
    bot.respond(at(500), &contact, ANNA).expect("it is theirs");
    assert_eq!((bot.response(contact.id), bot.overdue()), ([Some(500), Some(60), Some(300)], 0));
}

#[test]
fn the_first_response_stays_and_only_the_first_one_is_told() {
    let mut bot = bot(None);
    let contact = bot.submit(0);
    bot.respond(at(10), &contact, ANNA).expect("it is theirs");
    bot.respond(at(20), &contact, ANNA).expect("it is theirs");
    let resolved = bot.resolve(30, contact.id, true);
    assert_eq!((resolved.first_response_at, bot.count(EventKind::ContactResponded)), (Some(at(10)), 1));
    let release = Transfer { contact: contact.id, from: None, to: None, force: false };
    bot.resolve(40, contact.id, false);
    bot.respond(at(50), &contact, ANNA).expect("it is theirs again");
    assert_eq!(bot.contact_by(60, Command::Transfer(release)).first_response_at, Some(at(50)), "others go on with it");
}

#[test]
fn resolving_is_a_response_and_reopening_waits_for_another() {
    let mut bot = bot(Some(60));
    let contact = bot.submit(0);
    assert_eq!(bot.resolve(10, contact.id, true).first_response_at, Some(at(10)));
    bot.wake(100);
    assert_eq!(bot.lateness(), Vec::<i64>::new());
    bot.resolve(200, contact.id, false);
    assert_eq!(bot.response(contact.id), [None, Some(260), None]);
    bot.wake(260);
    assert_eq!(bot.lateness(), [0]);
    bot.resolve(270, contact.id, true);
    assert_eq!((bot.response(contact.id), bot.overdue()), ([Some(270), Some(260), Some(260)], 0));
}

#[test]
fn accepting_is_a_response_and_responding_accepts() {
    let mut bot = bot(Some(60));
    let offers = OfferEdit::all(OfferRules { accept_within_s: Some(90), ..OfferRules::default() });
    bot.run(0, Command::EditSource(BOT, SourceEdit { offers, ..SourceEdit::default() }));
    let (first, second) = (bot.submit(0), bot.submit(0));
    let answer = OfferAnswer { contact: first.id, operator: Some(ANNA), decision: Some(0) };
    assert_eq!(bot.contact_by(10, Command::Accept(answer)).first_response_at, Some(at(10)));
    let Ok(Outcome::Contact(responded)) = bot.respond(at(20), &second, ANNA) else { panic!("it is theirs") };
    assert_eq!((responded.accept_by, responded.accepted_at), (None, Some(at(20))));
    assert_eq!(responded.first_response_at, Some(at(20)));
}

#[test]
fn an_offer_that_nobody_answers_is_overdue_at_its_own_time() {
    let mut bot = bot(Some(60));
    let rules = OfferRules { accept_within_s: Some(30), retry_after_s: 40, ..OfferRules::default() };
    let offers = OfferEdit::all(rules);
    bot.run(0, Command::EditSource(BOT, SourceEdit { offers, ..SourceEdit::default() }));
    let contact = bot.submit(0);
    // The offer is over at 30, the rest at 70; all of it passed before somebody woke.
    bot.wake(30);
    bot.wake(90);
    assert_eq!(bot.response(contact.id), [None, Some(60), Some(90)]);
    assert_eq!(bot.store.contacts[&contact.id].operator, Some(ANNA), "it was offered again in the same step");
}

#[test]
fn somebody_who_does_not_have_it_cannot_respond() {
    let mut bot = bot(Some(60));
    let contact = bot.submit(0);
    let elsewhere = OperatorId(7);
    assert_eq!(bot.respond(at(5), &contact, elsewhere), Err(Rejection::OfferOver(contact.id, Some(ANNA))));
    bot.resolve(10, contact.id, true);
    assert_eq!(bot.respond(at(15), &contact, ANNA), Err(Rejection::ContactResolved(contact.id)));
}

#[test]
fn a_scheduled_contact_is_to_be_answered_within_that_time_of_its_moment() {
    let mut bot = bot(Some(60));
    let submit = Submit { not_before: Some(at(1_000)), ..Submit::new(BOT, Vec::new()) };
    let contact = bot.contact_by(0, Command::Submit(submit));
    assert_eq!(bot.response(contact.id), [None, Some(1_060), None]);
    let moved = |at| ContactEdit { not_before: Some(at), ..ContactEdit::default() };
    bot.edit_it(10, contact.id, moved(Some(at(500))));
    assert_eq!(bot.response(contact.id), [None, Some(560), None]);
    bot.wake(560);
    assert_eq!((bot.lateness(), bot.overdue()), (vec![0], 1));
    // Promised for later, it is not overdue any more; brought forward, its time counts from then on.
    bot.edit_it(600, contact.id, moved(Some(at(900))));
    assert_eq!((bot.response(contact.id), bot.overdue()), ([None, Some(960), None], 0));
    bot.edit_it(700, contact.id, moved(None));
    assert_eq!(bot.response(contact.id), [None, Some(760), None]);
    bot.wake(760);
    assert_eq!(bot.lateness(), [0, 0]);
}

#[test]
fn another_time_counts_for_contacts_that_arrive_from_then_on() {
    let mut bot = bot(Some(60));
    let contact = bot.submit(0);
    bot.respond_within(None);
    assert_eq!((bot.submit(1).respond_by, bot.response(contact.id)[1]), (None, Some(60)));
    bot.wake(60);
    assert_eq!(bot.lateness(), [0]);
}

#[test]
fn what_is_closed_with_its_source_had_no_response() {
    let mut bot = bot(Some(60));
    let contact = bot.submit(0);
    bot.wake(60);
    bot.run(70, Command::DeleteSource(DeleteSource { source: BOT, force: true }));
    assert_eq!(bot.response(contact.id), [None, Some(60), Some(60)]);
}

#[test]
fn who_is_overdue_is_counted_until_they_are_gone() {
    let mut bot = bot(Some(60));
    let contacts: Vec<Contact> = (0..8).map(|_| bot.submit(0)).collect();
    bot.wake(60);
    assert_eq!(bot.overdue(), 8, "whether they wait or not");
    bot.run(61, Command::DeleteContact(contacts[0].id));
    bot.resolve(62, contacts[1].id, true);
    bot.respond(at(63), &contacts[2], ANNA).expect("it is theirs");
    assert_eq!(bot.overdue(), 5);
    bot.run(64, Command::CreateSource(NewSource::named("Other")));
    assert_eq!(bot.store.whole().source(SourceId(2)).expect("it is there").overdue(), 0);
}
