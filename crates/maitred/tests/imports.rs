//! Keeps imports pointing one way: crates as the table of ARCHITECTURE.md has them, and the modules of each crate
//! without a circle. What the compiler checks (a crate uses only its dependencies) is left to it; circles among the
//! modules of one crate it allows, and this does not.
//!
//! It reads sources as text: `crate::module` and `super::module` in code, not in comments and not in unit tests. A name
//! that a crate's root re-exports counts for the module that it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each crate may use those before it.
const ORDER: [&str; 12] = [
    "maitred-core",
    "maitred-calendar",
    "maitred-mapping",
    "maitred-webhooks",
    "maitred-push",
    "maitred-store",
    "maitred-telegram",
    "maitred-app",
    "maitred-web",
    "maitred-api",
    "maitred-console",
    "maitred",
];

/// How jiff is asked for a zone by its name. It then takes the system's database, however old it is.
const ZONES_OF_JIFF: [&str; 6] =
    ["TimeZone::get(", "TimeZone::system", "tz::db()", ".in_tz(", "Zoned>()", "TimeZoneDatabase::from_env"];

/// Beside each other: neither may use the other.
const SIBLINGS: (&str, &str) = ("maitred-api", "maitred-console");

/// The rules of the core and the state that they change: a rule names the state, and the state, which commands are to
/// be loaded for. They are one thing in several files.
const ONE_THING: [&str; 6] = ["answer", "command", "event", "idempotency", "routing", "world"];

type Edges = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

#[test]
fn crates_use_only_crates_below_them() {
    for (place, name) in ORDER.into_iter().enumerate() {
        let manifest = fs::read_to_string(crates().join(name).join("Cargo.toml")).expect("each crate has a manifest");
        let (_, dependencies) = manifest.split_once("[dependencies]").expect("each crate has dependencies");
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        for used in dependencies.lines().filter_map(|line| line.split(['.', ' ']).next()) {
            let Some(below) = ORDER.iter().position(|known| *known == used) else { continue };
            assert!(below < place, "{name} uses {used}, which is above it");
            assert!((used, name) != SIBLINGS, "{name} uses {used}; what both need belongs into maitred-web");
        }
    }
    let found = fs::read_dir(crates()).expect("the folder of crates is readable").count();
    assert_eq!(found, ORDER.len(), "a crate is missing in the order above");
}

#[test]
fn modules_of_a_crate_import_in_no_circle() {
    let circles: Vec<String> = ORDER.iter().flat_map(|name| circles_of(name)).collect();
    assert!(
        circles.is_empty(),
        "\n{}\nTo fix it: move what both need into a module of its own below them, or hand it over where both are put \
         together.\n",
        circles.join("\n")
    );
}

/// All parts of maitred must mean the same by a zone: see `zones.rs` of maitred-calendar.
#[test]
fn time_zones_come_from_one_place() {
    let mut found = Vec::new();
    for name in ORDER {
        let mut files = Vec::new();
        collect(&crates().join(name).join("src"), &crates().join(name).join("src"), &mut files);
        for (path, text) in files {
            let code = without_tests(&text).lines().filter(|line| !line.trim_start().starts_with("//"));
            let asking = code.filter(|line| ZONES_OF_JIFF.iter().any(|asking| line.contains(asking)));
            found.extend(asking.map(|line| format!("{name}/src/{path}: {}", line.trim())));
        }
    }
    assert!(found.is_empty(), "ask maitred_calendar::zones() instead:\n{}", found.join("\n"));
}

#[test]
fn a_circle_is_found() {
    let of = |pairs: &[(&str, &str)]| {
        let mut edges = Edges::new();
        for (from, to) in pairs {
            edges.entry((*from).into()).or_default().entry((*to).into()).or_default().insert("file.rs".into());
        }
        circles(&edges)
    };
    assert!(of(&[("a", "b"), ("b", "c"), ("a", "c")]).is_empty());
    assert_eq!(of(&[("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")]), [BTreeSet::from(["b".into(), "c".into()])]);
}

#[test]
fn imports_are_found() {
    let roots = BTreeMap::from([("Thing".to_owned(), "b".to_owned())]);
    let modules = BTreeSet::from(["a", "b", "c"].map(str::to_owned));
    let check = |code: &str, depth: usize, expected: &[&str]| {
        assert_eq!(
            imports(code, depth, &modules, &roots),
            expected.iter().map(|m| (*m).to_owned()).collect(),
            "{code}"
        );
    };
    check("use crate::b::X;", 1, &["b"]);
    check("use crate::{a, b::{X, c}, Thing};", 1, &["a", "b"]);
    check("use crate::Thing;", 1, &["b"]);
    check("let x = crate::c::f();", 2, &["c"]);
    check("use super::c;", 1, &["c"]);
    check("use super::c;", 2, &[]);
    check("use super::super::{a, Thing};", 2, &["a", "b"]);
    check("// crate::a", 1, &[]);
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate lies in the folder of crates").to_owned()
}

