#!/bin/sh
# Puts schemathesis, in the versions of requirements.txt, into a virtual environment under the target folder unless it
# is there, and prints where that is. Every file is compared with its hash. If that cannot be done it says what is missing.
set -eu
cd "$(dirname "$0")/../.."
wanted=scripts/schemathesis/requirements.txt
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target"
venv=$(cd "$target" && pwd)/schemathesis

missing() {
    printf 'missing: %s\n    to get it: %s\n    to go without: MAITRED_SKIP_SCHEMATHESIS=1 (not in CI)\n' "$1" "$2" >&2
    exit 1
}

if cmp -s "$wanted" "$venv/installed.txt"; then
    echo "$venv"
    exit
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    missing "Python 3.11 or newer, for schemathesis" "Debian and Ubuntu: apt-get install python3 python3-venv"
rm -rf "$venv"
python3 -m venv "$venv" >"$target/schemathesis.log" 2>&1 ||
    missing "Python's venv, for schemathesis (see $target/schemathesis.log)" \
        "Debian and Ubuntu: apt-get install python3-venv"
"$venv/bin/python" -m pip install --require-hashes --no-deps --quiet --requirement "$wanted" \
    >"$target/schemathesis.log" 2>&1 || {
    rm -rf "$venv"
    tail -n 5 "$target/schemathesis.log" >&2
    missing "schemathesis: pip could not install what $wanted names" "a network that reaches the index of pip"
}
cp "$wanted" "$venv/installed.txt"
echo "$venv"
