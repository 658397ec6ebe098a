#!/bin/sh
# Prints what CHANGELOG.md says of a release: scripts/release-notes.sh v0.2.0 [CHANGELOG]. Fails if the tag is not the version in
# Cargo.toml, or if the changelog has nothing to say.
set -eu
cd "$(dirname "$0")/.."

version=${1#v}
written=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
if [ "$1" != "v$written" ]; then
    echo "$0: the tag is $1, and the version in Cargo.toml is $written" >&2
    exit 1
fi
notes=$(awk -v heading="## [$version]" '/^## / { inside = index($0, heading) == 1; next } inside' "${2:-CHANGELOG.md}")
if [ -z "$notes" ]; then
    echo "$0: the changelog has no section \"## [$version]\": rename \"## [Unreleased]\"" >&2
    exit 1
fi
echo "$notes"
