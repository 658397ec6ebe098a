//! `maitred import sqlite://old.db`: moves in from another service, with its operators, sources, weights and open
//! contacts, through the same commands as the API. What is there already is found by its name, and contacts by a key
//! made of what they are, so that a second run adds only what is new.
//!
//! Contacts come before weights: on a source that nobody serves yet nothing is routed, so each open contact can be
//! given to the operator who has it, by hand and over the limit if necessary. Then the weights are set, and waiting
//! contacts go to operators who have room.

mod report;

use super::import::{Failure, UNDER_WAY_MAX, sources};
use super::{Ended, terminal};
use crate::config::Settings;
use crate::move_in::{OldContact, Seed, old};
use maitred_app::Requester;
use maitred_app::batcher::{Answer, Batcher, ExecuteError};
use maitred_core::command::{DeleteSource, NewOperator, NewSource, Submit, Transfer};
use maitred_core::{Command, ContactId, Operator, OperatorId, Outcome, Rejection, Source, SourceId, Status};
use maitred_store::url::DatabaseUrl;
use maitred_store::views::{PAGE_ROWS_MAX, Page};
use maitred_store::{Engine, Store, StoreError};
use report::{Counted, Report};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::process::ExitCode;
use tokio::sync::oneshot;

/// How many ids are passed over so that operators and sources keep theirs.
const IDS_PASSED_OVER_MAX: u32 = 1_000;
/// Moves in, or says what that would do.
pub(super) fn run(from: &DatabaseUrl, settings: &Settings, dry_run: bool, json: bool) -> Ended {
    let runtime = super::runtime()?;
    let seed = runtime.block_on(old::read(from))?;
    let mut report = Report::new(from, &seed, dry_run);
    if dry_run {
        runtime.block_on(plan(&seed, settings, &mut report))?;
    } else {
        let engine = Engine::open(&settings.database)?;
        engine.set_log_size(settings.wal_mib);
        let store = Store::open(&settings.database)?;
        let (batcher, running) = Batcher::start(engine, settings.queue_max)?;
        let moved = runtime.block_on(Mover::of(&seed, settings, &batcher, &store, &mut report));
        drop(batcher);
        running.stop()?;
        moved?;
    }
    report.print(&settings.database, json)?;
    Ok(if report.contacts.wrong > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What is there already, and which of it the old database has too.
#[derive(Default)]
struct Present {
    operators: Vec<Operator>,
    sources: Vec<Source>,
}

impl Present {
    async fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { operators: operators(store).await?, sources: sources(store).await? })
    }

    /// Old ids of operators who are here: those with the external id that an earlier import gave them, then those with
    /// the same name, the second Anna there being the second Anna here.
    fn operators_of(&self, seed: &Seed) -> BTreeMap<i64, OperatorId> {
        let with_external_id = |new: &NewOperator| {
            let known = self.operators.iter().find(|known| known.external_id == new.external_id);
            known.filter(|_| new.external_id.is_some()).map(|known| known.id)
        };
        let mut found: BTreeMap<i64, OperatorId> =
            seed.operators.iter().filter_map(|(id, new)| Some((*id, with_external_id(new)?))).collect();
        let taken: BTreeSet<OperatorId> = found.values().copied().collect();
        let mut by_name: HashMap<&str, VecDeque<OperatorId>> = HashMap::new();
        let rest = self.operators.iter().filter(|known| !taken.contains(&known.id));
        rest.for_each(|known| by_name.entry(&known.name).or_default().push_back(known.id));
        for (id, new) in seed.operators.iter().filter(|(id, _)| !found.contains_key(id)).collect::<Vec<_>>() {
            if let Some(here) = by_name.get_mut(&*new.name).and_then(VecDeque::pop_front) {
                found.insert(*id, here);
            }
        }
        found
    }

    fn sources_of(&self, seed: &Seed) -> BTreeMap<i64, SourceId> {
        let by_name: HashMap<&str, SourceId> = self.sources.iter().map(|known| (&*known.name, known.id)).collect();
        seed.sources.iter().filter_map(|(id, new)| Some((*id, *by_name.get(&*new.name)?))).collect()
    }
}

