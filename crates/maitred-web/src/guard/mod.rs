//! Who may call what. [`guard`] stands in front of every route, those of other modules included: it finds out who
//! calls, looks up in [`rules`] whether their role may make this call, and lets it through with them as [`caller`].
//!
//! A program shows a key, a browser the cookie of a session ([`cookie`]). A browser sends its cookie no matter who made
//! it send the request; so what comes with one and is more than reading has to say that a page of ours made it
//! ([`crate::same_origin`] reads that), and is refused when it says nothing. Why that is enough:
//! docs/decisions/0010-people-and-sessions.md.
//!
//! What a role may only do with its own things is asked in two places: before the call for what it shows (`own`),
//! and for what it changes, here in [`permit`] and in the batch itself ([`maitred_app::batcher::By::desk`]).

pub mod client;
pub mod cookie;
mod own;
pub mod rate;
pub mod rules;

use crate::AppState;
use crate::problem::{Problem, kinds};
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use maitred_app::auth::{Access, Caller, Refused};
use maitred_core::Command;
use maitred_core::command::OperatorEdit;
use maitred_store::accounts::Grant;
use maitred_store::clock;
use rate::{Left, Rates, TooMany};
use rules::{May, Rules};
use std::sync::Arc;

tokio::task_local! {
    static CALLER: Caller;
}

/// Who made the call that is being answered.
///
/// # Errors
/// Outside of a call that [`guard`] let through nobody may do anything: a bug.
pub fn caller() -> Result<Caller, Problem> {
    CALLER.try_with(|caller| *caller).map_err(|_| Problem::internal(&"a call came past the guard"))
}

/// Whether this caller may send this command at all. Whether a contact is theirs is checked in the batch.
///
/// # Errors
/// When they may not.
pub fn permit(caller: &Caller, command: &Command) -> Result<(), Problem> {
    let may = match (caller.grant, command) {
        (Grant::Admin | Grant::Supervisor, _) => true,
        (Grant::Intake(None), Command::Submit(_)) => true,
        (Grant::Intake(Some(own)), Command::Submit(submit)) if submit.source == own => true,
        (Grant::Intake(Some(own)), Command::Submit(_)) => {
            return Err(kinds::FORBIDDEN.because(format!("this key submits contacts of source {own} only")));
        }
        (Grant::Operator(_), Command::EditContact(..)) => true,
        (Grant::Operator(_), Command::Transfer { force, .. }) => !force,
        // They may switch themselves on and off, and nothing else.
        (Grant::Operator(own), Command::EditOperator(id, OperatorEdit { name: None, max_load: None, .. })) => {
            own == *id
        }
        _ => false,
    };
    may.then_some(()).ok_or_else(|| forbidden(caller))
}

fn forbidden(caller: &Caller) -> Problem {
    let role = caller.grant.role().as_str();
    kinds::FORBIDDEN.because(format!("the role {role} may not do this; docs/security.md lists what each role may do"))
}

/// Who looks at a page: an extension of requests that [`guard`] let through.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Their name, if they have logged in.
    pub name: Option<Arc<str>>,
    /// What they may do.
    pub grant: Grant,
}

/// The header under whose key a POST may be sent again.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// What [`guard`] knows.
pub struct Guard {
    state: AppState,
    rules: Rules,
    rates: Rates,
    refusal: RefusalPage,
}

/// Makes what is answered to somebody who may not make a call: a browser is led to the login or shown a page.
pub type RefusalPage = fn(&Request, Option<Visitor>, Response) -> Response;

impl Guard {
    /// With the rules of all routes, and what each caller may send.
    #[must_use]
    pub fn new(state: AppState, rates: Rates, refusal: RefusalPage) -> Self {
        Self { state, rules: Rules::new(), rates, refusal }
    }

    fn access(&self) -> &Access {
        self.state.access()
    }

    /// Who makes this call, and what they may still send; nobody in particular where anybody may.
    async fn admit(&self, request: &mut Request) -> Result<Option<(Caller, Option<Left>)>, Refusal> {
        let route = request.extensions().get::<MatchedPath>().cloned();
        let may = route.as_ref().map(|route| self.rules.find(route.as_str(), request.method()));
        if let Some(Some([May::Anybody, ..])) = may {
            return Ok(None);
        }
        let caller = self.who(request).await?;
        if caller == Caller::ANYBODY {
            return Ok(Some((caller, None)));
        }
        let left = self.rates.take(caller.actor).map_err(|too_many| Refusal::later(too_many, self.visitor(caller)))?;
        match may {
            // There is nothing at this path, and everybody with a key may know.
            None => Ok(Some((caller, left))),
            Some(None) => Err(self.no_rule(route.as_ref().map_or("", MatchedPath::as_str))),
            Some(Some(may)) => match may[caller.grant.role() as usize] {
                May::No => Err(Refusal::of(forbidden(&caller), self.visitor(caller))),
                whose => match own::check(&self.state, whose, &caller, request).await {
                    Ok(()) => Ok(Some((caller, left))),
                    Err(problem) => Err(Refusal::of(problem, self.visitor(caller))),
                },
            },
        }
    }

