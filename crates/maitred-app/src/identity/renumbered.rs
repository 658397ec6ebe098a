//! Countries that changed their numbers: a person may be stored under the old form and write under the new one. Which
//! of them had which number is not always certain, so that the other form is noted as a possible duplicate, never
//! joined.

/// The same subscriber before or after their country renumbered, as far as that can be said; E.164 to E.164.
pub(super) fn other_forms(value: &str) -> Vec<String> {
    let Some(digits) = value.strip_prefix('+') else { return Vec::new() };
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let of = |code: &str, national: &dyn Fn(&str) -> Vec<String>| {
        let national_forms = digits.strip_prefix(code).map(national).unwrap_or_default();
        national_forms.into_iter().map(|form| format!("+{code}{form}")).collect::<Vec<_>>()
    };
    let all = [
        of("225", &ivory_coast),
        of("229", &benin),
        of("55", &brazil),
        of("54", &|national| with_or_without("9", national, 10)),
        of("52", &|national| with_or_without("1", national, 10)),
    ];
    all.into_iter().flatten().collect()
}

/// Ivory Coast, 2021: two digits of the operator in front of eight.
fn ivory_coast(national: &str) -> Vec<String> {
    match national.len() {
        10 => vec![national[2..].to_owned()],
        8 => ["01", "05", "07", "21", "25", "27"].map(|prefix| format!("{prefix}{national}")).to_vec(),
        _ => Vec::new(),
    }
}

/// Benin, 2024: 01 in front of eight digits.
fn benin(national: &str) -> Vec<String> {
    with_or_without("01", national, 8)
}

/// Brazil, until 2016: a 9 behind the area code of two digits, in front of eight digits of a mobile phone.
fn brazil(national: &str) -> Vec<String> {
    match (national.len(), national.as_bytes().get(2)) {
        (11, Some(b'9')) => vec![format!("{}{}", &national[..2], &national[3..])],
        (10, Some(b'6'..=b'9')) => vec![format!("{}9{}", &national[..2], &national[2..])],
        _ => Vec::new(),
    }
}

/// Argentina's 9 and Mexico's 1 (until 2019) in front of mobile phones.
fn with_or_without(prefix: &str, national: &str, digits: usize) -> Vec<String> {
    match national.strip_prefix(prefix) {
        Some(rest) if rest.len() == digits => vec![rest.to_owned()],
        _ if national.len() == digits => vec![format!("{prefix}{national}")],
        _ => Vec::new(),
    }
}
