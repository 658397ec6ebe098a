//! What happened to a contact, the last thing first: its decisions, its end, and that it was changed. Decisions name
//! when and why; who did something by hand is not kept.

use crate::contacts::why::{self, Shown, Why};
use crate::shell::Viewer;
use crate::times;
use maitred_app::explained::Names;
use maitred_core::decision::{Cause, Decision};
use maitred_core::{Contact, OperatorId, Timestamp};
use maitred_store::views::Page;
use maitred_web::AppState;
use maitred_web::problem::Problem;

/// The decisions of one page of a story.
const DECISIONS: u32 = 10;

/// What happened.
pub struct Story {
    /// The last thing first.
    pub entries: Vec<Entry>,
    /// Where its earlier part is.
    pub earlier: Option<String>,
    /// Whether the last part is not in it.
    pub is_earlier: bool,
}

/// One thing that happened.
pub struct Entry {
    /// For its element.
    pub id: String,
    /// What.
    pub what: String,
    /// Who had it before, where that matters.
    pub from: Option<String>,
    /// Who got it, or that it waits.
    pub to: Option<String>,
    /// Whether it waits.
    pub waits: bool,
    /// When, as an element.
    pub at: String,
    /// How long ago, as an element.
    pub ago: String,
    /// Why, if it was a decision.
    pub why: Option<Why>,
    /// Whether the explanation is open from the start: that of the last decision is.
    pub is_open: bool,
}

impl Story {
    /// Reads the decisions before the one with this number, or the last ones.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn read(
        viewer: &Viewer,
        state: &AppState,
        contact: &Contact,
        before: Option<u32>,
    ) -> Result<Self, Problem> {
        let end = before.unwrap_or(contact.decisions).min(contact.decisions);
        let first = end.saturating_sub(DECISIONS);
        // One more, for whom the first of them took it from.
        let start = first.saturating_sub(1);
        let page = Page { limit: (end - start).max(1), after: Some(i64::from(start) - 1) };
        let chain = state.store().chain_page(contact.id, page).await?;
        let (links, names) = chain.map(|chain| (chain.links, chain.names)).unwrap_or_default();
        let names: Names = names.into_iter().collect();
        let mut entries = Vec::new();
        let mut last: Option<&Decision> = None;
        for link in &links {
            let decision = &link.decision;
            if decision.seq >= first && decision.seq < end {
                let why = Why::new(viewer, link, &names, &Shown::Near);
                let from = last.and_then(|last| last.outcome);
                entries.push(Entry::decided(viewer, decision, &names, why).from(viewer, from, decision, &names));
            }
            last = Some(decision);
        }
        if let Some(last) = entries.last_mut() {
            last.is_open = true;
        }
        if end == contact.decisions {
            entries.extend(ends(viewer, contact, last.map(|decision| decision.at)));
        }
        entries.reverse();
        let earlier = (first > 0).then(|| format!("/contacts/{}?before={first}", contact.id));
        Ok(Self { entries, earlier, is_earlier: end < contact.decisions })
    }
}

/// What happened after the last decision.
fn ends(viewer: &Viewer, contact: &Contact, last: Option<Timestamp>) -> impl Iterator<Item = Entry> {
    let resolved = contact.resolved_at;
    let known = [Some(contact.created_at), last, resolved].into_iter().flatten().max();
    let changed = Some(contact.updated_at).filter(|at| Some(*at) > known);
    let resolved = resolved.map(|at| Entry::plain(viewer, "resolved", viewer.t.t("story-resolved"), at));
    let changed = changed.map(|at| Entry::plain(viewer, "changed", viewer.t.t("story-changed"), at));
    resolved.into_iter().chain(changed)
}

impl Entry {
    fn plain(viewer: &Viewer, id: &str, what: String, at: Timestamp) -> Self {
        Self {
            id: format!("story-{id}"),
            what,
            from: None,
            to: None,
            waits: false,
            at: times::moment(&viewer.zone, at),
            ago: times::ago(viewer.t, viewer.now, at),
            why: None,
            is_open: false,
        }
    }

    /// A decision.
    #[must_use]
    pub fn decided(viewer: &Viewer, decision: &Decision, names: &Names, why: Why) -> Self {
        let t = viewer.t;
        let to = decision.outcome.map_or_else(|| t.t("story-waits"), |id| name(viewer, names, id));
        Self {
            to: Some(to),
            waits: decision.outcome.is_none(),
            why: Some(why),
            ..Self::plain(viewer, &decision.seq.to_string(), why::cause(t, decision.cause), decision.at)
        }
    }

    /// Says who had it before where somebody lost it.
    fn from(self, viewer: &Viewer, from: Option<OperatorId>, decision: &Decision, names: &Names) -> Self {
        use Cause::{ForcedByHand, OperatorDeleted, Released, TransferredByHand};
        let lost = [Released, OperatorDeleted, TransferredByHand, ForcedByHand].contains(&decision.cause);
        Self { from: from.filter(|_| lost).map(|id| name(viewer, names, id)), ..self }
    }
}

fn name(viewer: &Viewer, names: &Names, id: OperatorId) -> String {
    names.get(&id).map_or_else(|| viewer.t.n("operator-number", id.0), ToString::to_string)
}
