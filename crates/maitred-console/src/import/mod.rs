//! `/import`: contacts from a file that is uploaded, or from text that is pasted. First it is only read, and shown what
//! would become of it; then it is imported, with progress; then there is a report, and a file of the wrong rows.
//!
//! | where | what |
//! |---|---|
//! | `upload` | the file of a form, and how it goes from one page to the next |
//! | `check` | what would become of it |
//! | `run` | importing it, and the report |
//! | `words` | what is wrong with a file or a row, in the reader's language |
//!
//! The server keeps no file: the page of the check holds it, so that any node can go on, also after a restart. Files
//! are read by `maitred_app::import`, as `maitred import` does, so that a row that came by one way is known by the
//! other.

mod check;
mod run;
mod upload;
mod words;

pub(crate) use upload::FileForm;

use crate::ConsoleState;
use crate::forms::{Form, status};
use crate::shell::{Page as Shell, Section, Viewer};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_core::Source;
use maitred_store::Store;
use maitred_store::views::{PAGE_ROWS_MAX, Page};
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;

/// Encodings to choose from, besides those that are recognised: by name, and the languages that are written in it.
const ENCODINGS: [(&str, &str); 3] =
    [("windows-1251", "import-cyrillic"), ("windows-1252", "import-western"), ("koi8-r", "import-koi8")];

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/import", STAFF, blank).post("/import", STAFF, check::check).post("/import/run", STAFF, run::run)
}

#[derive(Template)]
#[template(path = "import/upload.html")]
struct UploadPage<'a> {
    page: Shell<'a>,
    form: &'a Form,
    sources: &'a [Source],
}

impl UploadPage<'_> {
    fn encodings(&self) -> impl Iterator<Item = (&'static str, String)> {
        let t = self.page.t;
        ENCODINGS.into_iter().map(move |(name, key)| (name, format!("{} ({name})", t.t(key))))
    }

    fn is_chosen(&self, field: &str, value: &str) -> bool {
        self.form.value(field) == value
    }

    fn mib_max(&self) -> usize {
        upload::FILE_BYTES_MAX / (1_024 * 1_024)
    }
}

async fn blank(viewer: Viewer, State(state): State<AppState>) -> Result<Response, Problem> {
    show_with(&viewer, &state, &Form::default()).await
}

async fn show_with(viewer: &Viewer, state: &AppState, form: &Form) -> Result<Response, Problem> {
    let sources = sources(state.store()).await?;
    let page = viewer.page(viewer.t.t("import-title"), Section::Contacts);
    viewer.show_as(status(form), &UploadPage { page, form, sources: &sources })
}

/// All sources, by id.
async fn sources(store: &Store) -> Result<Vec<Source>, Problem> {
    let mut all: Vec<Source> = Vec::new();
    loop {
        let after = all.last().map(|source| source.id.0);
        let page = store.sources(Page { limit: PAGE_ROWS_MAX, after }).await?;
        let is_last = page.len() < PAGE_ROWS_MAX as usize;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}
