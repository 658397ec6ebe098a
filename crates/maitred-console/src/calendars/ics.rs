//! A calendar as an iCalendar file, to be downloaded, and closed days from the file of another program. What a file
//! says is put into the form of the calendar, with what it comes to; nothing is saved before somebody presses Save.

use super::{Weeks, calendar, fields, first, show_page, text, wrong};
use crate::calendars::USERS_SHOWN;
use crate::forms::Form;
use crate::import::FileForm;
use crate::shell::Viewer;
use crate::texts::Texts;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maitred_app::calendars::{definition, written};
use maitred_app::periods;
use maitred_calendar::ics::{self, Event, EventTime, Import, ReadError, Refused};
use maitred_calendar::{Calendar as Definition, zones};
use maitred_core::Timestamp;
use maitred_core::intervals::Interval;
use maitred_web::AppState;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::kinds;
use std::collections::BTreeSet;

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;
/// For how many days ahead a file is written.
const WRITTEN_DAYS: i64 = 366;
/// For how many days ahead closed days are taken from a file, as `maitred calendar import` does.
const READ_DAYS: i64 = 3 * 366;
/// Days, and events that were left out, that the page names of each; the rest is counted.
pub(crate) const NAMED_MAX: usize = 50;

/// What a file says, beside what the calendar has.
pub(super) struct Imported {
    /// Days that would be closed, with the summaries of their events.
    pub days: Vec<(String, String)>,
    pub more_days: usize,
    /// Days of the file that have an exception already.
    pub known: usize,
    /// Events that take no whole days.
    pub timed: usize,
    /// Events that were left out, and why.
    pub refused: Vec<String>,
    pub more_refused: usize,
}

impl Imported {
    fn of(t: Texts, file: &Import, new: &[String], known: usize) -> Self {
        let summary = |date: &String| {
            let of_day = file.events.iter().filter(|event| is_on(event, date)).map(|event| &*event.summary);
            of_day.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
        };
        let refused = file.refused.iter().take(NAMED_MAX).map(|refusal| {
            let values = [("line", refusal.line.into()), ("what", refused(t, &refusal.kind).into())];
            t.with("calendar-line", values)
        });
        Self {
            days: new.iter().take(NAMED_MAX).map(|date| (date.clone(), summary(date))).collect(),
            more_days: new.len().saturating_sub(NAMED_MAX),
            known,
            timed: file.events.iter().filter(|event| matches!(event.time, EventTime::Moments(_))).count(),
            refused: refused.collect(),
            more_refused: file.more_refused + file.refused.len().saturating_sub(NAMED_MAX),
        }
    }
}

fn is_on(event: &Event, date: &str) -> bool {
    match event.time {
        EventTime::Days { first, last } => (first.to_string().as_str()..=last.to_string().as_str()).contains(&date),
        EventTime::Moments(_) => false,
    }
}

/// `GET /calendars/{id}/hours.ics`: when it is open from now on, as `maitred calendar show --ics` writes it.
pub(super) async fn send(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
) -> Result<Response, Problem> {
    let calendar = calendar(&state, id).await?;
    let unreadable = || kinds::STORE_UNAVAILABLE.because("this server cannot read the calendar; see its log");
    let schedule = super::schedule_of(&calendar).ok_or_else(unreadable)?;
    let until = Timestamp(viewer.now.0.saturating_add(WRITTEN_DAYS * DAY_MICROS));
    let compiled = schedule.compile(Interval::new(viewer.now, until)).map_err(|error| Problem::internal(&error))?;
    let file = ics::write(&calendar.name, &id.to_string(), viewer.now, &compiled.open);
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"calendar-{id}.ics\"")),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, file).into_response())
}

