//! Every page, in both themes: nobody is shut out, and no other host is asked for anything. `phones.rs` has them on
//! phones. With `SCREENSHOTS=folder` each is written there as a picture, for people to look at.

use crate::browser::{Browser, Rules, USUAL, browse};
use crate::contacts::inhabited;
use crate::leads::people;
use crate::server::Server;
use serde_json::{Value, json};
use std::path::Path;

/// Name, path, and in which server: an empty one, one with an operator, with a source too, or one at work.
pub const PAGES: [(&str, &str, usize); 92] = [
    ("first-run", "/", 0),
    ("first-run-source", "/?lang=ru", 1),
    ("first-run-weights", "/?lang=en", 2),
    ("board", "/", 3),
    ("board-ru", "/?lang=ru", 3),
    ("board-wall", "/?lang=en&wall=1", 3),
    ("reports-wall", "/reports?lang=ru&wall=1&heat=ahead", 3),
    ("board-first", "/?lang=en", 6),
    ("reports", "/reports?lang=en", 3),
    ("reports-ru", "/reports?lang=ru&zone=Asia/Kolkata&source_id=1", 3),
    ("balance", "/operators/2/account?lang=en&source_id=1", 3),
    ("balance-ru", "/operators/1/account?lang=ru", 3),
    ("check", "/check?lang=en&source_id=1", 3),
    ("check-ru", "/check?lang=ru&source_id=1&at=2026-12-05T23:00", 3),
    ("check-nothing", "/check?lang=en", 0),
    ("operators", "/operators?lang=en&sort=load", 3),
    ("operators-ru", "/operators?lang=ru", 3),
    ("operators-none", "/operators?lang=en&q=nobody", 3),
    ("operator", "/operators/1?lang=en", 3),
    ("operator-notifications", "/operators/1/notifications?lang=en", 3),
    ("operator-notifications-ru", "/operators/1/notifications?lang=ru", 3),
    ("operator-telegram-unlink", "/operators/1/telegram/unlink?lang=en", 3),
    ("source-telegram", "/sources/1/telegram?lang=en&utm_source=vk", 3),
    ("source-telegram-ru", "/sources/1/telegram?lang=ru", 3),
    ("operator-delete", "/operators/2/delete", 3),
    ("operator-month", "/operators/6?lang=en&month=2026-12&from=2026-12-14&to=2026-12-16", 3),
    ("operator-month-ru", "/operators/6?lang=ru&month=2026-12", 3),
    ("calendars", "/calendars?lang=en", 3),
    ("calendars-none-ru", "/calendars?lang=ru", 0),
    ("calendar-new", "/calendars/new?lang=en", 0),
    ("calendar", "/calendars/1?lang=en", 3),
    ("calendar-ru", "/calendars/1?lang=ru", 3),
    ("calendar-delete", "/calendars/1/delete?lang=en", 3),
    ("sources-none", "/sources", 0),
    ("sources", "/sources", 3),
    ("sources-ru", "/sources?lang=ru", 3),
    ("source-ru", "/sources/1", 3),
    ("source", "/sources/1?lang=en", 3),
    ("source-settings", "/sources/1/settings", 3),
    ("source-delete", "/sources/2/delete", 3),
    ("source-phones", "/sources/1/phones?lang=en", 3),
    ("source-intake", "/sources/1/intake?lang=en", 3),
    ("source-intake-ru", "/sources/1/intake?lang=ru", 3),
    ("source-intake-rotate-ru", "/sources/1/intake/rotate?lang=ru", 3),
    ("import", "/import?lang=en", 3),
    ("import-ru", "/import?lang=ru", 3),
    ("desk", "/desk/2?lang=en", 3),
    ("desk-ru", "/desk/2?lang=ru&about=6", 3),
    ("desk-long", "/desk/3?lang=en", 3),
    ("desk-empty", "/desk/1", 2),
    ("desk-choose", "/desk", 3),
    ("nothing-here", "/nowhere", 3),
    ("access", "/access", 3),
    ("access-user", "/access/users/new", 3),
    ("access-list", "/access/users/list", 3),
    ("access-key-ru", "/access/keys/new?lang=ru", 3),
    ("contacts", "/contacts?lang=en", 4),
    ("contacts-ru", "/contacts?lang=ru&source_id=2", 4),
    ("contacts-oldest", "/contacts?lang=en&order=asc", 3),
    ("contacts-selected", "/contacts/selected?lang=en&action=transfer&contact=7&contact=6&contact=3&contact=999", 3),
    ("contacts-selected-ru", "/contacts/selected?lang=ru&action=delete&all=true&source_id=2", 4),
    ("contact-new", "/contacts/new?lang=en", 3),
    ("contact-entered-ru", "/contacts/6?lang=ru&entered=true", 3),
    ("contact-scheduled", "/contacts/92?lang=en", 3),
    ("contact-scheduled-ru", "/contacts/92?lang=ru", 3),
    ("desk-paused-ru", "/desk/4?lang=ru", 3),
    ("contacts-none", "/contacts?lang=en&q=nobody", 4),
    ("contact", "/contacts/1", 4),
    ("contact-ru", "/contacts/1?lang=ru", 4),
    ("trace", "/contacts/1/trace?lang=en", 4),
    ("trace-ru", "/contacts/10/trace?lang=ru", 4),
    ("decision-draw", "/contacts/1/decisions/0?lang=en", 4),
    ("decision-owed", "/contacts/10/decisions/0", 4),
    ("decision-load", "/contacts/11/decisions/0", 4),
    ("decision-idle", "/contacts/12/decisions/0", 4),
    ("contact-of-many", "/contacts/13", 4),
    ("leads", "/leads", 5),
    ("lead", "/leads/1", 5),
    ("lead-merge", "/leads/1/merge?with=2", 5),
    ("lead-merge-ru", "/leads/2/merge?with=1&lang=ru", 5),
    ("lead-erase", "/leads/1/erase?lang=en", 5),
    ("search", "/search?lang=en&q=call", 4),
    ("search-ru", "/search?lang=ru&q=4567&status=assigned", 4),
    ("search-none", "/search?lang=en&q=nobody", 4),
    ("endpoints-none-ru", "/endpoints?lang=ru", 0),
    ("endpoints", "/endpoints?lang=en", 3),
    ("endpoint-new", "/endpoints/new?lang=en", 3),
    ("endpoint", "/endpoints/1?lang=en", 3),
    ("endpoint-ru", "/endpoints/1?lang=ru", 3),
    ("endpoint-rotate", "/endpoints/1/rotate?lang=en", 3),
    ("demo", "/demo?lang=en", 0),
    ("demo-ru", "/demo?lang=ru", 3),
];
/// Ids that more than one element has.
const DOUBLES: &str = "const ids = [...document.querySelectorAll('[id]')].map((element) => element.id); \
                       return ids.filter((id, at) => ids.indexOf(id) !== at)";
