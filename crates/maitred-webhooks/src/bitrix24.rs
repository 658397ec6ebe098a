//! Bitrix24's REST API, as far as leads of its CRM need it, by an *inbound webhook*: a URL that somebody of the portal
//! makes, with their id and a secret in it.
//!
//! The methods are those of [its documentation](https://apidocs.bitrix24.ru/api-reference/crm/leads/index.html). A
//! portal takes two calls a second, and fifty at once after a rest ([limits](https://apidocs.bitrix24.ru/limits.html)).

use crate::sender::{Answer, Attempt, Sender};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use serde_json::{Map, Value, json};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the originator of a lead begins that was made here.
pub const ORIGINATOR: &str = "maitred";
/// What a portal regains in a second is two calls.
const CALL_REST: Duration = Duration::from_millis(500);
/// Calls at once after a rest: fewer than a portal takes, for others call it too.
const BURST: NonZeroU32 = NonZeroU32::new(40).expect("not zero");
/// How long a call waits for its turn.
const WAIT_MAX: Duration = Duration::from_secs(15);
/// Portals after which those are forgotten that were not called lately: there are no more endpoints than that.
const PORTALS_MAX: usize = 200;
/// What it answers who called too often.
const TOO_OFTEN: &str = "QUERY_LIMIT_EXCEEDED";

/// Keeps calls of each portal, by its URL, as far apart as it wants them.
#[derive(Debug)]
pub struct Pace(DefaultKeyedRateLimiter<Arc<str>>);

impl Default for Pace {
    fn default() -> Self {
        let quota = Quota::with_period(CALL_REST).expect("half a second is not zero");
        Self(DefaultKeyedRateLimiter::keyed(quota.allow_burst(BURST)))
    }
}

impl Pace {
    /// Returns when a portal may be called: true, or false if others call it so often that it is not to be soon.
    pub async fn wait(&self, url: &Arc<str>) -> bool {
        if self.0.len() >= PORTALS_MAX {
            self.0.retain_recent();
        }
        let turn = async {
            while let Err(not_until) = self.0.check_key(url) {
                tokio::time::sleep(not_until.wait_time_from(DefaultClock::default().now())).await;
            }
        };
        tokio::time::timeout(WAIT_MAX, turn).await.is_ok()
    }
}

/// A lead as the CRM is to have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrmLead {
    /// Who made it, which begins with [`ORIGINATOR`], and what they know it by: one lead for both.
    pub originator: String,
    pub origin: String,
    pub title: String,
    pub name: Option<String>,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub comments: Option<String>,
    /// Where it came from.
    pub source: String,
    /// Fields `UTM_SOURCE` and so on.
    pub utm: Vec<(String, String)>,
    /// The user of the portal who is responsible.
    pub responsible: Option<i64>,
}

/// One portal.
#[derive(Clone, Copy)]
pub struct Portal<'a> {
    pub sender: &'a Sender,
    pub pace: &'a Pace,
    /// Of the inbound webhook.
    pub url: &'a Arc<str>,
}

