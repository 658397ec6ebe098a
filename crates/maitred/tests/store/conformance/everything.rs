//! Both engines side by side: the same commands leave the same rows in every table, to the bit.

use super::answers::{keyed, one};
use super::batches::{new_operator, new_source, submit};
use crate::test_store::{Node, TestStore, postgres, sqlite};
use maitred_core::caps::{CapRule, Counts, Window};
use maitred_core::command::{
    AddNote, ContactEdit, CorrectAccount, Decline, DeleteSource, EditMessage, EraseLead, HoursEdit, IntakeEdit,
    LeadEdit, MergeLeads, NewCalendar, NoteDelivery, NoteReach, OfferAnswer, OfferEdit, OperatorEdit, Receive,
    ReceivedPayload, ReleaseEdit, Respond, SendMessage, SetCaps, SetSourceCaps, SetWeight, SourceEdit, SourceHoursEdit,
    Submit, Transfer, UrgencyEdit,
};
use maitred_core::conversation::{Delivery, DeliveryFailure, WhenOpen};
use maitred_core::hours::Hours;
use maitred_core::intake::PayloadState;
use maitred_core::intervals::Interval;
use maitred_core::offer::OfferRules;
use maitred_core::release::ReleaseRules;
use maitred_core::urgency::{AgeingStep, ResponseKind};
use maitred_core::{
    CalendarId, Command, ContactId, EventKind, Identity, IdentityKind, LeadId, MessageId, OperatorId, Policy, SourceId,
    Timestamp,
};
use maitred_store::testing::Fixture;
use std::sync::Arc;

