//! A week of an office in Berlin, from Monday 0:00 to Sunday night, lived through with a clock that is moved by hand:
//! what the pages show at named moments, and that everything that is stored is right at its end. It is the week before
//! Easter 2027: Friday is a public holiday, and on Sunday at 2:00 clocks go forward. The browser is in Yekaterinburg,
//! four hours ahead of Berlin, and shows times of there. With `SCREENSHOTS=folder` pages are written there as pictures.

use crate::browser::{Browser, USUAL, browse};
use crate::clock::Clock;
use crate::pages::keep;
use crate::server::Server;
use serde_json::{Value, json};

const SITE: i64 = 1;
const NIGHT_DESK: i64 = 2;
const BOT: i64 = 3;
const ANNA: i64 = 1;
const BORIS: i64 = 2;
const VERA: i64 = 3;
const GLEB: i64 = 4;

struct Week<'a> {
    server: &'a Server,
    clock: &'a Clock,
    browser: &'a Browser,
}

/// Anna and Boris work in the office, Vera at night, Gleb at all times. Contacts of the site are offered, and go to the
/// night desk while the site is closed.
fn furnish(server: &Server) {
    let calendar = |name: &str, days: std::ops::Range<u32>, hours: Value, holidays: Value| {
        let days: Vec<_> = days.map(|day| json!({"day": day, "intervals": hours})).collect();
        let body = json!({"name": name, "zone": "Europe/Berlin", "days": days, "holidays": holidays});
        server.post("/api/v1/calendars", &body)["id"].clone()
    };
    let office = calendar("Office", 0..5, json!([["09:00", "13:00"], ["14:00", "18:00"]]), json!(["DE"]));
    let nights = calendar("Nights", 0..7, json!([["22:00", "06:00"]]), json!([]));
    let opening = calendar("Opening hours", 0..5, json!([["09:00", "18:00"]]), json!(["DE"]));
    for (name, calendar) in [("Anna", &office), ("Boris", &office), ("Vera", &nights), ("Gleb", &Value::Null)] {
        let id = server.post("/api/v1/operators", &json!({"name": name, "max_load": 20}))["id"].clone();
        server.patch(&format!("/api/v1/operators/{id}"), &json!({"calendar_id": calendar}));
    }
    server.put("/api/v1/operators/2/times", &json!({"leave": [{"from": "2027-03-24", "to": "2027-03-24"}]}));
    let of_a_day = json!([{"limit": 2, "window": "day", "zone": "Europe/Berlin"}]);
    server.put("/api/v1/operators/4/caps", &of_a_day);
    for name in ["Site", "Night desk", "Bot"] {
        server.post("/api/v1/sources", &json!({"name": name, "policy": "smooth_weighted"}));
    }
    server.patch("/api/v1/sources/2", &json!({"calendar_id": nights}));
    let site = json!({
        "calendar_id": opening, "fallback_source_id": NIGHT_DESK, "respond_within_s": 3_600,
        "accept_within_s": 300, "retry_after_s": 600, "pause_after_misses": 3,
    });
    server.patch("/api/v1/sources/1", &site);
    server.patch("/api/v1/sources/3", &json!({"ageing": [{"after_s": 300, "priority": 5}]}));
    for (source, operator, weight) in [(SITE, ANNA, 30), (SITE, BORIS, 10), (NIGHT_DESK, VERA, 10), (BOT, GLEB, 10)] {
        let body = json!({"operator_id": operator, "weight": weight});
        server.post(&format!("/api/v1/sources/{source}/operators"), &body);
    }
}

