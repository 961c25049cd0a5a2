#!/usr/bin/env python3
"""Every data file through the service: one curl line, then a job with default settings. Prints a Markdown table.

    make serve &
    python3 Benchmarks/formats.py DATA                     a folder with mnist_idx.tar, tabular.zip, ...
    python3 Benchmarks/formats.py DATA iris usps           those whose name begins so
    python3 Benchmarks/formats.py DATA --limit 120         seconds that one job may take by its dry run

The classes and their counts are held against what this script reads from the same file by itself. A job that would take
longer than the limit gets a budget of that many seconds; where not even two networks would be done by then it is a small `mlp`
of three epochs instead, and the table says so. Ends with 1 where an upload, a count or a job is not as it should be.
"""
import argparse, collections, csv, gzip, io, json, os, shlex, struct, subprocess, sys, tarfile, time, zipfile

QUICK = {"model": {"name": "mlp", "hidden": [256]}, "training": {"epochs": 3}, "ensemble": {"folds": 2, "repeats": 1}}


# What is in the files, read without the service: {label: examples}.

def idx(data, path):
    counts = collections.Counter()
    with tarfile.open(os.path.join(data, path)) as archive:
        for member in archive:
            if "labels" in member.name:
                counts.update(gzip.decompress(archive.extractfile(member).read())[8:])
    return {str(k): n for k, n in counts.items()}


def cifar(data, path):
    with zipfile.ZipFile(os.path.join(data, path)) as archive:
        names = archive.read(next(n for n in archive.namelist() if n.endswith("meta.txt"))).decode().split()
        batch = archive.read(next(n for n in archive.namelist() if n.endswith(".bin")))
    return {names[k]: n for k, n in collections.Counter(batch[::3073]).items()}


def folders(data, path):
    with zipfile.ZipFile(os.path.join(data, path)) as archive:
        pictures = [n for n in archive.namelist() if n.lower().endswith((".jpg", ".jpeg", ".png"))]
    return dict(collections.Counter(n.split("/")[-2] for n in pictures))


def npz(data, path):
    counts = collections.Counter()
    with zipfile.ZipFile(os.path.join(data, path)) as archive:
        for name in ("y_train.npy", "y_test.npy"):
            raw = archive.read(name)
            header = struct.unpack("<H", raw[8:10])[0]
            kind = raw[10:10 + header].decode().split("'descr': '")[1].split("'")[0]
            code = {"|u1": "B", "|i1": "b", "<i4": "i", "<i8": "q"}[kind]
            body = raw[10 + header:]
            counts.update(struct.unpack(f"<{len(body) // struct.calcsize(code)}{code}", body))
    return {str(k): n for k, n in counts.items()}


def table(member, delimiter=",", header=False, label=-1):
    def read(data, path):
        with zipfile.ZipFile(os.path.join(data, path)) as archive:
            text = io.TextIOWrapper(archive.open(member), encoding="utf-8", newline="")
            rows = [row for row in csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL) if row]
        return dict(collections.Counter(row[label].strip().strip("'") for row in rows[header:]))
    return read


def of(path, member, query="", **how):
    """A table within a zip, piped to curl."""
    file = os.path.basename(member)
    return os.path.splitext(file)[0], path, f"unzip -p {path} {member} | curl -T - 'localhost:8080/v1/datasets/{file}{query}'", table(member, **how)


def whole(name, path, read):
    return name, path, f"curl -T {path} localhost:8080/v1/datasets/", read


TABLES = ["banknote_authentication", "breast-cancer-wisconsin", "ecoli", "german", "glass", "ionosphere", "iris", "mammography",
          "phoneme", "pima-indians-diabetes", "sonar", "wine", "winequality-red", "winequality-white", "adult-train", "adult-test"]

CASES = [of("tabular.zip", f"tabular/{name}.csv") for name in TABLES] + [
    of("tabular.zip", "tabular/covtype_10k.csv", header=True),
    # Sex first, rings last: the service asks which is meant.
    of("tabular.zip", "tabular/abalone.csv", query="?label=9"),
    of("text.zip", "text/SMSSpamCollection.tsv", delimiter="\t", header=True, label=0),
    of("text.zip", "text/banking77_train.csv", header=True),
    of("text.zip", "text/banking77_test.csv", header=True),
    whole("sign_digits_700", "sign_digits_700.zip", folders),
    whole("usps_16x16", "usps_16x16.npz", npz),
    whole("cifar10_train_batch_1", "cifar10_train_batch_1.zip", cifar),
    whole("mnist_idx", "mnist_idx.tar", idx),
    whole("fashion_mnist_idx", "fashion_mnist_idx.tar", idx),
]


class Service:
    def __init__(self, url, data):
        self.url, self.data = url.rstrip("/"), data

    def line(self, line):
        """A curl line as it is printed, but for the address and `-sS`; answers the status and the document."""
        command = line.replace("localhost:8080", self.url.removeprefix("http://")).replace("curl ", "curl -sS -w '\\n%{http_code}' ", 1)
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=self.data, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"{line}: {done.stderr.strip()}")
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), json.loads(body)

    def get(self, path):
        status, document = self.line(f"curl {shlex.quote('localhost:8080' + path)}")
        if status != 200:
            raise Failure(f"GET {path}: {status} {document.get('detail')}")
        return document

    def post(self, path, body):
        status, document = self.line(f"curl -d {shlex.quote(json.dumps(body))} localhost:8080{path}")
        if status >= 400:
            raise Failure(f"POST {path} {json.dumps(body)}: {status} {document.get('detail')}")
        return document

    def ended(self, job):
        while job["state"] in ("queued", "running"):
            time.sleep(0.5)
            job = self.get(f"/v1/jobs/{job['id']}")
        if job["state"] != "succeeded":
            raise Failure(f"{job['name']}: {job['state']}: {job['error']}")
        return job


