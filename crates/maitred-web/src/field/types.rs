//! Every kind of value that requests hold. Bounds are those of [`maitred_core::limits`], which also says what is wrong.

use super::FieldType;
use super::choice::{Choice, ChoiceSchema};
use super::input::Input;
use super::lists::{Objects, Texts};
use super::patterns::{self, LINE, TEXT};
use maitred_app::caps::WindowKind;
use maitred_app::periods::{self, Period};
use maitred_calendar::Wrong;
use maitred_calendar::check::{CYCLE_DAYS_MAX, EXCEPTIONS_MAX, HOLIDAY_SETS_MAX, LEAVE_MAX};
use maitred_core::caps::{CAP_LIMIT_MAX, Counts, ROLLING_SECONDS_MAX};
use maitred_core::conversation::WhenOpen;
use maitred_core::intake::PayloadState;
use maitred_core::limits::{
    self, AWAY_SECONDS_MAX, AWAY_SECONDS_MIN, CORRECTION_REASON_CHARS_MAX, DECISION_MAX, DESCRIPTION_CHARS_MAX,
    IDENTITY_CHARS_MAX, Invalid, MAX_LOAD_MAX, MESSAGE_BYTES_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX, OFFER_COUNT_MAX,
    OFFER_SECONDS_MAX, OFFER_SECONDS_MIN, POSITION_MAX, PRIORITY_MAX, RELEASE_SECONDS_MAX, REOPEN_SECONDS_MAX,
    REPLY_CHARS_MAX, RESERVED_SECONDS_MAX, RESPOND_SECONDS_MAX, RESPOND_SECONDS_MIN, SCHEDULE_MICROS_MAX, WEIGHT_MAX,
};
use maitred_core::reply_url::{self, REPLY_URL_CHARS_MAX};
use maitred_core::urgency::ResponseKind;
use maitred_core::{CalendarId, ContactId, LeadId, OperatorId, Policy, SourceId, SourceKind, Status, Timestamp};
use maitred_store::accounts::Role;
use maitred_store::clock;
use maitred_store::endpoints::EndpointFormat;
use maitred_webhooks::EndpointUrl;
use maitred_webhooks::endpoint_url::URL_CHARS_MAX;
use std::marker::PhantomData;
use std::sync::Arc;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, Object, ObjectBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{Number as Bound, PartialSchema};

/// The longest names of time zones have 32 characters.
const ZONE_CHARS_MAX: usize = 64;

/// How a person, a key or a source is called.
pub const NAME: Text<Arc<str>> =
    Text { check: limits::name, pattern: Some(LINE), chars_min: 1, chars_max: Some(NAME_CHARS_MAX) };
/// What people say of a source.
pub const DESCRIPTION: Text<Arc<str>> =
    Text { check: limits::description, pattern: Some(TEXT), chars_min: 0, chars_max: Some(DESCRIPTION_CHARS_MAX) };
/// Where a lead is answered.
pub const REPLY_URL: Text<Arc<str>> = Text {
    check: reply_url::reply_url,
    pattern: Some(patterns::REPLY_URL),
    chars_min: 0,
    chars_max: Some(REPLY_URL_CHARS_MAX),
};
/// Where webhooks are sent.
pub const ENDPOINT_URL: Text<Option<EndpointUrl>> = Text {
    check: |text| EndpointUrl::parse(text).map(Some),
    pattern: Some(patterns::ENDPOINT_URL),
    chars_min: 0,
    chars_max: Some(URL_CHARS_MAX),
};
/// A place in the feed.
pub const POSITION: Number<i64> = Number { check: limits::position, least: 1, most: POSITION_MAX };
/// What a lead wrote. The bound is of bytes, which a text of that many characters can keep.
pub const MESSAGE: Text<Arc<str>> =
    Text { check: limits::message, pattern: Some(TEXT), chars_min: 0, chars_max: Some(MESSAGE_BYTES_MAX) };
/// A message to a lead.
pub const REPLY: Text<Arc<str>> =
    Text { check: limits::reply, pattern: Some(patterns::SEEN), chars_min: 1, chars_max: Some(REPLY_CHARS_MAX) };
/// What people write down about a contact.
pub const NOTE: Text<Arc<str>> =
    Text { check: limits::note, pattern: Some(TEXT), chars_min: 1, chars_max: Some(NOTE_CHARS_MAX) };
