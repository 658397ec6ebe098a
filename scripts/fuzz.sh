#!/usr/bin/env bash
# Lets libFuzzer search each target of fuzz/ for some seconds: scripts/fuzz.sh SECONDS [TARGET...]. What it learns stays
# in fuzz/corpus; bytes that break something are written to fuzz/artifacts. What must hold, and the same targets on every
# run of the tests, is in crates/maitred/src/fuzzing.rs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../fuzz"
seconds=${1:?how many seconds for each target?}
shift
[ $# -gt 0 ] || set -- identities bodies cursors imports stored calendars

rustup run nightly rustc --version >/dev/null 2>&1 || {
    printf 'missing: a nightly compiler\n    to get it: rustup toolchain install nightly\n' >&2
    exit 1
}
cargo fuzz --version >/dev/null 2>&1 || {
    printf 'missing: cargo-fuzz\n    to get it: cargo install cargo-fuzz --locked\n' >&2
    exit 1
}
# The one file that SQLite is compiled from has two tables of one name, each seen by its own function alone.
export ASAN_OPTIONS=detect_odr_violation=0
# What is searched is what is built: the same versions of everything.
cp ../Cargo.lock .
for target in "$@"; do
    printf '\n== %s\n' "$target"
    mkdir -p "corpus/$target"
    cargo +nightly fuzz run "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -seed="${SEED:-1}" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
done
