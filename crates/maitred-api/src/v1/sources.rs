//! Sources: where contacts come from, and the policy that distributes them. Who serves a source is in
//! [`super::weights`].

use super::intakes::{IntakeChange, intake_url, may_see_urls, url_of};
use super::source_fields::{
    ABOUT_AWAY_RELEASE, ABOUT_CALENDAR, ABOUT_FALLBACK, ABOUT_HIDES_NAMES, ABOUT_ID_SPACE, ABOUT_NO_RELEASE,
    ABOUT_OTHER_CALENDAR, ABOUT_OTHER_ID_SPACE, ABOUT_OTHER_REGION, ABOUT_REGION, ABOUT_REOPEN, ABOUT_REPLY_URL,
    ABOUT_SHIFT_END, ABOUT_SHORT_PHONES, ABOUT_WHEN_OPEN, REGION, REPLY_URL_EXAMPLE, SHIFT_END, STICKY, edited_offers,
    edited_urgency, new_offers, new_urgency,
};
use super::telegram::{BotBody, BotChange};
use crate::body::describe::{BodyOf, Query, QueryOf};
use crate::body::{Json, RequestBody};
use crate::idempotency::Post;
use crate::if_match::{IfMatch, tagged};
use crate::list::{Asked, PageParams};
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::calendars::{hours_of_new, set_opening};
use maitred_app::intakes::settings::IntakeSettings;
use maitred_app::intakes::{has_intake, of_new};
use maitred_app::version::{Subject, Version};
use maitred_core::command::{DeleteSource, NewSource, ReleaseEdit, SourceEdit};
use maitred_core::conversation::{ConversationRules, WhenOpen};
use maitred_core::release::ReleaseRules;
use maitred_core::{CalendarId, Command, Outcome, Policy, Rejection, Source, SourceId, SourceKind};
use maitred_store::clock::Rfc3339;
use maitred_store::telegram::SourceBot;
use maitred_web::caller::caller;
use maitred_web::field::ageing::StepBody;
use maitred_web::field::choice::ChoiceSchema;
use maitred_web::field::types::{
    CALENDAR_ID, DESCRIPTION, FLAG, NAME, POLICY, RELEASE_SECONDS, REOPEN_SECONDS, REPLY_URL, SOURCE_ID, SOURCE_KIND,
    WHEN_OPEN,
};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::{Ids, Params};
use maitred_web::problem::refusals::{IN_PATH, hours_not_set, stored_but_unread, unknown};
use maitred_web::problem::{FieldError, Problem};
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(STAFF, routes!(create, list)).call(STAFF, routes!(show, edit, delete))
}

/// The words of a source's policy.
pub(super) type PolicySchema = ChoiceSchema<Policy>;
type SourceKindSchema = ChoiceSchema<SourceKind>;
type WhenOpenSchema = ChoiceSchema<WhenOpen>;

