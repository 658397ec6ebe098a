//! The feed: what was committed, by position. Read a page at a time, or kept open as server-sent events, so that a bot
//! learns who got its waiting contact. A stream holds at most one page in memory, however slow its reader is.

use super::expand::{self, EXPAND, Embedded, Expand};
use crate::body::describe::{Query, QueryOf};
use crate::list::{self, link};
use crate::reply::{self, Reply};
use axum::extract::State;
use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use maitred_app::Stop;
use maitred_core::event::{DetailFields, EndpointFault};
use maitred_core::fallback::MoveReason;
use maitred_core::limits::{Invalid, POSITION_MAX};
use maitred_core::release::Absence;
use maitred_core::urgency::ResponseKind;
use maitred_core::{Actor, CalendarId, ContactId, EndpointId, EventKind, LeadId, MessageId, OperatorId, SourceId};
use maitred_store::clock::Rfc3339;
use maitred_store::views::PlacedEvent;
use maitred_store::{Store, StoreError};
use maitred_web::AppState;
use maitred_web::field::Fields;
use maitred_web::field::choice::ChoiceSchema;
use maitred_web::field::types::{Number, Text};
use maitred_web::params::{Params, number};
use maitred_web::problem::Problem;
use maitred_web::routes::Routes;
use maitred_web::rules::STAFF;
use maitred_web::streams::StreamPermit;
use serde::Serialize;
use serde_json::json;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::routes;

/// Events a stream reads at a time.
const PAGE_ROWS: u32 = 256;
/// How often a quiet stream says that it is still there: proxies close what is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

pub(super) fn routes() -> Routes<AppState> {
    Routes::new().call(STAFF, routes!(list)).call(STAFF, routes!(stream))
}

type ResponseKindSchema = ChoiceSchema<ResponseKind>;