/// What a busy day brings: every command, drains that leave follow-ups, deletions.
fn batches() -> Vec<Vec<Command>> {
    let weight = |source, operator, weight| {
        Command::SetWeight(SetWeight { source: SourceId(source), operator: OperatorId(operator), weight })
    };
    let contact = |id: i64, edit| Command::EditContact(ContactId(id), edit);
    let resolve = |id| contact(id, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() });
    let reopen = |id| contact(id, ContactEdit { is_resolved: Some(false), ..ContactEdit::default() });
    let hurry = |id| contact(id, ContactEdit { priority: Some(9), ..ContactEdit::default() });
    let give = |id, to: Option<i64>, force| {
        Command::Transfer(Transfer { contact: ContactId(id), from: None, to: to.map(OperatorId), force })
    };
    let postpone = |id, at: Option<i64>| {
        contact(id, ContactEdit { not_before: Some(at.map(Timestamp)), ..ContactEdit::default() })
    };
    let scheduled = |source, person: &str, at| {
        let Command::Submit(it) = submit(person) else { unreachable!("that is what it makes") };
        Command::Submit(Submit { source: SourceId(source), not_before: Some(Timestamp(at)), ..it })
    };
    let calendar = |day: i64| NewCalendar { name: "Days".into(), definition: format!("{{\"day\": {day}}}").into() };
    let works = |operator: i64, revision, calendar: Option<i64>| {
        let hours = Some(hours(revision, calendar));
        Command::EditOperator(OperatorId(operator), OperatorEdit { hours, ..OperatorEdit::default() })
    };
    let opens = |source, revision, calendar| {
        let HoursEdit { revision, calendar, .. } = hours(revision, calendar);
        let hours = Some(SourceHoursEdit { revision, calendar });
        Command::EditSource(SourceId(source), SourceEdit { hours, ..SourceEdit::default() })
    };
    let falls_back = |source, to: Option<i64>| {
        let edit = SourceEdit { fallback: Some(to.map(SourceId)), ..SourceEdit::default() };
        Command::EditSource(SourceId(source), edit)
    };
    let note = |id: i64, text: &str| Command::AddNote(AddNote { contact: ContactId(id), text: text.into() });
    let many = (0..600).map(|n| submit(&format!("many {n}"))).collect();
    let once = Submit { idempotency_key: Some([9; 16]), ..both_kinds("a", "+7999") };
    vec![
        vec![new_source("Bot", Policy::SmoothWeighted), new_operator(2), new_operator(5), new_operator(1_000)],
        vec![weight(1, 1, 5), weight(1, 2, 3), submit("a"), submit("b"), submit("a")],
        vec![Command::Submit(once.clone()), Command::Submit(once), submit("c")],
        vec![Command::Submit(both_kinds("c", "+7999")), resolve(1), hurry(6), give(2, Some(3), false)],
        vec![
            Command::Submit(both_kinds("b", "+7999")),
            note(4, "Of a lead that is merged\r\nÄ \\ ' {\"a\"} 👩‍👩‍👧‍👦"),
            note(5, "Deleted"),
        ],
        many,
        vec![reopen(1), give(3, None, false), Command::DeleteContact(ContactId(5)), weight(1, 3, 2)],
        vec![Command::RemoveWeight(SourceId(1), OperatorId(2)), Command::DeleteOperator(OperatorId(1))],
        vec![new_source("Form", Policy::WeightedRandom), weight(2, 3, 1), weight(2, 2, 1)],
        vec![
            Command::EditLead(LeadId(2), LeadEdit { name: Some(Some("Ольга Ё".into())), identities: vec![] }),
            Command::MergeLeads(MergeLeads { from: LeadId(1), into: LeadId(3) }),
            Command::EditSource(SourceId(1), SourceEdit { policy: Some(Policy::LongestIdle), ..SourceEdit::default() }),
            Command::ReplaceWeights(SourceId(1), vec![(OperatorId(2), 1), (OperatorId(3), 9)]),
        ],
        // More contacts than one step forgets the texts of, and what comes of the same person afterwards.
        (0..300).map(|_| submit("again")).collect(),
        (609..=908).map(resolve).chain([note(609, "Erased"), note(900, "Erased"), note(2, "Kept")]).collect(),
        vec![Command::EraseLead(EraseLead { lead: LeadId(605), quiet_since: None }), submit("again")],
        (0..300).map(|n| submit(&format!("more {n}"))).collect(),
        (0..300).map(|n| scheduled(1, &format!("later {n}"), 1_000_000)).collect(),
        vec![scheduled(2, "a", i64::MAX)],
        vec![Command::CreateCalendar(calendar(1)), Command::CreateCalendar(calendar(2)), works(2, 0, Some(1))],
        vec![works(2, 1, Some(2)), works(3, 0, Some(2)), works(2, 2, None), works(2, 3, Some(2))],
        vec![falls_back(2, Some(1)), falls_back(2, None), falls_back(1, Some(2))],
        vec![opens(2, 0, Some(2)), opens(1, 0, Some(1)), opens(1, 1, None)],
        vec![Command::DeleteCalendar(CalendarId(1)), Command::ReplaceCalendar(CalendarId(2), calendar(3))],
        vec![postpone(610, Some(i64::MAX)), postpone(611, Some(1_000_000)), postpone(611, None)],
    ]
}

