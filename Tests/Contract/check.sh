#!/bin/sh
# Holds public/openapi.json against OpenAPI 3.1, and a running service against public/openapi.json (schemathesis, always the
# same requests). Both come from PyPI, once; where it cannot be reached the check is skipped, and says so.
set -eu
binary=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv="$root/.build/contract"

skip() {
    echo "contract: SKIPPED, $1"
    exit 0
}

command -v python3 > /dev/null || skip "python3 is not installed"
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    mkdir -p "$root/.build"
    python3 -m venv "$venv" > /dev/null 2>&1 || skip "python3 -m venv does not work (Debian: python3-venv)"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
        -r "$here/requirements.txt" || skip "PyPI cannot be reached"
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi

"$venv/bin/python" -m openapi_spec_validator "$root/public/openapi.json"

data=$(mktemp -d)
"$binary" serve --port 0 --slots 1 --data-dir "$data/data" --public-dir "$root/public" > "$data/out" 2> "$data/log" &
service=$!
trap 'kill $service 2> /dev/null || true; wait $service 2> /dev/null || true; rm -rf "$data"' EXIT
until grep -q '^listening on ' "$data/out"; do
    kill -0 $service 2> /dev/null || { cat "$data/log"; exit 1; }
    sleep 0.1
done
url=$(sed -n 's/^listening on //p' "$data/out")

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
