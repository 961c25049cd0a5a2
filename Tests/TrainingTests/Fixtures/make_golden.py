#!/usr/bin/env python3
"""Reference values for Tests/TrainingTests, made by PyTorch in float64.

    apt-get install -y python3-torch && /usr/bin/python3 make_golden.py

Parameters and inputs are not stored: both sides draw them from formulas (Philox4x32-10 as documented in
Sources/Compute/CounterRandom.swift, written down here a second time). Large tensors are stored as a digest: sum, norm,
a sum weighted by cosines (which sees a permutation), and some entries.
"""
import copy
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
        a, b = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
        c = [(b >> half) ^ c[1] ^ np.uint64(k[0]), b & low, (a >> half) ^ c[3] ^ np.uint64(k[1]), a & low]
    return c


def words(seed, purpose, step, count):
    block = np.arange((count + 3) // 4, dtype=np.uint64)
    zero = np.zeros_like(block)
    out = philox([block & np.uint64(0xFFFFFFFF), block >> np.uint64(32), zero + np.uint64(step),
                  zero + np.uint64(purpose)], [seed & 0xFFFFFFFF, seed >> 32])
    return np.stack(out, 1).ravel()[:count].astype(np.uint32)


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


class WideCNN(nn.Module):
    """`cnn` with chosen channels: a pool after each second convolution and the last."""

    def __init__(self, height, width, inputs, classes, channels, dense):
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, 3, padding=1) for a, b in zip([inputs] + channels, channels))
        pools = (len(channels) + 1) // 2
        flat = channels[-1] * (height >> pools) * (width >> pools)
        self.dense = nn.ModuleList([nn.Linear(flat, dense), nn.Linear(dense, classes)])

    def named(self):
        return [("conv%d" % (i + 1), m) for i, m in enumerate(self.convs)] + [
            ("dense1", self.dense[0]), ("logits", self.dense[1])]

    def forward(self, x, taps):
        taps.append(x)
        for i, conv in enumerate(self.convs):
            x = F.relu(conv(x))
            if i % 2 == 0:
                taps.append(x)
            if i % 2 == 1 or i == len(self.convs) - 1:
                x = F.max_pool2d(x, 2)
                taps.append(x)
        x = F.relu(self.dense[0](x.flatten(1)))
        logits = self.dense[1](x)
        taps += [x, logits.softmax(1)]
        return logits


class StandardizedConv2d(nn.Conv2d):
    def forward(self, x):
        variance, mean = torch.var_mean(self.weight, (1, 2, 3), unbiased=False, keepdim=True)
        weight = (self.weight - mean) / torch.sqrt(variance + 1e-10)
        return F.conv2d(x, weight, None, self.stride, self.padding)


