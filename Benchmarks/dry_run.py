#!/usr/bin/env python3
"""Holds what a dry run tells against what the job then costs: prints the ratio of the told to the true seconds.

Needs a running service that has nothing else to do, on a machine that has nothing else to do; tables need no NumPy.

    make serve &
    python3 Benchmarks/dry_run.py                          the bundled sample (some eight minutes), and two tables
    python3 Benchmarks/dry_run.py tiny                     a job of seconds, to see that the check itself works
    python3 Benchmarks/dry_run.py FILE '{"model":"mlp"}'   a file of yours

Ends with 1 where a ratio is outside 0.7 to 1.3 (`tiny`: where there is none). Each job is removed afterwards, so that the
next run trains it anew.
"""
import argparse, json, os, random, sys, tempfile, time, urllib.error, urllib.request

SAMPLE = os.path.join(os.path.dirname(__file__), "..", "public", "samples", "mnist-5k.npz")


def call(url, path, data=None, method=None):
    request = urllib.request.Request(url + path, data=data, method=method or ("POST" if data is not None else "GET"))
    try:
        return urllib.request.urlopen(request, timeout=900).read()
    except urllib.error.HTTPError as error:
        sys.exit(f"{request.get_method()} {path}: {error.code} {error.read().decode()}")


def table(path, rows, columns, classes, seed):
    """A CSV of Gaussian blobs, one a class."""
    numbers = random.Random(seed)
    centres = [[numbers.gauss(0, 2) for _ in range(columns)] for _ in range(classes)]
    with open(path, "w") as out:
        print(",".join([f"x{i}" for i in range(columns)] + ["label"]), file=out)
        for row in range(rows):
            centre = centres[row % classes]
            print(",".join([f"{c + numbers.gauss(0, 1.5):.4f}" for c in centre] + [f"c{row % classes}"]), file=out)
    return path


def check(url, file, settings):
    name = "dry-run-" + os.path.splitext(os.path.basename(file))[0]
    with open(file, "rb") as content:
        request = urllib.request.Request(
            f"{url}/v1/datasets/{os.path.basename(file)}?name={name}", data=content.read(), method="PUT")
        dataset = json.load(urllib.request.urlopen(request, timeout=900))
    while dataset["state"] == "ingesting":
        time.sleep(1)
        dataset = json.loads(call(url, f"/v1/datasets/{dataset['id']}"))
    body = dict(settings, dataset=dataset["id"], name=name)
    began = time.monotonic()
    told = json.loads(call(url, "/v1/jobs", json.dumps(dict(body, dry_run=True)).encode()))
    took = time.monotonic() - began
    cost = told["cost"]
    if told["members"]["reused"]:
        print(f"note {name}: {told['members']['reused']} members are there already; the rest is compared", flush=True)
    job = json.loads(call(url, "/v1/jobs", json.dumps(body).encode()))
    began = time.monotonic()
    while job["state"] in ("queued", "running"):
        time.sleep(0.2)
        job = json.loads(call(url, f"/v1/jobs/{job['id']}"))
    if job["state"] != "succeeded": sys.exit(f"{name}: {job['state']}: {job['error']}")
    true = time.monotonic() - began
    members = json.loads(call(url, f"/v1/jobs/{job['id']}/members"))["members"]
    trained = [m for m in members if not m["reused"] and m["seconds"]]
    memory = max((m["peak_rss_bytes"] or 0 for m in trained), default=0)
    call(url, f"/v1/jobs/{job['id']}", method="DELETE")
    ratio = cost["seconds"] / true
    print(f"{name}: told {cost['seconds']:.1f} s after {took:.1f} s, took {true:.1f} s: ratio {ratio:.2f}")
    for part, phases in (("training", ["train"]), ("evaluation", ["evaluate"]), ("probes", ["embed", "knn"])):
        measured = sum(m["seconds"].get(p, 0) for m in trained for p in phases) / max(1, len(trained))
        print(f"    {part} of a member: told {cost['seconds_per_member'][part]:.2f} s, took {measured:.2f} s")
    print(f"    memory of a worker: told {cost['memory_bytes_per_worker'] >> 20} MiB, took {memory >> 20} MiB", flush=True)
    return ratio


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", nargs="?", help="a file, or tiny")
    arguments.add_argument("settings", nargs="?", default="{}", help="a job document without its dataset")
    arguments.add_argument("--url", default="http://127.0.0.1:8080")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.what == "tiny":
            settings = {"model": {"name": "mlp", "hidden": [32]}, "training": {"epochs": 5},
                        "ensemble": {"folds": 2, "repeats": 1}, "probes": {"k": 5}}
            check(given.url, table(f"{folder}/tiny.csv", 400, 8, 3, 1), settings)
            return
        if given.what:
            ratios = [check(given.url, given.what, json.loads(given.settings))]
        else:
            ratios = [
                check(given.url, table(f"{folder}/small.csv", 1500, 20, 4, 1), {}),
                check(given.url, table(f"{folder}/wide.csv", 12000, 60, 8, 2), {}),
                check(given.url, SAMPLE, {}),
            ]
    if any(not 0.7 <= ratio <= 1.3 for ratio in ratios): sys.exit(1)


main()
