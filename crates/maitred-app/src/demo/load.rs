//! Loading the demo: its sources, operators and weights, then its day, some commands at a time.

use super::day::{DAY, Step, What, steps};
use super::people::{self, AWAY, MARK, OPERATORS, SOURCES};
use super::{DemoState, LoadDemoError, Work};
use crate::batcher::{Answer, Batcher, ExecuteError};
use crate::permission::Requester;
use maitred_core::command::{ContactEdit, NewOperator, NewSource, OperatorEdit, Submit};
use maitred_core::{Command, ContactId, OperatorId, Outcome, Rejection, SourceId, Timestamp};
use maitred_store::{Store, clock};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;

/// Contacts that are loaded unless somebody says otherwise.
pub const CONTACTS_DEFAULT: u32 = 1_000;
/// The most contacts that are loaded.
pub const CONTACTS_MAX: u32 = 20_000;
/// Commands of the demo that wait for a batch at a time, so that those of others wait behind no more.
const STEPS_AT_ONCE: usize = 32;
/// How many sources of the same name there may be before no other is tried.
const NAMES_MAX: usize = 100;
const DAY_MICROS: i64 = 86_400_000_000;

/// Demo data whose sources and operators are there and whose day is still to come. Dropped, it stays as it is.
pub struct Loading {
    batcher: Batcher,
    requester: Requester,
    sources: Vec<SourceId>,
    operators: Vec<OperatorId>,
    /// When its day begins.
    start: Timestamp,
    /// When it ends.
    end: Timestamp,
    work: Arc<Work>,
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.work.is_loading.store(false, Ordering::Relaxed);
    }
}

impl Loading {
    /// Adds the sources, operators and weights of the demo.
    ///
    /// # Errors
    /// [`LoadDemoError`] says why not, or not all of it.
    pub async fn begin(
        work: &Arc<Work>,
        batcher: &Batcher,
        store: &Store,
        requester: Requester,
    ) -> Result<Self, LoadDemoError> {
        if work.is_loading.swap(true, Ordering::Relaxed) {
            return Err(LoadDemoError::NotNow(DemoState::Loading));
        }
        let end = clock::now();
        // Dropped on every way out of here: then nothing is being loaded.
        let mut loading = Self {
            batcher: batcher.clone(),
            requester,
            sources: Vec::new(),
            operators: Vec::new(),
            start: end,
            end,
            work: work.clone(),
        };
        let state = DemoState::of(&store.demo().await?);
        if state != DemoState::Absent {
            return Err(LoadDemoError::NotNow(state));
        }
        // Nothing happens before what has happened: in a database in use the day is as long as it has been quiet.
        let last = store.events_before(i64::MAX, 1).await?.first().map_or(Timestamp(0), |last| last.event.at);
        loading.start = Timestamp((end.0 - DAY_MICROS).max(last.0).min(end.0));
        loading.set_up().await?;
        Ok(loading)
    }

    /// Its sources, by id.
    #[must_use]
    pub fn sources(&self) -> &[SourceId] {
        &self.sources
    }

    /// Sources first: while there is one, nobody takes the demo for one that is being removed.
    async fn set_up(&mut self) -> Result<(), LoadDemoError> {
        for source in 0..SOURCES.len() {
            let added = self.add_source(source).await?;
            self.sources.push(added);
        }
        for (name, max_load) in OPERATORS {
            let new = NewOperator { max_load, demo: true, ..NewOperator::named(format!("{name} {MARK}")) };
            if let Outcome::Operator(operator) = self.run(0, Command::CreateOperator(new)).await? {
                self.operators.push(operator.id);
            }
        }
        for (place, source) in SOURCES.iter().enumerate() {
            let weights = source.weights.iter().map(|(place, weight)| (self.operators[*place], *weight)).collect();
            self.run(0, Command::ReplaceWeights(self.sources[place], weights)).await?;
        }
        Ok(())
    }

