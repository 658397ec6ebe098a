//! Chromium without a window, driven by chromedriver. A test runs in [`browse`], which closes the browser whatever the
//! test does; only processes that were started here are ended, by their ids.

use crate::server::terminate;
use axum::http::Method;
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use flate2::read::GzDecoder;
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use url::Url;

/// How long a page may take to become what a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(15);
/// Where the browser believes to be: not where the server is.
const ZONE: &str = "Asia/Yekaterinburg";
/// How often a browser is tried to be driven.
const DRIVERS: usize = 5;
const AXE_PACKED: &[u8] = include_bytes!("axe-core/axe.min.js.gz");

/// What kind of browser.
#[derive(Clone, Copy)]
pub struct Kind {
    /// What it sends as `Accept-Language`.
    pub lang: &'static str,
    /// Whether it runs scripts.
    pub scripts: bool,
}

/// What a page is looked at for.
#[derive(Clone, Copy)]
pub enum Rules {
    All,
    /// What may differ between themes.
    Colours,
}

/// As most are.
pub const USUAL: Kind = Kind { lang: "en", scripts: true };

/// An open browser.
pub struct Browser {
    pub client: Client,
}

/// Opens a browser, runs a test in it, and closes it.
pub fn browse(kind: Kind, test: impl AsyncFnOnce(&Browser)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(opened(kind, test));
}

/// The same for a browser beside another one.
pub async fn opened(kind: Kind, test: impl AsyncFnOnce(&Browser)) {
    {
        let (mut driver, port) = start_driver();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(kind))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        let client = client.unwrap_or_else(|error| {
            terminate(&mut driver);
            panic!("chromium does not start: {error}");
        });
        let browser = Browser { client };
        let ended = AssertUnwindSafe(test(&browser)).catch_unwind().await;
        let closed = browser.client.close().await;
        terminate(&mut driver);
        if let Err(panic) = ended {
            resume_unwind(panic);
        }
        closed.expect("the browser closes");
    }
}

/// It takes a free port on IPv4 and then the same one on IPv6, and ends when another test was quicker there.
fn start_driver() -> (Child, u16) {
    (0..DRIVERS).find_map(|_| try_to_start_driver()).expect("chromedriver says at which port it listens")
}

fn try_to_start_driver() -> Option<(Child, u16)> {
    let spawned = Command::new("chromedriver")
        .arg("--port=0")
        .env("TZ", ZONE)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut driver = spawned.unwrap_or_else(|error| {
        panic!(
            "chromedriver does not start ({error}). These tests look at pages in a real browser. Debian: apt-get \
             install chromium chromium-driver; scripts/prerequisites.sh names other systems"
        )
    });
    let mut said = BufReader::new(driver.stdout.take().expect("stdout is ours")).lines().map_while(Result::ok);
    let port = said.find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok());
    let Some(port) = port else {
        terminate(&mut driver);
        return None;
    };
    std::thread::spawn(move || said.for_each(drop));
    Some((driver, port))
}

fn capabilities(kind: Kind) -> Map<String, Value> {
    let scripts = if kind.scripts { 1 } else { 2 };
    let options = json!({
        "args": [
            "--headless=new",
            // Chromium has no sandbox for root, which is what containers and CI often are.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            "--window-size=1440,1000",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ],
        "prefs": {
            "intl.accept_languages": kind.lang,
            "profile.managed_default_content_settings.javascript": scripts,
            // As if somebody had allowed them: nobody can be asked.
            "profile.default_content_setting_values.notifications": 1,
        },
    });
    let logs = json!({"browser": "ALL"});
    let all = [("browserName", json!("chrome")), ("goog:chromeOptions", options), ("goog:loggingPrefs", logs)];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A command that chromedriver hands on to Chromium.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({"cmd": self.command, "params": self.parameters}).to_string()))
    }
}

impl Browser {
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("the page loads");
    }

    /// The one element that this selector means, as soon as it is there.
    pub async fn find(&self, selector: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// What an element says; nothing where there is none.
    pub async fn text(&self, selector: &str) -> String {
        match self.client.find(Locator::Css(selector)).await {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Clicks an element. A live page may replace it between finding and clicking it: then the new one.
    pub async fn click(&self, selector: &str) {
        let began = Instant::now();
        loop {
            match self.find(selector).await.click().await {
                Err(error) if error.is_stale_element_reference() && began.elapsed() < PATIENCE => {}
                clicked => return clicked.unwrap_or_else(|error| panic!("{selector} cannot be clicked: {error}")),
            }
        }
    }

    /// Types into a field, in place of what is in it.
    pub async fn type_in(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.clear().await.expect("a field can be emptied");
        field.send_keys(text).await.expect("a field can be typed into");
    }

    /// Waits until an element says this, and gives how long that took.
    pub async fn says(&self, selector: &str, text: &str) -> Duration {
        let began = Instant::now();
        loop {
            let said = self.text(selector).await;
            if said.replace('\u{a0}', " ").contains(text) {
                return began.elapsed();
            }
            assert!(began.elapsed() < PATIENCE, "{selector} says {said:?}, not {text:?}");
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Sends a command of the DevTools protocol.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let sent = self.client.issue_cmd(DevTools { command, parameters }).await;
        sent.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Waits until a script returns `true`.
    pub async fn until(&self, script: &str) {
        let began = Instant::now();
        while self.run(script).await != true {
            assert!(began.elapsed() < PATIENCE, "it never came true: {script}");
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// The serious findings of axe-core on the page as it is: rule and elements.
    pub async fn barriers(&self) -> Vec<String> {
        self.barriers_to(Rules::All).await
    }

    /// The same by some of its rules.
    pub async fn barriers_to(&self, rules: Rules) -> Vec<String> {
        static AXE: LazyLock<String> = LazyLock::new(|| {
            let mut axe = String::new();
            GzDecoder::new(AXE_PACKED).read_to_string(&mut axe).expect("axe-core is packed well");
            axe + "; return 0;"
        });
        self.run(&AXE).await;
        // Half of a change of colours is no colour of the page.
        let script = "const [options, done] = arguments; \
                      const ends = (it) => Number.isFinite(it.effect.getComputedTiming().endTime); \
                      const all = document.getAnimations().filter(ends).map((it) => it.finished); \
                      Promise.allSettled(all) \
                        .then(() => axe.run(document, {resultTypes: ['violations'], ...options})) \
                        .then((found) => done(found.violations \
                        .filter((rule) => ['serious', 'critical'].includes(rule.impact)) \
                        .flatMap((rule) => rule.nodes.map((node) => \
                          `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`))));";
        let options = match rules {
            Rules::All => json!({}),
            Rules::Colours => json!({"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}),
        };
        let found = self.client.execute_async(script, vec![options]).await.expect("axe-core runs");
        found.as_array().expect("a list").iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }
}
