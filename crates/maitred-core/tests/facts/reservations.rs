//! Reservations: a contact for which somebody is wanted goes to them if they can take it, waits for them for a while if
//! they may come, and then goes to anybody.

use crate::bot::{ANNA, BORIS, BOT, Bot, SECOND};
use maitred_core::command::{ContactEdit, NewOperator, OperatorEdit, Pause, Submit};
use maitred_core::decision::{Cause, Replay};
use maitred_core::reservation::Wanted;
use maitred_core::{Command, Contact, ContactId, EventDetail, OperatorId, Rejection, SourceId, Status, Timestamp};

const fn wanted(operator: OperatorId, for_s: u32) -> Wanted {
    Wanted { operator, for_s }
}

impl Bot {
    /// A contact for this operator, perhaps scheduled.
    fn submit_for(&mut self, second: i64, wanted: Wanted, not_before: Option<i64>) -> Contact {
        let not_before = not_before.map(|second| Timestamp(second * SECOND));
        let wanted = Some(wanted);
        self.contact_by(second, Command::Submit(Submit { not_before, wanted, ..Submit::new(BOT, Vec::new()) }))
    }

    fn edit_wanted(&mut self, second: i64, id: ContactId, edit: ContactEdit) -> Result<Contact, Rejection> {
        self.try_at(Timestamp(second * SECOND), Command::EditContact(id, edit))
            .map(|_| self.store.contacts[&id].clone())
    }

    fn pause_of(&mut self, second: i64, operator: OperatorId, until: Option<i64>) {
        let until = until.map(|second| Timestamp(second * SECOND));
        self.run(second, Command::Pause(Pause { operator, until, reason: None }));
    }

    fn resolve_at(&mut self, second: i64, id: ContactId) {
        let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
        self.run(second, Command::EditContact(id, edit));
    }

    fn now_with(&self, id: ContactId) -> (Option<OperatorId>, Option<OperatorId>) {
        let contact = &self.store.contacts[&id];
        (contact.operator, contact.reserved_for())
    }

    fn reasons_of(&self, id: ContactId) -> Vec<Cause> {
        self.store.decisions.range((id, 0)..=(id, u32::MAX)).map(|(_, decision)| decision.cause).collect()
    }

    fn has_event(&self, id: ContactId, detail: EventDetail) -> bool {
        self.store.events.iter().any(|event| event.contact == Some(id) && event.detail == detail)
    }
}

fn two(max_load: u32) -> Bot {
    Bot::served_by(&["Anna", "Boris"], max_load)
}

#[test]
fn who_is_wanted_gets_it_whatever_the_policy_says() {
    let mut bot = two(5);
    for second in 1..4 {
        let contact = bot.submit_for(second, wanted(BORIS, 60), None);
        assert_eq!((contact.operator, contact.wanted()), (Some(BORIS), None), "nobody is wanted any more");
        assert_eq!(bot.reasons_of(contact.id), [Cause::Wanted]);
    }
}

#[test]
fn it_waits_for_who_is_wanted_although_others_are_free_and_goes_to_them_when_they_are_back() {
    let mut bot = two(5);
    bot.pause_of(1, BORIS, Some(50));
    let contact = bot.submit_for(2, wanted(BORIS, 60), None);
    assert_eq!((contact.status, contact.reserved_for()), (Status::Waiting, Some(BORIS)));
    let until = Timestamp(62 * SECOND);
    assert!(bot.has_event(contact.id, EventDetail::ContactReserved { operator: BORIS, until }));
    assert_eq!(bot.submit(3).operator, Some(ANNA), "others are not held up by it");
    bot.wake(49);
    assert_eq!(bot.now_with(contact.id), (None, Some(BORIS)));
    bot.wake(50);
    assert_eq!(bot.now_with(contact.id), (Some(BORIS), None));
    assert_eq!(bot.reasons_of(contact.id), [Cause::Reserved, Cause::Wanted]);
    assert!(bot.store.due.is_empty());
}

#[test]
fn after_its_time_anybody_gets_it_and_who_was_wanted_is_not_asked_for_again() {
    let mut bot = two(1);
    let busy = bot.submit_for(1, wanted(BORIS, 0), None);
    let contact = bot.submit_for(2, wanted(BORIS, 60), None);
    let last = Timestamp(62 * SECOND - 1);
    bot.try_at(last, Command::Wake(last)).expect("it is carried out");
    assert_eq!(bot.now_with(contact.id), (None, Some(BORIS)));
    bot.wake(63);
    assert_eq!(bot.now_with(contact.id), (Some(ANNA), None));
    assert_eq!(bot.reasons_of(contact.id), [Cause::Reserved, Cause::ReservationEnded]);
    assert!(bot.has_event(contact.id, EventDetail::ContactReservationEnded { late_ms: 1_000 }));
    // Without anybody free it waits like any other from then on.
    let later = bot.submit_for(70, wanted(BORIS, 60), None);
    bot.wake(130);
    assert_eq!((bot.now_with(later.id), bot.store.totals[&BOT].waiting), ((None, None), 1));
    bot.resolve_at(131, contact.id);
    assert_eq!(bot.now_with(later.id), (Some(ANNA), None));
    assert_eq!(bot.now_with(busy.id), (Some(BORIS), None));
}

