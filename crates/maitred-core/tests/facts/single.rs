//! A world that is its own store: nothing exists but what commands made.

use maitred_core::world::{Changes, Found};
use maitred_core::{Command, Context, LeadId, Outcome, Rejection, SourceId, World, decide};

/// Loads the absence of whatever a command asks for and does not find.
pub fn prepare(world: &mut World, command: &Command) {
    for _ in 0..10 {
        let needs = world.needs([command]);
        if needs.is_empty() {
            return;
        }
        let latest = |(lead, source): &(LeadId, SourceId)| {
            let all = world.contacts().filter(|it| it.lead == *lead && it.arrived_on() == *source);
            all.map(|it| it.id).max().map(|id| (*lead, *source, id))
        };
        let latest_contacts = needs.latest_contacts.iter().filter_map(latest).collect();
        world.load(needs, Found { latest_contacts, ..Found::default() });
    }
    panic!("there is no end to what {command:?} needs");
}

pub fn run(world: &mut World, command: Command, context: Context) -> Result<Outcome, Rejection> {
    prepare(world, &command);
    decide(world, command, context)
}

/// Carries out a command and all that it leaves over, and returns what they changed, one after the other. Follow-ups
/// must come to an end within `rounds_max`.
pub fn run_to_the_end(
    world: &mut World,
    command: Command,
    context: Context,
    rounds_max: usize,
) -> (Result<Outcome, Rejection>, Vec<Changes>) {
    let outcome = run(world, command, context);
    let mut changes = vec![world.take_changes()];
    let mut left = world.take_follow_ups();
    while let Some(follow_up) = left.pop_first() {
        assert!(changes.len() <= rounds_max, "{follow_up:?} goes on for ever");
        run(world, Command::FollowUp(follow_up), context).expect("follow-ups are not refused");
        left.extend(world.take_follow_ups());
        changes.push(world.take_changes());
    }
    (outcome, changes)
}
