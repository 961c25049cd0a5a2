#!/bin/sh
# Holds public/openapi.json against OpenAPI 3.1, and a running service against public/openapi.json (schemathesis, always the
# same requests). Both come from PyPI, once; where it cannot be reached the check is skipped, and says so.
set -eu
name=contract
binary=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../python_check.sh"
install_packages

"$venv/bin/python" -m openapi_spec_validator "$root/public/openapi.json"

start_service --slots 1

# Something to ask about: a table, and a training log with its job.
for row in 1 2 3 4 5 6 7 8 9 10; do echo "$row,$((row * row % 7)),$((row % 2))"; done > "$data/table.csv"
for guid in 1 2 3 4; do
    echo "{\"guid\": $guid, \"logits_epoch_0\": [1, 0], \"logits_epoch_1\": [0, 1], \"gold\": $((guid % 2))}"
done > "$data/log.jsonl"
curl --silent --show-error --fail --output /dev/null --upload-file "$data/table.csv" "$url/v1/datasets/"
curl --silent --show-error --fail --output /dev/null --upload-file "$data/log.jsonl" "$url/v1/evidence/"

# It keeps notes of failures in the folder it runs in.
cd "$data"
# Event streams end with their job and not before; deletions would leave the rest nothing to ask about.
"$venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$url/openapi.json" \
    --exclude-path-regex '/events' --exclude-method DELETE --request-timeout 20
