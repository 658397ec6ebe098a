//! `/api/v1/reports`: every figure is counted again here from contacts and the feed.

use crate::test_server::TestServer;
use axum::http::StatusCode;
use maitred_core::Timestamp;
use maitred_store::clock;
use serde_json::{Value, json};

/// Anna has room for two contacts, and five arrive: two are resolved, and one of them is reopened.
async fn a_busy_hour(server: &TestServer) -> (i64, i64) {
    let anna = server.operator("Anna", 2).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    let mut ids = Vec::new();
    for lead in 0..5 {
        ids.push(server.contact(source, &lead.to_string()).await["id"].as_i64().expect("an id"));
    }
    for id in &ids[..2] {
        let resolved = json!({"is_resolved": true});
        server.patch(&format!("/api/v1/contacts/{id}"), &resolved).await.expect(StatusCode::OK);
    }
    server.patch(&format!("/api/v1/contacts/{}", ids[0]), &json!({"is_resolved": false})).await.expect(StatusCode::OK);
    (anna, source)
}

fn micros(value: &Value) -> i64 {
    clock::parse_rfc3339(value.as_str().expect("a time")).expect("a time").0
}

/// The nearest rank of seconds.
fn rank(seconds: &mut [f64], percent: usize) -> Value {
    seconds.sort_by(f64::total_cmp);
    match seconds.len() {
        0 => Value::Null,
        count => json!(seconds[(count * percent).div_ceil(100).max(1) - 1]),
    }
}

#[tokio::test]
async fn a_summary_says_what_contacts_and_the_feed_say() {
    let server = TestServer::open().await;
    let (anna, source) = a_busy_hour(&server).await;
    let summary = server.show("/api/v1/reports/summary").await;
    let events = server.show("/api/v1/events?limit=1000").await;
    let of = |kind: &str| {
        events.as_array().expect("a list").iter().filter(|e| e["kind"] == kind).cloned().collect::<Vec<_>>()
    };
    let created = of("contact_created");
    let created_at = |contact: &Value| {
        let arrived = created.iter().find(|event| event["contact_id"] == *contact);
        micros(&arrived.expect("it arrived")["at"])
    };
    assert_eq!((&summary["arrived"], &summary["assigned"]), (&json!(5), &json!(4)), "{summary}");
    assert_eq!((&summary["waiting_now"], &summary["resolved"]), (&json!(2), &json!(2)), "{summary}");
    assert_eq!(summary["reopened"], of("contact_reopened").len());
    let since = |event: &Value| (micros(&event["at"]) - created_at(&event["contact_id"])) as f64 / 1e6;
    let mut to_resolve: Vec<f64> = of("contact_resolved").iter().map(since).collect();
    for (name, percent) in [("p50_s", 50), ("p90_s", 90), ("p95_s", 95), ("max_s", 100)] {
        assert_eq!(summary["time_to_resolve"][name], rank(&mut to_resolve, percent), "{name} of {summary}");
    }
    // Nobody called before the two were resolved.
    assert_eq!(summary["time_to_first_response"], summary["time_to_resolve"]);
    assert_eq!(summary["time_to_assign"]["p50_s"], json!(0.0), "two were assigned at once");
    assert_eq!(summary["before"]["arrived"], json!(0));
    let of_anna = server.show(&format!("/api/v1/reports/summary?operator_id={anna}&source_id={source}")).await;
    assert_eq!((&of_anna["arrived"], &of_anna["waiting_now"]), (&json!(4), &json!(2)), "{of_anna}");
    let elsewhere = server.source("Form", &[]).await;
    let nothing = server.show(&format!("/api/v1/reports/summary?source_id={elsewhere}")).await;
    assert_eq!((&nothing["arrived"], &nothing["time_to_assign"]["p50_s"]), (&json!(0), &json!(null)));
    server.close().await;
}