/// A committed fact.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
struct EventBody {
    /// Its position in the feed; later events have larger ones.
    #[schema(example = 17)]
    position: i64,
    #[schema(value_type = EventKindSchema)]
    kind: EventKind,
    #[schema(value_type = String, format = DateTime)]
    at: Rfc3339,
    /// Who caused it: `key:` and the id of a key, `cli` for the command line, `system` for retention and for work found
    /// after a restart, `anonymous` on a server without keys. `null` in events from before this was recorded.
    #[schema(required = true, value_type = Option<String>, example = "key:3")]
    actor: Option<Actor>,
    #[schema(required = true, value_type = Option<i64>)]
    contact_id: Option<ContactId>,
    #[schema(required = true, value_type = Option<i64>)]
    source_id: Option<SourceId>,
    #[schema(required = true, value_type = Option<i64>)]
    operator_id: Option<OperatorId>,
    #[schema(required = true, value_type = Option<i64>)]
    lead_id: Option<LeadId>,
    /// Who had the contact before; left out if nobody had it.
    #[schema(value_type = i64, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    from_operator_id: Option<OperatorId>,
    /// `true` if the contact was given to a full or inactive operator on purpose; otherwise left out.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    forced: bool,
    /// In `account_corrected`, how many contacts more the operator is to get, or fewer; left out in events of other
    /// kinds.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// The weight that was set; left out in events of other kinds.
    #[schema(value_type = u32, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u32>,
    /// The other lead of a merge or a duplicate; left out in events of other kinds.
    #[schema(value_type = i64, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    other_lead_id: Option<LeadId>,
    /// `true` in `contact_assigned` if the contact did not wait: the event in front of it says so too; otherwise left
    /// out.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    at_once: bool,
    /// In `contact_scheduled`, before when nobody gets the contact; left out in events of other kinds.
    #[schema(value_type = String, format = DateTime, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Rfc3339>,
    /// `true` in `contact_scheduled` if the contact was scheduled for another time before; otherwise left out.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    moved: bool,
    /// By how many milliseconds something happened later than it was due, such as `contact_due`; left out in events of
    /// other kinds, and where somebody did it by hand.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    late_ms: Option<i64>,
    /// Which calendar the event is about, or the operator works by; left out in events of other kinds.
    #[schema(value_type = i64, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar_id: Option<CalendarId>,
    /// In `operator_paused`, when the pause ends by itself; in `contact_rested`, when all are asked again; in
    /// `operator_hours_set`, until when hours are known. Left out without such a time, and in events of other kinds.
    #[schema(value_type = String, format = DateTime, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Rfc3339>,
    /// In `contact_assigned`, the moment at which it is too late to accept what is offered; left out if the operator
    /// has the contact, and in events of other kinds.
    #[schema(value_type = String, format = DateTime, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    accept_by: Option<Rfc3339>,
    /// In `contact_released`, how the operator had left: `holder_away` (nobody heard from them) or `shift_ended`; left
    /// out if it was released otherwise, and in events of other kinds.
    #[schema(value_type = String, required = false, example = "shift_ended")]
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Absence>,
    /// In `contact_reserved`, the operator for whom it is reserved; left out in events of other kinds.
    #[schema(value_type = i64, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    for_operator_id: Option<OperatorId>,
    /// In `contact_responded`, how somebody responded; left out in events of other kinds.
    #[schema(value_type = ResponseKindSchema, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    how: Option<ResponseKind>,
    /// In `contact_priority_raised`, the priority that counted before; left out in events of other kinds.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<i32>,
    /// In `contact_priority_raised`, the priority that counts from then on; left out in events of other kinds.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<i32>,
    /// In `message_received`, the message that was appended; left out in events of other kinds.
    #[schema(value_type = i64, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<MessageId>,
    /// In `contact_moved`, the source that the contact came from; left out in events of other kinds.
    #[schema(value_type = i64, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    from_source_id: Option<SourceId>,
    /// In `contact_moved`, why it went to the fallback: `source_closed` or `escalated`; left out in events of other
    /// kinds.
    #[schema(value_type = String, example = "source_closed", required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    move_reason: Option<MoveReason>,
    /// In `endpoint_disabled`, which endpoint of webhooks; left out in events of other kinds.
    #[schema(value_type = i64, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint_id: Option<EndpointId>,
    /// In `endpoint_disabled`, what is wrong with it: `gone` or `failing`; left out in events of other kinds.
    #[schema(value_type = String, required = false, example = "failing")]
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<EndpointFault>,
    /// `true` if the event is about demo data; otherwise left out.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    demo: bool,
    #[serde(flatten)]
    embedded: Embedded,
}

/// The words of the kinds of events.
pub(super) struct EventKindSchema;

impl PartialSchema for EventKindSchema {
    fn schema() -> RefOr<Schema> {
        let words = EventKind::ALL.map(|kind| json!(kind));
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).description(Some(described())).into()
    }
}

/// Every kind with what it means.
fn described() -> String {
    let line = |kind: EventKind| format!("- `{}`: {}", kind.word(), kind.about());
    let lines = EventKind::ALL.map(line);
    format!("What happened:\n{}", lines.join("\n"))
}

impl ToSchema for EventKindSchema {
    fn name() -> Cow<'static, str> {
        "EventKind".into()
    }
}

impl EventBody {
    /// # Errors
    /// When the store cannot be read.
    async fn read(store: &Store, placed: PlacedEvent, expand: Expand) -> Result<Self, StoreError> {
        let embedded = expand.of(store, &placed).await?;
        Ok(Self::of(placed, embedded))
    }

