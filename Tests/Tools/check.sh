#!/bin/sh
# Runs the README's lines for other people's tools as they stand there, against a service with a finished job and the packages
# themselves. Those come from PyPI, once (some 900 MB); where that does not work the check is skipped, and says so.
set -eu
binary=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv="$root/.build/tools"

skip() {
    echo "tools: SKIPPED, $1"
    exit 0
}

command -v python3 > /dev/null || skip "python3 is not installed"
command -v curl > /dev/null || skip "curl is not installed"
if ! cat "$here/requirements.txt" "$here/requirements-no-deps.txt" | cmp -s - "$venv/requirements.txt"; then
    rm -rf "$venv"
    mkdir -p "$root/.build"
    python3 -m venv "$venv" > /dev/null 2>&1 || skip "python3 -m venv does not work (Debian: python3-venv)"
    pip="$venv/bin/pip install --quiet --no-compile --disable-pip-version-check --retries 1 --timeout 20"
    $pip -r "$here/requirements.txt" || skip "pip cannot install the packages (is PyPI reachable?)"
    # Most of what this one asks for is for other ends: OpenCV, NLTK, a code generator.
    $pip --no-deps -r "$here/requirements-no-deps.txt" || skip "pip cannot install the packages (is PyPI reachable?)"
    cat "$here/requirements.txt" "$here/requirements-no-deps.txt" > "$venv/requirements.txt"
fi

data=$(mktemp -d)
"$binary" serve --port 0 --data-dir "$data/data" --public-dir "$root/public" > "$data/out" 2> "$data/log" &
service=$!
trap 'kill $service 2> /dev/null || true; wait $service 2> /dev/null || true; rm -rf "$data"' EXIT
until grep -q '^listening on ' "$data/out"; do
    kill -0 $service 2> /dev/null || { cat "$data/log"; exit 1; }
    sleep 0.1
done
mkdir "$data/work"
HF_HOME="$data/huggingface" HF_HUB_OFFLINE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 "$venv/bin/python" "$here/tools_test.py" "$root/README.md" \
    "$(sed -n 's/^listening on //p' "$data/out")" "$data/work"
