//! Links by which people reach a lead: the reply link of the source, calling, writing an email.

use crate::texts::Texts;
use maitred_app::identity::spelled;
use maitred_core::reply_url::{Piece, pieces};
use maitred_core::{Identity, IdentityKind, SPACE_BEFORE, Source};
use maitred_store::views::distinct;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but what means itself anywhere in a URL (RFC 3986, 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Something to tap that calls or writes to a person.
#[derive(Debug, PartialEq, Eq)]
pub struct Reach {
    /// An address that no lead can bend: of a scheme that runs nothing, its values encoded.
    pub href: String,
    /// What stands there.
    pub text: String,
    pub icon: &'static str,
    /// Whether it is a page, which is then opened beside this one.
    pub is_page: bool,
}

/// All links that the source and the identities of a lead allow; `person` is what they are called on the page.
#[must_use]
pub fn reach(t: Texts, source: Option<&Source>, identities: &[Identity], person: &str) -> Vec<Reach> {
    let reply = source.and_then(|source| reply_link(source, identities));
    let reply =
        reply.map(|href| Reach { is_page: href.starts_with('h'), href, text: t.t("reach-reply"), icon: "chat" });
    reply.into_iter().chain(distinct(identities).filter_map(|identity| Reach::new(t, identity, person))).collect()
}

impl Reach {
    /// None for what no program can call or write to.
    fn new(t: Texts, identity: &Identity, person: &str) -> Option<Self> {
        let value = &*identity.value;
        let (href, key, icon) = match identity.kind {
            IdentityKind::Phone if is_phone(value) => (format!("tel:{value}"), "reach-call", "phone"),
            IdentityKind::Email if is_plain_address(value) => (format!("mailto:{value}"), "reach-write", "mail"),
            _ => return None,
        };
        let text = spelled(identity);
        Some(Self { href, text: if text == person { t.t(key) } else { text }, icon, is_page: false })
    }
}

/// The reply link of a source for a lead; none if the source has no template, or the lead lacks what it needs.
fn reply_link(source: &Source, identities: &[Identity]) -> Option<String> {
    let mut link = String::new();
    for piece in pieces(source.reply_url.as_deref()?)? {
        match piece {
            Piece::Text(text) => link.push_str(text),
            Piece::Value(kind) => link.extend(utf8_percent_encode(value(source, kind, identities)?, ENCODED)),
        }
    }
    Some(link)
}

fn value<'a>(source: &Source, kind: IdentityKind, identities: &'a [Identity]) -> Option<&'a str> {
    let mut of_kind = identities.iter().filter(|identity| identity.kind == kind);
    match kind {
        IdentityKind::ExternalId => external_id(source, identities),
        // Without the plus, which some messengers refuse; a template may have one of its own.
        IdentityKind::Phone => of_kind.find(|it| is_phone(&it.value)).map(|it| &it.value[1..]),
        IdentityKind::Email => of_kind.find(|it| it.value.contains('@')).map(|it| &*it.value),
    }
}

/// The id that the lead has on this source: one from elsewhere may be a stranger's here. Contacts that came in by the
/// API of another service have that service's ids.
fn external_id<'a>(source: &Source, identities: &'a [Identity]) -> Option<&'a str> {
    let (space, own) = (source.space(), source.own_space());
    let is_of_dialect = |it: &Identity| {
        *it.space == *SPACE_BEFORE || it.space.strip_prefix(SPACE_BEFORE).is_some_and(|rest| rest.starts_with(':'))
    };
    let ids = || identities.iter().filter(|identity| identity.kind == IdentityKind::ExternalId);
    let found = ids().find(|it| it.space == space).or_else(|| ids().find(|it| it.space == own));
    let found = found.or_else(|| ids().find(|it| is_of_dialect(it)))?;
    // A browser takes these for steps up.
    (![".", ".."].contains(&&*found.value)).then_some(&*found.value)
}

