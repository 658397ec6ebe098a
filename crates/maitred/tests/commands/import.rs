//! `maitred import`: files that are whole, broken off, repeated and wrong.

use crate::place::{Place, said};
use maitred_core::command::{NewOperator, NewSource};
use maitred_core::{Command, OperatorId, SourceId, SourceKind};
use serde_json::{Value, json};
use std::fs;
use std::process::{Output, Stdio};

/// With a source "Bot" (1, region RU) that Anna (1, max_load 3) serves.
fn place() -> Place {
    let source = NewSource { kind: SourceKind::Bot, default_region: Some("RU".into()), ..NewSource::named("Bot") };
    Place::with([
        Command::CreateOperator(NewOperator { max_load: 3, ..NewOperator::named("Anna") }),
        Command::CreateSource(source),
        Command::ReplaceWeights(SourceId(1), vec![(OperatorId(1), 10)]),
    ])
}

impl Place {
    /// Imports a file with these bytes.
    fn import(&self, bytes: impl AsRef<[u8]>, flags: &[&str]) -> Output {
        fs::write(self.folder.path().join("contacts.csv"), bytes).expect("it can be written");
        self.run(&[&["import", "contacts.csv"], flags].concat())
    }

    /// The report of an import that ended with this exit code.
    #[track_caller]
    fn report(&self, bytes: impl AsRef<[u8]>, code: i32) -> Value {
        let output = self.import(bytes, &["--json"]);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        serde_json::from_slice(&output.stdout).expect("stdout is JSON and nothing else")
    }

    fn contacts(&self) -> Vec<(String, Option<i64>, Option<String>)> {
        let conn = maitred_store::sqlite::open_read_only(&self.database).expect("it can be read");
        let sql = "SELECT min(value), operator_id, message FROM contacts JOIN identities USING (lead_id) \
                   GROUP BY contacts.id ORDER BY contacts.id";
        let mut statement = conn.prepare(sql).expect("it is SQL");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("it runs");
        rows.collect::<Result<_, _>>().expect("rows")
    }

    #[track_caller]
    fn assert_verifies(&self) {
        let output = self.run(&["verify"]);
        assert!(output.status.success(), "{}", said(&output));
    }
}

#[track_caller]
fn assert_counts(report: &Value, expected: [u64; 5]) {
    let names = ["rows", "assigned", "waiting", "imported_before", "wrong"];
    assert_eq!(names.map(|name| report[name].as_u64().expect("a number")), expected, "{report}");
}

const FILE: &str = "source,lead_phone,message
Bot,8 999 123-45-67,first
Bot,+7 999 123-45-68,second
Bot,+7 999 123-45-69,third
Bot,+7 999 123-45-70,fourth
";

#[test]
fn a_file_is_imported_and_its_contacts_are_assigned() {
    let place = place();
    let output = place.import(FILE, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("4 rows"), "{}", said(&output));
    let contacts = place.contacts();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(contacts[0], ("+79991234567".to_owned(), Some(1), text("first")));
    assert_eq!(contacts[3], ("+79991234570".to_owned(), None, text("fourth")));
    place.assert_verifies();
}

#[test]
fn the_same_file_again_adds_nothing() {
    let place = place();
    assert_counts(&place.report(FILE, 0), [4, 3, 1, 0, 0]);
    assert_counts(&place.report(FILE, 0), [4, 0, 0, 4, 0]);
    assert_eq!(place.contacts().len(), 4);
    place.assert_verifies();
}

#[test]
fn an_import_that_broke_off_is_completed_without_doubles() {
    let place = place();
    let lines: Vec<&str> = FILE.lines().collect();
    assert_counts(&place.report(lines[..3].join("\n"), 0), [2, 2, 0, 0, 0]);
    assert_counts(&place.report(FILE, 0), [4, 1, 1, 2, 0]);
    assert_eq!(place.contacts().len(), 4);
    place.assert_verifies();
}

