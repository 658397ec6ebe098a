//! The messages about one contact: what each operator is to see of it, and what has to be sent for that.

use super::{REST_OF_BOT, STALE_MICROS};
use crate::App;
use crate::identity;
use crate::spans;
use crate::telegram::limits::Limits;
use crate::telegram::texts::{End, Language, Told, first_line};
use maitred_core::conversation::Message;
use maitred_core::{Contact, ContactId, IdentityKind, OperatorId, Source, Status, Timestamp};
use maitred_store::StoreError;
use maitred_store::telegram::{Notice, NoticeState, OperatorChat, SourceBot, TelegramSetup};
use maitred_telegram::{Bot, Button, OutgoingMessage, Press, TelegramError, Verb};
use metrics::counter;
use std::time::Instant;

/// The last messages of a contact of which the first lines are shown.
const SAID_MAX: u32 = 5;

/// Who is told, and when.
pub(super) struct Desk<'a> {
    pub app: &'a App,
    pub setup: &'a TelegramSetup,
    pub now: Timestamp,
}

/// What is to be seen of a contact by the one who has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) operator: OperatorId,
    pub(super) decision: u32,
    state: NoticeState,
    /// The last message of the lead; 0 if there is none beyond what the contact arrived with.
    said: i64,
}

impl Wanted {
    pub(super) fn of(contact: &Contact, said: &[Message]) -> Option<Self> {
        let operator = contact.operator.filter(|_| contact.status == Status::Assigned)?;
        let state = if contact.accept_by.is_some() { NoticeState::Offered } else { NoticeState::Assigned };
        let said = said.last().map_or(0, |message| message.id.0);
        Some(Self { operator, decision: contact.decisions.checked_sub(1)?, state, said })
    }

    /// Whether they may accept it.
    pub(super) fn is_offer(self) -> bool {
        self.state == NoticeState::Offered
    }

    fn is_shown_by(self, notice: &Notice) -> bool {
        (notice.operator, notice.decision, notice.state) == (self.operator, self.decision, self.state)
            && notice.said >= self.said
    }
}

/// What became of a message.
enum Sent {
    /// It is there, with this id.
    As(i64),
    /// It is not, and will not be.
    Never,
    /// Another try from then on.
    Later(Instant),
}

