//! Where endpoints of webhooks are kept, with what they still have to get and the log of calls: beside the keys, and so
//! beside the batcher (why: docs/decisions/0028-an-endpoint-is-a-cursor.md). What is done with the rows is in
//! `endpoint_steps`.
//!
//! Every method gives [`StoreError`] when the store cannot be used.

use crate::endpoint_steps::{self, AllEndpoints};
use crate::endpoints::{
    AddedEndpoint, Delivery, EditedEndpoint, Endpoint, EndpointEdit, NewEndpoint, Noted, Replay, SecretBytes,
    Undelivered,
};
use crate::key_place::{KeyPlace, add, change, read};
use crate::url::DatabaseUrl;
use crate::views::Page;
use crate::{StoreError, StoreFuture};
use futures_util::FutureExt;
use maitred_core::{ContactId, EndpointId, LeadId, Timestamp};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, StoreError>;

/// See the module. Clones share connections.
#[derive(Clone)]
pub struct EndpointStore(KeyPlace);

#[expect(clippy::missing_errors_doc, reason = "said once, in the module's first lines")]
impl EndpointStore {
    /// For the endpoints of this database. On PostgreSQL the schema is brought up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self> {
        KeyPlace::open(url).await.map(Self)
    }

    /// Endpoints by id.
    pub fn endpoints(&self, page: Page) -> StoreFuture<'_, Vec<Endpoint>> {
        read!(self, of => endpoint_steps::endpoints(of, page))
    }

    pub fn endpoint(&self, id: EndpointId) -> StoreFuture<'_, Option<Endpoint>> {
        read!(self, of => endpoint_steps::endpoint(of, id))
    }

    /// How many events each endpoint does not have yet although its position has passed them; those of none are left
    /// out.
    pub fn undelivered_counts(&self) -> StoreFuture<'_, BTreeMap<EndpointId, u64>> {
        read!(self, of => endpoint_steps::undelivered_counts(of))
    }

    /// What an endpoint does not have yet, by position.
    pub fn undelivered(&self, endpoint: EndpointId) -> StoreFuture<'_, Vec<Undelivered>> {
        read!(self, of => endpoint_steps::undelivered(of, endpoint))
    }

    /// Calls of an endpoint, the last one first.
    pub fn deliveries(&self, endpoint: EndpointId, page: Page) -> StoreFuture<'_, Vec<Delivery>> {
        read!(self, of => endpoint_steps::deliveries(of, endpoint, page))
    }

    /// Calls about a contact, the last one first.
    pub fn deliveries_of_contact(&self, contact: ContactId, limit: u32) -> StoreFuture<'_, Vec<Delivery>> {
        read!(self, of => endpoint_steps::deliveries_of_contact(of, contact, limit))
    }

    /// Adds an endpoint, whose id it gives.
    pub fn add(&self, new: NewEndpoint) -> StoreFuture<'_, AddedEndpoint> {
        add!(self, to => endpoint_steps::add(to, new))
    }

    /// Changes an endpoint, and gives it as it is now.
    pub fn edit(&self, id: EndpointId, edit: EndpointEdit) -> StoreFuture<'_, EditedEndpoint> {
        change!(self, of => endpoint_steps::edit(of, id, edit))
    }

    /// Gives an endpoint another secret; the one before signs too until a time. False when there is no such endpoint.
    pub fn rotate(&self, id: EndpointId, secret: SecretBytes, until: Timestamp) -> StoreFuture<'_, bool> {
        change!(self, of => endpoint_steps::rotate(of, id, secret, until))
    }

    /// Has events sent again, no further than they were sent once. None when there is no such endpoint.
    pub fn replay(&self, id: EndpointId, replay: Replay) -> StoreFuture<'_, Option<Endpoint>> {
        change!(self, of => endpoint_steps::replay(of, id, replay))
    }

    /// Deletes an endpoint with all that was noted of it. False when there is none.
    pub fn delete(&self, id: EndpointId) -> StoreFuture<'_, bool> {
        change!(self, of => endpoint_steps::delete(of, id))
    }

    /// Makes a process the one that sends until a time, unless another is. Says whether it is.
    pub fn take_turn(&self, node: i64, now: Timestamp, until: Timestamp) -> StoreFuture<'_, bool> {
        change!(self, of => endpoint_steps::take_turn(of, node, now, until))
    }

    /// Lets another process be the one that sends, if this one was.
    pub fn leave_turn(&self, node: i64) -> StoreFuture<'_, ()> {
        change!(self, of => endpoint_steps::leave_turn(of, node))
    }

    /// Notes what a sender did. False when it is not the one that sends any more: nothing is noted then.
    pub fn note(&self, node: i64, noted: Vec<Noted>) -> StoreFuture<'_, bool> {
        change!(self, of => endpoint_steps::note(of, node, noted))
    }

    /// Keeps what came of a call, and gives its id.
    pub fn log(&self, delivery: Delivery) -> StoreFuture<'_, i64> {
        change!(self, of => endpoint_steps::log(of, vec![delivery]))
    }

    /// Notes that an event has said that an endpoint was disabled.
    pub fn announced(&self, id: EndpointId, now: Timestamp) -> StoreFuture<'_, ()> {
        change!(self, of => endpoint_steps::announced(of, id, now))
    }

    /// Puts endpoints that are ahead of a feed at its end, as they are after an older backup was restored. Says how
    /// many those were.
    pub fn rewind(&self, last_position: i64) -> StoreFuture<'_, u64> {
        change!(self, of => endpoint_steps::rewind(of, last_position))
    }

    /// Deletes some of the calls made before a time, and of those of an endpoint beyond the most that are kept. Says
    /// how many; none when there are no more.
    pub fn forget_deliveries(&self, before: Timestamp) -> StoreFuture<'_, u64> {
        change!(self, of => endpoint_steps::forget_deliveries(of, before))
    }

    /// Whether any call was noted.
    pub fn has_deliveries(&self) -> StoreFuture<'_, bool> {
        read!(self, of => endpoint_steps::has_deliveries(of))
    }

    /// Up to which event answers about erased leads were forgotten.
    pub fn forgotten_to(&self) -> StoreFuture<'_, i64> {
        read!(self, of => async { Ok(endpoint_steps::webhooks(of).await?.forgotten_to) })
    }

    /// Forgets what was answered about leads that were erased, as the events up to a position say.
    pub fn forget_answers(&self, leads: Vec<LeadId>, to: i64) -> StoreFuture<'_, ()> {
        change!(self, of => endpoint_steps::forget_answers(of, &leads, to))
    }

    /// Takes over all endpoints of another store with their secrets, positions and what they do not have yet, when a
    /// database moves. The log of calls stays. Says how many those are.
    pub async fn take_over(&self, from: &Self) -> Result<usize> {
        let all: Result<AllEndpoints> = from.all().await;
        let (all, own) = (all?, self.all().await?);
        if all.endpoints.is_empty() {
            return Ok(0);
        }
        let is_theirs =
            |own: &Endpoint| all.endpoints.iter().any(|it| (it.id, it.created_at) == (own.id, own.created_at));
        if !own.endpoints.iter().all(is_theirs) {
            let why = "the new database has endpoints of its own, so those of the old one were left there";
            return Err(StoreError::Unusable(why.to_owned()));
        }
        let count = all.endpoints.len();
        let put: Result<()> = add!(self, to => endpoint_steps::put_all(to, all)).await;
        put.map(|()| count)
    }

    fn all(&self) -> StoreFuture<'_, AllEndpoints> {
        read!(self, of => endpoint_steps::all(of))
    }
}
