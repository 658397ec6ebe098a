//! Setting the hours of operators, and compiling those of all who go by a calendar again.

use super::{Compiler, opening};
use crate::App;
use crate::auth::Caller;
use crate::batcher::{Batcher, ExecuteError};
use crate::hours_outlook::CalendarOutlook;
use crate::permission::Requester;
use crate::version::Precondition;
use maitred_calendar::{Mistake, Personal};
use maitred_core::command::{HoursEdit, OperatorEdit};
use maitred_core::hours::Hours;
use maitred_core::{
    Calendar, CalendarId, Command, Operator, OperatorId, Outcome, Rejection, Source, SourceId, Timestamp,
};
use maitred_store::views::Page;
use maitred_store::{Store, StoreError, clock};
use std::fmt;
use std::sync::Arc;

/// How many times hours are compiled when somebody else changes what they are compiled from at the same moment.
pub(super) const TRIES: usize = 5;
/// How many operators or sources are read at a time.
const PAGE_ROWS: u32 = 256;

/// What is to be different about the hours of an operator; without anything they are compiled again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoursChange {
    /// By which calendar they work; `Some(None)`: always.
    pub calendar: Option<Option<CalendarId>>,
    /// Their exceptions and leave.
    pub personal: Option<Personal>,
}

/// Why hours were not set. Nothing changed.
#[derive(Clone, Debug)]
pub enum SetHoursError {
    UnknownOperator(OperatorId),
    UnknownSource(SourceId),
    UnknownCalendar(CalendarId),
    /// Exceptions and leave are those from a calendar, and the operator has none.
    NoCalendar,
    /// What is wrong with exceptions and leave, or with the calendar as this node reads it.
    Mistakes(Vec<Mistake>),
    Execute(ExecuteError),
    Store(Arc<StoreError>),
}

impl fmt::Display for SetHoursError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownOperator(id) => write!(f, "there is no operator {id}"),
            Self::UnknownSource(id) => write!(f, "there is no source {id}"),
            Self::UnknownCalendar(id) => write!(f, "there is no calendar {id}"),
            Self::NoCalendar => f.write_str("the operator has no calendar; give them one first"),
            Self::Mistakes(mistakes) => {
                let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
                f.write_str(&mistakes.join("; "))
            }
            Self::Execute(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SetHoursError {}

impl From<StoreError> for SetHoursError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

/// Edits an operator, with a change of their hours, for a caller. The operator as they are then.
///
/// # Errors
/// [`SetHoursError`] says why not.
pub async fn set_hours(
    app: &App,
    caller: &Caller,
    precondition: Option<Precondition>,
    id: OperatorId,
    edit: OperatorEdit,
    change: &HoursChange,
) -> Result<Operator, SetHoursError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let hours = prepare(app.store(), &mut Compiler::default(), id, change, clock::now()).await?;
        let command = Command::EditOperator(id, OperatorEdit { hours: Some(hours), ..edit.clone() });
        match app.execute(caller, command, Vec::new(), precondition.clone()).await {
            Ok(Outcome::Operator(operator)) => return Ok(operator),
            Err(error) if is_outdated(&error) && tries < TRIES => {}
            Err(error) => return Err(SetHoursError::Execute(error)),
            Ok(other) => unreachable!("editing an operator answers with {}", other.kind()),
        }
    }
}

/// Compiles the hours of an operator again, as maitred itself, unless they are current.
///
/// # Errors
/// [`SetHoursError`] says why not; that somebody else just set them is no error.
async fn recompile(
    batcher: &Batcher,
    store: &Store,
    compiler: &mut Compiler,
    id: OperatorId,
) -> Result<(), SetHoursError> {
    let hours = prepare(store, compiler, id, &HoursChange::default(), clock::now()).await?;
    let command = Command::EditOperator(id, OperatorEdit { hours: Some(hours), ..OperatorEdit::default() });
    match batcher.execute(Requester::SYSTEM, command).await {
        Ok(_) => Ok(()),
        Err(error) if is_outdated(&error) => Ok(()),
        Err(error) => Err(SetHoursError::Execute(error)),
    }
}

/// Compiles the hours of all who go by a calendar again, where they are not current. How many that were.
///
/// # Errors
/// [`SetHoursError`] says why not; others behind it are left to [`crate::jobs::CompileHours`].
pub async fn recompile_users(app: &App, id: CalendarId) -> Result<u64, SetHoursError> {
    let Some(calendar) = app.store().calendar(id).await? else { return Ok(0) };
    let mut users = Users::of(app, &calendar);
    users.compile().await?;
    users.mistakes.map_or(Ok(users.compiled), |(_, mistakes)| Err(SetHoursError::Mistakes(mistakes)))
}

/// The same, and what is known of their hours then. Those of one who cannot be compiled stay as they are.
///
/// # Errors
/// [`SetHoursError`] for anything but mistakes.
pub async fn outlook(app: &App, calendar: &Calendar) -> Result<CalendarOutlook, SetHoursError> {
    let mut users = Users::of(app, calendar);
    users.compile().await?;
    if let Some((who, mistakes)) = users.mistakes {
        let what = SetHoursError::Mistakes(mistakes).to_string();
        tracing::warn!(calendar = calendar.id.0, what, who, "hours cannot be compiled; trying again");
        users.outlook.fail(format!("{who}: {what}"));
    }
    Ok(users.outlook)
}