/// Why an account is corrected.
pub const CORRECTION_REASON: Text<Arc<str>> = Text {
    check: limits::correction_reason,
    pattern: Some(patterns::SEEN),
    chars_min: 1,
    chars_max: Some(CORRECTION_REASON_CHARS_MAX),
};
/// What finds a lead: an external id, a phone, an email, as it was sent.
pub const IDENTITY: Text<Box<str>> = Text {
    check: |text| limits::identity(text).map(Box::from),
    pattern: Some(LINE),
    chars_min: 0,
    chars_max: Some(IDENTITY_CHARS_MAX),
};
/// What another system calls something.
pub const EXTERNAL_ID: Text<Arc<str>> = Text {
    check: |text| limits::identity(text).map(Arc::from),
    pattern: Some(LINE),
    chars_min: 0,
    chars_max: Some(IDENTITY_CHARS_MAX),
};
/// Where mail is sent to.
pub const NOTIFY_EMAIL: Text<Arc<str>> = Text {
    check: |text| limits::notify_email(text).map(Arc::from),
    pattern: Some(AN_ADDRESS),
    chars_min: 0,
    chars_max: Some(IDENTITY_CHARS_MAX),
};
const AN_ADDRESS: &str =
    r"^[A-Za-z0-9_+\-]+(\.[A-Za-z0-9_+\-]+)*@[A-Za-z0-9]+(-+[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-+[A-Za-z0-9]+)*)+$";
pub const MAX_LOAD: Number<u32> = Number { check: limits::max_load, least: 0, most: MAX_LOAD_MAX as i64 };
pub const WEIGHT: Number<u32> = Number { check: limits::weight, least: 0, most: WEIGHT_MAX as i64 };
/// For how long an operator may accept a contact, or it rests.
pub const OFFER_SECONDS: Number<u32> =
    Number { check: limits::offer_seconds, least: OFFER_SECONDS_MIN as i64, most: OFFER_SECONDS_MAX as i64 };
/// After how many seconds contacts of somebody who left are released.
pub const RELEASE_SECONDS: Number<u32> =
    Number { check: limits::release_seconds, least: 0, most: RELEASE_SECONDS_MAX as i64 };
/// After how many seconds somebody is away.
pub const AWAY_SECONDS: Number<u32> =
    Number { check: limits::away_seconds, least: AWAY_SECONDS_MIN as i64, most: AWAY_SECONDS_MAX as i64 };
/// For how long a contact is reserved for an operator.
pub const RESERVED_SECONDS: Number<u32> =
    Number { check: limits::reserved_seconds, least: 0, most: RESERVED_SECONDS_MAX as i64 };
/// How many misses, or rounds of offers.
pub const OFFER_COUNT: Number<u32> = Number { check: limits::offer_count, least: 1, most: OFFER_COUNT_MAX as i64 };
/// How many contacts a cap allows.
pub const CAP_LIMIT: Number<u32> = Number { check: limits::cap_limit, least: 1, most: CAP_LIMIT_MAX as i64 };
/// Over how many seconds a cap counts.
pub const CAP_SECONDS: Number<u32> = Number { check: limits::cap_seconds, least: 1, most: ROLLING_SECONDS_MAX as i64 };
pub const CAP_WINDOW: OneOf<WindowKind> = OneOf(PhantomData);
pub const CAP_COUNTS: OneOf<Counts> = OneOf(PhantomData);
/// Within how many seconds there is to be a first response.
pub const RESPOND_SECONDS: Number<u32> =
    Number { check: limits::respond_seconds, least: RESPOND_SECONDS_MIN as i64, most: RESPOND_SECONDS_MAX as i64 };
/// For how many seconds a resolved contact is reopened by a further message.
pub const REOPEN_SECONDS: Number<u32> =
    Number { check: limits::reopen_seconds, least: 1, most: REOPEN_SECONDS_MAX as i64 };
pub const WHEN_OPEN: OneOf<WhenOpen> = OneOf(PhantomData);
pub const RESPONSE_KIND: OneOf<ResponseKind> = OneOf(PhantomData);
/// The number of a decision in the chain of its contact.
pub const DECISION: Number<u32> = Number { check: limits::decision, least: 0, most: DECISION_MAX as i64 };
/// Larger goes first.
pub const PRIORITY: Number<i32> =
    Number { check: limits::priority, least: -PRIORITY_MAX as i64, most: PRIORITY_MAX as i64 };
