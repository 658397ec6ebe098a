//! What maitred can be asked to do. The API and the CLI all end in one of these, with values that were
//! checked by [`crate::limits`]; [`crate::decide()`] carries them out.

use crate::actor::Actor;
use crate::ids::{ContactId, LeadId, OperatorId, SourceId, Timestamp};
use crate::nouns::{Contact, Identity, Lead, Operator, Source, SourceKind};
use crate::policy::Policy;
use std::sync::Arc;

/// What a command may know of the world outside: one clock reading and one seed, taken at the edge, and who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The time at which the command happens.
    pub now: Timestamp,
    /// Randomness for every draw the command leads to.
    pub seed: u64,
    /// Who asks; told in every event the command leads to.
    pub actor: Actor,
}

/// Marks a submission so that sending it again makes no second contact: a digest of whatever the sender holds unique.
pub type OnceKey = [u8; 16];

/// A contact to be stored and routed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    /// Where it came from.
    pub source: SourceId,
    /// Who it is from; at least one, each kind at most once, in matching order.
    pub identities: Vec<Identity>,
    /// How the person is called, if the sender knows.
    pub lead_name: Option<Arc<str>>,
    /// What the person wrote.
    pub message: Option<Arc<str>>,
    /// Larger goes first among the waiting.
    pub priority: i32,
    /// The text of a JSON object.
    pub attributes: Option<Arc<str>>,
    /// If this was submitted before, the contact made then is the answer.
    pub once: Option<OnceKey>,
}

/// Changes to a contact; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactEdit {
    /// Resolves (true) or reopens (false).
    pub is_resolved: Option<bool>,
    /// Moves it within the waiting order.
    pub priority: Option<i32>,
    /// Replaces the message; `Some(None)` removes it.
    pub message: Option<Option<Arc<str>>>,
}

/// A new operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOperator {
    /// How he is called.
    pub name: Arc<str>,
    /// Whether he takes contacts from the start.
    pub is_active: bool,
    /// Most contacts he may hold.
    pub max_load: u32,
}

/// Changes to an operator; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatorEdit {
    /// How he is called.
    pub name: Option<Arc<str>>,
    /// Whether he takes contacts.
    pub is_active: Option<bool>,
    /// Most contacts he may hold. Lowering it takes nothing away from him.
    pub max_load: Option<u32>,
}

/// A new source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// Unique among sources.
    pub name: Arc<str>,
    /// For people.
    pub description: Arc<str>,
    /// For people.
    pub kind: SourceKind,
    /// The rule that picks operators.
    pub policy: Policy,
    /// Whether returning leads go to their last operator.
    pub sticky: bool,
    /// Region in which phones without a country code are read.
    pub default_region: Option<Arc<str>>,
}

/// Changes to a source; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceEdit {
    /// Unique among sources.
    pub name: Option<Arc<str>>,
    /// For people.
    pub description: Option<Arc<str>>,
    /// For people.
    pub kind: Option<SourceKind>,
    /// A change starts the credits of all members from zero.
    pub policy: Option<Policy>,
    /// Whether returning leads go to their last operator.
    pub sticky: Option<bool>,
    /// `Some(None)` falls back to the deployment's region.
    pub default_region: Option<Option<Arc<str>>>,
}

/// Changes to a lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadEdit {
    /// `Some(None)` removes the name.
    pub name: Option<Option<Arc<str>>>,
    /// Identities to attach.
    pub identities: Vec<Identity>,
}

