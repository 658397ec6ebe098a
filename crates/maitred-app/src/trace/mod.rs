//! "Where is my lead?": the way of one contact in five steps, each with its time, and what was sent and what came back.
//! The API sends it, the console and the command line lay it out; sentences are in [`says`].
//!
//! Everything is read by an index and in a bounded number of rows, so it costs the same however much is stored. Nothing
//! is guessed: a step of which no record is kept says so.

mod notices;
mod read;
pub mod says;

pub use read::{Places, Sees};

use maitred_core::{Actor, ContactId, EndpointId, LeadId, OperatorId, PayloadId, SourceId, Status};
use maitred_store::clock::Rfc3339;
use says::Saying;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The most payloads of a contact that are read.
pub const PAYLOADS_TRACED: u32 = 20;
/// The most decisions, the last ones.
pub const DECISIONS_TRACED: u32 = 10;
/// The most calls of endpoints, the last ones.
pub const DELIVERIES_TRACED: u32 = 50;

/// The way of a contact from what was received to the answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ContactTrace)]
pub struct Trace {
    /// The contact.
    #[schema(value_type = i64, example = 1)]
    pub contact_id: ContactId,
    /// Its lead.
    #[schema(value_type = i64, example = 1)]
    pub lead_id: LeadId,
    /// Where it arrived.
    #[schema(value_type = i64, example = 1)]
    pub source_id: SourceId,
    /// Its status now.
    #[schema(value_type = String, example = "assigned")]
    pub status: Status,
    /// Whether its lead was erased: times stay, contents are gone.
    pub is_erased: bool,
    /// The five steps, in order.
    pub steps: Vec<Step>,
    /// What was received and became this contact, or was appended to it; the first comes first. At most 20.
    pub payloads: Vec<TracedPayload>,
    /// Fields that were sent and say nothing usable, so that they were set aside.
    #[schema(example = json!(["lead_phone"]))]
    pub set_aside: Vec<String>,
    /// The last 10 decisions, the last one first.
    pub decisions: Vec<TracedDecision>,
    /// Which operators were told of it in which way.
    pub notices: Vec<TracedNotice>,
    /// The last 50 calls of endpoints about it, the last one first; `null` for operators, who do not see endpoints.
    #[schema(required = true)]
    pub deliveries: Option<Vec<TracedDelivery>>,
    /// The first response; `null` if there is none, or if it is not known who gave it.
    #[schema(required = true)]
    pub response: Option<TracedResponse>,
}

/// One step of the way of a contact.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TraceStep)]
pub struct Step {
    /// Which of the five.
    pub step: StepName,
    /// When it happened; `null` if it did not, or if that is not kept.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub at: Option<Rfc3339>,
    /// Whether it happened.
    pub state: StepState,
    /// The same in a sentence.
    #[schema(example = "Анна got it.")]
    pub says: String,
    /// Where to read what was sent and what came back.
    pub links: Vec<StepLink>,
    /// Which sentence that is.
    #[serde(skip)]
    pub saying: Saying,
}

/// The steps, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TraceStepName)]
pub enum StepName {
    Received,
    Mapped,
    Decided,
    Told,
    Answered,
}

impl StepName {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Mapped => "mapped",
            Self::Decided => "decided",
            Self::Told => "told",
            Self::Answered => "answered",
        }
    }
}

/// Whether a step happened: `not_applicable` there is no such step for this contact; `not_kept` what would tell was
/// dropped, or never kept; `erased` it was deleted with the data of the lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TraceStepState)]
pub enum StepState {
    Done,
    Pending,
    Overdue,
    Failed,
    NotApplicable,
    NotKept,
    Erased,
}

impl StepState {
    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Pending => "pending",
            Self::Overdue => "overdue",
            Self::Failed => "failed",
            Self::NotApplicable => "not_applicable",
            Self::NotKept => "not_kept",
            Self::Erased => "erased",
        }
    }
}

/// Something to be read by a GET.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TraceLink)]
pub struct StepLink {
    /// What it is: `payload`, `decisions`, `delivery`, `event`.
    #[schema(example = "decisions")]
    pub what: &'static str,
    /// Its path on this server.
    #[schema(example = "/api/v1/contacts/1/decisions")]
    pub path: String,
}

