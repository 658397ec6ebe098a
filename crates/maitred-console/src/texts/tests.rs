//! The two languages say the same things, and nothing is asked for that they do not say.

use super::*;
use rstest::rstest;
use std::collections::BTreeSet;
use std::path::Path;

/// The keys of a language's files, with the values that each text names.
fn keys(files: &[&str]) -> BTreeSet<(String, BTreeSet<String>)> {
    let mut keys = BTreeSet::new();
    for file in files {
        FluentResource::try_new((*file).to_owned()).expect("a file without errors");
        let mut key: Option<(String, BTreeSet<String>)> = None;
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) =
                line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
            {
                keys.extend(key.replace((name.to_owned(), BTreeSet::new())));
            }
            let names = line.split('$').skip(1).filter_map(|rest| rest.split([' ', '}', ',', ')']).next());
            if let Some((_, values)) = &mut key {
                values.extend(names.map(ToOwned::to_owned));
            }
        }
        keys.extend(key);
    }
    keys
}

#[test]
fn both_languages_have_the_same_texts_about_the_same_values() {
    let (english, russian) = (keys(&FILES[0]), keys(&FILES[1]));
    assert_eq!(english.difference(&russian).collect::<Vec<_>>(), Vec::<&_>::new(), "only in English");
    assert_eq!(russian.difference(&english).collect::<Vec<_>>(), Vec::<&_>::new(), "only in Russian");
}

/// Keys that are put together from a word of the rules.
#[test]
fn every_reason_against_an_operator_has_a_text() {
    for why in maitred_core::pool::Ineligibility::ALL {
        let key = format!("out-{}", why.as_str().replace('_', "-"));
        assert!(Lang::ALL.into_iter().all(|lang| Texts(lang).has(&key)), "there is no text {key}");
    }
}

#[test]
fn every_word_in_a_trace_has_a_text() {
    use maitred_app::telegram::BotFault;
    use maitred_app::trace::{StepName, StepState};
    let names = [StepName::Received, StepName::Mapped, StepName::Decided, StepName::Told, StepName::Answered];
    let states = [StepState::Pending, StepState::Overdue, StepState::Failed, StepState::NotApplicable];
    let states = states.into_iter().chain([StepState::NotKept, StepState::Erased]);
    let keys = names.into_iter().map(|step| format!("step-{}", step.as_str()));
    let keys = keys.chain(states.map(|state| format!("state-{}", state.as_str())));
    let keys = keys.chain(maitred_app::trace::says::WORDS.into_iter().map(|word| format!("says-{word}")));
    let keys = keys.chain(BotFault::ALL.into_iter().map(|fault| format!("word-{}", fault.as_str())));
    for key in keys.map(|key| format!("trace-{}", key.replace('_', "-"))) {
        assert!(Lang::ALL.into_iter().all(|lang| Texts(lang).has(&key)), "there is no text {key}");
    }
}

/// Of two texts with the same key only the first would ever be shown.
#[test]
fn no_two_texts_have_the_same_key() {
    for files in FILES {
        let count: usize = files.iter().map(|file| keys(&[file]).len()).sum();
        assert_eq!(count, keys(&files).iter().map(|(key, _)| key).collect::<BTreeSet<_>>().len());
    }
}

#[test]
fn every_text_that_is_asked_for_is_there_and_the_other_way_round() {
    let asked = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let asked = asked.replace("\\\"", "\"");
    let is_key = |word: &&str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    // A key with a wrong character in it is asked for as well.
    let is_word =
        |word: &&str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c));
    let words: BTreeSet<&str> = asked.split('"').filter_map(|word| word.split('{').next()).filter(is_key).collect();
    for call in [".t(\"", ".n(\"", ".of(\"", ".with(\""] {
        for key in asked.split(call).skip(1).filter_map(|rest| rest.split('"').next()).filter(is_word) {
            assert!(Texts(Lang::En).has(key), "there is no text {key}");
        }
    }
    // A key that is put together (`problem-` and the name of the kind) is asked for by its beginning.
    let is_asked = |key: &str| words.iter().any(|word| *word == key || (word.ends_with('-') && key.starts_with(word)));
    let unused: Vec<_> = keys(&FILES[0]).into_iter().map(|(key, _)| key).filter(|key| !is_asked(key)).collect();
    assert_eq!(unused, Vec::<String>::new(), "nobody asks for these");
}

/// The text of all templates and code of the console, but for tests.
fn sources(folder: &Path) -> String {
    let entries =
        std::fs::read_dir(folder).expect("the folder is readable").map(|entry| entry.expect("an entry").path());
    let texts = entries.filter(|path| !path.ends_with("tests.rs")).map(|path| match path.extension() {
        None => sources(&path),
        Some(end) if end == "html" || end == "rs" => std::fs::read_to_string(&path).expect("UTF-8"),
        Some(_) => String::new(),
    });
    texts.collect()
}

#[rstest]
#[case("ru", Some(Lang::Ru))]
#[case("ru-RU,ru;q=0.9,en;q=0.8", Some(Lang::Ru))]
#[case("de-DE, en;q=0.5, ru;q=0.7", Some(Lang::Ru))]
#[case("en;q=0.3,ru;q=0.3", Some(Lang::En))]
#[case("ru;q=0, en;q=0.1", Some(Lang::En))]
#[case("de, fr;q=0.2", None)]
#[case("", None)]
#[case(";;q=,ru;q=x", None)]
fn the_browser_says_which_language(#[case] header: &str, #[case] expected: Option<Lang>) {
    assert_eq!(Lang::accepted(header), expected);
}

#[rstest]
#[case(0, "0", "0")]
#[case(999, "999", "999")]
#[case(1_000, "1,000", "1000")]
#[case(12_345, "12,345", "12\u{a0}345")]
#[case(1_234_567, "1,234,567", "1\u{a0}234\u{a0}567")]
#[case(-1_234_567, "\u{2212}1,234,567", "\u{2212}1\u{a0}234\u{a0}567")]
fn thousands_are_set_apart(#[case] number: i64, #[case] english: &str, #[case] russian: &str) {
    assert_eq!(Texts(Lang::En).number(number), english);
    assert_eq!(Texts(Lang::Ru).number(number), russian);
}

#[test]
fn counts_take_the_right_form() {
    let words =
        |lang, counts: &[u32]| -> Vec<String> { counts.iter().map(|n| Texts(lang).n("chart-bar", *n)).collect() };
    assert_eq!(words(Lang::En, &[0, 1, 2]), ["0 contacts", "1 contact", "2 contacts"]);
    assert_eq!(
        words(Lang::Ru, &[0, 1, 2, 5, 11, 21, 12_003]),
        [
            "0 обращений",
            "1 обращение",
            "2 обращения",
            "5 обращений",
            "11 обращений",
            "21 обращение",
            "12\u{a0}003 обращения"
        ]
    );
}

#[test]
fn what_somebody_wrote_moves_nothing_in_a_sentence() {
    let t = Texts(Lang::En);
    let text = |it: &str| t.of("operator-delete-ask", it);
    assert_eq!(text("Anna"), t.of("operator-delete-ask", "X").replace('X', "Anna"));
    assert_eq!(text("Аня"), t.of("operator-delete-ask", "X").replace('X', "Аня"));
    assert_eq!(text("\u{202e}annA"), t.of("operator-delete-ask", "X").replace('X', "\u{2068}annA\u{2069}"));
    assert!(text("אנה\u{2069}\u{202e}").contains("\u{2068}אנה\u{2069}"));
}