/// Panels that leave no room to the one below.
pub const TOUCHING: &str = "const panels = [...document.querySelectorAll('.panel')].map((panel) => \
                          [panel.getBoundingClientRect(), panel]); \
                        return panels.filter(([one]) => panels.some(([other]) => one !== other && \
                          other.left < one.right && one.left < other.right && \
                          other.top > one.top && other.top < one.bottom + 6)) \
                          .map(([, panel]) => panel.outerHTML.slice(0, 90))";
/// Short values that do not fit in their fields.
pub const CLIPPED: &str = "return [...document.querySelectorAll('main input:not([type=hidden])')] \
      .filter((it) => it.checkVisibility() && it.value.length < 8 && it.scrollWidth > it.clientWidth + 1) \
      .map((it) => it.outerHTML.slice(0, 120))";
const DESK: (u32, u32) = (1280, 1000);

#[test]
fn every_page_is_open_to_everybody() {
    let servers = servers();
    browse(USUAL, async |browser| {
        browser.client.set_window_size(DESK.0, DESK.1).await.expect("a window has a size");
        for (theme, rules) in [("light", Rules::All), ("dark", Rules::Colours)] {
            browser.open(&servers[0].url("/?lang=en")).await;
            set_theme(browser, theme).await;
            for (name, path, server) in PAGES {
                open_live(browser, &servers[server].url(path)).await;
                assert_eq!(browser.barriers_to(rules).await, Vec::<String>::new(), "{name}, {theme}");
                assert_eq!(browser.run(DOUBLES).await, json!([]), "{name} has ids twice");
                assert_eq!(browser.run(TOUCHING).await, json!([]), "{name} has panels that touch");
                assert_eq!(browser.run(CLIPPED).await, json!([]), "{name} has values cut off");
                only_ours(browser, name).await;
                keep_at(browser, &format!("{name}-{theme}"), DESK).await;
            }
        }
    });
}

