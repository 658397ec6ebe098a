//! The console on phones, in both languages: nothing is wider than the screen, nothing in the head lies on something
//! else, everything in it is large enough for a finger, and the menu has all that the bar has no room for.

use crate::browser::{Browser, Kind, USUAL, browse};
use crate::login::{PASSWORD, log_in, log_out, set_up};
use crate::pages::{CLIPPED, PAGES, TOUCHING, keep, servers};
use crate::server::Server;
use serde_json::{Value, json};

const WIDTHS: [u32; 3] = [320, 360, 412];
const LANGS: [&str; 2] = ["en", "ru"];
/// What is wider than the window, where the page is.
const WIDE: &str = "const most = document.documentElement.clientWidth; \
    if (document.documentElement.scrollWidth <= most) return []; \
    return [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > most + 1) \
      .map((it) => it.outerHTML.slice(0, 120))";
/// Parts of the head that lie on one another, or beyond the window.
const OVERLAPPING: &str = "const parts = [...document.querySelectorAll('.top :is(a, button), .top .link-state')] \
      .filter((it) => it.checkVisibility()).map((it) => [it.outerHTML.slice(0, 80), it.getBoundingClientRect()]); \
    const meet = (a, b) => a.left < b.right - .5 && b.left < a.right - .5 && \
      a.top < b.bottom - .5 && b.top < a.bottom - .5; \
    return parts.filter(([name, one], at) => one.left < 0 || one.right > innerWidth + .5 || \
      parts.some(([, other], place) => place !== at && meet(one, other))).map(([name]) => name)";
/// Names in the head that are cut off.
const CUT: &str = "return [...document.querySelectorAll('.top :is(nav a, button, .link-state)')] \
      .filter((it) => it.checkVisibility() && it.scrollWidth > it.clientWidth + 1) \
      .map((it) => it.outerHTML.slice(0, 90))";
/// What is to be touched and is smaller than a finger.
const SMALL: &str = "return [...document.querySelectorAll('.top :is(a, button), main :is(button:not(.switch), select, \
      input:not([type=checkbox], [type=radio], [type=hidden]), .button)')] \
      .filter((it) => it.checkVisibility()).map((it) => [it.outerHTML.slice(0, 90), it.getBoundingClientRect()]) \
      .filter(([, box]) => box.width > 1 && (box.height < 43.9 || box.width < 43.9)) \
      .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)";

/// Cells in which words are broken into a letter or two a line.
const CRUSHED: &str = "return [...document.querySelectorAll('main :is(td, th, .lines)')] \
      .filter((it) => it.checkVisibility() && it.textContent.trim().length > 8) \
      .map((it) => [it.outerHTML.slice(0, 120), it.getBoundingClientRect()]) \
      .filter(([, box]) => box.width > 1 && box.width < 48 && box.height > 60).map(([name]) => name)";

async fn check(browser: &Browser, what: &str) {
    for (script, fault) in [(WIDE, "is too wide"), (OVERLAPPING, "has a head that overlaps"), (CUT, "is cut off")] {
        assert_eq!(browser.run(script).await, json!([]), "{what} {fault}");
    }
}

#[test]
fn no_page_is_wider_than_a_phone_in_either_language() {
    let servers = servers();
    browse(USUAL, async |browser| {
        for lang in LANGS {
            browser.open(&servers[0].url(&format!("/?lang={lang}"))).await;
            for (name, path, server) in PAGES {
                let path = path.replace("lang=en", "").replace("lang=ru", "");
                browser.client.set_window_size(WIDTHS[0], 800).await.expect("a window has a size");
                browser.open(&servers[server].url(&path)).await;
                for width in WIDTHS {
                    browser.client.set_window_size(width, 800).await.expect("a window has a size");
                    browser.until(&format!("return innerWidth === {width}")).await;
                    check(browser, &format!("{name}, {lang}, {width}")).await;
                    if width == WIDTHS[0] {
                        assert_eq!(browser.run(SMALL).await, json!([]), "{name}, {lang} has what no finger hits");
                        assert_eq!(browser.run(CRUSHED).await, json!([]), "{name}, {lang} has crushed words");
                        assert_eq!(browser.run(CLIPPED).await, json!([]), "{name}, {lang} has values cut off");
                        assert_eq!(browser.run(TOUCHING).await, json!([]), "{name}, {lang} has panels that touch");
                        keep(browser, &format!("phone-{name}-{lang}")).await;
                    }
                }
            }
        }
    });
}

