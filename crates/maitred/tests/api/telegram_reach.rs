//! Leads who block the bot and come back, and buttons that they press.

use crate::telegram::{ANNA, LEAD, Shop, TOKEN};
use axum::http::{Method, StatusCode};
use maitred_app::jobs::SendReplies;
use maitred_core::OperatorId;
use maitred_store::accounts::Grant;
use maitred_store::clock;
use serde_json::{Value, json};

impl Shop {
    /// The source whose bot the lead blocked, and whether it is said since when.
    async fn blocked(&self) -> (Value, bool) {
        let lead = self.server.show("/api/v1/leads/1").await;
        (lead["blocked_source_id"].clone(), lead["blocked_at"].is_string())
    }

    async fn write_back(&self, text: &str) {
        self.server.post("/api/v1/contacts/1/messages", &json!({"text": text})).await.expect(StatusCode::CREATED);
        let mut sender = SendReplies::new(self.server.app.clone());
        assert_eq!(sender.step(clock::now()).await.expect("a store"), Some(0));
    }

    async fn lead_edits(&self) -> usize {
        let events = self.server.show("/api/v1/events?limit=1000").await;
        let events = events.as_array().expect("a list");
        events.iter().filter(|event| event["kind"] == "lead_edited" && event["lead_id"] == 1).count()
    }
}

#[tokio::test]
async fn that_a_lead_blocked_the_bot_is_known_until_they_come_back() {
    let mut shop = Shop::open(json!({})).await;
    shop.telegram.block(TOKEN, LEAD);
    shop.poll().await;
    shop.telegram.unblock(TOKEN, LEAD);
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    let (nothing, on_shop) = ((Value::Null, false), (json!(shop.source), true));
    assert_eq!(shop.blocked().await, nothing, "who never wrote is no lead");

    shop.telegram.block(TOKEN, LEAD);
    shop.poll().await;
    assert_eq!(shop.blocked().await, on_shop);
    let edits = shop.lead_edits().await;
    shop.write_back("Are you there?").await;
    assert_eq!((shop.blocked().await, shop.lead_edits().await), (on_shop.clone(), edits), "it was known");
    shop.telegram.unblock(TOKEN, LEAD);
    shop.poll().await;
    assert_eq!(shop.blocked().await, nothing);

    // Nobody told the bot: it learns it when it writes, and that they are back when that arrives, or when they write.
    shop.telegram.fail("sendMessage", 1, 403, "Forbidden: bot was blocked by the user", &Value::Null);
    shop.write_back("Hello?").await;
    assert_eq!(shop.blocked().await, on_shop);
    shop.write_back("Hello again").await;
    assert_eq!(shop.blocked().await, nothing);
    shop.telegram.fail("sendMessage", 1, 403, "Forbidden: user is deactivated", &Value::Null);
    shop.write_back("Hello?").await;
    assert_eq!(shop.blocked().await, on_shop);
    shop.telegram.write(TOKEN, LEAD, "Here I am");
    shop.poll().await;
    assert_eq!(shop.blocked().await, nothing);
    shop.close().await;
}

#[tokio::test]
async fn merging_keeps_and_erasing_forgets_that_a_lead_blocked_the_bot() {
    let mut shop = Shop::open(json!({})).await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    shop.telegram.block(TOKEN, LEAD);
    shop.poll().await;
    let other = json!({"source_id": shop.source, "lead_phone": "+79991234567"});
    shop.server.post("/api/v1/contacts", &other).await.expect(StatusCode::CREATED);
    shop.server.post("/api/v1/leads/2/merge", &json!({"absorb_lead_id": 1})).await.expect(StatusCode::OK);
    let lead = shop.server.show("/api/v1/leads/2").await;
    assert_eq!(lead["blocked_source_id"], shop.source);
    let export = shop.server.show("/api/v1/leads/2/export").await;
    assert_eq!(export["lead"]["blocked_source_id"], shop.source, "{export}");
    for contact in [1, 2] {
        shop.server.act(&format!("/api/v1/contacts/{contact}/resolve")).await.expect(StatusCode::OK);
    }
    shop.server.act("/api/v1/leads/2/erase").await.expect(StatusCode::OK);
    let erased = shop.server.show("/api/v1/leads/2").await;
    assert_eq!((&erased["blocked_source_id"], &erased["blocked_at"]), (&Value::Null, &Value::Null));
    shop.telegram.unblock(TOKEN, LEAD);
    shop.telegram.block(TOKEN, LEAD);
    shop.poll().await;
    assert_eq!(shop.server.show("/api/v1/leads/2").await["blocked_at"], Value::Null);
    shop.close().await;
}