/// The servers that pages are of.
pub fn servers() -> [Server; 7] {
    let servers =
        [Server::start(), Server::start(), Server::start(), busy(), inhabited(), people(), Server::furnished()];
    for server in &servers[1..3] {
        server.post("/api/v1/operators", &json!({"name": "Anna", "max_load": 50}));
    }
    servers[2].post("/api/v1/sources", &json!({"name": "Telegram Bot"}));
    servers
}

/// A server at work: a name of a hundred characters, somebody full, somebody paused, contacts that wait.
fn busy() -> Server {
    let server = Server::furnished();
    let hours = json!([["09:00", "13:00"], ["14:00", "18:00"]]);
    let mut days: Vec<Value> = (0..5).map(|day| json!({"day": day, "intervals": hours})).collect();
    days.push(json!({"day": 6, "intervals": [["22:00", "06:00"]]}));
    let calendar = json!({"name": "Support", "zone": "Europe/Berlin", "days": days, "holidays": ["DE-BY"],
        "exceptions": [{"date": "2099-05-08", "kind": "only", "intervals": [["10:00", "14:00"]]}]});
    server.post("/api/v1/calendars", &calendar);
    let long = "Константин Константинопольский-Растопыркин ".repeat(3).chars().take(100).collect::<String>();
    for (name, max_load) in [(long.as_str(), 40), ("Vera", 12), ("Gleb", 20), ("Daria", 9), ("Egor", 15)] {
        server.post("/api/v1/operators", &json!({"name": name, "max_load": max_load}));
    }
    server.post("/api/v1/sources", &json!({"name": "A form on a page with a rather long name", "kind": "site"}));
    let intake = server.post("/api/v1/sources/1/rotate-intake", &json!({}));
    let unmapped = json!({"client": {"nick": "Anna", "tel": "123"}});
    server.post(intake["intake_url"].as_str().expect("an address"), &unmapped);
    for operator in 1..=5 {
        let body = json!({"operator_id": operator, "weight": 10 * operator});
        server.post("/api/v1/sources/1/operators", &body);
    }
    (0..90).for_each(|n| _ = server.post("/api/v1/contacts", &somebody(n)));
    (1..=12).for_each(|id| _ = server.post(&format!("/api/v1/contacts/{}/resolve", id * 3), &json!({})));
    server.post("/api/v1/contacts", &json!({"source_id": 2, "lead_email": "somebody@example.org"}));
    let tomorrow = format!("{}:00Z", server.in_a_day());
    let later =
        json!({"source_id": 1, "lead_name": "Ольга Ким", "message": "Call me tomorrow", "not_before": tomorrow});
    server.post("/api/v1/contacts", &later);
    server.patch("/api/v1/operators/6", &json!({"calendar_id": 1}));
    let own = json!({"leave": [{"from": "2026-12-07", "to": "2026-12-09"}],
        "exceptions": [{"date": "2026-12-19", "kind": "plus", "intervals": [["10:00", "14:00"]]}]});
    server.put("/api/v1/operators/6/times", &own);
    let nobody = "http://127.0.0.1:1/a/rather/long/path/that/somebody/has/chosen/for/their/webhooks?and=a&long=query";
    server.post("/api/v1/endpoints", &json!({"url": nobody, "kinds": ["operator_paused"]}));
    server.post("/api/v1/endpoints", &json!({"url": "https://example.com/maitred", "source_ids": [1]}));
    server.post("/api/v1/endpoints/1/test", &json!({}));
    server.patch("/api/v1/endpoints/2", &json!({"enabled": false}));
    server.patch("/api/v1/sources/1", &json!({"bot_token": "42:nobody_answers"}));
    server.post("/api/v1/operators/4/pause", &json!({"until": tomorrow, "reason": "Lunch with a customer"}));
    server
}

