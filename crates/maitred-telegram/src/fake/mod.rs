//! Telegram for tests: a server on loopback that behaves as the real one does where it matters. An offset confirms, one
//! program polls, presses expire, a message that says the same is refused, a person who blocked the bot is not written
//! to. Tests write and press as people would, and see what each chat shows. It waits for nothing by the clock: what a
//! test waits for, it is told when it comes.

mod methods;
mod webhook;

pub use webhook::{Delivery, FakeWebhook};

use axum::Router;
use axum::routing::any;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A test that waits longer than this for something has failed.
const TEST_WAIT_MAX: Duration = Duration::from_secs(30);

/// See the module. It ends when it is dropped.
pub struct FakeTelegram {
    address: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

struct Shared {
    state: Mutex<State>,
    /// Changes with the state.
    changed: watch::Sender<u64>,
}

/// What Telegram knows.
#[derive(Default)]
pub struct State {
    bots: BTreeMap<String, BotState>,
    next_message: i64,
    next_query: i64,
    faults: Vec<Fault>,
    /// Methods that are carried out without an answer, and how often.
    lost: BTreeMap<&'static str, u32>,
    /// Every call, in order: the method, and what was sent.
    pub calls: Vec<(String, Value)>,
}

#[derive(Default)]
struct BotState {
    id: i64,
    username: String,
    updates: BTreeMap<i64, Value>,
    next_update: i64,
    /// Rises with each call for updates: of two at once the earlier one is sent away.
    poll: u64,
    webhook: Option<FakeWebhook>,
    /// When an update was last not taken, and why.
    last_error: Option<(i64, String)>,
    /// Who ever wrote to the bot: it cannot begin a conversation.
    people: BTreeSet<i64>,
    chats: BTreeMap<i64, Vec<ShownMessage>>,
    blocked: Vec<i64>,
    /// Presses that are still to be answered.
    open_queries: Vec<String>,
    answers: BTreeMap<String, String>,
}

/// A message of the bot's as its chat shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownMessage {
    pub id: i64,
    pub text: String,
    /// Text and data of each button.
    pub buttons: Vec<(String, String)>,
    /// How often it was changed.
    pub edits: u32,
}

impl ShownMessage {
    /// What the button with this verb says.
    #[must_use]
    pub fn button(&self, verb: &str) -> Option<&str> {
        let ends = |data: &&str| data.rsplit(':').next() == Some(verb);
        self.buttons.iter().map(|(_, data)| data.as_str()).find(ends)
    }
}

/// What the next calls of a method are answered with instead.
struct Fault {
    method: &'static str,
    times: u32,
    status: u16,
    answer: Value,
}

impl State {
    fn bot(&mut self, token: &str) -> &mut BotState {
        self.bots.get_mut(token).expect("a bot with this token")
    }

    /// The messages of the bot's in a chat.
    #[must_use]
    pub fn chat(&self, token: &str, chat: i64) -> Vec<ShownMessage> {
        self.bots.get(token).and_then(|bot| bot.chats.get(&chat)).cloned().unwrap_or_default()
    }

    /// What a press was answered with.
    #[must_use]
    pub fn answer(&self, token: &str, query: &str) -> Option<String> {
        self.bots.get(token).and_then(|bot| bot.answers.get(query)).cloned()
    }

    /// How many updates of a bot are not confirmed.
    #[must_use]
    pub fn unconfirmed(&self, token: &str) -> usize {
        self.bots.get(token).map_or(0, |bot| bot.updates.len())
    }

    fn take_lost(&mut self, method: &str) -> bool {
        let left = self.lost.get_mut(method).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }

    fn take_fault(&mut self, method: &str) -> Option<(u16, Value)> {
        let place = self.faults.iter().position(|fault| fault.method == method)?;
        let fault = &mut self.faults[place];
        fault.times -= 1;
        let answer = (fault.status, fault.answer.clone());
        self.faults.retain(|fault| fault.times > 0);
        Some(answer)
    }
}

