#!/bin/sh
# Makes a fresh Debian 12 ready to build and run Plumbline. Safe to run again and again.
#   config/setup.sh         what building and running need
#   config/setup.sh test    and what the tests need
set -eu
here=$(cd "$(dirname "$0")" && pwd)

list() { grep -hv '^#' "$@" | tr '\n' ' '; }
packages=$(list "$here/packages.txt")
[ "${1:-}" = test ] && packages="$packages $(list "$here/packages-test.txt")"

missing=""
for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
        echo "installing:$missing"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        # shellcheck disable=SC2086 # one word a package
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "These Debian packages are missing. Install them and run the command again:" >&2
        echo "    sudo apt-get install -y --no-install-recommends$missing" >&2
        exit 1
    fi
fi

if ! command -v swift >/dev/null 2>&1; then
    echo "Swift 6.3 or newer is missing. Get it for Debian 12 from https://www.swift.org/install/linux/" >&2
    echo "(swiftly, or the tarball unpacked and its usr/bin in PATH) and run the command again." >&2
    exit 1
fi

"$here/fetch-assets.sh"
"$here/fetch-models.sh"
