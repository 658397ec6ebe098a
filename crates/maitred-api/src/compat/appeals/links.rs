//! Links between operators and lead sources. A link has an id of its own there; here it is made of both ends, see
//! [`Link`], so nothing has to be stored for it.

use super::super::error::DialectError;
use super::super::request::{DialectJson, Ids};
use super::super::{Reply, created, ok, send};
use super::WORDS;
use crate::body::RequestBody;
use crate::body::describe::DialectBodyOf;
use crate::reply;
use axum::extract::State;
use maitred_app::batcher::ExecuteError;
use maitred_core::command::SetWeight;
use maitred_core::{Command, Operator, OperatorId, Rejection, Source, SourceId};
use maitred_store::clock::Rfc3339;
use maitred_web::AppState;
use maitred_web::field::types::{OPERATOR_ID, WEIGHT};
use maitred_web::field::{FieldType, Fields};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

const LINK_NOT_FOUND: DialectError = DialectError::not_found("Lead source operator not found");

/// All of them are for the same callers.
pub(super) fn routes() -> [UtoipaMethodRouter<AppState>; 2] {
    [routes!(create_link, list_links), routes!(show_link, update_link, delete_link)]
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

type AppealsLinkCreate = DialectBodyOf<LinkCreate>;

struct LinkCreate {
    operator_id: OperatorId,
    routing_factor: u32,
}

impl RequestBody for LinkCreate {
    const SCHEMA: &'static str = "AppealsLinkCreate";
    const ABOUT: &'static str = "An operator to serve a lead source.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self {
            operator_id: fields.required("operator_id", OPERATOR_ID, ""),
            routing_factor: fields.required(
                "routing_factor",
                WEIGHT.example("10"),
                "The share relative to the other operators.",
            ),
        })
    }
}

type AppealsLinkUpdate = DialectBodyOf<LinkUpdate>;

struct LinkUpdate {
    routing_factor: u32,
}

impl RequestBody for LinkUpdate {
    const SCHEMA: &'static str = "AppealsLinkUpdate";
    const ABOUT: &'static str = "The new share of an operator.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self { routing_factor: fields.required("routing_factor", WEIGHT.example("10"), "") })
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
async fn create_link(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    DialectJson(new): DialectJson<LinkCreate>,
) -> Reply {
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
    DialectJson(update): DialectJson<LinkUpdate>,
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

async fn set(state: &AppState, link: Link, weight: u32) -> Result<AppealsLink, DialectError> {
    let Link { source, operator } = link;
    send(state, Command::SetWeight(SetWeight { source, operator, weight }), &WORDS).await?;
    let unread = DialectError::stored_but_unread;
    let source = state.store().source(source).await.map_err(unread)?;
    let operator = state.store().operator(operator).await.map_err(unread)?;
    let (source, operator) = source.zip(operator).ok_or(LINK_NOT_FOUND)?;
    Ok(AppealsLink::new(&source, &operator, weight))
}

/// Nobody serves a lead source that is not there.
async fn links(state: &AppState, source: SourceId) -> Result<Vec<AppealsLink>, DialectError> {
    let Some(book) = state.store().source_book(source).await? else { return Ok(Vec::new()) };
    let link = |(operator, weight): &(Operator, u32)| AppealsLink::new(&book.source, operator, *weight);
    Ok(book.members.iter().map(link).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::check::check;
    use crate::body::describe::Null;
    use crate::compat::request::wrong;
    use proptest::prelude::*;

    #[test]
    fn every_body_is_taken_as_documented() {
        check::<LinkCreate>(Null::Wrong, wrong::<LinkCreate>, &[]);
        check::<LinkUpdate>(Null::Wrong, wrong::<LinkUpdate>, &[]);
    }

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