/// Some have a name, an email, something to say; one says a lot.
fn somebody(n: usize) -> Value {
    let mut body = json!({"source_id": 1, "lead_phone": format!("+7 999 {n:07}")});
    if !n.is_multiple_of(3) {
        body["lead_name"] = json!(["Ирина Ким", "Oleg Petrov", "Марк"][n / 3 % 3]);
        body["message"] = json!("Good day! The parcel was to come on Monday. Where is it, and whom do I call?");
    }
    if n.is_multiple_of(5) {
        body["lead_email"] = json!(format!("somebody.with.a.long.address.{n}@mail.example.org"));
        body["message"] = json!("Оченьдлинноесловобезпробелов".repeat(20));
    }
    body
}

pub async fn show(browser: &Browser, url: &str, theme: &str, (width, height): (u32, u32)) {
    browser.client.set_window_size(width, height).await.expect("a window has a size");
    browser.open(url).await;
    set_theme(browser, theme).await;
    open_live(browser, url).await;
}

/// For the pages that are opened next, of whatever server.
async fn set_theme(browser: &Browser, theme: &str) {
    browser.run(&format!("document.cookie = 'theme={theme}; path=/'")).await;
}

/// Opens a page, and waits until it follows what happens if it does.
async fn open_live(browser: &Browser, url: &str) {
    browser.open(url).await;
    if browser.run("return document.body.dataset.stream ?? null").await.is_string() {
        browser.find("#link-state[data-state=live]").await;
    }
}

/// Everything came from the server of the page.
async fn only_ours(browser: &Browser, name: &str) {
    let script = "return performance.getEntriesByType('resource').map((entry) => entry.name) \
                  .filter((address) => !address.startsWith(location.origin))";
    assert_eq!(browser.run(script).await, json!([]), "{name}");
}

/// A picture of all of a page, in a window that has the size again afterwards.
async fn keep_at(browser: &Browser, name: &str, (width, height): (u32, u32)) {
    if std::env::var_os("SCREENSHOTS").is_some() {
        keep(browser, name).await;
        browser.client.set_window_size(width, height).await.expect("a window has a size");
    }
}

pub async fn keep(browser: &Browser, name: &str) {
    let Some(folder) = std::env::var_os("SCREENSHOTS") else { return };
    // The window is somewhat higher than what it shows.
    let script =
        "return [innerWidth, Math.max(innerHeight, document.documentElement.scrollHeight) + outerHeight - innerHeight]";
    let size = browser.run(script).await;
    let side = |at: usize| u32::try_from(size[at].as_u64().unwrap_or(800)).unwrap_or(800);
    browser.client.set_window_size(side(0), side(1)).await.expect("a window has a size");
    browser.until("return document.getAnimations().length === 0").await;
    let picture = browser.client.screenshot().await.expect("a picture");
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    std::fs::write(Path::new(&folder).join(format!("{name}.png")), picture).expect("a picture is written");
}
