#!/usr/bin/env bash
# Runs a command beside a PostgreSQL of its own: scripts/with-postgres.sh COMMAND...
#
# The server lives in a temporary folder, listens on a free port of loopback only, and is ended by its pid when the
# command ends, however it ends. The command finds it under MAITRED_TEST_POSTGRES (a URL without the name of a
# database). DURABLE=1 leaves fsync on, as benchmarks want it; tests that kill the server start one themselves.
set -euo pipefail

bin=${POSTGRES_BIN:-}
for dir in "$bin" "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin /usr/local/pgsql/bin; do
    [ -x "$dir/initdb" ] && bin=$dir
done
if [ ! -x "$bin/initdb" ]; then
    echo "PostgreSQL is missing. Debian and Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server;" \
        "macOS: brew install postgresql. Or name the folder of its programs: POSTGRES_BIN=/path/to/bin" >&2
    exit 1
fi

home=$(mktemp -d "${TMPDIR:-/tmp}/maitred-postgres.XXXXXX")
port=$(shuf -i 20000-29999 -n 1)
# PostgreSQL refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$home"
    as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups --)
fi
"${as[@]}" "$bin/initdb" --pgdata "$home/data" --username maitred --auth trust --encoding UTF8 --locale C --no-sync \
    >"$home/initdb.log" 2>&1 || { cat "$home/initdb.log" >&2; exit 1; }

settings=(-c "port=$port" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$home" -c max_connections=300)
[ "${DURABLE:-}" = 1 ] || settings+=(-c fsync=off -c full_page_writes=off)
"${as[@]}" "$bin/postgres" -D "$home/data" "${settings[@]}" >"$home/postgres.log" 2>&1 &
server=$!
ended() {
    kill -INT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    rm -rf "$home"
}
trap ended EXIT
trap 'exit 130' INT TERM
for _ in $(seq 100); do
    "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break
    kill -0 "$server" 2>/dev/null || { cat "$home/postgres.log" >&2; exit 1; }
    sleep 0.1
done

MAITRED_TEST_POSTGRES="postgres://maitred@127.0.0.1:$port" "$@"
