//! Notes of a contact: what people and programs that work with it wrote down. They are never changed.

use crate::body::RequestBody;
use crate::body::describe::BodyOf;
use crate::idempotency::Post;
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::extract::State;
use axum::http::StatusCode;
use maitred_app::auth::ActorNames;
use maitred_core::command::AddNote;
use maitred_core::{Actor, Command, ContactId, Note, NoteId, Outcome};
use maitred_store::clock::Rfc3339;
use maitred_web::caller::caller;
use maitred_web::field::Fields;
use maitred_web::field::types::NOTE;
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
    Routes::new().call(own(May::OwnContact), routes!(list_notes, add_note))
}

/// A note of a contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Note)]
struct NoteBody {
    #[schema(value_type = i64, example = 1)]
    id: NoteId,
    #[schema(value_type = i64, example = 1)]
    contact_id: ContactId,
    #[schema(value_type = String, example = "Просит перезвонить после обеда")]
    text: Arc<str>,
    /// Who wrote it, as in events.
    #[schema(value_type = String, example = "user:7")]
    author: Actor,
    /// The name of that user or key; `null` for other authors.
    #[schema(required = true, value_type = Option<String>, example = "Мария")]
    author_name: Option<Arc<str>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
}

impl NoteBody {
    fn new(note: Note, names: &ActorNames) -> Self {
        Self {
            id: note.id,
            contact_id: note.contact,
            text: note.text,
            author: note.author,
            author_name: names.get(&note.author).cloned(),
            created_at: Rfc3339(note.created_at),
        }
    }
}

/// List the notes of a contact, newest first
#[utoipa::path(
    get, path = "/api/v1/contacts/{id}/notes", tag = "contacts", params(("id" = i64, Path), PageParams),
    responses((status = OK, description = "A page of notes", body = Vec<NoteBody>))
)]
async fn list_notes(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let notes = state.store().notes(ContactId(id), asked.page).await?.ok_or_else(|| unknown("contact", &id))?;
    let names = state.access().names_of(notes.iter().map(|note| note.author)).await?;
    asked.reply(notes, |note| note.id.0, |note| NoteBody::new(note, &names))
}

type NoteCreate = BodyOf<NewNote>;

/// What is written down.
pub(super) struct NewNote(Arc<str>);

impl RequestBody for NewNote {
    const SCHEMA: &'static str = "NoteCreate";
    const ABOUT: &'static str = "A new note.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"text": "Просит перезвонить после обеда"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self(fields.required("text", NOTE, "For those who work with the contact; its lead does not see it.")))
    }
}

/// Add a note to a contact
///
/// Contacts keep their notes when they are resolved, transferred or merged with their lead. A note cannot be changed.
/// It is personal data of the lead: exported with the lead, and erased with them.
#[utoipa::path(
    post, path = "/api/v1/contacts/{id}/notes", tag = "contacts", params(("id" = i64, Path)),
    request_body = NoteCreate,
    responses(
        (status = CREATED, description = "Added", body = NoteBody),
        (status = CONFLICT, description = "Its lead was erased, so nothing personal can be written"),
    )
)]
async fn add_note(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    Post { body: NewNote(text), keys }: Post<NewNote>,
) -> Reply {
    let names = state.access().names_of([caller()?.actor]).await?;
    let show = |outcome| match outcome {
        Outcome::Note(_, note) => {
            let mut response = reply::ok(&NoteBody::new(note, &names))?;
            *response.status_mut() = StatusCode::CREATED;
            Ok(response)
        }
        other => Err(unexpected(&other)),
    };
    keys.answer(&state, Command::AddNote(AddNote { contact: ContactId(id), text }), IN_PATH, show).await
}
