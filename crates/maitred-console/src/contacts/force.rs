//! Why only force gives an operator one more contact.

use crate::shifts;
use crate::texts::Texts;
use maitred_core::availability::AwayReason;
use maitred_core::{Operator, Timestamp};

pub(super) enum NeedsForce {
    SwitchedOff,
    Away(AwayReason),
    Full { load: u32, most: u32 },
}

impl NeedsForce {
    /// Why, by what the operator is at a time.
    pub(super) fn of(operator: &Operator, now: Timestamp) -> Self {
        match operator.away(now) {
            _ if !operator.is_active => Self::SwitchedOff,
            Some(away) => Self::Away(away.reason),
            None => Self::Full { load: operator.current_load, most: operator.max_load },
        }
    }

    pub(super) fn text(&self, t: Texts, name: &str) -> String {
        match self {
            Self::SwitchedOff | Self::Away(AwayReason::Paused) => t.of("force-off", name),
            Self::Away(reason) => {
                t.with("force-away", [("it", name.to_owned().into()), ("why", shifts::word(t, *reason).into())])
            }
            Self::Full { load, most } => {
                let values = [("it", name.to_owned().into()), ("load", (*load).into()), ("most", (*most).into())];
                t.with("force-full", values)
            }
        }
    }
}
