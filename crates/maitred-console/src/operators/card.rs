//! An operator as a card of the board.

use crate::loads::Load;
use crate::texts::Texts;
use crate::times;
use askama::Template;
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
}

impl<'a> Card<'a> {
    pub(crate) const fn new(t: Texts, now: Timestamp, operator: &'a Operator) -> Self {
        Self { t, now, operator, load: Load::of(operator) }
    }

    pub(crate) fn html(&self) -> Result<String, Problem> {
        self.render().map_err(|error| Problem::internal(&error))
    }

    fn last(&self) -> Option<String> {
        self.operator.last_assigned_at.map(|at| times::ago(self.t, self.now, at))
    }
}
