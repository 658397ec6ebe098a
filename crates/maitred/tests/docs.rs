//! Keeps the pages true: what they say of files, tables of states, limits and settings is compared with the code, and
//! the Russian README with the English one. Whether they read well is for people to say.

use maitred_api::body::read::ATTRIBUTES_DEPTH_MAX;
use maitred_api::compat::lists::LIST_ROWS_MAX;
use maitred_api::once::KEY_CHARS_MAX;
use maitred_api::v1;
use maitred_app::auth::{AT_ONCE_MAX, KEYS_MAX, REMEMBERED_MAX, WAITING_MAX};
use maitred_app::batcher::BATCH_MAX;
use maitred_core::Status;
use maitred_core::limits::{DRAIN_MAX, EVENT_ID_CHARS_MAX, MEMBERS_MAX, MERGE_CONTACTS_MAX, STICKY_LOOKBACK_MAX};
use maitred_store::accounts::{SESSIONS_MAX, USERS_MAX};
use maitred_store::views::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use maitred_web::edge::BODY_SECONDS_MAX;
use maitred_web::problem::ERRORS_MAX;
use maitred_web::telemetry::REQUEST_SECONDS_MAX;
use maitred_web::{STREAMS_MAX, edge};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const READMES: [&str; 2] = ["README.md", "README.ru.md"];
/// Where names of files in ARCHITECTURE.md may begin.
const ROOTS: [&str; 9] = [
    "",
    "crates",
    "crates/maitred/src",
    "crates/maitred-core/src",
    "crates/maitred-store/src",
    "crates/maitred-app/src",
    "crates/maitred-web/src",
    "crates/maitred-api/src",
    "crates/maitred-console/src",
];
/// Folders of machines that nobody else has, in two halves, so that this file names none of them.
const PRIVATE: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];

#[test]
fn the_table_of_states_is_that_of_the_code() {
    let rows = table("ARCHITECTURE.md", "| from |");
    let pairs = rows.iter().flat_map(|row| row[1].split(", ").map(|to| (row[0].as_str(), to)));
    let told: BTreeSet<_> = pairs.collect();
    let arrows = Status::ALL.into_iter().flat_map(|from| Status::ALL.map(|to| (from, to)));
    let known: BTreeSet<_> =
        arrows.filter(|(from, to)| from.may_become(*to)).map(|(from, to)| (from.as_str(), to.as_str())).collect();
    assert_eq!(told, known);
}

#[test]
fn every_file_that_the_map_names_is_there() {
    let map = table("ARCHITECTURE.md", "| where | what |");
    let mapped = map.iter().flat_map(|row| quoted(&row[0])).filter(|path| !root().join("crates").join(path).exists());
    assert_eq!(mapped.collect::<Vec<_>>(), Vec::<&str>::new());

    let page = prose("ARCHITECTURE.md");
    let is_path = |word: &&str| [".rs", ".sh", ".sql", ".md", "/"].iter().any(|end| word.ends_with(end));
    let is_there = |path: &str| ROOTS.iter().any(|folder| root().join(folder).join(path).exists());
    let missing: Vec<_> = quoted(&page).filter(is_path).filter(|path| !is_there(path)).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names files that are not there: {missing:?}");
}

