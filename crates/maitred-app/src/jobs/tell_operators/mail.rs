//! E-mail to operators: one message for each assignment or offer. What was sent is in a row for each contact and
//! operator, so a node that goes on in the place of another sends what is left. A message that the server does not take
//! now is tried again, until it would be an hour late.

use super::attempts::Attempts;
use super::notice::{Desk, Wanted};
use crate::mail::{Mail, MailError, Mailer};
use crate::spans::{self, CallKind};
use crate::telegram::texts::{Language, first_line};
use maitred_core::{Contact, ContactId, Operator, Source};
use maitred_store::StoreError;
use maitred_store::mail::{MailFault, MailNotice};
use metrics::counter;
use std::sync::Arc;
use std::time::Instant;

/// What this node knows of messages that are on their way; there is one server.
#[derive(Default)]
pub(super) struct Outbox {
    attempts: Attempts<()>,
}

impl Outbox {
    /// A step begins.
    pub(super) fn begin_step(&mut self) {
        self.attempts.begin_step();
    }

    /// Sends who has a contact a message about it, unless they were sent one. Gives when to go on, if that was not
    /// possible now.
    pub(super) async fn tell(&mut self, desk: &Desk<'_>, id: ContactId) -> Result<Option<Instant>, StoreError> {
        let Some(mailer) = desk.app.mailer() else { return Ok(None) };
        let Some((contact, wanted, operator)) = to_tell(desk, id).await? else {
            self.attempts.done(id);
            return Ok(None);
        };
        let rests = self.attempts.server_rests(&()).max(self.attempts.rests(id, wanted.decision));
        if rests.is_some() {
            return Ok(rests);
        }
        let mail = mail(desk, &contact, wanted, &operator).await?;
        let Some(mail) = mail else { return Ok(None) };
        self.send(desk, mailer, &mail, wanted, id).await
    }

    async fn send(
        &mut self,
        desk: &Desk<'_>,
        mailer: &Mailer,
        mail: &Mail,
        wanted: Wanted,
        id: ContactId,
    ) -> Result<Option<Instant>, StoreError> {
        let sent = spans::call(CallKind::Mail, mailer.send(mail), |sent| Some(sent.is_ok())).await;
        let refused: Option<Arc<str>> = match sent {
            Ok(()) => None,
            Err(MailError::Refused(why)) => Some(why.into()),
            Err(MailError::Later(error)) => {
                tracing::info!(%error, contact = id.0, "a message to an operator was not taken; trying again");
                return Ok(Some(self.attempts.later(id, wanted.decision, Instant::now())));
            }
            Err(MailError::Unreachable(error)) => {
                tracing::warn!(%error, "the mail server does not take messages; operators are not told by e-mail");
                return Ok(Some(self.attempts.unreachable(&())));
            }
        };
        self.attempts.answered(&());
        self.attempts.done(id);
        let result = if refused.is_some() { "refused" } else { "sent" };
        counter!("maitred_mail_notices_total", "result" => result).increment(1);
        if refused.is_some() {
            tracing::warn!(operator = wanted.operator.0, "the address of an operator does not take e-mail");
        }
        let fault = refused.clone().map(|error| MailFault {
            operator: wanted.operator,
            address: mail.to.as_str().into(),
            error,
            failed_at: desk.now,
        });
        let notice = MailNotice {
            contact: id,
            operator: wanted.operator,
            decision: wanted.decision,
            error: refused,
            told_at: desk.now,
        };
        desk.app.telegram().store().put_mail_notice(notice, fault).await?;
        Ok(None)
    }
}

/// Who is to be sent a message about a contact, if anybody is.
async fn to_tell(desk: &Desk<'_>, id: ContactId) -> Result<Option<(Contact, Wanted, Operator)>, StoreError> {
    let Some((contact, wanted)) = desk.news(id).await? else { return Ok(None) };
    let Some(operator) = desk.app.store().operator(wanted.operator).await? else { return Ok(None) };
    let before = desk.app.telegram().store().mail_notices(id).await?;
    let is_done = |notice: &MailNotice| (notice.operator, notice.decision) == (wanted.operator, wanted.decision);
    if operator.notify_email.is_none() || before.iter().any(is_done) {
        return Ok(None);
    }
    Ok(Some((contact, wanted, operator)))
}

async fn mail(
    desk: &Desk<'_>,
    contact: &Contact,
    wanted: Wanted,
    operator: &Operator,
) -> Result<Option<Mail>, StoreError> {
    let Some(source) = desk.app.store().source(contact.source).await? else { return Ok(None) };
    let Some(to) = operator.notify_email.as_deref() else { return Ok(None) };
    let chat = desk.setup.chats.iter().find(|chat| chat.operator == operator.id);
    let language = match chat.and_then(|chat| chat.language.as_deref()) {
        None if is_russian(desk, &source).await? => Language::Russian,
        tag => Language::of(tag),
    };
    // What the lead wrote stays out of a mailbox unless the source shows what is personal.
    let shows_line = desk.shows_phone(&source);
    let line = contact.message.as_deref().filter(|_| shows_line).map(first_line);
    let text = desk.told(wanted, contact, &source, line.as_deref(), |told| language.contact(told)).await?;
    let subject = language.subject(&source.name, wanted.is_offer());
    let id = format!("contact-{}-{}-{}", contact.id, wanted.decision, operator.id);
    Ok(Some(Mail { to: to.to_owned(), subject, text, id }))
}

/// Whether the leads of a source have phones of Russia: there is no other sign of the language of an address.
async fn is_russian(desk: &Desk<'_>, source: &Source) -> Result<bool, StoreError> {
    let rules = desk.app.regions().of(source.id, desk.app.store()).await?;
    Ok(rules.region.is_some_and(|region| region.to_string() == "RU"))
}