impl Desk<'_> {
    /// Brings all messages about a contact up to date. Gives when to go on, if that was not possible now.
    pub(super) async fn tell(&self, id: ContactId, limits: &mut Limits) -> Result<Option<Instant>, StoreError> {
        let contact = self.app.store().contact(id).await?;
        let notices = self.app.telegram().store().notices(id).await?;
        let said = self.said(id).await?;
        let wanted = contact.as_ref().and_then(|contact| Wanted::of(contact, &said));
        let mut later = None;
        for notice in &notices {
            let is_over = wanted.is_none_or(|it| (it.operator, it.decision) != (notice.operator, notice.decision));
            if is_over && notice.state != NoticeState::Ended {
                later = later.or(self.end(notice, contact.as_ref(), limits).await?);
            }
        }
        // Who gets it twice is to see the end of the first message before the second.
        if let (Some(wanted), Some(contact), None) = (wanted, &contact, later) {
            let before = notices.iter().find(|notice| notice.operator == wanted.operator);
            if !before.is_some_and(|notice| wanted.is_shown_by(notice)) {
                later = self.show(wanted, (contact, &said), before, limits).await?;
            }
        }
        Ok(later)
    }

    /// The last that the lead of a contact said after it arrived, in order.
    async fn said(&self, id: ContactId) -> Result<Vec<Message>, StoreError> {
        let mut last = self.app.store().latest_messages(vec![id], SAID_MAX).await?;
        last.retain(|message| message.author.is_none());
        Ok(last)
    }

    /// The chat in which an operator is told, if they can be.
    fn chat(&self, operator: OperatorId) -> Option<&OperatorChat> {
        self.setup.chats.iter().find(|chat| chat.operator == operator && chat.blocked_at.is_none())
    }

    fn bot(&self, chat: &OperatorChat) -> Option<Bot> {
        let row = self.setup.bots.iter().find(|bot| bot.source == chat.source)?;
        self.app.telegram().bot(row).ok()
    }

    /// Says that a contact is over for somebody, and takes the buttons away.
    async fn end(
        &self,
        notice: &Notice,
        contact: Option<&Contact>,
        limits: &mut Limits,
    ) -> Result<Option<Instant>, StoreError> {
        // A chat that was unlinked, or is another by now, is not written to.
        let chat = self.chat(notice.operator).filter(|it| (it.source, it.chat) == (notice.source, notice.chat));
        if let Some(chat) = chat {
            let language = Language::of(chat.language.as_deref());
            let source = match contact {
                Some(contact) => self.app.store().source(contact.source).await?,
                None => None,
            };
            let name = source.map(|source| source.name).unwrap_or_default();
            let end = self.end_of(notice, contact).await?;
            let message = OutgoingMessage::plain(language.ended(&name, notice.contact.0, &end));
            if let Sent::Later(at) = self.send(chat, Some(notice.message), &message, limits).await? {
                return Ok(Some(at));
            }
        }
        self.keep(Notice { state: NoticeState::Ended, ..notice.clone() }).await?;
        Ok(None)
    }

    async fn end_of(&self, notice: &Notice, contact: Option<&Contact>) -> Result<End, StoreError> {
        let Some(contact) = contact else { return Ok(End::Deleted) };
        Ok(match (contact.status, contact.operator) {
            (Status::Resolved, _) => End::Resolved,
            (Status::Assigned, Some(operator)) if operator == notice.operator => End::Again,
            (Status::Assigned, Some(operator)) => {
                let operator = self.app.store().operator(operator).await?;
                operator.map_or(End::Waits, |operator| End::With(operator.name.to_string()))
            }
            (Status::Assigned | Status::Waiting, _) => End::Waits,
        })
    }

    /// Shows a contact to the one who has it: in the message that says so already, or in a new one.
    async fn show(
        &self,
        wanted: Wanted,
        (contact, said): (&Contact, &[Message]),
        before: Option<&Notice>,
        limits: &mut Limits,
    ) -> Result<Option<Instant>, StoreError> {
        let Some(chat) = self.chat(wanted.operator) else { return Ok(None) };
        let is_news = before.is_some() || contact.assigned_at.is_some_and(|at| at >= chat.linked_at);
        let source = self.app.store().source(contact.source).await?;
        let Some(source) = source.filter(|_| is_news) else { return Ok(None) };
        let is_same = |notice: &&Notice| {
            (notice.decision, notice.source, notice.chat) == (wanted.decision, chat.source, chat.chat)
                && notice.state != NoticeState::Ended
        };
        let live = before.filter(is_same);
        // What was said since is told by a message of its own, for a change makes no sound. The one before it says so,
        // and has neither text nor buttons any more.
        let same = live.filter(|notice| notice.said >= wanted.said).map(|notice| notice.message);
        if let (Some(notice), None) = (live, same) {
            let language = Language::of(chat.language.as_deref());
            let moved = OutgoingMessage::plain(language.ended(&source.name, contact.id.0, &End::WroteAgain));
            if let Sent::Later(at) = self.send(chat, Some(notice.message), &moved, limits).await? {
                return Ok(Some(at));
            }
        }
        let told_at = live.map_or(Some(self.now), |notice| notice.told_at);
        let shown_before = live.map_or(0, |notice| notice.said);
        let line = lines(contact, said, shown_before);
        let message = self.message(wanted, contact, line, &source, chat).await?;
        match self.send(chat, same, &message, limits).await? {
            Sent::Later(at) => Ok(Some(at)),
            Sent::Never => Ok(None),
            Sent::As(id) => {
                counter!("maitred_telegram_notices_total").increment(1);
                let Wanted { operator, decision, state, said } = wanted;
                self.keep(Notice {
                    contact: contact.id,
                    operator,
                    source: chat.source,
                    chat: chat.chat,
                    message: id,
                    decision,
                    state,
                    told_at,
                    updated_at: self.now,
                    said,
                })
                .await?;
                Ok(None)
            }
        }
    }

    async fn keep(&self, notice: Notice) -> Result<(), StoreError> {
        let notice = Notice { updated_at: self.now, ..notice };
        self.app.telegram().store().put_notice(notice).await
    }

    async fn message(
        &self,
        wanted: Wanted,
        contact: &Contact,
        line: Option<String>,
        source: &Source,
        chat: &OperatorChat,
    ) -> Result<OutgoingMessage, StoreError> {
        let language = Language::of(chat.language.as_deref());
        let text = self.told(wanted, contact, source, line.as_deref(), |told| language.contact(told)).await?;
        Ok(OutgoingMessage { text, buttons: buttons(wanted, contact.id, language) })
    }

    /// A contact and the one who is to be told of it, if that is news: it is not what happened more than an hour ago.
    pub(super) async fn news(&self, id: ContactId) -> Result<Option<(Contact, Wanted)>, StoreError> {
        let Some(contact) = self.app.store().contact(id).await? else { return Ok(None) };
        let is_news = contact.assigned_at.is_some_and(|at| self.now.0 - at.0 <= STALE_MICROS);
        let wanted = Wanted::of(&contact, &[]).filter(|_| is_news);
        Ok(wanted.map(|wanted| (contact, wanted)))
    }

    /// What an operator is told of a contact, in any way. The phone is in it where the source allows that.
    pub(super) async fn told(
        &self,
        wanted: Wanted,
        contact: &Contact,
        source: &Source,
        line: Option<&str>,
        say: impl FnOnce(&Told<'_>) -> String,
    ) -> Result<String, StoreError> {
        let seconds = |micros: i64| micros.max(0) / 1_000_000;
        let lead = self.app.store().lead(contact.lead).await?;
        let phone = lead.as_ref().filter(|_| self.shows_phone(source)).and_then(|card| {
            let phone = card.identities.iter().find(|identity| identity.kind == IdentityKind::Phone);
            phone.map(identity::spelled)
        });
        let url = self.app.public_url().map(|url| format!("{url}/desk/{}", wanted.operator));
        Ok(say(&Told {
            source: &source.name,
            name: lead.as_ref().and_then(|card| card.lead.name.as_deref()),
            phone: phone.as_deref(),
            waits_s: seconds(self.now.0 - contact.waits_since().0),
            accept_s: contact.accept_by.map(|at| seconds(at.0 - self.now.0)),
            is_accepted: contact.accepted_at.is_some(),
            line,
            url: url.as_deref(),
        }))
    }

    pub(super) fn shows_phone(&self, source: &Source) -> bool {
        let is_it = |bot: &&SourceBot| bot.source == source.id;
        self.setup.bots.iter().find(is_it).is_some_and(|bot| bot.shows_phone())
    }

    /// Sends a message, or changes one.
    async fn send(
        &self,
        chat: &OperatorChat,
        id: Option<i64>,
        message: &OutgoingMessage,
        limits: &mut Limits,
    ) -> Result<Sent, StoreError> {
        // A bot that does not answer rests as a whole. No person has a negative id, and a bot of a source has.
        let bot_key = -chat.source.0;
        let resting = limits.resting.get(&bot_key).filter(|until| **until > Instant::now());
        if let Some(until) = resting {
            return Ok(Sent::Later(*until));
        }
        let Some(bot) = self.bot(chat) else { return Ok(Sent::Never) };
        if let Err(at) = limits.take(chat.chat) {
            return Ok(Sent::Later(at));
        }
        let sent = match id {
            Some(id) => spans::telegram(bot.edit_message_text(chat.chat, id, message)).await.map(|()| id),
            None => spans::telegram(bot.send_message(chat.chat, message)).await,
        };
        Ok(match (sent, id) {
            (Ok(id), _) | (Err(TelegramError::Harmless(_)), Some(id)) => Sent::As(id),
            (Err(TelegramError::TooMany(wait)), _) => Sent::Later(limits.rest(chat.chat, wait)),
            (Err(TelegramError::Blocked(_)), _) => {
                counter!("maitred_telegram_blocked_total").increment(1);
                self.app.telegram().store().block(chat.source, chat.chat, self.now).await?;
                tracing::warn!(
                    operator = chat.operator.0,
                    "the bot cannot write to an operator; their chat is unlinked"
                );
                Sent::Never
            }
            (Err(error @ (TelegramError::Unreachable(_) | TelegramError::BadToken)), _) => {
                tracing::warn!(%error, source = chat.source.0, "operators are not told for now");
                Sent::Later(limits.rest(bot_key, REST_OF_BOT))
            }
            (Err(error), _) => {
                tracing::warn!(%error, operator = chat.operator.0, "an operator was not told of a contact");
                Sent::Never
            }
        })
    }
}

/// What the lead said that was not shown yet: the first line of each message; if all was shown, of the last.
fn lines(contact: &Contact, said: &[Message], shown_before: i64) -> Option<String> {
    let since: Vec<String> =
        said.iter().filter(|message| message.id.0 > shown_before).map(|message| first_line(&message.text)).collect();
    match (since.is_empty(), said.last()) {
        (false, _) => Some(since.join("\n")),
        (true, Some(last)) => Some(first_line(&last.text)),
        (true, None) => contact.message.as_deref().map(first_line),
    }
}

/// The buttons below a contact.
fn buttons(wanted: Wanted, contact: ContactId, language: Language) -> Vec<Vec<Button>> {
    let button = |text: &str, verb: Verb| {
        let press = Press { contact: contact.0, decision: wanted.decision, verb };
        Button { text: text.to_owned(), data: press.to_string() }
    };
    let first = match wanted.state {
        NoticeState::Offered => {
            vec![button(language.accept(), Verb::Accept), button(language.decline(), Verb::Decline)]
        }
        NoticeState::Assigned => vec![button(language.resolve(), Verb::Resolve)],
        NoticeState::Ended => return Vec::new(),
    };
    vec![first, vec![button(language.pause(), Verb::Pause)]]
}