#[test]
fn it_does_not_wait_for_who_cannot_come_in_time() {
    let mut bot = two(5);
    let contact = bot.submit_for(1, wanted(OperatorId(9), 60), None);
    assert_eq!((contact.operator, contact.wanted()), (Some(ANNA), None), "nobody knows operator 9");
    bot.run(2, Command::CreateOperator(NewOperator { max_load: 5, ..NewOperator::named("Clara") }));
    let contact = bot.submit_for(3, wanted(OperatorId(3), 60), None);
    assert_eq!((contact.operator, contact.wanted()), (Some(BORIS), None), "Clara does not serve the source");
    bot.pause_of(4, BORIS, Some(64));
    assert_eq!(bot.submit_for(4, wanted(BORIS, 60), None).operator, Some(ANNA), "Boris is back a moment too late");
    assert_eq!(bot.submit_for(4, wanted(BORIS, 61), None).reserved_for(), Some(BORIS));
    let off = OperatorEdit { is_active: Some(false), ..OperatorEdit::default() };
    bot.run(5, Command::EditOperator(BORIS, off));
    assert_eq!(bot.submit_for(6, wanted(BORIS, 60), None).operator, Some(ANNA), "Boris is switched off");
    assert_eq!(bot.submit_for(7, wanted(BORIS, 0), None).operator, Some(ANNA), "nobody is to wait");
}

#[test]
fn a_callback_goes_back_at_its_time_to_who_promised_it() {
    let mut bot = two(1);
    let contact = bot.submit(1);
    assert_eq!(contact.operator, Some(ANNA));
    let promise = ContactEdit {
        not_before: Some(Some(Timestamp(100 * SECOND))),
        wanted: Some(Some(wanted(ANNA, 60))),
        ..ContactEdit::default()
    };
    let promised = bot.edit_wanted(2, contact.id, promise).expect("it is scheduled");
    assert_eq!((promised.operator, promised.scheduled, promised.wanted()), (None, true, Some(wanted(ANNA, 60))));
    let (busy, other) = (bot.submit(3), bot.submit(3));
    let of_anna = [busy, other].into_iter().find(|it| it.operator == Some(ANNA)).expect("both are given one");
    bot.wake(100);
    assert_eq!(bot.now_with(contact.id), (None, Some(ANNA)), "Anna has no slot free yet");
    bot.resolve_at(120, of_anna.id);
    assert_eq!(bot.now_with(contact.id), (Some(ANNA), None));
    assert_eq!(bot.reasons_of(contact.id)[1..], [Cause::Scheduled, Cause::Reserved, Cause::Wanted]);
}

#[test]
fn somebody_is_wanted_for_a_time_to_come_alone_and_can_be_wanted_no_longer() {
    let mut bot = two(1);
    let contact = bot.submit(1);
    let of = |wanted| ContactEdit { wanted: Some(wanted), ..ContactEdit::default() };
    let refused = |bot: &mut Bot, wanted| bot.edit_wanted(2, contact.id, of(Some(wanted))).expect_err("it is refused");
    assert_eq!(refused(&mut bot, wanted(BORIS, 60)), Rejection::NotScheduled(contact.id));
    assert_eq!(refused(&mut bot, wanted(OperatorId(9), 60)), Rejection::UnknownOperator(OperatorId(9)));
    bot.run(2, Command::CreateOperator(NewOperator::named("Clara")));
    let clara = OperatorId(3);
    assert_eq!(refused(&mut bot, wanted(clara, 60)), Rejection::UnknownMembership(SourceId(1), clara));
    bot.submit(3);
    let reserved = bot.submit_for(4, wanted(ANNA, 600), None);
    assert_eq!(bot.now_with(reserved.id), (None, Some(ANNA)));
    bot.resolve_at(5, bot.store.contacts.values().find(|it| it.operator == Some(BORIS)).expect("theirs").id);
    assert_eq!(bot.now_with(reserved.id), (None, Some(ANNA)), "Boris is free, and it is not for them");
    let given = bot.edit_wanted(6, reserved.id, of(None)).expect("it is carried out");
    assert_eq!((given.operator, given.wanted()), (Some(BORIS), None));
}

#[test]
fn decisions_about_reserved_contacts_replay() {
    let mut bot = two(1);
    bot.submit_for(1, wanted(BORIS, 0), None);
    bot.submit_for(2, wanted(BORIS, 60), None);
    bot.wake(70);
    for decision in bot.store.decisions.values() {
        let pool = bot.store.pool_of(decision).expect("its pool is written down");
        assert_eq!(decision.replay(&pool), Replay::Matches, "{decision:?}");
    }
}

#[test]
fn a_reservation_that_ends_because_the_contact_is_put_off_gives_it_to_nobody() {
    let mut bot = two(5);
    bot.pause_of(1, BORIS, Some(50));
    let contact = bot.submit_for(2, wanted(BORIS, 60), None);
    let later = Some(Some(Timestamp(100 * SECOND)));
    let edit = ContactEdit { wanted: Some(None), not_before: later, ..ContactEdit::default() };
    let put_off = bot.edit_wanted(3, contact.id, edit).expect("it waits");
    assert_eq!((put_off.scheduled, put_off.wanted(), put_off.decisions), (true, None, 1), "nobody had it in between");
    assert_eq!(bot.store.totals[&BOT].resting, 0);
}
