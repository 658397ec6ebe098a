//! Operators and lead sources. This dialect knows them by number alone, so they are named after it: `Operator 7`, `BOT
//! 3`.

use super::super::error::{CompatError, DialectError};
use super::super::request::{DialectJson, Ids};
use super::super::{Reply, created, lists, ok, send, the_operator, the_source};
use super::WORDS;
use crate::body::RequestBody;
use crate::body::describe::DialectBodyOf;
use crate::reply;
use axum::extract::State;
use axum::http::StatusCode;
use maitred_app::batcher::ExecuteError;
use maitred_core::command::{DeleteSource, NewOperator, NewSource, OperatorEdit};
use maitred_core::{Command, Operator, OperatorId, Rejection, Source, SourceId, SourceKind};
use maitred_store::clock::Rfc3339;
use maitred_web::AppState;
use maitred_web::field::choice::{Choice, ChoiceSchema};
use maitred_web::field::types::{MAX_LOAD, OneOf};
use maitred_web::field::{FieldType, Fields};
use serde::Serialize;
use std::marker::PhantomData;
use utoipa::ToSchema;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

/// How many names are tried for a new lead source.
const NAMES_MAX: i64 = 100;

/// All of them are for the same callers.
pub(super) fn routes() -> [UtoipaMethodRouter<AppState>; 4] {
    [
        routes!(create_operator, list_operators),
        routes!(show_operator, update_operator, delete_operator),
        routes!(create_source, list_sources),
        routes!(show_source, update_source, delete_source),
    ]
}

/// Whether an operator gets appeals.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum AppealsOperatorStatus {
    Active,
    Inactive,
}

type OperatorStatusWord = ChoiceSchema<AppealsOperatorStatus>;

impl Choice for AppealsOperatorStatus {
    const SCHEMA: &'static str = "AppealsOperatorStatus";
    const ABOUT: &'static str = "Whether an operator gets appeals.";
    const ALL: &'static [Self] = &[Self::Active, Self::Inactive];

    fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
        }
    }
}

type AppealsOperatorSet = DialectBodyOf<OperatorSet>;

struct OperatorSet {
    status: AppealsOperatorStatus,
    active_appeals_limit: u32,
}

impl RequestBody for OperatorSet {
    const SCHEMA: &'static str = "AppealsOperatorSet";
    const ABOUT: &'static str = "The settings of an operator.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            status: fields.required("status", OneOf(PhantomData), ""),
            active_appeals_limit: fields.required("active_appeals_limit", MAX_LOAD.example("5"), ""),
        })
    }
}

/// An operator.
#[derive(Serialize, ToSchema)]
struct AppealsOperator {
    #[schema(value_type = i64)]
    id: OperatorId,
    #[schema(value_type = OperatorStatusWord)]
    status: AppealsOperatorStatus,
    active_appeals_limit: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
}

impl From<Operator> for AppealsOperator {
    fn from(operator: Operator) -> Self {
        let status = match operator.is_active {
            true => AppealsOperatorStatus::Active,
            false => AppealsOperatorStatus::Inactive,
        };
        Self {
            id: operator.id,
            status,
            active_appeals_limit: operator.max_load,
            created_at: Rfc3339(operator.created_at),
        }
    }
}

/// Add an operator
#[utoipa::path(
    post, path = "/compat/appeals/operators", tag = "operators", request_body = AppealsOperatorSet,
    responses((status = CREATED, description = "Added", body = AppealsOperator))
)]
async fn create_operator(State(state): State<AppState>, DialectJson(new): DialectJson<OperatorSet>) -> Reply {
    let is_active = new.status == AppealsOperatorStatus::Active;
    let new = NewOperator { is_active, max_load: new.active_appeals_limit, ..NewOperator::named("Operator") };
    let operator = the_operator(send(&state, Command::CreateOperator(new), &WORDS).await?)?;
    let name = Some(format!("Operator {}", operator.id).into());
    let edit = OperatorEdit { name, ..OperatorEdit::default() };
    // The operator was added: that somebody renamed or deleted them meanwhile is no reason to say otherwise.
    let _ = state.execute(Command::EditOperator(operator.id, edit), Vec::new())?.await;
    created(&AppealsOperator::from(operator))
}

