//! Who may call what. [`Guard`] stands in front of every route, those of other modules included: it finds out who
//! calls, looks up in [`rules`] whether their role may make this call, and lets it through with them as
//! the [`crate::caller`].
//!
//! A program shows a key, a browser the cookie of a session ([`cookie`]). A browser sends its cookie no matter who made
//! it send the request; so what comes with one and is more than reading has to say that a page of ours made it
//! ([`crate::same_origin`] reads that), and is refused when it says nothing. Why that is enough:
//! docs/decisions/0010-people-and-sessions.md.
//!
//! What a role may only do with its own things is decided in two places: before the call for what it shows (`own`),
//! and for what it changes, where its command is executed ([`maitred_app::permission`]).

pub mod client;
pub mod cookie;
mod own;
pub mod rate;
pub mod rules;

use crate::AppState;
use crate::body::BodyBytesMax;
use crate::caller::with_caller;
use crate::edge::InFlight;
use crate::edge::in_flight::STRANGERS_BODY_BYTES_MAX;
use crate::problem::{Problem, kinds};
use crate::routes::Found;
use crate::rules::May;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use futures_util::future::lazy;
use futures_util::{FutureExt, StreamExt};
use maitred_app::auth::{Access, Caller, CredentialError};
use maitred_app::permission::PermissionError;
use maitred_store::accounts::Grant;
use maitred_store::clock;
use rate::{Left, Rates, TooMany};
use rules::Rules;

use std::sync::Arc;

/// The role of this caller may not make this call.
fn forbidden(caller: &Caller) -> Problem {
    PermissionError::Role(caller.grant.role()).into()
}

/// Who looks at a page: an extension of requests for pages that [`Guard`] let through.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Their name, if they have logged in.
    pub name: Option<Arc<str>>,
    pub grant: Grant,
    rules: Arc<Rules>,
}

impl Visitor {
    /// Whether they may look at a page, by its route.
    #[must_use]
    pub fn may_look(&self, route: &str) -> bool {
        self.rules.may_look(self.grant.role(), route)
    }
}

/// The header under whose key a POST may be sent again.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// What finds out who calls, and holds them to the rules of all routes.
pub struct Guard {
    state: AppState,
    rules: Arc<Rules>,
    rates: Rates,
    error_page: ErrorPage,
}

/// Makes what is answered to somebody who may not make a call: a browser is led to the login or shown a page.
pub type ErrorPage = fn(&Request, Option<Visitor>, Response) -> Response;

impl Guard {
    /// With the rules of all routes, and what each caller may send.
    #[must_use]
    pub fn new(state: AppState, rules: Rules, rates: Rates, error_page: ErrorPage) -> Self {
        Self { state, rules: Arc::new(rules), rates, error_page }
    }

    fn access(&self) -> &Access {
        self.state.access()
    }

    /// Has a call answered for its caller, or answers why not.
    pub async fn answer<F: Future<Output = Response> + Send>(
        &self,
        route: Option<&Found>,
        mut request: Box<Request>,
        call: impl FnOnce(Request) -> F + Send,
    ) -> Response {
        match self.admit(route, &mut request).await {
            Ok(Some((caller, left))) => {
                if route.is_none_or(|route| route.is_page) {
                    request.extensions_mut().insert(self.visitor(caller));
                }
                // Begun for the caller: reading the request may ask who that is.
                let answering = lazy(|_| within_budget(*request, call)).flatten();
                let mut response = with_caller(caller, answering).await;
                if let Some(left) = left {
                    left.write(response.headers_mut());
                }
                self.until_revoked(caller, response)
            }
            Ok(None) => {
                request.extensions_mut().insert(BodyBytesMax(STRANGERS_BODY_BYTES_MAX));
                call(*request).await
            }
            Err(error) => (self.error_page)(&request, error.visitor.clone(), error.into_response()),
        }
    }

    /// Who makes this call, and what they may still send; nobody in particular where anybody may. Nothing is changed
    /// in the request: a reference that others may have could not wait on another thread, for a body is for one only.
    async fn admit(
        &self,
        route: Option<&Found>,
        request: &mut Request,
    ) -> Result<Option<(Caller, Option<Left>)>, GuardError> {
        let may = route.map(|route| self.rules.find(&route.path, request.method()));
        if let Some(Some([May::Anybody, ..])) = may {
            return Ok(None);
        }
        let caller = self.who(request).await?;
        if caller == Caller::ANYBODY {
            return Ok(Some((caller, None)));
        }
        let left =
            self.rates.take(caller.actor).map_err(|too_many| GuardError::later(too_many, self.visitor(caller)))?;
        match may {
            // There is nothing at this path, and everybody with a key may know.
            None => Ok(Some((caller, left))),
            Some(None) => Err(self.no_rule(route.map_or("", |route| &route.path))),
            Some(Some(may)) => match may[caller.grant.role() as usize] {
                May::No => Err(GuardError::of(forbidden(&caller), self.visitor(caller))),
                whose => match own::check(&self.state, whose, &caller, route, request).await {
                    Ok(()) => Ok(Some((caller, left))),
                    Err(problem) => Err(GuardError::of(problem, self.visitor(caller))),
                },
            },
        }
    }

