//! `/sources/{id}/intake`: the address at which a source takes in what is sent without a key, how it reads that, and
//! what it received there. Reading and saving the form is in [`super::intake_form`].

use super::intake_form::{PATHS_SHOWN, Row, rebase, settings_of, shown_rules};
use crate::forms::{Form, status};
use crate::shell::confirm::Confirm;
use crate::shell::{Page as Shell, Section, Viewer, see_other};
use crate::times;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use maitred_app::intake::stamp::{FOREIGN_STAMP, HIDDEN_FIELD, TOO_FAST, TOO_OLD};
use maitred_app::intake::{NOBODY, UNANSWERED, run_again, run_all_again};
use maitred_app::intakes::settings::IntakeSettings;
use maitred_app::intakes::{Intakes, OpenIntake, new_token};
use maitred_app::version::{Precondition, Subject, Version};
use maitred_core::command::IntakeEdit;
use maitred_core::intake::{Intake, Payload, PayloadState};
use maitred_core::{Command, PayloadId, Source, SourceId, limits};
use maitred_mapping::mapping::Transform;
use maitred_mapping::{Mapping, Preset, Target, names};
use maitred_store::views::Page;
use maitred_web::AppState;
use maitred_web::caller::caller;
use maitred_web::intake::problem;
use maitred_web::params::{self, Ids, Params};
use maitred_web::problem::Problem;
use maitred_web::problem::refusals::{IN_PATH, unknown};
use serde_json::Value;

/// Payloads of each state on the page.
pub const SHOWN_MAX: u32 = 20;
/// Samples of which a preview shows what a mapping makes.
const PREVIEWED: usize = 3;
/// The longest value of a sample that is shown beside its path, in characters.
const SAMPLE_CHARS_MAX: usize = 40;

#[derive(Template)]
#[template(path = "sources/intake.html")]
struct IntakePage<'a> {
    page: Shell<'a>,
    form: &'a Form,
    source: &'a Source,
    /// The address, and whether it is one of a form.
    url: Option<String>,
    has_form: bool,
    has_secret: bool,
    needs_secret: bool,
    rows: Vec<Row>,
    /// Paths that the last payload has, with their values.
    paths: Vec<(String, String)>,
    lists: [List<'a>; 3],
    /// What the mapping in the form makes of samples.
    preview: Option<Vec<Vec<(String, String)>>>,
    /// How many contacts were made by the last press.
    done: Option<i64>,
}

/// Payloads of one state.
struct List<'a> {
    state: PayloadState,
    total: u64,
    payloads: &'a [Payload],
}

impl IntakePage<'_> {
    fn presets(&self) -> &'static [Preset] {
        Preset::all()
    }

    fn targets(&self) -> Vec<String> {
        Target::FIELDS.iter().map(Target::to_text).collect()
    }

    fn transforms(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        Transform::ALL.into_iter().map(|it| (it.as_str(), self.page.t.t(&format!("intake-transform-{}", it.as_str()))))
    }

    fn title_of(&self, list: &List<'_>) -> String {
        self.page.t.t(&format!("intake-{}", list.state.as_str()))
    }

    fn about(&self, list: &List<'_>) -> String {
        self.page.t.t(&format!("intake-{}-about", list.state.as_str()))
    }

    fn time(&self, payload: &Payload) -> String {
        times::moment(&self.page.viewer.zone, payload.received_at)
    }

    fn is_taken(&self, list: &List<'_>) -> bool {
        list.state == PayloadState::Taken
    }

    fn is_spam(&self, list: &List<'_>) -> bool {
        list.state == PayloadState::Spam
    }

    /// Why it is where it is, in the reader's language.
    fn reason(&self, payload: &Payload) -> String {
        let key = match &*payload.reason {
            NOBODY => "intake-why-nobody",
            UNANSWERED => "intake-why-unanswered",
            HIDDEN_FIELD => "intake-why-hidden",
            FOREIGN_STAMP => "intake-why-stamp",
            TOO_FAST => "intake-why-fast",
            TOO_OLD => "intake-why-old",
            _ => "intake-why-unreadable",
        };
        self.page.t.t(key)
    }

    fn pretty(&self, payload: &Payload) -> String {
        let value: Value = serde_json::from_str(&payload.body).unwrap_or_default();
        serde_json::to_string_pretty(&value).unwrap_or_default()
    }

    /// A line that sends a contact.
    fn curl(&self) -> String {
        let url = self.url.as_deref().unwrap_or_default();
        format!("curl {url} -H 'Accept: application/json' -d 'name=Anna' --data-urlencode 'phone=+79991234567'")
    }

    /// What is put into a page to show the form in a frame.
    fn frame(&self) -> String {
        let url = self.url.as_deref().unwrap_or_default();
        format!("<iframe src=\"{url}\" width=\"100%\" height=\"560\" style=\"border:0\"></iframe>")
    }

    /// A form of one's own.
    fn own_form(&self) -> String {
        let url = self.url.as_deref().unwrap_or_default();
        let site = url.split("/f/").next().unwrap_or_default();
        format!(
            "<form method=\"post\" action=\"{url}\">\n  <input name=\"name\">\n  \
             <input name=\"phone\" type=\"tel\" required>\n  <textarea name=\"message\"></textarea>\n  \
             <input name=\"_gotcha\" hidden>\n  <button>OK</button>\n</form>\n\
             <script src=\"{site}/f/form.js\" async></script>"
        )
    }
}

