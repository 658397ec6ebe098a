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
//! | [`request`] | reading bodies, paths and queries as forgivingly as those services do |
//! | [`error`] | what goes wrong, as `{"detail": ...}` |
//! | [`lists`] | whole lists |

pub mod appeals;
pub mod error;
pub mod inquiries;
pub mod interactions;
pub mod lists;
pub mod request;

use crate::dialect::Dialect;
use crate::openapi::{self, name_after_its_noun, operations};
use crate::reply;
use axum::response::Response;
use error::{DialectError, Words};
use maitred_app::identity::{self, Given};
use maitred_core::command::Submit;
use maitred_core::{Command, Contact, Operator, Outcome, Source, SourceId};
use maitred_web::routes::Routes;
use maitred_web::rules::DIALECTS;
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response as Described};

/// What maitred is, for the documents.
const DESCRIPTION: &str = "Self-hosted lead router: every contact to exactly one operator, and the reason why.";

/// An answer of a dialect, or what went wrong.
type Reply = Result<Response, DialectError>;

/// Where the document of a dialect is.
#[must_use]
pub fn document_path(dialect: Dialect) -> String {
    format!("{DIALECTS}{}/openapi.json", dialect.as_str())
}

/// The calls of a dialect and the document of them; nothing for [`Dialect::Contacts`], which is no façade.
pub fn documented_calls(dialect: Dialect) -> (Routes<AppState>, OpenApi) {
    let mut routes = match dialect {
        Dialect::Interactions => interactions::routes(),
        Dialect::Inquiries => inquiries::routes(),
        Dialect::Appeals => appeals::routes(),
        Dialect::Contacts => Routes::new(),
    };
    let mut document = routes.take_document();
    document.paths.paths.values_mut().flat_map(operations).for_each(|operation| {
        name_after_its_noun(operation);
        add_errors(operation);
    });
    openapi::ask_for_keys(&mut document);
    (routes, document)
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

/// Executes a command for the caller of a dialect, which has words of its own for what is refused.
async fn send(state: &AppState, command: Command, words: &Words) -> Result<Outcome, DialectError> {
    state.execute(command, Vec::new())?.await.map_err(|error| words.not_executed(error))
}

fn ok<B: Serialize + ?Sized>(body: &B) -> Reply {
    Ok(reply::ok(body)?)
}

fn created<B: Serialize>(body: &B) -> Reply {
    let mut response = reply::ok(body)?;
    *response.status_mut() = axum::http::StatusCode::CREATED;
    Ok(response)
}

fn the_operator(outcome: Outcome) -> Result<Operator, DialectError> {
    match outcome {
        Outcome::Operator(operator) => Ok(operator),
        other => Err(unexpected(&other).into()),
    }
}

fn the_source(outcome: Outcome) -> Result<Source, DialectError> {
    match outcome {
        Outcome::Source(source) => Ok(source),
        other => Err(unexpected(&other).into()),
    }
}

/// A contact of a lead whom an id of the caller names, whatever that may be.
fn of_id(dialect: Dialect, source: SourceId, id: &str) -> Submit {
    let given = Given { external_id: Some(id), ..Given::default() };
    // An id was checked when it was read.
    identity::collect(given, None).unwrap_or_default().put_into(empty(dialect, source))
}

/// A contact of nobody yet, in the id space of a dialect.
fn empty(dialect: Dialect, source: SourceId) -> Submit {
    Submit { id_space: dialect.id_space(), ..Submit::new(source, Vec::new()) }
}

fn the_contact(outcome: Outcome) -> Result<Contact, DialectError> {
    match outcome {
        Outcome::Contact(contact)
        | Outcome::Closed(contact, _)
        | Outcome::SubmittedBefore(contact)
        | Outcome::Appended(contact, _)
        | Outcome::Completed(contact, _) => Ok(contact),
        other => Err(unexpected(&other).into()),
    }
}
