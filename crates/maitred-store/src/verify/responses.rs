//! First responses of contacts: in time, or noted as overdue.

use super::{About, Invariant, Run};
use crate::StoreError;
use crate::schema::Row;
use maitred_core::Status;

/// The columns of a contact that say by when somebody was to respond, and when somebody did.
pub struct Response {
    first_at: Option<i64>,
    by: Option<i64>,
    overdue_at: Option<i64>,
}

impl Response {
    /// The columns `first_response_at`, `respond_by` and `overdue_at`, from this one on.
    pub fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError> {
        Ok(Self { first_at: row.some_i64(first)?, by: row.some_i64(first + 1)?, overdue_at: row.some_i64(first + 2)? })
    }

    /// When it changes by itself.
    pub fn due(&self) -> Option<i64> {
        self.by.filter(|_| self.first_at.is_none() && self.overdue_at.is_none())
    }

    /// Whether it counts as overdue.
    pub fn is_overdue(&self, status: Status) -> bool {
        self.overdue_at.is_some() && self.first_at.is_none() && status != Status::Resolved
    }

    /// Whether what is overdue had a time that had passed, and what was responded to late is noted.
    pub fn check(&self, run: &mut Run<'_>, contact: i64) {
        let has_passed = |at| self.by.is_some_and(|by| by <= at);
        for (is_wrong, found, expected) in [
            (!self.overdue_at.is_none_or(has_passed), "overdue before its time", "the time to respond passes before"),
            (
                self.overdue_at.is_none() && self.first_at.is_some_and(has_passed),
                "responded to too late, which was not noted",
                "overdue_at says so",
            ),
        ] {
            if is_wrong {
                run.report.fault(Invariant::ChainsAreWhole, About::contact(contact), found, expected);
            }
        }
    }
}
