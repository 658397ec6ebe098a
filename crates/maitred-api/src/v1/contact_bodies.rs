//! What the calls of [`super::contacts`] accept and answer.

use crate::body::RequestBody;
use crate::body::describe::BodyOf;
use crate::idempotency;
use maitred_app::identity::{self, PhoneRules};
use maitred_app::json::StoredObject;
use maitred_core::command::{ContactEdit, Submit};
use maitred_core::limits::Invalid;
use maitred_core::limits::repair::{self, Repaired, SentIdentity};
use maitred_core::reservation::{RESERVED_S_DEFAULT, Wanted};
use maitred_core::{
    Contact, ContactId, IdempotencyKey, IdentityKind, LeadId, MessageId, OperatorId, SourceId, Status, Timestamp,
};
use maitred_store::clock::Rfc3339;
use maitred_web::field::choice::ChoiceSchema;
use maitred_web::field::lists::ROW_KEYS;
use maitred_web::field::types::{FLAG, MESSAGE, NOT_BEFORE, OPERATOR_ID, PRIORITY, RESERVED_SECONDS};
use maitred_web::field::{FieldType, Fields, intake};
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
    /// Its source: where it arrived, or the fallback that it went to.
    #[schema(value_type = i64, example = 1)]
    source_id: SourceId,
    /// Where it arrived, if it went to the fallback of that source; `null` if it did not.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    original_source_id: Option<SourceId>,
    /// The operator who has it, or had it when it was resolved; `null` while it waits.
    #[schema(required = true, value_type = Option<i64>, example = 1)]
    operator_id: Option<OperatorId>,
    #[schema(value_type = StatusSchema, example = "assigned")]
    status: Status,
    is_resolved: bool,
    #[schema(required = true, value_type = Option<String>, example = "Здравствуйте!")]
    message: Option<Arc<str>>,
    /// As it was sent, or set by hand.
    #[schema(example = 0)]
    priority: i32,
    /// Waiting contacts with a larger number go first: `priority`, or what it was raised to since it waited for long or
    /// nobody accepted it.
    #[schema(example = 0)]
    effective_priority: i32,
    /// Before this time it is given to nobody automatically: until then it waits and is scheduled. Afterwards it says
    /// what was asked for.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    not_before: Option<Rfc3339>,
    /// The moment at which it is too late to accept it, while it is offered to its operator; otherwise `null`.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    accept_by: Option<Rfc3339>,
    /// When its current or last operator accepted it, if they did.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    accepted_at: Option<Rfc3339>,
    /// While it waits because all who are free did not accept it: when they are asked again. Who was not asked gets it
    /// at once. Also, while it is reserved for `wanted_operator_id`: until when.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    retry_at: Option<Rfc3339>,
    /// When its source opens, or a cap of that is over, while it waits for that, perhaps beside `retry_at`, and as far
    /// as it is known. It is in the answers to the `POST` that made it and to `GET` of one contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    opens_at: Option<Rfc3339>,
    /// While its operator has left: when it goes to others unless they are back before.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    release_at: Option<Rfc3339>,
    /// Who is to get it rather than anybody else, until somebody has got it.
    #[schema(required = true, value_type = Option<i64>)]
    wanted_operator_id: Option<OperatorId>,
    /// For how many seconds it is reserved for them if they cannot take it at once.
    #[schema(required = true)]
    wanted_for_s: Option<u32>,
    /// When somebody first responded, since it arrived or was reopened: accepted it, resolved it, or called or wrote.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    first_response_at: Option<Rfc3339>,
    /// The moment at which it is too late for the first response, if its source has a time for that.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    respond_by: Option<Rfc3339>,
    /// When it was noted that nobody had responded by `respond_by`. It stays when somebody does.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    overdue_at: Option<Rfc3339>,
    /// The number of the last decision about it, from 0.
    #[schema(example = 0)]
    decision: u32,
    /// The sender's own fields, unchanged.
    #[schema(value_type = Object)]
    attributes: StoredObject,
    /// What the sender said of the lead that is not part of the lead: values that identify nobody, such as a phone `-`,
    /// under the names of the fields they were sent in; and in `lead_name` a name other than the lead's.
    #[schema(value_type = Object, example = json!({}))]
    sent: StoredObject,
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
        let wanted = contact.wanted();
        let priority = contact.own_priority();
        Self {
            id: contact.id,
            lead_id: contact.lead,
            source_id: contact.source,
            original_source_id: contact.original_source,
            operator_id: contact.operator,
            status: contact.status,
            is_resolved: contact.status == Status::Resolved,
            message: contact.message,
            priority,
            effective_priority: contact.priority,
            not_before: contact.not_before.map(Rfc3339),
            accept_by: contact.accept_by.map(Rfc3339),
            accepted_at: contact.accepted_at.map(Rfc3339),
            retry_at: contact.retry_at.map(Rfc3339),
            opens_at: None,
            release_at: contact.release_at.map(Rfc3339),
            wanted_operator_id: wanted.map(|it| it.operator),
            wanted_for_s: wanted.map(|it| it.for_s),
            first_response_at: contact.first_response_at.map(Rfc3339),
            respond_by: contact.respond_by.map(Rfc3339),
            overdue_at: contact.overdue_at.map(Rfc3339),
            decision: contact.decisions.saturating_sub(1),
            attributes: StoredObject(contact.attributes),
            sent: StoredObject(contact.sent),
            created_at: Rfc3339(contact.created_at),
            assigned_at: contact.assigned_at.map(Rfc3339),
            resolved_at: contact.resolved_at.map(Rfc3339),
            updated_at: Rfc3339(contact.updated_at),
        }
    }
}

