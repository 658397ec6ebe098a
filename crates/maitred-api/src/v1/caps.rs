//! Caps of an operator or a source: how many contacts they get, or it gives away, in an hour, a day, a week, a month,
//! or the last seconds.

use crate::body::describe::BodyOf;
use crate::body::{FromBody, Json, JsonFields, RequestBody, TABLE_BYTES_MAX, shape_error};
use crate::if_match::{IfMatch, tagged};
use crate::reply::{self, Reply};
use axum::extract::State;
use maitred_app::caps::{WindowKind, check_limit, window};
use maitred_app::version::{Subject, Version};
use maitred_core::caps::{CAPS_MAX, Cap, CapRule, Counts, Window};
use maitred_core::command::{SetCaps, SetSourceCaps};
use maitred_core::limits::Invalid;
use maitred_core::{Command, Operator, OperatorId, Outcome, Rejection, Source, SourceId, Timestamp};
use maitred_store::clock::{self, Rfc3339};
use maitred_web::field::choice::ChoiceSchema;
use maitred_web::field::types::{CAP_COUNTS, CAP_LIMIT, CAP_SECONDS, CAP_WINDOW, SOURCE_ID, ZONE};
use maitred_web::field::{FieldType, Fields};
use maitred_web::params::Ids;
use maitred_web::problem::refusals::{IN_PATH, unknown};
use maitred_web::problem::{FieldError, Problem};
use maitred_web::routes::Routes;
use maitred_web::rules::{May, STAFF, own};
use maitred_web::{AppState, unexpected};
use serde::Serialize;
use serde_json::value::RawValue;
use std::marker::PhantomData;
use std::sync::Arc;
use utoipa::openapi::schema::{ArrayBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::routes;

pub(super) fn routes() -> Routes<AppState> {
    Routes::new()
        .call(own(May::OwnOperator), routes!(list_caps))
        .call(STAFF, routes!(replace_caps))
        .call(STAFF, routes!(list_caps_of_source, replace_caps_of_source))
}

type WindowSchema = ChoiceSchema<WindowKind>;
type CountsSchema = ChoiceSchema<Counts>;

/// A cap, and how far it is reached.
#[derive(Serialize, ToSchema)]
#[schema(as = Cap)]
struct CapBody {
    #[schema(example = 20)]
    limit: u32,
    #[schema(value_type = WindowSchema)]
    window: &'static str,
    /// The length of a rolling window.
    #[schema(required = true, value_type = Option<u32>)]
    seconds: Option<u32>,
    /// The time zone of a window by the clock.
    #[schema(required = true, value_type = Option<String>, example = "Europe/Moscow")]
    zone: Option<Arc<str>>,
    #[schema(value_type = CountsSchema)]
    counts: &'static str,
    /// Only contacts of this source count; `null` = those of all.
    #[schema(required = true, value_type = Option<i64>)]
    source_id: Option<SourceId>,
    /// How many count now.
    #[schema(example = 7)]
    used: u32,
    /// Until when nothing more is given, if the limit is reached.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    reached_until: Option<Rfc3339>,
}

impl CapBody {
    fn new(cap: &Cap, now: Timestamp) -> Self {
        let CapRule { limit, window, counts, source } = &cap.rule;
        let (seconds, zone) = match window {
            Window::Rolling(seconds) => (Some(*seconds), None),
            Window::Clock(_, zone) => (None, Some(zone.name.clone())),
        };
        Self {
            limit: *limit,
            window: WindowKind::of(window).as_str(),
            seconds,
            zone,
            counts: counts.as_str(),
            source_id: *source,
            used: cap.used(now),
            reached_until: cap.reached_until().filter(|until| *until > now).map(Rfc3339),
        }
    }
}

fn show(operator: &Operator) -> Reply {
    let now = clock::now();
    let caps = reply::ok(&operator.caps_on_all().map(|cap| CapBody::new(cap, now)).collect::<Vec<_>>())?;
    Ok(tagged(caps, Version::of_caps(operator)))
}

/// List the caps of an operator, and how far each is reached
#[utoipa::path(
    get, path = "/api/v1/operators/{id}/caps", tag = "operators", params(("id" = i64, Path)),
    responses((status = OK, description = "The caps, in the order in which they were set", body = Vec<CapBody>))
)]
async fn list_caps(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    show(&state.store().operator(OperatorId(id)).await?.ok_or_else(|| unknown("operator", &id))?)
}