    /// Who shows this key, or this session.
    async fn who(&self, request: &mut Request) -> Result<Caller, GuardError> {
        let Some(session) = session(request) else {
            return Ok(self.access().admit(bearer(request.headers()), clock::now())?);
        };
        // Boxed: programs have none, and their calls pay for the size of all that may be awaited.
        let caller = Box::pin(self.access().admit_session(&session)).await?;
        if caller.session.is_some() && !request.method().is_safe() && !says_from_where(request.headers()) {
            let detail = "a request with the cookie of a login needs the header Sec-Fetch-Site or Origin; programs \
                          use a key";
            return Err(kinds::CROSS_SITE.because(detail).into());
        }
        Ok(caller)
    }

    /// What pages show their visitor about themselves.
    fn visitor(&self, caller: Caller) -> Visitor {
        let name = caller.user().and_then(|id| self.access().user(id)).map(|user| user.name.clone());
        Visitor { name, grant: caller.grant, rules: self.rules.clone() }
    }

    /// A path that has rules has none for this method: there is no such call. A path without any was forgotten in the
    /// table, and until that is fixed nobody may call it.
    fn no_rule(&self, route: &str) -> GuardError {
        let methods = self.rules.methods(route).collect::<Vec<_>>().join(",");
        if methods.is_empty() {
            tracing::error!(route, "a route has no access rule; nobody may call it until it has one");
            return kinds::FORBIDDEN.because("nobody may call this; see the server's log").into();
        }
        let problem = kinds::METHOD_NOT_ALLOWED
            .because("this path is there, but not for this method; the Allow header lists those it has");
        GuardError { problem, allow: HeaderValue::try_from(methods).ok(), too_many: None, visitor: None }
    }

    /// A stream ends when its caller may not have it any more.
    fn until_revoked(&self, caller: Caller, response: Response) -> Response {
        let is_stream =
            response.headers().get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"text/event-"));
        if !is_stream {
            return response;
        }
        let revoked = Box::pin(self.access().until_revoked(caller));
        response.map(|body| Body::from_stream(body.into_data_stream().take_until(revoked)))
    }
}

/// Carries out a call with its body and its answer counted, where a connection has a budget for them.
fn within_budget<F: Future<Output = Response>>(
    request: Request,
    call: impl FnOnce(Request) -> F,
) -> impl Future<Output = Response> {
    let in_flight = request.extensions().get::<InFlight>().cloned();
    let is_safe = request.method().is_safe();
    let (request, received) = match &in_flight {
        Some(in_flight) => in_flight.receive(request),
        None => (request, None),
    };
    call(request).map(move |response| {
        drop(received);
        match in_flight {
            Some(in_flight) => in_flight.answer(response, is_safe),
            None => response,
        }
    })
}

/// The session of the cookie, where no header shows a key.
fn session(request: &Request) -> Option<String> {
    if request.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let is_secure = client::client(request.extensions()).is_secure;
    cookie::shown(request.headers(), is_secure).map(str::to_owned)
}

/// Whether a browser sent a request, as far as it says so.
pub(crate) fn says_from_where(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(ORIGIN)
}

/// The key of the header `Authorization: Bearer ...`. The scheme is read in any letter case (RFC 9110, 11.1). Of two
/// such headers neither is chosen: what stands in front of the server may have looked at the other.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(AUTHORIZATION).into_iter();
    let (Some(only), None) = (given.next(), given.next()) else { return None };
    let (scheme, key) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Why a call does not come through.
struct GuardError {
    problem: Problem,
    allow: Option<HeaderValue>,
    too_many: Option<TooMany>,
    /// Who is refused, if that is known.
    visitor: Option<Visitor>,
}

impl GuardError {
    const fn of(problem: Problem, visitor: Visitor) -> Self {
        Self { problem, allow: None, too_many: None, visitor: Some(visitor) }
    }

    fn later(too_many: TooMany, visitor: Visitor) -> Self {
        Self { problem: too_many.problem(), allow: None, too_many: Some(too_many), visitor: Some(visitor) }
    }
}

impl From<Problem> for GuardError {
    fn from(problem: Problem) -> Self {
        Self { problem, allow: None, too_many: None, visitor: None }
    }
}

impl From<CredentialError> for GuardError {
    fn from(error: CredentialError) -> Self {
        let problem = match error {
            CredentialError::NoKey => {
                kinds::KEY_REQUIRED.because("send the header Authorization: Bearer, then a key; users log in at /login")
            }
            CredentialError::NoSession => kinds::KEY_REQUIRED.because("the session has ended; log in again at /login"),
            CredentialError::UnknownKey => {
                kinds::KEY_REFUSED.because("this key is not from this server, or was revoked")
            }
            CredentialError::Expired => kinds::KEY_REFUSED.because("this key has expired; ask for another"),
        };
        problem.into()
    }
}

impl IntoResponse for GuardError {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        if let Some(methods) = self.allow {
            response.headers_mut().insert(ALLOW, methods);
        }
        if let Some(too_many) = self.too_many {
            too_many.write(response.headers_mut());
        }
        response
    }
}

/// The method that a rule is for: HEAD is answered by the handler of GET.
fn ruled(method: &Method) -> &str {
    if *method == Method::HEAD { "GET" } else { method.as_str() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Bearer mtd_x", Some("mtd_x"))]
    #[case("bearer  mtd_x ", Some("mtd_x"))]
    #[case("Basic mtd_x", None)]
    #[case("Bearer", None)]
    #[case("mtd_x", None)]
    fn a_key_is_read_from_its_header(#[case] header: &str, #[case] expected: Option<&str>) {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(header).unwrap())]);
        assert_eq!(bearer(&headers), expected);
    }
}