#[tokio::test]
async fn a_period_ends_to_the_microsecond() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    let first = server.contact(source, "a").await["created_at"].as_str().expect("a time").to_owned();
    let second = server.contact(source, "b").await["created_at"].as_str().expect("a time").to_owned();
    let later = clock::rfc3339(Timestamp(clock::now().0 + 3_600_000_000));
    for (from, to, arrived) in [(&first, &second, 1), (&second, &second, 0), (&second, &later, 1)] {
        let query = format!("from={from}&to={to}");
        let summary = server.show(&format!("/api/v1/reports/summary?{query}")).await;
        assert_eq!(summary["arrived"], json!(arrived), "{query}");
    }
    server.close().await;
}

#[tokio::test]
async fn arrivals_are_counted_by_hour_day_and_hour_of_the_week() {
    let server = TestServer::open().await;
    let source = server.source("Bot", &[]).await;
    for lead in 0..3 {
        server.contact(source, &lead.to_string()).await;
    }
    for (by, buckets) in [("hour", 145..170), ("day", 7..8), ("hour_of_week", 168..169)] {
        let arrivals = server.show(&format!("/api/v1/reports/arrivals?by={by}&zone=Asia/Kolkata")).await;
        let arrivals = arrivals.as_array().expect("a list");
        assert!(buckets.contains(&arrivals.len()), "{by}: {}", arrivals.len());
        let total: u64 = arrivals.iter().filter_map(|row| row["arrived"].as_u64()).sum();
        assert_eq!(total, 3, "{by}");
    }
    let over = "from=2025-10-26&to=2025-10-27&zone=Europe/Berlin&by=hour";
    let hours = server.show(&format!("/api/v1/reports/arrivals?{over}")).await;
    assert_eq!(hours.as_array().map(Vec::len), Some(25), "the clocks went back");
    assert_eq!(hours[2]["bucket"], "2025-10-26T02:00:00+02:00");
    assert_eq!(hours[3]["bucket"], "2025-10-26T02:00:00+01:00");
    server.close().await;
}

#[tokio::test]
async fn shares_are_beside_what_was_entitled_in_the_period() {
    let server = TestServer::open().await;
    let (anna, boris) = (server.operator("Anna", 100).await, server.operator("Boris", 100).await);
    let source = server.source("Bot", &[(anna, 1), (boris, 1)]).await;
    for lead in 0..20 {
        server.contact(source, &lead.to_string()).await;
    }
    let shares = server.show("/api/v1/reports/shares").await;
    let received: u64 = shares.as_array().expect("a list").iter().filter_map(|share| share["received"].as_u64()).sum();
    assert_eq!(received, 20);
    assert_eq!((&shares[0]["operator_id"], &shares[0]["entitled"]), (&json!(anna), &json!(10.0)));
    assert_eq!((&shares[0]["low"], &shares[0]["high"]), (&json!(6), &json!(14)));
    let nothing = server.show("/api/v1/reports/shares?from=2025-01-01&to=2025-01-02").await;
    assert_eq!((&nothing[0]["received"], &nothing[0]["high"]), (&json!(0), &json!(0)));
    server.close().await;
}

/// Monday from 0 to 1 is 0.
fn hour_of_week(at: i64) -> i64 {
    // 1 January 1970 was a Thursday.
    (at.div_euclid(3_600_000_000) + 72).rem_euclid(168)
}