/// All who go by a calendar, on their way through compiling.
struct Users<'a> {
    app: &'a App,
    calendar: &'a Calendar,
    compiler: Compiler,
    compiled: u64,
    /// Of the first who has any, and who that is.
    mistakes: Option<(String, Vec<Mistake>)>,
    outlook: CalendarOutlook,
}

impl<'a> Users<'a> {
    fn of(app: &'a App, calendar: &'a Calendar) -> Self {
        let outlook = CalendarOutlook::new(calendar);
        Self { app, calendar, compiler: Compiler::default(), compiled: 0, mistakes: None, outlook }
    }

    async fn compile(&mut self) -> Result<(), SetHoursError> {
        let (store, id) = (self.app.store(), self.calendar.id);
        let mut after = None;
        loop {
            let operators = store.calendar_users(id, Page { limit: PAGE_ROWS, after }).await?;
            for operator in &operators {
                self.operator(operator).await?;
            }
            after = operators.last().filter(|_| operators.len() == PAGE_ROWS as usize).map(|last| last.id.0);
            if after.is_none() {
                break;
            }
        }
        loop {
            let sources = store.calendar_sources(id, Page { limit: PAGE_ROWS, after }).await?;
            for source in &sources {
                self.source(source).await?;
            }
            after = sources.last().filter(|_| sources.len() == PAGE_ROWS as usize).map(|last| last.id.0);
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn operator(&mut self, operator: &Operator) -> Result<(), SetHoursError> {
        let mut hours = operator.hours.clone();
        if !self.are_current(hours.as_deref()) {
            let done = recompile(self.app.batcher(), self.app.store(), &mut self.compiler, operator.id).await;
            if self.note(done, || format!("operator {}", operator.id))? {
                hours = self.app.store().operator(operator.id).await?.and_then(|operator| operator.hours);
            }
        }
        hours.into_iter().for_each(|hours| self.outlook.add(&hours));
        Ok(())
    }

    async fn source(&mut self, source: &Source) -> Result<(), SetHoursError> {
        let mut hours = source.hours.clone();
        if !self.are_current(hours.as_deref()) {
            let done = opening::recompile(self.app.batcher(), self.app.store(), &mut self.compiler, source.id).await;
            if self.note(done, || format!("source {}", source.id))? {
                hours = self.app.store().source(source.id).await?.and_then(|source| source.hours);
            }
        }
        hours.into_iter().for_each(|hours| self.outlook.add(&hours));
        Ok(())
    }

    fn are_current(&self, hours: Option<&Hours>) -> bool {
        Compiler::are_current(hours, self.calendar, clock::now())
    }

    /// Whether it was compiled. One who has mistakes is no reason to leave out the others.
    fn note(&mut self, done: Result<(), SetHoursError>, who: impl Fn() -> String) -> Result<bool, SetHoursError> {
        match done {
            Ok(()) => self.compiled += 1,
            Err(SetHoursError::Mistakes(mistakes)) => {
                self.mistakes.get_or_insert_with(|| (who(), mistakes));
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        Ok(true)
    }
}

/// Compiles what an edit of a calendar changes, before somebody is told that it was made. What cannot be compiled now
/// is left to [`crate::jobs::CompileHours`].
pub async fn follow_edit(app: &App, id: CalendarId) {
    if let Err(error) = recompile_users(app, id).await {
        tracing::warn!(%error, calendar = id.0, "hours by an edited calendar were not compiled; a job goes on with it");
    }
}

pub(super) fn is_outdated(error: &ExecuteError) -> bool {
    use Rejection::{CalendarChanged, HoursChanged, SourceHoursChanged};
    matches!(error, ExecuteError::Rejected(HoursChanged(_) | SourceHoursChanged(_) | CalendarChanged(_)))
}

async fn prepare(
    store: &Store,
    compiler: &mut Compiler,
    id: OperatorId,
    change: &HoursChange,
    now: Timestamp,
) -> Result<HoursEdit, SetHoursError> {
    let operator = store.operator(id).await?.ok_or(SetHoursError::UnknownOperator(id))?;
    let calendar = change.calendar.unwrap_or(operator.calendar);
    let personal = match &change.personal {
        Some(personal) => stored(personal),
        None => store.personal_times(id).await?,
    };
    if calendar.is_none() && change.personal.is_some() && personal.is_some() {
        return Err(SetHoursError::NoCalendar);
    }
    let calendar = match calendar {
        None => None,
        Some(id) => {
            let calendar = store.calendar(id).await?.ok_or(SetHoursError::UnknownCalendar(id))?;
            let hours = compiler.hours(&calendar, personal.as_deref(), now).map_err(SetHoursError::Mistakes)?;
            Some((id, hours))
        }
    };
    Ok(HoursEdit { revision: operator.hours_revision, calendar, personal })
}

/// The text that is kept; none of what says nothing.
fn stored(personal: &Personal) -> Option<Arc<str>> {
    let says_something = *personal != Personal::default();
    says_something.then(|| serde_json::to_string(personal).expect("texts are JSON").into())
}
