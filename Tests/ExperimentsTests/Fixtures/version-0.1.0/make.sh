#!/bin/sh
# Makes the data folder of this fixture with a running program: every kind of job that version 0.1.0 knew, small.
#   make.sh PLUMBLINE PUBLIC OUTPUT.tar.gz
set -eu
program=$1 public=$2 output=$3
work=$(mktemp -d)
port=18431 base=http://127.0.0.1:18431
python3 - "$work" <<'PY'
import json, random, sys, io, zipfile
random.seed(1)
rows = []
for i in range(48):
    c = i % 2
    rows.append([round(random.gauss(4 * c, 1), 3) for _ in range(3)] + [["cat", "dog"][c]])
with open(sys.argv[1] + "/toy.csv", "w") as f:
    f.write("a,b,c,label\n")
    for r in rows: f.write(",".join(map(str, r)) + "\n")
import numpy as np
y = np.arange(48) % 2
rng = np.random.default_rng(0)
logits = rng.normal(size=(4, 48, 2)).astype("float32")
np.savez(sys.argv[1] + "/log.npz", labels=y, logits=logits)
PY
"$program" serve --port "$port" --data-dir "$work/data" --public-dir "$public" --slots 1 >"$work/out" 2>"$work/err" &
pid=$!
until grep -q listening "$work/out"; do sleep 0.2; done
job() { curl -sS -H 'Content-Type: application/json' "$base/v1/jobs" -d "$1" | python3 -c 'import json,sys; d=json.load(sys.stdin); print(d["id"])'; }
wait_for() { until curl -sS "$base/v1/jobs/$1" | grep -qE '"state":"(succeeded|failed|cancelled)"'; do sleep 0.2; done; }
curl -sS -T "$work/toy.csv" "$base/v1/datasets/toy.csv" >/dev/null
small='"model":{"name":"mlp","hidden":[4]},"training":{"epochs":12,"batch_size":4}'
a=$(job '{"dataset":"toy","name":"folds",'"$small"',"ensemble":{"folds":2,"repeats":2},"plant":true}'); wait_for "$a"
b=$(job '{"dataset":"toy","name":"subsets",'"$small"',"ensemble":{"plan":"subsets","ratios":[0.5,0.8],"runs":2},"probes":{"k":3}}'); wait_for "$b"
c=$(job '{"dataset":"toy","name":"thresholds",'"$small"',"ensemble":{"plan":"threshold_samples"}}'); wait_for "$c"
d=$(job '{"dataset":"toy","name":"until",'"$small"',"ensemble":{"folds":2,"until":{"score":"aum","reliability":0.2,"max_repeats":3}}}'); wait_for "$d"
e=$(curl -sS -H 'Content-Type: application/json' "$base/v1/jobs/$d/subsets" -d '{"keep":0.8,"by":"aum","verify":true,"runs":2}' | python3 -c 'import json,sys; print(json.load(sys.stdin)["verification"]["job"])'); wait_for "$e"
f=$(curl -sS -T "$work/log.npz" "$base/v1/evidence/log.npz?dataset=toy" | python3 -c 'import json,sys; print(json.load(sys.stdin)["id"])'); wait_for "$f"
g=$(job '{"dataset":"toy","name":"cancelled","model":{"name":"mlp","hidden":[4]},"training":{"epochs":1000},"ensemble":{"folds":2,"repeats":2}}')
curl -sS -X POST "$base/v1/jobs/$g/cancel" >/dev/null
job '{"dataset":"toy","name":"queued","model":{"name":"mlp","hidden":[4]},"training":{"epochs":1000,"batch_size":1},"ensemble":{"folds":5,"repeats":2}}' >/dev/null
mkdir "$work/documents"
curl -sS "$base/v1/jobs" > "$work/documents/jobs.json"
for id in "$a" "$b" "$c" "$d" "$e" "$f"; do
    curl -sS "$base/v1/jobs/$id/members" > "$work/documents/$id.members.json"
    curl -sS "$base/v1/jobs/$id/summary" > "$work/documents/$id.summary.json"
done
kill -9 "$pid"
cp -r "$work/documents" "$work/data/documents"
tar -C "$work" --sort=name --owner=0 --group=0 --mtime=@0 -czf "$output" data
rm -rf "$work"
