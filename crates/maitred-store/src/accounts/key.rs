//! What a key is: a name, a role, and for some roles what it is bound to.

use maitred_core::limits::Invalid;
use maitred_core::{Actor, KeyId, OperatorId, SourceId, Timestamp};
use std::sync::Arc;

/// What a key is for. Which calls that is: docs/security.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Submits contacts, and does nothing else.
    Intake,
    /// One operator: their own contacts.
    Operator,
    /// Everything but keys and users.
    Supervisor,
    /// Everything.
    Admin,
    /// Sees what supervisors see, and changes nothing.
    Observer,
}

impl Role {
    /// Every role, in the order of their stored codes.
    pub const ALL: [Self; 5] = [Self::Intake, Self::Operator, Self::Supervisor, Self::Admin, Self::Observer];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Observer => "observer",
        }
    }

    /// The role of this word.
    ///
    /// # Errors
    /// [`Invalid`] lists the words.
    pub fn parse(word: &str) -> Result<Self, Invalid> {
        let words = Self::ALL.map(Self::as_str).join(", ");
        let known = Self::ALL.into_iter().find(|role| role.as_str() == word);
        known.ok_or_else(|| Invalid(format!("is not a role; give one of {words}")))
    }
}

/// A role with what it is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// May submit contacts of this source, or of any.
    Intake(Option<SourceId>),
    /// May see and touch the contacts of this operator.
    Operator(OperatorId),
    /// May do everything but with keys.
    Supervisor,
    Admin,
    /// May see what supervisors see.
    Observer,
}

impl Grant {
    /// Binds a role.
    ///
    /// # Errors
    /// The name of the field that is wrong, and what is wrong with it.
    pub fn new(
        role: Role,
        source: Option<SourceId>,
        operator: Option<OperatorId>,
    ) -> Result<Self, (&'static str, Invalid)> {
        let stray = |field, only| Err((field, Invalid(format!("goes only with the role {only}; leave it out"))));
        match (role, source, operator) {
            (Role::Operator, None, Some(operator)) => Ok(Self::Operator(operator)),
            (Role::Operator, _, None) => {
                Err(("operator_id", Invalid("is missing; give the operator whose contacts the key is for".to_owned())))
            }
            (Role::Intake, source, None) => Ok(Self::Intake(source)),
            (Role::Supervisor, None, None) => Ok(Self::Supervisor),
            (Role::Admin, None, None) => Ok(Self::Admin),
            (Role::Observer, None, None) => Ok(Self::Observer),
            (_, _, None) | (Role::Operator, ..) => stray("source_id", "intake"),
            _ => stray("operator_id", "operator"),
        }
    }

    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::Intake(_) => Role::Intake,
            Self::Operator(_) => Role::Operator,
            Self::Supervisor => Role::Supervisor,
            Self::Admin => Role::Admin,
            Self::Observer => Role::Observer,
        }
    }

    /// The source it is bound to.
    #[must_use]
    pub const fn source(&self) -> Option<SourceId> {
        if let Self::Intake(source) = self { *source } else { None }
    }

    /// The operator it is bound to.
    #[must_use]
    pub const fn operator(&self) -> Option<OperatorId> {
        if let Self::Operator(operator) = self { Some(*operator) } else { None }
    }
}

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// For people: which program has it.
    pub name: Arc<str>,
    pub grant: Grant,
    /// From when on it is good for nothing; never, if none.
    pub expires_at: Option<Timestamp>,
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub id: KeyId,
    /// For people: which program has it.
    pub name: Arc<str>,
    pub grant: Grant,
    /// The part of its text that is no secret, by which it is found.
    pub prefix: Arc<str>,
    /// When it was made.
    pub created_at: Timestamp,
    pub created_by: Actor,
    /// From when on it is good for nothing; never, if none.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    pub revoked_by: Option<Actor>,
}

impl Key {
    /// Whether both are for the same program, as one is that replaces the other: with the same name and grant.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.name, self.grant) == (&other.name, other.grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Role::Intake, None, None, Ok(Grant::Intake(None)))]
    #[case(Role::Intake, Some(1), None, Ok(Grant::Intake(Some(SourceId(1)))))]
    #[case(Role::Intake, None, Some(2), Err("operator_id"))]
    #[case(Role::Operator, None, Some(2), Ok(Grant::Operator(OperatorId(2))))]
    #[case(Role::Operator, None, None, Err("operator_id"))]
    #[case(Role::Operator, Some(1), Some(2), Err("source_id"))]
    #[case(Role::Supervisor, None, None, Ok(Grant::Supervisor))]
    #[case(Role::Supervisor, Some(1), None, Err("source_id"))]
    #[case(Role::Admin, None, None, Ok(Grant::Admin))]
    #[case(Role::Admin, None, Some(2), Err("operator_id"))]
    fn a_role_is_bound_to_what_it_needs(
        #[case] role: Role,
        #[case] source: Option<i64>,
        #[case] operator: Option<i64>,
        #[case] expected: Result<Grant, &str>,
    ) {
        let grant = Grant::new(role, source.map(SourceId), operator.map(OperatorId));
        assert_eq!(grant.map_err(|(field, _)| field), expected);
        if let Ok(grant) = expected {
            let (source, operator) = (source.map(SourceId), operator.map(OperatorId));
            assert_eq!((grant.role(), grant.source(), grant.operator()), (role, source, operator));
        }
    }

    #[test]
    fn a_word_means_one_role() {
        assert!(Role::ALL.into_iter().all(|role| Role::parse(role.as_str()) == Ok(role)));
        assert!(Role::parse("Admin").is_err());
    }
}
