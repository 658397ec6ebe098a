//! Keeps files and functions small, and the source free of what should not stay in it. It reads every Rust file under
//! `crates/` as text; what the compiler or clippy can tell is left to them.
//!
//! The limits are a ratchet: lower one when the code allows it, and never raise one to let something through.

use std::fs;
use std::path::Path;

/// Lines of code (neither blank nor comment) in one file.
const FILE_LINES_MAX: usize = 400;
/// The same for a file of tests, which may be long as long as each test is short.
const TEST_FILE_LINES_MAX: usize = 600;
/// Lines of one function, from `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;
/// What is a long function, of which there may be few.
const LONG_FUNCTION_LINES: usize = 40;
/// How many of a hundred functions may be longer than [`LONG_FUNCTION_LINES`].
const LONG_FUNCTIONS_PERCENT_MAX: usize = 10;
/// Half of all functions have at most this many lines.
const FUNCTION_LINES_MEDIAN_MAX: usize = 10;
/// Characters of one line; rustfmt breaks code there, but neither comments nor strings.
const LINE_CHARS_MAX: usize = 120;

/// Modules named for what they are left over from instead of what they do.
const DRAWERS: [&str; 6] = ["util", "utils", "common", "helper", "helpers", "misc"];

/// What says that something is not done, in two halves, so that this file holds none of it.
const UNFINISHED: [&str; 5] = [
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Words that plain English does without, in two halves for the same reason. In lower case.
const NOT_PLAIN: [&str; 10] = [
    concat!("h", "e"),
    concat!("h", "is"),
    concat!("h", "im"),
    concat!("hi", "mself"),
    concat!("who", "ever"),
    concat!("an", "ew"),
    concat!("me", "nd"),
    concat!("me", "nds"),
    concat!("men", "ded"),
    concat!("men", "ding"),
];

/// Folders and files that are free of [`NOT_PLAIN`], and stay so.
const PLAIN_PLACES: [&str; 10] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Makefile",
    "README.md",
    "crates",
    "deploy",
    "docs",
    "fuzz/fuzz_targets",
    "scripts",
];

#[test]
fn no_file_is_long() {
    let violations = sources().into_iter().filter_map(|source| {
        let lines = code_lines(&source.text);
        let most = if source.is_test() { TEST_FILE_LINES_MAX } else { FILE_LINES_MAX };
        (lines > most).then(|| format!("{}:1: {lines} lines of code, at most {most}", source.path))
    });
    expect_none(violations, "split the file by what it does, or move its tests into a file beside it");
}

#[test]
fn no_function_is_long() {
    let sources = sources();
    let violations = all_functions(&sources)
        .into_iter()
        .filter(|function| function.lines > FUNCTION_LINES_MAX)
        .map(|function| format!("{function}, at most {FUNCTION_LINES_MAX}"));
    expect_none(violations, "give a step of it a name and move it into a function below");
}

#[test]
fn few_functions_are_longer_than_a_screen() {
    let sources = sources();
    let functions = all_functions(&sources);
    let long = functions.iter().take_while(|function| function.lines > LONG_FUNCTION_LINES).count();
    assert!(
        long * 100 <= functions.len() * LONG_FUNCTIONS_PERCENT_MAX,
        "{long} of {} functions have more than {LONG_FUNCTION_LINES} lines, at most {LONG_FUNCTIONS_PERCENT_MAX} in a \
         hundred may; shorten some of the longest:\n{}",
        functions.len(),
        longest(&functions),
    );
}

#[test]
fn half_of_all_functions_are_short() {
    let sources = sources();
    let functions = all_functions(&sources);
    let median = functions[functions.len() / 2].lines;
    assert!(
        median <= FUNCTION_LINES_MEDIAN_MAX,
        "the median of {} functions is {median} lines, at most {FUNCTION_LINES_MEDIAN_MAX}; split some, perhaps of the \
         longest:\n{}",
        functions.len(),
        longest(&functions),
    );
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let sources = sources();
    let violations = sources
        .iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| format!("{}:1: does not open with a `//!` comment", source.path));
    expect_none(violations, "say in 2 to 10 lines what lives there, what does not, and where to go next");
}

/// A person is *they*, and words are those of today; see "Words" in CONTRIBUTING.md.
#[test]
fn words_are_plain() {
    let mut texts = Vec::new();
    for place in PLAIN_PLACES {
        let path = root().join(place);
        match path.is_dir() {
            true => collect(&path, place, &mut texts, &is_text),
            false => texts.push(Source { path: place.to_owned(), text: fs::read_to_string(&path).expect("UTF-8") }),
        }
    }
    let violations = lines(&texts).filter_map(|(place, line)| {
        let lower = line.to_lowercase();
        let word = NOT_PLAIN.iter().find(|word| holds_word(&lower, word))?;
        Some(format!("{place}: has `{word}`"))
    });
    expect_none(violations, "write they for a person, and the words of the glossary for everything else");
}

