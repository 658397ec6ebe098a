//! The text of a key: `mtd_`, twelve hexadecimal digits by which it is found and shown, `_`, and a secret of 256 bits
//! in base64url. Only the SHA-256 of the secret is kept: of a secret this long nothing else can be guessed, so a slow
//! hash would only slow down every request.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maitred_store::clock;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

const MARK: &[u8] = b"mtd_";
/// Hexadecimal digits of a prefix.
const PREFIX_CHARS: usize = 12;
const SECRET_BYTES: usize = 32;
/// What 32 bytes take in base64url.
const SECRET_CHARS: usize = 43;
const CHARS: usize = MARK.len() + PREFIX_CHARS + 1 + SECRET_CHARS;

/// By which a key is found.
pub(super) type Prefix = [u8; PREFIX_CHARS];
/// What a secret hashes to.
pub(super) type Hash = [u8; 32];

/// A key with its secret. Never printed by accident: only [`Token::reveal`] tells it.
pub struct Token {
    prefix: Prefix,
    secret: [u8; SECRET_BYTES],
}

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new() -> Result<Self, getrandom::Error> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let prefix = clock::unforeseeable::<PREFIX_CHARS>()?.map(|byte| DIGITS[usize::from(byte & 15)]);
        Ok(Self { prefix, secret: clock::unforeseeable()? })
    }

    /// Reads one; `None` when the text is none. Allocates nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.as_bytes().strip_prefix(MARK).filter(|_| text.len() == CHARS)?;
        let (prefix, rest) = rest.split_first_chunk::<PREFIX_CHARS>()?;
        let (b'_', encoded) = rest.split_first()? else { return None };
        if !prefix.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let mut secret = [0; SECRET_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, &mut secret).ok()?;
        (length == SECRET_BYTES).then_some(Self { prefix: *prefix, secret })
    }

    /// Its text, secret and all, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("mtd_{}_{}", self.prefix(), URL_SAFE_NO_PAD.encode(self.secret))
    }

    /// The part that is no secret.
    #[must_use]
    pub fn prefix(&self) -> &str {
        std::str::from_utf8(&self.prefix).unwrap_or_default()
    }

    pub(super) const fn prefix_bytes(&self) -> &Prefix {
        &self.prefix
    }

    /// What is kept of the secret.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }

    /// Whether this is the key that hashes to `kept`. Takes as long for a near miss as for a wild guess.
    pub(super) fn is(&self, kept: &Hash) -> bool {
        self.digest().ct_eq(kept).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mtd_{}_…", self.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_shown() {
        let token = Token::new().unwrap();
        let text = token.reveal();
        assert_eq!(text.len(), CHARS);
        let read = Token::parse(&text).unwrap();
        assert_eq!((read.prefix, read.secret), (token.prefix, token.secret));
        assert!(read.is(&token.digest()));
        assert!(!Token::new().unwrap().is(&token.digest()));
    }

    #[test]
    fn the_hash_is_that_of_the_secret() {
        let token = Token::parse(&format!("mtd_0123456789ab_{}", "A".repeat(43))).unwrap();
        let expected = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
        let digest: String = token.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, expected, "SHA-256 of 32 zero bytes");
    }

    #[test]
    fn what_is_not_quite_a_token_is_none() {
        let good = format!("mtd_0123456789ab_{}", "A".repeat(43));
        assert!(Token::parse(&good).is_some());
        for bad in [
            String::new(),
            good.replace("mtd", "MTD"),
            good.replace("ab_", "AB_"),
            good.replace("b_A", "b-A"),
            good.replace("9ab", "9aя"),
            format!("{good}A"),
            format!(" {good}"),
            good[..good.len() - 1].to_owned(),
            // 43 characters hold 258 bits: the last two are zero in the one right spelling.
            format!("{}B", &good[..good.len() - 1]),
            format!("{}=", &good[..good.len() - 1]),
            format!("{}+", &good[..good.len() - 1]),
        ] {
            assert!(Token::parse(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn no_debug_output_holds_the_secret() {
        let token = Token::new().unwrap();
        let shown = format!("{token:?}");
        assert!(shown.contains(token.prefix()));
        assert!(!token.reveal().contains(&shown) && !shown.contains(&token.reveal()[17..]), "{shown}");
    }
}
