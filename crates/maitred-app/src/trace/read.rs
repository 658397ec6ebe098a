//! Reading what is known of the way of a contact, and what follows for each of its steps.

use super::says::Saying;
use super::{
    DECISIONS_TRACED, DELIVERIES_TRACED, PAYLOADS_TRACED, Step, StepLink, StepName, StepState, Trace, TracedDecision,
    TracedDelivery, TracedNotice, TracedPayload, TracedResponse,
};
use crate::App;
use crate::jobs::STALE_MICROS;
use crate::telegram::BotFault;
use maitred_core::intake::Payload;
use maitred_core::{
    Actor, Contact, ContactId, Decision, EventDetail, EventKind, OperatorId, SourceKind, Status, Timestamp,
};
use maitred_store::clock::Rfc3339;
use maitred_store::endpoints::Delivery;
use maitred_store::mail::MailNotice;
use maitred_store::push::PushNotice;
use maitred_store::telegram::{Notice, NoticeState, TelegramSetup};
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

    /// Why the one who has a contact was not sent mail about it, if they are to be and were not.
    async fn mail_due(
        &self,
        contact: &Contact,
        mails: &[MailNotice],
        now: Timestamp,
    ) -> Result<Option<Option<&'static str>>, StoreError> {
        let Some((operator, decision)) = holder(contact) else { return Ok(None) };
        let is_done = mails.iter().any(|mail| (mail.operator, mail.decision) == (operator, decision));
        let known = if is_done { None } else { self.store.operator(operator).await? };
        if known.is_none_or(|operator| operator.notify_email.is_none()) {
            return Ok(None);
        }
        Ok(Some(match contact.assigned_at {
            _ if !self.sends_mail => Some("no_mail_server"),
            Some(at) if now.0 - at.0 > STALE_MICROS => Some("too_late"),
            _ => None,
        }))
    }

    /// Why the one who has a contact was not told of it in their browsers, if they are to be and were not.
    async fn push_due(
        &self,
        contact: &Contact,
        pushes: &[PushNotice],
        now: Timestamp,
    ) -> Result<Option<Option<&'static str>>, StoreError> {
        let Some((operator, decision)) = holder(contact) else { return Ok(None) };
        if pushes.iter().any(|it| (it.operator, it.decision) == (operator, decision)) {
            return Ok(None);
        }
        let browsers = self.push.browsers_of(operator).await?;
        let Some(first) = browsers.first() else { return Ok(None) };
        Ok(Some(match contact.assigned_at {
            Some(at) if at < first.created_at => Some("subscribed_later"),
            Some(at) if now.0 - at.0 > STALE_MICROS => Some("too_late"),
            _ => None,
        }))
    }
}

/// What was read.
struct Known<'a> {
    contact: Contact,
    is_erased: bool,
    /// Whether it waits, and its source gives nothing away.
    is_source_closed: bool,
    /// Whether its source has an address for payloads.
    has_address: bool,
    /// The first one first.
    payloads: Vec<Payload>,
    /// The last one first.
    decisions: Vec<Decision>,
    /// Those of the moments at which it arrived and was answered.
    events: Vec<PlacedEvent>,
    notices: Vec<Notice>,
    mails: Vec<MailNotice>,
    /// That mail is to be sent, and why it was not.
    mail_due: Option<Option<&'static str>>,
    pushes: Vec<PushNotice>,
    /// That their browsers are to be told, and why they were not.
    push_due: Option<Option<&'static str>>,
    deliveries: Option<Vec<Delivery>>,
    setup: &'a TelegramSetup,
    named: Named,
}