#[test]
fn nothing_is_left_unfinished() {
    let sources = sources();
    let violations = lines(&sources).filter_map(|(place, line)| {
        let needle = UNFINISHED.iter().find(|needle| holds_word(line, needle))?;
        Some(format!("{place}: has `{needle}`"))
    });
    expect_none(violations, "finish it, or take it out and open an issue");
}

#[test]
fn no_module_is_a_drawer() {
    let sources = sources();
    let files = sources
        .iter()
        .filter(|source| source.path.split(['/', '.']).any(|part| DRAWERS.contains(&part)))
        .map(|source| format!("{}:1: is named for nothing it does", source.path));
    let modules = lines(&sources).filter_map(|(place, line)| {
        let name = module_name(line)?;
        DRAWERS.contains(&name).then(|| format!("{place}: module `{name}` is named for nothing it does"))
    });
    expect_none(files.chain(modules), "name it after what is in it, or put each item where it is used");
}

#[test]
fn no_line_is_wide() {
    let sources = sources();
    let violations = lines(&sources).filter_map(|(place, line)| {
        let chars = line.chars().count();
        (chars > LINE_CHARS_MAX).then(|| format!("{place}: {chars} characters, at most {LINE_CHARS_MAX}"))
    });
    expect_none(violations, "break the comment, or the string with a backslash at the end of the line");
}

#[test]
fn functions_are_found_with_their_length() {
    check_functions(&["fn a() {}"], &[("a", 1)]);
    check_functions(&["fn a() {", "    b();", "}"], &[("a", 3)]);
    check_functions(&["pub(crate) const unsafe fn a<T>(", "    t: T,", ") -> T {", "    t", "}"], &[("a", 5)]);
    check_functions(&["impl A {", "    pub async fn b() {", "        c", "    }", "}"], &[("b", 3)]);
    check_functions(&["fn a() {", "    fn b() {", "        c", "    }", "}"], &[("a", 5), ("b", 3)]);
    check_functions(&["fn a()", "where", "    T: B,", "{", "    c", "}"], &[("a", 6)]);
    check_functions(&["trait A {", "    fn b(&self);", "    fn c(", "        d: E,", "    ) -> F;", "}"], &[]);
    check_functions(&["let a: fn(u8) = b;", "// fn c() {", "\"fn d() {\""], &[]);
    check_functions(&["fn a() {", "    b"], &[("a", 2)]);
}

#[test]
fn words_are_found_whole() {
    let check = |line, needle, expected| assert_eq!(holds_word(line, needle), expected, "{needle} in {line}");
    check("a word, b", "word", true);
    check("word", "word", true);
    check("sword", "word", false);
    check("words", "word", false);
    check("swords and a word", "word", true);
    check("call!(now)", "call!(", true);
    check("recall!(now)", "call!(", false);
}

#[test]
fn modules_are_found_by_name() {
    let check = |line, expected| assert_eq!(module_name(line), expected, "{line}");
    check("mod a;", Some("a"));
    check("    pub(crate) mod a {", Some("a"));
    check("use a::b;", None);
    check("// mod a;", None);
}

fn check_functions(text: &[&str], expected: &[(&str, usize)]) {
    let source = Source { path: "a.rs".to_owned(), text: text.join("\n") };
    let found: Vec<_> = functions(&source).map(|function| (function.name, function.lines)).collect();
    assert_eq!(found, expected, "in {text:?}");
}

/// One Rust file; the path is shown from the root of the workspace.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || ["/tests/", "/benches/"].iter().any(|folder| self.path.contains(folder))
    }
}

/// A function as found in a file.
struct Function<'a> {
    path: &'a str,
    line: usize,
    name: &'a str,
    lines: usize,
}

impl std::fmt::Display for Function<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: function `{}` has {} lines", self.path, self.line, self.name, self.lines)
    }
}

#[track_caller]
fn expect_none(violations: impl Iterator<Item = String>, fix: &str) {
    let violations: Vec<String> = violations.collect();
    assert!(violations.is_empty(), "\n{}\nTo fix it: {fix}.\n", violations.join("\n"));
}

/// Every Rust file of the workspace, in the order of paths.
fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&root().join("crates"), "crates", &mut sources, &|name| name.ends_with(".rs"));
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.iter().any(|source| source.path.ends_with("tests/tidy.rs")), "the search missed its own file");
    sources
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this crate lies two folders below the root")
}

/// What people write by hand. Migrations are left out: they may not change.
fn is_text(name: &str) -> bool {
    ["rs", "md", "ftl", "html", "css", "js", "sh", "py", "toml", "cfg"]
        .iter()
        .any(|end| name.ends_with(&format!(".{end}")))
}

