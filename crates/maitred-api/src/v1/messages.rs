//! Messages of a contact: what was said after the message that it arrived with, by its lead and to them.

use crate::body::RequestBody;
use crate::body::describe::BodyOf;
use crate::idempotency::Post;
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::extract::State;
use axum::http::StatusCode;
use maitred_app::auth::ActorNames;
use maitred_app::json::StoredObject;
use maitred_app::telegram::replies;
use maitred_core::command::{OfferAnswer, SendMessage};
use maitred_core::conversation::{Delivery, DeliveryFailure, Message};
use maitred_core::{Actor, Command, ContactId, MessageId, Outcome};
use maitred_store::clock::Rfc3339;
use maitred_web::caller::caller;
use maitred_web::field::Fields;
use maitred_web::field::types::REPLY;
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(own(May::OwnContact), routes!(list_messages, send_message))
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
    /// Of a message to the lead: `pending` while it is still to be sent, `sent` when the messenger has it, `failed`
    /// when it was not sent and will not be; `null` for what the lead said.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    delivery: Option<&'static str>,
    /// Why it failed: `blocked` (they blocked the bot, or their account is gone), `no_chat` (the source has no bot any
    /// more, or the lead no chat with it), `refused` (the messenger did not take the text), `expired` (it could not be
    /// sent for a day).
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    failure: Option<&'static str>,
    /// When it was sent, or failed.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Rfc3339>,
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
            delivery: message.delivery.map(Delivery::state),
            failure: message.delivery.and_then(Delivery::failure).map(DeliveryFailure::as_str),
            delivered_at: message.delivered_at.map(Rfc3339),
        }
    }
}

/// List the messages of a contact, newest first
///
/// These are the messages that were appended to it, on sources with `when_open: "append"`, and those to its lead. What
/// it arrived with is `message` of the contact.
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

type MessageCreate = BodyOf<NewMessage>;

/// What is to be said to the lead.
pub(super) struct NewMessage(Arc<str>);

impl RequestBody for NewMessage {
    const SCHEMA: &'static str = "MessageCreate";
    const ABOUT: &'static str = "A message to the lead of a contact.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"text": "Да, доставка есть. Куда привезти?"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self(fields.required("text", REPLY, "It is sent as it is, without formatting.")))
    }
}

/// Write to the lead of a contact
///
/// The bot of the source that the contact arrived on sends it, where it has a chat with the lead: see docs/telegram.md.
/// It is stored and sent in order, also if the server or the messenger is down for a while; `delivery` says what became
/// of it. It is the first response to the contact if there was none, and accepts what was offered to the operator whose
/// key this is. A contact that is resolved can be written to, and stays so.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/messages", tag = "contacts", params(("id" = i64, Path)),
    request_body = MessageCreate,
    responses(
        (status = CREATED, description = "Stored, to be sent", body = MessageBody),
        (status = CONFLICT, description = "The source cannot write to this lead, or the lead was erased; the detail \
                                           says what to do"),
    )
)]
async fn send_message(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    Post { body: NewMessage(text), keys }: Post<NewMessage>,
) -> Reply {
    let contact = state.store().contact(ContactId(id)).await?.ok_or_else(|| unknown("contact", &id))?;
    let way = replies::place_of(state.app().telegram(), state.store(), &contact).await?.map(drop);
    let caller = caller()?;
    let names = state.access().names_of([caller.actor]).await?;
    let show = |outcome| match outcome {
        Outcome::Sent(_, message) => {
            let mut response = reply::ok(&MessageBody::new(message, &names))?;
            *response.status_mut() = StatusCode::CREATED;
            Ok(response)
        }
        other => Err(unexpected(&other)),
    };
    // An operator writes for themselves.
    let answer = OfferAnswer { contact: ContactId(id), operator: caller.own_operator(), decision: None };
    keys.answer(&state, Command::SendMessage(SendMessage { contact: answer, text, way }), IN_PATH, show).await
}
