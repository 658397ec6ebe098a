//! Where the browsers of operators, and what they were told there, are kept: beside the keys, and so beside the
//! batcher. What is done with the rows is in `push_steps`.
//!
//! Every method gives [`StoreError`] when the store cannot be used.

use crate::key_place::{KeyPlace, add, change, read};
use crate::push::{Browser, PushKey, PushNotice};
use crate::url::DatabaseUrl;
use crate::{StoreError, StoreFuture, push_steps};
use futures_util::FutureExt;
use maitred_core::{ContactId, OperatorId, Timestamp};
use std::sync::Arc;

type Result<T> = std::result::Result<T, StoreError>;

/// Browsers read at a time.
const PAGE_ROWS: u32 = 1_000;

/// See the module. Clones share connections.
#[derive(Clone)]
pub struct PushStore(KeyPlace);

#[expect(clippy::missing_errors_doc, reason = "said once, in the module's first lines")]
impl PushStore {
    /// For the browsers of this database. On PostgreSQL the schema is brought up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self> {
        KeyPlace::open(url).await.map(Self)
    }

    /// The key of this installation, if it has one.
    pub fn key(&self) -> StoreFuture<'_, Option<PushKey>> {
        read!(self, of => push_steps::key(of))
    }

    /// Makes it the key of this installation, unless there is one. Gives the one that there is.
    pub fn put_key(&self, key: PushKey) -> StoreFuture<'_, PushKey> {
        add!(self, to => push_steps::put_key(to, key))
    }

    /// The browsers of an operator, those that subscribed first before others.
    pub fn browsers_of(&self, operator: OperatorId) -> StoreFuture<'_, Vec<Browser>> {
        read!(self, of => push_steps::browsers_of(of, operator))
    }

    /// Adds a browser, or gives it to another operator. One that its operator has stays as old as it is, for it is
    /// still to be told of what they got since. Beyond `most`, those of the operator that subscribed first go. Gives
    /// what is stored.
    pub fn put_browser(&self, browser: Browser, most: usize) -> StoreFuture<'_, Browser> {
        add!(self, to => push_steps::put_browser(to, browser, most))
    }

    /// Forgets a browser of an operator. False when it was not there.
    pub fn remove(&self, operator: OperatorId, id: i64) -> StoreFuture<'_, bool> {
        change!(self, of => push_steps::remove(of, operator, id))
    }

    /// Forgets all browsers of an operator.
    pub fn remove_all(&self, operator: OperatorId) -> StoreFuture<'_, ()> {
        change!(self, of => push_steps::remove_all(of, operator))
    }

    /// Notes what became of a message to a browser, unless that is gone.
    pub fn note(&self, id: i64, at: Timestamp, error: Option<Arc<str>>) -> StoreFuture<'_, ()> {
        change!(self, of => push_steps::note(of, id, at, error))
    }

    /// Whether any operator has a browser that is told.
    pub fn has_any(&self) -> StoreFuture<'_, bool> {
        read!(self, of => push_steps::has_any(of))
    }

    /// What operators were told of a contact in their browsers.
    pub fn notices(&self, contact: ContactId) -> StoreFuture<'_, Vec<PushNotice>> {
        read!(self, of => push_steps::notices(of, contact))
    }

    pub fn put_notice(&self, notice: PushNotice) -> StoreFuture<'_, ()> {
        add!(self, to => push_steps::put_notice(to, notice))
    }

    /// Forgets what operators were told before a time, some at a time.
    pub fn forget_notices(&self, before: Timestamp) -> StoreFuture<'_, ()> {
        change!(self, of => push_steps::forget_notices(of, before))
    }

    /// Takes over the key and the browsers of another store, when a database moves: a browser takes messages of the key
    /// only that it subscribed with. Says how many browsers those are.
    pub async fn take_over(&self, from: &Self) -> Result<usize> {
        let Some(key) = from.key().await? else { return Ok(0) };
        let (mut count, mut behind) = (0, -1);
        loop {
            let browsers: Result<_> = read!(from, of => push_steps::browsers_behind(of, behind, PAGE_ROWS)).await;
            let (browsers, key): (Vec<Browser>, _) = (browsers?, key.clone());
            let last = browsers.last().map(|browser| browser.id);
            count += browsers.len();
            let put: Result<()> = add!(self, to => push_steps::take_over(to, key, browsers)).await;
            put?;
            match last {
                Some(id) => behind = id,
                None => return Ok(count),
            }
        }
    }
}
