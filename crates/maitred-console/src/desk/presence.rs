//! Presence on a desk: an open page says that its operator is there, as long as it is open, and without a script when
//! it is asked for or when they press a button.

use super::Place;
use crate::forms::Form;
use crate::shell::{Viewer, see_other};
use crate::times;
use axum::extract::State;
use axum::response::Response;
use maitred_app::auth::Caller;
use maitred_core::{Actor, Operator, OperatorId};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, not_executed};

/// How many times in each lease a page says that somebody is there.
const SAID_IN_A_LEASE: u32 = 4;

/// What a desk says of an operator who is to be heard from.
pub(super) struct Presence {
    /// How often the page says that they are there, in seconds; never, if it is that of somebody else.
    pub(super) every: Option<u32>,
    /// Until when they count as there, as html; none if they are away.
    pub(super) until: Option<String>,
}

impl Presence {
    /// None of somebody of whom nobody asks.
    pub(super) fn of(viewer: &Viewer, operator: &Operator) -> Option<Self> {
        let every = operator.away_after_s? / SAID_IN_A_LEASE;
        let until = operator.present_until.filter(|until| *until > viewer.now);
        let is_theirs = caller().is_ok_and(|caller| is_theirs(&caller, operator.id));
        Some(Self { every: is_theirs.then_some(every), until: until.map(|at| times::moment(&viewer.zone, at)) })
    }

    /// Whether there is something to press: they are away, or no script says that they are there.
    pub(super) const fn has_button(&self) -> bool {
        self.until.is_none() || self.every.is_some()
    }

    /// What the button says, as the key of a text.
    pub(super) const fn button(&self) -> &'static str {
        if self.every.is_some() { "desk-here" } else { "desk-here-they" }
    }
}

/// Whether a desk is that of the caller. Where nobody logs in it is: who else would open it?
fn is_theirs(caller: &Caller, operator: OperatorId) -> bool {
    match caller.own_operator() {
        Some(own) => own == operator,
        None => caller.actor == Actor::Anonymous,
    }
}

/// Somebody looks at a desk: if it is theirs, they are there.
pub(super) async fn seen(state: &AppState, operator: OperatorId) -> Result<(), Problem> {
    let caller = caller()?;
    if is_theirs(&caller, operator) {
        // What they have is shown though it cannot be written down that they are there.
        let _ = state.app().hear(&caller, operator).await;
    }
    Ok(())
}

/// The page says that the operator is there, or somebody does by a button.
pub(super) async fn here(State(state): State<AppState>, Ids([id]): Ids<1>, form: Form) -> Result<Response, Problem> {
    state.app().hear(&caller()?, OperatorId(id)).await.map_err(|error| not_executed(error, IN_PATH))?;
    see_other(&Place::of(&form).address(id, None))
}
