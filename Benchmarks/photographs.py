#!/usr/bin/env python3
"""Photographs with known wrong labels: the default job against a notebook, in quality and in time, in one run.

    make photographs            every set of DATA/photos
    PHOTOS=flowers_1500 make photographs

Both begin with the ZIP as it was sent and end with a ranked list of suspects. The service gets `curl -T` and one job, nothing
chosen. The notebook decodes the pictures, embeds them with the same network in ONNX Runtime (threads: best of 1 and all cores, on
32 pictures), fits a well regularised regression in 5 folds, and ranks by cleanlab. Prints a table in Markdown.
"""
import argparse, collections, csv, io, json, os, platform, subprocess, sys, tempfile, time, urllib.request, zipfile
import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODEL = f"{ROOT}/models/efficientnet-lite0/model.onnx"


def average_precision(order, wrong):
    hits = wrong[order]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())


def listed_precision(listed, truth):
    """Average precision of a list that ends: wrong labels that are not in it are never found."""
    wrong = {n for n, r in truth.items() if r["given"] != r["true"]}; hits, total = 0, 0.0
    for rank, name in enumerate(listed, 1):
        if name in wrong: hits += 1; total += hits / rank
    return total / len(wrong)


def notebook(path, out):
    """What somebody would write; run as a process of its own so that imports count, as they do for them."""
    import onnxruntime as ort
    from PIL import Image
    from cleanlab.rank import get_label_quality_scores
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def session(threads):
        options = ort.SessionOptions(); options.intra_op_num_threads = threads
        return ort.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])

    with zipfile.ZipFile(path) as z:
        names = sorted(n for n in z.namelist() if not n.endswith("/"))
        start = time.time()
        pictures = np.empty((len(names), 3, 224, 224), np.float32)
        for i, name in enumerate(names):
            picture = Image.open(io.BytesIO(z.read(name))).convert("RGB").resize((224, 224), Image.BILINEAR)
            pictures[i] = (np.asarray(picture, np.float32).transpose(2, 0, 1) - 127.5) / 127.5
        decoded = time.time() - start
    rates = {}
    for threads in {1, os.cpu_count()}:
        s = session(threads); s.run(["embedding"], {"pixels": pictures[:1]}); start = time.time()
        for i in range(32): s.run(["embedding"], {"pixels": pictures[i:i + 1]})
        rates[threads] = 32 / (time.time() - start)
    best = max(rates, key=rates.get); s = session(best); start = time.time()
    x = np.concatenate([s.run(["embedding"], {"pixels": pictures[i:i + 1]})[0] for i in range(len(names))])
    embedded = time.time() - start
    classes = sorted({n.split("/")[0] for n in names}); y = np.array([classes.index(n.split("/")[0]) for n in names])
    p = cross_val_predict(make_pipeline(StandardScaler(), LogisticRegression(C=0.001, max_iter=500)), x, y,
                          cv=StratifiedKFold(5, shuffle=True, random_state=0), method="predict_proba", n_jobs=os.cpu_count())
    quality = get_label_quality_scores(y, p)
    with open(out, "w") as f:
        json.dump({"names": names, "suspicion": (-quality).tolist(), "suggested": [classes[c] for c in p.argmax(1)],
                   "decode": decoded, "embed": embedded, "threads": best}, f)


