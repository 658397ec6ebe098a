//! Rows of a CSV file to submissions. Each good row carries a key made of its content, so that importing it again
//! finds the contact it made; equal rows of one file are told apart by counting them.

use crate::identity::{self, Collected, PhoneRules, Region};
use crate::regions::rules_of;
use maitred_core::command::Submit;
use maitred_core::idempotency::KeyDigest;
use maitred_core::limits::repair::{self, Repaired};
use maitred_core::{Source, SourceId, limits};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The columns that are looked at; others are left alone.
const COLUMNS: [&str; 9] = [
    "source_id",
    "source",
    "lead_external_id",
    "lead_phone",
    "lead_email",
    "lead_name",
    "message",
    "priority",
    "attributes",
];

/// How far blank lines are looked through at once.
const BLANK_BYTES: usize = 64;

/// One row of the file.
pub enum Row {
    /// Can be submitted, and what was changed in it for that.
    Right { submit: Box<Submit>, line: u64, repairs: Vec<String> },
    /// Cannot, and why.
    Wrong {
        /// Its line in the file, the header being line 1.
        line: u64,
        /// All that is wrong with it.
        errors: Vec<String>,
    },
}

/// Reads a file row by row.
pub struct Reader {
    csv: csv::Reader<File>,
    /// The same file once more, to count the blank lines before a row.
    again: BufReader<File>,
    /// Which column of the file each of [`COLUMNS`] is.
    columns: BTreeMap<&'static str, usize>,
    /// How many columns the first line names.
    width: usize,
    sources: Sources,
    region: Option<Region>,
    /// How often each row content was seen.
    seen: HashMap<KeyDigest, u32>,
}

impl Reader {
    /// Opens the file and reads its header.
    ///
    /// # Errors
    /// A sentence, when the file cannot be read or its header names no source or no identity.
    pub fn open(path: &Path, sources: &[Source], region: Option<Region>) -> Result<Self, String> {
        let open = || File::open(path).map_err(|e| format!("cannot read {}: {e}", path.display()));
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(open()?);
        let again = BufReader::with_capacity(BLANK_BYTES, open()?);
        let header = csv.headers().map_err(|e| format!("cannot read the header of {}: {e}", path.display()))?;
        let place = |name: &&str| header.iter().position(|h| h.trim().trim_start_matches('\u{feff}') == *name);
        let columns: BTreeMap<_, _> = COLUMNS.iter().filter_map(|name| Some((*name, place(name)?))).collect();
        check_header(&columns)?;
        let width = header.len();
        Ok(Self { csv, again, columns, width, sources: Sources::new(sources), region, seen: HashMap::new() })
    }

    /// How many bytes of the file were read.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.csv.position().byte()
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// A sentence, when the file cannot be read on.
    pub fn next_row(&mut self) -> Result<Option<Row>, String> {
        let mut record = csv::StringRecord::new();
        match self.csv.read_record(&mut record) {
            Ok(false) => Ok(None),
            Ok(true) => Ok(Some(self.row(&record))),
            Err(error) => match (error.kind(), error.position()) {
                (csv::ErrorKind::Utf8 { .. }, Some(start)) => {
                    let errors = vec!["is not UTF-8; save the file as UTF-8".to_owned()];
                    Ok(Some(Row::Wrong { line: self.line(start), errors }))
                }
                _ => Err(format!("the file cannot be read on: {error}")),
            },
        }
    }

    fn row(&mut self, record: &csv::StringRecord) -> Row {
        let mut repairs = Vec::new();
        let submit = self.submit(record, &mut repairs);
        let needs_line = submit.is_err() || !repairs.is_empty();
        let line = record.position().filter(|_| needs_line).map_or(0, |start| self.line(start));
        match submit {
            Ok(submit) => Row::Right { submit: Box::new(submit), line, repairs },
            Err(errors) => Row::Wrong { line, errors },
        }
    }

    /// The line that a row begins on. Where `csv` says it starts, what ended the row before may not be over: the second
    /// half of a CR LF, and blank lines.
    fn line(&mut self, start: &csv::Position) -> u64 {
        // What cannot be read twice (a pipe) gives the line that `csv` knows.
        start.line() + line_ends_at(&mut self.again, start.byte()).unwrap_or_default()
    }

    fn submit(&mut self, record: &csv::StringRecord, repairs: &mut Vec<String>) -> Result<Submit, Vec<String>> {
        let columns = &self.columns;
        let text = |name| columns.get(name).and_then(|at| record.get(*at)).map(str::trim).filter(|t| !t.is_empty());
        let mut errors = Vec::new();
        if record.iter().skip(self.width).any(|field| !field.trim().is_empty()) {
            let (fields, columns) = (record.len(), self.width);
            errors.push(format!("has {fields} fields for {columns} columns; put texts with commas in quotes"));
        }
        let source = keep(self.sources.find(text("source_id"), text("source")), &mut errors);
        let rules = source.map(|source| source.1).unwrap_or_default();
        let rules = PhoneRules { region: rules.region.or(self.region), ..rules };
        let mut repaired = Repairs(repairs);
        let sent = ["lead_external_id", "lead_phone", "lead_email"]
            .map(|name| text(name).and_then(|text| repaired.take(name, repair::identity(text))));
        let submit = Submit {
            lead_name: text("lead_name").and_then(|text| repaired.take("lead_name", repair::name(text))),
            message: text("message").map(|text| repaired.take("message", repair::message(text))),
            priority: text("priority").map_or(0, |text| repaired.take("priority", repair::priority(text))),
            attributes: checked("attributes", text("attributes"), attributes, &mut errors),
            ..Submit::new(source.map_or(SourceId(0), |source| source.0), Vec::new())
        };
        let collected = identity::collect_sent(&sent, rules).unwrap_or_else(|wrong| {
            errors.extend(wrong.into_iter().map(|(kind, why)| format!("lead_{} {why}", kind.as_str())));
            Collected::default()
        });
        let submit = collected.put_into(submit);
        if errors.is_empty() {
            Ok(Submit { idempotency_key: Some(self.idempotency_key(&submit)), ..submit })
        } else {
            Err(errors)
        }
    }

