//! Whether operators get new contacts: they are switched on and not paused. How pauses are shown and entered.

use crate::forms::{Form, whole};
use crate::shell::Viewer;
use crate::texts::Texts;
use crate::times;
use jiff::tz::TimeZone;
use maitred_core::command::{OperatorEdit, Pause};
use maitred_core::limits::{self, Invalid, PAUSE_MICROS_MAX, PAUSED_FOR_MISSES};
use maitred_core::{Command, Operator, OperatorId, Timestamp};
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::IN_PATH;
use std::sync::Arc;

const MICROS_PER_MINUTE: i64 = 60 * 1_000_000;

/// Whether they are switched on and not paused. By their calendar they may be off shift ([`crate::shifts`]).
pub(crate) fn gets_contacts(operator: &Operator, now: Timestamp) -> bool {
    operator.is_active && !operator.is_paused(now)
}

/// The same where no time is known: a pause whose end has come counts until a wake has ended it.
pub(crate) const fn is_on(operator: &Operator) -> bool {
    operator.is_active && operator.paused_at.is_none()
}

/// What is said of a pause.
pub(crate) struct Paused {
    /// When it ends by itself, as html.
    pub(crate) until: Option<String>,
    pub(crate) reason: Option<Arc<str>>,
}

impl Paused {
    /// None of somebody who is not paused; nor of somebody who is switched off, for then the end of a pause ends
    /// nothing.
    pub(crate) fn of(t: Texts, zone: &TimeZone, operator: &Operator, now: Timestamp) -> Option<Self> {
        let until = operator.paused_until.map(|at| times::soon(t, zone, now, at));
        let is_told = operator.is_active && operator.is_paused(now);
        let reason = operator.pause_reason.clone().map(|reason| match &*reason {
            PAUSED_FOR_MISSES => t.t("operator-no-answer").into(),
            _ => reason,
        });
        is_told.then_some(Self { until, reason })
    }
}

/// Switches an operator off, or has them get contacts again, whatever kept them from it.
pub(crate) async fn switch(state: &AppState, id: OperatorId, gets_contacts: bool) -> Result<(), Problem> {
    if gets_contacts {
        state.send(Command::Resume(id), IN_PATH).await?;
    }
    let edit = OperatorEdit { is_active: Some(gets_contacts), ..OperatorEdit::default() };
    state.send(Command::EditOperator(id, edit), IN_PATH).await.map(drop)
}

/// The pause that a form asks for: for so many minutes, until a time, or until somebody ends it.
pub(crate) fn read(viewer: &Viewer, form: &mut Form, operator: OperatorId) -> Option<Pause> {
    let t = viewer.t;
    let reason = form.read_if_given(t, "reason", "rule-pause-reason", limits::name);
    let ahead = |at: Timestamp| {
        let is_ahead = at > viewer.now && at.0 <= viewer.now.0.saturating_add(PAUSE_MICROS_MAX);
        if is_ahead { Ok(at) } else { Err(Invalid("is no time ahead".to_owned())) }
    };
    let until = match form.value("for") {
        "time" => Some(form.read(t, "until", "rule-pause-until", |text| ahead(times::read(&viewer.zone, text)?))?),
        "back" => None,
        _ => Some(form.read(t, "for", "rule-pause-until", |text| {
            ahead(Timestamp(viewer.now.0.saturating_add(whole(text)?.saturating_mul(MICROS_PER_MINUTE))))
        })?),
    };
    form.is_fine().then_some(Pause { operator, until, reason })
}
