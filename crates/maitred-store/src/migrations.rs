//! The migrations of an engine, which are the files of its folder `migrations` (`build.rs` lists them).

use refinery_core::{Migration, Runner};

/// Name and text of each.
type Files = &'static [(&'static str, &'static str)];

pub const SQLITE: Files = include!(concat!(env!("OUT_DIR"), "/sqlite.rs"));
pub const POSTGRES: Files = include!(concat!(env!("OUT_DIR"), "/postgres.rs"));

/// What runs them.
///
/// # Panics
/// When a file is not named like `V40__unread_phones.sql`.
pub fn runner(files: Files) -> Runner {
    let migration = |(name, sql): &(&str, &str)| Migration::unapplied(name, sql).expect("a file of that form");
    Runner::new(&files.iter().map(migration).collect::<Vec<_>>())
}

/// The newest version there is.
pub fn newest(files: Files) -> i64 {
    runner(files).get_migrations().iter().map(|it| i64::from(it.version())).max().unwrap_or_default()
}
