//! `/sources/{id}/phones`: stored phones of a source's leads that could not be read, what they mean now, and reading
//! them again.

use crate::shell::{Page as Shell, Section, Viewer, see_other};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_app::identity::spelled;
use maitred_app::reread::{self, Example, Place, Preview};
use maitred_core::{Command, Identity, LeadId, Outcome, Source, SourceId};
use maitred_web::caller::caller;
use maitred_web::params::{self, Ids, Params};
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::{AppState, unexpected};

#[derive(Template)]
#[template(path = "sources/phones.html")]
struct PhonesPage<'a> {
    page: Shell<'a>,
    source: &'a Source,
    preview: &'a Preview,
    /// What was read a moment ago.
    done: Option<i64>,
    is_under_way: bool,
}

impl PhonesPage<'_> {
    /// Phones that can be read now, those of other leads included.
    const fn meant(&self) -> u64 {
        self.preview.readable + self.preview.taken
    }

    fn spelled(&self, phone: &Identity) -> String {
        spelled(phone)
    }

    fn taken_by(&self, example: &Example) -> Option<LeadId> {
        example.taken_by
    }
}

pub(super) async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut params: Params,
) -> Result<Response, Problem> {
    let done = params.optional("read", params::id);
    params.optional("lang", |_| Ok(()));
    params.finish()?;
    let source = state.store().source(SourceId(id)).await?.ok_or_else(|| unknown("source", &id))?;
    let preview = reread::preview(Place::of(state.app()), source.id).await?;
    let is_under_way = state.store().rereading().await?.iter().any(|(other, _)| *other == source.id);
    let page = viewer.page(viewer.t.t("unread-title"), Section::Sources);
    viewer.show(&PhonesPage { page, source: &source, preview: &preview, done, is_under_way })
}

/// Reads them again: some now, the rest in the background.
pub(super) async fn read_again(State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let requester = caller()?.requester();
    let command = reread::step(Place::of(state.app()), SourceId(id), LeadId(0)).await?;
    match state.send(Command::RereadPhones(command), IN_PATH).await? {
        Outcome::Reread(source, done) => {
            if let Some(behind) = done.behind {
                reread::go_on(state.app(), requester, source, behind);
            }
            see_other(&format!("/sources/{id}/phones?read={}", done.read))
        }
        other => Err(unexpected(&other)),
    }
}

/// Whether some phones of a source can be read now: asked when its settings have changed.
pub(super) async fn is_any_readable(state: &AppState, source: SourceId) -> Result<bool, Problem> {
    let preview = reread::preview(Place::of(state.app()), source).await?;
    Ok(preview.readable + preview.taken > 0)
}
