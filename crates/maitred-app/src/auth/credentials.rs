//! The valid keys in memory. A request finds its key by the prefix, hashes the secret once and compares; it takes a
//! lock for reading, allocates nothing, and asks no store.

use super::people::People;
use super::token::{Hash, Prefix, Token};
use super::{Caller, Key};
use maitred_core::{Actor, KeyId, Timestamp};
use maitred_store::accounts::Grant;
use maitred_store::views::Page;
use maitred_store::{KeyStore, StoreError};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The most keys that are not revoked.
pub const KEYS_MAX: usize = 1_000;
/// How many keys are read at once.
const KEYS_PER_PAGE: u32 = 1_000;
/// How fine the time of the last use is kept in memory: most requests only read it.
const USE_MICROS: i64 = 1_000_000;

/// Why a caller is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialError {
    /// No key was sent.
    NoKey,
    /// What was sent is no key of this server, or was revoked.
    UnknownKey,
    /// The key has expired.
    Expired,
    /// The session has ended.
    NoSession,
}

/// That a caller is let in, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// When the key expires, or the session ends at the latest; never, if none.
    pub until: Option<Timestamp>,
}

/// All keys that are not revoked, and people with their sessions.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    /// Raised by every change; 0 as long as there never was a key, nor anybody.
    version: i64,
    keys: Arc<FxHashMap<Prefix, Kept>>,
    people: Arc<People>,
}

struct Kept {
    caller: Caller,
    digest: Hash,
    expires_at: Option<Timestamp>,
    used: Arc<Used>,
}

/// When a key was last used, in microseconds; 0 is never.
#[derive(Default)]
struct Used {
    at: AtomicI64,
    /// What of that the store knows.
    noted: AtomicI64,
}

/// Of every name and grant the first key that had both, revoked ones included.
async fn firsts(store: &KeyStore) -> Result<Vec<Key>, StoreError> {
    let mut firsts: Vec<Key> = Vec::new();
    let mut page = Page { limit: KEYS_PER_PAGE, after: None };
    loop {
        let keys = store.keys(page).await?;
        let Some(last) = keys.last() else { return Ok(firsts) };
        page.after = Some(last.id.0);
        for key in keys {
            if !firsts.iter().any(|first| first.is_like(&key)) {
                firsts.push(key);
            }
        }
    }
}

impl Credentials {
    /// Reads all keys; what `before` knows of their use stays known.
    pub(super) async fn read(store: &KeyStore, before: &Self) -> Result<Self, StoreError> {
        // The version first: a change in between is then seen at the next look.
        let version = store.version().await?;
        let used = |id: KeyId| {
            let known = before.keys.values().find(|kept| kept.caller.actor == Actor::Key(id));
            known.map_or_else(Arc::default, |kept| kept.used.clone())
        };
        let firsts = firsts(store).await?;
        let keys = store.good().await?.into_iter().filter_map(|(key, digest)| {
            let Key { id, grant, ref prefix, expires_at, .. } = key;
            let prefix = Prefix::try_from(prefix.as_bytes()).ok()?;
            let continues = Actor::Key(firsts.iter().find(|first| first.is_like(&key)).map_or(id, |first| first.id));
            let caller = Caller { continues, ..Caller::new(Actor::Key(id), grant) };
            Some((prefix, Kept { caller, digest, expires_at, used: used(id) }))
        });
        let keys = Arc::new(keys.collect());
        let people = Arc::new(People::read(store, &before.people).await?);
        Ok(Self { version, keys, people })
    }

    pub(super) const fn version(&self) -> i64 {
        self.version
    }

    pub(super) fn people(&self) -> &People {
        &self.people
    }

    /// Everybody and everything that may manage keys and users at this moment.
    pub(super) fn admins(&self, now: Timestamp) -> impl Iterator<Item = Actor> + '_ {
        let is_valid = move |kept: &&Kept| kept.expires_at.is_none_or(|at| at > now);
        let keys = self.keys.values().filter(is_valid).map(|kept| kept.caller).filter(|it| it.grant == Grant::Admin);
        keys.map(|caller| caller.actor).chain(self.people.admins())
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is, or ever was, a key or a person.
    pub(super) const fn is_guarded(&self) -> bool {
        self.version > 0
    }

    pub(super) fn admit(&self, key: Option<&str>, now: Timestamp) -> Result<Caller, CredentialError> {
        if !self.is_guarded() {
            return Ok(Caller::ANYBODY);
        }
        let token = Token::parse(key.ok_or(CredentialError::NoKey)?).ok_or(CredentialError::UnknownKey)?;
        let kept = self.keys.get(token.prefix_bytes()).filter(|kept| token.is(&kept.digest));
        let kept = kept.ok_or(CredentialError::UnknownKey)?;
        if kept.expires_at.is_some_and(|at| at <= now) {
            return Err(CredentialError::Expired);
        }
        if now.0 - kept.used.at.load(Ordering::Relaxed) >= USE_MICROS {
            kept.used.at.store(now.0, Ordering::Relaxed);
        }
        Ok(kept.caller)
    }

