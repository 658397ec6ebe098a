//! What goes wrong, as clients of the dialects know it: `{"detail": "..."}`, or for values that are not valid a list of
//! `{loc, msg, type}`, in the words of Pydantic, for some clients compare them. What the core and the store refuse is
//! read from [`maitred_web::problem::refusals`], which has the one mapping to status codes.

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maitred_app::batcher::ExecuteError;
use maitred_core::Rejection;
use maitred_core::limits::Invalid;
use maitred_store::StoreError;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{self, IN_PATH};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// The most faults one answer lists.
const FAULTS_MAX: usize = 100;

/// An answer that something went wrong.
#[derive(Debug)]
pub struct DialectError {
    status: StatusCode,
    detail: Detail,
}

/// What an answer with [`DialectError`] holds.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Detail {
    Text(Cow<'static, str>),
    Faults(Vec<Fault>),
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
pub struct CompatError<'a> {
    /// In a few words.
    #[schema(value_type = String, example = "Source not found")]
    detail: &'a Detail,
}

/// Values that are not valid.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what DialectError writes")]
pub struct CompatValidationError {
    /// All of them.
    detail: Vec<Fault>,
}

/// One value that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CompatFault)]
pub struct Fault {
    /// Where it is: `body`, `path` or `query`, then names and places.
    #[schema(example = json!(["body", "source_id"]))]
    pub loc: Vec<Step>,
    /// What is wrong.
    #[schema(example = "Field required")]
    pub msg: Cow<'static, str>,
    /// The kind of fault.
    #[schema(example = "missing")]
    pub r#type: &'static str,
}

/// One step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CompatStep)]
#[serde(untagged)]
pub enum Step {
    /// A field of an object.
    #[schema(value_type = String)]
    Name(Cow<'static, str>),
    /// A place in a list, or in a text.
    At(usize),
}

impl From<&'static str> for Step {
    fn from(name: &'static str) -> Self {
        Self::Name(name.into())
    }
}

impl Fault {
    /// A fault in a value; the caller that knows where it stands says so in `loc`.
    #[must_use]
    pub const fn new(r#type: &'static str, msg: &'static str) -> Self {
        Self { loc: Vec::new(), msg: Cow::Borrowed(msg), r#type }
    }
}

/// A value that maitred cannot keep.
impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self { loc: Vec::new(), msg: format!("Value error, it {invalid}").into(), r#type: "value_error" }
    }
}

impl DialectError {
    /// An answer of a few words.
    #[must_use]
    pub const fn new(status: StatusCode, detail: &'static str) -> Self {
        Self { status, detail: Detail::Text(Cow::Borrowed(detail)) }
    }

    /// 404.
    #[must_use]
    pub const fn not_found(detail: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// What was asked for is stored, and what it made could not be read.
    #[must_use]
    pub fn stored_but_unread(error: StoreError) -> Self {
        refusals::stored_but_unread(error.into()).into()
    }

    #[cfg(test)]
    pub fn into_faults(self) -> Vec<Fault> {
        match self.detail {
            Detail::Faults(faults) => faults,
            Detail::Text(text) => panic!("nothing but {text}"),
        }
    }

    /// 422, with all that is wrong.
    #[must_use]
    pub fn invalid(mut faults: Vec<Fault>) -> Self {
        faults.truncate(FAULTS_MAX);
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail: Detail::Faults(faults) }
    }
}

/// What a dialect says of ids that it does not know.
pub struct Words {
    /// There is no such source.
    pub source: &'static str,
    /// There is no such operator.
    pub operator: &'static str,
    /// There is no such contact.
    pub contact: &'static str,
}

impl Words {
    /// The answer when a command was not executed.
    #[must_use]
    pub fn not_executed(&self, error: ExecuteError) -> DialectError {
        match error {
            ExecuteError::Rejected(rejection) => self.rejected(&rejection),
            error @ (ExecuteError::Denied(_)
            | ExecuteError::Changed
            | ExecuteError::QueueFull
            | ExecuteError::Stopping
            | ExecuteError::Store(_)) => refusals::not_executed(error, IN_PATH).into(),
        }
    }

    fn rejected(&self, rejection: &Rejection) -> DialectError {
        use Rejection as R;
        match rejection {
            R::UnknownSource(_) => DialectError::not_found(self.source),
            R::UnknownOperator(_) => DialectError::not_found(self.operator),
            R::UnknownContact(_) => DialectError::not_found(self.contact),
            R::NameTaken(_) => DialectError::new(StatusCode::BAD_REQUEST, "Source with this name already exists"),
            R::UnknownLead(_)
            | R::ExternalIdTaken(_)
            | R::UnknownMembership(..)
            | R::OperatorFull(..)
            | R::OperatorInactive(_)
            | R::OperatorAway(..)
            | R::UnknownCalendar(_)
            | R::CalendarInUse(..)
            | R::CalendarChanged(_)
            | R::HoursChanged(_)
            | R::SourceHoursChanged(_)
            | R::ContactResolved(_)
            | R::ContactMoved(..)
            | R::OfferOver(..)
            | R::NotOffered(_)
            | R::PauseOver(_)
            | R::NotScheduled(_)
            | R::CorrectionTooLarge(..)
            | R::SourceHasOpenContacts(..)
            | R::NoFallback(..)
            | R::SourceIsFallback(..)
            | R::TooManyMembers(_)
            | R::IdentityTaken(..)
            | R::SameLead(_)
            | R::LeadMerged(..)
            | R::LeadErased(_)
            | R::UnknownMessage(..)
            | R::MessageNotPending(_)
            | R::NoWay(..)
            | R::ContactOfAnother(..)
            | R::IdentityOfAnother(_)
            | R::LeadHasOpenContacts(_)
            | R::LeadTooLarge(..)
            | R::DemoAndReal(..)
            | R::DemoAndRealLead(..)
            | R::NotDemo(_)
            | R::KeyReused(_) => refusals::rejected(rejection, IN_PATH).into(),
        }
    }
}

impl From<Problem> for DialectError {
    fn from(problem: Problem) -> Self {
        Self { status: problem.kind.status, detail: Detail::Text(problem.detail.into()) }
    }
}

impl From<StoreError> for DialectError {
    fn from(error: StoreError) -> Self {
        refusals::failed(&error).into()
    }
}

impl IntoResponse for DialectError {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&CompatError { detail: &self.detail }).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Gives an error that no handler worded (an unknown path, a wrong method, a deadline that passed) the shape that
/// clients of the dialects know; its headers stay.
#[must_use]
pub fn ensure(response: Response) -> Response {
    let status = response.status();
    let is_ours = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/json");
    if !(status.is_client_error() || status.is_server_error()) || is_ours {
        return response;
    }
    let mut worded = DialectError::new(status, status.canonical_reason().unwrap_or("Error")).into_response();
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            worded.headers_mut().insert(name, value.clone());
        }
    }
    worded
}
