//! For when a contact is scheduled, and for whom, as forms have it: a time of the viewer's zone, to the minute, and an
//! operator.

use crate::forms::Form;
use crate::shell::Viewer;
use crate::times;
use maitred_core::command::ContactEdit;
use maitred_core::limits::{Invalid, SCHEDULE_MICROS_MAX};
use maitred_core::reservation::{RESERVED_S_DEFAULT, Wanted};
use maitred_core::{Contact, OperatorId, Timestamp};
use maitred_web::params;

/// Reads a time that is not too far ahead. One that has passed is fine: the contact is given to somebody at once.
pub(super) fn not_before(viewer: &Viewer, text: &str) -> Result<Timestamp, Invalid> {
    let at = times::read(&viewer.zone, text)?;
    match at.0 <= viewer.now.0.saturating_add(SCHEDULE_MICROS_MAX) {
        true => Ok(at),
        false => Err(Invalid("is too far ahead".to_owned())),
    }
}

/// What the field holds: nothing of a contact that is not scheduled.
pub(super) fn typed(viewer: &Viewer, contact: &Contact) -> String {
    contact.not_before.filter(|_| contact.scheduled).map(|at| times::minute(&viewer.zone, at)).unwrap_or_default()
}

/// For whom the field has it: who is wanted; of a contact that somebody has, them, for they mostly want it back.
pub(super) fn wanted(contact: &Contact) -> String {
    contact.wanted_operator.or(contact.operator).map(|id| id.to_string()).unwrap_or_default()
}

/// What a form changes, with its time as it was read. The field of the time has no seconds: what nobody changed stays
/// as it is.
pub(super) fn edit(viewer: &Viewer, contact: &Contact, not_before: Option<Timestamp>, form: &Form) -> ContactEdit {
    let is_same_time = form.value("not_before") == typed(viewer, contact);
    let operator = params::id(form.value("wanted_operator_id")).ok().map(OperatorId);
    let is_same_operator = operator == contact.wanted_operator;
    let wanted = operator.map(|operator| Wanted { operator, for_s: RESERVED_S_DEFAULT });
    // Without a time there is nothing to want somebody for.
    let may_change = not_before.is_some() && !is_same_operator;
    ContactEdit {
        not_before: (!is_same_time).then_some(not_before),
        wanted: may_change.then_some(wanted),
        ..ContactEdit::default()
    }
}
