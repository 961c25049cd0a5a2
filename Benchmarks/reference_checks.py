#!/usr/bin/env python3
"""Checks of the whole service against published references and planted faults, on real data.

Needs a running service, NumPy, and a folder with mnist_idx.tar, fashion_mnist_idx.tar and mnist_reference_scores.zip:

    make serve &
    python3 Benchmarks/reference_checks.py DATA mnist              MNIST as it is, against 20 published label errors and C-scores
    python3 Benchmarks/reference_checks.py DATA flips              3 % of MNIST labels flipped
    python3 Benchmarks/reference_checks.py DATA fashion-flips      3 % of Fashion-MNIST labels flipped
    python3 Benchmarks/reference_checks.py DATA depth              10,000 Fashion-MNIST images, cnn
    python3 Benchmarks/reference_checks.py DATA depth-flips        the same with 20 % of the labels flipped, 50 epochs
    python3 Benchmarks/reference_checks.py DATA c-scores           5,000 MNIST images, random subsets, against published C-scores
    python3 Benchmarks/reference_checks.py DATA pruning            the same images pruned by forgetting_rate and retrained

Each prints its figures and what they are held against, and ends with 1 where one is missed. Seeds are fixed and printed.
"""
import argparse, csv, gzip, io, json, os, statistics, sys, tarfile, tempfile, time, urllib.request, zipfile
import numpy as np

SEED = 20261124
failures = []


def verdict(name, value, bound, at_least=True):
    good = value >= bound if at_least else value <= bound
    print(f"{'ok  ' if good else 'MISS'} {name}: {value:.4f} ({'at least' if at_least else 'at most'} {bound})", flush=True)
    if not good: failures.append(name)


def ranks(x):
    """Average ranks, ties shared."""
    order = np.argsort(x, kind="stable"); out = np.empty(len(x)); s = x[order]
    first = np.r_[True, s[1:] != s[:-1]]; group = np.cumsum(first) - 1
    start = np.flatnonzero(first); end = np.r_[start[1:], len(x)]
    out[order] = ((start + end - 1) / 2)[group]
    return out


def spearman(a, b):
    ok = np.isfinite(a) & np.isfinite(b)
    return float(np.corrcoef(ranks(a[ok]), ranks(b[ok]))[0, 1])


def auroc(score, positive):
    r = ranks(score) + 1; n = positive.sum()
    return float((r[positive].sum() - n * (n + 1) / 2) / (n * (~positive).sum()))


def idx(tar, name):
    with tarfile.open(tar) as t:
        raw = gzip.decompress(t.extractfile(next(m for m in t if os.path.basename(m.name).startswith(name))).read())
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


class Service:
    def __init__(self, url): self.url = url

    def call(self, path, data=None, method=None):
        request = urllib.request.Request(self.url + path, data=data, method=method or ("POST" if data else "GET"))
        if data and method is None: request.add_header("Content-Type", "application/json")
        return urllib.request.urlopen(request, timeout=900).read()

    def upload(self, name, x, y): return self.upload_arrays(name, {"x": x, "y": y})

    def upload_arrays(self, name, arrays):
        with tempfile.TemporaryFile() as f:
            np.savez(f, **arrays); f.seek(0)
            return self.ready(json.loads(self.call(f"/v1/datasets/{name}.npz", f.read(), "PUT")))

    def upload_file(self, path):
        with open(path, "rb") as f:
            return self.ready(json.loads(self.call(f"/v1/datasets/{os.path.basename(path)}", f.read(), "PUT")))

    def ready(self, dataset):
        while dataset["state"] == "ingesting":
            time.sleep(0.5); dataset = json.loads(self.call(f"/v1/datasets/{dataset['id']}"))
        return dataset["id"]

    def follow(self, id):
        last = -1
        while True:
            job = json.loads(self.call(f"/v1/jobs/{id}"))
            if job["members"]["succeeded"] != last:
                last = job["members"]["succeeded"]
                print(f"  {last}/{job['members']['total']} networks, eta {job['eta_seconds']}", file=sys.stderr, flush=True)
            if job["state"] not in ("queued", "running"): break
            time.sleep(1)
        if job["state"] != "succeeded": sys.exit(f"the job {job['state']}: {job['error']}")
        return job

    def run(self, spec):
        start = time.time(); job = self.follow(json.loads(self.call("/v1/jobs", json.dumps(spec).encode()))["id"])
        members = json.loads(self.call(f"/v1/jobs/{job['id']}/members"))["members"]
        phases = {k: sum(m["seconds"][k] for m in members) for k in members[0]["seconds"]}; trust = job["trust"]
        def told(name): return "none" if trust[name] is None else f"{trust[name]:.4f}"
        print(f"  {time.time() - start:.0f} s wall ({job['members']['reused']} networks reused); worker seconds by phase "
              f"{ {k: round(v) for k, v in phases.items()} }; peak RSS of a worker {max(m['peak_rss_bytes'] for m in members) >> 20} MiB; "
              f"held-out accuracy {told('heldout_accuracy')}, input_knn {told('input_knn_accuracy')}, fit {told('fit')}, trust {trust['level']}")
        return job["id"], np.load(io.BytesIO(self.call(f"/v1/jobs/{job['id']}/scores.npz")))


