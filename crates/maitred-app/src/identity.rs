//! Turns what a sender gave (an external id, a phone, an email) into identities that can be compared: the same person
//! written in two ways becomes the same value; and tells values that identify nobody apart ([`usable`]). The rules,
//! with examples, are in docs/recognition.md. Who has an identity already is the business of `maitred_core::decide`.
//!
//! Nothing here refuses a strange phone or email: what cannot be parsed is kept as sent and matched exactly, for
//! losing a lead is worse than storing it twice. Values are personal: log lines and terminals get [`mask`].

mod clean;
mod email;
mod mask;
mod phone;
mod placeholders;
mod region;
mod renumbered;
mod usable;

pub use mask::mask;
pub use phone::PhoneRules;
pub use placeholders::Placeholders;
pub use region::Region;

use maitred_core::command::Submit;
use maitred_core::limits::repair::SentIdentity;
use maitred_core::limits::{self, Invalid};
use maitred_core::{Identity, IdentityKind};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

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

/// What a sender gave, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// What identifies the person, in matching order (external id, phone, email), each kind at most once.
    pub identities: Vec<Identity>,
    /// Further phones and emails of theirs.
    pub also: Vec<Identity>,
    /// Other forms of the phones, see `renumbered`.
    pub similar: Vec<Identity>,
    /// What identifies nobody, as it was sent.
    pub unusable: Vec<Identity>,
}

impl Collected {
    /// The same contact with these people.
    #[must_use]
    pub fn put_into(self, submit: Submit) -> Submit {
        let Self { identities, also, similar, unusable } = self;
        Submit { identities, also, similar, unusable, ..submit }
    }

    /// All values that identify the person.
    ///
    /// # Errors
    /// The kind of every value that identifies nobody.
    pub fn all_usable(self) -> Result<Vec<Identity>, Vec<(IdentityKind, Invalid)>> {
        let unusable: Vec<_> = self.unusable.iter().map(|it| (it.kind, identifies_nobody())).collect();
        if unusable.is_empty() { Ok([self.identities, self.also].concat()) } else { Err(unusable) }
    }

    fn add(&mut self, kind: IdentityKind, sent: &str, rules: PhoneRules) {
        let all = readings(kind, sent, rules).into_iter();
        let mut usable =
            all.filter(|(part, it)| usable::is_usable(kind, part, &it.value, rules)).map(|(_, identity)| identity);
        let Some(first) = usable.next() else {
            self.unusable.push(Identity::new(kind, sent));
            return;
        };
        self.identities.push(first);
        self.also.extend(usable.filter(|it| !self.identities.contains(it)));
    }

    fn add_similar(&mut self) {
        let phones = self.identities.iter().chain(&self.also).filter(|it| it.kind == IdentityKind::Phone);
        let similar = phones.flat_map(|it| renumbered::other_forms(&it.value));
        self.similar = similar.map(|value| Identity::new(IdentityKind::Phone, value)).collect();
    }
}

/// Reads what a sender gave. Nothing given gives nothing.
///
/// # Errors
/// Every value that is empty, too long or has control characters, with the kind of its field.
pub fn collect(given: Given<'_>, rules: impl Into<PhoneRules>) -> Result<Collected, Vec<(IdentityKind, Invalid)>> {
    let fields = [
        (IdentityKind::ExternalId, given.external_id),
        (IdentityKind::Phone, given.phone),
        (IdentityKind::Email, given.email),
    ];
    let rules = rules.into();
    let mut collected = Collected::default();
    let mut errors = Vec::new();
    for (kind, raw) in fields {
        match raw.map(limits::identity) {
            None => {}
            Some(Ok(text)) => collected.add(kind, text, rules),
            Some(Err(invalid)) => errors.push((kind, invalid)),
        }
    }
    collected.add_similar();
    if errors.is_empty() { Ok(collected) } else { Err(errors) }
}

/// The same for values that were repaired, in matching order: one that was cut identifies nobody.
///
/// # Errors
/// As [`collect`].
pub fn collect_sent(
    sent: &[Option<SentIdentity>; 3],
    rules: impl Into<PhoneRules>,
) -> Result<Collected, Vec<(IdentityKind, Invalid)>> {
    let whole = |at: usize| sent[at].as_ref().filter(|sent| sent.is_whole).map(|sent| &*sent.text);
    let given = Given { external_id: whole(0), phone: whole(1), email: whole(2) };
    let mut collected = collect(given, rules)?;
    for (kind, sent) in IdentityKind::ALL.into_iter().zip(sent) {
        let cut = sent.iter().filter(|sent| !sent.is_whole);
        collected.unusable.extend(cut.map(|sent| Identity::new(kind, &*sent.text)));
    }
    Ok(collected)
}

/// What is said of a value that a person typed and that identifies nobody.
#[must_use]
pub fn identifies_nobody() -> Invalid {
    Invalid("identifies nobody: anybody may have it; give a value that one person alone has".to_owned())
}

