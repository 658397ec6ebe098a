//! Who would get a contact of a source at a moment.

use crate::forms::Form;
use crate::shell::Viewer;
use crate::sources::weights::percent;
use crate::texts::Texts;
use crate::times;
use maitred_app::availability::ReasonAgainst;
use maitred_app::coverage::{Coverage, Person};
use maitred_core::opening::Closed;
use maitred_core::{OperatorId, Source, SourceId};
use maitred_web::AppState;
use maitred_web::params;
use maitred_web::problem::Problem;
use std::sync::Arc;

/// The most operators that are shown, those who may get it first.
const PEOPLE_MAX: usize = 200;

/// An answer in words.
pub(super) struct Who {
    pub(super) source: Source,
    /// As html.
    pub(super) at: String,
    /// Why it would wait, or where it would go.
    pub(super) says: String,
    pub(super) would_wait: bool,
    /// When the source opens, as html.
    pub(super) opens: Option<String>,
    pub(super) goes_to: Option<Source>,
    pub(super) people: Vec<Row>,
    pub(super) more: usize,
}

/// One operator.
pub(super) struct Row {
    pub(super) id: OperatorId,
    pub(super) name: Arc<str>,
    pub(super) weight: u32,
    pub(super) share: String,
    /// Each reason with its end, as html.
    pub(super) reasons: Vec<(String, Option<String>)>,
}

impl Who {
    /// What a form asks; nothing if it asks nothing.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn read(viewer: &Viewer, state: &AppState, form: &mut Form) -> Result<Option<Self>, Problem> {
        let t = viewer.t;
        let Some(id) = form.read_if_given(t, "source_id", "rule-choice", params::id) else { return Ok(None) };
        let at = form.read_if_given(t, "at", "rule-time", |text| times::read(&viewer.zone, text));
        let at = at.unwrap_or(viewer.now);
        let Some(coverage) = Coverage::read(state.store(), SourceId(id), at, viewer.now).await? else {
            form.fail("source_id", t.t("rule-choice"));
            return Ok(None);
        };
        Ok(form.is_fine().then(|| Self::new(viewer, coverage)))
    }

    fn new(viewer: &Viewer, coverage: Coverage) -> Self {
        let t = viewer.t;
        let mut people: Vec<&Person> = coverage.people.iter().collect();
        people.sort_by(|a, b| (b.share.unwrap_or_default()).total_cmp(&a.share.unwrap_or_default()));
        people.sort_by_key(|person| !person.reasons.is_empty());
        Self {
            at: times::moment(&viewer.zone, coverage.at),
            says: t.t(says(&coverage)),
            would_wait: coverage.would_wait(),
            opens: coverage.closed.and_then(|closed| closed.until).map(|at| times::moment(&viewer.zone, at)),
            more: people.len().saturating_sub(PEOPLE_MAX),
            people: people.into_iter().take(PEOPLE_MAX).map(|person| row(viewer, person)).collect(),
            goes_to: coverage.goes_to.map(|to| to.source),
            source: coverage.source,
        }
    }
}

fn says(coverage: &Coverage) -> &'static str {
    match coverage.closed.map(Closed::as_str) {
        _ if coverage.goes_to.is_some() => "check-who-moves",
        Some("source_capped") => "check-who-capped",
        Some(_) => "check-who-closed",
        None if coverage.would_wait() => "check-who-nobody",
        None => "check-who-somebody",
    }
}

fn row(viewer: &Viewer, person: &Person) -> Row {
    let t = viewer.t;
    let may = person.reasons.is_empty();
    let end = |it: &ReasonAgainst| it.until.map(|at| times::soon(t, &viewer.zone, viewer.now, at));
    Row {
        id: person.operator,
        name: person.name.clone(),
        weight: person.weight,
        share: match person.share {
            Some(share) if may => percent(t, share),
            None if may => t.t("check-who-by-load"),
            _ => String::new(),
        },
        reasons: person.reasons.iter().map(|it| (reason(t, it.word), end(it))).collect(),
    }
}

/// A reason at present: decisions say them of the past.
fn reason(t: Texts, word: &str) -> String {
    match word {
        "capped" => t.t("operator-capped"),
        "away" => t.t("operator-away"),
        _ => t.t(&format!("out-{}", word.replace('_', "-"))),
    }
}
