//! Why a command was not executed. What the rules refuse is a [`Rejection`]; how HTTP says all of this is in
//! `maitred_web::problem`.

use crate::permission::PermissionError;
use maitred_core::Rejection;
use maitred_store::StoreError;
use std::fmt;
use std::sync::Arc;

/// Why a command was not executed.
#[derive(Clone, Debug)]
pub enum ExecuteError {
    /// A rule refuses it.
    Rejected(Rejection),
    /// The requester may not.
    Denied(PermissionError),
    /// What it was to change is not any more what the requester saw.
    Changed,
    /// Too many commands are waiting.
    QueueFull,
    /// The server is stopping.
    Stopping,
    /// The store could not keep it; nothing of it was kept.
    Store(Arc<StoreError>),
}

impl fmt::Display for ExecuteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => write!(f, "{rejection:?}"),
            Self::Denied(error) => error.fmt(f),
            Self::Changed => write!(f, "it was changed meanwhile; look at it again"),
            Self::QueueFull => write!(f, "too many commands are waiting; try again in a moment"),
            Self::Stopping => write!(f, "the server is stopping"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ExecuteError {}

impl From<PermissionError> for ExecuteError {
    fn from(error: PermissionError) -> Self {
        Self::Denied(error)
    }
}
