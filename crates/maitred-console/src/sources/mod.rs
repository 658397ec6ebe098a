//! Sources: where contacts come from, by which policy each shares them out, and the weights of those who serve it.
//!
//! | where | what |
//! |---|---|
//! | `list` | `/sources`: all of them in pages, and the matrix of weights while that is small |
//! | `order` | how that list is sorted |
//! | `one` | `/sources/{id}`: the weights of one as a table, and what they led to |
//! | `intake`, `intake_form` | `/sources/{id}/intake`: forms and hooks, how they are read, and what was received |
//! | `opening` | whether a source is open |
//! | `file` | sources and weights as files |
//! | `next` | who would get the next contact, a panel of that page |
//! | `phones` | `/sources/{id}/phones`: stored phones that could not be read, and reading them again |
//! | `settings` | adding, changing and deleting a source |
//! | `weights` | a cell of weights, and reading and saving a table of them |

mod file;
mod intake;
mod intake_form;
mod list;
mod next;
mod one;
mod opening;
mod order;
mod phones;
mod settings;
pub(super) mod weights;

use crate::ConsoleState;
use crate::forms::{Form, whole};
use crate::texts::Texts;
use maitred_app::identity::Region;
use maitred_app::intakes::settings::IntakeSettings;
use maitred_app::intakes::{has_intake, of_new};
use maitred_core::command::NewSource;
use maitred_core::conversation::{ConversationRules, WhenOpen};
use maitred_core::limits::{self, Invalid};
use maitred_core::offer::OfferRules;
use maitred_core::release::ReleaseRules;
use maitred_core::urgency::{self, AgeingStep, UrgencyRules};
use maitred_core::{Policy, Source, SourceId, SourceKind, reply_url};
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use std::sync::Arc;

pub(super) fn routes() -> Routes<ConsoleState> {
    Routes::new()
        .get("/sources", STAFF, list::show)
        .post("/sources", STAFF, list::save)
        .get("/sources.csv", STAFF, file::send)
        .get("/weights.csv", STAFF, file::send_weights)
        .get("/sources/new", STAFF, settings::blank)
        .post("/sources/new", STAFF, settings::create)
        .get("/sources/{id}", STAFF, one::show)
        .post("/sources/{id}", STAFF, one::save)
        .get("/sources/{id}/phones", STAFF, phones::show)
        .post("/sources/{id}/phones", STAFF, phones::read_again)
        .get("/sources/{id}/intake", STAFF, intake::show)
        .post("/sources/{id}/intake", STAFF, intake::save)
        .get("/sources/{id}/intake/rotate", STAFF, intake::ask_to_rotate)
        .post("/sources/{id}/intake/rotate", STAFF, intake::rotate)
        .post("/sources/{id}/intake/rerun", STAFF, intake::rerun)
        .get("/sources/{id}/settings", STAFF, settings::show)
        .post("/sources/{id}/settings", STAFF, settings::edit)
        .get("/sources/{id}/delete", STAFF, settings::ask)
        .post("/sources/{id}/delete", STAFF, settings::delete)
}

/// The kinds of source to choose from: word and name.
pub(super) fn kinds(t: Texts) -> impl Iterator<Item = (&'static str, String)> {
    SourceKind::ALL.into_iter().map(move |kind| (kind.as_str(), kind_name(t, kind)))
}

/// The policies to choose from: word, name, and what it does.
pub(super) fn policies(t: Texts) -> impl Iterator<Item = (&'static str, String, String)> {
    Policy::ALL.into_iter().map(move |policy| {
        let about = format!("policy-about-{}", policy.as_str().replace('_', "-"));
        (policy.as_str(), policy_name(t, policy), t.t(&about))
    })
}

fn kind_name(t: Texts, kind: SourceKind) -> String {
    t.t(&format!("kind-{}", kind.as_str()))
}

/// In which country phones of a source are read, in words: its own, or the server's; none if there is neither.
fn country(t: Texts, source: &Source, of_server: Option<Region>) -> Option<String> {
    let own = source.default_region.as_deref().map(|region| t.of("source-phones", region));
    own.or_else(|| of_server.map(|region| t.of("source-phones-by-server", &region.to_string())))
}

fn policy_name(t: Texts, policy: Policy) -> String {
    t.t(&format!("policy-{}", policy.as_str().replace('_', "-")))
}

