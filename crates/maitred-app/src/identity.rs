//! Turns what a sender gave (an external id, a phone, an email) into identities that can be compared: the same person
//! written in two ways becomes the same value. Whether a value may be stored at all is checked by
//! [`maitred_core::limits::identity`]; who has an identity already is the business of `maitred_core::decide`.
//!
//! Nothing here refuses a strange phone or email: what cannot be parsed is kept as sent (trimmed) and matched exactly,
//! for losing a lead is worse than storing it twice. Values are personal: log lines and terminals get [`mask`].

use email_address::EmailAddress;
use idna::AsciiDenyList;
use maitred_core::limits::{self, Invalid};
use maitred_core::{Identity, IdentityKind};
use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat};
use std::fmt;
use std::str::FromStr;

/// What a sender gave to tell a person by, unchecked.
#[derive(Clone, Copy, Default)]
pub struct Given<'a> {
    /// The person's id in the sender's own system.
    pub external_id: Option<&'a str>,
    /// A phone in any spelling.
    pub phone: Option<&'a str>,
    /// An email address in any spelling.
    pub email: Option<&'a str>,
}

/// The identities of one person in matching order (external id, phone, email), each kind at most once. `region` is
/// the source's or else the deployment's default region. Nothing given gives an empty list.
///
/// # Errors
/// Every value that is empty, too long or has control characters, with the kind of its field.
pub fn collect(given: Given<'_>, region: Option<Region>) -> Result<Vec<Identity>, Vec<(IdentityKind, Invalid)>> {
    let fields = [
        (IdentityKind::ExternalId, given.external_id),
        (IdentityKind::Phone, given.phone),
        (IdentityKind::Email, given.email),
    ];
    let mut identities = Vec::with_capacity(fields.len());
    let mut errors = Vec::new();
    for (kind, raw) in fields {
        match raw.map(limits::identity) {
            None => {}
            Some(Ok(text)) => identities.push(normalise(kind, text, region)),
            Some(Err(invalid)) => errors.push((kind, invalid)),
        }
    }
    if errors.is_empty() { Ok(identities) } else { Err(errors) }
}

/// The identity that a text of a known kind stands for; see [`external_id`], [`phone`] and [`email`].
#[must_use]
pub fn normalise(kind: IdentityKind, raw: &str, region: Option<Region>) -> Identity {
    match kind {
        IdentityKind::ExternalId => external_id(raw),
        IdentityKind::Phone => phone(raw, region),
        IdentityKind::Email => email(raw),
    }
}

/// An id of the sender's own system: compared exactly, but for white space around it.
#[must_use]
pub fn external_id(raw: &str) -> Identity {
    Identity { kind: IdentityKind::ExternalId, value: raw.trim().into() }
}

/// What a client id stands for that may be a phone, an email or anything else: always an external id, compared exactly,
/// and besides a phone or an email where it can be nothing else, so that the person is recognised however they write
/// next. A number without its `+` is left alone: ids of messengers look like phones.
#[must_use]
pub fn of_client_id(raw: &str) -> Vec<Identity> {
    let sent = raw.trim();
    let phone = sent.starts_with('+').then(|| e164(sent, None)).flatten();
    let email = if sent.contains('<') { None } else { comparable_email(sent) };
    let besides = [(IdentityKind::Phone, phone.is_some()), (IdentityKind::Email, email.is_some())];
    let besides = besides.into_iter().filter(|(_, is_one)| *is_one).map(|(kind, _)| normalise(kind, sent, None));
    std::iter::once(external_id(sent)).chain(besides).collect()
}

/// A phone as E.164, read in `region` if it has no country code.
///
/// An extension is kept in the form of RFC 3966 (`+74951234567;ext=101`): behind one switchboard sit many people, and
/// taking them for one lead could not be undone. A number that is not possible anywhere, or only within a town, is
/// kept as sent.
#[must_use]
pub fn phone(raw: &str, region: Option<Region>) -> Identity {
    let sent = raw.trim();
    // A few numbers (two trunk zeros behind the country code) read differently each time they are read. They have no
    // one comparable form.
    let value = e164(sent, region).filter(|once| e164(once, region).as_ref() == Some(once));
    Identity { kind: IdentityKind::Phone, value: value.map_or_else(|| sent.into(), Into::into) }
}

fn e164(sent: &str, region: Option<Region>) -> Option<String> {
    if !is_safe_to_parse(sent) {
        return None;
    }
    let number = PHONE_NUMBER_UTIL.parse(sent, region.map(|r| r.0)).ok()?;
    if PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) != Ok(NumberLengthType::IsPossible) {
        return None;
    }
    let mut text = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    if let Some(extension) = &number.extension {
        text.push_str(";ext=");
        text.push_str(&PHONE_NUMBER_UTIL.normalize_digits_only(extension));
    }
    Some(text)
}

