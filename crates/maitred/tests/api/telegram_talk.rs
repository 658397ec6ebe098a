//! Conversations in Telegram: further messages of a lead, against a fake that behaves as the real one.

use crate::telegram::{LEAD, Shop, TOKEN};
use axum::http::StatusCode;
use maitred_app::jobs::{Polled, Poller};
use maitred_core::SourceId;
use serde_json::{Value, json};

impl Shop {
    /// What was said in a contact after the message that it arrived with, in order.
    async fn said(&self, contact: i64) -> Vec<String> {
        let all = self.server.show(&format!("/api/v1/contacts/{contact}/messages?limit=1000")).await;
        let text = |message: &Value| message["text"].as_str().expect("a text").to_owned();
        all.as_array().expect("a list").iter().rev().map(text).collect()
    }

    /// A photo of an album with this caption.
    fn photo(&self, album: &str, caption: Option<&str>) {
        let mut fields = json!({"photo": [{"file_id": "x"}], "media_group_id": album});
        caption.into_iter().for_each(|caption| fields["caption"] = json!(caption));
        self.telegram.write_with(TOKEN, LEAD, fields);
    }
}

#[tokio::test]
async fn five_messages_of_one_person_are_one_contact_and_take_one_slot() {
    let mut shop = Shop::open(json!({})).await;
    assert_eq!(shop.server.show("/api/v1/sources/1").await["when_open"], "append");
    let anna = shop.operator("Anna", crate::telegram::ANNA).await;
    for text in ["Hello", "are you there?", "the blue one", "size 40", "thanks"] {
        shop.telegram.write(TOKEN, LEAD, text);
    }
    shop.telegram.write(TOKEN, LEAD + 1, "Somebody else");
    shop.poll().await;
    // The process ends before the updates are confirmed: another one gets them again.
    shop.poller = Poller::new(shop.server.app.clone(), SourceId(shop.source));
    assert_eq!(shop.poll().await, Polled::Taken(6));
    let contacts = shop.contacts().await;
    assert_eq!(contacts.len(), 2);
    assert_eq!(contacts[0]["message"], "Hello");
    assert_eq!(shop.said(1).await, ["are you there?", "the blue one", "size 40", "thanks"]);
    assert_eq!(shop.server.show(&format!("/api/v1/operators/{anna}")).await["current_load"], 2, "one for each person");
    shop.close().await;
}

#[tokio::test]
async fn an_edit_changes_the_message_and_an_album_is_one() {
    let mut shop = Shop::open(json!({})).await;
    let first = shop.telegram.write(TOKEN, LEAD, "Helo");
    let second = shop.telegram.write(TOKEN, LEAD, "the blu one");
    shop.photo("m1", None);
    shop.photo("m1", Some("Both are broken"));
    shop.photo("m1", None);
    shop.poll().await;
    assert_eq!(shop.said(1).await, ["the blu one", "Both are broken"]);
    shop.telegram.edit(TOKEN, LEAD, first, "Hello");
    shop.telegram.edit(TOKEN, LEAD, second, "the blue one");
    shop.telegram.edit(TOKEN, LEAD, second, "the blue one");
    shop.poll().await;
    let contacts = shop.contacts().await;
    assert_eq!((contacts.len(), &contacts[0]["message"]), (1, &json!("Hello")));
    assert_eq!(shop.said(1).await, ["the blue one", "Both are broken"]);
    let events = shop.server.show("/api/v1/events?limit=1000").await;
    let edited: Vec<&Value> =
        events.as_array().expect("a list").iter().filter(|event| event["kind"] == "message_edited").collect();
    assert_eq!(edited.len(), 2, "the caption, and the message, once each: {edited:?}");
    assert_eq!((&edited[1]["message_id"], &edited[1]["contact_id"]), (&json!(1), &json!(1)));

    shop.server.patch("/api/v1/contacts/1", &json!({"is_resolved": true})).await.expect(StatusCode::OK);
    shop.telegram.edit(TOKEN, LEAD, second, "Too late");
    shop.poll().await;
    assert_eq!(shop.said(1).await[0], "the blue one");
    shop.close().await;
}

#[tokio::test]
async fn sources_of_other_kinds_make_a_contact_of_each_message_unless_somebody_says_otherwise() {
    let shop = Shop::open(json!({"when_open": "new"})).await;
    let server = &shop.server;
    assert_eq!(server.show("/api/v1/sources/1").await["when_open"], "new", "what is said counts");
    for (kind, expected) in [("whatsapp", "append"), ("site", "new"), ("form", "new"), ("other", "new")] {
        let source = server.post("/api/v1/sources", &json!({"name": kind, "kind": kind})).await;
        assert_eq!(source.expect(StatusCode::CREATED)["when_open"], expected, "{kind}");
    }
    let edited = server.patch("/api/v1/sources/3", &json!({"kind": "whatsapp"})).await.expect(StatusCode::OK);
    assert_eq!(edited["when_open"], "new", "a source that is there keeps what it has");
    shop.close().await;
}