/// A source.
#[derive(Serialize, ToSchema)]
#[schema(as = Source)]
struct SourceBody {
    #[schema(value_type = i64, example = 1)]
    id: SourceId,
    #[schema(value_type = String, example = "Telegram Bot")]
    name: Arc<str>,
    #[schema(value_type = String, example = "Основной телеграм бот")]
    description: Arc<str>,
    #[schema(value_type = SourceKindSchema)]
    kind: SourceKind,
    #[schema(value_type = PolicySchema)]
    policy: Policy,
    /// Whether returning leads go to their last operator for this source, if that operator can take the contact.
    sticky: bool,
    /// The region (ISO 3166-1) of phones without a country code; `null` = that of the deployment.
    #[schema(required = true, value_type = Option<String>, example = "RU")]
    default_region: Option<Arc<str>>,
    /// The id space that its external ids share with those of other sources; `null` = `telegram` or `whatsapp` for
    /// sources of these kinds, otherwise a space of its own.
    #[schema(required = true, value_type = Option<String>, example = "crm")]
    id_space: Option<Arc<str>>,
    /// The template of the address at which its leads are answered; `null` = none.
    #[schema(required = true, value_type = Option<String>, example = "https://t.me/{external_id}")]
    reply_url: Option<Arc<str>>,
    /// Whether its phones may be extensions of a telephone system, such as `101`.
    short_phones: bool,
    /// Whether operators who ask why they did not get one of its contacts are not told who did.
    hides_names: bool,
    /// For how many seconds an operator may accept a contact; `null` = contacts are not offered: the operator who gets
    /// one has it.
    #[schema(required = true, value_type = Option<u32>, example = json!(null))]
    accept_within_s: Option<u32>,
    /// For how many seconds a contact waits when all who are free did not accept it, before they are asked again.
    #[schema(example = 60)]
    retry_after_s: u32,
    /// After how many offers in a row without an answer an operator is paused; `null` = never.
    #[schema(required = true, value_type = Option<u32>, example = json!(null))]
    pause_after_misses: Option<u32>,
    /// After how many rounds in which nobody accepted a contact the event `contact_escalated` comes; `null` = never.
    #[schema(required = true, value_type = Option<u32>, example = json!(null))]
    escalate_after_rounds: Option<u32>,
    /// Whether an operator who declines a contact is owed another.
    declines_are_free: bool,
    /// By which calendar it is open; `null`: always. While it is closed, its contacts wait.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    calendar_id: Option<CalendarId>,
    /// What a further message of a lead does who has an open contact on the source.
    #[schema(value_type = WhenOpenSchema)]
    when_open: WhenOpen,
    /// For how many seconds after it was resolved a contact is reopened by a further message that is appended; `null` =
    /// a resolved contact stays so.
    #[schema(required = true, value_type = Option<u32>, example = json!(null))]
    reopen_within_s: Option<u32>,
    /// Where its contacts go while it is closed and that source is open, and after `escalate_after_rounds` rounds of
    /// offers; `null`: they wait.
    #[schema(required = true, value_type = Option<i64>, example = json!(null))]
    fallback_source_id: Option<SourceId>,
    /// Until when its hours are known. They are compiled again long before, by the server itself.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    hours_known_until: Option<Rfc3339>,
    /// After how many seconds for which an operator is away their contacts of this source go to others; `null` = never.
    #[schema(required = true, value_type = Option<u32>, example = json!(null))]
    away_release_s: Option<u32>,
    /// The same after the end of their shift, or the beginning of their leave.
    #[schema(required = true, value_type = Option<u32>, example = json!(null))]
    shift_end_release_s: Option<u32>,
    /// Within how many seconds of its arrival a contact is to have its first response; `null` = whenever.
    #[schema(required = true, value_type = Option<u32>, example = json!(null))]
    respond_within_s: Option<u32>,
    /// How the priority of those who wait rises with time.
    ageing: Vec<StepBody>,
    /// The least priority of a contact after `escalate_after_rounds`; `null` = it stays as it is.
    #[schema(required = true, value_type = Option<i32>, example = json!(null))]
    escalate_priority: Option<i32>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Rfc3339,
    /// When a setting last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Rfc3339,
    /// Whether the source is part of the demo data.
    demo: bool,
    /// Where it takes in what is sent without a key, if it does. It begins with `--public-url`, or is a path of this
    /// server. Observers do not see it.
    #[schema(required = true, value_type = Option<String>, example = json!(null))]
    intake_url: Option<String>,
    #[serde(flatten)]
    bot: BotBody,
}

impl SourceBody {
    fn new(source: Source, bot: &SourceBot) -> Self {
        Self {
            id: source.id,
            name: source.name,
            description: source.description,
            kind: source.kind,
            policy: source.policy,
            sticky: source.sticky,
            default_region: source.default_region,
            id_space: source.id_space,
            reply_url: source.reply_url,
            short_phones: source.short_phones,
            hides_names: source.hides_names,
            accept_within_s: source.offers.accept_within_s,
            retry_after_s: source.offers.retry_after_s,
            pause_after_misses: source.offers.pause_after_misses,
            escalate_after_rounds: source.offers.escalate_after_rounds,
            declines_are_free: source.offers.declines_are_free,
            calendar_id: source.calendar,
            when_open: source.conversation.when_open,
            reopen_within_s: source.conversation.reopen_within_s,
            fallback_source_id: source.fallback,
            hours_known_until: source.hours.map(|hours| Rfc3339(hours.span.until)),
            away_release_s: source.releases.away_release_s,
            shift_end_release_s: source.releases.shift_end_release_s,
            respond_within_s: source.urgency.respond_within_s,
            ageing: source.urgency.ageing.iter().copied().map(StepBody::from).collect(),
            escalate_priority: source.urgency.escalate_priority,
            created_at: Rfc3339(source.created_at),
            updated_at: Rfc3339(source.updated_at),
            demo: source.demo,
            intake_url: None,
            bot: bot.into(),
        }
    }
}

