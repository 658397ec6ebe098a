//! Contacts by words of their messages. Messages are looked through, the newest first, a short read at a time, and one
//! search at a time in a process; a search ends when it has found a page, or when its time is over, and says how far
//! back it got. Why there is no index: docs/decisions/0015-messages-are-looked-through.md.

use maitred_core::{Contact, Timestamp};
use maitred_store::views::{ContactFilter, Page};
use maitred_store::words::Words;
use maitred_store::{Store, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Searches through messages at once in a process; more wait their turn.
pub const SEARCHES_AT_ONCE_MAX: usize = 1;
/// For how long one search looks, not counting its last read and the wait for its turn.
pub const SEARCH_TIME_MAX: Duration = Duration::from_millis(500);

static TURNS: Semaphore = Semaphore::const_new(SEARCHES_AT_ONCE_MAX);

/// What is searched for.
#[derive(Clone, Debug)]
pub struct MessageSearch {
    pub filter: ContactFilter,
    /// Each is the beginning of a word of the message; without any nothing is found.
    pub words: Arc<Words>,
    /// How many contacts, and below which id.
    pub page: Page,
}

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Newest first, [`Page::limit`] at most.
    pub contacts: Vec<Contact>,
    /// How far back it looked; none if it has seen all messages.
    pub rest: Option<Rest>,
}

/// What a search has not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// The [`Page::after`] with which it goes on.
    pub after: i64,
    /// When the oldest of the contacts arrived that it has looked at.
    pub back_to: Option<Timestamp>,
}

/// Looks for `time_max` at most, but through one stretch at least.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn find(store: &Store, search: &MessageSearch, time_max: Duration) -> Result<Found, StoreError> {
    if search.words.is_empty() {
        return Ok(Found::default());
    }
    // A caller who goes away gives the turn back with the next stretch.
    let _turn = TURNS.acquire().await.map_err(|_| StoreError::Stopping)?;
    let began = Instant::now();
    let mut contacts = Vec::new();
    let mut below = search.page.after.unwrap_or(i64::MAX);
    loop {
        let missing = search.page.limit - contacts.len() as u32;
        let looked = store.messages_with(search.filter, search.words.clone(), below, missing).await?;
        contacts.extend(looked.found);
        let Some(after) = looked.looked_to else { return Ok(Found { contacts, rest: None }) };
        if contacts.len() >= search.page.limit as usize || began.elapsed() >= time_max {
            let back_to = store.arrived_from(after).await?;
            return Ok(Found { contacts, rest: Some(Rest { after, back_to }) });
        }
        below = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::command::Submit;
    use maitred_core::{Command, Policy};
    use maitred_store::testing::{Fixture, On, submit};
    use maitred_store::views::STRETCH_ROWS_MAX;
    use rstest::rstest;

    #[rstest]
    #[case::sqlite(On::Sqlite)]
    #[case::postgres(On::Postgres)]
    fn a_search_without_time_says_how_far_it_got_and_goes_on(#[case] on: On) {
        let mut fixture = Fixture::on(on);
        let source = fixture.source("Bot", Policy::WeightedRandom, &[]);
        let writing = |text: &str| Command::Submit(Submit { message: Some(text.into()), ..submit(source, "somebody") });
        fixture.run(writing("Where is my parcel?"));
        for _ in 0..4 {
            fixture.batch((0..STRETCH_ROWS_MAX / 2).map(|_| writing("hello")).collect());
        }
        let reads = fixture.reads();
        let search = |after, words: &str, time| {
            let page = Page { limit: 10, after };
            let search = MessageSearch { filter: ContactFilter::default(), words: Arc::new(Words::new(words)), page };
            reads.get(async |store| find(store, &search, time).await)
        };
        let rows = i64::from(STRETCH_ROWS_MAX);
        let first = search(None, "parcel", Duration::ZERO);
        let rest = first.rest.expect("there are more");
        assert_eq!((first.contacts.len(), rest.after), (0, rows + 2), "one stretch");
        assert_eq!(rest.back_to, Some(reads.get(async |store| store.arrived_from(rows + 2).await).expect("a time")));
        let second = search(Some(rest.after), "parcel", Duration::ZERO);
        let third = search(second.rest.map(|rest| rest.after), "parcel", Duration::ZERO);
        assert_eq!((second.contacts.len(), third.contacts[0].id.0, third.rest), (0, 1, None));
        let whole = search(None, "parcel", Duration::from_secs(60));
        assert_eq!((whole.contacts, whole.rest), (third.contacts, None));
        let full = search(None, "hello", Duration::from_secs(60));
        assert_eq!((full.contacts.len(), full.rest.map(|rest| rest.after)), (10, Some(2 * rows - 8)));
        assert_eq!(search(None, " ", Duration::ZERO), Found::default());
    }
}