impl Known<'_> {
    fn trace(self, now: Timestamp) -> Trace {
        let mut notices: Vec<_> = self.notices.iter().map(|notice| self.noticed(notice)).collect();
        notices.extend(self.not_noticed());
        let told = |it: &MailNotice| self.sent("email", (it.operator, it.decision), it.error.is_none(), it.told_at);
        notices.extend(self.mails.iter().map(told));
        notices.extend(self.mail_due.and_then(|problem| self.unsent("email", problem)));
        let told = |it: &PushNotice| self.sent("browser", (it.operator, it.decision), it.error.is_none(), it.told_at);
        notices.extend(self.pushes.iter().map(told));
        notices.extend(self.push_due.and_then(|problem| self.unsent("browser", problem)));
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

    fn operator(&self, id: OperatorId) -> String {
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
    fn last_seq(&self) -> Option<u32> {
        self.contact.decisions.checked_sub(1)
    }

    fn noticed(&self, notice: &Notice) -> TracedNotice {
        TracedNotice {
            way: "telegram",
            operator_id: notice.operator,
            operator_name: self.named.operators.get(&notice.operator).cloned(),
            decision: notice.decision,
            state: match notice.state {
                NoticeState::Offered => "offered",
                NoticeState::Assigned => "assigned",
                NoticeState::Ended => "ended",
            },
            told_at: notice.told_at.map(Rfc3339),
            problem: None,
        }
    }

    /// Why the one who has it was not told of that, if they were not; nothing where nobody has linked a chat.
    fn not_noticed(&self) -> Option<TracedNotice> {
        let operator = self.contact.operator.filter(|_| self.contact.status == Status::Assigned)?;
        let decision = self.last_seq()?;
        let is_told = |notice: &Notice| (notice.operator, notice.decision) == (operator, decision);
        if self.setup.chats.is_empty() || self.notices.iter().any(is_told) {
            return None;
        }
        let chat = self.setup.chats.iter().find(|chat| chat.operator == operator);
        let problem = match chat {
            None => Some("not_linked"),
            Some(chat) if chat.blocked_at.is_some() => Some("blocked"),
            Some(chat) if self.contact.assigned_at.is_some_and(|at| at < chat.linked_at) => Some("linked_later"),
            Some(chat) => {
                let bot = self.setup.bots.iter().find(|bot| bot.source == chat.source);
                bot.and_then(BotFault::of).map(BotFault::as_str)
            }
        };
        self.unsent("telegram", problem)
    }

    /// That the one who has it was not told in a way.
    fn unsent(&self, way: &'static str, problem: Option<&'static str>) -> Option<TracedNotice> {
        let (operator, decision) = self.contact.operator.zip(self.last_seq())?;
        let operator_name = self.named.operators.get(&operator).cloned();
        let state = "not_sent";
        Some(TracedNotice { way, operator_id: operator, operator_name, decision, state, told_at: None, problem })
    }

    /// That an operator was told in a way, or that it was refused for good.
    fn sent(
        &self,
        way: &'static str,
        (operator, decision): (OperatorId, u32),
        is_taken: bool,
        at: Timestamp,
    ) -> TracedNotice {
        TracedNotice {
            way,
            operator_id: operator,
            operator_name: self.named.operators.get(&operator).cloned(),
            decision,
            state: if is_taken { "sent" } else { "not_sent" },
            told_at: is_taken.then_some(Rfc3339(at)),
            problem: (!is_taken).then_some("refused"),
        }
    }

    fn told(&self, notices: &[TracedNotice]) -> Step {
        let since = self.decisions.first().map(|decision| decision.at);
        let now = notices.iter().filter(|notice| Some(notice.decision) == self.last_seq());
        let (sent, unsent): (Vec<_>, Vec<_>) = now.partition(|notice| notice.state != "not_sent");
        let calls: Vec<_> = self.deliveries.iter().flatten().filter(|call| Some(call.at) >= since).collect();
        let taken = calls.iter().filter(|call| call.error.is_none()).map(|call| call.at).min();
        let told_at = sent.iter().filter_map(|notice| notice.told_at.as_ref().map(|at| at.0)).min();
        let step = |state, saying| Step::new(StepName::Told, state, saying);
        let name = |notice: &TracedNotice| self.operator(notice.operator_id);
        let told = match (
            sent.first(),
            unsent.iter().min_by_key(|notice| notice.problem.is_some()).map(|notice| (name(notice), notice.problem)),
        ) {
            (Some(notice), _) => step(StepState::Done, Saying::OperatorTold(name(notice))),
            (None, _) if taken.is_some() => step(StepState::Done, Saying::EndpointTold),
            (None, Some((operator, None))) => step(StepState::Pending, Saying::Telling(operator)),
            (None, Some((operator, Some(why)))) => step(StepState::Failed, Saying::OperatorNotTold(operator, why)),
            (None, None) if !calls.is_empty() => step(StepState::Failed, Saying::EndpointFailed),
            (None, None) => match self.contact.status {
                Status::Waiting => step(StepState::Pending, Saying::NobodyHasIt),
                Status::Assigned => step(StepState::NotApplicable, Saying::DeskOnly),
                Status::Resolved => step(StepState::NotKept, Saying::NoticesNotKept),
            },
        };
        let told = Step { at: told_at.into_iter().chain(taken).min().map(Rfc3339), ..told };
        calls.first().and_then(|call| call.position).map_or(told.clone(), |position| {
            told.link("event", format!("/api/v1/events?after={}&limit=1", position.saturating_sub(1)))
        })
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
    fn new(step: StepName, state: StepState, saying: Saying) -> Self {
        Self { step, at: None, state, says: saying.english(), links: Vec::new(), saying }
    }

    fn at(self, at: Timestamp) -> Self {
        Self { at: Some(Rfc3339(at)), ..self }
    }

    fn link(mut self, what: &'static str, path: String) -> Self {
        self.links.push(StepLink { what, path });
        self
    }
}

/// Who has a contact, and by which decision.
fn holder(contact: &Contact) -> Option<(OperatorId, u32)> {
    contact.operator.filter(|_| contact.status == Status::Assigned).zip(contact.decisions.checked_sub(1))
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
