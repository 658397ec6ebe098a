//! What operators received in a period beside what they were entitled to in it, of one source or of all together. How
//! that is known is in docs/decisions/0018-periods-are-differences-of-ledgers.md.

use super::{ReportPeriod, TableRow, or_empty};
use crate::stats::chance;
use maitred_core::world::PERIOD_STEP_MICROS;
use maitred_core::{OperatorId, Policy, SourceId, Timestamp};
use maitred_store::clock::Rfc3339;
use maitred_store::views::{SourceBook, Span, Start};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// One operator's part in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Share {
    #[schema(value_type = i64, example = 1)]
    pub operator_id: OperatorId,
    #[schema(value_type = String, example = "Анна")]
    pub operator_name: Arc<str>,
    /// How many contacts policies assigned to the operator. Transfers by hand do not count; a contact that was released
    /// and routed again counts each time.
    #[schema(example = 30)]
    pub received: u64,
    /// How many contacts the weights entitled to, counting for each decision only the operators who were eligible then,
    /// with the weights of that time. The sum over all operators is that of `received`.
    #[schema(example = 28.5)]
    pub entitled: f64,
    /// The least that the operator receives in 95 of 100 fair draws or more. `null` if a source whose contacts the
    /// operator was entitled to does not draw: its policy is not `weighted_random`.
    #[schema(required = true, example = 21)]
    pub low: Option<u64>,
    /// The most that the operator receives in 95 of 100 fair draws or more, or `null` likewise.
    #[schema(required = true, example = 36)]
    pub high: Option<u64>,
    /// When the figures begin: `from`, rounded down to half an hour; later if what was before is not known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub from: Option<Rfc3339>,
    /// When they end: `to`, rounded up to half an hour; `null` if they go on until now.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub to: Option<Rfc3339>,
}

/// What is added up for one operator.
#[derive(Default)]
struct Sum {
    name: Arc<str>,
    received: u64,
    entitled: f64,
    /// Contacts of the sources that the operator was entitled to something of.
    of: u64,
    is_drawn: bool,
}

/// Shares of a period by operator, by id: of all who received or were entitled to something, and all who serve one of
/// the sources.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn shares(
    store: &Store,
    period: &ReportPeriod,
    source: Option<SourceId>,
    now: Timestamp,
) -> Result<Vec<Share>, StoreError> {
    let span = span(period, now);
    let books: Vec<SourceBook> = match source {
        Some(id) => store.source_book_in(id, span).await?.into_iter().collect(),
        None => store.source_books_in(span).await?,
    };
    Ok(of_books(&books))
}

/// Whole half hours, and all of the last one: a period whose last half hour is not over goes on.
fn span(period: &ReportPeriod, now: Timestamp) -> Span {
    let up = |at: i64| at.checked_add(PERIOD_STEP_MICROS - 1).map_or(at, |at| at - at.rem_euclid(PERIOD_STEP_MICROS));
    let end = Some(Timestamp(up(period.to.0))).filter(|end| *end <= now);
    Span { start: Start::At(period.from), end }
}

fn of_books(books: &[SourceBook]) -> Vec<Share> {
    let mut sums: BTreeMap<OperatorId, Sum> = BTreeMap::new();
    for book in books {
        add(&mut sums, book);
    }
    let from = books.iter().filter_map(|book| book.covered.from).min().map(Rfc3339);
    let to = books.iter().filter_map(|book| book.covered.to).max().map(Rfc3339);
    let share = |(operator_id, sum): (OperatorId, Sum)| {
        let bounds = sum.is_drawn.then(|| chance::bounds(sum.of, sum.entitled));
        Share {
            operator_id,
            operator_name: sum.name,
            received: sum.received,
            entitled: sum.entitled,
            low: bounds.map(|(low, _)| low),
            high: bounds.map(|(_, high)| high),
            from,
            to,
        }
    };
    sums.into_iter().map(share).collect()
}

fn add(sums: &mut BTreeMap<OperatorId, Sum>, book: &SourceBook) {
    let names: BTreeMap<OperatorId, &Arc<str>> = book.names.iter().map(|(id, name)| (*id, name)).collect();
    let total: u64 = book.in_period.iter().map(|(_, tally)| tally.received).sum();
    let new = |name: &Arc<str>| Sum { name: name.clone(), is_drawn: true, ..Sum::default() };
    for (operator, _) in &book.members {
        let sum = sums.entry(operator.id).or_insert_with(|| new(&operator.name));
        sum.is_drawn &= book.source.policy == Policy::WeightedRandom;
    }
    let known = book.in_period.iter().filter(|(_, tally)| tally.received > 0 || tally.entitled() != 0.0);
    for (id, tally) in known {
        let sum = sums.entry(id).or_insert_with(|| new(names.get(&id).copied().unwrap_or(&Arc::default())));
        sum.is_drawn &= book.source.policy == Policy::WeightedRandom;
        sum.received += tally.received;
        sum.entitled += tally.entitled();
        sum.of += total;
    }
}

impl TableRow for Share {
    const COLUMNS: &'static [&'static str] =
        &["operator_id", "operator_name", "received", "entitled", "low", "high", "from", "to"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.operator_id.0.to_string(),
            self.operator_name.to_string(),
            self.received.to_string(),
            self.entitled.to_string(),
            or_empty(self.low),
            or_empty(self.high),
            or_empty(self.from),
            or_empty(self.to),
        ]
    }
}
