//! Every kind of problem the server answers with: its stable name, its status, and what to do about it. The list is
//! served at `/problems`, and the `type` of a problem is the address of its kind there.

mod channels;

pub(crate) use channels::no_way;
pub use channels::{NO_BOT, NO_WAY, NOT_SIGNED, TOO_MANY_ENDPOINTS, TOO_MANY_KEYS};

use super::Problem;
use axum::http::StatusCode;

/// Under which path kinds are described.
pub const PATH: &str = "/problems/";

/// A kind of problem. Its name never changes and is never used for anything else.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The last part of its `type`.
    pub name: &'static str,
    /// The status that goes with it.
    pub status: StatusCode,
    /// A few words, the same each time.
    pub title: &'static str,
    /// What it means and how to fix it.
    pub meaning: &'static str,
}

impl Kind {
    const fn new(name: &'static str, status: StatusCode, title: &'static str, meaning: &'static str) -> Self {
        Self { name, status, title, meaning }
    }

    /// A problem of this kind. `detail` says what is wrong this time and how to fix it, without a value that could be
    /// somebody's phone, email or message.
    #[must_use]
    pub fn because(&'static self, detail: impl Into<String>) -> Problem {
        Problem { kind: self, detail: detail.into(), errors: Vec::new() }
    }
}

/// Every kind, by status.
pub const ALL: [&Kind; 56] = [
    &MALFORMED_BODY,
    &BAD_HOST,
    &KEY_REQUIRED,
    &KEY_REFUSED,
    &FORBIDDEN,
    &CROSS_SITE,
    &UNKNOWN_PATH,
    &UNKNOWN_ID,
    &UNKNOWN_REFERENCE,
    &METHOD_NOT_ALLOWED,
    &SLOW_HEAD,
    &SLOW_BODY,
    &NAME_TAKEN,
    &EXTERNAL_ID_TAKEN,
    &OPERATOR_FULL,
    &OPERATOR_INACTIVE,
    &CONTACT_RESOLVED,
    &SOURCE_IN_USE,
    &CALENDAR_IN_USE,
    &NO_FALLBACK,
    &SOURCE_IS_FALLBACK,
    &TOO_MANY_MEMBERS,
    &TOO_MANY_KEYS,
    &TOO_MANY_ENDPOINTS,
    &NOT_SIGNED,
    &NO_BOT,
    &NO_WAY,
    &IDENTITY_TAKEN,
    &LEAD_MERGED,
    &LEAD_TOO_LARGE,
    &LEAD_ERASED,
    &LEAD_IN_USE,
    &CONTACT_MOVED,
    &OFFER_OVER,
    &NOT_OFFERED,
    &NOT_SCHEDULED,
    &DEMO_APART,
    &DEMO_PRESENT,
    &ADMIN_FIRST,
    &LAST_ADMIN,
    &CHANGED,
    &BODY_TOO_LARGE,
    &URL_TOO_LONG,
    &UNSUPPORTED_MEDIA_TYPE,
    &INVALID_FIELDS,
    &IDEMPOTENCY_KEY_REUSED,
    &TOO_MANY_REQUESTS,
    &HEAD_TOO_LARGE,
    &BAD_REQUEST,
    &INTERNAL,
    &OVERLOADED,
    &STOPPING,
    &STORE_UNAVAILABLE,
    &OUTCOME_UNKNOWN,
    &TIMED_OUT,
    &TOO_MANY_STREAMS,
];

