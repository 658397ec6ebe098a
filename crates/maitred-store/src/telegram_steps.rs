//! What is done with the rows of Telegram, step by step, for both engines. Whatever changes something is one
//! transaction, which has the row of `access` to itself.

use crate::StoreError;
use crate::account_steps::{Execute, put};
use crate::accounts::Digest;
use crate::mail::{MailFault, MailNotice};
use crate::reading::values;
use crate::schema::{Put, Telegram, columns_of};
use crate::telegram::{LinkCode, Notice, NoticeState, OperatorChat, SourceBot, TelegramSetup};
use maitred_core::{ContactId, OperatorId, SourceId, Timestamp};
use std::sync::Arc;

type Result<T> = std::result::Result<T, StoreError>;

/// Messages about contacts that are over and were not changed since are forgotten so many at a time.
const FORGOTTEN_AT_ONCE: u32 = 1_000;

async fn telegram(of: &impl Execute) -> Result<Telegram> {
    let sql = format!("SELECT {} FROM maitred.telegram t WHERE t.one = 1", columns_of::<Telegram>("t"));
    of.list(&sql, &[]).await?.pop().ok_or_else(|| StoreError::Corrupt("telegram has no row".to_owned()))
}

pub async fn version(of: &impl Execute) -> Result<i64> {
    Ok(telegram(of).await?.version)
}

pub async fn setup(of: &impl Execute) -> Result<TelegramSetup> {
    // The version first: what changes behind it is read again.
    let version = version(of).await?;
    let bots = format!("SELECT {} FROM maitred.telegram_bots b ORDER BY b.source_id", columns_of::<SourceBot>("b"));
    let chats =
        format!("SELECT {} FROM maitred.telegram_chats c ORDER BY c.operator_id", columns_of::<OperatorChat>("c"));
    Ok(TelegramSetup { version, bots: of.list(&bots, &[]).await?, chats: of.list(&chats, &[]).await? })
}

async fn bot(of: &impl Execute, source: SourceId) -> Result<SourceBot> {
    let columns = columns_of::<SourceBot>("b");
    let sql = format!("SELECT {columns} FROM maitred.telegram_bots b WHERE b.source_id = $1");
    Ok(of.list(&sql, values![source]).await?.pop().unwrap_or_else(|| SourceBot::none(source)))
}

/// Changes what a source has to do with Telegram, if that is a change.
pub async fn change_bot(of: &impl Execute, source: SourceId, change: impl FnOnce(&mut SourceBot)) -> Result<()> {
    let before = bot(of, source).await?;
    let mut after = before.clone();
    change(&mut after);
    if before != after {
        put(of, Put::Upsert, &after).await?;
        raise(of).await?;
    }
    Ok(())
}

/// Puts the code of an operator in the place of the one they may have.
pub async fn put_code(to: &impl Execute, code: LinkCode) -> Result<()> {
    put(to, Put::Upsert, &code).await
}

/// Whose code it is, if it is good; it is not good again. Their chat is this one from then on, and that of nobody else.
pub async fn redeem(of: &impl Execute, digest: Digest, chat: OperatorChat) -> Result<Option<OperatorId>> {
    let sql = "SELECT operator_id FROM maitred.telegram_codes WHERE digest = $1 AND expires_at > $2";
    let Some(operator) = of.list::<OperatorId>(sql, values![digest, chat.linked_at]).await?.pop() else {
        return Ok(None);
    };
    of.run("DELETE FROM maitred.telegram_codes WHERE operator_id = $1", values![operator]).await?;
    let others = "DELETE FROM maitred.telegram_chats WHERE chat_id = $1 AND source_id = $2 AND operator_id <> $3";
    of.run(others, values![chat.chat, chat.source, operator]).await?;
    put(of, Put::Upsert, &OperatorChat { operator, ..chat }).await?;
    raise(of).await?;
    Ok(Some(operator))
}

/// Forgets the chat of an operator, and their code. False when there was no chat.
pub async fn unlink(of: &impl Execute, operator: OperatorId) -> Result<bool> {
    of.run("DELETE FROM maitred.telegram_codes WHERE operator_id = $1", values![operator]).await?;
    let unlinked = of.run("DELETE FROM maitred.telegram_chats WHERE operator_id = $1", values![operator]).await?;
    raise_if(of, unlinked).await
}

/// Notes that a bot cannot write to a chat since a time, which is exact to a second. False when that is nobody's, was
/// known, or the chat was linked later.
pub async fn block(of: &impl Execute, source: SourceId, chat: i64, at: Timestamp) -> Result<bool> {
    let sql = "UPDATE maitred.telegram_chats SET blocked_at = $3 \
               WHERE source_id = $1 AND chat_id = $2 AND blocked_at IS NULL AND linked_at < $4";
    let end = Timestamp(at.0.saturating_add(1_000_000));
    let blocked = of.run(sql, values![source, chat, at, end]).await?;
    raise_if(of, blocked).await
}

/// Makes a process the one that does something until a time, unless another is. Says whether it is.
pub async fn take_turn(of: &impl Execute, name: &str, node: i64, now: Timestamp, until: Timestamp) -> Result<bool> {
    let name: Arc<str> = name.into();
    let first = "INSERT INTO maitred.telegram_turns (name, node, until_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    if of.run(first, values![name, node, until]).await? > 0 {
        return Ok(true);
    }
    let sql = "UPDATE maitred.telegram_turns SET node = $2, until_at = $3 \
               WHERE name = $1 AND (node = $2 OR until_at <= $4)";
    Ok(of.run(sql, values![name, node, until, now]).await? > 0)
}

