#!/bin/sh
# `make bench`: compare.py in an environment of its own with the yardstick's packages. BENCH: beginnings of entries.
set -eu
cd "$(dirname "$0")/.."
plumbline=$1 engine=$2
data=${DATA:-../shared/data} yardstick=${YARDSTICK:-../shared/yardstick}
if [ ! -f "$data/fashion_mnist_idx.tar" ] || [ ! -f "$yardstick/reference_pipeline.py" ]; then
    echo "Set DATA to a folder with mnist_idx.tar, fashion_mnist_idx.tar and mnist_reference_scores.zip, and YARDSTICK to" >&2
    echo "one with reference_pipeline.py." >&2
    exit 1
fi
venv=${BENCH_VENV:-Benchmarks/.venv}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet torch faiss-cpu scikit-learn numpy threadpoolctl || { rm -rf "$venv"; exit 1; }
fi
# shellcheck disable=SC2086 # one word an entry, options as they are
exec "$venv/bin/python" Benchmarks/compare.py ${BENCH:-} --plumbline "$plumbline" --engine "$engine" \
    --data "$data" --yardstick "$yardstick" ${BENCH_OPTIONS:-}
