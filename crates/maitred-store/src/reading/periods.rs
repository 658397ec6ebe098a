//! What was received in a period: the difference between the ledger at its end and the one at its beginning. The ledger
//! at a time is that of the first snapshot that is not before it, or else the present one, so each is one step into an
//! index; and both are read in one statement with the present one, which a batch may be changing.

use crate::StoreError;
use crate::schema::{Books, Value};
use crate::views::{Covered, Span, Start};
use maitred_core::world::{Ledger, period_step};
use maitred_core::{Source, Timestamp};

/// The ledgers at the beginning and at the end, where they are not the present one; when the first snapshot was made,
/// and what it says.
pub type Past = (Option<Vec<u8>>, Option<Vec<u8>>, Option<Timestamp>, Option<Vec<u8>>);

/// The columns of [`Past`] for sources with the alias `s` and their totals with the alias `t`, and the values of their
/// placeholders, which are the first of the statement.
pub fn columns(span: Span) -> (String, Vec<Value<'static>>) {
    if span == Span::WHOLE {
        let nothing = "CAST(NULL AS BYTEA), CAST(NULL AS BYTEA), CAST(NULL AS BIGINT), CAST(NULL AS BYTEA)";
        return (nothing.to_owned(), Vec::new());
    }
    let (begins, from) = match span.start {
        Start::Beginning => ("$1", i64::MIN),
        Start::At(at) => ("$1", period_step(at).0),
        Start::WeightsChanged => ("coalesce(t.weights_at, $1)", i64::MIN),
    };
    let first = |column: &str, behind: &str| {
        format!(
            "(SELECT l.{column} FROM maitred.ledger_snapshots l WHERE l.source_id = s.id{behind} ORDER BY l.at LIMIT 1)"
        )
    };
    let texts = [
        first("ledger", &format!(" AND l.at >= {begins}")),
        first("ledger", " AND l.at >= $2"),
        first("at", ""),
        first("ledger", ""),
    ];
    let to = span.end.map_or(i64::MAX, |at| period_step(at).0);
    (texts.join(", "), vec![Value::from(from), Value::from(to)])
}

/// What was received in the period, and which period that is.
pub fn shares(span: Span, source: &Source, books: &Books, past: &Past) -> Result<(Ledger, Covered), StoreError> {
    if span == Span::WHOLE {
        return Ok((books.ledger.clone(), Covered::default()));
    }
    let (start, end, first_at, first) = past;
    let read = |bytes: &Option<Vec<u8>>| match bytes {
        Some(bytes) => Ledger::decode(bytes).map_err(StoreError::from),
        None => Ok(books.ledger.clone()),
    };
    // A source that is younger than snapshots had received nothing when the first one was made.
    let known_since = match first_at {
        Some(at) if !read(first)?.is_blank() => Some(*at),
        _ => None,
    };
    let begins = match span.start {
        Start::Beginning => None,
        Start::At(at) => Some(period_step(at)),
        Start::WeightsChanged => books.counts.weights_at.or(Some(source.created_at)),
    };
    let from = begins.and_then(|at| known_since.max(Some(at)));
    let to = span.end.and_then(|at| known_since.max(from).max(Some(period_step(at))));
    let before = if from.is_some() { read(start)? } else { Ledger::default() };
    Ok((read(end)?.since(&before), Covered { from, to, known_since }))
}
