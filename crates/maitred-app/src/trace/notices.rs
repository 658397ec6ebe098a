//! In which ways operators were told of a contact, and why not.

use super::read::{Known, Places};
use super::says::Saying;
use super::{Step, StepName, StepState, TracedNotice};
use crate::jobs::STALE_MICROS;
use crate::telegram::BotFault;
use maitred_core::{Contact, OperatorId, Status, Timestamp};
use maitred_store::StoreError;
use maitred_store::clock::Rfc3339;
use maitred_store::mail::MailNotice;
use maitred_store::push::PushNotice;
use maitred_store::telegram::{Notice, NoticeState};

impl Places {
    /// Why the one who has a contact was not sent mail about it, if they are to be and were not.
    pub(super) async fn mail_due(
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
    pub(super) async fn push_due(
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

impl Known<'_> {
    /// In all ways.
    pub(super) fn all_notices(&self) -> Vec<TracedNotice> {
        let mut notices: Vec<_> = self.notices.iter().map(|notice| self.noticed(notice)).collect();
        notices.extend(self.not_noticed());
        let told = |it: &MailNotice| {
            let problem = it.error.is_some().then_some("refused");
            self.sent("email", (it.operator, it.decision), problem, it.told_at)
        };
        notices.extend(self.mails.iter().map(told));
        notices.extend(self.mail_due.and_then(|problem| self.unsent("email", problem)));
        let told = |it: &PushNotice| {
            let problem = it.error.is_some().then_some("not_taken");
            self.sent("browser", (it.operator, it.decision), problem, it.told_at)
        };
        notices.extend(self.pushes.iter().map(told));
        notices.extend(self.push_due.and_then(|problem| self.unsent("browser", problem)));
        notices
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

    /// That an operator was told in a way, or why they never will be.
    fn sent(
        &self,
        way: &'static str,
        (operator, decision): (OperatorId, u32),
        problem: Option<&'static str>,
        at: Timestamp,
    ) -> TracedNotice {
        TracedNotice {
            way,
            operator_id: operator,
            operator_name: self.named.operators.get(&operator).cloned(),
            decision,
            state: if problem.is_none() { "sent" } else { "not_sent" },
            told_at: problem.is_none().then_some(Rfc3339(at)),
            problem,
        }
    }

    pub(super) fn told(&self, notices: &[TracedNotice]) -> Step {
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
}

/// Who has a contact, and by which decision.
fn holder(contact: &Contact) -> Option<(OperatorId, u32)> {
    contact.operator.filter(|_| contact.status == Status::Assigned).zip(contact.decisions.checked_sub(1))
}
