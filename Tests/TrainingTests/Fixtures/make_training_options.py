#!/usr/bin/env python3
"""Reference values for the training options, made by PyTorch in float64.

    apt-get install -y python3-torch && /usr/bin/python3 make_training_options.py

`one_cycle`: the rates of torch.optim.lr_scheduler.OneCycleLR with anneal_strategy='cos' and cycle_momentum=False.
`label_smoothing`: an mlp as make_golden.py draws it (whose helpers are used), the gradients of
torch.nn.functional.cross_entropy(label_smoothing=...), and the loss and the logits without smoothing.
"""
import json
import os

import numpy as np
import torch
from torch.nn import functional as F

import make_golden as golden


def one_cycle(peak, pct_start, total):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=peak, total_steps=total, pct_start=pct_start, anneal_strategy="cos", cycle_momentum=False)
    rates = []
    for step in range(total):
        rates.append(schedule.get_last_lr()[0])
        optimiser.step()
        if step + 1 < total:
            schedule.step()
    return {"peak": peak, "warmup_fraction": pct_start, "steps": total, "rates": rates}


def label_smoothing(smoothing, shape, hidden, classes, batch, seed):
    net = golden.MLP(shape[0], hidden, classes)
    parameters = []
    for layer, module in net.named():
        fan_in = int(np.prod(module.weight.shape[1:]))
        for kind, tensor in (("weight", module.weight), ("bias", module.bias)):
            tensor.data = golden.draw(seed, len(parameters), tuple(tensor.shape), fan_in)
            parameters.append(("%s.%s" % (layer, kind), tensor))
    count = int(np.prod(shape))
    index = np.arange(batch * count)
    x = torch.tensor(((index * 7919 + (index // count) * 104729) % 257 - 128) / 64.0).reshape([batch] + shape)
    y = torch.tensor([(row * 5 + 1) % classes for row in range(batch)])
    logits = net(x, [])
    F.cross_entropy(logits, y, label_smoothing=smoothing).backward()
    return {"smoothing": smoothing, "shape": shape, "hidden": hidden, "classes": classes, "batch": batch, "seed": seed,
            "loss": golden.short(F.cross_entropy(logits, y)),
            "gradients": {name: golden.digest(t.grad) for name, t in parameters}}


def main():
    document = {
        "one_cycle": [one_cycle(0.05, 0.3, 40), one_cycle(0.1, 0.25, 23), one_cycle(1.0, 0.0, 5),
                      one_cycle(0.02, 1.0, 7), one_cycle(0.4, 0.3, 1)],
        "label_smoothing": [label_smoothing(0.1, [7], [16, 12], 4, 5, 3), label_smoothing(0.5, [5], [8], 3, 6, 21)],
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "training_options.json")
    with open(path, "w") as file:
        json.dump(document, file)
        file.write("\n")


if __name__ == "__main__":
    main()
