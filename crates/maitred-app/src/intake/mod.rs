//! Contacts that come in without a program: what forms and other services send to the address of a source is read by
//! its mapping ([`maitred_mapping`]) and becomes a contact, or is kept until somebody has looked at it.
//!
//! | where | what |
//! |---|---|
//! | [`stamp`] | when a form was shown, signed, and other signs of spam |
//! | `submission` | the contact that a mapping makes of a payload |
//! | here | what is received, and what becomes of it |
//!
//! Intakes themselves, with their settings, are in [`crate::intakes`].
//!
//! Senders are answered after the commit, as callers of the API are. Nothing is refused for what it says: what
//! cannot be mapped is kept and listed, and read again when the mapping is right.

pub mod stamp;
mod submission;

use crate::App;
use crate::auth::Caller;
use crate::batcher::ExecuteError;
use crate::bitrix24::{self, Completed};
use crate::identity::PhoneRules;
use crate::intakes::OpenIntake;
use futures_util::{StreamExt as _, stream};
use maitred_core::command::{Receive, ReceivedPayload};
use maitred_core::intake::{PAYLOAD_BYTES_MAX, Payload, PayloadState};
use maitred_core::{Actor, Command, ContactId, Outcome, PayloadId, Timestamp};
use maitred_mapping::parse::Received;
use maitred_mapping::signature::{Check, WrongSignature};
use maitred_store::StoreError;
use maitred_store::accounts::Grant;
use maitred_store::views::Page;
use metrics::counter;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

pub use submission::digest_of_event;

/// Days for which payloads are kept.
pub const KEPT_DAYS: i64 = 7;
/// Why a payload that could be read is unmapped.
pub const NOBODY: &str = "nobody was found in it";
/// Why one is that will be read again.
pub const UNANSWERED: &str = "the CRM did not answer";
/// Commands of one request that wait for a batch at a time.
const AT_ONCE: usize = 32;

/// Payloads that are read again at a time.
const RERUN_AT_ONCE: u32 = 32;

/// What was sent, and what came with it.
pub struct Incoming<'a> {
    /// What the body says.
    pub received: Received,
    /// The body as it came.
    pub body: &'a [u8],
    /// The page that it came from, if the sender says so.
    pub page: Option<&'a str>,
    pub now: Timestamp,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// These contacts were made of it, or had been made of it before.
    Contacts(Vec<ContactId>),
    /// No contact could be made of it; it is kept.
    Unmapped(PayloadId),
    /// It looks like spam and is kept.
    Spam(PayloadId),
    /// It is no contact by what the source expects, such as a test.
    Ignored,
}

/// Why nothing was taken.
#[derive(Debug)]
pub enum IntakeError {
    WrongSignature,
    Store(StoreError),
    NotExecuted(ExecuteError),
}

impl fmt::Display for IntakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongSignature => f.write_str("the signature is not that of the sender"),
            Self::Store(error) => error.fmt(f),
            Self::NotExecuted(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for IntakeError {}

impl From<StoreError> for IntakeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Takes in what was sent to an intake, and waits until it is durable. `header` gives the value of a header.
///
/// # Errors
/// [`IntakeError`] when it is from somebody else, or could not be stored.
pub async fn take<'a>(
    app: &App,
    intake: &OpenIntake,
    incoming: Incoming<'a>,
    header: impl Fn(&str) -> Option<&'a [u8]>,
) -> Result<Taken, IntakeError> {
    if verify(intake, &incoming, header).is_err() {
        counter!("maitred_intake_total", "result" => "wrong_signature").increment(1);
        return Err(IntakeError::WrongSignature);
    }
    let mapping = intake.mapping();
    let Incoming { mut received, page, now, .. } = incoming;
    let completed = complete(app, intake, &mut received.tree).await?;
    if completed == Completed::Ours {
        counter!("maitred_intake_total", "result" => "ignored").increment(1);
        return Ok(Taken::Ignored);
    }
    let kept_for = (completed == Completed::Unanswered).then_some(UNANSWERED);
    let note = received.note;
    if mapping.ignores(&received.tree) && mapping.items(received.tree.clone()).iter().all(|it| no_contact(intake, it)) {
        counter!("maitred_intake_total", "result" => "ignored").increment(1);
        return Ok(Taken::Ignored);
    }
    let rules = app.regions().of(intake.source, app.store()).await?;
    let spam = stamp::spam(intake, &received.tree, now);
    let submitter = Submitter { intake, rules, page, note, spam, kept_for };
    let tree = redacted(received.tree, &intake.check);
    let items = mapping.items(tree.clone());
    // Of what has no parts where they should be the whole is kept.
    let items = if items.is_empty() { vec![tree] } else { items };
    let commands = items.iter().map(|item| submitter.receive(item)).collect();
    let taken = execute(app, intake, commands).await?;
    counter!("maitred_intake_total", "result" => taken.as_str()).increment(1);
    Ok(taken)
}

