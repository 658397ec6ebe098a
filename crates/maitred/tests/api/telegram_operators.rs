//! What operators are told of a conversation in Telegram, and what they answer there, against a fake that behaves as
//! the real one.

use crate::telegram::{ANNA, BORIS, LEAD, Shop, TOKEN};
use axum::http::StatusCode;
use maitred_app::jobs::{Poller, SendReplies};
use maitred_core::SourceId;
use maitred_store::clock;
use serde_json::{Value, json};

impl Shop {
    /// Sends what is pending, and gives what the lead sees of the bot.
    async fn lead_sees(&self) -> Vec<String> {
        let left = SendReplies::new(self.server.app.clone()).step(clock::now()).await.expect("a store");
        assert_eq!(left, Some(0));
        self.telegram.look(|state| state.chat(TOKEN, LEAD)).into_iter().map(|shown| shown.text).collect()
    }

    /// An operator replies to a message of the bot's, and gets this answer.
    async fn reply_to(&mut self, account: i64, message: i64, text: &str) -> String {
        self.telegram.reply(TOKEN, account, message, text);
        self.poll().await;
        self.shown(account).text
    }
}

#[tokio::test]
async fn what_a_lead_says_further_is_told_and_what_was_told_before_is_over() {
    let mut shop = Shop::open(json!({})).await;
    shop.operator("Anna", ANNA).await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    shop.tell().await;
    let first = shop.shown(ANNA);
    for text in ["are you there?", "about the blue one\nsize 40"] {
        shop.telegram.write(TOKEN, LEAD, text);
    }
    shop.poll().await;
    shop.tell().await;
    let all = shop.telegram.look(|state| state.chat(TOKEN, ANNA));
    let before = all.iter().find(|shown| shown.id == first.id).expect("it is still there");
    assert_eq!((before.text.as_str(), before.buttons.len()), ("The lead wrote again, see below\nShop · #1", 0));
    let told = all.last().expect("a message");
    assert!(told.text.ends_with("\n\nare you there?\nabout the blue one"), "{}", told.text);
    assert!(told.id > first.id && told.button("resolve").is_some(), "a new message, for a change makes no sound");
    let count = all.len();
    shop.tell().await;
    assert_eq!(shop.telegram.look(|state| state.chat(TOKEN, ANNA)).len(), count, "once");

    // What is written to the lead is no news to the operator.
    shop.server.post("/api/v1/contacts/1/messages", &json!({"text": "Yes"})).await.expect(StatusCode::CREATED);
    shop.tell().await;
    assert_eq!(shop.telegram.look(|state| state.chat(TOKEN, ANNA)).len(), count);
    shop.close().await;
}

#[tokio::test]
async fn an_operator_answers_a_lead_by_replying_to_the_message_about_them() {
    let mut shop = Shop::open(json!({"accept_within_s": 600})).await;
    let anna = shop.operator("Anna", ANNA).await;
    shop.telegram.write(TOKEN, LEAD, "Is the blue one in stock?");
    shop.poll().await;
    shop.tell().await;
    let told = shop.shown(ANNA).id;
    assert_eq!(shop.reply_to(ANNA, told, "Yes.\nWhich size?").await, "Sent on to the lead");
    // The update comes again, because the process ended before it was confirmed.
    shop.poller = Poller::new(shop.server.app.clone(), SourceId(shop.source));
    shop.poll().await;
    assert_eq!(shop.lead_sees().await, ["Yes.\nWhich size?"]);
    let messages = shop.server.show("/api/v1/contacts/1/messages").await;
    assert_eq!(messages.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&messages[0]["author"], &messages[0]["delivery"]),
        (&json!(format!("telegram:{anna}")), &json!("sent"))
    );
    let contact = &shop.contacts().await[0];
    assert!(contact["accepted_at"].is_string() && contact["first_response_at"].is_string(), "{contact}");
    assert_eq!(shop.contacts().await.len(), 1, "what an operator writes is no contact");
    shop.close().await;
}

#[tokio::test]
async fn a_reply_about_a_contact_that_is_with_somebody_else_is_sent_to_nobody() {
    let mut shop = Shop::open(json!({})).await;
    shop.operator("Anna", ANNA).await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    shop.tell().await;
    let told = shop.shown(ANNA).id;
    let boris = shop.operator("Boris", BORIS).await;
    let path = "/api/v1/contacts/1/transfer";
    shop.server.post(path, &json!({"operator_id": boris})).await.expect(StatusCode::OK);
    let nothing = |why: &str| format!("Nothing was sent. {why}");
    assert_eq!(shop.reply_to(ANNA, told, "Yes").await, nothing("Boris has it now."));
    shop.tell().await;
    // The message about it has no buttons by now.
    assert_eq!(shop.reply_to(ANNA, told, "Yes").await, nothing("Boris has it now."));
    shop.server.patch("/api/v1/contacts/1", &json!({"is_resolved": true})).await.expect(StatusCode::OK);
    assert_eq!(shop.reply_to(ANNA, told, "Yes").await, nothing("Resolved."));
    let unknown = shop.reply_to(ANNA, 999_999, "Yes").await;
    assert!(unknown.starts_with("Nothing was sent. It is not known any more"), "{unknown}");
    shop.server.delete("/api/v1/contacts/1").await;
    assert_eq!(shop.reply_to(ANNA, told, "Yes").await, nothing("Deleted."));
    assert_eq!(shop.lead_sees().await, [""; 0]);
    shop.close().await;
}

#[tokio::test]
async fn a_reply_that_cannot_be_sent_says_so() {
    let mut shop = Shop::open(json!({})).await;
    shop.operator("Anna", ANNA).await;
    let contact = json!({"source_id": 1, "lead_phone": "+79991234567", "message": "Call me"});
    shop.server.post("/api/v1/contacts", &contact).await.expect(StatusCode::CREATED);
    shop.tell().await;
    let told = shop.shown(ANNA).id;
    let answer = shop.reply_to(ANNA, told, "Hello").await;
    assert_eq!(answer, "Nothing was sent. The bot has no chat with this lead: answer them another way.");
    let replied = json!({"message_id": told, "date": 1, "chat": {"id": ANNA, "type": "private"}});
    shop.telegram.write_with(TOKEN, ANNA, json!({"photo": [{"file_id": "x"}], "reply_to_message": replied}));
    shop.poll().await;
    assert_eq!(shop.shown(ANNA).text, "Nothing was sent. Only text can be sent, up to 4000 characters.");
    assert_eq!(shop.server.show("/api/v1/contacts/1/messages").await, Value::Array(Vec::new()));
    shop.close().await;
}