/// List operators, by id
#[utoipa::path(
    get, path = "/compat/appeals/operators", tag = "operators",
    responses((status = OK, description = "All operators", body = Vec<AppealsOperator>))
)]
async fn list_operators(State(state): State<AppState>) -> Reply {
    let operators = lists::operators(&state).await?;
    ok(&operators.into_iter().map(AppealsOperator::from).collect::<Vec<_>>())
}

/// Show an operator
#[utoipa::path(
    get, path = "/compat/appeals/operators/{operator_id}", tag = "operators", params(("operator_id" = i64, Path)),
    responses((status = OK, description = "The operator", body = AppealsOperator))
)]
async fn show_operator(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let operator = state.store().operator(OperatorId(id)).await?.ok_or(DialectError::not_found(WORDS.operator))?;
    ok(&AppealsOperator::from(operator))
}

/// Change an operator
#[utoipa::path(
    put, path = "/compat/appeals/operators/{operator_id}", tag = "operators", params(("operator_id" = i64, Path)),
    request_body = AppealsOperatorSet,
    responses((status = OK, description = "The operator after the change", body = AppealsOperator))
)]
async fn update_operator(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    DialectJson(new): DialectJson<OperatorSet>,
) -> Reply {
    let is_active = Some(new.status == AppealsOperatorStatus::Active);
    let edit = OperatorEdit { is_active, max_load: Some(new.active_appeals_limit), ..OperatorEdit::default() };
    let outcome = send(&state, Command::EditOperator(OperatorId(id), edit), &WORDS).await?;
    ok(&AppealsOperator::from(the_operator(outcome)?))
}

/// Delete an operator
///
/// The operator's appeals are assigned to others.
#[utoipa::path(
    delete, path = "/compat/appeals/operators/{operator_id}", tag = "operators", params(("operator_id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Deleted"))
)]
async fn delete_operator(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    send(&state, Command::DeleteOperator(OperatorId(id)), &WORDS).await?;
    Ok(reply::no_content())
}

/// The type of a lead source. This dialect has only one.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum AppealsSourceType {
    Bot,
}

type SourceTypeWord = ChoiceSchema<AppealsSourceType>;

impl Choice for AppealsSourceType {
    const SCHEMA: &'static str = "AppealsSourceType";
    const ABOUT: &'static str = "The type of a lead source. This dialect has only one.";
    const ALL: &'static [Self] = &[Self::Bot];

    fn word(self) -> &'static str {
        match self {
            Self::Bot => "BOT",
        }
    }
}

type AppealsSourceCreate = DialectBodyOf<SourceCreate>;

#[expect(dead_code, reason = "there is one type, so it says nothing")]
struct SourceCreate {
    r#type: AppealsSourceType,
}

impl RequestBody for SourceCreate {
    const SCHEMA: &'static str = "AppealsSourceCreate";
    const ABOUT: &'static str = "A new lead source.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self { r#type: fields.required("type", OneOf(PhantomData), "") })
    }
}

type AppealsSourceUpdate = DialectBodyOf<SourceUpdate>;

#[expect(dead_code, reason = "there is one type, so it says nothing")]
struct SourceUpdate {
    r#type: AppealsSourceType,
}

impl RequestBody for SourceUpdate {
    const SCHEMA: &'static str = "AppealsSourceUpdate";
    const ABOUT: &'static str = "The settings of a lead source. There is nothing to change.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self { r#type: fields.or("type", OneOf(PhantomData), AppealsSourceType::Bot, "") })
    }
}

/// A lead source.
#[derive(Serialize, ToSchema)]
struct AppealsSource {
    #[schema(value_type = i64)]
    id: SourceId,
    /// Always `BOT`, the only type in this dialect.
    #[schema(value_type = SourceTypeWord)]
    r#type: AppealsSourceType,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
}

