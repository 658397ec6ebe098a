//! Reading what is known of the way of a contact, and what follows for each of its steps.

use super::says::Saying;
use super::{
    DECISIONS_TRACED, DELIVERIES_TRACED, PAYLOADS_TRACED, Step, StepLink, StepName, StepState, Trace, TracedDecision,
    TracedDelivery, TracedPayload, TracedResponse,
};
use crate::App;
use maitred_core::intake::Payload;
use maitred_core::{
    Actor, Contact, ContactId, Decision, EventDetail, EventKind, OperatorId, SourceKind, Status, Timestamp,
};
use maitred_store::clock::Rfc3339;
use maitred_store::endpoints::Delivery;
use maitred_store::mail::MailNotice;
use maitred_store::push::PushNotice;
use maitred_store::telegram::{Notice, TelegramSetup};
use maitred_store::views::{Mentioned, Named, Page, PlacedEvent};
use maitred_store::{EndpointStore, PushStore, Store, StoreError, TelegramStore};
use serde_json::Value;
use std::sync::Arc;

/// Where what is known of a contact is kept.
pub struct Places {
    pub store: Store,
    pub endpoints: EndpointStore,
    pub telegram: TelegramStore,
    pub push: PushStore,
    /// Bots and chats.
    pub setup: Arc<TelegramSetup>,
    /// Whether operators are sent mail.
    pub sends_mail: bool,
}

/// How much of it the caller sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    Everything,
    /// An operator of their own contact: neither payloads nor endpoints.
    OwnContact,
}

impl Places {
    /// # Errors
    /// [`StoreError`] when the bots cannot be read.
    pub async fn of(app: &App) -> Result<Self, StoreError> {
        Ok(Self {
            store: app.store().clone(),
            endpoints: app.webhooks().store().clone(),
            telegram: app.telegram().store().clone(),
            push: app.push().store().clone(),
            setup: app.telegram().setup().await?,
            sends_mail: app.mailer().is_some(),
        })
    }

    /// The way of a contact; none if there is no such contact.
    ///
    /// # Errors
    /// [`StoreError`] when something cannot be read.
    pub async fn trace(&self, id: ContactId, sees: Sees, now: Timestamp) -> Result<Option<Trace>, StoreError> {
        let Some(contact) = self.store.contact(id).await? else { return Ok(None) };
        Ok(Some(self.read(contact, sees, now).await?.trace(now)))
    }

    async fn read(&self, contact: Contact, sees: Sees, now: Timestamp) -> Result<Known<'_>, StoreError> {
        let (store, id) = (&self.store, contact.id);
        let mut payloads = store.payloads_of_contact(id, Page { limit: PAYLOADS_TRACED, after: None }).await?;
        payloads.reverse();
        let decisions = store.last_decisions(id, DECISIONS_TRACED).await?;
        let moments = [Some(contact.created_at), contact.first_response_at].into_iter().flatten().collect();
        let events = store.events_at(id, moments).await?;
        let notices = self.telegram.notices(id).await?;
        let mails = self.telegram.mail_notices(id).await?;
        let mail_due = self.mail_due(&contact, &mails, now).await?;
        let pushes = self.push.notices(id).await?;
        let push_due = self.push_due(&contact, &pushes, now).await?;
        let deliveries = match sees {
            Sees::Everything => Some(self.endpoints.deliveries_of_contact(id, DELIVERIES_TRACED).await?),
            Sees::OwnContact => None,
        };
        let mut mentioned = Mentioned::default();
        mentioned.add(&contact);
        mentioned.operators.extend(decisions.iter().filter_map(|decision| decision.outcome));
        mentioned.operators.extend(notices.iter().map(|notice| notice.operator));
        mentioned.operators.extend(mails.iter().map(|notice| notice.operator));
        mentioned.operators.extend(pushes.iter().map(|notice| notice.operator));
        mentioned.operators.extend(events.iter().filter_map(|placed| placed.event.operator));
        Ok(Known {
            is_source_closed: match contact.waits_for_source() {
                true => store.source(contact.source).await?.is_some_and(|source| source.closed(now).is_some()),
                false => false,
            },
            has_address: store.intake(contact.arrived_on()).await?.is_some(),
            is_erased: store.lead(contact.lead).await?.is_some_and(|card| card.lead.erased_at.is_some()),
            named: store.named(mentioned).await?,
            setup: &self.setup,
            contact,
            payloads,
            decisions,
            events,
            notices,
            mails,
            mail_due,
            pushes,
            push_due,
            deliveries,
        })
    }
}

