#!/bin/sh
# Fails unless maitred-core can neither wait, nor read a clock, nor touch the world outside its arguments:
# by what it depends on, and by what its source names. Comments may name anything.
set -eu
cd "$(dirname "$0")/.."

# Everything that is compiled into the core or runs while it is compiled, on any platform.
allowed="
maitred-core
rand_chacha rand_core ppv-lite86 zerocopy zerocopy-derive
serde serde_core serde_derive serde_json itoa memchr zmij
proc-macro2 quote syn unicode-ident
"

tree=$(cargo tree --package maitred-core --all-features --edges normal,build --target all --prefix none --locked)
strangers=$(echo "$tree" | cut -d ' ' -f 1 | sort -u | while read -r name; do
    case " $(echo $allowed) " in
        *" $name "*) ;;
        *) echo "$name" ;;
    esac
done)

if [ -n "$strangers" ]; then
    echo "maitred-core depends on what is not on the list in $0:"
    echo "$strangers" | sed 's/^/    /'
    echo "It may depend on plain data and plain arithmetic only; anything with IO, async, a clock or threads belongs"
    echo "into the crate maitred. If the newcomer is pure, add it to the list and say so in the commit."
    exit 1
fi >&2

# Prints the lines of code (not of comments) in the core that hold a word or path of the pattern.
code_with() {
    grep -rnwE --include='*.rs' "$1" crates/maitred-core/src | grep -vE '^[^:]*:[0-9]+:[[:space:]]*//' || true
}

impure=$( {
    code_with 'std::(thread|fs|net|io|env|process|os)|Mutex|RwLock|Condvar|mpsc|async|await'
    code_with 'SystemTime|Instant|HashMap|HashSet|RandomState|DefaultHasher'
    code_with '(e?print(ln)?|dbg)!'
    code_with 'use std::\{.*|use std( as .*)?;'
} | sort -u)

if [ -n "$impure" ]; then
    echo "maitred-core names what it must not know:"
    echo "$impure" | sed 's/^/    /'
    echo "Time and randomness come in the Context of a command. Maps are ordered (BTreeMap, BTreeSet), so that no"
    echo "outcome hangs on a hash seed. Each part of std has a \`use\` of its own, so that this script can read it."
    exit 1
fi >&2

echo "maitred-core is pure"
