//! The heart of maitred: a deterministic state machine that gives every contact to exactly one operator.
//!
//! ```
//! use maitred_core::command::{NewOperator, NewSource, Submit};
//! use maitred_core::world::World;
//! use maitred_core::{
//!     Actor, Command, Context, Identity, IdentityKind, Outcome, Policy, SourceKind, Timestamp, decide,
//! };
//!
//! let mut world = World::default();
//! let mut run = |command| {
//!     // A store would load what `world.needs` names and find nothing: this world is all there is.
//!     let needs = world.needs([&command]);
//!     world.load(needs, Default::default());
//!     decide(&mut world, command, Context { now: Timestamp(1), seed: 7, actor: Actor::System }).unwrap()
//! };
//!
//! let operator = NewOperator { name: "Anna".into(), is_active: true, max_load: 50 };
//! let Outcome::Operator(anna) = run(Command::CreateOperator(operator)) else { unreachable!() };
//! let Outcome::Source(bot) = run(Command::CreateSource(NewSource {
//!     name: "Telegram Bot".into(),
//!     description: "".into(),
//!     kind: SourceKind::Telegram,
//!     policy: Policy::WeightedRandom,
//!     sticky: false,
//!     default_region: None,
//! })) else { unreachable!() };
//! run(Command::SetWeight { source: bot.id, operator: anna.id, weight: 30 });
//!
//! let phone = Identity { kind: IdentityKind::Phone, value: "+79991234567".into() };
//! let Outcome::Contact(contact) = run(Command::Submit(Submit {
//!     source: bot.id,
//!     identities: vec![phone],
//!     lead_name: None,
//!     message: Some("Hello!".into()),
//!     priority: 0,
//!     attributes: None,
//!     once: None,
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

pub mod actor;
pub mod answer;
mod codec;
pub mod command;
pub mod decide;
pub mod decision;
pub mod draw;
pub mod event;
pub mod explain;
mod ids;
pub mod invariants;
pub mod limits;
pub mod measures;
mod nouns;
pub mod once;
pub mod policy;
pub mod pool;
pub mod recording;
pub mod world;

pub use actor::Actor;
pub use answer::Answer;
pub use codec::Malformed;
pub use command::{Command, Context, Outcome, Rejection};
pub use decide::decide;
pub use decision::Decision;
pub use event::{Event, EventDetail, EventKind};
pub use ids::{ContactId, KeyId, LeadId, OperatorId, PoolId, SourceId, Timestamp, UserId};
pub use nouns::{Contact, Identity, IdentityKind, Lead, Operator, Source, SourceKind, Status};
pub use once::{Once, decide_once};
pub use policy::Policy;
pub use world::World;
