//! Contacts: the list and its filters, one contact and what people do with it, and why it went where it went.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::server::Server;
use serde_json::{Value, json};

/// A server whose sources have every policy, people with names, and one source that sixty operators serve.
pub fn filled_server() -> Server {
    let server = Server::furnished();
    for (name, max_load) in [("Vera", 12), ("Gleb", 20), ("Константин Константинопольский-Растопыркин", 9)]
    {
        server.post("/api/v1/operators", &json!({"name": name, "max_load": max_load}));
    }
    let policies =
        [("Site", "smooth_weighted"), ("Line", "least_loaded"), ("Mail", "longest_idle"), ("Crowd", "weighted_random")];
    for (name, policy) in policies {
        let body = json!({"name": name, "policy": policy, "kind": "site", "default_region": "RU"});
        server.post("/api/v1/sources", &body);
    }
    for source in 1..=4 {
        for (operator, weight) in [(3, 20), (4, 15), (5, 5)] {
            weigh(&server, source, operator, weight);
        }
    }
    for n in 0..60 {
        let operator = server.post("/api/v1/operators", &json!({"name": format!("Crew {n}"), "max_load": n % 7}));
        weigh(&server, 5, operator["id"].as_i64().expect("an id"), 1 + n % 5);
    }
    server
}

fn weigh(server: &Server, source: i64, operator: i64, weight: i64) {
    let body = json!({"operator_id": operator, "weight": weight});
    server.post(&format!("/api/v1/sources/{source}/operators"), &body);
}

/// Fills it: contact 1 has all a contact can have, 2 to 16 came through the other sources, 17 waited for a while.
pub fn inhabited() -> Server {
    let server = filled_server();
    server.post(
        "/api/v1/contacts",
        &json!({
            "source_id": 1, "lead_phone": "8 999 123-45-67", "lead_email": "ivan@example.org",
            "lead_name": "Иван Петров",
            "message": "Good day!\n\nIs the blue one still in stock?\nI could come by on Friday.", "priority": 5,
            "attributes": {
                "utm_source": "newsletter", "page": "https://example.org/shop/blue?ref=42", "basket": [1, 2]
            },
        }),
    );
    for n in 0..15 {
        let phone = format!("+7 912 000 00 {n:02}");
        let body = json!({"source_id": 2 + n % 4, "lead_phone": phone, "message": "Call me back, please"});
        server.post("/api/v1/contacts", &body);
    }
    server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": null}));
    server.post("/api/v1/contacts/1/transfer", &json!({"operator_id": 3}));
    server.post("/api/v1/contacts/1/resolve", &json!({}));
    server.post("/api/v1/contacts/1/reopen", &json!({}));
    for text in ["Wants the blue one in a larger size.\n\nCall on Friday, after 14:00.", "Called: will come by."] {
        server.post("/api/v1/contacts/1/notes", &json!({"text": text}));
    }
    for id in 2..=5 {
        server.post(&format!("/api/v1/contacts/{id}/resolve"), &json!({}));
    }
    server
}

fn row(contact: &Value) -> String {
    format!("#contact-{}", contact["id"])
}

async fn open(browser: &Browser, url: &str) {
    browser.open(url).await;
    browser.says("#link-state", "Live").await;
}

#[test]
fn an_open_list_stays_as_it_is_and_tells_of_what_is_new() {
    let server = Server::furnished();
    let (first, second) = (server.contact("+7 999 000 00 01"), server.contact("+7 999 000 00 02"));
    browse(USUAL, async |browser| {
        open(browser, &server.url("/contacts?status=assigned")).await;
        browser.says(&row(&second), "+7 999 000-00-02").await;
        server.contact("+7 999 000 00 03");
        browser.says("#list [role=status]", "Show 1 new contact").await;
        let third = server.contact("+7 999 000 00 04");
        browser.says("#list [role=status]", "Show 2 new contacts").await;
        assert_eq!(browser.text(&row(&third)).await, "", "nothing moved");
        server.post(&format!("/api/v1/contacts/{}/resolve", first["id"]), &json!({}));
        browser.says(&row(&first), "Resolved").await;
        browser.find(&format!("{}.is-past", row(&first))).await;
        browser.click("#list .is-news").await;
        browser.says(&row(&third), "+7 999 000-00-04").await;
        assert_eq!(browser.text(&row(&first)).await, "", "it is not assigned any more");
        assert_eq!(browser.text("#list [role=status]").await, "");
    });
}