FOLDS = 5


def mlp(dataset, repeats): return {"dataset": dataset, "model": {"name": "mlp", "hidden": [512, 256]}, "ensemble": {"folds": FOLDS, "repeats": repeats}}


def flipped(y, share):
    rng = np.random.default_rng(SEED); mask = np.zeros(len(y), bool)
    mask[rng.choice(len(y), round(share * len(y)), replace=False)] = True
    out = y.copy(); out[mask] = (y[mask] + rng.integers(1, 10, mask.sum())) % 10
    return out, mask


def check_mnist(service, data, repeats):
    job, scores = service.run(mlp(service.upload_file(f"{data}/mnist_idx.tar"), repeats))
    with zipfile.ZipFile(f"{data}/mnist_reference_scores.zip") as z:
        rows = list(csv.DictReader(io.TextIOWrapper(gzip.GzipFile(fileobj=z.open("mnist_reference/mnist_train_refs.csv.gz")))))
        notes = z.read("mnist_reference/mnist_label_errors_northcutt.md").decode()
    train = notes.split("## Indices of identified MNIST test errors")[0]
    errors = np.zeros(60000, bool); errors[[int(l[2:]) for l in train.splitlines() if l.startswith("* ")]] = True
    key = next(k for k in rows[0] if "c_score" in k.lower() or "cscore" in k.lower())
    hard = 1 - np.array([float(r[key]) for r in rows])
    n = 60000; issue, knn = scores["issue_score"][:n], scores["input_knn"][:n]
    print(f"  {errors.sum()} published label errors, C-scores from column {key}")
    a = auroc(issue, errors); b = auroc(knn, errors)
    verdict("AUROC of issue_score for the published errors", a, 0.993)
    print(f"     AUROC of input_knn {b:.4f}"); verdict("above input_knn", a, b)
    verdict("published errors among the first 100", errors[np.argsort(-issue, kind="stable")[:100]].sum(), 8)
    verdict("Spearman of cumulative_binary_loss with 1 - C-score", spearman(scores["cumulative_binary_loss"][:n], hard), 0.60)
    verdict("Spearman of 1 - self_confidence with 1 - C-score", spearman(1 - scores["self_confidence"][:n], hard), 0.60)
    verdict("Spearman of forgetting_rate with 1 - C-score", spearman(scores["forgetting_rate"][:n], hard), 0.43)


def check_flips(service, data, repeats, tar="mnist_idx.tar", precision=0.93, area=0.999):
    x, y = idx(f"{data}/{tar}", "train-images"), idx(f"{data}/{tar}", "train-labels")
    labels, mask = flipped(y, 0.03)
    print(f"  seed {SEED}, {mask.sum()} of {len(y)} labels flipped uniformly")
    job, scores = service.run(mlp(service.upload(tar.split("_idx")[0] + "-flips", x, labels), repeats))
    top = np.argsort(-scores["issue_score"], kind="stable")[:mask.sum()]
    verdict("precision of the top 3 % by issue_score", mask[top].mean(), precision)
    verdict("AUROC of issue_score", auroc(scores["issue_score"], mask), area)
    print(f"     AUROC of input_knn {auroc(scores['input_knn'], mask):.4f}")


