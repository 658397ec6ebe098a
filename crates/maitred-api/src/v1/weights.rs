//! The weights of a source: which operators serve it, and with which share.

use crate::body::describe::BodyOf;
use crate::body::{FromBody, Json, JsonFields, RequestBody, TABLE_BYTES_MAX, shape_error};
use crate::idempotency::Post;
use crate::if_match::{IfMatch, tagged};
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::batcher::ExecuteError;
use maitred_app::version::{Subject, Version};
use maitred_core::command::SetWeight;
use maitred_core::{Command, Operator, OperatorId, Outcome, Rejection, SourceId};
use maitred_store::views::{PAGE_ROWS_MAX, Page, SourceBook};
use maitred_web::caller::caller;
use maitred_web::field::types::{OPERATOR_ID, WEIGHT};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::{IN_PATH, not_executed, unknown};
use maitred_web::problem::{FieldError, Problem, kinds};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

const WEIGHT_DEFAULT: u32 = 10;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(STAFF, routes!(set, replace, list)).call(STAFF, routes!(remove))
}

/// One operator's weight on a source.
#[derive(Serialize, ToSchema)]
#[schema(as = Weight)]
struct WeightBody {
    #[schema(value_type = i64, example = 1)]
    source_id: SourceId,
    #[schema(value_type = i64, example = 1)]
    operator_id: OperatorId,
    /// The share relative to the other operators; 0 = no contacts by policy.
    #[schema(maximum = 1_000_000_000, example = 30)]
    weight: u32,
}

/// One operator who serves a source.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
struct MemberBody {
    #[schema(value_type = i64, example = 1)]
    source_id: SourceId,
    #[schema(value_type = i64, example = 1)]
    operator_id: OperatorId,
    #[schema(value_type = String, example = "Анна")]
    operator_name: Arc<str>,
    /// The share relative to the other operators; 0 = no contacts by policy.
    #[schema(maximum = 1_000_000_000, example = 30)]
    weight: u32,
    /// The operator's part (0 to 1) of all weights of the source.
    #[schema(example = 0.75)]
    target_share: f64,
    is_active: bool,
    #[schema(example = 50)]
    max_load: u32,
    /// How many contacts the operator has now, from all sources.
    #[schema(example = 12)]
    current_load: u32,
}

impl MemberBody {
    fn new(source: SourceId, (operator, weight): (Operator, u32), weight_total: u64) -> Self {
        Self {
            source_id: source,
            operator_id: operator.id,
            operator_name: operator.name,
            weight,
            target_share: if weight_total == 0 { 0.0 } else { f64::from(weight) / weight_total as f64 },
            is_active: operator.is_active,
            max_load: operator.max_load,
            current_load: operator.current_load,
        }
    }
}

type WeightSet = BodyOf<WeightRow>;

/// The weight of one operator.
#[derive(Clone, Copy)]
pub(super) struct WeightRow {
    operator: OperatorId,
    weight: u32,
}

impl RequestBody for WeightRow {
    const SCHEMA: &'static str = "WeightSet";
    const ABOUT: &'static str = "A weight to be set.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let about = "0 = serves the source, but gets no contacts by policy.";
        Some(Self {
            operator: fields.required("operator_id", OPERATOR_ID.example("1"), ""),
            weight: fields.or("weight", WEIGHT.example("30"), WEIGHT_DEFAULT, about),
        })
    }
}

/// A whole table: everybody once.
pub(super) struct WeightTable(Vec<WeightRow>);

impl FromBody for WeightTable {
    const BYTES_MAX: usize = TABLE_BYTES_MAX;

    fn from_body(text: &str) -> Result<Self, Problem> {
        let parts: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|_| shape_error(text, "a JSON list of {operator_id, weight}"))?;
        let mut rows = Vec::with_capacity(parts.len());
        let mut errors = Vec::new();
        let mut first_place = HashMap::new();
        for (place, part) in parts.into_iter().enumerate() {
            match row(part, place) {
                Err(found) => errors.extend(found),
                Ok(row) => {
                    if let Some(first) = first_place.insert(row.operator, place) {
                        errors.push(twice(row.operator, first, place));
                    }
                    rows.push(row);
                }
            }
        }
        if errors.is_empty() { Ok(Self(rows)) } else { Err(Problem::invalid(errors)) }
    }
}

fn row(part: &RawValue, place: usize) -> Result<WeightRow, Vec<FieldError>> {
    let pointer = format!("/{place}");
    let Some(mut fields) = JsonFields::of_part(part, &pointer) else {
        return Err(vec![FieldError::at(pointer, "the row is not an object; give {operator_id, weight}")]);
    };
    match WeightRow::read(&mut fields) {
        Some(row) if !fields.has_errors() => Ok(row),
        _ => Err(fields.into_errors()),
    }
}

fn twice(operator: OperatorId, first: usize, place: usize) -> FieldError {
    let detail = format!("operator {operator} is in the table twice, first in row {first}; remove one of the two");
    FieldError::at(format!("/{place}/operator_id"), detail)
}

