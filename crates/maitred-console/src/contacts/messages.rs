//! What was said in a contact after it arrived, on its page.

use crate::shell::Viewer;
use crate::times;
use maitred_core::ContactId;
use maitred_core::conversation::Message;
use maitred_store::views::Page;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use std::sync::Arc;

/// The most messages on the page of a contact.
pub(crate) const MESSAGES_SHOWN: u32 = 100;

/// The last messages of a contact, in order.
pub(super) struct Messages(pub(super) Vec<Said>);

/// A message, and when it came, as html.
pub(super) struct Said {
    pub(super) text: Arc<str>,
    pub(super) at: String,
}

impl Messages {
    pub(super) async fn read(viewer: &Viewer, state: &AppState, id: ContactId) -> Result<Self, Problem> {
        let last = state.store().messages(id, Page { limit: MESSAGES_SHOWN, after: None }).await?;
        let said = |message: Message| Said { text: message.text, at: times::moment(&viewer.zone, message.created_at) };
        Ok(Self(last.unwrap_or_default().into_iter().rev().map(said).collect()))
    }

    /// Whether there may be earlier ones.
    pub(super) fn are_cut(&self) -> bool {
        self.0.len() >= MESSAGES_SHOWN as usize
    }
}