async fn operators(store: &Store) -> Result<Vec<Operator>, StoreError> {
    let mut all: Vec<Operator> = Vec::new();
    loop {
        let after = all.last().map(|operator| operator.id.0);
        let page = store.operators(Page { limit: PAGE_ROWS_MAX, after }).await?;
        let last = page.len() < PAGE_ROWS_MAX as usize;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

/// Only reads. A database that is not there yet is an empty one.
async fn plan(seed: &Seed, settings: &Settings, report: &mut Report) -> Result<(), Failure> {
    let store = match Store::open(&settings.database) {
        Err(StoreError::Missing(_)) => None,
        opened => Some(opened?),
    };
    let present = match &store {
        Some(store) => Present::read(store).await?,
        None => Present::default(),
    };
    let (operators, sources) = (present.operators_of(seed), present.sources_of(seed));
    report.operators = Counted::of(operators.len(), seed.operators.len());
    report.sources = Counted::of(sources.len(), seed.sources.len());
    let members = members(store.as_ref(), sources.values()).await?;
    let is_member = |(source, operator, _): &&(i64, i64, u32)| {
        let pair = sources.get(source).zip(operators.get(operator));
        pair.is_some_and(|(source, operator)| members.contains(&(*source, *operator)))
    };
    report.weights = Counted::of(seed.weights.iter().filter(is_member).count(), seed.weights.len());
    let mut held: BTreeMap<i64, u64> = BTreeMap::new();
    let known: BTreeSet<i64> = seed.operators.iter().map(|(id, _)| *id).collect();
    let names: BTreeMap<i64, &str> = seed.sources.iter().map(|(id, new)| (*id, &*new.name)).collect();
    for contact in &seed.contacts {
        match submission(contact, seed, SourceId(0), &names, settings) {
            Err(error) => report.note_wrong(contact.id, error),
            Ok(_) => match contact.operator.filter(|id| known.contains(id)) {
                Some(operator) => {
                    report.contacts.kept += 1;
                    *held.entry(operator).or_default() += 1;
                }
                None => report.contacts.without_operator += 1,
            },
        }
    }
    for (id, new) in &seed.operators {
        let here = operators.get(id).and_then(|id| present.operators.iter().find(|known| known.id == *id));
        let load = held.get(id).copied().unwrap_or_default().max(here.map_or(0, |known| known.current_load.into()));
        report.note_load(&new.name, load, here.map_or(new.max_load, |known| known.max_load));
    }
    Ok(())
}

/// The submission of a contact; `source` is where its source is here.
fn submission(
    contact: &OldContact,
    seed: &Seed,
    source: SourceId,
    names: &BTreeMap<i64, &str>,
    settings: &Settings,
) -> Result<Submit, String> {
    let name = names.get(&contact.source).ok_or("it has no source")?;
    contact.submit(seed.dialect, source, name, settings.phone_rules())
}

async fn members<'a>(
    store: Option<&Store>,
    sources: impl Iterator<Item = &'a SourceId>,
) -> Result<BTreeSet<(SourceId, OperatorId)>, StoreError> {
    let mut members = BTreeSet::new();
    let Some(store) = store else { return Ok(members) };
    for source in sources {
        let book = store.source_book(*source).await?;
        members.extend(book.into_iter().flat_map(|book| book.members).map(|(operator, _)| (*source, operator.id)));
    }
    Ok(members)
}

struct Mover<'a> {
    seed: &'a Seed,
    settings: &'a Settings,
    batcher: &'a Batcher,
    store: &'a Store,
    report: &'a mut Report,
    operators: BTreeMap<i64, OperatorId>,
    sources: BTreeMap<i64, SourceId>,
}

