//! The pieces of an export.

use crate::explained::{Explained, Names, explain_part, explained};
use crate::json::StoredObject;
use maitred_core::conversation::Message;
use maitred_core::intake::Payload;
use maitred_core::{
    Actor, Contact, ContactId, EventKind, IdentityKind, LeadId, MessageId, Note, NoteId, OperatorId, PayloadId, Policy,
    SourceId, Status,
};
use maitred_store::clock::Rfc3339;
use maitred_store::views::{Chain, ChainPart, LeadCard, Page};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Rows of one contact read at a time.
const ROWS: u32 = 64;

/// Everything stored about one lead.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what document writes")]
pub struct LeadExport {
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    exported_at: Rfc3339,
    lead: ExportedLead,
    /// Leads that were merged into this one.
    absorbed_leads: Vec<AbsorbedLead>,
    /// Newest first.
    contacts: Vec<ExportedContact>,
    /// Oldest first.
    events: Vec<ExportedEvent>,
}

/// The lead.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedLead {
    #[schema(value_type = i64, example = 1)]
    id: LeadId,
    #[schema(required = true, value_type = Option<String>, example = "Иван")]
    name: Option<Arc<str>>,
    /// In matching order.
    identities: Vec<ExportedIdentity>,
    /// Leads that may be the same person.
    #[schema(value_type = Vec<i64>)]
    possible_duplicate_ids: Vec<LeadId>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Rfc3339,
    /// The source whose bot they blocked.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    blocked_source_id: Option<SourceId>,
    /// Since when that is known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    blocked_at: Option<Rfc3339>,
    /// When the personal data was erased.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    erased_at: Option<Rfc3339>,
}

/// A value that identifies the lead.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedIdentity {
    /// `external_id`, `phone` or `email`.
    #[schema(value_type = String, example = "phone")]
    kind: IdentityKind,
    #[schema(value_type = String, example = "+79991234567")]
    value: Arc<str>,
    /// The id spaces of an external id; empty for phones and emails.
    #[schema(value_type = Vec<String>)]
    id_spaces: Vec<Arc<str>>,
}

impl From<LeadCard> for ExportedLead {
    fn from(card: LeadCard) -> Self {
        let same = card.identities.chunk_by(|it, next| it.kind == next.kind && it.value == next.value);
        let identities = same.map(|same| ExportedIdentity {
            kind: same[0].kind,
            value: same[0].value.clone(),
            id_spaces: same.iter().map(|it| it.space.clone()).filter(|space| !space.is_empty()).collect(),
        });
        let identities = identities.collect();
        Self {
            id: card.lead.id,
            name: card.lead.name,
            identities,
            possible_duplicate_ids: card.possible_duplicates,
            created_at: Rfc3339(card.lead.created_at),
            updated_at: Rfc3339(card.lead.updated_at),
            blocked_source_id: card.lead.blocked_on,
            blocked_at: card.lead.blocked_at.map(Rfc3339),
            erased_at: card.lead.erased_at.map(Rfc3339),
        }
    }
}

/// A lead that was merged into another.
#[derive(Serialize, ToSchema)]
pub(super) struct AbsorbedLead {
    #[schema(value_type = i64, example = 12)]
    pub(super) id: LeadId,
    #[schema(required = true, value_type = Option<String>)]
    pub(super) name: Option<Arc<str>>,
    #[schema(value_type = String, format = DateTime)]
    pub(super) created_at: Rfc3339,
}

