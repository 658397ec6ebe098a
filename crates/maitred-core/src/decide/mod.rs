//! The rules. [`decide`] is the only function that changes a [`World`]: it checks a command against it, carries it out
//! or rejects it without a trace, and is a function of its arguments alone.
//!
//! A command that frees a slot or makes room gives it to whoever waits, in the same call (`route::drain`).

mod contact;
mod erase;
mod lead;
mod operator;
mod route;
mod source;
mod submit;

pub(crate) use erase::START;

use crate::command::{Command, Context, FollowUp, Outcome, Rejection};
use crate::world::World;

/// Carries out one command.
///
/// # Errors
/// [`Rejection`] says why nothing was done; the world is as it was.
///
/// # Panics
/// When `world` lacks something that [`World::needs`] names for this command.
pub fn decide(world: &mut World, command: Command, context: Context) -> Result<Outcome, Rejection> {
    match command {
        Command::Submit(it) => submit::submit(world, &it, context),
        Command::EditContact(id, edit) => contact::edit(world, id, edit, context),
        Command::Transfer { contact, to, force } => contact::transfer(world, contact, to, force, context),
        Command::DeleteContact(id) => contact::delete(world, id, context),
        Command::CreateOperator(new) => operator::create(world, new, context),
        Command::EditOperator(id, edit) => operator::edit(world, id, edit, context),
        Command::DeleteOperator(id) => operator::delete(world, id, context),
        Command::CreateSource(new) => source::create(world, new, context),
        Command::EditSource(id, edit) => source::edit(world, id, edit, context),
        Command::DeleteSource { source, force } => source::delete(world, source, force, context),
        Command::SetWeight { source, operator, weight } => source::set_weight(world, source, operator, weight, context),
        Command::SetWeights(id, weights) => source::set_weights(world, id, weights, context),
        Command::ReplaceWeights(id, weights) => source::replace_weights(world, id, weights, context),
        Command::RemoveWeight(source, operator) => source::remove_weight(world, source, operator, context),
        Command::EditLead(id, edit) => lead::edit(world, id, edit, context),
        Command::MergeLeads { from, into } => lead::merge(world, from, into, context),
        Command::EraseLead { lead, quiet_since } => erase::erase(world, lead, quiet_since, context),
        Command::Show(lead, shown) => Ok(Outcome::Shown(lead, shown)),
        Command::FollowUp(follow_up) => {
            self::follow_up(world, follow_up, context);
            Ok(Outcome::Done)
        }
    }
}

fn follow_up(world: &mut World, follow_up: FollowUp, context: Context) {
    match follow_up {
        FollowUp::Drain(source) => route::go_on_draining(world, source, context),
        FollowUp::Erase(lead, behind) => erase::go_on(world, lead, behind, context),
        // Without a contact to move, a counter that says there is one would be asked for ever.
        _ if world.gathered_by(follow_up).next().is_none() => {}
        FollowUp::Evacuate(operator) => operator::evacuate(world, operator, context),
        FollowUp::CloseOut(source) => source::close_out(world, source, context),
    }
}
