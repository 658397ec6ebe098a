//! Identities for log lines and terminals.

use email_address::EmailAddress;
use maitred_core::{Identity, IdentityKind};

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
