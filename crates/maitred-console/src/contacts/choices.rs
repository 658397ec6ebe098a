//! Sources and operators to choose from. Of more than a list can hold, one gives the number instead.

use maitred_core::{Operator, Source};
use maitred_store::views::{PAGE_ROWS_MAX, Page};
use maitred_web::AppState;
use maitred_web::problem::Problem;

const ALL: Page = Page { limit: PAGE_ROWS_MAX, after: None };

/// Everything to choose from.
pub struct Choices {
    /// Sources, by id.
    pub sources: Vec<Source>,
    /// Operators, by id.
    pub operators: Vec<Operator>,
}

impl Choices {
    /// Reads them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn read(state: &AppState) -> Result<Self, Problem> {
        let (sources, operators) = (state.store().sources(ALL).await?, state.store().operators(ALL).await?);
        Ok(Self { sources, operators })
    }

    /// Whether there may be more operators than are listed.
    #[must_use]
    pub const fn has_all_operators(&self) -> bool {
        self.operators.len() < PAGE_ROWS_MAX as usize
    }

    /// The same for sources.
    #[must_use]
    pub const fn has_all_sources(&self) -> bool {
        self.sources.len() < PAGE_ROWS_MAX as usize
    }

    /// Whether this source is among them.
    #[must_use]
    pub fn has_source(&self, id: &str) -> bool {
        self.sources.iter().any(|source| source.id.to_string() == id)
    }

    /// Whether this operator is among them.
    #[must_use]
    pub fn has_operator(&self, id: &str) -> bool {
        self.operators.iter().any(|operator| operator.id.to_string() == id)
    }
}
