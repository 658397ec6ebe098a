//! Rows of a CSV file to submissions. Each good row carries keys made of its content, so that importing it again, or a
//! corrected file, finds the contact it made (`keys`). What the file is made of is read in `text_file` and
//! `records`; what its columns mean is in `columns`.

mod columns;
mod error;
mod keys;
mod records;
mod text_file;

pub use encoding_rs::Encoding;
pub use error::{RowError, Unreadable};
pub use text_file::{decoded, encoding_named, lines};

use crate::csv::with_formula;
use crate::identity::{self, Collected, PhoneRules};
use columns::{Columns, IDENTITIES, LAST_NAME};
use keys::Seen;
use maitred_core::command::Submit;
use maitred_core::limits::repair::{self, Repaired};
use maitred_core::names::folded;
use maitred_core::{Source, SourceId, limits};
use records::{Record, Records};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use text_file::TextFile;

/// How the export of Meta's lead ads begins a phone.
const META_PHONE: &str = "p:";

/// One row of the file.
pub enum Row {
    /// Can be submitted, and what was changed in it for that.
    Right { submit: Box<Submit>, sent: Sent, line: u64, repairs: Vec<String> },
    /// Cannot, and why.
    Wrong {
        /// Its line in the file, the header being line 1.
        line: u64,
        /// All that is wrong with it.
        errors: Vec<RowError>,
    },
}

/// What says who a row is from, as it is written.
#[derive(Default)]
pub struct Sent([Option<String>; 3]);

impl Sent {
    /// Each column with its text.
    pub fn identities(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        IDENTITIES.into_iter().zip(self.0.iter().map(Option::as_deref))
    }
}

/// How a file is read.
#[derive(Clone, Copy, Default)]
pub struct Reading<'a> {
    /// All sources there are.
    pub sources: &'a [Source],
    /// How phones are read where the source does not say.
    pub rules: PhoneRules,
    /// If it is neither UTF-8 nor UTF-16.
    pub encoding: Option<&'static Encoding>,
    /// The source of all rows, by its name or id; a column of the file that names one is then one like any other.
    pub source: Option<&'a str>,
}

/// Reads a file row by row.
pub struct Reader {
    records: Records,
    columns: Columns,
    sources: Sources,
    rules: PhoneRules,
    /// The source of all rows.
    source: Option<(SourceId, PhoneRules)>,
    seen: Seen,
}

impl Reader {
    /// Opens the file and reads its header.
    ///
    /// # Errors
    /// A sentence, when the file cannot be read or its header names no source or no identity.
    pub fn open(path: &Path, reading: &Reading<'_>) -> Result<Self, String> {
        let shown = path.display();
        let cannot = |error: &dyn std::fmt::Display| format!("cannot read {shown}: {error}");
        let file = File::open(path).map_err(|error| cannot(&error))?;
        Self::of(file, reading).map_err(|error| match error {
            Unreadable::Io(error) => cannot(&error),
            Unreadable::Workbook => format!("{shown} {error}"),
            Unreadable::Empty | Unreadable::Header(..) => format!("cannot read the header of {shown}: {error}"),
            Unreadable::NoSource(_) | Unreadable::NoIdentity(_) | Unreadable::UnknownSource(_) => error.to_string(),
        })
    }

    /// The same for what was read otherwise.
    ///
    /// # Errors
    /// When its header names no source or no identity, or it is no text with columns at all.
    pub fn of(file: impl Read + Send + 'static, reading: &Reading<'_>) -> Result<Self, Unreadable> {
        let sources = Sources::new(reading.sources);
        let source =
            reading.source.map(|name| sources.named(name).ok_or_else(|| Unreadable::UnknownSource(name.to_owned())));
        let source = source.transpose()?;
        let mut records = Records::of(TextFile::of(file, reading.encoding)?);
        let columns = |cells: &[String]| Columns::of(cells, source.is_some());
        let header = records.header(|cells| columns(cells).known())?;
        let columns = columns(&header.cells);
        check_header(&columns, source.is_some(), header.shown)?;
        Ok(Self { records, columns, sources, rules: reading.rules, source, seen: Seen::default() })
    }