type SourceCreate = BodyOf<SourceToCreate>;

/// A source to be created, and by which calendar it is to be open.
pub(super) struct SourceToCreate {
    new: NewSource,
    calendar: Option<CalendarId>,
    intake: IntakeChange,
    bot: BotChange,
}

impl SourceToCreate {
    /// The same with an address, if what it is needs one.
    fn with_intake(self) -> Result<(NewSource, Option<CalendarId>, bool), Problem> {
        let Self { new, calendar, intake, .. } = self;
        let has_form = new.kind == SourceKind::Form;
        if !has_intake(new.kind) && !intake.is_given() {
            return Ok((new, calendar, false));
        }
        let (settings, secret) = intake.apply(IntakeSettings::default());
        let intake = of_new(new.kind, &settings, secret.flatten()).map_err(|error| Problem::internal(&error))?;
        Ok((NewSource { intake: Some(intake), ..new }, calendar, has_form))
    }
}

impl RequestBody for SourceToCreate {
    const SCHEMA: &'static str = "SourceCreate";
    const ABOUT: &'static str = "A new source.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"name": "Telegram Bot", "description": "Основной телеграм бот"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let description = DESCRIPTION.example("\"Основной телеграм бот\"");
        let name = fields.required("name", NAME.example("\"Telegram Bot\""), "Unique among sources.");
        let description = fields.optional("description", description, "").unwrap_or_default();
        let kind = fields.or("kind", SOURCE_KIND, SourceKind::default(), "");
        let new = NewSource {
            name,
            description,
            kind,
            policy: fields.or("policy", POLICY, Policy::default(), ""),
            sticky: fields.or("sticky", FLAG, false, STICKY),
            default_region: fields.optional("default_region", REGION.example("\"RU\""), ABOUT_REGION),
            id_space: fields.optional("id_space", NAME.example("\"crm\""), ABOUT_ID_SPACE),
            reply_url: fields.optional("reply_url", REPLY_URL.example(REPLY_URL_EXAMPLE), ABOUT_REPLY_URL),
            demo: false,
            short_phones: fields.or("short_phones", FLAG, false, ABOUT_SHORT_PHONES),
            hides_names: fields.or("hides_names", FLAG, false, ABOUT_HIDES_NAMES),
            offers: new_offers(fields),
            hours: None,
            releases: ReleaseRules {
                away_release_s: fields.optional("away_release_s", RELEASE_SECONDS.example("600"), ABOUT_AWAY_RELEASE),
                shift_end_release_s: fields.optional(SHIFT_END, RELEASE_SECONDS.example("900"), ABOUT_SHIFT_END),
            },
            urgency: new_urgency(fields),
            conversation: ConversationRules {
                when_open: fields.optional("when_open", WHEN_OPEN, ABOUT_WHEN_OPEN).unwrap_or(WhenOpen::of_kind(kind)),
                reopen_within_s: fields.optional("reopen_within_s", REOPEN_SECONDS.example("86400"), ABOUT_REOPEN),
            },
            fallback: fields.optional("fallback_source_id", SOURCE_ID.example("2"), ABOUT_FALLBACK),
            intake: None,
        };
        let (intake, bot) = (IntakeChange::of_new(fields), BotChange::read_new(fields));
        Some(Self {
            new,
            intake,
            bot,
            calendar: fields.optional("calendar_id", CALENDAR_ID.example("1"), ABOUT_CALENDAR),
        })
    }
}

type SourcePatch = BodyOf<SourceChange>;

/// What is to be different about a source.
pub(super) struct SourceChange {
    bot: BotChange,
    edit: SourceEdit,
    calendar: Option<Option<CalendarId>>,
}