#[test]
fn an_import_killed_with_9_is_completed_without_doubles() {
    let place = place();
    let rows: String = (1..=20_000).map(|n| format!("1,{n}\n")).collect();
    fs::write(place.folder.path().join("contacts.csv"), format!("source_id,lead_external_id\n{rows}")).expect("a file");
    let mut process = place.command(&["import", "contacts.csv"]).stdout(Stdio::null()).spawn().expect("it starts");
    std::thread::park_timeout(std::time::Duration::from_millis(400));
    process.kill().expect("it is ours");
    process.wait().expect("it ends");
    let output = place.run(&["import", "contacts.csv"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(place.contacts().len(), 20_000);
    place.assert_verifies();
}

#[test]
fn equal_rows_of_one_file_are_contacts_of_their_own() {
    let place = place();
    let twice = "source_id,lead_external_id,message\n1,x,hello\n1,x,hello\n";
    assert_counts(&place.report(twice, 0), [2, 2, 0, 0, 0]);
    assert_counts(&place.report(twice, 0), [2, 0, 0, 2, 0]);
    assert_eq!(place.contacts().len(), 2);
    place.assert_verifies();
}

const WRONG: &str = "source_id,source,lead_phone,lead_email,lead_name,priority,attributes
1,,+7 999 123-45-67,,Good,,
7,,,,,soon,[1]
,Nobody,+7 999 123-45-67,,,,
one,,x,,,,
,,x,,,,
1,,,,,,
,Bot,,a@b.example,Also good,2,\"{\"\"city\"\": \"\"Kazan\"\"}\"
";

#[test]
fn wrong_rows_are_listed_with_all_their_errors_and_right_ones_go_in() {
    let place = place();
    let report = place.report(WRONG, 1);
    assert_counts(&report, [7, 3, 0, 0, 4]);
    let errors = |at: usize| report["wrong_rows"][at]["errors"].as_array().expect("a list").clone();
    let lines: Vec<_> = (0..4).map(|at| report["wrong_rows"][at]["line"].as_u64()).collect();
    assert_eq!(lines, [3, 4, 5, 6].map(Some));
    assert_eq!(
        errors(0),
        ["there is no source 7; create it first", "attributes is not a JSON object such as {\"city\": \"Kazan\"}"]
    );
    assert_eq!(errors(1), ["there is no source \"Nobody\"; create it first"]);
    assert_eq!(errors(2), ["source_id \"one\" is not a whole number"]);
    assert_eq!(errors(3), ["has no source_id and no source"]);
    place.assert_verifies();
    let output = place.import(WRONG, &[]);
    assert_eq!(output.status.code(), Some(1));
    let listed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(listed.contains("line 3: there is no source 7; create it first; attributes is not"), "{listed}");
    assert!(listed.contains("import the same file again"), "{listed}");
}

#[test]
fn what_can_be_taken_is_repaired_and_listed() {
    let place = place();
    let long = "x".repeat(120);
    let file = format!("source_id,lead_phone,lead_name,priority\n1,+79991234567,{long},5000\n1,+79991234568,Anna,1\n");
    let report = place.report(&file, 0);
    assert_counts(&report, [2, 2, 0, 0, 0]);
    let repairs = [
        "lead_name was longer than 100 characters and was cut",
        "priority was beyond -1000 to 1000 and became the nearest of these",
    ];
    assert_eq!(report["repaired_rows"], json!([{"line": 2, "repairs": repairs}]));
    assert_counts(&place.report(&file, 0), [2, 0, 0, 2, 0]);
    place.assert_verifies();
}

#[test]
fn rows_that_say_nobody_are_leads_of_their_own() {
    let place = place();
    let file = "source_id,lead_phone,lead_name\n1,########,Vera\n1,########,Gleb\n1,7.99912E+10,Olga\n1,-,Ivan\n";
    assert_counts(&place.report(file, 0), [4, 3, 1, 0, 0]);
    let conn = maitred_store::sqlite::open_read_only(&place.database).expect("it can be read");
    let sql = "SELECT count(DISTINCT lead_id), (SELECT count(*) FROM identities), max(CASE id WHEN 1 THEN sent END) \
               FROM contacts";
    let row = conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("it runs");
    assert_eq!(row, (4, 0, "{\"lead_phone\":\"########\"}".to_owned()));
    assert_counts(&place.report(file, 0), [4, 0, 0, 4, 0]);
    place.assert_verifies();
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let place = place();
    let rows =
        ["source_id,lead_phone,message", "1,+79991234567,\"two\r\nlines\"", "", "9,,", "2,x,", "1,y,fine", "3,z,"];
    for end in ["\n", "\r\n"] {
        for mark in ["", "\u{feff}"] {
            let report = place.report(format!("{mark}{}", rows.join(end)), 1);
            let wrong = report["wrong_rows"].as_array().expect("a list");
            let lines: Vec<_> = wrong.iter().map(|row| row["line"].clone()).collect();
            assert_eq!(lines, [5, 6, 8], "lines end with {end:?}");
        }
    }
}

#[test]
fn a_row_with_more_fields_than_columns_is_wrong() {
    let place = place();
    let report = place.report("source_id,lead_phone,message\n1,+79991234567,Hello, I want to buy\n1,x,ok,,\n1,y\n", 1);
    assert_counts(&report, [3, 2, 0, 0, 1]);
    let error = report["wrong_rows"][0]["errors"][0].as_str().expect("a text");
    assert!(error.contains("4 fields for 3 columns") && error.contains("quotes"), "{error}");
}

#[test]
fn a_row_that_is_not_utf_8_is_wrong_and_the_next_goes_in() {
    let place = place();
    let report = place.report(b"source_id,lead_phone,message\n1,x,\xcf\xf0\n1,+79991234567,ok\n", 1);
    assert_counts(&report, [2, 1, 0, 0, 1]);
    let error = report["wrong_rows"][0]["errors"][0].as_str().expect("a text");
    assert!(error.starts_with("is not UTF-8") && error.contains("--encoding windows-1251"), "{error}");
}

#[test]
fn a_byte_order_mark_does_not_hide_the_first_column() {
    for header in ["\u{feff}source_id,lead_phone", "\u{feff}\"source_id\",\"lead_phone\""] {
        assert_counts(&place().report(format!("{header}\r\n1,+79991234567\r\n"), 0), [1, 1, 0, 0, 0]);
    }
}

#[test]
fn a_message_may_have_lines_and_quotes() {
    let place = place();
    place.report("source_id,lead_phone,message\n1,+79991234567,\"Hello,\nI said \"\"buy\"\".\"\n", 0);
    assert_eq!(place.contacts()[0].2.as_deref(), Some("Hello,\nI said \"buy\"."));
}

#[test]
fn a_dry_run_changes_nothing() {
    let place = place();
    let before = fs::read(&place.database).expect("it can be read");
    let output = place.import(WRONG, &["--dry-run"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("7 rows, 3 can be imported, 4 are wrong"), "{}", said(&output));
    assert!(fs::read(&place.database).expect("it can be read") == before, "the file changed");
    assert!(place.contacts().is_empty());
}

#[test]
fn a_dry_run_makes_no_database_and_runs_beside_a_server() {
    let nothing = Place::empty();
    let output = nothing.import(FILE, &["--dry-run"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("there is no database"), "{}", said(&output));
    assert!(!nothing.database.exists());
    let place = place();
    let _served = place.serve();
    let output = place.import(FILE, &["--dry-run"]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_file_that_is_not_there_is_named_and_makes_no_database() {
    let place = Place::empty();
    let output = place.run(&["import", "nowhere.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("nowhere.csv"), "{}", said(&output));
    assert!(!place.database.exists());
}

#[test]
fn a_header_without_a_source_or_an_identity_is_refused_with_the_known_columns() {
    for header in ["lead_phone,message", "source_id,message", ""] {
        let output = place().import(format!("{header}\n1,2\n"), &[]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("columns that are known: source_id, source, lead_ext"), "{}", said(&output));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_import_beside_a_server_is_refused() {
    let place = place();
    let _served = place.serve();
    let output = place.import(FILE, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("is in use by another maitred server"), "{}", said(&output));
}

#[test]
fn a_file_is_imported_into_a_running_server() {
    let place = place();
    let (served, url) = place.serve();
    let elsewhere = Place::empty();
    let send = |file: &str, code: i32| {
        let output = elsewhere.import(file, &["--server", &url, "--json"]);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let rows: String = (10..60).map(|n| format!("Bot,8 999 123-45-{n},row {n}\n")).collect();
    let file = format!("source,lead_phone,message\n{rows}Nobody,1,x\n");
    let report = send(&file, 1);
    assert_counts(&report, [51, 3, 47, 0, 1]);
    assert_counts(&send(&file, 1), [51, 0, 0, 50, 1]);
    let corrected = file.replace("message", "message,city").replace("row 10", "row 10,Kazan");
    let report = send(&corrected, 1);
    assert_eq!(report["changed_rows"], json!([{"line": 2, "added": ["attributes/city"], "kept": []}]));
    assert!(!elsewhere.database.exists(), "the database of this machine is not touched");
    drop(served);
    assert_counts(&place.report(&file, 1), [51, 0, 0, 50, 1]);
    assert_eq!(place.contacts().len(), 50);
    place.assert_verifies();
    let output = elsewhere.import(&file, &["--server", "ftp://nowhere"]);
    assert!(said(&output).contains("is no address"), "{}", said(&output));
}

#[test]
fn a_quote_that_is_not_closed_spoils_one_row() {
    let place = place();
    let more: String = (0..9).map(|n| format!("Bot,202555010{n},fine\n")).collect();
    let file = format!("source,lead_phone,message\nBot,2025550109,\"Call me\n{more}");
    let report = place.report(&file, 1);
    assert_counts(&report, [10, 3, 6, 0, 1]);
    assert_eq!(report["wrong_rows"], json!([{"line": 2, "errors": ["a quote is opened and not closed"]}]));
    let output = place.import(&file, &["--dry-run"]);
    assert!(said(&output).contains("line 2: a quote is opened and not closed"), "{}", said(&output));
    let report = place.report("source,lead_phone,message\nBot,1,\"x\"y\nBot,2,\"two\nlines\"\n", 1);
    assert_counts(&report, [2, 0, 1, 0, 1]);
    let error = report["wrong_rows"][0]["errors"][0].as_str().expect("a text");
    assert!(error.contains("follows a closing quote"), "{error}");
    place.assert_verifies();
}

#[test]
fn a_quote_that_is_not_closed_in_the_header_is_an_error() {
    let output = place().import("source,lead_phone,\"message\nBot,1,x\n", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("line 1: a quote is opened and not closed"), "{}", said(&output));
}

#[test]
fn headers_are_read_however_they_are_written_and_other_columns_are_attributes() {
    let place = place();
    let file = "source,Phone,Name,msg,prio,utm_source,Город\n,,,,,,\nBot,+79991234567,Anna,Hi,5,ads,Казань\n";
    let report = place.report(file, 0);
    assert_counts(&report, [1, 1, 0, 0, 0]);
    assert_eq!(report["attribute_columns"], json!(["utm_source", "Город"]));
    let renamed = json!({"lead_name": "Name", "lead_phone": "Phone", "message": "msg", "priority": "prio"});
    assert_eq!(report["renamed_columns"], renamed);
    assert_eq!(place.contacts(), [("+79991234567".to_owned(), Some(1), Some("Hi".to_owned()))]);
    assert_eq!(place.kept("attributes"), ["{\"utm_source\":\"ads\",\"Город\":\"Казань\"}"]);
    assert_eq!(place.kept("priority"), ["5"]);
    let russian = "Источник;Телефон;Имя;Сообщение\nbot;8 999 123-45-68;Вера;Привет\n";
    let output = place.import(russian, &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("Телефон as lead_phone"), "{}", said(&output));
    place.assert_verifies();
}

impl Place {
    /// A column of all contacts, as text.
    fn kept(&self, column: &str) -> Vec<String> {
        let conn = maitred_store::sqlite::open_read_only(&self.database).expect("it can be read");
        let sql = format!("SELECT CAST({column} AS TEXT) FROM contacts ORDER BY id");
        let mut statement = conn.prepare(&sql).expect("it is SQL");
        let rows = statement.query_map([], |row| row.get(0)).expect("it runs");
        rows.collect::<Result<_, _>>().expect("texts")
    }
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn files_are_read_as_programs_save_them() {
    let file = "source;lead_phone;lead_name\r\nBot;8 999 123-45-67;Вера\r\n";
    let tabs = file.replace(';', "\t");
    let cp1251: Vec<u8> = file.chars().map(|c| if c.is_ascii() { c as u8 } else { (c as u32 - 0x350) as u8 }).collect();
    let encoded: [(Vec<u8>, &[&str]); 8] = [
        (file.into(), &[]),
        (tabs.clone().into(), &[]),
        (format!("sep=;\n{file}").into(), &[]),
        (format!("\u{feff}\"sep=\t\"\n{tabs}").into(), &[]),
        (utf16(&format!("\u{feff}{tabs}"), u16::to_le_bytes), &[]),
        (utf16(&format!("\u{feff}{tabs}"), u16::to_be_bytes), &[]),
        (utf16(file, u16::to_le_bytes), &[]),
        (cp1251, &["--encoding", "windows-1251"]),
    ];
    for (at, (bytes, flags)) in encoded.into_iter().enumerate() {
        let place = place();
        let output = place.import(bytes, flags);
        assert!(output.status.success(), "{at}: {}", said(&output));
        assert_eq!(place.contacts(), [("+79991234567".to_owned(), Some(1), None)], "{at}");
        let conn = maitred_store::sqlite::open_read_only(&place.database).expect("it can be read");
        let name: String = conn.query_row("SELECT name FROM leads", [], |row| row.get(0)).expect("a lead");
        assert_eq!(name, "Вера", "{at}");
    }
}

#[test]
fn what_cannot_be_read_is_called_what_it_is() {
    let cases: [(&[u8], &str); 4] = [
        (b"PK\x03\x04rest", "is a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "save it as \"CSV UTF-8\""),
        (b"\xe8\xf1\xf2\xee;\xf2\xe5\xeb\n1;2\n", "--encoding windows-1251"),
        (b"a|b|\x1b[31mc\n1|2|3\n", "the first line is: a|b|"),
    ];
    for (bytes, expected) in cases {
        let output = place().import(bytes, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
}

#[test]
fn the_export_of_lead_ads_is_read_as_it_comes() {
    let place = place();
    let file = "\u{feff}id\tcreated_time\tform_id\tplatform\tfull_name\tphone_number\temail\n\
                l:1201\t2026-01-02T03:04:05+00:00\tf:77\tig\tАнна Петрова\tp:+79991234567\tanna@example.com\n";
    let bytes = utf16(file, u16::to_le_bytes);
    let output = place.import(&bytes, &[]);
    assert!(said(&output).contains("--source NAME"), "{}", said(&output));
    let flags = ["--source", "Bot", "--json"];
    for counts in [[1, 1, 0, 0, 0], [1, 0, 0, 1, 0]] {
        let output = place.import(&bytes, &flags);
        assert_counts(&serde_json::from_slice(&output.stdout).expect("JSON"), counts);
    }
    assert_eq!(place.contacts()[0].0, "+79991234567");
    let attributes: Value = serde_json::from_str(&place.kept("attributes")[0]).expect("JSON");
    assert_eq!((&attributes["platform"], &attributes["id"]), (&json!("ig"), &json!("l:1201")));
    // The id of the form that was sent in says which contact it is, whatever else was corrected.
    let corrected = utf16(&file.replace("Петрова", "Иванова"), u16::to_le_bytes);
    let output = place.import(corrected, &flags);
    assert_counts(&serde_json::from_slice(&output.stdout).expect("JSON"), [1, 0, 0, 1, 0]);
    place.assert_verifies();
}

#[test]
fn a_corrected_file_completes_what_was_imported() {
    let place = place();
    place.report("source,lead_phone,message\nBot,8 999 123-45-67,Hi\nBot,8 999 123-45-68,Hi\n", 0);
    let corrected = "source,lead_phone,lead_name,message,city\n\
                     Bot,8 999 123-45-67,Anna,Hi,Kazan\nBot,+7 999 123-45-68,,Hi,\n";
    let report = place.report(corrected, 0);
    assert_counts(&report, [2, 0, 0, 1, 0]);
    assert_eq!(report["changed"], 1);
    assert_eq!(report["changed_rows"], json!([{"line": 2, "added": ["lead_name", "attributes/city"], "kept": []}]));
    let differs = place.report("source,lead_phone,lead_name,message\nBot,8 999 123-45-67,Gleb,Hi\n", 0);
    assert_eq!(differs["changed_rows"], json!([{"line": 2, "added": [], "kept": ["lead_name"]}]));
    assert_counts(&place.report(corrected, 0), [2, 0, 0, 2, 0]);
    assert_eq!(place.contacts().len(), 2);
    assert_eq!(place.kept("coalesce(sent, '')"), ["{\"lead_name\":\"Gleb\"}", ""]);
    let with_events = "source,lead_phone,source_event_id\nBot,1,a\nBot,1,b\nBot,2,a\n";
    assert_counts(&place.report(with_events, 0), [3, 1, 1, 1, 0]);
    place.assert_verifies();
}

#[test]
fn what_was_exported_for_a_spreadsheet_reads_back() {
    for separator in [',', ';'] {
        let csv = maitred_app::csv::Csv { separator };
        let mut file = maitred_app::csv::MARK.to_owned();
        csv.add(&mut file, ["id", "source", "lead_name", "lead_phone", "message", "priority"]);
        csv.add(&mut file, ["7", "Bot", "=1+1", "+79991234567, +79991234568", "- one;\n\"two\", '=three", "-5"]);
        let place = place();
        assert_counts(&place.report(&file, 0), [1, 1, 0, 0, 0]);
        let [(phone, operator, message)] = &place.contacts()[..] else { panic!("one contact") };
        assert_eq!((phone.as_str(), operator), ("+79991234567", &Some(1)));
        assert_eq!(message.as_deref(), Some("- one;\n\"two\", '=three"));
        assert_eq!(place.kept("priority"), ["-5"]);
        let conn = maitred_store::sqlite::open_read_only(&place.database).expect("it can be read");
        let name: String = conn.query_row("SELECT name FROM leads", [], |row| row.get(0)).expect("a lead");
        assert_eq!(name, "=1+1");
        place.assert_verifies();
    }
}
