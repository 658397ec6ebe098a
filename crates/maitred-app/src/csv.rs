//! Tables as text, for spreadsheets and for `maitred import`: cells with separators in quotes (RFC 4180).
//!
//! Spreadsheets take a cell that begins with `=`, `+`, `-`, `@` or a control character for a formula, which can send
//! away what is in other cells, and what is in a cell may have been written by anybody. So such a cell gets an
//! apostrophe in front, as OWASP recommends; reading takes it away again. A plain number is no formula, whatever its
//! sign: phones stay as they are.

use std::borrow::Cow;

/// What tells spreadsheets that a file is UTF-8.
pub const MARK: &str = "\u{feff}";

/// Makes rows of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Csv {
    /// What is between cells.
    pub separator: char,
}

impl Csv {
    /// Adds a row to a text.
    pub fn add<T: AsRef<str>>(self, text: &mut String, cells: impl IntoIterator<Item = T>) {
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                text.push(self.separator);
            }
            self.add_cell(text, cell.as_ref());
        }
        text.push_str("\r\n");
    }

    fn add_cell(self, text: &mut String, cell: &str) {
        let cell = without_formula(cell);
        let is_special = |c: char| c == self.separator || matches!(c, ',' | ';' | '\t' | '"' | '\r' | '\n');
        if !cell.contains(is_special) && cell.trim() == cell {
            return text.push_str(&cell);
        }
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
}

/// A cell that no spreadsheet takes for a formula.
fn without_formula(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) && !is_number(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// A cell as it was before it was written.
#[must_use]
pub fn with_formula(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// Whether it may be taken for a formula, apostrophes and spaces in front aside: one that has some already gets one
/// more, so that reading gives back what was written.
fn is_formula(cell: &str) -> bool {
    let start = cell.trim_start_matches(['\'', ' ']);
    start.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    let is_whole = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits.split_once('.').map_or_else(|| is_whole(digits), |(whole, rest)| is_whole(whole) && is_whole(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn row(cells: &[&str], separator: char) -> String {
        let mut text = String::new();
        Csv { separator }.add(&mut text, cells);
        text
    }

    #[test]
    fn what_would_end_a_cell_is_in_quotes() {
        let cells = ["plain", "a,b", "c;d", "say \"hi\"", "two\nlines", " space", ""];
        assert_eq!(row(&cells, ','), "plain,\"a,b\",\"c;d\",\"say \"\"hi\"\"\",\"two\nlines\",\" space\",\r\n");
        assert_eq!(row(&["a", "b"], ';'), "a;b\r\n");
    }

    #[rstest]
    #[case("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")")]
    #[case("+7 999 123-45-67", "'+7 999 123-45-67")]
    #[case("+79991234567", "+79991234567")]
    #[case("-1000", "-1000")]
    #[case("-1.5", "-1.5")]
    #[case("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0")]
    #[case("@sum(1)", "'@sum(1)")]
    #[case(" =1", "' =1")]
    #[case("\t=1", "'\t=1")]
    #[case("＝1", "'＝1")]
    #[case("'=1", "''=1")]
    #[case("'tis", "'tis")]
    #[case("it's = fine", "it's = fine")]
    #[case("", "")]
    fn no_cell_is_a_formula_and_each_reads_back(#[case] cell: &str, #[case] written: &str) {
        assert_eq!(without_formula(cell), written);
        assert_eq!(with_formula(written), cell);
    }
}
