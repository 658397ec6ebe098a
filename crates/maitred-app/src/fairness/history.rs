//! What moved the balance of an operator on a source, and when: the differences between the snapshots of its ledger,
//! which is as exact as the ledger is. A step is a half hour at most.

use super::AccountFigures;
use crate::reports::TableRow;
use maitred_core::world::Tally;
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_store::clock::Rfc3339;
use maitred_store::views::LedgerAt;
use maitred_store::{Store, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// The most days of one history.
pub const HISTORY_DAYS_MAX: i64 = 31;

/// What happened to an account in a half hour, or until the weights changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AccountStep {
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub from: Rfc3339,
    /// How much the balance moved.
    #[schema(example = -0.75)]
    pub change: f64,
    /// What was added to each figure; `balance` and `outstanding` are those at the end of the step.
    #[serde(flatten)]
    pub figures: AccountFigures,
}

/// The steps of a period in which an account changed, in order, and the balance before them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    pub before: f64,
    pub steps: Vec<AccountStep>,
}

/// What moved the balance of an operator on a source in a period that begins and ends at these times.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn history(
    store: &Store,
    operator: OperatorId,
    source: SourceId,
    [from, to]: [Timestamp; 2],
) -> Result<History, StoreError> {
    let states = store.ledgers_between(source, from, to).await?;
    Ok(of_states(operator, &states))
}

fn of_states(operator: OperatorId, states: &[LedgerAt]) -> History {
    let tally = |state: &LedgerAt| state.ledger.get(operator);
    let step = |pair: &[LedgerAt]| -> Option<AccountStep> {
        let [before, after] = [tally(&pair[0]), tally(&pair[1])];
        (before != after).then(|| AccountStep {
            from: Rfc3339(pair[0].at.unwrap_or_default()),
            change: change(before, after),
            figures: AccountFigures {
                balance: after.balance(),
                outstanding: after.outstanding(),
                ..AccountFigures::of(after.since(before))
            },
        })
    };
    History {
        before: states.first().map(|state| tally(state).balance()).unwrap_or_default(),
        steps: states.windows(2).filter_map(step).collect(),
    }
}

/// Exact, where the difference of two balances would be rounded twice.
fn change(before: Tally, after: Tally) -> f64 {
    after.since(before).balance()
}

impl TableRow for AccountStep {
    const COLUMNS: &'static [&'static str] =
        &["from", "change", "entitled", "received", "refunded", "adjusted", "balance", "outstanding"];

    fn cells(&self) -> Vec<String> {
        let first = [self.from.to_string(), self.change.to_string()];
        first.into_iter().chain(self.figures.cells()).collect()
    }
}
