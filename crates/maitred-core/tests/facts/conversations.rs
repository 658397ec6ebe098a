//! Conversations: what a further message of a lead does who has a contact on the source.

use crate::bot::{ANNA, BOT, Bot, SECOND};
use maitred_core::command::{
    ContactEdit, EditMessage, EraseLead, MergeLeads, NewSource, NoteDelivery, OfferAnswer, SendMessage, SetWeight,
    SourceEdit, SplitLead, Submit,
};
use maitred_core::conversation::{Delivery, DeliveryFailure, Message, NoWay, WhenOpen};
use maitred_core::{
    Command, Contact, ContactId, EventKind, Identity, IdentityKind, LeadId, MessageId, Outcome, Rejection, SourceId,
    SourceKind, Status, Timestamp,
};

const FORM: SourceId = SourceId(2);

fn says(source: SourceId, who: &str, text: &str) -> Submit {
    let identities = vec![Identity::new(IdentityKind::ExternalId, who)];
    Submit { message: Some(text.into()), ..Submit::new(source, identities) }
}

impl Bot {
    /// With a form beside the bot, and further messages appended on the bot.
    fn talking(reopen_within_s: Option<u32>) -> Self {
        let mut bot = Self::served_by(&["Anna", "Boris"], 9);
        let space = Some("shared".into());
        bot.run(0, Command::CreateSource(NewSource { id_space: space.clone(), ..NewSource::named("Form") }));
        bot.run(0, Command::SetWeight(SetWeight { source: FORM, operator: ANNA, weight: 1 }));
        let edit = SourceEdit {
            when_open: Some(WhenOpen::Append),
            reopen_within_s: Some(reopen_within_s),
            id_space: Some(space),
            ..SourceEdit::default()
        };
        bot.run(0, Command::EditSource(BOT, edit));
        bot
    }

    /// The contact of what somebody says, and the message if it was appended.
    fn hear(&mut self, second: i64, submit: Submit) -> (Contact, Option<Message>) {
        match self.run(second, Command::Submit(submit)) {
            Outcome::Contact(contact) | Outcome::SubmittedBefore(contact) => (contact, None),
            Outcome::Appended(contact, message) => (contact, Some(message)),
            other => panic!("{other:?}"),
        }
    }

    fn texts(&self, id: ContactId) -> Vec<&str> {
        self.store.messages.values().filter(|it| it.contact == id).map(|it| &*it.text).collect()
    }

    fn resolve_it(&mut self, second: i64, id: ContactId) {
        let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
        self.run(second, Command::EditContact(id, edit));
    }
}

#[test]
fn five_messages_of_one_person_take_one_slot() {
    let mut bot = Bot::talking(None);
    let first = bot.hear(1, says(BOT, "7", "Hello")).0;
    for (second, text) in [(2, "Are you there?"), (3, "It is about a flat"), (4, ""), (5, "Thanks")] {
        let (contact, message) = bot.hear(second, says(BOT, "7", text));
        assert_eq!((contact.id, contact.operator, contact.decisions), (first.id, first.operator, 1));
        assert_eq!(message.map(|it| (it.text, it.created_at)), Some((text.into(), Timestamp(second * SECOND))));
    }
    assert_eq!(bot.texts(first.id), ["Are you there?", "It is about a flat", "", "Thanks"]);
    assert_eq!((bot.store.contacts.len(), bot.store.totals[&BOT].arrived), (1, 1));
    let told = bot.store.events.iter().filter(|event| event.kind() == EventKind::MessageReceived).count();
    assert_eq!(told, 4);
}

#[test]
fn others_and_other_sources_have_contacts_of_their_own() {
    let mut bot = Bot::talking(None);
    let first = bot.hear(1, says(BOT, "7", "Hello")).0;
    let form = bot.hear(2, says(FORM, "7", "By the form")).0;
    let again = bot.hear(3, says(FORM, "7", "By the form")).0;
    let other = bot.hear(4, says(BOT, "8", "Somebody else")).0;
    let ids: Vec<i64> = [&first, &form, &again, &other].map(|it| it.id.0).into();
    assert_eq!((ids, first.lead), (vec![1, 2, 3, 4], form.lead));
    assert_eq!(bot.hear(5, says(BOT, "7", "More")).0.id, first.id, "not one of the form, though that is later");
}

#[test]
fn the_row_of_an_import_is_a_contact_of_its_own() {
    let mut bot = Bot::talking(None);
    let first = bot.hear(1, says(BOT, "7", "Hello")).0;
    let (row, message) = bot.hear(2, Submit { stands_alone: true, ..says(BOT, "7", "Of last year") });
    assert_eq!((row.lead, message), (first.lead, None));
    assert_ne!(row.id, first.id);
}

