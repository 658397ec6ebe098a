//! The fairness account of an operator: what their weights entitled them to, what they received, what was refunded and
//! adjusted, and what they are owed. Why a contact went to somebody else is in [`standing`], counted by reason in
//! [`reasons`], what moved a balance when in [`history`]. What the figures mean is in docs/fairness.md.

pub mod history;
pub mod reasons;
pub mod standing;

use crate::reports::TableRow;
use maitred_core::correction::Correction;
use maitred_core::world::Tally;
use maitred_core::{Actor, CorrectionId, OperatorId, SourceId};
use maitred_store::clock::Rfc3339;
use maitred_store::views::{SourceBook, Span};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Figures in contacts. All of a source, with what the house owes, add up to zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct AccountFigures {
    /// How many contacts the weights entitled to, counting for each decision only the operators who were eligible then.
    #[schema(example = 28.5)]
    pub entitled: f64,
    /// How many contacts policies assigned to the operator.
    #[schema(example = 30)]
    pub received: u64,
    /// How many contacts the operator declined on sources where declining is free.
    #[schema(example = 1)]
    pub refunded: i64,
    /// How many contacts corrections gave, less those that they took.
    #[schema(example = 3)]
    pub adjusted: i64,
    /// What the operator is owed: `entitled` + `refunded` + `adjusted` - `received`. Negative if they are ahead.
    #[schema(example = 2.5)]
    pub balance: f64,
    /// The part of it that is paid back in whole contacts: what corrections and refunds gave and was not received yet.
    #[schema(example = 2)]
    pub outstanding: i64,
}

impl AccountFigures {
    fn of(tally: Tally) -> Self {
        Self {
            entitled: tally.entitled_by_weight(),
            received: tally.received,
            refunded: tally.refunded,
            adjusted: tally.adjusted,
            balance: tally.balance(),
            outstanding: tally.outstanding(),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            entitled: self.entitled + other.entitled,
            received: self.received + other.received,
            refunded: self.refunded + other.refunded,
            adjusted: self.adjusted + other.adjusted,
            balance: self.balance + other.balance,
            outstanding: self.outstanding + other.outstanding,
        }
    }

    fn cells(&self) -> [String; 6] {
        [
            self.entitled.to_string(),
            self.received.to_string(),
            self.refunded.to_string(),
            self.adjusted.to_string(),
            self.balance.to_string(),
            self.outstanding.to_string(),
        ]
    }
}

/// What an operator has on one source.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AccountLine {
    #[schema(value_type = i64, example = 1)]
    pub source_id: SourceId,
    #[schema(value_type = String, example = "Telegram Bot")]
    pub source_name: Arc<str>,
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    #[schema(value_type = String, example = "Анна")]
    pub operator_name: Arc<str>,
    #[serde(flatten)]
    pub figures: AccountFigures,
}

/// What an operator has on one source, or on all together.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Account {
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// All lines together.
    #[serde(flatten)]
    pub figures: AccountFigures,
    /// By source: of all that the operator serves, or received something of.
    pub lines: Vec<AccountLine>,
}

/// What all operators of a source have.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SourceAccounts {
    #[schema(value_type = i64, example = 1)]
    pub source_id: SourceId,
    /// What the source itself owes: the balances of all operators and this add up to zero. It is what is outstanding,
    /// the other way round.
    #[schema(example = -2)]
    pub house: i64,
    /// All who serve the source, or received something of it, by id.
    pub lines: Vec<AccountLine>,
}

/// The account of an operator, on one source if it is named. Sources that were deleted are left out.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn account(store: &Store, operator: OperatorId, source: Option<SourceId>) -> Result<Account, StoreError> {
    let books = match source {
        Some(id) => store.source_book_in(id, Span::WHOLE).await?.into_iter().collect(),
        None => store.source_books_in(Span::WHOLE).await?,
    };
    let lines: Vec<AccountLine> = books.iter().flat_map(lines_of).filter(|line| line.operator_id == operator).collect();
    let figures = lines.iter().fold(AccountFigures::default(), |sum, line| sum.plus(line.figures));
    Ok(Account { operator_id: operator, figures, lines })
}

/// The accounts of all operators of a source; none if there is no such source.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn accounts_of(store: &Store, source: SourceId) -> Result<Option<SourceAccounts>, StoreError> {
    let book = store.source_book_in(source, Span::WHOLE).await?;
    Ok(book.map(|book| {
        let lines = lines_of(&book);
        let house = -lines.iter().map(|line| line.figures.outstanding).sum::<i64>();
        SourceAccounts { source_id: source, house, lines }
    }))
}

fn lines_of(book: &SourceBook) -> Vec<AccountLine> {
    let members = book.members.iter().map(|(operator, _)| (operator.id, &operator.name));
    let former = book.names.iter().map(|(id, name)| (*id, name));
    let mut all: Vec<(OperatorId, &Arc<str>)> = members.chain(former).collect();
    all.sort_by_key(|(id, _)| *id);
    all.dedup_by_key(|(id, _)| *id);
    let line = |(operator_id, name): (OperatorId, &Arc<str>)| AccountLine {
        source_id: book.source.id,
        source_name: book.source.name.clone(),
        operator_id,
        operator_name: name.clone(),
        figures: AccountFigures::of(book.ledger.get(operator_id)),
    };
    all.into_iter().map(line).collect()
}

/// A correction, with who made it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Correction)]
pub struct CorrectionMade {
    #[schema(value_type = i64, example = 1)]
    pub id: CorrectionId,
    #[schema(value_type = i64, example = 1)]
    pub source_id: SourceId,
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    /// How many contacts more the operator is to get, or fewer.
    #[schema(example = 3)]
    pub amount: i64,
    #[schema(value_type = String, example = "Три испорченные заявки")]
    pub reason: Arc<str>,
    /// Who made it, as in events.
    #[schema(value_type = String, example = "user:7")]
    pub author: Actor,
    /// The name of that user or key; `null` for other authors.
    #[schema(required = true, value_type = Option<String>, example = "Мария")]
    pub author_name: Option<Arc<str>>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Rfc3339,
}

impl CorrectionMade {
    /// The correction, made by somebody of this name.
    #[must_use]
    pub fn new(correction: Correction, author_name: Option<Arc<str>>) -> Self {
        let Correction { id, source, operator, amount, reason, author, created_at } = correction;
        let (source_id, operator_id) = (source, operator);
        Self { id, source_id, operator_id, amount, reason, author, author_name, created_at: Rfc3339(created_at) }
    }
}

impl TableRow for AccountLine {
    const COLUMNS: &'static [&'static str] = &[
        "source_id",
        "source_name",
        "operator_id",
        "operator_name",
        "entitled",
        "received",
        "refunded",
        "adjusted",
        "balance",
        "outstanding",
    ];

    fn cells(&self) -> Vec<String> {
        let who = [
            self.source_id.0.to_string(),
            self.source_name.to_string(),
            self.operator_id.0.to_string(),
            self.operator_name.to_string(),
        ];
        who.into_iter().chain(self.figures.cells()).collect()
    }
}
