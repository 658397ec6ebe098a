//! The dialects of small services that people move from: `/compat/interactions`, `/compat/inquiries`,
//! `/compat/appeals`. A client of such a service changes its base URL and nothing else.
//!
//! Each file is a façade: it translates words and shapes into the commands and reads of [`crate::v1`], and back.
//! No rule lives here, and nothing is stored for it: contacts that came in through one dialect are seen through all.
//! The fourth dialect is maitred's own, `/api/v1`.
//!
//! | where | what |
//! |---|---|
//! | [`interactions`], [`inquiries`], [`appeals`] | the calls of one dialect each, with its document |
//! | [`sent`] | reading bodies, paths and queries as forgivingly as those services do |
//! | [`detail`] | what goes wrong, as `{"detail": ...}` |
//! | [`lists`] | whole lists |

pub mod appeals;
pub mod detail;
pub mod inquiries;
pub mod interactions;
pub mod lists;
pub mod sent;

use crate::dialect::Dialect;
use crate::openapi::{self, name_after_its_noun, operations};
use crate::{bounds, reply};
use axum::Router;
use axum::response::Response;
use detail::{Refused, Words};
use maitred_core::{Command, Contact, Operator, Outcome, Source};
use maitred_web::guard::rules::{DIALECTS, other_spelling};
use maitred_web::{AppState, guard, unexpected};
use serde::Serialize;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response as Described};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// An answer of a dialect, or what went wrong.
type Reply = Result<Response, Refused>;

/// Where the document of a dialect is.
#[must_use]
pub fn document_path(dialect: Dialect) -> String {
    format!("{DIALECTS}{}/openapi.json", dialect.as_str())
}

/// The calls of a dialect and the document of them; nothing for [`Dialect::Contacts`], which is no façade.
pub fn documented_calls(dialect: Dialect) -> (Router<AppState>, OpenApi) {
    let routes = match dialect {
        Dialect::Interactions => interactions::routes(),
        Dialect::Inquiries => inquiries::routes(),
        Dialect::Appeals => appeals::routes(),
        Dialect::Contacts => OpenApiRouter::new(),
    };
    let (router, mut document) = routes.split_for_parts();
    document.paths.paths.values_mut().flat_map(operations).for_each(|operation| {
        name_after_its_noun(operation);
        add_errors(operation);
    });
    bounds::add(&mut document);
    openapi::ask_for_keys(&mut document);
    (router, document)
}

/// Adds a call that is there with and without a slash at its end. The document has it as it was written.
fn with_and_without_slash(
    router: OpenApiRouter<AppState>,
    calls: UtoipaMethodRouter<AppState>,
) -> OpenApiRouter<AppState> {
    let methods = calls.2.clone();
    let paths: Vec<String> = calls.1.paths.keys().map(|path| other_spelling(path)).collect();
    paths.iter().fold(router.routes(calls), |router, path| router.route(path, methods.clone()))
}

/// What may go wrong in a call follows from its shape.
fn add_errors(operation: &mut Operation) {
    let parameters = || operation.parameters.iter().flatten();
    let has_id = parameters().any(|p| matches!(p, RefOr::T(p) if p.parameter_in == ParameterIn::Path));
    let has_input = operation.request_body.is_some() || parameters().next().is_some();
    let possible = [
        ("400", operation.request_body.is_some(), "The body cannot be read as text", "CompatError"),
        ("429", true, "Too many requests", "CompatError"),
        ("401", true, "The API key is missing or not valid", "CompatError"),
        ("403", true, "The role of the key does not allow this", "CompatError"),
        ("404", has_id, "An id in the path does not exist", "CompatError"),
        ("422", has_input, "Some values are not valid", "CompatValidationError"),
        ("503", true, "Temporarily unavailable; retry after Retry-After seconds", "CompatError"),
    ];
    let responses = &mut operation.responses.responses;
    for (status, _, description, schema) in possible.into_iter().filter(|(_, applies, ..)| *applies) {
        let mut response = Described::new(description);
        let content = Content::new(Some(Ref::from_schema_name(schema)));
        response.content.insert("application/json".to_owned(), RefOr::T(content));
        responses.entry(status.to_owned()).or_insert(RefOr::T(response));
    }
}

/// Has a command carried out for the caller of a dialect, which words what is refused.
async fn send(state: &AppState, command: Command, words: &Words) -> Result<Outcome, Refused> {
    let caller = guard::caller()?;
    guard::permit(&caller, &command)?;
    state.batcher().send_for(caller.by(), command).await.map_err(|refusal| words.refused(refusal))
}

fn ok<B: Serialize + ?Sized>(body: &B) -> Reply {
    Ok(reply::ok(body)?)
}

fn created<B: Serialize>(body: &B) -> Reply {
    let mut response = reply::ok(body)?;
    *response.status_mut() = axum::http::StatusCode::CREATED;
    Ok(response)
}

fn the_operator(outcome: Outcome) -> Result<Operator, Refused> {
    match outcome {
        Outcome::Operator(operator) => Ok(operator),
        other => Err(unexpected(&other).into()),
    }
}

/// The source in an outcome. Its region is remembered for the phones of its contacts.
fn the_source(state: &AppState, outcome: Outcome) -> Result<Source, Refused> {
    match outcome {
        Outcome::Source(source) => {
            state.regions().learn(&source);
            Ok(source)
        }
        other => Err(unexpected(&other).into()),
    }
}

fn the_contact(outcome: Outcome) -> Result<Contact, Refused> {
    match outcome {
        Outcome::Contact(contact) | Outcome::SubmittedBefore(contact) => Ok(contact),
        other => Err(unexpected(&other).into()),
    }
}