/// `POST /calendars/{id}/import`: shows the form of the calendar with the closed days of a file in it.
pub(super) async fn preview(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    sent: FileForm,
) -> Result<Response, Problem> {
    let (calendar, t) = (calendar(&state, id).await?, viewer.t);
    let users = state.store().calendar_users(calendar.id, first(USERS_SHOWN + 1)).await?;
    let stored = definition(&calendar);
    let mut form = Form::stored(fields(&stored));
    let zone = periods::zone_or_utc(Some(&stored.zone));
    let ahead = Interval::new(viewer.now, Timestamp(viewer.now.0.saturating_add(READ_DAYS * DAY_MICROS)));
    let read = match sent.file.is_empty() {
        true => Err(t.t("calendar-ics-none")),
        false => ics::read(&sent.file, zones(), &zone, ahead).map_err(|error| unreadable(t, error)),
    };
    let file = match read {
        Ok(file) => file,
        Err(what) => {
            form.fail("file", what);
            return show_page(&viewer, &form, Some(&calendar), Weeks::none(), &users, None);
        }
    };
    let (after, imported) = merged(t, &stored, &file);
    form.take("exceptions");
    let mut form = form.and("exceptions", text::exceptions_text(&after.exceptions));
    let weeks = match written(&after) {
        Ok((_, schedule)) => Weeks::of(&viewer, super::schedule_of(&calendar).as_ref(), &schedule),
        Err(mistakes) => {
            wrong::note(t, &mut form, &after, &mistakes);
            Weeks::none()
        }
    };
    show_page(&viewer, &form, Some(&calendar), weeks, &users, Some(&imported))
}

/// The calendar with the days of a file, but for those that have an exception.
fn merged(t: Texts, stored: &Definition, file: &Import) -> (Definition, Imported) {
    let known: BTreeSet<&str> = stored.exceptions.iter().map(|it| &*it.date).collect();
    let all = file.exceptions();
    let count = all.len();
    let new: Vec<_> = all.into_iter().filter(|it| !known.contains(&*it.date)).collect();
    let dates: Vec<String> = new.iter().map(|it| it.date.clone()).collect();
    let imported = Imported::of(t, file, &dates, count - new.len());
    let mut exceptions = stored.exceptions.clone();
    exceptions.extend(new);
    exceptions.sort_by(|a, b| a.date.cmp(&b.date));
    (Definition { exceptions, ..stored.clone() }, imported)
}

fn unreadable(t: Texts, error: ReadError) -> String {
    t.t(match error {
        ReadError::TooLarge => "calendar-ics-too-large",
        ReadError::NotUtf8 => "calendar-ics-not-utf8",
        ReadError::NotACalendar => "calendar-ics-not-one",
    })
}

fn refused(t: Texts, why: &Refused) -> String {
    match why {
        Refused::NoStart => t.t("calendar-ics-no-start"),
        Refused::NotATime(name) => t.of("calendar-ics-not-a-time", name),
        Refused::NotALength => t.t("calendar-ics-not-a-length"),
        Refused::UnknownZone(name) => t.of("calendar-ics-zone", name),
        Refused::NoLength => t.t("calendar-ics-no-length"),
        Refused::Rule(part) => t.of("calendar-ics-rule", part),
        Refused::NotUnderstood(name) => t.of("calendar-ics-rule", name),
        Refused::RepeatsTooOften | Refused::TooMany => t.t("calendar-ics-too-many"),
        Refused::NotEnded => t.t("calendar-ics-not-ended"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;
    use maitred_calendar::{Exception, LocalInterval};

    const FILE: &str = "BEGIN:VCALENDAR\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270507\r\nDTEND;VALUE=DATE:20270509\r\nSUMMARY:Outing\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270508\r\nSUMMARY:Party\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART:20270510T090000Z\r\nDTEND:20270510T100000Z\r\nSUMMARY:Call\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nSUMMARY:Never\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn days_that_have_an_exception_stay_and_the_rest_is_named() {
        let closed = |date: &str| Exception { date: date.into(), kind: "closed".into(), intervals: Vec::new() };
        let only = Exception {
            kind: "only".into(),
            intervals: vec![LocalInterval("10:00".into(), "14:00".into())],
            ..closed("2027-05-07")
        };
        let stored = Definition { exceptions: vec![closed("2027-06-01"), only.clone()], ..Definition::default() };
        let zone = periods::zone_or_utc(None);
        let span = Interval::new(Timestamp(1_800_000_000_000_000), Timestamp(1_830_000_000_000_000));
        let file = ics::read(FILE.as_bytes(), zones(), &zone, span).expect("a file");
        let (after, imported) = merged(Texts(Lang::En), &stored, &file);
        assert_eq!(after.exceptions, [only, closed("2027-05-08"), closed("2027-06-01")]);
        assert_eq!(imported.days, [("2027-05-08".to_owned(), "Outing, Party".to_owned())]);
        assert_eq!((imported.known, imported.timed, imported.more_days, imported.more_refused), (1, 1, 0, 0));
        assert_eq!(imported.refused, ["Line 16: The event has no start."]);
    }
}
