//! Why a contact went to somebody else: a decision as one of its candidates sees it. It says what the rule compared of
//! them and of the one who got it, and nothing of anybody else, nor of the lead.

use crate::auth::Caller;
use crate::explained::explain_part;
use crate::reports::{TableRow, or_empty};
use maitred_core::explain::{Explanation, Weighed, explain};
use maitred_core::policy::Choice;
use maitred_core::{ContactId, Decision, OperatorId, Policy, Source};
use maitred_store::clock::Rfc3339;
use maitred_store::views::{Chain, ChainPart, ContactFilter, Link, Page};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The most contacts of one answer.
pub const CONTACTS_MAX: u32 = 50;
/// How many decisions of a contact are looked at, the last ones.
const DECISIONS_MAX: u32 = 3;

/// How a contact was decided for one operator.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Standing {
    #[schema(value_type = i64, example = 1)]
    pub contact_id: ContactId,
    /// The number of the decision among those about this contact, from 0.
    #[schema(example = 0)]
    pub seq: u32,
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Rfc3339,
    /// Why a decision was needed, as in decisions.
    #[schema(example = "arrived")]
    pub cause: &'static str,
    #[schema(value_type = String, example = "weighted_random")]
    pub policy: Policy,
    /// Whether the operator got it.
    pub got_it: bool,
    /// Who got it: `null` if it waits, or if the source hides names from operators.
    #[schema(required = true, value_type = Option<i64>, example = 2)]
    pub operator_id: Option<OperatorId>,
    #[schema(required = true, value_type = Option<String>, example = "Борис")]
    pub operator_name: Option<Arc<str>>,
    /// `got_it`; `nobody` (it waits); `by_hand` (a person chose); `not_a_member` (the operator did not serve the source
    /// then); a reason against the operator such as `full` or `off_shift`; `preferred` (it was meant for another, such
    /// as who had the lead before); `correction` (another was owed contacts); what the policy compared: `drawn`,
    /// `less_owed`, `higher_load`, `less_idle`; `tied` (the seed chose between equals); `unreadable`.
    #[schema(example = "drawn")]
    pub why: &'static str,
    /// When the reason against the operator ended, if it was known then.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub until: Option<Rfc3339>,
    /// What was compared of the operator.
    #[schema(required = true)]
    pub own: Option<Compared>,
    /// The same of the one who got it.
    #[schema(required = true)]
    pub other: Option<Compared>,
    /// Of a draw: how many numbers there were, from 0 on.
    #[schema(required = true, example = 40)]
    pub draw_total: Option<u64>,
    /// Of a draw: the number that was drawn.
    #[schema(required = true, example = 17)]
    pub draw_point: Option<u64>,
}

/// What a rule may compare of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Compared {
    #[schema(example = 30)]
    pub weight: u32,
    /// The part (0 to 1) of the weights between which the policy chose.
    #[schema(example = 0.75)]
    pub share: f64,
    /// How many contacts they were owed, this one included: what `smooth_weighted` goes by.
    #[schema(example = 0.25)]
    pub owed: f64,
    /// How many contacts they had.
    #[schema(example = 3)]
    pub load: u32,
    /// How many they could have.
    #[schema(example = 5)]
    pub max_load: u32,
    /// When they had last got a contact.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub last_assigned_at: Option<Rfc3339>,
    /// The first of their numbers in a draw.
    #[schema(required = true, example = 0)]
    pub draw_first: Option<u64>,
    /// The last of them.
    #[schema(required = true, example = 29)]
    pub draw_last: Option<u64>,
}

/// How the latest contacts of a source, so many at most, were decided for an operator: newest first, the last decisions
/// of each. Who got them is said unless the source hides names and the caller is an operator.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn latest(
    store: &Store,
    operator: OperatorId,
    source: &Source,
    contacts: u32,
    caller: &Caller,
) -> Result<Vec<Standing>, StoreError> {
    let filter = ContactFilter { source: Some(source.id), ..ContactFilter::default() };
    let contacts = store.contacts(filter, Page { limit: contacts, after: None }).await?;
    let ids: Vec<_> = contacts.into_iter().map(|contact| contact.id).collect();
    of_contacts(store, operator, source, &ids, caller).await
}

/// The same of these contacts.
pub(super) async fn of_contacts(
    store: &Store,
    operator: OperatorId,
    source: &Source,
    contacts: &[ContactId],
    caller: &Caller,
) -> Result<Vec<Standing>, StoreError> {
    let shows_names = !source.hides_names || caller.own_operator().is_none();
    let part = ChainPart::Before { seq: u32::MAX, limit: DECISIONS_MAX };
    let mut all = Vec::new();
    for id in contacts {
        let standings = explain_part(store, *id, part, move |chain| of_chain(&chain, operator, shows_names));
        all.extend(standings.await?.unwrap_or_default());
    }
    Ok(all)
}

