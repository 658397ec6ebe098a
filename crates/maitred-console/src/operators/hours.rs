//! When an operator works, on their page: the calendar, and exceptions and leave of their own.

use crate::calendars::{text, wrong};
use crate::forms::Form;
use crate::shell::Viewer;
use maitred_app::calendars::{HoursChange, SetHoursError, personal, set_hours};
use maitred_app::version::Precondition;
use maitred_calendar::{Calendar, Personal};
use maitred_core::command::OperatorEdit;
use maitred_core::{CalendarId, Operator, OperatorId};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, hours_not_set};

/// What the form is made of.
pub(super) async fn fields(state: &AppState, operator: &Operator) -> Result<[(&'static str, String); 3], Problem> {
    let personal = personal(state.store().personal_times(operator.id).await?.as_deref());
    Ok([
        ("calendar_id", operator.calendar.map(|id| id.to_string()).unwrap_or_default()),
        ("exceptions", text::exceptions_text(&personal.exceptions)),
        ("leave", text::leave_text(&personal.leave)),
    ])
}

/// What the form changes; nothing if all is as it is stored. A form without these fields changes nothing.
pub(super) fn change(form: &Form, stored: &[(&'static str, String)]) -> Option<HoursChange> {
    let differs = |name: &str, now: &str| form.is_ticked(name) && lines(form.value(name)) != lines(now);
    let [calendar, exceptions, leave] = ["calendar_id", "exceptions", "leave"]
        .map(|name| stored.iter().any(|(field, now)| *field == name && differs(name, now)));
    let personal = (exceptions || leave).then(|| Personal {
        exceptions: text::exceptions(form.value("exceptions")),
        leave: text::leave(form.value("leave")),
    });
    let chosen = form.value("calendar_id").parse().ok().map(CalendarId);
    (calendar || personal.is_some()).then_some(HoursChange { calendar: calendar.then_some(chosen), personal })
}

/// Browsers send other line breaks than those that were stored.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// Edits the operator with their hours; what is wrong is noted in the form, and then it is false.
pub(super) async fn set(
    viewer: &Viewer,
    state: &AppState,
    form: &mut Form,
    id: OperatorId,
    (edit, unchanged): (OperatorEdit, Precondition),
    change: &HoursChange,
) -> Result<bool, Problem> {
    match set_hours(state.app(), &caller()?, Some(unchanged), id, edit, change).await {
        Ok(_) => return Ok(true),
        Err(SetHoursError::Mistakes(mistakes)) => wrong::note(viewer.t, form, &Calendar::default(), &mistakes),
        Err(SetHoursError::NoCalendar) => form.fail("calendar_id", viewer.t.t("operator-no-calendar")),
        Err(error) => form.refuse(viewer.t, hours_not_set(error, IN_PATH))?,
    }
    Ok(false)
}