impl<'a> Mover<'a> {
    async fn of(
        seed: &'a Seed,
        settings: &'a Settings,
        batcher: &'a Batcher,
        store: &'a Store,
        report: &'a mut Report,
    ) -> Result<(), Failure> {
        let present = Present::read(store).await?;
        let (operators, sources) = (present.operators_of(seed), present.sources_of(seed));
        let mut mover = Self { seed, settings, batcher, store, report, operators, sources };
        mover.add_operators(&present).await?;
        mover.add_sources(&present).await?;
        mover.move_contacts().await?;
        mover.set_weights().await?;
        mover.look_at_loads().await
    }

    async fn send(&self, command: Command) -> Result<Outcome, Failure> {
        Ok(self.batcher.execute(Requester::CLI, command).await?)
    }

    async fn add_operators(&mut self, present: &Present) -> Result<(), Failure> {
        let keep = present.operators.iter().all(|known| self.operators.get(&known.id.0) == Some(&known.id));
        let mut ids = Ids::new(keep, present.operators.last().map_or(0, |known| known.id.0));
        for (id, new) in &self.seed.operators {
            if self.operators.contains_key(id) {
                self.report.operators.found += 1;
                continue;
            }
            while ids.is_before(*id) {
                let nobody = NewOperator { is_active: false, max_load: 0, ..NewOperator::named("nobody") };
                let passed = self.new_operator(nobody).await?;
                self.send(Command::DeleteOperator(passed)).await?;
                ids.last = passed.0;
            }
            let here = self.new_operator(new.clone()).await?;
            ids.last = here.0;
            self.operators.insert(*id, here);
            self.report.operators.added += 1;
        }
        let others = self.operators.iter().filter(|(id, here)| **id != here.0);
        self.report.new_ids.operators = others.map(|(id, here)| (*id, here.0)).collect();
        Ok(())
    }

    async fn new_operator(&self, new: NewOperator) -> Result<OperatorId, Failure> {
        match self.send(Command::CreateOperator(new)).await? {
            Outcome::Operator(operator) => Ok(operator.id),
            other => Err(format!("an operator was answered with {other:?}").into()),
        }
    }

    async fn add_sources(&mut self, present: &Present) -> Result<(), Failure> {
        let keep = present.sources.iter().all(|known| self.sources.get(&known.id.0) == Some(&known.id));
        let mut ids = Ids::new(keep, present.sources.last().map_or(0, |known| known.id.0));
        for (id, new) in &self.seed.sources {
            if self.sources.contains_key(id) {
                self.report.sources.found += 1;
                continue;
            }
            while ids.is_before(*id) {
                // A name is unique; this one is free again at once.
                let passed = self.new_source(NewSource { name: "nowhere".into(), ..new.clone() });
                let passed = passed.await?;
                self.send(Command::DeleteSource(DeleteSource { source: passed, force: false })).await?;
                ids.last = passed.0;
            }
            let here = self.new_source(new.clone()).await?;
            ids.last = here.0;
            self.sources.insert(*id, here);
            self.report.sources.added += 1;
        }
        let others = self.sources.iter().filter(|(id, here)| **id != here.0);
        self.report.new_ids.sources = others.map(|(id, here)| (*id, here.0)).collect();
        Ok(())
    }

    async fn new_source(&self, new: NewSource) -> Result<SourceId, Failure> {
        match self.batcher.execute(Requester::CLI, Command::CreateSource(new)).await {
            Ok(Outcome::Source(source)) => Ok(source.id),
            // Two names of the old database were cut to one.
            Err(ExecuteError::Rejected(Rejection::NameTaken(source))) => Ok(source),
            answer => Err(format!("a source was answered with {answer:?}").into()),
        }
    }

    async fn move_contacts(&mut self) -> Result<(), Failure> {
        let names: BTreeMap<i64, &str> = self.seed.sources.iter().map(|(id, new)| (*id, &*new.name)).collect();
        let bar = terminal::progress(self.seed.contacts.len() as u64, "moving", "contacts");
        let mut under_way = VecDeque::new();
        for contact in &self.seed.contacts {
            bar.inc(1);
            let source = self.sources.get(&contact.source).copied().unwrap_or(SourceId(0));
            match submission(contact, self.seed, source, &names, self.settings) {
                Err(error) => self.report.note_wrong(contact.id, error),
                Ok(submit) => {
                    if under_way.len() == UNDER_WAY_MAX {
                        self.settle(&mut under_way).await?;
                    }
                    under_way
                        .push_back((contact, self.batcher.enqueue(Requester::CLI, Command::Submit(submit)).await?));
                }
            }
        }
        self.settle(&mut under_way).await?;
        bar.finish_and_clear();
        Ok(())
    }

