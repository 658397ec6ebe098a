//! What one command may not finish is finished by follow-ups, and follow-ups come to an end: also on a store whose
//! counters lie.

use crate::memory_store::MemoryStore;
use crate::single::{run, run_to_the_end};
use maitred_core::command::{DeleteSource, FollowUp, NewOperator, NewSource, OperatorEdit, SetWeight, Submit};
use maitred_core::decision::Cause;
use maitred_core::limits::DRAIN_MAX;
use maitred_core::world::Changes;
use maitred_core::{
    Actor, Command, Context, Identity, IdentityKind, OperatorId, Policy, SourceId, SourceKind, Status, Timestamp,
    World, invariants,
};

const BOT: SourceId = SourceId(1);
const ANNA: OperatorId = OperatorId(1);
const BORIS: OperatorId = OperatorId(2);
const CONTEXT: Context = Context { now: Timestamp(1), seed: 7, actor: Actor::System };
/// More than two commands may move.
const MANY: usize = 2 * DRAIN_MAX + 100;

fn submit(lead: usize) -> Command {
    Command::Submit(Submit::new(BOT, vec![Identity::new(IdentityKind::Phone, format!("+{lead}"))]))
}

fn operator(max_load: u32) -> Command {
    Command::CreateOperator(NewOperator { max_load, ..NewOperator::named("Anna") })
}

fn max_load(operator: OperatorId, max_load: usize) -> Command {
    let max_load = u32::try_from(max_load).ok();
    Command::EditOperator(operator, OperatorEdit { max_load, ..OperatorEdit::default() })
}

/// Anna with `room` and Boris without, on one source with [`MANY`] contacts.
fn opening(room: u32) -> Vec<Command> {
    let source = NewSource { kind: SourceKind::Bot, policy: Policy::SmoothWeighted, ..NewSource::named("Bot") };
    let mut commands = vec![operator(room), operator(0), Command::CreateSource(source)];
    commands.extend([ANNA, BORIS].map(|operator| Command::SetWeight(SetWeight { source: BOT, operator, weight: 10 })));
    commands.extend((0..MANY).map(submit));
    commands
}

fn with_many(room: u32) -> World {
    let mut world = World::default();
    for command in opening(room) {
        run(&mut world, command, CONTEXT).expect("nothing is wrong with the opening");
    }
    world.take_changes();
    world
}

fn check(mut world: World, command: Command, moved: impl Fn(&Changes) -> usize) -> World {
    let (outcome, changes) = run_to_the_end(&mut world, command, CONTEXT, 10);
    outcome.expect("nothing is wrong with the command");
    let moved: Vec<usize> = changes.iter().map(moved).collect();
    assert!(moved.iter().all(|n| *n <= DRAIN_MAX), "a command moved more than it may: {moved:?}");
    assert_eq!(moved.iter().sum::<usize>(), MANY);
    assert_eq!(invariants::check(&world), Vec::<String>::new());
    world
}

#[test]
fn a_raised_limit_is_filled_to_the_last_waiting_contact() {
    let world = check(with_many(0), max_load(ANNA, 1_000_000), |changes| changes.decisions.len());
    assert!(world.contacts().all(|c| c.operator == Some(ANNA)));
}

#[test]
fn a_contact_that_arrives_during_a_drain_waits_for_its_turn() {
    let mut world = with_many(0);
    run(&mut world, max_load(ANNA, MANY), CONTEXT).expect("a limit may be raised");
    run(&mut world, submit(MANY), CONTEXT).expect("a contact is always stored");
    let late = world.contacts().last().expect("it was stored");
    assert_eq!((late.status, late.operator), (Status::Waiting, None), "others still wait though Anna has room");
    let late = late.id;
    let (_, changes) = run_to_the_end(&mut world, max_load(ANNA, MANY), CONTEXT, 10);
    let causes = changes.iter().flat_map(|changes| &changes.decisions).filter(|d| d.contact == late).map(|d| d.cause);
    assert_eq!(causes.collect::<Vec<_>>(), [Cause::ArrivedBehindOthers], "Anna is full before its turn comes");
    assert_eq!(invariants::check(&world), Vec::<String>::new());
    assert!(world.contacts().all(|c| (c.operator == Some(ANNA)) == (c.id != late)));
}

#[test]
fn a_deleted_operators_contacts_all_find_another() {
    let mut world = with_many(1_000_000);
    run(&mut world, max_load(BORIS, 1_000_000), CONTEXT).expect("a limit may be raised");
    let world = check(world, Command::DeleteOperator(ANNA), |changes| changes.decisions.len());
    assert!(world.contacts().all(|c| c.operator == Some(BORIS)));
}

#[test]
fn a_deleted_sources_contacts_are_all_resolved() {
    for room in [0, 300, 1_000_000] {
        let delete = Command::DeleteSource(DeleteSource { source: BOT, force: true });
        let world = check(with_many(room), delete, |changes| changes.contacts_changed.len());
        assert!(world.contacts().all(|c| c.status == Status::Resolved));
    }
}

/// A store whose counters say that more wait, are held and are open than there are.
fn lying_shelf() -> MemoryStore {
    let mut store = MemoryStore::default();
    for command in opening(0).into_iter().take(8) {
        store.batch(&mut World::new(store.ids), &[(command, CONTEXT)]);
    }
    let totals = store.totals.get_mut(&BOT).expect("the source exists");
    (totals.waiting, totals.assigned) = (totals.waiting + 5, totals.assigned + 5);
    store.operators.get_mut(&ANNA).expect("Anna exists").current_load += 5;
    store
}

#[test]
fn a_counter_that_lies_makes_nothing_go_on_for_ever() {
    for command in [
        max_load(ANNA, 1_000),
        Command::DeleteOperator(ANNA),
        Command::DeleteSource(DeleteSource { source: BOT, force: true }),
        Command::FollowUp(FollowUp::Drain(BOT)),
    ] {
        let mut store = lying_shelf();
        let mut tasks = vec![(command.clone(), CONTEXT)];
        for round in 0.. {
            assert!(round < 5, "{command:?} goes on for ever");
            let mut world = World::new(store.ids);
            let (_, left_over) = store.batch(&mut world, &tasks);
            tasks = left_over.into_iter().map(|follow_up| (Command::FollowUp(follow_up), CONTEXT)).collect();
            if tasks.is_empty() {
                break;
            }
        }
    }
}
