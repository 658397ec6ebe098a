//! What commands print, refuse and leave behind, one after the other.

use crate::place::{Place, assert_ends, office, program, said};
use maitred_app::calendars;
use std::process::Stdio;

#[test]
fn the_demo_prints_json_and_leaves_a_database_that_verifies() {
    let place = Place::empty();
    let output = place.run(&["demo", "--contacts", "300", "--json"]);
    assert_ends(&output, 0, &[]);
    let shares: serde_json::Value = serde_json::from_slice(&output.stdout).expect("stdout is JSON and nothing else");
    assert_eq!(shares.as_array().map(Vec::len), Some(5));
    assert_ends(&place.run(&["verify"]), 0, &[]);
    assert_ends(&place.run(&["demo"]), 2, &["demo data is loaded already; remove it first"]);
}

#[test]
fn the_demo_can_be_removed_and_loaded_again() {
    let place = Place::empty();
    assert_ends(&place.run(&["demo", "remove"]), 0, &["There is no demo data"]);
    for _ in 0..2 {
        assert_ends(&place.run(&["demo", "--contacts", "50"]), 0, &["maitred demo remove"]);
        assert_ends(&place.run(&["demo", "remove"]), 0, &["The demo data is removed"]);
        assert_ends(&place.run(&["verify"]), 0, &[]);
    }
    let stats = place.run(&["stats", "--json"]);
    assert!(!said(&stats).contains("Telegram Bot"), "{}", said(&stats));
}

#[test]
fn beside_a_server_the_demo_says_where_it_is_loaded() {
    let place = Place::empty();
    let _server = maitred_store::Engine::open(&maitred_store::url::DatabaseUrl::Sqlite(place.database.clone()));
    for arguments in [&["demo"][..], &["demo", "remove"]] {
        assert_ends(&place.run(arguments), 2, &["is in use by another maitred server", "on its page /demo"]);
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let place = Place::empty();
    for arguments in [&["demo", "--contacts", "1"][..], &["migrate"], &["stats"]] {
        let mut command = place.command(arguments);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        drop(process.stdout.take());
        assert_ends(&process.wait_with_output().expect("it ends"), 0, &[]);
    }
}

#[test]
fn migrate_says_what_it_did() {
    let place = Place::empty();
    let newest = maitred_store::sqlite::newest_version();
    let created = format!("was created with schema version {newest}");
    assert_ends(&place.run(&["migrate"]), 0, &[&created]);
    let nothing = format!("has schema version {newest} already; nothing to do");
    assert_ends(&place.run(&["migrate"]), 0, &[&nothing]);
    assert_ends(&place.run(&["verify"]), 0, &[]);
    let empty = Place::empty();
    std::fs::write(&empty.database, "").expect("an empty file");
    assert_ends(&empty.run(&["migrate"]), 0, &[&format!("from schema version 0 to {newest}")]);
}

#[test]
fn help_tells_every_option() {
    let help = |arguments: &[&str]| {
        let output = program(arguments).arg("--help").output().expect("the program runs");
        assert_ends(&output, 0, &["--database", "--config"]);
        said(&output)
    };
    for (command, options) in [
        ("serve", &["--listen", "--queue-max", "--shutdown-deadline-s"][..]),
        ("import", &["<FILE>", "--dry-run", "--json"]),
        ("demo", &["--contacts", "--json"]),
        ("explain", &["<CONTACT>", "--json"]),
        ("why", &["<OPERATOR>", "[CONTACT]", "--source", "--at", "--json"]),
        ("calendar list", &["--json"]),
        ("calendar show", &["<CALENDAR>", "--days", "--json", "--ics"]),
        ("calendar import", &["<FILE>", "--calendar", "--server", "--dry-run"]),
        ("verify", &["--json"]),
        ("stats", &["--json"]),
        ("bench", &["--seconds", "--stored", "--operators", "--quick", "--json"]),
        ("copy", &["--from", "--to", "--start-over", "--json"]),
        ("migrate", &[]),
        ("completions", &["<SHELL>", "bash", "zsh", "fish", "elvish", "powershell"]),
        ("man", &["--out"]),
        ("keys create", &["--name", "--role", "--source", "--operator", "--expires", "--json"]),
        ("keys list", &["--json"]),
        ("keys revoke", &["<ID>"]),
        ("users add", &["<NAME>", "--role", "--operator", "--password-stdin", "--json"]),
        ("users list", &["--json"]),
        ("users disable", &["<NAME>"]),
        ("users enable", &["<NAME>"]),
        ("users password", &["<NAME>", "--password-stdin"]),
        ("users logout", &["<NAME>"]),
    ] {
        let text = help(&command.split(' ').collect::<Vec<_>>());
        let command = command.split(' ').next().expect("a word");
        options.iter().for_each(|option| assert!(text.contains(option), "{command}: no {option} in {text}"));
        assert!(help(&[]).contains(command), "{command} is not in the list of commands");
    }
}

#[test]
fn completions_and_manual_pages_need_no_settings() {
    let Place { folder, .. } = Place::empty();
    std::fs::write(folder.path().join("maitred.toml"), "nonsense = 1").expect("a file of settings that is wrong");
    for (arguments, word) in [(&["completions", "bash"][..], "complete -F _maitred"), (&["man"], ".TH maitred 1")] {
        let mut command = program(arguments);
        command.current_dir(&folder).env("DATABASE_URL", "nonsense");
        assert_ends(&command.output().expect("it runs"), 0, &[word]);
    }
}

#[test]
fn what_is_not_known_is_refused_with_2() {
    let commands = [
        "serve", "import", "demo", "explain", "why", "calendar", "verify", "stats", "copy", "bench", "migrate", "keys",
        "users",
    ];
    for command in commands {
        assert_ends(&program(&[command, "--nonsense"]).output().expect("it runs"), 2, &["--nonsense"]);
    }
    assert_ends(&program(&["nonsense"]).output().expect("it runs"), 2, &["nonsense"]);
}

/// Figures of no time at all say nothing, but everything that is measured is done once.
#[test]
fn the_bench_measures_all_there_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let smallest = ["bench", "--seconds", "0", "--stored", "50", "--operators", "3", "--json"];
    let output = program(&smallest).current_dir(folder.path()).output().expect("the program runs");
    assert_ends(&output, 0, &["200 boards open", "keys on", "3 operators", "50 stored, 5 timers"]);
}