#[tokio::test]
async fn pages_say_that_messages_do_not_arrive() {
    let mut shop = Shop::open(json!({})).await;
    let anna = shop.operator("Anna", ANNA).await;
    shop.telegram.write(TOKEN, LEAD, "Hello");
    shop.poll().await;
    let hers = shop.server.session("Anna", Grant::Operator(OperatorId(anna))).await;
    let admin = shop.server.session("Root", Grant::Admin).await;
    let look = async |who: &str, path: &str| shop.server.browse(who, Method::GET, path, None).await.text;
    let desk = format!("/desk/{anna}");
    for (who, page) in [(&hers, &*desk), (&hers, "/contacts/1"), (&admin, "/leads/1")] {
        assert!(!look(who, page).await.contains("blocked the bot"), "{page}");
    }
    shop.telegram.block(TOKEN, LEAD);
    let mut poller = maitred_app::jobs::Poller::new(shop.server.app.clone(), maitred_core::SourceId(shop.source));
    poller.step(std::time::Duration::ZERO, clock::now()).await.expect("updates");
    for (who, page) in [(&hers, &*desk), (&hers, "/contacts/1"), (&admin, "/leads/1")] {
        let text = look(who, page).await;
        assert!(text.contains("The lead blocked the bot"), "{page}: {text}");
    }
    shop.close().await;
}

#[tokio::test]
async fn a_button_that_a_lead_presses_is_a_message_and_answered() {
    let mut shop = Shop::open(json!({})).await;
    let shown = shop.telegram.show_button(TOKEN, LEAD, "What do you need?", ("Prices", "menu:prices"));
    let query = shop.telegram.press(TOKEN, LEAD, shown, "menu:prices");
    shop.poll().await;
    assert_eq!(shop.telegram.until("an answer", |state| state.answer(TOKEN, &query)).await, "");
    let contact = &shop.contacts().await[0];
    assert_eq!((&contact["message"], &contact["attributes"]["button"]), (&json!("Prices"), &json!("menu:prices")));
    assert_eq!(contact["attributes"]["telegram"]["kind"], "button");

    // Another is appended; an old message does not say what stood on its button; both are there once.
    shop.telegram.press(TOKEN, LEAD, 999, "menu:hours");
    let mut again = maitred_app::jobs::Poller::new(shop.server.app.clone(), maitred_core::SourceId(shop.source));
    shop.poll().await;
    again.step(std::time::Duration::ZERO, clock::now()).await.expect("updates");
    let messages = shop.server.show("/api/v1/contacts/1/messages").await;
    assert_eq!((messages.as_array().map(Vec::len), &messages[0]["text"]), (Some(1), &json!("menu:hours")));
    assert_eq!(shop.contacts().await.len(), 1);

    // The lead can be answered there, and what they press is no edit of theirs.
    shop.telegram.edit(TOKEN, LEAD, shown, "not a message of theirs");
    shop.telegram.write(TOKEN, LEAD, "and delivery?");
    shop.poll().await;
    assert_eq!(shop.contacts().await[0]["message"], "Prices");
    shop.write_back("From 100").await;
    assert_eq!(shop.shown(LEAD).text, "From 100");

    // An operator's press of a strange button reaches nobody.
    shop.operator("Anna", ANNA).await;
    let query = shop.telegram.press(TOKEN, ANNA, shown, "menu:prices");
    shop.poll().await;
    let answer = shop.telegram.look(|state| state.answer(TOKEN, &query));
    assert_eq!(answer.as_deref(), Some("This button is not known any more"));
    assert_eq!(shop.contacts().await.len(), 1);
    shop.close().await;
}
