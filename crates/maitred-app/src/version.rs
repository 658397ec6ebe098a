//! Versions of what callers may change. A caller says which version they saw, and their command is carried out only if
//! it is still the one that is there: the later of two edits does not take back the earlier one unseen.

use maitred_core::{
    Calendar, CalendarId, Contact, ContactId, Lead, LeadId, Operator, OperatorId, Source, SourceId, World,
};
use maitred_store::endpoints::Endpoint;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;

/// Stands for what can be edited of one thing: equal for equal values, whenever they were set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version([u8; 8]);

impl Version {
    #[must_use]
    pub fn of_contact(contact: &Contact) -> Self {
        Self::of(contact)
    }

    /// Identities are part of it: `updated_at` changes with them.
    #[must_use]
    pub fn of_lead(lead: &Lead) -> Self {
        Self::of(lead)
    }

    /// Of the settings: loads change all the time.
    #[must_use]
    pub fn of_operator(operator: &Operator) -> Self {
        let Operator { id, name, external_id, notify_email, is_active, max_load, calendar, away_after_s, .. } =
            operator;
        Self::of(&(id, name, external_id, notify_email, is_active, max_load, calendar, away_after_s))
    }

    #[must_use]
    pub fn of_calendar(calendar: &Calendar) -> Self {
        Self::of(calendar)
    }

    /// Of the exceptions and the leave of an operator: of how many times their hours were set.
    #[must_use]
    pub fn of_times(operator: &Operator) -> Self {
        Self::of(&(operator.id, operator.hours_revision))
    }

    /// Of the caps of an operator: what they have counted changes all the time.
    #[must_use]
    pub fn of_caps(operator: &Operator) -> Self {
        Self::of(&(operator.id, operator.caps_on_all().map(|cap| &cap.rule).collect::<Vec<_>>()))
    }

    /// The same of a source.
    #[must_use]
    pub fn of_source_caps(source: &Source) -> Self {
        Self::of(&(source.id, source.all_caps().map(|cap| &cap.rule).collect::<Vec<_>>()))
    }

    /// Of the settings: hours are compiled again now and then, and counted up to the present, and caps are set apart.
    #[must_use]
    pub fn of_source(source: &Source) -> Self {
        let settings = Source { hours: None, hours_revision: 0, hours_seen_at: None, caps: None, ..source.clone() };
        Self::of(&settings)
    }

    /// Of an endpoint of webhooks: of what people have changed of it, not of what it was sent.
    #[must_use]
    pub fn of_endpoint(endpoint: &Endpoint) -> Self {
        Self::of(&(endpoint.id, endpoint.generation))
    }

    /// Of the table of a source, by operator.
    #[must_use]
    pub fn of_weights(weights: impl IntoIterator<Item = (OperatorId, u32)>) -> Self {
        Self::of(&weights.into_iter().collect::<Vec<_>>())
    }

    fn of(value: &impl Serialize) -> Self {
        // What is serialised has neither maps nor anything else that could fail.
        let text = serde_json::to_vec(value).unwrap_or_default();
        let whole = Sha256::digest(&text);
        Self(std::array::from_fn(|at| whole[at]))
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a version is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Contact(ContactId),
    Lead(LeadId),
    Operator(OperatorId),
    /// Exceptions and leave of an operator.
    Times(OperatorId),
    /// The caps of an operator, whatever they have counted.
    Caps(OperatorId),
    /// The same of a source.
    SourceCaps(SourceId),
    Calendar(CalendarId),
    Source(SourceId),
    /// The weights of a source.
    Weights(SourceId),
}

impl Subject {
    /// None if it is not there.
    fn version(self, world: &World) -> Option<Version> {
        match self {
            Self::Contact(id) => world.contact(id).ok().map(Version::of_contact),
            Self::Lead(id) => world.lead(id).ok().map(Version::of_lead),
            Self::Operator(id) => world.operator(id).ok().map(Version::of_operator),
            Self::Times(id) => world.operator(id).ok().map(Version::of_times),
            Self::Caps(id) => world.operator(id).ok().map(Version::of_caps),
            Self::SourceCaps(id) => world.source(id).ok().map(|state| Version::of_source_caps(&state.source)),
            Self::Calendar(id) => world.calendar(id).ok().map(Version::of_calendar),
            Self::Source(id) => world.source(id).ok().map(|state| Version::of_source(&state.source)),
            Self::Weights(id) => world
                .source(id)
                .ok()
                .map(|state| Version::of_weights(state.pool().candidates().iter().map(|it| (it.operator, it.weight)))),
        }
    }
}

/// What must not have changed when a command's turn comes. The command itself is about the same subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    pub subject: Subject,
    /// The versions, as they are displayed, of which any is fine.
    pub versions: Vec<String>,
}

impl Precondition {
    /// That this version is there.
    #[must_use]
    pub fn of(subject: Subject, version: Version) -> Self {
        Self { subject, versions: vec![version.to_string()] }
    }

    /// Whether the subject has one of these versions. For one that does not exist it holds: the rules say that there is
    /// none.
    #[must_use]
    pub fn holds(&self, world: &World) -> bool {
        self.subject.version(world).is_none_or(|now| self.versions.contains(&now.to_string()))
    }
}
