#!/bin/sh
# The engine's tests once more as on processors that have less than this one: what is limited is what oneDNN generates, and by
# that which of our own paths are taken. A processor that has no more than a set passes over it.
set -eu
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for set in AVX2 AVX512_CORE AVX512_CORE_BF16; do
    case $set in
        AVX2) flag=avx512f ;;
        AVX512_CORE) flag=avx512_bf16 ;;
        AVX512_CORE_BF16) flag=amx_tile ;;
    esac
    if ! grep -qw "$flag" /proc/cpuinfo; then
        echo "instruction sets: this processor has no more than $set; the tests above were of it"
        exit 0
    fi
    echo "instruction sets: as on a processor that has $set and no more"
    if ! ONEDNN_MAX_CPU_ISA=$set swift test -c release --skip-build \
        --filter '^(ComputeTests|TrainingTests|NeighborsTests|WorkerTests)\.' > "$log" 2>&1 \
        || ! grep -q "Test run with .* passed" "$log"; then
        grep -E "✘|error:" "$log" >&2 || tail -n 5 "$log" >&2
        exit 1
    fi
    grep "Test run with" "$log"
done