impl From<Source> for AppealsSource {
    fn from(source: Source) -> Self {
        Self { id: source.id, r#type: AppealsSourceType::Bot, created_at: Rfc3339(source.created_at) }
    }
}

/// Add a lead source
#[utoipa::path(
    post, path = "/compat/appeals/lead-sources", tag = "lead sources", request_body = AppealsSourceCreate,
    responses((status = CREATED, description = "Added", body = AppealsSource))
)]
async fn create_source(State(state): State<AppState>, DialectJson(_): DialectJson<SourceCreate>) -> Reply {
    let last = lists::sources(&state).await?.last().map_or(0, |source| source.id.0);
    for number in last + 1..=last + NAMES_MAX {
        match state.execute(Command::CreateSource(bot(&format!("BOT {number}"))), Vec::new())?.await {
            Err(ExecuteError::Rejected(Rejection::NameTaken(_))) => {}
            Err(error) => return Err(WORDS.not_executed(error)),
            Ok(outcome) => return created(&AppealsSource::from(the_source(outcome)?)),
        }
    }
    Err(DialectError::new(StatusCode::CONFLICT, "All names that were tried for it are taken; add it in maitred"))
}

fn bot(name: &str) -> NewSource {
    NewSource { kind: SourceKind::Bot, ..NewSource::named(name) }
}

/// List lead sources, by id
#[utoipa::path(
    get, path = "/compat/appeals/lead-sources", tag = "lead sources",
    responses((status = OK, description = "All lead sources", body = Vec<AppealsSource>))
)]
async fn list_sources(State(state): State<AppState>) -> Reply {
    let sources = lists::sources(&state).await?;
    ok(&sources.into_iter().map(AppealsSource::from).collect::<Vec<_>>())
}

/// Show a lead source
#[utoipa::path(
    get, path = "/compat/appeals/lead-sources/{lead_source_id}", tag = "lead sources",
    params(("lead_source_id" = i64, Path)),
    responses((status = OK, description = "The lead source", body = AppealsSource))
)]
async fn show_source(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let source = state.store().source(SourceId(id)).await?.ok_or(DialectError::not_found(WORDS.source))?;
    ok(&AppealsSource::from(source))
}

/// Change a lead source
#[utoipa::path(
    put, path = "/compat/appeals/lead-sources/{lead_source_id}", tag = "lead sources",
    params(("lead_source_id" = i64, Path)), request_body = AppealsSourceUpdate,
    responses((status = OK, description = "The lead source after the change", body = AppealsSource))
)]
async fn update_source(state: State<AppState>, ids: Ids<1>, DialectJson(_): DialectJson<SourceUpdate>) -> Reply {
    show_source(state, ids).await
}

/// Delete a lead source
#[utoipa::path(
    delete, path = "/compat/appeals/lead-sources/{lead_source_id}", tag = "lead sources",
    params(("lead_source_id" = i64, Path)),
    responses(
        (status = NO_CONTENT, description = "Deleted"),
        (status = CONFLICT, description = "It has active appeals", body = CompatError<'static>),
    )
)]
async fn delete_source(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    match state.execute(Command::DeleteSource(DeleteSource { source: SourceId(id), force: false }), Vec::new())?.await {
        Err(ExecuteError::Rejected(Rejection::SourceHasOpenContacts(..))) => {
            Err(DialectError::new(StatusCode::CONFLICT, "Lead source has active appeals"))
        }
        answer => answer.map(|_| reply::no_content()).map_err(|error| WORDS.not_executed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::check::check;
    use crate::body::describe::Null;
    use crate::compat::request::wrong;

    #[test]
    fn every_body_is_taken_as_documented() {
        check::<OperatorSet>(Null::Wrong, wrong::<OperatorSet>, &[]);
        check::<SourceCreate>(Null::Wrong, wrong::<SourceCreate>, &[]);
        check::<SourceUpdate>(Null::Wrong, wrong::<SourceUpdate>, &[]);
    }
}