/// Everything that changes anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Stores a contact and routes it.
    Submit(Submit),
    /// Changes a contact.
    EditContact(ContactId, ContactEdit),
    /// Gives a contact to an operator by hand, or (`None`) releases it to be routed again. `force` passes over a full
    /// or inactive operator.
    Transfer {
        /// Which.
        contact: ContactId,
        /// To whom.
        to: Option<OperatorId>,
        /// Whether a full or inactive operator may be given it.
        force: bool,
    },
    /// Forgets a contact; frees its slot.
    DeleteContact(ContactId),
    /// Adds an operator.
    CreateOperator(NewOperator),
    /// Changes an operator.
    EditOperator(OperatorId, OperatorEdit),
    /// Removes an operator; what he holds is routed again.
    DeleteOperator(OperatorId),
    /// Adds a source.
    CreateSource(NewSource),
    /// Changes a source.
    EditSource(SourceId, SourceEdit),
    /// Removes a source. With unresolved contacts only if `force`, which resolves them.
    DeleteSource {
        /// Which.
        source: SourceId,
        /// Whether to resolve what is unresolved.
        force: bool,
    },
    /// Makes an operator serve a source, or changes his weight on it.
    SetWeight {
        /// On which source.
        source: SourceId,
        /// Whose.
        operator: OperatorId,
        /// His relative share.
        weight: u32,
    },
    /// Like [`Command::SetWeight`] for many at once: whoever waits is shared out by all of them. Of an operator who is
    /// named twice the last weight counts.
    SetWeights(SourceId, Vec<(OperatorId, u32)>),
    /// Replaces the whole table of a source.
    ReplaceWeights(SourceId, Vec<(OperatorId, u32)>),
    /// Makes an operator serve a source no longer. What he holds stays with him.
    RemoveWeight(SourceId, OperatorId),
    /// Changes a lead.
    EditLead(LeadId, LeadEdit),
    /// Moves all contacts and identities of one lead to another.
    MergeLeads {
        /// Who is absorbed.
        from: LeadId,
        /// Who remains.
        into: LeadId,
    },
    /// Forgets who a lead is: his name, identities, messages and attributes, those of the leads he absorbed, and
    /// answers kept for him. His contacts and their decisions stay, of nobody in particular. Refused while a contact
    /// of his is open; for a lead that was erased before it changes nothing.
    EraseLead {
        /// Who.
        lead: LeadId,
        /// Leaves alone whoever had anything going on at this time or later.
        quiet_since: Option<Timestamp>,
    },
    /// Changes nothing: has what a caller is about to be shown of a lead kept as the answer to his request, when it is
    /// more than the outcome of the command says. See [`crate::once`].
    Show(LeadId, Arc<str>),
    /// Goes on with work that one command may not finish, see [`FollowUp`].
    FollowUp(FollowUp),
}

/// Work left over by a command that met [`crate::limits::DRAIN_MAX`]; the batcher carries it out at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FollowUp {
    /// Assign the waiting of a source while somebody is eligible.
    Drain(SourceId),
    /// Route again what a deleted operator still holds.
    Evacuate(OperatorId),
    /// Resolve what a deleted source still has open.
    CloseOut(SourceId),
    /// Forget the texts of an erased lead's contacts, of those behind this one.
    Erase(LeadId, ContactId),
}

/// What a command that was carried out gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The contact as it is now.
    Contact(Contact),
    /// The contact that an earlier submission with the same [`OnceKey`] made.
    SubmittedBefore(Contact),
    /// The operator as he is now.
    Operator(Operator),
    /// The source as it is now.
    Source(Source),
    /// One weight as it is now.
    Weight(SourceId, OperatorId, u32),
    /// The whole table of a source as it is now.
    Weights(SourceId, Vec<(OperatorId, u32)>),
    /// The lead as it is now.
    Lead(Lead),
    /// What is shown of a lead, see [`Command::Show`].
    Shown(LeadId, Arc<str>),
    /// It was done and there is nothing to show.
    Done,
    /// It was done before under the same key, see [`crate::once`], with this outcome then.
    Again(Box<Self>),
}

/// Why a command was not carried out. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// No such contact.
    UnknownContact(ContactId),
    /// No such lead.
    UnknownLead(LeadId),
    /// No such operator, or deleted.
    UnknownOperator(OperatorId),
    /// No such source, or deleted.
    UnknownSource(SourceId),
    /// The operator does not serve the source.
    UnknownMembership(SourceId, OperatorId),
    /// Another source has the name.
    NameTaken(SourceId),
    /// The operator has no free slot and the transfer was not forced.
    OperatorFull(OperatorId, u32, u32),
    /// The operator is switched off and the transfer was not forced.
    OperatorInactive(OperatorId),
    /// A resolved contact cannot be handed over.
    ContactResolved(ContactId),
    /// The source has this many unresolved contacts and the deletion was not forced.
    SourceHasOpenContacts(SourceId, u64),
    /// The source would have more than [`crate::limits::MEMBERS_MAX`] members.
    TooManyMembers(SourceId),
    /// The identity belongs to another lead.
    IdentityTaken(Identity, LeadId),
    /// A lead cannot be merged into itself.
    SameLead(LeadId),
    /// The lead was merged into another before.
    LeadMerged(LeadId, LeadId),
    /// The lead was erased: nothing personal may be written about him any more.
    LeadErased(LeadId),
    /// The lead has a contact that is not resolved.
    LeadHasOpenContacts(LeadId),
    /// The lead has more contacts than [`crate::limits::MERGE_CONTACTS_MAX`].
    LeadTooLarge(LeadId, u64),
    /// The key that the command was to be carried out once under belongs to another request.
    KeyReused(OnceKey),
}
