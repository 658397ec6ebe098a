//! Every crate that maitred is built of has a licence that deny.toml allows; what only tests use is not given away.
//! cargo-deny says the same and more (scripts/audit.sh); this needs neither it nor a network.

use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn allowed() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let list: toml::Table = text.parse().expect("TOML");
    let list = list["licenses"]["allow"].as_array().expect("a list");
    list.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
}

/// Whether an SPDX expression can be met with these licences. A slash is an old way to write OR.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "\u{1}");
    let words: Vec<String> = spaced.split_whitespace().map(|word| word.replace('\u{1}', " WITH ")).collect();
    let mut words = words.iter().map(String::as_str).peekable();
    any(&mut words, allowed) && words.next().is_none()
}

type Words<I> = std::iter::Peekable<I>;

fn any<'a, I: Iterator<Item = &'a str>>(words: &mut Words<I>, allowed: &[String]) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all<'a, I: Iterator<Item = &'a str>>(words: &mut Words<I>, allowed: &[String]) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one<'a, I: Iterator<Item = &'a str>>(words: &mut Words<I>, allowed: &[String]) -> bool {
    match words.next() {
        Some("(") => {
            let met = any(words, allowed);
            met && words.next() == Some(")")
        }
        Some(name) => allowed.iter().any(|known| known == name),
        None => false,
    }
}

#[test]
fn every_crate_has_a_licence_that_is_allowed() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--workspace",
            "--all-features",
            "--offline",
            "--locked",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}\t{l}",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).expect("UTF-8");
    let crates: std::collections::BTreeMap<&str, &str> =
        tree.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('\t')).collect();
    assert!(crates.len() > 200, "cargo lists the crates");
    let allowed = allowed();
    let refused: Vec<_> = crates.into_iter().filter(|(_, licence)| !is_met(licence, &allowed)).collect();
    assert!(refused.is_empty(), "deny.toml does not allow the licences of {refused:?}");
}

#[test]
fn an_expression_is_met_by_what_it_asks_for() {
    let allowed = ["MIT", "Apache-2.0", "Zlib"].map(str::to_owned);
    for met in ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-2.0", "(MIT OR X) AND Zlib", "X OR (MIT AND (Y OR Apache-2.0))"] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for not in ["", "GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0 WITH X", "(MIT", "MIT)", "MIT MIT", "X OR Y AND MIT"] {
        assert!(!is_met(not, &allowed), "{not}");
    }
}

/// The fuzzers are a workspace of their own, which must not bring in what nobody looked at.
#[test]
fn the_fuzzers_depend_on_nothing_but_the_fuzzing_library() {
    let text = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).expect("the manifest of the fuzzers");
    let manifest: toml::Table = text.parse().expect("TOML");
    let names: Vec<_> = manifest["dependencies"].as_table().expect("a table").keys().collect();
    assert_eq!(names, ["libfuzzer-sys", "maitred"]);
}