#[tokio::test]
async fn staffing_puts_arrivals_beside_the_people_of_calendars() {
    let server = TestServer::open().await;
    let mornings: Vec<Value> = (0..5).map(|day| json!({"day": day, "intervals": [["06:00", "12:00"]]})).collect();
    let calendar = json!({"name": "Mornings", "zone": "UTC", "days": mornings});
    server.post("/api/v1/calendars", &calendar).await.expect(StatusCode::CREATED);
    let (anna, boris, vera) =
        (server.operator("Anna", 9).await, server.operator("Boris", 9).await, server.operator("Vera", 9).await);
    server.patch(&format!("/api/v1/operators/{boris}"), &json!({"calendar_id": 1})).await.expect(StatusCode::OK);
    server.patch(&format!("/api/v1/operators/{vera}"), &json!({"is_active": false})).await.expect(StatusCode::OK);
    let source = server.source("Bot", &[(anna, 1), (boris, 1), (vera, 1)]).await;
    let other = server.source("Form", &[(boris, 1)]).await;
    let mut arrived = std::collections::BTreeMap::<i64, u64>::new();
    for (lead, source) in [(1, source), (2, source), (3, other)] {
        let contact = server.contact(source, &lead.to_string()).await;
        *arrived.entry(hour_of_week(micros(&contact["created_at"]))).or_default() += 1;
    }
    let all = server.show("/api/v1/reports/staffing").await;
    let of_form = server.show(&format!("/api/v1/reports/staffing?source_id={other}")).await;
    let is_morning = |hour: i64| hour / 24 < 5 && (6..12).contains(&(hour % 24));
    for hour in 0..168 {
        let (all, of_form) = (&all[hour as usize], &of_form[hour as usize]);
        let boris = if is_morning(hour) { 1.0 } else { 0.0 };
        assert_eq!(all["arrived"].as_u64(), Some(arrived.get(&hour).copied().unwrap_or(0)), "{hour}: {all}");
        assert_eq!((&all["unattended"], &all["people_ahead"]), (&json!(0), &json!(1.0 + boris)), "{hour}");
        assert_eq!(of_form["people_ahead"], json!(boris), "{hour}");
        // The period has seven days, today included, as far as it has come.
        let hours = all["hours"].as_f64().expect("a number");
        assert!((0.0..=1.0).contains(&hours), "{hour}: {hours}");
        assert_eq!(all["people"], json!(if hours > 0.0 { 1.0 + boris } else { 0.0 }), "{hour}");
        let is_attended = is_morning(hour) || of_form["arrived"] == 0;
        assert_eq!(of_form["unattended"] == 0, is_attended, "{hour}: {of_form}");
    }
    server.close().await;
}

#[tokio::test]
async fn of_a_source_that_was_deleted_nothing_is_said_to_have_met_nobody() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 9).await;
    let source = server.source("Bot", &[(anna, 1)]).await;
    server.contact(source, "1").await;
    server.delete(&format!("/api/v1/sources/{source}?force=true")).await.expect(StatusCode::NO_CONTENT);
    let staffing = server.show(&format!("/api/v1/reports/staffing?source_id={source}")).await;
    let hours = staffing.as_array().expect("a list");
    let sum = |name: &str| hours.iter().map(|hour| hour[name].as_f64().expect("a number")).sum::<f64>();
    assert_eq!([sum("arrived"), sum("unattended"), sum("expected")], [1.0, 0.0, 0.0]);
    server.close().await;
}

/// When somebody had more or fewer contacts: the feed says who got each, and when that ended.
fn changes(events: &Value, operator: i64) -> Vec<(i64, i64)> {
    let events = events.as_array().expect("a list");
    let mut changes = Vec::new();
    for contact in 1..=5 {
        let of_it = events.iter().filter(|event| event["contact_id"] == contact);
        let mut has_it = false;
        for event in of_it {
            let has = match event["kind"].as_str().expect("a word") {
                "contact_created" | "contact_assigned" | "contact_transferred" | "contact_reopened" => {
                    event["operator_id"] == operator
                }
                "contact_resolved" | "contact_released" | "contact_deleted" => false,
                _ => continue,
            };
            if has != has_it {
                changes.push((micros(&event["at"]), if has { 1 } else { -1 }));
            }
            has_it = has;
        }
    }
    changes.sort_unstable();
    changes
}

