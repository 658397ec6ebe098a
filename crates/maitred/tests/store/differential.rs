//! The same random commands, once through a store in random batches with restarts in between, once through a single
//! world in memory, give the same outcomes and leave the same state: on SQLite, on PostgreSQL, and with three nodes on
//! PostgreSQL that take random turns.

use crate::random::{Step, opening, steps};
use crate::test_store::{Node, TestStore, postgres, sqlite};
use maitred_app::batcher::ExecuteError;
use maitred_app::batcher::batch::Task;
use maitred_app::permission::Condition;
use maitred_core::command::FollowUp;
use maitred_core::world::{Found, Ledger};
use maitred_core::{
    Actor, Command, Contact, ContactId, Context, IdempotencyKey, Identity, Lead, LeadId, Note, Operator, OperatorId,
    Outcome, Rejection, Source, SourceId, Timestamp, World, decide_idempotent, invariants,
};
use maitred_store::views::{ContactFilter, LeadFilter, Page, SourceBook};
use maitred_store::{Store, StoreError};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};
use rstest::rstest;
use std::collections::BTreeSet;

/// Between two commands, in microseconds: random commands name moments a few seconds apart.
const SECOND: i64 = 1_000_000;

/// The most batches of one case.
const BATCHES_MAX: usize = 20;

/// The most commands of one batch.
const COMMANDS_MAX: usize = 12;

/// Which of a few keys a command has, if any, sometimes as another request.
type Key = Option<(u8, u8)>;

/// What a batch is, and whether the node that carries it out restarts before it.
type Batch = (Vec<Step>, Vec<Key>, bool);

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let key = proptest::option::weighted(0.3, (0..12u8, 0..2u8));
    let keys = proptest::collection::vec(key, COMMANDS_MAX);
    let batch = (steps(COMMANDS_MAX), keys, proptest::bool::weighted(0.1));
    proptest::collection::vec(batch, 1..BATCHES_MAX)
}

/// Everything in one world that is never forgotten: what it loads is the absence of all else, and of leads who were
/// merged or split which of their contacts is the latest.
#[derive(Default)]
struct InMemory(World);

impl InMemory {
    fn run(&mut self, task: &Task) -> Result<Outcome, Rejection> {
        loop {
            let needs = self.0.needs_idempotent([(&task.command, &task.keys[..])]);
            if needs.is_empty() {
                return decide_idempotent(&mut self.0, task.command.clone(), &task.keys, task.context);
            }
            let latest_contacts = needs.latest_contacts.iter().filter_map(|key| self.latest_contact(*key)).collect();
            self.0.load(needs, Found { latest_contacts, ..Found::default() });
        }
    }

    fn latest_contact(&self, (lead, source): (LeadId, SourceId)) -> Option<(LeadId, SourceId, ContactId)> {
        let all = self.0.contacts().filter(|contact| contact.lead == lead && contact.arrived_on() == source);
        all.map(|contact| contact.id).max().map(|id| (lead, source, id))
    }
}

fn comparable(result: Result<Outcome, Rejection>) -> Result<Outcome, String> {
    result.map_err(|rejection| ExecuteError::Rejected(rejection).to_string())
}

fn task(command: Command, key: Key, clock: &mut i64) -> Task {
    *clock += SECOND;
    let key =
        key.map(|(key, request)| IdempotencyKey { digest: [key; 16], fingerprint: [request; 16], is_event: false });
    let context = Context { now: Timestamp(*clock), seed: clock.unsigned_abs() * 77, actor: Actor::System };
    Task {
        command,
        keys: key.into_iter().collect(),
        context,
        condition: Condition::None,
        precondition: None,
        heard: None,
    }
}

#[derive(Debug, PartialEq)]
struct SettingsAndCounts {
    source: Source,
    weights: Vec<(OperatorId, u32)>,
    waiting: u64,
    assigned: u64,
}

