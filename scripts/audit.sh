#!/usr/bin/env bash
# Says whether what maitred is made of may be used and has no known fault, by cargo-deny and deny.toml. It fails for what
# it finds and for nothing else: what could not be looked into for want of the program or of a network, it names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export GIT_TERMINAL_PROMPT=0

if ! cargo deny --version >/dev/null 2>&1; then
    echo "advisories were not checked: cargo-deny is missing (cargo install cargo-deny --locked)." >&2
    echo "licences were: crates/maitred/tests/licences.rs compares them with deny.toml on every run of the tests." >&2
    exit 0
fi

cargo deny --offline --log-level error check licenses bans sources

if fetched=$(cargo deny --log-level error fetch db 2>&1); then
    cargo deny --log-level error check advisories
    exit
fi
why=$(grep -m 1 -o 'fatal: .*' <<<"$fetched" || tail -n 1 <<<"$fetched")
found=$(find "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs" -maxdepth 2 -name .git 2>/dev/null | head -n 1)
if [ -z "$found" ]; then
    echo "advisories were not checked: their database could not be fetched (${why:-no reason was given})." >&2
    exit 0
fi
echo "advisories are checked as of $(git -C "$found/.." log -1 --format=%cs): no newer ones could be fetched ($why)." >&2
cargo deny --offline --log-level error check --disable-fetch advisories
