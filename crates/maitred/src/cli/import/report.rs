//! What an import did, row by row where something is to be said of a row.

use crate::cli::output;
use crate::cli::terminal::{one_line, say};
use maitred_app::import::{Reader, Row, RowError, Sent};
use maitred_core::command::Submit;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// How many wrong rows, and how many of each other kind, are listed; the rest are counted.
const LISTED_MAX: usize = 100;

/// What an import did.
#[derive(Default, Serialize)]
pub(super) struct Report {
    pub(super) dry_run: bool,
    pub(super) rows: u64,
    pub(super) assigned: u64,
    pub(super) waiting: u64,
    pub(super) imported_before: u64,
    /// Rows that were imported before and say something else now.
    pub(super) changed: u64,
    pub(super) wrong: u64,
    /// The columns that the file calls otherwise, with their names there.
    renamed_columns: BTreeMap<&'static str, String>,
    /// The columns that are kept in the attributes of contacts.
    attribute_columns: Vec<String>,
    wrong_rows: Vec<WrongRow>,
    /// Rows in which something was changed so that it can be kept.
    repaired: u64,
    repaired_rows: Vec<RepairedRow>,
    changed_rows: Vec<ChangedRow>,
}

#[derive(Serialize)]
struct RepairedRow {
    line: u64,
    repairs: Vec<String>,
}

#[derive(Serialize)]
struct WrongRow {
    line: u64,
    errors: Vec<String>,
}

#[derive(Serialize)]
struct ChangedRow {
    line: u64,
    /// What its contact lacked and has now.
    added: Vec<String>,
    /// What its contact has another value of, which stayed.
    kept: Vec<String>,
}

impl Report {
    pub(super) fn of(rows: &Reader, dry_run: bool) -> Self {
        let renamed_columns = rows.renamed_columns().into_iter().collect();
        Self { dry_run, renamed_columns, attribute_columns: rows.attribute_columns(), ..Self::default() }
    }

    /// Notes a row, and gives what is to be submitted for it, what was written of its identities, and its line.
    pub(super) fn note_row(&mut self, row: Row) -> Option<(Box<Submit>, Sent, u64)> {
        self.rows += 1;
        match row {
            Row::Wrong { line, errors } => {
                self.note_wrong(line, errors.iter().map(RowError::to_string).collect());
                None
            }
            Row::Right { submit, sent, line, repairs } => {
                self.note_repaired(line, repairs);
                Some((submit, sent, line))
            }
        }
    }

    pub(super) fn note_wrong(&mut self, line: u64, errors: Vec<String>) {
        self.wrong += 1;
        if self.wrong_rows.len() < LISTED_MAX {
            self.wrong_rows.push(WrongRow { line, errors });
        }
    }

    fn note_repaired(&mut self, line: u64, repairs: Vec<String>) {
        if repairs.is_empty() {
            return;
        }
        self.repaired += 1;
        if self.repaired_rows.len() < LISTED_MAX {
            self.repaired_rows.push(RepairedRow { line, repairs });
        }
    }

    pub(super) fn note_changed(&mut self, line: u64, added: &[Arc<str>], kept: &[Arc<str>]) {
        if added.is_empty() && kept.is_empty() {
            self.imported_before += 1;
            return;
        }
        self.changed += 1;
        let texts = |all: &[Arc<str>]| all.iter().map(|text| text.to_string()).collect();
        if self.changed_rows.len() < LISTED_MAX {
            self.changed_rows.push(ChangedRow { line, added: texts(added), kept: texts(kept) });
        }
    }

    /// Prints it for people: the figures to stdout, the rest to stderr.
    pub(super) fn print(&self, file: &str, into: &str) -> io::Result<()> {
        let (rows, wrong) = (self.rows, self.wrong);
        if self.dry_run {
            let right = rows - wrong;
            output::give(&format!("{file}: {rows} rows, {right} can be imported, {wrong} are wrong\n"))?;
        } else {
            output::give(&format!(
                "{file}: {rows} rows into {into}: {} assigned, {} waiting, {} imported before, {} changed since, \
                 {wrong} are wrong\n",
                self.assigned, self.waiting, self.imported_before, self.changed
            ))?;
        }
        self.print_columns();
        let repaired = self.repaired_rows.iter().map(|row| (row.line, format!("repaired: {}", row.repairs.join("; "))));
        print_rows(repaired, self.repaired);
        print_rows(self.changed_rows.iter().map(|row| (row.line, row.in_words())), self.changed);
        print_rows(self.wrong_rows.iter().map(|row| (row.line, row.errors.join("; "))), wrong);
        if wrong > 0 && !self.dry_run {
            say!("Correct these lines and import the same file again: imported rows are not imported twice.");
        }
        Ok(())
    }

    fn print_columns(&self) {
        if !self.renamed_columns.is_empty() {
            let renamed = self.renamed_columns.iter().map(|(name, there)| format!("{there} as {name}"));
            say!("columns read: {}", renamed.collect::<Vec<_>>().join(", "));
        }
        if !self.attribute_columns.is_empty() {
            say!("columns kept in attributes: {}", self.attribute_columns.join(", "));
        }
    }
}

impl ChangedRow {
    fn in_words(&self) -> String {
        let part = |what: &str, names: &[String]| (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")));
        let parts = [part("added", &self.added), part("differs, left as it was", &self.kept)];
        format!("imported before, changed since; {}", parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

fn print_rows(listed: impl ExactSizeIterator<Item = (u64, String)>, all: u64) {
    let more = all - listed.len() as u64;
    for (line, what) in listed {
        say!("line {line}: {}", one_line(&what));
    }
    if more > 0 {
        say!("... and {more} more");
    }
}
