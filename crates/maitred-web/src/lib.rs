//! What every HTTP call goes through, whether it is for the API, the console or a dialect.
//!
//! | where | what |
//! |---|---|
//! | [`serve`] | connections: accepting them, and ending them when the server stops |
//! | [`edge`] | what a connection may cost, who is at its other end, TLS |
//! | [`routes`] | routes, each declared with who may call it |
//! | [`rules`], [`routes`] | what each role may; routes, each with its rule |
//! | [`guard`], [`caller`] | who may call what: in front of all routes, with the rules that stand with them |
//! | [`same_origin`] | what pages of other sites make a browser send |
//! | [`pipeline`] | what every request goes through, in order |
//! | [`security_headers`] | what every answer tells a browser |
//! | [`field`] | kinds of values in requests, each declared once: bounds, reader, schema |
//! | [`intake`] | what forms and other services send to the address of a source |
//! | [`params`] | ids in the path, parameters in the query |
//! | [`problem`] | what goes wrong (RFC 9457) |
//! | [`lead_search`] | what a text finds among leads |
//! | [`streams`] | how many streams of events are open |
//! | [`health`], [`telemetry`] | `/healthz`, `/readyz`, `/metrics`, and what is measured of every request |
//! | [`state`] | what handlers share |
//!
//! One request: `serve` -> `edge` -> `telemetry` -> `guard` -> a handler -> `App::execute` or `Store` -> an answer or
//! a `problem`. Handlers are in `maitred-api` and `maitred-console`.

pub mod body;
pub mod caller;
mod desk_metrics;
pub mod edge;
pub mod field;
pub mod guard;
pub mod health;
pub mod intake;
pub mod lead_search;
pub mod params;
pub mod pipeline;
pub mod problem;
pub mod routes;
pub mod rules;
pub mod same_origin;
pub mod security_headers;
pub mod serve;
pub mod state;
pub mod streams;
pub mod telemetry;

pub use state::{AppState, unexpected};
pub use streams::{STREAMS_MAX, STREAMS_PER_CALLER_MAX};
