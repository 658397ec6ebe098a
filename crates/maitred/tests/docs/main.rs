//! Keeps the pages true. Tables of states, limits, settings, commands, calls and routes are made from the code
//! (`tables`, `limits`); files, links and commands that pages name have to exist; the Russian README says what the
//! English one says. Whether pages read well is for people to say.

mod limits;
mod pages;
mod tables;

use maitred::cli;
use pages::{anchors, code, facts, files, links, pages, prose, quoted, read, root, rows, table};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const READMES: [&str; 2] = ["README.md", "README.ru.md"];
/// Folders of machines that nobody else has, in two halves, so that this file names none of them.
const PRIVATE: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];

#[test]
fn every_crate_is_on_the_map() {
    let map = table("ARCHITECTURE.md", "| crate |");
    let mapped: BTreeSet<String> = map.iter().flat_map(|row| quoted(&row[0])).map(str::to_owned).collect();
    assert_eq!(mapped, crates().into_iter().collect());
}

#[test]
fn every_file_that_the_map_names_is_there() {
    let page = prose("ARCHITECTURE.md");
    let own = |name: String| [format!("crates/{name}/src"), format!("crates/{name}/tests")];
    let roots: Vec<_> =
        [String::new(), "crates".to_owned()].into_iter().chain(crates().into_iter().flat_map(own)).collect();
    let is_path = |word: &&str| [".rs", ".sh", ".sql", ".md", "/"].iter().any(|end| word.ends_with(end));
    let is_there = |path: &str| roots.iter().any(|folder| root().join(folder).join(path).exists());
    let missing: Vec<_> = quoted(&page).filter(is_path).filter(|path| !is_there(path)).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names files that are not there: {missing:?}");
}

/// The folders of `crates`.
fn crates() -> Vec<String> {
    let folders = fs::read_dir(root().join("crates")).expect("there are crates");
    folders.map(|entry| entry.expect("crates are readable").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_table_is_in_the_table_of_personal_data() {
    use maitred_store::schema::{
        ACCESS, DELIVERIES, ENDPOINTS, KEYS, MAIL_FAULTS, MAIL_NOTICES, PUSH_BROWSERS, PUSH_KEY, PUSH_NOTICES,
        SESSIONS, TABLES, TELEGRAM, TELEGRAM_BOTS, TELEGRAM_CHATS, TELEGRAM_CODES, TELEGRAM_NOTICES, TELEGRAM_TURNS,
        UNDELIVERED, USERS, WEBHOOKS,
    };
    let rows = table("docs/security.md", "| where | what is personal |");
    let named: BTreeSet<&str> = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    let beside = [
        &ACCESS,
        &KEYS,
        &USERS,
        &SESSIONS,
        &ENDPOINTS,
        &UNDELIVERED,
        &DELIVERIES,
        &WEBHOOKS,
        &TELEGRAM,
        &TELEGRAM_BOTS,
        &TELEGRAM_CHATS,
        &TELEGRAM_CODES,
        &TELEGRAM_NOTICES,
        &TELEGRAM_TURNS,
        &MAIL_NOTICES,
        &MAIL_FAULTS,
        &PUSH_KEY,
        &PUSH_BROWSERS,
        &PUSH_NOTICES,
    ];
    let all: BTreeSet<&str> = TABLES.iter().chain(&beside).map(|table| table.name).collect();
    let missing: Vec<_> = all.difference(&named).collect();
    assert!(missing.is_empty(), "docs/security.md does not say what is personal in {missing:?}");
    let unknown: Vec<_> = named.difference(&all).collect();
    assert!(unknown.is_empty(), "docs/security.md names tables that there are not: {unknown:?}");
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
    let without_comments = |block: String| -> String {
        block.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
    };
    let [english, russian] = READMES.map(|page| code(page).into_iter().map(without_comments).collect::<Vec<_>>());
    assert_eq!(english, russian, "code");
}

#[test]
fn maitred_is_installed_before_it_is_used() {
    for page in READMES {
        let text = read(page);
        let installed = text.find("cargo install --path crates/maitred").expect("the README says how to install it");
        let used = text.find("\nmaitred").expect("the README says how to use it");
        assert!(installed < used, "{page} uses maitred before it is installed");
    }
}

#[test]
fn every_command_in_the_pages_is_one_that_maitred_takes() {
    let mut seen = 0;
    for page in pages() {
        let blocks = code(&page);
        let lines = blocks.iter().filter(|block| block.starts_with("sh\n")).flat_map(|block| block.lines());
        for line in lines.filter(|line| line.starts_with("maitred ")) {
            let taken = cli::command().try_get_matches_from(words(line));
            assert!(taken.is_ok(), "{page}: {line}: {}", taken.map(|_| ()).unwrap_err());
            seen += 1;
        }
    }
    assert!(seen > 0, "the search missed all commands");
}

/// What a shell makes of a line, up to the first thing that is not of the command itself.
fn words(line: &str) -> Vec<String> {
    let ends = [" >", " |", " &&", " #", " <"];
    let end = ends.iter().filter_map(|end| line.find(end)).min().unwrap_or(line.len());
    let quotes = line[..end].split('"').enumerate();
    let mut words = Vec::new();
    for (at, part) in quotes {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let folder = Path::new(&page).parent().expect("a page lies in a folder");
        let text = prose(&page);
        for (target, heading) in links(&text).filter(|(target, _)| !target.contains("://")) {
            let path = if target.is_empty() { page.clone() } else { within_root(&folder.join(target)) };
            assert!(root().join(&path).exists(), "{page} links {target}, which is not there");
            let is_found = heading.is_empty() || anchors(&path).iter().any(|anchor| anchor == heading);
            assert!(is_found, "{page} links {target}#{heading}, and there is no such heading");
        }
    }
}

/// A path without the `..` in it.
fn within_root(path: &Path) -> String {
    let mut parts: Vec<_> = Vec::new();
    for part in path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()) {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[test]
fn every_series_of_metrics_is_explained_to_those_who_watch() {
    let page = read("docs/operating.md");
    let ends = ["_total", "_seconds", "_contacts", "_commands", "_connections"];
    let mut seen = 0;
    for path in files().into_iter().filter(|path| path.contains("/src/") && path.ends_with(".rs")) {
        let text = read(&path);
        let named =
            text.split('"').filter(|word| word.starts_with("maitred_") && ends.iter().any(|end| word.ends_with(end)));
        for series in named.filter(|word| word.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')) {
            assert!(page.contains(&format!("`{series}`")), "docs/operating.md has no row for {series}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn every_page_that_the_code_names_is_there() {
    for path in files().into_iter().filter(|path| !path.ends_with(".md")) {
        let text = read(&path);
        let named =
            text.split(|c: char| c.is_whitespace() || "`\"'()[]<>,;:".contains(c)).map(|word| word.trim_matches('.'));
        let pages = named.filter(|word| word.starts_with("docs/") && word.ends_with(".md"));
        let missing: Vec<_> = pages.filter(|page| !root().join(page).exists()).collect();
        assert!(missing.is_empty(), "{path} names pages that are not there: {missing:?}");
    }
}

#[test]
fn no_file_names_a_folder_of_somebodys_machine() {
    for path in files() {
        let text = read(&path);
        let found = text.lines().position(|line| PRIVATE.iter().any(|folder| line.contains(folder)));
        assert_eq!(found.map(|before| format!("{path}:{}", before + 1)), None);
    }
}
