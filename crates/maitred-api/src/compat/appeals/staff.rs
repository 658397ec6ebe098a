//! Operators, lead sources, and the links between them.
//!
//! This dialect knows operators and lead sources by number alone, so they are named after it: `Operator 7`, `BOT 3`. A
//! link has an id of its own there; here it is made of both ends, see [`Link`], so nothing has to be stored for it.

use super::super::detail::{CompatError, Fault, Refused};
use super::super::sent::{self, Ids, Part, Read, Sent};
use super::super::{Reply, created, lists, ok, send, the_operator, the_source};
use super::WORDS;
use crate::reply;
use axum::extract::State;
use axum::http::StatusCode;
use maitred_app::batcher::ExecuteError;
use maitred_core::command::{DeleteSource, NewOperator, NewSource, OperatorEdit, SetWeight};
use maitred_core::{Command, Operator, OperatorId, Rejection, Source, SourceId, SourceKind, limits};
use maitred_store::clock::Rfc3339;
use maitred_web::AppState;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

const LINK_NOT_FOUND: Refused = Refused::not_found("Lead source operator not found");
/// How many names are tried for a new lead source.
const NAMES_MAX: i64 = 100;

/// All of them are for the same callers.
pub(super) fn routes() -> [UtoipaMethodRouter<AppState>; 6] {
    [
        routes!(create_operator, list_operators),
        routes!(show_operator, update_operator, delete_operator),
        routes!(create_source, list_sources),
        routes!(show_source, update_source, delete_source),
        routes!(create_link, list_links),
        routes!(show_link, update_link, delete_link),
    ]
}

/// Whether an operator gets appeals.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum AppealsOperatorStatus {
    Active,
    Inactive,
}

/// The settings of an operator.
#[derive(ToSchema)]
struct AppealsOperatorSet {
    status: AppealsOperatorStatus,
    #[schema(example = 5)]
    active_appeals_limit: u32,
}

impl Read for AppealsOperatorSet {
    fn read(body: Part<'_>) -> Option<Self> {
        let words = [("ACTIVE", AppealsOperatorStatus::Active), ("INACTIVE", AppealsOperatorStatus::Inactive)];
        let body = body.object()?;
        let status = body.required("status", |v| sent::word(v, &words, "Input should be 'ACTIVE' or 'INACTIVE'"));
        let limit = body.required("active_appeals_limit", |value| sent::limited(value, limits::max_load));
        Some(Self { status: status?, active_appeals_limit: limit? })
    }
}

/// An operator.
#[derive(Serialize, ToSchema)]
struct AppealsOperator {
    #[schema(value_type = i64)]
    id: OperatorId,
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
async fn create_operator(State(state): State<AppState>, Sent(new): Sent<AppealsOperatorSet>) -> Reply {
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
    let operator = state.store().operator(OperatorId(id)).await?.ok_or(Refused::not_found(WORDS.operator))?;
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
    Sent(new): Sent<AppealsOperatorSet>,
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
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum AppealsSourceType {
    Bot,
}

fn source_type(value: &Value) -> Result<AppealsSourceType, Fault> {
    sent::word(value, &[("BOT", AppealsSourceType::Bot)], "Input should be 'BOT'")
}

/// A new lead source.
#[derive(ToSchema)]
#[expect(dead_code, reason = "there is only one type, so it is never read")]
struct AppealsSourceCreate {
    r#type: AppealsSourceType,
}

impl Read for AppealsSourceCreate {
    fn read(body: Part<'_>) -> Option<Self> {
        body.object()?.required("type", source_type).map(|r#type| Self { r#type })
    }
}

/// The settings of a lead source. There is nothing to change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "there is only one type, so it is never read")]
struct AppealsSourceUpdate {
    #[schema(required = false)]
    r#type: AppealsSourceType,
}

impl Read for AppealsSourceUpdate {
    fn read(body: Part<'_>) -> Option<Self> {
        body.object()?.or("type", AppealsSourceType::Bot, source_type).map(|r#type| Self { r#type })
    }
}

/// A lead source.
#[derive(Serialize, ToSchema)]
struct AppealsSource {
    #[schema(value_type = i64)]
    id: SourceId,
    /// Always `BOT`, the only type in this dialect.
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
async fn create_source(State(state): State<AppState>, Sent(_): Sent<AppealsSourceCreate>) -> Reply {
    let last = lists::sources(&state).await?.last().map_or(0, |source| source.id.0);
    for number in last + 1..=last + NAMES_MAX {
        match state.execute(Command::CreateSource(bot(&format!("BOT {number}"))), Vec::new())?.await {
            Err(ExecuteError::Rejected(Rejection::NameTaken(_))) => {}
            Err(error) => return Err(WORDS.not_executed(error)),
            Ok(outcome) => return created(&AppealsSource::from(the_source(outcome)?)),
        }
    }
    Err(Refused::new(StatusCode::CONFLICT, "All names that were tried for it are taken; add it in maitred"))
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
    let source = state.store().source(SourceId(id)).await?.ok_or(Refused::not_found(WORDS.source))?;
    ok(&AppealsSource::from(source))
}

/// Change a lead source
#[utoipa::path(
    put, path = "/compat/appeals/lead-sources/{lead_source_id}", tag = "lead sources",
    params(("lead_source_id" = i64, Path)), request_body = AppealsSourceUpdate,
    responses((status = OK, description = "The lead source after the change", body = AppealsSource))
)]
async fn update_source(state: State<AppState>, ids: Ids<1>, Sent(_): Sent<AppealsSourceUpdate>) -> Reply {
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
            Err(Refused::new(StatusCode::CONFLICT, "Lead source has active appeals"))
        }
        answer => answer.map(|_| reply::no_content()).map_err(|error| WORDS.not_executed(error)),
    }
}

/// A link: an operator serves a lead source.
///
/// Its id is Szudzik's pairing of both ends ("An Elegant Pairing Function", 2006): one number for each pair, small for
/// small ids, and both can be read from it again.
#[derive(Clone, Copy)]
struct Link {
    source: SourceId,
    operator: OperatorId,
}

impl Link {
    const fn id(self) -> i64 {
        let (x, y) = (self.source.0, self.operator.0);
        if x < y { y * y + x } else { x * x + x + y }
    }

