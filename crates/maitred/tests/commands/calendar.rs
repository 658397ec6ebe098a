//! `maitred calendar`, `why`, `who` and `lint`: what they say of a database, and closed days that go into a running
//! server.

use crate::place::{Place, office, said};
use maitred_app::{calendars, periods};
use maitred_core::command::{NewOperator, NewSource, Pause, SetWeight, Submit};
use maitred_core::{Command, OperatorId, SourceId, Timestamp};
use maitred_store::clock::now;
use serde_json::{Value, json};

/// Anna serves a source, is paused and full; a calendar is open from 9 to 18 on working days.
fn place() -> Place {
    let (calendar, _) = calendars::written(&office()).expect("nothing is wrong with it");
    let (source, operator) = (SourceId(1), OperatorId(1));
    Place::with([
        Command::CreateCalendar(calendar),
        Command::CreateOperator(NewOperator { max_load: 1, ..NewOperator::named("Anna") }),
        Command::CreateSource(NewSource::named("Bot")),
        Command::SetWeight(SetWeight { source, operator, weight: 1 }),
        Command::Submit(Submit::new(source, Vec::new())),
        Command::Pause(Pause { operator, until: None, reason: None }),
        Command::Submit(Submit::new(source, Vec::new())),
    ])
}

impl Place {
    /// What a command says that ends with this exit code.
    #[track_caller]
    fn told(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }

    fn json(&self, arguments: &[&str], code: i32) -> Value {
        serde_json::from_str(&self.told(arguments, code)).expect("JSON")
    }
}

#[test]
fn why_names_every_reason_and_what_is_not_there() {
    let place = place();
    let told = place.told(&["why", "1", "2"], 1);
    assert!(told.contains("Anna gets nothing") && told.contains("paused") && told.contains("full"), "{told}");
    let reasons = json!([{"reason": "paused", "until": null}, {"reason": "full", "until": null}]);
    assert_eq!(place.json(&["why", "1", "2", "--json"], 1), json!({"available": false, "reasons": reasons}));
    assert!(place.told(&["why", "9"], 2).contains("there is no operator 9"));
    assert!(place.told(&["why", "1", "9"], 2).contains("there is no contact 9"));
    assert!(place.told(&["why", "1", "--source", "9"], 2).contains("there is no source 9"));
    assert!(place.told(&["why", "1", "--at", "noon"], 2).contains("RFC 3339"));
}

#[test]
fn lint_ends_with_the_worst_that_it_finds() {
    let place = place();
    let told = place.told(&["lint"], 1);
    assert!(told.contains("source_nobody_now") && told.contains("Nobody serves Bot now"), "{told}");
    assert!(told.contains("error 1, warning 0, advice 0"), "{told}");
    let findings = place.json(&["lint", "--json"], 1);
    assert_eq!((&findings[0]["code"], &findings[0]["severity"]), (&json!("source_nobody_now"), &json!("error")));
    let command = |more: Command| {
        let anna = Command::CreateOperator(NewOperator { max_load: 1, ..NewOperator::named("Anna") });
        Place::with([anna, more])
    };
    let warned = command(Command::CreateOperator(NewOperator { max_load: 0, ..NewOperator::named("Boris") }));
    assert!(warned.told(&["lint"], 0).contains("operator_without_sources"));
    assert!(warned.told(&["lint", "--strict"], 1).contains("warning 2"));
    assert_eq!(Place::with([]).told(&["lint", "--strict"], 0), "Nothing is wrong.\n");
}

#[test]
fn who_names_those_who_get_a_contact_and_why_the_others_do_not() {
    let place = place();
    let told = place.told(&["who", "1"], 1);
    assert!(told.contains("waits: nobody may get it") && told.contains("paused, full"), "{told}");
    assert!(place.told(&["who", "9"], 2).contains("there is no source 9"));
    assert!(place.told(&["who", "1", "--at", "noon"], 2).contains("RFC 3339"));
    let (source, operator) = (SourceId(1), OperatorId(1));
    let fine = Place::with([
        Command::CreateOperator(NewOperator { max_load: 1, ..NewOperator::named("Anna") }),
        Command::CreateSource(NewSource::named("Bot")),
        Command::SetWeight(SetWeight { source, operator, weight: 1 }),
    ]);
    let told = fine.told(&["who", "1", "--at", "2099-12-05T23:00:00+03:00"], 0);
    assert!(told.contains("at 2099-12-05T20:00:00Z goes to one of those") && told.contains("100.0 %"), "{told}");
}

#[test]
fn a_calendar_is_shown_as_a_table_as_json_and_as_a_file() {
    let place = place();
    assert!(place.told(&["calendar", "list"], 0).contains("Office"));
    let table = place.told(&["calendar", "show", "1", "--days", "14"], 0);
    assert!(table.contains("Office (Europe/Berlin), the next 14 days") && table.contains("18:00"), "{table}");
    let intervals = place.json(&["calendar", "show", "1", "--days", "14", "--json"], 0);
    assert!(intervals.as_array().is_some_and(|all| (9..=11).contains(&all.len())), "{intervals}");
    let file = place.told(&["calendar", "show", "1", "--ics"], 0);
    assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.contains("SUMMARY:Office"), "{file}");
    assert!(place.told(&["calendar", "show", "9"], 2).contains("there is no calendar 9"));
}

#[test]
fn closed_days_of_a_file_go_into_a_running_server_once() {
    let place = place();
    let (served, url) = place.serve();
    // A Monday far enough ahead, whenever this runs; and an event at a time of day, which is no closed day.
    let days = (280..287).map(|day| Timestamp(now().0 + day * 86_400_000_000));
    let utc = periods::zone_or_utc(None);
    let written = |at, pattern| periods::local(&utc, at, pattern);
    let monday = days.into_iter().find(|day| written(*day, "%u") == "1").expect("a Monday");
    let (date, compact) = (written(monday, "%F"), written(monday, "%Y%m%d"));
    let file = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:{compact}\r\nSUMMARY:Party\r\n\
         END:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nDTSTART:{compact}T090000Z\r\nDTEND:{compact}T100000Z\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n"
    );
    let path = place.folder.path().join("party.ics");
    std::fs::write(&path, file).expect("a file");
    let import = |more: &[&str], code| {
        let all = [&["calendar", "import", "party.ics", "--calendar", "1", "--server", &url][..], more].concat();
        place.told(&all, code)
    };
    assert!(import(&["--dry-run"], 0).contains(&format!("would be closed on {date} as well")));
    assert!(import(&[], 0).contains(&format!("Office is closed on {date} as well")));
    assert!(import(&[], 0).contains("has all days of the file already"));
    std::fs::write(&path, "no calendar").expect("a file");
    assert!(import(&[], 2).contains("is not an iCalendar file"));
    drop(served);
    let open = place.json(&["calendar", "show", "1", "--days", "400", "--json"], 0);
    assert!(!open.to_string().contains(&format!("{date}T")), "{date}");
}
