//! Where bots of sources, chats of operators and what these were sent are kept: beside the keys, and so beside the
//! batcher. What is done with the rows is in `telegram_steps`.
//!
//! Every method gives [`StoreError`] when the store cannot be used.

use crate::accounts::Digest;
use crate::key_place::{KeyPlace, add, change, read};
use crate::mail::{MailFault, MailNotice};
use crate::telegram::{LinkCode, Notice, OperatorChat, SourceBot, TelegramSetup};
use crate::url::DatabaseUrl;
use crate::{StoreError, StoreFuture, telegram_steps};
use futures_util::FutureExt;
use maitred_core::{ContactId, OperatorId, SourceId, Timestamp};

type Result<T> = std::result::Result<T, StoreError>;

/// See the module. Clones share connections.
#[derive(Clone)]
pub struct TelegramStore(KeyPlace);

#[expect(clippy::missing_errors_doc, reason = "said once, in the module's first lines")]
impl TelegramStore {
    /// For the Telegram of this database. On PostgreSQL the schema is brought up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self> {
        KeyPlace::open(url).await.map(Self)
    }

    /// A number that every change of bots and chats raises; 0 as long as there never was one.
    pub fn version(&self) -> StoreFuture<'_, i64> {
        read!(self, of => telegram_steps::version(of))
    }

    /// All bots and chats.
    pub fn setup(&self) -> StoreFuture<'_, TelegramSetup> {
        read!(self, of => telegram_steps::setup(of))
    }

    /// Changes what a source has to do with Telegram.
    pub fn change_bot(
        &self,
        source: SourceId,
        change: impl FnOnce(&mut SourceBot) + Send + 'static,
    ) -> StoreFuture<'_, ()> {
        self.apply_to_bot(source, Box::new(change))
    }

    fn apply_to_bot(&self, source: SourceId, change: Box<dyn FnOnce(&mut SourceBot) + Send>) -> StoreFuture<'_, ()> {
        add!(self, to => telegram_steps::change_bot(to, source, change))
    }

    /// Puts the code of an operator in the place of the one they may have.
    pub fn put_code(&self, code: LinkCode) -> StoreFuture<'_, ()> {
        add!(self, to => telegram_steps::put_code(to, code))
    }

    /// Whose code it is, if it is good; it is not good again. Their chat is this one from then on, and that of nobody
    /// else. The operator that `chat` names does not matter.
    pub fn redeem(&self, digest: Digest, chat: OperatorChat) -> StoreFuture<'_, Option<OperatorId>> {
        change!(self, of => telegram_steps::redeem(of, digest, chat))
    }

    /// Forgets the chat of an operator, and their code. False when there was no chat.
    pub fn unlink(&self, operator: OperatorId) -> StoreFuture<'_, bool> {
        change!(self, of => telegram_steps::unlink(of, operator))
    }

    /// Notes that a bot cannot write to a chat. False when that is nobody's, or was known.
    pub fn block(&self, source: SourceId, chat: i64, at: Timestamp) -> StoreFuture<'_, bool> {
        change!(self, of => telegram_steps::block(of, source, chat, at))
    }

    /// Makes a process the one that does something until a time, unless another is. Says whether it is.
    pub fn take_turn(&self, name: String, node: i64, now: Timestamp, until: Timestamp) -> StoreFuture<'_, bool> {
        add!(self, of => telegram_steps::take_turn(of, &name, node, now, until))
    }

    /// Lets another process do it, if this one did.
    pub fn leave_turn(&self, name: String, node: i64) -> StoreFuture<'_, ()> {
        change!(self, of => telegram_steps::leave_turn(of, &name, node))
    }

    /// Up to which event operators were told; none before the first look.
    pub fn position(&self) -> StoreFuture<'_, Option<i64>> {
        read!(self, of => telegram_steps::position(of))
    }

    pub fn set_position(&self, position: i64) -> StoreFuture<'_, ()> {
        change!(self, of => telegram_steps::set_position(of, position))
    }

    /// What operators were sent about a contact.
    pub fn notices(&self, contact: ContactId) -> StoreFuture<'_, Vec<Notice>> {
        read!(self, of => telegram_steps::notices(of, contact))
    }

    /// What an operator was sent about a contact by this message in their chat.
    pub fn notice_at(&self, source: SourceId, chat: i64, message: i64) -> StoreFuture<'_, Option<Notice>> {
        read!(self, of => telegram_steps::notice_at(of, source, chat, message))
    }

    pub fn put_notice(&self, notice: Notice) -> StoreFuture<'_, ()> {
        change!(self, of => telegram_steps::put_notice(of, notice))
    }

    /// Forgets messages about what was over before a time, some at a time.
    pub fn forget_notices(&self, before: Timestamp) -> StoreFuture<'_, ()> {
        change!(self, of => telegram_steps::forget_notices(of, before))
    }

    /// What operators were told of a contact by e-mail.
    pub fn mail_notices(&self, contact: ContactId) -> StoreFuture<'_, Vec<MailNotice>> {
        read!(self, of => telegram_steps::mail_notices(of, contact))
    }

    /// Keeps what became of a message, and whether the address of its operator refuses mail.
    pub fn put_mail_notice(&self, notice: MailNotice, fault: Option<MailFault>) -> StoreFuture<'_, ()> {
        add!(self, to => telegram_steps::put_mail_notice(to, notice, fault))
    }

    /// The addresses that refuse mail, by operator.
    pub fn mail_faults(&self) -> StoreFuture<'_, Vec<MailFault>> {
        read!(self, of => telegram_steps::mail_faults(of))
    }

    /// Whether the address of an operator refuses mail.
    pub fn mail_fault(&self, operator: OperatorId) -> StoreFuture<'_, Option<MailFault>> {
        read!(self, of => telegram_steps::mail_fault(of, operator))
    }

    /// Forgets what operators were told by e-mail before a time, some at a time.
    pub fn forget_mail(&self, before: Timestamp) -> StoreFuture<'_, ()> {
        change!(self, of => telegram_steps::forget_mail(of, before))
    }

    /// Takes over bots and chats of another store, when a database moves. Says how many those are.
    pub async fn take_over(&self, from: &Self) -> Result<usize> {
        let setup = from.setup().await?;
        let count = setup.bots.len() + setup.chats.len();
        if count > 0 {
            let put: Result<()> = add!(self, to => telegram_steps::put_setup(to, setup)).await;
            put?;
        }
        Ok(count)
    }
}
