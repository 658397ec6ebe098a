//! Messages of a contact: what was said after the message that it arrived with.

use crate::list::{Asked, PageParams};
use crate::reply::Reply;
use axum::extract::State;
use maitred_app::auth::ActorNames;
use maitred_app::json::StoredObject;
use maitred_core::conversation::Message;
use maitred_core::{Actor, ContactId, MessageId};
use maitred_store::clock::Rfc3339;
use maitred_web::AppState;
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::unknown;
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(own(May::OwnContact), routes!(list_messages))
}

/// A message of a contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub(super) struct MessageBody {
    #[schema(value_type = i64, example = 1)]
    id: MessageId,
    #[schema(value_type = i64, example = 1)]
    contact_id: ContactId,
    /// Empty if what was sent has no text.
    #[schema(value_type = String, example = "Ещё вопрос: есть ли доставка?")]
    text: Arc<str>,
    /// What came with it, as with a contact.
    #[schema(value_type = Object)]
    attributes: StoredObject,
    /// Who wrote to the lead, as in events; `null` for what the lead said.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    author: Option<Actor>,
    /// The name of that user or key; `null` for others.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    author_name: Option<Arc<str>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
}

impl MessageBody {
    pub(super) fn new(message: Message, names: &ActorNames) -> Self {
        Self {
            id: message.id,
            contact_id: message.contact,
            text: message.text,
            attributes: StoredObject(message.attributes),
            author: message.author,
            author_name: message.author.and_then(|author| names.get(&author).cloned()),
            created_at: Rfc3339(message.created_at),
        }
    }
}

/// List the messages of a contact, newest first
///
/// These are the messages that were appended to it, on sources with `when_open: "append"`. What it arrived with is
/// `message` of the contact.
#[utoipa::path(
    get, path = "/api/v1/contacts/{id}/messages", tag = "contacts", params(("id" = i64, Path), PageParams),
    responses((status = OK, description = "A page of messages", body = Vec<MessageBody>))
)]
async fn list_messages(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let messages = state.store().messages(ContactId(id), asked.page).await?.ok_or_else(|| unknown("contact", &id))?;
    let names = state.access().names_of(messages.iter().filter_map(|message| message.author)).await?;
    asked.reply(messages, |message| message.id.0, |message| MessageBody::new(message, &names))
}
