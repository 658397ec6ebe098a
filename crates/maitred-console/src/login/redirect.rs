//! In front of the pages: a browser without a session is led to the login and from there to where it wanted to go; what
//! somebody may not see is said in a page. Programs get a problem instead.

use crate::shell::{self, Viewer, is_ours, see_other, wants_html};
use axum::extract::Request;
use axum::http::header::REFERER;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use maitred_store::accounts::Grant;
use maitred_web::guard::Visitor;
use maitred_web::problem::kinds;

/// Paths of programs: what a browser asks there it gets as they do.
const OF_PROGRAMS: [&str; 5] = ["/api/", "/compat/", "/openapi.json", "/metrics", "/readyz"];

/// What somebody who was not let in is answered with.
#[must_use]
pub fn refusal_page(request: &Request, visitor: Option<Visitor>, refusal: Response) -> Response {
    let path = request.uri().path();
    if OF_PROGRAMS.iter().any(|of_programs| path.starts_with(of_programs)) || !wants_html(request.headers()) {
        return refusal;
    }
    let grant = visitor.as_ref().map(|visitor| visitor.grant);
    let mut answer = match (refusal.status(), grant) {
        (StatusCode::UNAUTHORIZED, _) => led(&format!("/login{}", wanted(request))),
        (StatusCode::FORBIDDEN, Some(grant @ Grant::Operator(_))) if path == "/" => led(&home(grant)),
        _ => {
            let kind = refusal.extensions().get::<&'static kinds::Kind>().copied().unwrap_or(&kinds::FORBIDDEN);
            shell::problem_page(&Viewer::of(request.uri(), request.headers(), visitor), kind, &refusal)
        }
    };
    shell::add_page_headers(&mut answer);
    answer
}

/// Where somebody begins.
#[must_use]
pub fn home(grant: Grant) -> String {
    grant.operator().map_or_else(|| "/".to_owned(), |id| format!("/desk/{id}"))
}

/// Where users go after the login: to the page they wanted, if it is a page of this server.
#[must_use]
pub fn after_login(next: &str, grant: Grant) -> String {
    let is_page = is_ours(next) && next.bytes().all(|byte| byte.is_ascii_graphic());
    if is_page && next != "/" { next.to_owned() } else { home(grant) }
}

fn led(path: &str) -> Response {
    see_other(path).unwrap_or_else(IntoResponse::into_response)
}

/// As a query: the page that was asked for, or that sent a form.
fn wanted(request: &Request) -> String {
    let page = |uri: &Uri| uri.path_and_query().map(ToString::to_string);
    let wanted = match *request.method() {
        Method::GET => page(request.uri()),
        _ => request.headers().get(REFERER).and_then(|value| page(&value.to_str().ok()?.parse().ok()?)),
    };
    let wanted = wanted.filter(|wanted| wanted != "/" && is_ours(wanted));
    let query = wanted.and_then(|wanted| serde_urlencoded::to_string([("next", wanted)]).ok());
    query.map_or_else(String::new, |query| format!("?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use maitred_core::OperatorId;

    #[test]
    fn only_own_pages_follow_a_login() {
        for (next, expected) in [
            ("/contacts?q=1", "/contacts?q=1"),
            ("", "/"),
            ("/", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("/x\r\nSet-Cookie: a=b", "/"),
        ] {
            assert_eq!(after_login(next, Grant::Admin), expected);
        }
        assert_eq!(after_login("/", Grant::Operator(OperatorId(7))), "/desk/7");
    }

    #[test]
    fn what_was_wanted_is_remembered() {
        let request = |method: Method, path: &str, referer: &str| {
            Request::builder().method(method).uri(path).header(REFERER, referer).body(Body::empty()).unwrap()
        };
        assert_eq!(wanted(&request(Method::GET, "/contacts?q=a&page=2", "")), "?next=%2Fcontacts%3Fq%3Da%26page%3D2");
        assert_eq!(wanted(&request(Method::GET, "/", "")), "");
        let sent = request(Method::POST, "/contacts/1/resolve", "http://here:8000/contacts/1?lang=ru");
        assert_eq!(wanted(&sent), "?next=%2Fcontacts%2F1%3Flang%3Dru");
        assert_eq!(wanted(&request(Method::POST, "/x", "http://here:8000//evil.example")), "");
    }
}
