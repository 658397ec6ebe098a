//! Checks of the configuration: what keeps contacts from people, or people from contacts, and how to fix it. Checks are
//! functions of what was read ([`Configuration`]); who may get what comes from [`crate::coverage`]. docs/coverage.md
//! lists every finding.

mod channels;
mod configuration;
mod operators;
mod says;
mod sources;
#[cfg(test)]
mod tests;

pub use configuration::{Configuration, Places};

use crate::computed::computed;
use crate::telegram::BotFault;
use maitred_core::event::EndpointFault;
use maitred_core::{EndpointId, OperatorId, SourceId, Timestamp};
use maitred_store::clock::Rfc3339;
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The most findings that are listed, the worst first.
pub const FINDINGS_MAX: usize = 500;

/// How bad a finding is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Contacts reach nobody, or events no endpoint.
    Error,
    /// They will, or some of them do.
    Warning,
    /// Probably meant, and worth a look.
    Advice,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Advice];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectId {
    Source(SourceId),
    Operator(OperatorId),
    Endpoint(EndpointId),
}

impl SubjectId {
    /// The word used in JSON.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Source(_) => "source",
            Self::Operator(_) => "operator",
            Self::Endpoint(_) => "endpoint",
        }
    }

    #[must_use]
    pub const fn id(self) -> i64 {
        match self {
            Self::Source(id) => id.0,
            Self::Operator(id) => id.0,
            Self::Endpoint(id) => id.0,
        }
    }
}

/// What is wrong, with the figures that its sentence has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No operator serves the source.
    NoOperators,
    /// Its operators all have the weight 0.
    NoWeights,
    /// All with a weight are switched off, or may hold no contact.
    NobodyActive,
    /// So many have a weight, and none of them is there now.
    NobodyNow(u64),
    /// It is open and nobody is on shift: so many times, so many hours together.
    NobodyLater { times: u64, hours: u64, has_calendar: bool },
    /// It is closed all the time that is known.
    NeverOpen,
    /// So many contacts arrived in seven days, and its caps let it give away so many.
    CapsBelowArrivals { arrived: u64, allowed: u64 },
    /// So many of its phones came without a country code, and it has no country.
    NoRegion(u64),
    /// It and the source with this name, to which its contacts go while it is closed, are closed together.
    FallbackClosed(Arc<str>),
    /// Nobody serves the source with this name, to which its contacts go while it is closed.
    FallbackUnserved(Arc<str>),
    /// So many payloads could not be read as contacts.
    Unmapped(u64),
    /// Nothing is heard from its bot.
    Bot(BotFault),
    /// They are switched off, and have a weight on so many sources.
    Inactive(u64),
    /// They serve no source.
    NoSources,
    /// Their weight is 0 everywhere.
    NoWeight,
    /// They may hold no contact.
    NoRoom,
    /// Their calendar has no hours in the time ahead.
    NeverOnShift,
    /// Of the source with this name their weight entitles them to so many a week, and their caps allow so many.
    ShareAboveCaps { source: Arc<str>, expected: u64, allowed: u64 },
    /// Their chat does not take messages.
    ChatBlocked,
    /// Their address does not take mail.
    MailRefused,
    /// The endpoint gets nothing: for a fault, or as somebody switched it off.
    EndpointDisabled(Option<EndpointFault>),
    /// So many calls of it failed since one succeeded.
    EndpointFailing(u64),
}

