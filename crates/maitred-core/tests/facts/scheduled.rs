//! Scheduled contacts: nobody gets them before their time, and at it they have their turn.

use crate::bot::{ANNA, BOT, Bot, SECOND};
use maitred_core::command::{ContactEdit, Submit, Transfer};
use maitred_core::decision::Cause;
use maitred_core::limits::{DRAIN_MAX, SCHEDULE_MICROS_MAX};
use maitred_core::{Command, Contact, ContactId, EventDetail, OperatorId, Status, Timestamp};

impl Bot {
    fn schedule(&mut self, second: i64, not_before: Option<i64>) -> Contact {
        let not_before = not_before.map(|second| Timestamp(second * SECOND));
        self.contact_by(second, Command::Submit(Submit { not_before, ..Submit::new(BOT, Vec::new()) }))
    }

    fn edit(&mut self, second: i64, id: ContactId, edit: ContactEdit) -> Contact {
        self.contact_by(second, Command::EditContact(id, edit))
    }

    fn postpone(&mut self, second: i64, id: ContactId, to: Option<i64>) -> Contact {
        let not_before = Some(to.map(|second| Timestamp(second * SECOND)));
        self.edit(second, id, ContactEdit { not_before, ..ContactEdit::default() })
    }

    fn operator_of(&self, id: ContactId) -> Option<OperatorId> {
        self.contact(id).operator
    }

    fn causes(&self, id: ContactId) -> Vec<Cause> {
        self.store.decisions.range((id, 0)..=(id, u32::MAX)).map(|(_, decision)| decision.cause).collect()
    }

    fn details(&self, id: ContactId) -> Vec<EventDetail> {
        self.store.events.iter().filter(|event| event.contact == Some(id)).map(|event| event.detail).collect()
    }
}

/// Served by Anna, who has room for so many.
fn one(max_load: u32) -> Bot {
    Bot::served_by(&["Anna"], max_load)
}

#[test]
fn a_scheduled_contact_waits_although_somebody_is_free_and_is_assigned_at_its_time() {
    let mut bot = one(5);
    let contact = bot.schedule(1, Some(60));
    assert_eq!((contact.status, contact.operator, contact.scheduled), (Status::Waiting, None, true));
    assert_eq!(bot.schedule(2, None).operator, Some(ANNA), "others are not held up");
    bot.wake(59);
    assert_eq!(bot.operator_of(contact.id), None);
    bot.wake(61);
    assert_eq!(bot.operator_of(contact.id), Some(ANNA));
    assert_eq!(bot.causes(contact.id), [Cause::Scheduled, Cause::Due]);
    let not_before = Timestamp(60 * SECOND);
    assert_eq!(
        bot.details(contact.id),
        [
            EventDetail::ContactCreated,
            EventDetail::ContactScheduled { not_before, moved: false },
            EventDetail::ContactDue { late_ms: 1_000 },
            EventDetail::ContactAssigned { at_once: false, accept_by: None },
        ]
    );
    assert_eq!(bot.contact(contact.id).not_before, Some(not_before), "what was asked for is kept");
}

#[test]
fn a_wake_at_the_very_moment_is_not_too_early_and_a_second_one_changes_nothing() {
    let mut bot = one(5);
    let contact = bot.schedule(1, Some(60));
    let last = Timestamp(60 * SECOND - 1);
    bot.try_at(last, Command::Wake(last)).expect("it is carried out");
    assert_eq!(bot.operator_of(contact.id), None);
    bot.wake(60);
    assert_eq!(bot.operator_of(contact.id), Some(ANNA));
    let events = bot.store.events.len();
    bot.wake(60);
    assert_eq!(bot.store.events.len(), events);
}

#[test]
fn times_that_have_passed_count_as_now_and_those_too_far_ahead_as_the_furthest() {
    let mut bot = one(5);
    let contact = bot.schedule(10, Some(10));
    assert_eq!((contact.not_before, contact.operator), (None, Some(ANNA)));
    let contact = bot.schedule(10, Some(i64::MAX / SECOND));
    assert_eq!(contact.not_before, Some(Timestamp(10 * SECOND + SCHEDULE_MICROS_MAX)));
}

