//! The OpenAPI 3.1 document, made of what every call says of itself, and the page that shows it (Swagger UI, bundled,
//! so it works without a network).
//!
//! What may go wrong in a call follows from its shape (it has a body, an id in its path, a query), so the answers that
//! are problems are added here by rule instead of being repeated, and forgotten, at each call.

use crate::{idempotency, if_match};
use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::middleware::map_response;
use maitred_web::AppState;
use maitred_web::problem::{self, FieldError};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use utoipa::OpenApi as _;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Header, OpenApi, PathItem, Ref, RefOr, Required, Response, Schema};
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_swagger_ui::SwaggerUi;

const DESCRIPTION: &str = "\
A contact arrives from a source; maitred stores it, finds or creates the lead behind it, and assigns it to one \
operator of that source who has a free slot. If nobody is free, it waits and is assigned as soon as a slot becomes \
free. Every decision can be explained and recomputed.

Times are RFC 3339 in UTC. Lists are JSON arrays: `limit` (default 100, at most 1000) sets the page size, and the \
`Link` header of a full page has the address of the next one. Errors are RFC 9457 problems: `type` never changes \
(`/problems` lists all types), `detail` says how to fix the request, and `errors` lists every invalid field. Unknown \
fields are ignored; unknown parameters are rejected, and an empty parameter counts as left out.

Every POST that has the header `Idempotency-Key` here can be retried safely: send one, and the same key with the \
same body gets the same response, marked with `Idempotent-Replayed: true`, and nothing is done twice. The others \
change nothing, do the same thing again without harm, or give a secret that is shown once.

What PATCH and PUT change has an `ETag`; sent back as `If-Match`, it refuses a change of something that changed since.

Once there is an API key, every call needs one: `Authorization: Bearer mtd_...`. docs/security.md lists what each \
role may do.";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "maitred"),
    tags(
        (name = "contacts", description = "Requests for attention, from arrival to resolution"),
        (name = "leads", description = "The people behind contacts"),
        (name = "operators", description = "Who handles contacts"),
        (name = "calendars", description = "When operators work"),
        (name = "sources", description = "Where contacts come from"),
        (name = "weights", description = "Which operators serve a source, and with which share"),
        (name = "stats", description = "Load, fairness and waiting contacts"),
        (name = "reports", description = "What happened in any period"),
        (name = "fairness", description = "What operators are owed, and why"),
        (name = "events", description = "Everything that happened, as a feed"),
        (name = "keys", description = "Which programs may call the API, and what each may do"),
    ),
    components(schemas(problem::Written<'static>, FieldError)),
)]
struct Frame;

/// Calls of the API, and the document of them.
pub fn documented(calls: Routes<AppState>) -> (Routes<AppState>, OpenApi) {
    let mut routes = Routes::documented_in(Frame::openapi()).merge(calls);
    let mut document = routes.take_document();
    document.info.description = Some(DESCRIPTION.to_owned());
    ask_for_keys(&mut document);
    document.paths.paths.values_mut().flat_map(operations).for_each(|operation| {
        name_after_its_noun(operation);
        add_problems(operation);
        add_link(operation);
        allow_empty(operation);
        forbid_null(operation);
    });
    document.paths.paths.values_mut().filter_map(|item| item.post.as_mut()).for_each(add_key);
    document.paths.paths.values_mut().for_each(add_version);
    (routes, document)
}

/// Every call takes a key, and on a server without keys none is needed.
pub fn ask_for_keys(document: &mut OpenApi) {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key: `mtd_...`")).build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("key", SecurityScheme::Http(bearer));
    let no_scopes: [&str; 0] = [];
    document.security = Some(vec![SecurityRequirement::new("key", no_scopes), SecurityRequirement::default()]);
}

/// The documents, each at its path, and `/docs`.
pub fn routes(documents: Vec<(String, OpenApi)>) -> Routes<AppState> {
    let paths: Vec<String> = documents.iter().map(|(path, _)| path.clone()).collect();
    let page = SwaggerUi::new("/docs");
    let page = documents.into_iter().fold(page, |page, (path, document)| page.url(path, document));
    let page = Router::from(page).layer(map_response(documents_policy));
    Routes::new().library(page, STAFF, PAGES.map(str::to_owned).into_iter().chain(paths))
}

/// Swagger UI shows itself with styles and pictures that are written into the page; its scripts are files.
const DOCUMENTS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
);

async fn documents_policy(mut answer: axum::response::Response) -> axum::response::Response {
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, DOCUMENTS_POLICY);
    answer
}

/// Where Swagger UI is.
const PAGES: [&str; 3] = ["/docs", "/docs/", "/docs/{*rest}"];

/// The calls of one path.
pub fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// Handlers are called `list` in many files; a generated client wants a name of its own for each.
pub(super) fn name_after_its_noun(operation: &mut Operation) {
    let noun = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
    operation.operation_id = operation.operation_id.take().map(|name| format!("{}_{name}", noun.replace(' ', "_")));
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    let parameters = operation.parameters.iter().flatten();
    parameters.filter_map(|parameter| if let RefOr::T(parameter) = parameter { Some(parameter) } else { None })
}

/// No header can be `null`: one that may be left out is no more than that.
fn forbid_null(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(Parameter { schema: Some(RefOr::T(Schema::Object(object))), .. }) = parameter else { continue };
        if let SchemaType::Array(types) = &object.schema_type {
            let types: Vec<Type> = types.iter().filter(|one| !matches!(one, Type::Null)).cloned().collect();
            object.schema_type = SchemaType::from_iter(types);
        }
    }
}