/// A contact of the lead.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedContact {
    #[schema(value_type = i64, example = 1)]
    id: ContactId,
    #[schema(value_type = i64, example = 1)]
    source_id: SourceId,
    /// Where it arrived, if it went to the fallback of that source.
    #[schema(required = true, value_type = Option<i64>)]
    original_source_id: Option<SourceId>,
    #[schema(required = true, value_type = Option<i64>)]
    operator_id: Option<OperatorId>,
    /// `waiting`, `assigned` or `resolved`.
    #[schema(value_type = String, example = "resolved")]
    status: Status,
    priority: i32,
    /// Before when it was to be given to nobody, if it was scheduled.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    not_before: Option<Rfc3339>,
    #[schema(required = true, value_type = Option<String>)]
    message: Option<Arc<str>>,
    /// The sender's own fields, unchanged.
    #[schema(value_type = Object)]
    attributes: StoredObject,
    /// What was sent of the lead and is not part of the lead: values that identify nobody, and another name.
    #[schema(value_type = Object)]
    sent: StoredObject,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    assigned_at: Option<Rfc3339>,
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    resolved_at: Option<Rfc3339>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Rfc3339,
    /// The decisions about it, oldest first.
    decisions: Vec<ExportedDecision>,
    /// What people wrote down about it, newest first.
    notes: Vec<ExportedNote>,
    /// The last first.
    messages: Vec<ExportedMessage>,
    /// What was received that it was made of, as far as that is still kept.
    received: Vec<ExportedPayload>,
}

impl ExportedContact {
    /// A contact with all that belongs to it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub(super) async fn read(store: &Store, contact: Contact) -> Result<Self, StoreError> {
        let notes = all(|page| store.notes(contact.id, page), |note| note.id.0).await?;
        let messages = all(|page| store.messages(contact.id, page), |message| message.id.0).await?;
        Ok(Self {
            id: contact.id,
            source_id: contact.source,
            original_source_id: contact.original_source,
            operator_id: contact.operator,
            status: contact.status,
            priority: contact.own_priority(),
            not_before: contact.not_before.map(Rfc3339),
            message: contact.message,
            attributes: StoredObject(contact.attributes),
            sent: StoredObject(contact.sent),
            created_at: Rfc3339(contact.created_at),
            assigned_at: contact.assigned_at.map(Rfc3339),
            resolved_at: contact.resolved_at.map(Rfc3339),
            updated_at: Rfc3339(contact.updated_at),
            decisions: decisions(store, contact.id).await?,
            notes: notes.into_iter().map(ExportedNote::from).collect(),
            messages: messages.into_iter().map(ExportedMessage::from).collect(),
            received: received(store, contact.id).await?,
        })
    }
}

async fn decisions(store: &Store, contact: ContactId) -> Result<Vec<ExportedDecision>, StoreError> {
    let mut decisions = Vec::new();
    loop {
        let after = decisions.last().map(|last: &ExportedDecision| i64::from(last.seq));
        let part = ChainPart::Page(Page { limit: ROWS, after });
        // A contact that was deleted meanwhile is exported as it was read.
        let Some((more, has_more)) = explain_part(store, contact, part, exported).await? else { return Ok(decisions) };
        decisions.extend(more);
        if !has_more {
            return Ok(decisions);
        }
    }
}

/// All rows that pages hold, each behind the last of the page before. Of a contact that was deleted meanwhile, those
/// that were read.
async fn all<Row, Pages, Read>(read: Read, id: impl Fn(&Row) -> i64) -> Result<Vec<Row>, StoreError>
where
    Read: Fn(Page) -> Pages,
    Pages: Future<Output = Result<Option<Vec<Row>>, StoreError>>,
{
    let mut all = Vec::new();
    loop {
        let Some(rows) = read(Page { limit: ROWS, after: all.last().map(&id) }).await? else { return Ok(all) };
        let is_last = rows.len() < ROWS as usize;
        all.extend(rows);
        if is_last {
            return Ok(all);
        }
    }
}

/// What was said in a contact after the message that it arrived with.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedMessage {
    #[schema(value_type = i64, example = 1)]
    id: MessageId,
    #[schema(value_type = String)]
    text: Arc<str>,
    /// What came with it, unchanged.
    #[schema(value_type = Object)]
    attributes: StoredObject,
    /// Who wrote to the lead; `null` for what the lead said.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    author: Option<Actor>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
}