/// `GET /sources/{id}/intake`
pub(super) async fn show(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut params: Params,
) -> Result<Response, Problem> {
    let done = params.optional("taken", params::id);
    params.optional("lang", |_| Ok(()));
    params.finish()?;
    let source = source(&state, id).await?;
    let intake = state.store().intake(source.id).await?;
    let settings = intake.as_ref().map(|it| IntakeSettings::read(&it.settings)).unwrap_or_default();
    let form = super::intake_form::stored(&settings);
    show_with(&viewer, &state, &source, &form, None, done).await
}

async fn source(state: &AppState, id: i64) -> Result<Source, Problem> {
    state.store().source(SourceId(id)).await?.ok_or_else(|| unknown("source", &id))
}

async fn show_with(
    viewer: &Viewer,
    state: &AppState,
    source: &Source,
    form: &Form,
    mapping: Option<Mapping>,
    done: Option<i64>,
) -> Result<Response, Problem> {
    let intake = state.store().intake(source.id).await?;
    let settings = intake.as_ref().map(|it| IntakeSettings::read(&it.settings)).unwrap_or_default();
    let counts = state.store().payload_counts(source.id).await?;
    let mut all = Vec::new();
    for of_state in PayloadState::ALL {
        let page = Page { limit: SHOWN_MAX, after: None };
        all.push(state.store().payloads(source.id, of_state, page).await?);
    }
    let newest = all.iter().flatten().max_by_key(|payload| payload.id);
    let samples = || all.iter().flatten().take(PREVIEWED);
    let preview = mapping.map(|mapping| samples().map(|payload| previewed(&mapping, payload)).collect());
    let lists =
        PayloadState::ALL.map(|state| List { state, total: counts[state as usize], payloads: &all[state as usize] });
    let page = IntakePage {
        page: viewer.page(viewer.t.t("intake-title"), Section::Sources),
        form,
        source,
        url: intake.as_ref().and_then(|intake| url(viewer, state, intake, &settings)),
        has_form: settings.has_form,
        has_secret: intake.as_ref().is_some_and(|it| it.secret.is_some()),
        needs_secret: settings.known_preset().is_some_and(|preset| preset.check.needs_secret()),
        rows: shown_rules(form, &settings),
        paths: newest.map(paths_of).unwrap_or_default(),
        lists,
        preview,
        done,
    };
    viewer.show_as(status(form), &page)
}

/// The address as a whole, for those who may change it.
fn url(viewer: &Viewer, state: &AppState, intake: &Intake, settings: &IntakeSettings) -> Option<String> {
    let token = intake.token.as_deref().filter(|_| !viewer.only_reads())?;
    let base = state.app().public_url().unwrap_or(&viewer.origin);
    Some(format!("{base}/{}/{token}", if settings.has_form { "f" } else { "in" }))
}

