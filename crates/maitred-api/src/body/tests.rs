//! Bodies and values, read well and badly.

use super::read::{Strict, flag, text, whole};
use super::*;
use maitred_core::limits::Invalid;
use maitred_core::{LeadId, SourceKind};
use maitred_web::field::FieldType;
use maitred_web::field::types::{LEAD_ID, NAME, SOURCE_KIND};
use rstest::rstest;
use serde_json::value::RawValue;
use std::sync::Arc;

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).expect("JSON")
}

#[rstest]
#[case("0", Ok(0))]
#[case("-7", Ok(-7))]
#[case("3.0", Ok(3))]
#[case("1e3", Ok(1000))]
#[case("9223372036854775807", Ok(i64::MAX))]
#[case("9223372036854775808", Err("is too large a number"))]
#[case("1e400", Err("is not a whole number; give one without decimals"))]
#[case("1.5", Err("is not a whole number; give one without decimals"))]
#[case("\"1\"", Err("is text; give a whole number without quotes"))]
#[case("true", Err("is true or false; give a whole number without quotes"))]
#[case("[1]", Err("is a list; give a whole number without quotes"))]
fn whole_numbers(#[case] json: &str, #[case] expected: Result<i64, &str>) {
    assert_eq!(whole(raw(json)), expected.map_err(|text| Invalid(text.to_owned())));
}

#[rstest]
#[case(r#""a""#, Ok("a"))]
#[case(r#""\u0410\n\"""#, Ok("А\n\""))]
#[case(r#""\ud83d\ude00""#, Ok("😀"))]
#[case(r#""\ud83d""#, Err("has a broken \\u escape; send the characters themselves"))]
#[case("5", Err("is a number; give text in quotes"))]
#[case("{}", Err("is an object; give text in quotes"))]
fn texts(#[case] json: &str, #[case] expected: Result<&str, &str>) {
    assert_eq!(text(raw(json)).as_deref().map_err(|e| e.0.as_str()), expected);
}

#[test]
fn flags_and_words() {
    assert_eq!(flag(raw("true")), Ok(true));
    assert!(flag(raw("\"true\"")).is_err());
    assert_eq!(SOURCE_KIND.read(Strict(raw("\"site\""))), Ok(SourceKind::Site));
    let wrong = SOURCE_KIND.read(Strict(raw("\"fax\""))).expect_err("no such kind");
    assert_eq!(wrong.0, "is not known; give one of bot, telegram, whatsapp, site, phone, email, other, form, json");
}

#[derive(Debug, PartialEq)]
struct Guest {
    name: Arc<str>,
    lead: Option<LeadId>,
}

impl RequestBody for Guest {
    const SCHEMA: &'static str = "Guest";
    const ABOUT: &'static str = "Somebody.";

    fn read(fields: &mut impl Fields) -> Option<Self> {
        Some(Self { name: fields.required("name", NAME, ""), lead: fields.optional("lead", LEAD_ID, "") })
    }
}

#[rstest]
#[case(r#"{"name": "Anna"}"#, None)]
#[case(r#" {"lead": null, "name": "Anna", "hat": {"a": [1, "}"]}} "#, None)]
#[case(r#"{"n\u0061me": "Anna", "lead": 2}"#, Some(2))]
#[case(r#"{"name": 5, "name": "Anna"}"#, None)]
fn a_good_body_is_read(#[case] body: &str, #[case] lead: Option<i64>) {
    assert_eq!(Guest::from_body(body).map_err(|p| p.detail), Ok(Guest { name: "Anna".into(), lead: lead.map(LeadId) }));
}

#[rstest]
#[case("{}", &["/name"])]
#[case(r#"{"name": null, "lead": "2"}"#, &["/name", "/lead"])]
#[case("[]", &[""])]
#[case("null", &[""])]
fn a_bad_body_names_all_its_fields(#[case] body: &str, #[case] pointers: &[&str]) {
    let problem = Guest::from_body(body).expect_err("it is bad");
    assert_eq!(problem.kind, &kinds::INVALID_FIELDS);
    assert_eq!(problem.errors.iter().filter_map(|e| e.pointer.as_deref()).collect::<Vec<_>>(), pointers);
}

#[rstest]
#[case("application/json", true)]
#[case("APPLICATION/JSON", true)]
#[case("application/problem+json", true)]
#[case("application/+json", false)]
#[case("application/jsonp", false)]
#[case("text/json", false)]
#[case("", false)]
fn media_types(#[case] essence: &str, #[case] expected: bool) {
    assert_eq!(is_json(essence), expected, "{essence}");
}

proptest::proptest! {
    #[test]
    fn no_body_panics(body in "[{}\\[\\]\",:a-z0-9 \\\\.nultrfs-]{0,40}") {
        let _ = Guest::from_body(&body);
    }
}