impl Portal<'_> {
    /// Adds a lead, or says who is responsible for it now if it is there already. However often that is done, there is
    /// one. Says what was done.
    ///
    /// # Errors
    /// What came of the call instead.
    pub async fn put(&self, lead: &CrmLead) -> Result<String, Box<Attempt>> {
        let filter = json!({"=ORIGINATOR_ID": lead.originator, "=ORIGIN_ID": lead.origin});
        let found = self.call("crm.lead.list", &json!({"filter": filter, "select": ["ID"]})).await?;
        match id_of(&found["result"][0]["ID"]) {
            Some(id) => self.assign(id, lead.responsible).await,
            None => {
                let added = self.call("crm.lead.add", &json!({"fields": lead.fields()})).await?;
                Ok(format!("lead {} was added", id_of(&added["result"]).unwrap_or_default()))
            }
        }
    }

    /// Says who is responsible for a lead of the CRM, if anybody is.
    ///
    /// # Errors
    /// What came of the call instead.
    pub async fn assign(&self, id: i64, responsible: Option<i64>) -> Result<String, Box<Attempt>> {
        let Some(responsible) = responsible else { return Ok(format!("lead {id} stays as it is")) };
        self.call("crm.lead.update", &json!({"id": id, "fields": {"ASSIGNED_BY_ID": responsible}})).await?;
        Ok(format!("lead {id} is with user {responsible}"))
    }

    /// The user who has an address, if one does.
    ///
    /// # Errors
    /// What came of the call instead: the webhook may not be allowed to look users up.
    pub async fn user_with(&self, email: &str) -> Result<Option<i64>, Box<Attempt>> {
        let found = self.call("user.get", &json!({"FILTER": {"EMAIL": email, "ACTIVE": true}})).await?;
        Ok(id_of(&found["result"][0]["ID"]))
    }

    /// The fields of a lead of the CRM.
    ///
    /// # Errors
    /// What came of the call instead.
    pub async fn lead(&self, id: i64) -> Result<Value, Box<Attempt>> {
        self.call("crm.lead.get", &json!({"id": id})).await.map(|mut answer| answer["result"].take())
    }

    /// Asks whose webhook it is: says whether the portal can be called.
    pub async fn check(&self) -> Attempt {
        let began = Instant::now();
        let checked = match self.call("profile", &json!({})).await {
            Ok(answer) => {
                let user = id_of(&answer["result"]["ID"]).unwrap_or_default();
                let said = format!("this is a webhook of user {user}");
                Attempt { status: Some(200), answer: Some(said), ..Attempt::default() }
            }
            Err(failed) => *failed,
        };
        Attempt { duration_ms: i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX), ..checked }
    }

    async fn call(&self, method: &str, params: &Value) -> Result<Value, Box<Attempt>> {
        if !self.pace.wait(self.url).await {
            let error = format!("{method} was not called: too many calls of this portal wait");
            return Err(Box::new(Attempt { error: Some(error), ..Attempt::default() }));
        }
        let url = format!("{}/{method}.json", self.url.trim_end_matches('/'));
        let answer = self.sender.post(&url, params.to_string()).await?;
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if (200..300).contains(&answer.status) && said.get("result").is_some() {
            return Ok(said);
        }
        Err(Box::new(failure(method, &answer, &said)))
    }
}

impl CrmLead {
    fn fields(&self) -> Value {
        let many = |values: &[String]| -> Value {
            values.iter().map(|value| json!({"VALUE": value, "VALUE_TYPE": "WORK"})).collect()
        };
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| _ = fields.insert(name.to_owned(), value);
        put("ORIGINATOR_ID", self.originator.as_str().into());
        put("ORIGIN_ID", self.origin.as_str().into());
        put("TITLE", self.title.as_str().into());
        put("SOURCE_DESCRIPTION", self.source.as_str().into());
        put("PHONE", many(&self.phones));
        put("EMAIL", many(&self.emails));
        self.name.iter().for_each(|name| put("NAME", name.as_str().into()));
        self.comments.iter().for_each(|text| put("COMMENTS", as_html(text).into()));
        self.responsible.iter().for_each(|id| put("ASSIGNED_BY_ID", (*id).into()));
        self.utm.iter().for_each(|(name, value)| put(&name.to_uppercase(), value.as_str().into()));
        fields.into()
    }
}

/// A comment is HTML there: what somebody wrote stays text.
fn as_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>")
}

/// An id, which is a number or a text of one.
#[must_use]
pub fn id_of(value: &Value) -> Option<i64> {
    let id = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    id.filter(|id| *id > 0)
}

/// Whether a call that failed may succeed by itself later: the portal did not answer, or was called too often.
#[must_use]
pub fn is_for_later(failed: &Attempt) -> bool {
    failed.status.is_none_or(|status| status == 429 || status >= 500)
}

