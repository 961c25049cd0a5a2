#!/bin/sh
# `make demo`: starts the service, uploads the bundled sample by curl, follows the job, prints the findings, and leaves
# the service running. Everything it does is plain curl: copy its lines.
set -eu
cd "$(dirname "$0")/.."
binary=$1
sample=public/samples/mnist-5k.npz
mkdir -p data
chmod 700 data

# A service left by an earlier demo is used again.
if [ -f data/demo.pid ] && [ -f data/demo.url ] && kill -0 "$(cat data/demo.pid)" 2>/dev/null \
    && curl -fsS -o /dev/null "$(cat data/demo.url)/readyz" 2>/dev/null; then
    url=$(cat data/demo.url)
    echo "Using the service at $url"
else
    # A busy port takes the next one.
    port=8080
    while curl -s -o /dev/null --max-time 1 "http://127.0.0.1:$port/" || [ $? = 28 ]; do port=$((port + 1)); done
    : >data/demo.log
    nohup "$binary" serve --config config/plumbline.json --port "$port" >data/demo.out 2>>data/demo.log </dev/null &
    echo $! >data/demo.pid
    tries=0
    until grep -q '^listening on ' data/demo.out 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ] || ! kill -0 "$(cat data/demo.pid)" 2>/dev/null; then
            echo "The service did not start:" >&2
            tail -n 20 data/demo.log >&2
            exit 1
        fi
        sleep 0.1
    done
    url=$(sed -n 's/^listening on //p' data/demo.out)
    echo "$url" >data/demo.url
    echo "Started the service at $url"
fi

echo
echo "\$ curl -T $sample $url/v1/datasets/"
dataset=$(curl -fsS -T "$sample" "$url/v1/datasets/")
echo "$dataset" | jq -r '"  \(.num_examples) examples of \(.num_classes) classes, \(.shape | map(tostring) | join(" x ")): \(.id)"'
id=$(echo "$dataset" | jq -r .id)

echo "\$ curl -d '{\"dataset\":\"$id\"}' $url/v1/jobs"
job=$(curl -fsS -d "{\"dataset\":\"$id\",\"name\":\"demo\"}" "$url/v1/jobs")
id=$(echo "$job" | jq -r .id)
echo "$job" | jq -r '"  \(.id): \(.members.total) networks (\(.model.name)), \(.training.epochs) epochs each; \(.members.reused) of them are there already"'

echo "\$ curl $url/v1/jobs/$id"
last=""
while :; do
    job=$(curl -fsS "$url/v1/jobs/$id")
    state=$(echo "$job" | jq -r .state)
    line=$(echo "$job" | jq -r '"  \(.state): \(.members.succeeded) of \(.members.total) networks, \(.progress.fraction * 100 | floor) %" + (if .eta_seconds then ", about \(.eta_seconds) s to go" else "" end)')
    if [ -t 1 ]; then
        printf '\r\033[K%s' "$line"
    elif [ "$(echo "$job" | jq -r .members.succeeded)" != "$last" ]; then
        echo "$line"
        last=$(echo "$job" | jq -r .members.succeeded)
    fi
    case $state in succeeded | failed | cancelled) break ;; esac
    sleep 1
done
[ -t 1 ] && echo
if [ "$state" != succeeded ]; then
    echo "$job" | jq -r '"The job \(.state): \(.error.detail // .stop_reason)"' >&2
    exit 1
fi

summary=$(curl -fsS "$url/v1/jobs/$id/summary")
echo
echo "$summary" | jq -r '"Held-out accuracy  \(.accuracy.heldout * 1000 | round / 10) %   (k nearest neighbours in pixel space, no training: \(.accuracy.input_knn * 1000 | round / 10) %)
Trust              \(.trust.level)\(if (.trust.reasons | length) > 0 then " - " + (.trust.reasons | join(" ")) else "" end)

Accuracy by held-out prediction depth: the later the layers agree, the harder the example"'
echo "$summary" | jq -r '.accuracy_by_depth[] | select(.n > 0) | "  depth \(.from * 100 | round / 100) to \(.to * 100 | round / 100)\t\(.n) examples\t\(if .accuracy then (.accuracy * 1000 | round / 10 | tostring) + " %" else "-" end)"'

echo
echo "Probably mislabelled (curl '$url/v1/jobs/$id/issues?length=10'):"
curl -fsS "$url/v1/jobs/$id/issues?length=10&type=mislabelled" | jq -r '.issues[] | "  example \(.row_idx)\tgiven \(.label)\tsuggested \(.suggested_label)\tconfidence in the given label \(.self_confidence * 1000 | round / 1000)"'

echo
echo "Most forgotten while training (curl '$url/v1/jobs/$id/scores?orderby=-forgetting_rate&length=10'):"
curl -fsS "$url/v1/jobs/$id/scores?orderby=-forgetting_rate&length=10&columns=label,forgetting_events_counted,never_learned,never_learned_n,consistency" | jq -r '.rows[] | "  example \(.row_idx)\tlabel \(.row.label)\tforgotten \(.row.forgetting_events_counted) times, never learned in \(.row.never_learned) of \(.row.never_learned_n) networks\tright when held out: \(.row.consistency * 100 | round) %"'

echo
echo "Look at it:  $url$(echo "$job" | jq -r .links.page)"
echo "Stop it:     make stop"