    /// Under the first name that nobody has.
    async fn add_source(&self, place: usize) -> Result<SourceId, LoadDemoError> {
        let example = &SOURCES[place];
        let mut tried = 1;
        loop {
            let number = if tried == 1 { String::new() } else { format!(" {tried}") };
            let new = NewSource {
                kind: example.kind,
                policy: example.policy,
                sticky: example.sticky,
                default_region: Some("US".into()),
                demo: true,
                ..NewSource::named(format!("{} {MARK}{number}", example.name))
            };
            match self.run(0, Command::CreateSource(new)).await {
                Ok(Outcome::Source(source)) => return Ok(source.id),
                Ok(other) => unreachable!("a source was added and the answer is {}", other.kind()),
                Err(ExecuteError::Rejected(Rejection::NameTaken(_))) if tried < NAMES_MAX => tried += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Lets the day happen to so many contacts, and calls `happened` with how many arrived, now and then.
    ///
    /// # Errors
    /// [`LoadDemoError`] says why it ended before its end.
    pub async fn play(&self, contacts: u64, happened: impl Fn(u64)) -> Result<(), LoadDemoError> {
        let mut ids: HashMap<u64, ContactId> = HashMap::new();
        for some in steps(contacts).chunks(STEPS_AT_ONCE) {
            happened(self.play_some(some, &mut ids).await?);
        }
        Ok(())
    }

    /// Ends the day: somebody has a break.
    ///
    /// # Errors
    /// [`LoadDemoError`] says why not.
    pub async fn end(self) -> Result<(), LoadDemoError> {
        let edit = OperatorEdit { is_active: Some(false), ..OperatorEdit::default() };
        self.run(DAY, Command::EditOperator(self.operators[AWAY], edit)).await?;
        Ok(())
    }

    /// Has some steps happen, and says how many contacts arrived with them.
    async fn play_some(&self, steps: &[Step], ids: &mut HashMap<u64, ContactId>) -> Result<u64, LoadDemoError> {
        let mut arriving = Vec::new();
        let mut changing = Vec::new();
        let mut arrived = 0;
        for step in steps {
            match step.what {
                What::Arrives(source) => {
                    arriving.push((step.contact, self.queue(step.at, self.submit(step.contact, source)).await?));
                    arrived += 1;
                }
                What::IsResolved => {
                    if !ids.contains_key(&step.contact) {
                        settle(&mut arriving, ids).await?;
                    }
                    if let Some(id) = ids.remove(&step.contact) {
                        let edit = ContactEdit { is_resolved: Some(true), ..ContactEdit::default() };
                        changing.push(self.queue(step.at, Command::EditContact(id, edit)).await?);
                    }
                }
            }
        }
        settle(&mut arriving, ids).await?;
        for answer in changing {
            match answer.await.unwrap_or(Err(ExecuteError::Stopping)) {
                // Somebody may have deleted a contact.
                Ok(_) | Err(ExecuteError::Rejected(Rejection::UnknownContact(_))) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(arrived)
    }

    fn submit(&self, number: u64, source: usize) -> Command {
        let person = people::person(number);
        let (message, priority) = people::message(number);
        Command::Submit(Submit {
            lead_name: Some(people::name(person).into()),
            message: Some(message.into()),
            priority,
            stands_alone: true,
            ..Submit::new(self.sources[source], people::identities(person, SOURCES[source].kind))
        })
    }

    async fn run(&self, at: u64, command: Command) -> Answer {
        self.queue(at, command).await?.await.unwrap_or(Err(ExecuteError::Stopping))
    }

    /// Puts a command in the queue, as of a moment of the day.
    async fn queue(&self, at: u64, command: Command) -> Result<oneshot::Receiver<Answer>, ExecuteError> {
        let span = i128::from(self.end.0 - self.start.0);
        let behind = span * i128::from(at) / i128::from(DAY);
        let at = Timestamp(self.start.0 + i64::try_from(behind).expect("a part of the span, which is one"));
        self.batcher.enqueue_as_of(self.requester, command, at).await
    }
}

/// Waits until contacts have arrived, and notes their ids.
async fn settle(
    arriving: &mut Vec<(u64, oneshot::Receiver<Answer>)>,
    ids: &mut HashMap<u64, ContactId>,
) -> Result<(), LoadDemoError> {
    for (number, answer) in arriving.drain(..) {
        let outcome = answer.await.unwrap_or(Err(ExecuteError::Stopping))?;
        if let Outcome::Contact(contact) | Outcome::Closed(contact, _) = outcome {
            ids.insert(number, contact.id);
        }
    }
    Ok(())
}
