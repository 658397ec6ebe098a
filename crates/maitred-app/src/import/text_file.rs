//! A file as UTF-8, whatever encoding it is in: UTF-16 is recognised by its mark, and by the zero bytes between ASCII
//! letters where there is no mark; another encoding is named by the caller. Bytes that are no text in UTF-8 come
//! through as they are, so that only the rows that have them are wrong.

use super::error::Unreadable;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes tell what a file is.
const HEAD_BYTES: u64 = 8;
/// How the archives begin that Excel, LibreOffice and Numbers save workbooks as.
const ZIP: &[u8] = b"PK\x03\x04";
/// How Excel's workbooks began until 2003.
const XLS: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// A longer line is wrong: it bounds what is in memory at once.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// The lines of a file.
pub struct TextFile {
    text: BufReader<Box<dyn Read + Send>>,
    bytes_read: Arc<AtomicU64>,
}

/// One line with what ends it.
pub struct Line {
    pub bytes: Vec<u8>,
    /// Whether it is not longer than [`LINE_BYTES_MAX`]; what is beyond is not in `bytes`.
    pub is_whole: bool,
}

/// An encoding by its name or one of the aliases that web pages use, such as `windows-1251` and `cp1251`.
#[must_use]
pub fn encoding_named(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.as_bytes())
}

/// A file in this encoding, or in UTF-8 or UTF-16 if none is named, as UTF-8 without a mark.
///
/// # Errors
/// When it is a workbook.
pub fn decoded(
    file: impl AsRef<[u8]> + Send + 'static,
    encoding: Option<&'static Encoding>,
) -> Result<Vec<u8>, Unreadable> {
    let mut all = Vec::new();
    let mut text = TextFile::of(Cursor::new(file), encoding)?.text;
    text.read_to_end(&mut all).map_err(|error| Unreadable::Io(error.to_string()))?;
    Ok(all)
}

/// Where each line of a text begins, as a file is parted in rows.
#[must_use]
pub fn lines(text: &[u8]) -> Vec<usize> {
    let ends = (0..text.len()).filter(|at| match text[*at] {
        b'\n' => true,
        b'\r' => text.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    std::iter::once(0).chain(ends.map(|at| at + 1)).collect()
}

impl TextFile {
    /// A file in this encoding; in UTF-8 or UTF-16, if none is named.
    ///
    /// # Errors
    /// When it cannot be read or is a workbook.
    pub fn of(mut file: impl Read + Send + 'static, encoding: Option<&'static Encoding>) -> Result<Self, Unreadable> {
        let mut head = Vec::new();
        file.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(|error| Unreadable::Io(error.to_string()))?;
        if head.starts_with(ZIP) || head.starts_with(XLS) {
            return Err(Unreadable::Workbook);
        }
        let encoding = encoding.or_else(|| unmarked_utf16(&head));
        let bytes_read = Arc::new(AtomicU64::new(0));
        let counted = Counted { file: Cursor::new(head).chain(file), bytes_read: bytes_read.clone() };
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(encoding)
            .bom_override(true)
            .strip_bom(true)
            .utf8_passthru(encoding.is_none())
            .build(counted);
        Ok(Self { text: BufReader::new(Box::new(decoded)), bytes_read })
    }

    /// How many bytes of the file were read.
    pub fn position(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// The next line, which ends with LF, CR LF or CR; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line { bytes: Vec::new(), is_whole: true };
        let mut has_any = false;
        loop {
            let buffer = self.text.fill_buf()?;
            if buffer.is_empty() {
                return Ok(has_any.then_some(line));
            }
            has_any = true;
            let end = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let taken = end.map_or(buffer.len(), |at| at + 1);
            line.take(&buffer[..taken]);
            let is_return = end.is_some_and(|at| buffer[at] == b'\r');
            self.text.consume(taken);
            if is_return && self.text.fill_buf()?.first() == Some(&b'\n') {
                line.take(b"\n");
                self.text.consume(1);
            }
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }
}

impl Line {
    fn take(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES_MAX - self.bytes.len();
        self.is_whole &= bytes.len() <= room;
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// UTF-16 without a mark, by its first character, which is an ASCII letter of the header.
fn unmarked_utf16(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [b'!'..=b'~', 0, _, 0, ..] => Some(UTF_16LE),
        [0, b'!'..=b'~', 0, ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// A file that counts what is read of it.
struct Counted<R> {
    file: Chain<Cursor<Vec<u8>>, R>,
    bytes_read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.bytes_read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
