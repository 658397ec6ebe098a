//! Who may call: API keys for programs, users who log in, and their sessions, as plain values. Where they are kept is
//! in [`crate::KeyStore`]; how callers are let in is in `maitred-app`.

mod key;
mod session;
mod user;

pub use key::{Grant, Key, NewKey, Role};
pub use session::{Digest, IDLE_MICROS, LASTS_MICROS, SESSIONS_MAX, Session};
pub use user::{NewUser, USERS_MAX, User, folded, grant_of_a_person, user_name};