/// What may not reach a terminal from a text that somebody wrote: control characters, characters that only format,
/// separators of lines.
fn moves(c: char) -> bool {
    c != '\n' && c.is_control() || maitred_core::names::is_format(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

#[test]
fn no_output_lets_a_stored_text_move_what_is_around_it() {
    use maitred_core::command::{NewOperator, NewSource, Submit};
    use maitred_core::{Command, Identity, IdentityKind, OperatorId, SourceId};
    const EVIL: &str = "A\u{1b}[2J\u{202e}\u{9b}1m\u{2028}\u{200b}B";
    let identities = vec![Identity::new(IdentityKind::ExternalId, EVIL)];
    let (mut calendar, _) = calendars::written(&office()).expect("nothing is wrong with it");
    calendar.name = EVIL.into();
    let place = Place::with([
        Command::CreateCalendar(calendar),
        Command::CreateOperator(NewOperator { max_load: 1, ..NewOperator::named(EVIL) }),
        Command::CreateSource(NewSource::named(EVIL)),
        Command::ReplaceWeights(SourceId(1), vec![(OperatorId(1), 10)]),
        Command::Submit(Submit {
            lead_name: Some(EVIL.into()),
            message: Some(EVIL.into()),
            ..Submit::new(SourceId(1), identities)
        }),
    ]);
    let file = place.folder.path().join("contacts.csv");
    std::fs::write(&file, format!("source,phone,{EVIL}\n\"{EVIL}\",1,{EVIL}\nno{EVIL},2,x\n")).expect("a file");
    let file = file.to_str().expect("a path");
    for arguments in [
        &["explain", "1"][..],
        &["explain", "1", "--json"],
        &["why", "1"],
        &["why", "1", "--json"],
        &["calendar", "list"],
        &["calendar", "list", "--json"],
        &["calendar", "show", "1"],
        &["calendar", "show", "1", "--ics"],
        &["stats"],
        &["stats", "--json"],
        &["verify"],
        &["leads", "export", "1"],
        &["keys", "create", "--name", EVIL, "--role", "admin"],
        &["keys", "list"],
        &["keys", "list", "--json"],
        &["import", file, "--dry-run"],
        &["import", file, "--json"],
        &["import", EVIL],
    ] {
        let output = place.run(arguments);
        // Lines of an iCalendar file end so.
        let said = said(&output).replace("\r\n", "\n");
        assert!(!said.is_empty() && !said.contains(moves), "{arguments:?}: {said:?}");
        if arguments.contains(&"--json") || arguments.contains(&"export") {
            serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("stdout is JSON");
        }
    }
}