fn show_of_source(source: &Source) -> Reply {
    let now = clock::now();
    let caps = reply::ok(&source.all_caps().map(|cap| CapBody::new(cap, now)).collect::<Vec<_>>())?;
    Ok(tagged(caps, Version::of_source_caps(source)))
}

/// List the caps of a source, and how far each is reached
#[utoipa::path(
    get, path = "/api/v1/sources/{id}/caps", tag = "sources", params(("id" = i64, Path)),
    responses((status = OK, description = "The caps, in the order in which they were set", body = Vec<CapBody>))
)]
async fn list_caps_of_source(State(state): State<AppState>, Ids([id]): Ids<1>) -> Reply {
    show_of_source(&state.store().source(SourceId(id)).await?.ok_or_else(|| unknown("source", &id))?)
}

/// The list of all caps, for the document: derived schemas of lists do not say how many there may be.
struct CapSetsOf<Row>(PhantomData<Row>);

impl<Row: RequestBody> PartialSchema for CapSetsOf<Row> {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(Ref::from_schema_name(Row::SCHEMA)).max_items(Some(CAPS_MAX)).into()
    }
}

impl<Row: RequestBody> ToSchema for CapSetsOf<Row> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Row::SCHEMA.to_owned(), BodyOf::<Row>::schema()));
        BodyOf::<Row>::schemas(schemas);
    }
}

type CapSets = CapSetsOf<CapRow>;
type SourceCapSets = CapSetsOf<SourceCapRow>;

/// A cap of an operator to be set.
pub(super) struct CapRow {
    cap: SourceCapRow,
    source: Option<SourceId>,
}

impl RequestBody for CapRow {
    const SCHEMA: &'static str = "CapSet";
    const ABOUT: &'static str = "How many contacts an operator gets, over what.";
    const EXAMPLE: Option<&'static str> = Some(r#"{"limit": 20, "window": "day", "zone": "Europe/Moscow"}"#);

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let about_source = "Only contacts of this source count; those of all, without.";
        Some(Self { cap: SourceCapRow::shared(fields), source: fields.optional("source_id", SOURCE_ID, about_source) })
    }
}

/// A cap of a source to be set.
pub(super) struct SourceCapRow {
    limit: u32,
    window: WindowKind,
    seconds: Option<u32>,
    zone: Option<Box<str>>,
    counts: Counts,
}

impl RequestBody for SourceCapRow {
    const SCHEMA: &'static str = "SourceCapSet";
    const ABOUT: &'static str = "How many contacts of a source all operators together get, over what.";
    const EXAMPLE: Option<&'static str> = CapRow::EXAMPLE;

    fn read(fields: &mut impl Fields) -> Option<Self> {
        let cap = Self::shared(fields);
        if fields.unknown().iter().any(|name| name == "source_id") {
            let advice = "goes with caps of operators; leave it out: these count contacts of this source";
            fields.fail("source_id", Invalid(advice.to_owned()));
        }
        Some(cap)
    }
}

impl SourceCapRow {
    /// What caps of operators and of sources have in common.
    fn shared(fields: &mut impl Fields) -> Self {
        let zone = ZONE.example("\"Europe/Moscow\"");
        Self {
            limit: fields.required("limit", CAP_LIMIT.example("20"), "Up to 500 for rolling windows."),
            window: fields.required("window", CAP_WINDOW, ""),
            seconds: fields.optional("seconds", CAP_SECONDS, "The length of a rolling window, and only of such."),
            zone: fields.optional("zone", zone, "By which clock windows begin; UTC, without. Not of rolling windows."),
            counts: fields.or("counts", CAP_COUNTS, Counts::default(), ""),
        }
    }
}

/// A row of a table of caps.
pub(super) trait CapOf: RequestBody {
    /// The cap as the rules know it, or which field of the row at that place is wrong.
    fn rule(self, place: usize) -> Result<CapRule, FieldError>;
}

impl CapOf for CapRow {
    fn rule(self, place: usize) -> Result<CapRule, FieldError> {
        Ok(CapRule { source: self.source, ..self.cap.rule(place)? })
    }
}

