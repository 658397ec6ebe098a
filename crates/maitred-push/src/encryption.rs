//! A message that only one browser can read: RFC 8291, which derives the key from a key agreement, over the content
//! coding `aes128gcm` of RFC 8188, in one record.

use crate::{PushError, Subscription};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, PublicKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom, SystemRandom};

/// What push services take at least (RFC 8030, 7.2), in bytes, and so the longest message.
pub const RECORD_BYTES_MAX: usize = 4_096;
/// The longest text that fits in: without salt, length of a record, public key, padding mark and authentication.
pub const PLAIN_BYTES_MAX: usize = RECORD_BYTES_MAX - HEADER_BYTES - 1 - TAG_BYTES;

pub(crate) const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const PUBLIC_BYTES: usize = 65;
/// Salt, length of a record, length of the key's id, and the public key, which is the id.
pub(crate) const HEADER_BYTES: usize = SALT_BYTES + 4 + 1 + PUBLIC_BYTES;
/// Marks the last record (RFC 8188, 2).
const LAST: u8 = 2;

/// Encrypts a text for the browser of a subscription: the body of the request to its push service.
///
/// # Errors
/// [`PushError`] when it is too long, or the subscription has no key that could be used.
pub fn encrypt(to: &Subscription, plain: &[u8]) -> Result<Vec<u8>, PushError> {
    if plain.len() > PLAIN_BYTES_MAX {
        return Err(PushError::TooLong);
    }
    let random = SystemRandom::new();
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let own_public = own.compute_public_key()?;
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt)?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, to.public_key());
    let keys = agree_ephemeral(own, &theirs, |shared| Keys::of(shared, to, own_public.as_ref(), &salt));
    let keys = keys.map_err(|Unspecified| PushError::BadKey)??;

    let mut body = header(&salt, &own_public);
    let mut record = [plain, &[LAST]].concat();
    keys.cipher()?.seal_in_place_append_tag(keys.nonce(), Aad::empty(), &mut record)?;
    body.extend_from_slice(&record);
    Ok(body)
}

fn header(salt: &[u8], public: &PublicKey) -> Vec<u8> {
    let record_bytes = u32::try_from(RECORD_BYTES_MAX).unwrap_or(u32::MAX).to_be_bytes();
    let public = public.as_ref();
    let id_bytes = u8::try_from(public.len()).unwrap_or(u8::MAX);
    [salt, &record_bytes, &[id_bytes], public].concat()
}

/// The key of a message and its nonce.
pub(crate) struct Keys {
    key: [u8; KEY_BYTES],
    nonce: [u8; NONCE_BYTES],
}

impl Keys {
    /// RFC 8291, 3.4, then RFC 8188, 2.2 and 2.3.
    pub(crate) fn of(shared: &[u8], to: &Subscription, sender: &[u8], salt: &[u8]) -> Result<Self, Unspecified> {
        let both = Salt::new(HKDF_SHA256, to.auth()).extract(shared);
        let secret: [u8; 32] = expand(&both, &[b"WebPush: info\0", to.public_key(), sender])?;
        let prk = Salt::new(HKDF_SHA256, salt).extract(&secret);
        Ok(Self {
            key: expand(&prk, &[b"Content-Encoding: aes128gcm\0"])?,
            nonce: expand(&prk, &[b"Content-Encoding: nonce\0"])?,
        })
    }

    fn cipher(&self) -> Result<LessSafeKey, Unspecified> {
        Ok(LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &self.key)?))
    }

    /// Each message has a key of its own, so the nonce of the first record is used once with it.
    fn nonce(&self) -> Nonce {
        Nonce::assume_unique_for_key(self.nonce)
    }
}

#[cfg(any(test, feature = "testing"))]
impl Keys {
    /// What the browser does with a message.
    pub(crate) fn decrypted(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut record = body.get(HEADER_BYTES..)?.to_vec();
        let opened = self.cipher().ok()?.open_in_place(self.nonce(), Aad::empty(), &mut record).ok()?;
        opened.strip_suffix(&[LAST]).map(<[u8]>::to_vec)
    }
}

/// How many bytes are derived.
struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(from: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    from.expand(info, Bytes(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscription::decoded;
    use crate::testing::FakeBrowser;

    /// RFC 8291, appendix A.
    const SHARED: &str = "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const RECEIVER: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNto\
                            IAiw4";
    const SENDER: &str = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7\
                          A8";
    const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";
    const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS\
                        6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxs\
                        j_Qulcy4a-fN";

    fn bytes(text: &str) -> Vec<u8> {
        decoded(text).expect("base64url")
    }

    fn subscription(public: &[u8]) -> Subscription {
        Subscription::new("https://push.example.net/push/a".to_owned(), public, &bytes(AUTH)).expect("a subscription")
    }

    #[test]
    fn the_example_of_the_rfc_is_read() {
        let to = subscription(&bytes(RECEIVER));
        let keys = Keys::of(&bytes(SHARED), &to, &bytes(SENDER), &bytes(SALT)).unwrap();
        assert_eq!(keys.key.as_slice(), bytes("oIhVW04MRdy2XN9CiKLxTg"));
        assert_eq!(keys.nonce.as_slice(), bytes("4h_95klXJ5E_qnoN"));
        assert_eq!(keys.decrypted(&bytes(BODY)).unwrap(), b"When I grow up, I want to be a watermelon");
    }

    #[test]
    fn what_is_encrypted_for_a_browser_it_can_read() {
        for plain in [&b""[..], &[7; PLAIN_BYTES_MAX]] {
            let browser = FakeBrowser::new();
            let to = Subscription::parse(String::new(), &browser.public_key(), &browser.auth()).unwrap();
            let body = encrypt(&to, plain).unwrap();
            assert!(body.len() <= RECORD_BYTES_MAX && body[SALT_BYTES..SALT_BYTES + 5] == [0, 0, 16, 0, 65]);
            assert_eq!(browser.read(&body).unwrap(), plain);
        }
    }

    #[test]
    fn what_does_not_fit_or_has_no_key_is_refused() {
        assert_eq!(encrypt(&subscription(&bytes(RECEIVER)), &[0; PLAIN_BYTES_MAX + 1]), Err(PushError::TooLong));
        let no_point = [&[4][..], &[1; 64]].concat();
        assert_eq!(encrypt(&subscription(&no_point), b"Hello"), Err(PushError::BadKey));
    }
}
