//! What the calls of [`super::contacts`] accept and answer.

use crate::body::RequestBody;
use crate::body::describe::BodyOf;
use crate::idempotency;
use maitred_app::identity::{self, Given, Region};
use maitred_app::json::StoredObject;
use maitred_core::command::{ContactEdit, Submit};
use maitred_core::limits::Invalid;
use maitred_core::{Contact, ContactId, IdempotencyKey, IdentityKind, LeadId, OperatorId, SourceId, Status};
use maitred_store::clock::Rfc3339;
use maitred_web::field::choice::ChoiceSchema;
use maitred_web::field::types::{
    ATTRIBUTES, EVENT_ID, FLAG, IDENTITY, MESSAGE, NAME, OPERATOR_ID, OrBlank, PRIORITY, SOURCE_ID,
};
use maitred_web::field::{FieldType, Fields};
use maitred_web::problem::{FieldError, Problem};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The words of a contact's status.
pub(super) type StatusSchema = ChoiceSchema<Status>;

/// A contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Contact)]
pub(super) struct ContactBody {
    #[schema(value_type = i64, example = 1)]
    id: ContactId,
    /// The lead who made contact.
    #[schema(value_type = i64, example = 1)]
    lead_id: LeadId,
    #[schema(value_type = i64, example = 1)]
    source_id: SourceId,
    /// The operator who has it, or had it when it was resolved; `null` while it waits.
    #[schema(required = true, value_type = Option<i64>, example = 1)]
    operator_id: Option<OperatorId>,
    #[schema(value_type = StatusSchema, example = "assigned")]
    status: Status,
    is_resolved: bool,
    #[schema(required = true, value_type = Option<String>, example = "Здравствуйте!")]
    message: Option<Arc<str>>,
    /// Waiting contacts with a larger number go first.
    #[schema(example = 0)]
    priority: i32,
    /// The sender's own fields, unchanged.
    #[schema(value_type = Object)]
    attributes: StoredObject,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// When it was assigned to its current or last operator.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    assigned_at: Option<Rfc3339>,
    /// When it was resolved; `null` while it is open.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    resolved_at: Option<Rfc3339>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Rfc3339,
}

impl From<Contact> for ContactBody {
    fn from(contact: Contact) -> Self {
        Self {
            id: contact.id,
            lead_id: contact.lead,
            source_id: contact.source,
            operator_id: contact.operator,
            status: contact.status,
            is_resolved: contact.status == Status::Resolved,
            message: contact.message,
            priority: contact.priority,
            attributes: StoredObject(contact.attributes),
            created_at: Rfc3339(contact.created_at),
            assigned_at: contact.assigned_at.map(Rfc3339),
            resolved_at: contact.resolved_at.map(Rfc3339),
            updated_at: Rfc3339(contact.updated_at),
        }
    }
}

pub(super) type ContactCreate = BodyOf<NewContact>;

/// A contact to be created; phones wait for their region.
pub(super) struct NewContact {
    submit: Submit,
    /// The key that its `source_event_id` is.
    event: Option<IdempotencyKey>,
    /// External id, phone, email.
    given: [Option<Box<str>>; 3],
}

