//! The URL of the database: which forms there are, and why the others are refused. Opening what it names is left to
//! the store.

mod postgres;

pub use postgres::{PostgresUrl, Trust};

use maitred_core::limits::Invalid;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Which database, as a URL: `sqlite://relative.db` or `sqlite:///absolute/path.db` (the path is taken as it is
/// written, without percent-decoding), or `postgres://user@host/name`. Never printed with a password, and messages
/// about a bad one show none of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, which several nodes may serve.
    Postgres(Box<PostgresUrl>),
}

impl FromStr for DatabaseUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |why: &str| Err(Invalid(format!("{why}; {FORMS}")));
        let Some((scheme, path)) = text.split_once("://") else {
            return invalid(match text {
                "sqlite::memory:" => IN_MEMORY,
                _ => "is not a URL of a database",
            });
        };
        match (scheme.to_ascii_lowercase().as_str(), path) {
            ("sqlite", ":memory:") => invalid(IN_MEMORY),
            ("sqlite", _) if path.is_empty() || path.ends_with('/') => invalid("names no file"),
            ("sqlite", _) if path.contains('?') => invalid("has options behind a ?, and maitred sets its own"),
            // SQLite would read such a path as a URI of its own, `file::memory:` among them.
            ("sqlite", _) if path.starts_with("file:") => invalid("has a second scheme"),
            ("sqlite", _) => Ok(Self::Sqlite(path.into())),
            ("postgres" | "postgresql", _) => PostgresUrl::parse(path).map(|url| Self::Postgres(Box::new(url))),
            _ => invalid("is a database that maitred does not know"),
        }
    }
}

const IN_MEMORY: &str = "is a database in memory, which would lose every contact when the process ends";
const FORMS: &str = "write sqlite://maitred.db, sqlite:///data/maitred.db or postgres://user@host/maitred";

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("sqlite://relative.db", "relative.db")]
    #[case("sqlite:///abs/path.db", "/abs/path.db")]
    #[case("SQLite://./a b/ъ.db", "./a b/ъ.db")]
    fn a_sqlite_url_names_a_file(#[case] text: &str, #[case] path: &str) {
        let url: DatabaseUrl = text.parse().expect("a URL of a database");
        assert_eq!(url, DatabaseUrl::Sqlite(path.into()));
        assert_eq!(url.to_string(), format!("sqlite://{path}"));
    }

    #[rstest]
    #[case("sqlite::memory:", "is a database in memory, which would lose every contact when the process ends")]
    #[case("sqlite://:memory:", "is a database in memory, which would lose every contact when the process ends")]
    #[case("sqlite://", "names no file")]
    #[case("sqlite:///data/", "names no file")]
    #[case("sqlite://m.db?mode=rwc", "has options behind a ?, and maitred sets its own")]
    #[case("sqlite://file::memory:", "has a second scheme")]
    #[case("mysql://u:secret@host/db", "is a database that maitred does not know")]
    #[case("host=db password=secret", "is not a URL of a database")]
    #[case("maitred.db", "is not a URL of a database")]
    #[case("sqlite:maitred.db", "is not a URL of a database")]
    #[case("", "is not a URL of a database")]
    fn another_database_is_refused_with_the_right_form_and_no_secret(#[case] text: &str, #[case] why: &str) {
        let message = text.parse::<DatabaseUrl>().expect_err("refused").0;
        assert_eq!(message, format!("{why}; {FORMS}"));
    }
}