def sample(data):
    tar = f"{data}/fashion_mnist_idx.tar"
    return idx(tar, "train-images")[:10000], idx(tar, "train-labels")[:10000]


def check_depth(service, data, repeats):
    x, y = sample(data)
    job, scores = service.run({"dataset": service.upload("fashion-10k", x, y), "model": "cnn", "ensemble": {"folds": FOLDS, "repeats": repeats}})
    depth, right = scores["prediction_depth_heldout_filled"], scores["consistency"]
    edges = [0, 0.5, 1, 2, 3, 4, 5, 6, 7.01]  # fixed beforehand; bins below 200 are joined with the next
    bins, start = [], 0
    for i in range(1, len(edges)):
        inside = (depth >= edges[start]) & (depth < edges[i])
        if inside.sum() >= 200: bins.append((edges[start], edges[i], inside)); start = i
    worst = 0.0
    for (a, b, inside), previous in zip(bins, [None] + bins):
        p = right[inside].mean(); print(f"     depth {a} to {b}: {inside.sum()} examples, held-out accuracy {p:.4f}")
        if previous is not None:
            q = right[previous[2]]; se = np.sqrt(right[inside].var() / inside.sum() + q.var() / len(q))
            worst = max(worst, (p - q.mean()) / max(se, 1e-9))
    # A rise is significant where chance makes one as large in 5 % of all sets of so many bins (Bonferroni, one-sided).
    limit = statistics.NormalDist().inv_cdf(1 - 0.05 / (len(bins) - 1))
    verdict("largest rise from a bin to the next in standard errors", worst, limit, at_least=False)
    verdict("fall from the first bin to the last", right[bins[0][2]].mean() - right[bins[-1][2]].mean(), 0.05)
    verdict("Spearman of depth and iteration learned, held out", spearman(scores["prediction_depth_heldout"], scores["iteration_learned_heldout"]), 0.2)
    verdict("Spearman of depth and output margin", -spearman(scores["prediction_depth_heldout"], scores["output_margin"]), 0.2)


def check_depth_flips(service, data, repeats):
    x, y = sample(data); labels, mask = flipped(y, 0.2)
    print(f"  seed {SEED}, {mask.sum()} of {len(y)} labels flipped uniformly")
    job, scores = service.run({"dataset": service.upload("fashion-10k-flips", x, labels), "model": "cnn", "training": {"epochs": 50}, "ensemble": {"folds": FOLDS, "repeats": repeats}})
    fit = json.loads(service.call(f"/v1/jobs/{job}/summary"))["fit"]
    verdict("fit", fit, 0.95)
    d = scores["prediction_depth_train_filled"]
    verdict("probes that flipped examples are deeper in training", d[mask].mean() - d[~mask].mean(), 1.0)
    originals = []
    for m in range(FOLDS):
        e = np.load(io.BytesIO(service.call(f"/v1/jobs/{job}/members/{m}/evidence.npz")))
        seen = (e["held_out"] == 0) & mask; originals.append((e["votes"][:, seen] == y[seen]).mean(1))
    early = np.mean(originals, 0); print("     share of votes for the original label of flipped training examples, by probe:", np.round(early, 3))
    verdict("votes of the first three probes for the original label", early[:3].mean(), 0.5)
    verdict("unforgettable flips", np.nanmean(scores["unforgettable"][mask]), 0.01, at_least=False)
    print(f"     unforgettable clean examples {np.nanmean(scores['unforgettable'][~mask]):.4f}")


def few_digits(data):
    """The first 5,000 training images of MNIST with all its test images, and the published C-scores of the former."""
    tar = f"{data}/mnist_idx.tar"; n = 5000
    with zipfile.ZipFile(f"{data}/mnist_reference_scores.zip") as z:
        rows = list(csv.DictReader(io.TextIOWrapper(gzip.GzipFile(fileobj=z.open("mnist_reference/mnist_train_refs.csv.gz")))))
    arrays = {"x_train": idx(tar, "train-images")[:n], "y_train": idx(tar, "train-labels")[:n], "x_test": idx(tar, "t10k-images"), "y_test": idx(tar, "t10k-labels")}
    return arrays, np.array([float(row["cscore_mlp"]) for row in rows[:n]])


