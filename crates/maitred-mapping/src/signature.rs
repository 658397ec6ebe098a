//! Whether what was received is from who should have sent it: a signature over the bytes as they came, or a secret
//! that the sender puts into the body. Compared in a time that does not depend on where the two differ.

use crate::path::Path;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How a sender shows who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Check {
    /// Not at all: the address is the secret.
    #[default]
    Address,
    /// HMAC-SHA256 of the body in a header, behind a prefix.
    Hmac {
        header: Box<str>,
        #[serde(default)]
        prefix: Box<str>,
        encoding: Encoding,
    },
    /// The secret itself at a place in the body.
    Field { path: Box<str> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    Hex,
    Base64,
}

/// It is from somebody else, or was changed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongSignature;

impl Check {
    /// Whether it needs a secret.
    #[must_use]
    pub const fn needs_secret(&self) -> bool {
        !matches!(self, Self::Address)
    }

    /// Checks what was received against the secret. `header` gives the value of a header.
    ///
    /// # Errors
    /// [`WrongSignature`] when it does not match.
    pub fn verify<'a>(
        &self,
        secret: &str,
        header: impl Fn(&str) -> Option<&'a [u8]>,
        body: &[u8],
        tree: &Value,
    ) -> Result<(), WrongSignature> {
        let is_right = match self {
            Self::Address => true,
            Self::Hmac { header: name, prefix, encoding } => {
                let sent = header(name).and_then(|sent| sent.strip_prefix(prefix.as_bytes()));
                sent.is_some_and(|sent| same(sent.trim_ascii(), encoding.write(&hmac(secret, body)).as_bytes()))
            }
            Self::Field { path } => {
                let path = Path::new(path).ok();
                let sent = path.and_then(|path| path.values(tree).first().and_then(|it| it.as_str()));
                sent.is_some_and(|sent| same(sent.as_bytes(), secret.as_bytes()))
            }
        };
        if is_right { Ok(()) } else { Err(WrongSignature) }
    }
}

impl Encoding {
    fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Base64 => STANDARD.encode(bytes),
        }
    }
}

/// HMAC-SHA256 (RFC 2104) of some bytes.
#[must_use]
pub fn hmac(secret: &str, bytes: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length will do");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// Whether two texts are the same, in a time that depends on their lengths alone.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// RFC 4231, test case 2.
    #[test]
    fn a_published_example_is_met() {
        let mac = Encoding::Hex.write(&hmac("Jefe", b"what do ya want for nothing?"));
        assert_eq!(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn a_changed_body_or_another_secret_is_refused() {
        let check = Check::Hmac { header: "x-sig".into(), prefix: "sha256=".into(), encoding: Encoding::Hex };
        let sig = format!("sha256={}", Encoding::Hex.write(&hmac("secret", "тело".as_bytes())));
        let verify = |secret: &str, body: &[u8], sig: Option<&[u8]>| check.verify(secret, |_| sig, body, &Value::Null);
        assert_eq!(verify("secret", "тело".as_bytes(), Some(sig.as_bytes())), Ok(()));
        assert_eq!(verify("secret", "тела".as_bytes(), Some(sig.as_bytes())), Err(WrongSignature));
        assert_eq!(verify("other", "тело".as_bytes(), Some(sig.as_bytes())), Err(WrongSignature));
        assert_eq!(verify("secret", "тело".as_bytes(), Some(&sig.as_bytes()[7..])), Err(WrongSignature));
        assert_eq!(verify("secret", "тело".as_bytes(), None), Err(WrongSignature));
    }

    #[test]
    fn a_secret_in_the_body_is_compared() {
        let check = Check::Field { path: "google_key".into() };
        let verify = |tree: Value| check.verify("k", |_| None, b"", &tree);
        assert_eq!(verify(json!({"google_key": "k"})), Ok(()));
        assert_eq!(verify(json!({"google_key": "K"})), Err(WrongSignature));
        assert_eq!(verify(json!({})), Err(WrongSignature));
    }
}
