//! The dialects that maitred understands besides its own words: those of small services that people move from. What a
//! dialect says over HTTP is in [`crate::compat`], what its database holds in `move_in` of the crate `maitred`.

use maitred_core::limits::Invalid;
use serde::Serialize;
use std::sync::Arc;

/// The language of a service that gives contacts to operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `POST /interactions/`: leads by an external id, `open` and `closed`.
    Interactions,
    /// `POST /inquiries`: leads by a client id, tables of weights that are replaced whole.
    Inquiries,
    /// `POST /appeals`: leads by a number, operators without names, full updates.
    Appeals,
    /// `POST /api/v1/contacts`: maitred's own, and that of the service it took it from.
    Contacts,
}

impl Dialect {
    /// Those that are mounted under `/compat`; [`Dialect::Contacts`] is always there, under `/api/v1`.
    pub const MOUNTED: [Self; 3] = [Self::Interactions, Self::Inquiries, Self::Appeals];

    /// The id space of its clients' ids, as in the service that it stands for; none for maitred's own, where each
    /// source has its own.
    #[must_use]
    pub fn id_space(self) -> Option<Arc<str>> {
        (self != Self::Contacts).then(|| format!("compat:{}", self.as_str()).into())
    }

    /// The word used in settings, paths and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interactions => "interactions",
            Self::Inquiries => "inquiries",
            Self::Appeals => "appeals",
            Self::Contacts => "contacts",
        }
    }
}

/// Reads which dialects are to be mounted: some of their names, `all` or `none`.
///
/// # Errors
/// [`Invalid`] names what is none of them.
pub fn mounted(text: &str) -> Result<Vec<Dialect>, Invalid> {
    match text {
        "all" => return Ok(Dialect::MOUNTED.to_vec()),
        "none" => return Ok(Vec::new()),
        _ => {}
    }
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut found = names.map(named).collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn named(name: &str) -> Result<Dialect, Invalid> {
    let known = Dialect::MOUNTED.into_iter().find(|dialect| dialect.as_str() == name);
    known.ok_or_else(|| {
        Invalid(match name {
            "contacts" => "names contacts, which is always there, under /api/v1; leave it out".to_owned(),
            _ => format!(
                "names {name:?}, which is not a dialect; write some of {}, or all, or none",
                Dialect::MOUNTED.map(Dialect::as_str).join(", ")
            ),
        })
    })
}
