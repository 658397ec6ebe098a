//! The server is killed with -9 while Telegram sends it what people write. Telegram sends again what was not answered,
//! so every message is there in the end, once.

use crate::http::{Server, json, try_send};
use maitred_telegram::fake::{Delivery, FakeTelegram};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const TOKEN: &str = "42:AAE-secret";
const KILLS: u64 = 5;
const PEOPLE: i64 = 60;
const MESSAGES: i64 = 20;

fn start(database: &Path, telegram: &FakeTelegram) -> Server {
    let url = format!("sqlite://{}", database.display());
    let public = "http://127.0.0.1:1";
    Server::with(&url, &["--listen", "127.0.0.1:0", "--telegram-api", telegram.url(), "--public-url", public])
}

/// The status of the answer; 0 when the server went away.
async fn carry(delivery: Delivery, address: SocketAddr) -> u16 {
    let path = delivery.url["http://127.0.0.1:1".len()..].to_owned();
    let secret = format!("X-Telegram-Bot-Api-Secret-Token: {}\r\n", delivery.secret);
    let sent = move || try_send(address, &path, &secret, &delivery.body.to_string());
    tokio::task::spawn_blocking(sent).await.expect("no panic").unwrap_or(0)
}

async fn is_set(telegram: &FakeTelegram) {
    telegram.until("a webhook", |state| state.calls.iter().any(|(it, _)| it == "setWebhook").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_telegram_sends_is_there_once_after_kill_9() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("maitred.db");
    let telegram = FakeTelegram::start().await;
    telegram.add_bot(TOKEN, "shop_bot", 500);
    let mut server = start(&database, &telegram);
    let source = json!({"name": "Shop", "kind": "telegram", "bot_token": TOKEN, "when_open": "new"});
    server.post("/api/v1/sources", &source).created();
    is_set(&telegram).await;
    for _ in 0..MESSAGES {
        for person in 1..=PEOPLE {
            telegram.write(TOKEN, person, "Hello");
        }
    }
    for round in 0..KILLS {
        let (over, address) = (AtomicBool::new(false), server.address);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Each round is killed at another moment.
                std::thread::park_timeout(Duration::from_millis(60 + round * 41));
                server.kill();
                over.store(true, Ordering::Relaxed);
            });
            let send = async |delivery| match over.load(Ordering::Relaxed) {
                true => 0,
                false => carry(delivery, address).await,
            };
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(telegram.deliver(TOKEN, 1, send));
            });
        });
        server = start(&database, &telegram);
    }
    let address = server.address;
    telegram.deliver(TOKEN, 2, async |delivery| carry(delivery, address).await).await;
    assert_eq!(telegram.look(|state| state.unconfirmed(TOKEN)), 0);
    let waiting = server.get("/api/v1/stats/waiting").body;
    assert_eq!(waiting[0]["waiting"], PEOPLE * MESSAGES, "{waiting}");
    drop(server);
    crate::http::assert_verifies(&database);
}
