//! Every command under every grant. A new command has to be added in three places that the compiler names: to
//! [`kind_of`], to [`every_command`], which has to reach the new count, and to [`TABLE`], with a decision per grant.

use super::*;
use maitred_core::command::{
    CorrectAccount, Decline, DeleteSource, EditMessage, EraseLead, FollowUp, HoursEdit, IntakeEdit, LeadEdit,
    MergeLeads, NewCalendar, NewOperator, NewSource, NoteDelivery, NoteReach, OfferAnswer, Pause, Receive,
    ReceivedPayload, RereadPhones, Respond, SendMessage, SetCaps, SetSourceCaps, SetWeight, ShowLead, SourceEdit,
    SplitLead, Submit,
};
use maitred_core::conversation::Delivery;
use maitred_core::event::EndpointFault;
use maitred_core::urgency::ResponseKind;
use maitred_core::{CalendarId, EndpointId, LeadId, MessageId, PayloadId, Timestamp};
use std::collections::BTreeSet;

const OWN_OPERATOR: OperatorId = OperatorId(1);
const OWN_SOURCE: SourceId = SourceId(1);
const CONTACT: ContactId = ContactId(7);

const GRANTS: [Grant; 5] = [
    Grant::Admin,
    Grant::Supervisor,
    Grant::Operator(OWN_OPERATOR),
    Grant::Intake(Some(OWN_SOURCE)),
    Grant::Intake(None),
];

/// What a grant says of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Yes,
    No,
    /// While the contact is with the operator who asks.
    Own,
    /// The key is bound to another source.
    Elsewhere,
}
use Cell::{Elsewhere, No, Own, Yes};

/// By command: the five grants of [`GRANTS`].
const TABLE: [(&str, [Cell; 5]); 60] = [
    ("submit to the own source", [Yes, Yes, No, Yes, Yes]),
    ("submit to another source", [Yes, Yes, No, Elsewhere, Yes]),
    ("receive for the own source", [Yes, Yes, No, Yes, Yes]),
    ("receive for another source", [Yes, Yes, No, Elsewhere, Yes]),
    ("edit a contact", [Yes, Yes, Own, No, No]),
    ("add a note", [Yes, Yes, Own, No, No]),
    ("change what a lead said", [Yes, Yes, No, No, No]),
    ("write to a lead for oneself", [Yes, Yes, Own, No, No]),
    ("write to a lead for another", [Yes, Yes, No, No, No]),
    ("say that a message was delivered", [Yes, Yes, No, No, No]),
    ("say that a lead blocked a bot", [Yes, Yes, No, No, No]),
    ("transfer a contact", [Yes, Yes, Own, No, No]),
    ("transfer a contact by force", [Yes, Yes, No, No, No]),
    ("accept what was offered to oneself", [Yes, Yes, Yes, No, No]),
    ("accept for another", [Yes, Yes, No, No, No]),
    ("decline for anybody", [Yes, Yes, No, No, No]),
    ("respond to the own contact", [Yes, Yes, Yes, No, No]),
    ("respond for another", [Yes, Yes, No, No, No]),
    ("delete a contact", [Yes, Yes, No, No, No]),
    ("create an operator", [Yes, Yes, No, No, No]),
    ("switch oneself", [Yes, Yes, Yes, No, No]),
    ("switch another operator", [Yes, Yes, No, No, No]),
    ("rename oneself", [Yes, Yes, No, No, No]),
    ("raise one's own limit", [Yes, Yes, No, No, No]),
    ("set one's own hours", [Yes, Yes, No, No, No]),
    ("delete an operator", [Yes, Yes, No, No, No]),
    ("create a calendar", [Yes, Yes, No, No, No]),
    ("replace a calendar", [Yes, Yes, No, No, No]),
    ("delete a calendar", [Yes, Yes, No, No, No]),
    ("pause themselves", [Yes, Yes, Yes, No, No]),
    ("pause another", [Yes, Yes, No, No, No]),
    ("resume themselves", [Yes, Yes, Yes, No, No]),
    ("resume another", [Yes, Yes, No, No, No]),
    ("say when one is away oneself", [Yes, Yes, No, No, No]),
    ("be heard from", [Yes, Yes, Yes, No, No]),
    ("say that another was heard from", [Yes, Yes, No, No, No]),
    ("set one's own caps", [Yes, Yes, No, No, No]),
    ("set the caps of a source", [Yes, Yes, No, No, No]),
    ("correct one's own account", [Yes, Yes, No, No, No]),
    ("create a source", [Yes, Yes, No, No, No]),
    ("edit a source", [Yes, Yes, No, No, No]),
    ("delete a source", [Yes, Yes, No, No, No]),
    ("delete a source by force", [Yes, Yes, No, No, No]),
    ("set a weight", [Yes, Yes, No, No, No]),
    ("set weights", [Yes, Yes, No, No, No]),
    ("replace weights", [Yes, Yes, No, No, No]),
    ("remove a weight", [Yes, Yes, No, No, No]),
    ("edit a lead", [Yes, Yes, No, No, No]),
    ("merge leads", [Yes, Yes, No, No, No]),
    ("erase a lead", [Yes, Yes, No, No, No]),
    ("split a lead", [Yes, Yes, No, No, No]),
    ("remove the demo", [Yes, Yes, No, No, No]),
    ("read phones again", [Yes, Yes, No, No, No]),
    ("show", [Yes, Yes, No, No, No]),
    ("edit an intake", [Yes, Yes, No, No, No]),
    ("forget payloads", [Yes, Yes, No, No, No]),
    ("say that an endpoint is disabled", [Yes, Yes, No, No, No]),
    ("wake", [No, No, No, No, No]),
    ("follow up", [No, No, No, No, No]),
    ("keep reports", [Yes, Yes, No, No, No]),
];

