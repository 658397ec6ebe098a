//! How commands give data: text, tables and JSON, all of it on stdout, and as a terminal shows it safely.

use super::terminal::{visible, visible_json};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;
use std::io::{self, ErrorKind, Write};

/// Writes data to stdout, see [`visible`].
pub(super) fn give(text: &str) -> io::Result<()> {
    give_as_it_is(&visible(text))
}

/// Writes what nobody but this program wrote. A reader who has seen enough (`| head`) is no error.
pub(super) fn give_as_it_is(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes data to stdout as JSON, for scripts.
pub(super) fn give_json(value: &impl Serialize) -> io::Result<()> {
    give_json_text(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Writes a piece of JSON to stdout.
pub(super) fn give_json_text(json: &str) -> io::Result<()> {
    give_as_it_is(&visible_json(json))
}

/// An empty table. A column whose name begins with `>` holds figures, which stand at its right edge.
pub(super) fn table(columns: &[&str]) -> Table {
    let mut table = Table::new();
    // On a terminal, cells are broken to fit; elsewhere a row is a line.
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns.iter().map(|name| name.trim_start_matches('>')));
    for (at, _) in columns.iter().enumerate().filter(|(_, name)| name.starts_with('>')) {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A length of time in the one unit that suits it.
pub(super) fn duration(micros: i64) -> String {
    match micros.max(0) / 1_000_000 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// A part of a whole, 0 to 1, as people read it.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
