//! Passwords: what is one, and what is kept of it. Argon2id with the parameters that OWASP names first for little
//! memory (m = 19 MiB, t = 2, p = 1), as a PHC string that carries them, so they may be raised without a migration.
//!
//! A hash takes tens of milliseconds and 19 MiB on purpose. So many are made at once as [`AT_ONCE_MAX`] says, and so
//! many may wait for that as [`WAITING_MAX`]; callers beyond that are told to come again.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use maitred_core::limits::Invalid;
use maitred_store::clock;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Characters of a password at least. NIST SP 800-63B asks for length and for no mixture of kinds of characters.
pub const CHARS_MIN: usize = 12;
/// Characters of a password at most: room for any sentence, none for a megabyte.
pub const CHARS_MAX: usize = 256;
/// Hashes that are made at once; each takes 19 MiB.
pub const AT_ONCE_MAX: usize = 2;
/// Hashes that may be asked for at once, those being made included.
pub const WAITING_MAX: usize = 64;
const SALT_BYTES: usize = 16;

/// A password that may be set. Never printed.
#[derive(Clone)]
pub struct Password(Arc<str>);

impl Password {
    /// Reads one for somebody with this name.
    ///
    /// # Errors
    /// [`Invalid`] says what it has to be; it never repeats it.
    pub fn new(text: &str, name: &str) -> Result<Self, Invalid> {
        let chars = text.chars().count();
        if chars < CHARS_MIN {
            return Err(Invalid(format!("has {chars} characters; give at least {CHARS_MIN}, a few words for example")));
        }
        if chars > CHARS_MAX {
            return Err(Invalid(format!("has {chars} characters; give at most {CHARS_MAX}")));
        }
        if is_easy(&super::folded(text), &super::folded(name)) {
            return Err(Invalid("is easy to guess; give a few words for example".to_owned()));
        }
        Ok(Self(text.into()))
    }
}

/// Words of the most common passwords, without what is put around them.
const COMMON: [&str; 28] = [
    "abc",
    "admin",
    "administrator",
    "changeme",
    "correcthorsebatterystaple",
    "dragon",
    "football",
    "iloveyou",
    "letmein",
    "login",
    "maitred",
    "monkey",
    "operator",
    "pass",
    "password",
    "princess",
    "qwerty",
    "qwertyui",
    "qwertyuiop",
    "secret",
    "sunshine",
    "test",
    "trustno",
    "welcome",
    "zxcvbnm",
    "йцукен",
    "йцукенгшщзхъ",
    "пароль",
];
/// What is typed along the keys, and back.
const RUNS: [&str; 4] =
    ["12345678901234567890", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn", "abcdefghijklmnopqrstuvwxyz"];
/// Characters that differ, at least.
const DIFFERENT_MIN: usize = 5;

/// Whether a password, without letter case, is among the first that are tried: the same few characters again and again,
/// a run of keys, or a common word or the name, once or several times, with digits and signs around it.
fn is_easy(text: &str, name: &str) -> bool {
    let different: std::collections::BTreeSet<char> = text.chars().collect();
    let backwards: String = text.chars().rev().collect();
    let is_run = RUNS.iter().any(|run| run.contains(text) || run.contains(&backwards));
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
    let (core, name_core) = (letters(text), letters(name));
    let repeats = |word: &str| !word.is_empty() && !core.is_empty() && core.replace(word, "").is_empty();
    let is_common = COMMON.iter().any(|word| repeats(word)) || repeats(&name_core);
    different.len() < DIFFERENT_MIN || is_run || is_common || text == name
}

/// Letters and digits that are not mistaken for one another: 32 of them, five bits each.
const LEGIBLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A password of 80 random bits, in groups that are easily read out.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn generated_password() -> Result<String, getrandom::Error> {
    let random = clock::unforeseeable::<16>()?.map(|byte| char::from(LEGIBLE[usize::from(byte & 31)]));
    Ok(random.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-"))
}

/// Why a password was neither hashed nor compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotHashed {
    /// [`WAITING_MAX`] wait already.
    TooMany,
    /// The operating system has no randomness, or no memory.
    Failed,
}

/// Makes and compares hashes, a few at once. Clones share the places.
#[derive(Clone)]
pub struct Hasher {
    making: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { making: Arc::new(Semaphore::new(AT_ONCE_MAX)), waiting: Arc::new(Semaphore::new(WAITING_MAX)) }
    }
}

