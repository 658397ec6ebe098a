#!/bin/sh
# Says what this machine lacks to build and test maitred, and how to get it. Installs nothing but schemathesis, which
# goes into the target folder.
# With --tests it also asks for what `make test` needs, with --lints for what `make check` does.
set -eu
cd "$(dirname "$0")/.."

missing=0
missing() {
    printf 'missing: %s\n    to get it: %s\n' "$1" "$2" >&2
    missing=1
}

wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
if ! found=$(cargo --version 2>/dev/null); then
    missing "cargo, Rust $wanted or newer" "follow https://rustup.rs, then open a new shell"
else
    found=$(echo "$found" | cut -d ' ' -f 2)
    oldest=$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)
    [ "$oldest" = "$wanted" ] || missing "Rust $wanted or newer (this is $found)" "rustup update stable"
fi

# SQLite is compiled from C. A compiler without the headers of the C library is a common half of an installation.
if ! echo 'int main(void) { return 0; }' | ${CC:-cc} -include stdio.h -x c -o /dev/null - 2>/dev/null; then
    missing "a C compiler with its standard headers (tried: ${CC:-cc})" \
        "Debian and Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc; macOS: xcode-select --install"
fi

tests() {
    # A server that is given, or tests that are left out (scripts/test.sh), need no programs.
    [ -z "${MAITRED_TEST_POSTGRES:-}" ] && [ "${MAITRED_SKIP_POSTGRES:-}" != 1 ] || return 0
    if ! why=$(scripts/find-postgres.sh 2>&1); then
        missing "PostgreSQL, which the tests start" "$why
    to go without: MAITRED_SKIP_POSTGRES=1 leaves out what needs it (not in CI)"
    fi
    PATH=$PATH:/usr/sbin command -v pgbouncer >/dev/null || missing "PgBouncer, which one test puts in between" \
        "Debian and Ubuntu: apt-get install pgbouncer; Fedora: dnf install pgbouncer; macOS: brew install pgbouncer"
}

# Some tests look at the console in a real browser.
browser() {
    get="Debian and Ubuntu: apt-get install chromium chromium-driver; Fedora: dnf install chromium chromedriver; \
macOS: brew install --cask chromium chromedriver"
    command -v chromedriver >/dev/null || missing "chromedriver" "$get"
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
        command -v google-chrome >/dev/null || missing "Chromium" "$get"
}

# It says itself what is missing.
documents() {
    [ "${MAITRED_SKIP_SCHEMATHESIS:-}" = 1 ] || scripts/schemathesis/install.sh >/dev/null || missing=1
}

lints() {
    cargo fmt --version >/dev/null 2>&1 || missing "rustfmt" "rustup component add rustfmt"
    cargo clippy --version >/dev/null 2>&1 || missing "clippy" "rustup component add clippy"
}

for of in "$@"; do
    case "$of" in
        --tests)
            tests
            browser
            documents
            ;;
        --browser) browser ;;
        --lints) lints ;;
        *)
            echo "$0: there is no $of; give any of --tests, --browser, --lints" >&2
            exit 2
            ;;
    esac
done

exit "$missing"