/// What was read.
pub(super) struct Known<'a> {
    pub(super) contact: Contact,
    pub(super) is_erased: bool,
    /// Whether it waits, and its source gives nothing away.
    pub(super) is_source_closed: bool,
    /// Whether its source has an address for payloads.
    pub(super) has_address: bool,
    /// The first one first.
    pub(super) payloads: Vec<Payload>,
    /// The last one first.
    pub(super) decisions: Vec<Decision>,
    /// Those of the moments at which it arrived and was answered.
    pub(super) events: Vec<PlacedEvent>,
    pub(super) notices: Vec<Notice>,
    pub(super) mails: Vec<MailNotice>,
    /// That mail is to be sent, and why it was not.
    pub(super) mail_due: Option<Option<&'static str>>,
    pub(super) pushes: Vec<PushNotice>,
    /// That their browsers are to be told, and why they were not.
    pub(super) push_due: Option<Option<&'static str>>,
    pub(super) deliveries: Option<Vec<Delivery>>,
    pub(super) setup: &'a TelegramSetup,
    pub(super) named: Named,
}

impl Known<'_> {
    fn trace(self, now: Timestamp) -> Trace {
        let notices = self.all_notices();
        let response = self.response();
        let steps =
            vec![self.received(), self.mapped(), self.decided(), self.told(&notices), self.answered(&response, now)];
        let decided = |decision: &Decision| TracedDecision {
            seq: decision.seq,
            decided_at: Rfc3339(decision.at),
            cause: decision.cause.as_str(),
            operator_id: decision.outcome,
            operator_name: decision.outcome.and_then(|id| self.named.operators.get(&id).cloned()),
        };
        Trace {
            contact_id: self.contact.id,
            lead_id: self.contact.lead,
            source_id: self.contact.arrived_on(),
            status: self.contact.status,
            is_erased: self.is_erased,
            steps,
            payloads: self.payloads.iter().map(|payload| self.payload(payload)).collect(),
            set_aside: set_aside(&self.contact),
            decisions: self.decisions.iter().map(decided).collect(),
            notices,
            deliveries: self.deliveries.map(|all| all.into_iter().map(delivered).collect()),
            response,
        }
    }

    pub(super) fn operator(&self, id: OperatorId) -> String {
        self.named.operators.get(&id).map_or_else(|| format!("operator {id}"), ToString::to_string)
    }

    /// Payloads before it arrived made it; later ones were appended.
    fn made_it(&self, payload: &Payload) -> bool {
        payload.received_at <= self.contact.created_at
    }

    fn payload(&self, payload: &Payload) -> TracedPayload {
        TracedPayload {
            id: payload.id,
            source_id: payload.source,
            received_at: Rfc3339(payload.received_at),
            made_contact: self.made_it(payload),
        }
    }

    /// The payload that it was made of.
    fn first_payload(&self) -> Option<&Payload> {
        self.payloads.iter().find(|payload| self.made_it(payload))
    }

    fn received(&self) -> Step {
        let source = self.named.sources.get(&self.contact.arrived_on());
        let name = || source.map_or_else(|| self.contact.arrived_on().to_string(), |source| source.name.to_string());
        if let Some(payload) = self.first_payload() {
            let step = Step::new(StepName::Received, StepState::Done, Saying::Payload(name()));
            return match self.deliveries {
                Some(_) => step.at(payload.received_at).link("payload", payload_path(payload)),
                None => step.at(payload.received_at),
            };
        }
        let is_bot = source.is_some_and(|source| source.kind == SourceKind::Telegram);
        let is_written = self.event(EventKind::ContactCreated).is_some_and(|it| it.event.actor == Some(Actor::System));
        let (state, saying) = match (self.has_address, self.is_erased) {
            _ if is_bot && is_written => (StepState::NotApplicable, Saying::BotMessage(name())),
            (false, _) => (StepState::NotApplicable, Saying::NoAddress(name())),
            (true, true) => (StepState::Erased, Saying::PayloadErased),
            (true, false) => (StepState::NotKept, Saying::PayloadNotKept),
        };
        Step::new(StepName::Received, state, saying)
    }

    fn mapped(&self) -> Step {
        let created_at = self.contact.created_at;
        let step = |state, saying| Step::new(StepName::Mapped, state, saying);
        match (self.first_payload(), self.received().state) {
            (Some(payload), _) if payload.received_at < created_at => {
                step(StepState::Done, Saying::MappedLater).at(created_at)
            }
            (Some(_), _) => step(StepState::Done, Saying::Mapped).at(created_at),
            (None, StepState::NotApplicable) => step(StepState::NotApplicable, Saying::NothingToMap),
            (None, state) => step(state, Saying::MappingNotKept),
        }
    }

    fn decided(&self) -> Step {
        let contact = &self.contact;
        let waits = || if self.is_source_closed { Saying::SourceClosed } else { Saying::Waits };
        let step = match self.decisions.first() {
            _ if contact.scheduled => Step::new(StepName::Decided, StepState::Pending, Saying::Scheduled),
            None => Step::new(StepName::Decided, StepState::Pending, waits()),
            Some(decision) => {
                let saying = match decision.outcome {
                    Some(id) if contact.accept_by.is_some() => Saying::Offered(self.operator(id)),
                    Some(id) => Saying::Assigned(self.operator(id)),
                    None => waits(),
                };
                Step::new(StepName::Decided, StepState::Done, saying).at(decision.at)
            }
        };
        if self.decisions.is_empty() {
            return step;
        }
        step.link("decisions", format!("/api/v1/contacts/{}/decisions", contact.id))
    }

    /// The number of the decision by which it is where it is.
    pub(super) fn last_seq(&self) -> Option<u32> {
        self.contact.decisions.checked_sub(1)
    }

    fn event(&self, kind: EventKind) -> Option<&PlacedEvent> {
        self.events.iter().find(|placed| placed.event.kind() == kind)
    }

    fn response(&self) -> Option<TracedResponse> {
        let at = self.contact.first_response_at?;
        let of_moment = || self.events.iter().filter(|placed| placed.event.at == at);
        let how = |placed: &PlacedEvent| match placed.event.detail {
            EventDetail::ContactResponded { how } => Some((0, how.as_str())),
            EventDetail::ContactAccepted => Some((1, "accepted")),
            EventDetail::ContactResolved => Some((2, "resolved")),
            _ => None,
        };
        let found = of_moment().filter_map(|placed| Some((how(placed)?, placed))).min_by_key(|((rank, _), _)| *rank);
        let ((_, how), placed) = found?;
        Some(TracedResponse {
            at: Rfc3339(at),
            how,
            actor: placed.event.actor,
            operator_id: placed.event.operator,
            operator_name: placed.event.operator.and_then(|id| self.named.operators.get(&id).cloned()),
        })
    }

    fn answered(&self, response: &Option<TracedResponse>, now: Timestamp) -> Step {
        let contact = &self.contact;
        let step = |state, saying| Step::new(StepName::Answered, state, saying);
        match (contact.first_response_at, response) {
            (Some(at), Some(response)) => {
                let operator = response.operator_id.map(|id| self.operator(id));
                step(StepState::Done, Saying::Answered(response.how, operator)).at(at)
            }
            (Some(at), None) => step(StepState::Done, Saying::AnsweredSomehow).at(at),
            (None, _) if contact.status == Status::Resolved => step(StepState::NotKept, Saying::AnswerNotKept),
            (None, _) if contact.respond_by.is_some_and(|by| by <= now) => {
                step(StepState::Overdue, Saying::AnswerOverdue)
            }
            (None, _) => step(StepState::Pending, Saying::NotAnswered),
        }
    }
}

