//! The HTTP API. Handlers turn requests into commands for the batcher and into reads of the store; they hold no rules
//! and no SQL.
//!
//! | where | what |
//! |---|---|
//! | [`v1`] | the calls under `/api/v1`, one file for each noun: what they accept, what they answer |
//! | [`compat`], [`dialect`] | the dialects of other services, under `/compat` |
//! | [`body`] | JSON bodies, each declared once: reading them with all errors at once, describing them |
//! | [`intake`] | `/in/{token}`: what forms and other services send, without a key |
//! | [`telegram`] | `/telegram/{name}`: what Telegram sends to bots, without a key |
//! | [`idempotency`] | POSTs that may be sent again: `Idempotency-Key` |
//! | [`if_match`] | versions: `ETag` and `If-Match` |
//! | [`list`], [`reply`] | pages and cursors, answers |
//! | [`openapi`] | the document, made of what calls say of themselves |

pub mod body;
pub mod compat;
pub mod dialect;
pub mod idempotency;
pub mod if_match;
pub mod intake;
pub mod list;
pub mod openapi;
pub mod reply;
pub mod telegram;
pub mod v1;
