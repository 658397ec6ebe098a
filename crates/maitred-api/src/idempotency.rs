//! Calls that may be sent again: a POST with the header `Idempotency-Key` is carried out once, and every later one with
//! the same key is answered as the first was, byte for byte, with `Idempotent-Replayed: true` (the name that Stripe
//! gave it; the key is that of draft-ietf-httpapi-idempotency-key-header). The same key with another body is a mistake
//! and is refused. The id of an event at its source is a key too, and says alone which event it is: a retry in other
//! words gets the first answer.
//!
//! Every handler of a POST that changes something takes its body as a [`Post`], or [`Keys`] when it has none, and
//! answers by [`Keys::answer`]. What is shown is made of the outcome alone, and the outcome is kept by the core
//! ([`maitred_core::idempotency`]), in the transaction of the change.

use crate::body::{self, FromBody};
use crate::reply::{self, Reply};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use futures_util::FutureExt;
use maitred_app::batcher::ExecuteError;
use maitred_app::event_key;
use maitred_core::command::ShowLead;
use maitred_core::limits::Invalid;
use maitred_core::{Command, IdempotencyKey, Outcome, Rejection, SourceId};
use maitred_web::caller::caller;
use maitred_web::problem::refusals::{Pointers, not_executed, stored_but_unread};
use maitred_web::problem::{FieldError, Problem, kinds};
use maitred_web::{AppState, unexpected};
use sha2::{Digest, Sha256};

/// The longest key, in characters.
pub const KEY_CHARS_MAX: usize = 255;
pub use maitred_web::guard::IDEMPOTENCY_KEY as KEY;
/// The header of an answer that was given before.
pub const REPLAYED: &str = "Idempotent-Replayed";

static KEY_NAME: HeaderName = HeaderName::from_static("idempotency-key");
static REPLAYED_NAME: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A POST with a body, and the keys it is to be carried out once under.
pub struct Post<T> {
    /// What it says.
    pub body: T,
    /// Its keys, if it has any.
    pub keys: Keys,
}

impl<S: Sync, T: FromBody> FromRequest<S> for Post<T> {
    type Rejection = Problem;

    fn from_request(request: Request, _: &S) -> impl Future<Output = Result<Self, Problem>> + Send {
        let scope = Scope::of(&request);
        body::text_for::<T>(request).map(|text| {
            let (scope, text) = (scope?, text?);
            let keys = Keys { header: scope.map(|scope| scope.key(&text)), event: None };
            Ok(Self { body: body::read_json(&text)?, keys })
        })
    }
}

/// Refuses what is to be answered again, where answers are not kept: a secret is shown once.
pub struct NeverAgain;

impl<S: Sync> FromRequestParts<S> for NeverAgain {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if !parts.headers.contains_key(KEY) {
            return Ok(Self);
        }
        let why = "is not supported here, for this answer is not kept; leave it out, and look at the list if a \
                   response was lost";
        Err(Problem::invalid_parameter(KEY, &Invalid(why.to_owned())))
    }
}

/// What a call is to be carried out once under. Most have nothing.
#[derive(Clone, Copy, Default)]
pub struct Keys {
    header: Option<IdempotencyKey>,
    event: Option<IdempotencyKey>,
}

/// For a POST without a body.
impl<S: Sync> FromRequest<S> for Keys {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let Some(scope) = Scope::of(&request)? else { return Ok(Self::default()) };
        let text = body::text_of(request, body::BODY_BYTES_MAX).await?;
        Ok(Self { header: Some(scope.key(&text)), event: None })
    }
}

impl Keys {
    /// Whether the caller may ask again with the same `Idempotency-Key`.
    #[must_use]
    pub const fn has_header(&self) -> bool {
        self.header.is_some()
    }

    /// The same, and the id that the contact's source gave it.
    #[must_use]
    pub const fn with_event(self, event: Option<IdempotencyKey>) -> Self {
        Self { event, ..self }
    }