    /// How many bytes of the file were read.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.records.position()
    }

    /// The columns whose cells go to the attributes of the contacts, by name.
    #[must_use]
    pub fn attribute_columns(&self) -> Vec<String> {
        self.columns.others()
    }

    /// What the file calls otherwise: the name that maitred has for a column, and the one it has there.
    #[must_use]
    pub fn renamed_columns(&self) -> Vec<(&'static str, String)> {
        self.columns.renamed()
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// A sentence, when the file cannot be read on.
    pub fn next_row(&mut self) -> Result<Option<Row>, String> {
        Ok(self.records.next_record()?.map(|record| match record {
            Ok(record) => self.row(&record),
            Err(broken) => Row::Wrong { line: broken.line, errors: vec![broken.why] },
        }))
    }

    fn row(&mut self, Record { line, cells }: &Record) -> Row {
        let mut repairs = Vec::new();
        match self.submit(cells, &mut repairs) {
            Ok((submit, sent)) => Row::Right { submit: Box::new(submit), sent, line: *line, repairs },
            Err(errors) => Row::Wrong { line: *line, errors },
        }
    }

    fn submit(&mut self, cells: &[String], repairs: &mut Vec<String>) -> Result<(Submit, Sent), Vec<RowError>> {
        let text = |name| self.columns.cell(name, cells).map(with_formula);
        let mut errors = Vec::new();
        if cells.iter().skip(self.columns.width).any(|cell| !cell.is_empty()) {
            let (fields, columns) = (cells.len(), self.columns.width);
            errors.push(RowError::Fields(fields, columns));
        }
        let found = || self.sources.find(text("source_id"), text("source"));
        let source = keep(self.source.map_or_else(found, Ok), &mut errors);
        let rules = source.map(|source| source.1).unwrap_or_default().or(self.rules);
        let own = keep(text("attributes").map(object).transpose().map_err(RowError::Attributes), &mut errors).flatten();
        let kept_before =
            keep(own.as_ref().map(limited).transpose().map_err(RowError::Attributes), &mut errors).flatten();
        let mut repaired = Repairs(repairs);
        let name = full_name(text("lead_name"), text(LAST_NAME));
        let submit = Submit {
            lead_name: name.and_then(|text| repaired.take("lead_name", repair::name(&text))),
            message: text("message").map(|text| repaired.take("message", repair::message(text))),
            priority: text("priority").map_or(0, |text| repaired.take("priority", repair::priority(text))),
            ..Submit::new(source.map_or(SourceId(0), |source| source.0), Vec::new())
        };
        let written = Sent(IDENTITIES.map(|name| text(name).map(|text| without_mark(name, text).to_owned())));
        let sent = IDENTITIES
            .map(|name| text(name).and_then(|text| repaired.take(name, repair::identity(without_mark(name, text)))));
        let collected = identity::collect_sent(&sent, rules).unwrap_or_else(|wrong| {
            errors.extend(wrong.into_iter().map(|(kind, why)| RowError::Identity(kind, why)));
            Collected::default()
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        let others = self.columns.other_cells(cells).map(|(name, text)| (name, with_formula(text)));
        let attributes = with_others(own.unwrap_or_default(), kept_before.clone(), others, repaired.0);
        let submit = Submit { attributes, ..collected.put_into(submit) };
        let row = keys::Row { source: submit.source, columns: &self.columns, cells };
        Ok((self.seen.put_keys(&row, submit, kept_before.as_ref()), written))
    }
}

fn check_header(columns: &Columns, is_source_given: bool, shown: String) -> Result<(), Unreadable> {
    if !is_source_given && !columns.has("source_id") && !columns.has("source") {
        return Err(Unreadable::NoSource(shown));
    }
    if !IDENTITIES.iter().any(|name| columns.has(name)) {
        return Err(Unreadable::NoIdentity(shown));
    }
    Ok(())
}

/// An identity without the mark that Meta puts before phones.
fn without_mark<'a>(column: &str, text: &'a str) -> &'a str {
    text.strip_prefix(META_PHONE).filter(|_| column == "lead_phone").unwrap_or(text)
}

