#!/bin/sh
# `make photographs`: photographs.py in an environment of its own. DATA is the folder with photos/.
set -eu
cd "$(dirname "$0")/.."
plumbline=$1
data=${DATA:-../shared/data}
if [ ! -d "$data/photos" ]; then
    echo "No photographs: set DATA to a folder with photos/NAME.zip and photos/NAME.truth.csv (source, given, true)." >&2
    exit 1
fi
venv=${PHOTOS_VENV:-Benchmarks/.venv-photos}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet onnxruntime==1.32.0 pillow scikit-learn cleanlab numpy || { rm -rf "$venv"; exit 1; }
fi
# shellcheck disable=SC2086 # one word a set
exec "$venv/bin/python" Benchmarks/photographs.py "$plumbline" "$data/photos" ${PHOTOS:-}
