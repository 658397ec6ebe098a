//! An operator as a card: on the board, and in the list of all operators.

use crate::loads::Load;
use crate::shell::Viewer;
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
    /// The page to return to after the switch, if it is not the board.
    back: Option<&'a str>,
}

impl<'a> Card<'a> {
    pub(crate) const fn new(t: Texts, now: Timestamp, operator: &'a Operator) -> Self {
        Self { t, now, operator, load: Load::of(operator), back: None }
    }

    /// On another page than the board.
    pub(crate) const fn on(viewer: &'a Viewer, operator: &'a Operator) -> Self {
        Self { back: Some(viewer.here.as_str()), ..Self::new(viewer.t, viewer.now, operator) }
    }

    pub(crate) fn html(&self) -> Result<String, Problem> {
        self.render().map_err(|error| Problem::internal(&error))
    }

    fn last(&self) -> Option<String> {
        self.operator.last_assigned_at.map(|at| times::ago(self.t, self.now, at))
    }
}
