//! Lists as files for spreadsheets: `/contacts.csv` and its like, with the filters of the list. A file is written while
//! it is sent, a page of the list at a time, so it may be of any length; what changes meanwhile may be in one part and
//! not yet in another. The rows are made beside each list, what cells look like is in [`maitred_app::csv`].
//!
//! Excel opens a file with what the system's language separates lists with, and takes it for UTF-8 only with a mark at
//! its beginning. So a file has the mark, and semicolons for those who read Russian. `maitred import` reads either.

use crate::shell::Viewer;
use crate::texts::Lang;
use crate::times;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use jiff::tz::TimeZone;
use maitred_app::csv::{Csv, MARK};
use maitred_core::{Identity, IdentityKind, Timestamp};
use maitred_store::StoreError;
use maitred_store::views::distinct;
use maitred_web::problem::{Problem, kinds};
use tokio::sync::Semaphore;

/// Files that are written at a time.
const FILES_MAX: usize = 4;
/// Rows read at a time: a row may have a message of 64 KiB.
pub(crate) const ROWS: u32 = 64;

static FILES: Semaphore = Semaphore::const_new(FILES_MAX);

/// How a file is written for somebody.
#[derive(Clone)]
pub(crate) struct Table {
    csv: Csv,
    zone: TimeZone,
}

impl Table {
    fn of(viewer: &Viewer) -> Self {
        let separator = if viewer.t.0 == Lang::Ru { ';' } else { ',' };
        Self { csv: Csv { separator }, zone: viewer.zone.clone() }
    }

    /// Adds a row.
    pub(crate) fn add<const N: usize>(&self, text: &mut String, cells: [String; N]) {
        self.csv.add(text, cells);
    }

    /// Day and time where the reader is, as spreadsheets know them; empty for none.
    pub(crate) fn moment(&self, at: Option<Timestamp>) -> String {
        at.map(|at| times::plain(&self.zone, at)).unwrap_or_default()
    }
}

/// A list as a file with this name and these columns. `next` gives some rows as text and where it goes on from there;
/// nothing behind the last ones.
pub(crate) fn file<S, F>(
    viewer: &Viewer,
    name: &str,
    columns: &[&str],
    start: S,
    next: impl Fn(Table, S) -> F + Send + 'static,
) -> Result<Response, Problem>
where
    S: Send + 'static,
    F: Future<Output = Result<Option<(String, S)>, StoreError>> + Send + 'static,
{
    let busy = |_| kinds::OVERLOADED.because(format!("{FILES_MAX} files are being written; try again in a moment"));
    let permit = FILES.try_acquire().map_err(busy)?;
    let table = Table::of(viewer);
    let mut head = MARK.to_owned();
    table.csv.add(&mut head, columns);
    let rows = stream::try_unfold(start, move |at| next(table.clone(), at));
    let pieces = stream::iter([Ok(head)]).chain(rows).map(move |piece| {
        // It is given back with the last piece, or when nobody reads on.
        let _ = &permit;
        piece
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}-{}.csv\"", times::day(&viewer.zone, viewer.now))),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, body(pieces)).into_response())
}

fn body(pieces: impl Stream<Item = Result<String, StoreError>> + Send + 'static) -> Body {
    Body::from_stream(pieces.inspect_err(|error| tracing::error!(%error, "the file of a list breaks off")))
}

/// All different values of this kind.
pub(crate) fn values(identities: &[Identity], kind: IdentityKind) -> String {
    let of_kind = distinct(identities).filter(|identity| identity.kind == kind);
    of_kind.map(|identity| &*identity.value).collect::<Vec<_>>().join(", ")
}

/// What may be missing.
pub(crate) fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
