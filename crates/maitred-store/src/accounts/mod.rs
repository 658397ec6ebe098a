//! Who may call: API keys for programs, users who log in, and their sessions, as plain values in `key`, `user` and
//! `session`; where they are kept, in `store`, and what is done with their rows, in `steps`. How callers are let in is
//! in `maitred-app`.

mod key;
mod session;
pub(crate) mod steps;
mod store;
mod user;

pub use key::{Grant, Key, NewKey, Role};
pub use session::{Digest, IDLE_MICROS, LASTS_MICROS, SESSIONS_MAX, Session};
pub use steps::{Added, KeyAndDigest, UserAndPassword, UserChange};
pub use store::{KeyStore, TakenOver};
pub use user::{NewUser, USERS_MAX, User, folded, grant_of_a_person, user_name};
