//! People who log in: a name, a role, and for operators whose desk is theirs.

use crate::accounts::Grant;
use maitred_core::limits::{self, Invalid};
use maitred_core::{Actor, Timestamp, UserId};
use std::sync::Arc;

/// The most people who are not disabled.
pub const USERS_MAX: usize = 1_000;

/// Somebody to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// What is typed to log in, visible to others; of two names that differ in letter case only one can exist.
    pub name: Arc<str>,
    /// What they may do; [`grant_of_a_person`] says which grants there are.
    pub grant: Grant,
}

/// Somebody who may log in, or could before. Never deleted, because events name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// What is typed to log in, in any letter case.
    pub name: Arc<str>,
    /// What they may do.
    pub grant: Grant,
    /// When the user was added.
    pub created_at: Timestamp,
    /// Who added the user.
    pub created_by: Actor,
    /// Since when they may not log in.
    pub disabled_at: Option<Timestamp>,
    /// Who saw to that.
    pub disabled_by: Option<Actor>,
    /// When they last logged in.
    pub last_login_at: Option<Timestamp>,
}

impl User {
    /// Whether they may log in.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }
}

/// The name under which somebody is looked for: letter case says nothing.
#[must_use]
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A name for somebody.
///
/// # Errors
/// [`Invalid`] says what it has to be.
pub fn user_name(text: &str) -> Result<Arc<str>, Invalid> {
    limits::name(text)
}

/// What people may: everything that keys may, but for submitting contacts and nothing else.
///
/// # Errors
/// [`Invalid`] names the roles there are for people.
pub fn grant_of_a_person(grant: Grant) -> Result<Grant, Invalid> {
    match grant {
        Grant::Intake(_) => {
            Err(Invalid("is only for programs; give operator, supervisor, admin or observer".to_owned()))
        }
        Grant::Operator(_) | Grant::Supervisor | Grant::Admin | Grant::Observer => Ok(grant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::OperatorId;

    #[test]
    fn letter_case_is_no_part_of_a_name() {
        assert_eq!(folded(" Мария "), folded("МАРИЯ"));
        assert_ne!(folded("maria"), folded("marya"));
    }

    #[test]
    fn nobody_is_an_intake() {
        assert!(grant_of_a_person(Grant::Intake(None)).is_err());
        assert!(grant_of_a_person(Grant::Operator(OperatorId(1))).is_ok());
    }
}