/// What a mapping makes of a payload.
fn previewed(mapping: &Mapping, payload: &Payload) -> Vec<(String, String)> {
    let tree: Value = serde_json::from_str(&payload.body).unwrap_or_default();
    let whole = mapping.apply(&tree);
    let mapped =
        if whole.is_contact() { vec![whole] } else { mapping.items(tree).iter().map(|it| mapping.apply(it)).collect() };
    mapped.iter().flat_map(maitred_mapping::Mapped::shown).collect()
}

/// Where values are in a payload, to choose from.
fn paths_of(payload: &Payload) -> Vec<(String, String)> {
    let tree: Value = serde_json::from_str(&payload.body).unwrap_or_default();
    let mut paths = names::paths(&tree, PATHS_SHOWN);
    for (_, value) in &mut paths {
        *value = value.chars().take(SAMPLE_CHARS_MAX).collect();
    }
    paths
}

/// `POST /sources/{id}/intake`: saves how it is read, or shows what that would make of samples.
pub(super) async fn save(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    mut form: Form,
) -> Result<Response, Problem> {
    let source = source(&state, id).await?;
    let before =
        state.store().intake(source.id).await?.map(|it| IntakeSettings::read(&it.settings)).unwrap_or_default();
    rebase(viewer.t, &mut form, &before);
    let settings = settings_of(viewer.t, &mut form, before);
    let mapping = settings.mapping().unwrap_or_default();
    let secret = form.read_if_given(viewer.t, "intake_secret", "rule-intake-secret", limits::intake_secret);
    if form.value("do") == "preview" || !form.is_fine() {
        return show_with(&viewer, &state, &source, &form, Some(mapping), None).await;
    }
    let secret = if form.is_ticked("no_secret") { Some(None) } else { secret.map(Some) };
    let edit = IntakeEdit { token: None, settings: Some(settings.to_text().into()), secret };
    let unchanged = Precondition::of(Subject::Source(source.id), Version::of_source(&source));
    match state.send_if(Some(unchanged), Command::EditIntake(source.id, edit), IN_PATH).await {
        Ok(_) => see_other(&format!("/sources/{id}/intake")),
        Err(problem) => {
            form.refuse(viewer.t, problem)?;
            show_with(&viewer, &state, &source, &form, None, None).await
        }
    }
}

/// `GET /sources/{id}/intake/rotate`
pub(super) async fn ask_to_rotate(
    viewer: Viewer,
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
) -> Result<Response, Problem> {
    let source = source(&state, id).await?;
    let ask = Confirm {
        page: viewer.page(viewer.t.t("intake-rotate"), Section::Sources),
        what: &source.name,
        means: viewer.t.t("intake-rotate-about"),
        action: &format!("/sources/{id}/intake/rotate"),
        back: &format!("/sources/{id}/intake"),
    };
    ask.show(&viewer)
}

/// `POST /sources/{id}/intake/rotate`: makes an address, or replaces it.
pub(super) async fn rotate(State(state): State<AppState>, Ids([id]): Ids<1>) -> Result<Response, Problem> {
    let token = new_token().map_err(|error| Problem::internal(&error))?;
    let edit = IntakeEdit { token: Some(token), ..IntakeEdit::default() };
    state.send(Command::EditIntake(SourceId(id), edit), IN_PATH).await?;
    see_other(&format!("/sources/{id}/intake"))
}

async fn open(state: &AppState, id: i64) -> Result<OpenIntake, Problem> {
    let source = source(state, id).await?;
    Intakes::of_source(&source, state.store()).await?.ok_or_else(|| unknown("intake of source", &id))
}

/// `POST /sources/{id}/intake/rerun`: reads one payload again, or all that are unmapped.
pub(super) async fn rerun(State(state): State<AppState>, Ids([id]): Ids<1>, form: Form) -> Result<Response, Problem> {
    let intake = open(&state, id).await?;
    let contacts = match form.value("payload").parse() {
        Ok(payload) => match state.store().payload(intake.source, PayloadId(payload)).await? {
            Some(payload) => run_again(state.app(), &caller()?, &intake, &payload).await,
            None => Ok(Vec::new()),
        },
        Err(_) => run_all_again(state.app(), &caller()?, &intake).await,
    };
    let taken = contacts.map_err(problem)?.len();
    see_other(&format!("/sources/{id}/intake?taken={taken}#lists"))
}