/// Set the weight of an operator
///
/// The operator serves the source from now on and gets waiting contacts at once.
#[utoipa::path(
    post, path = "/api/v1/sources/{id}/operators", tag = "weights",
    params(("id" = i64, Path, description = "The source")), request_body = WeightSet,
    responses(
        (status = CREATED, description = "The weight was set", body = WeightBody),
        (status = CONFLICT, description = "The source has the maximum number of operators"),
    )
)]
async fn set(State(state): State<AppState>, Ids([id]): Ids<1>, Post { body, keys }: Post<WeightRow>) -> Reply {
    let command = Command::SetWeight(SetWeight { source: SourceId(id), operator: body.operator, weight: body.weight });
    let show = |outcome| match outcome {
        Outcome::Weight(source_id, operator_id, weight) => {
            let location = format!("/api/v1/sources/{source_id}/operators");
            reply::created(location, &WeightBody { source_id, operator_id, weight })
        }
        other => Err(unexpected(&other)),
    };
    keys.answer(&state, command, &operator_in_body, show).await
}

fn operator_in_body(rejection: &Rejection) -> Option<String> {
    matches!(rejection, Rejection::UnknownOperator(_)).then(|| "/operator_id".to_owned())
}

/// Replace all weights of a source
///
/// Operators who are not in the list no longer serve the source. If anything in the list is not valid, nothing changes.
#[utoipa::path(
    put, path = "/api/v1/sources/{id}/operators", tag = "weights",
    params(("id" = i64, Path, description = "The source")), request_body = Vec<WeightSet>,
    responses(
        (status = OK, description = "The weights after the change, by operator", body = Vec<WeightBody>),
        (status = CONFLICT, description = "More operators than a source may have"),
    )
)]
async fn replace(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(table): Json<WeightTable>,
) -> Reply {
    let weights = table.0.iter().map(|row| (row.operator, row.weight)).collect();
    let unchanged = if_match.of(Subject::Weights(SourceId(id)));
    let command = Command::ReplaceWeights(SourceId(id), weights);
    let outcome = match state.app().execute(&caller()?, command, Vec::new(), unchanged).await {
        Err(ExecuteError::Rejected(Rejection::UnknownOperator(first))) => {
            return Err(unknown_operators(&state, table, first).await?);
        }
        answer => answer.map_err(|error| not_executed(error, IN_PATH))?,
    };
    match outcome {
        Outcome::Weights(source_id, weights) => {
            let version = Version::of_weights(weights.iter().copied());
            let body = |(operator_id, weight)| WeightBody { source_id, operator_id, weight };
            Ok(tagged(reply::ok(&weights.into_iter().map(body).collect::<Vec<_>>())?, version))
        }
        other => Err(unexpected(&other)),
    }
}

/// All rows of a table whose operators do not exist. The core stopped at the `first` it met.
async fn unknown_operators(state: &AppState, table: WeightTable, first: OperatorId) -> Result<Problem, Problem> {
    let mut unknown: Vec<(usize, OperatorId)> = table.0.iter().map(|row| row.operator).enumerate().collect();
    let mut page = Page { limit: PAGE_ROWS_MAX, after: None };
    loop {
        let operators = state.store().operators(page).await?;
        unknown.retain(|(_, id)| *id == first || operators.binary_search_by_key(id, |operator| operator.id).is_err());
        page.after = operators.last().map(|operator| operator.id.0);
        if operators.len() < PAGE_ROWS_MAX as usize {
            break;
        }
    }
    let error = |(place, id)| {
        FieldError::at(format!("/{place}/operator_id"), format!("there is no operator {id}; name one that exists"))
    };
    Ok(Problem::of_fields(&kinds::UNKNOWN_REFERENCE, unknown.into_iter().map(error).collect()))
}

/// List the operators of a source with their weights and target shares
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/operators", tag = "weights",
    params(("id" = i64, Path, description = "The source"), PageParams),
    responses((status = OK, description = "A page of operators", body = Vec<MemberBody>))
)]
async fn list(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let book = book(&state, id).await?;
    let version = Version::of_weights(book.members.iter().map(|(operator, weight)| (operator.id, *weight)));
    let weight_total = book.members.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let behind = book.members.into_iter().filter(|(operator, _)| asked.page.after.is_none_or(|id| operator.id.0 > id));
    let page: Vec<_> = behind.take(asked.page.limit as usize).collect();
    let body = |member| MemberBody::new(SourceId(id), member, weight_total);
    Ok(tagged(asked.reply(page, |(operator, _)| operator.id.0, body)?, version))
}

/// Remove an operator from a source
///
/// The operator keeps their current contacts.
#[utoipa::path(
    delete, path = "/api/v1/sources/{id}/operators/{operator_id}", tag = "weights",
    params(("id" = i64, Path, description = "The source"), ("operator_id" = i64, Path)),
    responses((status = NO_CONTENT, description = "The operator no longer serves the source"))
)]
async fn remove(State(state): State<AppState>, Ids([source, operator]): Ids<2>) -> Reply {
    state.send(Command::RemoveWeight(SourceId(source), OperatorId(operator)), IN_PATH).await?;
    Ok(reply::no_content())
}

pub(super) async fn book(state: &AppState, id: i64) -> Result<SourceBook, Problem> {
    state.store().source_book(SourceId(id)).await?.ok_or_else(|| unknown("source", &id))
}