pub const OPERATOR_ID: Id<OperatorId> = Id(OperatorId);
pub const SOURCE_ID: Id<SourceId> = Id(SourceId);
pub const LEAD_ID: Id<LeadId> = Id(LeadId);
pub const CONTACT_ID: Id<ContactId> = Id(ContactId);
pub const CALENDAR_ID: Id<CalendarId> = Id(CalendarId);
pub const STATUS: OneOf<Status> = OneOf(PhantomData);
pub const SOURCE_KIND: OneOf<SourceKind> = OneOf(PhantomData);
/// What an endpoint is sent.
pub const ENDPOINT_FORMAT: OneOf<EndpointFormat> = OneOf(PhantomData);
/// What became of something that was received.
pub const PAYLOAD_STATE: OneOf<PayloadState> = OneOf(PhantomData);
pub const POLICY: OneOf<Policy> = OneOf(PhantomData);
pub const ROLE: OneOf<Role> = OneOf(PhantomData);
pub const PERIOD: InPlace<Period> = InPlace(PhantomData);
/// The name of a time zone.
pub const ZONE: Text<Box<str>> = Text {
    check: |name| periods::zone(name).map(|_| name.into()),
    pattern: Some("^[A-Za-z0-9_+/-]+$"),
    chars_min: 1,
    chars_max: Some(ZONE_CHARS_MAX),
};
pub const FLAG: Flag = Flag;
pub const TIME: Time = Time { check: Ok };
/// When a pause ends.
pub const PAUSED_UNTIL: Time = Time { check: not_too_far };
/// A time that is still to come.
pub const TIME_TO_COME: Time = Time { check: to_come };
/// Before when nobody is to get a contact. One that has passed is taken: the contact is scheduled no longer.
pub const NOT_BEFORE: Time = Time { check: not_too_far };
/// A date of a calendar.
pub const DATE: Date = Date;
/// After how many days a calendar repeats.
pub const CYCLE_DAYS: Number<i64> = Number { check: cycle_days, least: 1, most: CYCLE_DAYS_MAX };
/// What a calendar has.
pub const CALENDAR_DAYS: Objects<maitred_calendar::Day> = Objects { most: CYCLE_DAYS_MAX as usize, of: PhantomData };
pub const CALENDAR_EXCEPTIONS: Objects<maitred_calendar::Exception> = Objects { most: EXCEPTIONS_MAX, of: PhantomData };
pub const CALENDAR_LEAVE: Objects<maitred_calendar::Leave> = Objects { most: LEAVE_MAX, of: PhantomData };
/// Codes of sets of public holidays.
pub const HOLIDAYS: Texts = Texts { most: HOLIDAY_SETS_MAX };
/// Fields of the sender's own.
pub const ATTRIBUTES: Attributes = Attributes;

fn cycle_days(days: i64) -> Result<i64, Invalid> {
    if (1..=CYCLE_DAYS_MAX).contains(&days) {
        return Ok(days);
    }
    Err(Invalid(Wrong::CycleDays { most: CYCLE_DAYS_MAX }.to_string()))
}

fn to_come(at: Timestamp) -> Result<Timestamp, Invalid> {
    if at > clock::now() { Ok(at) } else { Err(Invalid("is in the past; give a time in the future".to_owned())) }
}

fn not_too_far(at: Timestamp) -> Result<Timestamp, Invalid> {
    if at.0 <= clock::now().0.saturating_add(SCHEDULE_MICROS_MAX) {
        return Ok(at);
    }
    Err(Invalid("is more than 366 days ahead; give an earlier time".to_owned()))
}

/// A text.
pub struct Text<T> {
    /// Checks it, and makes of it what is kept.
    pub check: fn(&str) -> Result<T, Invalid>,
    /// Which texts pass [`Text::check`], lengths aside.
    pub pattern: Option<&'static str>,
    pub chars_min: usize,
    pub chars_max: Option<usize>,
}

impl<T> Clone for Text<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Text<T> {}

impl<T: Default> FieldType for Text<T> {
    type Value = T;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<T, I::Error> {
        Ok((self.check)(&input.text(self.chars_min)?)?)
    }

    fn placeholder(self) -> T {
        T::default()
    }

    fn schema(self) -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(self.chars_min).filter(|chars| *chars > 0))
            .max_length(self.chars_max)
            .pattern(self.pattern);
        object.into()
    }
}

/// A whole number within bounds.
pub struct Number<T> {
    /// Checks it, and makes of it what is kept.
    pub check: fn(i64) -> Result<T, Invalid>,
    pub least: i64,
    /// `i64::MAX` is no bound.
    pub most: i64,
}

