//! Values that are one of a few words.

use maitred_app::caps::WindowKind;
use maitred_app::periods::Period;
use maitred_app::reports::{BucketSize, LoadsBy};
use maitred_core::caps::Counts;
use maitred_core::conversation::WhenOpen;
use maitred_core::intake::PayloadState;
use maitred_core::limits::Invalid;
use maitred_core::urgency::ResponseKind;
use maitred_core::{Policy, SourceKind, Status};
use maitred_store::accounts::Role;
use maitred_store::endpoints::EndpointFormat;
use std::borrow::Cow;
use std::marker::PhantomData;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// One of a few words.
pub trait Choice: Copy + 'static {
    /// The name of its schema.
    const SCHEMA: &'static str;
    /// What the document says of it.
    const ABOUT: &'static str;
    const ALL: &'static [Self];

    fn word(self) -> &'static str;

    /// The value of a word.
    ///
    /// # Errors
    /// [`Invalid`] lists the words.
    fn of_word(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.iter().copied().find(|value| value.word() == text);
        known.ok_or_else(|| Invalid(format!("is not known; give one of {}", words::<Self>().join(", "))))
    }
}

/// All words.
#[must_use]
pub fn words<T: Choice>() -> Vec<&'static str> {
    T::ALL.iter().map(|value| value.word()).collect()
}

/// The schema of these words, for `#[schema(value_type = ...)]` in answers.
pub struct ChoiceSchema<T>(PhantomData<T>);

impl<T: Choice> PartialSchema for ChoiceSchema<T> {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words::<T>()));
        object.description(Some(T::ABOUT)).into()
    }
}

impl<T: Choice> ToSchema for ChoiceSchema<T> {
    fn name() -> Cow<'static, str> {
        T::SCHEMA.into()
    }
}

impl Choice for Status {
    const SCHEMA: &'static str = "Status";
    const ABOUT: &'static str = "Where a contact stands.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for WindowKind {
    const SCHEMA: &'static str = "CapWindow";
    const ABOUT: &'static str = "Over what a cap counts: `hour`, `day`, `week` (from Monday) and `month` by the clock, \
                                 `rolling` the last `seconds`.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for Counts {
    const SCHEMA: &'static str = "CapCounts";
    const ABOUT: &'static str = "Which contacts a cap counts: `assigned` all that were given to the operator, `kept` \
                                 those without the ones that were declined, not answered, released or transferred.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for ResponseKind {
    const SCHEMA: &'static str = "ResponseKind";
    const ABOUT: &'static str = "How somebody responded to a lead.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for PayloadState {
    const SCHEMA: &'static str = "PayloadState";
    const ABOUT: &'static str = "What became of something that was received.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for EndpointFormat {
    const SCHEMA: &'static str = "EndpointFormat";
    const ABOUT: &'static str = "What an endpoint is sent: `events`, signed by the Standard Webhooks specification, or \
                                 calls of the REST API of `bitrix24` that keep a lead of its CRM for each contact.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for SourceKind {
    const SCHEMA: &'static str = "SourceKind";
    const ABOUT: &'static str = "The type of a source. Only a label: it does not affect routing.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for WhenOpen {
    const SCHEMA: &'static str = "WhenOpen";
    const ABOUT: &'static str = "What a further message of a lead does who has an open contact on the source.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for Policy {
    const SCHEMA: &'static str = "Policy";
    const ABOUT: &'static str = "The rule that picks one of the operators who can take a contact.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for Period {
    const SCHEMA: &'static str = "Period";
    const ABOUT: &'static str = "A period that goes on until now: `today` since midnight, `7d` and `30d` today and the \
                                 6 or 29 days before,\n`weights` since the weights or the policy of the source last \
                                 changed, `all` since the source was added.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for BucketSize {
    const SCHEMA: &'static str = "BucketSize";
    const ABOUT: &'static str = "By what arrivals are counted: `hour`, `day`, or `hour_of_week`, the hours of all \
                                 weeks together.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for LoadsBy {
    const SCHEMA: &'static str = "LoadsBy";
    const ABOUT: &'static str = "By what loads over time are shown: `hour` or `day`.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Choice for Role {
    const SCHEMA: &'static str = "Role";
    const ABOUT: &'static str = "What a key may do: `intake` submits contacts, `operator` works with the contacts of \
                                 one operator, `supervisor` may\ndo everything except manage keys, `admin` everything.";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}
