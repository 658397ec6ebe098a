//! What maitred does for a caller, whichever door they come through: API, console or command line.
//!
//! | where | what |
//! |---|---|
//! | [`app`] | [`App`], which all of these share: executes a command for a caller |
//! | [`permission`] | who may have which command executed |
//! | [`auth`] | who calls: keys, users and sessions |
//! | [`batcher`] | carries out commands, many in one transaction, and tells listeners what was committed |
//! | [`jobs`] | what runs in the background |
//! | [`identity`], [`regions`] | phones to E.164, emails to one form, and the region of each source for phones |
//! | [`import`], [`demo`] | contacts from a CSV file, and demo data |
//! | [`explained`], [`stats`], [`export`] | decisions, figures, and everything about one lead, as plain data |
//! | [`fairness`] | what each operator is owed, what moved it, and why a contact went to somebody else |
//! | [`trace`] | "Where is my lead?": the way of one contact, from what was received to the answer |
//! | [`intake`], [`intakes`] | what forms and other services send, taken in at the addresses of sources |
//! | [`message_search`] | contacts by words of their messages |
//! | [`hours_outlook`] | how far ahead hours are known, for those who run the server |
//! | [`csv`] | tables as text that spreadsheets open |
//! | [`counted`](mod@counted) | counts as English says them |
//! | [`periods`] | the periods that shares are asked for |
//! | [`coverage`] | who may get contacts of a source at hours to come |
//! | [`lint`] | checks of the configuration: sources that nobody serves, operators who get nothing, and so on |
//! | [`preview`] | who could get the next contact of a source, or why nobody can |
//! | [`bitrix24`] | contacts as leads of that CRM, and the other way round |
//! | [`webhooks`] | endpoints of webhooks, and what each gets when |
//! | [`reports`] | what happened in any period, as plain data |
//! | [`telegram`] | bots of sources, and chats of operators |
//! | [`push`] | browsers in which operators are told |
//! | [`mail`] | e-mail to operators |
//! | [`event_key`] | the key of what a source gave an id |
//! | [`spans`] | how long requests, batches, jobs and calls take, for traces |
//! | [`stop`] | the signal that the server is shutting down |

pub mod app;
pub mod auth;
pub mod availability;
pub mod batcher;
pub mod bitrix24;
pub mod calendars;
pub mod caps;
mod computed;
pub mod counted;
pub mod coverage;
pub mod csv;
pub mod demo;
pub mod event_key;
pub mod explained;
pub mod export;
pub mod fairness;
pub mod hours_outlook;
pub mod id_spaces;
pub mod identity;
pub mod import;
pub mod intake;
pub mod intake_times;
pub mod intakes;
pub mod jobs;
pub mod json;
pub mod lint;
pub mod mail;
pub mod message_search;
pub mod periods;
pub mod permission;
pub mod preview;
pub mod push;
pub mod regions;
pub mod reports;
pub mod reread;
pub mod spans;
pub mod stats;
pub mod stop;
pub mod telegram;
pub mod trace;
pub mod version;
pub mod webhooks;

pub use app::App;
pub use permission::Requester;
pub use stop::Stop;
