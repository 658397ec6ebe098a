//! The kinds of events, their stored codes, and what each of them means.

use serde::{Deserialize, Serialize};

/// What happened; [`EventKind::about`] says of each what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    ContactCreated,
    ContactAssigned,
    ContactReleased,
    ContactTransferred,
    ContactResolved,
    ContactReopened,
    ContactEdited,
    ContactDeleted,
    OperatorCreated,
    OperatorEdited,
    OperatorDeleted,
    SourceCreated,
    SourceEdited,
    SourceDeleted,
    WeightSet,
    WeightRemoved,
    LeadEdited,
    LeadMerged,
    DuplicateFound,
    LeadErased,
    LeadSplit,
    ContactNoted,
    ContactScheduled,
    ContactDue,
    ContactUnscheduled,
    OperatorPaused,
    OperatorResumed,
    CalendarCreated,
    CalendarEdited,
    CalendarDeleted,
    OperatorHoursSet,
    OperatorShiftStarted,
    OperatorShiftEnded,
    OperatorHoursEnded,
    ContactAccepted,
    ContactDeclined,
    ContactOfferExpired,
    ContactOfferRevoked,
    ContactRested,
    ContactAskedAgain,
    ContactEscalated,
    OperatorCapsSet,
    SourceHoursSet,
    SourceOpened,
    SourceClosed,
    SourceHoursEnded,
    OperatorAway,
    OperatorPresent,
    ContactReserved,
    ContactReservationEnded,
    ContactResponded,
    ContactOverdue,
    ContactPriorityRaised,
    ContactMoved,
    EndpointDisabled,
    MessageReceived,
    SourceCapsSet,
    MessageEdited,
    MessageSent,
    MessageDelivered,
    MessageFailed,
    AccountCorrected,
}

impl EventKind {
    /// Every kind, in the order of their stored codes.
    pub const ALL: [Self; 62] = [
        Self::ContactCreated,
        Self::ContactAssigned,
        Self::ContactReleased,
        Self::ContactTransferred,
        Self::ContactResolved,
        Self::ContactReopened,
        Self::ContactEdited,
        Self::ContactDeleted,
        Self::OperatorCreated,
        Self::OperatorEdited,
        Self::OperatorDeleted,
        Self::SourceCreated,
        Self::SourceEdited,
        Self::SourceDeleted,
        Self::WeightSet,
        Self::WeightRemoved,
        Self::LeadEdited,
        Self::LeadMerged,
        Self::DuplicateFound,
        Self::LeadErased,
        Self::LeadSplit,
        Self::ContactNoted,
        Self::ContactScheduled,
        Self::ContactDue,
        Self::ContactUnscheduled,
        Self::OperatorPaused,
        Self::OperatorResumed,
        Self::CalendarCreated,
        Self::CalendarEdited,
        Self::CalendarDeleted,
        Self::OperatorHoursSet,
        Self::OperatorShiftStarted,
        Self::OperatorShiftEnded,
        Self::OperatorHoursEnded,
        Self::ContactAccepted,
        Self::ContactDeclined,
        Self::ContactOfferExpired,
        Self::ContactOfferRevoked,
        Self::ContactRested,
        Self::ContactAskedAgain,
        Self::ContactEscalated,
        Self::OperatorCapsSet,
        Self::SourceHoursSet,
        Self::SourceOpened,
        Self::SourceClosed,
        Self::SourceHoursEnded,
        Self::OperatorAway,
        Self::OperatorPresent,
        Self::ContactReserved,
        Self::ContactReservationEnded,
        Self::ContactResponded,
        Self::ContactOverdue,
        Self::ContactPriorityRaised,
        Self::ContactMoved,
        Self::EndpointDisabled,
        Self::MessageReceived,
        Self::SourceCapsSet,
        Self::MessageEdited,
        Self::MessageSent,
        Self::MessageDelivered,
        Self::MessageFailed,
        Self::AccountCorrected,
    ];