impl ContactBody {
    /// The same, waiting for its source to open then.
    pub(super) fn opening(self, at: Option<Timestamp>) -> Self {
        Self { opens_at: at.map(Rfc3339), ..self }
    }
}

/// A contact that was created, and what was changed in it.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactCreated)]
pub(super) struct ContactCreated<'a> {
    #[serde(flatten)]
    pub(super) contact: ContactBody,
    /// The message that was appended to a contact that was there, on sources with `when_open: "append"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = i64)]
    pub(super) message_id: Option<MessageId>,
    /// What could not be kept as it was sent, if anything.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    pub(super) repaired: &'a [Repair],
    /// Fields of the body that are not known and were not kept, if any: at most 32 names. Fields of your own belong in
    /// `attributes`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false, example = json!(["msg"]))]
    pub(super) ignored: &'a [String],
    /// Of a row that was imported before: what its contact or lead lacked and has now.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false, value_type = Vec<String>)]
    pub(super) added: &'a [Arc<str>],
    /// Of a row that was imported before: what its contact or lead has another value of, which stayed.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false, value_type = Vec<String>)]
    pub(super) kept: &'a [Arc<str>],
}

impl ContactCreated<'_> {
    /// Whether it says nothing but what the contact is.
    pub(super) const fn is_plain(&self) -> bool {
        let Self { contact: _, message_id, repaired, ignored, added, kept } = self;
        message_id.is_none() && repaired.is_empty() && ignored.is_empty() && added.is_empty() && kept.is_empty()
    }
}

/// A value that was repaired.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Repair {
    /// The field, as a JSON pointer.
    #[schema(example = "/lead_name")]
    pointer: String,
    /// What was changed.
    #[schema(example = "lead_name was longer than 100 characters and was cut")]
    detail: String,
}

/// Everything that was repaired in a body.
#[derive(Default)]
pub(super) struct Repairs {
    all: Vec<Repair>,
    /// The time before which nobody is to get the contact, and among which repairs those of it are.
    not_before: Option<(Timestamp, usize)>,
}

impl Repairs {
    /// The value of a field, its repairs noted.
    fn take<T>(&mut self, name: &str, repaired: Repaired<T>) -> T {
        let Repaired { value, notes } = repaired;
        let repair = |note| Repair { pointer: format!("/{name}"), detail: format!("{name} {note}") };
        self.all.extend(notes.into_iter().map(repair));
        value
    }

    /// All, of a contact that arrived at this time: it says whether a time had passed, or was too far ahead, so that an
    /// answer that is given again is the same.
    pub(super) fn of_arrival(mut self, arrived_at: Timestamp) -> Vec<Repair> {
        if let Some((not_before, place)) = self.not_before {
            let rest = self.all.split_off(place);
            self.take("not_before", repair::not_before(not_before, arrived_at));
            self.all.extend(rest);
        }
        self.all
    }

    fn optional<F: Fields, T, K: FieldType<Value = Repaired<T>>>(
        &mut self,
        fields: &mut F,
        name: &'static str,
        of: K,
        about: &'static str,
    ) -> Option<T> {
        fields.optional(name, of, about).map(|repaired| self.take(name, repaired))
    }
}

pub(super) type ContactCreate = BodyOf<NewContact>;

/// A contact to be created; phones wait for their region.
pub(super) struct NewContact {
    /// Boxed, for all that wait for its region have room for it.
    submit: Box<Submit>,
    /// The key that its `source_event_id` is.
    event: Option<IdempotencyKey>,
    /// External id, phone, email.
    given: [Option<SentIdentity>; 3],
    repairs: Repairs,
    /// Fields that are not known.
    ignored: Vec<String>,
}

