//! How full somebody is, as a bar shows it.

use maitred_core::Operator;

/// How many contacts an operator has, out of how many are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many contacts they have.
    pub held: u32,
    /// The limit.
    pub most: u32,
}

impl Load {
    /// That of an operator.
    #[must_use]
    pub const fn of(operator: &Operator) -> Self {
        Self { held: operator.current_load, most: operator.max_load }
    }

    /// How much of the bar is filled, in percent.
    #[must_use]
    pub fn filled(self) -> u32 {
        let (held, most) = (u64::from(self.held), u64::from(self.most));
        match most {
            0 => u32::from(held > 0) * 100,
            most => u32::try_from((held * 100).div_ceil(most).min(100)).unwrap_or(100),
        }
    }

    /// Whether nothing more fits.
    #[must_use]
    pub const fn is_full(self) -> bool {
        self.held >= self.most
    }

    /// How many more fit.
    #[must_use]
    pub const fn free(self) -> u32 {
        self.most.saturating_sub(self.held)
    }

    /// The colour of the bar, as a word.
    #[must_use]
    pub fn level(self) -> &'static str {
        match self.filled() {
            _ if self.is_full() => "full",
            80.. => "high",
            _ => "fine",
        }
    }
}
