#!/usr/bin/env python3
"""How true the stated numbers are: flips a known share of the labels of several datasets, analyses each with a strong and a weak
network, and compares what the job states (wrong labels with interval, errors among the first 50, verdict) with the truth.

    make serve &
    python3 Benchmarks/stated_numbers.py DATA [--sets mnist fashion ...] [--url http://127.0.0.1:8080] > stated_numbers.jsonl

Needs NumPy and Pillow. One line of JSON a case. DATA has mnist_idx.tar, fashion_mnist_idx.tar, usps_16x16.npz,
cifar10_train_batch_1.zip, photos/, tabular.zip and text.zip. Strong is what the job takes by itself; weak is an mlp of 8 units on the
pixels or columns. The flips are uniform or to the next class; seeds are fixed.
"""
import argparse, csv, io, json, sys, time, urllib.error, urllib.request, zipfile
import numpy as np
import reference_checks as checks
from noise import average_precision, pictures

NOISE = [("uniform", 0.02), ("uniform", 0.05), ("uniform", 0.1), ("uniform", 0.2), ("pair", 0.02), ("pair", 0.05), ("pair", 0.1), ("pair", 0.2)]


def npz(x, y):
    out = io.BytesIO(); np.savez(out, x=x, y=y); return out.getvalue(), "npz"


def arrays(name, data, count):
    if name == "usps":
        z = np.load(f"{data}/usps_16x16.npz"); keys = z.files
        x, y = z[[k for k in keys if k.startswith("x")][0]], z[[k for k in keys if k.startswith("y")][0]]
    else:
        x, y = pictures(data, name, count)
    order = np.random.default_rng(7).permutation(len(y))[:count]
    return x[order], y[order].astype(int)


def photographs(name, data, count):
    """Bytes by the true class: flips move a picture to another folder."""
    if name == "cifar":
        from PIL import Image
        x, y = pictures(data, "cifar", count); files = []
        for picture in x:
            out = io.BytesIO(); Image.fromarray(picture).resize((96, 96), Image.BICUBIC).save(out, "JPEG", quality=92); files.append(out.getvalue())
        return files, np.asarray(y, int)
    base = f"{data}/photos/{'flowers_1500' if name == 'flowers' else 'objects_100x20'}"
    truth = list(csv.DictReader(open(f"{base}.truth.csv"))); classes = sorted({r["true"] for r in truth})
    with zipfile.ZipFile(f"{base}.zip") as z: files = [z.read(r["source"]) for r in truth]
    return files, np.array([classes.index(r["true"]) for r in truth])


def table(data, count):
    """The largest table of numbers with few classes that is there."""
    with zipfile.ZipFile(f"{data}/tabular.zip") as z:
        name = next(n for n in z.namelist() if n.endswith("covtype_10k.csv"))
        text = z.read(name).decode("utf-8", "replace")
    rows = [r for r in csv.reader(io.StringIO(text)) if r]
    head, body = (rows[0], rows[1:]) if not rows[0][0].replace(".", "").replace("-", "").isdigit() else (None, rows)
    def numeric(c): return all(v.replace(".", "", 1).replace("-", "", 1).replace("e", "", 1).isdigit() for v in c[:200])
    columns = list(zip(*body)); label = next((i for i in (len(columns) - 1, 0) if len(set(columns[i])) < 60), len(columns) - 1)
    inputs = [np.array([float(v or 0) for v in c], np.float32) for i, c in enumerate(columns) if i != label and numeric(c)]
    classes = sorted(set(columns[label])); y = np.array([classes.index(v) for v in columns[label]]); x = np.stack(inputs, 1)
    order = np.random.default_rng(7).permutation(len(y))[:count]
    print(f"table {name}: {x.shape}, {len(classes)} classes", file=sys.stderr)
    return x[order], y[order]


def texts(data, count):
    """Questions with their intents, as rows of a table with a label column."""
    with zipfile.ZipFile(f"{data}/text.zip") as z: rows = list(csv.DictReader(io.StringIO(z.read("text/banking77_train.csv").decode())))
    classes = sorted({r["category"] for r in rows}); order = np.random.default_rng(7).permutation(len(rows))[:count]
    return [rows[i]["text"] for i in order], np.array([classes.index(rows[i]["category"]) for i in order])


def lines(x, y):
    out = io.StringIO(); writer = csv.writer(out); writer.writerow(["text", "label"])
    writer.writerows((text, f"c{label:03}") for text, label in zip(x, y)); return out.getvalue().encode(), "csv"


def flip(y, classes, kind, share, seed=11):
    rng = np.random.default_rng(seed); wrong = np.zeros(len(y), bool); wrong[rng.choice(len(y), round(share * len(y)), replace=False)] = True
    shift = rng.integers(1, classes, len(y)) if kind == "uniform" else np.ones(len(y), int)
    return np.where(wrong, (y + shift) % classes, y), wrong


