//! What maitred can be asked to do, and how it answers. The API and the CLI all end in one of these commands, with
//! values that were checked by [`crate::limits`]; [`decide`] carries them out.
//!
//! One file per command: what it says, what it needs loaded, its rule, and the events it emits. A rule checks
//! everything first and changes the world only then, so a rejected command leaves no trace. What several commands
//! share, giving contacts to operators, is in `routing`; the single steps that change the state are methods of
//! [`World`] (`world/moves.rs`). To add a command, see CONTRIBUTING.md.

mod add_note;
pub(crate) mod ageing;
mod append;
mod beat;
mod calendars;
mod complete;
mod correct_account;
mod create_operator;
mod create_source;
mod delete_contact;
mod delete_operator;
mod delete_source;
mod edit_contact;
mod edit_lead;
mod edit_message;
mod edit_operator;
mod edit_source;
mod endpoint_disabled;
mod erase_lead;
mod follow_up;
mod intake;
mod keep_reports;
mod leave;
mod merge_leads;
mod note_reach;
mod offer;
mod outcome;
mod pause;
mod recognise;
mod remove_demo;
mod reread_phones;
mod respond;
mod schedule;
mod send_message;
mod set_caps;
mod shifts;
mod show_lead;
mod split_lead;
mod submit;
mod transfer;
mod weights;

pub use add_note::AddNote;
pub use calendars::{CalendarUsers, NewCalendar};
pub use complete::Completion;
pub use correct_account::CorrectAccount;
pub use create_operator::NewOperator;
pub use create_source::NewSource;
pub use delete_source::DeleteSource;
pub use edit_contact::ContactEdit;
pub use edit_lead::LeadEdit;
pub use edit_message::EditMessage;
pub use edit_operator::{HoursEdit, OperatorEdit};
pub use edit_source::{OfferEdit, ReleaseEdit, SourceEdit, SourceHoursEdit, UrgencyEdit};
pub use erase_lead::EraseLead;
pub use follow_up::FollowUp;
pub use intake::{IntakeEdit, Receive, ReceivedPayload};
pub use merge_leads::MergeLeads;
pub use note_reach::NoteReach;
pub use offer::{Decline, OfferAnswer};
pub use outcome::Outcome;
pub use pause::Pause;
pub use reread_phones::{PhoneReading, Reread, RereadPhones};
pub use respond::Respond;
pub use send_message::{NoteDelivery, SendMessage};
pub use set_caps::{SetCaps, SetSourceCaps};
pub use show_lead::ShowLead;
pub use split_lead::SplitLead;
pub use submit::Submit;
pub use transfer::Transfer;
pub use weights::SetWeight;

pub(crate) use submit::submit;

use crate::actor::Actor;
use crate::availability::Away;
use crate::conversation::NoWay;
use crate::event::EndpointFault;
use crate::fallback::NoFallback;
use crate::idempotency::KeyDigest;
use crate::ids::{CalendarId, ContactId, EndpointId, LeadId, MessageId, OperatorId, SourceId, Timestamp};
use crate::nouns::Identity;
use crate::report::ReportStep;
use crate::world::{NeedsBuilder, World};

/// What a command may know of the world outside: one clock reading and one seed, taken at the edge, and who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The time at which the command happens.
    pub now: Timestamp,
    /// Randomness for every draw the command leads to.
    pub seed: u64,
    /// Who asks; named in every event the command leads to.
    pub actor: Actor,
}

impl Context {
    /// How many milliseconds ago something was due.
    pub(crate) const fn late_ms(self, at: Timestamp) -> i64 {
        self.now.0.saturating_sub(at.0) / 1_000
    }
}

