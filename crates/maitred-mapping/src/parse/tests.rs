//! Bodies as services send them, and bodies that were made to break something.

use super::*;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";

#[rstest]
#[case("name=Anna&phone=%2B7+999", json!({"name": "Anna", "phone": "+7 999"}))]
#[case("leads[add][0][id]=7&leads[add][1][id]=8", json!({"leads": {"add": [{"id": "7"}, {"id": "8"}]}}))]
#[case("a[]=1&a[]=2&b=3&b=4", json!({"a": ["1", "2"], "b": ["3", "4"]}))]
#[case("a=1&a[b]=2", json!({"a": {"": "1", "b": "2"}}))]
#[case("a[=1&[b]=2&c", json!({"a[": "1", "[b]": "2", "c": ""}))]
#[case("&&a=%zz&=x", json!({"a": "%zz", "": "x"}))]
fn fields_of_a_form_are_unfolded(#[case] body: &str, #[case] expected: Value) {
    let received = parse(Some(FORM), body.as_bytes());
    assert_eq!((received.tree, received.format), (expected, Format::Form));
}

#[rstest]
#[case(Some("application/json"), r#"{"a": 1}"#, Format::Json)]
#[case(Some(FORM), r#"{"a": "b=c"}"#, Format::Json)]
#[case(None, r#" [{"a": 1}]"#, Format::Json)]
#[case(None, "a=1&b=2", Format::Form)]
#[case(Some("application/json"), "a=1&b=2", Format::Form)]
#[case(Some("text/plain"), "call me", Format::Text)]
#[case(Some("application/json"), r#"{"a": "#, Format::Text)]
#[case(None, "", Format::Empty)]
#[case(Some("text/plain"), "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--", Format::Multipart)]
fn what_the_bytes_look_like_decides(#[case] content_type: Option<&str>, #[case] body: &str, #[case] format: Format) {
    assert_eq!(parse(content_type, body.as_bytes()).format, format);
}

#[test]
fn files_of_a_multipart_body_are_noted_by_name() {
    let body = "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nАнна\r\n\
                --B\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"a.pdf\"\r\n\
                Content-Type: application/pdf\r\n\r\n%PDF\r\n\r\n--\r\n\
                --B\r\nContent-Disposition: form-data; name=\"rawRequest\"\r\n\r\n\
                {\"q3\": {\"first\": \"A\"}}\r\n--B--\r\n";
    let received = parse(Some("multipart/form-data; boundary=\"B\""), body.as_bytes());
    let expected = json!({"name": "Анна", "cv": {"file": "a.pdf"}, "rawRequest": {"q3": {"first": "A"}}});
    assert_eq!(received.tree, expected);
}

#[test]
fn another_character_set_is_read_and_wrong_bytes_are_repaired() {
    let received = parse(Some("application/x-www-form-urlencoded; charset=windows-1251"), b"name=%C0%ED%ED%E0");
    assert_eq!(received.tree, json!({"name": "Анна"}));
    let received = parse(Some(FORM), b"name=A\xffb");
    assert_eq!(received.tree, json!({"name": "A\u{fffd}b"}));
    let received = parse(Some("application/json"), b"\xef\xbb\xbf{\"a\": \"\xff\"}");
    assert_eq!(received.tree, json!({"a": "\u{fffd}"}));
}

#[test]
fn of_two_fields_with_one_name_the_last_counts() {
    assert_eq!(parse(None, br#"{"a": 1, "a": 2}"#).tree, json!({"a": 2}));
}

#[test]
fn what_is_too_deep_or_too_large_is_a_text() {
    let deep = format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let received = parse(None, deep.as_bytes());
    assert_eq!((received.format, received.note), (Format::Text, Some("it is nested too deeply")));
    assert!(received.tree.as_str().is_some_and(|text| text.len() <= TEXT_BYTES_MAX));
    let wide = format!("[{}1]", "1,".repeat(NODES_MAX));
    assert_eq!(parse(None, wide.as_bytes()).note, Some("it has too many values"));
    let fields = "a=1&".repeat(FIELDS_MAX + 1);
    assert!(parse(None, fields.as_bytes()).note.is_some_and(|note| note.contains("too many fields")));
    let name = format!("a{}=1", "[b]".repeat(100_000));
    assert!(depth(&parse(Some(FORM), name.as_bytes()).tree) <= DEPTH_MAX);
}

#[test]
fn brackets_in_texts_count_for_nothing() {
    let text = json!({"a": "[".repeat(100), "b": "\\\"[["});
    assert_eq!(parse(None, text.to_string().as_bytes()).tree, text);
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(all) => 1 + all.iter().map(depth).max().unwrap_or_default(),
        Value::Object(all) => 1 + all.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_tree_within_the_limits(
        content_type in proptest::option::of("(multipart/x; boundary=a|application/json|text/x; charset=koi8-r)"),
        body in proptest::collection::vec(any::<u8>(), 0..512),
    ) {
        let tree = parse(content_type.as_deref(), &body).tree;
        prop_assert!(depth(&tree) <= DEPTH_MAX);
        prop_assert!(serde_json::to_string(&tree).is_ok());
    }

    #[test]
    fn damaged_forms_give_a_tree_within_the_limits(
        body in "(--a|\r\n|name=\"|form-data; |\\[|\\]|=|&|%4|\\{|\"|,|x){0,60}",
    ) {
        for content_type in [None, Some("multipart/form-data; boundary=a"), Some(FORM)] {
            prop_assert!(depth(&parse(content_type, body.as_bytes()).tree) <= DEPTH_MAX);
        }
    }
}