#[test]
fn what_waits_or_is_scheduled_is_open_as_well() {
    let mut bot = Bot::talking(None);
    let later = Submit { not_before: Some(Timestamp(99 * SECOND)), ..says(BOT, "7", "Call me later") };
    let scheduled = bot.hear(1, later).0;
    assert!(bot.hear(2, says(BOT, "7", "At the office")).1.is_some());
    assert!(bot.contact(scheduled.id).scheduled, "it waits for its time all the same");
}

#[test]
fn a_resolved_contact_stays_so_unless_it_was_resolved_lately() {
    let mut bot = Bot::talking(None);
    let first = bot.hear(1, says(BOT, "7", "Hello")).0;
    bot.resolve_it(2, first.id);
    assert_ne!(bot.hear(3, says(BOT, "7", "And one more thing")).0.id, first.id);

    let mut bot = Bot::talking(Some(60));
    let first = bot.hear(1, says(BOT, "7", "Hello")).0;
    bot.resolve_it(2, first.id);
    let (reopened, message) = bot.hear(61, says(BOT, "7", "And one more thing"));
    assert_eq!((reopened.id, reopened.status, reopened.operator), (first.id, Status::Assigned, first.operator));
    assert!(message.is_some());
    bot.resolve_it(70, first.id);
    assert_ne!(bot.hear(130, says(BOT, "7", "Hello again")).0.id, first.id, "a minute later it is too late");
}

#[test]
fn what_is_sent_again_is_appended_once() {
    let mut bot = Bot::talking(None);
    bot.hear(1, says(BOT, "7", "Hello"));
    let more = Submit { idempotency_key: Some([5; 16]), ..says(BOT, "7", "More") };
    assert!(bot.hear(2, more.clone()).1.is_some());
    assert_eq!(bot.hear(3, more).1, None);
    assert_eq!(bot.texts(ContactId(1)), ["More"]);
}

#[test]
fn messages_follow_the_contact_when_leads_are_merged_and_split() {
    let mut bot = Bot::talking(None);
    let [seven, eight] = [(1, "7"), (2, "8")].map(|(at, who)| bot.hear(at, says(BOT, who, "Hello")).0);
    bot.run(3, Command::MergeLeads(MergeLeads { from: seven.lead, into: eight.lead }));
    assert_eq!(bot.hear(4, says(BOT, "7", "More")).0.id, eight.id, "the latest contact of the two");
    let split = SplitLead {
        lead: eight.lead,
        contacts: vec![seven.id],
        identities: vec![Identity::new(IdentityKind::ExternalId, "7").in_space("shared".into())],
        name: None,
    };
    bot.run(5, Command::SplitLead(split));
    assert_eq!(bot.hear(6, says(BOT, "7", "Still me")).0.id, seven.id);
    assert_ne!(bot.contact(seven.id).lead, LeadId(2));
}

#[test]
fn what_a_lead_changes_is_changed_where_it_was_said_while_the_contact_is_open() {
    let mut bot = Bot::talking(None);
    let contact = bot.hear(1, says(BOT, "7", "Hello")).0;
    let message = bot.hear(2, says(BOT, "7", "the blu one")).1.expect("it is appended").id;
    let edit = |text: &str| {
        let text = text.into();
        Command::EditMessage(EditMessage { contact: contact.id, message, text })
    };
    bot.run(3, edit("the blue one"));
    assert_eq!(bot.texts(contact.id), ["the blue one"]);
    let told = bot.store.events.last().map(|event| (event.kind(), event.contact));
    assert_eq!(told, Some((EventKind::MessageEdited, Some(contact.id))));

    bot.resolve_it(4, contact.id);
    assert_eq!(bot.try_at(Timestamp(5 * SECOND), edit("too late")), Err(Rejection::ContactResolved(contact.id)));
    bot.run(6, Command::EraseLead(EraseLead { lead: contact.lead, quiet_since: None }));
    assert!(bot.store.messages.is_empty());
    let unknown = Command::EditMessage(EditMessage { contact: ContactId(99), message, text: "x".into() });
    assert_eq!(bot.try_at(Timestamp(7 * SECOND), unknown), Err(Rejection::UnknownContact(ContactId(99))));
}

#[test]
fn messengers_append_unless_somebody_says_otherwise() {
    for kind in SourceKind::ALL {
        let is_messenger = matches!(kind, SourceKind::Telegram | SourceKind::Whatsapp);
        assert_eq!(WhenOpen::of_kind(kind) == WhenOpen::Append, is_messenger, "{kind:?}");
    }
}