/// All that both sides must agree on in the end.
#[derive(Debug, PartialEq)]
struct State {
    operators: Vec<Operator>,
    contacts: Vec<Contact>,
    books: Vec<(SettingsAndCounts, Ledger)>,
    people: Vec<(Lead, BTreeSet<Identity>)>,
}

#[rstest]
#[case::sqlite(sqlite, 1, 24)]
#[case::one_node_on_postgres(postgres, 1, 8)]
#[case::three_nodes_on_postgres(postgres, 3, 16)]
fn a_store_keeps_what_one_world_in_memory_would_hold(
    #[case] place: fn() -> TestStore,
    #[case] nodes: usize,
    #[case] cases: u32,
) {
    let config = ProptestConfig { cases, source_file: Some(file!()), ..ProptestConfig::default() };
    let turns = proptest::collection::vec(0..nodes, BATCHES_MAX);
    let checked = TestRunner::new(config).run(&(batches(), turns), |(batches, turns)| check(&place(), batches, &turns));
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Carries out every command in memory, and each batch on the node whose turn it is.
fn check(place: &TestStore, batches: Vec<Batch>, turns: &[usize]) -> TestCaseResult {
    let count = turns.iter().max().map_or(1, |last| last + 1);
    let mut nodes: Vec<Option<Node>> = (0..count).map(|_| Some(Node::open(place))).collect();
    let mut memory = InMemory::default();
    let mut clock = 0;
    let first: Vec<Task> = opening().into_iter().map(|command| task(command, None, &mut clock)).collect();
    let answers = first.iter().map(|task| memory.run(task)).collect();
    carry_out(nodes[0].get_or_insert_with(|| Node::open(place)), &first, answers)?;
    memory.0.take_follow_ups();
    for ((steps, keys, restart), turn) in batches.into_iter().zip(turns) {
        if restart && let Some(node) = nodes[*turn].take() {
            node.close();
        }
        let (mut tasks, mut answers) = (Vec::new(), Vec::new());
        for (step, key) in steps.into_iter().zip(keys) {
            let command = match step.command(memory.0.ids()) {
                // It leaves all that is open to follow-ups, however little that is.
                Command::RemoveDemo(_) => Command::RemoveDemo(Vec::new()),
                command => command,
            };
            // As the batcher does: what is due by then happens before.
            let next = Timestamp(clock + SECOND);
            let due = is_due(&memory.0, next).then_some(Command::Wake(next));
            for (command, key) in due.map(|wake| (wake, None)).into_iter().chain([(command, key)]) {
                tasks.push(task(command, key, &mut clock));
                answers.push(memory.run(&tasks[tasks.len() - 1]));
            }
        }
        let node = nodes[*turn].get_or_insert_with(|| Node::open(place));
        let mut left_over = carry_out(node, &tasks, answers)?;
        // Where not all who wait were loaded, a store leaves more to drains that follow.
        let in_memory = memory.0.take_follow_ups();
        let more = |it: &&FollowUp| !in_memory.contains(it) && !matches!(it, FollowUp::Drain(_));
        prop_assert!(in_memory.is_subset(&left_over) && !left_over.iter().any(|it| more(&it)), "{left_over:?}");
        while let Some(follow_up) = left_over.pop_first() {
            let task = task(Command::FollowUp(follow_up), None, &mut clock);
            let answer = memory.run(&task);
            left_over.extend(carry_out(node, &[task], vec![answer])?);
            memory.0.take_follow_ups();
        }
        prop_assert_eq!(invariants::check(&memory.0), Vec::<String>::new());
    }
    nodes.into_iter().flatten().for_each(Node::close);
    let expected = of_memory(&memory.0);
    prop_assert_eq!(&of_memory(&place.whole_world()), &expected, "what the engine loads");
    let (state, notes) = of_store(place).expect("the store can be read");
    prop_assert_eq!(state, expected, "what readers see");
    prop_assert_eq!(notes, notes_of_memory(&memory.0));
    Ok(())
}

fn is_due(world: &World, now: Timestamp) -> bool {
    let of_contacts = world.contacts().map(Contact::next_change);
    let of_operators = world.operators().map(Operator::next_change);
    let of_sources = world.sources().map(|state| state.source.next_change());
    of_contacts.chain(of_operators).chain(of_sources).flatten().any(|at| at <= now)
}

/// Carries out a batch that is to be answered like this, and says what it leaves over.
fn carry_out(
    node: &mut Node,
    tasks: &[Task],
    answers: Vec<Result<Outcome, Rejection>>,
) -> Result<BTreeSet<FollowUp>, TestCaseError> {
    let done = node.carry_out(|_| tasks.to_vec()).expect("the batch is stored");
    for ((task, answer), expected) in tasks.iter().zip(done.answers).zip(answers) {
        prop_assert_eq!(answer.map_err(|error| error.to_string()), comparable(expected), "{:?}", task);
    }
    Ok(done.left_over.into_keys().collect())
}

fn of_memory(world: &World) -> State {
    // Lists leave out those of a demo that was removed, or who were erased like it.
    let is_shown = |lead: &&Lead| lead.merged_into.is_none() && !(lead.demo && lead.erased_at.is_some());
    let present = world.leads().filter(is_shown);
    let mut people: Vec<(Lead, BTreeSet<Identity>)> = present.map(|lead| (lead.clone(), BTreeSet::new())).collect();
    for (identity, lead) in world.identities() {
        let (_, theirs) = people.iter_mut().find(|(theirs, _)| theirs.id == lead).expect("an identity has a lead");
        theirs.insert(identity.clone());
    }
    let book = |state: &maitred_core::world::SourceState| {
        let weights = state.pool().candidates().iter().map(|c| (c.operator, c.weight)).collect();
        let settings = SettingsAndCounts {
            source: state.source.clone(),
            weights,
            waiting: state.waiting().count() + state.resting().count(),
            assigned: state.assigned(),
        };
        (settings, state.ledger())
    };
    State {
        operators: world.operators().filter(|o| o.deleted_at.is_none()).cloned().collect(),
        contacts: world.contacts().cloned().collect(),
        books: world.sources().filter(|s| s.source.deleted_at.is_none()).map(book).collect(),
        people,
    }
}

/// Nothing of this world was ever written, so its changes hold all notes there were.
fn notes_of_memory(world: &World) -> Vec<Note> {
    let is_erased = |lead| world.leads().any(|it| it.id == lead && it.erased_at.is_some());
    let is_kept = |note: &Note| world.contacts().any(|it| it.id == note.contact && !is_erased(it.lead));
    world.clone().take_changes().notes_new.into_iter().filter(is_kept).collect()
}

fn of_store(place: &TestStore) -> Result<(State, Vec<Note>), StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&place.url())?;
        let page = Page { limit: 1_000, after: None };
        let mut contacts = store.contacts(ContactFilter::default(), page).await?;
        contacts.reverse();
        let mut leads = store.leads(LeadFilter::default(), page).await?;
        leads.reverse();
        let people = leads.into_iter().filter(|card| card.lead.merged_into.is_none());
        let mut notes = Vec::new();
        for contact in &contacts {
            notes.extend(store.notes(contact.id, page).await?.into_iter().flatten());
        }
        notes.sort_unstable_by_key(|note| note.id);
        let mut books = Vec::new();
        for source in store.sources(page).await? {
            books.extend(store.source_book(source.id).await?.map(of_book));
        }
        let state = State {
            operators: store.operators(page).await?,
            contacts,
            books,
            people: people.map(|card| (card.lead, card.identities.into_iter().collect())).collect(),
        };
        Ok((state, notes))
    })
}

fn of_book(book: SourceBook) -> (SettingsAndCounts, Ledger) {
    let settings = SettingsAndCounts {
        source: book.source,
        weights: book.members.iter().map(|(operator, weight)| (operator.id, *weight)).collect(),
        waiting: book.counts.all_waiting(),
        assigned: book.counts.assigned,
    };
    (settings, book.ledger)
}