impl Hasher {
    /// What is kept of a password: a PHC string.
    ///
    /// # Errors
    /// [`NotHashed`] says why there is none.
    pub async fn hash(&self, password: &Password) -> Result<String, NotHashed> {
        let password = password.clone();
        self.run(move || {
            let salt = clock::unforeseeable::<SALT_BYTES>().map_err(|_| NotHashed::Failed)?;
            hashed(&password.0, &salt)
        })
        .await
    }

    /// Whether a password is the one that was kept. Where nothing was kept it takes as long and is not.
    ///
    /// # Errors
    /// [`NotHashed`] says why that cannot be said.
    pub async fn is(&self, password: &str, kept: Option<String>) -> Result<bool, NotHashed> {
        // Nothing longer was ever set, and to hash it would take longer.
        let password: String = password.chars().take(CHARS_MAX + 1).collect();
        self.run(move || {
            let is_known = kept.is_some();
            let kept = kept.as_deref().unwrap_or(&NOBODYS);
            let is_right = hasher().verify_password(password.as_bytes(), kept).is_ok();
            Ok(is_known && is_right)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, NotHashed> + Send + 'static,
    ) -> Result<T, NotHashed> {
        let _waiting = self.waiting.try_acquire().map_err(|_| NotHashed::TooMany)?;
        // The place goes with the work: a caller who hangs up does not make room for another hash.
        let place = self.making.clone().acquire_owned().await.map_err(|_| NotHashed::Failed)?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.unwrap_or(Err(NotHashed::Failed))
    }
}

/// With what the password of an unknown name is compared: made with the same parameters, so it takes as long.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hashed("nobody's", &[0; SALT_BYTES]).unwrap_or_default());

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn hashed(password: &str, salt: &[u8]) -> Result<String, NotHashed> {
    let hash = hasher().hash_password_with_salt(password.as_bytes(), salt).map_err(|_| NotHashed::Failed)?;
    Ok(hash.to_string())
}

/// So that the first unknown name takes no longer than the second.
pub(super) fn warm_up() {
    LazyLock::force(&NOBODYS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_names_the_parameters_of_owasp() {
        let kept = hashed("correct horse", &[7; SALT_BYTES]).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(NOBODYS.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[tokio::test]
    async fn only_the_password_opens_and_no_two_hashes_are_alike() {
        let hasher = Hasher::default();
        let password = Password::new("correct horse", "maria").unwrap();
        let (one, other) = (hasher.hash(&password).await.unwrap(), hasher.hash(&password).await.unwrap());
        assert_ne!(one, other);
        assert_eq!(hasher.is("correct horse", Some(one.clone())).await, Ok(true));
        for wrong in ["Correct horse", "correct horse ", ""] {
            assert_eq!(hasher.is(wrong, Some(one.clone())).await, Ok(false));
        }
        assert_eq!(hasher.is("nobody's", None).await, Ok(false));
        assert_eq!(hasher.is("correct horse", Some("no hash".to_owned())).await, Ok(false));
    }

    #[test]
    fn a_password_is_long_and_not_the_name() {
        for bad in ["", "short", "aaaaaaaaaaaaaaaa", "MARIA@EXAMPLE.ORG", &"x y".repeat(100)] {
            assert!(Password::new(bad, "maria@example.org").is_err(), "{bad}");
        }
        assert!(Password::new("четыре слова", "maria").is_ok());
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for bad in [
            "password1234",
            "Password!2026",
            "passwordpassword",
            "123456789012",
            "210987654321",
            "qwertyuiop123",
            "1q2w3e4r5t6y",
            "123123123123",
            "abcabcabcabc",
            "administrator",
            "Maria1234567",
            "maria-maria-maria",
            "CorrectHorseBatteryStaple",
            "пароль123456",
            "йцукенгшщзхъ",
        ] {
            assert!(Password::new(bad, "Maria").is_err(), "{bad}");
        }
        for fine in ["passwords of old men", "maria likes tea", "four little words", "3141592653589793"] {
            assert!(Password::new(fine, "Maria").is_ok(), "{fine}");
        }
    }

    #[test]
    fn a_generated_password_can_be_set_and_is_never_the_same() {
        let (one, other) = (generated_password().unwrap(), generated_password().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 19);
        assert!(Password::new(&one, "Maria").is_ok());
    }

    #[tokio::test]
    async fn callers_beyond_the_maximum_are_sent_away() {
        let hasher = Hasher::default();
        let all = hasher.waiting.clone().acquire_many_owned(WAITING_MAX as u32).await.unwrap();
        assert_eq!(hasher.is("x", None).await, Err(NotHashed::TooMany));
        drop(all);
        assert_eq!(hasher.is("x", None).await, Ok(false));
    }
}