impl Step {
    pub(super) fn new(step: StepName, state: StepState, saying: Saying) -> Self {
        Self { step, at: None, state, says: saying.english(), links: Vec::new(), saying }
    }

    fn at(self, at: Timestamp) -> Self {
        Self { at: Some(Rfc3339(at)), ..self }
    }

    pub(super) fn link(mut self, what: &'static str, path: String) -> Self {
        self.links.push(StepLink { what, path });
        self
    }
}

fn payload_path(payload: &Payload) -> String {
    format!("/api/v1/sources/{}/payloads/{}", payload.source, payload.id)
}

/// The names of the fields that were set aside.
fn set_aside(contact: &Contact) -> Vec<String> {
    let parsed = contact.sent.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let Some(Value::Object(fields)) = parsed else { return Vec::new() };
    fields.into_iter().map(|(name, _)| name).collect()
}

fn delivered(delivery: Delivery) -> TracedDelivery {
    TracedDelivery {
        id: delivery.id,
        endpoint_id: delivery.endpoint,
        position: delivery.position,
        r#type: delivery.r#type,
        attempt: delivery.attempt,
        at: Rfc3339(delivery.at),
        delivered: delivery.error.is_none(),
        status: delivery.status,
        error: delivery.error,
        answer: delivery.answer,
    }
}
