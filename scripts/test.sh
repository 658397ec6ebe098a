#!/usr/bin/env bash
# Runs every test of the workspace beside one PostgreSQL that lasts as long as they do; each test makes a database of its
# own on it. Then schemathesis asks servers of this tree (scripts/schemathesis.sh). MAITRED_SKIP_POSTGRES=1 leaves out
# what has `postgres` in its name, for a machine that has none, and MAITRED_SKIP_SCHEMATHESIS=1 what needs Python.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

nextest=()
plain=()
if [ "${MAITRED_SKIP_SCHEMATHESIS:-}" = 1 ] && [ -n "${CI:-}" ]; then
    echo "MAITRED_SKIP_SCHEMATHESIS is set, and CI leaves no test out: unset it, or unset CI on your own machine" >&2
    exit 1
fi
if [ "${MAITRED_SKIP_POSTGRES:-}" = 1 ]; then
    if [ -n "${CI:-}" ]; then
        echo "MAITRED_SKIP_POSTGRES is set, and CI leaves no test out: unset it, or unset CI on your own machine" >&2
        exit 1
    fi
    echo "MAITRED_SKIP_POSTGRES=1: tests with postgres in their name are left out, and half of the store is not tested" >&2
    nextest=(-E 'not test(postgres)')
    plain=(-- --skip postgres)
elif [ -z "${MAITRED_TEST_POSTGRES:-}" ]; then
    exec scripts/with-postgres.sh "$PWD/scripts/test.sh"
fi

# The suite of the API runs on either engine.
on_postgres() {
    [ "${MAITRED_SKIP_POSTGRES:-}" = 1 ] || MAITRED_TEST_ENGINE=postgres "$@"
}

set -x
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace ${nextest[@]+"${nextest[@]}"}
    # Not --package: other features would be resolved, and every dependency built again.
    on_postgres cargo nextest run --workspace -E 'binary(api)'
    cargo nextest run --workspace --features maitred/otlp --test otlp
    cargo test --workspace --doc
else
    cargo test --workspace ${plain[@]+"${plain[@]}"}
    on_postgres cargo test --workspace --test api
    cargo test --workspace --features maitred/otlp --test otlp
fi

if [ "${MAITRED_SKIP_SCHEMATHESIS:-}" = 1 ]; then
    echo "MAITRED_SKIP_SCHEMATHESIS=1: the documents of the API are not compared with what servers answer" >&2
else
    scripts/schemathesis.sh
fi