/// What the form of a source says, if all of it is right.
pub(super) fn new_source(t: Texts, form: &mut Form) -> Option<NewSource> {
    let name = form.read(t, "name", "rule-name", limits::name);
    let description = form.read(t, "description", "rule-description", description);
    let default_region = form.read(t, "default_region", "rule-region", region);
    let id_space = form.read(t, "id_space", "rule-id-space", id_space);
    let reply_url = form.read(t, "reply_url", "rule-reply-url", reply_url);
    let offers = offers(t, form);
    let releases = releases(t, form);
    let urgency = urgency(t, form);
    let reopen = |text: &str| limits::reopen_seconds(whole(text)?);
    let reopen_within_s = form.read_if_given(t, "reopen_within_s", "rule-reopen-seconds", reopen);
    let kind = SourceKind::ALL.into_iter().find(|kind| kind.as_str() == form.value("kind"));
    let policy = Policy::ALL.into_iter().find(|policy| policy.as_str() == form.value("policy"));
    let kind = kind.unwrap_or_default();
    let when_open = WhenOpen::ALL.into_iter().find(|it| it.as_str() == form.value("when_open"));
    Some(NewSource {
        name: name?,
        description: description?,
        kind,
        policy: policy.unwrap_or_default(),
        sticky: form.is_ticked("sticky"),
        default_region: default_region?,
        id_space: id_space?,
        reply_url: reply_url?,
        demo: false,
        short_phones: form.is_ticked("short_phones"),
        hides_names: form.is_ticked("hides_names"),
        offers,
        hours: None,
        releases,
        urgency,
        conversation: ConversationRules { when_open: when_open.unwrap_or(WhenOpen::of_kind(kind)), reopen_within_s },
        fallback: form.value("fallback_source_id").parse().ok().map(SourceId),
        intake: None,
    })
}

/// A new source with an address, if its kind has one from the start.
pub(super) fn with_intake(new: NewSource) -> Result<NewSource, Problem> {
    let intake = has_intake(new.kind).then(|| of_new(new.kind, &IntakeSettings::default(), None)).transpose();
    Ok(NewSource { intake: intake.map_err(|error| Problem::internal(&error))?, ..new })
}

/// How contacts are offered: a field that is empty is none, and the rest its default.
fn offers(t: Texts, form: &mut Form) -> OfferRules {
    let seconds = |text: &str| limits::offer_seconds(whole(text)?);
    let count = |text: &str| limits::offer_count(whole(text)?);
    OfferRules {
        accept_within_s: form.read_if_given(t, "accept_within_s", "rule-offer-seconds", seconds),
        retry_after_s: form
            .read_if_given(t, "retry_after_s", "rule-offer-seconds", seconds)
            .unwrap_or(OfferRules::RETRY_AFTER_S_DEFAULT),
        pause_after_misses: form.read_if_given(t, "pause_after_misses", "rule-offer-count", count),
        escalate_after_rounds: form.read_if_given(t, "escalate_after_rounds", "rule-offer-count", count),
        declines_are_free: form.is_ticked("declines_are_free"),
    }
}

/// When contacts of operators who left go to others: a field that is empty is never.
fn releases(t: Texts, form: &mut Form) -> ReleaseRules {
    let mut seconds =
        |name| form.read_if_given(t, name, "rule-release-seconds", |text| limits::release_seconds(whole(text)?));
    ReleaseRules { away_release_s: seconds("away_release_s"), shift_end_release_s: seconds("shift_end_release_s") }
}

/// How soon contacts are to be answered: a field that is empty is none.
fn urgency(t: Texts, form: &mut Form) -> UrgencyRules {
    let seconds = |text: &str| limits::respond_seconds(whole(text)?);
    let steps = |text: &str| urgency::ageing_steps(&typed_steps(text)?);
    let priority = |text: &str| limits::priority(whole(&text.replace('\u{2212}', "-"))?);
    UrgencyRules {
        respond_within_s: form.read_if_given(t, "respond_within_s", "rule-respond-seconds", seconds),
        ageing: form.read_if_given(t, "ageing", "rule-ageing", steps).unwrap_or_default(),
        escalate_priority: form.read_if_given(t, "escalate_priority", "rule-priority", priority),
    }
}

/// Steps as lines: seconds and a priority each.
fn typed_steps(text: &str) -> Result<Vec<(i64, i64)>, Invalid> {
    let wrong = || Invalid("is no list of seconds and priorities".to_owned());
    let step = |line: &str| {
        let line = line.replace('\u{2212}', "-").replace([':', ',', ';', '\t'], " ");
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [after_s, priority] => Some((after_s.parse().ok()?, priority.parse().ok()?)),
            _ => None,
        }
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| step(line).ok_or_else(wrong)).collect()
}

/// Steps as they are typed.
fn shown_steps(steps: &[AgeingStep]) -> String {
    steps.iter().map(|step| format!("{} {}", step.after_s, step.priority)).collect::<Vec<_>>().join("\n")
}

/// A form ends its lines as no other text does (HTML, 4.10.22.4).
fn description(text: &str) -> Result<Arc<str>, Invalid> {
    limits::description(&text.replace("\r\n", "\n"))
}

/// An empty one is that of the kind, or the source's own.
fn id_space(text: &str) -> Result<Option<Arc<str>>, Invalid> {
    if text.trim().is_empty() { Ok(None) } else { limits::name(text).map(Some) }
}

/// An empty one is none.
fn reply_url(text: &str) -> Result<Option<Arc<str>>, Invalid> {
    if text.is_empty() { Ok(None) } else { reply_url::reply_url(text).map(Some) }
}

/// An empty one falls back to the region of the deployment.
fn region(text: &str) -> Result<Option<Arc<str>>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    Region::try_from(text).map(|region| Some(region.to_string().into()))
}
