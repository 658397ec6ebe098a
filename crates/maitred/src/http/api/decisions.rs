//! Why a contact is where it is: its chain of decisions, each taken apart, told in words and computed again.

use super::sources::PolicySchema;
use crate::clock::Rfc3339;
use crate::http::AppState;
use crate::http::list::{Asked, PageParams};
use crate::http::params::{Ids, Params};
use crate::http::problem::refusals::unknown;
use crate::http::reply::Reply;
use crate::store::views::Link;
use axum::extract::State;
use maitred_core::decision::Replay;
use maitred_core::explain::{NumberLine, Part, Weighed, explain as take_apart};
use maitred_core::{ContactId, OperatorId, Policy};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(explain))
}

/// One decision about a contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Decision)]
struct DecisionBody {
    #[schema(value_type = i64, example = 1)]
    contact_id: ContactId,
    /// Its place in the chain of the contact, from 0.
    #[schema(example = 0)]
    seq: u32,
    #[schema(value_type = String, format = DateTime)]
    decided_at: Rfc3339,
    /// What made it necessary: `arrived`, `arrived_behind_others`, `drained`, `released`, `operator_deleted`,
    /// `reopened`, `transferred`, `forced`.
    #[schema(example = "arrived")]
    cause: &'static str,
    #[schema(value_type = PolicySchema)]
    policy: Policy,
    /// Which version of the algorithm turned pool, policy and seed into the outcome.
    #[schema(example = 1)]
    algorithm: u8,
    /// The randomness that went in: a number of 64 bits, as text because not every reader of JSON can hold one.
    #[schema(example = "11400714819323198485")]
    seed: String,
    /// Who was to get it if he could: the lead's last operator, or who had it before.
    #[schema(required = true, value_type = Option<i64>)]
    preferred_operator_id: Option<OperatorId>,
    /// Who was to get it only if nobody else could: he had just released it.
    #[schema(required = true, value_type = Option<i64>)]
    avoided_operator_id: Option<OperatorId>,
    /// Who got it; `null` when it waits.
    #[schema(required = true, value_type = Option<i64>, example = 1)]
    operator_id: Option<OperatorId>,
    #[schema(required = true, value_type = Option<String>, example = "Анна")]
    operator_name: Option<Arc<str>>,
    /// Everybody who served the source then, by id; empty when a person chose.
    candidates: Vec<DecisionCandidate>,
    /// The numbers that were drawn from, when `weighted_random` drew.
    draw: Option<Draw>,
    /// Those whom the policy ranked first alike, so that the seed had to choose.
    #[schema(value_type = Vec<i64>)]
    tied_operator_ids: Vec<OperatorId>,
    /// Why it came out like this, a sentence each.
    words: Vec<String>,
    /// What computing it again gave: `matches`, `differs`, `unknown_algorithm`, or `unreadable` when the record of the
    /// pool is damaged.
    #[schema(example = "matches")]
    replay: &'static str,
    /// Whether that is the stored outcome.
    replay_matches: bool,
}

/// An operator as a decision saw him.
#[derive(Serialize, ToSchema)]
struct DecisionCandidate {
    #[schema(value_type = i64, example = 1)]
    operator_id: OperatorId,
    #[schema(required = true, value_type = Option<String>, example = "Анна")]
    operator_name: Option<Arc<str>>,
    #[schema(example = 30)]
    weight: u32,
    /// How many contacts he held.
    #[schema(example = 12)]
    load: u32,
    #[schema(example = 50)]
    max_load: u32,
    /// When he had last got a contact.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_assigned_at: Option<Rfc3339>,
    /// What he was entitled to minus what he had received on the source, in contacts.
    #[schema(example = 0.25)]
    credit: f64,
    /// His part (0 to 1) of the weights between which the policy chose.
    #[schema(example = 0.75)]
    share: f64,
    /// Why he was out: `inactive`, `zero_weight`, `full` or `just_released`; `null` when he was in.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    ineligibility: Option<&'static str>,
    /// Whether he got it.
    picked: bool,
}