    /// Who shows this key, or this session.
    async fn who(&self, request: &mut Request) -> Result<Caller, Refusal> {
        let Some(session) = session(request) else {
            return Ok(self.access().admit(bearer(request.headers()), clock::now())?);
        };
        let caller = self.access().admit_session(&session).await?;
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
        Visitor { name, grant: caller.grant }
    }

    /// A path that has rules has none for this method: there is no such call. A path without any was forgotten in the
    /// table, and until that is fixed nobody may call it.
    fn no_rule(&self, route: &str) -> Refusal {
        let methods = self.rules.methods(route).collect::<Vec<_>>().join(",");
        if methods.is_empty() {
            tracing::error!(route, "a route has no access rule; nobody may call it until it has one");
            return kinds::FORBIDDEN.because("nobody may call this; see the server's log").into();
        }
        let problem = kinds::METHOD_NOT_ALLOWED
            .because("this path is there, but not for this method; the Allow header lists those it has");
        Refusal { problem, allow: HeaderValue::try_from(methods).ok(), too_many: None, visitor: None }
    }

    /// An answer that goes on and on ends when its caller may not have it any more.
    fn until_withdrawn(&self, caller: Caller, response: Response) -> Response {
        let is_stream =
            response.headers().get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"text/event-"));
        if !is_stream {
            return response;
        }
        let withdrawn = Box::pin(self.access().withdrawn(caller));
        response.map(|body| Body::from_stream(body.into_data_stream().take_until(withdrawn)))
    }
}

/// Lets a call through, or answers why not.
pub async fn guard(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    match guard.admit(&mut request).await {
        Ok(Some((caller, left))) => {
            request.extensions_mut().insert(guard.visitor(caller));
            let mut response = CALLER.scope(caller, next.run(request)).await;
            if let Some(left) = left {
                left.write(response.headers_mut());
            }
            guard.until_withdrawn(caller, response)
        }
        Ok(None) => next.run(request).await,
        Err(refusal) => (guard.refusal)(&request, refusal.visitor.clone(), refusal.into_response()),
    }
}

/// The session of the cookie, where no header shows a key.
fn session(request: &Request) -> Option<String> {
    if request.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let is_secure = client::client(request.extensions()).is_secure;
    cookie::shown(request.headers(), is_secure).map(str::to_owned)
}

fn says_from_where(headers: &HeaderMap) -> bool {
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

struct Refusal {
    problem: Problem,
    allow: Option<HeaderValue>,
    too_many: Option<TooMany>,
    /// Who is refused, if that is known.
    visitor: Option<Visitor>,
}

impl Refusal {
    const fn of(problem: Problem, visitor: Visitor) -> Self {
        Self { problem, allow: None, too_many: None, visitor: Some(visitor) }
    }

    fn later(too_many: TooMany, visitor: Visitor) -> Self {
        Self { problem: too_many.problem(), allow: None, too_many: Some(too_many), visitor: Some(visitor) }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem, allow: None, too_many: None, visitor: None }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let problem = match refused {
            Refused::NoKey => {
                kinds::KEY_REQUIRED.because("send the header Authorization: Bearer, then a key; users log in at /login")
            }
            Refused::NoSession => kinds::KEY_REQUIRED.because("the session has ended; log in again at /login"),
            Refused::UnknownKey => kinds::KEY_REFUSED.because("this key is not from this server, or was revoked"),
            Refused::Expired => kinds::KEY_REFUSED.because("this key has expired; ask for another"),
        };
        problem.into()
    }
}

impl IntoResponse for Refusal {
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
    use maitred_core::{OperatorId, SourceId};
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

    #[test]
    fn outside_of_a_call_nobody_may_do_anything() {
        assert_eq!(caller().unwrap_err().kind, &kinds::INTERNAL);
    }

    #[test]
    fn an_operator_may_switch_himself_and_not_raise_himself() {
        let caller =
            Caller { actor: maitred_core::Actor::System, grant: Grant::Operator(OperatorId(1)), session: None };
        let edit = |id, edit| permit(&caller, &Command::EditOperator(OperatorId(id), edit)).is_ok();
        let switch = OperatorEdit { is_active: Some(false), ..OperatorEdit::default() };
        assert!(edit(1, switch.clone()));
        assert!(!edit(2, switch.clone()));
        assert!(!edit(1, OperatorEdit { max_load: Some(9), ..switch.clone() }));
        assert!(!edit(1, OperatorEdit { name: Some("Boss".into()), ..switch }));
        assert!(permit(&caller, &Command::DeleteSource { source: SourceId(1), force: true }).is_err());
    }
}
