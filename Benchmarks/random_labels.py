#!/usr/bin/env python3
"""The paper's check with random labels (Baldock et al. 2021): what networks must memorise they decide later.

Needs a running service, NumPy, and a folder with fashion_mnist_idx.tar:

    make serve &
    python3 Benchmarks/random_labels.py DATA [--examples 4000] [--epochs 60] [--model cnn]

The same pictures once with their labels and once with labels by lot, 5 networks each. Prints the mean prediction depth in training
of both with intervals over examples, and probe by probe how often its vote is the original class and how often the label that was
learned; chance is a tenth. The neighbours that vote have random labels too, so the original class cannot show where all labels are
random; it does where some are (`reference_checks.py DATA depth-flips`). A `cnn` needs more than 40 epochs for random labels.
"""
import argparse, io
import numpy as np
import noise, reference_checks as checks


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data"); parser.add_argument("--url", default="http://127.0.0.1:8080"); parser.add_argument("--examples", type=int, default=4000)
    parser.add_argument("--epochs", type=int, default=60); parser.add_argument("--model", default="cnn"); a = parser.parse_args()
    service = checks.Service(a.url); x, y = noise.pictures(a.data, "fashion", a.examples)
    lot = np.random.default_rng(checks.SEED).integers(0, 10, len(y))
    for title, labels in (("given labels", y), ("random labels", lot)):
        spec = {"dataset": service.upload("random-labels" if labels is lot else "given-labels", x, labels), "model": a.model,
                "ensemble": {"folds": 5, "repeats": 1}, "training": {"epochs": a.epochs}}
        job, scores = service.run(spec); depth = scores["prediction_depth_train"].astype(float); known = depth[np.isfinite(depth)]
        error = 1.96 * known.std() / len(known) ** 0.5
        print(f"{title}: depth in training {known.mean():.3f} (+- {error:.3f}), decided in {len(known)} of {len(depth)} examples; not decided count as deepest in sorting")
        original, given = [], []
        for member in range(5):
            e = np.load(io.BytesIO(service.call(f"/v1/jobs/{job}/members/{member}/evidence.npz")))
            trained = e["held_out"] == 0; original.append((e["votes"][:, trained] == y[trained]).mean(1)); given.append((e["votes"][:, trained] == labels[trained]).mean(1))
        print("  votes for the original class by probe, examples trained on: " + ", ".join(f"{v:.3f}" for v in np.mean(original, 0)))
        print("  votes for the given label by probe:                         " + ", ".join(f"{v:.3f}" for v in np.mean(given, 0)), flush=True)


if __name__ == "__main__": main()
