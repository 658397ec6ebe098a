//! The same random commands, once through a store in random batches with restarts in between, once through a single
//! world in memory, give the same outcomes and leave the same state: on SQLite, on PostgreSQL, and with three nodes on
//! PostgreSQL that take random turns.

use crate::test_store::{Node, TestStore, postgres, sqlite};
use maitred_app::batcher::ExecuteError;
use maitred_app::batcher::batch::Task;
use maitred_app::permission::Condition;
use maitred_core::command::{
    ContactEdit, DeleteSource, EraseLead, LeadEdit, MergeLeads, NewOperator, NewSource, OperatorEdit, SetWeight,
    SourceEdit, SplitLead, Submit, Transfer,
};
use maitred_core::world::{Found, Ledger};
use maitred_core::{
    Actor, Command, Contact, ContactId, Context, IdempotencyKey, Identity, IdentityKind, Lead, LeadId, Operator,
    OperatorId, Outcome, Policy, Rejection, Source, SourceId, SourceKind, Timestamp, World, decide_idempotent,
    invariants,
};
use maitred_store::views::{ContactFilter, LeadFilter, Page, SourceBook};
use maitred_store::{Store, StoreError};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};
use rstest::rstest;
use std::collections::BTreeSet;

/// Ids that random commands speak of: small, so that they often exist.
const IDS: std::ops::RangeInclusive<i64> = 1..=6;
const CONTACTS: std::ops::RangeInclusive<i64> = 1..=40;

fn operators() -> impl Strategy<Value = OperatorId> {
    IDS.prop_map(OperatorId)
}

fn sources() -> impl Strategy<Value = SourceId> {
    (1i64..=3).prop_map(SourceId)
}

fn contacts() -> impl Strategy<Value = ContactId> {
    CONTACTS.prop_map(ContactId)
}

fn identities() -> impl Strategy<Value = Vec<Identity>> {
    let one = |kind| (0..9u8).prop_map(move |n| Identity::new(kind, format!("{n}")));
    let phone = one(IdentityKind::Phone);
    let external = one(IdentityKind::ExternalId);
    prop_oneof![
        phone.clone().prop_map(|p| vec![p]),
        external.clone().prop_map(|e| vec![e]),
        (external, phone.clone()).prop_map(|(e, p)| vec![e, p]),
        (phone, one(IdentityKind::Email)).prop_map(|(p, e)| vec![p, e]),
        Just(Vec::new()),
    ]
}

fn submits() -> impl Strategy<Value = Command> {
    let once = (proptest::option::of(0..4u8), identities(), any::<bool>());
    (sources(), identities(), -1..=1i32, once).prop_map(|(source, identities, priority, (once, also, is_compat))| {
        Command::Submit(Submit {
            id_space: is_compat.then(|| "compat:appeals".into()),
            also,
            unusable: if is_compat { vec![Identity::new(IdentityKind::Email, "-")] } else { Vec::new() },
            lead_name: (priority != 0).then(|| if priority > 0 { "Olga" } else { "Vera" }.into()),
            message: Some("Hello".into()),
            priority,
            idempotency_key: once.map(|n| [n; 16]),
            ..Submit::new(source, identities)
        })
    })
}

fn settings() -> impl Strategy<Value = Command> {
    let policies = proptest::sample::select(&Policy::ALL[..]);
    prop_oneof![
        (0..4u32, any::<bool>()).prop_map(|(max_load, is_active)| Command::CreateOperator(NewOperator {
            is_active,
            max_load,
            ..NewOperator::named("Anna")
        })),
        (0..4u8, policies.clone(), any::<bool>()).prop_map(|(name, policy, sticky)| {
            Command::CreateSource(NewSource {
                kind: SourceKind::Bot,
                policy,
                sticky,
                ..NewSource::named(format!("Bot {name}"))
            })
        }),
        (sources(), proptest::option::of(policies), proptest::option::of(any::<bool>())).prop_map(
            |(id, policy, sticky)| Command::EditSource(id, SourceEdit { policy, sticky, ..SourceEdit::default() })
        ),
        (operators(), proptest::option::of(any::<bool>()), proptest::option::of(0..4u32)).prop_map(
            |(id, is_active, max_load)| {
                Command::EditOperator(id, OperatorEdit { is_active, max_load, ..OperatorEdit::default() })
            }
        ),
        (sources(), operators(), 0..5u32).prop_map(|(source, operator, weight)| Command::SetWeight(SetWeight {
            source,
            operator,
            weight
        })),
        (sources(), proptest::collection::vec((operators(), 0..5u32), 0..4))
            .prop_map(|(source, weights)| Command::ReplaceWeights(source, weights)),
        (sources(), proptest::collection::vec((operators(), 0..5u32), 0..3))
            .prop_map(|(source, weights)| Command::SetWeights(source, weights)),
        (sources(), operators()).prop_map(|(source, operator)| Command::RemoveWeight(source, operator)),
    ]
}

fn rarities() -> impl Strategy<Value = Command> {
    let leads = || (1i64..=12).prop_map(LeadId);
    prop_oneof![
        operators().prop_map(Command::DeleteOperator),
        (sources(), any::<bool>()).prop_map(|(source, force)| Command::DeleteSource(DeleteSource { source, force })),
        contacts().prop_map(Command::DeleteContact),
        (leads(), proptest::option::of(0..60i64)).prop_map(|(lead, quiet_since)| Command::EraseLead(EraseLead {
            lead,
            quiet_since: quiet_since.map(Timestamp)
        })),
        (leads(), leads()).prop_map(|(from, into)| Command::MergeLeads(MergeLeads { from, into })),
        (leads(), contacts(), identities()).prop_map(|(lead, contact, identities)| {
            Command::SplitLead(SplitLead { lead, contacts: vec![contact], identities, name: None })
        }),
        (leads(), identities()).prop_map(|(id, identities)| Command::EditLead(id, LeadEdit { name: None, identities })),
    ]
}

