//! The heart of maitred: a deterministic state machine that gives every contact to exactly one operator.
//!
//! ```
//! use maitred_core::command::{NewOperator, NewSource, SetWeight, Submit};
//! use maitred_core::world::World;
//! use maitred_core::{Actor, Command, Context, Identity, IdentityKind, Outcome, Policy, Timestamp, decide};
//!
//! let mut world = World::default();
//! let mut run = |command| {
//!     // A store would load what `world.needs` names and find nothing: this world is all there is.
//!     let needs = world.needs([&command]);
//!     world.load(needs, Default::default());
//!     decide(&mut world, command, Context { now: Timestamp(1), seed: 7, actor: Actor::System }).unwrap()
//! };
//!
//! let operator = NewOperator { max_load: 50, ..NewOperator::named("Anna") };
//! let Outcome::Operator(anna) = run(Command::CreateOperator(operator)) else { unreachable!() };
//! let Outcome::Source(bot) = run(Command::CreateSource(NewSource {
//!     policy: Policy::SmoothWeighted,
//!     ..NewSource::named("Telegram Bot")
//! })) else { unreachable!() };
//! run(Command::SetWeight(SetWeight { source: bot.id, operator: anna.id, weight: 30 }));
//!
//! let phone = Identity::new(IdentityKind::Phone, "+79991234567");
//! let Outcome::Contact(contact) = run(Command::Submit(Submit {
//!     message: Some("Hello!".into()),
//!     ..Submit::new(bot.id, vec![phone])
//! })) else { unreachable!() };
//! assert_eq!(contact.operator, Some(anna.id));
//! ```
//!
//! The words are those of the project's glossary (ARCHITECTURE.md). Nouns are plain values; [`Command`] is what can be
//! asked, [`decide()`] carries it out on a [`World`], [`Outcome`] or [`Rejection`] answers, [`world::Changes`] is what
//! a store writes, [`Decision`] is why, and [`explain::explain`] puts it in words.
//!
//! What is not here: IO, threads, a clock, randomness of its own, hash maps with an order of the day;
//! `scripts/core-is-pure.sh` keeps it so.

mod absence;
pub mod actor;
pub mod answer;
pub mod availability;
pub mod caps;
mod codec;
pub mod command;
mod contact_urgency;
pub mod conversation;
pub mod correction;
pub mod decision;
pub mod draw;
pub mod due;
pub mod event;
pub mod explain;
pub mod fallback;
pub mod follower;
pub mod hours;
pub mod idempotency;
mod ids;
pub mod intake;
pub mod intervals;
pub mod invariants;
pub mod limits;
pub mod measures;
pub mod names;
mod nouns;
pub mod offer;
pub mod opening;
pub mod policy;
pub mod pool;
pub mod presence;
pub mod recording;
pub mod release;
pub mod reply_url;
pub mod report;
pub mod reservation;
mod routing;
mod source_kind;
pub mod urgency;
pub mod world;

pub use actor::Actor;
pub use answer::Answer;
pub use codec::Malformed;
pub use command::{Command, Context, Outcome, Rejection, decide};
pub use decision::Decision;
pub use event::{DetailFields, Event, EventDetail, EventKind};
pub use idempotency::{IdempotencyKey, decide_idempotent};
pub use ids::*;
pub use nouns::*;
pub use policy::Policy;
pub use source_kind::SourceKind;
pub use world::World;
