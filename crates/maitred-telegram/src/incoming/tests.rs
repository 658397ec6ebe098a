//! Updates as Telegram sends them, and what is read in them.

use super::*;
use rstest::rstest;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

fn read(update: &Value) -> Incoming {
    Update::read(&to_raw_value(update).unwrap()).expect("an update with an id").incoming()
}

/// A message of Anna's with these fields as well.
fn message_with(more: &Value) -> Value {
    let mut message = json!({
        "message_id": 7, "date": 1_760_000_000,
        "from": {"id": 55, "is_bot": false, "first_name": "Анна", "last_name": "Ким", "username": "anna",
                 "language_code": "ru"},
        "chat": {"id": 55, "type": "private", "first_name": "Анна"},
    });
    let fields = message.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    message
}

fn sent(more: &Value) -> LeadMessage {
    match read(&json!({"update_id": 1, "message": message_with(more)})) {
        Incoming::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn somebody_who_wrote_is_known_by_their_id() {
    let message = sent(&json!({"text": "Здравствуйте"}));
    let from = Person {
        id: 55,
        name: "Анна Ким".to_owned(),
        username: Some("anna".to_owned()),
        language: Some("ru".to_owned()),
    };
    assert_eq!((message.from, message.text.as_deref(), message.kind), (from, Some("Здравствуйте"), "text"));
}

#[rstest]
#[case(json!({"photo": [{"file_id": "x"}], "caption": "Such a one"}), Some("Such a one"), "photo")]
#[case(json!({"animation": {}, "document": {}}), None, "animation")]
#[case(json!({"voice": {"file_id": "x", "duration": 3}}), None, "voice")]
#[case(json!({"something_of_next_year": {}}), None, "other")]
#[case(json!({"text": "  "}), None, "text")]
fn what_is_no_text_has_a_kind(#[case] more: Value, #[case] text: Option<&str>, #[case] kind: &str) {
    let message = sent(&more);
    assert_eq!((message.text.as_deref(), message.kind), (text, kind));
}

#[rstest]
#[case(json!({"pinned_message": {"message_id": 3}}))]
#[case(json!({"text": "Hello", "chat": {"id": -5, "type": "group"}}))]
#[case(json!({"text": "Hello", "from": {"id": 9, "is_bot": true, "first_name": "Bot"}}))]
fn what_nobody_wrote_to_the_bot_is_nothing(#[case] more: Value) {
    assert_eq!(read(&json!({"update_id": 1, "message": message_with(&more)})), Incoming::Nothing);
}

#[test]
fn a_shared_phone_is_ones_own_only_if_it_is_that_of_the_sender() {
    let shared = |user: Value| {
        let contact = json!({"contact": {"phone_number": "79991234567", "first_name": "Анна", "user_id": user}});
        let message = sent(&contact);
        (message.kind, message.phone.map(|phone| phone.is_own))
    };
    assert_eq!(shared(json!(55)), ("contact", Some(true)));
    assert_eq!(shared(json!(56)), ("contact", Some(false)));
    assert_eq!(shared(Value::Null), ("contact", Some(false)));
}

#[test]
fn what_stands_behind_start_is_kept() {
    assert_eq!(sent(&json!({"text": "/start promo_7"})).start.as_deref(), Some("promo_7"));
    assert_eq!(sent(&json!({"text": "/start"})).start.as_deref(), Some(""));
    assert_eq!(sent(&json!({"text": "start"})).start, None);
}

#[test]
fn an_edit_is_no_message() {
    let update = json!({"update_id": 1, "edited_message": message_with(&json!({"text": "/start x"}))});
    assert!(matches!(read(&update), Incoming::Edited(LeadMessage { message: 7, start: None, .. })));
}

#[rstest]
#[case(json!({}), true)]
#[case(json!({"from": {"id": 1, "first_name": "The owner"}}), false)]
#[case(json!({"sender_business_bot": {"id": 2, "is_bot": true, "first_name": "Bot"}}), false)]
#[case(json!({"is_from_offline": true}), false)]
fn of_an_account_only_what_clients_write_counts(#[case] more: Value, #[case] counts: bool) {
    let mut message = message_with(&more);
    message["business_connection_id"] = json!("abc");
    message["text"] = json!("Hello");
    let read = read(&json!({"update_id": 1, "business_message": message}));
    let is_of_client = matches!(&read, Incoming::Message(it) if it.business.as_deref() == Some("abc"));
    assert_eq!(is_of_client, counts, "{read:?}");
}

#[test]
fn a_press_has_what_the_button_says() {
    let press = |data: &str| {
        read(&json!({"update_id": 1, "callback_query": {
            "id": "q1", "from": {"id": 55, "first_name": "Анна"}, "chat_instance": "1", "data": data,
            "message": {"message_id": 9, "chat": {"id": 55, "type": "private"}, "date": 0,
                        "reply_markup": {"inline_keyboard": [[{"text": "Prices", "callback_data": "price"}]]}},
        }}))
    };
    let Incoming::Press(pressed) = press("1:12:0:accept") else { panic!("no press") };
    assert_eq!(pressed.press.map(|press| (press.contact, press.decision)), Some((12, 0)));
    assert_eq!((pressed.chat, pressed.message, pressed.query.as_str()), (Some(55), Some(9), "q1"));
    assert!(pressed.said.is_none(), "it is a button of ours");
    let said = |pressed| match pressed {
        Incoming::Press(PressedButton { press: None, said: Some(said), .. }) => (said.text, said.button, said.kind),
        other => panic!("{other:?}"),
    };
    let (price, buy) = (Some("Prices".to_owned()), Some("buy".to_owned()));
    assert_eq!(said(press("price")), (price, Some("price".to_owned()), "button"));
    assert_eq!(said(press("buy")), (buy.clone(), buy, "button"), "what stands on it is not known");
}

#[test]
fn who_blocks_the_bot_is_known() {
    let update = |status: &str| {
        let chat = json!({"id": 55, "type": "private"});
        let change = json!({"chat": chat, "date": 7, "new_chat_member": {"status": status}});
        read(&json!({"update_id": 1, "my_chat_member": change}))
    };
    assert_eq!(update("kicked"), Incoming::Blocked { chat: 55, is_blocked: true, date: Some(7) });
    assert_eq!(update("member"), Incoming::Blocked { chat: 55, is_blocked: false, date: Some(7) });
}

#[test]
fn what_cannot_be_read_is_nothing_but_has_its_number() {
    assert_eq!(read(&json!({"update_id": 1, "message": {"message_id": "seven"}})), Incoming::Nothing);
    assert_eq!(read(&json!({"update_id": 2})), Incoming::Nothing);
    assert!(Update::read(&to_raw_value(&json!({"message": {}})).unwrap()).is_none());
}
