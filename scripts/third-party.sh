#!/usr/bin/env bash
# Prints the licences of what a binary is made of, because MIT and its relatives ask for that: scripts/third-party.sh TARGET.
# Each text stands once, below the crates that it covers. Where a crate leaves the choice, MIT is taken. Whether all of them
# are allowed is for deny.toml to say.
set -euo pipefail
if [ $# != 1 ]; then
    echo "usage: $0 TARGET" >&2
    exit 2
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
shopt -s nullglob nocaseglob
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

crates=$(cargo tree --package maitred --edges normal --target "$1" --locked --prefix none --format '{p}|{l}' |
    sed -e 's/ (\*)$//' -e 's/ (proc-macro)|/|/' | grep -v ' (/' | sort -u)
# One line for each file: its path, a bar, and whose it is.
while IFS='|' read -r crate licence; do
    files=()
    for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"${crate/ v/-}"; do
        files=("$folder"/license-mit* "$folder"/license.mit*)
        [ ${#files[@]} != 0 ] || files=("$folder"/{licen[cs]e,copying,copyright,notice,unlicense}*)
    done
    [ ${#files[@]} != 0 ] || echo "$crate: $licence" >>"$work/without"
    for file in ${files[@]+"${files[@]}"}; do
        [ ! -f "$file" ] || echo "$file|$crate: $licence"
    done
done <<<"$crates" >"$work/list"
rust=$(rustc --print sysroot)/share/doc/rust/licenses/MIT.txt
[ ! -e "$rust" ] || echo "$rust|Rust's standard library: MIT OR Apache-2.0" >>"$work/list"
musl=/usr/share/doc/musl-dev/copyright
[[ $1 != *-musl || ! -e $musl ]] || echo "$musl|musl, the C library: MIT" >>"$work/list"

# Equal texts come together.
cut -d '|' -f 1 "$work/list" | tr '\n' '\0' | xargs -0 cksum | cut -d ' ' -f 1,2 | paste -d '|' - "$work/list" |
    sort -t '|' -k 1,1 -k 3,3 >"$work/sorted"
line=$(printf '%.0s=' {1..100})
before='' text=''
echo "maitred is made of the following; its own licence is the Apache License 2.0."
while IFS='|' read -r sum file owner; do
    if [ "$sum" != "$before" ]; then
        [ -z "$text" ] || printf '%s\n\n%s\n' "$line" "$(<"$text")"
        printf '\n%s\n' "$line"
        before=$sum text=$file
    fi
    echo "$owner"
done <"$work/sorted"
printf '%s\n\n%s\n' "$line" "$(<"$text")"
if [ -e "$work/without" ]; then
    printf '\n%s\nTheir packages name a licence and hold no text of it:\n%s\n\n' "$line" "$line"
    cat "$work/without"
fi
