//! What forms and other services send, read as a contact without a program in between.
//!
//! ```
//! use maitred_mapping::{Mapping, parse};
//!
//! let received = parse::parse(Some("application/x-www-form-urlencoded"), b"name=Anna&phone=8+999+123-45-67");
//! let mapped = Mapping::by_names().apply(&received.tree);
//! assert_eq!(mapped.name.as_deref(), Some("Anna"));
//! assert_eq!(mapped.phone.as_deref(), Some("8 999 123-45-67"));
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`parse`] | JSON, urlencoded and multipart bodies as one tree, within limits; nothing is refused |
//! | [`path`] | where in the tree a value is: a name, or a JSONPath (RFC 9535) |
//! | [`fields`] | the fields of a contact that something can be mapped to |
//! | [`mapping`] | which values become which fields of a contact, and how they are changed on the way |
//! | [`names`] | the fields that are recognised by their names alone |
//! | [`preset`] | mappings for well-known services, as data in `presets/` |
//! | [`signature`] | whether the sender is who they should be |
//!
//! It knows no store, clock or network. Phones and e-mail addresses stay as they were sent: `maitred-app` reads them.

pub mod fields;
pub mod mapping;
pub mod names;
pub mod parse;
pub mod path;
pub mod preset;
pub mod signature;

pub use fields::{Mapped, Target};
pub use mapping::{InvalidMapping, Mapping};
pub use preset::Preset;
