//! What reports are made of: facts and days that follow from the feed, and how far that has been read. See
//! [`maitred_core::report`].

use super::{FromRow, Row, record};
use crate::StoreError;
use maitred_core::report::{Day, DayKey, FactChunk, OpenContact, ReportProgress};
use maitred_core::{ContactId, OperatorId, SourceId, Timestamp};

/// The one row that says how far the feed has been read.
pub struct ProgressRow {
    pub one: i64,
    pub position: i64,
    pub at: Timestamp,
}

record! {
    pub static REPORT_PROGRESS: ProgressRow = "report_progress", key 1 { one, position, at, }
}

impl ProgressRow {
    pub const fn of(progress: ReportProgress) -> Self {
        Self { one: 1, position: progress.position, at: progress.at }
    }
}

impl FromRow for ReportProgress {
    const WIDTH: usize = ProgressRow::WIDTH;

    fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError> {
        let ProgressRow { position, at, .. } = ProgressRow::read(row, first)?;
        Ok(Self { position, at })
    }
}

record! {
    /// Of contacts that are open, as far as the feed has been read: one that was deleted since may be among them.
    pub static REPORT_CONTACTS: OpenContact = "report_contacts", key 1 {
        contact as "contact_id",
        since,
        is_assigned,
        is_answered,
    }
}

/// That nothing is remembered of a contact.
pub struct NotOpen {
    pub contact: ContactId,
}

record! {
    static NOT_OPEN: NotOpen = "report_contacts", key 1 { contact as "contact_id", }
}

record! {
    pub static REPORT_FACTS: FactChunk = "report_facts", key 1 {
        id,
        first_at,
        last_at,
        before as "facts_before",
        facts,
        body,
    }
    [indexes: &["report_facts_last_at"]]
}

/// A day; operator 0 is everybody and nobody together.
pub struct DayRow {
    pub operator: i64,
    pub day: i64,
    pub source: SourceId,
    pub body: Vec<u8>,
}

record! {
    pub static REPORT_DAYS: DayRow = "report_days", key 3 {
        operator as "operator_id",
        day,
        source as "source_id",
        body,
    }
}

impl DayRow {
    pub fn of((key, body): &(DayKey, Vec<u8>)) -> Self {
        Self { operator: key.operator.map_or(0, |id| id.0), day: key.day, source: key.source, body: body.clone() }
    }

    /// # Errors
    /// When its body is no day.
    pub fn read_day(&self) -> Result<(DayKey, Day), StoreError> {
        let operator = Some(self.operator).filter(|id| *id != 0).map(OperatorId);
        Ok((DayKey { operator, day: self.day, source: self.source }, Day::decode(&self.body)?))
    }
}