#[test]
fn the_head_has_room_for_everything_at_every_width_when_logged_in() {
    let server = Server::furnished();
    browse(USUAL, async |browser| {
        set_up(browser, &server).await;
        for lang in LANGS {
            for path in ["/", "/operators", "/contacts", "/account"] {
                browser.open(&server.url(&format!("{path}?lang={lang}"))).await;
                let is_live = browser.run("return Boolean(document.body.dataset.stream)").await == true;
                if is_live {
                    browser.find("#link-state[data-state=live]").await;
                }
                for width in [320, 360, 412, 640, 960, 1100, 1279, 1280, 1366, 1440, 1680, 1681, 1920, 2560] {
                    browser.client.set_window_size(width, 800).await.expect("a window has a size");
                    browser.until(&format!("return innerWidth === {width}")).await;
                    check(browser, &format!("{path}, {lang}, {width}")).await;
                    let stale = "document.getElementById('link-state')?.setAttribute('data-state', 'stale'); \
                                 const text = document.querySelector('.link-text'); \
                                 if (text) [text.dataset.was, text.textContent] = [text.textContent, \
                                   document.getElementById('link-state').dataset.stale + ' 14:03:07']";
                    browser.run(stale).await;
                    check(browser, &format!("{path}, {lang}, {width}, away")).await;
                    let live = "document.getElementById('link-state')?.setAttribute('data-state', 'live'); \
                                const text = document.querySelector('.link-text'); \
                                if (text) text.textContent = text.dataset.was";
                    browser.run(live).await;
                }
            }
        }
        browser.client.set_window_size(320, 800).await.expect("a window has a size");
        browser.click(".to-menu").await;
        assert_eq!(browser.barriers().await, Vec::<String>::new());
    });
}

#[test]
fn the_menu_of_a_phone_reaches_everything_without_a_script() {
    let server = Server::furnished();
    browse(Kind { scripts: false, ..USUAL }, async |browser| {
        set_up(browser, &server).await;
        browser.client.set_window_size(320, 640).await.expect("a window has a size");
        for lang in LANGS {
            browser.open(&server.url(&format!("/?lang={lang}"))).await;
            assert_eq!(browser.run("return document.getElementById('logout').checkVisibility()").await, false);
            browser.click(".to-menu").await;
            let entries = "return [...document.querySelectorAll('.bar-menu nav a')] \
                           .filter((it) => it.checkVisibility()).map((it) => it.getAttribute('href'))";
            let all = ["/", "/sources", "/operators", "/contacts", "/leads", "/desk", "/access"];
            assert_eq!(browser.run(entries).await, json!(all));
            for reached in ["#logout", ".logged-in [href='/account']", "[name=lang]", "[name=theme]"] {
                let shown = format!("return document.querySelector(\"{reached}\").checkVisibility()");
                assert_eq!(browser.run(&shown).await, true, "{reached}");
            }
            assert_eq!(browser.run(SMALL).await, Value::Array(Vec::new()), "{lang}");
            assert_eq!(browser.run(OVERLAPPING).await, Value::Array(Vec::new()), "{lang}");
            keep(browser, &format!("phone-menu-{lang}")).await;
            browser.client.set_window_size(320, 640).await.expect("a window has a size");
        }
        browser.open(&server.url("/?lang=en")).await;
        browser.click(".to-menu").await;
        browser.click(".bar-menu [href='/operators']").await;
        browser.says("h1", "All operators").await;
        browser.click(".to-menu").await;
        browser.says(".bar-menu [aria-current]", "Operators").await;
        log_out(browser).await;
        log_in(browser, &server, "Maria", PASSWORD).await;
        browser.find(".to-menu").await;
    });
}
