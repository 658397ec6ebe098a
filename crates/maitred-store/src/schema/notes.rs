//! What people wrote down about contacts.

use super::table::Reference;
use super::value::stored_id;
use super::{Personal, record};
use maitred_core::{Note, NoteId};

stored_id!(NoteId);

record! {
    pub static CONTACT_NOTES: Note = "contact_notes", key 1 {
        id,
        contact as "contact_id" [.refers(Reference::to("contacts").is_deleted().is_erased())],
        text [.personal(Personal::Lead)],
        author,
        created_at,
    }
    [counter: Some("note"), indexes: &["contact_notes_contact"]]
}
