//! Mappings as they are written, and what they make of payloads.

use super::*;
use rstest::rstest;
use serde_json::json;

#[expect(clippy::needless_pass_by_value, reason = "what `json!` makes can be given as it is")]
fn mapping(written: Value) -> Mapping {
    Mapping::read(&written).expect("a mapping")
}

#[test]
fn paths_are_tried_in_order_and_a_constant_is_last() {
    let mapping = mapping(json!({"rules": [
        {"target": "phone", "paths": ["$.a", "$.b.c"]},
        {"target": "message", "paths": ["$.nothing"], "constant": "from the shop"},
        {"target": "attributes.campaign", "paths": ["$.utm[0]"]},
    ]}));
    let mapped = mapping.apply(&json!({"a": " ", "b": {"c": 79991234567_i64}, "utm": ["x"], "rest": true}));
    assert_eq!(mapped.phone.as_deref(), Some("79991234567"));
    assert_eq!(mapped.message.as_deref(), Some("from the shop"));
    assert_eq!(Value::Object(mapped.attributes), json!({"campaign": "x", "rest": true}));
}

#[test]
fn the_short_form_is_the_same_mapping() {
    let short = mapping(json!({"lead_phone": "$.tel", "name": ["$.first", "$.nick"]}));
    let long =
        mapping(json!([{"target": "name", "paths": ["$.first", "$.nick"]}, {"target": "phone", "paths": ["$.tel"]}]));
    let tree = json!({"tel": "1", "nick": "A"});
    assert_eq!(short.apply(&tree), long.apply(&tree));
    let again = mapping(short.to_json());
    assert_eq!(again.to_json(), short.to_json());
}

#[rstest]
#[case(json!("phone"), "", "is no mapping")]
#[case(json!({"rules": [{"target": "tel", "paths": ["$.a"]}]}), "/rules/0/target", "is no field of a contact")]
#[case(json!({"rules": [{"target": "phone", "paths": ["$.a["]}]}), "/rules/0/paths/0", "is no JSONPath")]
#[case(json!({"rules": [{"target": "phone"}]}), "/rules/0", "neither paths nor a constant")]
#[case(json!({"rules": [{"target": "phone", "paths": ["$.a"], "transform": ["eval"]}]}), "/rules/0", "unknown variant")]
#[case(json!({"rules": []}), "/rules", "is empty")]
#[case(json!({"phone": 7}), "/phone", "is neither a path")]
#[case(json!({"each": "$[", "by_names": true}), "/each", "is no JSONPath")]
#[case(json!({"paths": {}}), "", "unknown field")]
fn a_mistake_is_named_at_its_place(#[case] written: Value, #[case] pointer: &str, #[case] detail: &str) {
    let wrong = Mapping::read(&written).expect_err("it is wrong");
    assert_eq!(wrong.pointer, pointer, "{wrong}");
    assert!(wrong.detail.contains(detail), "{wrong}");
}

#[rstest]
#[case(json!({"Your-Name": "Anna", "your-phone": "+7 999 123-45-67"}), "Anna", Some("+7 999 123-45-67"))]
#[case(json!({"Имя": "Анна", "Телефон": "89991234567", "Комментарий": "перезвоните"}), "Анна", Some("89991234567"))]
#[case(json!({"a": {"first_name": "An", "last_name": "Li"}, "f_3": "+79991234567"}), "An Li", Some("+79991234567"))]
#[case(json!({"name": ["Anna"], "amount": "79991234567"}), "Anna", None)]
fn fields_are_recognised_by_their_names(#[case] tree: Value, #[case] name: &str, #[case] phone: Option<&str>) {
    let mapped = Mapping::by_names().apply(&tree);
    assert_eq!((mapped.name.as_deref(), mapped.phone.as_deref()), (Some(name), phone));
}

#[test]
fn what_is_not_recognised_becomes_attributes() {
    let tree =
        json!({"name": "A", "utm_source": "ya", "page": "/x", "empty": "", "_next": "/thanks", "deep": {"b": 1}});
    let mapped = Mapping::by_names().apply(&tree);
    assert_eq!(Value::Object(mapped.attributes), json!({"utm_source": "ya", "page": "/x", "deep": {"b": 1}}));
}

#[test]
fn nothing_that_is_known_is_no_contact() {
    for tree in [json!({"a": 1}), json!("text"), json!([1]), json!({}), json!({"name": " ", "phone": null})] {
        assert!(!Mapping::by_names().apply(&tree).is_contact(), "{tree}");
    }
}

#[test]
fn hundreds_of_parts_are_items_and_no_more_than_there_may_be() {
    let mapping = mapping(json!({"by_names": true, "each": "$.leads[*]"}));
    let leads = |count: usize| json!({"leads": vec![json!({"phone": "1"}); count]});
    assert_eq!(mapping.items(leads(300)).len(), 300);
    assert_eq!(mapping.items(leads(ITEMS_MAX + 1)).len(), ITEMS_MAX);
}

#[test]
fn what_is_around_a_list_is_not_copied_for_each_entry_if_it_is_large() {
    let mapping = mapping(json!({"by_names": true, "each": "$.all[*]", "split": "messages"}));
    let part = |around: usize| json!({"all": [{"messages": vec![1; 3], "text": "x".repeat(around)}]});
    assert!(mapping.items(part(9)).iter().all(|item| item["text"] == "xxxxxxxxx"));
    let large = mapping.items(part(REST_BYTES_MAX));
    assert_eq!(large, vec![json!({"messages": [1]}); 3]);
}

#[test]
fn each_entry_of_a_list_is_an_item_with_what_is_around_it() {
    let mapping = mapping(json!({"by_names": true, "each": "$.entry[*].value", "split": "messages"}));
    let tree = json!({"entry": [
        {"value": {"who": 1, "messages": ["a", "b"]}}, {"value": {"statuses": []}}, {"value": {"messages": ["c"]}},
    ]});
    let items = mapping.items(tree);
    let expected =
        [json!({"who": 1, "messages": ["a"]}), json!({"who": 1, "messages": ["b"]}), json!({"messages": ["c"]})];
    assert_eq!(items, expected);
}

#[test]
fn what_is_to_be_ignored_is_told_by_a_value_or_by_being_there() {
    let mapping =
        mapping(json!({"by_names": true, "ignore": [{"path": "test", "equals": "test"}, {"path": "$.statuses"}]}));
    assert!(mapping.ignores(&json!({"test": "test"})) && mapping.ignores(&json!({"statuses": []})));
    assert!(!mapping.ignores(&json!({"test": "other", "name": "A"})));
}
