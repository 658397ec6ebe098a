//! Who would get the next contact of a source: a panel on its page.

use super::weights::percent;
use crate::roster::Named;
use crate::shell::Viewer;
use crate::texts::Texts;
use crate::why_waiting::WhyWaiting;
use askama::Template;
use maitred_app::preview::{Preview, Prospect};
use maitred_core::OperatorId;
use maitred_core::pool::Ineligibility;
use maitred_store::views::SourceBook;
use maitred_web::AppState;
use maitred_web::problem::Problem;
use std::sync::Arc;

/// Operators that are shown, those with the best chance first.
const OPERATORS: usize = 12;

/// The panel.
#[derive(Template)]
#[template(path = "sources/next.html")]
pub(super) struct Next {
    t: Texts,
    rows: Vec<Row>,
    /// Operators that are not shown.
    more: usize,
    waiting: u64,
    would_wait: bool,
    is_sticky: bool,
    /// What is in the way, as html.
    why: Option<String>,
    /// Who may get contacts now, and who next, as html; said already if somebody is in the way.
    roster: Option<String>,
}

struct Row {
    operator: OperatorId,
    name: Arc<str>,
    /// In words.
    chance: String,
    /// In percent.
    filled: f64,
    /// Why there is none.
    obstacle: Option<String>,
}

impl Next {
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn read(viewer: &Viewer, state: &AppState, book: &SourceBook) -> Result<Self, Problem> {
        let t = viewer.t;
        let back = format!("/sources/{}", book.source.id);
        let why = WhyWaiting::read(state, book, viewer.now).await?;
        let roster = Named::of_source(book, viewer.now);
        let roster = why.is_none().then(|| roster.html(t, viewer.now, "source-roster", false)).transpose()?;
        let preview = Preview::of(book, viewer.now);
        let would_wait = preview.would_wait();
        let mut prospects = preview.prospects;
        prospects.sort_by(|a, b| b.chance.total_cmp(&a.chance));
        Ok(Self {
            t,
            more: prospects.len().saturating_sub(OPERATORS),
            rows: prospects.into_iter().take(OPERATORS).map(|prospect| row(t, prospect)).collect(),
            waiting: book.counts.all_waiting(),
            would_wait,
            is_sticky: book.source.sticky,
            why: why.map(|why| why.html(t, viewer.now, &back)).transpose()?,
            roster,
        })
    }
}

fn row(t: Texts, prospect: Prospect) -> Row {
    let obstacle = prospect.candidate.ineligibility().map(|why| match why {
        Ineligibility::Inactive | Ineligibility::Paused => t.t("operator-off"),
        Ineligibility::OnLeave => t.t("shift-on-leave"),
        Ineligibility::OffShift => t.t("shift-off"),
        Ineligibility::HoursUnknown => t.t("shift-unknown"),
        Ineligibility::ZeroWeight => t.t("next-zero"),
        Ineligibility::Capped => t.t("operator-capped"),
        Ineligibility::Away => t.t("operator-away"),
        // The last three are about a contact, and there is none.
        Ineligibility::Full | Ineligibility::JustReleased | Ineligibility::Tried | Ineligibility::Ahead => {
            t.t("operator-full")
        }
    });
    Row {
        operator: prospect.candidate.operator,
        name: prospect.name,
        chance: percent(t, prospect.chance),
        filled: (prospect.chance * 1e3).round() / 10.0,
        obstacle,
    }
}
