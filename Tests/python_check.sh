# For the checks of a running service by Python packages: an environment of its own, made once, and a service on a free port.
# Sourced, after `name`, `binary` and `here` are set; leaves `root`, `venv`, `data` and `url`.
root=$(cd "$here/../.." && pwd)
venv="$root/.build/$name"

skip() {
    echo "$name: SKIPPED, $1"
    exit 0
}

command -v python3 > /dev/null || skip "python3 is not installed"
command -v curl > /dev/null || skip "curl is not installed"

# Installs the packages of requirements.txt, and without what they ask for those of requirements-no-deps.txt, unless that is done.
install_packages() {
    wanted=$(cat "$here"/requirements*.txt)
    [ "$wanted" != "$(cat "$venv/installed.txt" 2> /dev/null)" ] || return 0
    rm -rf "$venv"
    mkdir -p "$root/.build"
    python3 -m venv "$venv" > /dev/null 2>&1 || skip "python3 -m venv does not work (Debian: python3-venv)"
    pip="$venv/bin/pip install --quiet --no-compile --disable-pip-version-check --retries 1 --timeout 20"
    $pip -r "$here/requirements.txt" || skip "pip cannot install the packages (is PyPI reachable?)"
    if [ -e "$here/requirements-no-deps.txt" ]; then
        $pip --no-deps -r "$here/requirements-no-deps.txt" || skip "pip cannot install the packages (is PyPI reachable?)"
    fi
    echo "$wanted" > "$venv/installed.txt"
}

# Starts the service; it ends, and its data go, with this script.
start_service() {
    data=$(mktemp -d)
    "$binary" serve --port 0 --data-dir "$data/data" --public-dir "$root/public" "$@" > "$data/out" 2> "$data/log" &
    service=$!
    trap 'kill $service 2> /dev/null || true; wait $service 2> /dev/null || true; rm -rf "$data"' EXIT
    until grep -q '^listening on ' "$data/out"; do
        kill -0 $service 2> /dev/null || { cat "$data/log"; exit 1; }
        sleep 0.1
    done
    url=$(sed -n 's/^listening on //p' "$data/out")
}
