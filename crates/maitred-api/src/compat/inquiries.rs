//! `/compat/inquiries`: operators who can be paused, sources whose table of weights is replaced as a whole, leads by a
//! client id, which is a phone, an email or anything else that stays the same.

use super::error::{CompatError, CompatValidationError, Fault, Words};
use super::request::{DialectJson, FromPart, Ids, Limit, Part};
use super::{DESCRIPTION, Reply, created, empty, lists, ok, send, the_contact, the_operator, the_source};
use crate::body::describe::DialectBodyOf;
use crate::body::{RequestBody, TABLE_BYTES_MAX};
use crate::dialect::Dialect;
use axum::extract::State;
use maitred_app::identity;
use maitred_core::command::{NewOperator, NewSource};
use maitred_core::{Command, Contact, Operator, OperatorId, Source, SourceId, Status};
use maitred_store::clock::Rfc3339;
use maitred_web::AppState;
use maitred_web::field::types::{FLAG, IDENTITY, MAX_LOAD, NAME, OPERATOR_ID, SOURCE_ID, WEIGHT};
use maitred_web::field::{FieldType, Fields};
use maitred_web::routes::Routes;
use maitred_web::rules::{STAFF, SUBMIT};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::routes;

const WORDS: Words = Words { source: "Source not found", operator: "Operator not found", contact: "Inquiry not found" };
/// How many inquiries a list has unless asked otherwise.
const LIMIT_DEFAULT: i64 = 100;

#[derive(OpenApi)]
#[openapi(
    info(title = "maitred, in the dialect of inquiries", description = DESCRIPTION),
    components(schemas(CompatError<'static>, CompatValidationError, Fault))
)]
struct Frame;

/// The calls of this dialect.
pub fn routes() -> Routes<AppState> {
    Routes::documented_in(Frame::openapi())
        .call(STAFF, routes!(root))
        .call(STAFF, routes!(create_operator, list_operators))
        .call(STAFF, routes!(create_source, list_sources))
        .call(STAFF, routes!(configure))
        .call(SUBMIT, routes!(register))
        .call(STAFF, routes!(list))
}

/// The service is up.
#[derive(Serialize, ToSchema)]
struct InquiriesHealth {
    #[schema(example = "ok")]
    status: &'static str,
    message: &'static str,
}

/// Check that the service is up
#[utoipa::path(
    get, path = "/compat/inquiries/", tag = "service",
    responses((status = OK, description = "It is up", body = InquiriesHealth))
)]
async fn root() -> Reply {
    ok(&InquiriesHealth { status: "ok", message: "Service is running. Documentation available at /docs" })
}

type InquiriesOperatorCreate = DialectBodyOf<OperatorCreate>;

struct OperatorCreate {
    name: Arc<str>,
    max_load: u32,
    is_active: bool,
}

impl RequestBody for OperatorCreate {
    const SCHEMA: &'static str = "InquiriesOperatorCreate";
    const ABOUT: &'static str = "A new operator.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            name: fields.required("name", NAME.example("\"Senior\""), ""),
            max_load: fields.or("max_load", MAX_LOAD.example("5"), 5, ""),
            is_active: fields.or("is_active", FLAG, true, ""),
        })
    }
}

/// An operator.
#[derive(Serialize, ToSchema)]
struct InquiriesOperator {
    #[schema(value_type = String, example = "Senior")]
    name: Arc<str>,
    max_load: u32,
    is_active: bool,
    #[schema(value_type = i64)]
    id: OperatorId,
}

impl From<Operator> for InquiriesOperator {
    fn from(operator: Operator) -> Self {
        Self { name: operator.name, max_load: operator.max_load, is_active: operator.is_active, id: operator.id }
    }
}

/// Add an operator
#[utoipa::path(
    post, path = "/compat/inquiries/operators", tag = "operators", request_body = InquiriesOperatorCreate,
    responses((status = CREATED, description = "Added", body = InquiriesOperator))
)]
async fn create_operator(State(state): State<AppState>, DialectJson(new): DialectJson<OperatorCreate>) -> Reply {
    let new = NewOperator { is_active: new.is_active, max_load: new.max_load, ..NewOperator::named(new.name) };
    let operator = the_operator(send(&state, Command::CreateOperator(new), &WORDS).await?)?;
    created(&InquiriesOperator::from(operator))
}

