//! Problems of what is connected to maitred: endpoints, bots, keys.

use super::Kind;
use crate::problem::Problem;
use axum::http::StatusCode;
use maitred_core::ContactId;
use maitred_core::conversation::NoWay;

pub static TOO_MANY_ENDPOINTS: Kind = Kind::new(
    "too-many-endpoints",
    StatusCode::CONFLICT,
    "There are too many endpoints",
    "There can be at most 200 endpoints of webhooks. Delete those that are no longer used.",
);
pub static NOT_SIGNED: Kind = Kind::new(
    "endpoint-not-signed",
    StatusCode::CONFLICT,
    "Nothing is signed for this endpoint",
    "Calls of a CRM are not signed: the secret is in the URL. Make another inbound webhook in the CRM and put its URL \
     into the endpoint.",
);
pub static NO_BOT: Kind = Kind::new(
    "no-bot",
    StatusCode::CONFLICT,
    "No source has a bot in Telegram",
    "Operators are told by the bot of a source. Set bot_token on a source of the kind telegram first; if it is set, \
     its bot_fault says why Telegram does not know it.",
);
pub static NO_WAY: Kind = Kind::new(
    "no-way-to-lead",
    StatusCode::CONFLICT,
    "The source cannot write to this lead",
    "Leads are written to by the bot in Telegram to which they wrote. Answer them where they are: at the address that \
     reply_url of the source makes, by phone or by email; then say so by POST /contacts/{id}/respond.",
);
pub static TOO_MANY_KEYS: Kind = Kind::new(
    "too-many-keys",
    StatusCode::CONFLICT,
    "There are too many keys",
    "At most 1 000 keys can be valid at once. Revoke those that are no longer used.",
);

/// The source of a contact cannot write to its lead.
pub(crate) fn no_way(id: ContactId, why: NoWay) -> Problem {
    let why = match why {
        NoWay::NoBot => {
            "the source on which it arrived has no bot; give the source the bot_token of the bot to which \
                         its leads write"
        }
        NoWay::NoChat => "its lead never wrote to the bot of the source",
    };
    NO_WAY.because(format!(
        "contact {id} cannot be answered from here: {why}. Answer where the reply_url of the source leads, by phone or \
         by email, and note that by POST /contacts/{id}/respond"
    ))
}
