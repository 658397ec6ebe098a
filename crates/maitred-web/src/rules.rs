//! What each role may: the rows that stand with the routes ([`crate::routes`]). [`crate::guard`] holds callers to them.

use maitred_store::accounts::Role;

/// Whether a role may make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// It may not.
    No,
    /// It may.
    Yes,
    /// So may anybody, without a key.
    Anybody,
    /// For the source the key is bound to, or for any if it is bound to none.
    OwnSource,
    /// And gets only what is with the operator of the key.
    OwnOnly,
    /// If the contact that the path names is with the operator of the key.
    OwnContact,
    /// If it speaks for the operator of the key: whether the contact is still with them, the call says.
    OwnOffer,
    /// If a contact of the lead that the path names is with the operator of the key.
    OwnLead,
    /// If the path names the operator of the key.
    OwnOperator,
}

impl May {
    /// In a word or two, for the page.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Yes => "yes",
            Self::Anybody => "no key needed",
            Self::OwnSource => "own source",
            Self::OwnOnly | Self::OwnContact | Self::OwnOffer | Self::OwnLead | Self::OwnOperator => "own",
        }
    }
}

/// What each role may, in the order of [`Role::ALL`](maitred_store::accounts::Role::ALL).
pub type Row = [May; 5];

/// Anybody, without a key.
pub const ANYBODY: Row = [May::Anybody; 5];
/// Keys that submit contacts, supervisors and admins.
pub const SUBMIT: Row = [May::OwnSource, May::No, May::Yes, May::Yes, May::No];
/// Supervisors and admins.
pub const STAFF: Row = [May::No, May::No, May::Yes, May::Yes, May::No];
/// Admins only.
pub const ADMIN: Row = [May::No, May::No, May::No, May::Yes, May::No];
/// Everybody who may log in.
pub const PEOPLE: Row = [May::No, May::Yes, May::Yes, May::Yes, May::Yes];

/// Supervisors and admins; operators only as far as this goes.
#[must_use]
pub const fn own(may: May) -> Row {
    [May::No, may, May::Yes, May::Yes, May::No]
}

/// The same for a call that only reads: observers see what supervisors see.
#[must_use]
pub fn of_reading(row: Row) -> Row {
    let [supervisor, observer] = [Role::Supervisor as usize, Role::Observer as usize];
    let mut row = row;
    if row[supervisor] == May::Yes {
        row[observer] = May::Yes;
    }
    row
}

/// Under which path the dialects of other services are.
pub const DIALECTS: &str = "/compat/";

/// A path with a slash at its end, if it has none; else without it.
#[must_use]
pub fn other_spelling(path: &str) -> String {
    path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned)
}

/// Calls of dialects are there with and without a slash at their end, and have one row.
#[must_use]
pub fn without_slash(route: &str) -> &str {
    if route.starts_with(DIALECTS) { route.trim_end_matches('/') } else { route }
}
