#!/usr/bin/env python3
"""What Toneva et al. (2019) found of forgetting, on MNIST: how much can be dropped, and how stable the counts are.

Needs a running service, NumPy, and a folder with mnist_idx.tar:

    make serve &
    python3 Benchmarks/forgetting.py DATA [--examples 10000] [--seeds 5] [--repeats 5] [--keep 0.9 0.8 ...]

An `mlp` 512-256 learns the first examples of the training set, 5 folds, several repeats. Then the least forgotten examples are
dropped, and as many by lot; networks of several seeds learn each set and answer for the 10,000 test digits. The share that can
be dropped without loss is the largest whose accuracy is within 0.2 points of that of all. Stability: Pearson's correlation of the
counts of two networks over the examples that both trained on, and of the mean counts of two halves of the networks.
"""
import argparse, io, itertools, json
import numpy as np
import noise, reference_checks as checks


def counts(service, job, members):
    """members x N forgetting events, NaN where held out: right at one presentation, wrong at the next."""
    out = []
    for member in range(members):
        e = np.load(io.BytesIO(service.call(f"/v1/jobs/{job}/members/{member}/evidence.npz")))
        right = e["margin"] > 0
        events = (right[:-1] & ~right[1:]).sum(0).astype(float); events[e["held_out"] != 0] = np.nan
        out.append(events)
    return np.array(out)


def pearson(a, b):
    ok = np.isfinite(a) & np.isfinite(b)
    return float(np.corrcoef(a[ok], b[ok])[0, 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data"); parser.add_argument("--url", default="http://127.0.0.1:8080"); parser.add_argument("--examples", type=int, default=10000)
    parser.add_argument("--seeds", type=int, default=5); parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--keep", type=float, nargs="+", default=[0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]); a = parser.parse_args()
    if a.repeats < 2: parser.error("--repeats must be 2 or more: one half is held against the other")
    service = checks.Service(a.url); x, y = noise.pictures(a.data, "mnist", a.examples); tar = f"{a.data}/mnist_idx.tar"
    job, _ = service.run(checks.mlp(service.upload_arrays("mnist-forgetting", {
        "x_train": x, "y_train": y, "x_test": checks.idx(tar, "t10k-images"), "y_test": checks.idx(tar, "t10k-labels").astype(np.int64)}), a.repeats))

    members = 5 * a.repeats; events = counts(service, job, members)
    single = [pearson(events[i], events[j]) for i, j in itertools.combinations(range(members), 2) if i // 5 != j // 5]
    half = 5 * (a.repeats // 2)
    events = events[:, np.isfinite(events).any(0)]  # test digits are trained on by none
    halves = pearson(np.nanmean(events[:half], 0), np.nanmean(events[half:2 * half], 0))
    print(f"{len(y)} examples, {members} networks: forgotten at least once by the average network {(events[np.isfinite(events)] > 0).mean():.3f} of its examples")
    print(f"Pearson of one network against one {np.mean(single):.3f} ({np.min(single):.3f} to {np.max(single):.3f}, {len(single)} pairs); of {half} against {half} {halves:.3f}")

    asked = {"keep": a.keep, "by": "forgetting_rate", "direction": "hardest", "verify": True, "runs": a.seeds}
    verification = json.loads(service.call(f"/v1/jobs/{job}/subsets", json.dumps(asked).encode()))["verification"]["job"]
    results = service.follow(verification)["pruning"]["results"]
    print(f"{a.seeds} seeds a set, on {results['num_evaluated']:.0f} unseen examples ({results['evaluated_on']})\n| set | trained on | accuracy | 95 % interval |\n| --- | --- | --- | --- |")
    for s in results["sets"]: print(f"| {s['set']} | {s['num_train']:.0f} | {100 * np.mean(s['accuracies']):.2f} % | {100 * s['interval'][0]:.2f} to {100 * s['interval'][1]:.2f} |")
    full = np.mean(results["sets"][0]["accuracies"])
    for kind in ("kept", "random"):
        lost = [full - np.mean(s["accuracies"]) for s in results["sets"] if s["set"] == kind]
        fine = list(itertools.takewhile(lambda pair: pair[1] <= 0.002, zip(a.keep, lost)))
        print(f"{kind}: {1 - fine[-1][0] if fine else 0:.0%} can be dropped at a loss of at most 0.2 points; loss by share kept " + ", ".join(f"{k:.0%} {100 * l:+.2f}" for k, l in zip(a.keep, lost)))


if __name__ == "__main__": main()