/// Everything that changes anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Stores a contact and routes it.
    Submit(Submit),
    /// Keeps what was received at the address of a source, and makes a contact of it.
    Receive(Receive),
    EditContact(ContactId, ContactEdit),
    /// Writes down something about a contact, for those who work with it.
    AddNote(AddNote),
    /// Writes to the lead of a contact.
    SendMessage(SendMessage),
    /// Notes what came of a message to a lead.
    NoteDelivery(NoteDelivery),
    /// Notes that a lead blocked the bot of a source, or came back.
    NoteReach(NoteReach),
    /// A lead changed what they had said.
    EditMessage(EditMessage),
    /// Gives a contact to an operator by hand, or releases it to be routed again.
    Transfer(Transfer),
    /// Accepts a contact for the operator who was offered it.
    Accept(OfferAnswer),
    /// Declines a contact for the operator who was offered it; others are asked.
    Decline(Decline),
    /// Notes that the operator who has a contact called or wrote to its lead.
    Respond(Respond),
    /// Forgets a contact; frees its slot.
    DeleteContact(ContactId),
    CreateOperator(NewOperator),
    EditOperator(OperatorId, OperatorEdit),
    /// Pauses an operator, until a time or until somebody resumes them. They keep what they hold.
    Pause(Pause),
    /// Ends the pause of an operator, who takes from those who wait.
    Resume(OperatorId),
    /// An operator was heard from: they are there for a while, see [`crate::presence`].
    Beat(OperatorId),
    /// Replaces the caps of an operator: how many contacts they get in an hour, a day and so on.
    SetCaps(SetCaps),
    /// Replaces the caps of a source: how many of its contacts are given away in an hour, a day and so on.
    SetSourceCaps(SetSourceCaps),
    /// Removes an operator; what they hold is routed again.
    DeleteOperator(OperatorId),
    CreateCalendar(NewCalendar),
    /// Replaces all that a calendar says.
    ReplaceCalendar(CalendarId, NewCalendar),
    /// Removes a calendar by which nobody works and no source is open.
    DeleteCalendar(CalendarId),
    CreateSource(NewSource),
    EditSource(SourceId, SourceEdit),
    /// Removes a source, and resolves what it has open if that is allowed.
    DeleteSource(DeleteSource),
    /// Begins to remove the demo: deletes all these sources of it. What they have open is resolved in follow-ups; what
    /// else there is of the demo is deleted by further commands, one by one.
    RemoveDemo(Vec<SourceId>),
    /// Makes an operator serve a source, or changes their weight on it.
    SetWeight(SetWeight),
    /// Like [`Command::SetWeight`] for many at once: those who wait are shared out by all of them. Of an operator who
    /// is named twice the last weight counts.
    SetWeights(SourceId, Vec<(OperatorId, u32)>),
    /// Replaces the whole table of a source.
    ReplaceWeights(SourceId, Vec<(OperatorId, u32)>),
    /// Makes an operator serve a source no longer. What they hold stays with them.
    RemoveWeight(SourceId, OperatorId),
    /// Owes an operator so many contacts of a source more, or fewer, for a reason.
    CorrectAccount(CorrectAccount),
    EditLead(LeadId, LeadEdit),
    /// Moves all contacts and identities of one lead to another.
    MergeLeads(MergeLeads),
    /// Takes contacts and identities off a lead, to a new one.
    SplitLead(SplitLead),
    /// Stores phones of a source's leads as they are read now, which could not be read when they came in.
    RereadPhones(RereadPhones),
    /// Forgets who a lead is: their name, identities, messages, attributes and notes, those of the leads they absorbed,
    /// and answers kept for them. Their contacts and the decisions about them stay, of nobody in particular. Refused
    /// while a contact of theirs is open; for a lead that was erased before it changes nothing.
    EraseLead(EraseLead),
    /// Changes nothing: has what a caller is about to be shown of a lead kept as the answer to their request, when it
    /// is more than the outcome of the command says. See [`crate::idempotency`].
    Show(ShowLead),
    /// Sets up where and how a source takes in what is sent to it without a key.
    EditIntake(SourceId, IntakeEdit),
    /// Forgets what was received before a time.
    ForgetPayloads(Timestamp),
    /// Says in the feed that an endpoint of webhooks was disabled for a fault.
    EndpointDisabled(EndpointId, EndpointFault),
    /// Handles what is due by this time, as far as one command may: scheduled contacts wait from then on, pauses end,
    /// and those who wait get somebody who is free.
    Wake(Timestamp),
    /// Goes on with work that one command may not finish.
    FollowUp(FollowUp),
    /// Stores what reports are made of, of a part of the feed that nobody has stored yet; else it changes nothing.
    KeepReports(Box<ReportStep>),
}