#[test]
fn the_limits_are_those_of_the_code() {
    let rows = table("ARCHITECTURE.md", "| what | limit |");
    let check = |constant: &str, value: u64| {
        let row = rows.iter().find(|row| quoted(&row[2]).any(|name| name == constant));
        let row = row.unwrap_or_else(|| panic!("ARCHITECTURE.md has no limit {constant}"));
        assert!(numbers(&row[1]).contains(&value), "{constant} is {value}, not {}", row[1]);
    };
    check("batcher::BATCH_MAX", BATCH_MAX as u64);
    check("limits::DRAIN_MAX", DRAIN_MAX as u64);
    check("limits::MEMBERS_MAX", MEMBERS_MAX as u64);
    check("limits::MERGE_CONTACTS_MAX", MERGE_CONTACTS_MAX);
    check("limits::STICKY_LOOKBACK_MAX", STICKY_LOOKBACK_MAX as u64);
    check("views::PAGE_ROWS_MAX", PAGE_ROWS_MAX.into());
    check("views::PAGE_ROWS_DEFAULT", PAGE_ROWS_DEFAULT.into());
    check("telemetry::REQUEST_SECONDS_MAX", REQUEST_SECONDS_MAX);
    check("body::BODY_SECONDS_MAX", BODY_SECONDS_MAX);
    check("edge::URL_BYTES_MAX", edge::URL_BYTES_MAX as u64);
    check("edge::HEADERS_MAX", edge::HEADERS_MAX as u64);
    check("edge::UNREAD_SECONDS_MAX", edge::UNREAD_SECONDS_MAX);
    check("edge::HANDSHAKE_SECONDS_MAX", edge::HANDSHAKE_SECONDS_MAX);
    check("read::ATTRIBUTES_DEPTH_MAX", ATTRIBUTES_DEPTH_MAX as u64);
    check("copy::PAGE_ROWS_MAX", maitred_store::copy::PAGE_ROWS_MAX as u64);
    check("copy::PAGE_BYTES_MAX", (maitred_store::copy::PAGE_BYTES_MAX >> 20) as u64);
    check("lists::LIST_ROWS_MAX", LIST_ROWS_MAX as u64);
    check("access::KEYS_MAX", KEYS_MAX as u64);
    check("access::USERS_MAX", USERS_MAX as u64);
    check("access::SESSIONS_MAX", SESSIONS_MAX as u64);
    check("access::AT_ONCE_MAX", AT_ONCE_MAX as u64);
    check("access::WAITING_MAX", WAITING_MAX as u64);
    check("access::REMEMBERED_MAX", REMEMBERED_MAX as u64);
    check("http::STREAMS_MAX", STREAMS_MAX as u64);
    check("once::KEY_CHARS_MAX", KEY_CHARS_MAX as u64);
    check("limits::EVENT_ID_CHARS_MAX", EVENT_ID_CHARS_MAX as u64);
    check("problem::ERRORS_MAX", ERRORS_MAX as u64);
}

#[test]
fn the_settings_are_those_of_the_command_line() {
    let settings = settings();
    for page in READMES {
        let rows = table_with(page, "`--listen`");
        let first = |cell: &str| quoted(cell).next().unwrap_or_default().to_owned();
        let told: BTreeSet<_> = rows.iter().map(|row| (first(&row[0]), first(&row[1]))).collect();
        let known = settings.iter().map(|setting| (setting.flag.clone(), setting.variable.clone())).collect();
        assert_eq!(told, known, "{page}");
        for setting in &settings {
            let row = rows.iter().find(|row| first(&row[0]) == setting.flag).expect("the sets are equal");
            assert!(row[3].contains(&setting.default), "{page}: {} is {} by default", setting.flag, setting.default);
            let key = setting.flag.trim_start_matches('-').replace('-', "_");
            assert!(row[2].is_empty() && key == "config" || first(&row[2]) == key, "{page}: the TOML key is {key}");
        }
    }
}

#[test]
fn the_calls_are_those_of_the_document() {
    let (_, document) = v1::documented_calls();
    let known: BTreeSet<String> = document
        .paths
        .paths
        .iter()
        .flat_map(|(path, calls)| {
            let calls = serde_json::to_value(calls).expect("a document is JSON");
            let methods: Vec<_> = calls.as_object().into_iter().flatten().map(|(key, _)| key.to_uppercase()).collect();
            methods.into_iter().map(move |method| format!("{method} {path}"))
        })
        .collect();
    for page in READMES {
        let rows = table_with(page, "`GET POST /operators`");
        let calls = rows.iter().flat_map(|row| quoted(&row[1])).filter_map(|call| call.rsplit_once(' '));
        let told: BTreeSet<String> = calls
            .flat_map(|(methods, path)| methods.split(' ').map(move |method| format!("{method} /api/v1{path}")))
            .collect();
        assert_eq!(told, known, "{page}");
    }
}

#[test]
fn both_readmes_say_the_same() {
    let [english, russian] = READMES.map(prose);
    let levels = |text: &str| -> Vec<usize> {
        let headings = text.lines().filter(|line| line.starts_with('#'));
        headings.map(|line| line.len() - line.trim_start_matches('#').len()).collect()
    };
    assert_eq!(levels(&english), levels(&russian), "headings");
    for (english, russian) in rows(&english).zip(rows(&russian)) {
        assert_eq!(facts(english), facts(russian), "figures and code of {english}");
    }
    assert_eq!(facts(&english), facts(&russian), "figures and code in the text");
    let [english, russian] = READMES.map(code);
    assert_eq!(english, russian, "code");
}

#[test]
fn every_link_leads_somewhere() {
    for (page, text) in texts().iter().filter(|(path, _)| path.ends_with(".md")) {
        let folder = Path::new(page).parent().expect("a page lies in a folder");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let elsewhere = target.is_empty() || target.contains("://");
            assert!(
                elsewhere || root().join(folder).join(target).exists(),
                "{page} links {target}, which is not there"
            );
        }
    }
}