/// Asks for what an event has only the id of, where that is done.
async fn complete(app: &App, intake: &OpenIntake, tree: &mut Value) -> Result<Completed, StoreError> {
    match intake.settings.preset.as_deref() {
        Some(bitrix24::PRESET) => bitrix24::complete(app, intake.source, tree).await,
        _ => Ok(Completed::Whole),
    }
}

/// A test of the address may look like anything else that is ignored, but a contact is not ignored for what it says
/// besides: of a request with messages and reports of delivery the messages are taken.
fn no_contact(intake: &OpenIntake, item: &Value) -> bool {
    let mapping = intake.mapping();
    mapping.each.is_none() || !mapping.apply(item).is_contact()
}

fn verify<'a>(
    intake: &OpenIntake,
    incoming: &Incoming<'a>,
    header: impl Fn(&str) -> Option<&'a [u8]>,
) -> Result<(), WrongSignature> {
    match &intake.secret {
        Some(secret) => intake.check.verify(secret, header, incoming.body, &incoming.received.tree),
        // Without a secret the address is one.
        None => Ok(()),
    }
}

/// Secrets that senders put into the body are no business of those who look at it.
fn redacted(mut tree: Value, check: &Check) -> Value {
    if let Check::Field { path } = check {
        let pointer = format!("/{}", path.trim_start_matches("$.").replace('.', "/"));
        if let Some(secret) = tree.pointer_mut(&pointer) {
            *secret = "***".into();
        }
    }
    if let Some(auth) = tree.get_mut("auth").and_then(Value::as_object_mut) {
        auth.retain(|name, _| !name.ends_with("token"));
    }
    tree
}

/// What the commands of one request have in common.
struct Submitter<'a> {
    intake: &'a OpenIntake,
    rules: PhoneRules,
    page: Option<&'a str>,
    note: Option<&'static str>,
    spam: Option<&'static str>,
    /// Why no contact is made of it yet.
    kept_for: Option<&'static str>,
}

impl Submitter<'_> {
    fn receive(&self, item: &Value) -> Command {
        let submit = match self.spam.or(self.kept_for) {
            Some(_) => None,
            None => submission::submit(self.intake, item, self.page, self.rules),
        };
        let (state, reason) = match self.spam {
            Some(sign) => (PayloadState::Spam, sign),
            None => (PayloadState::Unmapped, self.kept_for.or(self.note).unwrap_or(NOBODY)),
        };
        let body = stored(item);
        Command::Receive(Receive {
            source: self.intake.source,
            payload: ReceivedPayload::New { state, reason: reason.into(), body },
            submit,
        })
    }
}

/// The text of a payload, or of its beginning.
fn stored(item: &Value) -> Arc<str> {
    let text = item.to_string();
    if text.len() <= PAYLOAD_BYTES_MAX {
        return text.into();
    }
    // As a JSON text of its own it may take twice as long.
    let end = text.floor_char_boundary(PAYLOAD_BYTES_MAX / 2 - 64);
    json!({"too_long": text[..end]}).to_string().into()
}

impl Taken {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Contacts(_) => "taken",
            Self::Unmapped(_) => "unmapped",
            Self::Spam(_) => "spam",
            Self::Ignored => "ignored",
        }
    }
}

async fn execute(app: &App, intake: &OpenIntake, commands: Vec<Command>) -> Result<Taken, IntakeError> {
    let is_spam = commands.iter().any(|command| {
        matches!(
            command,
            Command::Receive(Receive { payload: ReceivedPayload::New { state: PayloadState::Spam, .. }, .. })
        )
    });
    let caller = Caller::new(Actor::Anonymous, Grant::Intake(Some(intake.source)));
    let (mut contacts, mut kept) = (Vec::new(), None);
    for outcome in carry_out(app, caller, commands).await.map_err(IntakeError::NotExecuted)? {
        match outcome {
            Outcome::Kept(_, id) => kept = Some(id),
            other => contacts.extend(other.contact()),
        }
    }
    Ok(match kept {
        Some(id) if contacts.is_empty() && is_spam => Taken::Spam(id),
        Some(id) if contacts.is_empty() => Taken::Unmapped(id),
        _ => Taken::Contacts(contacts),
    })
}

