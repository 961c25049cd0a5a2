#!/bin/sh
# Stops the service that `make demo` left running: SIGTERM, then a wait until it has drained.
set -eu
cd "$(dirname "$0")/.."
state=data/demo.pid
if [ ! -f "$state" ]; then
    echo "No demo service is running."
    exit 0
fi
pid=$(cat "$state")
# The process id may have been reused: only a process whose program is ours is stopped.
if [ "$(readlink "/proc/$pid/exe" 2>/dev/null | sed 's/ (deleted)$//' | xargs -r basename)" = plumbline ]; then
    kill -TERM "$pid"
    tries=0
    while kill -0 "$pid" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -gt 300 ] && { kill -KILL "$pid"; break; }
        sleep 0.1
    done
    echo "Stopped."
else
    echo "The demo service had ended already."
fi
rm -f "$state"
