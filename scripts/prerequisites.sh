#!/bin/sh
# Says what this machine lacks to build and test maitred, and how to get it. Installs nothing.
# With --lints it also asks for what `make check` needs.
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

if [ "${1:-}" = --lints ]; then
    cargo fmt --version >/dev/null 2>&1 || missing "rustfmt" "rustup component add rustfmt"
    cargo clippy --version >/dev/null 2>&1 || missing "clippy" "rustup component add clippy"
fi

exit "$missing"