def check_c_scores(service, data, repeats):
    arrays, published = few_digits(data); hard = 1 - published; n = len(hard)
    dataset = service.upload_arrays("digits-5k", arrays)
    job, scores = service.run({"dataset": dataset, "model": {"name": "mlp", "hidden": [512, 256]}, "ensemble": {"plan": "subsets", "runs": 5 * repeats}})
    by_ratio = json.loads(service.call(f"/v1/jobs/{job}/summary"))["accuracy_by_train_ratio"]
    for r in by_ratio: print(f"     trained on {r['train_ratio']}: held-out accuracy {r['heldout']:.4f}, test {r['test']:.4f}, fit {r['fit']:.4f}")
    verdict("smallest rise of held-out accuracy from a ratio to the next", min(b["heldout"] - a["heldout"] for a, b in zip(by_ratio, by_ratio[1:])), -0.002)
    verdict("examples with a C-score", np.isfinite(scores["c_score"][:n]).mean(), 1.0)
    verdict("Spearman of 1 - c_score with 1 - published C-score", spearman(1 - scores["c_score"][:n], hard), 0.65)
    for name in ("cumulative_binary_loss", "forgetting_rate", "memorization"): print(f"     Spearman of {name} {spearman(scores[name][:n], hard):.4f}")
    folds, fold_scores = service.run(mlp(dataset, repeats))
    other = spearman(1 - fold_scores["consistency"][:n], hard)
    verdict("above that of 1 - consistency of folds", spearman(1 - scores["c_score"][:n], hard), other)


def check_pruning(service, data, repeats):
    arrays, _ = few_digits(data)
    job, _ = service.run(mlp(service.upload_arrays("digits-5k", arrays), repeats))
    body = {"keep": [0.8, 0.5], "by": "forgetting_rate", "balanced": True, "verify": True, "runs": 5}
    answer = json.loads(service.call(f"/v1/jobs/{job}/subsets", json.dumps(body).encode()))
    found = service.follow(answer["verification"]["job"])["pruning"]["results"]
    for s in found["sets"]: print(f"     {s['set']} {s['keep']}: {s['num_train']:.0f} examples, test accuracy {s['accuracy']:.4f} ({s['interval'][0]:.4f} to {s['interval'][1]:.4f})")
    for d in found["differences"]: print(f"     {d['set']} minus {d['minus']} at {d['keep']}: {d['difference']:+.4f} ({d['interval'][0]:+.4f} to {d['interval'][1]:+.4f})")
    lost = next(d for d in found["differences"] if d["keep"] == 0.5 and d["set"] == "random" and d["minus"] == "full")
    verdict("upper bound of what a random half costs", lost["interval"][1], 0, at_least=False)
    spared = next(d for d in found["differences"] if d["keep"] == 0.5 and d["minus"] == "random")
    verdict("lower bound of what the half by forgetting_rate spares of it", spared["interval"][0], 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data"); parser.add_argument("checks", nargs="+", choices=["mnist", "flips", "fashion-flips", "depth", "depth-flips", "c-scores", "pruning"])
    parser.add_argument("--url", default="http://127.0.0.1:8080"); parser.add_argument("--repeats", type=int, default=2); parser.add_argument("--folds", type=int, default=5)
    a = parser.parse_args(); service = Service(a.url)
    global FOLDS
    FOLDS = a.folds
    for name in a.checks:
        print(name, flush=True)
        if name == "mnist": check_mnist(service, a.data, a.repeats)
        if name == "flips": check_flips(service, a.data, a.repeats)
        if name == "fashion-flips": check_flips(service, a.data, a.repeats, "fashion_mnist_idx.tar", 0.84, 0.994)
        if name == "depth": check_depth(service, a.data, a.repeats)
        if name == "depth-flips": check_depth_flips(service, a.data, a.repeats)
        if name == "c-scores": check_c_scores(service, a.data, a.repeats)
        if name == "pruning": check_pruning(service, a.data, a.repeats)
    sys.exit(f"missed: {', '.join(failures)}" if failures else 0)


if __name__ == "__main__":
    main()