/// Contacts that are offered: accepted, declined, left without an answer, and going on while that lasts.
fn offers() -> Vec<Vec<Command>> {
    let offering = |id| {
        let rules = OfferRules { accept_within_s: Some(5), pause_after_misses: Some(1), ..OfferRules::default() };
        Command::EditSource(SourceId(id), SourceEdit { offers: OfferEdit::all(rules), ..SourceEdit::default() })
    };
    let submit_to = |source, person: &str| {
        let Command::Submit(it) = submit(person) else { unreachable!("that is what it makes") };
        Command::Submit(Submit { source: SourceId(source), ..it })
    };
    let answer = |id| OfferAnswer { contact: ContactId(id), operator: None, decision: None };
    let accept = |id| Command::Accept(answer(id));
    let decline = |id| Command::Decline(Decline { offer: answer(id), reason: Some("Not mine \u{1f3e0}".into()) });
    let appending = |source| {
        let edit = SourceEdit { when_open: Some(WhenOpen::Append), ..SourceEdit::default() };
        Command::EditSource(SourceId(source), edit)
    };
    let said = |message, text: &str| {
        let (contact, message, text) = (ContactId(1_517), MessageId(message), text.into());
        Command::EditMessage(EditMessage { contact, message, text })
    };
    let token = IntakeEdit { token: Some("token".into()), secret: Some(Some("secret".into())), settings: None };
    let correcting = |operator, amount| {
        let (source, operator) = (SourceId(2), OperatorId(operator));
        Command::CorrectAccount(CorrectAccount { source, operator, amount, reason: "Spoiled leads".into() })
    };
    let taking_in = Command::EditIntake(SourceId(2), token);
    let receive = |who: Option<&str>| {
        let submit = who.map(|who| Submit::new(SourceId(2), vec![Identity::new(IdentityKind::ExternalId, who)]));
        let (state, reason, body) = (PayloadState::Unmapped, "nobody".into(), r#"{"a": "\u0000"}"#.into());
        let payload = ReceivedPayload::New { state, reason, body };
        Command::Receive(Receive { source: SourceId(2), payload, submit })
    };
    let first = 1_511;
    let room = SetWeight { source: SourceId(2), operator: OperatorId(2), weight: 5 };
    let asked = (0..3).map(|n| submit_to(2, &format!("offered {n}")));
    let steps = [AgeingStep { after_s: 1, priority: 1 }, AgeingStep { after_s: 3, priority: 2 }].into();
    let urgency =
        UrgencyEdit { respond_within_s: Some(Some(10)), ageing: Some(steps), escalate_priority: Some(Some(9)) };
    let urgent = Command::EditSource(SourceId(2), SourceEdit { urgency, ..SourceEdit::default() });
    let responses = ResponseKind::ALL.map(|how| Command::Respond(Respond { contact: answer(first), how }));
    let counts = [Counts::Assigned, Counts::Kept];
    let caps = counts.map(|counts| CapRule { limit: 1, window: Window::Rolling(1), counts, source: None }).to_vec();
    vec![
        [offering(2), Command::SetWeight(room)].into_iter().chain(asked).collect(),
        vec![accept(first), decline(first + 1), decline(first + 2)],
        vec![Command::SetCaps(SetCaps { operator: OperatorId(3), caps: caps.clone() }), submit_to(2, "capped")],
        vec![Command::SetSourceCaps(SetSourceCaps { source: SourceId(2), caps }), submit_to(2, "capped")],
        vec![taking_in, receive(None), receive(Some("received"))],
        vec![appending(2), submit_to(2, "talking"), submit_to(2, "talking"), submit_to(2, "talking")],
        vec![said(1, "Said otherwise"), said(1, "And again \u{1f3e0}")],
        vec![write_to_lead(), write_to_lead(), delivered(3, Delivery::Sent)],
        vec![delivered(4, Delivery::Failed(DeliveryFailure::NoChat))],
        vec![blocks(2, true), blocks(3, true), blocks(2, false)],
        vec![Command::EditSource(SourceId(2), SourceEdit { when_open: Some(WhenOpen::New), ..SourceEdit::default() })],
        [urgent, submit_to(2, "urgent"), submit_to(2, "urgent")].into_iter().chain(responses).collect(),
        vec![releasing(1), releasing(2), to_be_heard(2, 1), to_be_heard(3, 86_400), Command::Beat(OperatorId(3))],
        vec![Command::Transfer(Transfer {
            contact: ContactId(first),
            from: None,
            to: Some(OperatorId(2)),
            force: true,
        })],
        vec![Command::Wake(Timestamp(i64::MAX)), submit_to(2, "away")],
        vec![Command::Beat(OperatorId(2)), submit_to(2, "present")],
        vec![correcting(2, 3), correcting(3, -1), submit_to(2, "owed"), submit_to(2, "ahead")],
    ]
}

fn write_to_lead() -> Command {
    let contact = OfferAnswer { contact: ContactId(1_517), operator: None, decision: None };
    Command::SendMessage(SendMessage { contact, text: "Yes \u{1f3e0}".into(), way: Ok(()) })
}

fn blocks(lead: i64, is_blocked: bool) -> Command {
    Command::NoteReach(NoteReach { lead: LeadId(lead), source: SourceId(1), is_blocked, at: Timestamp(i64::MAX) })
}

fn delivered(message: i64, delivery: Delivery) -> Command {
    Command::NoteDelivery(NoteDelivery { contact: ContactId(1_517), message: MessageId(message), delivery })
}

/// Takes contacts from operators who left, at once or after a second.
fn releasing(source: i64) -> Command {
    let rules = ReleaseRules { away_release_s: Some(0), shift_end_release_s: Some(1) };
    let edit = SourceEdit { releases: ReleaseEdit::all(rules), ..SourceEdit::default() };
    Command::EditSource(SourceId(source), edit)
}

/// Away after so many seconds.
fn to_be_heard(operator: i64, seconds: u32) -> Command {
    let edit = OperatorEdit { away_after_s: Some(Some(seconds)), ..OperatorEdit::default() };
    Command::EditOperator(OperatorId(operator), edit)
}

/// All that is left of it.
fn the_end() -> Vec<Vec<Command>> {
    vec![
        vec![Command::Wake(Timestamp(i64::MAX)), Command::DeleteOperator(OperatorId(3))],
        vec![Command::DeleteSource(DeleteSource { source: SourceId(1), force: true })],
    ]
}

/// Open and closed by turns, from the beginning to the end of time as far as that matters here.
fn hours(revision: u32, calendar: Option<i64>) -> HoursEdit {
    let at = |n: i64| Timestamp(n * 500_000);
    let hours = Hours {
        calendar_version: 1,
        span: Interval::new(Timestamp(0), Timestamp(i64::MAX / 2)),
        open: (0..50).map(|n| Interval::new(at(2 * n), at(2 * n + 1))).collect(),
        leave: [Interval::new(at(200), at(201))].into_iter().collect(),
        stamp: "2026e-h1".into(),
    };
    let calendar = calendar.map(|id| (CalendarId(id), Arc::new(hours)));
    HoursEdit { revision, calendar, personal: (revision != 1).then(|| "{}".into()) }
}

fn both_kinds(external_id: &str, phone: &str) -> Submit {
    let Command::Submit(one) = submit(external_id) else { unreachable!("that is what it makes") };
    let phone = Identity::new(IdentityKind::Phone, phone);
    let lead_name = Some("Olga".into());
    Submit { identities: [one.identities.clone(), vec![phone]].concat(), lead_name, ..one }
}

fn after_a_day(store: &TestStore) {
    let mut node = Node::open(store);
    for (batch, number) in [batches(), offers(), the_end()].concat().into_iter().zip(0..) {
        if number % 4 == 3 {
            node.close();
            node = Node::open(store);
        }
        if number == 4 {
            one(&mut node, submit("kept"), &[keyed(1)]);
            let hurry = ContactEdit { priority: Some(3), ..ContactEdit::default() };
            one(&mut node, Command::EditContact(ContactId(2), hurry), &[keyed(2), keyed(3)]);
        }
        let mut left_over = node.batch(batch).1;
        while !left_over.is_empty() {
            left_over = node.batch(left_over.into_iter().map(Command::FollowUp).collect()).1;
        }
    }
    node.close();
    Fixture::on(store.url()).keep_reports(500, usize::MAX);
    store.assert_sound();
}

#[test]
fn sqlite_and_postgres_store_the_same() {
    let (file, server) = (sqlite(), postgres());
    after_a_day(&file);
    after_a_day(&server);
    for ((table, in_file), (_, on_server)) in file.everything().into_iter().zip(server.everything()) {
        assert!(!in_file.is_empty(), "nothing was ever written to {table}");
        assert_eq!(in_file, on_server, "{table}");
        if table == "events" {
            let erased = Some(EventKind::LeadErased.code().to_string());
            assert_eq!(in_file.iter().filter(|row| row[2] == erased).count(), 1, "one lead was erased");
        }
    }
}
