//! Removing the demo. One command deletes its sources, so that nothing of it goes on. Where the rest is found without a
//! source, in this process or the next, on this node or another, removing goes on: leads with their contacts, then the
//! operators, each a command of its own, a few at a time, so that intake waits behind no more than these.

use super::{DemoState, Work};
use crate::auth::Access;
use crate::batcher::{Answer, Batcher, ExecuteError};
use crate::permission::Requester;
use maitred_core::command::EraseLead;
use maitred_core::{Actor, Command, OperatorId, Rejection, SourceId};
use maitred_store::accounts::Grant;
use maitred_store::views::{ContactFilter, DemoRows, PAGE_ROWS_MAX, Page};
use maitred_store::{Store, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Leads of one step, and the contacts of one lead that are deleted in it.
pub const LEADS_AT_ONCE: u32 = 16;
const CONTACTS_AT_ONCE: u32 = 32;

/// What comes after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another one.
    More,
    /// Nothing: there is nothing of the demo, or it is not being removed.
    Done,
}

impl Work {
    /// Begins to remove the demo: from the answer on nothing of it goes on.
    ///
    /// # Errors
    /// [`ExecuteError`] says why not.
    pub async fn begin_removal(
        &self,
        batcher: &Batcher,
        store: &Store,
        requester: Requester,
    ) -> Result<(), ExecuteError> {
        let rows = store.demo().await.map_err(of_store)?;
        if !rows.sources.is_empty() {
            batcher.execute(requester, Command::RemoveDemo(rows.sources)).await?;
        }
        self.removal.notify_one();
        Ok(())
    }

    /// Returns when removing has begun here, at once if nobody has waited for that since.
    pub(crate) async fn removal_begun(&self) {
        self.removal.notified().await;
    }
}

/// Takes the next step of removing the demo, if that has begun.
///
/// # Errors
/// [`ExecuteError`] says why not; the step is to be taken again then.
pub async fn step(batcher: &Batcher, store: &Store) -> Result<Step, ExecuteError> {
    let rows = store.demo().await.map_err(of_store)?;
    if DemoState::of(&rows) != DemoState::Removing {
        return Ok(Step::Done);
    }
    let commands = match rows.has_leads {
        true => of_leads(store).await.map_err(of_store)?,
        false => rows.operators.into_iter().map(Command::DeleteOperator).collect(),
    };
    let mut answers = Vec::with_capacity(commands.len());
    for command in commands {
        answers.push(batcher.enqueue(Requester::SYSTEM, command).await?);
    }
    for answer in answers {
        settle(answer).await?;
    }
    Ok(Step::More)
}

/// What deletes the next leads with their contacts. Of one with more than some, some: the rest is the next step's.
async fn of_leads(store: &Store) -> Result<Vec<Command>, StoreError> {
    let mut commands = Vec::new();
    for lead in store.demo_leads(LEADS_AT_ONCE).await? {
        let filter = ContactFilter { lead: Some(lead), ..ContactFilter::default() };
        let contacts = store.contacts(filter, Page { limit: CONTACTS_AT_ONCE, after: None }).await?;
        let are_all = contacts.len() < CONTACTS_AT_ONCE as usize;
        commands.extend(contacts.into_iter().map(|contact| Command::DeleteContact(contact.id)));
        if are_all {
            commands.push(Command::EraseLead(EraseLead { lead, quiet_since: None }));
        }
    }
    Ok(commands)
}

async fn settle(answer: oneshot::Receiver<Answer>) -> Result<(), ExecuteError> {
    use Rejection::{LeadHasOpenContacts, LeadMerged, UnknownContact, UnknownOperator};
    match answer.await.unwrap_or(Err(ExecuteError::Stopping)) {
        // Another node was quicker, or a person is doing something with it: the next step looks again.
        Ok(_)
        | Err(ExecuteError::Rejected(
            UnknownContact(_) | UnknownOperator(_) | LeadMerged(..) | LeadHasOpenContacts(_),
        )) => Ok(()),
        Err(error) => Err(error),
    }
}

pub(crate) fn of_store(error: StoreError) -> ExecuteError {
    ExecuteError::Store(Arc::new(error))
}

/// Revokes the keys and disables the users that are bound to sources and operators of the demo.
///
/// # Errors
/// [`StoreError`] when they cannot be read or changed.
pub async fn close_accounts(access: &Access, rows: &DemoRows, by: Actor) -> Result<(), StoreError> {
    let operators: BTreeSet<OperatorId> = rows.operators.iter().copied().collect();
    let sources: BTreeSet<SourceId> = rows.sources.iter().copied().collect();
    let is_of_demo = |grant: Grant| match grant {
        Grant::Operator(operator) => operators.contains(&operator),
        Grant::Intake(source) => source.is_some_and(|source| sources.contains(&source)),
        Grant::Supervisor | Grant::Admin | Grant::Observer => false,
    };
    let mut after = None;
    loop {
        let keys = access.keys(Page { limit: PAGE_ROWS_MAX, after }).await?;
        for key in keys.iter().filter(|key| key.revoked_at.is_none() && is_of_demo(key.grant)) {
            access.revoke(key.id, by).await?;
        }
        after = keys.last().map(|key| key.id.0);
        if keys.len() < PAGE_ROWS_MAX as usize {
            break;
        }
    }
    for user in access.users().iter().filter(|user| user.disabled_at.is_none() && is_of_demo(user.grant)) {
        access.disable(user.id, by).await.map_err(|error| StoreError::Engine(error.to_string()))?;
    }
    Ok(())
}
