#!/bin/bash
# Exits 0 if the server that listens on the port of MAITRED_LISTEN says that it takes contacts. For the container's
# health check: its image has no curl, and bash can speak enough HTTP.
set -eu

exec 3<>"/dev/tcp/127.0.0.1/${MAITRED_LISTEN##*:}"
printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