impl RequestBody for NewContact {
    const SCHEMA: &'static str = "ContactCreate";
    const ABOUT: &'static str = "A new contact. At least one of `lead_external_id`, `lead_phone`, `lead_email` is \
                                 required. An empty string in a `lead_` field or in `source_event_id` counts as left \
                                 out.";
    const EXAMPLE: Option<&'static str> =
        Some(r#"{"lead_phone": "+79991234567", "source_id": 1, "message": "Здравствуйте!"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        const LINE: OrBlank<Box<str>> = IDENTITY.or_blank();
        let source = fields.required("source_id", SOURCE_ID.example("1"), "");
        let given = [
            fields.optional("lead_external_id", LINE, "The lead's id in your system; compared exactly.").flatten(),
            fields.optional("lead_phone", LINE.example("\"+79991234567\""), PHONE).flatten(),
            fields.optional("lead_email", LINE, "").flatten(),
        ];
        let submit = Submit {
            source,
            identities: Vec::new(),
            lead_name: fields.optional("lead_name", NAME.or_blank(), "The lead's name, if known.").flatten(),
            message: fields.optional("message", MESSAGE.example("\"Здравствуйте!\""), "At most 65 536 bytes of UTF-8."),
            priority: fields.or("priority", PRIORITY, 0, "Waiting contacts with a larger number go first."),
            attributes: fields.optional("attributes", ATTRIBUTES, ABOUT_ATTRIBUTES),
            idempotency_key: None,
        };
        let event_id = fields.optional("source_event_id", EVENT_ID, ABOUT_EVENT_ID).flatten();
        if given.iter().all(Option::is_none) && !fields.has_errors_at(&LEAD_FIELDS) {
            fields.fail_whole("the lead is missing; give at least one of lead_external_id, lead_phone, lead_email");
        }
        let event = event_id.map(|id| idempotency::of_event(source, &id, fields.text()));
        Some(Self { submit, event, given })
    }
}

const LEAD_FIELDS: [&str; 3] = ["lead_external_id", "lead_phone", "lead_email"];
const PHONE: &str = "In any format. Without a country code, the region of the source or of the deployment applies.";
const ABOUT_ATTRIBUTES: &str = "Your own fields, stored unchanged: at most 16 384 bytes of JSON, 32 levels deep.";
const ABOUT_EVENT_ID: &str = "The id of this event at the source, such as the `update_id` of a bot; unique for the \
                              source. Sent again with the same body, it gets the first response and creates no second \
                              contact; with a different body, it is rejected.";

impl NewContact {
    pub(super) const fn source(&self) -> SourceId {
        self.submit.source
    }

    pub(super) const fn event(&self) -> Option<IdempotencyKey> {
        self.event
    }

    pub(super) const fn has_phone(&self) -> bool {
        self.given[1].is_some()
    }

    /// The command, with phones read in `region`.
    pub(super) fn into_submit(self, region: Option<Region>) -> Result<Submit, Problem> {
        let [external_id, phone, email] = &self.given;
        let given = Given { external_id: external_id.as_deref(), phone: phone.as_deref(), email: email.as_deref() };
        let identities = identity::collect(given, region).map_err(|errors| {
            Problem::invalid(errors.iter().map(|(kind, invalid)| identity_error("lead_", *kind, invalid)).collect())
        })?;
        Ok(Submit { identities, ..self.submit })
    }
}

/// An error in an identity, at the field of its kind.
pub(super) fn identity_error(prefix: &str, kind: IdentityKind, invalid: &Invalid) -> FieldError {
    let name = format!("{prefix}{}", kind.as_str());
    FieldError::at(format!("/{name}"), format!("{name} {invalid}"))
}

pub(super) type ContactPatch = BodyOf<ContactEdit>;

impl RequestBody for ContactEdit {
    const SCHEMA: &'static str = "ContactPatch";
    const ABOUT: &'static str = "Changes to a contact. Fields that are left out do not change.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"is_resolved": true}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            is_resolved: fields.edited("is_resolved", FLAG.example("true"), "`true` resolves it, `false` reopens it."),
            priority: fields.edited("priority", PRIORITY, ""),
            message: fields.removable("message", MESSAGE, "`null` removes it."),
        })
    }
}

pub(super) type ContactTransfer = BodyOf<TransferRequest>;

/// Who a contact is transferred to.
pub(super) struct TransferRequest {
    /// None releases it.
    pub(super) to: Option<OperatorId>,
    pub(super) force: bool,
}

impl RequestBody for TransferRequest {
    const SCHEMA: &'static str = "ContactTransfer";
    const ABOUT: &'static str = "Who a contact is transferred to.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let operator = OPERATOR_ID.example("2");
        Some(Self {
            to: fields.nullable("operator_id", operator, "The operator who gets it; `null` releases it."),
            force: fields.or("force", FLAG, false, "Transfers it even if the operator is full or inactive."),
        })
    }
}