#[tokio::test]
async fn loads_are_what_the_feed_says_of_who_had_what() {
    let server = TestServer::open().await;
    let (anna, source) = a_busy_hour(&server).await;
    let boris = server.operator("Boris", 9).await;
    let held = server.show(&format!("/api/v1/contacts?operator_id={anna}&status=assigned")).await;
    let contact = held[0]["id"].as_i64().expect("an id");
    let transfer = json!({"operator_id": boris, "force": true});
    server.post(&format!("/api/v1/contacts/{contact}/transfer"), &transfer).await.expect(StatusCode::OK);
    let (loads, events) = (server.show("/api/v1/reports/loads").await, server.show("/api/v1/events?limit=1000").await);
    for load in loads.as_array().expect("a list") {
        let [from, to] = ["from", "to"].map(|name| micros(&load[name]));
        let (mut level, mut at, mut sum, mut max, mut full) = (0, from, 0, 0, 0);
        let limit = load["max_load"].as_i64().expect("a number");
        let changes = changes(&events, load["operator_id"].as_i64().expect("an id"));
        for (time, more) in changes.into_iter().chain([(to, 0)]) {
            (sum, full) = (sum + level * (time - at), full + if level >= limit { time - at } else { 0 });
            max = if time > at { level.max(max) } else { max };
            (level, at) = (level + more, time);
        }
        let number = |name: &str| load[name].as_f64().expect("a number");
        assert!((number("mean") - sum as f64 / (to - from) as f64).abs() < 1e-9, "{load}");
        assert!((number("full_hours") - full as f64 / 3.6e9).abs() < 1e-9, "{load}");
        assert_eq!(load["max"], json!(max), "{load}");
    }
    assert_eq!((&loads[0]["max"], &loads[1]["max"]), (&json!(2), &json!(1)), "{loads}");
    for by in ["hour", "day"] {
        let query = format!("by={by}&operator_id={anna}&zone=Asia/Kolkata");
        let by_time = server.show(&format!("/api/v1/reports/loads/by-time?{query}")).await;
        let buckets = by_time.as_array().expect("a list");
        let sum = |name: &str| buckets.iter().filter_map(|it| it[name].as_f64()).sum::<f64>();
        let held: f64 = buckets.iter().filter_map(|it| Some(it["mean"].as_f64()? * it["hours"].as_f64()?)).sum();
        let whole = server.show("/api/v1/reports/loads?zone=Asia/Kolkata").await;
        let hours = whole[0]["mean"].as_f64().expect("a number") * sum("hours");
        // Two answers end a moment apart.
        assert!((held - hours).abs() < 0.01, "{by}: {held}, {hours}");
        assert!((sum("full_hours") - whole[0]["full_hours"].as_f64().expect("a number")).abs() < 0.01, "{by}");
    }
    let of_source = server.show(&format!("/api/v1/reports/loads?source_id={source}")).await;
    assert_eq!((&of_source[0]["max"], &of_source[0]["full_hours"]), (&json!(2), &Value::Null));
    let file = server.get("/api/v1/reports/loads.csv").await.text;
    assert!(file.starts_with("operator_id,operator_name,mean,max,max_load,full_hours,from,to"), "{file}");
    let page = server.get("/reports?lang=en").await.text;
    assert!(page.contains("Contacts held") && page.contains(" on average, 3 at most"), "{page}");
    server
        .get("/api/v1/reports/loads/by-time?by=hour&from=2025-01-01&to=2025-03-01")
        .await
        .is_problem(422, "invalid-fields");
    server.close().await;
}

