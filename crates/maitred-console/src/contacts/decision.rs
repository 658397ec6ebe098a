//! One decision, `/contacts/{id}/decisions/{seq}`: why, and everybody who was considered.

use crate::ConsoleState;
use crate::contacts::card::section;
use crate::contacts::story::Entry;
use crate::contacts::why::{self, Shown, Why, out};
use crate::forms::Form;
use crate::shell::{Page as Shell, Viewer};
use crate::times;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use maitred_app::explained::{Names, explain_part};
use maitred_core::policy::reasons;
use maitred_core::{ContactId, OperatorId};
use maitred_store::views::{ChainPart, Link, Page};
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::params::Ids;
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::unknown;
use maitred_web::routes::Routes;
use maitred_web::rules::{May, own};

/// The candidates of one page of a decision.
const CANDIDATES: usize = 500;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new().get("/contacts/{id}/decisions/{seq}", own(May::OwnContact), show)
}

/// One decision with everybody who was considered, a page at a time.
#[derive(Template)]
#[template(path = "contacts/decision.html")]
struct DecisionPage<'a> {
    seq: i64,
    page: Shell<'a>,
    contact: ContactId,
    entry: Entry,
    /// For an operator who did not get it: what was in the way.
    why_not_me: Option<String>,
    from: usize,
    to: usize,
    all: usize,
}

impl DecisionPage<'_> {
    /// Which of the candidates are shown.
    fn range(&self) -> String {
        let values = [("from", (self.from + 1).into()), ("to", self.to.into()), ("all", self.all.into())];
        self.page.t.with("candidates-range", values)
    }

    const fn before(&self) -> usize {
        self.from.saturating_sub(CANDIDATES)
    }
}

async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id, seq]): Ids<2>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Form::filled(serde_urlencoded::from_str::<Vec<_>>(&raw.unwrap_or_default()).unwrap_or_default());
    let from: usize = query.value("from").parse().unwrap_or(0);
    let nothing = || unknown("decision", &seq);
    let part = ChainPart::Page(Page { limit: 1, after: Some(seq.checked_sub(1).ok_or_else(nothing)?) });
    let shown = Shown::Places(from..from.saturating_add(CANDIDATES));
    let (of, me) = (viewer.clone(), caller()?.own_operator());
    let explained = explain_part(state.store(), ContactId(id), part, move |chain| {
        let link = chain.links.first().filter(|link| i64::from(link.decision.seq) == seq)?;
        let names: Names = chain.names.iter().cloned().collect();
        Some(Explained::new(&of, link, &names, &shown, me))
    });
    let Explained { cause, all, why_not_me, entry } = explained.await?.flatten().ok_or_else(nothing)?;
    let title = format!("{}: {cause}", viewer.t.n("contact-number", id));
    let page = viewer.page(title, section(&viewer));
    let (from, to) = (from.min(all), from.saturating_add(CANDIDATES).min(all));
    viewer.show(&DecisionPage { seq, page, contact: ContactId(id), entry, why_not_me, from, to, all })
}

/// What is said of a decision.
struct Explained {
    cause: String,
    /// How many were considered.
    all: usize,
    why_not_me: Option<String>,
    entry: Entry,
}

impl Explained {
    fn new(viewer: &Viewer, link: &Link, names: &Names, shown: &Shown, me: Option<OperatorId>) -> Self {
        let why = Why::new(viewer, link, names, shown);
        Self {
            cause: why::cause(viewer.t, link.decision.cause),
            all: why.all(),
            why_not_me: me.and_then(|me| why_not(viewer, link, names, me)),
            entry: Entry::decided(viewer, &link.decision, names, why),
        }
    }
}

/// Why somebody did not get it from the policy; none if they did, or if no policy was asked.
fn why_not(viewer: &Viewer, link: &Link, names: &Names, me: OperatorId) -> Option<String> {
    let (t, zone) = (viewer.t, &viewer.zone);
    let decision = &link.decision;
    let pool = link.pool.as_ref()?.as_ref().ok().filter(|_| decision.outcome != Some(me))?;
    let Some(place) = pool.candidates().iter().position(|candidate| candidate.operator == me) else {
        return Some(t.t("why-not-me-elsewhere"));
    };
    match reasons(pool, &decision.rule).get(place)? {
        Some(reason) => {
            let until = reason.until.map(|at| format!(" {} {}", t.t("operator-until"), times::plain(zone, at)));
            Some(t.of("why-not-me-out", &(out(t, reason.why) + &until.unwrap_or_default())))
        }
        None => Some(t.of("why-not-me-other", names.get(&decision.outcome?)?)),
    }
}
