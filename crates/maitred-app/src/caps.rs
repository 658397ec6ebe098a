//! Caps as people ask for them, with the names of time zones, and keeping the offsets of these zones right.

use crate::App;
use crate::batcher::ExecuteError;
use crate::periods;
use crate::permission::Requester;
use crate::version::{Precondition, Subject, Version};
use jiff::tz::TimeZone;
use maitred_core::caps::{
    CAP_LIMIT_MAX, Cap, CapRule, ROLLING_LIMIT_MAX, ROLLING_SECONDS_MAX, Unit, Window, ZoneOffsets,
};
use maitred_core::command::{SetCaps, SetSourceCaps};
use maitred_core::limits::Invalid;
use maitred_core::{Command, Timestamp};
use maitred_store::clock;
use maitred_store::views::Page;
use std::sync::Arc;

/// How many operators, or sources, are read at a time.
const PAGE_ROWS: u32 = 256;

/// Over what a cap counts, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    Hour,
    Day,
    Week,
    Month,
    Rolling,
}

impl WindowKind {
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Rolling];

    /// The word used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Rolling => "rolling",
        }
    }

    #[must_use]
    pub const fn of(window: &Window) -> Self {
        match window {
            Window::Clock(Unit::Hour, _) => Self::Hour,
            Window::Clock(Unit::Day, _) => Self::Day,
            Window::Clock(Unit::Week, _) => Self::Week,
            Window::Clock(Unit::Month, _) => Self::Month,
            Window::Rolling(_) => Self::Rolling,
        }
    }

    const fn unit(self) -> Option<Unit> {
        match self {
            Self::Hour => Some(Unit::Hour),
            Self::Day => Some(Unit::Day),
            Self::Week => Some(Unit::Week),
            Self::Month => Some(Unit::Month),
            Self::Rolling => None,
        }
    }
}

/// What is wrong with a cap: the name of the field, and what.
pub type WrongField = (&'static str, Invalid);

/// The window that a request means: by the clock of a zone, of UTC without one; or over so many seconds.
///
/// # Errors
/// When a field is missing, does not belong to the kind, or means nothing.
pub fn window(
    kind: WindowKind,
    seconds: Option<u32>,
    zone: Option<&str>,
    now: Timestamp,
) -> Result<Window, WrongField> {
    match (kind.unit(), seconds, zone) {
        (None, None, _) => {
            let missing = format!("is missing; give the seconds of the window, 1 to {ROLLING_SECONDS_MAX}");
            Err(("seconds", Invalid(missing)))
        }
        (None, Some(_), Some(_)) => {
            Err(("zone", Invalid("goes only with windows by the clock; leave it out, or set window to day".to_owned())))
        }
        (None, Some(seconds), None) => Ok(Window::Rolling(seconds)),
        (Some(_), Some(_), _) => Err((
            "seconds",
            Invalid("goes only with rolling windows; leave it out, or set window to rolling".to_owned()),
        )),
        (Some(unit), None, zone) => {
            let name = zone.unwrap_or("UTC");
            let zone = periods::zone(name).map_err(|invalid| ("zone", invalid))?;
            Ok(Window::Clock(unit, offsets(name, &zone, now)))
        }
    }
}

/// Checks a limit, which is smaller for windows that remember each contact.
///
/// # Errors
/// When it is too large.
pub fn check_limit(limit: u32, window: &Window) -> Result<(), WrongField> {
    let most = if matches!(window, Window::Rolling(_)) { ROLLING_LIMIT_MAX } else { CAP_LIMIT_MAX };
    match (1..=most).contains(&limit) {
        true => Ok(()),
        false => Err(("limit", Invalid(format!("is {limit}; give 1 to {most} for this window")))),
    }
}

fn offsets(name: &str, zone: &TimeZone, now: Timestamp) -> ZoneOffsets {
    ZoneOffsets { name: name.into(), offsets: maitred_calendar::offsets::offsets(zone, now).into() }
}

/// Sets all caps again whose zones have other offsets by now: another year has begun, or there is new time zone data.
///
/// # Errors
/// When operators cannot be read or written.
pub async fn refresh_zones(app: &App) -> Result<(), ExecuteError> {
    refresh_operators(app).await?;
    refresh_sources(app).await
}

async fn refresh_operators(app: &App) -> Result<(), ExecuteError> {
    let mut after = None;
    loop {
        let read = app.store().operators(Page { limit: PAGE_ROWS, after }).await;
        let operators = read.map_err(|error| ExecuteError::Store(Arc::new(error)))?;
        for operator in &operators {
            if let Some(caps) = refreshed(operator.caps_on_all(), clock::now()) {
                let unchanged = Precondition::of(Subject::Caps(operator.id), Version::of_caps(operator));
                set_again(app, unchanged, Command::SetCaps(SetCaps { operator: operator.id, caps })).await?;
            }
        }
        match operators.last() {
            Some(last) if operators.len() == PAGE_ROWS as usize => after = Some(last.id.0),
            Some(_) | None => return Ok(()),
        }
    }
}

async fn refresh_sources(app: &App) -> Result<(), ExecuteError> {
    let mut after = None;
    loop {
        let read = app.store().sources(Page { limit: PAGE_ROWS, after }).await;
        let sources = read.map_err(|error| ExecuteError::Store(Arc::new(error)))?;
        for source in &sources {
            if let Some(caps) = refreshed(source.all_caps(), clock::now()) {
                let unchanged = Precondition::of(Subject::SourceCaps(source.id), Version::of_source_caps(source));
                set_again(app, unchanged, Command::SetSourceCaps(SetSourceCaps { source: source.id, caps })).await?;
            }
        }
        match sources.last() {
            Some(last) if sources.len() == PAGE_ROWS as usize => after = Some(last.id.0),
            Some(_) | None => return Ok(()),
        }
    }
}

async fn set_again(app: &App, unchanged: Precondition, command: Command) -> Result<(), ExecuteError> {
    match app.batcher().execute_if(unchanged, Requester::SYSTEM, command).await {
        // Somebody has just set them, or deleted a source that they name.
        Err(ExecuteError::Changed | ExecuteError::Rejected(_)) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Caps by the offsets of today, if these are others.
fn refreshed<'a>(caps: impl Iterator<Item = &'a Cap>, now: Timestamp) -> Option<Vec<CapRule>> {
    let before: Vec<&CapRule> = caps.map(|cap| &cap.rule).collect();
    let today = |rule: &CapRule| match &rule.window {
        Window::Clock(unit, stored) => match periods::zone(&stored.name) {
            Ok(zone) => CapRule { window: Window::Clock(*unit, offsets(&stored.name, &zone, now)), ..rule.clone() },
            Err(_) => rule.clone(),
        },
        Window::Rolling(_) => rule.clone(),
    };
    let after: Vec<CapRule> = before.iter().map(|rule| today(rule)).collect();
    let differs = before.iter().zip(&after).any(|(before, after)| *before != after);
    differs.then_some(after)
}