#[test]
fn a_week_is_lived_through_with_a_clock_that_is_moved_by_hand() {
    let (server, clock) = Server::with_clock("2027-03-22T00:00:00+01:00");
    furnish(&server);
    browse(USUAL, async |browser| {
        let week = Week { server: &server, clock: &clock, browser };
        week.monday_morning().await;
        week.monday_afternoon().await;
        week.tuesday().await;
        week.wednesday().await;
        week.thursday().await;
        week.easter().await;
    });
    let events = server.get("/api/v1/events?limit=1000");
    let times: Vec<_> = events.as_array().expect("a list").iter().map(|event| event["at"].as_str()).collect();
    assert!(times.is_sorted(), "{times:?}");
    server.verify();
    for id in 1..=14 {
        server.post(&format!("/api/v1/contacts/{id}/resolve"), &Value::Null);
    }
    server.verify();
}

impl Week<'_> {
    /// Goes to a moment of the week, such as `22T09:00`, in standard time of Berlin; what is due by then has happened.
    fn to(&self, at: &str) {
        self.to_time(&format!("2027-03-{at}:00+01:00"));
    }

    /// What is due comes before a command of a later time, and what follows from that, such as taking back offers of
    /// all who left, before the next few.
    fn to_time(&self, at: &str) {
        self.clock.set(at);
        for n in 0..4 {
            self.server.patch("/api/v1/sources/3", &json!({"description": format!("As of {at}, {n}")}));
        }
    }

    fn arrives(&self, source: i64) -> Value {
        self.server.post("/api/v1/contacts", &json!({"source_id": source, "message": "How much is it?"}))
    }

    fn contact(&self, id: i64) -> Value {
        self.server.get(&format!("/api/v1/contacts/{id}"))
    }

    fn accept(&self, id: i64) {
        self.server.post(&format!("/api/v1/contacts/{id}/accept"), &json!({}));
    }

    async fn open(&self, path: &str) {
        self.browser.open(&self.server.url(&format!("{path}?lang=en"))).await;
    }

    /// Opens a page, of which an element says all of this.
    async fn shows(&self, path: &str, selector: &str, texts: &[&str]) {
        self.open(path).await;
        for text in texts {
            self.browser.says(selector, text).await;
        }
    }

    /// Takes pictures of pages for people to look at.
    async fn look(&self, name: &str, paths: &[&str]) {
        if std::env::var_os("SCREENSHOTS").is_none() {
            return;
        }
        for (path, n) in paths.iter().zip(1..) {
            for (width, lang) in [(1_280, "en"), (360, "ru"), (1_280, "ru"), (360, "en")] {
                self.browser.client.set_window_size(width, 800).await.expect("a window has a size");
                let and = if path.contains('?') { '&' } else { '?' };
                self.browser.open(&self.server.url(&format!("{path}{and}lang={lang}"))).await;
                keep(self.browser, &format!("week-{name}-{n}-{width}-{lang}")).await;
            }
        }
        self.browser.client.set_window_size(1_440, 1_000).await.expect("a window has a size");
    }

    /// A night shift, the fallback of a source, the begin of a shift on an open page, an offer that lapses.
    async fn monday_morning(&self) {
        let first = self.arrives(SITE);
        assert_eq!([&first["source_id"], &first["operator_id"]], [NIGHT_DESK, VERA]);
        self.shows("/contacts/1", "#arrived-on", &["Site"]).await;
        self.shows("/", "#operator-1", &["off shift", "until 13:00"]).await;
        self.browser.says("#roster", "Vera until 10:00").await;
        self.look("monday-0000", &["/", "/contacts/1"]).await;

        self.to("22T06:30");
        let second = self.arrives(SITE);
        assert_eq!((&second["status"], &second["opens_at"]), (&json!("waiting"), &json!("2027-03-22T08:00:00Z")));
        self.shows("/contacts/2", "#line", &["The source is closed until", "13:00"]).await;
        self.shows("/", "#operator-3", &["off shift", "until Tue 02:00"]).await;
        self.look("monday-0630", &["/", "/contacts/2", "/sources/1"]).await;
        self.open("/").await;
        self.browser.says("#link-state", "Live").await;
        self.browser.says("#waiting", "Site").await;
        self.to("22T09:00");
        self.browser.says("#roster", "Anna until 17:00").await;
        self.browser.says("#waiting", "Nobody is waiting").await;
        assert_eq!(self.contact(2)["operator_id"], ANNA);

        self.open("/desk/1").await;
        self.look("monday-0900", &["/", "/desk/1", "/contacts/2"]).await;
        self.open("/desk/1").await;
        self.browser.says("#held-2 .held-age", "accept within").await;
        self.browser.click("#held-2 .is-primary").await;
        self.browser.says("#held-2 .held-age", "with you for").await;

        self.to("22T09:10");
        let third = self.arrives(SITE);
        assert_eq!(third["operator_id"], BORIS);
        self.to_time(third["accept_by"].as_str().expect("an offer"));
        assert_eq!(self.contact(3)["operator_id"], ANNA);
        assert_eq!(self.server.get("/api/v1/operators/2")["misses"], 1);
        self.shows("/contacts/3", "#story", &["Boris", "Anna"]).await;
        self.look("monday-0915", &["/contacts/3"]).await;
        self.accept(3);
    }

    /// Lunch and the end of the shift revoke what was not accepted; the night desk takes over.
    async fn monday_afternoon(&self) {
        self.to("22T12:58");
        assert_eq!(self.arrives(SITE)["status"], "assigned");
        self.to("22T13:00");
        assert_eq!(self.contact(4)["status"], "waiting");
        self.shows("/contacts/4", "#line", &["everybody again at", "17:10"]).await;
        self.to("22T13:11");
        self.shows("/contacts/4", "#line", &["Next available", "Anna 18:00"]).await;
        self.look("monday-1300", &["/", "/contacts/4"]).await;
        self.to("22T14:00");
        assert_eq!(self.contact(4)["status"], "assigned");
        self.accept(4);

        self.to("22T17:58");
        assert_eq!(self.arrives(SITE)["respond_by"].as_str().map(|at| &at[..16]), Some("2027-03-23T08:58"));
        self.to("22T18:00");
        assert_eq!(self.contact(5)["status"], "waiting", "its offer is over with the shift");
        self.to("22T18:11");
        let closed = self.contact(5);
        assert_eq!((&closed["status"], &closed["opens_at"]), (&json!("waiting"), &json!("2027-03-23T08:00:00Z")));
        self.to("22T22:00");
        let moved = self.contact(5);
        assert_eq!([&moved["source_id"], &moved["operator_id"]], [NIGHT_DESK, VERA]);
        self.shows("/desk/3", "#held-5", &["Night desk"]).await;
        self.look("monday-2200", &["/desk/3", "/contacts/5"]).await;
    }

    /// A pause with an end, a contact that is overdue, a cap by the day, and one that ages meanwhile.
    async fn tuesday(&self) {
        self.to("23T09:30");
        self.open("/desk/1").await;
        self.browser.click("#pause summary").await;
        self.browser.type_in("#f-reason", "Doctor").await;
        self.browser.click("#pause button[value='60']").await;
        self.browser.says("#paused", "until 14:30").await;
        self.shows("/", "#operator-1", &["paused", "until 14:30", "Doctor"]).await;
        assert_eq!(self.arrives(SITE)["operator_id"], BORIS);
        self.accept(6);
        self.look("tuesday-0930", &["/", "/desk/1"]).await;
        self.to("23T10:31");
        assert_eq!(self.server.get("/api/v1/operators/1")["paused_at"], Value::Null);
        self.shows("/", "#operator-1", &["Anna"]).await;
        self.browser.says("#overdue-2", "2 contacts are overdue: Night desk").await;
        self.shows("/contacts/5", "#overdue", &["overdue"]).await;

        self.to("23T11:00");
        for status in ["assigned", "assigned", "waiting"] {
            assert_eq!(self.arrives(BOT)["status"], status);
        }
        self.shows("/", "#operator-4", &["cap reached", "until Wed 04:00"]).await;
        self.browser.says("#queue-why-3", "The only operator with free slots has reached a limit per period.").await;
        self.browser.says("#queue-why-3", "Gleb Wed 04:00").await;
        self.to("23T11:06");
        assert_eq!(
            (self.contact(9)["priority"].as_i64(), self.contact(9)["effective_priority"].as_i64()),
            (Some(0), Some(5))
        );
        self.shows("/contacts/9", "#raised", &["5"]).await;
        self.look("tuesday-1106", &["/", "/contacts/9", "/contacts?status=waiting", "/operators/4"]).await;
        self.to("24T00:00");
        assert_eq!(self.contact(9)["operator_id"], GLEB);
    }

    /// A day of leave; somebody who is to be heard from.
    async fn wednesday(&self) {
        self.to("24T09:00");
        self.shows("/", "#operator-2", &["on leave"]).await;
        self.browser.says("#roster", "Anna until 17:00").await;
        assert_eq!(self.arrives(SITE)["operator_id"], ANNA);
        self.accept(10);
        self.look("wednesday-0900", &["/", "/operators/2?month=2027-03", "/operators"]).await;

        self.to("24T15:00");
        let present = self.server.patch("/api/v1/operators/4", &json!({"away_after_s": 3_600}));
        self.to("24T15:58");
        assert_eq!(self.server.get("/api/v1/operators/4")["away_at"], Value::Null);
        self.to_time(present["present_until"].as_str().expect("a lease"));
        self.shows("/", "#operator-4", &["away", "since"]).await;
        self.look("wednesday-1600", &["/", "/operators/4"]).await;
        self.shows("/desk/4", "#me", &["You get new contacts."]).await;
        assert_eq!(self.server.get("/api/v1/operators/4")["away_at"], Value::Null);
        self.server.patch("/api/v1/operators/4", &json!({"away_after_s": null}));
    }

    /// A callback at three, by the one who promised it.
    async fn thursday(&self) {
        self.to("25T10:00");
        let body = json!({"source_id": SITE, "not_before": "2027-03-25T15:00:00+01:00", "wanted_operator_id": BORIS});
        assert_eq!(self.server.post("/api/v1/contacts", &body)["status"], "waiting");
        self.shows("/", "#waiting-scheduled", &["1 contact is scheduled for later."]).await;
        self.shows("/contacts/11", "#scheduled", &["Scheduled for", "2027-03-25 19:00"]).await;
        self.browser.says("#wanted", "Boris").await;
        self.look("thursday-1000", &["/", "/contacts/11"]).await;
        self.to("25T15:00");
        assert_eq!(self.contact(11)["operator_id"], BORIS);
        self.shows("/desk/2", "#held-11", &["accept within"]).await;
        self.browser.click("#held-11 .is-primary").await;
        self.browser.says("#held-11", "with you for").await;
    }

    /// A holiday, and a night that is an hour short: Vera's shift ends at 4:00 in UTC, not at 5:00.
    async fn easter(&self) {
        self.to("26T10:00");
        assert_eq!(self.arrives(SITE)["opens_at"], "2027-03-30T07:00:00Z");
        self.shows("/", "#operator-1", &["off shift", "until Tue 12:00"]).await;
        self.browser.says("#operator-3", "until Sat 02:00").await;
        self.look("friday-1000", &["/", "/contacts/12", "/sources/1"]).await;
        self.to("26T22:00");
        assert_eq!(self.contact(12)["operator_id"], VERA);

        self.to("28T04:58");
        assert_eq!(self.arrives(SITE)["operator_id"], VERA);
        self.shows("/", "#roster", &["Vera until 09:00"]).await;
        self.to("28T05:00");
        assert_eq!(self.arrives(SITE)["status"], "waiting");
        self.shows("/", "#operator-3", &["off shift", "until Mon 01:00"]).await;
        self.look("sunday-0600", &["/", "/operators/3?month=2027-03"]).await;
        self.to("28T22:59");
        assert_eq!(self.contact(14)["operator_id"], VERA);
        self.look("sunday-2359", &["/", "/desk/3", "/reports?period=week"]).await;
    }
}