    /// Has a command carried out once, and shows its outcome; the same again when it was carried out before. `pointers`
    /// says where in the body the ids stand that may turn out to be unknown.
    ///
    /// # Errors
    /// Why nothing was done.
    pub fn answer<'a>(
        self,
        state: &'a AppState,
        command: Command,
        pointers: Pointers<'a>,
        show: impl FnOnce(Outcome) -> Reply + Send,
    ) -> impl Future<Output = Reply> + Send {
        self.carry_out(state, command, pointers).map(|carried_out| {
            let (outcome, is_again) = carried_out?;
            Ok(marked(show(outcome)?, is_again))
        })
    }

    /// Like [`Keys::answer`], where the outcome says less than is shown: that is the text that `gather` makes of what
    /// is stored by then. It is kept under a key of its own, and what the first who asked was shown, all others are.
    ///
    /// # Errors
    /// Why nothing was done.
    pub async fn answer_with(
        self,
        state: &AppState,
        command: Command,
        pointers: Pointers<'_>,
        gather: impl AsyncFnOnce() -> Result<ShowLead, Problem>,
    ) -> Reply {
        let (_, is_again) = self.carry_out(state, command, pointers).await?;
        let shown = gather().await.map_err(stored_but_unread)?;
        if self.is_none() {
            return Ok(reply::ok_text(&shown.text));
        }
        let kept = self.of_what_is_shown().carry_out(state, Command::Show(shown), pointers).await;
        match kept.map_err(stored_but_unread)? {
            (Outcome::Shown(_, text), _) => Ok(marked(reply::ok_text(&text), is_again)),
            (other, _) => Err(unexpected(&other)),
        }
    }

    /// Whether it has none.
    pub(crate) const fn is_none(self) -> bool {
        self.header.is_none() && self.event.is_none()
    }

    /// The outcome, and whether it was given before. The command is queued at once.
    fn carry_out<'a>(
        self,
        state: &'a AppState,
        command: Command,
        pointers: Pointers<'a>,
    ) -> impl Future<Output = Result<(Outcome, bool), Problem>> + Send + use<'a> {
        let keys = self.header.into_iter().chain(self.event).collect();
        let answered = move |answer| match answer {
            Ok(Outcome::Again(before)) => Ok((*before, true)),
            Ok(outcome) => Ok((outcome, false)),
            Err(ExecuteError::Rejected(Rejection::KeyReused(_))) => Err(Self::reused()),
            Err(error) => Err(not_executed(error, pointers)),
        };
        match state.execute(command, keys) {
            Ok(queued) => queued.map(answered).left_future(),
            Err(problem) => async move { Err(problem) }.right_future(),
        }
    }

    fn of_what_is_shown(self) -> Self {
        let of_shown =
            |key: IdempotencyKey| IdempotencyKey { digest: digest(&[b"maitred shown 1\n", &key.digest]), ..key };
        Self { header: self.header.map(of_shown), event: self.event.map(of_shown) }
    }

    fn reused() -> Problem {
        let detail = format!("{KEY} was sent before with another body; give every new request a key of its own");
        let error = FieldError { pointer: None, parameter: Some(KEY), detail };
        Problem::of_fields(&kinds::IDEMPOTENCY_KEY_REUSED, vec![error])
    }
}

/// The key of a contact that its source gave this id: the same id of the same source is the same contact.
#[must_use]
pub fn of_event(source: SourceId, id: &str, text: &str) -> IdempotencyKey {
    event_key::of_event(source, id, text)
}

fn marked(mut response: Response, is_again: bool) -> Response {
    if is_again {
        response.headers_mut().insert(REPLAYED_NAME.clone(), HeaderValue::from_static("true"));
    }
    response
}

/// A key, and what it holds for: two calls may have the same key, and so may two callers, who must not get to see each
/// other's answers.
struct Scope {
    call: String,
    key: HeaderValue,
}

impl Scope {
    /// None when the request has no key.
    fn of(request: &Request) -> Result<Option<Self>, Problem> {
        let mut given = request.headers().get_all(&KEY_NAME).into_iter();
        let Some(key) = given.next() else { return Ok(None) };
        let wrong = |what: String| Err(Problem::invalid_parameter(KEY, &Invalid(what)));
        let chars = key.len();
        if given.next().is_some() {
            return wrong("is given twice; give it once".to_owned());
        }
        if !(1..=KEY_CHARS_MAX).contains(&chars) {
            return wrong(format!("has {chars} characters; give 1 to {KEY_CHARS_MAX}, such as a UUID"));
        }
        if !key.as_bytes().iter().all(u8::is_ascii_graphic) {
            return wrong("has a character other than visible ASCII; give a UUID, for example".to_owned());
        }
        let actor = caller()?.continues;
        Ok(Some(Self { call: format!("{actor} {} {}", request.method(), request.uri().path()), key: key.clone() }))
    }

    fn key(&self, text: &str) -> IdempotencyKey {
        let call = self.call.as_bytes();
        IdempotencyKey {
            digest: digest(&[b"maitred once 1\n", call, b"\n", self.key.as_bytes()]),
            fingerprint: digest(&[call, b"\n", text.as_bytes()]),
            is_event: false,
        }
    }
}

/// The first half of a SHA-256.
fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let whole = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize();
    std::array::from_fn(|at| whole[at])
}
