#!/bin/sh
# `make checks`: those of reference_checks.py against a service of its own. DATA is the folder with the data files.
set -eu
cd "$(dirname "$0")/.."
binary=$1
data=${DATA:-../shared/data}
if [ ! -f "$data/mnist_idx.tar" ]; then
    echo "No data: set DATA to a folder with mnist_idx.tar, fashion_mnist_idx.tar and mnist_reference_scores.zip." >&2
    exit 1
fi
folder=$(mktemp -d)
"$binary" serve --port 0 --data-dir "$folder/data" >"$folder/out" 2>"$folder/log" &
service=$!
trap 'kill $service; wait $service; rm -rf "$folder"' EXIT INT TERM
until grep -q '^listening on ' "$folder/out"; do kill -0 $service; sleep 0.1; done
url=$(sed -n 's/^listening on //p' "$folder/out")
# shellcheck disable=SC2086 # one word a check
python3 Benchmarks/reference_checks.py "$data" ${CHECKS:-mnist flips fashion-flips depth depth-flips c-scores pruning} --url "$url"