fn is_phone(value: &str) -> bool {
    value.strip_prefix('+').is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit()))
}

/// One that means itself in an address, without anything to escape.
fn is_plain_address(value: &str) -> bool {
    value.contains('@') && value.chars().all(|c| c.is_ascii_alphanumeric() || "@.-_+".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Lang;
    use maitred_core::command::NewSource;
    use maitred_core::{SourceId, SourceKind, Timestamp};
    use rstest::rstest;

    const T: Texts = Texts(Lang::En);

    fn identity(kind: IdentityKind, value: &str) -> Identity {
        Identity::new(kind, value)
    }

    fn id(value: &str, space: &str) -> Identity {
        identity(IdentityKind::ExternalId, value).in_space(space.into())
    }

    fn link(template: &str, identities: &[Identity]) -> Option<String> {
        let new = NewSource { kind: SourceKind::Telegram, reply_url: Some(template.into()), ..NewSource::named("Bot") };
        reply_link(&Source::new(SourceId(3), new, Timestamp(0)), identities)
    }

    #[rstest]
    #[case(IdentityKind::Phone, "+79991234567", Some(("tel:+79991234567", "+7 999 123-45-67")))]
    #[case(IdentityKind::Phone, "call after five", None)]
    #[case(IdentityKind::Email, "ivan@example.org", Some(("mailto:ivan@example.org", "ivan@example.org")))]
    #[case(IdentityKind::Email, "a?subject=b@example.org", None)]
    #[case(IdentityKind::ExternalId, "tg:5", None)]
    fn only_what_can_be_called_or_written_to_is_a_link(
        #[case] kind: IdentityKind,
        #[case] value: &str,
        #[case] expected: Option<(&str, &str)>,
    ) {
        let reach = Reach::new(T, &identity(kind, value), "Ivan");
        assert_eq!(reach.as_ref().map(|reach| (reach.href.as_str(), reach.text.as_str())), expected);
    }

    #[test]
    fn what_somebody_is_called_by_is_not_said_twice() {
        let phone = identity(IdentityKind::Phone, "+79991234567");
        assert_eq!(Reach::new(T, &phone, "+7 999 123-45-67").expect("a phone").text, "Call");
    }

    #[rstest]
    #[case("https://t.me/{external_id}", Some("https://t.me/a%2F..%3Fb%23%D0%B6%20"))]
    #[case("https://wa.me/{phone}", Some("https://wa.me/79991234567"))]
    #[case("https://crm.example/?p=%2B{phone}&m={email}", Some("https://crm.example/?p=%2B79991234567&m=a%40b.c"))]
    fn what_is_filled_in_is_encoded(#[case] template: &str, #[case] expected: Option<&str>) {
        let identities = [
            id("a/..?b#ж ", "telegram"),
            identity(IdentityKind::Phone, "not a phone"),
            identity(IdentityKind::Phone, "+79991234567"),
            identity(IdentityKind::Email, "a@b.c"),
        ];
        assert_eq!(link(template, &identities).as_deref(), expected);
        assert_eq!(link(template, &[]), None, "nothing is known of the lead");
    }

    #[test]
    fn an_id_from_elsewhere_is_not_taken_for_one_of_the_source() {
        let of = |identities: &[Identity]| link("tg://user?id={external_id}", identities);
        let to = |value: &str| Some(format!("tg://user?id={value}"));
        assert_eq!(of(&[id("7", "whatsapp")]), None);
        assert_eq!(of(&[id("8", "source:3"), id("7", "telegram")]), to("7"));
        assert_eq!(of(&[id("7", "compat:appeals"), id("8", "source:3")]), to("8"));
        assert_eq!(of(&[id("7", "compat:appeals")]), to("7"));
        assert_eq!(of(&[id("7", "compatible")]), None);
        assert_eq!(of(&[id("..", "telegram")]), None);
    }
}
