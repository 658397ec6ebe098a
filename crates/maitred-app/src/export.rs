//! Everything stored about one lead, as one JSON document, for the API and the command line.
//!
//! It is written piece by piece, a page of contacts or of the feed at a time, so a lead with very many contacts takes
//! no more memory than one with few, and no transaction stays open while a slow reader reads. What changes meanwhile
//! may be in one part and not yet in another.

use futures_util::stream::{self, Stream};
use maitred_core::{Lead, LeadId, Timestamp};
use maitred_store::clock::{self, Rfc3339};
use maitred_store::views::{ContactFilter, LeadCard, Page};
use maitred_store::{Store, StoreError};
use serde::Serialize;
use std::collections::BTreeSet;

/// Contacts read at a time.
const CONTACTS: u32 = 64;
/// Events looked through at a time.
const EVENTS: u32 = 1_000;
/// Mergers that are followed from one lead to the next: more than there can be by hand.
const MERGERS_MAX: usize = 1_000;

/// The lead that an id means: if it was merged into another, that one; none if there never was such a lead.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
pub async fn survivor(store: &Store, id: LeadId) -> Result<Option<LeadCard>, StoreError> {
    let mut id = id;
    for _ in 0..MERGERS_MAX {
        let card = store.lead(id).await?;
        match card.as_ref().and_then(|card| card.lead.merged_into) {
            Some(into) => id = into,
            None => return Ok(card),
        }
    }
    Err(StoreError::Corrupt(format!("lead {id} is one of too many that were merged into each other")))
}

/// All that is kept about a lead, in pieces. A failure ends it in the middle of the document.
pub fn document(store: Store, card: LeadCard) -> impl Stream<Item = Result<String, StoreError>> + Send {
    let export =
        Export { store, leads: BTreeSet::new(), since: card.lead.created_at, next: Next::Head(Box::new(card)) };
    stream::try_unfold(export, |mut export| async move {
        let piece = export.piece().await?;
        Ok(piece.map(|piece| (piece, export)))
    })
}

struct Export {
    store: Store,
    /// The lead and all leads that were merged into it: the feed names them by these.
    leads: BTreeSet<LeadId>,
    /// When the first of them was seen first.
    since: Timestamp,
    next: Next,
}

enum Next {
    Head(Box<LeadCard>),
    /// Contacts below this one.
    Contacts(LeadId, Option<i64>),
    /// Events behind this position, to this one.
    Events {
        after: i64,
        last: i64,
        is_first: bool,
    },
    Nothing,
}

impl Export {
    async fn piece(&mut self) -> Result<Option<String>, StoreError> {
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Head(card) => self.head(*card).await.map(Some),
            Next::Contacts(lead, after) => self.contacts(lead, after).await.map(Some),
            Next::Events { after, last, is_first } => self.events(after, last, is_first).await.map(Some),
            Next::Nothing => Ok(None),
        }
    }

    async fn head(&mut self, card: LeadCard) -> Result<String, StoreError> {
        let absorbed = self.absorbed(card.lead.id).await?;
        self.next = Next::Contacts(card.lead.id, None);
        let (at, lead) = (json(&Rfc3339(clock::now()))?, json(&ExportedLead::from(card))?);
        Ok(format!("{{\"exported_at\":{at},\"lead\":{lead},\"absorbed_leads\":{},\"contacts\":[", json(&absorbed)?))
    }

    /// The leads that were merged into it, directly or through others.
    async fn absorbed(&mut self, id: LeadId) -> Result<Vec<AbsorbedLead>, StoreError> {
        let (mut all, mut asked) = (Vec::new(), vec![id]);
        while let Some(by) = asked.pop() {
            if !self.leads.insert(by) {
                continue;
            }
            for Lead { id, name, created_at, .. } in self.store.absorbed(by).await? {
                self.since = self.since.min(created_at);
                asked.push(id);
                all.push(AbsorbedLead { id, name, created_at: Rfc3339(created_at) });
            }
        }
        Ok(all)
    }

    async fn contacts(&mut self, lead: LeadId, after: Option<i64>) -> Result<String, StoreError> {
        let filter = ContactFilter { lead: Some(lead), ..ContactFilter::default() };
        let page = self.store.contacts(filter, Page { limit: CONTACTS, after }).await?;
        let last = page.last().map(|contact| contact.id.0);
        let is_full = page.len() == CONTACTS as usize;
        let mut text = String::new();
        for (contact, place) in page.into_iter().zip(0..) {
            text.push_str(if place == 0 && after.is_none() { "" } else { "," });
            text.push_str(&json(&ExportedContact::read(&self.store, contact).await?)?);
        }
        if is_full {
            self.next = Next::Contacts(lead, last);
        } else {
            let last = self.store.last_position().await?;
            self.next = Next::Events { after: self.before_first(last).await?, last, is_first: true };
            text.push_str("],\"events\":[");
        }
        Ok(text)
    }

    /// The position before the first event that may be about the lead. Times rise with positions, which have no gaps.
    async fn before_first(&self, last: i64) -> Result<i64, StoreError> {
        let (mut low, mut high) = (0, last);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.store.events(middle, 1).await?.first() {
                Some(event) if event.event.at < self.since => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    async fn events(&mut self, after: i64, last: i64, is_first: bool) -> Result<String, StoreError> {
        let page = self.store.events(after, EVENTS).await?;
        let end = page.last().map_or(last, |event| event.position);
        let (mut text, mut is_first) = (String::new(), is_first);
        for placed in page.into_iter().filter(|placed| placed.position <= last) {
            let event = placed.event;
            let is_of_lead = event.lead.is_some_and(|lead| self.leads.contains(&lead));
            let other =
                event.detail.fields().and_then(|fields| fields.other_lead_id).filter(|lead| self.leads.contains(lead));
            if !is_of_lead && other.is_none() {
                continue;
            }
            text.push_str(if std::mem::take(&mut is_first) { "" } else { "," });
            text.push_str(&json(&ExportedEvent {
                position: placed.position,
                kind: event.kind(),
                at: Rfc3339(event.at),
                actor: event.actor,
                contact_id: event.contact,
                source_id: event.source,
                operator_id: event.operator,
                lead_id: event.lead,
            })?);
        }
        if end < last {
            self.next = Next::Events { after: end, last, is_first };
        } else {
            text.push_str("]}\n");
        }
        Ok(text)
    }
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

mod document;
pub use document::LeadExport;
use document::{AbsorbedLead, ExportedContact, ExportedEvent, ExportedLead};