    /// Waits for what is under way, and gives each contact to the operator who has it.
    async fn settle(
        &mut self,
        under_way: &mut VecDeque<(&OldContact, oneshot::Receiver<Answer>)>,
    ) -> Result<(), Failure> {
        let mut handed = Vec::new();
        while let Some((old, answer)) = under_way.pop_front() {
            let answer = answer.await.map_err(|_| "the batcher stopped on a bug; run the import again")?;
            if let Some(transfer) = self.settled(old, answer?) {
                handed.push(self.batcher.enqueue(Requester::CLI, transfer).await?);
            }
        }
        for answer in handed {
            match answer.await.map_err(|_| "the batcher stopped on a bug; run the import again")? {
                // For a contact that was moved before, the operator's limit is respected.
                Ok(_) | Err(ExecuteError::Rejected(Rejection::OperatorFull(..) | Rejection::OperatorInactive(_))) => {}
                Err(refusal) => return Err(refusal.into()),
            }
        }
        Ok(())
    }

    fn settled(&mut self, old: &OldContact, outcome: Outcome) -> Option<Command> {
        let to = old.operator.and_then(|id| self.operators.get(&id)).copied();
        let (contact, is_new) = match outcome {
            Outcome::Contact(contact) | Outcome::Closed(contact, _) => (contact, true),
            Outcome::SubmittedBefore(contact) | Outcome::Appended(contact, _) => (contact, false),
            _ => return None,
        };
        self.report.note_moved(old, &contact, to, is_new);
        // One that was moved before and has been dealt with since stays as it is.
        let is_to_be_handed = if is_new { contact.operator != to } else { contact.status == Status::Waiting };
        to.filter(|_| is_to_be_handed).map(|to| transfer(contact.id, to, is_new))
    }

    async fn set_weights(&mut self) -> Result<(), Failure> {
        let members = members(Some(self.store), self.sources.values()).await?;
        let mut tables: BTreeMap<SourceId, Vec<(OperatorId, u32)>> = BTreeMap::new();
        for (source, operator, weight) in &self.seed.weights {
            let (Some(source), Some(operator)) = (self.sources.get(source), self.operators.get(operator)) else {
                continue;
            };
            if members.contains(&(*source, *operator)) {
                self.report.weights.found += 1;
            } else {
                self.report.weights.added += 1;
                tables.entry(*source).or_default().push((*operator, *weight));
            }
        }
        for (source, table) in tables {
            self.send(Command::SetWeights(source, table)).await?;
        }
        Ok(())
    }

    async fn look_at_loads(&mut self) -> Result<(), Failure> {
        for operator in operators(self.store).await? {
            self.report.note_load(&operator.name, operator.current_load.into(), operator.max_load);
        }
        Ok(())
    }
}

const fn transfer(contact: ContactId, to: OperatorId, force: bool) -> Command {
    Command::Transfer(Transfer { contact, from: None, to: Some(to), force })
}

/// Old ids that are to be kept, as far as those here are not ahead of them.
struct Ids {
    keep: bool,
    last: i64,
    passed_over: u32,
}

impl Ids {
    const fn new(keep: bool, last: i64) -> Self {
        Self { keep, last, passed_over: 0 }
    }

    /// Whether an id is to be passed over, so that this one comes next.
    fn is_before(&mut self, id: i64) -> bool {
        let is_before = self.keep && self.last + 1 < id && self.passed_over < IDS_PASSED_OVER_MAX;
        self.passed_over += u32::from(is_before);
        is_before
    }
}
