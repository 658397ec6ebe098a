#!/usr/bin/env bash
# Runs every test of the workspace beside one PostgreSQL that lasts as long as they do; each test makes a database of its
# own on it. MAITRED_SKIP_POSTGRES=1 leaves out what has `postgres` in its name, for a machine that has none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

nextest=()
plain=()
beside=(scripts/with-postgres.sh)
if [ "${MAITRED_SKIP_POSTGRES:-}" = 1 ]; then
    if [ -n "${CI:-}" ]; then
        echo "MAITRED_SKIP_POSTGRES is set, and CI leaves no test out: unset it, or unset CI on your own machine" >&2
        exit 1
    fi
    echo "MAITRED_SKIP_POSTGRES=1: tests with postgres in their name are left out, and half of the store is not tested" >&2
    nextest=(-E 'not test(postgres)')
    plain=(-- --skip postgres)
    beside=(env)
fi

set -x
if cargo nextest --version >/dev/null 2>&1; then
    "${beside[@]}" cargo nextest run --workspace ${nextest[@]+"${nextest[@]}"}
    cargo test --workspace --doc
else
    "${beside[@]}" cargo test --workspace ${plain[@]+"${plain[@]}"}
fi