impl<T> Number<T> {
    /// The same with another lower bound, which the reader of a dialect sees to.
    #[must_use]
    pub const fn at_least(self, least: i64) -> Self {
        Self { least, ..self }
    }
}

impl<T> Clone for Number<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Number<T> {}

impl<T: Default> FieldType for Number<T> {
    type Value = T;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<T, I::Error> {
        Ok((self.check)(input.whole(self.least..=self.most)?)?)
    }

    fn placeholder(self) -> T {
        T::default()
    }

    fn schema(self) -> RefOr<Schema> {
        let is_bounded = self.most < i64::MAX;
        let format = if is_bounded { KnownFormat::Int32 } else { KnownFormat::Int64 };
        let most = is_bounded.then(|| bound(self.most));
        integer(format).minimum(Some(bound(self.least))).maximum(most).into()
    }
}

fn bound(number: i64) -> Bound {
    Bound::Int(isize::try_from(number).unwrap_or(isize::MAX))
}

fn integer(format: KnownFormat) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(format)))
}

/// The id of something.
pub struct Id<T>(pub fn(i64) -> T);

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> FieldType for Id<T> {
    type Value = T;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<T, I::Error> {
        input.id().map(self.0)
    }

    /// Nothing has the id 0.
    fn placeholder(self) -> T {
        (self.0)(0)
    }

    fn schema(self) -> RefOr<Schema> {
        integer(KnownFormat::Int64).into()
    }
}

/// `true` or `false`.
#[derive(Clone, Copy)]
pub struct Flag;

impl FieldType for Flag {
    type Value = bool;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<bool, I::Error> {
        input.flag()
    }

    fn placeholder(self) -> bool {
        false
    }

    fn schema(self) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

/// One of a few words that no answer has: what the document says of them stands where they are asked for.
pub struct InPlace<T>(pub PhantomData<T>);

impl<T> Clone for InPlace<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for InPlace<T> {}

impl<T: Choice> FieldType for InPlace<T> {
    type Value = T;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<T, I::Error> {
        input.word()
    }

    fn placeholder(self) -> T {
        T::ALL[0]
    }

    fn schema(self) -> RefOr<Schema> {
        ChoiceSchema::<T>::schema()
    }
}

/// One of a few words.
pub struct OneOf<T>(pub PhantomData<T>);

impl<T> Clone for OneOf<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for OneOf<T> {}

impl<T: Choice> FieldType for OneOf<T> {
    type Value = T;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<T, I::Error> {
        input.word()
    }

    fn placeholder(self) -> T {
        T::ALL[0]
    }

    fn schema(self) -> RefOr<Schema> {
        Ref::from_schema_name(T::SCHEMA).into()
    }

    fn referenced(self) -> Option<(String, RefOr<Schema>)> {
        Some((T::SCHEMA.to_owned(), ChoiceSchema::<T>::schema()))
    }
}

/// A time in RFC 3339.
#[derive(Clone, Copy)]
pub struct Time {
    pub check: fn(Timestamp) -> Result<Timestamp, Invalid>,
}

impl FieldType for Time {
    type Value = Timestamp;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Timestamp, I::Error> {
        Ok((self.check)(input.time()?)?)
    }

    fn placeholder(self) -> Timestamp {
        Timestamp(0)
    }

    fn schema(self) -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

/// A date such as `2027-05-03`.
#[derive(Clone, Copy)]
pub struct Date;

impl FieldType for Date {
    type Value = Box<str>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Box<str>, I::Error> {
        let text = input.text(1)?;
        match maitred_calendar::local::date(&text) {
            Some(_) => Ok(text.into()),
            None => Err(Invalid(Wrong::NotADate.to_string()).into()),
        }
    }

    fn placeholder(self) -> Box<str> {
        Box::default()
    }

    fn schema(self) -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Date);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

/// Any JSON object.
#[derive(Clone, Copy)]
pub struct Attributes;

impl FieldType for Attributes {
    type Value = Arc<str>;

    fn read<'a, I: Input<'a>>(self, input: I) -> Result<Arc<str>, I::Error> {
        input.object()
    }

    fn placeholder(self) -> Arc<str> {
        "".into()
    }

    fn schema(self) -> RefOr<Schema> {
        let any = Object::with_type(SchemaType::AnyValue);
        let object = ObjectBuilder::new()
            .property_names(Some(Object::with_type(Type::String)))
            .additional_properties(Some(AdditionalProperties::RefOr(any.into())));
        object.into()
    }
}