fn full_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let parts: Vec<&str> = first.into_iter().chain(last).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Collects what was changed in a row.
struct Repairs<'a>(&'a mut Vec<String>);

impl Repairs<'_> {
    fn take<T>(&mut self, column: &str, repaired: Repaired<T>) -> T {
        self.0.extend(repaired.notes.iter().map(|note| format!("{column} {note}")));
        repaired.value
    }
}

fn keep<T>(value: Result<T, RowError>, errors: &mut Vec<RowError>) -> Option<T> {
    value.map_err(|error| errors.push(error)).ok()
}

fn object(text: &str) -> Result<Map<String, Value>, limits::Invalid> {
    let wrong = |_| limits::Invalid("is not a JSON object such as {\"city\": \"Kazan\"}".to_owned());
    serde_json::from_str(text).map_err(wrong)
}

/// Attributes as they are kept.
fn limited(attributes: &Map<String, Value>) -> Result<Arc<str>, limits::Invalid> {
    limits::attributes(&serde_json::to_string(attributes).unwrap_or_default())
}

/// Attributes with the cells of other columns, as far as there is room for them. A name that the attributes have
/// already stays what it is there.
fn with_others<'a>(
    own: Map<String, Value>,
    own_text: Option<Arc<str>>,
    others: impl Iterator<Item = (&'a str, &'a str)>,
    repairs: &mut Vec<String>,
) -> Option<Arc<str>> {
    let (mut all, mut kept) = (own, own_text);
    for (name, text) in others {
        if all.contains_key(name) {
            repairs.push(format!("column \"{name}\" was left out: the attributes have another value of that name"));
            continue;
        }
        all.insert(name.to_owned(), Value::from(text));
        match limited(&all) {
            Ok(more) => kept = Some(more),
            Err(_) => {
                all.remove(name);
                repairs.push(format!("column \"{name}\" was left out: attributes have room for 16384 bytes"));
            }
        }
    }
    kept
}

/// Sources by id and by name, with how each reads phones.
struct Sources {
    by_id: HashMap<i64, PhoneRules>,
    by_name: HashMap<String, i64>,
    /// Names without letter case; none where two sources have the same.
    by_folded: HashMap<String, Option<i64>>,
}

impl Sources {
    fn new(sources: &[Source]) -> Self {
        let mut by_folded = HashMap::new();
        for source in sources {
            let id = by_folded.entry(folded(&source.name)).or_insert(Some(source.id.0));
            *id = id.filter(|id| *id == source.id.0);
        }
        Self {
            by_id: sources.iter().map(|source| (source.id.0, PhoneRules::of_source(source))).collect(),
            by_name: sources.iter().map(|source| (source.name.to_string(), source.id.0)).collect(),
            by_folded,
        }
    }

    fn find(&self, id: Option<&str>, name: Option<&str>) -> Result<(SourceId, PhoneRules), RowError> {
        match (id, name) {
            (Some(id), _) => {
                let id = id.parse::<i64>().map_err(|_| RowError::SourceId(id.to_owned()))?;
                self.with_id(id).ok_or(RowError::UnknownSourceId(id))
            }
            (None, Some(name)) => self.named(name).ok_or_else(|| RowError::UnknownSource(name.to_owned())),
            (None, None) => Err(RowError::NoSource),
        }
    }

    /// By a name, else by an id.
    fn named(&self, text: &str) -> Option<(SourceId, PhoneRules)> {
        let by_folded = || self.by_folded.get(&folded(text)).copied().flatten();
        let id = self.by_name.get(text).copied().or_else(by_folded).or_else(|| text.parse().ok());
        id.and_then(|id| self.with_id(id))
    }

    fn with_id(&self, id: i64) -> Option<(SourceId, PhoneRules)> {
        self.by_id.get(&id).map(|rules| (SourceId(id), *rules))
    }
}