#[test]
fn no_file_names_a_folder_of_somebodys_machine() {
    for (path, text) in texts() {
        let found = text.lines().position(|line| PRIVATE.iter().any(|folder| line.contains(folder)));
        assert_eq!(found.map(|before| format!("{path}:{}", before + 1)), None);
    }
}

/// One setting as `--help` tells of it.
struct Setting {
    flag: String,
    variable: String,
    /// The first word of the default; empty if there is none.
    default: String,
}

fn settings() -> Vec<Setting> {
    let help = Command::new(env!("CARGO_BIN_EXE_maitred")).arg("--help").output().expect("the program starts");
    let help = String::from_utf8(help.stdout).expect("help is UTF-8");
    let (_, settings) = help.split_once("Settings:").expect("--help has settings");
    let (settings, _) = settings.split_once("First steps:").expect("--help ends with first steps");
    let settings = settings.split_whitespace().collect::<Vec<_>>().join(" ");
    let behind = |text: &str, mark: &str| -> String {
        let rest = text.split_once(mark).map_or("", |(_, rest)| rest);
        rest.split([']', ' ', ',']).next().unwrap_or_default().to_owned()
    };
    let each = settings.split("--").skip(1);
    each.map(|text| Setting {
        flag: format!("--{}", text.split(' ').next().unwrap_or_default()),
        variable: behind(text, "[env: "),
        default: behind(text, "[default: "),
    })
    .collect()
}

/// The rows of the table whose header begins like this, cell by cell.
fn table(page: &str, header: &str) -> Vec<Vec<String>> {
    let rows: Vec<_> =
        tables(page).into_iter().find(|table| table[0].starts_with(header)).into_iter().flatten().collect();
    assert!(rows.len() > 2, "{page} has no table {header}");
    cells(&rows)
}

/// The rows of the table that has this somewhere.
fn table_with(page: &str, text: &str) -> Vec<Vec<String>> {
    let found = tables(page).into_iter().find(|table| table.iter().any(|row| row.contains(text)));
    cells(&found.unwrap_or_else(|| panic!("{page} has no table with {text}")))
}

fn tables(page: &str) -> Vec<Vec<String>> {
    let text = prose(page);
    let lines: Vec<&str> = text.lines().collect();
    let tables = lines.split(|line| !line.starts_with('|')).filter(|lines| !lines.is_empty());
    tables.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()).collect()
}

/// Without the header and the line below it.
fn cells(rows: &[String]) -> Vec<Vec<String>> {
    let cells = |row: &String| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.iter().skip(2).map(cells).collect()
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    read(page).split("```").step_by(2).collect()
}

/// Its blocks of code, without the comments in them.
fn code(page: &str) -> Vec<String> {
    let text = read(page);
    let blocks = text.split("```").skip(1).step_by(2);
    blocks.map(|block| block.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")).collect()
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| line.starts_with('|'))
}

/// What a translation leaves as it is: figures and code, in an order that does not depend on that of the words.
fn facts(text: &str) -> (Vec<u64>, Vec<&str>) {
    let (mut figures, mut code) = (numbers(text), quoted(text).collect::<Vec<_>>());
    figures.sort_unstable();
    code.sort_unstable();
    (figures, code)
}

/// The whole numbers of a text; a space between thousands is part of one.
fn numbers(text: &str) -> Vec<u64> {
    let chars: Vec<char> = text.chars().collect();
    let is_digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let groups = |at: usize| chars[at] == ' ' && at > 0 && is_digit(at - 1) && (1..=3).all(|next| is_digit(at + next));
    let kept = (0..chars.len()).filter(|at| !groups(*at)).map(|at| chars[at]);
    kept.collect::<String>().split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// Every text of the repository with its path from the root, but for what is built or hidden.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    collect(root(), &mut texts);
    assert!(texts.iter().any(|(path, _)| path == "README.md"), "the search missed the README");
    texts
}

fn collect(folder: &Path, texts: &mut Vec<(String, String)>) {
    const ENDS: [&str; 9] = ["md", "rs", "toml", "sql", "sh", "yml", "yaml", "snap", "txt"];
    for entry in fs::read_dir(folder).expect("folders of the repository are readable") {
        let path: PathBuf = entry.expect("entries of the repository are readable").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_ours = name != "target" && (!name.starts_with('.') || name == ".github");
        if path.is_dir() && is_ours {
            collect(&path, texts);
        } else if path.extension().is_some_and(|end| ENDS.iter().any(|known| end == *known)) {
            let shown = path.strip_prefix(root()).expect("it lies below the root").to_string_lossy().into_owned();
            texts.push((shown, fs::read_to_string(&path).expect("texts are readable UTF-8")));
        }
    }
}