fn add_problems(operation: &mut Operation) {
    let has = |place: &ParameterIn| parameters(operation).any(|parameter| parameter.parameter_in == *place);
    let has_body = operation.request_body.is_some();
    let has_query = has(&ParameterIn::Query) || has(&ParameterIn::Header);
    let has_id = has(&ParameterIn::Path);
    let possible = [
        ("400", has_body, "The body is not JSON"),
        ("401", true, "The API key is missing or not valid"),
        ("403", true, "The role of the key does not allow this"),
        ("404", has_id, "An id in the path or the body does not exist"),
        ("408", has_body, "The body took too long to arrive"),
        ("413", has_body, "The body is too large"),
        ("414", has(&ParameterIn::Query), "The path and query are longer than 8 KiB"),
        ("415", has_body, "The body is not sent as JSON"),
        ("422", has_body || has_query, "Some values are not valid; `errors` lists all of them"),
        ("429", true, "Too many requests; retry after Retry-After seconds"),
        ("500", true, "Internal server error"),
        ("503", true, "Temporarily unavailable; retry after Retry-After seconds"),
    ];
    let responses = &mut operation.responses.responses;
    for (status, _, description) in possible.into_iter().filter(|(_, applies, _)| *applies) {
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new(description)));
    }
    for (status, response) in responses.iter_mut().filter(|(status, _)| status.as_str() >= "400") {
        let RefOr::T(response) = response else { continue };
        response.content.insert(problem::MEDIA_TYPE.to_owned(), a_problem());
        if status == "401" {
            response.headers.insert("WWW-Authenticate".to_owned(), a_header("`Bearer`"));
        }
        if status == "503" || status == "429" {
            response.headers.insert("Retry-After".to_owned(), a_header("Seconds to wait"));
        }
    }
}

fn a_problem() -> RefOr<Content> {
    RefOr::T(Content::new(Some(Ref::from_schema_name("Problem"))))
}

fn a_header(description: &str) -> RefOr<Header> {
    RefOr::T(HeaderBuilder::new().description(Some(description)).build())
}

/// Calls that take no `Idempotency-Key`: a POST that changes nothing, or whose answer is not kept.
pub fn without_key(mut calls: UtoipaMethodRouter<AppState>) -> UtoipaMethodRouter<AppState> {
    let no_key: Extensions = [(NO_KEY, true)].into_iter().collect();
    for operation in calls.1.paths.values_mut().filter_map(|item| item.post.as_mut()) {
        operation.extensions.get_or_insert_default().merge(no_key.clone());
    }
    calls
}

/// Marks an operation until the document is finished, and stands in none that is.
const NO_KEY: &str = "x-no-key";

/// Every other POST may be sent again under a key.
fn add_key(operation: &mut Operation) {
    if operation.extensions.take().is_some() {
        return;
    }
    let key = ParameterBuilder::new()
        .name(idempotency::KEY)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A key of your choice for this request, such as a UUID. A retry with the same key and body gets the \
             first response again, and nothing is done twice.",
        ))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(idempotency::KEY_CHARS_MAX))
                .pattern(Some("^[!-~]+$")),
        ));
    operation.parameters.get_or_insert_default().push(key.build().into());
    let responses = &mut operation.responses.responses;
    for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        let RefOr::T(response) = response else { continue };
        let replayed = a_header("`true` if the request was carried out before: this is the first response again");
        response.headers.insert(idempotency::REPLAYED.to_owned(), replayed);
    }
    let mut refused = Response::new(match operation.request_body {
        Some(_) => "Some values are not valid (`errors` lists all of them), or the key belongs to another request",
        None => "The Idempotency-Key is not valid, or belongs to another request",
    });
    refused.content.insert(problem::MEDIA_TYPE.to_owned(), a_problem());
    responses.insert("422".to_owned(), RefOr::T(refused));
}

/// What is changed by PATCH or PUT has versions.
fn add_version(item: &mut PathItem) {
    let Some(change) = item.patch.as_mut().or(item.put.as_mut()) else { return };
    let mut refused = Response::new(if_match::ABOUT);
    refused.content.insert(problem::MEDIA_TYPE.to_owned(), a_problem());
    change.responses.responses.insert("412".to_owned(), RefOr::T(refused));
    for operation in [item.get.as_mut(), item.patch.as_mut(), item.put.as_mut()].into_iter().flatten() {
        let Some(RefOr::T(shown)) = operation.responses.responses.get_mut("200") else { continue };
        shown.headers.insert("ETag".to_owned(), a_header("The version that is shown; see If-Match"));
    }
}

/// A parameter that is sent empty counts as left out, which one that is required may not be.
fn allow_empty(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if parameter.parameter_in == ParameterIn::Query && !matches!(parameter.required, Required::True) {
            let said: Extensions = [("allowEmptyValue", true)].into_iter().collect();
            parameter.extensions.get_or_insert_default().merge(said);
        }
    }
}

/// Calls that give a page say how to get the next one.
fn add_link(operation: &mut Operation) {
    if !parameters(operation).any(|parameter| parameter.name == "limit") {
        return;
    }
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
        let link = a_header("`<...>; rel=\"next\"` if the page is full: the address of the next page");
        response.headers.insert("Link".to_owned(), link);
    }
}