fn of_chain(chain: &Chain, operator: OperatorId, shows_names: bool) -> Vec<Standing> {
    let name = |id: OperatorId| chain.names.iter().find(|(named, _)| *named == id).map(|(_, name)| name.clone());
    let seen = |link: &Link| {
        let mut standing = of_link(link, operator);
        if !shows_names && !standing.got_it {
            standing.operator_id = None;
        }
        standing.operator_name = standing.operator_id.and_then(name);
        standing
    };
    chain.links.iter().rev().map(seen).collect()
}

fn of_link(link: &Link, operator: OperatorId) -> Standing {
    let decision = &link.decision;
    let pool = link.pool.as_ref().and_then(|pool| pool.as_ref().ok());
    let explanation = explain(decision, pool, &|id: OperatorId| id.to_string());
    let find = |id: OperatorId| explanation.candidates.iter().find(|candidate| candidate.operator == id);
    let own = find(operator);
    let choice = pool.map(|pool| decision.choice(pool));
    let why = why(decision, choice, own, operator, &explanation);
    let compares = matches!(why, "drawn" | "less_owed" | "higher_load" | "less_idle" | "tied");
    let other = decision.outcome.filter(|_| compares).and_then(find);
    let line = explanation.line.as_ref();
    let is_drawn = line.filter(|_| why == "drawn" || why == "got_it");
    Standing {
        contact_id: decision.contact,
        seq: decision.seq,
        decided_at: Rfc3339(decision.at),
        cause: decision.cause.as_str(),
        policy: decision.rule.policy,
        got_it: decision.outcome == Some(operator),
        operator_id: decision.outcome,
        operator_name: None,
        why,
        until: own.and_then(|own| own.until).map(Rfc3339),
        own: own.map(|own| compared(own, &explanation)),
        other: other.map(|other| compared(other, &explanation)),
        draw_total: is_drawn.map(|line| line.total),
        draw_point: is_drawn.map(|line| line.point),
    }
}

fn why(
    decision: &Decision,
    choice: Option<Choice>,
    own: Option<&Weighed>,
    operator: OperatorId,
    explanation: &Explanation,
) -> &'static str {
    if decision.outcome == Some(operator) {
        return "got_it";
    }
    if decision.cause.by_hand() {
        return "by_hand";
    }
    let (Some(choice), true) = (choice, !explanation.candidates.is_empty()) else {
        return if decision.outcome.is_none() { "nobody" } else { "unreadable" };
    };
    let Some(own) = own else { return "not_a_member" };
    match (choice, own.ineligibility) {
        (_, Some(reason)) => reason.as_str(),
        (Choice::Nobody, None) => "nobody",
        (Choice::Preferred(_), None) => "preferred",
        (Choice::Owed(_), None) => "correction",
        (Choice::Picked(_), None) if explanation.tied.contains(&operator) => "tied",
        (Choice::Picked(_), None) => match decision.rule.policy {
            Policy::WeightedRandom => "drawn",
            Policy::SmoothWeighted => "less_owed",
            Policy::LeastLoaded => "higher_load",
            Policy::LongestIdle => "less_idle",
        },
    }
}

fn compared(candidate: &Weighed, explanation: &Explanation) -> Compared {
    let line = explanation.line.as_ref();
    let part = line.and_then(|line| line.parts.iter().find(|part| part.operator == candidate.operator));
    Compared {
        weight: candidate.weight,
        share: candidate.share,
        owed: candidate.owed,
        load: candidate.load,
        max_load: candidate.max_load,
        last_assigned_at: candidate.last_assigned_at.map(Rfc3339),
        draw_first: part.map(|part| part.first),
        draw_last: part.map(|part| part.last),
    }
}

impl TableRow for Standing {
    const COLUMNS: &'static [&'static str] = &[
        "contact_id",
        "seq",
        "decided_at",
        "cause",
        "policy",
        "got_it",
        "operator_id",
        "operator_name",
        "why",
        "weight",
        "share",
        "owed",
        "load",
        "max_load",
        "draw_total",
        "draw_point",
        "draw_first",
        "draw_last",
    ];

    fn cells(&self) -> Vec<String> {
        let own = self.own.as_ref();
        vec![
            self.contact_id.0.to_string(),
            self.seq.to_string(),
            self.decided_at.to_string(),
            self.cause.to_owned(),
            self.policy.as_str().to_owned(),
            self.got_it.to_string(),
            or_empty(self.operator_id.map(|id| id.0)),
            or_empty(self.operator_name.as_ref()),
            self.why.to_owned(),
            or_empty(own.map(|own| own.weight)),
            or_empty(own.map(|own| own.share)),
            or_empty(own.map(|own| own.owed)),
            or_empty(own.map(|own| own.load)),
            or_empty(own.map(|own| own.max_load)),
            or_empty(self.draw_total),
            or_empty(self.draw_point),
            or_empty(own.and_then(|own| own.draw_first)),
            or_empty(own.and_then(|own| own.draw_last)),
        ]
    }
}
