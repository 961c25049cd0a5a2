#!/usr/bin/env python3
"""Which score finds wrong labels: flips labels of a dataset, has it analysed, and ranks the flips by every score.

Needs a running service, NumPy, and a folder with mnist_idx.tar, fashion_mnist_idx.tar and cifar10_train_batch_1.zip:

    make serve &
    python3 Benchmarks/noise.py DATA mnist uniform 0.2 [--examples 10000] [--model cnn] [--repeats 2] [--epochs 15] [--batch-size 128]

The flips are in the uploaded file: the service does not know of them. `uniform` draws another class, `pair` takes the next one.
Prints for each score with a direction the area under the ROC curve, average precision, and precision among as many first places
as there are flips, or among the shares of the examples that --top names. The seed is fixed and printed.
"""
import argparse, json, zipfile
import numpy as np
import reference_checks as checks


def pictures(data, name, examples):
    if name == "cifar":
        with zipfile.ZipFile(f"{data}/cifar10_train_batch_1.zip") as z:
            raw = z.read(next(n for n in z.namelist() if "batch_1" in n))
        rows = np.frombuffer(raw, np.uint8).reshape(-1, 3073)[:examples]
        return rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), rows[:, 0].astype(np.int64)
    tar = f"{data}/{'fashion_mnist' if name == 'fashion' else 'mnist'}_idx.tar"
    return checks.idx(tar, "train-images")[:examples], checks.idx(tar, "train-labels")[:examples].astype(np.int64)


def flip(y, kind, share):
    rng = np.random.default_rng(checks.SEED); mask = np.zeros(len(y), bool); mask[rng.choice(len(y), round(share * len(y)), replace=False)] = True
    shift = rng.integers(1, 10, len(y)) if kind == "uniform" else np.ones(len(y), int)
    return np.where(mask, (y + shift) % 10, y), mask


def average_precision(score, positive):
    """Mean precision at each positive; ties as if broken by lots: the expected value over the tie is its mean precision."""
    order = np.argsort(-score, kind="stable"); s, p = score[order], positive[order].astype(float)
    start = np.flatnonzero(np.r_[True, s[1:] != s[:-1]]); end = np.r_[start[1:], len(s)]
    for a, b in zip(start, end): p[a:b] = p[a:b].mean()
    return float((np.cumsum(p) / np.arange(1, len(p) + 1) * p).sum() / positive.sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data"); parser.add_argument("name", choices=["mnist", "fashion", "cifar"])
    parser.add_argument("kind", choices=["uniform", "pair"]); parser.add_argument("share", type=float)
    parser.add_argument("--url", default="http://127.0.0.1:8080"); parser.add_argument("--examples", type=int, default=10000)
    parser.add_argument("--model", default="cnn"); parser.add_argument("--repeats", type=int, default=2); parser.add_argument("--epochs", type=int)
    parser.add_argument("--batch-size", type=int); parser.add_argument("--top", type=float, nargs="*", default=[])
    parser.add_argument("--no-probes", action="store_true", help="scores of training alone, for large datasets")
    a = parser.parse_args(); service = checks.Service(a.url)
    x, y = pictures(a.data, a.name, a.examples); labels, mask = flip(y, a.kind, a.share)
    print(f"{a.name}, {len(y)} examples, {a.kind} flips of {mask.sum()} labels (seed {checks.SEED}), {a.model}, 5 x {a.repeats}", flush=True)
    spec = {"dataset": service.upload(f"{a.name}-{a.kind}-{round(100 * a.share)}", x, labels), "model": a.model, "ensemble": {"folds": 5, "repeats": a.repeats}}
    training = {"epochs": a.epochs, "batch_size": a.batch_size}
    spec["training"] = {k: v for k, v in training.items() if v}
    if a.no_probes: spec["probes"] = {"k": 0}
    job, scores = service.run(spec)
    rows = []; tops = [round(share * len(y)) for share in a.top] or [mask.sum()]
    for score in json.loads(service.call("/v1/scores"))["scores"]:
        if score.get("higher_is_harder") is None or score["name"] not in scores: continue
        value = scores[score["name"]].astype(float); value = value if score["higher_is_harder"] else -value
        if not np.isfinite(value).any(): continue
        value = np.where(np.isfinite(value), value, np.nanmin(value) - 1)
        order = np.argsort(-value + 1e-9 * np.random.default_rng(0).random(len(value)), kind="stable")
        rows.append((checks.auroc(value, mask), average_precision(value, mask), [mask[order[:k]].mean() for k in tops], score["name"]))
    columns = [f"precision at {share:.0%}" for share in a.top] or ["precision at k"]
    print(f"| score | AUROC | average precision | {' | '.join(columns)} |\n| --- | --- | --- |{' --- |' * len(columns)}")
    for area, precision, top, name in sorted(rows, reverse=True): print(f"| `{name}` | {area:.4f} | {precision:.4f} | {' | '.join(f'{p:.4f}' for p in top)} |")


if __name__ == "__main__": main()