impl RequestBody for NewContact {
    const SCHEMA: &'static str = "ContactCreate";
    const ABOUT: &'static str = "A new contact. `lead_external_id`, `lead_phone` and `lead_email` identify the lead; a \
                                 contact without any of them gets a lead of its own. An empty string in a `lead_` \
                                 field or in `source_event_id` counts as left out. What can be taken is repaired and \
                                 listed in `repaired` of the answer: control characters on a line become spaces, texts \
                                 that are too long are cut, a priority is brought within its bounds, a number in place \
                                 of a text becomes its digits, and a text in place of a number that number. Fields \
                                 that are not known are named in `ignored` of the answer.";
    const EXAMPLE: Option<&'static str> =
        Some(r#"{"lead_phone": "+79991234567", "source_id": 1, "message": "Здравствуйте!"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let mut repairs = Repairs::default();
        let source = fields.required("source_id", intake::SOURCE_ID.example("1"), "");
        let source = repairs.take("source_id", source);
        let phone = intake::IDENTITY.example("\"+79991234567\"");
        let given = [
            repairs.optional(fields, "lead_external_id", intake::IDENTITY, ABOUT_EXTERNAL_ID).flatten(),
            repairs.optional(fields, "lead_phone", phone, PHONE).flatten(),
            repairs.optional(fields, "lead_email", intake::IDENTITY, "").flatten(),
        ];
        let message = intake::MESSAGE.example("\"Здравствуйте!\"");
        let submit = Submit {
            lead_name: repairs.optional(fields, "lead_name", intake::NAME, ABOUT_NAME).flatten(),
            message: repairs.optional(fields, "message", message, ABOUT_MESSAGE),
            priority: repairs.optional(fields, "priority", intake::PRIORITY.example("0"), ABOUT_PRIORITY).unwrap_or(0),
            attributes: repairs.optional(fields, "attributes", intake::ATTRIBUTES, ABOUT_ATTRIBUTES),
            not_before: read_not_before(fields, &mut repairs),
            wanted: read_wanted(fields, &mut repairs),
            ..Submit::new(source, Vec::new())
        };
        let submit = Box::new(with_row_keys(fields, submit));
        let event_id = intake::EVENT_ID.example("734512");
        let event_id = fields.optional("source_event_id", event_id, ABOUT_EVENT_ID).and_then(|id| id.value);
        let event = event_id.map(|id| idempotency::of_event(source, &id, fields.text()));
        Some(Self { submit, event, given, repairs, ignored: fields.unknown() })
    }
}

/// Before when nobody is to get it, if that is a time.
fn read_not_before(fields: &mut impl Fields, repairs: &mut Repairs) -> Option<Timestamp> {
    let not_before = intake::NOT_BEFORE.example("\"2026-12-01T15:00:00+03:00\"");
    let at = repairs.optional(fields, "not_before", not_before, ABOUT_NOT_BEFORE).flatten();
    repairs.not_before = at.map(|at| (at, repairs.all.len()));
    at
}

/// Who is to get it, if that is somebody.
fn read_wanted(fields: &mut impl Fields, repairs: &mut Repairs) -> Option<Wanted> {
    let operator = repairs.optional(fields, "wanted_operator_id", intake::WANTED_OPERATOR, ABOUT_WANTED).flatten();
    let for_s = repairs.optional(fields, "wanted_for_s", intake::WANTED_FOR.example("900"), ABOUT_WANTED_FOR).flatten();
    operator.map(|operator| Wanted { operator, for_s: for_s.unwrap_or(RESERVED_S_DEFAULT) })
}

/// The keys of a row that is imported. They hold for its source, so that nobody is shown a contact of another.
fn with_row_keys(fields: &mut impl Fields, submit: Submit) -> Submit {
    let known_as = fields.optional("row_keys", ROW_KEYS, ABOUT_ROW_KEYS).unwrap_or_default();
    let earlier = fields.optional("earlier_row_keys", ROW_KEYS, ABOUT_EARLIER_KEYS).unwrap_or_default();
    Submit { known_as, earlier, ..submit }
}

