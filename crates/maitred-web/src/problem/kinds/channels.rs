//! Problems of what is connected to maitred: endpoints, bots, keys.

use super::Kind;
use axum::http::StatusCode;

pub static TOO_MANY_ENDPOINTS: Kind = Kind::new(
    "too-many-endpoints",
    StatusCode::CONFLICT,
    "There are too many endpoints",
    "There can be at most 200 endpoints of webhooks. Delete those that are no longer used.",
);
pub static NO_BOT: Kind = Kind::new(
    "no-bot",
    StatusCode::CONFLICT,
    "No source has a bot in Telegram",
    "Operators are told by the bot of a source. Set bot_token on a source of the kind telegram first; if it is set, \
     its bot_fault says why Telegram does not know it.",
);
pub static TOO_MANY_KEYS: Kind = Kind::new(
    "too-many-keys",
    StatusCode::CONFLICT,
    "There are too many keys",
    "At most 1 000 keys can be valid at once. Revoke those that are no longer used.",
);