    /// Whether this caller may go on until some time; whether that is over is not looked at.
    pub(super) fn validity(&self, caller: &Caller, now: Timestamp) -> Option<Validity> {
        match caller.actor {
            Actor::User(_) => self.people.validity(caller, now),
            Actor::Anonymous => (!self.is_guarded()).then_some(Validity { until: None }),
            _ => {
                let kept = self.keys.values().find(|kept| kept.caller == *caller)?;
                Some(Validity { until: kept.expires_at })
            }
        }
    }

    /// Which keys were used, when, that the store does not know of.
    pub(super) fn unnoted_uses(&self) -> Vec<(KeyId, Timestamp)> {
        let used = self.keys.values().filter_map(|kept| {
            let at = kept.used.at.load(Ordering::Relaxed);
            let Actor::Key(id) = kept.caller.actor else { return None };
            (at > kept.used.noted.load(Ordering::Relaxed)).then_some((id, Timestamp(at)))
        });
        used.collect()
    }

    /// Remembers which uses are stored.
    pub(super) fn noted(&self, uses: &[(KeyId, Timestamp)]) {
        for (id, at) in uses {
            if let Some(kept) = self.keys.values().find(|kept| kept.caller.actor == Actor::Key(*id)) {
                kept.used.noted.fetch_max(at.0, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_store::accounts::Grant;

    const NOW: Timestamp = Timestamp(10_000_000);

    fn credentials(version: i64, keys: &[(&Token, Option<Timestamp>)]) -> Credentials {
        let kept = |(number, (token, expires_at)): (usize, &(&Token, Option<Timestamp>))| {
            let caller = Caller::new(Actor::Key(KeyId(number as i64 + 1)), Grant::Supervisor);
            let kept = Kept { caller, digest: token.digest(), expires_at: *expires_at, used: Arc::default() };
            (*token.prefix_bytes(), kept)
        };
        Credentials { version, keys: Arc::new(keys.iter().enumerate().map(kept).collect()), people: Arc::default() }
    }

    #[test]
    fn without_keys_everybody_is_let_in() {
        assert_eq!(credentials(0, &[]).admit(None, NOW), Ok(Caller::ANYBODY));
        assert_eq!(credentials(0, &[]).admit(Some("anything"), NOW), Ok(Caller::ANYBODY));
    }

    #[test]
    fn nobody_is_let_in_once_there_was_a_key() {
        assert_eq!(credentials(1, &[]).admit(None, NOW), Err(CredentialError::NoKey));
        assert!(credentials(1, &[]).validity(&Caller::ANYBODY, NOW).is_none());
    }

    #[test]
    fn only_the_whole_key_opens() {
        let token = Token::new().unwrap();
        let credentials = credentials(1, &[(&token, None)]);
        assert_eq!(credentials.admit(Some(&token.reveal()), NOW).unwrap().actor, Actor::Key(KeyId(1)));
        let shown = token.reveal();
        let prefix = &shown[..17];
        let other = Token::new().unwrap().reveal();
        for wrong in [prefix.to_owned(), format!("{prefix}{}", &other[17..]), other] {
            assert_eq!(credentials.admit(Some(&wrong), NOW), Err(CredentialError::UnknownKey));
        }
    }

    #[test]
    fn a_key_is_good_until_the_moment_it_expires() {
        let token = Token::new().unwrap();
        let credentials = credentials(1, &[(&token, Some(NOW))]);
        assert!(credentials.admit(Some(&token.reveal()), Timestamp(NOW.0 - 1)).is_ok());
        assert_eq!(credentials.admit(Some(&token.reveal()), NOW), Err(CredentialError::Expired));
    }

    #[test]
    fn uses_are_noted_once() {
        let (token, idle) = (Token::new().unwrap(), Token::new().unwrap());
        let credentials = credentials(2, &[(&token, None), (&idle, None)]);
        assert!(credentials.admit(Some(&token.reveal()), NOW).is_ok());
        // Within the same second nothing is written.
        assert!(credentials.admit(Some(&token.reveal()), Timestamp(NOW.0 + 1)).is_ok());
        let uses = credentials.unnoted_uses();
        assert_eq!(uses, [(KeyId(1), NOW)]);
        credentials.noted(&uses);
        assert_eq!(credentials.unnoted_uses(), []);
    }
}
