#!/usr/bin/env bash
# Builds what is released for one target: scripts/dist.sh TARGET FOLDER writes an archive into the folder, and for Linux a
# Debian package. The target has to be that of this machine, but for the C library: on Linux it is musl (musl-tools of
# Debian and Ubuntu), so that the binary is static and runs everywhere.
set -euo pipefail
if [ $# != 2 ]; then
    echo "usage: $0 TARGET FOLDER" >&2
    exit 2
fi
target=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case $target in
    *-linux-musl) export TARGET_CC=musl-gcc ;;
    # The oldest macOS that Rust supports on both of its processors.
    *-apple-darwin) export MACOSX_DEPLOYMENT_TARGET=11.0 ;;
esac
cargo build --profile dist --locked --package maitred --bin maitred --target "$target"
binary=${CARGO_TARGET_DIR:-target}/$target/dist/maitred

case $target in
    *-linux-musl)
        if readelf --dynamic "$binary" | grep NEEDED; then
            echo "$0: $binary is not static" >&2
            exit 1
        fi
        scripts/deb.sh "$binary" "$folder"
        ;;
esac
scripts/archive.sh "$binary" "$target" "$folder"
