#!/usr/bin/env bash
# Runs a command beside a PostgreSQL of its own: scripts/with-postgres.sh COMMAND...
#
# The server lives in a temporary folder and listens on a free port of loopback only. It ends, and the folder goes, when
# the command ends or this script dies, however they do. The command finds it under MAITRED_TEST_POSTGRES (a URL without
# the name of a database); if that is set already, the command gets that server and none is started. DURABLE=1 leaves
# fsync on, as benchmarks want it; tests that kill a server start one themselves.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ -n "${MAITRED_TEST_POSTGRES:-}" ]; then
    exec "$@"
fi
bin=$("$scripts/find-postgres.sh")

# PostgreSQL refuses to run as root, and as somebody else it must reach its folder.
as=(env)
parent=${TMPDIR:-/tmp}
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    as=(setpriv "--reuid=$(id -u "$user")" "--regid=$(id -g "$user")" --clear-groups --)
    "${as[@]}" test -x "$parent" || parent=/tmp
fi
home=$(mktemp -d "$parent/maitred-postgres.XXXXXX")
[ -z "${user:-}" ] || chown "$user" "$home"

# Reads from this script, and sees by the end of that when it is gone. In a group of its own, so that a Ctrl-C does not
# end it too early.
mkfifo "$home/alive"
set -m
"$scripts/end-postgres.sh" "$home" <"$home/alive" &
guardian=$!
set +m
exec 9>"$home/alive"
ended() {
    exec 9>&-
    wait "$guardian" || true
}
trap ended EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

failed() {
    echo "PostgreSQL does not start: $1" >&2
    cat "$home"/*.log >&2
    exit 1
}

cd "$home"
"${as[@]}" "$bin/initdb" --pgdata "$home/data" --username maitred --auth trust --encoding UTF8 --locale C --no-sync \
    >"$home/initdb.log" 2>&1 9>&- || failed "no data directory"
settings=(-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300)
[ "${DURABLE:-}" = 1 ] || settings+=(-c fsync=off -c full_page_writes=off)

# Starts it on a port that nobody has, and waits until its own file says that it is ready. Below 32768 no outgoing
# connection takes the port away.
start() {
    local server ready
    port=$((15000 + RANDOM % 15000))
    "${as[@]}" "$bin/postgres" -D "$home/data" -c "port=$port" "${settings[@]}" >"$home/postgres.log" 2>&1 9>&- &
    server=$!
    for _ in $(seq 600); do
        ready=$(sed -n '8s/ *$//p' "$home/data/postmaster.pid" 2>/dev/null || true)
        [ "$ready" != ready ] || return 0
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.1
    done
    failed "it was not ready in a minute"
}
tries=0
until start; do
    tries=$((tries + 1))
    grep -q "Address already in use" "$home/postgres.log" && [ "$tries" -lt 10 ] || failed "it ended at once"
done
cd "$OLDPWD"

MAITRED_TEST_POSTGRES="postgres://maitred@127.0.0.1:$port" "$@" 9>&-
