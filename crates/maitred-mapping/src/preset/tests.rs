//! What each preset makes of a payload that is written after the documentation of its service.

use super::*;
use crate::fields::Mapped;
use crate::parse::parse;
use serde_json::json;

/// The contacts in a body.
fn mapped(id: &str, content_type: &str, body: &str) -> Vec<Mapped> {
    let preset = Preset::find(id).expect("a preset");
    let tree = parse(Some(content_type), body.as_bytes()).tree;
    assert!(!preset.mapping.ignores(&tree), "{id}");
    preset.mapping.items(tree).iter().map(|item| preset.mapping.apply(item)).collect()
}

fn one(id: &str, content_type: &str, body: &str) -> Mapped {
    mapped(id, content_type, body).pop().expect("one contact")
}

/// External id, phone, e-mail, name, message, event.
fn texts(it: &Mapped) -> [Option<&str>; 6] {
    [&it.external_id, &it.phone, &it.email, &it.name, &it.message, &it.event_id].map(Option::as_deref)
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn every_preset_is_a_mapping_and_has_a_name_of_its_own() {
    let mut ids: Vec<_> = Preset::all().iter().map(|preset| &*preset.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Preset::all().len());
    assert!(Preset::all().iter().all(|it| it.documentation.starts_with("https://") && !it.name.is_empty()));
}

#[test]
fn tilda() {
    let it = one(
        "tilda",
        FORM,
        "Name=%D0%90%D0%BD%D0%BD%D0%B0&Phone=%2B7+%28999%29+123-45-67&Email=a%40b.ru&tranid=5%3A77&utm_source=ya",
    );
    assert_eq!(texts(&it), [None, Some("+7 (999) 123-45-67"), Some("a@b.ru"), Some("Анна"), None, Some("5:77")]);
    assert_eq!(it.attributes.get("utm_source"), Some(&json!("ya")));
    assert!(Preset::find("tilda").expect("it").mapping.ignores(&parse(Some(FORM), b"test=test").tree));
}

#[test]
fn google_ads() {
    let body = r#"{"lead_id": "TeSter-123", "user_column_data": [
        {"column_name": "Full Name", "string_value": "Anna Smith", "column_id": "FULL_NAME"},
        {"column_name": "User Phone", "string_value": "+16505550123", "column_id": "PHONE_NUMBER"},
        {"column_name": "User Email", "string_value": "a@b.com", "column_id": "EMAIL"}],
        "api_version": "1.0", "form_id": 40000000000, "campaign_id": 123, "google_key": "k", "gcl_id": "g"}"#;
    let it = one("google_ads", JSON, body);
    assert_eq!(texts(&it), [None, Some("+16505550123"), Some("a@b.com"), Some("Anna Smith"), None, Some("TeSter-123")]);
    assert!(!it.attributes.contains_key("google_key"), "the key is no business of operators");
    let preset = Preset::find("google_ads").expect("it");
    assert!(preset.mapping.ignores(&json!({"is_test": true, "lead_id": "x"})));
}

#[test]
fn meta_leads_by_way_of_n8n() {
    let body = r#"{"id": "44", "field_data": [{"name": "full_name", "values": ["Anna"]},
        {"name": "phone_number", "values": ["+79991234567"]}, {"name": "email", "values": ["a@b.ru"]}]}"#;
    let expected = [None, Some("+79991234567"), Some("a@b.ru"), Some("Anna"), None, Some("44")];
    assert_eq!(texts(&one("meta_leads", JSON, body)), expected);
    let flat = r#"{"leadgen_id": "44", "full_name": "Anna", "phone_number": "+79991234567", "email": "a@b.ru"}"#;
    assert_eq!(texts(&one("meta_leads", JSON, flat)), expected);
}

#[test]
fn whatsapp_makes_a_contact_of_each_message() {
    let message =
        |id: &str| json!({"from": "16505551234", "id": id, "timestamp": "1", "type": "text", "text": {"body": "hi"}});
    let value = json!({
        "messaging_product": "whatsapp", "metadata": {"display_phone_number": "1", "phone_number_id": "106"},
        "contacts": [{"profile": {"name": "Anna"}, "wa_id": "16505551234", "user_id": "US.1349"}],
        "messages": [message("wamid.1"), message("wamid.2")],
    });
    let by_id = json!({"contacts": [{"profile": {"name": "Boris", "username": "b"}, "user_id": "US.77"}],
        "messages": [{"from_user_id": "US.77", "id": "wamid.3", "type": "image", "image": {"id": "1"}}]});
    let body = json!({"object": "whatsapp_business_account", "entry": [
        {"id": "1", "changes": [{"field": "messages", "value": value}]}, {"changes": [{"value": by_id}]}]});
    let all = mapped("whatsapp", JSON, &body.to_string());
    let anna = |id| [Some("US.1349"), Some("+16505551234"), None, Some("Anna"), Some("hi"), Some(id)];
    assert_eq!(texts(&all[0]), anna("wamid.1"));
    assert_eq!(texts(&all[1]), anna("wamid.2"));
    assert_eq!(texts(&all[2]), [Some("US.77"), None, None, Some("Boris"), Some("image"), Some("wamid.3")]);
    let status = json!({"entry": [{"changes": [{"value": {"statuses": [{"id": "wamid.1", "status": "read"}]}}]}]});
    let preset = Preset::find("whatsapp").expect("it");
    assert!(preset.mapping.ignores(&status) && preset.handshake && preset.mapping.items(status).is_empty());
}

