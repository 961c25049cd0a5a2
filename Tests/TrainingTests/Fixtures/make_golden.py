#!/usr/bin/env python3
"""Reference values for Tests/TrainingTests, made by PyTorch in float64.

    apt-get install -y python3-torch && /usr/bin/python3 make_golden.py

Parameters and inputs are not stored: both sides draw them from formulas (Philox4x32-10 as documented in
Sources/Compute/CounterRandom.swift, written down here a second time). Large tensors are stored as a digest: sum, norm,
a sum weighted by cosines (which sees a permutation), and some entries.
"""
import json
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
INITIALISATION = 1  # purpose of the stream


def philox(counter, key):
    c, k = list(counter), list(key)
    for r in range(10):
        if r:
            k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
    return c


def words(seed, purpose, step, count):
    out, block = [], 0
    while len(out) < count:
        out += philox([block & 0xFFFFFFFF, block >> 32, step, purpose], [seed & 0xFFFFFFFF, seed >> 32])
        block += 1
    return np.array(out[:count], np.uint32)


def draw(seed, index, shape, fan_in):
    unit = (words(seed, INITIALISATION, index, int(np.prod(shape))) >> 8).astype(np.float32) * np.float32(2.0**-24)
    bound = np.float32(1) / np.sqrt(np.float32(fan_in))
    return torch.tensor(((np.float32(2) * unit - np.float32(1)) * bound).reshape(shape).astype(np.float64))


class CNN(nn.Module):
    def __init__(self, height, width, channels, classes):
        super().__init__()
        sizes = [(channels, 32), (32, 32), (32, 64), (64, 64)]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in sizes)
        self.dense = nn.ModuleList([nn.Linear(64 * (height // 4) * (width // 4), 128), nn.Linear(128, classes)])

    def named(self):
        return [("conv%d" % (i + 1), m) for i, m in enumerate(self.convs)] + [
            ("dense1", self.dense[0]), ("logits", self.dense[1])]

    def forward(self, x, taps):
        c1 = F.relu(self.convs[0](x))
        p1 = F.max_pool2d(F.relu(self.convs[1](c1)), 2)
        c3 = F.relu(self.convs[2](p1))
        p2 = F.max_pool2d(F.relu(self.convs[3](c3)), 2)
        d1 = F.relu(self.dense[0](p2.flatten(1)))
        logits = self.dense[1](d1)
        taps += [x, c1, p1, c3, p2, d1, logits.softmax(1)]
        return logits


class MLP(nn.Module):
    def __init__(self, width, hidden, classes):
        super().__init__()
        sizes = [width] + hidden
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, hidden))
        self.out = nn.Linear(sizes[-1], classes)

    def named(self):
        return [("hidden%d" % (i + 1), m) for i, m in enumerate(self.hidden)] + [("logits", self.out)]

    def forward(self, x, taps):
        taps.append(x)
        x = x.flatten(1)
        for layer in self.hidden:
            x = F.relu(layer(x))
            taps.append(x)
        logits = self.out(x)
        taps.append(logits.softmax(1))
        return logits


def short(value):
    return float("%.9g" % value)


def digest(tensor):
    values = tensor.detach().numpy().ravel()
    step = max(1, len(values) // 8)
    return {
        "sum": short(values.sum()),
        "norm": short(np.sqrt((values**2).sum())),
        "weighted": short((values * np.cos(np.arange(len(values)))).sum()),
        "step": step,
        "entries": [short(v) for v in values[::step][:8]],
    }


def case(name, net, shape, classes, batch, seed, hidden=None):
    parameters = []
    for layer, module in net.named():
        fan_in = int(np.prod(module.weight.shape[1:]))
        for kind, tensor in (("weight", module.weight), ("bias", module.bias)):
            tensor.data = draw(seed, len(parameters), tuple(tensor.shape), fan_in)
            parameters.append(("%s.%s" % (layer, kind), tensor))
    count = int(np.prod(shape))
    index = np.arange(batch * count)
    # Multiples of 1/64 between -2 and 2: exact in float32.
    x = torch.tensor(((index * 7919 + (index // count) * 104729) % 257 - 128) / 64.0).reshape([batch] + shape)
    y = torch.tensor([(row * 5 + 1) % classes for row in range(batch)])
    optimiser = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
    result = {"name": name, "shape": shape, "classes": classes, "hidden": hidden, "batch": batch, "seed": seed,
              "rate": 0.05, "momentum": 0.9, "weight_decay": 0.01, "steps": []}
    taps = []
    net(x, taps)
    result["probes"] = [digest(t.flatten(1)) for t in taps]
    for _ in range(2):
        optimiser.zero_grad()
        logits = net(x, [])
        loss = F.cross_entropy(logits, y)
        loss.backward()
        step = {"loss": short(loss), "logits": [short(v) for v in logits.detach().numpy().ravel()],
                "gradients": {name: digest(t.grad) for name, t in parameters}}
        optimiser.step()
        step["weights"] = {name: digest(t) for name, t in parameters}
        result["steps"].append(step)
    return result


def main():
    cases = [
        case("cnn", CNN(8, 8, 1, 3), [1, 8, 8], 3, 4, 11),
        case("cnn", CNN(11, 14, 3, 5), [3, 11, 14], 5, 6, 2**63 + 5),
        case("mlp", MLP(7, [16, 12], 4), [7], 4, 5, 3, [16, 12]),
        case("mlp", MLP(75, [40], 6), [3, 5, 5], 6, 9, 2**32, [40]),
    ]
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "golden.json"), "w") as file:
        json.dump({"torch": torch.__version__, "cases": cases}, file, indent=None, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
