//! What the form of an endpoint says: a URL, and which events it gets. Nothing ticked means all.

use crate::forms::{Form, whole};
use crate::texts::Texts;
use maitred_app::bitrix24;
use maitred_core::limits::Invalid;
use maitred_core::{EventKind, SourceId};
use maitred_store::endpoints::{Endpoint, EndpointFormat, Wanted};
use maitred_store::views::{PAGE_ROWS_MAX, Page as Rows};
use maitred_web::AppState;
use maitred_web::field::lists::event_kind;
use maitred_web::problem::Problem;
use maitred_webhooks::EndpointUrl;
use maitred_webhooks::bitrix24::is_portal;
use maitred_webhooks::message::dotted;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What there is to choose.
pub(super) struct Choices {
    pub kinds: Vec<KindGroup>,
    /// With their names.
    pub sources: Vec<(SourceId, Arc<str>)>,
}

/// Kinds of events that begin with the same word.
pub(super) struct KindGroup {
    /// The text with its name.
    pub key: String,
    /// The kind, and its type as messages have it.
    pub kinds: Vec<(String, String)>,
}

impl Choices {
    /// What there is to choose for a new endpoint, or one that has chosen already: that stays to be chosen, also a
    /// source that was deleted or is behind the last one that is listed. Without any, it would get the events of all.
    pub(super) async fn read(state: &AppState, endpoint: Option<&Endpoint>) -> Result<Self, Problem> {
        let listed = state.store().sources(Rows { limit: PAGE_ROWS_MAX, after: None }).await?;
        let mut sources: Vec<(SourceId, Arc<str>)> = listed.into_iter().map(|it| (it.id, it.name)).collect();
        let chosen = endpoint.and_then(|endpoint| endpoint.wanted.sources.as_deref()).unwrap_or_default();
        for id in chosen {
            if !sources.iter().any(|(listed, _)| listed == id) {
                sources.push((*id, format!("#{id}").into()));
            }
        }
        let mut kinds: Vec<KindGroup> = Vec::new();
        let words = EventKind::ALL.into_iter().map(EventKind::word);
        for word in words {
            let noun = word.split('_').next().unwrap_or_default();
            let key = match noun {
                "contact" | "operator" | "source" | "lead" => format!("endpoint-kinds-{noun}"),
                _ => "endpoint-kinds-other".to_owned(),
            };
            let kind = (word.clone(), dotted(&word));
            match kinds.iter_mut().find(|group| group.key == key) {
                Some(group) => group.kinds.push(kind),
                None => kinds.push(KindGroup { key, kinds: vec![kind] }),
            }
        }
        Ok(Self { kinds, sources })
    }
}

/// The form of an endpoint as it is stored.
pub(super) fn filled(endpoint: &Endpoint) -> Form {
    let url = ("url".to_owned(), shown_url(endpoint));
    let several = |name: &str, all: Vec<String>| {
        // That nothing is ticked is remembered as well.
        let all = if all.is_empty() { vec![String::new()] } else { all };
        all.into_iter().map(|value| (name.to_owned(), value)).collect::<Vec<_>>()
    };
    let (kinds, sources) = (several("kind", kinds(endpoint)), several("source", sources(endpoint)));
    Form::stored([url].into_iter().chain(kinds).chain(sources))
}

/// The URL of a CRM has a secret in it, and is not shown again.
fn shown_url(endpoint: &Endpoint) -> String {
    match endpoint.format {
        EndpointFormat::Events => endpoint.url.to_string(),
        EndpointFormat::Bitrix24 => String::new(),
    }
}

fn kinds(endpoint: &Endpoint) -> Vec<String> {
    endpoint.wanted.kinds.iter().flat_map(|kinds| kinds.iter()).map(|kind| kind.word()).collect()
}

fn sources(endpoint: &Endpoint) -> Vec<String> {
    endpoint.wanted.sources.iter().flat_map(|sources| sources.iter()).map(ToString::to_string).collect()
}

/// Takes in what somebody else changed since the form was shown.
pub(super) fn rebase(t: Texts, form: &mut Form, endpoint: &Endpoint) {
    form.rebase(t, "url", &shown_url(endpoint));
    form.rebase_all(t, "kind", &kinds(endpoint));
    form.rebase_all(t, "source", &sources(endpoint));
}

/// What a form says of an endpoint.
pub(super) struct Said {
    /// None if that of a CRM is to stay.
    pub url: Option<EndpointUrl>,
    pub format: EndpointFormat,
    pub wanted: Wanted,
}

/// What the form says, if all of it is right.
pub(super) fn read(
    state: &AppState,
    t: Texts,
    form: &mut Form,
    choices: &Choices,
    before: Option<&Endpoint>,
) -> Option<Said> {
    let chosen = EndpointFormat::ALL.into_iter().find(|format| format.as_str() == form.value("format"));
    let format = before.map_or_else(|| chosen.unwrap_or_default(), |endpoint| endpoint.format);
    let is_crm = format == EndpointFormat::Bitrix24;
    let stays = is_crm && before.is_some() && form.value("url").trim().is_empty();
    let rule = if is_crm { "rule-endpoint-portal" } else { "rule-endpoint-url" };
    let of_format = |text: &str| match EndpointUrl::parse(text)? {
        url if is_crm && !is_portal(url.as_str()) => Err(Invalid("is no inbound webhook of Bitrix24".to_owned())),
        url => Ok(url),
    };
    let url = if stays { None } else { form.read(t, "url", rule, of_format) };
    if url.as_ref().is_some_and(|url| state.app().webhooks().read_url(url.as_str()).is_err()) {
        form.fail("url", t.t("rule-endpoint-private"));
    }
    let kinds: Result<Vec<_>, _> = form.all("kind").map(event_kind).collect();
    let mut kinds = kinds.ok()?;
    kinds.sort_by_key(|kind| kind.code());
    let sources: BTreeSet<SourceId> = form.all("source").filter_map(|id| whole(id).ok()).map(SourceId).collect();
    let known = |id: &SourceId| choices.sources.iter().any(|(known, _)| known == id);
    let sources: Vec<_> = sources.into_iter().filter(known).collect();
    let sources = (!sources.is_empty()).then(|| sources.into());
    let wanted = match format {
        EndpointFormat::Events => Wanted { kinds: (!kinds.is_empty()).then(|| kinds.into()), sources },
        EndpointFormat::Bitrix24 => bitrix24::wanted(sources),
    };
    (form.is_fine() && (stays || url.is_some())).then_some(Said { url, format, wanted })
}
