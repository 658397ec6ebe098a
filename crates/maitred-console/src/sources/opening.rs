//! Whether a source is open, as it is said on pages.

use crate::shell::Viewer;
use crate::times;
use maitred_core::Source;
use maitred_core::opening::ClosedReason;

/// What is said of a source that has hours.
pub(super) struct Opening {
    pub(super) word: String,
    /// Until when it is so, as html, as far as that is known.
    pub(super) until: Option<String>,
    pub(super) is_closed: bool,
}

impl Opening {
    /// None of a source that is always open, unless a cap of it is reached.
    pub(super) fn of(viewer: &Viewer, source: &Source) -> Option<Self> {
        let closed = source.closed(viewer.now);
        if closed.is_none() && source.calendar.is_none() {
            return None;
        }
        let until = closed.map_or_else(|| source.open_until(viewer.now), |closed| closed.until);
        let word = match (closed.map(|closed| closed.reason), until) {
            (None, _) => "source-open-until",
            (Some(ClosedReason::Capped), _) => "source-capped-until",
            (Some(_), None) => "source-closed",
            (Some(_), Some(_)) => "source-closed-until",
        };
        let until = until.map(|at| times::soon(viewer.t, &viewer.zone, viewer.now, at));
        Some(Self { word: viewer.t.t(word), until, is_closed: closed.is_some() })
    }
}
