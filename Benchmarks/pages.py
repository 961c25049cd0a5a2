#!/usr/bin/env python3
"""How long a page of 100 rows of a large job takes, filtered and sorted by any column.

    python3 Benchmarks/pages.py PLUMBLINE [--examples 1000000] [--pages 300]

Needs NumPy. Starts a service of its own, sends it a generated training log (nothing is trained), and asks over one connection.
Prints for each column the first page sorted by it, then the pages after that, and the memory of the server.
"""
import argparse, http.client, io, json, os, subprocess, sys, tempfile, time
import numpy as np

SEED = 20261126


def log(examples):
    rng = np.random.default_rng(SEED); t, c, m = 4, 10, 2
    labels = rng.integers(0, c, examples); out = {"labels": labels}
    out["pred"] = np.where(rng.random((m, t, examples)) < 0.8, labels, rng.integers(0, c, (m, t, examples))).astype(np.uint16)
    out["p_label"] = rng.random((m, t, examples), np.float32)
    out["margin"] = rng.standard_normal((m, t, examples), np.float32)
    out["held_out"] = np.stack([np.arange(examples) % 2 == i for i in range(m)]).astype(np.uint8)
    out["final_logits"] = rng.standard_normal((m, examples, c), np.float32)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plumbline"); parser.add_argument("--examples", type=int, default=1_000_000); parser.add_argument("--pages", type=int, default=300)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = subprocess.Popen([a.plumbline, "serve", "--port", "0", "--data-dir", f"{folder}/data", "--public-dir", "public"], stdout=subprocess.PIPE,
                                   stderr=open(f"{folder}/log", "w"), text=True)
        try: measure(service, folder, a)
        finally: service.terminate(); service.wait()


def measure(service, folder, a):
    host = service.stdout.readline().split("//")[1].strip()
    connection = http.client.HTTPConnection(host, timeout=900)

    def ask(path, method="GET", body=None, headers={}):
        connection.request(method, path, body, headers); answer = connection.getresponse(); data = answer.read()
        if answer.status >= 300: sys.exit(f"{path}: {answer.status} {data[:400]}")
        return json.loads(data) if data[:1] in b"{[" else data

    np.savez(f"{folder}/log.npz", **log(a.examples))
    start = time.time()
    with open(f"{folder}/log.npz", "rb") as f:
        job = ask("/v1/evidence?name=million", "POST", f, {"Content-Type": "application/octet-stream", "Content-Length": str(os.path.getsize(f"{folder}/log.npz"))})
    while job["state"] not in ("succeeded", "failed"):
        time.sleep(0.5); job = ask(f"/v1/jobs/{job['id']}")
    if job["state"] == "failed": sys.exit(f"the job failed: {job['error']}")
    print(f"{a.examples} rows: log of {os.path.getsize(f'{folder}/log.npz') >> 20} MiB in and scored after {time.time() - start:.0f} s", flush=True)

    names = [c["name"] for c in ask(f"/v1/jobs/{job['id']}/columns")["columns"]]
    rng = np.random.default_rng(SEED); first, warm, filtered = [], [], []
    for name in names:
        start = time.time(); ask(f"/v1/jobs/{job['id']}/scores?orderby=-{name}&length=100"); first.append((time.time() - start, name))
    where = "&where=consistency%3C0.5%20AND%20aum%3C0"
    for name in names: ask(f"/v1/jobs/{job['id']}/scores?orderby=-{name}&length=100{where}")
    for kind, times in (("", warm), (where, filtered)):
        for _ in range(a.pages):
            name = names[rng.integers(len(names))]; offset = int(rng.integers(1000)) * 100
            start = time.time(); ask(f"/v1/jobs/{job['id']}/scores?orderby=-{name}&length=100&offset={offset}{kind}"); times.append(time.time() - start)
    status = {l.split(":")[0]: l.split()[1] for l in open(f"/proc/{service.pid}/status") if l.startswith("Vm")}
    first.sort(reverse=True)
    print(f"first page sorted by each of {len(names)} columns: median {np.median([t for t, _ in first]) * 1e3:.0f} ms, longest {first[0][0] * 1e3:.0f} ms ({first[0][1]})")
    for kind, times in (("sorted", warm), ("sorted and filtered by two conditions", filtered)):
        print(f"pages {kind}, columns and offsets at random: median {np.median(times) * 1e3:.1f} ms, p99 {np.percentile(times, 99) * 1e3:.1f} ms")
    print(f"server: {int(status['VmRSS']) >> 10} MiB resident, {int(status['VmHWM']) >> 10} MiB at most")


main()