impl Command {
    /// Whether no event and no time comes of it, so that it does not matter when it is decided.
    #[must_use]
    pub const fn is_timeless(&self) -> bool {
        matches!(self, Self::ForgetPayloads(_) | Self::KeepReports(_))
    }
}

/// Why a command was not carried out. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    UnknownContact(ContactId),
    UnknownLead(LeadId),
    /// No such operator, or deleted.
    UnknownOperator(OperatorId),
    /// No such calendar, or deleted.
    UnknownCalendar(CalendarId),
    /// These operators and sources, and perhaps others, go by the calendar.
    CalendarInUse(CalendarId, CalendarUsers),
    /// The calendar was changed after hours were compiled from it.
    CalendarChanged(CalendarId),
    /// Hours, exceptions or leave of the operator were changed meanwhile.
    HoursChanged(OperatorId),
    /// The hours of the source were changed meanwhile.
    SourceHoursChanged(SourceId),
    /// No such source, or deleted.
    UnknownSource(SourceId),
    /// The operator does not serve the source.
    UnknownMembership(SourceId, OperatorId),
    /// Another source has the name.
    NameTaken(SourceId),
    /// This other operator has the external id.
    ExternalIdTaken(OperatorId),
    /// The operator has no free slot and the transfer was not forced.
    OperatorFull(OperatorId, u32, u32),
    /// The operator is switched off and the transfer was not forced.
    OperatorInactive(OperatorId),
    /// The operator is paused, away or off shift, and the transfer was not forced.
    OperatorAway(OperatorId, Away),
    /// A resolved contact cannot be handed over.
    ContactResolved(ContactId),
    /// The contact is not with whom it was to be taken from; with whom it is.
    ContactMoved(ContactId, Option<OperatorId>),
    /// The offer that an answer is about is over: its time has passed, or the contact is with somebody else or was
    /// offered again since. Who has it now.
    OfferOver(ContactId, Option<OperatorId>),
    /// Somebody is wanted for a contact that is not scheduled.
    NotScheduled(ContactId),
    /// Somebody is to be paused until a time that has passed.
    PauseOver(OperatorId),
    /// The contact was not offered to its operator: they have it.
    NotOffered(ContactId),
    /// The source has this many unresolved contacts and the deletion was not forced.
    SourceHasOpenContacts(SourceId, u64),
    /// The source cannot be the fallback of the one that is edited or added.
    NoFallback(SourceId, NoFallback),
    /// These sources, and perhaps others, fall back on the source.
    SourceIsFallback(SourceId, Vec<SourceId>),
    /// The operator would be owed, or be ahead, too many contacts of the source; how many they are now.
    CorrectionTooLarge(SourceId, OperatorId, i64),
    /// The source would have more than [`crate::limits::MEMBERS_MAX`] members.
    TooManyMembers(SourceId),
    /// The identity belongs to another lead.
    IdentityTaken(Identity, LeadId),
    /// A lead cannot be merged into itself.
    SameLead(LeadId),
    /// The lead was merged into another before.
    LeadMerged(LeadId, LeadId),
    /// This contact is not one of that lead's.
    ContactOfAnother(ContactId, LeadId),
    /// An identity is not one of that lead's.
    IdentityOfAnother(LeadId),
    /// The contact has no such message: of its lead, to be edited, or to its lead, to be delivered.
    UnknownMessage(ContactId, MessageId),
    /// What came of the message is known already.
    MessageNotPending(MessageId),
    /// The source of the contact cannot write to its lead.
    NoWay(ContactId, NoWay),
    /// The lead was erased: nothing personal may be written about them any more.
    LeadErased(LeadId),
    /// The lead has a contact that is not resolved.
    LeadHasOpenContacts(LeadId),
    /// The lead has more contacts than [`crate::limits::MERGE_CONTACTS_MAX`].
    LeadTooLarge(LeadId, u64),
    /// The key that the command was to be carried out once under belongs to another request.
    KeyReused(KeyDigest),
    /// One of the source and the operator is part of the demo and the other is not.
    DemoAndReal(SourceId, OperatorId),
    /// One of two leads is part of the demo and the other is not.
    DemoAndRealLead(LeadId, LeadId),
    /// The source is not part of the demo.
    NotDemo(SourceId),
}

