//! What would become of a file: how its columns are read, its first rows as they will be stored, what is repaired or
//! set aside, what is wrong, and what was imported before.

use super::upload::{FileForm, packed, source};
use super::{show_with, sources, words};
use crate::forms::Form;
use crate::shell::{Page as Shell, Section, Viewer};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_app::identity::{PhoneRules, spelled};
use maitred_app::import::{Reader, Reading, Row, RowError, Unreadable};
use maitred_core::command::Submit;
use maitred_core::idempotency::KeyDigest;
use maitred_core::{Source, SourceId};
use maitred_web::AppState;
use maitred_web::problem::Problem;
use std::collections::BTreeMap;
use std::io::Cursor;

/// Rows that are shown as they will be stored.
const FIRST_ROWS: usize = 10;
/// Wrong rows that are listed, and rows in which something is repaired.
pub(super) const LISTED_MAX: usize = 100;
/// Characters of a message that are shown.
const MESSAGE_CHARS: usize = 80;

/// What a file says.
#[derive(Default)]
struct Checked {
    right: u64,
    /// The first wrong rows by line; and how many there are.
    wrong: Vec<(u64, Vec<RowError>)>,
    wrong_count: u64,
    /// The first rows in which something is repaired, with the columns.
    repaired: Vec<(u64, String)>,
    repaired_count: u64,
    /// Rows with values that identify nobody.
    aside: u64,
    first: Vec<First>,
    /// Of each right row, the keys that it may be known by.
    keys: Vec<Vec<KeyDigest>>,
    renamed: Vec<(&'static str, String)>,
    in_attributes: Vec<String>,
}

/// A row as it will be stored.
struct First {
    line: u64,
    source: String,
    name: String,
    identities: Vec<String>,
    aside: Vec<String>,
    message: String,
    attributes: String,
}

impl Checked {
    fn of(text: Vec<u8>, sources: &[Source], rules: PhoneRules, source: Option<&str>) -> Result<Self, Unreadable> {
        let reading = Reading { sources, rules, encoding: None, source };
        let mut rows = Reader::of(Cursor::new(text), &reading)?;
        let (renamed, in_attributes) = (rows.renamed_columns(), rows.attribute_columns());
        let mut checked = Self { renamed, in_attributes, ..Self::default() };
        let names: BTreeMap<SourceId, &str> = sources.iter().map(|source| (source.id, &*source.name)).collect();
        while let Some(row) = rows.next_row().map_err(Unreadable::Io)? {
            checked.note(row, &names);
        }
        Ok(checked)
    }

    fn note(&mut self, row: Row, names: &BTreeMap<SourceId, &str>) {
        match row {
            Row::Wrong { line, errors } => {
                self.wrong_count += 1;
                if self.wrong.len() < LISTED_MAX {
                    self.wrong.push((line, errors));
                }
            }
            Row::Right { submit, line, repairs, .. } => {
                self.right += 1;
                self.note_repairs(line, &repairs);
                self.aside += u64::from(!submit.unusable.is_empty());
                let keys = submit.idempotency_key.iter().chain(&submit.known_as).chain(&submit.earlier);
                self.keys.push(keys.copied().collect());
                if self.first.len() < FIRST_ROWS {
                    self.first.push(First::of(line, &submit, names));
                }
            }
        }
    }

    fn note_repairs(&mut self, line: u64, repairs: &[String]) {
        if repairs.is_empty() {
            return;
        }
        self.repaired_count += 1;
        if self.repaired.len() < LISTED_MAX {
            // A repair begins with the name of its column.
            let columns: Vec<&str> = repairs.iter().filter_map(|repair| repair.split(' ').next()).collect();
            self.repaired.push((line, columns.join(", ")));
        }
    }
}

impl First {
    fn of(line: u64, submit: &Submit, names: &BTreeMap<SourceId, &str>) -> Self {
        let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
        Self {
            line,
            source: names.get(&submit.source).map_or(String::new(), |name| (*name).to_owned()),
            name: text(&submit.lead_name),
            identities: submit.identities.iter().chain(&submit.also).map(spelled).collect(),
            aside: submit.unusable.iter().map(|it| it.value.to_string()).collect(),
            message: text(&submit.message).chars().take(MESSAGE_CHARS).collect(),
            attributes: text(&submit.attributes).chars().take(MESSAGE_CHARS).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "import/check.html")]
struct CheckPage<'a> {
    page: Shell<'a>,
    checked: &'a Checked,
    /// Rows that were imported before, whether or not they say something else now.
    known: u64,
    packed: String,
    form: &'a Form,
}

impl CheckPage<'_> {
    fn wrong(&self) -> impl Iterator<Item = (u64, String)> {
        self.checked.wrong.iter().map(|(line, errors)| (*line, words::of_errors(self.page.t, errors)))
    }
}

/// `POST /import`: changes nothing.
pub(super) async fn check(
    viewer: Viewer,
    State(state): State<AppState>,
    mut file: FileForm,
) -> Result<Response, Problem> {
    let Some(text) = file.text(viewer.t) else { return show_with(&viewer, &state, &file.form).await };
    let sources = sources(state.store()).await?;
    let source = source(&file.form, &sources).map(str::to_owned);
    let rules = state.regions().rules_of_deployment();
    // A large file takes a second.
    let work = move || (packed(&text), Checked::of(text, &sources, rules, source.as_deref()));
    let (packed, checked) = tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?;
    let checked = match checked {
        Ok(checked) => checked,
        Err(why) => {
            file.form.fail("file", words::of_file(viewer.t, &why));
            return show_with(&viewer, &state, &file.form).await;
        }
    };
    let known = known(&state, &checked.keys).await?;
    let page = viewer.page(viewer.t.t("import-title"), Section::Contacts);
    viewer.show(&CheckPage { page, checked: &checked, known, packed, form: &file.form })
}

/// How many rows have a key by which something was imported before.
async fn known(state: &AppState, rows: &[Vec<KeyDigest>]) -> Result<u64, Problem> {
    let found = state.store().receipts(rows.concat()).await?;
    Ok(rows.iter().filter(|keys| keys.iter().any(|key| found.contains(key))).count() as u64)
}