/// Whether a URL is that of an inbound webhook: it ends in `/rest/USER/SECRET/`.
#[must_use]
pub fn is_portal(url: &str) -> bool {
    let mut parts = url.trim_end_matches('/').rsplit('/');
    let (secret, user, rest) = (parts.next(), parts.next(), parts.next());
    let is_user = user.is_some_and(|user| !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit()));
    let is_secret = |text: &str| text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    rest == Some("rest") && is_user && secret.is_some_and(is_secret)
}

/// Whether a URL is one of the portal that calls itself by this domain.
#[must_use]
pub fn is_at(url: &str, domain: &str) -> bool {
    let place = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
    let host = place.rsplit_once(':').map_or(place, |(host, _)| host);
    !domain.is_empty() && [place, host].iter().any(|name| name.eq_ignore_ascii_case(domain))
}

/// What the answer of a method says that failed. Its description may be about the lead, so it is kept as an answer is,
/// which erasing forgets.
fn failure(method: &str, answer: &Answer, said: &Value) -> Attempt {
    let is_code =
        |text: &&str| !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic());
    let code = said["error"].as_str().filter(is_code).unwrap_or("no result");
    let asks = answer.retry_after.clone();
    Attempt {
        status: Some(answer.status),
        error: Some(format!("{method} answered {}: {code}", answer.status)),
        answer: said["error_description"].as_str().map(str::to_owned),
        retry_after: asks.or_else(|| (code == TOO_OFTEN).then(|| "1".to_owned())),
        duration_ms: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn each_portal_is_called_forty_times_at_once_and_then_twice_a_second() {
        let (pace, url) = (Pace::default(), Arc::from("https://a.example/rest/1/x/"));
        let at_once = (0..100).take_while(|_| pace.0.check_key(&url).is_ok()).count();
        assert!((40..=42).contains(&at_once), "{at_once}");
        assert!(pace.0.check_key(&Arc::from("https://b.example/rest/1/x/")).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn no_call_waits_for_ever() {
        let (pace, url) = (Pace::default(), Arc::from("https://a.example/rest/1/x/"));
        assert!(pace.wait(&url).await);
        while pace.0.check_key(&url).is_ok() {}
        assert!(!pace.wait(&url).await, "only the time of the test passes");
    }

    #[rstest]
    #[case("https://firm.bitrix24.ru/rest/1/abcdefgh12345678/", true)]
    #[case("https://crm.firm.example/rest/17/abcdefgh12345678", true)]
    #[case("https://firm.bitrix24.ru/rest/1/", false)]
    #[case("https://firm.bitrix24.ru/rest/one/abcdefgh12345678/", false)]
    #[case("https://firm.bitrix24.ru/rest/1/abcdefgh12345678/?x=1", false)]
    #[case("https://firm.bitrix24.ru/", false)]
    fn the_url_of_an_inbound_webhook_has_a_user_and_a_secret(#[case] url: &str, #[case] expected: bool) {
        assert_eq!(is_portal(url), expected);
    }

    #[rstest]
    #[case("firm.bitrix24.ru", true)]
    #[case("FIRM.bitrix24.ru", true)]
    #[case("firm.bitrix24.ru:8443", true)]
    #[case("other.bitrix24.ru", false)]
    #[case("bitrix24.ru", false)]
    #[case("", false)]
    fn a_portal_is_known_by_its_domain(#[case] domain: &str, #[case] expected: bool) {
        assert_eq!(is_at("https://firm.bitrix24.ru:8443/rest/1/abcdefgh12345678/", domain), expected);
    }

    #[test]
    fn a_comment_stays_text_in_html() {
        assert_eq!(as_html("<b>1 & 2</b>\nx"), "&lt;b&gt;1 &amp; 2&lt;/b&gt;<br>x");
    }

    #[test]
    fn ids_are_numbers_or_texts_of_them() {
        assert_eq!(
            [json!(7), json!("7"), json!("x"), json!(0), Value::Null].map(|it| id_of(&it)),
            [Some(7), Some(7), None, None, None]
        );
    }
}