impl RequestBody for SourceChange {
    const SCHEMA: &'static str = "SourcePatch";
    const ABOUT: &'static str = "Changes to a source. Fields that are left out do not change.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"policy": "smooth_weighted"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let edit = SourceEdit {
            name: fields.edited("name", NAME, ""),
            description: fields.edited("description", DESCRIPTION, ""),
            kind: fields.edited("kind", SOURCE_KIND, ""),
            policy: fields.edited("policy", POLICY, "A change resets the rotation of all members."),
            sticky: fields.edited("sticky", FLAG, ""),
            default_region: fields.removable("default_region", REGION, ABOUT_OTHER_REGION),
            id_space: fields.removable("id_space", NAME, ABOUT_OTHER_ID_SPACE),
            reply_url: fields.removable("reply_url", REPLY_URL, "`null` = none."),
            short_phones: fields.edited("short_phones", FLAG, ""),
            hides_names: fields.edited("hides_names", FLAG, ABOUT_HIDES_NAMES),
            offers: edited_offers(fields),
            hours: None,
            releases: ReleaseEdit {
                away_release_s: fields.removable("away_release_s", RELEASE_SECONDS, ABOUT_NO_RELEASE),
                shift_end_release_s: fields.removable(SHIFT_END, RELEASE_SECONDS, ABOUT_NO_RELEASE),
            },
            urgency: edited_urgency(fields),
            when_open: fields.edited("when_open", WHEN_OPEN, ""),
            reopen_within_s: fields.removable(
                "reopen_within_s",
                REOPEN_SECONDS,
                "`null`: a resolved contact stays so.",
            ),
            fallback: fields.removable("fallback_source_id", SOURCE_ID, ABOUT_FALLBACK),
        };
        let bot = BotChange::read_edited(fields);
        Some(Self { bot, edit, calendar: fields.removable("calendar_id", CALENDAR_ID, ABOUT_OTHER_CALENDAR) })
    }
}

/// Add a source
///
/// A `bot_token` does not go with an `Idempotency-Key`: it is kept beside the source.
#[utoipa::path(
    post, path = "/api/v1/sources", tag = "sources", request_body = SourceCreate,
    responses(
        (status = CREATED, description = "Created", body = SourceBody,
         headers(("Location" = String, description = "The address of the new source"))),
        (status = NOT_FOUND, description = "An id in the path or the body does not exist"),
        (status = CONFLICT, description = "The name is taken, or the fallback would make a circle"),
    )
)]
async fn create(State(state): State<AppState>, Post { body, keys }: Post<SourceToCreate>) -> Reply {
    if body.bot.has_token() && keys.has_header() {
        // It is kept beside the source, so it would not be there once.
        let advice = "bot_token does not go with an Idempotency-Key; leave one out, or give it by PATCH to the source";
        return Err(Problem::invalid(vec![FieldError::at("/bot_token", advice)]));
    }
    let bot = body.bot.check(&state, None, body.new.kind).await?;
    let (new, calendar, has_form) = SourceToCreate { bot: BotChange::default(), ..body }.with_intake()?;
    let hours = hours_of_new(state.app(), calendar).await.map_err(|error| hours_not_set(error, &calendar_in_body))?;
    let new = NewSource { hours, ..new };
    let mut made = None;
    let show = |outcome| {
        let (source, token) = match outcome {
            Outcome::Source(source) => (source, None),
            Outcome::SourceWithIntake(source, token) => (source, Some(token)),
            other => return Err(unexpected(&other)),
        };
        let intake_url = token.map(|token| intake_url(&state, &token, has_form));
        let location = format!("/api/v1/sources/{}", source.id);
        let none = SourceBot::none(source.id);
        let body = SourceBody { intake_url: intake_url.clone(), ..SourceBody::new(source.clone(), &none) };
        made = Some((source, intake_url));
        reply::created(location, &body)
    };
    let answer = keys.answer(&state, Command::CreateSource(new), &calendar_in_body, show).await?;
    let Some((source, intake_url)) = made else { return Ok(answer) };
    let bot = bot.apply(&state, source.id).await.map_err(stored_but_unread)?;
    let location = format!("/api/v1/sources/{}", source.id);
    let mut complete = reply::created(location, &SourceBody { intake_url, ..SourceBody::new(source, &bot) })?;
    complete.headers_mut().extend(answer.headers().clone());
    Ok(complete)
}

fn calendar_in_body(rejection: &Rejection) -> Option<String> {
    matches!(rejection, Rejection::UnknownCalendar(_)).then(|| "/calendar_id".to_owned())
}

/// List sources, by id
#[utoipa::path(
    get, path = "/api/v1/sources", tag = "sources", params(PageParams),
    responses((status = OK, description = "A page of sources", body = Vec<SourceBody>))
)]
async fn list(State(state): State<AppState>, params: Params) -> Reply {
    let asked = Asked::for_page(params)?;
    let sources = state.store().sources(asked.page).await?;
    let urls = intake_urls(&state, &sources).await?;
    let setup = state.app().telegram().setup().await?;
    let body = |source: Source| {
        let bot = setup.bots.iter().find(|bot| bot.source == source.id).cloned();
        let bot = bot.unwrap_or_else(|| SourceBot::none(source.id));
        SourceBody { intake_url: urls.get(&source.id).cloned(), ..SourceBody::new(source, &bot) }
    };
    asked.reply(sources, |source| source.id.0, body)
}

