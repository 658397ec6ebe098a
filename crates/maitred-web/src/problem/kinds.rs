//! Every kind of problem the server answers with: its stable name, its status, and what to do about it. The list is
//! served at `/problems`, and the `type` of a problem is the address of its kind there.

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
    /// What it means and how it is mended.
    pub meaning: &'static str,
}

impl Kind {
    const fn new(name: &'static str, status: StatusCode, title: &'static str, meaning: &'static str) -> Self {
        Self { name, status, title, meaning }
    }

    /// A problem of this kind. `detail` says what is wrong this time and how to mend it, without a value that could be
    /// somebody's phone, email or message.
    #[must_use]
    pub fn because(&'static self, detail: impl Into<String>) -> Problem {
        Problem { kind: self, detail: detail.into(), errors: Vec::new() }
    }
}

/// Every kind, by status.
pub const ALL: [&Kind; 38] = [
    &MALFORMED_BODY,
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
    &OPERATOR_FULL,
    &OPERATOR_INACTIVE,
    &CONTACT_RESOLVED,
    &SOURCE_IN_USE,
    &TOO_MANY_MEMBERS,
    &TOO_MANY_KEYS,
    &IDENTITY_TAKEN,
    &LEAD_MERGED,
    &LEAD_TOO_LARGE,
    &LEAD_ERASED,
    &LEAD_IN_USE,
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
    "The request breaks a rule of HTTP. Compare it with the calls at /docs.",
);
pub static CROSS_SITE: Kind = Kind::new(
    "cross-site",
    StatusCode::FORBIDDEN,
    "A page of another site sent this",
    "A browser may change something here only from a page of this server: not from one of another site, and not \
     through a proxy that puts another Host header in place of the browser's. Programs are not concerned.",
);
pub static KEY_REQUIRED: Kind = Kind::new(
    "key-required",
    StatusCode::UNAUTHORIZED,
    "A key is needed",
    "This server answers only callers with a key. Send it with every request: Authorization: Bearer, then the key.",
);
pub static KEY_REFUSED: Kind = Kind::new(
    "key-refused",
    StatusCode::UNAUTHORIZED,
    "The key is not good",
    "The key is not one of this server, was revoked, or has expired. Ask for another; nothing was done.",
);
pub static FORBIDDEN: Kind = Kind::new(
    "forbidden",
    StatusCode::FORBIDDEN,
    "The key may not do this",
    "The key is good, but its role does not allow this call, or not on this contact. docs/security.md says who may \
     what.",
);
pub static UNKNOWN_PATH: Kind = Kind::new(
    "unknown-path",
    StatusCode::NOT_FOUND,
    "There is nothing at this path",
    "No call has this path. All calls are listed at /docs; paths begin with /api/v1 and do not end with a slash.",
);
pub static UNKNOWN_ID: Kind = Kind::new(
    "unknown-id",
    StatusCode::NOT_FOUND,
    "No such thing",
    "What the path names does not exist, or was deleted.",
);
pub static UNKNOWN_REFERENCE: Kind = Kind::new(
    "unknown-reference",
    StatusCode::NOT_FOUND,
    "The body names something that does not exist",
    "A field of the body holds the id of something that does not exist, or was deleted. `errors` says which field.",
);
pub static METHOD_NOT_ALLOWED: Kind = Kind::new(
    "method-not-allowed",
    StatusCode::METHOD_NOT_ALLOWED,
    "The path has no such method",
    "The path exists, but not with this method. The Allow header lists those it has.",
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
    "Another source has this name. Names of sources are unique; choose another, or change that source instead.",
);
pub static OPERATOR_FULL: Kind = Kind::new(
    "operator-full",
    StatusCode::CONFLICT,
    "The operator has no free slot",
    "The operator holds as many contacts as his max_load. Choose another, raise his max_load, or send force = true.",
);
pub static OPERATOR_INACTIVE: Kind = Kind::new(
    "operator-inactive",
    StatusCode::CONFLICT,
    "The operator is switched off",
    "The operator is not active. Choose another, set is_active = true, or send force = true.",
);
pub static CONTACT_RESOLVED: Kind = Kind::new(
    "contact-resolved",
    StatusCode::CONFLICT,
    "The contact is resolved",
    "A resolved contact cannot be handed over. Reopen it first.",
);
pub static SOURCE_IN_USE: Kind = Kind::new(
    "source-in-use",
    StatusCode::CONFLICT,
    "The source has unresolved contacts",
    "Resolve or transfer its contacts first, or delete with force=true, which resolves them.",
);
pub static TOO_MANY_MEMBERS: Kind = Kind::new(
    "too-many-members",
    StatusCode::CONFLICT,
    "The source has too many operators",
    "A source can be served by at most 20 000 operators. Remove some, or split the source.",
);
pub static TOO_MANY_KEYS: Kind = Kind::new(
    "too-many-keys",
    StatusCode::CONFLICT,
    "There are too many keys",
    "At most 1 000 keys are good at once. Revoke those that nobody uses.",
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
pub static LEAD_TOO_LARGE: Kind = Kind::new(
    "lead-too-large",
    StatusCode::CONFLICT,
    "The lead has too many contacts to be merged",
    "At most 10 000 contacts are moved by a merge. Merge the other way round.",
);
pub static LEAD_ERASED: Kind = Kind::new(
    "lead-erased",
    StatusCode::CONFLICT,
    "The lead was erased",
    "Nothing personal is written about an erased lead any more. Whoever comes back becomes a new lead with his next \
     contact.",
);
pub static LEAD_IN_USE: Kind = Kind::new(
    "lead-in-use",
    StatusCode::CONFLICT,
    "The lead has open contacts",
    "Somebody still works on a contact of this lead, or it waits. Resolve or delete what is open, then erase.",
);
pub static BODY_TOO_LARGE: Kind = Kind::new(
    "body-too-large",
    StatusCode::PAYLOAD_TOO_LARGE,
    "The body is too large",
    "The body has more bytes than this call reads. The detail says how many it reads.",
);
pub static URL_TOO_LONG: Kind = Kind::new(
    "url-too-long",
    StatusCode::URI_TOO_LONG,
    "The URL is too long",
    "The path and query have more bytes than the server reads. Ask for less at once.",
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
    "`errors` lists every field that is missing or wrong, each with what would be right.",
);
pub static IDEMPOTENCY_KEY_REUSED: Kind = Kind::new(
    "idempotency-key-reused",
    StatusCode::UNPROCESSABLE_ENTITY,
    "The key belongs to another request",
    "The Idempotency-Key, or the source_event_id, was sent before with another body. A key names one request: send \
     that one again as it was, or give this one a key of its own.",
);
pub static HEAD_TOO_LARGE: Kind = Kind::new(
    "head-too-large",
    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    "The headers are too large",
    "The first line and the headers have more bytes than the server reads. Cookies of a whole domain are often the \
     cause; or else raise head_bytes_max.",
);
pub static INTERNAL: Kind = Kind::new(
    "internal",
    StatusCode::INTERNAL_SERVER_ERROR,
    "Something is wrong inside the server",
    "This is a fault of the server or its database, not of the request. The server's log says more.",
);
pub static OVERLOADED: Kind = Kind::new(
    "overloaded",
    StatusCode::SERVICE_UNAVAILABLE,
    "Too much at once",
    "More commands are waiting than the server queues. Nothing was done; send it again after Retry-After seconds.",
);
pub static STOPPING: Kind = Kind::new(
    "stopping",
    StatusCode::SERVICE_UNAVAILABLE,
    "The server is stopping",
    "Nothing was done; send it again after Retry-After seconds.",
);
pub static STORE_UNAVAILABLE: Kind = Kind::new(
    "store-unavailable",
    StatusCode::SERVICE_UNAVAILABLE,
    "The database cannot be used now",
    "Nothing was changed; send it again after Retry-After seconds. The server's log says what is wrong.",
);
pub static OUTCOME_UNKNOWN: Kind = Kind::new(
    "outcome-unknown",
    StatusCode::SERVICE_UNAVAILABLE,
    "Nobody can say whether it was stored",
    "The connection to the database broke during the commit and did not come back in time. The change was made as a \
     whole or not at all: send it again with the same Idempotency-Key. If it had none, look before you send it again.",
);
pub static TIMED_OUT: Kind = Kind::new(
    "timed-out",
    StatusCode::SERVICE_UNAVAILABLE,
    "The server took too long",
    "The answer did not come in time. A change may have been made all the same: send it again with the \
     same Idempotency-Key. If it had none, look before you send it again.",
);
pub static TOO_MANY_REQUESTS: Kind = Kind::new(
    "too-many-requests",
    StatusCode::TOO_MANY_REQUESTS,
    "Too many requests",
    "A key or a person may send so many requests a second (setting rate_limit). Wait for Retry-After seconds; the \
     header RateLimit tells how many are left. Nothing was done.",
);
pub static TOO_MANY_STREAMS: Kind = Kind::new(
    "too-many-streams",
    StatusCode::SERVICE_UNAVAILABLE,
    "Too many streams are open",
    "Every open stream of events costs memory. Close some, or read GET /api/v1/events from a position now and then.",
);