#[test]
fn tally() {
    let body = r#"{"eventId": "e", "eventType": "FORM_RESPONSE", "data": {"responseId": "r1", "fields": [
        {"key": "q1", "label": "Your name", "type": "INPUT_TEXT", "value": "Anna"},
        {"key": "q2", "label": "E-mail", "type": "INPUT_EMAIL", "value": "a@b.ru"},
        {"key": "q3", "label": "Phone", "type": "INPUT_PHONE_NUMBER", "value": "+79991234567"},
        {"key": "q4", "label": "Question", "type": "TEXTAREA", "value": "When?"}]}}"#;
    let expected = [None, Some("+79991234567"), Some("a@b.ru"), Some("Anna"), Some("When?"), Some("r1")];
    assert_eq!(texts(&one("tally", JSON, body)), expected);
}

#[test]
fn typeform() {
    let body = r#"{"event_id": "e", "event_type": "form_response", "form_response": {"token": "t1", "answers": [
        {"type": "text", "text": "Anna", "field": {"id": "1", "type": "short_text"}},
        {"type": "email", "email": "a@b.ru", "field": {"id": "2", "type": "email"}},
        {"type": "phone_number", "phone_number": "+79991234567", "field": {"id": "3", "type": "phone_number"}},
        {"type": "text", "text": "When?", "field": {"id": "4", "type": "long_text"}}]}}"#;
    let expected = [None, Some("+79991234567"), Some("a@b.ru"), Some("Anna"), Some("When?"), Some("t1")];
    assert_eq!(texts(&one("typeform", JSON, body)), expected);
}

#[test]
fn jotform() {
    let raw = r#"{"slug": "submit/1", "q3_name": {"first": "Anna", "last": "Smith"}, "q4_email": "a@b.ru",
        "q5_phoneNumber": {"full": "(999) 123-4567"}}"#;
    let part =
        |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body =
        [part("submissionID", "77"), part("formTitle", "Demo"), part("rawRequest", raw), "--b--".into()].concat();
    let it = one("jotform", "multipart/form-data; boundary=b", &body);
    assert_eq!(texts(&it), [None, Some("(999) 123-4567"), Some("a@b.ru"), Some("Anna Smith"), None, Some("77")]);
}

#[test]
fn jivosite() {
    let body = r#"{"event_name": "offline_message", "offline_message_id": 8, "message": "Hello", "widget_id": "w",
        "visitor": {"name": "Anna", "email": "a@b.ru", "phone": "+79991234567", "number": "12"}}"#;
    let it = one("jivosite", JSON, body);
    assert_eq!(texts(&it), [Some("12"), Some("+79991234567"), Some("a@b.ru"), Some("Anna"), Some("Hello"), Some("8")]);
    assert!(Preset::find("jivosite").expect("it").mapping.ignores(&json!({"event_name": "chat_accepted"})));
}

#[test]
fn amocrm() {
    let body = "contacts[add][0][id]=9&contacts[add][0][name]=Anna&contacts[add][0][custom_fields][0][code]=PHONE\
                &contacts[add][0][custom_fields][0][values][0][value]=%2B79991234567&account[id]=1";
    assert_eq!(
        texts(&one("amocrm", FORM, body)),
        [Some("9"), Some("+79991234567"), None, Some("Anna"), None, Some("9")]
    );
}

#[test]
fn bitrix24() {
    let body = "event=ONCRMLEADADD&data[FIELDS][ID]=42&ts=1&auth[domain]=x.bitrix24.ru&auth[application_token]=secret";
    let it = one("bitrix24", FORM, body);
    assert_eq!(texts(&it), [Some("42"), None, None, None, None, Some("42")]);
    assert!(!it.attributes.contains_key("auth"), "the token is no business of operators");
}