    /// The key of a row: what it says, and how many rows of the file said the same before it.
    fn idempotency_key(&mut self, submit: &Submit) -> KeyDigest {
        let content = digest(&content(submit));
        let before = self.seen.entry(content).or_default();
        *before += 1;
        let mut key = content.to_vec();
        key.extend(before.to_le_bytes());
        shortened(&Sha256::digest(&key))
    }
}

/// What a row says, in a form that stays: keys of imports long ago are made of it.
fn content(submit: &Submit) -> String {
    let mut identities: Vec<_> = submit.identities.iter().chain(&submit.unusable).collect();
    identities.sort_by_key(|identity| identity.kind);
    let identities: Vec<_> = identities.into_iter().map(|i| (i.kind.as_str(), i.value.to_string())).collect();
    let Submit { source, lead_name, message, priority, attributes, .. } = submit;
    let texts = [lead_name, message, attributes].map(Option::as_deref);
    serde_json::json!([source.0, identities, priority, texts]).to_string()
}

fn digest(text: &str) -> KeyDigest {
    shortened(&Sha256::digest(format!("maitred import 1\n{text}")))
}

fn shortened(digest: &[u8]) -> KeyDigest {
    std::array::from_fn(|at| digest[at])
}

/// How many line ends follow this place at once.
fn line_ends_at(file: &mut BufReader<impl Read + Seek>, byte: u64) -> io::Result<u64> {
    file.seek(SeekFrom::Start(byte))?;
    let mut ends = 0;
    for byte in file.bytes() {
        match byte? {
            b'\n' => ends += 1,
            b'\r' => {}
            _ => break,
        }
    }
    Ok(ends)
}

fn check_header(columns: &BTreeMap<&'static str, usize>) -> Result<(), String> {
    let known = COLUMNS.join(", ");
    if !columns.contains_key("source_id") && !columns.contains_key("source") {
        return Err(format!("the first line names no column source_id or source; columns that are known: {known}"));
    }
    if !["lead_external_id", "lead_phone", "lead_email"].iter().any(|name| columns.contains_key(name)) {
        return Err(format!("the first line names no column that says who it is; columns that are known: {known}"));
    }
    Ok(())
}

/// Collects what was changed in a row.
struct Repairs<'a>(&'a mut Vec<String>);

impl Repairs<'_> {
    fn take<T>(&mut self, column: &str, repaired: Repaired<T>) -> T {
        self.0.extend(repaired.notes.iter().map(|note| format!("{column} {note}")));
        repaired.value
    }
}

fn keep<T>(value: Result<T, String>, errors: &mut Vec<String>) -> Option<T> {
    value.map_err(|error| errors.push(error)).ok()
}

fn checked<T>(
    column: &str,
    text: Option<&str>,
    check: impl FnOnce(&str) -> Result<T, limits::Invalid>,
    errors: &mut Vec<String>,
) -> Option<T> {
    text.and_then(|text| keep(check(text).map_err(|why| format!("{column} {why}")), errors))
}

fn attributes(text: &str) -> Result<std::sync::Arc<str>, limits::Invalid> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)
        .map_err(|_| limits::Invalid("is not a JSON object such as {\"city\": \"Kazan\"}".to_owned()))?;
    limits::attributes(&serde_json::Value::Object(object).to_string())
}

/// Sources by id and by name, with how each reads phones.
struct Sources {
    by_id: HashMap<i64, PhoneRules>,
    by_name: HashMap<String, i64>,
}

impl Sources {
    fn new(sources: &[Source]) -> Self {
        Self {
            by_id: sources.iter().map(|source| (source.id.0, rules_of(source))).collect(),
            by_name: sources.iter().map(|source| (source.name.to_string(), source.id.0)).collect(),
        }
    }

    fn find(&self, id: Option<&str>, name: Option<&str>) -> Result<(SourceId, PhoneRules), String> {
        let id = match (id, name) {
            (Some(id), _) => id.parse::<i64>().map_err(|_| format!("source_id \"{id}\" is not a whole number"))?,
            (None, Some(name)) => {
                *self.by_name.get(name).ok_or(format!("there is no source \"{name}\"; create it first"))?
            }
            (None, None) => return Err("has no source_id and no source".to_owned()),
        };
        let rules = self.by_id.get(&id).ok_or(format!("there is no source {id}; create it first"))?;
        Ok((SourceId(id), *rules))
    }
}
