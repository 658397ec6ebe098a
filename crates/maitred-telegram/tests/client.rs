//! The client against the fake: what it asks for and how it takes what comes back. So the fake is tested as well.

use maitred_telegram::client::Me;
use maitred_telegram::fake::FakeTelegram;
use maitred_telegram::{Bot, BotToken, Button, Client, Incoming, OutgoingMessage, TelegramError};
use serde_json::{Value, json};
use std::time::Duration;

const TOKEN: &str = "42:secret";
const ANNA: i64 = 55;

async fn bot() -> (FakeTelegram, Bot) {
    let telegram = FakeTelegram::start().await;
    telegram.add_bot(TOKEN, "shop_bot", 1_000);
    let bot = Client::at(telegram.url()).expect("an address").bot(BotToken::parse(TOKEN).expect("a token"));
    (telegram, bot)
}

async fn texts(bot: &Bot, offset: i64) -> Vec<String> {
    let updates = bot.get_updates(offset, 100, Duration::ZERO).await.expect("updates");
    let text = |incoming| match incoming {
        Incoming::Message(message) => message.text.unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    updates.into_iter().map(|update| text(update.incoming())).collect()
}

#[tokio::test]
async fn an_offset_confirms_what_is_before_it() {
    let (telegram, bot) = bot().await;
    for text in ["one", "two", "three"] {
        telegram.write(TOKEN, ANNA, text);
    }
    assert_eq!(texts(&bot, 0).await, ["one", "two", "three"]);
    assert_eq!(texts(&bot, 0).await.len(), 3, "nothing is confirmed yet");
    assert_eq!(texts(&bot, 1_002).await, ["three"]);
    assert_eq!(texts(&bot, 0).await, ["three"]);
}

#[tokio::test]
async fn a_long_poll_ends_with_the_first_update() {
    let (telegram, bot) = bot().await;
    let polling = tokio::spawn(async move { bot.get_updates(0, 100, Duration::from_secs(25)).await });
    telegram.until("the poll", |state| (!state.calls.is_empty()).then_some(())).await;
    telegram.write(TOKEN, ANNA, "Hello");
    assert_eq!(polling.await.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_pollers_the_earlier_one_is_sent_away() {
    let (telegram, bot) = bot().await;
    let earlier = bot.clone();
    let polling = tokio::spawn(async move { earlier.get_updates(0, 100, Duration::from_secs(25)).await });
    telegram.until("the poll", |state| (!state.calls.is_empty()).then_some(())).await;
    assert!(bot.get_updates(0, 100, Duration::ZERO).await.unwrap().is_empty());
    assert_eq!(polling.await.unwrap().unwrap_err(), TelegramError::OtherPoller);
}

#[tokio::test]
async fn with_a_webhook_nothing_can_be_asked_for() {
    let (telegram, bot) = bot().await;
    telegram.set_webhook(TOKEN, true);
    assert_eq!(bot.get_updates(0, 100, Duration::ZERO).await.unwrap_err(), TelegramError::WebhookIsSet);
}

#[tokio::test]
async fn a_revoked_token_is_a_bad_one() {
    let (telegram, bot) = bot().await;
    assert_eq!(bot.get_me().await, Ok(Me { id: 42, username: "shop_bot".to_owned() }));
    telegram.revoke(TOKEN);
    assert_eq!(bot.get_me().await, Err(TelegramError::BadToken));
}

#[tokio::test]
async fn a_message_is_sent_and_changed() {
    let (telegram, bot) = bot().await;
    let button = Button { text: "Accept".to_owned(), data: "1:1:0:accept".to_owned() };
    let message = OutgoingMessage { text: "New".to_owned(), buttons: vec![vec![button]] };
    let stranger = bot.send_message(ANNA, &message).await.unwrap_err();
    assert!(matches!(stranger, TelegramError::Blocked(_)), "a bot begins no conversation: {stranger}");
    telegram.write(TOKEN, ANNA, "/start");
    let id = bot.send_message(ANNA, &message).await.unwrap();
    let again = bot.edit_message_text(ANNA, id, &message).await.unwrap_err();
    assert!(matches!(again, TelegramError::Harmless(_)), "{again}");
    bot.edit_message_text(ANNA, id, &OutgoingMessage::plain("Over")).await.unwrap();
    let shown = telegram.look(|state| state.chat(TOKEN, ANNA));
    assert_eq!((shown.len(), shown[0].text.as_str(), shown[0].buttons.len()), (1, "Over", 0));
}

#[tokio::test]
async fn a_press_is_answered_once_and_not_too_late() {
    let (telegram, bot) = bot().await;
    let query = telegram.press(TOKEN, ANNA, 1, "1:1:0:accept");
    bot.answer_callback_query(&query, &"x".repeat(300)).await.unwrap();
    assert_eq!(telegram.look(|state| state.answer(TOKEN, &query)).map(|text| text.len()), Some(200));
    assert!(matches!(bot.answer_callback_query(&query, "").await, Err(TelegramError::Harmless(_))));
    let query = telegram.press(TOKEN, ANNA, 1, "1:1:0:accept");
    telegram.expire_presses(TOKEN);
    assert!(matches!(bot.answer_callback_query(&query, "").await, Err(TelegramError::Harmless(_))));
}

#[tokio::test]
async fn refusals_say_what_there_is_to_do() {
    let (telegram, bot) = bot().await;
    let hello = OutgoingMessage::plain("Hello");
    telegram.fail("sendMessage", 1, 429, "Too Many Requests: retry after 7", &json!({"retry_after": 7}));
    assert_eq!(bot.send_message(ANNA, &hello).await, Err(TelegramError::TooMany(Duration::from_secs(7))));
    telegram.fail("sendMessage", 1, 502, "Bad Gateway", &Value::Null);
    assert!(matches!(bot.send_message(ANNA, &hello).await, Err(TelegramError::Unreachable(_))));
    telegram.block(TOKEN, ANNA);
    assert!(matches!(bot.send_message(ANNA, &hello).await, Err(TelegramError::Blocked(_))));
}

#[tokio::test]
async fn no_error_names_the_token() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let bot = Client::at(&address).unwrap().bot(BotToken::parse(TOKEN).unwrap());
    let error = bot.get_me().await.unwrap_err();
    assert!(matches!(error, TelegramError::Unreachable(_)));
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

#[tokio::test]
async fn a_webhook_gets_what_waits_in_order_for_each_chat_until_it_is_taken() {
    let (telegram, bot) = bot().await;
    for (person, text) in [(ANNA, "one"), (ANNA, "two"), (56, "other")] {
        telegram.write(TOKEN, person, text);
    }
    let webhook = bot.webhook();
    bot.set_webhook(&webhook.url("https://leads.example.com"), &webhook.secret).await.expect("it is set");
    assert_eq!(bot.get_updates(0, 100, Duration::ZERO).await.unwrap_err(), TelegramError::WebhookIsSet);
    let info = bot.get_webhook_info().await.expect("what it knows");
    assert!(webhook.is_at(&info.url) && info.has_all_kinds() && info.pending_update_count == 3, "{info:?}");

    let sent = std::sync::Mutex::new(Vec::new());
    let send = async |delivery: maitred_telegram::fake::Delivery| {
        assert_eq!(delivery.secret, webhook.secret);
        let text = delivery.body["message"]["text"].as_str().unwrap_or_default().to_owned();
        sent.lock().unwrap().push(text.clone());
        if text == "one" && sent.lock().unwrap().len() == 1 { 503 } else { 200 }
    };
    assert_eq!(telegram.deliver(TOKEN, 1_796_000_000, send).await, 1);
    assert_eq!(*sent.lock().unwrap(), ["one", "other"], "what is behind it waits");
    let info = bot.get_webhook_info().await.expect("what it knows");
    assert_eq!((info.pending_update_count, info.last_error_date), (2, Some(1_796_000_000)));
    assert_eq!(telegram.deliver(TOKEN, 1_796_000_001, send).await, 2);
    assert_eq!(*sent.lock().unwrap(), ["one", "other", "one", "two"]);

    telegram.write(TOKEN, ANNA, "three");
    bot.delete_webhook().await.expect("it is gone");
    assert_eq!(texts(&bot, 0).await, ["three"]);
    let refused = bot.set_webhook("http://leads.example.com/x", "s").await.unwrap_err();
    assert!(matches!(refused, TelegramError::Refused(400, _)), "{refused:?}");
}
