//! The rows of a text with separators and quotes (RFC 4180). Readers that forgive everything lose rows: a quote that is
//! never closed swallows the rest of the file. Here the row that opened it is wrong, and reading goes on at the next
//! line. Cells are texts; what they mean is in [`super::columns`] and the module above.

use super::error::{RowError, Unreadable};
use super::text_file::{LINE_BYTES_MAX, Line, TextFile};
use std::collections::VecDeque;

/// The separators that are tried where no line says which one it is, the most usual first.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// How a line begins by which Excel says what separates cells.
const HINT: &str = "sep=";
/// The most characters of a line that a sentence shows.
const SHOWN_CHARS_MAX: usize = 200;

/// A row.
pub struct Record {
    /// The line it begins on, the first of the file being 1.
    pub line: u64,
    /// White space around them is gone.
    pub cells: Vec<String>,
}

/// A row that cannot be read.
#[derive(Debug)]
pub struct Broken {
    pub line: u64,
    pub why: RowError,
}

/// The row that names the columns.
pub struct Header {
    pub cells: Vec<String>,
    /// Its line, for a sentence.
    pub shown: String,
}

/// The rows of a file.
pub struct Records {
    text: TextFile,
    /// Lines that were looked at and do not belong to a row yet.
    ahead: VecDeque<Line>,
    /// How many lines are behind those.
    lines_taken: u64,
    separator: u8,
}

/// A row, and how many lines it has.
type Peeked = (Result<Record, Broken>, usize);

impl Records {
    pub const fn of(text: TextFile) -> Self {
        Self { text, ahead: VecDeque::new(), lines_taken: 0, separator: b',' }
    }

    /// How many bytes of the file were read.
    pub fn position(&self) -> u64 {
        self.text.position()
    }

    /// The first row. The separator is what the file says it is, else the one by which most cells of the row have a
    /// meaning, as `known` counts them; that one holds for all rows.
    ///
    /// # Errors
    /// When the file cannot be read or has no first row.
    pub fn header(&mut self, known: impl Fn(&[String]) -> usize) -> Result<Header, Unreadable> {
        let hinted = self.take_hint().map_err(Unreadable::Io)?;
        let separators = hinted.map_or_else(|| SEPARATORS.to_vec(), |separator| vec![separator]);
        let mut best: Option<(usize, u8, Peeked)> = None;
        for separator in separators {
            self.separator = separator;
            let Some(peeked) = self.peek().map_err(Unreadable::Io)? else { continue };
            // A quote that is not closed may be one only with the separator that is meant.
            let count = peeked.0.as_ref().map_or(1, |record| known(&record.cells) * 2);
            if best.as_ref().is_none_or(|(most, ..)| count > *most) {
                best = Some((count, separator, peeked));
            }
        }
        let Some((_, separator, (record, lines))) = best else { return Err(Unreadable::Empty) };
        self.separator = separator;
        let cells = record.map_err(|broken| Unreadable::Header(broken.line, broken.why))?.cells;
        let header = Header { cells, shown: self.ahead.front().map(shown).unwrap_or_default() };
        self.advance(lines);
        Ok(header)
    }

    /// The next row that has anything in it; `None` at the end.
    ///
    /// # Errors
    /// A sentence, when the file cannot be read on.
    pub fn next_record(&mut self) -> Result<Option<Result<Record, Broken>>, String> {
        loop {
            let Some((record, lines)) = self.peek()? else { return Ok(None) };
            self.advance(lines);
            match record {
                Ok(record) if record.cells.iter().all(String::is_empty) => {}
                other => return Ok(Some(other)),
            }
        }
    }