/// A weighted draw: everybody owns as many numbers as he has weight, and the seed falls on one of them.
#[derive(Serialize, ToSchema)]
struct Draw {
    /// The numbers are 0 to one below this.
    #[schema(example = 40)]
    total: u64,
    /// The number it fell on.
    #[schema(example = 17)]
    point: u64,
    parts: Vec<DrawPart>,
}

/// The numbers of one operator.
#[derive(Serialize, ToSchema)]
struct DrawPart {
    #[schema(value_type = i64, example = 1)]
    operator_id: OperatorId,
    #[schema(example = 0)]
    first: u64,
    #[schema(example = 29)]
    last: u64,
}

/// Explain a contact
///
/// Its decisions, first to last: who could get it, who could not and why, what the policy went by, and whether
/// computing the decision again gives the same.
#[utoipa::path(
    get, path = "/api/v1/contacts/{id}/decisions", tag = "contacts", params(("id" = i64, Path), PageParams),
    responses((status = OK, description = "A page of its chain", body = Vec<DecisionBody>))
)]
async fn explain(State(state): State<AppState>, Ids([id]): Ids<1>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let chain = state.store().chain(ContactId(id)).await?.ok_or_else(|| unknown("contact", &id))?;
    let names: Names = chain.names.into_iter().collect();
    let behind = |link: &Link| asked.page.after.is_none_or(|seq| i64::from(link.decision.seq) > seq);
    let page: Vec<Link> = chain.links.into_iter().filter(behind).take(asked.page.limit as usize).collect();
    asked.reply(page, |link| link.decision.seq.into(), |link| told(&link, &names))
}

type Names = HashMap<OperatorId, Arc<str>>;

fn told(link: &Link, names: &Names) -> DecisionBody {
    let decision = &link.decision;
    let pool = link.pool.as_ref().and_then(|pool| pool.as_ref().ok());
    let name = |id: OperatorId| names.get(&id).map_or_else(|| format!("operator {id}"), |name| name.to_string());
    let explanation = take_apart(decision, pool, &name);
    DecisionBody {
        contact_id: decision.contact,
        seq: decision.seq,
        decided_at: Rfc3339(decision.at),
        cause: decision.cause.as_str(),
        policy: decision.rule.policy,
        algorithm: decision.algorithm,
        seed: decision.seed.to_string(),
        preferred_operator_id: decision.rule.preferred,
        avoided_operator_id: decision.rule.avoided,
        operator_id: decision.outcome,
        operator_name: decision.outcome.and_then(|id| names.get(&id).cloned()),
        candidates: explanation.candidates.iter().map(|candidate| seen(candidate, names)).collect(),
        draw: explanation.line.map(drawn),
        tied_operator_ids: explanation.tied,
        words: explanation.words,
        replay: replayed(explanation.replay),
        replay_matches: explanation.replay == Some(Replay::Matches),
    }
}

fn seen(candidate: &Weighed, names: &Names) -> DecisionCandidate {
    DecisionCandidate {
        operator_id: candidate.operator,
        operator_name: names.get(&candidate.operator).cloned(),
        weight: candidate.weight,
        load: candidate.load,
        max_load: candidate.max_load,
        last_assigned_at: candidate.last_assigned_at.map(Rfc3339),
        credit: candidate.credit,
        share: candidate.share,
        ineligibility: candidate.ineligibility.map(|why| why.as_str()),
        picked: candidate.picked,
    }
}

fn drawn(line: NumberLine) -> Draw {
    let part = |part: Part| DrawPart { operator_id: part.operator, first: part.first, last: part.last };
    Draw { total: line.total, point: line.point, parts: line.parts.into_iter().map(part).collect() }
}

const fn replayed(replay: Option<Replay>) -> &'static str {
    match replay {
        Some(Replay::Matches) => "matches",
        Some(Replay::Differs(_)) => "differs",
        Some(Replay::UnknownAlgorithm(_)) => "unknown_algorithm",
        None => "unreadable",
    }
}
