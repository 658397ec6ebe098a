//! What somebody changes of what they wrote, and captions of albums: the contact, or the message of a contact, that was
//! made of it says that from then on. Never a new one.

use super::intake::{Place, TakeError, placeholder};
use crate::batcher::ExecuteError;
use crate::permission::Requester;
use maitred_core::command::{ContactEdit, EditMessage};
use maitred_core::conversation::Message;
use maitred_core::limits::repair;
use maitred_core::{Command, Contact, ContactId, MessageId, Outcome, Status};
use maitred_store::StoreError;
use maitred_store::views::{ContactFilter, Page};
use maitred_telegram::LeadMessage;
use serde_json::{Value, json};

/// The latest contacts of a lead among which the one is looked for whose message was changed, and the latest messages
/// of each that is open.
const EDITED_AMONG: u32 = 20;
const MESSAGES_AMONG: u32 = 100;

/// What was made of something that somebody wrote.
enum Made {
    /// A contact, which arrived with it.
    Contact(Box<Contact>),
    /// A message of a contact.
    Message(Message),
}

impl Place<'_> {
    /// The caption of an album may stand below any of its items.
    pub(super) async fn add_caption(&self, message: &LeadMessage, before: &Outcome) -> Result<(), TakeError> {
        let (Some(_), Some(text)) = (&message.album, &message.text) else { return Ok(()) };
        let made = match before {
            Outcome::Appended(contact, appended) => self.message(contact.id, appended.id).await?.map(Made::Message),
            other => match other.contact() {
                Some(id) => self.app.store().contact(id).await?.map(Box::new).map(Made::Contact),
                None => None,
            },
        };
        match made.filter(|made| made.text() == Some(&placeholder(message.kind))) {
            Some(made) => self.change(&made, text).await,
            None => Ok(()),
        }
    }

    /// Somebody changed what they had written: so does their contact, unless it is over.
    pub(super) async fn edit(&self, message: &LeadMessage) -> Result<(), TakeError> {
        match (self.made_of(message).await?, &message.text) {
            (Some(made), Some(text)) if made.text() != Some(text) => self.change(&made, text).await,
            _ => Ok(()),
        }
    }

    /// What was made of a message, as far as that can be changed: a contact that is open, or a message of one.
    async fn made_of(&self, message: &LeadMessage) -> Result<Option<Made>, StoreError> {
        let Some(lead) = self.lead_of(message.from.id).await? else { return Ok(None) };
        let filter = ContactFilter { lead: Some(lead), ..ContactFilter::default() };
        let latest = self.app.store().contacts(filter, Page { limit: EDITED_AMONG, after: None }).await?;
        let is_here = |contact: &Contact| contact.arrived_on() == self.source && contact.status != Status::Resolved;
        for contact in latest.into_iter().filter(is_here) {
            if is_made_of(contact.attributes.as_deref(), message) {
                return Ok(Some(Made::Contact(Box::new(contact))));
            }
            let page = Page { limit: MESSAGES_AMONG, after: None };
            let messages = self.app.store().messages(contact.id, page).await?.unwrap_or_default();
            if let Some(found) = messages.into_iter().find(|it| is_made_of(it.attributes.as_deref(), message)) {
                return Ok(Some(Made::Message(found)));
            }
        }
        Ok(None)
    }

    async fn message(&self, contact: ContactId, id: MessageId) -> Result<Option<Message>, StoreError> {
        let page = Page { limit: 1, after: id.0.checked_add(1) };
        let found = self.app.store().messages(contact, page).await?.unwrap_or_default();
        Ok(found.into_iter().find(|message| message.id == id))
    }

    async fn change(&self, made: &Made, text: &str) -> Result<(), TakeError> {
        let text = repair::message(text).value;
        let command = match made {
            Made::Contact(contact) => {
                let edit = ContactEdit { message: Some(Some(text)), ..ContactEdit::default() };
                Command::EditContact(contact.id, edit)
            }
            Made::Message(message) => {
                Command::EditMessage(EditMessage { contact: message.contact, message: message.id, text })
            }
        };
        match self.app.batcher().execute(Requester::SYSTEM, command).await {
            // Deleted, erased or over meanwhile.
            Ok(_) | Err(ExecuteError::Rejected(_)) => Ok(()),
            Err(error) => Err(TakeError::Busy(error)),
        }
    }
}

impl Made {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Contact(contact) => contact.message.as_deref(),
            Self::Message(message) => Some(&message.text),
        }
    }
}

/// Whether what came with a contact or a message says that it was made of this.
fn is_made_of(attributes: Option<&str>, message: &LeadMessage) -> bool {
    let read = attributes.and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
    let place = &read["telegram"];
    place["message_id"] == json!(message.message)
        && place["kind"] != "button"
        && place["chat_id"] == json!(message.chat)
        && place["business_connection_id"].as_str() == message.business.as_deref()
}