def folders(files, labels):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for i, (file, label) in enumerate(zip(files, labels)): z.writestr(f"c{label:03}/{i:06}.jpg", file)
    return out.getvalue(), "zip"


class Client:
    def __init__(self, url): self.url = url
    def call(self, path, body=None, method=None):
        request = urllib.request.Request(self.url + path, data=body, method=method or ("POST" if body is not None else "GET"))
        with urllib.request.urlopen(request) as answer: return answer.read()
    def json(self, *a, **k): return json.loads(self.call(*a, **k))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data"); parser.add_argument("--url", default="http://127.0.0.1:8080"); parser.add_argument("--examples", type=int, default=2500)
    parser.add_argument("--sets", nargs="*", default=["flowers", "objects", "cifar", "table", "text", "usps", "mnist", "fashion"])
    parser.add_argument("--noise", nargs="*", default=[f"{kind}:{share}" for kind, share in NOISE]); a = parser.parse_args(); client = Client(a.url)
    for name in a.sets:
        photos = name in ("flowers", "objects", "cifar")
        x, y = photographs(name, a.data, a.examples) if photos else table(a.data, a.examples) if name == "table" else texts(a.data, a.examples) if name == "text" else arrays(name, a.data, a.examples)
        classes = int(y.max()) + 1
        for kind, share in ((n.split(":")[0], float(n.split(":")[1])) for n in a.noise):
            given, wrong = flip(y, classes, kind, share)
            body, ending = folders(x, given) if photos else lines(x, given) if name == "text" else npz(x, given.astype(np.int64))
            dataset = client.json(f"/v1/datasets?name={name}-{kind}-{share}", body)["id"]
            while client.json(f"/v1/datasets/{dataset}")["state"] == "ingesting": time.sleep(0.1)
            weak = {"backbone": "none", "model": {"name": "mlp", "hidden": [8]}} if photos else {"model": {"name": "mlp", "hidden": [8]}}
            for net, more in (("strong", {}), ("weak", weak)):
                start = time.time(); job = client.json("/v1/jobs", json.dumps({"dataset": dataset, **more}).encode())["id"]
                while (state := client.json(f"/v1/jobs/{job}"))["state"] in ("queued", "running"): time.sleep(0.1)
                line = {"set": name, "kind": kind, "share": share, "net": net, "count": len(y), "classes": classes, "wrong": int(wrong.sum()), "state": state["state"]}
                if state["state"] == "succeeded":
                    summary = client.json(f"/v1/jobs/{job}/summary")
                    rows = list(csv.DictReader(client.call(f"/v1/jobs/{job}/scores.csv").decode().splitlines()))
                    # Rows of a ZIP are in the order of their paths.
                    truth = wrong if not photos else wrong[[int(r["source"].split("/")[1].split(".")[0]) for r in rows]]
                    def column(c, sign): return np.array([sign * float(r[c]) if r.get(c) else -np.inf for r in rows])
                    order = np.argsort(-column("issue_score", 1), kind="stable")
                    try:
                        probs = np.load(io.BytesIO(client.call(f"/v1/jobs/{job}/heldout_probs.npy"))).astype(float)
                        top = np.nan_to_num(probs).max(1); line["confidence"] = {str(q): round(float(np.quantile(top, q)), 4) for q in (0.25, 0.5, 0.75, 0.9)} | {"mean": round(float(top.mean()), 4)}
                    except urllib.error.HTTPError as error: line["confidence"] = str(error)
                    def rank(v): return np.argsort(np.argsort(v, kind="stable"), kind="stable") / len(v)
                    D, A = rank(column("self_confidence", -1)), rank(column("aum", -1))
                    mixes = {f"w{w}": D + w * A for w in (0, 1, 2, 4)} | {"aum": A}
                    line["mix"] = {k: [round(average_precision(v, truth), 4), float(truth[np.argsort(-v, kind="stable")[:50]].mean())] for k, v in mixes.items()}
                    line |= {"seconds": round(time.time() - start, 1), "issues": summary["issues"], "trust": summary["trust"], "fit": summary["fit"],
                             "first50": float(truth[order[:50]].mean()), "reachable": min(1.0, wrong.sum() / 50),
                             "ap": {c: average_precision(column(c, s), truth) for c, s in (("issue_score", 1), ("aum", -1), ("input_knn", 1), ("consistency", -1), ("forgetting_rate", 1)) if c in rows[0]}}
                print(json.dumps(line), flush=True)
            for job in client.json("/v1/jobs?max_results=100")["jobs"]: client.call(f"/v1/jobs/{job['id']}", method="DELETE")


if __name__ == "__main__":
    main()