/// The number of a variant; its largest value and 1 is how many there are.
const fn kind_of(command: &Command) -> usize {
    match command {
        Command::Submit(_) => 0,
        Command::EditContact(..) => 1,
        Command::Transfer(_) => 2,
        Command::DeleteContact(_) => 3,
        Command::CreateOperator(_) => 4,
        Command::EditOperator(..) => 5,
        Command::DeleteOperator(_) => 6,
        Command::CreateSource(_) => 7,
        Command::EditSource(..) => 8,
        Command::DeleteSource(_) => 9,
        Command::SetWeight(_) => 10,
        Command::SetWeights(..) => 11,
        Command::ReplaceWeights(..) => 12,
        Command::RemoveWeight(..) => 13,
        Command::EditLead(..) => 14,
        Command::MergeLeads(_) => 15,
        Command::EraseLead(_) => 16,
        Command::Show(..) => 17,
        Command::SplitLead(_) => 18,
        Command::AddNote(_) => 19,
        Command::EditMessage(_) => 39,
        Command::SendMessage(_) => 40,
        Command::NoteDelivery(_) => 41,
        Command::CorrectAccount(_) => 42,
        Command::NoteReach(_) => 43,
        Command::Receive(_) => 33,
        Command::EditIntake(..) => 34,
        Command::ForgetPayloads(_) => 35,
        Command::RemoveDemo(_) => 20,
        Command::RereadPhones(_) => 21,
        Command::Wake(_) => 22,
        Command::Pause(_) => 23,
        Command::Resume(_) => 24,
        Command::CreateCalendar(_) => 25,
        Command::ReplaceCalendar(..) => 26,
        Command::DeleteCalendar(_) => 27,
        Command::Accept(_) => 28,
        Command::Decline(_) => 29,
        Command::SetCaps(_) => 30,
        Command::Beat(_) => 31,
        Command::Respond(_) => 32,
        Command::SetSourceCaps(_) => 36,
        Command::EndpointDisabled(..) => 37,
        Command::KeepReports(_) => 38,
        Command::FollowUp(_) => KINDS - 1,
    }
}
const KINDS: usize = 45;

fn receive(source: SourceId) -> Command {
    let (submit, payload) = (Some(Submit::new(source, Vec::new())), ReceivedPayload::Kept(PayloadId(1)));
    Command::Receive(Receive { source: OWN_SOURCE, payload, submit })
}