impl FakeTelegram {
    /// A server without bots.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: watch::Sender::new(0) });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().route("/{bot}/{method}", any(methods::answer)).with_state(shared.clone());
        let serving =
            tokio::spawn(async move { axum::serve(listener, router).into_future().await.expect("it serves") });
        Self { address, shared, serving }
    }

    /// For `--telegram-api`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.address
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("no panic with the state")
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.shared.change(change)
    }

    /// Adds a bot, whose first update has this number.
    pub fn add_bot(&self, token: &str, username: &str, first_update: i64) {
        let id = token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or_default();
        let bot = BotState { id, username: username.to_owned(), next_update: first_update, ..BotState::default() };
        self.change(|state| state.bots.insert(token.to_owned(), bot));
    }

    /// Revokes a token.
    pub fn revoke(&self, token: &str) {
        self.change(|state| state.bots.remove(token));
    }

    /// Another program sets a webhook for a bot, or removes the one that it has.
    pub fn set_webhook(&self, token: &str, is_set: bool) {
        let url = "https://elsewhere.example.com/hook".to_owned();
        let theirs = is_set.then(|| FakeWebhook { url, ..FakeWebhook::default() });
        self.change(|state| state.bot(token).webhook = theirs);
    }

    /// Has the next calls of a method answered with an error.
    pub fn fail(&self, method: &'static str, times: u32, status: u16, description: &str, parameters: &Value) {
        let answer = json!({
            "ok": false, "error_code": status, "description": description, "parameters": parameters,
        });
        self.change(|state| state.faults.push(Fault { method, times, status, answer }));
    }

    /// Has the next calls of a method carried out, while their answers are lost on the way.
    pub fn lose_answers(&self, method: &'static str, times: u32) {
        self.change(|state| _ = state.lost.insert(method, times));
    }

    /// Gives a bot an update with this content, and says its number.
    pub fn push(&self, token: &str, kind: &str, content: &Value) -> i64 {
        self.change(|state| state.bot(token).push(kind, content))
    }

    /// A person with this id writes to a bot, and the number of their message is given.
    pub fn write(&self, token: &str, person: i64, text: &str) -> i64 {
        self.write_with(token, person, json!({"text": text}))
    }

    /// The same with these fields of the message.
    pub fn write_with(&self, token: &str, person: i64, fields: Value) -> i64 {
        self.change(|state| {
            let message = message(&mut state.next_message, person, fields);
            let id = state.next_message;
            state.bot(token).people.insert(person);
            state.bot(token).push("message", &message);
            id
        })
    }

    /// A person replies to a message of the bot's, as it is shown now.
    pub fn reply(&self, token: &str, person: i64, message: i64, text: &str) -> i64 {
        let all = self.look(|state| state.chat(token, person));
        let buttons = all.into_iter().find(|shown| shown.id == message).map(|shown| shown.buttons).unwrap_or_default();
        let mut replied = json!({"message_id": message, "date": 1, "chat": {"id": person, "type": "private"}});
        if !buttons.is_empty() {
            replied["reply_markup"] = markup(&buttons);
        }
        self.write_with(token, person, json!({"text": text, "reply_to_message": replied}))
    }

    /// A person changes a message of theirs.
    pub fn edit(&self, token: &str, person: i64, message: i64, text: &str) {
        let mut before = message - 1;
        let content = self::message(&mut before, person, json!({"text": text}));
        self.push(token, "edited_message", &content);
    }

    /// A person presses a button below a message of the bot's. Gives the id of the press.
    pub fn press(&self, token: &str, person: i64, message: i64, data: &str) -> String {
        self.change(|state| {
            state.next_query += 1;
            let query = format!("query-{}", state.next_query);
            let bot = state.bot(token);
            let shown = bot.chats.get(&person).and_then(|all| all.iter().find(|shown| shown.id == message));
            let below = shown.map(|shown| markup(&shown.buttons)).unwrap_or_default();
            let content = json!({
                "id": query, "from": user(person), "chat_instance": "1", "data": data,
                "message": {"message_id": message, "date": 1, "chat": {"id": person, "type": "private"},
                            "reply_markup": below},
            });
            bot.open_queries.push(query.clone());
            bot.push("callback_query", &content);
            query
        })
    }

    /// Another program shows a message with a button in the chat of a person, by the same bot. Gives its id.
    pub fn show_button(&self, token: &str, person: i64, text: &str, button: (&str, &str)) -> i64 {
        self.change(|state| {
            state.next_message += 1;
            let buttons = vec![(button.0.to_owned(), button.1.to_owned())];
            let shown = ShownMessage { id: state.next_message, text: text.to_owned(), buttons, edits: 0 };
            state.bot(token).chats.entry(person).or_default().push(shown);
            state.next_message
        })
    }

    /// Presses are too old to be answered from now on.
    pub fn expire_presses(&self, token: &str) {
        self.change(|state| state.bot(token).open_queries.clear());
    }

    /// A person blocks the bot.
    pub fn block(&self, token: &str, person: i64) {
        self.change(|state| {
            let bot = state.bot(token);
            bot.blocked.push(person);
            bot.push("my_chat_member", &membership(person, "kicked"));
        });
    }

    /// A person lets the bot write to them again.
    pub fn unblock(&self, token: &str, person: i64) {
        self.change(|state| {
            let bot = state.bot(token);
            bot.blocked.retain(|blocked| *blocked != person);
            bot.push("my_chat_member", &membership(person, "member"));
        });
    }

    /// What is so now.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state())
    }

    /// Waits until something is so.
    ///
    /// # Panics
    /// When it does not come to be.
    pub async fn until<T>(&self, what: &str, look: impl Fn(&State) -> Option<T>) -> T {
        let mut changes = self.shared.changed.subscribe();
        let waiting = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = look(&self.state()) {
                    return found;
                }
                changes.changed().await.expect("the state lives as long as this");
            }
        };
        match tokio::time::timeout(TEST_WAIT_MAX, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain for {what}; calls so far: {:#?}", self.state().calls),
        }
    }
}

impl Drop for FakeTelegram {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state.lock().expect("no panic with the state"));
        self.changed.send_modify(|count| *count += 1);
        changed
    }
}

impl BotState {
    fn push(&mut self, kind: &str, content: &Value) -> i64 {
        let id = self.next_update;
        self.next_update += 1;
        self.updates.insert(id, json!({"update_id": id, kind: content}));
        id
    }
}

fn markup(buttons: &[(String, String)]) -> Value {
    let row: Vec<Value> = buttons.iter().map(|(text, data)| json!({"text": text, "callback_data": data})).collect();
    json!({"inline_keyboard": [row]})
}

fn user(id: i64) -> Value {
    json!({"id": id, "is_bot": false, "first_name": format!("Person {id}"), "username": format!("person{id}"),
           "language_code": "en"})
}

fn membership(person: i64, status: &str) -> Value {
    let chat = json!({"id": person, "type": "private"});
    json!({"chat": chat, "from": user(person), "date": now(), "new_chat_member": {"status": status}})
}

/// In seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "Telegram says when something happened")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn message(number: &mut i64, person: i64, fields: Value) -> Value {
    *number += 1;
    let chat = json!({"id": person, "type": "private", "first_name": format!("Person {person}")});
    let mut message = json!({"message_id": *number, "date": now(), "from": user(person), "chat": chat});
    let Value::Object(fields) = fields else { panic!("fields of a message are an object") };
    message.as_object_mut().expect("an object").extend(fields);
    message
}
