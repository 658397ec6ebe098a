//! An operator as a card of the board.

use crate::loads::Load;
use crate::pauses::{self, Paused};
use crate::shifts::OffShift;
use crate::texts::Texts;
use crate::times;
use askama::Template;
use jiff::tz::TimeZone;
use maitred_core::{Operator, Timestamp};
use maitred_web::problem::Problem;

/// One operator.
#[derive(Template)]
#[template(path = "operators/card.html")]
pub(crate) struct Card<'a> {
    t: Texts,
    now: Timestamp,
    operator: &'a Operator,
    load: Load,
    gets_contacts: bool,
    paused: Option<Paused>,
    off_shift: Option<OffShift>,
}

impl<'a> Card<'a> {
    pub(crate) fn new(t: Texts, now: Timestamp, operator: &'a Operator) -> Self {
        let gets_contacts = pauses::gets_contacts(operator, now);
        // A board is made once for everybody: the script puts times into the zone of the browser.
        let paused = Paused::of(t, &TimeZone::UTC, operator, now);
        let off_shift = OffShift::of(t, &TimeZone::UTC, operator, now).filter(|_| paused.is_none());
        Self { t, now, operator, load: Load::of(operator), gets_contacts, paused, off_shift }
    }

    pub(crate) fn html(&self) -> Result<String, Problem> {
        self.render().map_err(|error| Problem::internal(&error))
    }

    fn last(&self) -> Option<String> {
        self.operator.last_assigned_at.map(|at| times::ago(self.t, self.now, at))
    }
}
