//! What the checks look at, and reading it. What it costs depends on how many sources and operators there are, not on
//! how many contacts.

use super::{Finding, check};
use crate::App;
use crate::computed::computed;
use crate::identity::PhoneRules;
use crate::mail;
use crate::reread::{self, PREVIEW_ROWS, STEP_ROWS};
use maitred_core::report::{DAY_MICROS, FactKind, day_of};
use maitred_core::{LeadId, Operator, OperatorId, Source, SourceId, Timestamp};
use maitred_store::endpoints::{ENDPOINTS_MAX, Endpoint};
use maitred_store::mail::MailFault;
use maitred_store::reports::{ReportQuery, Whose};
use maitred_store::telegram::TelegramSetup;
use maitred_store::views::{Page, SourceMembers, UnreadPhone};
use maitred_store::{EndpointStore, Store, StoreError, TelegramStore};
use std::collections::BTreeMap;

/// The days that arrivals are of: whole days of UTC, today not among them.
const ARRIVAL_DAYS: i64 = 7;

/// A configuration with what happened under it lately. Without what was not read nothing is found in it.
#[derive(Debug)]
pub struct Configuration {
    pub now: Timestamp,
    /// By id.
    pub operators: Vec<Operator>,
    /// By id.
    pub books: Vec<SourceMembers>,
    /// Contacts of the last seven days.
    pub arrived: BTreeMap<SourceId, u64>,
    /// Phones without a country code that came from sources that have no country and need one.
    pub unread_phones: BTreeMap<SourceId, u64>,
    /// Payloads that could not be read.
    pub unmapped: BTreeMap<SourceId, u64>,
    pub endpoints: Vec<Endpoint>,
    pub telegram: TelegramSetup,
    pub mail_faults: Vec<MailFault>,
}

/// Where it is kept.
pub struct Places {
    pub store: Store,
    pub endpoints: EndpointStore,
    pub telegram: TelegramStore,
    /// How phones of sources without a country are read.
    pub phones: PhoneRules,
    /// Whether operators are sent mail.
    pub sends_mail: bool,
}

impl Places {
    #[must_use]
    pub fn of(app: &App) -> Self {
        Self {
            store: app.store().clone(),
            endpoints: app.webhooks().store().clone(),
            telegram: app.telegram().store().clone(),
            phones: app.regions().rules_of_deployment(),
            sends_mail: app.mailer().is_some(),
        }
    }

    /// All that is wrong, as [`check`] says it.
    ///
    /// # Errors
    /// [`StoreError`] when something cannot be read.
    pub async fn check(&self, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
        let configuration = self.read(now).await?;
        computed(move || check(&configuration)).await
    }

    async fn read(&self, now: Timestamp) -> Result<Configuration, StoreError> {
        let (store, read) = (&self.store, Configuration::read(&self.store, now).await?);
        let mail_faults = match self.sends_mail {
            true => mail::refused(store, &self.telegram).await?,
            false => Vec::new(),
        };
        Ok(Configuration {
            arrived: arrived(store, now).await?,
            unread_phones: self.unread_phones(&read).await?,
            unmapped: store.unmapped_counts().await?.into_iter().collect(),
            endpoints: self.endpoints.endpoints(Page { limit: ENDPOINTS_MAX, after: None }).await?,
            telegram: self.telegram.setup().await?,
            mail_faults,
            ..read
        })
    }

    async fn unread_phones(&self, of: &Configuration) -> Result<BTreeMap<SourceId, u64>, StoreError> {
        let mut counts = BTreeMap::new();
        let may_lack = of.books.iter().any(|book| lacks_region(&book.source, self.phones));
        let mut behind = Some(LeadId(0)).filter(|_| may_lack);
        for _ in 0..PREVIEW_ROWS / STEP_ROWS {
            let Some(from) = behind else { break };
            let (phones, last) = reread::page(&self.store, from).await?;
            behind = last;
            for phone in phones {
                let source = sent_by(&phone).and_then(|id| of.source(id));
                if let Some(source) = source.filter(|it| lacks_region(it, self.phones)) {
                    *counts.entry(source.id).or_default() += 1;
                }
            }
        }
        Ok(counts)
    }
}

/// Whether phones of a source cannot be read without a country code, on a server with these rules.
pub(super) fn lacks_region(source: &Source, server: PhoneRules) -> bool {
    let rules = PhoneRules::of_source(source).or(server);
    rules.region.is_none() && !rules.begins_with_country
}

/// Which source sent a phone that lacks a country code. Of somebody who came from several nobody knows.
pub(super) fn sent_by(phone: &UnreadPhone) -> Option<SourceId> {
    match phone.sources[..] {
        [(source, _)] if is_local(&phone.value) => Some(source),
        _ => None,
    }
}

/// Whether something may be a phone as people of a country write it to one another.
fn is_local(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    !value.starts_with('+') && (5..=15).contains(&digits) && !value.chars().any(char::is_alphabetic)
}

async fn arrived(store: &Store, now: Timestamp) -> Result<BTreeMap<SourceId, u64>, StoreError> {
    let today = day_of(now);
    let [from, to] = [today - ARRIVAL_DAYS, today].map(|day| Timestamp(day.saturating_mul(DAY_MICROS)));
    let rows = store.report(ReportQuery { from, to, source: None, whose: Whose::Everybody, facts_max: 0 }).await?;
    let mut arrived = BTreeMap::new();
    for (key, day) in &rows.days {
        *arrived.entry(key.source).or_default() += day.count(FactKind::Arrived);
    }
    for fact in rows.facts.iter().filter(|fact| fact.kind == FactKind::Arrived) {
        *arrived.entry(fact.source).or_default() += 1;
    }
    Ok(arrived)
}

impl Configuration {
    /// Sources and operators alone.
    async fn read(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let (operators, books) = store.staff().await?;
        Ok(Self::new(operators, books, now))
    }

    /// Sources and operators, both by id, alone.
    #[must_use]
    pub fn new(operators: Vec<Operator>, books: Vec<SourceMembers>, now: Timestamp) -> Self {
        let (arrived, unread_phones, unmapped) = Default::default();
        let (endpoints, telegram, mail_faults) = Default::default();
        Self { now, operators, books, arrived, unread_phones, unmapped, endpoints, telegram, mail_faults }
    }

    pub(super) fn book(&self, id: SourceId) -> Option<&SourceMembers> {
        let place = self.books.binary_search_by_key(&id, |book| book.source.id).ok()?;
        self.books.get(place)
    }

    pub(super) fn source(&self, id: SourceId) -> Option<&Source> {
        self.book(id).map(|book| &book.source)
    }

    pub(super) fn operator(&self, id: OperatorId) -> Option<&Operator> {
        let place = self.operators.binary_search_by_key(&id, |operator| operator.id).ok()?;
        self.operators.get(place)
    }

    /// The sources of each operator, with their weights.
    pub(super) fn memberships(&self) -> BTreeMap<OperatorId, Vec<(&SourceMembers, u32)>> {
        let mut memberships: BTreeMap<OperatorId, Vec<_>> = BTreeMap::new();
        for book in &self.books {
            for (operator, weight) in &book.members {
                memberships.entry(operator.id).or_default().push((book, *weight));
            }
        }
        memberships
    }
}
