//! Reading pages: their prose, code, tables, links and figures.

use std::fs;
use std::path::{Path, PathBuf};

pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

pub fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// Every text of the repository by its path from the root, but for what is built or hidden.
pub fn files() -> Vec<String> {
    let mut files = Vec::new();
    collect(root(), &mut files);
    assert!(files.iter().any(|path| path == "README.md"), "the search missed the README");
    files.sort_unstable();
    files
}

fn collect(folder: &Path, files: &mut Vec<String>) {
    const ENDS: [&str; 9] = ["md", "rs", "toml", "sql", "sh", "yml", "yaml", "snap", "txt"];
    for entry in fs::read_dir(folder).expect("folders of the repository are readable") {
        let path: PathBuf = entry.expect("entries of the repository are readable").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_ours = name != "target" && (!name.starts_with('.') || name == ".github");
        if path.is_dir() && is_ours {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| ENDS.iter().any(|known| end == *known)) {
            let path = path.strip_prefix(root()).expect("it lies below the root");
            files.push(path.to_string_lossy().into_owned());
        }
    }
}

/// Every page.
pub fn pages() -> impl Iterator<Item = String> {
    files().into_iter().filter(|path| path.ends_with(".md"))
}

/// A page without its blocks of code.
pub fn prose(page: &str) -> String {
    read(page).split("```").step_by(2).collect()
}

/// Its blocks of code.
pub fn code(page: &str) -> Vec<String> {
    read(page).split("```").skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of the table whose header begins like this, cell by cell, without the header and the line below it.
pub fn table(page: &str, header: &str) -> Vec<Vec<String>> {
    let text = prose(page);
    let lines: Vec<&str> = text.lines().collect();
    let mut tables = lines.split(|line| !line.starts_with('|')).filter(|lines| !lines.is_empty());
    let rows = tables.find(|table| table[0].starts_with(header)).unwrap_or_default();
    assert!(rows.len() > 2, "{page} has no table {header}");
    let cells = |row: &&str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.iter().skip(2).map(cells).collect()
}

/// The rows of all tables.
pub fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| line.starts_with('|'))
}

/// What stands in backticks.
pub fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Where links lead: a path from the folder of the page, and behind `#` a heading.
pub fn links(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(|target| target.split_once('#').unwrap_or((target, "")))
}

/// The names by which links find the headings of a page, as GitHub makes them.
pub fn anchors(page: &str) -> Vec<String> {
    let name = |heading: &str| {
        let kept = heading.trim().to_lowercase();
        kept.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c)).collect::<String>().replace(' ', "-")
    };
    prose(page).lines().filter(|line| line.starts_with('#')).map(|line| name(line.trim_start_matches('#'))).collect()
}

/// What a translation leaves as it is: figures and code, in an order that does not depend on that of the words.
pub fn facts(text: &str) -> (Vec<u64>, Vec<&str>) {
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