/// Carries out all that one request asks for. Only the first is refused where the queue is full, and what was begun is
/// finished even if nobody waits for the answer any more: with some of them taken, the sender, who sends all of them
/// again, would double these.
async fn carry_out(app: &App, caller: Caller, commands: Vec<Command>) -> Result<Vec<Outcome>, ExecuteError> {
    let mut commands = commands.into_iter();
    let Some(first) = commands.next() else { return Ok(Vec::new()) };
    let first = app.queue(&caller, first)?;
    if commands.len() == 0 {
        return Ok(vec![first.await?]);
    }
    let app = app.clone();
    let all = tokio::spawn(async move {
        // A place in the queue is waited for by one at a time, so they are in order.
        let rest = stream::iter(commands).then(move |command| {
            let app = app.clone();
            async move { app.enqueue(&caller, command).await }
        });
        let rest = rest.map(|queued| async move { queued?.await }).buffered(AT_ONCE);
        let (first, rest) = tokio::join!(first, rest.collect::<Vec<_>>());
        std::iter::once(first).chain(rest).collect()
    });
    all.await.unwrap_or(Err(ExecuteError::Stopping))
}

/// Reads a payload that was kept again, by the mapping as it is now; what was held for spam counts as none. Where a CRM
/// is asked for the rest, so it is now. Contacts of it, or none if the mapping still finds nobody, or the CRM does not
/// answer.
///
/// # Errors
/// [`IntakeError`] when it could not be stored.
pub async fn run_again(
    app: &App,
    caller: &Caller,
    intake: &OpenIntake,
    payload: &Payload,
) -> Result<Vec<ContactId>, IntakeError> {
    let mut tree: Value = serde_json::from_str(&payload.body).unwrap_or_default();
    let mut contacts = Vec::new();
    if complete(app, intake, &mut tree).await? != Completed::Whole {
        return Ok(contacts);
    }
    let rules = app.regions().of(intake.source, app.store()).await?;
    for (at, submit) in submissions(intake, &tree, rules).into_iter().enumerate() {
        let submit = maitred_core::command::Submit {
            known_as: [submit.known_as, vec![submission::digest_of_payload(payload.id, at)]].concat(),
            ..submit
        };
        let payload = ReceivedPayload::Kept(payload.id);
        let receive = Command::Receive(Receive { source: intake.source, payload, submit: Some(submit) });
        let outcome = app.execute(caller, receive, Vec::new(), None).await.map_err(IntakeError::NotExecuted)?;
        contacts.extend(outcome.contact());
    }
    Ok(contacts)
}

/// Reads all payloads of an intake again that are unmapped; no more than are kept of a source.
///
/// # Errors
/// [`IntakeError`] when they could not be read, or a contact could not be stored.
pub async fn run_all_again(app: &App, caller: &Caller, intake: &OpenIntake) -> Result<Vec<ContactId>, IntakeError> {
    run_those_again(app, caller, intake, |_| true).await
}

/// Reads those again about which a CRM did not answer and is to be asked now: a minute, two, four minutes and so on
/// after they came.
///
/// # Errors
/// See [`run_all_again`].
pub(crate) async fn run_unanswered_again(app: &App, intake: &OpenIntake, now: Timestamp) -> Result<(), IntakeError> {
    let caller = Caller::new(Actor::System, Grant::Intake(Some(intake.source)));
    let is_due = |payload: &Payload| {
        let minutes = (now.0 - payload.received_at.0).max(0).cast_unsigned() / 60_000_000;
        *payload.reason == *UNANSWERED && minutes.is_power_of_two()
    };
    run_those_again(app, &caller, intake, is_due).await.map(drop)
}

async fn run_those_again(
    app: &App,
    caller: &Caller,
    intake: &OpenIntake,
    is_meant: impl Fn(&Payload) -> bool,
) -> Result<Vec<ContactId>, IntakeError> {
    let (mut contacts, mut after) = (Vec::new(), None);
    loop {
        let page = Page { limit: RERUN_AT_ONCE, after };
        let payloads = app.store().payloads(intake.source, PayloadState::Unmapped, page).await?;
        let meant = payloads.iter().filter(|payload| is_meant(payload));
        for made in futures_util::future::join_all(meant.map(|it| run_again(app, caller, intake, it))).await {
            contacts.extend(made?);
        }
        after = payloads.last().map(|payload| payload.id.0);
        if payloads.len() < RERUN_AT_ONCE as usize {
            return Ok(contacts);
        }
    }
}

fn submissions(intake: &OpenIntake, tree: &Value, rules: PhoneRules) -> Vec<maitred_core::command::Submit> {
    // What is kept is a part already, unless its parts were not found.
    let first: Vec<_> = submission::submit(intake, tree, None, rules).into_iter().collect();
    if !first.is_empty() {
        return first;
    }
    let items = intake.mapping().items(tree.clone());
    items.iter().filter_map(|item| submission::submit(intake, item, None, rules)).collect()
}
