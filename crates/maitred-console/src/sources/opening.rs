//! Whether a source is open, as it is said on pages.

use crate::shell::Viewer;
use crate::times;
use maitred_core::Source;

/// What is said of a source that has hours.
pub(super) struct Opening {
    pub(super) word: String,
    /// Until when it is so, as html, as far as that is known.
    pub(super) until: Option<String>,
    pub(super) is_closed: bool,
}

impl Opening {
    /// None of a source that is always open.
    pub(super) fn of(viewer: &Viewer, source: &Source) -> Option<Self> {
        source.calendar?;
        let closed = source.closed(viewer.now);
        let until = closed.map_or_else(|| source.open_until(viewer.now), |closed| closed.until);
        let word = match (closed.is_some(), until) {
            (false, _) => "source-open-until",
            (true, None) => "source-closed",
            (true, Some(_)) => "source-closed-until",
        };
        let until = until.map(|at| times::moment(&viewer.zone, at));
        Some(Self { word: viewer.t.t(word), until, is_closed: closed.is_some() })
    }
}
