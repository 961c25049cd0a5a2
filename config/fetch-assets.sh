#!/bin/sh
# Copies the one third-party file of the browser page, d3 5.16, from Debian's package node-d3 into public/vendor/, which git
# ignores. The bytes are checked against the digest below, so what the page runs is exactly what was reviewed. Running it again
# changes nothing. Without the file the page works: it shows tables where its charts would be.
set -eu

sha256=63cdc8691107d063922c58ece1b9b4eeb9fef305429a55d3d962eea0812f1e03
source_file=/usr/share/nodejs/d3/dist/d3.min.js

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
folder=$root/public/vendor
target=$folder/d3.min.js

matches() {
    [ -f "$1" ] && [ "$(sha256sum < "$1" | cut -d ' ' -f 1)" = "$sha256" ]
}

if matches "$target"; then
    echo "public/vendor/d3.min.js is in place"
    exit 0
fi

if [ ! -f "$source_file" ]; then
    echo "fetch-assets: d3 is not installed; run: apt-get install --no-install-recommends node-d3" >&2
    exit 1
fi
if ! matches "$source_file"; then
    echo "fetch-assets: $source_file is not the d3 5.16.0 this page was made with" >&2
    echo "  expected SHA-256 $sha256" >&2
    echo "  got              $(sha256sum < "$source_file" | cut -d ' ' -f 1)" >&2
    exit 1
fi

mkdir -p "$folder"
# Written beside its place and renamed, so that a server already running never serves half of it.
cp "$source_file" "$target.tmp"
chmod 644 "$target.tmp"
mv "$target.tmp" "$target"
echo "public/vendor/d3.min.js copied from node-d3"
