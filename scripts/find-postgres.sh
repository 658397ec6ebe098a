#!/bin/sh
# Prints the folder of PostgreSQL's programs, which distributions like to keep off PATH, or says how to get them.
# POSTGRES_BIN, if it is set, is the one folder that is looked at.
set -u

oldest=15

# Prints the version of the programs in a folder, if they are all there and new enough.
version() {
    [ -x "$1/initdb" ] && [ -x "$1/postgres" ] || return 1
    number=$("$1/postgres" --version 2>/dev/null | sed -n 's/^postgres (PostgreSQL) \([0-9]*\).*/\1/p')
    [ "${number:-0}" -ge "$oldest" ] && echo "$number"
}

if [ -n "${POSTGRES_BIN:-}" ]; then
    if version "$POSTGRES_BIN" >/dev/null; then
        echo "$POSTGRES_BIN"
        exit 0
    fi
    echo "POSTGRES_BIN=$POSTGRES_BIN is not the folder of initdb and postgres, version $oldest or newer" >&2
    exit 1
fi

found=
newest=0
for folder in "$(pg_config --bindir 2>/dev/null)" "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/initdb)")" \
    /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin \
    /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
    if number=$(version "$folder") && [ "$number" -gt "$newest" ]; then
        newest=$number found=$folder
    fi
done
if [ -n "$found" ]; then
    echo "$found"
    exit 0
fi
cat >&2 <<END
PostgreSQL $oldest or newer is not on this machine; only its programs are needed, no server has to run. Debian and
    Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql@17.
    If it is somewhere unusual, name the folder of its programs: POSTGRES_BIN=/path/to/bin
END
exit 1