/// Show a source
#[utoipa::path(
    get, path = "/api/v1/sources/{id}", tag = "sources", params(("id" = i64, Path)),
    responses((status = OK, description = "The source", body = SourceBody))
)]
async fn show(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    let source = state.store().source(SourceId(id)).await?;
    let bot = state.app().telegram().bot_of(SourceId(id)).await?;
    show_version(&state, source.ok_or_else(|| unknown("source", &id))?, &bot).await
}

async fn show_version(state: &AppState, source: Source, bot: &SourceBot) -> Reply {
    let version = Version::of_source(&source);
    let intake_url = intake_urls(state, std::slice::from_ref(&source)).await?.remove(&source.id);
    Ok(tagged(reply::ok(&SourceBody { intake_url, ..SourceBody::new(source, bot) })?, version))
}

/// The addresses of those of these sources that have one, for callers who may change them.
async fn intake_urls(state: &AppState, sources: &[Source]) -> Result<BTreeMap<SourceId, String>, Problem> {
    let (Some(first), Some(last), true) = (sources.first(), sources.last(), may_see_urls()?) else {
        return Ok(BTreeMap::new());
    };
    let intakes = state.store().intakes(first.id, last.id).await?;
    Ok(intakes.iter().filter_map(|intake| Some((intake.source, url_of(state, intake)?))).collect())
}

/// Change a source
#[utoipa::path(
    patch, path = "/api/v1/sources/{id}", tag = "sources", params(("id" = i64, Path)), request_body = SourcePatch,
    responses(
        (status = OK, description = "The source after the change", body = SourceBody),
        (status = CONFLICT, description = "The name is taken, or the fallback would make a circle"),
    )
)]
async fn edit(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(SourceChange { bot, edit, calendar }): Json<SourceChange>,
) -> Reply {
    let kind = kind_after(&state, SourceId(id), &bot, &edit).await?;
    let bot = bot.check(&state, Some(SourceId(id)), kind).await?;
    let unchanged = if_match.of(Subject::Source(SourceId(id)));
    if let Some(calendar) = calendar {
        let set = set_opening(state.app(), &caller()?, unchanged, SourceId(id), edit, calendar).await;
        let source = set.map_err(|error| hours_not_set(error, &calendar_in_body))?;
        return show_version(&state, source, &bot.apply(&state, SourceId(id)).await?).await;
    }
    match state.send_if(unchanged, Command::EditSource(SourceId(id), edit), IN_PATH).await? {
        Outcome::Source(source) => show_version(&state, source, &bot.apply(&state, SourceId(id)).await?).await,
        other => Err(unexpected(&other)),
    }
}

/// Which kind the source will have, if that matters for its bot.
async fn kind_after(state: &AppState, id: SourceId, bot: &BotChange, edit: &SourceEdit) -> Result<SourceKind, Problem> {
    match edit.kind {
        Some(kind) => Ok(kind),
        None if !bot.has_token() => Ok(SourceKind::default()),
        None => Ok(state.store().source(id).await?.ok_or_else(|| unknown("source", &id))?.kind),
    }
}

type ForceParams = QueryOf<Force>;

/// Whether unresolved contacts are no obstacle.
struct Force(bool);

impl Query for Force {
    fn read(fields: &mut impl Fields) -> Self {
        Self(fields.optional("force", FLAG, "Resolve open contacts; false by default").unwrap_or_default())
    }
}

/// Delete a source
///
/// A source with open contacts is deleted only with `force=true`, which resolves them. It stays in the history.
#[utoipa::path(
    delete, path = "/api/v1/sources/{id}", tag = "sources",
    params(("id" = i64, Path), ForceParams),
    responses(
        (status = NO_CONTENT, description = "Deleted"),
        (status = CONFLICT, description = "The source has open contacts, or is the fallback of others"),
    )
)]
async fn delete(State(state): State<AppState>, Ids([id]): Ids<1>, mut params: Params) -> Reply {
    let Force(force) = Force::read(&mut params);
    params.finish()?;
    state.send(Command::DeleteSource(DeleteSource { source: SourceId(id), force }), IN_PATH).await?;
    Ok(reply::no_content())
}