    /// The stored code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// As the feed has it: `contact_created`.
    #[must_use]
    pub fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// What it means, and which fields belong to it, for those who read the feed.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::ContactCreated => "A contact arrived; `operator_id` is who got it, none if it waits",
            Self::ContactAssigned => ABOUT_CONTACT_ASSIGNED,
            Self::ContactReleased => ABOUT_CONTACT_RELEASED,
            Self::ContactTransferred => "A person gave a contact to `operator_id`",
            Self::ContactResolved => "A contact ended",
            Self::ContactReopened => "A resolved contact is open again; `operator_id` is who got it, none if it waits",
            Self::ContactEdited => "Priority or message of a contact changed",
            Self::ContactDeleted => "A contact was forgotten",
            Self::OperatorCreated => "An operator was added",
            Self::OperatorEdited => "Name, switch or limit of an operator changed",
            Self::OperatorDeleted => "An operator was removed",
            Self::SourceCreated => "A source was added",
            Self::SourceEdited => "A setting of a source changed",
            Self::SourceDeleted => "A source was removed",
            Self::WeightSet => "An operator serves a source with `weight`",
            Self::WeightRemoved => "An operator serves a source no longer",
            Self::LeadEdited => ABOUT_LEAD_EDITED,
            Self::LeadMerged => "A lead was absorbed by `other_lead_id`",
            Self::DuplicateFound => "A contact's identities point at `lead_id` and at `other_lead_id`",
            Self::LeadErased => "Name, identities, messages, attributes and notes of a lead were forgotten",
            Self::LeadSplit => "Contacts and identities were taken off a lead, to `other_lead_id`",
            Self::ContactNoted => "Somebody wrote a note about a contact",
            Self::ContactScheduled => ABOUT_CONTACT_SCHEDULED,
            Self::ContactDue => "The time of a scheduled contact came, `late_ms` ago: it waits for anybody from now on",
            Self::ContactUnscheduled => ABOUT_CONTACT_UNSCHEDULED,
            Self::OperatorPaused => ABOUT_OPERATOR_PAUSED,
            Self::OperatorResumed => ABOUT_OPERATOR_RESUMED,
            Self::CalendarCreated => "The calendar `calendar_id` was added",
            Self::CalendarEdited => ABOUT_CALENDAR_EDITED,
            Self::CalendarDeleted => "The calendar `calendar_id` was removed",
            Self::OperatorHoursSet => ABOUT_OPERATOR_HOURS_SET,
            Self::OperatorShiftStarted => "An operator works from now on, or from `late_ms` ago",
            Self::OperatorShiftEnded => "An operator is off shift, or on leave, from now on, or from `late_ms` ago",
            Self::OperatorHoursEnded => ABOUT_OPERATOR_HOURS_ENDED,
            Self::ContactAccepted => "`operator_id` accepted a contact",
            Self::ContactDeclined => "`from_operator_id` declined a contact they were offered; others are asked",
            Self::ContactOfferExpired => ABOUT_CONTACT_OFFER_EXPIRED,
            Self::ContactOfferRevoked => ABOUT_CONTACT_OFFER_REVOKED,
            Self::ContactRested => ABOUT_CONTACT_RESTED,
            Self::ContactAskedAgain => "All may be offered a contact again, since `late_ms` ago",
            Self::OperatorCapsSet => "Caps of an operator were set",
            Self::SourceCapsSet => "Caps of a source were set",
            Self::AccountCorrected => ABOUT_ACCOUNT_CORRECTED,
            Self::MessageReceived => "The lead of a contact wrote again: `message_id` was appended to it",
            Self::MessageEdited => "The lead of a contact changed what `message_id` says",
            Self::MessageSent => "Somebody wrote `message_id` to the lead of a contact; it is on its way",
            Self::MessageDelivered => "The messenger took `message_id` for the lead of a contact",
            Self::MessageFailed => "`message_id` did not reach the lead of a contact; its `failure` says why",
            Self::SourceHoursSet => ABOUT_SOURCE_HOURS_SET,
            Self::SourceOpened => ABOUT_SOURCE_OPENED,
            Self::SourceClosed => "A source is closed from now on, or from `late_ms` ago: what arrives waits",
            Self::SourceHoursEnded => ABOUT_SOURCE_HOURS_ENDED,
            Self::OperatorAway => "An operator is away from now on, or from `late_ms` ago: nobody heard from them",
            Self::OperatorPresent => "An operator who was away was heard from again",
            Self::ContactReserved => "Until `until` a contact goes to `for_operator_id` alone, who cannot take it yet",
            Self::ContactReservationEnded => "Anybody may get a contact that was reserved, since `late_ms` ago",
            Self::ContactResponded => ABOUT_CONTACT_RESPONDED,
            Self::ContactOverdue => ABOUT_CONTACT_OVERDUE,
            Self::ContactPriorityRaised => {
                "The priority that counts for a contact rose, `from` one `to` another: it waited for long, or nobody \
                 accepted it. What was sent stays"
            }
            Self::ContactMoved => ABOUT_CONTACT_MOVED,
            Self::EndpointDisabled => ABOUT_ENDPOINT_DISABLED,
            Self::ContactEscalated => "Nobody accepted a contact in as many rounds of offers as its source allows",
        }
    }

    /// The kind with this stored code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