/// `rlibphonenumber` 2.2.15 slices backwards, and panics, when `tel:` stands behind `;phone-context=`. RFC 3966 puts it
/// in front, so nothing that is a phone is lost.
fn is_safe_to_parse(sent: &str) -> bool {
    sent.find(";phone-context=").is_none_or(|context| !sent[context..].contains("tel:"))
}

/// An email address: lower-case, the domain as IDNA's ASCII form (UTS 46), a display name (`Ivan <ivan@host>`) left
/// out. RFC 5321 lets a host tell `Ivan` from `ivan`; hardly any does, and people type both.
#[must_use]
pub fn email(raw: &str) -> Identity {
    let sent = raw.trim();
    let value = comparable_email(sent).map_or_else(|| sent.into(), Into::into);
    Identity { kind: IdentityKind::Email, value }
}

fn comparable_email(sent: &str) -> Option<String> {
    let (local, domain) = without_display_name(sent).rsplit_once('@')?;
    let domain = idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::URL).ok()?;
    let mut address = local.to_lowercase();
    if !EmailAddress::is_valid_local_part(&address) || !EmailAddress::is_valid_domain(&domain) {
        return None;
    }
    address.push('@');
    address.push_str(&domain);
    Some(address)
}

fn without_display_name(sent: &str) -> &str {
    let inner = sent.strip_suffix('>').and_then(|rest| rest.rsplit_once('<'));
    inner.map_or(sent, |(_, address)| address.trim())
}

/// An identity as people write it: a phone in groups, `+7 999 123-45-67`. Anything else as it is kept.
#[must_use]
pub fn spelled(identity: &Identity) -> String {
    let is_e164 = identity.kind == IdentityKind::Phone && identity.value.starts_with('+');
    let parsed = if is_e164 && is_safe_to_parse(&identity.value) {
        PHONE_NUMBER_UTIL.parse(&identity.value, None).ok()
    } else {
        None
    };
    let in_groups = |number| PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::International).into_owned();
    parsed.map_or_else(|| identity.value.to_string(), in_groups)
}

/// Enough of an identity for a person to recognise it and too little to call or write to: `+7***4567`, `i***@host`.
#[must_use]
pub fn mask(identity: &Identity) -> String {
    let value = &*identity.value;
    match (identity.kind, value.rsplit_once('@')) {
        (IdentityKind::Phone, _) => mask_phone(value),
        (IdentityKind::Email, Some((local, domain))) if EmailAddress::is_valid_domain(domain) => {
            format!("{}@{domain}", mask_text(local))
        }
        _ => mask_text(value),
    }
}

fn mask_phone(value: &str) -> String {
    let number = value.split(';').next().unwrap_or(value);
    let is_e164 = number.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    if !is_e164 || number.len() < 8 {
        return mask_text(value);
    }
    let shown = if number.len() < 11 { 2 } else { 4 };
    format!("{}***{}", &number[..2], &number[number.len() - shown..])
}

fn mask_text(value: &str) -> String {
    value.chars().take(1).chain("***".chars()).collect()
}

/// Loads the phone tables and the rules of `region`, so that the first contact does not wait some milliseconds for
/// them. Call it once at start.
pub fn warm_up(region: Option<Region>) {
    let _ = phone("8 999 123-45-67", region);
}

/// A region in which phones without a country code are read: two letters of ISO 3166-1 that the phone tables know.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(rlibphonenumber::Region);

impl TryFrom<&str> for Region {
    type Error = Invalid;

    /// Reads the two letters, in either case, with white space around them.
    fn try_from(raw: &str) -> Result<Self, Invalid> {
        let text = raw.trim();
        let known = rlibphonenumber::Region::from_code(text)
            .ok()
            .filter(|&region| text.len() == 2 && PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some());
        known.map(Self).ok_or_else(|| Invalid(refusal(text)))
    }
}

fn refusal(text: &str) -> String {
    let shown: String = text.chars().take(40).collect();
    if text.eq_ignore_ascii_case("uk") {
        return format!("{shown:?} is not a two-letter region; the United Kingdom is GB");
    }
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return format!(
            "{shown:?} is not a region that the phone tables know; give one of ISO 3166-1 such as RU or DE"
        );
    }
    format!("{shown:?} is not a two-letter region such as RU or DE")
}

impl FromStr for Region {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::try_from(text)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.as_region_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({self})")
    }
}

#[cfg(test)]
mod tests;
