#!/usr/bin/env bash
# Makes a Debian package of a binary: scripts/deb.sh BINARY FOLDER prints the path of the package that it wrote into the
# folder. The binary has to run on this machine: it says its version, and prints its manual pages and completions.
# The same binary gives the same package to the byte. DEB_COMPRESSION=none saves the time of packing (for tests).
set -euo pipefail
if [ $# != 2 ]; then
    echo "usage: $0 BINARY FOLDER" >&2
    exit 2
fi
binary=$(realpath "$1")
folder=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
umask 022

tree=$(mktemp --directory)
chmod 755 "$tree"
trap 'rm -rf "$tree"' EXIT

put() {
    install -D --mode="$1" "$2" "$tree/$3"
}

completions() {
    mkdir -p "$(dirname "$tree/$2")"
    "$binary" completions "$1" >"$tree/$2"
}

# The C library that a binary asks for; a static one asks for nothing.
libraries() {
    local needed newest
    needed=$(readelf --dynamic "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    [ -n "$needed" ] || return 0
    if strange=$(grep -vE '^(lib(c|m|gcc_s|dl|pthread|rt)\.so|ld-linux)' <<<"$needed"); then
        echo "$0: this script knows no Debian package for $strange, which $binary is linked with" >&2
        return 1
    fi
    newest=$(readelf --version-info "$binary" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
    echo "libc6 (>= ${newest#GLIBC_}), libgcc-s1, "
}

version=$("$binary" --version)
# Debian sorts a tilde before the end of a version, as SemVer sorts a hyphen: 1.0.0~rc.1 comes before 1.0.0.
version=${version#maitred }
version=${version/-/\~}-1
architecture=$(dpkg --print-architecture)
libraries=$(libraries)
target=$(uname -m)-unknown-linux-$([ -n "$libraries" ] && echo gnu || echo musl)
# The time of all files in the package.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat --format=%Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH

put 755 "$binary" usr/bin/maitred
put 644 deploy/maitred.service usr/lib/systemd/system/maitred.service
put 644 deploy/deb/sysusers.conf usr/lib/sysusers.d/maitred.conf
put 644 deploy/deb/tmpfiles.conf usr/lib/tmpfiles.d/maitred.conf
put 640 deploy/maitred.toml etc/maitred/maitred.toml
put 644 deploy/deb/copyright usr/share/doc/maitred/copyright
completions bash usr/share/bash-completion/completions/maitred
completions zsh usr/share/zsh/vendor-completions/_maitred
completions fish usr/share/fish/vendor_completions.d/maitred.fish

mkdir -p "$tree/usr/share/man/man1"
"$binary" man --out "$tree/usr/share/man/man1"
gzip --best --no-name "$tree"/usr/share/man/man1/*
scripts/third-party.sh "$target" | gzip --best --no-name >"$tree/usr/share/doc/maitred/third-party.txt.gz"
gzip --best --no-name <CHANGELOG.md >"$tree/usr/share/doc/maitred/changelog.gz"
gzip --best --no-name >"$tree/usr/share/doc/maitred/changelog.Debian.gz" <<END
maitred ($version) stable; urgency=medium

  * What has changed is in changelog.gz.

 -- maitred maintainers <maintainers@maitred.invalid>  $(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")
END

kibibytes=$(du --summarize --apparent-size --block-size=1024 "$tree" | cut --fields=1)
(cd "$tree" && find usr -type f -print0 | sort --zero-terminated | xargs --null md5sum) >"$tree/md5sums"
mkdir "$tree/DEBIAN"
mv "$tree/md5sums" "$tree/DEBIAN/md5sums"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@KIBIBYTES@/$kibibytes/" \
    -e "s/@LIBRARIES@/$libraries/" deploy/deb/control >"$tree/DEBIAN/control"
echo /etc/maitred/maitred.toml >"$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    put 755 "deploy/deb/$script" "DEBIAN/$script"
done

package=$folder/maitred_${version}_$architecture.deb
# Ubuntu's own choice of compression cannot be read by older Debians.
dpkg-deb --root-owner-group -Z"${DEB_COMPRESSION:-xz}" --build "$tree" "$package" >&2
echo "$package"
