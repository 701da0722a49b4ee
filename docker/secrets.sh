#!/bin/sh
# Makes the secrets that compose.yaml hands to the containers, once; what is there stays.
set -eu
umask 077
cd "$(dirname -- "$0")"
mkdir -p secrets
for name in secret_key credential_key database_password; do
    [ -s "secrets/$name" ] || head -c 36 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' >"secrets/$name"
    chmod 444 "secrets/$name" # read by the containers' own user; the directory keeps others out
done
echo "secrets are in $PWD/secrets"
