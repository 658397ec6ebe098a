#!/usr/bin/env bash
# Makes an archive of a binary for a release: scripts/archive.sh BINARY TARGET FOLDER prints the path of the archive that
# it wrote into the folder. The binary has to run on this machine: it says its version, and prints its manual pages and
# completions. The names are those that `cargo binstall` looks for ([package.metadata.binstall] of crates/maitred).
set -euo pipefail
if [ $# != 3 ]; then
    echo "usage: $0 BINARY TARGET FOLDER" >&2
    exit 2
fi
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
target=$2
folder=$(cd "$3" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$("$binary" --version)
name=maitred-${version#maitred }-$target
mkdir -p "$work/$name/completions" "$work/$name/man"

cp "$binary" "$work/$name/maitred"
chmod 755 "$work/$name/maitred"
cp LICENSE README.md README.ru.md CHANGELOG.md "$work/$name"
scripts/third-party.sh "$target" >"$work/$name/THIRD-PARTY.txt"
"$binary" man --out "$work/$name/man"
completions() {
    "$binary" completions "$1" >"$work/$name/completions/$2"
}
completions bash maitred.bash
completions zsh _maitred
completions fish maitred.fish
completions elvish maitred.elv
completions powershell _maitred.ps1

tar -C "$work" -czf "$folder/$name.tar.gz" "$name"
echo "$folder/$name.tar.gz"
