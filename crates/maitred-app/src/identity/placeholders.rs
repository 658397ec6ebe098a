//! Values that identify nobody on one server, besides those that do nowhere: what a form fills in, the address of a
//! test, the number of the reception. They are a setting (`maitred::config`).

use super::{PhoneRules, email, phone};
use maitred_core::IdentityKind;
use maitred_core::limits::Invalid;

/// The most entries of the setting.
const ENTRIES_MAX: usize = 1_000;

/// Some emails and phones. They are read once, when the process starts, and stay in memory until it ends, so that each
/// contact is compared with them without a lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placeholders(&'static [Placeholder]);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Placeholder {
    /// E.164, without an extension.
    Phone(String),
    Email(String),
    /// Every address of this domain.
    Domain(String),
    /// Every address of the domains below this one.
    DomainsBelow(String),
}

impl Placeholders {
    /// Reads a list with commas.
    ///
    /// # Errors
    /// [`Invalid`] names the first entry that is no email, domain or phone with its country code.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        if text == "none" {
            return Ok(Self::default());
        }
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let all = entries.map(Placeholder::read).collect::<Result<Vec<_>, _>>()?;
        if all.len() > ENTRIES_MAX {
            return Err(Invalid(format!("has {} entries; give at most {ENTRIES_MAX}", all.len())));
        }
        Ok(Self(Vec::leak(all)))
    }

    /// Whether a value in its comparable form is one of them.
    pub(super) fn have(self, kind: IdentityKind, value: &str) -> bool {
        match kind {
            IdentityKind::ExternalId => false,
            IdentityKind::Phone | IdentityKind::Email => self.0.iter().any(|it| it.is(kind, value)),
        }
    }
}

impl Placeholder {
    fn read(entry: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid(format!(
                "has {entry:?}, which is no email, domain or phone; write entries such as test@example.com, \
                 *@example.com, *@*.example.com or +79990000000"
            ))
        };
        match entry.rsplit_once('@') {
            Some(("" | "*", domain)) => {
                let (is_below, domain) = domain.strip_prefix("*.").map_or((false, domain), |domain| (true, domain));
                let domain = domain_of(&email::exact(&format!("a@{domain}")).ok_or_else(wrong)?).to_owned();
                Ok(if is_below { Self::DomainsBelow(format!(".{domain}")) } else { Self::Domain(domain) })
            }
            Some(_) => email::exact(entry).filter(|it| !it.contains('*')).map(Self::Email).ok_or_else(wrong),
            None if entry.starts_with('+') => {
                let read = phone::all(entry, PhoneRules::default()).swap_remove(0);
                read.value.filter(|value| !value.contains(';')).map(Self::Phone).ok_or_else(wrong)
            }
            None => Err(wrong()),
        }
    }

    fn is(&self, kind: IdentityKind, value: &str) -> bool {
        match (self, kind) {
            (Self::Phone(phone), IdentityKind::Phone) => value == phone,
            (Self::Email(email), IdentityKind::Email) => value == email,
            (Self::Domain(domain), IdentityKind::Email) => domain_of(value) == domain,
            (Self::DomainsBelow(domain), IdentityKind::Email) => domain_of(value).ends_with(domain.as_str()),
            _ => false,
        }
    }
}

fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const LIST: &str = "Test@Firma.example, *@form.example,*@*.form.example, @почта.рф, +7 (999) 000-00-01, ";

    #[rstest]
    #[case(IdentityKind::Email, "test@firma.example", true)]
    #[case(IdentityKind::Email, "anna@firma.example", false)]
    #[case(IdentityKind::Email, "anna@form.example", true)]
    #[case(IdentityKind::Email, "anna@a.form.example", true)]
    #[case(IdentityKind::Email, "anna@otherform.example", false)]
    #[case(IdentityKind::Email, "anna@xn--80a1acny.xn--p1ai", true)]
    #[case(IdentityKind::Phone, "+79990000001", true)]
    #[case(IdentityKind::Phone, "+79990000002", false)]
    #[case(IdentityKind::ExternalId, "test@firma.example", false)]
    fn a_value_is_compared_in_its_form(#[case] kind: IdentityKind, #[case] value: &str, #[case] expected: bool) {
        let list = Placeholders::read(LIST).expect("it is a list");
        assert_eq!(list.have(kind, value), expected);
        assert!(!Placeholders::default().have(kind, value));
        assert_eq!(Placeholders::read("none"), Ok(Placeholders::default()));
    }

    #[rstest]
    #[case("nobody")]
    #[case("a@*.example.com")]
    #[case("t*@example.com")]
    #[case("*@")]
    #[case("*@exa mple.com")]
    #[case("8 999 000-00-01")]
    #[case("+1")]
    #[case("*")]
    fn an_entry_that_means_nothing_is_named(#[case] entry: &str) {
        let refused = Placeholders::read(&format!("*@form.example, {entry}")).expect_err("it means nothing");
        assert!(refused.0.starts_with(&format!("has {entry:?}")), "{refused}");
        assert!(Placeholders::read(&"a@b.example,".repeat(ENTRIES_MAX + 1)).is_err());
    }
}