const PHONE: &str = "In any format. Without a country code, the region of the source or of the deployment applies.";
const ABOUT_EXTERNAL_ID: &str = "The lead's id in your system; compared exactly.";
const ABOUT_NAME: &str = "The lead's name, if known: at most 100 characters.";
const ABOUT_MESSAGE: &str = "At most 65 536 bytes of UTF-8.";
const ABOUT_PRIORITY: &str = "Waiting contacts with a larger number go first: -1000 to 1000, 0 by default.";
const ABOUT_ATTRIBUTES: &str = "Your own fields, stored unchanged: at most 16 384 bytes of JSON, 32 levels deep.";
const ABOUT_NOT_BEFORE: &str = "Schedules the contact: a time in RFC 3339, at most 366 days ahead, before which nobody \
                                gets it. Until then it waits, with `status` `waiting`. A time that has passed, or \
                                cannot be read, counts as left out.";
const ABOUT_WANTED: &str = "Who is to get it, at its time if it is scheduled, whatever the policy says: an operator of \
                            the source. Anybody else counts as left out.";
const ABOUT_WANTED_FOR: &str = "For how many seconds it is reserved for them if they cannot take it at once, 900 by \
                                default; 0 for none, 604 800 at most. Afterwards anybody may get it.";
const ABOUT_EVENT_ID: &str = "The id of this event at the source, such as the `update_id` of a bot; unique for the \
                              source. Sent again, whatever else the body says, it gets the first response and creates \
                              no second contact.";

const ABOUT_ROW_KEYS: &str = "For imports: digests of the row of a file that this contact is made of, and of the \
                              source: a row that goes to two sources has another digest for each. If a contact of the \
                              source was made with one of them before, the answer is 200 with that contact, and \
                              nothing is created. They do not expire.";
const ABOUT_EARLIER_KEYS: &str = "For imports: digests of what the row may have been before it was corrected. If a \
                                  contact of the source was made with one of them before, it gets what it lacks, and \
                                  the answer is 200 with `added` and `kept`.";

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

    /// What was changed in what was sent.
    pub(super) fn take_repairs(&mut self) -> Repairs {
        std::mem::take(&mut self.repairs)
    }

    /// The fields that are not known.
    pub(super) fn take_ignored(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ignored)
    }

    /// The command, with phones read by these rules.
    pub(super) fn into_submit(self, rules: PhoneRules) -> Result<Submit, Problem> {
        let collected = identity::collect_sent(&self.given, rules).map_err(|errors| {
            Problem::invalid(errors.iter().map(|(kind, invalid)| identity_error("lead_", *kind, invalid)).collect())
        })?;
        Ok(collected.put_into(*self.submit))
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
            undo: false,
            priority: fields.edited("priority", PRIORITY, ""),
            message: fields.removable("message", MESSAGE, "`null` removes it."),
            not_before: fields.removable("not_before", NOT_BEFORE, ABOUT_POSTPONED),
            wanted: edited_wanted(fields),
        })
    }
}

/// Who is wanted, if that changes.
fn edited_wanted(fields: &mut impl Fields) -> Option<Option<Wanted>> {
    let operator = fields.removable("wanted_operator_id", OPERATOR_ID, ABOUT_EDITED_WANTED);
    let for_s = fields.edited("wanted_for_s", RESERVED_SECONDS.example("900"), ABOUT_WANTED_FOR);
    if for_s.is_some() && operator.is_none_or(|it| it.is_none()) {
        fields.fail("wanted_for_s", Invalid("needs wanted_operator_id: for whom it is reserved".to_owned()));
    }
    let for_s = for_s.unwrap_or(RESERVED_S_DEFAULT);
    operator.map(|operator| operator.map(|operator| Wanted { operator, for_s }))
}

const ABOUT_EDITED_WANTED: &str = "Who is to get it at its time: an operator of the source, for a contact that is \
                                   scheduled or is by this call. `null`: anybody, at once if it was reserved.";
const ABOUT_POSTPONED: &str = "Schedules it for a time, at most 366 days ahead, before which nobody gets it; from its \
                               operator it is taken. `null`, or a time that has passed, lets it wait like any other.";

const ABOUT_FROM: &str = "Who has it, as far as you know; `null` if it waits. If somebody else has it by now, nothing \
                          changes.";

pub(super) type ContactTransfer = BodyOf<TransferRequest>;

/// Who a contact is transferred to.
pub(super) struct TransferRequest {
    /// From whom, `Some(None)` if it is to wait; none if that does not matter.
    pub(super) from: Option<Option<OperatorId>>,
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
            from: fields.removable("from_operator_id", OPERATOR_ID, ABOUT_FROM),
            to: fields.nullable("operator_id", operator, "The operator who gets it; `null` releases it."),
            force: fields.or("force", FLAG, false, "Transfers it even if the operator is full or inactive."),
        })
    }
}
