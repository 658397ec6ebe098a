//! Priorities of contacts: what counts is what was sent, or what it was raised to.

use super::{About, Invariant, Run};
use crate::StoreError;
use crate::schema::Row;
use maitred_core::Status;

/// The columns of a contact that say which priority counts, and when that rises.
pub struct Priority {
    counts: i64,
    sent: Option<i64>,
    raised_to: Option<i64>,
    pub raise_at: Option<i64>,
}

impl Priority {
    /// The columns `priority`, `sent_priority`, `raised_to` and `raise_at`, from this one on.
    pub fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError> {
        Ok(Self {
            counts: row.i64(first)?,
            sent: row.some_i64(first + 1)?,
            raised_to: row.some_i64(first + 2)?,
            raise_at: row.some_i64(first + 3)?,
        })
    }

    /// Whether that adds up, and only a contact that waits for anybody is going to rise.
    pub fn check(&self, run: &mut Run<'_>, contact: i64, status: Status, is_scheduled: bool) {
        let own = self.sent.unwrap_or(self.counts);
        let counts = self.raised_to.map_or(own, |least| least.max(own));
        if self.counts != counts || self.sent == Some(counts) {
            let found = format!("priority {} of {own}, raised to {:?}", self.counts, self.raised_to);
            run.report.fault(Invariant::ChainsAreWhole, About::contact(contact), found, format!("priority {counts}"));
        }
        if self.raise_at.is_some() && (status != Status::Waiting || is_scheduled) {
            let expected = "a priority rises while its contact waits for anybody";
            run.report.fault(Invariant::ChainsAreWhole, About::contact(contact), "rises and does not wait", expected);
        }
    }
}
