//! Reservations: a contact for which somebody wants a certain operator ("call me at 15:00, and let it be Anna") goes to
//! them at its time if they can take it. If they cannot, but may soon, it *rests* for a while, during which they alone
//! get it; then it goes to anybody. So nobody is kept waiting for an operator who does not come.

use crate::availability::Reason;
use crate::ids::{OperatorId, Timestamp};
use crate::nouns::{Contact, Status};
use crate::pool::Pool;

/// For how many seconds a contact is reserved unless somebody says otherwise.
pub const RESERVED_S_DEFAULT: u32 = 900;

/// Who is to get a contact, and for how many seconds it is reserved for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub operator: OperatorId,
    /// 0: they get it if they can take it at once.
    pub for_s: u32,
}

impl Contact {
    /// Who is to get it rather than anybody else.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted> {
        Some(Wanted { operator: self.wanted_operator?, for_s: self.wanted_for_s })
    }

    /// For whom it rests.
    #[must_use]
    pub fn reserved_for(&self) -> Option<OperatorId> {
        self.wanted_operator.filter(|_| self.status == Status::Waiting && self.retry_at.is_some())
    }

    pub(crate) fn set_wanted(&mut self, wanted: Option<Wanted>) {
        self.wanted_operator = wanted.map(|it| it.operator);
        self.wanted_for_s = wanted.map_or(0, |it| it.for_s);
    }
}

/// What becomes of a contact for which somebody is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outlook {
    /// Who is wanted can take it.
    TakesIt,
    /// They cannot yet: nobody else gets it before this time.
    Reserved(Timestamp),
    /// It is not worth waiting for them: they were asked already, get no contacts of the source, or will not be back in
    /// time.
    #[default]
    Anybody,
}

impl Wanted {
    /// What becomes of a contact that is to be given to somebody now.
    pub(crate) fn outlook(self, pool: &Pool, tried: &[OperatorId], now: Timestamp) -> Outlook {
        let Some(candidate) = pool.get(self.operator).filter(|it| it.is_active && it.weight > 0) else {
            return Outlook::Anybody;
        };
        let until = now.plus_seconds(self.for_s);
        let is_back_in_time = |reason: Reason| reason.until.is_none_or(|back| back < until);
        if tried.contains(&self.operator) {
            Outlook::Anybody
        } else if candidate.is_eligible() {
            Outlook::TakesIt
        } else if self.for_s > 0 && candidate.why_not(None).all(is_back_in_time) {
            Outlook::Reserved(until)
        } else {
            Outlook::Anybody
        }
    }
}
