#!/bin/bash
# Exits 0 if the server that listens on the port of MAITRED_LISTEN says that it takes contacts. For the container's
# health check: its image has no curl, and bash can speak enough HTTP. A server with keys tells a client that sends
# MAITRED_READY_KEY, one with the role supervisor; without it, that the process is up has to do. So it does where TLS is
# spoken, which bash cannot: there plain HTTP is answered 400.
set -eu

status_of() {
    exec 3<>"/dev/tcp/127.0.0.1/${MAITRED_LISTEN##*:}"
    printf 'GET %s HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n' "$1" "${MAITRED_READY_KEY:-}" >&3
    read -r _ status _ <&3
    exec 3<&-
}

status_of /readyz
if [ "$status" = 401 ]; then
    status_of /healthz
fi
[ "$status" = 200 ] || { [ -n "${MAITRED_TLS_CERT:-}" ] && [ "$status" = 400 ]; }