    /// The separator that the first line names, if it does nothing else.
    fn take_hint(&mut self) -> Result<Option<u8>, String> {
        self.fill(1)?;
        let Some(line) = self.ahead.front() else { return Ok(None) };
        let Ok(text) = std::str::from_utf8(&line.bytes) else { return Ok(None) };
        let text = text.trim_matches(['\r', '\n', '"']);
        let is_hint = text.get(..HINT.len()).is_some_and(|start| start.eq_ignore_ascii_case(HINT));
        let separator = if is_hint { text.as_bytes().get(HINT.len()).copied() } else { None };
        let separator = separator.filter(|it| text.len() == HINT.len() + 1 && it.is_ascii() && *it != b'"');
        if separator.is_some() {
            self.advance(1);
        }
        Ok(separator)
    }

    /// The row that comes next, blank lines before it aside. A broken one has one line: reading goes on at the next.
    fn peek(&mut self) -> Result<Option<Peeked>, String> {
        while self.fill(1)? && self.ahead[0].bytes.trim_ascii().is_empty() {
            self.advance(1);
        }
        let line = self.lines_taken + 1;
        let (mut splitter, mut lines, mut bytes) = (Splitter::new(self.separator), 0, 0);
        while self.fill(lines + 1)? {
            let next = &self.ahead[lines];
            lines += 1;
            bytes += next.bytes.len();
            let why = match splitter.take(&next.bytes) {
                _ if !next.is_whole || bytes > LINE_BYTES_MAX => {
                    Some(if lines > 1 { RowError::NotClosed } else { RowError::TooLong })
                }
                Err(BehindQuote) => Some(RowError::BehindQuote),
                Ok(true) => return Ok(Some((splitter.finish(line), lines))),
                Ok(false) => None,
            };
            if let Some(why) = why {
                return Ok(Some((Err(Broken { line, why }), 1)));
            }
        }
        Ok((lines > 0).then_some((Err(Broken { line, why: RowError::NotClosed }), 1)))
    }

    /// Reads until so many lines are ahead; false when the file has fewer.
    fn fill(&mut self, lines: usize) -> Result<bool, String> {
        while self.ahead.len() < lines {
            match self.text.next_line().map_err(|error| format!("the file cannot be read on: {error}"))? {
                Some(line) => self.ahead.push_back(line),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn advance(&mut self, lines: usize) {
        self.lines_taken += self.ahead.drain(..lines).len() as u64;
    }
}

fn shown(line: &Line) -> String {
    let text = String::from_utf8_lossy(&line.bytes);
    let text = text.trim_end();
    let cut: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    if cut.len() < text.len() { format!("{cut}...") } else { cut }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    Closed,
}

/// Something follows a closing quote that may not.
struct BehindQuote;

/// Splits lines into cells.
struct Splitter {
    separator: u8,
    state: State,
    cell: Vec<u8>,
    cells: Vec<Vec<u8>>,
}

impl Splitter {
    const fn new(separator: u8) -> Self {
        Self { separator, state: State::Start, cell: Vec::new(), cells: Vec::new() }
    }

    /// Takes a line; false when the row goes on with the next.
    fn take(&mut self, line: &[u8]) -> Result<bool, BehindQuote> {
        for byte in line {
            self.state = match (self.state, *byte) {
                (State::Quoted, b'"') => State::Closed,
                (State::Closed, b'"') | (State::Quoted, _) => self.push(*byte, State::Quoted),
                (_, separator) if separator == self.separator => {
                    self.cells.push(std::mem::take(&mut self.cell));
                    State::Start
                }
                (state, b'\r' | b'\n') => state,
                (State::Closed, _) => return Err(BehindQuote),
                (State::Start, b'"') => State::Quoted,
                (State::Start | State::Plain, _) => self.push(*byte, State::Plain),
            };
        }
        Ok(self.state != State::Quoted)
    }

    fn push(&mut self, byte: u8, state: State) -> State {
        self.cell.push(byte);
        state
    }

    fn finish(mut self, line: u64) -> Result<Record, Broken> {
        self.cells.push(self.cell);
        let text = |cell: Vec<u8>| String::from_utf8(cell).map(|text| text.trim().to_owned());
        let cells: Result<_, _> = self.cells.into_iter().map(text).collect();
        cells.map(|cells| Record { line, cells }).map_err(|_| Broken { line, why: RowError::NotUtf8 })
    }
}