pub static MALFORMED_BODY: Kind = Kind::new(
    "malformed-body",
    StatusCode::BAD_REQUEST,
    "The body is not JSON",
    "The body could not be read as JSON in UTF-8. The detail says at which line and column it breaks.",
);
pub static BAD_REQUEST: Kind = Kind::new(
    "bad-request",
    StatusCode::BAD_REQUEST,
    "The request cannot be read",
    "The request is not valid HTTP. Compare it with the calls at /docs.",
);
pub static CROSS_SITE: Kind = Kind::new(
    "cross-site",
    StatusCode::FORBIDDEN,
    "The request comes from a page of another site",
    "A browser may change something here only from a page of this server: not from a page of another site, and not \
     through a proxy that replaces the browser's Host header. This does not apply to programs.",
);
pub static BAD_HOST: Kind = Kind::new(
    "bad-host",
    StatusCode::BAD_REQUEST,
    "The header Host is missing or is there more than once",
    "A request of HTTP/1.1 has exactly one header Host. Clients and proxies send it by themselves.",
);
pub static KEY_REQUIRED: Kind = Kind::new(
    "key-required",
    StatusCode::UNAUTHORIZED,
    "An API key is required",
    "Send an API key with every request, in the header Authorization: Bearer, then the key.",
);
pub static KEY_REFUSED: Kind = Kind::new(
    "key-refused",
    StatusCode::UNAUTHORIZED,
    "The API key is not valid",
    "The key is not from this server, was revoked, or has expired. Nothing was done; ask for a new key.",
);
pub static FORBIDDEN: Kind = Kind::new(
    "forbidden",
    StatusCode::FORBIDDEN,
    "The role does not allow this",
    "The caller is known, but its role does not allow this call, or not for this contact. docs/security.md lists what \
     each role may do.",
);
pub static UNKNOWN_PATH: Kind = Kind::new(
    "unknown-path",
    StatusCode::NOT_FOUND,
    "There is nothing at this path",
    "No call has this path. All calls are listed at /docs; paths begin with /api/v1 and do not end with a slash.",
);
pub static UNKNOWN_ID: Kind =
    Kind::new("unknown-id", StatusCode::NOT_FOUND, "Not found", "The id in the path does not exist, or was deleted.");
