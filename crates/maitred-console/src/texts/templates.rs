//! Texts of strangers move nothing around them, in every template: a value stands alone in its element (which
//! `base.css` isolates), or in a `<bdi>`, or is put into a sentence by [`crate::texts`], which isolates it too. What a
//! lead wrote has the direction it is written in.

use std::fs;
use std::path::Path;

/// All templates, with their paths.
fn templates(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of this crate") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(templates(&path));
        } else if path.extension().is_some_and(|extension| extension == "html") {
            all.push((path.display().to_string(), fs::read_to_string(&path).expect("a template")));
        }
    }
    all
}

/// A template without its control blocks and comments.
fn without_blocks(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{%").into_iter().chain(rest.find("{#")).min() {
        let end = if rest[at..].starts_with("{%") { "%}" } else { "#}" };
        kept.push_str(&rest[..at]);
        let length = rest[at..].find(end).expect("a block ends");
        rest = &rest[at + length + 2..];
    }
    kept + rest
}

/// The texts between tags, with the tag before each.
fn texts(template: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let (mut tag, mut text) = (String::new(), String::new());
    let (mut in_tag, mut in_quotes) = (false, false);
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        let length = match rest.starts_with("{{") {
            true => rest.find("}}").expect("a value ends") + 2,
            false => c.len_utf8(),
        };
        let piece = &rest[..length];
        rest = &rest[length..];
        match (in_tag, piece) {
            (true, ">") if !in_quotes => in_tag = false,
            (true, piece) => {
                in_quotes ^= piece == "\"";
                tag.push_str(piece);
            }
            (false, "<") => {
                all.push((std::mem::take(&mut tag), std::mem::take(&mut text)));
                in_tag = true;
            }
            (false, piece) => text.push_str(piece),
        }
    }
    all.push((tag, text));
    all
}

/// The values in a text that are neither sentences nor parts of pages.
fn values(text: &str) -> Vec<&str> {
    let inner = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).map(str::trim);
    let is_made = |value: &str| {
        value.starts_with("t.") || value.starts_with("page.t.") || value.ends_with("|safe") || value == "page.title"
    };
    inner.filter(|value| !is_made(value)).collect()
}

#[test]
fn every_value_is_isolated() {
    let mut seen = 0;
    for (path, template) in templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        for (tag, text) in texts(&without_blocks(&template)) {
            let values = values(&text);
            seen += values.len();
            let is_alone = values.iter().all(|value| text.trim() == format!("{{{{ {value} }}}}"));
            // Of values in branches of which one is shown, each is alone.
            let are_branches =
                text.trim().replace("}}{{", "").matches("{{").count() == 1 && text.trim().ends_with("}}");
            assert!(is_alone || are_branches && text.trim().starts_with("{{"), "{path}: put values into <bdi>: {text}");
            let is_message = !values.is_empty() && tag.contains("message\"");
            assert!(!is_message || tag.contains("dir=\"auto\""), "{path}: <{tag}> needs dir=\"auto\"");
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn an_element_isolates_what_is_in_it() {
    let css = include_str!("../shell/base.css");
    let rule = css.lines().find(|line| line.contains("unicode-bidi: isolate")).expect("the rule");
    for element in ["a", "code", "label", "span", "strong"] {
        assert!(rule.split([',', ' ']).any(|name| name == element), "{element} is inline");
    }
}
