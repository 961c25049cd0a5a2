#!/usr/bin/env python3
"""Whether self-calibration keeps its promise: labels are flipped in the uploaded file at a rate that the service does not know, the job
plants 5 % of its own, and the precision that it expects of its cut is held against the true one. One job for each of ten seeds.

Needs a running service, NumPy, and a folder with mnist_idx.tar and fashion_mnist_idx.tar:

    make serve &
    python3 Benchmarks/calibration.py DATA fashion 0.02 0.1 0.2 [--examples 5000] [--seeds 10] [--kind uniform]
"""
import argparse, json
import numpy as np
import noise, reference_checks as checks


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data"); parser.add_argument("name", choices=["mnist", "fashion"]); parser.add_argument("rate", type=float, nargs="+")
    parser.add_argument("--url", default="http://127.0.0.1:8080"); parser.add_argument("--examples", type=int, default=5000)
    parser.add_argument("--seeds", type=int, default=10); parser.add_argument("--kind", default="uniform"); a = parser.parse_args()
    service = checks.Service(a.url)
    for rate in a.rate:
        x, y = noise.pictures(a.data, a.name, a.examples); labels, mask = noise.flip(y, a.kind, rate)
        dataset = service.upload(f"{a.name}-calibration-{round(1000 * rate)}", x, labels); rows = []
        for seed in range(a.seeds):
            job, scores = service.run({"dataset": dataset, "model": {"name": "mlp", "hidden": [256]}, "training": {"seed": seed}, "plant": {"fraction": 0.05},
                                       "ensemble": {"folds": 5, "repeats": 1}})
            chosen = json.loads(service.call(f"/v1/jobs/{job}/summary"))["calibration"]["chosen"]
            value = scores[chosen["score"]]; own = scores["planted"] == 0
            flagged = own & (value >= chosen["cut"] if chosen["higher_is_harder"] else value <= chosen["cut"])
            none = {"value": float("nan"), "interval": [float("nan")] * 2}
            expected, rate_told = chosen["expected_precision"] or none, chosen["noise_rate"] or none; true = mask[flagged].mean() if flagged.any() else float("nan")
            rows.append((expected["value"], *expected["interval"], true, rate_told["value"]))
        r = np.array(rows, float); inside = (r[:, 1] <= r[:, 3]) & (r[:, 3] <= r[:, 2])
        print(f"{a.name}, {a.examples} examples, {rate:.3f} of the labels {a.kind} flips (seed {checks.SEED}): estimated rate {np.nanmean(r[:, 4]):.3f}; "
              f"expected precision {np.nanmean(r[:, 0]):.3f} ({np.nanmean(r[:, 1]):.3f} to {np.nanmean(r[:, 2]):.3f}), true {r[:, 3].mean():.3f}; "
              f"inside the interval {inside.sum()} of {len(r)}, at least its lower end {(r[:, 3] >= r[:, 1]).sum()} of {len(r)}", flush=True)


main()