#[test]
fn filters_find_what_the_api_finds_and_stay_in_the_address() {
    let server = inhabited();
    let shown = "return [...document.querySelectorAll('.contacts tbody tr')].map((row) => +row.id.split('-')[1])";
    let ids = |path: &str| -> Value {
        server.get(path).as_array().expect("a list").iter().map(|contact| contact["id"].clone()).collect()
    };
    browse(USUAL, async |browser| {
        open(browser, &server.url("/contacts")).await;
        browser.click("#f-source_id option[value='2']").await;
        browser.click(".filters .is-primary").await;
        browser.until("return location.search.includes('source_id=2')").await;
        browser.until("return document.querySelectorAll('.contacts tbody tr').length > 0").await;
        assert_eq!(browser.run(shown).await, ids("/api/v1/contacts?source_id=2"));
        browser.click(".tabs a:nth-child(4)").await;
        browser.until("return location.search.includes('status=resolved')").await;
        browser.find(".tabs a:nth-child(4)[aria-current]").await;
        assert_eq!(browser.run(shown).await, ids("/api/v1/contacts?source_id=2&status=resolved"));
        browser.open(&server.url("/contacts?operator_id=3&created_before=2020-01-01T00:00")).await;
        browser.says("#list", "No contacts match").await;
        browser.open(&server.url("/contacts?created_after=soon")).await;
        browser.says("#e-created_after", "Enter a date and a time").await;
        browser.says("#list", "has an invalid value").await;
    });
}

#[test]
fn one_box_finds_numbers_phones_emails_and_external_ids() {
    let server = inhabited();
    server.post("/api/v1/contacts", &json!({"source_id": 1, "lead_external_id": "2"}));
    browse(USUAL, async |browser| {
        for typed in ["8 (999) 123-45-67", "Ivan@Example.org", "+79991234567"] {
            open(browser, &server.url("/contacts")).await;
            browser.type_in("#f-q", typed).await;
            browser.click(".filters .is-primary").await;
            browser.says("#list", "Contacts of Иван Петров").await;
            browser.find("#contact-1").await;
        }
        browser.type_in("#f-q", "7").await;
        browser.click(".filters .is-primary").await;
        browser.until("return location.pathname == '/contacts/7'").await;
        browser.open(&server.url("/contacts?q=2")).await;
        browser.says("main", "Also found: Contact 2").await;
        browser.find("#contact-17").await;
        browser.open(&server.url("/contacts?q=somebody")).await;
        browser.says("#list", "No exact match").await;
    });
}

#[test]
fn a_long_list_is_paged_with_its_filters() {
    let server = Server::furnished();
    (0..60).for_each(|n| _ = server.contact(&format!("+7 999 {n:07}")));
    browse(USUAL, async |browser| {
        open(browser, &server.url("/contacts?source_id=1")).await;
        browser.find("#contact-60").await;
        browser.find("#contact-11").await;
        browser.click(".pager a").await;
        browser.says("#contact-10", "+7 999 000-00-09").await;
        assert_eq!(browser.text("#contact-11").await, "");
        browser.says("#f-source_id option:checked", "Bot").await;
        browser.click(".list-head a").await;
        browser.find("#contact-60").await;
    });
}

#[test]
fn a_contact_is_resolved_reopened_transferred_and_released() {
    let server = Server::furnished();
    let id = server.contact("+7 999 123 45 67")["id"].clone();
    let path = format!("/api/v1/contacts/{id}");
    let (holder, other) = if server.get(&path)["operator_id"] == 1 { (1, 2) } else { (2, 1) };
    browse(USUAL, async |browser| {
        open(browser, &server.url(&format!("/contacts/{id}"))).await;
        browser.click("form[action$='/resolve'] button").await;
        browser.says(".page-head .tag", "Resolved").await;
        assert_eq!(server.get(&path)["status"], "resolved");
        browser.click("form[action$='/reopen'] button").await;
        browser.says(".page-head .tag", "Assigned").await;
        browser.says("#story-1", "had this contact before and had room").await;
        assert_eq!(server.get(&path)["operator_id"], holder);
        browser.click(&format!("#f-operator_id option[value='{other}']")).await;
        browser.click("form[action$='/transfer'] button").await;
        browser.says("#story-2", "Assigned manually").await;
        assert_eq!(server.get(&path)["operator_id"], other);
        browser.click("form[action$='/release'] button").await;
        browser.says("#story-3", "Released").await;
        browser.says("#story-3 .verdict", "Replay matches").await;
        assert_eq!(server.get(&path)["operator_id"], holder, "routed to somebody else");

        browser.type_in("#f-priority", "plenty").await;
        browser.click("form[action$='/priority'] button").await;
        browser.says("#e-priority", "Enter a whole number").await;
        assert_eq!(browser.find("#f-priority").await.prop("value").await.expect("a field").as_deref(), Some("plenty"));
        browser.type_in("#f-priority", "7").await;
        browser.click("form[action$='/priority'] button").await;
        browser.says("#story-changed", "Priority or message changed").await;
        assert_eq!(server.get(&path)["priority"], 7);
        // What happens elsewhere shows on the open page.
        server.post(&format!("{path}/resolve"), &json!({}));
        browser.says(".page-head .tag", "Resolved").await;
    });
}