fn commands() -> impl Strategy<Value = Command> {
    let edits = (contacts(), proptest::option::of(any::<bool>()), proptest::option::of(-1..=1i32)).prop_map(
        |(id, is_resolved, priority)| {
            Command::EditContact(id, ContactEdit { is_resolved, priority, ..ContactEdit::default() })
        },
    );
    let transfers = (contacts(), proptest::option::of(operators()), any::<bool>())
        .prop_map(|(contact, to, force)| Command::Transfer(Transfer { contact, to, force }));
    prop_oneof![8 => submits(), 4 => edits, 3 => transfers, 5 => settings(), 1 => rarities()]
}

/// The most batches of one case.
const BATCHES_MAX: usize = 20;

/// A command, and which of a few keys it has, sometimes as another request.
type Asked = (Command, Option<(u8, u8)>);

/// What a batch is, and whether the node that carries it out restarts before it.
type Batch = (Vec<Asked>, bool);

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let key = proptest::option::weighted(0.3, (0..12u8, 0..2u8));
    let batch = (proptest::collection::vec((commands(), key), 1..12), proptest::bool::weighted(0.1));
    proptest::collection::vec(batch, 1..BATCHES_MAX)
}

/// Everything in one world that is never forgotten: the store it loads from is empty.
#[derive(Default)]
struct InMemory(World);

impl InMemory {
    fn run(&mut self, task: &Task) -> Result<Outcome, Rejection> {
        loop {
            let needs = self.0.needs_idempotent([(&task.command, &task.keys[..])]);
            if needs.is_empty() {
                return decide_idempotent(&mut self.0, task.command.clone(), &task.keys, task.context);
            }
            self.0.load(needs, Found::default());
        }
    }
}

fn comparable(result: Result<Outcome, Rejection>) -> Result<Outcome, String> {
    result.map_err(|rejection| ExecuteError::Rejected(rejection).to_string())
}

fn tasks(commands: Vec<Asked>, clock: &mut i64) -> Vec<Task> {
    let task = |(command, key): Asked| {
        *clock += 1;
        let once = key
            .map(|(key, request)| IdempotencyKey { digest: [key; 16], fingerprint: [request; 16], is_event: false })
            .into_iter()
            .collect();
        let context = Context { now: Timestamp(*clock), seed: clock.unsigned_abs() * 77, actor: Actor::System };
        Task { command, keys: once, context, condition: Condition::None }
    };
    commands.into_iter().map(task).collect()
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

/// Carries out each batch on the node whose turn it is, and every command of it in memory.
fn check(place: &TestStore, batches: Vec<Batch>, turns: &[usize]) -> TestCaseResult {
    let count = turns.iter().max().map_or(1, |last| last + 1);
    let mut nodes: Vec<Option<Node>> = (0..count).map(|_| Some(Node::open(place))).collect();
    let mut memory = InMemory::default();
    let mut clock = 0;
    for ((commands, restart), turn) in batches.into_iter().zip(turns) {
        if restart && let Some(node) = nodes[*turn].take() {
            node.close();
        }
        let node = nodes[*turn].get_or_insert_with(|| Node::open(place));
        let tasks = tasks(commands, &mut clock);
        let done = node.carry_out(|_| tasks.clone()).expect("the batch is stored");
        prop_assert!(done.left_over.is_empty(), "nothing here is large enough for a follow-up");
        for (task, answer) in tasks.iter().zip(done.answers) {
            let answer = answer.map_err(|error| error.to_string());
            prop_assert_eq!(answer, comparable(memory.run(task)), "{:?}", task);
        }
        prop_assert_eq!(invariants::check(&memory.0), Vec::<String>::new());
    }
    nodes.into_iter().flatten().for_each(Node::close);
    let expected = of_memory(&memory.0);
    prop_assert_eq!(&of_memory(&place.whole_world()), &expected, "what the engine loads");
    prop_assert_eq!(of_store(place).expect("the store can be read"), expected, "what readers see");
    Ok(())
}

fn of_memory(world: &World) -> State {
    let present = world.leads().filter(|lead| lead.merged_into.is_none());
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
            waiting: state.waiting().count(),
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

fn of_store(place: &TestStore) -> Result<State, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&place.url())?;
        let page = Page { limit: 1_000, after: None };
        let mut contacts = store.contacts(ContactFilter::default(), page).await?;
        contacts.reverse();
        let mut leads = store.leads(LeadFilter::default(), page).await?;
        leads.reverse();
        let people = leads.into_iter().filter(|card| card.lead.merged_into.is_none());
        Ok(State {
            operators: store.operators(page).await?,
            contacts,
            books: store.source_books().await?.into_iter().map(of_book).collect(),
            people: people.map(|card| (card.lead, card.identities.into_iter().collect())).collect(),
        })
    })
}

fn of_book(book: SourceBook) -> (SettingsAndCounts, Ledger) {
    let settings = SettingsAndCounts {
        source: book.source,
        weights: book.members.iter().map(|(operator, weight)| (operator.id, *weight)).collect(),
        waiting: book.counts.waiting,
        assigned: book.counts.assigned,
    };
    (settings, book.ledger)
}