    /// `None` for a number that no link has.
    fn of(id: i64) -> Option<Self> {
        let root = id.checked_isqrt()?;
        let rest = id - root * root;
        let (x, y) = if rest < root { (rest, root) } else { (root, rest - root) };
        Some(Self { source: SourceId(x), operator: OperatorId(y) })
    }
}

/// An operator to serve a lead source.
#[derive(ToSchema)]
struct AppealsLinkCreate {
    #[schema(value_type = i64)]
    operator_id: OperatorId,
    /// The share relative to the other operators.
    #[schema(example = 10)]
    routing_factor: u32,
}

impl Read for AppealsLinkCreate {
    fn read(body: Part<'_>) -> Option<Self> {
        let body = body.object()?;
        let operator_id = body.required("operator_id", sent::whole).map(OperatorId);
        let routing_factor = body.required("routing_factor", |value| sent::limited(value, limits::weight));
        Some(Self { operator_id: operator_id?, routing_factor: routing_factor? })
    }
}

/// The new share of an operator.
#[derive(ToSchema)]
struct AppealsLinkUpdate {
    #[schema(example = 10)]
    routing_factor: u32,
}

impl Read for AppealsLinkUpdate {
    fn read(body: Part<'_>) -> Option<Self> {
        let factor = body.object()?.required("routing_factor", |value| sent::limited(value, limits::weight));
        factor.map(|routing_factor| Self { routing_factor })
    }
}

/// An operator who serves a lead source.
#[derive(Serialize, ToSchema)]
struct AppealsLink {
    id: i64,
    /// When both the operator and the lead source existed.
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    #[schema(value_type = i64)]
    operator_id: OperatorId,
    #[schema(value_type = i64)]
    lead_source_id: SourceId,
    routing_factor: u32,
}

impl AppealsLink {
    fn new(source: &Source, operator: &Operator, routing_factor: u32) -> Self {
        Self {
            id: Link { source: source.id, operator: operator.id }.id(),
            created_at: Rfc3339(source.created_at.max(operator.created_at)),
            operator_id: operator.id,
            lead_source_id: source.id,
            routing_factor,
        }
    }
}

/// Add an operator to a lead source
#[utoipa::path(
    post, path = "/compat/appeals/lead-sources/{lead_source_id}/operators", tag = "links",
    params(("lead_source_id" = i64, Path)), request_body = AppealsLinkCreate,
    responses((status = CREATED, description = "Added", body = AppealsLink))
)]
async fn create_link(State(state): State<AppState>, Ids([id]): Ids<1>, Sent(new): Sent<AppealsLinkCreate>) -> Reply {
    created(&set(&state, Link { source: SourceId(id), operator: new.operator_id }, new.routing_factor).await?)
}