pub static UNKNOWN_REFERENCE: Kind = Kind::new(
    "unknown-reference",
    StatusCode::NOT_FOUND,
    "An id in the body does not exist",
    "A field of the body has an id that does not exist, or was deleted. `errors` says which field.",
);
pub static METHOD_NOT_ALLOWED: Kind = Kind::new(
    "method-not-allowed",
    StatusCode::METHOD_NOT_ALLOWED,
    "The method is not allowed",
    "The path exists, but not with this method. The Allow header lists the methods it has.",
);
pub static SLOW_HEAD: Kind = Kind::new(
    "slow-head",
    StatusCode::REQUEST_TIMEOUT,
    "The head took too long",
    "The first line and the headers of a request did not arrive in time. Nothing was done; send it again.",
);
pub static SLOW_BODY: Kind = Kind::new(
    "slow-body",
    StatusCode::REQUEST_TIMEOUT,
    "The body took too long",
    "The body did not arrive in time. Nothing was done; send it again.",
);
pub static NAME_TAKEN: Kind = Kind::new(
    "name-taken",
    StatusCode::CONFLICT,
    "The name is taken",
    "Another source has this name. Names of sources are unique; choose another name, or change that source.",
);
pub static EXTERNAL_ID_TAKEN: Kind = Kind::new(
    "external-id-taken",
    StatusCode::CONFLICT,
    "The external id is taken",
    "Another operator has this external id. External ids of operators are unique; choose another, or change that \
     operator.",
);
pub static OPERATOR_FULL: Kind = Kind::new(
    "operator-full",
    StatusCode::CONFLICT,
    "The operator has no free slot",
    "The operator has as many contacts as max_load allows. Choose another, raise max_load, or send force = true.",
);
pub static OPERATOR_INACTIVE: Kind = Kind::new(
    "operator-inactive",
    StatusCode::CONFLICT,
    "The operator is not active",
    "The operator gets no contacts. Choose another, set is_active = true, or send force = true.",
);
pub static CONTACT_RESOLVED: Kind = Kind::new(
    "contact-resolved",
    StatusCode::CONFLICT,
    "The contact is resolved",
    "A resolved contact cannot be transferred. Reopen it first.",
);
pub static SOURCE_IN_USE: Kind = Kind::new(
    "source-in-use",
    StatusCode::CONFLICT,
    "The source has open contacts",
    "Resolve or transfer its contacts first, or delete with force=true, which resolves them.",
);
pub static CALENDAR_IN_USE: Kind = Kind::new(
    "calendar-in-use",
    StatusCode::CONFLICT,
    "Operators or sources go by the calendar",
    "Give the operators and sources that go by it another calendar, or none, and then delete it.",
);
pub static NO_FALLBACK: Kind = Kind::new(
    "no-fallback",
    StatusCode::CONFLICT,
    "The source cannot be the fallback",
    "Choose another source as the fallback, one that does not fall back on this one itself.",
);
pub static SOURCE_IS_FALLBACK: Kind = Kind::new(
    "source-is-fallback",
    StatusCode::CONFLICT,
    "Other sources fall back on the source",
    "Give these sources another fallback, or none, and then delete it.",
);
pub static TOO_MANY_MEMBERS: Kind = Kind::new(
    "too-many-members",
    StatusCode::CONFLICT,
    "The source has too many operators",
    "A source can be served by at most 20 000 operators. Remove some, or split the source.",
);
pub static IDENTITY_TAKEN: Kind = Kind::new(
    "identity-taken",
    StatusCode::CONFLICT,
    "Another lead has this identity",
    "An external id, a phone or an email belongs to one lead. If both are the same person, merge them.",
);
pub static LEAD_MERGED: Kind = Kind::new(
    "lead-merged",
    StatusCode::CONFLICT,
    "The lead was merged into another",
    "The lead's contacts and identities belong to the lead that the detail names. Use that one.",
);
pub static DEMO_APART: Kind = Kind::new(
    "demo-apart",
    StatusCode::CONFLICT,
    "Demo data is kept apart",
    "Operators of the demo serve sources of the demo only, and its leads are merged with one another only. Use \
     operators, sources and leads of your own, or remove the demo.",
);
pub static DEMO_PRESENT: Kind = Kind::new(
    "demo-present",
    StatusCode::CONFLICT,
    "Demo data is there already",
    "Demo data is loaded, or is being loaded or removed. The page /demo says which; remove it to load it again.",
);
pub static LEAD_TOO_LARGE: Kind = Kind::new(
    "lead-too-large",
    StatusCode::CONFLICT,
    "The lead has too many contacts to be merged",
    "A merge moves at most 10 000 contacts. Merge the other way round.",
);
pub static LEAD_ERASED: Kind = Kind::new(
    "lead-erased",
    StatusCode::CONFLICT,
    "The lead was erased",
    "No personal data can be added to an erased lead. If the person returns, their next contact creates a new lead.",
);
pub static LEAD_IN_USE: Kind = Kind::new(
    "lead-in-use",
    StatusCode::CONFLICT,
    "The lead has open contacts",
    "A contact of this lead is still waiting or assigned. Resolve or delete its open contacts, then erase.",
);
pub static ADMIN_FIRST: Kind = Kind::new(
    "admin-first",
    StatusCode::CONFLICT,
    "The first key or user has to be an admin's",
    "Once there is a key or a user, everybody else is kept out. So that somebody can add more, the first one has the \
     role admin.",
);
pub static LAST_ADMIN: Kind = Kind::new(
    "last-admin",
    StatusCode::CONFLICT,
    "This is the last admin",
    "Without it nobody could manage keys and users any more. Add another admin first. The command line (maitred keys, \
     maitred users) can do it all the same.",
);
pub static CONTACT_MOVED: Kind = Kind::new(
    "contact-moved",
    StatusCode::CONFLICT,
    "The contact is with somebody else now",
    "The request says from whom the contact is to be taken, in from_operator_id, and it is not with them any more. \
     Nothing was changed; look who has it.",
);
pub static OFFER_OVER: Kind = Kind::new(
    "offer-over",
    StatusCode::CONFLICT,
    "The offer is over",
    "The time to accept the contact has passed, it is with somebody else by now, or it was offered again since. \
     Nothing was changed; the detail says who has it.",
);
pub static NOT_SCHEDULED: Kind = Kind::new(
    "not-scheduled",
    StatusCode::CONFLICT,
    "The contact is not scheduled",
    "An operator can be wanted for a contact only for a time to come. To give it to somebody now, transfer it.",
);
pub static NOT_OFFERED: Kind = Kind::new(
    "not-offered",
    StatusCode::CONFLICT,
    "The contact is not an offer",
    "Only a contact that was offered and not accepted yet can be declined. One that an operator has is transferred or \
     released.",
);
pub static CHANGED: Kind = Kind::new(
    "changed-meanwhile",
    StatusCode::PRECONDITION_FAILED,
    "It was changed meanwhile",
    "The request has If-Match with a version that is not the current one: somebody changed this after it was read. \
     Nothing was changed; read it again.",
);
pub static BODY_TOO_LARGE: Kind = Kind::new(
    "body-too-large",
    StatusCode::PAYLOAD_TOO_LARGE,
    "The body is too large",
    "The body has more bytes than this call accepts. The detail says how many it accepts.",
);
pub static URL_TOO_LONG: Kind = Kind::new(
    "url-too-long",
    StatusCode::URI_TOO_LONG,
    "The URL is too long",
    "The path and query have more bytes than the server accepts. Shorten them.",
);
pub static UNSUPPORTED_MEDIA_TYPE: Kind = Kind::new(
    "unsupported-media-type",
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "The body is not sent as JSON",
    "Send the header Content-Type: application/json.",
);
pub static INVALID_FIELDS: Kind = Kind::new(
    "invalid-fields",
    StatusCode::UNPROCESSABLE_ENTITY,
    "Some values are not valid",
    "`errors` lists every field that is missing or not valid, and what would be valid.",
);
pub static IDEMPOTENCY_KEY_REUSED: Kind = Kind::new(
    "idempotency-key-reused",
    StatusCode::UNPROCESSABLE_ENTITY,
    "The key belongs to another request",
    "The Idempotency-Key, or the source_event_id, was sent before with a different body. A key is for one request: \
     send the same body again, or use a new key.",
);
pub static HEAD_TOO_LARGE: Kind = Kind::new(
    "head-too-large",
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    "The headers are too large",
    "The first line and the headers have more bytes than the server accepts. Cookies of a whole domain are \
     often the cause; otherwise raise head_bytes_max.",
);
pub static INTERNAL: Kind = Kind::new(
    "internal",
    StatusCode::INTERNAL_SERVER_ERROR,
    "Internal server error",
    "Something failed in the server or its database; the request is not the cause. The server's log says more.",
);
pub static OVERLOADED: Kind = Kind::new(
    "overloaded",
    StatusCode::SERVICE_UNAVAILABLE,
    "The server is overloaded",
    "The queue of commands is full, or bodies and answers take all memory that they may. Nothing was done; retry after \
     Retry-After seconds.",
);
pub static STOPPING: Kind = Kind::new(
    "stopping",
    StatusCode::SERVICE_UNAVAILABLE,
    "The server is stopping",
    "Nothing was done; retry after Retry-After seconds.",
);
pub static STORE_UNAVAILABLE: Kind = Kind::new(
    "store-unavailable",
    StatusCode::SERVICE_UNAVAILABLE,
    "The database is not available",
    "Nothing was changed; retry after Retry-After seconds. The server's log says what is wrong.",
);
pub static OUTCOME_UNKNOWN: Kind = Kind::new(
    "outcome-unknown",
    StatusCode::SERVICE_UNAVAILABLE,
    "It is not known whether the change was stored",
    "The connection to the database broke during the commit and did not come back in time, or the disk failed, or \
     what is stored could not be shown. The change was made completely or not at all: retry with the same \
     Idempotency-Key. If it had none, check before you retry.",
);
pub static TIMED_OUT: Kind = Kind::new(
    "timed-out",
    StatusCode::SERVICE_UNAVAILABLE,
    "The server took too long",
    "The response was not ready in time. A change may have been made nevertheless: retry with the same \
     Idempotency-Key. If it had none, check before you retry.",
);
pub static TOO_MANY_REQUESTS: Kind = Kind::new(
    "too-many-requests",
    StatusCode::TOO_MANY_REQUESTS,
    "Too many requests",
    "A key or a user may send a limited number of requests per second (setting rate_limit). Nothing was done; retry \
     after Retry-After seconds. The header RateLimit says how many requests are left.",
);
pub static TOO_MANY_STREAMS: Kind = Kind::new(
    "too-many-streams",
    StatusCode::SERVICE_UNAVAILABLE,
    "Too many streams are open",
    "Every open stream of events uses memory. Close some, or poll GET /api/v1/events with a position instead.",
);
