#!/bin/sh
# Copies the two third-party files of the browser pages, d3 5.16 and marked 4.2.3, from Debian's packages node-d3 and node-marked into
# public/vendor/, which git ignores. The bytes are checked against the digests below, so what the pages run is exactly what was
# reviewed. Running it again changes nothing. Without the files the pages work: they show tables where charts would be, and the
# manual as plain text.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
folder=$root/public/vendor

digest() { sha256sum < "$1" | cut -d ' ' -f 1; }

# fetch PACKAGE VERSION SHA-256 FILE
fetch() {
    target=$folder/$(basename "$4")
    name=public/vendor/$(basename "$4")
    if [ -f "$target" ] && [ "$(digest "$target")" = "$3" ]; then
        echo "$name is in place"
        return
    fi
    if [ ! -f "$4" ]; then
        echo "fetch-assets: $4 is not there; run: apt-get install --no-install-recommends $1" >&2
        exit 1
    fi
    if [ "$(digest "$4")" != "$3" ]; then
        echo "fetch-assets: $4 is not the $2 that the pages were made with" >&2
        echo "  expected SHA-256 $3" >&2
        echo "  got              $(digest "$4")" >&2
        exit 1
    fi
    mkdir -p "$folder"
    # Written beside its place and renamed, so that a server already running never serves half of it.
    cp "$4" "$target.tmp"
    chmod 644 "$target.tmp"
    mv "$target.tmp" "$target"
    echo "$name copied from $1"
}

fetch node-d3 'd3 5.16.0' 63cdc8691107d063922c58ece1b9b4eeb9fef305429a55d3d962eea0812f1e03 \
    /usr/share/nodejs/d3/dist/d3.min.js
fetch node-marked 'marked 4.2.3' b9e8e00ef41cc4e81a114479a34a885a18a63c3ed83fa6d39d67e6d77feb0d05 \
    /usr/share/nodejs/marked/lib/marked.umd.min.js
