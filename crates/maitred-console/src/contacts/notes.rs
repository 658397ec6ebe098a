//! Writing a note about a contact, on its page.

use super::card::{contact, refused, show_with};
use crate::contacts::story::Before;
use crate::forms::Form;
use crate::shell::{Viewer, see_other};
use axum::extract::State;
use axum::response::Response;
use maitred_core::command::AddNote;
use maitred_core::{Command, ContactId, limits};
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;

/// `POST /contacts/{id}/notes`
pub(super) async fn add(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    // Lines of a form end as those of a mail do.
    let read = |text: &str| limits::note(&text.replace("\r\n", "\n"));
    let Some(text) = form.read(viewer.t, "text", "rule-note", read) else {
        return show_with(&viewer, &state, contact(&state, id).await?, form, Before::default()).await;
    };
    let key = form.key();
    match state.send_once(Command::AddNote(AddNote { contact: ContactId(id), text }), key, IN_PATH).await {
        Ok(_) => see_other(&format!("/contacts/{id}")),
        Err(problem) => refused(&viewer, &state, id, problem, form).await,
    }
}
