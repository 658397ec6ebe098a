//! Every target with the seeds of its fuzzer, with random bytes, and with seeds that were damaged.

use super::TARGETS;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz"))
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(folder().join("seeds").join(target)).expect("every target has seeds");
    files.map(|file| std::fs::read(file.expect("an entry").path()).expect("a file")).collect()
}

/// What is likely to hurt.
const PIECES: [&str; 14] =
    ["\"", "\\ud83d", "\\u0000", ",", ";ext=", "@", "+", "null", "1e400", "-0", "\r", "[[", "}", "\u{feff}"];

/// One thing that happens to bytes: some are put in, taken out or replaced.
fn damage() -> impl Strategy<Value = (Index, usize, Vec<u8>)> {
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..4),
        "[\\PC\\t\\r\\n\\u{0}]{0,3}".prop_map(String::into_bytes),
        proptest::sample::select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
    ];
    (any::<Index>(), 0..4usize, bytes)
}

fn damaged(mut bytes: Vec<u8>, damages: Vec<(Index, usize, Vec<u8>)>) -> Vec<u8> {
    for (at, taken, put) in damages {
        let start = at.index(bytes.len() + 1);
        let end = (start + taken).min(bytes.len());
        bytes.splice(start..end, put);
    }
    bytes
}

fn check(name: &str, cases: u32) {
    let (_, target) = TARGETS.into_iter().find(|(known, _)| *known == name).expect("a target");
    let seeds = seeds(name);
    seeds.iter().for_each(|seed| target(seed));
    let from_seed = (proptest::sample::select(seeds), vec(damage(), 1..6)).prop_map(|(seed, all)| damaged(seed, all));
    let bytes = prop_oneof![1 => vec(any::<u8>(), 0..64), 4 => from_seed];
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let run = runner.run(&bytes, |bytes| {
        target(&bytes);
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{name}: {error}"));
}

#[test]
fn identities_are_the_same_however_often_they_are_read() {
    check("identities", 2_048);
}

#[test]
fn bodies_are_read_or_refused_with_a_reason() {
    check("bodies", 2_048);
}

#[test]
fn cursors_are_ours_or_refused() {
    check("cursors", 2_048);
}

#[test]
fn files_read_twice_say_the_same() {
    check("imports", 512);
}

#[test]
fn stored_bytes_are_what_we_write_or_refused() {
    check("stored", 2_048);
}

#[test]
fn calendars_are_compiled_or_refused_with_a_reason() {
    check("calendars", 512);
}

#[test]
fn every_target_has_a_fuzzer() {
    let files = std::fs::read_dir(folder().join("fuzz_targets")).expect("a folder of fuzzers");
    let stem = |path: PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
    let fuzzers: BTreeSet<_> = files.map(|file| stem(file.expect("an entry").path())).collect();
    assert_eq!(fuzzers, TARGETS.into_iter().map(|(name, _)| name.to_owned()).collect());
}