#[test]
fn a_note_is_written_and_stands_in_the_history() {
    let server = Server::furnished();
    let id = server.contact("+7 999 123 45 67")["id"].clone();
    let path = format!("/api/v1/contacts/{id}/notes");
    let value = async |browser: &Browser, field: &str| browser.find(field).await.prop("value").await.expect("a field");
    browse(USUAL, async |browser| {
        open(browser, &server.url(&format!("/contacts/{id}"))).await;
        browser.type_in("#f-text", "  ").await;
        browser.click("form[action$='/notes'] button").await;
        browser.says("#e-text", "Enter 1 to 4,000 characters").await;
        assert_eq!(value(browser, "#f-priority").await.as_deref(), Some("0"), "other forms are as they were");
        browser.type_in("#f-text", "Wants the <b>blue</b> one").await;
        browser.click("form[action$='/notes'] button").await;
        browser.says("#story-note-1 h3", "Note by an anonymous user").await;
        browser.says("#story-note-1 .message", "Wants the <b>blue</b> one").await;
        assert_eq!(server.get(&path)[0]["text"], "Wants the <b>blue</b> one");
        // What somebody else writes shows on the open page, and what is being typed stays.
        browser.type_in("#f-text", "I was").await;
        server.post(&path, &json!({"text": "Called back"}));
        browser.says("#story-note-2 .message", "Called back").await;
        assert_eq!(value(browser, "#f-text").await.as_deref(), Some("I was"));
    });
}

#[test]
fn a_long_history_is_paged_with_its_notes_and_nothing_is_left_out() {
    let server = Server::furnished();
    let id = server.contact("+7 999 123 45 67")["id"].clone();
    for n in 0..60 {
        server.post(&format!("/api/v1/contacts/{id}/notes"), &json!({"text": format!("Note {n}")}));
        if n % 4 == 0 || n > 50 {
            let operator = if n > 50 { n % 2 } else { n / 4 % 2 } + 1;
            let body = json!({"operator_id": operator, "force": true});
            server.post(&format!("/api/v1/contacts/{id}/transfer"), &body);
        }
    }
    server.post(&format!("/api/v1/contacts/{id}/resolve"), &json!({}));
    let decisions = server.get(&format!("/api/v1/contacts/{id}/decisions")).as_array().map_or(0, Vec::len);
    let mut shown: Vec<String> = Vec::new();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        let mut next = json!(format!("/contacts/{id}"));
        while let Some(path) = next.as_str() {
            browser.open(&server.url(path)).await;
            let ids = browser.run("return [...document.querySelectorAll('.story > li')].map((li) => li.id)").await;
            let ids = ids.as_array().expect("a list").iter().map(|id| id.as_str().expect("text").to_owned());
            let before = shown.len();
            shown.extend(ids);
            assert!((1..=32).contains(&(shown.len() - before)), "each page is short and has something");
            next = browser.run("return document.querySelector('.pager a')?.getAttribute('href') ?? null").await;
        }
    });
    let notes: Vec<_> = shown.iter().filter(|id| id.starts_with("story-note-")).cloned().collect();
    assert_eq!(notes, (1..=60).rev().map(|n| format!("story-note-{n}")).collect::<Vec<_>>());
    let rest: Vec<_> = shown.iter().filter(|id| !id.starts_with("story-note-")).cloned().collect();
    let expected = ["resolved".to_owned()].into_iter().chain((0..decisions).rev().map(|seq| seq.to_string()));
    assert_eq!(rest, expected.map(|id| format!("story-{id}")).collect::<Vec<_>>());
}

