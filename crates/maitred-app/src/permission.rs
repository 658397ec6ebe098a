//! Who may have which command executed. Every pair of a grant and a command is decided here and nowhere else: no match
//! has a wildcard, and edits are taken apart field by field, so a new command or a new field does not compile until
//! somebody has decided who may use it.
//!
//! What can be known from the grant and the command is decided before the command is queued. Whether a contact is with
//! the operator who asks may change until the command's turn comes: that is a [`Condition`], checked in the batch.

use maitred_core::command::{AddNote, ContactEdit, Decline, OperatorEdit, Pause, Respond, Transfer};
use maitred_core::{Actor, Command, ContactId, OperatorId, SourceId, World};
use maitred_store::accounts::{Grant, Role};
use std::fmt;

/// On whose behalf a command is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requester {
    /// Named in the events.
    pub actor: Actor,
    /// Decides what they may do.
    pub grant: Grant,
}

impl Requester {
    /// maitred itself.
    pub const SYSTEM: Self = Self { actor: Actor::System, grant: Grant::Admin };
    /// A person at the command line: they can read and write the database anyway.
    pub const CLI: Self = Self { actor: Actor::Cli, grant: Grant::Admin };
}

/// Why a requester may not have a command executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionError {
    /// The role may not do this.
    Role(Role),
    /// The key submits contacts of this source only.
    OtherSource(SourceId),
    /// This contact is not, or no longer, with the operator who asks.
    OtherOperator(ContactId),
}

impl fmt::Display for PermissionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => {
                write!(f, "the role {} may not do this; docs/security.md lists what each role may do", role.as_str())
            }
            Self::OtherSource(own) => write!(f, "this key submits contacts of source {own} only"),
            Self::OtherOperator(contact) => write!(f, "contact {contact} is not with the operator of this key"),
        }
    }
}

impl std::error::Error for PermissionError {}

/// What else must be true when a permitted command's turn comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    #[default]
    None,
    /// The contact is with this operator.
    ContactIsWith(ContactId, OperatorId),
}

impl Condition {
    /// # Errors
    /// When it does not hold. For a contact that does not exist it holds: the rules say that there is none.
    pub fn check(self, world: &World) -> Result<(), PermissionError> {
        match self {
            Self::None => Ok(()),
            Self::ContactIsWith(id, own) => match world.contact(id) {
                Ok(contact) if contact.operator != Some(own) => Err(PermissionError::OtherOperator(id)),
                Ok(_) | Err(_) => Ok(()),
            },
        }
    }
}

/// Decides whether this grant allows this command, and under which condition.
///
/// # Errors
/// When it does not.
pub fn permit(grant: Grant, command: &Command) -> Result<Condition, PermissionError> {
    match grant {
        Grant::Admin | Grant::Supervisor => of_supervisor(command),
        Grant::Operator(own) => of_operator(own, command),
        Grant::Intake(own) => of_intake(own, command),
        Grant::Observer => DENIED,
    }
    .map_err(|denied| denied.unwrap_or(PermissionError::Role(grant.role())))
}

/// A refusal without a reason of its own is that of the role.
type Decided = Result<Condition, Option<PermissionError>>;

const ALLOWED: Decided = Ok(Condition::None);
const DENIED: Decided = Err(None);

const fn of_supervisor(command: &Command) -> Decided {
    match command {
        Command::Submit(_)
        | Command::Receive(_)
        | Command::EditContact(..)
        | Command::AddNote(_)
        | Command::EditMessage(_)
        | Command::SendMessage(_)
        | Command::Transfer(_)
        | Command::Accept(_)
        | Command::Decline(_)
        | Command::Respond(_)
        | Command::DeleteContact(_)
        | Command::CreateOperator(_)
        | Command::EditOperator(..)
        | Command::DeleteOperator(_)
        | Command::Pause(_)
        | Command::Resume(_)
        | Command::Beat(_)
        | Command::CorrectAccount(_)
        | Command::SetCaps(_)
        | Command::SetSourceCaps(_)
        | Command::CreateCalendar(_)
        | Command::ReplaceCalendar(..)
        | Command::DeleteCalendar(_)
        | Command::CreateSource(_)
        | Command::EditSource(..)
        | Command::DeleteSource(_)
        | Command::RemoveDemo(_)
        | Command::SetWeight(_)
        | Command::SetWeights(..)
        | Command::ReplaceWeights(..)
        | Command::RemoveWeight(..)
        | Command::EditLead(..)
        | Command::MergeLeads(_)
        | Command::SplitLead(_)
        | Command::RereadPhones(_)
        | Command::EraseLead(_)
        | Command::Show(..)
        | Command::EditIntake(..)
        | Command::ForgetPayloads(_)
        | Command::EndpointDisabled(..) => ALLOWED,
        // No call leads to these: a job of maitred itself has them done.
        Command::KeepReports(_) | Command::NoteDelivery(_) | Command::NoteReach(_) => ALLOWED,
        // Left-over work, and what is due, are the batcher's own, which asks nobody.
        Command::Wake(_) | Command::FollowUp(_) => DENIED,
    }
}