const ABOUT_CONTACT_OVERDUE: &str =
    "Nobody responded to a contact in the time that its source gives for that, which was over `late_ms` ago";
const ABOUT_ACCOUNT_CORRECTED: &str =
    "Somebody said, with a reason, that `operator_id` is to get `amount` contacts of `source_id` more, or fewer";
const ABOUT_CONTACT_ASSIGNED: &str = "A contact was given to `operator_id`. This comes for every assignment: with \
                                      `at_once` behind the event (`contact_created`, `contact_reopened`, \
                                      `contact_transferred`) by which it was assigned, without for one that waited. \
                                      With `accept_by` it is an offer: they have until then to accept it";
const ABOUT_LEAD_EDITED: &str =
    "Name or identities of a lead changed, or they blocked the bot of a source or came back";
const ABOUT_CONTACT_RELEASED: &str = "A contact was taken from `from_operator_id` to be routed again; with `reason` \
                                      because they had left and were not back in time, `late_ms` ago";
const ABOUT_ENDPOINT_DISABLED: &str = "Webhooks are sent to `endpoint_id` no longer: it answered 410 (`fault` is \
                                       `gone`), or only failures happened for five days (`failing`)";
const ABOUT_CONTACT_SCHEDULED: &str = "A waiting contact is given to nobody before `not_before`; with `moved` that \
                                       was another time before";
const ABOUT_CONTACT_UNSCHEDULED: &str = "A contact is scheduled no longer, before its time: it waits, unless the \
                                         event behind says otherwise";
const ABOUT_OPERATOR_PAUSED: &str = "An operator gets no contacts automatically, until `until` or, without, until \
                                     somebody resumes them";
const ABOUT_OPERATOR_RESUMED: &str = "A pause ended: at its end, `late_ms` ago, or without `late_ms` because \
                                      somebody ended it";
const ABOUT_CALENDAR_EDITED: &str = "The calendar `calendar_id` was replaced; `operator_hours_set` and \
                                     `source_hours_set` follow for all who go by it";
const ABOUT_OPERATOR_HOURS_SET: &str = "The hours of an operator were set: those of `calendar_id`, known until \
                                        `until`, or without it always";
const ABOUT_OPERATOR_HOURS_ENDED: &str = "Hours of an operator are known no further: they get nothing until these \
                                          are compiled again";
const ABOUT_CONTACT_OFFER_EXPIRED: &str = "`from_operator_id` did not accept a contact in time, which was over \
                                           `late_ms` ago; others are asked";
const ABOUT_CONTACT_OFFER_REVOKED: &str = "`from_operator_id` went away before they accepted a contact; others are \
                                           asked";
const ABOUT_CONTACT_RESTED: &str = "Nobody is left who may be offered a contact: it waits, and all are asked again \
                                    at `until`";
const ABOUT_SOURCE_HOURS_SET: &str = "The hours of a source were set: those of `calendar_id`, known until `until`, \
                                      or without it always";
const ABOUT_SOURCE_OPENED: &str = "A source is open from now on, or from `late_ms` ago: what waits is given to \
                                   somebody";
const ABOUT_SOURCE_HOURS_ENDED: &str = "Hours of a source are known no further: its contacts wait until these are \
                                        compiled again";
const ABOUT_CONTACT_MOVED: &str = "A contact that waited went from `from_source_id` to `source_id`, its fallback, \
                                   because of `move_reason`: `source_closed`, or `escalated` after as many rounds \
                                   of offers as its source allows";
const ABOUT_CONTACT_RESPONDED: &str = "The first response to a contact: its operator called or wrote, as `how` says. \
                                       Accepting or resolving a contact is a response as well, and has its own event";
