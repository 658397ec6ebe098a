//! What each step of a trace says, in English. The console has the same sentences in both languages, by their keys.

/// What [`Saying::key`] may be.
pub const WORDS: [&str; 28] = [
    "payload",
    "payload-erased",
    "no-address",
    "bot-message",
    "payload-not-kept",
    "mapped-at-once",
    "mapped-later",
    "nothing-to-map",
    "mapping-not-kept",
    "assigned",
    "offered",
    "waits",
    "source-closed",
    "scheduled",
    "operator-told",
    "endpoint-told",
    "operator-not-told",
    "endpoint-failed",
    "telling",
    "nobody-has-it",
    "desk-only",
    "notices-not-kept",
    "answered-by",
    "answered-how",
    "answered-somehow",
    "not-answered",
    "answer-overdue",
    "answer-not-kept",
];

/// A sentence, with the names that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saying {
    /// A payload arrived at the address of this source.
    Payload(String),
    /// What was received was deleted with the data of the lead.
    PayloadErased,
    /// This source has no address for payloads.
    NoAddress(String),
    /// It came as a message to the bot of this source.
    BotMessage(String),
    /// No payload of it is kept.
    PayloadNotKept,
    /// It was read at once.
    Mapped,
    /// It was kept first, and read later.
    MappedLater,
    /// There was nothing to map.
    NothingToMap,
    /// Nothing is known of a mapping, for no payload is kept.
    MappingNotKept,
    /// This operator got it.
    Assigned(String),
    /// This operator was offered it.
    Offered(String),
    /// Nobody could take it: it waits.
    Waits,
    /// Its source gives nothing away now: it waits.
    SourceClosed,
    /// It waits for its time.
    Scheduled,
    /// This operator was told.
    OperatorTold(String),
    /// An endpoint took what was sent to it.
    EndpointTold,
    /// This operator could not be told, for this reason.
    OperatorNotTold(String, &'static str),
    /// No endpoint took what was sent to it.
    EndpointFailed,
    /// This operator is being told.
    Telling(String),
    /// Nobody has it who could be told.
    NobodyHasIt,
    /// Neither an operator nor an endpoint was to be told: the desk shows it.
    DeskOnly,
    /// Nothing is kept of what was sent about it.
    NoticesNotKept,
    /// Somebody did something for the lead: how, and this operator if somebody had it.
    Answered(&'static str, Option<String>),
    /// Somebody responded; how is not known.
    AnsweredSomehow,
    /// Nobody has yet.
    NotAnswered,
    /// Nobody has, and the time for it has passed.
    AnswerOverdue,
    /// It was resolved without a response that was noted.
    AnswerNotKept,
}

impl Saying {
    /// Which sentence it is, as a word: the console has a text for each.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Payload(_) => "payload",
            Self::PayloadErased => "payload-erased",
            Self::NoAddress(_) => "no-address",
            Self::BotMessage(_) => "bot-message",
            Self::PayloadNotKept => "payload-not-kept",
            Self::Mapped => "mapped-at-once",
            Self::MappedLater => "mapped-later",
            Self::NothingToMap => "nothing-to-map",
            Self::MappingNotKept => "mapping-not-kept",
            Self::Assigned(_) => "assigned",
            Self::Offered(_) => "offered",
            Self::Waits => "waits",
            Self::SourceClosed => "source-closed",
            Self::Scheduled => "scheduled",
            Self::OperatorTold(_) => "operator-told",
            Self::EndpointTold => "endpoint-told",
            Self::OperatorNotTold(..) => "operator-not-told",
            Self::EndpointFailed => "endpoint-failed",
            Self::Telling(_) => "telling",
            Self::NobodyHasIt => "nobody-has-it",
            Self::DeskOnly => "desk-only",
            Self::NoticesNotKept => "notices-not-kept",
            Self::Answered(_, Some(_)) => "answered-by",
            Self::Answered(_, None) => "answered-how",
            Self::AnsweredSomehow => "answered-somehow",
            Self::NotAnswered => "not-answered",
            Self::AnswerOverdue => "answer-overdue",
            Self::AnswerNotKept => "answer-not-kept",
        }
    }

    /// The name in it, of a source or an operator.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Payload(name)
            | Self::NoAddress(name)
            | Self::BotMessage(name)
            | Self::Assigned(name)
            | Self::Offered(name)
            | Self::OperatorTold(name)
            | Self::OperatorNotTold(name, _)
            | Self::Telling(name) => Some(name),
            Self::Answered(_, name) => name.as_deref(),
            _ => None,
        }
    }

    /// A reason or a way in it, as a word.
    #[must_use]
    pub const fn word(&self) -> Option<&'static str> {
        match self {
            Self::OperatorNotTold(_, word) | Self::Answered(word, _) => Some(*word),
            _ => None,
        }
    }

    /// In English.
    #[must_use]
    pub fn english(&self) -> String {
        match self {
            Self::Payload(source) => format!("A payload arrived at the address of {source}."),
            Self::PayloadErased => "What was received was deleted with the data of the lead.".to_owned(),
            Self::NoAddress(source) => format!("It came without a payload: {source} has no address for payloads."),
            Self::BotMessage(source) => {
                format!("It came as a message to the bot of {source}, of which no payload is kept.")
            }
            Self::PayloadNotKept => {
                "No payload of it is kept: it came without one, or that was dropped since. The last \
                                     20 of a source are kept, for 7 days."
                    .to_owned()
            }
            Self::Mapped => "The payload was read as a contact at once.".to_owned(),
            Self::MappedLater => "The payload was kept first, and read as a contact when it was read again.".to_owned(),
            Self::NothingToMap => "There was nothing to map.".to_owned(),
            Self::MappingNotKept => "Whether it was mapped is not known, for no payload is kept.".to_owned(),
            Self::Assigned(operator) => format!("{operator} got it."),
            Self::Offered(operator) => format!("{operator} was offered it and may accept it."),
            Self::Waits => "Nobody could take it, so it waits.".to_owned(),
            Self::SourceClosed => "Its source is closed, or has reached a limit, so it waits.".to_owned(),
            Self::Scheduled => "It is scheduled: nobody gets it before its time.".to_owned(),
            Self::OperatorTold(operator) => format!("{operator} was sent a message."),
            Self::EndpointTold => "An endpoint took what was sent to it.".to_owned(),
            Self::OperatorNotTold(operator, why) => {
                format!("{operator} was not told: {}. The desk shows the contact.", why.replace('_', " "))
            }
            Self::EndpointFailed => "No endpoint took what was sent to it so far.".to_owned(),
            Self::Telling(operator) => format!("{operator} is being told."),
            Self::NobodyHasIt => "Nobody has it, so nobody is to be told.".to_owned(),
            Self::DeskOnly => "No other way of telling is set up. The desk shows the contact.".to_owned(),
            Self::NoticesNotKept => "Nothing is kept of what was sent about it.".to_owned(),
            Self::Answered(how, Some(operator)) => format!("{operator} responded: {how}."),
            Self::Answered(how, None) => format!("Somebody responded: {how}."),
            Self::AnsweredSomehow => "Somebody responded.".to_owned(),
            Self::NotAnswered => "Nobody has responded yet.".to_owned(),
            Self::AnswerOverdue => "Nobody has responded, and the time for it has passed.".to_owned(),
            Self::AnswerNotKept => "It was resolved, and no response was noted.".to_owned(),
        }
    }
}