/// A line for each circle of a crate, with the files that close it.
fn circles_of(name: &str) -> Vec<String> {
    let edges = edges_of(&crates().join(name).join("src"));
    let shown = |circle: BTreeSet<String>| {
        let inside = edges.iter().filter(|(from, _)| circle.contains(*from));
        let arrows = inside.flat_map(|(from, uses)| uses.iter().map(move |(to, files)| (from, to, files)));
        let arrows = arrows.filter(|(_, to, _)| circle.contains(*to));
        let arrows: Vec<_> = arrows.map(|(from, to, files)| format!("    {from} -> {to} in {files:?}")).collect();
        format!("{name}: {circle:?} import one another:\n{}", arrows.join("\n"))
    };
    let is_one_thing = |circle: &BTreeSet<String>| {
        name == "maitred-core" && circle.iter().all(|module| ONE_THING.contains(&module.as_str()))
    };
    circles(&edges).into_iter().filter(|circle| !is_one_thing(circle)).map(shown).collect()
}

/// What each top-level module of a crate imports of the others, and in which files.
fn edges_of(source: &Path) -> Edges {
    let mut files = Vec::new();
    collect(source, source, &mut files);
    let modules: BTreeSet<String> = files.iter().map(|(path, _)| top(path)).filter(|top| top != "lib").collect();
    let root = files.iter().find(|(path, _)| path == "lib.rs").expect("each crate has a lib.rs");
    let re_exports = re_exports(&root.1);
    let mut edges = Edges::new();
    for (path, text) in &files {
        let (module, depth) = (top(path), depth(path));
        for used in imports(without_tests(text), depth, &modules, &re_exports) {
            if modules.contains(&module) && used != module {
                edges.entry(module.clone()).or_default().entry(used).or_default().insert(path.clone());
            }
        }
    }
    edges
}

/// Sources by their path within the crate; tests are left out.
fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("folders of sources are readable") {
        let path = entry.expect("entries are readable").path();
        let shown = path.strip_prefix(root).expect("it is below").display().to_string();
        let is_test = shown.split(['/', '.']).any(|part| part == "tests" || part == "testing");
        if path.is_dir() {
            collect(root, &path, files);
        } else if shown.ends_with(".rs") && !is_test {
            files.push((shown, fs::read_to_string(&path).expect("sources are readable")));
        }
    }
}

/// The module at the top of a crate that a file belongs to.
fn top(path: &str) -> String {
    path.split(['/', '.']).next().unwrap_or_default().to_owned()
}

/// How many `super` lead from a file to the root of its crate.
fn depth(path: &str) -> usize {
    path.matches('/').count() + usize::from(!path.ends_with("mod.rs"))
}

fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}

/// Which module each name comes from that the root of a crate re-exports.
fn re_exports(root: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for statement in root.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        let Some((module, items)) = statement.split_once("::") else { continue };
        for item in items.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|item| !item.is_empty()) {
            names.insert(item.to_owned(), module.trim().to_owned());
        }
    }
    names
}

/// The modules at the top of the crate that code names.
fn imports(
    code: &str,
    depth: usize,
    modules: &BTreeSet<String>,
    re_exports: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect();
    let to_root = ["crate::".to_owned(), "super::".repeat(depth)];
    let mut found = BTreeSet::new();
    for prefix in to_root {
        for (at, _) in code.match_indices(&prefix) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            found.extend(first_names(&code[at + prefix.len()..]));
        }
    }
    let module = |name: String| if modules.contains(&name) { Some(name) } else { re_exports.get(&name).cloned() };
    found.into_iter().filter_map(module).collect()
}

/// The names directly behind a path: one, or those of a list in braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned);
    let Some(list) = rest.strip_prefix('{') else { return name(rest).into_iter().collect() };
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.extend(name(&list[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.extend(name(&list[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

/// Groups of modules each of which reaches each other (strongly connected components of more than one).
fn circles(edges: &Edges) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<String>> = edges.keys().map(|from| (from, reachable(from, edges))).collect();
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    for (from, reached) in &reach {
        if !reached.contains(*from) || circles.iter().any(|circle| circle.contains(*from)) {
            continue;
        }
        let back = |other: &&String| reach.get(*other).is_some_and(|reached| reached.contains(*from));
        circles.push(reached.iter().filter(back).cloned().collect());
    }
    circles
}

fn reachable(from: &str, edges: &Edges) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(module) = open.pop() {
        for next in edges.get(&module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    reached
}