/// List the operators of a lead source
#[utoipa::path(
    get, path = "/compat/appeals/lead-sources/{lead_source_id}/operators", tag = "links",
    params(("lead_source_id" = i64, Path)),
    responses((status = OK, description = "All operators of the lead source", body = Vec<AppealsLink>))
)]
async fn list_links(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    ok(&links(&state, SourceId(id)).await?)
}

/// Show a link
#[utoipa::path(
    get, path = "/compat/appeals/lead-sources/{lead_source_id}/operators/{lead_source_operator_id}", tag = "links",
    params(("lead_source_id" = i64, Path), ("lead_source_operator_id" = i64, Path)),
    responses((status = OK, description = "The link", body = AppealsLink))
)]
async fn show_link(State(state): State<AppState>, Ids([source, id]): Ids<2>) -> Reply {
    let link = links(&state, SourceId(source)).await?.into_iter().find(|link| link.id == id);
    ok(&link.ok_or(LINK_NOT_FOUND)?)
}

/// Change the share of an operator
#[utoipa::path(
    put, path = "/compat/appeals/lead-sources/{lead_source_id}/operators/{lead_source_operator_id}", tag = "links",
    params(("lead_source_id" = i64, Path), ("lead_source_operator_id" = i64, Path)),
    request_body = AppealsLinkUpdate,
    responses((status = OK, description = "The link after the change", body = AppealsLink))
)]
async fn update_link(
    State(state): State<AppState>,
    Ids([source, id]): Ids<2>,
    Sent(update): Sent<AppealsLinkUpdate>,
) -> Reply {
    let known = links(&state, SourceId(source)).await?.into_iter().find(|link| link.id == id);
    let operator = known.ok_or(LINK_NOT_FOUND)?.operator_id;
    ok(&set(&state, Link { source: SourceId(source), operator }, update.routing_factor).await?)
}

/// Remove an operator from a lead source
#[utoipa::path(
    delete, path = "/compat/appeals/lead-sources/{lead_source_id}/operators/{lead_source_operator_id}", tag = "links",
    params(("lead_source_id" = i64, Path), ("lead_source_operator_id" = i64, Path)),
    responses((status = NO_CONTENT, description = "Deleted"))
)]
async fn delete_link(State(state): State<AppState>, Ids([source, id]): Ids<2>) -> Reply {
    let link = Link::of(id).filter(|link| link.source.0 == source).ok_or(LINK_NOT_FOUND)?;
    match state.execute(Command::RemoveWeight(link.source, link.operator), Vec::new())?.await {
        Err(ExecuteError::Rejected(Rejection::UnknownMembership(..) | Rejection::UnknownSource(_))) => {
            Err(LINK_NOT_FOUND)
        }
        answer => answer.map(|_| reply::no_content()).map_err(|error| WORDS.not_executed(error)),
    }
}

async fn set(state: &AppState, link: Link, weight: u32) -> Result<AppealsLink, Refused> {
    let Link { source, operator } = link;
    send(state, Command::SetWeight(SetWeight { source, operator, weight }), &WORDS).await?;
    let (source, operator) = (state.store().source(source).await?, state.store().operator(operator).await?);
    let (source, operator) = source.zip(operator).ok_or(LINK_NOT_FOUND)?;
    Ok(AppealsLink::new(&source, &operator, weight))
}

/// Nobody serves a lead source that is not there.
async fn links(state: &AppState, source: SourceId) -> Result<Vec<AppealsLink>, Refused> {
    let Some(book) = state.store().source_book(source).await? else { return Ok(Vec::new()) };
    let link = |(operator, weight): &(Operator, u32)| AppealsLink::new(&book.source, operator, *weight);
    Ok(book.members.iter().map(link).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_number_from_0_is_one_link_and_the_link_has_that_number() {
        for id in 0..10_000 {
            assert_eq!(Link::of(id).map(Link::id), Some(id));
        }
        assert!(Link::of(-1).is_none());
    }

    proptest! {
        #[test]
        fn a_link_is_read_from_its_id(source in 1..2_000_000_000i64, operator in 1..2_000_000_000i64) {
            let link = Link { source: SourceId(source), operator: OperatorId(operator) };
            let again = Link::of(link.id()).expect("it is a link");
            prop_assert_eq!((again.source, again.operator), (link.source, link.operator));
        }
    }
}
