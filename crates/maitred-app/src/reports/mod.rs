//! Reports: what happened in any period, as plain data that API, console and `maitred report` show. docs/reports.md
//! defines every figure. What they are made of is in [`maitred_core::report`], where it is read in
//! [`maitred_store::reports`].

mod arrivals;
mod loads;
mod operators;
mod period;
mod shares;
mod staffing;
mod summary;

pub use arrivals::{Arrivals, Bucket, BucketSize, arrivals};
pub use loads::{LOADS_DAYS_MAX, LoadBucket, LoadsBy, PeriodLoad, loads, loads_by_time};
pub use operators::{OperatorWork, operators};
pub use period::{Moment, PeriodError, REPORT_DAYS_MAX, ReportPeriod};
pub use shares::{Share, shares};
pub use staffing::{STAFFING_DAYS_MAX, StaffingHour, staffing};
pub use summary::{PeriodFigures, Seconds, Summary, summary};

use crate::csv::Csv;

/// A row of a table that people may take elsewhere.
pub trait TableRow {
    /// The names of its columns: those of its fields in JSON.
    const COLUMNS: &'static [&'static str];

    /// Its cells; empty where there is nothing.
    fn cells(&self) -> Vec<String>;
}

/// Rows as a file: separated by commas, with the names of the columns first.
#[must_use]
pub fn as_csv<R: TableRow>(rows: &[R]) -> String {
    let (csv, mut text) = (Csv { separator: ',' }, String::new());
    csv.add(&mut text, R::COLUMNS);
    rows.iter().for_each(|row| csv.add(&mut text, row.cells()));
    text
}

pub(crate) fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