/// List operators, by id
#[utoipa::path(
    get, path = "/compat/inquiries/operators", tag = "operators",
    responses((status = OK, description = "All operators", body = Vec<InquiriesOperator>))
)]
async fn list_operators(State(state): State<AppState>) -> Reply {
    let operators = lists::operators(&state).await?;
    ok(&operators.into_iter().map(InquiriesOperator::from).collect::<Vec<_>>())
}

type InquiriesSourceCreate = DialectBodyOf<SourceCreate>;

struct SourceCreate {
    name: Arc<str>,
}

impl RequestBody for SourceCreate {
    const SCHEMA: &'static str = "InquiriesSourceCreate";
    const ABOUT: &'static str = "A new source.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self { name: fields.required("name", NAME.example("\"Telegram\""), "") })
    }
}

/// A source.
#[derive(Serialize, ToSchema)]
struct InquiriesSource {
    #[schema(value_type = String, example = "Telegram")]
    name: Arc<str>,
    #[schema(value_type = i64)]
    id: SourceId,
}

impl From<Source> for InquiriesSource {
    fn from(source: Source) -> Self {
        Self { name: source.name, id: source.id }
    }
}

/// Add a source
#[utoipa::path(
    post, path = "/compat/inquiries/sources", tag = "sources", request_body = InquiriesSourceCreate,
    responses(
        (status = CREATED, description = "Added", body = InquiriesSource),
        (status = BAD_REQUEST, description = "The name is taken", body = CompatError<'static>),
    )
)]
async fn create_source(State(state): State<AppState>, DialectJson(new): DialectJson<SourceCreate>) -> Reply {
    let new = NewSource::named(new.name);
    let source = the_source(send(&state, Command::CreateSource(new), &WORDS).await?)?;
    created(&InquiriesSource::from(source))
}

/// List sources, by id
#[utoipa::path(
    get, path = "/compat/inquiries/sources", tag = "sources",
    responses((status = OK, description = "All sources", body = Vec<InquiriesSource>))
)]
async fn list_sources(State(state): State<AppState>) -> Reply {
    let sources = lists::sources(&state).await?;
    ok(&sources.into_iter().map(InquiriesSource::from).collect::<Vec<_>>())
}

type InquiriesWeight = DialectBodyOf<WeightRow>;

struct WeightRow {
    operator_id: OperatorId,
    weight: u32,
}

impl RequestBody for WeightRow {
    const SCHEMA: &'static str = "InquiriesWeight";
    const ABOUT: &'static str = "The weight of an operator on a source.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            operator_id: fields.required("operator_id", OPERATOR_ID, ""),
            weight: fields.required("weight", WEIGHT.at_least(1).example("10"), ""),
        })
    }
}

/// A whole table of weights.
#[derive(ToSchema)]
struct InquiriesConfig {
    #[schema(value_type = Vec<InquiriesWeight>)]
    configs: Vec<WeightRow>,
}

impl FromPart for InquiriesConfig {
    const BYTES_MAX: usize = TABLE_BYTES_MAX;

    fn from_part(body: Part<'_>) -> Option<Self> {
        let rows = body.object()?.part("configs").list()?;
        let mut seen = BTreeSet::new();
        let rows: Vec<_> = rows.into_iter().map(|row| once(row, &mut seen)).collect();
        rows.into_iter().collect::<Option<_>>().map(|configs| Self { configs })
    }
}

/// A row whose operator was not in a row before.
fn once(row: Part<'_>, seen: &mut BTreeSet<OperatorId>) -> Option<WeightRow> {
    let mut fields = row.object()?;
    let row = WeightRow::read(&mut fields)?;
    if !fields.has_errors_at(&[]) && !seen.insert(row.operator_id) {
        fields.note("operator_id", Fault::new("value_error", "Value error, the operator is in the table twice"));
    }
    Some(row)
}

/// The result of replacing weights.
#[derive(Serialize, ToSchema)]
struct InquiriesUpdated {
    #[schema(example = "updated")]
    status: &'static str,
    /// How many operators serve the source now.
    #[schema(example = 2)]
    count: usize,
}

