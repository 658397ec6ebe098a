//! What the calls of [`super::contacts`] accept and answer.

use crate::body::read::{flag, object, prose, whole};
use crate::body::{Fields, FromFields};
use crate::idempotency;
use maitred_app::identity::{self, Given, Region};
use maitred_app::json::StoredObject;
use maitred_core::command::{ContactEdit, Submit};
use maitred_core::limits::{self, Invalid};
use maitred_core::{Contact, ContactId, IdempotencyKey, IdentityKind, LeadId, OperatorId, SourceId, Status};
use maitred_store::clock::Rfc3339;
use maitred_web::problem::{FieldError, Problem};
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

/// Where a contact stands.
#[derive(ToSchema)]
#[schema(as = Status, rename_all = "snake_case")]
#[expect(dead_code, reason = "documents maitred_core::Status")]
pub(super) enum StatusSchema {
    /// Without an operator until a slot is free.
    Waiting,
    /// With one operator, using one of their slots.
    Assigned,
    /// Closed; uses no slot.
    Resolved,
}

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

/// A new contact. At least one of `lead_external_id`, `lead_phone`, `lead_email` is required. An empty string in a
/// `lead_` field or in `source_event_id` counts as left out.
#[derive(ToSchema)]
#[schema(example = json!({"lead_phone": "+79991234567", "source_id": 1, "message": "Здравствуйте!"}))]
#[expect(dead_code, reason = "documents what Intake::from_fields reads")]
pub(super) struct ContactCreate {
    #[schema(example = 1)]
    source_id: i64,
    /// The lead's id in your system; compared exactly.
    #[schema(max_length = 254)]
    lead_external_id: Option<String>,
    /// In any format. Without a country code, the region of the source or of the deployment applies.
    #[schema(max_length = 254, example = "+79991234567")]
    lead_phone: Option<String>,
    #[schema(max_length = 254)]
    lead_email: Option<String>,
    /// The lead's name, if known.
    #[schema(max_length = 100)]
    lead_name: Option<String>,
    /// At most 65 536 bytes of UTF-8.
    #[schema(max_length = 65_536, example = "Здравствуйте!")]
    message: Option<String>,
    /// Waiting contacts with a larger number go first.
    #[schema(default = 0, minimum = -1_000, maximum = 1_000)]
    priority: Option<i32>,
    /// Your own fields, stored unchanged: at most 16 384 bytes of JSON, 32 levels deep.
    attributes: Option<serde_json::Map<String, serde_json::Value>>,
    /// The id of this event at the source, such as the `update_id` of a bot; unique for the source. Sent again with the
    /// same body, it gets the first response and creates no second contact; with a different body, it is rejected.
    #[schema(schema_with = text_or_number)]
    source_event_id: Option<String>,
}

fn text_or_number() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Integer, Type::Null]))
        .max_length(Some(limits::EVENT_ID_CHARS_MAX))
        .examples([serde_json::json!(734_512)])
        .build()
}

/// A checked [`ContactCreate`]; phones wait for their region.
pub(super) struct Intake {
    submit: Submit,
    /// The key that its `source_event_id` is.
    event: Option<IdempotencyKey>,
    /// External id, phone, email.
    given: [Option<Box<str>>; 3],
}

impl FromFields for Intake {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let source = fields.required("source_id", whole);
        let given = [
            fields.optional("lead_external_id", identity_or_blank).flatten(),
            fields.optional("lead_phone", identity_or_blank).flatten(),
            fields.optional("lead_email", identity_or_blank).flatten(),
        ];
        let lead_name = fields.optional("lead_name", |raw| or_blank(raw, limits::name)).flatten();
        let message = fields.optional("message", |raw| limits::message(&prose(raw)?));
        let priority = fields.optional("priority", |raw| limits::priority(whole(raw)?));
        let attributes = fields.optional("attributes", object);
        let event_id = fields.optional("source_event_id", event_id).flatten();
        if given.iter().all(Option::is_none) && !fields.has_errors_at(&LEAD_POINTERS) {
            fields
                .fail_whole::<()>("the lead is missing; give at least one of lead_external_id, lead_phone, lead_email");
        }
        let source = SourceId(source?);
        let submit = Submit {
            source,
            identities: Vec::new(),
            lead_name,
            message,
            priority: priority.unwrap_or_default(),
            attributes,
            idempotency_key: None,
        };
        let event = event_id.map(|id| idempotency::of_event(source, &id, fields.text()));
        Some(Self { submit, event, given })
    }
}

const LEAD_POINTERS: [&str; 3] = ["/lead_external_id", "/lead_phone", "/lead_email"];

impl Intake {
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

fn event_id(raw: &RawValue) -> Result<Option<Box<str>>, Invalid> {
    match raw.get().starts_with('"') {
        true => or_blank(raw, |text| limits::event_id(text).map(Box::from)),
        // Ids of bots are whole numbers: 7 and "7" are one.
        false => whole(raw)
            .map(|number| Some(number.to_string().into()))
            .map_err(|_| Invalid("is neither text nor a whole number; give the id of the source in quotes".to_owned())),
    }
}

fn identity_or_blank(raw: &RawValue) -> Result<Option<Box<str>>, Invalid> {
    or_blank(raw, |text| limits::identity(text).map(Box::from))
}

fn or_blank<T>(raw: &RawValue, read: impl FnOnce(&str) -> Result<T, Invalid>) -> Result<Option<T>, Invalid> {
    let text = prose(raw)?;
    if text.trim().is_empty() { Ok(None) } else { read(&text).map(Some) }
}

/// Changes to a contact. Fields that are left out do not change.
#[derive(ToSchema)]
#[schema(example = json!({"is_resolved": true}))]
#[expect(dead_code, reason = "documents what ContactEdit::from_fields reads")]
pub(super) struct ContactPatch {
    /// `true` resolves it, `false` reopens it.
    #[schema(required = false, example = true)]
    is_resolved: bool,
    #[schema(required = false, minimum = -1_000, maximum = 1_000)]
    priority: i32,
    /// `null` removes it.
    #[schema(required = false, max_length = 65_536)]
    message: Option<String>,
}

impl FromFields for ContactEdit {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            is_resolved: fields.edited("is_resolved", flag),
            priority: fields.edited("priority", |raw| limits::priority(whole(raw)?)),
            message: fields.removable("message", |raw| limits::message(&prose(raw)?)),
        })
    }
}

/// Who a contact is transferred to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what Handover::from_fields reads")]
pub(super) struct ContactTransfer {
    /// The operator who gets it; `null` releases it.
    #[schema(required = true, example = 2)]
    operator_id: Option<i64>,
    /// Transfers it even if the operator is full or inactive.
    #[schema(default = false)]
    force: Option<bool>,
}

/// A checked [`ContactTransfer`].
pub(super) struct Handover {
    pub(super) to: Option<OperatorId>,
    pub(super) force: bool,
}

impl FromFields for Handover {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let to = fields.nullable("operator_id", whole);
        let force = fields.optional("force", flag);
        Some(Self { to: to?.map(OperatorId), force: force.unwrap_or_default() })
    }
}