#[test]
fn when_nobody_is_free_a_contact_whose_time_came_waits_by_its_arrival() {
    let mut bot = one(1);
    let held = bot.schedule(1, None);
    let scheduled = bot.schedule(2, Some(60));
    let later = bot.schedule(3, None);
    assert_eq!(bot.store.totals[&BOT].waiting, 1);
    assert_eq!(bot.store.totals[&BOT].scheduled, 1);
    bot.wake(60);
    assert_eq!((bot.store.totals[&BOT].waiting, bot.store.totals[&BOT].scheduled), (2, 0));
    let resolve = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
    bot.edit(61, held.id, resolve);
    assert_eq!((bot.operator_of(scheduled.id), bot.operator_of(later.id)), (Some(ANNA), None));
    assert_eq!(bot.causes(scheduled.id), [Cause::Scheduled, Cause::Drained]);
}

#[test]
fn a_scheduled_contact_can_be_moved_and_brought_forward() {
    let mut bot = one(5);
    let contact = bot.schedule(1, Some(60));
    let moved = bot.postpone(2, contact.id, Some(90));
    assert!(moved.scheduled && moved.not_before == Some(Timestamp(90 * SECOND)));
    bot.wake(60);
    assert_eq!(bot.operator_of(contact.id), None);
    let freed = bot.postpone(61, contact.id, None);
    assert_eq!((freed.operator, freed.not_before, freed.scheduled), (Some(ANNA), None, false));
    assert!(bot.store.due.is_empty());
    assert_eq!(bot.causes(contact.id), [Cause::Scheduled, Cause::Due]);
}

#[test]
fn postponing_an_assigned_contact_frees_its_slot_until_then() {
    let mut bot = one(1);
    let first = bot.schedule(1, None);
    let second = bot.schedule(2, None);
    assert_eq!((bot.operator_of(first.id), bot.operator_of(second.id)), (Some(ANNA), None));
    bot.postpone(3, first.id, Some(60));
    assert_eq!((bot.operator_of(first.id), bot.operator_of(second.id)), (None, Some(ANNA)));
    assert_eq!(bot.causes(first.id), [Cause::Arrived, Cause::Scheduled]);
    bot.wake(60);
    assert_eq!(bot.operator_of(first.id), None, "Anna is full");
    assert!(!bot.contact(first.id).scheduled);
}

#[test]
fn people_may_give_a_scheduled_contact_to_somebody_and_what_is_released_waits_for_its_time_again() {
    let mut bot = one(5);
    let contact = bot.schedule(1, Some(60)).id;
    let to = |to| Command::Transfer(Transfer { contact, from: None, to, force: false });
    bot.run(2, to(Some(ANNA)));
    assert_eq!((bot.operator_of(contact), bot.store.due.len()), (Some(ANNA), 0));
    bot.run(3, to(None));
    assert!(bot.contact(contact).scheduled);
    bot.wake(60);
    assert_eq!(bot.operator_of(contact), Some(ANNA));
}

#[test]
fn what_ends_before_its_time_has_no_timer_and_reopened_has_one_again() {
    let mut bot = one(5);
    let contact = bot.schedule(1, Some(60)).id;
    let resolve = |is_resolved| ContactEdit { is_resolved: Some(is_resolved), ..ContactEdit::default() };
    bot.edit(2, contact, resolve(true));
    assert!(bot.store.due.is_empty());
    bot.edit(3, contact, resolve(false));
    assert!(bot.contact(contact).scheduled);
    bot.run(4, Command::DeleteContact(contact));
    assert!(bot.store.due.is_empty());
    bot.wake(60);
}

#[test]
fn a_wake_is_bounded_and_the_next_goes_on() {
    let mut bot = one(10_000);
    let count = DRAIN_MAX + 10;
    for _ in 0..count {
        bot.schedule(1, Some(60));
    }
    bot.wake(60);
    assert_eq!(bot.store.due.len(), 10);
    assert_eq!(bot.store.operators[&ANNA].current_load as usize, DRAIN_MAX);
    bot.wake(60);
    assert_eq!((bot.store.due.len(), bot.store.operators[&ANNA].current_load as usize), (0, count));
}

#[test]
fn a_timer_that_is_not_what_its_subject_says_is_put_right() {
    let mut bot = one(5);
    let contact = bot.schedule(1, None);
    let scheduled = bot.schedule(1, Some(60));
    let subject = maitred_core::due::Subject::Contact;
    bot.store.due.insert(subject(contact.id), Timestamp(5));
    bot.store.due.insert(subject(ContactId(999)), Timestamp(5));
    bot.store.due.insert(subject(scheduled.id), Timestamp(5));
    bot.wake(30);
    let left: Vec<_> = bot.store.due.iter().collect();
    assert_eq!(left, [(&subject(scheduled.id), &Timestamp(60 * SECOND))]);
}
