//! Setting the hours of sources.

use super::Compiler;
use super::hours::{SetHoursError, TRIES, is_outdated};
use crate::App;
use crate::auth::Caller;
use crate::batcher::Batcher;
use crate::permission::Requester;
use crate::version::Precondition;
use maitred_core::command::{SourceEdit, SourceHoursEdit};
use maitred_core::hours::Hours;
use maitred_core::intervals::Interval;
use maitred_core::{CalendarId, Command, Outcome, Source, SourceId, Timestamp};
use maitred_store::{Store, clock};
use std::sync::Arc;

/// Edits a source, with the calendar by which it is open (none: always), for a caller. The source as it is then.
///
/// # Errors
/// [`SetHoursError`] says why not.
pub async fn set_opening(
    app: &App,
    caller: &Caller,
    precondition: Option<Precondition>,
    id: SourceId,
    edit: SourceEdit,
    calendar: Option<CalendarId>,
) -> Result<Source, SetHoursError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let source = app.store().source(id).await?.ok_or(SetHoursError::UnknownSource(id))?;
        let calendar = hours_of_new(app, calendar).await?;
        let hours = Some(SourceHoursEdit { revision: source.hours_revision, calendar });
        let command = Command::EditSource(id, SourceEdit { hours, ..edit.clone() });
        match app.execute(caller, command, Vec::new(), precondition.clone()).await {
            Ok(Outcome::Source(source)) => return Ok(source),
            Err(error) if is_outdated(&error) && tries < TRIES => {}
            Err(error) => return Err(SetHoursError::Execute(error)),
            Ok(other) => unreachable!("editing a source answers with {}", other.kind()),
        }
    }
}

/// The hours of a source that is to be added, if it has a calendar.
///
/// # Errors
/// [`SetHoursError`] says why there are none.
pub async fn hours_of_new(
    app: &App,
    calendar: Option<CalendarId>,
) -> Result<Option<(CalendarId, Arc<Hours>)>, SetHoursError> {
    let Some(id) = calendar else { return Ok(None) };
    match compiled(app.store(), &mut Compiler::default(), id, clock::now()).await {
        // The rules refuse these, unless the same request was answered before.
        Err(SetHoursError::UnknownCalendar(_)) => Ok(Some((id, Arc::new(of_no_calendar())))),
        compiled => compiled.map(Some),
    }
}

/// No calendar has the version 0.
fn of_no_calendar() -> Hours {
    let (open, leave) = Default::default();
    let span = Interval::new(Timestamp(0), Timestamp(0));
    Hours { calendar_version: 0, span, open, leave, stamp: Arc::default() }
}

/// Compiles the hours of a source again, as maitred itself. That somebody else just set them is no error.
pub(super) async fn recompile(
    batcher: &Batcher,
    store: &Store,
    compiler: &mut Compiler,
    id: SourceId,
) -> Result<(), SetHoursError> {
    let Some(source) = store.source(id).await? else { return Ok(()) };
    let Some(calendar) = source.calendar else { return Ok(()) };
    let calendar = Some(compiled(store, compiler, calendar, clock::now()).await?);
    let hours = Some(SourceHoursEdit { revision: source.hours_revision, calendar });
    let command = Command::EditSource(id, SourceEdit { hours, ..SourceEdit::default() });
    match batcher.execute(Requester::SYSTEM, command).await {
        Ok(_) => Ok(()),
        Err(error) if is_outdated(&error) => Ok(()),
        Err(error) => Err(SetHoursError::Execute(error)),
    }
}

async fn compiled(
    store: &Store,
    compiler: &mut Compiler,
    id: CalendarId,
    now: Timestamp,
) -> Result<(CalendarId, Arc<Hours>), SetHoursError> {
    let calendar = store.calendar(id).await?.ok_or(SetHoursError::UnknownCalendar(id))?;
    let hours = compiler.hours(&calendar, None, now).map_err(SetHoursError::Mistakes)?;
    Ok((id, hours))
}
