#!/bin/sh
# Docker gives secrets as files, gym.toml asks for them as ${NAME}: /run/secrets/redis_password becomes REDIS_PASSWORD.
set -eu
for file in "${SPOTTER_SECRETS:-/run/secrets}"/*; do
    [ -f "$file" ] || continue
    name=$(basename "$file" | tr 'a-z.-' 'A-Z__')
    value=$(cat "$file")
    export "$name=$value"
done
# For advertise = "${SPOTTER_HOST}": by its host name, workers in other containers reach this one.
export SPOTTER_HOST="${SPOTTER_HOST:-$(hostname)}"
exec "$@"
