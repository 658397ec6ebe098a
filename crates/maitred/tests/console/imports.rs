//! Importing a file in the console: it is checked first, then imported, and what was wrong can be corrected and
//! imported without anything coming twice. And numbers that are read again once their source has a country.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::pages::keep;
use crate::server::Server;
use serde_json::json;
use std::path::PathBuf;

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("it can be written");
    (folder, path)
}

async fn choose(browser: &Browser, path: &std::path::Path) {
    browser.find("#f-file").await.send_keys(&path.display().to_string()).await.expect("a file field");
}

fn contacts(server: &Server) -> usize {
    server.get("/api/v1/contacts?limit=1000").as_array().expect("a list").len()
}

/// A page that no address leads to is as wide as the window, and open to everybody, on a desk and on a phone.
async fn fits(browser: &Browser, name: &str) {
    for (width, height) in [(360, 800), (1280, 900)] {
        browser.client.set_window_size(width, height).await.expect("a window has a size");
        let wide = browser.run("return document.documentElement.scrollWidth").await;
        assert!(wide.as_u64() <= Some(width.into()), "{name} is {wide} wide, not {width}");
        assert_eq!(browser.barriers().await, Vec::<String>::new(), "{name}");
        keep(browser, &format!("{name}-{width}")).await;
    }
}

/// The figures of a page, in their order.
async fn figures(browser: &Browser) -> Vec<String> {
    browser
        .text("#figures")
        .await
        .lines()
        .filter(|line| line.chars().all(|c| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_file_is_checked_then_imported_and_its_wrong_rows_are_corrected() {
    let server = Server::furnished();
    let text = "Телефон;Имя;Сообщение;Город\r\n8 999 123-45-67;Анна;Перезвоните;Казань\r\n-;Гость;Вопрос;\r\n\
                8 999 765-43-21;\"Борис;не закрыто;\r\n";
    let (_folder, path) = file("leads.csv", &encoding(text));
    browse(USUAL, async |browser| {
        browser.open(&server.url("/contacts?lang=en")).await;
        browser.click("a[href='/import']").await;
        choose(browser, &path).await;
        browser.click(".actions .button.is-primary").await;
        browser.says("#e-file", "not UTF-8").await;

        choose(browser, &path).await;
        browser.click("#f-encoding option[value='windows-1251']").await;
        browser.click(".actions .button.is-primary").await;
        browser.says("#e-file", "Choose the source").await;

        choose(browser, &path).await;
        browser.click("#f-encoding option[value='windows-1251']").await;
        browser.click("#f-source_id option[value='1']").await;
        browser.click(".actions .button.is-primary").await;
        browser.says("#first", "+7 999 123-45-67").await;
        assert_eq!(figures(browser).await, ["2", "0", "1", "0", "1"]);
        browser.says("#columns", "lead_phone").await;
        browser.says("#columns", "Город").await;
        browser.says("#wrong", "Line 4").await;
        assert_eq!(contacts(&server), 0, "it was only checked");
        fits(browser, "import-check").await;

        browser.click(".actions .button.is-primary").await;
        browser.says("#done", "Show contacts").await;
        assert_eq!(figures(browser).await, ["2", "0", "0", "0", "1"]);
        assert_eq!(contacts(&server), 2);
        fits(browser, "import-report").await;
        // The file of the wrong rows, as the browser would save it.
        let wrong = browser.run(&format!("const it = document.querySelector('#wrong-file').href; {DECODE}")).await;
        let wrong = wrong.as_str().expect("a text");
        assert_eq!(wrong, "Телефон;Имя;Сообщение;Город\r\n8 999 765-43-21;\"Борис;не закрыто;\r\n");

        let corrected = format!("{text}8 999 765-43-21;Борис;Готово;\r\n").replace("\"Борис", "Борис");
        browser.open(&server.url("/import?lang=ru")).await;
        let (_folder, path) = file("corrected.csv", corrected.as_bytes());
        choose(browser, &path).await;
        browser.click("#f-source_id option[value='1']").await;
        browser.click(".actions .button.is-primary").await;
        browser.says("#first", "+7 999 765-43-21").await;
        assert_eq!(figures(browser).await[..3], ["4", "2", "0"]);
        fits(browser, "import-check-ru").await;
        browser.click(".actions .button.is-primary").await;
        browser.says("#done", "Показать").await;
        assert_eq!(contacts(&server), 4);
    });
}

/// The bytes behind `base64,` of `it`, without the mark that they begin with.
const DECODE: &str = "const bytes = Uint8Array.from(atob(it.split('base64,')[1]), (c) => c.charCodeAt(0)); \
                      return new TextDecoder().decode(bytes)";

fn encoding(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match c {
            'а'..='я' => (c as u32 - 'а' as u32) as u8 + 0xe0,
            'А'..='Я' => (c as u32 - 'А' as u32) as u8 + 0xc0,
            c => c as u8,
        })
        .collect()
}

#[test]
fn rows_can_be_pasted_without_a_script_and_come_once() {
    let server = Server::furnished();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        for expected in [["1", "0"], ["0", "1"]] {
            browser.open(&server.url("/import?lang=ru")).await;
            browser.click(".actions .button.is-primary").await;
            browser.says("#e-file", "Выберите файл").await;
            browser.type_in("#f-text", "source,phone,message\nBot,+12025550101,\"two\nlines\"\n").await;
            browser.click(".actions .button.is-primary").await;
            browser.says("#first", "+1 202-555-0101").await;
            browser.click(".actions .button.is-primary").await;
            browser.says("#done", "Показать").await;
            let shown = figures(browser).await;
            assert_eq!([&shown[0], &shown[2]], expected);
        }
    });
    assert_eq!(contacts(&server), 1);
    assert_eq!(server.get("/api/v1/contacts")[0]["message"], "two\nlines");
}

#[test]
fn once_a_source_has_a_country_its_numbers_are_shown_and_read() {
    let server = Server::furnished();
    server.patch("/api/v1/sources/1", &json!({"default_region": "US"}));
    for phone in ["8 999 123-45-67", "8(999)123-45-67", "8 999 765-43-21"] {
        server.contact(phone);
    }
    browse(USUAL, async |browser| {
        browser.open(&server.url("/sources/1/settings?lang=en")).await;
        browser.type_in("#f-default_region", "RU").await;
        browser.click("form .button.is-primary").await;
        browser.says("#unread", "3 phone numbers").await;
        browser.says("#unread", "3 can be read now").await;
        browser.says(".phones-read", "+7 999 765-43-21").await;
        browser.says(".phones-read", "already a number of Lead 1").await;
        fits(browser, "phones").await;
        browser.open(&server.url("/sources/1/phones?lang=ru")).await;
        browser.says("#unread", "Не распознаны 3").await;
        fits(browser, "phones-ru").await;
        browser.open(&server.url("/sources/1/phones?lang=en")).await;
        browser.click("form .button.is-primary").await;
        browser.says("#done", "2 numbers were read").await;
        browser.says("#unread", "1 phone number").await;
    });
    assert_eq!(server.get("/api/v1/leads/1")["identities"][0]["value"], "+79991234567");
}
