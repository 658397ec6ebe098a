//! A decision as plain data: everybody who was considered, the reasons, the draw, the words, and what computing it
//! again gives. The API sends it, the CLI lays it out; taking a decision apart is maitred-core's.

use maitred_core::decision::Replay;
use maitred_core::explain::{NumberLine, Part, Weighed, explain};
use maitred_core::{ContactId, OperatorId, Policy};
use maitred_store::clock::Rfc3339;
use maitred_store::views::{Chain, Link};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// One decision about a contact.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct Explained {
    /// Whose.
    #[schema(value_type = i64, example = 1)]
    pub contact_id: ContactId,
    /// Its place in the chain of the contact, from 0.
    #[schema(example = 0)]
    pub seq: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Rfc3339,
    /// What made it necessary: `arrived`, `arrived_behind_others`, `drained`, `released`, `operator_deleted`,
    /// `reopened`, `transferred`, `forced`.
    #[schema(example = "arrived")]
    pub cause: &'static str,
    /// The source's policy then.
    #[schema(value_type = String, example = "weighted_random")]
    pub policy: Policy,
    /// Which version of the algorithm turned pool, policy and seed into the outcome.
    #[schema(example = 1)]
    pub algorithm: u8,
    /// The randomness that went in: a number of 64 bits, as text because not every reader of JSON can hold one.
    #[schema(example = "11400714819323198485")]
    pub seed: String,
    /// Who was to get it if he could: the lead's last operator, or who had it before.
    #[schema(required = true, value_type = Option<i64>)]
    pub preferred_operator_id: Option<OperatorId>,
    /// Who was to get it only if nobody else could: he had just released it.
    #[schema(required = true, value_type = Option<i64>)]
    pub avoided_operator_id: Option<OperatorId>,
    /// Who got it; `null` when it waits.
    #[schema(required = true, value_type = Option<i64>, example = 1)]
    pub operator_id: Option<OperatorId>,
    /// How he is called.
    #[schema(required = true, value_type = Option<String>, example = "Анна")]
    pub operator_name: Option<Arc<str>>,
    /// Everybody who served the source then, by id; empty when a person chose.
    pub candidates: Vec<CandidateExplained>,
    /// The numbers that were drawn from, when `weighted_random` drew.
    #[schema(required = true)]
    pub draw: Option<Draw>,
    /// Those whom the policy ranked first alike, so that the seed had to choose.
    #[schema(value_type = Vec<i64>)]
    pub tied_operator_ids: Vec<OperatorId>,
    /// Why it came out like this, a sentence each.
    pub words: Vec<String>,
    /// What computing it again gave: `matches`, `differs`, `unknown_algorithm`, or `unreadable` when the record of the
    /// pool is damaged.
    #[schema(example = "matches")]
    pub replay: &'static str,
    /// Whether that is the stored outcome.
    pub replay_matches: bool,
}

/// An operator as a decision saw him.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DecisionCandidate)]
pub struct CandidateExplained {
    /// Who.
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// How he is called.
    #[schema(required = true, value_type = Option<String>, example = "Анна")]
    pub operator_name: Option<Arc<str>>,
    /// His weight on the source.
    #[schema(example = 30)]
    pub weight: u32,
    /// How many contacts he held.
    #[schema(example = 12)]
    pub load: u32,
    /// How many he might hold.
    #[schema(example = 50)]
    pub max_load: u32,
    /// When he had last got a contact.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub last_assigned_at: Option<Rfc3339>,
    /// What he was entitled to minus what he had received on the source, in contacts.
    #[schema(example = 0.25)]
    pub credit: f64,
    /// His part (0 to 1) of the weights between which the policy chose.
    #[schema(example = 0.75)]
    pub share: f64,
    /// Why he was out: `inactive`, `zero_weight`, `full` or `just_released`; `null` when he was in.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    pub ineligibility: Option<&'static str>,
    /// Whether he got it.
    pub picked: bool,
}

/// A weighted draw: everybody owns as many numbers as he has weight, and the seed falls on one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Draw {
    /// The numbers are 0 to one below this.
    #[schema(example = 40)]
    pub total: u64,
    /// The number it fell on.
    #[schema(example = 17)]
    pub point: u64,
    /// Whose numbers are where.
    pub parts: Vec<DrawPart>,
}

/// The numbers of one operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DrawPart {
    /// Whose.
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// The first of them.
    #[schema(example = 0)]
    pub first: u64,
    /// The last of them.
    #[schema(example = 29)]
    pub last: u64,
}

/// How operators are called.
pub type Names = HashMap<OperatorId, Arc<str>>;

/// A whole chain, first decision to last.
#[must_use]
pub fn explained_chain(chain: Chain) -> Vec<Explained> {
    let names: Names = chain.names.into_iter().collect();
    chain.links.iter().map(|link| explained(link, &names)).collect()
}

/// One decision.
#[must_use]
pub fn explained(link: &Link, names: &Names) -> Explained {
    let decision = &link.decision;
    let pool = link.pool.as_ref().and_then(|pool| pool.as_ref().ok());
    let name = |id: OperatorId| names.get(&id).map_or_else(|| format!("operator {id}"), |name| name.to_string());
    let explanation = explain(decision, pool, &name);
    Explained {
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
        candidates: explanation.candidates.into_iter().map(|candidate| seen(&candidate, names)).collect(),
        draw: explanation.line.map(drawn),
        tied_operator_ids: explanation.tied,
        words: explanation.words,
        replay: replayed(explanation.replay),
        replay_matches: explanation.replay == Some(Replay::Matches),
    }
}

fn seen(candidate: &Weighed, names: &Names) -> CandidateExplained {
    CandidateExplained {
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
