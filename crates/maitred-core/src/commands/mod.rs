//! One file per command: what it says, what it needs loaded, its rule, and the events it emits. A rule checks
//! everything first and changes the world only then, so a rejected command leaves no trace.
//!
//! What several commands share, giving contacts to operators, is in [`crate::routing`]; the single steps that change
//! the state are methods of [`World`] (`world/moves.rs`). To add a command, see CONTRIBUTING.md.

mod create_operator;
mod create_source;
mod delete_contact;
mod delete_operator;
mod delete_source;
mod edit_contact;
mod edit_lead;
mod edit_operator;
mod edit_source;
mod erase_lead;
mod follow_up;
mod merge_leads;
mod recognise;
mod show_lead;
mod split_lead;
mod submit;
mod transfer;
mod weights;

pub use create_operator::NewOperator;
pub use create_source::NewSource;
pub use delete_source::DeleteSource;
pub use edit_contact::ContactEdit;
pub use edit_lead::LeadEdit;
pub use edit_operator::OperatorEdit;
pub use edit_source::SourceEdit;
pub use erase_lead::EraseLead;
pub use follow_up::FollowUp;
pub use merge_leads::MergeLeads;
pub use split_lead::SplitLead;
pub use submit::Submit;
pub use transfer::Transfer;
pub use weights::SetWeight;

pub(crate) use submit::submit;

use crate::command::{Command, Context, Outcome, Rejection};
use crate::world::{NeedsBuilder, World};

/// Carries out one command: the only function that changes a [`World`]. It is a function of its arguments alone.
///
/// # Errors
/// [`Rejection`] says why nothing was done; the world is as it was.
///
/// # Panics
/// When `world` lacks something that [`World::needs`] names for this command.
pub fn decide(world: &mut World, command: Command, context: Context) -> Result<Outcome, Rejection> {
    match command {
        Command::Submit(it) => submit::submit(world, &it, context),
        Command::EditContact(id, edit) => edit_contact::edit_contact(world, id, edit, context),
        Command::Transfer(it) => transfer::transfer(world, it, context),
        Command::DeleteContact(id) => delete_contact::delete_contact(world, id, context),
        Command::CreateOperator(new) => create_operator::create_operator(world, new, context),
        Command::EditOperator(id, edit) => edit_operator::edit_operator(world, id, edit, context),
        Command::DeleteOperator(id) => delete_operator::delete_operator(world, id, context),
        Command::CreateSource(new) => create_source::create_source(world, new, context),
        Command::EditSource(id, edit) => edit_source::edit_source(world, id, edit, context),
        Command::DeleteSource(it) => delete_source::delete_source(world, it, context),
        Command::SetWeight(it) => weights::set_weight(world, it, context),
        Command::SetWeights(id, weights) => weights::set_weights(world, id, weights, context),
        Command::ReplaceWeights(id, weights) => weights::replace_weights(world, id, weights, context),
        Command::RemoveWeight(source, operator) => weights::remove_weight(world, source, operator, context),
        Command::EditLead(id, edit) => edit_lead::edit_lead(world, id, edit, context),
        Command::MergeLeads(it) => merge_leads::merge_leads(world, it, context),
        Command::SplitLead(it) => split_lead::split_lead(world, it, context),
        Command::EraseLead(it) => erase_lead::erase_lead(world, it, context),
        Command::Show(lead, shown) => Ok(show_lead::show_lead(lead, shown)),
        Command::FollowUp(it) => Ok(follow_up::follow_up(world, it, context)),
    }
}

/// Names what a command needs loaded, as far as that is known from what is loaded already.
pub(crate) fn needs(command: &Command, needs: &mut NeedsBuilder<'_>) {
    match command {
        Command::Submit(it) => submit::needs(it, needs),
        Command::EditContact(id, edit) => edit_contact::needs(*id, edit, needs),
        Command::Transfer(it) => transfer::needs(it, needs),
        Command::DeleteContact(id) => delete_contact::needs(*id, needs),
        Command::CreateOperator(new) => create_operator::needs(new, needs),
        Command::EditOperator(id, edit) => edit_operator::needs(*id, edit, needs),
        Command::DeleteOperator(id) => delete_operator::needs(*id, needs),
        Command::CreateSource(new) => create_source::needs(new, needs),
        Command::EditSource(id, edit) => edit_source::needs(*id, edit, needs),
        Command::DeleteSource(it) => delete_source::needs(it, needs),
        Command::SetWeight(it) => weights::needs_to_set(it.source, [it.operator], needs),
        Command::SetWeights(id, weights) | Command::ReplaceWeights(id, weights) => {
            weights::needs_to_set(*id, weights.iter().map(|(operator, _)| *operator), needs);
        }
        Command::RemoveWeight(source, operator) => weights::needs_to_remove(*source, *operator, needs),
        Command::EditLead(id, edit) => edit_lead::needs(*id, edit, needs),
        Command::MergeLeads(it) => merge_leads::needs(it, needs),
        Command::SplitLead(it) => split_lead::needs(it, needs),
        Command::EraseLead(it) => erase_lead::needs(it, needs),
        Command::FollowUp(it) => follow_up::needs(*it, needs),
        Command::Show(..) => {}
    }
}