impl CapOf for SourceCapRow {
    fn rule(self, place: usize) -> Result<CapRule, FieldError> {
        let at = |(field, invalid)| FieldError::at(format!("/{place}/{field}"), format!("{field} {invalid}"));
        let window = window(self.window, self.seconds, self.zone.as_deref(), clock::now()).map_err(at)?;
        check_limit(self.limit, &window).map_err(at)?;
        Ok(CapRule { limit: self.limit, window, counts: self.counts, source: None })
    }
}

/// All caps of an operator or a source.
pub(super) struct CapTable<Row>(Vec<CapRule>, PhantomData<Row>);

impl<Row: CapOf> FromBody for CapTable<Row> {
    const BYTES_MAX: usize = TABLE_BYTES_MAX;

    fn from_body(text: &str) -> Result<Self, Problem> {
        let parts: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|_| shape_error(text, "a JSON list of {limit, window}"))?;
        if parts.len() > CAPS_MAX {
            let detail = format!("there are {} caps; give at most {CAPS_MAX}", parts.len());
            return Err(Problem::invalid(vec![FieldError::at("", detail)]));
        }
        let (mut rules, mut errors) = (Vec::new(), Vec::new());
        for (place, part) in parts.into_iter().enumerate() {
            match rule::<Row>(part, place) {
                Ok(rule) => rules.push(rule),
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() { Ok(Self(rules, PhantomData)) } else { Err(Problem::invalid(errors)) }
    }
}

fn rule<Row: CapOf>(part: &RawValue, place: usize) -> Result<CapRule, Vec<FieldError>> {
    let pointer = format!("/{place}");
    let Some(mut fields) = JsonFields::of_part(part, &pointer) else {
        return Err(vec![FieldError::at(pointer, "the cap is not an object; give {limit, window}")]);
    };
    match Row::read(&mut fields) {
        Some(row) if !fields.has_errors() => row.rule(place).map_err(|error| vec![error]),
        _ => Err(fields.into_errors()),
    }
}

/// Replace the caps of an operator
///
/// Several hold at once. A cap that was there already goes on counting, with another limit as well; a new one counts
/// from now on. A lower limit takes nothing away.
#[utoipa::path(
    put, path = "/api/v1/operators/{id}/caps", tag = "operators", params(("id" = i64, Path)),
    request_body = inline(CapSets),
    responses((status = OK, description = "The caps after the change", body = Vec<CapBody>))
)]
async fn replace_caps(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(CapTable(caps, _)): Json<CapTable<CapRow>>,
) -> Reply {
    let unchanged = if_match.of(Subject::Caps(OperatorId(id)));
    let places: Vec<Option<SourceId>> = caps.iter().map(|cap| cap.source).collect();
    let source_in_body = move |rejection: &Rejection| match rejection {
        Rejection::UnknownSource(id) => {
            places.iter().position(|source| *source == Some(*id)).map(|place| format!("/{place}/source_id"))
        }
        _ => None,
    };
    let command = Command::SetCaps(SetCaps { operator: OperatorId(id), caps });
    match state.send_if(unchanged, command, &source_in_body).await? {
        Outcome::Operator(operator) => show(&operator),
        other => Err(unexpected(&other)),
    }
}

/// Replace the caps of a source
///
/// They count what all operators together get of it; when one is reached, the rest waits. A cap that was there already
/// goes on counting, with another limit as well.
#[utoipa::path(
    put, path = "/api/v1/sources/{id}/caps", tag = "sources", params(("id" = i64, Path)),
    request_body = inline(SourceCapSets),
    responses((status = OK, description = "The caps after the change", body = Vec<CapBody>))
)]
async fn replace_caps_of_source(
    State(state): State<AppState>,
    Ids([id]): Ids<1>,
    if_match: IfMatch,
    Json(CapTable(caps, _)): Json<CapTable<SourceCapRow>>,
) -> Reply {
    let unchanged = if_match.of(Subject::SourceCaps(SourceId(id)));
    let command = Command::SetSourceCaps(SetSourceCaps { source: SourceId(id), caps });
    match state.send_if(unchanged, command, IN_PATH).await? {
        Outcome::Source(source) => show_of_source(&source),
        other => Err(unexpected(&other)),
    }
}