#[test]
fn somebody_full_or_paused_gets_a_contact_only_after_a_question() {
    let server = Server::furnished();
    (0..8).for_each(|n| _ = server.contact(&format!("+7 999 000 00 0{n}")));
    let waiting = server.contact("+7 999 123 45 67")["id"].clone();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url(&format!("/contacts/{waiting}"))).await;
        browser.says(".page-head .tag", "Waiting").await;
        browser.says("#f-operator_id", "Boris — 3 of 3, full").await;
        browser.click("form[action$='/transfer'] button").await;
        browser.says("#e-operator_id", "Choose an operator").await;
        browser.click("#f-operator_id option[value='2']").await;
        browser.click("form[action$='/transfer'] button").await;
        browser.says("main", "Boris has no free slots: 3 of 3").await;
        assert_eq!(server.get(&format!("/api/v1/contacts/{waiting}"))["status"], "waiting", "not before yes");
        browser.click(".is-danger.is-primary").await;
        browser.says("#story-1", "forced").await;
        assert_eq!(server.get(&format!("/api/v1/contacts/{waiting}"))["operator_id"], 2);
    });
}

#[test]
fn a_draw_is_explained_as_the_api_does() {
    let server = inhabited();
    let decision = &server.get("/api/v1/contacts/1/decisions")[0];
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        browser.open(&server.url("/contacts/1/decisions/0")).await;
        browser.says(".draw-point", &decision["draw"]["point"].to_string()).await;
        let name = decision["operator_name"].as_str().expect("somebody got it");
        browser.says(".candidates .is-picked", name).await;
        // Only where there is room for it, the name stands on the line itself.
        let owner = "return document.querySelector('g:has(> .draw-part.is-drawn) > title').textContent";
        let owner = browser.run(owner).await;
        assert!(owner.as_str().is_some_and(|owner| owner.starts_with(name)), "{owner} is not {name}");
        browser.says(".verdict", "Replay matches").await;
        browser.says(".verdict", decision["seed"].as_str().expect("a seed")).await;
        let candidates = decision["candidates"].as_array().map_or(0, Vec::len);
        assert_eq!(
            browser.client.find_all(fantoccini::Locator::Css(".candidates tbody tr")).await.expect("rows").len(),
            candidates
        );
        // The mark lies on the part of the one who was drawn.
        let lies = browser.run(
            "const [mark, part] = ['.draw-mark', '.draw-part.is-drawn'] \
             .map((s) => document.querySelector(s).getBoundingClientRect()); \
             return part.left <= mark.right && mark.left <= part.right",
        );
        assert_eq!(lies.await, true);
    });
}

#[test]
fn every_policy_has_its_figures_and_many_candidates_are_summed_up() {
    let server = inhabited();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        for (contact, column, words) in [(2, "Owed", "was owed the most"), (3, "Used", "load"), (4, "Idle", " had ")] {
            browser.open(&server.url(&format!("/contacts/{contact}/decisions/0"))).await;
            browser.says(".candidates thead", column).await;
            browser.says(".why", words).await;
            browser.find(".candidates .is-picked .bar-fill").await;
            browser.says(".verdict", "Replay matches").await;
        }
        browser.open(&server.url("/contacts/5")).await;
        browser.says(".why .chips", "full: 9").await;
        assert_eq!(
            browser.client.find_all(fantoccini::Locator::Css(".draw-line")).await.expect("lines").len(),
            2,
            "with a close-up"
        );
        assert!(
            browser.client.find_all(fantoccini::Locator::Css(".candidates tbody tr")).await.expect("rows").len() <= 7
        );
        browser.click("[href='/contacts/5/decisions/0'].button").await;
        browser.says(".candidates", "Crew 59").await;
        assert_eq!(
            browser.client.find_all(fantoccini::Locator::Css(".candidates tbody tr")).await.expect("rows").len(),
            60
        );
    });
}

#[test]
fn contacts_speak_russian() {
    let server = inhabited();
    browse(Kind { lang: "ru-RU,ru", ..USUAL }, async |browser| {
        browser.open(&server.url("/contacts/1")).await;
        browser.says("#link-state", "Онлайн").await;
        browser.says("h1", "Иван Петров").await;
        browser.says(".verdict", "Пересчёт сходится").await;
        browser.says("#facts dl", "Телефон").await;
        browser.says("#story-note-2", "Заметка: анонимный пользователь").await;
        browser.open(&server.url("/contacts")).await;
        browser.says("#contact-2", "Закрыто").await;
    });
}
