//! `/compat/interactions`: operators with a limit, sources with weights that are added to, leads by an external id.
//! Everything is answered 200, and every path is there with and without the slash at its end.

use super::error::{CompatError, CompatValidationError, Fault, Words};
use super::request::{DialectJson, FromPart, Ids, Part};
use super::{DESCRIPTION, Reply, lists, of_id, ok, send, the_contact, the_operator, the_source};
use crate::body::describe::DialectBodyOf;
use crate::body::{RequestBody, TABLE_BYTES_MAX};
use crate::dialect::Dialect;
use axum::extract::State;
use maitred_core::command::{NewOperator, NewSource, Submit};
use maitred_core::{Command, OperatorId, SourceId, Status};
use maitred_web::AppState;
use maitred_web::field::types::{IDENTITY, MAX_LOAD, MESSAGE, NAME, OPERATOR_ID, SOURCE_ID, WEIGHT};
use maitred_web::field::{FieldType, Fields};
use maitred_web::routes::Routes;
use maitred_web::rules::{STAFF, SUBMIT};
use serde::Serialize;
use std::sync::Arc;
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::routes;

const WORDS: Words =
    Words { source: "Source not found", operator: "Operator not found", contact: "Interaction not found" };

#[derive(OpenApi)]
#[openapi(
    info(title = "maitred, in the dialect of interactions", description = DESCRIPTION),
    components(schemas(CompatError<'static>, CompatValidationError, Fault))
)]
struct Frame;

/// The calls of this dialect.
pub fn routes() -> Routes<AppState> {
    Routes::documented_in(Frame::openapi())
        .call(STAFF, routes!(create_operator))
        .call(STAFF, routes!(create_source))
        .call(STAFF, routes!(configure))
        .call(SUBMIT, routes!(register))
        .call(STAFF, routes!(stats))
}

type InteractionsOperatorCreate = DialectBodyOf<OperatorCreate>;

struct OperatorCreate {
    name: Arc<str>,
    max_load: u32,
}

impl RequestBody for OperatorCreate {
    const SCHEMA: &'static str = "InteractionsOperatorCreate";
    const ABOUT: &'static str = "A new operator.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            name: fields.required("name", NAME.example("\"Alice\""), ""),
            max_load: fields.or("max_load", MAX_LOAD.example("5"), 10, ""),
        })
    }
}

/// An operator.
#[derive(Serialize, ToSchema)]
struct InteractionsOperator {
    #[schema(value_type = String, example = "Alice")]
    name: Arc<str>,
    max_load: u32,
    #[schema(value_type = i64)]
    id: OperatorId,
    is_active: bool,
}

/// Add an operator
#[utoipa::path(
    post, path = "/compat/interactions/operators/", tag = "operators", request_body = InteractionsOperatorCreate,
    responses((status = OK, description = "Added", body = InteractionsOperator))
)]
async fn create_operator(State(state): State<AppState>, DialectJson(new): DialectJson<OperatorCreate>) -> Reply {
    let new = NewOperator { max_load: new.max_load, ..NewOperator::named(new.name) };
    let operator = the_operator(send(&state, Command::CreateOperator(new), &WORDS).await?)?;
    ok(&InteractionsOperator {
        name: operator.name,
        max_load: operator.max_load,
        id: operator.id,
        is_active: operator.is_active,
    })
}

type InteractionsSourceCreate = DialectBodyOf<SourceCreate>;

struct SourceCreate {
    name: Arc<str>,
}

impl RequestBody for SourceCreate {
    const SCHEMA: &'static str = "InteractionsSourceCreate";
    const ABOUT: &'static str = "A new source.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self { name: fields.required("name", NAME.example("\"Telegram Bot\""), "") })
    }
}

/// A source.
#[derive(Serialize, ToSchema)]
struct InteractionsSource {
    #[schema(value_type = i64)]
    id: SourceId,
    #[schema(value_type = String, example = "Telegram Bot")]
    name: Arc<str>,
}

/// Add a source
#[utoipa::path(
    post, path = "/compat/interactions/sources/", tag = "sources", request_body = InteractionsSourceCreate,
    responses(
        (status = OK, description = "Added", body = InteractionsSource),
        (status = BAD_REQUEST, description = "The name is taken", body = CompatError<'static>),
    )
)]
async fn create_source(State(state): State<AppState>, DialectJson(new): DialectJson<SourceCreate>) -> Reply {
    let new = NewSource::named(new.name);
    let source = the_source(send(&state, Command::CreateSource(new), &WORDS).await?)?;
    ok(&InteractionsSource { id: source.id, name: source.name })
}

type InteractionsWeight = DialectBodyOf<WeightRow>;

