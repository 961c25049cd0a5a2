#!/bin/sh
# Runs the manual's lines for other people's tools as they stand there, against a service with a finished job and the packages
# themselves. Those come from PyPI, once (some 900 MB); where that does not work the check is skipped, and says so.
set -eu
name=tools
binary=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../python_check.sh"
# Without what it asks for: Label Studio's SDK, which wants OpenCV, NLTK and a code generator for other ends.
install_packages
start_service

mkdir "$data/work"
HF_HOME="$data/huggingface" HF_HUB_OFFLINE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 "$venv/bin/python" "$here/tools_test.py" "$root/public/manual/tools.md" \
    "$url" "$data/work"