    fn of(placed: PlacedEvent, embedded: Embedded) -> Self {
        let PlacedEvent { position, event } = placed;
        let fields = event.detail.fields().unwrap_or_default();
        let DetailFields {
            from_operator_id,
            at_once,
            forced,
            weight,
            other_lead_id,
            not_before,
            moved,
            late_ms,
            calendar_id,
            message_id,
            until,
            from_source_id,
            move_reason,
            accept_by,
            reason,
            for_operator_id,
            how,
            from,
            to,
            endpoint_id,
            fault,
            amount,
        } = fields;
        Self {
            position,
            kind: event.kind(),
            at: Rfc3339(event.at),
            actor: event.actor,
            contact_id: event.contact,
            source_id: event.source,
            operator_id: event.operator,
            lead_id: event.lead,
            from_operator_id,
            forced,
            weight,
            other_lead_id,
            at_once,
            not_before: not_before.map(Rfc3339),
            moved,
            late_ms,
            calendar_id,
            message_id,
            until: until.map(Rfc3339),
            accept_by: accept_by.map(Rfc3339),
            reason,
            for_operator_id,
            how,
            from,
            to,
            endpoint_id,
            fault,
            from_source_id,
            move_reason,
            amount,
            demo: event.demo,
            embedded,
        }
    }
}

/// An event for webhooks: the word of its kind, and its JSON as in a list without `expand`.
#[must_use]
pub fn rendered(placed: PlacedEvent) -> (String, String) {
    let body = EventBody::of(placed, Embedded::default());
    (body.kind.word(), serde_json::to_string(&body).expect("numbers, words and times are JSON"))
}

type EventParams = QueryOf<EventQuery>;

/// Which events.
struct EventQuery {
    after: After,
    limit: u32,
    expand: Expand,
}

/// Behind which event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum After {
    /// From the first one.
    #[default]
    Start,
    Position(i64),
    /// The last one that there is now.
    Latest,
}

impl After {
    fn read(text: &str) -> Result<Self, Invalid> {
        if text == "latest" { Ok(Self::Latest) } else { number(text, 0, POSITION_MAX).map(Self::Position) }
    }

    async fn position(self, store: &Store) -> Result<i64, StoreError> {
        match self {
            Self::Start => Ok(0),
            Self::Position(position) => Ok(position),
            Self::Latest => store.last_position().await,
        }
    }
}

impl Query for EventQuery {
    fn read(fields: &mut impl Fields) -> Self {
        let about = "Only events after this position, or after the `latest`; from the first event by default.";
        Self {
            after: fields.optional("after", PLACE, about).unwrap_or_default(),
            limit: list::limit(fields),
            expand: fields.optional("expand", EXPAND, expand::ABOUT).unwrap_or_default(),
        }
    }
}

/// A place in the feed.
const PLACE: Text<After> =
    Text { check: After::read, pattern: Some("^([0-9]{1,18}|latest)$"), chars_min: 1, chars_max: Some(18) };
/// The same of one who has seen it.
const POSITION: Number<i64> = Number { check: Ok, least: 0, most: i64::MAX };

/// List events, oldest first
///
/// To continue, send the largest position you have seen as `after`; the Link header of a full page has that address.
/// With `after=latest` there is no event yet, and the Link header says where to continue.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", params(EventParams),
    responses((status = OK, description = "A page of events", body = Vec<EventBody>))
)]
async fn list(State(state): State<AppState>, mut params: Params) -> Reply {
    let EventQuery { after, limit, expand } = EventQuery::read(&mut params);
    params.finish()?;
    let store = state.store();
    let position = after.position(store).await?;
    let events = if after == After::Latest { Vec::new() } else { store.events(position, limit).await? };
    let last = events.last().filter(|_| events.len() >= limit as usize).map(|event| event.position);
    let next = last.or((after == After::Latest).then_some(position)).map(|position| position.to_string());
    let mut bodies = Vec::with_capacity(events.len());
    for event in events {
        bodies.push(EventBody::read(store, event, expand).await?);
    }
    let mut response = reply::ok(&bodies)?;
    if let Some(next) = next {
        response.headers_mut().insert(LINK, link(&params.path, &params.pairs, "after", &next)?);
    }
    Ok(response)
}

fn position(text: &str) -> Result<i64, Invalid> {
    number(text, 0, i64::MAX)
}

type StreamParams = QueryOf<Start>;