def service(binary, path, folder):
    log = open(f"{folder}/log", "w")
    process = subprocess.Popen([binary, "serve", "--port", "0", "--data-dir", f"{folder}/data", "--public-dir", f"{ROOT}/public",
                                "--models-dir", f"{ROOT}/models"], stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        url = process.stdout.readline().split()[-1]
        def get(route): return json.loads(urllib.request.urlopen(url + route).read())
        start = time.time()
        subprocess.run(["curl", "-sSf", "-o", os.devnull, "-T", path, f"{url}/v1/datasets/?name=photos"], check=True)
        read = time.time() - start
        subprocess.run(["curl", "-sSf", "-o", os.devnull, "-d", '{"dataset":"photos"}', f"{url}/v1/jobs"], check=True)
        while (job := get("/v1/jobs/photos"))["state"] in ("queued", "running"): time.sleep(0.05)
        get("/v1/jobs/photos/issues?length=50")
        seconds = time.time() - start
        listed, total = [], 1
        while len(listed) < total:
            page = get(f"/v1/jobs/photos/issues?offset={len(listed)}&length=500")
            listed += [i["source"] for i in page["issues"]]; total = page["num_issues_total"]
        if job["state"] != "succeeded": sys.exit(f"the job failed: {job['error']}")
        lines = urllib.request.urlopen(url + "/v1/jobs/photos/scores.csv").read().decode().splitlines()
        dataset = job["dataset"]["id"]; disk = collections.Counter()
        for base, _, files in os.walk(f"{folder}/data"):
            kind = os.path.relpath(base, f"{folder}/data").split("/")[0]
            disk[kind] += sum(os.path.getsize(f"{base}/{name}") for name in files)
        members = get("/v1/jobs/photos/members")["members"]
        return dict(rows=list(csv.DictReader(lines)), seconds=seconds, read=read, disk=disk, job=job, dataset=dataset,
                    embed=max((m.get("seconds") or {}).get("backbone", 0) for m in members), listed=listed)
    finally:
        process.terminate(); process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary"); parser.add_argument("photos"); parser.add_argument("sets", nargs="*")
    a = parser.parse_args()
    sets = a.sets or sorted(n[:-10] for n in os.listdir(a.photos) if n.endswith(".truth.csv"))
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    print(f"{model}, {os.cpu_count()} cores\n\n| set | who | AP of all examples | of the list | first 50 | suggested right of these | seconds | reading | embedding | pictures/s | disk of the ZIP |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in sets:
        path = f"{a.photos}/{name}.zip"
        truth = {r["source"]: r for r in csv.DictReader(open(f"{a.photos}/{name}.truth.csv"))}
        with tempfile.TemporaryDirectory() as folder:
            start = time.time()
            subprocess.run([sys.executable, os.path.abspath(__file__), "--notebook", path, f"{folder}/notebook.json"], check=True)
            taken = time.time() - start
            theirs = json.load(open(f"{folder}/notebook.json"))
            ours = service(a.binary, path, folder)
        def judge(names, suspicion, suggested, listed=None):
            wrong = np.array([truth[n]["given"] != truth[n]["true"] for n in names]); order = np.argsort(-np.array(suspicion), kind="stable")
            top = [i for i in order[:50] if wrong[i]]
            right = [suggested[i] == truth[names[i]]["true"] for i in top]
            of_list = f"{listed_precision(listed, truth):.3f} ({len(listed)})" if listed else ""
            return f"{average_precision(order, wrong):.3f} | {of_list} | {wrong[order[:50]].mean():.2f} | {np.mean(right):.2f}"
        rows = ours["rows"]; count = len(rows)
        print(f"| {name} | service | {judge([r['source'] for r in rows], [float(r['issue_score']) for r in rows], [r['suggested_label'] for r in rows], ours['listed'])} "
              f"| {ours['seconds']:.1f} | {ours['read']:.1f} | {ours['embed']:.1f} | {count / max(ours['embed'], 1e-9):.0f} | {sum(ours['disk'].values()) / os.path.getsize(path):.2f} |")
        print(f"| | notebook | {judge(theirs['names'], theirs['suspicion'], theirs['suggested'])} | {taken:.1f} | {theirs['decode']:.1f} | {theirs['embed']:.1f} "
              f"| {count / theirs['embed']:.0f} (threads: {theirs['threads']}) | |")
        print(f"| | ratio | | | | | **{taken / ours['seconds']:.2f}** | {theirs['decode'] / ours['read']:.2f} | {theirs['embed'] / max(ours['embed'], 1e-9):.2f} | | "
              f"{', '.join(f'{k} {v / os.path.getsize(path):.2f}' for k, v in ours['disk'].most_common(3))} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--notebook"]: notebook(*sys.argv[2:4])
    else: main()
