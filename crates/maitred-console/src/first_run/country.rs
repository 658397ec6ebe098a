//! In which country somebody probably is, by the languages of their browser: proposed for the phone numbers of the
//! first source, to be corrected.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use maitred_app::identity::Region;

/// Languages that are spoken in one country above all, with its code. English is not among them, nor Spanish.
const SPOKEN: [(&str, &str); 12] = [
    ("cs", "CZ"),
    ("de", "DE"),
    ("fr", "FR"),
    ("it", "IT"),
    ("ja", "JP"),
    ("kk", "KZ"),
    ("ko", "KR"),
    ("nl", "NL"),
    ("pl", "PL"),
    ("ru", "RU"),
    ("tr", "TR"),
    ("uk", "UA"),
];

/// That of the first language that has one. American English counts last: it is what browsers come with everywhere.
pub(super) fn of_browser(headers: &HeaderMap) -> Option<Region> {
    let accepted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let tags = || accepted.split(',').filter_map(|range| range.split(';').next()).map(str::trim);
    let is_usual = |tag: &str| tag.eq_ignore_ascii_case("en-US");
    tags().filter(|tag| !is_usual(tag)).find_map(of_tag).or_else(|| tags().find_map(of_tag))
}

fn of_tag(tag: &str) -> Option<Region> {
    let (language, rest) = tag.split_once('-').unwrap_or((tag, ""));
    let named = rest.split('-').find_map(|part| Region::try_from(part).ok());
    let spoken = || SPOKEN.iter().find(|(spoken, _)| language.eq_ignore_ascii_case(spoken));
    named.or_else(|| Region::try_from(spoken()?.1).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use rstest::rstest;

    #[rstest]
    #[case("ru-RU,ru;q=0.9,en-US;q=0.8", Some("RU"))]
    #[case("en-US,en;q=0.9,de;q=0.8", Some("DE"))]
    #[case("en-US,en;q=0.9", Some("US"))]
    #[case("zh-Hant-TW", Some("TW"))]
    #[case("pt-br", Some("BR"))]
    #[case("ar,en;q=0.5", None)]
    #[case("en", None)]
    #[case("*", None)]
    #[case("-,;q,-RU-", Some("RU"))]
    fn a_country_is_proposed_by_the_languages(#[case] accepted: &'static str, #[case] expected: Option<&str>) {
        let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted))]);
        assert_eq!(of_browser(&headers).map(|region| region.to_string()).as_deref(), expected);
    }
}