impl From<Message> for ExportedMessage {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            text: message.text,
            attributes: StoredObject(message.attributes),
            author: message.author,
            created_at: Rfc3339(message.created_at),
        }
    }
}

/// No more are kept of one contact than fit in a page.
async fn received(store: &Store, contact: ContactId) -> Result<Vec<ExportedPayload>, StoreError> {
    let page = Page { limit: ROWS, after: None };
    Ok(store.payloads_of_contact(contact, page).await?.into_iter().map(ExportedPayload::from).collect())
}

/// What was received at the address of a source.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedPayload {
    #[schema(value_type = i64, example = 1)]
    id: PayloadId,
    #[schema(value_type = Object)]
    body: StoredObject,
    #[schema(value_type = String, format = DateTime)]
    received_at: Rfc3339,
}

impl From<Payload> for ExportedPayload {
    fn from(payload: Payload) -> Self {
        Self { id: payload.id, body: StoredObject(Some(payload.body)), received_at: Rfc3339(payload.received_at) }
    }
}

/// What somebody wrote down about a contact.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedNote {
    #[schema(value_type = i64, example = 1)]
    id: NoteId,
    #[schema(value_type = String)]
    text: Arc<str>,
    #[schema(value_type = String, example = "user:7")]
    author: Actor,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
}

impl From<Note> for ExportedNote {
    fn from(note: Note) -> Self {
        Self { id: note.id, text: note.text, author: note.author, created_at: Rfc3339(note.created_at) }
    }
}

fn exported(chain: Chain) -> (Vec<ExportedDecision>, bool) {
    let names: Names = chain.names.into_iter().collect();
    (chain.links.iter().map(|link| explained(link, &names).into()).collect(), chain.has_more)
}

/// A decision about a contact, without the other operators who were considered.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedDecision {
    #[schema(example = 0)]
    seq: u32,
    #[schema(value_type = String, format = DateTime)]
    decided_at: Rfc3339,
    #[schema(example = "arrived")]
    cause: &'static str,
    #[schema(value_type = String, example = "weighted_random")]
    policy: Policy,
    #[schema(required = true, value_type = Option<i64>)]
    operator_id: Option<OperatorId>,
    /// The reasons, one sentence each.
    words: Vec<String>,
}

impl From<Explained> for ExportedDecision {
    fn from(it: Explained) -> Self {
        let Explained { seq, decided_at, cause, policy, operator_id, words, .. } = it;
        Self { seq, decided_at, cause, policy, operator_id, words }
    }
}

/// An event about the lead.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportedEvent {
    #[schema(example = 17)]
    pub(super) position: i64,
    /// As in the feed.
    #[schema(value_type = String, example = "contact_created")]
    pub(super) kind: EventKind,
    #[schema(value_type = String, format = DateTime)]
    pub(super) at: Rfc3339,
    #[schema(required = true, value_type = Option<String>)]
    pub(super) actor: Option<Actor>,
    #[schema(required = true, value_type = Option<i64>)]
    pub(super) contact_id: Option<ContactId>,
    #[schema(required = true, value_type = Option<i64>)]
    pub(super) source_id: Option<SourceId>,
    #[schema(required = true, value_type = Option<i64>)]
    pub(super) operator_id: Option<OperatorId>,
    #[schema(required = true, value_type = Option<i64>)]
    pub(super) lead_id: Option<LeadId>,
}

#[cfg(test)]
mod tests {
    use maitred_store::schema::{Personal, TABLES};

    #[test]
    fn every_table_that_holds_something_of_leads_is_exported() {
        let of_leads = TABLES.into_iter().filter(|it| it.columns.iter().any(|of| of.personal == Personal::Lead));
        let of_leads: Vec<_> = of_leads.map(|table| table.name).collect();
        // Words are those of names, and answers repeat for some days what the rest says; a table that is new here
        // belongs into the document.
        assert_eq!(
            of_leads,
            ["leads", "lead_words", "identities", "contacts", "contact_notes", "messages", "payloads", "answers"]
        );
    }
}