struct WeightRow {
    operator_id: OperatorId,
    weight: u32,
}

impl RequestBody for WeightRow {
    const SCHEMA: &'static str = "InteractionsWeight";
    const ABOUT: &'static str = "The weight of an operator on a source.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            operator_id: fields.required("operator_id", OPERATOR_ID, ""),
            weight: fields.required("weight", WEIGHT, ""),
        })
    }
}

struct WeightTable(Vec<WeightRow>);

impl FromPart for WeightTable {
    const BYTES_MAX: usize = TABLE_BYTES_MAX;

    fn from_part(body: Part<'_>) -> Option<Self> {
        let rows: Vec<_> = body.list()?.into_iter().map(WeightRow::from_part).collect();
        rows.into_iter().collect::<Option<_>>().map(Self)
    }
}

/// The result of setting weights.
#[derive(Serialize, ToSchema)]
struct InteractionsUpdated {
    #[schema(example = "updated")]
    status: &'static str,
}

/// Set weights of a source
///
/// Operators who are not listed keep their weights.
#[utoipa::path(
    post, path = "/compat/interactions/sources/{source_id}/config", tag = "sources", params(("source_id" = i64, Path)),
    request_body = Vec<InteractionsWeight>,
    responses((status = OK, description = "The weights were set", body = InteractionsUpdated))
)]
async fn configure(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    DialectJson(WeightTable(rows)): DialectJson<WeightTable>,
) -> Reply {
    let weights = rows.into_iter().map(|row| (row.operator_id, row.weight)).collect();
    send(&state, Command::SetWeights(SourceId(id), weights), &WORDS).await?;
    ok(&InteractionsUpdated { status: "updated" })
}

type InteractionsInteractionCreate = DialectBodyOf<InteractionCreate>;

struct InteractionCreate {
    external_lead_id: Box<str>,
    source_id: SourceId,
    message: Option<Arc<str>>,
}

impl RequestBody for InteractionCreate {
    const SCHEMA: &'static str = "InteractionsInteractionCreate";
    const ABOUT: &'static str = "A new interaction.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            external_lead_id: fields.required("external_lead_id", IDENTITY.example("\"user123\""), ""),
            source_id: fields.required("source_id", SOURCE_ID, ""),
            message: fields.optional("message", MESSAGE.example("\"Hello\""), ""),
        })
    }
}

/// An interaction.
#[derive(Serialize, ToSchema)]
struct InteractionsInteraction {
    id: i64,
    lead_id: i64,
    #[schema(required = true, value_type = Option<i64>)]
    operator_id: Option<OperatorId>,
    /// `open` or `closed`.
    #[schema(example = "open")]
    status: &'static str,
}

/// Create an interaction
///
/// If nobody is free, `operator_id` is `null`; the interaction is assigned as soon as a slot is free.
#[utoipa::path(
    post, path = "/compat/interactions/interactions/", tag = "interactions",
    request_body = InteractionsInteractionCreate,
    responses(
        (status = OK, description = "Created", body = InteractionsInteraction),
        (status = NOT_FOUND, description = "There is no such source", body = CompatError<'static>),
    )
)]
async fn register(State(state): State<AppState>, DialectJson(new): DialectJson<InteractionCreate>) -> Reply {
    let submit = Submit { message: new.message, ..of_id(Dialect::Interactions, new.source_id, &new.external_lead_id) };
    let contact = the_contact(send(&state, Command::Submit(submit), &WORDS).await?)?;
    ok(&InteractionsInteraction {
        id: contact.id.0,
        lead_id: contact.lead.0,
        operator_id: contact.operator,
        status: if contact.status == Status::Resolved { "closed" } else { "open" },
    })
}

/// The load of an operator.
#[derive(Serialize, ToSchema)]
struct InteractionsLoad {
    /// The name of the operator.
    #[schema(value_type = String, example = "Alice")]
    operator: Arc<str>,
    max_load: u32,
    current_load: u32,
    is_active: bool,
}

/// List the load of every operator
#[utoipa::path(
    get, path = "/compat/interactions/stats/", tag = "stats",
    responses((status = OK, description = "All operators, by id", body = Vec<InteractionsLoad>))
)]
async fn stats(State(state): State<AppState>) -> Reply {
    let loads = lists::counted_operators(&state).await?.into_iter().map(|operator| InteractionsLoad {
        operator: operator.name,
        max_load: operator.max_load,
        current_load: operator.current_load,
        is_active: operator.is_active,
    });
    ok(&loads.collect::<Vec<_>>())
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
        check::<InteractionCreate>(Null::Wrong, wrong::<InteractionCreate>, &[]);
        check::<WeightRow>(Null::Wrong, wrong::<WeightRow>, &[]);
    }
}
