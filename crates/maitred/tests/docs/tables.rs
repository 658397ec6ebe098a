//! Tables in the pages that are made from the code: between `<!-- table: NAME -->` and `<!-- end -->`. `make docs`
//! writes them, and without `UPDATE_DOCS=1` the test here says which of them are out of date.

use crate::limits;
use crate::pages::{files, read, root};
use maitred::{cli, config, server};
use maitred_api::dialect::Dialect;
use maitred_core::Status;
use maitred_store::accounts::Role;
use maitred_web::routes::Route;
use maitred_web::rules::{May, Row};
use std::fmt::Write;
use std::{env, fs};

/// The page, the name of the table, and what makes it.
type Table = (&'static str, &'static str, fn() -> String);

const TABLES: [Table; 6] = [
    ("ARCHITECTURE.md", "states", states),
    ("ARCHITECTURE.md", "limits", limits::table),
    ("docs/api.md", "calls", calls),
    ("docs/commands.md", "commands", commands),
    ("docs/configuration.md", "settings", settings),
    ("docs/security.md", "routes", routes),
];

#[test]
fn the_tables_are_those_of_the_code() {
    let is_update = env::var_os("UPDATE_DOCS").is_some();
    for (page, name, make) in TABLES {
        let text = read(page);
        let wanted = with_table(&text, page, name, &make());
        if is_update && text != wanted {
            fs::write(root().join(page), &wanted).expect("pages can be written");
        } else if text != wanted {
            let changed = text.lines().zip(wanted.lines()).find(|(now, then)| now != then);
            panic!(
                "{page}: the table {name} is out of date; run `make docs`. The first line that differs: {changed:?}"
            );
        }
    }
}

#[test]
fn every_marked_table_is_made() {
    let marks = files().into_iter().filter(|path| path.ends_with(".md")).flat_map(|page| {
        let text = read(&page);
        let names = text.split("\n<!-- table: ").skip(1).filter_map(|rest| rest.split_once(" -->"));
        names.map(|(name, _)| (page.clone(), name.to_owned())).collect::<Vec<_>>()
    });
    let mut marks: Vec<_> = marks.collect();
    let mut known = TABLES.map(|(page, name, _)| (page.to_owned(), name.to_owned()));
    marks.sort_unstable();
    known.sort_unstable();
    assert_eq!(marks, known);
}

/// The page with this table between its marks.
fn with_table(text: &str, page: &str, name: &str, table: &str) -> String {
    let start = format!("<!-- table: {name} -->\n");
    let parts = text.split_once(&start).and_then(|(before, rest)| Some((before, rest.split_once("<!-- end -->")?.1)));
    let (before, after) = parts.unwrap_or_else(|| panic!("{page} has no marks for the table {name}"));
    format!("{before}{start}\n{table}\n<!-- end -->{after}")
}

/// A table in Markdown.
fn markdown(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = format!("| {} |\n|{}\n", header.join(" | "), "---|".repeat(header.len()));
    for row in rows {
        let cells: Vec<_> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        writeln!(table, "| {} |", cells.join(" | ")).expect("a string takes all");
    }
    table
}

fn states() -> String {
    let rows = Status::ALL.into_iter().map(|from| {
        let reached = Status::ALL.into_iter().filter(|to| from.may_become(*to)).map(Status::as_str);
        vec![from.as_str().to_owned(), reached.collect::<Vec<_>>().join(", ")]
    });
    markdown(&["from", "may become"], rows)
}

fn settings() -> String {
    let rows = config::settings().iter().map(|setting| {
        let key = if setting.name == "config" { String::new() } else { format!("`{}`", setting.name) };
        let default = setting.default.map_or_else(|| "none".to_owned(), |default| format!("`{default}`"));
        let flag = format!("`{}`", setting.flag());
        vec![flag, format!("`{}`", setting.env), key, default, setting.accepts.to_string(), setting.help.to_owned()]
    });
    markdown(&["flag", "environment", "TOML", "default", "values", "what it sets"], rows)
}

fn commands() -> String {
    let mut rows = Vec::new();
    list(&cli::command(), &mut rows);
    markdown(&["command", "what it does"], rows)
}

/// A command, or the commands that it consists of.
fn list(command: &clap::Command, rows: &mut Vec<Vec<String>>) {
    for sub in command.get_subcommands() {
        let sub = sub.clone().bin_name(format!("{} {}", command.get_bin_name().unwrap_or("maitred"), sub.get_name()));
        if sub.has_subcommands() {
            list(&sub, rows);
        } else {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            rows.push(vec![format!("`{}`", sub.get_bin_name().unwrap_or_default()), about.replace('\n', " ")]);
        }
    }
}

/// What the API's document describes, with its summary there.
fn calls() -> String {
    let rows = server::routes(&[]).into_iter().filter_map(|Route { method, path, row, summary }| {
        let call = path.starts_with("/api/").then(|| format!("`{method} {path}`"))?;
        let summary = summary.unwrap_or_else(|| panic!("{call} has no summary"));
        Some(vec![call, summary, who(row)])
    });
    markdown(&["call", "what it does", "who may call it"], rows)
}

fn who(row: Row) -> String {
    let roles = Role::ALL.into_iter().zip(row).filter(|(_, may)| *may != May::No);
    let names = roles.map(|(role, may)| match may {
        May::Yes => role.as_str().to_owned(),
        limited => format!("{} ({})", role.as_str(), limited.as_str()),
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Everything else: what the table of calls says is said there.
fn routes() -> String {
    let routes = server::routes(&Dialect::MOUNTED).into_iter().filter(|route| !route.path.starts_with("/api/"));
    let rows = routes.map(|Route { method, path, row, .. }| {
        let cells = row.map(|may| may.as_str().to_owned());
        [format!("`{method} {path}`")].into_iter().chain(cells).collect()
    });
    let header: Vec<_> = ["call"].into_iter().chain(Role::ALL.map(Role::as_str)).collect();
    markdown(&header, rows)
}
