//! `ETag` and `If-Match` (RFC 9110, 8.8.3 and 13.1.1): an answer says which version it shows, and a request may say
//! that it is about that version only.

use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use maitred_app::version::{Precondition, Subject, Version};
use maitred_core::limits::Invalid;
use maitred_web::problem::Problem;

/// The header, in documents.
const NAME: &str = "If-Match";
/// What the documents say of it. It is no parameter there: no tag that one could make up is right.
pub const ABOUT: &str =
    "The request has the header `If-Match` with an `ETag`, and this was changed since that was read";

/// The versions that a request is about; none if it is about any.
pub struct IfMatch(Option<Vec<String>>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&parts.headers).map(Self).ok_or_else(|| {
            let what = "is no list of entity tags; send the ETag of an answer as it is, with its quotes";
            Problem::invalid_parameter(NAME, &Invalid(what.to_owned()))
        })
    }
}

impl IfMatch {
    /// The versions, as they are displayed.
    #[must_use]
    pub fn versions(self) -> Option<Vec<String>> {
        self.0
    }

    /// The same about something.
    #[must_use]
    pub fn of(self, subject: Subject) -> Option<Precondition> {
        self.0.map(|versions| Precondition { subject, versions })
    }
}

/// The versions; `Some(None)` if any is fine, and none if the header cannot be read. A weak tag is no version: it never
/// matches.
fn read(headers: &HeaderMap) -> Option<Option<Vec<String>>> {
    let mut versions = None;
    for value in headers.get_all(IF_MATCH) {
        for tag in value.to_str().ok()?.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if tag == "*" {
                return Some(None);
            }
            let strong = tag.strip_prefix("W/").unwrap_or(tag);
            let text = strong.strip_prefix('"')?.strip_suffix('"')?;
            let known = versions.get_or_insert_with(Vec::new);
            if strong.len() == tag.len() {
                known.push(text.to_owned());
            }
        }
    }
    Some(versions)
}

/// The same answer, which shows this version.
#[must_use]
pub fn tagged(mut response: Response, version: Version) -> Response {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn versions(values: &[&str]) -> Option<Option<Vec<String>>> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_MATCH, HeaderValue::from_str(value).expect("a value"));
        }
        read(&headers)
    }

    #[rstest]
    #[case(&[], Some(None))]
    #[case(&["*"], Some(None))]
    #[case(&["\"a\""], Some(Some(vec!["a"])))]
    #[case(&["\"a\", \"b\"", "\"c\""], Some(Some(vec!["a", "b", "c"])))]
    #[case(&["W/\"a\""], Some(Some(vec![])))]
    #[case(&["a"], None)]
    #[case(&["\"a"], None)]
    fn tags_are_read(#[case] values: &[&str], #[case] expected: Option<Option<Vec<&str>>>) {
        let expected = expected.map(|tags| tags.map(|tags| tags.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        assert_eq!(versions(values), expected);
    }
}