/// Carries out one command: the only function that changes a [`World`]. It is a function of its arguments alone.
///
/// # Errors
/// [`Rejection`] says why nothing was done; the world is as it was.
///
/// # Panics
/// When `world` lacks something that [`World::needs`] names for this command.
pub fn decide(world: &mut World, command: Command, context: Context) -> Result<Outcome, Rejection> {
    world.advance(context.now);
    match command {
        Command::Submit(it) => submit::submit(world, &it, context),
        Command::Receive(it) => intake::receive(world, it, context),
        Command::EditContact(id, edit) => edit_contact::edit_contact(world, id, edit, context),
        Command::AddNote(new) => add_note::add_note(world, new, context),
        Command::EditMessage(edit) => edit_message::edit_message(world, edit, context),
        Command::SendMessage(new) => send_message::send_message(world, new, context),
        Command::NoteDelivery(note) => send_message::note_delivery(world, note, context),
        Command::NoteReach(note) => note_reach::note_reach(world, note, context),
        Command::Transfer(it) => transfer::transfer(world, it, context),
        Command::Accept(it) => offer::accept(world, it, context),
        Command::Decline(it) => offer::decline(world, it, context),
        Command::Respond(it) => respond::respond(world, it, context),
        Command::DeleteContact(id) => delete_contact::delete_contact(world, id, context),
        Command::CreateOperator(new) => create_operator::create_operator(world, new, context),
        Command::EditOperator(id, edit) => edit_operator::edit_operator(world, id, edit, context),
        Command::Pause(it) => pause::pause(world, it, context),
        Command::Resume(id) => pause::resume(world, id, context),
        Command::Beat(id) => beat::beat(world, id, context),
        Command::CorrectAccount(it) => correct_account::correct_account(world, it, context),
        Command::SetCaps(it) => set_caps::set_caps(world, it, context),
        Command::SetSourceCaps(it) => set_caps::set_source_caps(world, it, context),
        Command::DeleteOperator(id) => delete_operator::delete_operator(world, id, context),
        Command::CreateCalendar(new) => calendars::create(world, new, context),
        Command::ReplaceCalendar(id, new) => calendars::replace(world, id, new, context),
        Command::DeleteCalendar(id) => calendars::delete(world, id, context),
        Command::CreateSource(new) => create_source::create_source(world, new, context),
        Command::EditSource(id, edit) => edit_source::edit_source(world, id, edit, context),
        Command::DeleteSource(it) => delete_source::delete_source(world, it, context),
        Command::RemoveDemo(sources) => remove_demo::remove_demo(world, &sources, context),
        Command::SetWeight(it) => weights::set_weight(world, it, context),
        Command::SetWeights(id, weights) => weights::set_weights(world, id, weights, context),
        Command::ReplaceWeights(id, weights) => weights::replace_weights(world, id, weights, context),
        Command::RemoveWeight(source, operator) => weights::remove_weight(world, source, operator, context),
        Command::EditLead(id, edit) => edit_lead::edit_lead(world, id, edit, context),
        Command::MergeLeads(it) => merge_leads::merge_leads(world, it, context),
        Command::SplitLead(it) => split_lead::split_lead(world, it, context),
        Command::RereadPhones(it) => reread_phones::reread_phones(world, &it, context),
        Command::EraseLead(it) => erase_lead::erase_lead(world, it, context),
        Command::Show(it) => show_lead::show_lead(world, it),
        Command::EditIntake(id, edit) => intake::edit(world, id, edit, context),
        Command::ForgetPayloads(before) => Ok(intake::forget(world, before)),
        Command::EndpointDisabled(id, fault) => Ok(endpoint_disabled::endpoint_disabled(world, id, fault, context)),
        Command::Wake(until) => Ok(schedule::wake(world, until, context)),
        Command::FollowUp(it) => Ok(follow_up::follow_up(world, it, context)),
        Command::KeepReports(step) => keep_reports::keep_reports(world, *step),
    }
}