/// The identity that a text of a known kind stands for, if it identifies anybody.
///
/// # Errors
/// When the text is empty, too long, or the same for everybody who has no such value.
pub fn usable(kind: IdentityKind, raw: &str, rules: impl Into<PhoneRules>) -> Result<Identity, Invalid> {
    let (text, rules) = (limits::identity(raw)?, rules.into());
    let (part, identity) = readings(kind, text, rules).swap_remove(0);
    if usable::is_usable(kind, &part, &identity.value, rules) { Ok(identity) } else { Err(identifies_nobody()) }
}

/// The identities in a text, each with the part of the text it was read from; never none.
fn readings(kind: IdentityKind, sent: &str, rules: PhoneRules) -> Vec<(String, Identity)> {
    let identity = |part: String, value: Option<String>| {
        let identity = Identity::new(kind, value.unwrap_or_else(|| part.clone()));
        (part, identity)
    };
    match kind {
        IdentityKind::ExternalId => vec![(sent.to_owned(), external_id(sent))],
        IdentityKind::Phone => {
            phone::all(sent, rules).into_iter().map(|read| identity(read.sent, read.value)).collect()
        }
        IdentityKind::Email => email::all(sent).into_iter().map(|it| identity(it.clone(), Some(it))).collect(),
    }
}

/// The identity that a text of a known kind stands for; see [`external_id`], [`phone`] and [`email`].
#[must_use]
pub fn normalise(kind: IdentityKind, raw: &str, rules: impl Into<PhoneRules>) -> Identity {
    readings(kind, raw.trim(), rules.into()).swap_remove(0).1
}

/// An id of the sender's own system: compared exactly, but for white space around it, format characters that nobody
/// sees, and the two ways to write a letter with its mark.
#[must_use]
pub fn external_id(raw: &str) -> Identity {
    let sent = raw.trim();
    let tidy = clean::tidy(sent);
    let is_kept = limits::identity(&tidy).is_ok();
    Identity::new(IdentityKind::ExternalId, if is_kept { &*tidy } else { sent })
}

/// What a client id stands for that may be a phone, an email or anything else. Where it can be nothing but a phone or
/// an email, that identifies the person, however they write next, and the id is theirs besides. Everything else is
/// compared exactly. A number without its `+` is left alone: ids of messengers look like phones.
#[must_use]
pub fn of_client_id(raw: &str, placeholders: Placeholders) -> Collected {
    let rules = PhoneRules { placeholders, ..PhoneRules::default() };
    let sent = raw.trim();
    let mut collected = Collected::default();
    let is_phone = sent.starts_with('+') && phone::all(sent, rules)[0].value.is_some();
    match (is_phone, email::is_one(sent)) {
        (true, _) => collected.add(IdentityKind::Phone, sent, rules),
        (false, true) => collected.add(IdentityKind::Email, sent, rules),
        (false, false) => collected.add(IdentityKind::ExternalId, sent, rules),
    }
    if (is_phone || email::is_one(sent)) && collected.unusable.is_empty() {
        collected.also.push(external_id(sent));
    }
    collected.add_similar();
    collected
}

/// A phone as E.164, read by the rules of its source if it has no country code.
#[must_use]
pub fn phone(raw: &str, rules: impl Into<PhoneRules>) -> Identity {
    normalise(IdentityKind::Phone, raw, rules)
}

/// An email address: lower-case, the domain as IDNA's ASCII form (UTS 46), a display name (`Ivan <ivan@host>`) left
/// out. Of several addresses the first.
#[must_use]
pub fn email(raw: &str) -> Identity {
    normalise(IdentityKind::Email, raw, None)
}

/// What a stored phone that could not be read means by these rules; none if it cannot be read now either, or identifies
/// nobody.
#[must_use]
pub fn reread(stored: &str, rules: PhoneRules) -> Option<Collected> {
    let collected = collect(Given { phone: Some(stored), ..Given::default() }, rules).ok()?;
    collected.identities.first().filter(|it| &*it.value != stored && is_read(it)).is_some().then_some(collected)
}

/// Whether an identity is a phone as E.164. A value may begin with a plus and be none that could be read.
fn is_read(identity: &Identity) -> bool {
    let value = &*identity.value;
    identity.kind == IdentityKind::Phone && phone::e164(value, None).as_deref() == Some(value)
}

/// An identity as people write it: a phone in groups, `+7 999 123-45-67`. Anything else as it is kept.
#[must_use]
pub fn spelled(identity: &Identity) -> String {
    let parsed = if is_read(identity) { phone::parse(&identity.value, None) } else { None };
    let in_groups = |number| PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::International).into_owned();
    parsed.map_or_else(|| identity.value.to_string(), in_groups)
}

/// Loads the phone tables and the rules of `region`, so that the first contact does not wait some milliseconds for
/// them. Call it once at start.
pub fn warm_up(region: Option<Region>) {
    let _ = phone("8 999 123-45-67", region);
}

#[cfg(test)]
mod tests;
