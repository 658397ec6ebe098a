//! For when a contact is scheduled, as forms have it: a time of the viewer's zone, to the minute.

use crate::shell::Viewer;
use crate::times;
use maitred_core::limits::{Invalid, SCHEDULE_MICROS_MAX};
use maitred_core::{Contact, Timestamp};

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
