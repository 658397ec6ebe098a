//! How soon contacts of a source are to be answered, and how their priority rises. The *first response* to a contact is
//! the first thing that somebody does for its lead: accepting it, resolving it, or saying that they called or wrote. A
//! source may say within how many seconds that is to be; a contact without a response by then is *overdue*, which is
//! told once.
//!
//! The priority of a waiting contact may *age*: once it has waited for so long, it has at least the priority of that
//! step. A contact that nobody accepts for too long may rise as well. What was sent stays beside what counts.

use crate::hours::Hours;
use crate::ids::Timestamp;
use crate::limits::{self, Invalid};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most steps of a source.
pub const AGEING_STEPS_MAX: usize = 8;

/// Who has waited for so long has at least this priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeingStep {
    /// Seconds from the arrival, from the time for which it was scheduled, or from when it was reopened.
    pub after_s: u32,
    pub priority: i32,
}

impl AgeingStep {
    /// When it is reached by a contact that waits since this moment.
    #[must_use]
    pub fn at(self, since: Timestamp) -> Timestamp {
        since.plus_seconds(self.after_s)
    }
}

/// Checks the steps of a source, each as seconds and priority.
///
/// # Errors
/// [`Invalid`] names all that is wrong.
pub fn ageing_steps(sent: &[(i64, i64)]) -> Result<Arc<[AgeingStep]>, Invalid> {
    if sent.len() > AGEING_STEPS_MAX {
        return Err(Invalid(format!("has {} steps; give at most {AGEING_STEPS_MAX}", sent.len())));
    }
    let mut wrong = Vec::new();
    let mut steps = Vec::new();
    for (place, (after_s, priority)) in sent.iter().enumerate() {
        let mut of = |what: &str, Invalid(why): Invalid| wrong.push(format!("{what} of step {} {why}", place + 1));
        let after_s = limits::ageing_seconds(*after_s).map_err(|why| of("after_s", why)).ok();
        let priority = limits::priority(*priority).map_err(|why| of("priority", why)).ok();
        let last = steps.last().map(|last: &AgeingStep| last.after_s);
        if let Some(last) = last.filter(|last| after_s.is_some_and(|after_s| after_s <= *last)) {
            of("after_s", Invalid(format!("does not rise; give more than the {last} of the step before")));
        }
        steps.extend(after_s.zip(priority).map(|(after_s, priority)| AgeingStep { after_s, priority }));
    }
    match wrong.is_empty() {
        true => Ok(steps.into()),
        false => Err(Invalid(format!("is wrong: {}", wrong.join("; ")))),
    }
}

/// By when contacts of a source are to be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgencyRules {
    /// Within how many seconds a contact is to have its first response; none if that does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_within_s: Option<u32>,
    /// How the priority of those who wait rises: `after_s` rises from step to step.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub ageing: Arc<[AgeingStep]>,
    /// The least priority of a contact that nobody accepted in as many rounds of offers as its source allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_priority: Option<i32>,
}

fn is_empty(steps: &Arc<[AgeingStep]>) -> bool {
    steps.is_empty()
}

impl UrgencyRules {
    #[must_use]
    pub fn are_default(&self) -> bool {
        *self == Self::default()
    }

    /// By when a contact is to be answered whose time counts from this moment: where there are hours, in open time
    /// alone. None if there is no such time, or hours are not known so far ahead.
    #[must_use]
    pub fn respond_by(&self, from: Timestamp, hours: Option<&Hours>) -> Option<Timestamp> {
        let seconds = self.respond_within_s?;
        match hours {
            Some(hours) => hours.open.add_open(from, i64::from(seconds) * 1_000_000),
            None => Some(from.plus_seconds(seconds)),
        }
    }
}

/// By what somebody responded, as they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseKind {
    /// They called.
    Call,
    /// They wrote.
    Message,
    /// Something else, or they do not say.
    Other,
}

impl ResponseKind {
    pub const ALL: [Self; 3] = [Self::Call, Self::Message, Self::Other];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Message => "message",
            Self::Other => "other",
        }
    }
}
