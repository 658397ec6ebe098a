//! Lists as the dialects give them: whole, in one answer, up to a named maximum.

use maitred_core::{Contact, Operator, Source};
use maitred_store::StoreError;
use maitred_store::views::{ContactFilter, PAGE_ROWS_MAX, Page};
use maitred_web::AppState;

/// The most rows of a list: of contacts the newest.
pub const LIST_ROWS_MAX: usize = 10_000;

/// Operators, by id.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn operators(state: &AppState) -> Result<Vec<Operator>, StoreError> {
    let mut list = List::of_at_most(LIST_ROWS_MAX);
    while let Some(page) = list.next_page(|operator: &Operator| operator.id.0) {
        list.take(page, state.store().operators(page).await?);
    }
    Ok(list.rows)
}

/// Operators whom figures count, by id.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn counted_operators(state: &AppState) -> Result<Vec<Operator>, StoreError> {
    let mut list = List::of_at_most(LIST_ROWS_MAX);
    while let Some(page) = list.next_page(|operator: &Operator| operator.id.0) {
        list.take(page, state.store().counted_operators(page).await?);
    }
    Ok(list.rows)
}

/// Sources, by id.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn sources(state: &AppState) -> Result<Vec<Source>, StoreError> {
    let mut list = List::of_at_most(LIST_ROWS_MAX);
    while let Some(page) = list.next_page(|source: &Source| source.id.0) {
        list.take(page, state.store().sources(page).await?);
    }
    Ok(list.rows)
}

/// The newest contacts, newest first; no more than `rows_max`.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn newest_contacts(state: &AppState, rows_max: usize) -> Result<Vec<Contact>, StoreError> {
    let mut list = List::of_at_most(rows_max.min(LIST_ROWS_MAX));
    while let Some(page) = list.next_page(|contact: &Contact| contact.id.0) {
        list.take(page, state.store().contacts(ContactFilter::default(), page).await?);
    }
    Ok(list.rows)
}

struct List<T> {
    rows: Vec<T>,
    rows_max: usize,
    is_whole: bool,
}

impl<T> List<T> {
    const fn of_at_most(rows_max: usize) -> Self {
        Self { rows: Vec::new(), rows_max, is_whole: rows_max == 0 }
    }

    /// Which page is still missing.
    fn next_page(&self, key: impl Fn(&T) -> i64) -> Option<Page> {
        let limit = (self.rows_max - self.rows.len()).min(PAGE_ROWS_MAX as usize) as u32;
        (!self.is_whole).then(|| Page { limit, after: self.rows.last().map(key) })
    }

    fn take(&mut self, page: Page, rows: Vec<T>) {
        let is_last = rows.len() < page.limit as usize;
        self.rows.extend(rows);
        self.is_whole = is_last || self.rows.len() >= self.rows_max;
    }
}
