//! A decision as plain data: everybody who was considered, the reasons, the draw, the words, and what recomputing it
//! gives. The API sends it, the CLI lays it out; taking a decision apart is maitred-core's.
//!
//! Explaining takes time for every operator of a source and every step of a recording. So [`explain_part`] does it for
//! a bounded part of a chain, on a thread of its own, [`EXPLAINED_AT_ONCE_MAX`] at a time: other reads have the
//! connections and cores that are left.

use crate::computed::computed;
use maitred_core::decision::Replay;
use maitred_core::explain::{NumberLine, Part, Weighed, explain};
use maitred_core::{ContactId, OperatorId, Policy};
use maitred_store::clock::Rfc3339;
use maitred_store::views::{Chain, ChainPart, Link};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

/// One decision about a contact.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct Explained {
    /// The contact.
    #[schema(value_type = i64, example = 1)]
    pub contact_id: ContactId,
    /// Its number among the decisions about this contact, from 0.
    #[schema(example = 0)]
    pub seq: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Rfc3339,
    /// Why a decision was needed: `arrived`, `arrived_behind_others`, `drained`, `released`, `operator_deleted`,
    /// `reopened`, `transferred`, `forced`, `scheduled`, `due`, `declined`, `no_answer`, `offer_revoked`,
    /// `asked_again`, `source_closed`.
    #[schema(example = "arrived")]
    pub cause: &'static str,
    /// The policy of the source at that time.
    #[schema(value_type = String, example = "weighted_random")]
    pub policy: Policy,
    /// The version of the algorithm that turned pool, policy and seed into the outcome.
    #[schema(example = 1)]
    pub algorithm: u8,
    /// The random seed: a 64-bit number, as text because not every JSON parser can represent one.
    #[schema(example = "11400714819323198485")]
    pub seed: String,
    /// Who should get it if possible: the lead's last operator, or the operator who had the contact before.
    #[schema(required = true, value_type = Option<i64>)]
    pub preferred_operator_id: Option<OperatorId>,
    /// Who should get it only if nobody else can: the operator who had just released it.
    #[schema(required = true, value_type = Option<i64>)]
    pub avoided_operator_id: Option<OperatorId>,
    /// Who was owed contacts by a correction, and got it for that.
    #[schema(required = true, value_type = Option<i64>)]
    pub owed_operator_id: Option<OperatorId>,
    /// Whom the policy had picked, but who was ahead by a correction: another got it, and they pay for it.
    #[schema(required = true, value_type = Option<i64>)]
    pub passed_over_operator_id: Option<OperatorId>,
    /// The operator who got it; `null` if it waits.
    #[schema(required = true, value_type = Option<i64>, example = 1)]
    pub operator_id: Option<OperatorId>,
    /// The name of the operator.
    #[schema(required = true, value_type = Option<String>, example = "Анна")]
    pub operator_name: Option<Arc<str>>,
    /// If it waits because its source was closed: when that was to open, as far as it was known then.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Rfc3339>,
    /// All operators who served the source at that time, by id; empty if a person chose.
    pub candidates: Vec<CandidateExplained>,
    /// The numbers that `weighted_random` drew from, if it did.
    #[schema(required = true)]
    pub draw: Option<Draw>,
    /// Operators who were tied in first place, so that the seed decided.
    #[schema(value_type = Vec<i64>)]
    pub tied_operator_ids: Vec<OperatorId>,
    /// The reasons, one sentence each.
    pub words: Vec<String>,
    /// The result of recomputing it: `matches`, `differs`, `unknown_algorithm`, or `unreadable` if the record of the
    /// pool is damaged.
    #[schema(example = "matches")]
    pub replay: &'static str,
    /// Whether the recomputed outcome is the stored one.
    pub replay_matches: bool,
}

/// An operator at the time of a decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DecisionCandidate)]
pub struct CandidateExplained {
    /// The operator.
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// The name of the operator.
    #[schema(required = true, value_type = Option<String>, example = "Анна")]
    pub operator_name: Option<Arc<str>>,
    /// The weight on the source.
    #[schema(example = 30)]
    pub weight: u32,
    /// How many contacts the operator had.
    #[schema(example = 12)]
    pub load: u32,
    /// The most contacts the operator could have.
    #[schema(example = 50)]
    pub max_load: u32,
    /// When the operator had last got a contact.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub last_assigned_at: Option<Rfc3339>,
    /// Entitled minus received for this source, in contacts.
    #[schema(example = 0.25)]
    pub credit: f64,
    /// The operator's part (0 to 1) of the weights that the policy chose between.
    #[schema(example = 0.75)]
    pub share: f64,
    /// Why the operator was not eligible: `inactive`, `zero_weight`, `full` or `just_released`; `null` if eligible.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    pub ineligibility: Option<&'static str>,
    /// When that ended, if it was known then.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub until: Option<Rfc3339>,
    /// Whether the operator got the contact.
    pub picked: bool,
}

/// A weighted draw: each operator owns as many numbers as their weight, and the seed selects one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Draw {
    /// The numbers are 0 to `total` - 1.
    #[schema(example = 40)]
    pub total: u64,
    /// The number that was drawn.
    #[schema(example = 17)]
    pub point: u64,
    /// The numbers of each operator.
    pub parts: Vec<DrawPart>,
}

/// The numbers of one operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DrawPart {
    /// The operator.
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// The first number.
    #[schema(example = 0)]
    pub first: u64,
    /// The last number.
    #[schema(example = 29)]
    pub last: u64,
}

/// The names of operators.
pub type Names = HashMap<OperatorId, Arc<str>>;

/// Parts of chains that are read and explained at once in a process; more wait their turn.
pub const EXPLAINED_AT_ONCE_MAX: usize = 1;

static TURNS: Semaphore = Semaphore::const_new(EXPLAINED_AT_ONCE_MAX);

/// What `explain` makes of a part of the chain of a contact; none when there is no such contact.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn explain_part<T: Send + 'static>(
    store: &Store,
    contact: ContactId,
    part: ChainPart,
    explain: impl FnOnce(Chain) -> T + Send + 'static,
) -> Result<Option<T>, StoreError> {
    let turn = TURNS.acquire().await.map_err(|_| StoreError::Stopping)?;
    let store = store.clone();
    // The turn ends with the work, not with the caller, who may go away before.
    let work = tokio::spawn(async move {
        let _turn = turn;
        let Some(chain) = store.chain_part(contact, part).await? else { return Ok(None) };
        computed(move || explain(chain)).await.map(Some)
    });
    work.await.unwrap_or_else(|_| Err(bug()))
}

fn bug() -> StoreError {
    StoreError::Engine("explaining a decision stopped on a bug; see the log".to_owned())
}

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
        owed_operator_id: decision.rule.owed,
        passed_over_operator_id: decision.rule.passed_over,
        operator_id: decision.outcome,
        operator_name: decision.outcome.and_then(|id| names.get(&id).cloned()),
        opens_at: decision.until.map(Rfc3339),
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
        until: candidate.until.map(Rfc3339),
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