/// Something that was received.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TracePayload)]
pub struct TracedPayload {
    /// Its id.
    #[schema(value_type = i64, example = 1)]
    pub id: PayloadId,
    /// The source whose address it was sent to.
    #[schema(value_type = i64, example = 1)]
    pub source_id: SourceId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Rfc3339,
    /// Whether the contact was made of it; else its message was appended to the open contact.
    pub made_contact: bool,
}

/// A decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TraceDecision)]
pub struct TracedDecision {
    /// Its number among the decisions about this contact, from 0.
    #[schema(example = 0)]
    pub seq: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Rfc3339,
    /// Why a decision was needed, as in `GET /contacts/{id}/decisions`.
    #[schema(example = "arrived")]
    pub cause: &'static str,
    /// Who got it; `null` if it waits.
    #[schema(required = true, value_type = Option<i64>, example = 1)]
    pub operator_id: Option<OperatorId>,
    /// Their name.
    #[schema(required = true, value_type = Option<String>, example = "Анна")]
    pub operator_name: Option<Arc<str>>,
}

/// What an operator was told, or why they were not.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TraceNotice)]
pub struct TracedNotice {
    /// In which way: `telegram` or `email`.
    #[schema(example = "telegram")]
    pub way: &'static str,
    /// Who.
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// Their name.
    #[schema(required = true, value_type = Option<String>, example = "Анна")]
    pub operator_name: Option<Arc<str>>,
    /// The number of the decision by which they got the contact.
    #[schema(example = 0)]
    pub decision: u32,
    /// What they see now: `offered`, `assigned`, `ended`; of an e-mail and in a browser `sent`; or `not_sent`.
    #[schema(example = "assigned")]
    pub state: &'static str,
    /// When the message was sent; `null` if it was not, or before maitred kept that.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub told_at: Option<Rfc3339>,
    /// Why it was not sent: `not_linked`, `linked_later`, `blocked`, or the fault of the bot, such as `unreachable`; of
    /// an e-mail `refused`, `too_late`, `no_mail_server`; in a browser `not_taken`, `too_late`,
    /// `subscribed_later`;
    /// `null` if it was sent, or will be.
    #[schema(required = true, value_type = Option<String>)]
    pub problem: Option<&'static str>,
}

/// A call of an endpoint about the contact.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TraceDelivery)]
pub struct TracedDelivery {
    /// Its id in the log of the endpoint.
    pub id: i64,
    /// The endpoint.
    #[schema(value_type = i64, example = 1)]
    pub endpoint_id: EndpointId,
    /// The position of the event that was sent.
    #[schema(required = true)]
    pub position: Option<i64>,
    /// The type of the message.
    #[schema(value_type = String, example = "contact.assigned")]
    pub r#type: Arc<str>,
    /// The number of the try, from 1.
    pub attempt: u32,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Rfc3339,
    /// Whether the endpoint took it: it answered with 2xx.
    pub delivered: bool,
    /// The status of the answer; `null` without one.
    #[schema(required = true)]
    pub status: Option<i64>,
    /// Why it failed; `null` if it did not.
    #[schema(required = true, value_type = Option<String>)]
    pub error: Option<Arc<str>>,
    /// The beginning of the answer.
    #[schema(required = true, value_type = Option<String>)]
    pub answer: Option<Arc<str>>,
}

/// The first response.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TraceResponse)]
pub struct TracedResponse {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Rfc3339,
    /// How: `call`, `message`, `other`, or by `accepted` or `resolved`.
    #[schema(example = "call")]
    pub how: &'static str,
    /// Who did it, as in events.
    #[schema(required = true, value_type = Option<String>, example = "user:7")]
    pub actor: Option<Actor>,
    /// Who had the contact then.
    #[schema(required = true, value_type = Option<i64>, example = 1)]
    pub operator_id: Option<OperatorId>,
    /// Their name.
    #[schema(required = true, value_type = Option<String>, example = "Анна")]
    pub operator_name: Option<Arc<str>>,
}

impl Trace {
    /// One of the steps.
    #[must_use]
    pub fn step(&self, name: StepName) -> Option<&Step> {
        self.steps.iter().find(|step| step.step == name)
    }
}
