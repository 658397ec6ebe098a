//! `maitred calendar` and `maitred why`: what they say of a database, and closed days that go into a running server.

use maitred_app::Requester;
use maitred_app::batcher::Batcher;
use maitred_app::{calendars, periods};
use maitred_calendar::{Calendar, Day, LocalInterval};
use maitred_core::Command;
use maitred_core::command::{NewOperator, NewSource, Pause, SetWeight, Submit};
use maitred_core::{OperatorId, SourceId, Timestamp};
use maitred_store::Engine;
use maitred_store::clock::now;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Output, Stdio};

/// A folder with a database: Anna serves a source, is paused and full; a calendar is open from 9 to 18 on working days.
struct Place {
    folder: tempfile::TempDir,
    database: PathBuf,
}

/// A server; killed when dropped.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn place() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("maitred.db");
    let engine = Engine::open(&format!("sqlite://{}", database.display()).parse().expect("a URL")).expect("it opens");
    let (batcher, running) = Batcher::start(engine, 16).expect("it starts");
    let day = |day| Day { day, intervals: vec![LocalInterval("09:00".to_owned(), "18:00".to_owned())] };
    let definition = Calendar {
        name: "Office".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        cycle_days: 7,
        days: (0..5).map(day).collect(),
        ..Calendar::default()
    };
    let (calendar, _) = calendars::written(&definition).expect("nothing is wrong with it");
    let (source, operator) = (SourceId(1), OperatorId(1));
    let commands = [
        Command::CreateCalendar(calendar),
        Command::CreateOperator(NewOperator { max_load: 1, ..NewOperator::named("Anna") }),
        Command::CreateSource(NewSource::named("Bot")),
        Command::SetWeight(SetWeight { source, operator, weight: 1 }),
        Command::Submit(Submit::new(source, Vec::new())),
        Command::Pause(Pause { operator, until: None, reason: None }),
        Command::Submit(Submit::new(source, Vec::new())),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for command in commands {
        runtime.block_on(batcher.execute(Requester::SYSTEM, command)).expect("it is carried out");
    }
    drop(batcher);
    running.stop().expect("it stops");
    Place { folder, database }
}

impl Place {
    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_maitred"));
        let url = format!("sqlite://{}", self.database.display());
        command.current_dir(self.folder.path()).env_clear().args(arguments).args(["--database", &url]);
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> String {
        let output = self.command(arguments).output().expect("the program runs");
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }

    fn json(&self, arguments: &[&str], code: i32) -> Value {
        serde_json::from_str(&self.run(arguments, code)).expect("JSON")
    }

    /// A server, and its address.
    fn serve(&self) -> (Served, String) {
        let mut server = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = server.stderr(Stdio::piped()).spawn().expect("the server starts");
        let lines = BufReader::new(process.stderr.take().expect("its stderr is ours")).lines();
        let served = Served(process);
        let mut lines = lines.map_while(Result::ok);
        let line = lines.by_ref().find(|line| line.contains("http://")).expect("the server says where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        let address = line[line.find("http://").expect("it is there")..].split(|c: char| c.is_whitespace() || c == ',');
        (served, address.map(str::to_owned).next().expect("an address"))
    }
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

#[test]
fn why_names_every_reason_and_what_is_not_there() {
    let place = place();
    let told = place.run(&["why", "1", "2"], 1);
    assert!(told.contains("Anna gets nothing") && told.contains("paused") && told.contains("full"), "{told}");
    let reasons = json!([{"reason": "paused", "until": null}, {"reason": "full", "until": null}]);
    assert_eq!(place.json(&["why", "1", "2", "--json"], 1), json!({"available": false, "reasons": reasons}));
    assert!(place.run(&["why", "9"], 2).contains("there is no operator 9"));
    assert!(place.run(&["why", "1", "9"], 2).contains("there is no contact 9"));
    assert!(place.run(&["why", "1", "--source", "9"], 2).contains("there is no source 9"));
    assert!(place.run(&["why", "1", "--at", "noon"], 2).contains("RFC 3339"));
}

#[test]
fn a_calendar_is_shown_as_a_table_as_json_and_as_a_file() {
    let place = place();
    assert!(place.run(&["calendar", "list"], 0).contains("Office"));
    let table = place.run(&["calendar", "show", "1", "--days", "14"], 0);
    assert!(table.contains("Office (Europe/Berlin), the next 14 days") && table.contains("18:00"), "{table}");
    let intervals = place.json(&["calendar", "show", "1", "--days", "14", "--json"], 0);
    assert!(intervals.as_array().is_some_and(|all| (9..=11).contains(&all.len())), "{intervals}");
    let file = place.run(&["calendar", "show", "1", "--ics"], 0);
    assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.contains("SUMMARY:Office"), "{file}");
    assert!(place.run(&["calendar", "show", "9"], 2).contains("there is no calendar 9"));
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
        place.run(&all, code)
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