#[tokio::test]
async fn a_heat_map_says_that_it_is_cut_and_its_file_has_the_same_days() {
    let server = TestServer::open().await;
    let page = server.get("/reports?lang=en&from=2020-01-01&to=2022-01-01").await.text;
    assert!(page.contains("these are its last 400 days"), "{page}");
    let file = page.split("href=\"/api/v1/reports/staffing.csv").nth(1).and_then(|rest| rest.split('"').next());
    let file = file.expect("a link").replace("&#38;", "&").replace("&amp;", "&");
    let answer = server.get(&format!("/api/v1/reports/staffing.csv{file}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{file}: {}", answer.text);
    let page = server.get("/reports?lang=en&from=2022-01-01&to=2022-02-01").await.text;
    assert!(!page.contains("these are its last"));
    server.close().await;
}

#[tokio::test]
async fn hours_ahead_open_who_gets_a_contact_then_whatever_the_zone_of_the_report() {
    let server = TestServer::open().await;
    let anna = server.operator("Anna", 9).await;
    server.source("Bot", &[(anna, 1)]).await;
    let page = server.get("/reports?lang=en&heat=ahead&zone=Asia/Kathmandu").await.text;
    // Hours of Kathmandu begin at a quarter past those of UTC, in which pages are without a browser.
    let links: Vec<&str> = page.split("href=\"/check?").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let at_a_quarter = links.iter().filter(|link| link.ends_with("%3A15#who")).count();
    assert!(links.len() == 168 && at_a_quarter >= 167, "{links:?}");
    let who = server.get(&format!("/check?lang=en&{}", links[0].trim_end_matches("#who"))).await.text;
    assert!(who.contains("who-says"), "the first source is asked: {who}");
    server.close().await;
}

#[tokio::test]
async fn leave_of_the_past_is_no_work() {
    const DAY: i64 = 24 * 3_600_000_000;
    let server = TestServer::open().await;
    let always: Vec<Value> = (0..7).map(|day| json!({"day": day, "intervals": [["00:00", "24:00"]]})).collect();
    let calendar = json!({"name": "Always", "zone": "UTC", "days": always});
    server.post("/api/v1/calendars", &calendar).await.expect(StatusCode::CREATED);
    let anna = server.operator("Anna", 9).await;
    server.source("Bot", &[(anna, 1)]).await;
    server.patch(&format!("/api/v1/operators/{anna}"), &json!({"calendar_id": 1})).await.expect(StatusCode::OK);
    let today = clock::now().0.div_euclid(DAY) * DAY;
    let date = |days: i64| clock::rfc3339(Timestamp(today + days * DAY))[..10].to_owned();
    let leave = json!({"leave": [{"from": date(-2), "to": date(-2)}]});
    server.put(&format!("/api/v1/operators/{anna}/times"), &leave).await.expect(StatusCode::OK);
    let staffing = server.show(&format!("/api/v1/reports/staffing?from={}&to={}", date(-7), date(0))).await;
    let first_off = hour_of_week(today - 2 * DAY);
    for hour in 0..168 {
        let row = &staffing[hour as usize];
        let is_off = (hour - first_off).rem_euclid(168) < 24;
        assert_eq!((&row["hours"], &row["people"]), (&json!(1.0), &json!(if is_off { 0.0 } else { 1.0 })), "{row}");
    }
    server.close().await;
}

#[tokio::test]
async fn every_table_is_csv_too() {
    let server = TestServer::open().await;
    a_busy_hour(&server).await;
    for (report, rows) in [("summary", 2), ("shares", 1), ("operators", 1), ("arrivals", 7), ("staffing", 168)] {
        let answer = server.get(&format!("/api/v1/reports/{report}.csv")).await;
        assert_eq!(answer.status, StatusCode::OK, "{report}");
        assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8; header=present");
        let text = &answer.text;
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), rows + 1, "{text}");
        let columns = lines[0].split(',').count();
        assert!(lines.iter().all(|line| line.split(',').count() == columns), "{text}");
    }
    server.close().await;
}

#[tokio::test]
async fn a_report_of_nothing_known_is_refused() {
    let server = TestServer::open().await;
    for (query, parameter, reason) in [
        ("summary?zone=Mars/Olympus", "zone", "is not a time zone"),
        ("summary?from=2025-01-02&to=2025-01-01", "to", "is before from"),
        ("summary?from=yesterday", "from", "is not a time such as"),
        ("summary?from=2025-02-30", "from", "is not a time such as"),
        ("summary?from=1900-01-01", "from", "is more than 3700 days before the end"),
        ("summary?source_id=7", "source_id", "there is no source 7"),
        ("summary?operator_id=7", "operator_id", "there is no operator 7"),
        ("shares?source_id=7", "source_id", "there is no source 7"),
        ("staffing?from=2020-01-01&to=2022-01-01", "from", "is more than 400 days"),
        ("arrivals?by=minute", "by", "give one of hour, day, hour_of_week"),
        ("arrivals?by=hour&from=2020-01-01&to=2022-01-01", "from", "is more than 400 days"),
        ("arrivals?operator_id=1", "query", "is not a parameter of this call"),
    ] {
        for query in [query.to_owned(), query.replacen('?', ".csv?", 1)] {
            let answer = server.get(&format!("/api/v1/reports/{query}")).await;
            let problem = answer.expect(StatusCode::UNPROCESSABLE_ENTITY);
            let error = &problem["errors"][0];
            assert_eq!(error["parameter"], parameter, "{query}: {problem}");
            assert!(error["detail"].as_str().is_some_and(|detail| detail.contains(reason)), "{query}: {problem}");
        }
    }
    server.close().await;
}