def convolution(inputs, outputs, size=3, stride=1, standardized=False):
    kind = StandardizedConv2d if standardized else nn.Conv2d
    return kind(inputs, outputs, size, stride, size // 2, bias=False)


def norm(kind, channels):
    return nn.BatchNorm2d(channels) if kind == "batch" else nn.GroupNorm(channels // max(4, channels // 32), channels)


class Residual(nn.Module):
    def __init__(self, inputs, classes, stem, stages, kind, standardized):
        super().__init__()
        self.names = []

        def add(name, module):
            self.names.append((name, module))
            self.add_module(name.replace(".", "_"), module)
            return module

        self.stem = (add("stem.conv", convolution(inputs, stem, standardized=standardized)),
                     add("stem.norm", norm(kind, stem)))
        self.blocks = []
        below = stem
        for index, (channels, count) in enumerate(stages):
            for block in range(count):
                name = "block%d" % (len(self.blocks) + 1)
                stride = 2 if index > 0 and block == 0 else 1
                shortcut = None
                if stride != 1 or channels != below:
                    shortcut = (add(name + ".shortcut.conv", convolution(below, channels, 1, stride, standardized)),
                                add(name + ".shortcut.norm", norm(kind, channels)))
                self.blocks.append((
                    add(name + ".conv1", convolution(below, channels, 3, stride, standardized)),
                    add(name + ".norm1", norm(kind, channels)),
                    add(name + ".conv2", convolution(channels, channels, standardized=standardized)),
                    add(name + ".norm2", norm(kind, channels)), shortcut))
                below = channels
        self.out = add("logits", nn.Linear(below, classes))

    def named(self):
        return self.names

    def forward(self, x, taps):
        taps.append(x)
        x = self.stem[1](self.stem[0](x))
        taps.append(x)
        x = F.relu(x)
        for conv1, norm1, conv2, norm2, shortcut in self.blocks:
            skip = shortcut[1](shortcut[0](x)) if shortcut else x
            x = norm2(conv2(F.relu(norm1(conv1(x))))) + skip
            taps.append(x)
            x = F.relu(x)
        logits = self.out(x.mean((2, 3)))
        taps.append(logits.softmax(1))
        return logits


class VGG16(nn.Module):
    def __init__(self, height, width, inputs, classes, kind, standardized):
        super().__init__()
        self.layers = []
        self.names = []
        below = inputs
        for channels, count in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
            for _ in range(count):
                name = "conv%d" % (len(self.names) // 2 + 1)
                pair = [(name, convolution(below, channels, standardized=standardized)),
                        (name + ".norm", norm(kind, channels))]
                self.names += pair
                self.layers.append((pair[0][1], pair[1][1]))
                below = channels
            if min(height, width) >= 2:
                self.layers.append(None)
                height, width = height // 2, width // 2
        self.names.append(("logits", nn.Linear(below * height * width, classes)))
        for name, module in self.names:
            self.add_module(name.replace(".", "_"), module)

    def named(self):
        return self.names

    def forward(self, x, taps):
        taps.append(x)
        for layer in self.layers:
            if layer is None:
                x = F.max_pool2d(x, 2)
            else:
                x = layer[1](layer[0](x))
                taps.append(x)
                x = F.relu(x)
        logits = self.names[-1][1](x.flatten(1))
        taps.append(logits.softmax(1))
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


def digest(tensor, entries=8):
    values = tensor.detach().numpy().ravel()
    step = max(1, len(values) // entries)
    return {
        "sum": short(values.sum()),
        "norm": short(np.sqrt((values**2).sum())),
        "weighted": short((values * np.cos(np.arange(len(values)))).sum()),
        "step": step,
        "entries": [short(v) for v in values[::step][:entries]],
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


def set_parameters(net, seed):
    """Weights and biases are drawn; scales and shifts of normalisations follow a formula that float32 holds exactly."""
    parameters = []
    for layer, module in net.named():
        for kind in ("weight", "bias"):
            tensor = getattr(module, kind)
            if tensor is None:
                continue
            channel = np.arange(tensor.shape[0])
            if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
                value = 1 + (channel * 37 % 17 - 8) / 32 if kind == "weight" else (channel * 29 % 13 - 6) / 64
                tensor.data = torch.tensor(value)
            else:
                fan_in = int(np.prod(module.weight.shape[1:]))
                tensor.data = draw(seed, len(parameters), tuple(tensor.shape), fan_in)
            parameters.append(("%s.%s" % (layer, kind), tensor))
    return parameters


def inputs(shape, first, count):
    size = int(np.prod(shape))
    rows = np.arange(first, first + count)
    index = rows[:, None] * size + np.arange(size)
    values = ((index * 7919 + rows[:, None] * 104729) % 257 - 128) / 64.0
    return torch.tensor(values.reshape([count] + shape))


def deviation(expected, tensor):
    """What Golden.Digest.deviation computes, for the noise of float32."""
    values = tensor.detach().numpy().astype(np.float64).ravel()
    worst = max(abs(values.sum() - expected["sum"]), abs(np.sqrt((values**2).sum()) - expected["norm"]),
                abs((values * np.cos(np.arange(len(values)))).sum() - expected["weighted"]))
    for place, entry in enumerate(expected["entries"]):
        worst = max(worst, abs(values[place * expected["step"]] - entry))
    return worst / max(expected["norm"], 1e-6)


def float32_noise(net, x, y, parameters, step):
    """The largest deviation of a gradient where PyTorch itself computes in float32."""
    twin = copy.deepcopy(net).to(torch.float32).train()
    F.cross_entropy(twin(x.to(torch.float32), []), y).backward()
    tensors = dict(("%s.%s" % (layer, kind), getattr(module, kind)) for layer, module in twin.named()
                   for kind in ("weight", "bias") if getattr(module, kind) is not None)
    return max(deviation(step["gradients"][name], tensors[name].grad) for name, _ in parameters)


def deep_case(name, net, shape, classes, batch, seed, steps=2, rate=0.05, **options):
    """Like `case`, with fewer numbers a tensor: evaluation before each step, gradients, running statistics."""
    parameters = set_parameters(net, seed)
    x = inputs(shape, 0, batch)
    y = torch.tensor([(row * 5 + 1) % classes for row in range(batch)])
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9, weight_decay=0.01)
    result = {"name": name, "shape": shape, "classes": classes, "batch": batch, "seed": seed, "rate": rate,
              "momentum": 0.9, "weight_decay": 0.01, "options": options, "steps": []}
    for number in range(steps):
        twin = copy.deepcopy(net)
        net.eval()
        taps = []
        logits = net(x, taps)
        net.train()
        optimiser.zero_grad()
        loss = F.cross_entropy(net(x, []), y)
        loss.backward()
        step = {"loss": short(loss), "logits": [short(v) for v in logits.detach().numpy().ravel()],
                "gradients": {name: digest(t.grad, 2) for name, t in parameters}}
        step["float32_noise"] = short(float32_noise(twin, x, y, parameters, step))
        if number == 0:
            result["probes"] = [digest(t.flatten(1), 3) for t in taps]
        optimiser.step()
        step["running"] = {
            "%s.%s" % (layer, kind): digest(getattr(module, kind), 2) for layer, module in net.named()
            for kind in ("running_mean", "running_var") if getattr(module, kind, None) is not None}
        result["steps"].append(step)
    return result


def curve(net, shape, classes, seed, batches, batch, epochs, rate, dtype):
    """The loss of each step over some epochs of always the same batches. Channel c of the images of class c is brighter
    by one, which can be learnt."""
    set_parameters(net, seed)
    net.to(dtype).train()
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    losses = []
    for _ in range(epochs):
        for first in range(0, batches * batch, batch):
            y = torch.tensor([(row * 5 + 1) % classes for row in range(first, first + batch)])
            optimiser.zero_grad()
            x = inputs(shape, first, batch)
            x[torch.arange(batch), y] += 1
            loss = F.cross_entropy(net(x.to(dtype), []), y)
            loss.backward()
            optimiser.step()
            losses.append(float(loss))
    return losses


RESNET20 = (16, [(16, 3), (32, 3), (64, 3)])
RESNET18 = (64, [(64, 2), (128, 2), (256, 2), (512, 2)])


def deep():
    cases = [
        deep_case("resnet20", Residual(3, 4, *RESNET20, "group", False), [3, 9, 11], 4, 5, 21),
        deep_case("resnet20", Residual(1, 3, *RESNET20, "batch", False), [1, 12, 8], 3, 6, 22, norm="batch"),
        deep_case("resnet20", Residual(3, 4, *RESNET20, "group", True), [3, 8, 8], 4, 4, 23,
                  weight_standardization=True),
        deep_case("resnet18", Residual(3, 5, *RESNET18, "group", False), [3, 8, 8], 5, 3, 24, 1, norm="group"),
        deep_case("resnet18", Residual(3, 5, *RESNET18, "batch", True), [3, 12, 12], 5, 8, 25, 1, norm="batch",
                  weight_standardization=True),
        deep_case("vgg16", VGG16(8, 9, 1, 3, "group", False), [1, 8, 9], 3, 3, 26, 1),
        deep_case("vgg16", VGG16(8, 8, 3, 3, "batch", False), [3, 8, 8], 3, 16, 30, 1, norm="batch"),
        deep_case("cnn", WideCNN(9, 10, 3, 4, [16, 16, 24], 20), [3, 9, 10], 4, 5, 28, channels=[16, 16, 24],
                  dense=20),
    ]
    arguments = dict(shape=[3, 8, 8], classes=3, seed=29, batches=6, batch=16, epochs=3, rate=0.02)
    losses = {dtype: curve(Residual(3, 3, *RESNET20, "group", False), dtype=dtype, **arguments)
              for dtype in (torch.float64, torch.float32)}
    noise = max(abs(a - b) for a, b in zip(*losses.values()))
    return {"torch": torch.__version__, "cases": cases,
            "curve": dict(arguments, losses=[short(v) for v in losses[torch.float64]], float32_noise=short(noise))}


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
    with open(os.path.join(folder, "networks.json"), "w") as file:
        json.dump(deep(), file, indent=None, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