/// Behind which position a stream starts.
struct Start {
    after: Option<i64>,
    expand: Expand,
}

impl Query for Start {
    fn read(fields: &mut impl Fields) -> Self {
        Self {
            after: fields.optional("after", POSITION, "Start after this position"),
            expand: fields.optional("expand", EXPAND, expand::ABOUT).unwrap_or_default(),
        }
    }
}

/// Follow the events
///
/// Server-sent events: `id` is the position, `event` the kind, `data` the event as JSON. Starts with the next new
/// event, or after the position `after`. To reconnect without missing any, send the last `id` you saw as the header
/// `Last-Event-ID` (browsers do this automatically).
#[utoipa::path(
    get, path = "/api/v1/events/stream", tag = "events",
    params(
        StreamParams,
        ("Last-Event-ID" = Option<i64>, Header, minimum = 0,
         description = "Start after this position; takes precedence over `after`"),
    ),
    responses((status = OK, description = "Events, until either side closes the stream", body = StreamedEvent,
               content_type = "text/event-stream"))
)]
async fn stream(State(state): State<AppState>, headers: HeaderMap, mut params: Params) -> Result<Response, Problem> {
    let Start { after, expand } = Start::read(&mut params);
    params.finish()?;
    let resumed = headers.get(LAST_EVENT_ID).map(|value| position(value.to_str().unwrap_or_default()));
    let resumed = resumed.transpose().map_err(|invalid| Problem::invalid_parameter("Last-Event-ID", &invalid))?;
    let committed = state.app().committed();
    let from = match resumed.or(after) {
        Some(from) => from,
        // Not what this node has heard of: another one may have committed since.
        None => state.store().last_position().await?,
    };
    let following = Following {
        store: state.store().clone(),
        committed,
        stop: state.stop().clone(),
        position: from,
        expand,
        page: VecDeque::new(),
        _permit: state.streams().open()?,
    };
    let greeting = Event::default().comment(format!("after {}", following.position));
    Ok(Sse::new(follow(greeting, following)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// Where a stream stands.
struct Following {
    store: Store,
    committed: watch::Receiver<i64>,
    stop: Stop,
    /// Of the last event that was read from the store.
    position: i64,
    expand: Expand,
    /// Read and not sent yet.
    page: VecDeque<PlacedEvent>,
    _permit: StreamPermit,
}

/// An event as a stream sends it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what follow sends")]
struct StreamedEvent {
    /// Its position.
    #[schema(example = "17")]
    id: String,
    #[schema(value_type = EventKindSchema)]
    event: EventKind,
    /// The event, as JSON.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// A greeting at once, so that readers know that they are connected and from where; then every event.
fn follow(greeting: Event, following: Following) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((Some(greeting), following), |(greeting, mut following)| async move {
        let event = match greeting {
            Some(greeting) => greeting,
            None => following.next().await?,
        };
        Some((Ok(event), (None, following)))
    })
}

impl Following {
    /// The next event; `None` ends the stream: the server stops, or the store cannot be read. The reader comes back
    /// with the last position it saw.
    async fn next(&mut self) -> Option<Event> {
        while self.page.is_empty() {
            self.committed.borrow_and_update();
            let page = self.store.events(self.position, PAGE_ROWS).await;
            let page = page.inspect_err(|error| tracing::error!(%error, "a stream of events ends")).ok()?;
            if let Some(last) = page.last() {
                self.position = last.position;
                self.page = page.into();
                break;
            }
            tokio::select! {
                () = self.stop.wanted() => return None,
                changed = self.committed.changed() => changed.ok()?,
            }
        }
        if self.stop.is_wanted() {
            return None;
        }
        let body = EventBody::read(&self.store, self.page.pop_front()?, self.expand).await;
        let body = body.inspect_err(|error| tracing::error!(%error, "a stream of events ends")).ok()?;
        Event::default().id(body.position.to_string()).event(body.kind.word()).json_data(body).ok()
    }
}
