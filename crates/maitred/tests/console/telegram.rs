//! Telegram in the console: the bot of a source, linking an operator, and what the board says when something is wrong.

use crate::browser::{USUAL, browse};
use crate::server::Server;
use maitred_telegram::fake::FakeTelegram;
use serde_json::json;

const TOKEN: &str = "4242:AAE-secret_of_the_bot";
const ANNA: i64 = 101;

#[test]
fn a_token_is_pasted_an_operator_links_their_chat_and_is_told_there() {
    browse(USUAL, async |browser| {
        let telegram = FakeTelegram::start().await;
        telegram.add_bot(TOKEN, "shop_bot", 1);
        let server = Server::with_telegram(telegram.url());
        server.post("/api/v1/sources", &json!({"name": "Shop", "kind": "telegram"}));
        server.post("/api/v1/operators", &json!({"name": "Anna", "max_load": 5}));
        server.post("/api/v1/sources/1/operators", &json!({"operator_id": 1, "weight": 1}));

        browser.open(&server.url("/operators/1/notifications?lang=en")).await;
        browser.says("#no-bot", "No source has a bot yet").await;
        browser.open(&server.url("/sources/1?lang=en")).await;
        browser.click("a[href='/sources/1/telegram']").await;
        browser.type_in("#f-bot_token", "1:nonsense").await;
        browser.click("main form .is-primary").await;
        browser.says("#e-bot_token", "no token of a bot that Telegram knows").await;
        browser.type_in("#f-bot_token", TOKEN).await;
        browser.click("main form .is-primary").await;
        browser.says("#bot", "@shop_bot").await;
        assert!(!browser.run("return document.body.innerHTML").await.to_string().contains("AAE-secret"));
        browser.type_in("#f-utm_source", "vk").await;
        browser.click("#links button").await;
        browser.says("#made", "https://t.me/shop_bot?start=").await;

        browser.open(&server.url("/desk/1?lang=en")).await;
        browser.click("a[href='/operators/1/notifications']").await;
        browser.click("#link").await;
        browser.says("#code", "Open the bot").await;
        let start = browser.run("return document.querySelector('#code code').textContent").await;
        telegram.write(TOKEN, ANNA, start.as_str().expect("a text"));
        telegram.until("the greeting", |state| (!state.chat(TOKEN, ANNA).is_empty()).then_some(())).await;
        browser.open(&server.url("/operators/1/notifications?lang=en")).await;
        browser.says("#linked", "@shop_bot").await;

        telegram.write(TOKEN, 9_001, "Hello");
        let told = telegram.until("the contact", |state| {
            state.chat(TOKEN, ANNA).into_iter().find(|shown| shown.text.contains("Hello"))
        });
        let told = told.await;
        let data = told.button("resolve").expect("a button").to_owned();
        let query = telegram.press(TOKEN, ANNA, told.id, &data);
        telegram.until("the answer", |state| state.answer(TOKEN, &query)).await;
        assert_eq!(server.get("/api/v1/contacts/1")["status"], "resolved");

        telegram.block(TOKEN, ANNA);
        telegram.until("the update", |state| (state.unconfirmed(TOKEN) == 0).then_some(())).await;
        browser.open(&server.url("/?lang=en")).await;
        browser.says("#warnings", "Anna is not told in Telegram any more").await;
        browser.open(&server.url("/operators/1/notifications?lang=en")).await;
        browser.says("#blocked", "The bot cannot write to this account").await;
        browser.click("#unlink").await;
        browser.says("main", "They are told nothing more in Telegram").await;
        browser.click("#confirm").await;
        browser.says("#link", "Link Telegram").await;
    });
}