impl Fault {
    /// The stable word for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoOperators => "source_without_operators",
            Self::NoWeights => "source_without_weights",
            Self::NobodyActive => "source_nobody_active",
            Self::NobodyNow(_) => "source_nobody_now",
            Self::NobodyLater { .. } => "source_nobody_later",
            Self::NeverOpen => "source_never_open",
            Self::CapsBelowArrivals { .. } => "source_caps_below_arrivals",
            Self::NoRegion(_) => "source_without_region",
            Self::FallbackClosed(_) => "fallback_closed",
            Self::FallbackUnserved(_) => "fallback_unserved",
            Self::Unmapped(_) => "intake_unmapped",
            Self::Bot(_) => "bot_fault",
            Self::Inactive(_) => "operator_inactive",
            Self::NoSources => "operator_without_sources",
            Self::NoWeight => "operator_without_weight",
            Self::NoRoom => "operator_without_room",
            Self::NeverOnShift => "operator_never_on_shift",
            Self::ShareAboveCaps { .. } => "share_above_caps",
            Self::ChatBlocked => "chat_blocked",
            Self::MailRefused => "mail_refused",
            Self::EndpointDisabled(_) => "endpoint_disabled",
            Self::EndpointFailing(_) => "endpoint_failing",
        }
    }

    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::NoOperators
            | Self::NoWeights
            | Self::NobodyActive
            | Self::NobodyNow(_)
            | Self::Bot(_)
            | Self::EndpointDisabled(Some(_)) => Severity::Error,
            Self::NobodyLater { has_calendar: false, .. } | Self::Inactive(_) | Self::EndpointDisabled(None) => {
                Severity::Advice
            }
            _ => Severity::Warning,
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub fault: Fault,
    pub subject: SubjectId,
    /// How the subject is called.
    pub name: Arc<str>,
    /// Since when, or from when on; none: now.
    pub from: Option<Timestamp>,
    /// When it ends by itself, if it does.
    pub until: Option<Timestamp>,
}

impl Finding {
    fn new(fault: Fault, subject: SubjectId, name: &Arc<str>) -> Self {
        Self { fault, subject, name: name.clone(), from: None, until: None }
    }

    fn since(self, from: Option<Timestamp>) -> Self {
        Self { from, ..self }
    }

    fn until(self, until: Option<Timestamp>) -> Self {
        Self { until, ..self }
    }
}

/// All that is wrong with a configuration, the worst first, at most [`FINDINGS_MAX`].
#[must_use]
pub fn check(of: &Configuration) -> Vec<Finding> {
    let mut findings: Vec<Finding> = of.books.iter().flat_map(|book| sources::check(of, book)).collect();
    findings.extend(operators::check(of));
    findings.extend(channels::check(of));
    findings.sort_by_key(|it| (it.fault.severity(), it.subject, it.fault.code()));
    findings.truncate(FINDINGS_MAX);
    findings
}

/// The sources that nobody serves now, by id: what [`check`] says of them as well.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn uncovered(store: &Store, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let sources = store.members().await?;
    computed(move || sources.iter().filter_map(|it| sources::uncovered(it, now)).collect()).await
}

/// A finding as the API and the command line show it.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingBody {
    /// A word that stays as it is: docs/coverage.md lists all.
    #[schema(value_type = String, example = "source_nobody_later")]
    pub code: &'static str,
    pub severity: Severity,
    pub subject: SubjectBody,
    /// What is wrong.
    #[schema(example = "Bot is open while nobody is on shift: 5 times in the next 7 days, 12 hours together.")]
    pub message: String,
    /// How to fix it.
    #[schema(example = "Give somebody shifts at these hours, or let the source close.")]
    pub fix: String,
    /// Since when, or from when on; `null`: now.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub from: Option<Rfc3339>,
    /// When it ends by itself; `null` if it does not, or that is not known.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    pub until: Option<Rfc3339>,
}

/// What a finding is about.
#[derive(Serialize, ToSchema)]
#[schema(as = FindingSubject)]
pub struct SubjectBody {
    /// `source`, `operator` or `endpoint`.
    #[schema(value_type = String, example = "source")]
    pub kind: &'static str,
    #[schema(example = 1)]
    pub id: i64,
    /// Its name; of an endpoint its URL.
    #[schema(value_type = String, example = "Bot")]
    pub name: Arc<str>,
}

impl From<&Finding> for FindingBody {
    fn from(finding: &Finding) -> Self {
        let Finding { fault, subject, name, from, until } = finding;
        Self {
            code: fault.code(),
            severity: fault.severity(),
            subject: SubjectBody { kind: subject.kind(), id: subject.id(), name: name.clone() },
            message: fault.message(name),
            fix: fault.fix().to_owned(),
            from: from.map(Rfc3339),
            until: until.map(Rfc3339),
        }
    }
}