/// Names what a command needs loaded, as far as that is known from what is loaded already.
pub(crate) fn needs(command: &Command, needs: &mut NeedsBuilder<'_>) {
    match command {
        Command::Submit(it) => submit::needs(it, needs),
        Command::Receive(it) => intake::needs(it, needs),
        Command::EditContact(id, edit) => edit_contact::needs(*id, edit, needs),
        Command::AddNote(new) => add_note::needs(new, needs),
        Command::EditMessage(edit) => edit_message::needs(edit, needs),
        Command::SendMessage(new) => send_message::needs(new, needs),
        Command::NoteDelivery(note) => send_message::needs_to_note(*note, needs),
        Command::NoteReach(note) => _ = needs.lead(note.lead),
        Command::Transfer(it) => transfer::needs(it, needs),
        Command::Accept(it) => offer::needs_to_accept(*it, needs),
        Command::Decline(it) => offer::needs_to_decline(it, needs),
        Command::Respond(it) => offer::needs_to_accept(it.contact, needs),
        Command::DeleteContact(id) => delete_contact::needs(*id, needs),
        Command::CreateOperator(new) => create_operator::needs(new, needs),
        Command::EditOperator(id, edit) => edit_operator::needs(*id, edit, needs),
        Command::Pause(it) => pause::needs_to_pause(it, needs),
        Command::Resume(id) => pause::needs_to_resume(*id, needs),
        Command::Beat(id) => beat::needs(*id, needs),
        Command::CorrectAccount(it) => correct_account::needs(it, needs),
        Command::SetCaps(it) => set_caps::needs(it, needs),
        Command::SetSourceCaps(it) => set_caps::needs_of_source(it, needs),
        Command::DeleteOperator(id) => delete_operator::needs(*id, needs),
        Command::CreateCalendar(_) | Command::EndpointDisabled(..) => {}
        Command::ReplaceCalendar(id, _) => needs.calendar(*id),
        Command::DeleteCalendar(id) => calendars::needs_to_delete(*id, needs),
        Command::CreateSource(new) => create_source::needs(new, needs),
        Command::EditSource(id, edit) => edit_source::needs(*id, edit, needs),
        Command::DeleteSource(it) => delete_source::needs(it, needs),
        Command::RemoveDemo(sources) => remove_demo::needs(sources, needs),
        Command::SetWeight(it) => weights::needs_to_set(it.source, [it.operator], needs),
        Command::SetWeights(id, weights) | Command::ReplaceWeights(id, weights) => {
            weights::needs_to_set(*id, weights.iter().map(|(operator, _)| *operator), needs);
        }
        Command::RemoveWeight(source, operator) => weights::needs_to_remove(*source, *operator, needs),
        Command::EditLead(id, edit) => edit_lead::needs(*id, edit, needs),
        Command::MergeLeads(it) => merge_leads::needs(it, needs),
        Command::SplitLead(it) => split_lead::needs(it, needs),
        Command::RereadPhones(it) => reread_phones::needs(it, needs),
        Command::EraseLead(it) => erase_lead::needs(it, needs),
        Command::EditIntake(id, _) => intake::needs_to_edit(*id, needs),
        Command::ForgetPayloads(_) => {}
        Command::Wake(until) => schedule::needs_to_wake(*until, needs),
        Command::FollowUp(it) => follow_up::needs(*it, needs),
        Command::KeepReports(_) => keep_reports::needs(needs),
        Command::Show(it) => show_lead::needs(it, needs),
    }
}
