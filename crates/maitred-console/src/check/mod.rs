//! `/check`: what is wrong with the configuration, with how to fix it; and who would get a contact of a source at a
//! moment. The checks are in [`maitred_app::lint`]. The board names the sources that nobody serves, which [`uncovered`]
//! reads for it.

pub(crate) mod says;
pub(crate) mod uncovered;
mod who;

use crate::ConsoleState;
use crate::contacts::choices::Choices;
use crate::forms::{Form, status};
use crate::shell::{Page as Shell, Section, Viewer};
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::lint::{Finding, Places, Severity};
use maitred_core::Timestamp;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use who::Who;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/check", STAFF, show)
}

#[derive(Template)]
#[template(path = "check/check.html")]
struct CheckPage<'a> {
    page: Shell<'a>,
    form: &'a Form,
    choices: &'a Choices,
    /// Who would get a contact, if somebody asks.
    who: Option<Who>,
    rows: Vec<Row>,
}

/// A finding in words.
struct Row {
    severity: Severity,
    tag: String,
    text: String,
    fix: String,
    href: String,
    name: String,
    /// Whether it goes on since its beginning, or that is to come.
    from_word: String,
    /// From when, and until when, as html.
    from: Option<String>,
    until: Option<String>,
}

impl Row {
    fn new(viewer: &Viewer, finding: &Finding) -> Self {
        let t = viewer.t;
        let severity = finding.fault.severity();
        let moment = |at: Timestamp| times::soon(t, &viewer.zone, viewer.now, at);
        Self {
            severity,
            tag: t.t(&format!("check-is-{}", severity.as_str())),
            text: says::text(t, finding),
            fix: says::fix(t, &finding.fault),
            href: says::href(finding),
            name: finding.name.to_string(),
            from_word: t.t(match finding.from {
                Some(from) if from > viewer.now => "check-from",
                _ => "check-since",
            }),
            from: finding.from.map(moment),
            until: finding.until.map(moment),
        }
    }

    fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn is_warning(&self) -> bool {
        self.severity == Severity::Warning
    }
}

/// `GET /check`
async fn show(viewer: Viewer, State(state): State<AppState>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let mut form = Form::of_query(&raw.unwrap_or_default());
    let choices = Choices::read(&state).await?;
    // A time alone is asked of the source that the form begins with.
    if let Some(first) = choices.sources.first().filter(|_| !form.value("at").is_empty()) {
        form.fill("source_id", || first.id.to_string());
    }
    let who = Who::read(&viewer, &state, &mut form).await?;
    form.fill("at", || times::minute(&viewer.zone, viewer.now));
    let findings = Places::of(state.app()).check(viewer.now).await?;
    let rows = findings.iter().map(|finding| Row::new(&viewer, finding)).collect();
    let page = viewer.page(viewer.t.t("check-title"), Section::Board);
    viewer.show_as(status(&form), &CheckPage { page, form: &form, choices: &choices, who, rows })
}