/// Lets another process do it, if this one did.
pub async fn leave_turn(of: &impl Execute, name: &str, node: i64) -> Result<()> {
    let name: Arc<str> = name.into();
    of.run("DELETE FROM maitred.telegram_turns WHERE name = $1 AND node = $2", values![name, node]).await.map(drop)
}

/// Up to which event operators were told; none before the first look.
pub async fn position(of: &impl Execute) -> Result<Option<i64>> {
    Ok(Some(telegram(of).await?.position).filter(|position| *position >= 0))
}

pub async fn set_position(of: &impl Execute, position: i64) -> Result<()> {
    of.run("UPDATE maitred.telegram SET position = $1 WHERE one = 1", values![position]).await.map(drop)
}

/// What operators were sent about a contact.
pub async fn notices(of: &impl Execute, contact: ContactId) -> Result<Vec<Notice>> {
    let columns = columns_of::<Notice>("n");
    let sql =
        format!("SELECT {columns} FROM maitred.telegram_notices n WHERE n.contact_id = $1 ORDER BY n.operator_id");
    of.list(&sql, values![contact]).await
}

/// Which one a message in a chat is.
pub async fn notice_at(of: &impl Execute, source: SourceId, chat: i64, message: i64) -> Result<Option<Notice>> {
    let columns = columns_of::<Notice>("n");
    let sql = format!(
        "SELECT {columns} FROM maitred.telegram_notices n \
         WHERE n.chat_id = $1 AND n.message_id = $2 AND n.source_id = $3"
    );
    Ok(of.list(&sql, values![chat, message, source]).await?.pop())
}

pub async fn put_notice(to: &impl Execute, notice: Notice) -> Result<()> {
    put(to, Put::Upsert, &notice).await
}

/// Forgets messages about what was over before a time, some at a time.
pub async fn forget_notices(of: &impl Execute, before: Timestamp) -> Result<()> {
    let sql = "DELETE FROM maitred.telegram_notices WHERE (contact_id, operator_id) IN \
               (SELECT contact_id, operator_id FROM maitred.telegram_notices WHERE state = $1 AND updated_at < $2 \
               ORDER BY updated_at LIMIT $3)";
    of.run(sql, values![NoticeState::Ended, before, FORGOTTEN_AT_ONCE]).await.map(drop)
}

/// What operators were told of a contact by e-mail.
pub async fn mail_notices(of: &impl Execute, contact: ContactId) -> Result<Vec<MailNotice>> {
    let columns = columns_of::<MailNotice>("m");
    let sql = format!("SELECT {columns} FROM maitred.mail_notices m WHERE m.contact_id = $1 ORDER BY m.operator_id");
    of.list(&sql, values![contact]).await
}

/// Keeps what became of a message, and whether the address of its operator refuses mail.
pub async fn put_mail_notice(to: &impl Execute, notice: MailNotice, fault: Option<MailFault>) -> Result<()> {
    match fault {
        Some(fault) => put(to, Put::Upsert, &fault).await?,
        None => {
            let sql = "DELETE FROM maitred.mail_faults WHERE operator_id = $1";
            to.run(sql, values![notice.operator]).await.map(drop)?;
        }
    }
    put(to, Put::Upsert, &notice).await
}

/// The addresses that refuse mail, or did before somebody changed them, by operator: one of each at most.
pub async fn mail_faults(of: &impl Execute) -> Result<Vec<MailFault>> {
    let columns = columns_of::<MailFault>("m");
    of.list(&format!("SELECT {columns} FROM maitred.mail_faults m ORDER BY m.operator_id"), &[]).await
}

/// Whether the address of an operator refuses mail.
pub async fn mail_fault(of: &impl Execute, operator: OperatorId) -> Result<Option<MailFault>> {
    let sql = format!("SELECT {} FROM maitred.mail_faults m WHERE m.operator_id = $1", columns_of::<MailFault>("m"));
    Ok(of.list(&sql, values![operator]).await?.pop())
}

/// Forgets what operators were told by e-mail before a time, some at a time.
pub async fn forget_mail(of: &impl Execute, before: Timestamp) -> Result<()> {
    let sql = "DELETE FROM maitred.mail_notices WHERE (contact_id, operator_id) IN \
               (SELECT contact_id, operator_id FROM maitred.mail_notices WHERE told_at < $1 ORDER BY told_at LIMIT $2)";
    of.run(sql, values![before, FORGOTTEN_AT_ONCE]).await.map(drop)
}

/// Puts bots and chats of another store.
pub async fn put_setup(to: &impl Execute, setup: TelegramSetup) -> Result<()> {
    for bot in &setup.bots {
        put(to, Put::Upsert, bot).await?;
    }
    for chat in &setup.chats {
        put(to, Put::Upsert, chat).await?;
    }
    raise(to).await
}

async fn raise(of: &impl Execute) -> Result<()> {
    of.run("UPDATE maitred.telegram SET version = version + 1 WHERE one = 1", &[]).await.map(drop)
}

async fn raise_if(of: &impl Execute, changed: u64) -> Result<bool> {
    if changed > 0 {
        raise(of).await?;
    }
    Ok(changed > 0)
}
