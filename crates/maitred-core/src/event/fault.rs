//! Why maitred stops sending webhooks to an endpoint by itself.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointFault {
    /// It answered 410: it is no more.
    Gone,
    /// Only failures happened for five days.
    Failing,
}

impl EndpointFault {
    /// Each of them, in the order of their stored codes.
    pub const ALL: [Self; 2] = [Self::Gone, Self::Failing];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}