/// In the order of [`TABLE`].
fn every_command() -> [Command; TABLE.len()] {
    let (contact, source, operator, lead) = (CONTACT, OWN_SOURCE, OWN_OPERATOR, LeadId(1));
    let edit_operator = |operator, edit| Command::EditOperator(OperatorId(operator), edit);
    let calendar = NewCalendar { name: "Days".into(), definition: "{}".into() };
    let hours = HoursEdit { revision: 0, calendar: None, personal: None };
    let answer = |operator| OfferAnswer { contact, operator, decision: None };
    let switched = OperatorEdit { is_active: Some(false), ..OperatorEdit::default() };
    [
        Command::Submit(Submit::new(OWN_SOURCE, Vec::new())),
        Command::Submit(Submit::new(SourceId(2), Vec::new())),
        receive(OWN_SOURCE),
        receive(SourceId(2)),
        Command::EditContact(contact, ContactEdit { is_resolved: Some(true), ..ContactEdit::default() }),
        Command::AddNote(AddNote { contact, text: "Call back".into() }),
        Command::EditMessage(EditMessage { contact, message: MessageId(1), text: "Call back".into() }),
        Command::SendMessage(SendMessage { contact: answer(Some(operator)), text: "Hello".into(), way: Ok(()) }),
        Command::SendMessage(SendMessage { contact: answer(None), text: "Hello".into(), way: Ok(()) }),
        Command::NoteDelivery(NoteDelivery { contact, message: MessageId(1), delivery: Delivery::Sent }),
        Command::NoteReach(NoteReach { lead, source, is_blocked: true, at: Timestamp(0) }),
        Command::Transfer(Transfer { contact, from: None, to: Some(OperatorId(2)), force: false }),
        Command::Transfer(Transfer { contact, from: None, to: Some(OperatorId(2)), force: true }),
        Command::Accept(answer(Some(operator))),
        Command::Accept(answer(Some(OperatorId(2)))),
        Command::Decline(Decline { offer: answer(None), reason: None }),
        Command::Respond(Respond { contact: answer(Some(operator)), how: ResponseKind::Call }),
        Command::Respond(Respond { contact: answer(None), how: ResponseKind::Other }),
        Command::DeleteContact(contact),
        Command::CreateOperator(NewOperator::named("Anna")),
        edit_operator(1, switched.clone()),
        edit_operator(2, switched.clone()),
        edit_operator(1, OperatorEdit { name: Some("Boss".into()), ..switched.clone() }),
        edit_operator(1, OperatorEdit { max_load: Some(9), ..switched.clone() }),
        edit_operator(1, OperatorEdit { hours: Some(hours), ..switched.clone() }),
        Command::DeleteOperator(operator),
        Command::CreateCalendar(calendar.clone()),
        Command::ReplaceCalendar(CalendarId(1), calendar),
        Command::DeleteCalendar(CalendarId(1)),
        Command::Pause(Pause { operator, until: None, reason: None }),
        Command::Pause(Pause { operator: OperatorId(2), until: None, reason: None }),
        Command::Resume(operator),
        Command::Resume(OperatorId(2)),
        edit_operator(1, OperatorEdit { away_after_s: Some(None), ..switched }),
        Command::Beat(operator),
        Command::Beat(OperatorId(2)),
        Command::SetCaps(SetCaps { operator, caps: Vec::new() }),
        Command::SetSourceCaps(SetSourceCaps { source, caps: Vec::new() }),
        Command::CorrectAccount(CorrectAccount { source, operator, amount: 3, reason: "Spoiled leads".into() }),
        Command::CreateSource(NewSource::named("Bot")),
        Command::EditSource(source, SourceEdit::default()),
        Command::DeleteSource(DeleteSource { source, force: false }),
        Command::DeleteSource(DeleteSource { source, force: true }),
        Command::SetWeight(SetWeight { source, operator, weight: 1 }),
        Command::SetWeights(source, Vec::new()),
        Command::ReplaceWeights(source, Vec::new()),
        Command::RemoveWeight(source, operator),
        Command::EditLead(lead, LeadEdit::default()),
        Command::MergeLeads(MergeLeads { from: LeadId(2), into: lead }),
        Command::EraseLead(EraseLead { lead, quiet_since: None }),
        Command::SplitLead(SplitLead { lead, contacts: vec![contact], identities: Vec::new(), name: None }),
        Command::RemoveDemo(vec![source]),
        Command::RereadPhones(RereadPhones { source, readings: Vec::new(), behind: None }),
        Command::Show(ShowLead { lead, text: "{}".into(), is_erased: false }),
        Command::EditIntake(source, IntakeEdit::default()),
        Command::ForgetPayloads(Timestamp(1)),
        Command::EndpointDisabled(EndpointId(1), EndpointFault::Gone),
        Command::Wake(Timestamp(1)),
        Command::FollowUp(FollowUp::Drain(source)),
        Command::KeepReports(Box::default()),
    ]
}

#[test]
fn every_grant_allows_what_the_table_says_and_nothing_else() {
    for ((name, row), command) in TABLE.iter().zip(every_command()) {
        for (grant, cell) in GRANTS.into_iter().zip(row) {
            let expected = match cell {
                Yes => Ok(Condition::None),
                No => Err(PermissionError::Role(grant.role())),
                Own => Ok(Condition::ContactIsWith(CONTACT, OWN_OPERATOR)),
                Elsewhere => Err(PermissionError::OtherSource(OWN_SOURCE)),
            };
            assert_eq!(permit(grant, &command), expected, "{name} for {grant:?}");
        }
        let observed = permit(Grant::Observer, &command);
        assert_eq!(observed, Err(PermissionError::Role(Role::Observer)), "{name}: observers change nothing");
    }
}

#[test]
fn the_table_has_every_command() {
    let kinds: BTreeSet<_> = every_command().iter().map(kind_of).collect();
    assert_eq!(kinds, (0..KINDS).collect());
}
