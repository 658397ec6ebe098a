#!/usr/bin/env bash
# Installs a Debian package on this machine, starts its service under systemd, uses it, and purges it with all that it
# stored: scripts/try-deb.sh PACKAGE --on-this-machine. Only for machines that are thrown away afterwards, as those of the
# release workflow are. What needs no running systemd is tested by crates/maitred/tests/packages, without such risks.
set -euo pipefail
if [ $# != 2 ] || [ "$2" != --on-this-machine ]; then
    echo "usage: $0 PACKAGE --on-this-machine (which loses everything that maitred stored on it)" >&2
    exit 2
fi
package=$(realpath "$1")
as_root=(sudo)
[ "$(id -u)" != 0 ] || as_root=(env)

as_service() {
    (cd / && "${as_root[@]}" runuser --user maitred -- maitred --config /etc/maitred/maitred.toml "$@")
}
is_served() {
    curl --silent --show-error --fail --retry 20 --retry-delay 1 --retry-connrefused --output /dev/null \
        http://127.0.0.1:8000/healthz
}

set -x
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes "$package"
# Enabled, and started by nobody yet.
systemctl is-enabled maitred
[ "$(systemctl is-active maitred)" = inactive ]
as_service users add admin --role admin --password-stdin <<<"four little words"

"${as_root[@]}" systemctl start maitred
is_served
# With a user, a call without a login is refused.
[ "$(curl --silent --output /dev/null --write-out '%{http_code}' http://127.0.0.1:8000/api/v1/contacts)" = 401 ]
as_service verify
"${as_root[@]}" systemctl kill --signal=KILL maitred
sleep 6
is_served

# An upgrade, here to itself, restarts it.
before=$(systemctl show --property=MainPID maitred)
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --reinstall "$package"
is_served
[ "$before" != "$(systemctl show --property=MainPID maitred)" ]

"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get purge --yes maitred
[ "$(systemctl is-active maitred)" = inactive ]
[ -z "$(command -v maitred)" ]
[ ! -e /etc/maitred ]
# What was stored stays after a purge.
"${as_root[@]}" test -s /var/lib/maitred/maitred.db
"${as_root[@]}" rm -r /var/lib/maitred
