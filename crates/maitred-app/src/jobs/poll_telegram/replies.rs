//! What operators reply to the message that told them of a contact: it goes to the lead, if they still have the contact
//! by the decision of which that message tells. Else nothing is sent, and they are told who has it.

use super::intake::{Place, TakeError};
use super::presses::{is_current, stale};
use crate::batcher::{self, ExecuteError};
use crate::event_key;
use crate::permission::Requester;
use crate::telegram::replies::place_of;
use crate::telegram::texts::{End, Language, NotSent};
use maitred_core::command::{OfferAnswer, SendMessage};
use maitred_core::{Actor, Command, Contact, ContactId, Outcome, Rejection, limits};
use maitred_store::StoreError;
use maitred_store::accounts::Grant;
use maitred_store::telegram::OperatorChat;
use maitred_telegram::{LeadMessage, ReplyTo};
use std::sync::Arc;

/// What came of a reply.
enum Came {
    /// It is stored, and sent in its turn.
    Stored,
    /// It was stored before: Telegram sent it again.
    Before,
    NotSent(NotSent),
}

impl Place<'_> {
    /// Sends a reply on to the lead, and says what came of it.
    pub(super) async fn send_on(
        &self,
        update: i64,
        chat: &OperatorChat,
        message: &LeadMessage,
        to: ReplyTo,
    ) -> Result<(), TakeError> {
        let language = Language::of(message.from.language.as_deref());
        match self.carry(update, chat, message, to).await? {
            Came::Stored => self.say(chat.chat, language.on_its_way()).await,
            Came::Before => {}
            Came::NotSent(why) => self.say(chat.chat, &language.not_sent(&why)).await,
        }
        Ok(())
    }

    async fn carry(
        &self,
        update: i64,
        chat: &OperatorChat,
        message: &LeadMessage,
        to: ReplyTo,
    ) -> Result<Came, TakeError> {
        let Some((id, decision)) = self.told(chat, to).await? else {
            return Ok(Came::NotSent(NotSent::UnknownMessage));
        };
        let Some(text) = message.text.as_deref().and_then(|text| limits::reply(text).ok()) else {
            return Ok(Came::NotSent(NotSent::NoText));
        };
        let Some(contact) = self.app.store().contact(id).await? else {
            return Ok(Came::NotSent(NotSent::Over(End::Deleted)));
        };
        match self.order(update, chat, &contact, decision, text).await? {
            Ok(Outcome::Again(_)) => Ok(Came::Before),
            Ok(_) => Ok(Came::Stored),
            Err(ExecuteError::Rejected(Rejection::NoWay(..))) => Ok(Came::NotSent(NotSent::NoWay)),
            Err(ExecuteError::Rejected(_) | ExecuteError::Denied(_) | ExecuteError::Changed) => {
                let why = self.why_over(id, chat, decision).await?;
                Ok(Came::NotSent(why))
            }
            Err(error) => Err(TakeError::Busy(error)),
        }
    }

    /// About which contact the operator was told by a message, and by which decision they had it then.
    async fn told(&self, chat: &OperatorChat, to: ReplyTo) -> Result<Option<(ContactId, u32)>, StoreError> {
        let notice = self.app.telegram().store().notice_at(self.source, chat.chat, to.message).await?;
        let notice = notice.map(|notice| (notice.contact, notice.decision));
        // Of an earlier message about a contact the button says it.
        Ok(notice.or_else(|| to.press.map(|press| (ContactId(press.contact), press.decision))))
    }

    /// Has it stored, as the operator, once for each update.
    async fn order(
        &self,
        update: i64,
        chat: &OperatorChat,
        contact: &Contact,
        decision: u32,
        text: Arc<str>,
    ) -> Result<batcher::Answer, StoreError> {
        let operator = chat.operator;
        let way = place_of(self.app.telegram(), self.app.store(), contact).await?.map(drop);
        let answer = OfferAnswer { contact: contact.id, operator: Some(operator), decision: Some(decision) };
        let command = Command::SendMessage(SendMessage { contact: answer, text, way });
        let requester = Requester { actor: Actor::Telegram(operator), grant: Grant::Operator(operator) };
        let key = event_key::of_event(self.source, &format!("{}:reply:{update}", self.bot_id), "");
        Ok(batcher::answer(self.app.batcher().queue(requester, command, vec![key], None)).await)
    }

    /// Why it was refused: who has the contact by now.
    async fn why_over(&self, id: ContactId, chat: &OperatorChat, decision: u32) -> Result<NotSent, StoreError> {
        Ok(match self.app.store().contact(id).await? {
            None => NotSent::Over(End::Deleted),
            Some(contact) if is_current(&contact, chat.operator, decision) => NotSent::TryAgain,
            Some(contact) => NotSent::Over(stale(self.app, &contact, chat.operator).await?),
        })
    }
}
