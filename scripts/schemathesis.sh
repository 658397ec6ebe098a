#!/usr/bin/env bash
# Sends schemathesis against servers of this tree, over each of their OpenAPI documents, with all its checks on. It
# fails on an answer of 5xx, an answer that the document does not describe, wrong input that is taken and right input
# that is refused. Three houses: an open one, one that is asked with an admin key, and the same asked by a stranger, who
# is to be told nothing but 401. Each database is verified afterwards.
#
# MAITRED_SCHEMATHESIS_SECONDS=600 searches for that long, divided among the runs; without it the run is short. The seed
# is 1 unless MAITRED_SCHEMATHESIS_SEED says another. MAITRED_TEST_ENGINE=postgres takes a database on the server of
# MAITRED_TEST_POSTGRES (scripts/with-postgres.sh gives one) instead of a file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seed=${MAITRED_SCHEMATHESIS_SEED:-1}
budget=${MAITRED_SCHEMATHESIS_SECONDS:-}

venv=$(scripts/schemathesis/install.sh)
cargo build --quiet --workspace --bin maitred
maitred=${CARGO_TARGET_DIR:-target}/debug/maitred
home=$(mktemp -d "${TMPDIR:-/tmp}/maitred-schemathesis.XXXXXX")
server=
ended() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$home"
}
trap ended EXIT

# A new database; its address.
database() {
    if [ "${MAITRED_TEST_ENGINE:-}" = postgres ]; then
        local name=schemathesis_$1_$$
        "$(scripts/find-postgres.sh)/createdb" --maintenance-db "$MAITRED_TEST_POSTGRES/postgres" "$name"
        echo "$MAITRED_TEST_POSTGRES/$name"
    else
        echo "sqlite://$home/$1.db"
    fi
}

# Starts a server on a port that nobody has and waits until its log says where.
serve() {
    : >"$home/server.log"
    "$maitred" serve --database "$1" --listen 127.0.0.1:0 --telegram-api http://127.0.0.1:9 \
        --log-format json >>"$home/server.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        address=$(sed -n 's/.*"message":"serving","address":"\([^"]*\)".*/\1/p' "$home/server.log")
        [ -z "$address" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$home/server.log" >&2
    exit 1
}

stop() {
    kill "$server"
    wait "$server" || true
    server=
    ! grep '"level":"ERROR"' "$home/server.log" >&2
    "$maitred" verify --database "$1" >/dev/null
}

# document PATH FILE: fetches it, with the key if there is one.
document() {
    KEY=${MAITRED_KEY:-} "$venv/bin/python" - "http://$address$1" >"$2" <<'PYTHON'
import os, sys, urllib.request
key = os.environ["KEY"]
request = urllib.request.Request(sys.argv[1], headers={"Authorization": f"Bearer {key}"} if key else {})
sys.stdout.write(urllib.request.urlopen(request).read().decode())
PYTHON
}

# One document, searched: its name, its share of the time in percent, how many examples in a short run, what else.
search() {
    local name=$1 share=$2 examples=$3
    shift 3
    printf '\n== %s, document %s %s\n' "$MAITRED_HOUSE" "$name" "$*"
    local how=(--max-examples "$examples")
    [ -z "$budget" ] || how=(--max-examples 10000 --max-time "$((budget * share / 100 + 1))" --continue-on-failure)
    "$venv/bin/schemathesis" --config-file "$home/$MAITRED_HOUSE.toml" run "$home/$name.json" --url "http://$address" \
        --checks all --seed "$seed" --generation-database none --suppress-health-check all --no-color \
        "${how[@]}" "$@" || failed="${failed:-} $MAITRED_HOUSE/$name"
}

dialects=(interactions inquiries appeals)
documents() {
    document /openapi.json "$home/own.json"
    for dialect in "${dialects[@]}"; do document "/compat/$dialect/openapi.json" "$home/$dialect.json"; done
}

export SCHEMATHESIS_HOOKS=$PWD/scripts/schemathesis/hooks.py
failed=
# To what schemathesis counts as a refusal anyway belongs a query, a body or a head that is too long.
cat >"$home/open.toml" <<'TOML'
[cache]
enabled = false

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 428, 429, 431]

TOML
cp "$home/open.toml" "$home/strange.toml"
printf '[auth.openapi.key]\nbearer = "${MAITRED_KEY}"\n' | cat "$home/open.toml" - >"$home/key.toml"

# The first key would close an open house.
export MAITRED_HOUSE=open
open=$(database open)
serve "$open"
documents
search own 40 8 --exclude-path-regex '/keys|/events/stream'
for dialect in "${dialects[@]}"; do search "$dialect" 5 8; done
stop "$open"

# The first keys are there to be revoked.
closed=$(database closed)
for number in 1 2 3; do
    "$maitred" keys create --name "key $number" --role intake --database "$closed" >/dev/null 2>&1
done
MAITRED_KEY=$("$maitred" keys create --name search --role admin --database "$closed" --json 2>/dev/null |
    sed -n 's/.*"token": "\(.*\)".*/\1/p')
export MAITRED_HOUSE=key MAITRED_KEY MAITRED_OWN_KEY=4
serve "$closed"
documents
# A stream of events has no end; the search gives each a second.
stream=/api/v1/events/stream
search own 30 4 --exclude-path "$stream"
search own 2 2 --include-path "$stream" --request-timeout 1 --phases coverage,fuzzing
for dialect in "${dialects[@]}"; do search "$dialect" 3 2; done

unset MAITRED_KEY
export MAITRED_HOUSE=strange
for name in own "${dialects[@]}"; do search "$name" 1 1 --phases coverage,fuzzing; done
stop "$closed"

if [ -n "$failed" ]; then
    echo "schemathesis found faults (seed $seed):$failed" >&2
    exit 1
fi