#[test]
fn what_is_written_to_a_lead_is_pending_and_the_first_response() {
    let mut bot = Bot::talking(None);
    let contact = bot.hear(1, says(BOT, "7", "Hello")).0;
    let answer = OfferAnswer { contact: contact.id, operator: contact.operator, decision: Some(0) };
    let write = |contact, way| Command::SendMessage(SendMessage { contact, text: "Hi".into(), way });
    let Outcome::Sent(lead, message) = bot.run(2, write(answer, Ok(()))) else { panic!("it is a message") };
    assert_eq!((lead, message.delivery, message.author.is_some()), (contact.lead, Some(Delivery::Pending), true));
    assert_eq!(bot.contact(contact.id).first_response_at, Some(Timestamp(2 * SECOND)));
    let failed = Delivery::Failed(DeliveryFailure::Blocked);
    let note = NoteDelivery { contact: contact.id, message: message.id, delivery: failed };
    bot.run(3, Command::NoteDelivery(note));
    let kept = &bot.store.messages[&message.id];
    assert_eq!((kept.delivery, kept.delivered_at), (Some(failed), Some(Timestamp(3 * SECOND))));
    let kinds: Vec<EventKind> = bot.store.events.iter().rev().take(4).map(|event| event.kind()).collect();
    assert_eq!(
        kinds,
        [EventKind::LeadEdited, EventKind::MessageFailed, EventKind::ContactResponded, EventKind::MessageSent]
    );

    // Nothing is written where there is no way, nor by somebody who has it by another decision, nor to nobody.
    let no_way = bot.try_at(Timestamp(4 * SECOND), write(answer, Err(NoWay::NoChat)));
    assert_eq!(no_way, Err(Rejection::NoWay(contact.id, NoWay::NoChat)));
    let stale = OfferAnswer { decision: Some(1), ..answer };
    let over = Rejection::OfferOver(contact.id, contact.operator);
    assert_eq!(bot.try_at(Timestamp(4 * SECOND), write(stale, Ok(()))), Err(over));
    bot.resolve_it(5, contact.id);
    bot.run(6, write(OfferAnswer { decision: None, ..answer }, Ok(())));
    assert_eq!(bot.contact(contact.id).status, Status::Resolved, "it stays so");
    bot.run(7, Command::EraseLead(EraseLead { lead: contact.lead, quiet_since: None }));
    let erased = bot.try_at(Timestamp(8 * SECOND), write(OfferAnswer { decision: None, ..answer }, Ok(())));
    assert_eq!(erased, Err(Rejection::LeadErased(contact.lead)));
}

#[test]
fn a_message_is_changed_and_delivered_where_it_is_and_delivered_once() {
    let mut bot = Bot::talking(None);
    let [seven, eight] = [(1, "7"), (2, "8")].map(|(at, who)| bot.hear(at, says(BOT, who, "Hello")).0);
    let said = bot.hear(3, says(BOT, "7", "the blu one")).1.expect("it is appended").id;
    let answer = OfferAnswer { contact: seven.id, operator: None, decision: None };
    let write = Command::SendMessage(SendMessage { contact: answer, text: "Hi".into(), way: Ok(()) });
    let Outcome::Sent(_, reply) = bot.run(4, write) else { panic!("it is a message") };
    let note = |contact, message, delivery| Command::NoteDelivery(NoteDelivery { contact, message, delivery });
    let edit = |contact, message| Command::EditMessage(EditMessage { contact, message, text: "x".into() });
    let (events, nobodys) = (bot.store.events.len(), MessageId(99));
    let unknown = |contact, message| Err(Rejection::UnknownMessage(contact, message));
    let mut refused = |command| bot.try_at(Timestamp(5 * SECOND), command);
    assert_eq!(refused(note(eight.id, reply.id, Delivery::Sent)), unknown(eight.id, reply.id), "of another contact");
    assert_eq!(refused(note(seven.id, said, Delivery::Sent)), unknown(seven.id, said), "nobody sends it");
    assert_eq!(refused(note(seven.id, nobodys, Delivery::Sent)), unknown(seven.id, nobodys));
    assert_eq!(refused(edit(eight.id, said)), unknown(eight.id, said), "of another contact");
    assert_eq!(refused(edit(seven.id, reply.id)), unknown(seven.id, reply.id), "what was written to the lead");
    assert_eq!(refused(edit(seven.id, nobodys)), unknown(seven.id, nobodys));
    assert_eq!(bot.store.events.len(), events, "nothing is told of it");
    bot.run(6, note(seven.id, reply.id, Delivery::Sent));
    let again = bot.try_at(Timestamp(7 * SECOND), note(seven.id, reply.id, Delivery::Sent));
    assert_eq!(again, Err(Rejection::MessageNotPending(reply.id)));
    assert_eq!(bot.store.messages[&reply.id].delivered_at, Some(Timestamp(6 * SECOND)));
}
