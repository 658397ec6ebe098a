//! In how many decisions about a source an operator got the contact, and how often not for which reason: counted from
//! the decisions themselves, each of which recorded who could take the contact then.
//!
//! Hours for which somebody was full, paused or off shift are not said: the feed tells when pauses and shifts began and
//! ended, but not what limit somebody had at what time, nor when they were switched off.

use super::standing::{self, Standing};
use crate::auth::Caller;
use crate::reports::TableRow;
use maitred_core::{OperatorId, Source, Timestamp};
use maitred_store::clock::Rfc3339;
use maitred_store::views::{ContactFilter, Page};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The most contacts of which the decisions are counted: the last that arrived.
pub const REASONS_CONTACTS_MAX: u32 = 500;

/// How often there was one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// `got_it`, or why somebody else got the contact, or nobody: as for single contacts.
    #[schema(example = "full")]
    pub why: &'static str,
    #[schema(example = 12)]
    pub decisions: u64,
}

/// The reasons of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reasons {
    /// How many contacts were looked at: those that arrived in the period, the last 500 at most.
    #[schema(example = 120)]
    pub contacts: u64,
    /// When the first of them arrived, if there are more in the period.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub since: Option<Rfc3339>,
    /// The most frequent first.
    pub reasons: Vec<Reason>,
}

impl Reasons {
    /// How many decisions were counted.
    #[must_use]
    pub fn decisions(&self) -> u64 {
        self.reasons.iter().map(|it| it.decisions).sum()
    }
}

/// What became of the contacts of a source that arrived from one time to another, the second excluded, for an operator.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn reasons(
    store: &Store,
    operator: OperatorId,
    source: &Source,
    [from, to]: [Timestamp; 2],
    caller: &Caller,
) -> Result<Reasons, StoreError> {
    let filter = ContactFilter {
        source: Some(source.id),
        created_after: Some(from),
        created_before: Some(to),
        ..ContactFilter::default()
    };
    let mut contacts = store.contacts(filter, Page { limit: REASONS_CONTACTS_MAX + 1, after: None }).await?;
    let has_more = contacts.len() > REASONS_CONTACTS_MAX as usize;
    contacts.truncate(REASONS_CONTACTS_MAX as usize);
    let since = contacts.last().filter(|_| has_more).map(|contact| Rfc3339(contact.created_at));
    let ids: Vec<_> = contacts.iter().map(|contact| contact.id).collect();
    let standings = standing::of_contacts(store, operator, source, &ids, caller).await?;
    Ok(Reasons { contacts: ids.len() as u64, since, reasons: counted(&standings) })
}

fn counted(standings: &[Standing]) -> Vec<Reason> {
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    standings.iter().for_each(|standing| *counts.entry(standing.why).or_default() += 1);
    let mut reasons: Vec<_> = counts.into_iter().map(|(why, decisions)| Reason { why, decisions }).collect();
    reasons.sort_by_key(|it| std::cmp::Reverse(it.decisions));
    reasons
}

impl TableRow for Reason {
    const COLUMNS: &'static [&'static str] = &["why", "decisions"];

    fn cells(&self) -> Vec<String> {
        vec![self.why.to_owned(), self.decisions.to_string()]
    }
}