fn collect(folder: &Path, shown: &str, sources: &mut Vec<Source>, is_wanted: &dyn Fn(&str) -> bool) {
    for entry in fs::read_dir(folder).expect("folders of the workspace are readable") {
        let entry = entry.expect("entries of the workspace are readable");
        let name = entry.file_name().into_string().expect("names in the workspace are Unicode");
        let (path, shown) = (entry.path(), format!("{shown}/{name}"));
        if path.is_dir() && name != "target" {
            collect(&path, &shown, sources, is_wanted);
        } else if is_wanted(&name) {
            let text = fs::read_to_string(&path).expect("sources are readable UTF-8");
            sources.push(Source { path: shown, text });
        }
    }
}

/// Every line with its place, `path:number`.
fn lines(sources: &[Source]) -> impl Iterator<Item = (String, &str)> {
    sources.iter().flat_map(|source| {
        source.text.lines().enumerate().map(|(index, line)| (format!("{}:{}", source.path, index + 1), line))
    })
}

fn code_lines(text: &str) -> usize {
    text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

/// Every function of the workspace, the longest first.
fn all_functions(sources: &[Source]) -> Vec<Function<'_>> {
    let mut functions: Vec<_> = sources.iter().flat_map(functions).collect();
    functions.sort_by_key(|function| std::cmp::Reverse(function.lines));
    functions
}

fn longest(functions: &[Function<'_>]) -> String {
    functions.iter().take(10).map(|function| format!("{function}\n")).collect()
}

/// The functions that have a body, by the layout that rustfmt gives them: the body ends at the first line that is a
/// closing brace as far in as `fn`. A function counts for itself and for the one it stands in.
fn functions(source: &Source) -> impl Iterator<Item = Function<'_>> {
    let lines: Vec<&str> = source.text.lines().collect();
    (0..lines.len()).filter_map(move |index| {
        let name = function_name(lines[index])?;
        let length = function_length(&lines[index..])?;
        Some(Function { path: &source.path, line: index + 1, name, lines: length })
    })
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = without_visibility(line);
    for qualifier in ["const ", "async ", "unsafe ", "extern \"C\" "] {
        rest = rest.strip_prefix(qualifier).unwrap_or(rest);
    }
    rest.strip_prefix("fn ")?.split(['(', '<']).next()
}

/// The length of the function that the first line opens; `None` when it has no body. One that never ends goes on to the
/// end of the file.
fn function_length(lines: &[&str]) -> Option<usize> {
    let signature = lines.iter().position(|line| line.ends_with(['{', '}', ';']))?;
    if lines[signature].ends_with(';') {
        return None;
    }
    if lines[signature].ends_with('}') {
        return Some(signature + 1);
    }
    let indent = lines[0].len() - lines[0].trim_start().len();
    let closing = format!("{:indent$}}}", "");
    Some(lines.iter().position(|line| *line == closing).map_or(lines.len(), |last| last + 1))
}

fn module_name(line: &str) -> Option<&str> {
    without_visibility(line).strip_prefix("mod ")?.split([';', ' ']).next()
}

fn without_visibility(line: &str) -> &str {
    let line = line.trim_start();
    match line.strip_prefix("pub(").and_then(|rest| rest.split_once(") ")) {
        Some((_, rest)) => rest,
        None => line.strip_prefix("pub ").unwrap_or(line),
    }
}

/// Whether the needle stands in the line with no letter or digit directly before or behind it, unless the needle itself
/// ends in something else.
fn holds_word(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let behind = line[start + needle.len()..].chars().next();
        let open_ended = !needle.ends_with(char::is_alphanumeric);
        !before.is_some_and(char::is_alphanumeric) && (open_ended || !behind.is_some_and(char::is_alphanumeric))
    })
}

/// Everything that reaches a terminal goes through one function, which keeps what strangers wrote from moving anything.
#[test]
fn commands_print_in_two_places_only() {
    const PRINTING: [&str; 6] = ["println!(", "print!(", "eprintln!(", "eprint!(", "stdout().lock", "stderr().lock"];
    const PLACES: [&str; 3] = ["src/cli/terminal.rs", "src/cli/output.rs", "src/bench/"];
    let places = |path: &str| PLACES.iter().any(|place| path.contains(place)) || path.contains("/tests");
    let commands = sources().into_iter().filter(|source| source.path.contains("crates/maitred/src/"));
    let violations = commands.filter(|source| !places(&source.path)).flat_map(|source| {
        let lines = source.text.lines().zip(1..).filter(|(line, _)| !line.trim_start().starts_with("//"));
        let prints = lines.filter(|(line, _)| PRINTING.iter().any(|call| line.contains(call)));
        prints.map(|(line, at)| format!("{}:{at}: {}", source.path, line.trim())).collect::<Vec<_>>()
    });
    expect_none(violations, "print with the functions of cli/terminal.rs and cli/output.rs");
}
