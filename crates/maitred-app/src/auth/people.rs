//! People and their sessions in memory, so that no request asks the store.

use super::User;
use super::{Caller, CredentialError, Validity};
use super::{Digest, IDLE_MICROS, LASTS_MICROS, Session};
use maitred_core::{Actor, Timestamp, UserId};
use maitred_store::accounts::Grant;
use maitred_store::{KeyStore, StoreError};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// How fine the time of the last use is kept: to the minute.
const USE_MICROS: i64 = 60 * 1_000_000;

/// Everybody there is, and the sessions of those who may have one.
#[derive(Default)]
pub(super) struct People {
    users: FxHashMap<UserId, Arc<User>>,
    sessions: FxHashMap<Digest, Kept>,
}

struct Kept {
    user: Arc<User>,
    created_at: Timestamp,
    seen: Arc<Seen>,
}

/// When a session was last used, in microseconds.
#[derive(Default)]
struct Seen {
    at: AtomicI64,
    /// What of that the store knows.
    noted: AtomicI64,
}

impl People {
    /// Reads all of them; what `before` knows of their use stays known.
    pub(super) async fn read(store: &KeyStore, before: &Self) -> Result<Self, StoreError> {
        let users: FxHashMap<_, _> = store.users().await?.into_iter().map(|user| (user.id, Arc::new(user))).collect();
        let mut sessions = FxHashMap::default();
        for session in store.sessions().await? {
            let Some(user) = users.get(&session.user).filter(|user| user.is_enabled()) else { continue };
            let seen = before.sessions.get(&session.digest).map_or_else(Arc::default, |kept| kept.seen.clone());
            seen.at.fetch_max(session.seen_at.0, Ordering::Relaxed);
            seen.noted.fetch_max(session.seen_at.0, Ordering::Relaxed);
            sessions.insert(session.digest, Kept { user: user.clone(), created_at: session.created_at, seen });
        }
        Ok(Self { users, sessions })
    }

    /// Who has this session.
    pub(super) fn admit(&self, digest: &Digest, now: Timestamp) -> Result<Caller, CredentialError> {
        let kept = self.sessions.get(digest).ok_or(CredentialError::NoSession)?;
        let seen_at = Timestamp(kept.seen.at.load(Ordering::Relaxed));
        let session = Session { digest: *digest, user: kept.user.id, created_at: kept.created_at, seen_at };
        if session.is_over(now) {
            return Err(CredentialError::NoSession);
        }
        if now.0 - seen_at.0 >= USE_MICROS {
            kept.seen.at.fetch_max(now.0, Ordering::Relaxed);
        }
        Ok(Caller { session: Some(*digest), ..Caller::new(Actor::User(kept.user.id), kept.user.grant) })
    }

    /// Admins who may log in.
    pub(super) fn admins(&self) -> impl Iterator<Item = Actor> + '_ {
        let admins = self.users.values().filter(|user| user.is_enabled() && user.grant == Grant::Admin);
        admins.map(|user| Actor::User(user.id))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Whether this caller may go on, and until when at the latest. Going on is a use of the session: a board on a
    /// wall is looked at, though nobody touches it.
    pub(super) fn validity(&self, caller: &Caller, now: Timestamp) -> Option<Validity> {
        let kept = self.sessions.get(caller.session.as_ref()?)?;
        if Actor::User(kept.user.id) != caller.actor || kept.user.grant != caller.grant {
            return None;
        }
        kept.seen.at.fetch_max(now.0, Ordering::Relaxed);
        Some(Validity { until: Some(Timestamp(kept.created_at.0 + LASTS_MICROS)) })
    }

    pub(super) fn user(&self, id: UserId) -> Option<&Arc<User>> {
        self.users.get(&id)
    }

    /// Everybody, by id.
    pub(super) fn users(&self) -> Vec<Arc<User>> {
        let mut users: Vec<_> = self.users.values().cloned().collect();
        users.sort_by_key(|user| user.id);
        users
    }

    pub(super) fn enabled(&self) -> usize {
        self.users.values().filter(|user| user.is_enabled()).count()
    }

    /// How many sessions somebody has.
    pub(super) fn sessions_of(&self, user: UserId, now: Timestamp) -> usize {
        let is_theirs = |(_, kept): &(&Digest, &Kept)| {
            kept.user.id == user && now.0 - kept.seen.at.load(Ordering::Relaxed) < IDLE_MICROS
        };
        self.sessions.iter().filter(is_theirs).count()
    }

    /// Which sessions were used, when, that the store does not know of.
    pub(super) fn unnoted_uses(&self) -> Vec<(Digest, Timestamp)> {
        let used = self.sessions.iter().filter_map(|(digest, kept)| {
            let at = kept.seen.at.load(Ordering::Relaxed);
            (at > kept.seen.noted.load(Ordering::Relaxed)).then_some((*digest, Timestamp(at)))
        });
        used.collect()
    }

    /// Remembers which uses are stored.
    pub(super) fn noted(&self, uses: &[(Digest, Timestamp)]) {
        for (digest, at) in uses {
            if let Some(kept) = self.sessions.get(digest) {
                kept.seen.noted.fetch_max(at.0, Ordering::Relaxed);
            }
        }
    }
}
