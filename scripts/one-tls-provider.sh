#!/bin/sh
# Fails if a second TLS provider came in with somebody's default features. The one is ring: aws-lc-rs brings a large
# build of C and assembly, and rustls refuses to choose between two providers in one process.
set -eu
cd "$(dirname "$0")/.."

tree=$(cargo tree --workspace --all-features --edges normal,build --prefix none --locked)
if echo "$tree" | grep -q '^aws-lc'; then
    echo "aws-lc is in the tree. Below is what brings it; switch off its default features."
    cargo tree --workspace --all-features --edges normal,build --locked --invert aws-lc-rs
    exit 1
fi >&2

echo "no second TLS provider"