def training_log(service, limit):
    """The log of somebody else's training, with the counts that its authors got."""
    name, path = "training_log_mnist3000", "training_log_mnist3000.zip"
    line = f"curl -T {path} localhost:8080/v1/evidence/"
    began = time.monotonic()
    status, job = service.line(line)
    if status >= 400:
        raise Failure(f"{line}: {status} {job.get('detail')}")
    job = service.ended(job)
    with zipfile.ZipFile(os.path.join(service.data, path)) as archive:
        expected = list(csv.DictReader(archive.read("training_log/mnist3000_expected_forgetting.csv").decode().splitlines()))
    found, columns = [], "forgetting_events,presentations_to_learn"
    while len(found) < len(expected):
        rows = service.get(f"/v1/jobs/{job['id']}/scores?offset={len(found)}&length=1000&columns={columns}")["rows"]
        if not rows:
            break
        found += [(row["row"]["id"], row["row"]["forgetting_events"], row["row"]["presentations_to_learn"]) for row in rows]
    wanted = [(row["index"], int(row["toneva_count"]), int(row["presentations_needed_to_learn"])) for row in expected]
    if found != wanted:
        raise Failure(f"{name}: {sum(a != b for a, b in zip(found, wanted))} of {len(wanted)} examples have other counts than its authors'")
    warnings = [warning["code"] for warning in job["warnings"]]
    print(f"| {name} | training log | `{line}` | {len(found):,} | | {', '.join(warnings)} | imported: all counts are its authors' | | | | "
          f"{job['trust']['level']} | {time.monotonic() - began:.1f} |", flush=True)


class Failure(Exception):
    """What is not as it should be."""


def settings(service, dataset, limit):
    """Default settings; a budget or a cheaper network where they would take longer than the limit. With words for the table."""
    cost = service.post("/v1/jobs", {"dataset": dataset, "dry_run": True})["cost"]
    if cost["seconds"] <= limit:
        return {}, "default"
    if cost["seconds_per_member"]["total"] * 1.5 < limit:
        return {"budget": {"max_seconds": limit}}, f"default, budget {limit} s"
    return dict(QUICK, budget={"max_seconds": 2 * limit}), "`mlp`, 3 epochs, 2 x 1"


def share(value):
    return "" if value is None else f"{100 * value:.1f} %"


def run(service, case, limit):
    name, _, line, read = case
    began = time.monotonic()
    status, dataset = service.line(line)
    if status >= 400:
        raise Failure(f"{line}: {status} {dataset.get('detail')} {dataset.get('errors') or ''}")
    while dataset["state"] == "ingesting":
        time.sleep(0.5)
        dataset = service.get(f"/v1/datasets/{dataset['id']}")
    if dataset["state"] != "ready":
        raise Failure(f"{line}: {dataset['error']}")
    uploaded = time.monotonic() - began
    counted = collections.Counter()
    for split in dataset["class_counts"].values():
        counted.update(dict(zip(dataset["classes"], split)))
    expected = read(service.data, case[1])
    if {k.strip("'"): n for k, n in counted.items()} != expected:
        raise Failure(f"{name}: classes {dict(counted)}, but the file has {expected}")

    body, words = settings(service, dataset["id"], limit)
    began = time.monotonic()
    job = service.ended(service.post("/v1/jobs", dict(body, dataset=dataset["id"], name=name)))
    took = time.monotonic() - began
    trust = job["trust"]
    counts = sorted(counted.values())
    warnings = [f"{w['code']}{' ' + str(w['count']) if w.get('count') else ''}" for w in dataset["warnings"] + job["warnings"]]
    rows = f"{dataset['num_examples']:,}"
    if dataset["splits"]["test"]:
        rows += f" ({dataset['splits']['test']:,} test)"
    shown = line.replace("|", "\\|")
    print(f"| {name} | {dataset['format']} | `{shown}` | {rows} | {len(counts)} of {counts[0]:,} to {counts[-1]:,} | "
          f"{', '.join(warnings)} | {words}: {job['members']['succeeded']} `{job['model']['name']}` | {share(trust['majority_class'])} | "
          f"{share(trust['heldout_accuracy'])} | {share(trust['input_knn_accuracy'])} | {trust['level']} | {uploaded:.1f} + {took:.0f} |",
          flush=True)
    for reason in trust["reasons"]:
        print(f"{name}: {trust['level']}: {reason}", file=sys.stderr, flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("data", help="the folder with the files")
    arguments.add_argument("names", nargs="*", help="only those whose name begins so")
    arguments.add_argument("--url", default="http://localhost:8080")
    arguments.add_argument("--limit", type=int, default=120, help="seconds that one job may take")
    given = arguments.parse_args()
    service = Service(given.url, given.data)
    print("| file | format | curl | examples | classes | warnings | job | largest class | held-out accuracy | `input_knn` | trust | seconds, upload + job |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    failures = 0
    for case in CASES + [("training_log_mnist3000", "training_log_mnist3000.zip", training_log)]:
        if given.names and not any(case[0].startswith(name) for name in given.names):
            continue
        if not os.path.exists(os.path.join(given.data, case[1])):
            print(f"{case[0]}: skipped, there is no {case[1]}", file=sys.stderr)
            continue
        try:
            case[2](service, given.limit) if callable(case[2]) else run(service, case, given.limit)
        except Failure as failure:
            failures += 1
            print(f"FAIL {failure}", file=sys.stderr, flush=True)
    sys.exit(1 if failures else 0)


main()