/// Replace the weights of a source
#[utoipa::path(
    post, path = "/compat/inquiries/sources/{source_id}/config", tag = "sources", params(("source_id" = i64, Path)),
    request_body = InquiriesConfig,
    responses((status = OK, description = "Replaced", body = InquiriesUpdated))
)]
async fn configure(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    DialectJson(config): DialectJson<InquiriesConfig>,
) -> Reply {
    let weights: Vec<_> = config.configs.into_iter().map(|row| (row.operator_id, row.weight)).collect();
    let count = weights.len();
    send(&state, Command::ReplaceWeights(SourceId(id), weights), &WORDS).await?;
    ok(&InquiriesUpdated { status: "updated", count })
}

type InquiriesInquiryCreate = DialectBodyOf<InquiryCreate>;

struct InquiryCreate {
    client_id: Box<str>,
    source_id: SourceId,
}

impl RequestBody for InquiryCreate {
    const SCHEMA: &'static str = "InquiriesInquiryCreate";
    const ABOUT: &'static str = "A new inquiry.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            client_id: fields.required(
                "client_id",
                IDENTITY.example("\"+79991234567\""),
                "The client: a phone, an email, or any id that stays the same.",
            ),
            source_id: fields.required("source_id", SOURCE_ID, ""),
        })
    }
}

/// An inquiry.
#[derive(Serialize, ToSchema)]
struct InquiriesInquiry {
    id: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// Whether the inquiry is still open.
    is_active: bool,
    lead_id: i64,
    #[schema(value_type = i64)]
    source_id: SourceId,
    #[schema(required = true, value_type = Option<i64>)]
    operator_id: Option<OperatorId>,
}

impl From<Contact> for InquiriesInquiry {
    fn from(contact: Contact) -> Self {
        Self {
            id: contact.id.0,
            created_at: Rfc3339(contact.created_at),
            is_active: contact.status != Status::Resolved,
            lead_id: contact.lead.0,
            source_id: contact.arrived_on(),
            operator_id: contact.operator,
        }
    }
}

/// Create an inquiry
///
/// If nobody is free, `operator_id` is `null`; the inquiry is assigned as soon as a slot is free.
#[utoipa::path(
    post, path = "/compat/inquiries/inquiries", tag = "inquiries", request_body = InquiriesInquiryCreate,
    responses(
        (status = CREATED, description = "Created", body = InquiriesInquiry),
        (status = NOT_FOUND, description = "There is no such source", body = CompatError<'static>),
    )
)]
async fn register(State(state): State<AppState>, DialectJson(new): DialectJson<InquiryCreate>) -> Reply {
    let placeholders = state.regions().rules_of_deployment().placeholders;
    let sent = identity::of_client_id(&new.client_id, placeholders);
    let submit = sent.put_into(empty(Dialect::Inquiries, new.source_id));
    let contact = the_contact(send(&state, Command::Submit(submit), &WORDS).await?)?;
    created(&InquiriesInquiry::from(contact))
}

/// List inquiries, newest first
#[utoipa::path(
    get, path = "/compat/inquiries/inquiries", tag = "inquiries",
    params(("limit" = Option<i64>, Query, minimum = 0, description = "How many at most; 100 unless given")),
    responses((status = OK, description = "The newest", body = Vec<InquiriesInquiry>))
)]
async fn list(State(state): State<AppState>, Limit(limit): Limit) -> Reply {
    let limit = usize::try_from(limit.unwrap_or(LIMIT_DEFAULT)).unwrap_or(usize::MAX);
    let contacts = lists::newest_contacts(&state, limit).await?;
    ok(&contacts.into_iter().map(InquiriesInquiry::from).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::check::check;
    use crate::body::describe::Null;
    use crate::compat::request::wrong;

    #[test]
    fn every_body_is_taken_as_documented() {
        check::<OperatorCreate>(Null::Wrong, wrong::<OperatorCreate>, &[]);
        check::<SourceCreate>(Null::Wrong, wrong::<SourceCreate>, &[]);
        check::<WeightRow>(Null::Wrong, wrong::<WeightRow>, &[]);
        check::<InquiryCreate>(Null::Wrong, wrong::<InquiryCreate>, &[]);
    }
}
