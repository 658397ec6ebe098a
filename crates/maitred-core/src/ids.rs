//! Integer ids, one type for each noun, so that an operator's id can never stand where a contact's belongs.
//! Ids are handed out by [`Ids`]; zero and negative numbers name nothing.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(ContactId);
id!(LeadId);
id!(OperatorId);
id!(SourceId);
id!(NoteId);
id!(CorrectionId);
id!(MessageId);
id!(CalendarId);
id!(
    /// Names something that was received at the address of a source.
    PayloadId
);
id!(
    /// Names an endpoint of webhooks.
    EndpointId
);
id!(
    /// Names a key of the API.
    KeyId
);
id!(
    /// Names a person who logs in.
    UserId
);
id!(
    /// Names one recording of a pool, see [`crate::recording`].
    PoolId
);

macro_rules! counters {
    ($($name:ident)*) => {
        /// The next free id of each noun. A store keeps them, so that no id is ever used twice, not even a deleted
        /// one's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Ids {
            $(pub $name: i64,)*
        }

        impl Ids {
            /// How the nouns are called, in the order of [`Ids::to_array`].
            pub const NAMES: [&str; <[&str]>::len(&[$(stringify!($name)),*])] = [$(stringify!($name)),*];

            #[must_use]
            pub const fn to_array(self) -> [i64; Self::NAMES.len()] {
                [$(self.$name),*]
            }

            #[must_use]
            pub const fn from_array([$($name),*]: [i64; Self::NAMES.len()]) -> Self {
                Self { $($name),* }
            }
        }
    };
}

counters!(contact lead operator source pool note calendar message payload correction);

impl Default for Ids {
    fn default() -> Self {
        Self::from_array([1; Self::NAMES.len()])
    }
}

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// So many seconds later; the end of time if that is further ahead.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds as i64 * 1_000_000))
    }
}