fn of_operator(own: OperatorId, command: &Command) -> Decided {
    match command {
        Command::EditContact(contact, edit) => {
            // The operator who has a contact may change all of these.
            let ContactEdit { is_resolved: _, undo: _, priority: _, message: _, not_before: _, wanted: _ } = edit;
            Ok(Condition::ContactIsWith(*contact, own))
        }
        Command::AddNote(AddNote { contact, text: _ }) => Ok(Condition::ContactIsWith(*contact, own)),
        Command::SendMessage(new) if new.contact.operator == Some(own) => is_with(new.contact.contact, own),
        Command::Transfer(Transfer { contact, from: _, to: _, force: false }) => is_with(*contact, own),
        // What is with somebody else by now is refused by the command, which says who has it.
        Command::Accept(offer)
        | Command::Decline(Decline { offer, reason: _ })
        | Command::Respond(Respond { contact: offer, how: _ })
            if offer.operator == Some(own) =>
        {
            ALLOWED
        }
        Command::EditOperator(operator, edit) => {
            // They switch themselves on and off; everything else is their supervisor's.
            let OperatorEdit { is_active: _, name, external_id, notify_email, max_load, hours, away_after_s } = edit;
            let is_named = name.is_some() || external_id.is_some() || notify_email.is_some();
            let only_switches = !is_named && max_load.is_none() && hours.is_none() && away_after_s.is_none();
            only(*operator == own && only_switches)
        }
        Command::Pause(Pause { operator, until: _, reason: _ })
        | Command::Resume(operator)
        | Command::Beat(operator) => only(*operator == own),
        Command::Submit(_)
        | Command::Receive(_)
        | Command::EditMessage(_)
        | Command::SendMessage(_)
        | Command::NoteDelivery(_)
        | Command::NoteReach(_)
        | Command::Accept(_)
        | Command::Decline(_)
        | Command::Respond(_)
        | Command::Transfer(Transfer { contact: _, from: _, to: _, force: true })
        | Command::DeleteContact(_)
        | Command::CreateOperator(_)
        | Command::DeleteOperator(_)
        | Command::CorrectAccount(_)
        | Command::SetCaps(_)
        | Command::SetSourceCaps(_)
        | Command::CreateCalendar(_)
        | Command::ReplaceCalendar(..)
        | Command::DeleteCalendar(_)
        | Command::CreateSource(_)
        | Command::EditSource(..)
        | Command::DeleteSource(_)
        | Command::RemoveDemo(_)
        | Command::SetWeight(_)
        | Command::SetWeights(..)
        | Command::ReplaceWeights(..)
        | Command::RemoveWeight(..)
        | Command::EditLead(..)
        | Command::MergeLeads(_)
        | Command::SplitLead(_)
        | Command::RereadPhones(_)
        | Command::EraseLead(_)
        | Command::Show(..)
        | Command::EditIntake(..)
        | Command::ForgetPayloads(_)
        | Command::EndpointDisabled(..)
        | Command::Wake(_)
        | Command::FollowUp(_)
        | Command::KeepReports(_) => DENIED,
    }
}

const fn is_with(contact: ContactId, own: OperatorId) -> Decided {
    Ok(Condition::ContactIsWith(contact, own))
}

const fn only(is_allowed: bool) -> Decided {
    if is_allowed { ALLOWED } else { DENIED }
}

fn of_intake(own: Option<SourceId>, command: &Command) -> Decided {
    match command {
        Command::Submit(submit) => match own {
            Some(own) if submit.source != own => Err(Some(PermissionError::OtherSource(own))),
            Some(_) | None => ALLOWED,
        },
        // A contact of what a source received is one of that source.
        Command::Receive(receive) => match own {
            Some(own) if receive.submit.as_ref().map_or(receive.source, |it| it.source) != own => {
                Err(Some(PermissionError::OtherSource(own)))
            }
            Some(_) | None => ALLOWED,
        },
        Command::EditContact(..)
        | Command::AddNote(_)
        | Command::EditMessage(_)
        | Command::SendMessage(_)
        | Command::NoteDelivery(_)
        | Command::NoteReach(_)
        | Command::Transfer(_)
        | Command::Accept(_)
        | Command::Decline(_)
        | Command::Respond(_)
        | Command::DeleteContact(_)
        | Command::CreateOperator(_)
        | Command::EditOperator(..)
        | Command::DeleteOperator(_)
        | Command::Pause(_)
        | Command::Resume(_)
        | Command::Beat(_)
        | Command::CorrectAccount(_)
        | Command::SetCaps(_)
        | Command::SetSourceCaps(_)
        | Command::CreateCalendar(_)
        | Command::ReplaceCalendar(..)
        | Command::DeleteCalendar(_)
        | Command::CreateSource(_)
        | Command::EditSource(..)
        | Command::DeleteSource(_)
        | Command::RemoveDemo(_)
        | Command::SetWeight(_)
        | Command::SetWeights(..)
        | Command::ReplaceWeights(..)
        | Command::RemoveWeight(..)
        | Command::EditLead(..)
        | Command::MergeLeads(_)
        | Command::SplitLead(_)
        | Command::RereadPhones(_)
        | Command::EraseLead(_)
        | Command::Show(..)
        | Command::EditIntake(..)
        | Command::ForgetPayloads(_)
        | Command::EndpointDisabled(..)
        | Command::Wake(_)
        | Command::FollowUp(_)
        | Command::KeepReports(_) => DENIED,
    }
}

#[cfg(test)]
mod tests;
